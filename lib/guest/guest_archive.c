// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/dynamic_archive.h"
#include "core/file.h"
#include "guest_archive.h"

#define MAX_PROGRAM ((size_t)64 << 20)

/* What stands in the initramfs, in order. */
static const struct member {
	const char *path;
	mode_t mode;
	unsigned major, minor; /* of a device: Documentation/admin-guide/devices.txt */
	bool program;
} members[] = {
	{ "dev", S_IFDIR | 0755, 0, 0, false },	     { "dev/console", S_IFCHR | 0600, 5, 1, false },
	{ "dev/null", S_IFCHR | 0666, 1, 3, false }, { "proc", S_IFDIR | 0555, 0, 0, false },
	{ "sys", S_IFDIR | 0555, 0, 0, false },	     { "tmp", S_IFDIR | 01777, 0, 0, false },
	{ "init", S_IFREG | 0755, 0, 0, true },
};

static void release_archive(struct archive **archive)
{
	if (*archive)
		sym_archive_write_free(*archive);
}

static void release_entry(struct archive_entry **entry)
{
	sym_archive_entry_free(*entry);
}

static ERR_CHECK archive_error(struct archive *archive, const char *path)
{
	const char *text = sym_archive_error_string(archive);

	return err_env("cannot write '%s': %s", path, text ? text : "unknown error");
}

static struct archive_entry *describe(size_t index, const struct strbuf *program)
{
	const struct member *member = &members[index];
	struct archive_entry *entry = sym_archive_entry_new();

	sym_archive_entry_set_pathname(entry, member->path);
	sym_archive_entry_set_mode(entry, member->mode);
	sym_archive_entry_set_nlink(entry, S_ISDIR(member->mode) ? 2 : 1);
	sym_archive_entry_set_ino64(entry, (int64_t)index + 1);
	sym_archive_entry_set_uid(entry, 0);
	sym_archive_entry_set_gid(entry, 0);
	sym_archive_entry_set_mtime(entry, 0, 0);
	sym_archive_entry_set_size(entry, member->program ? (int64_t)program->len : 0);
	if (S_ISCHR(member->mode))
		sym_archive_entry_set_rdev(entry, makedev(member->major, member->minor));
	return entry;
}

static bool write_member(struct archive *archive, size_t index, const struct strbuf *program)
{
	CLEANUP(release_entry) struct archive_entry *entry = describe(index, program);

	if (sym_archive_write_header(archive, entry) != ARCHIVE_OK)
		return false;
	return !members[index].program ||
	       sym_archive_write_data(archive, program->buf, program->len) ==
		       (la_ssize_t)program->len;
}

ERR_CHECK guest_archive_write(const char *path, const char *program_path)
{
	CLEANUP(release_archive) struct archive *archive = NULL;
	STRBUF program = { 0 };

	TRY(dynamic_archive_load());
	TRY(file_read(program_path, MAX_PROGRAM, &program));
	archive = sym_archive_write_new();
	if (sym_archive_write_set_format_cpio_newc(archive) != ARCHIVE_OK ||
	    sym_archive_write_open_filename(archive, path) != ARCHIVE_OK)
		return archive_error(archive, path);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (!write_member(archive, i, &program))
			return archive_error(archive, path);
	if (sym_archive_write_close(archive) != ARCHIVE_OK)
		return archive_error(archive, path);
	return NULL;
}
