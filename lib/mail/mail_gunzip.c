// SPDX-License-Identifier: GPL-2.0
#include <archive.h>
#include <archive_entry.h>

#include "base/interrupt.h"
#include "mail_gunzip.h"

#define GZIP_MAGIC "\x1f\x8b"

static void release_archive(struct archive **archive)
{
	archive_read_free(*archive);
}

static const struct err *damaged(struct archive *archive)
{
	const char *why = archive_error_string(archive);

	return err_hint(err_env("the compressed mail is damaged or cut off: %s",
				why ? why : "unknown error"),
			"try again");
}

ERR_CHECK mail_gunzip(const char *bytes, size_t length, size_t limit, struct strbuf *out)
{
	CLEANUP(release_archive) struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char buffer[65536];
	la_ssize_t got;

	if (length < 2 || memcmp(bytes, GZIP_MAGIC, 2) != 0) {
		strbuf_add(out, bytes ? bytes : "", length);
		return NULL;
	}
	if (archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
	    archive_read_support_format_raw(archive) != ARCHIVE_OK ||
	    archive_read_open_memory(archive, bytes, length) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return damaged(archive);
	while ((got = archive_read_data(archive, buffer, sizeof(buffer))) > 0) {
		TRY(interrupt_check());
		if ((size_t)got > limit - out->len)
			return err_env("the mail is larger than %zu MiB, the limit, when it is "
				       "unpacked",
				       limit >> 20);
		strbuf_add(out, buffer, (size_t)got);
	}
	return got < 0 ? damaged(archive) : NULL;
}
