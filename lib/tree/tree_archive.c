// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "core/dynamic_archive.h"
#include "core/file.h"
#include "tree_archive.h"
#include "core/digest.h"
#include "tree_path.h"

#define MAX_FILE    ((uint64_t)2 << 30)
#define MAX_ALL	    ((uint64_t)16 << 30)
#define MAX_ENTRIES 2000000
#define PIECE	    ((size_t)128 << 10)

/* The tarball is the last of up to three readers, each reading an entry of the one before. */
#define MAX_LEVELS 3

struct tree_archive {
	char *path; /* of the file on disk */
	int fd;
	uint64_t size;
	struct archive *levels[MAX_LEVELS];
	size_t depth;
	struct archive_entry *first; /* read when the file was opened, not yet handed out */
	struct strbuf name, target;
	uint64_t left; /* of the entry that is being read */
	uint64_t all;
	size_t entries;
	char piece[PIECE];
};

static struct archive *top(const struct tree_archive *archive)
{
	return archive->levels[archive->depth - 1];
}

static ERR_CHECK damaged(const struct tree_archive *archive)
{
	const char *why = sym_archive_error_string(top(archive));

	TRY(interrupt_check());
	return err_input("'%s' cannot be read: %s", archive->path, why ? why : "it is damaged");
}

/* Pushes a reader for tarballs; compressions that need another program are not among them. */
static struct archive *push(struct tree_archive *archive)
{
	struct archive *level = sym_archive_read_new();

	if (!level)
		abort();
	sym_archive_read_support_filter_gzip(level);
	sym_archive_read_support_filter_bzip2(level);
	sym_archive_read_support_filter_xz(level);
	sym_archive_read_support_filter_lzma(level);
	sym_archive_read_support_filter_zstd(level);
	sym_archive_read_support_format_tar(level);
	archive->levels[archive->depth++] = level;
	return level;
}

/* One reader's bytes are the content of the entry that the reader below it is at. */
static la_ssize_t read_below(struct archive *level, void *below, const void **bytes)
{
	size_t length = 0;
	la_int64_t offset;
	int result = sym_archive_read_data_block(below, bytes, &length, &offset);

	if (result == ARCHIVE_EOF)
		return 0;
	if (result == ARCHIVE_OK)
		return (la_ssize_t)length;
	sym_archive_set_error(level, sym_archive_errno(below), "%s",
			      sym_archive_error_string(below));
	return -1;
}

/* Puts the top reader on the content of the entry that `matches`. */
static ERR_CHECK find(struct tree_archive *archive, bool (*matches)(const char *name),
		      const char *what)
{
	for (;;) {
		struct archive_entry *entry;
		int result = sym_archive_read_next_header(top(archive), &entry);
		const char *name;

		TRY(interrupt_check());
		if (result == ARCHIVE_EOF)
			return err_hint(err_input("package '%s' holds no %s", archive->path, what),
					"name a linux-source package, or a kernel's tarball");
		if (result != ARCHIVE_OK)
			return damaged(archive);
		name = sym_archive_entry_pathname(entry);
		/* Some write an ar archive with permissions alone for a mode: type 0. */
		if (name && matches(name) &&
		    (sym_archive_entry_filetype(entry) == AE_IFREG ||
		     !sym_archive_entry_filetype(entry)))
			return NULL;
	}
}

static bool is_data(const char *name)
{
	return starts_with(name, "data.tar");
}

static bool is_source(const char *name)
{
	name += starts_with(name, "./") ? 2 : 0;
	return starts_with(name, "usr/src/linux-source-") && strstr(name, ".tar");
}

static ERR_CHECK descend(struct tree_archive *archive)
{
	struct archive *below = top(archive);

	if (sym_archive_read_open(push(archive), below, NULL, read_below, NULL) != ARCHIVE_OK)
		return damaged(archive);
	return NULL;
}

static ERR_CHECK open_file(struct tree_archive *archive, const char *path)
{
	struct stat info;

	archive->path = xstrdup(path);
	archive->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (archive->fd < 0 || fstat(archive->fd, &info) < 0)
		return err_input("cannot open '%s': %m", path);
	if (!S_ISREG(info.st_mode))
		return err_input("'%s' is no regular file", path);
	archive->size = (uint64_t)info.st_size;
	return NULL;
}

