// SPDX-License-Identifier: GPL-2.0
#include "base/interrupt.h"
#include "core/dynamic_archive.h"
#include "mail_gunzip.h"

#define GZIP_MAGIC "\x1f\x8b"

static void release_archive(struct archive **archive)
{
	if (*archive)
		sym_archive_read_free(*archive);
}

static const struct err *damaged(struct archive *archive)
{
	const char *why = sym_archive_error_string(archive);

	return err_hint(err_env("the compressed mail is damaged or cut off: %s",
				why ? why : "unknown error"),
			"try again");
}

ERR_CHECK mail_gunzip(const char *bytes, size_t length, size_t limit, struct strbuf *out)
{
	CLEANUP(release_archive) struct archive *archive = NULL;
	struct archive_entry *entry;
	char buffer[65536];
	la_ssize_t got;

	if (length < 2 || memcmp(bytes, GZIP_MAGIC, 2) != 0) {
		strbuf_add(out, bytes ? bytes : "", length);
		return NULL;
	}
	TRY(dynamic_archive_load());
	archive = sym_archive_read_new();
	if (sym_archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
	    sym_archive_read_support_format_raw(archive) != ARCHIVE_OK ||
	    sym_archive_read_open_memory(archive, bytes, length) != ARCHIVE_OK ||
	    sym_archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return damaged(archive);
	while ((got = sym_archive_read_data(archive, buffer, sizeof(buffer))) > 0) {
		TRY(interrupt_check());
		if ((size_t)got > limit - out->len)
			return err_env("the mail is larger than %zu MiB, the limit, when it is "
				       "unpacked",
				       limit >> 20);
		strbuf_add(out, buffer, (size_t)got);
	}
	return got < 0 ? damaged(archive) : NULL;
}
