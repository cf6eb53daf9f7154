// SPDX-License-Identifier: GPL-2.0
#include "base/strbuf.h"
#include "core/dynamic_archive.h"
#include "digest.h"

#define DIGITS	     64
#define UNKNOWN_SIZE INT64_MAX

struct digest {
	struct archive *list;
	struct archive_entry *entry;
	struct strbuf text;
	bool failed;
};

static la_ssize_t take_text(struct archive *list, void *data, const void *bytes, size_t length)
{
	struct digest *digest = data;

	(void)list;
	strbuf_add(&digest->text, bytes, length);
	return (la_ssize_t)length;
}

static void check(struct digest *digest, la_ssize_t result)
{
	digest->failed |= result < ARCHIVE_OK;
}

ERR_CHECK digest_new(struct digest **out)
{
	struct digest *digest;

	TRY(dynamic_archive_load());
	digest = xcalloc(1, sizeof(*digest));
	digest->list = sym_archive_write_new();
	digest->entry = sym_archive_entry_new();
	if (!digest->list || !digest->entry)
		abort();
	check(digest, sym_archive_write_set_format_mtree(digest->list));
	check(digest, sym_archive_write_set_options(digest->list, "!all,sha256"));
	check(digest, sym_archive_write_open(digest->list, digest, NULL, take_text, NULL));
	sym_archive_entry_set_pathname(digest->entry, "x");
	sym_archive_entry_set_filetype(digest->entry, AE_IFREG);
	/* Bytes past this would not count. */
	sym_archive_entry_set_size(digest->entry, UNKNOWN_SIZE);
	check(digest, sym_archive_write_header(digest->list, digest->entry));
	*out = digest;
	return NULL;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	check(digest, sym_archive_write_data(digest->list, bytes, length));
}

ERR_CHECK digest_finish(struct digest *digest, char **text)
{
	static const char key[] = "sha256digest=";
	const char *value;

	check(digest, sym_archive_write_close(digest->list));
	value = strstr(strbuf_str(&digest->text), key);
	value += value ? strlen(key) : 0;
	if (digest->failed || !value || strspn(value, "0123456789abcdef") != DIGITS)
		return err_env("libarchive computes no SHA-256");
	*text = xasprintf("sha256:%.*s", DIGITS, value);
	return NULL;
}

void digest_release(struct digest **digest)
{
	struct digest *old = *digest;

	if (!old)
		return;
	sym_archive_entry_free(old->entry);
	sym_archive_write_free(old->list);
	strbuf_release(&old->text);
	free(old);
}