/*
 * Opens a file and, when it is a package, goes down to the tarball's bytes
 * inside. *inside says which.
 */
static ERR_CHECK open_outside(const char *path, struct tree_archive *archive, bool *inside)
{
	struct archive *level;
	int result;

	TRY(dynamic_archive_load());
	TRY(open_file(archive, path));
	level = push(archive);
	sym_archive_read_support_format_ar(level);
	result = sym_archive_read_open_fd(level, archive->fd, PIECE);
	if (result == ARCHIVE_OK)
		result = sym_archive_read_next_header(level, &archive->first);
	if (result == ARCHIVE_EOF)
		return err_input("'%s' is empty", path);
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return err_hint(damaged(archive), "a tarball or a Debian package is wanted");
	*inside = (sym_archive_format(level) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR;
	if (!*inside)
		return NULL;
	archive->first = NULL;
	TRY(find(archive, is_data, "data.tar"));
	TRY(descend(archive));
	return find(archive, is_source, "usr/src/linux-source-*.tar");
}

static struct tree_archive *new_archive(void)
{
	struct tree_archive *archive = xcalloc(1, sizeof(*archive));

	archive->fd = -1;
	return archive;
}

ERR_CHECK tree_archive_open(const char *path, struct tree_archive **out)
{
	TREE_ARCHIVE archive = new_archive();
	bool inside;

	TRY(open_outside(path, archive, &inside));
	if (inside)
		TRY(descend(archive));
	*out = TAKE_PTR(archive);
	return NULL;
}

void tree_archive_release(struct tree_archive **archive)
{
	struct tree_archive *old = *archive;

	if (!old)
		return;
	while (old->depth)
		sym_archive_read_free(old->levels[--old->depth]);
	close_fd(&old->fd);
	strbuf_release(&old->name);
	strbuf_release(&old->target);
	free(old->path);
	free(old);
}

/* *raw is NULL at the end. */
static ERR_CHECK next_header(struct tree_archive *archive, struct archive_entry **raw)
{
	int result = ARCHIVE_OK;
	const char *warning;

	TRY(interrupt_check());
	*raw = TAKE_PTR(archive->first);
	if (!*raw)
		result = sym_archive_read_next_header(top(archive), raw);
	if (result == ARCHIVE_EOF) {
		*raw = NULL;
		return NULL;
	}
	if (result == ARCHIVE_OK)
		return NULL;
	/*
	 * A name that the C locale cannot show comes as its bytes, with a warning:
	 * bytes are what git wants.
	 */
	warning = sym_archive_error_string(top(archive));
	if (result == ARCHIVE_WARN && warning && strstr(warning, "can't be converted"))
		return NULL;
	return damaged(archive);
}

static ERR_CHECK take_link(struct tree_archive *archive, const char *target)
{
	if (!target || !*target || strlen(target) > TREE_PATH_MAX)
		return err_input("'%s': link '%s' has no usable target", archive->path,
				 strbuf_str(&archive->name));
	strbuf_reset(&archive->target);
	strbuf_adds(&archive->target, target);
	return NULL;
}

static ERR_CHECK take_file(struct tree_archive *archive, struct archive_entry *raw,
			   struct tree_entry *entry)
{
	la_int64_t size = sym_archive_entry_size(raw);

	if (size < 0 || (uint64_t)size > MAX_FILE)
		return err_input("'%s': '%s' is too large", archive->path,
				 strbuf_str(&archive->name));
	entry->kind = TREE_ENTRY_FILE;
	entry->size = (uint64_t)size;
	entry->executable = (sym_archive_entry_perm(raw) & 0100) != 0;
	archive->left = entry->size;
	archive->all += entry->size;
	return NULL;
}

static ERR_CHECK take_kind(struct tree_archive *archive, struct archive_entry *raw,
			   struct tree_entry *entry)
{
	/* A hard link may bring the content again, and is a file then. */
	if (sym_archive_entry_hardlink(raw) && sym_archive_entry_size(raw) == 0) {
		entry->kind = TREE_ENTRY_COPY;
		return err_context(
			tree_path_clean(sym_archive_entry_hardlink(raw), &archive->target), "'%s'",
			archive->path);
	}
	switch (sym_archive_entry_filetype(raw)) {
	case AE_IFREG:
		return take_file(archive, raw, entry);
	case AE_IFLNK:
		entry->kind = TREE_ENTRY_LINK;
		return take_link(archive, sym_archive_entry_symlink(raw));
	case AE_IFDIR:
		entry->kind = TREE_ENTRY_FOLDER;
		return NULL;
	default:
		return err_input("'%s': '%s' is no file, link or folder", archive->path,
				 strbuf_str(&archive->name));
	}
}

ERR_CHECK tree_archive_next(struct tree_archive *archive, struct tree_entry *entry)
{
	struct archive_entry *raw;
	const char *name;

	*entry = (struct tree_entry){ .kind = TREE_ENTRY_END };
	TRY(next_header(archive, &raw));
	if (!raw)
		return NULL;
	name = sym_archive_entry_pathname(raw);
	if (!name || !*name)
		return err_input("'%s' holds an entry without a name", archive->path);
	TRY(err_context(tree_path_clean(name, &archive->name), "'%s'", archive->path));
	archive->left = 0;
	TRY(take_kind(archive, raw, entry));
	if (!archive->name.len && entry->kind != TREE_ENTRY_FOLDER)
		return err_input("'%s' holds a file without a name", archive->path);
	if (archive->all > MAX_ALL || ++archive->entries > MAX_ENTRIES)
		return err_input("'%s' unpacks to more than any kernel", archive->path);
	entry->path = strbuf_str(&archive->name);
	entry->target = strbuf_str(&archive->target);
	entry->mtime = sym_archive_entry_mtime(raw);
	return NULL;
}

ERR_CHECK tree_archive_read(struct tree_archive *archive, const void **bytes, size_t *length)
{
	size_t wanted = archive->left < PIECE ? (size_t)archive->left : PIECE;
	la_ssize_t got;

	TRY(interrupt_check());
	*length = 0;
	if (!wanted)
		return NULL;
	/* Fills the holes of sparse files with zeros. */
	got = sym_archive_read_data(top(archive), archive->piece, wanted);
	if (got <= 0)
		return damaged(archive);
	archive->left -= (uint64_t)got;
	*bytes = archive->piece;
	*length = (size_t)got;
	return NULL;
}

int tree_archive_percent(const struct tree_archive *archive)
{
	la_int64_t read = sym_archive_filter_bytes(archive->levels[0], -1);

	return archive->size ? (int)((double)read * 100 / (double)archive->size) : 0;
}

/* The bytes of the entry that the top reader stands on. */
static ERR_CHECK digest_entry(struct tree_archive *archive, struct digest *digest)
{
	for (;;) {
		const void *bytes;
		size_t length;
		la_int64_t offset;
		int result = sym_archive_read_data_block(top(archive), &bytes, &length, &offset);

		TRY(interrupt_check());
		if (result == ARCHIVE_EOF)
			return NULL;
		if (result != ARCHIVE_OK)
			return damaged(archive);
		digest_add(digest, bytes, length);
	}
}

static ERR_CHECK digest_file(struct tree_archive *archive, struct digest *digest)
{
	for (off_t at = 0;;) {
		ssize_t got = pread(archive->fd, archive->piece, PIECE, at);

		TRY(interrupt_check());
		if (got < 0)
			return err_errno("cannot read '%s'", archive->path);
		if (got == 0)
			return NULL;
		digest_add(digest, archive->piece, (size_t)got);
		at += got;
	}
}

ERR_CHECK tree_archive_id(const char *path, char **id)
{
	TREE_ARCHIVE archive = new_archive();
	DIGEST digest = NULL;
	bool inside;

	TRY(open_outside(path, archive, &inside));
	TRY(digest_new(&digest));
	TRY(inside ? digest_entry(archive, digest) : digest_file(archive, digest));
	return digest_finish(digest, id);
}
