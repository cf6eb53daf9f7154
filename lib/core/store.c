// SPDX-License-Identifier: GPL-2.0
#include <git2.h>

#include "file.h"
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

ERR_CHECK store_read(const char *path, json_t **record)
{
	STRBUF text = { 0 };
	json_error_t error;
	bool found;

	*record = NULL;
	TRY(file_read_if_there(path, MAX_RECORD, &text, &found));
	if (!found)
		return NULL;
	*record = json_loadb(strbuf_str(&text), text.len, JSON_REJECT_DUPLICATES, &error);
	if (is_record(*record))
		return NULL;
	progress_warn("'%s' is damaged or of another version; it is made again", path);
	json_decref(*record);
	*record = NULL;
	return NULL;
}

ERR_CHECK store_write(const char *path, json_t *record)
{
	OWNED_STR text = NULL;
	STRBUF line = { 0 };

	if (!json_object_get(record, "schema"))
		store_set(record, "schema", json_integer(STORE_SCHEMA));
	text = json_dumps(record, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	if (!text)
		return err_env("cannot write '%s': the record holds what is no JSON", path);
	strbuf_addf(&line, "%s\n", text);
	/* Or nobody could ever read it again. */
	if (line.len > MAX_RECORD)
		return err_env("cannot write '%s': the record has %zu MB", path, line.len >> 20);
	return file_write(path, line.buf, line.len);
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
