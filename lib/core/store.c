// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <unistd.h>

#include "file.h"
#include "file_draft.h"
#include "base/progress.h"
#include "store.h"

/* The largest is that of a run of 10,000 cells, 100 MB; whatever is larger than this is none. */
#define MAX_RECORD ((size_t)512 << 20)

void store_release_json(json_t **json)
{
	json_decref(*json);
}

static bool is_record(const json_t *json)
{
	return json_is_object(json) && store_get_int(json, "schema", 0) == STORE_SCHEMA;
}

/* Where a record comes from, piece by piece: its text and its tree together would be large. */
struct source {
	int fd;
	size_t left; /* before it is too long to be one */
};

static size_t read_piece(void *buffer, size_t length, void *data)
{
	struct source *source = data;
	ssize_t got;

	if (length > source->left)
		length = source->left;
	do
		got = read(source->fd, buffer, length);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return 0;
	source->left -= (size_t)got;
	return (size_t)got;
}

ERR_CHECK store_read(const char *path, json_t **record)
{
	OWNED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct source source = { .fd = fd, .left = MAX_RECORD };
	json_error_t error;

	*record = NULL;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? NULL
							   : err_errno("cannot open '%s'", path);
	*record = json_load_callback(read_piece, &source, JSON_REJECT_DUPLICATES, &error);
	if (is_record(*record))
		return NULL;
	progress_warn("'%s' is damaged or of another version; it is made again", path);
	json_decref(*record);
	*record = NULL;
	return NULL;
}

#define LAYOUT (JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

/* Where the text of a record goes. */
struct sink {
	struct strbuf *out;	  /* or the next piece of the draft */
	struct file_draft *draft; /* or NULL */
	size_t length;
	const struct err *err;
};

#define PIECE ((size_t)256 << 10)

static void flush_sink(struct sink *sink)
{
	if (!sink->err)
		sink->err = file_draft_add(sink->draft, sink->out->buf, sink->out->len);
	strbuf_setlen(sink->out, 0);
}

static int add_text(const char *text, size_t length, void *data)
{
	struct sink *sink = data;

	strbuf_add(sink->out, text, length);
	sink->length += length;
	if (sink->draft && sink->out->len > PIECE)
		flush_sink(sink);
	return 0;
}

/* Without the brackets of the whole, as the members of one object come from several. */
static void add_members(struct sink *sink, const json_t *object)
{
	if (json_dump_callback(object, add_text, sink, LAYOUT | JSON_EMBED) < 0 && !sink->err)
		sink->err = err_env("the record holds what is no JSON");
}

static void add_list(struct sink *sink, const struct store_list *list, const void *data)
{
	OWNED_STR name = xasprintf(",\n\"%s\": [", list->name);

	add_text(name, strlen(name), sink);
	for (size_t i = 0; i < list->count && !sink->err; i++) {
		OWNED_JSON *element = json_pack("[o]", list->element(data, i));

		add_text(",", i > 0, sink);
		add_members(sink, element);
	}
	add_text("]", 1, sink);
}

static void add_record(struct sink *sink, json_t *record, const struct store_list *lists,
		       size_t list_count, const void *data)
{
	if (!json_object_get(record, "schema"))
		store_set(record, "schema", json_integer(STORE_SCHEMA));
	add_text("{", 1, sink);
	add_members(sink, record);
	for (size_t i = 0; i < list_count; i++)
		add_list(sink, &lists[i], data);
	add_text("}\n", 2, sink);
}

void store_print_lists(struct strbuf *out, json_t *record, const struct store_list *lists,
		       size_t list_count, const void *data)
{
	struct sink sink = { .out = out };

	add_record(&sink, record, lists, list_count, data);
	err_free(sink.err);
}

ERR_CHECK store_write_lists(const char *path, json_t *record, const struct store_list *lists,
			    size_t list_count, const void *data)
{
	FILE_DRAFT draft = FILE_DRAFT_NONE;
	STRBUF piece = { 0 };
	struct sink sink = { .out = &piece, .draft = &draft };

	TRY(file_draft_open(path, &draft));
	add_record(&sink, record, lists, list_count, data);
	flush_sink(&sink);
	TRY(err_context(sink.err, "cannot write '%s'", path));
	/* Or nobody could ever read it again. */
	if (sink.length > MAX_RECORD)
		return err_env("cannot write '%s': the record has %zu MB", path, sink.length >> 20);
	return file_draft_keep(&draft);
}

ERR_CHECK store_write(const char *path, json_t *record)
{
	return store_write_lists(path, record, NULL, 0, NULL);
}

json_t *store_string(const char *bytes, size_t length)
{
	json_t *json = json_stringn(bytes, length);
	STRBUF mended = { 0 };

	if (json)
		return json;
	for (size_t i = 0; i < length;) {
		size_t step = strbuf_utf8_length(bytes + i, length - i);

		if (step)
			strbuf_add(&mended, bytes + i, step);
		else
			strbuf_adds(&mended, "\xef\xbf\xbd");
		i += step ? step : 1;
	}
	return json_stringn(strbuf_str(&mended), mended.len);
}

json_t *store_text(const char *string)
{
	return string ? store_string(string, strlen(string)) : json_null();
}

const char *store_get_string(const json_t *object, const char *key, const char *fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value) ? json_string_value(value) : fallback;
}

double store_get_number(const json_t *object, const char *key, double fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : fallback;
}

int store_get_int(const json_t *object, const char *key, int fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? (int)json_integer_value(value) : fallback;
}

bool store_get_bool(const json_t *object, const char *key, bool fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

void store_set(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value) < 0)
		abort();
}

char *store_canonical(const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	return text ? text : xstrdup("");
}

void store_id(const void *bytes, size_t length, char hex[STORE_ID_SIZE])
{
	git_oid oid = { { 0 } };

	git_odb_hash(&oid, bytes, length, GIT_OBJECT_BLOB);
	git_oid_tostr(hex, STORE_ID_SIZE, &oid);
}

ERR_CHECK store_file_id(const char *path, char hex[STORE_ID_SIZE])
{
	git_oid oid;

	if (git_odb_hashfile(&oid, path, GIT_OBJECT_BLOB) < 0)
		return err_errno("cannot read '%s'", path);
	git_oid_tostr(hex, STORE_ID_SIZE, &oid);
	return NULL;
}
