// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build_files.h"
#include "core/file.h"
#include "base/interrupt.h"
#include "base/progress.h"

/* Fewer are written before a progress line could be read. */
#define MANY_FILES 2000

#define MODE_LINK	0120000u
#define MODE_SUBMODULE	0160000u
#define MODE_EXECUTABLE 0100755u

struct writer {
	struct build_files *files;
	git_odb *odb;
	int root;
	int folder;	     /* the folder that is open, or -1 */
	struct strbuf where; /* its path */
};

static void release_writer(struct writer *writer)
{
	close_fd(&writer->root);
	close_fd(&writer->folder);
	strbuf_release(&writer->where);
	git_odb_free(writer->odb);
}

void build_files_release(struct build_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].path);
	free(files->items);
	*files = (struct build_files){ 0 };
}

static bool is_safe_component(const char *name, size_t length)
{
	if (length == 0 || (length == 1 && name[0] == '.'))
		return false;
	if (length == 2 && strncmp(name, "..", 2) == 0)
		return false;
	return length != 4 || strncasecmp(name, ".git", 4) != 0;
}

static bool is_safe_path(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (!is_safe_component(path, length))
			return false;
		if (!path[length])
			return true;
		path += length + 1;
	}
}

static ERR_CHECK add(struct build_files *files, struct build_file file)
{
	if (!is_safe_path(file.path))
		return err_input("the tree has a file '%s': refused", file.path);
	if (files->count == files->alloc) {
		files->alloc = files->alloc ? files->alloc * 2 : 64;
		files->items = xreallocarray(files->items, files->alloc, sizeof(*files->items));
	}
	file.path = xstrdup(file.path);
	files->items[files->count++] = file;
	return NULL;
}

ERR_CHECK build_files_write(struct build_files *files, const char *path, const git_oid *blob,
			    unsigned mode)
{
	if (mode == MODE_SUBMODULE)
		return NULL;
	return add(files, (struct build_file){ (char *)(uintptr_t)path, *blob, mode });
}

ERR_CHECK build_files_remove(struct build_files *files, const char *path)
{
	return add(files, (struct build_file){ .path = (char *)(uintptr_t)path });
}

static int open_step(int parent, const char *name, bool make)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(parent, name, flags);

	if (fd >= 0 || errno != ENOENT || !make)
		return fd;
	if (mkdirat(parent, name, 0777) < 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, flags);
}

static void close_folder(struct writer *writer)
{
	if (writer->folder >= 0)
		close(writer->folder);
	writer->folder = -1;
	strbuf_reset(&writer->where);
}

/* Opens the folder of `path`, step by step so that no link is followed. False with errno set. */
static bool open_folder(struct writer *writer, const char *path, bool make)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;
	OWNED_STR steps = xstrndup(path, length);
	OWNED_FD fd = -1;
	char *step = steps, *rest;

	if (writer->folder >= 0 && writer->where.len == length &&
	    strncmp(strbuf_str(&writer->where), path, length) == 0)
		return true;
	close_folder(writer);
	fd = openat(writer->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && (step = strtok_r(step, "/", &rest))) {
		int inner = open_step(fd, step, make);

		close_fd(&fd);
		fd = inner;
		step = NULL;
	}
	if (fd < 0)
		return false;
	strbuf_add(&writer->where, path, length);
	writer->folder = fd;
	fd = -1;
	return true;
}

static bool holds(int fd, const char *bytes, size_t length)
{
	char have[65536];

	while (length) {
		ssize_t got = read(fd, have, sizeof(have) < length ? sizeof(have) : length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || memcmp(have, bytes, (size_t)got) != 0)
			return false;
		bytes += got;
		length -= (size_t)got;
	}
	return true;
}

/* Whether the file is there with this content already; then only its mode may need a change. */
static bool is_as_wanted(int folder, const char *name, const char *bytes, size_t length,
			 mode_t mode)
{
	OWNED_FD fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat info;

	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) ||
	    info.st_size != (off_t)length || !holds(fd, bytes, length))
		return false;
	return (info.st_mode & 0777) == mode || fchmod(fd, mode) == 0;
}

static ERR_CHECK write_regular(struct writer *writer, const struct build_file *file,
			       const char *bytes, size_t length)
{
	mode_t mode = file->mode == MODE_EXECUTABLE ? 0755 : 0644;
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	const char *name = file_base_name(file->path);
	OWNED_FD fd = openat(writer->folder, name, flags, mode);

	if (fd < 0 && errno == EEXIST) {
		if (is_as_wanted(writer->folder, name, bytes, length, mode))
			return NULL;
		unlinkat(writer->folder, name, 0);
		fd = openat(writer->folder, name, flags, mode);
	}
	if (fd < 0 || fchmod(fd, mode) < 0)
		return err_errno("cannot create '%s'", file->path);
	writer->files->written++;
	return file_write_fd(fd, file->path, bytes, length);
}

static ERR_CHECK write_link(struct writer *writer, const struct build_file *file, const char *bytes,
			    size_t length)
{
	OWNED_STR target = xstrndup(bytes, length);
	OWNED_STR have = xcalloc(1, length + 2);
	const char *name = file_base_name(file->path);

	if (readlinkat(writer->folder, name, have, length + 1) == (ssize_t)length &&
	    str_equal(have, target))
		return NULL;
	unlinkat(writer->folder, name, 0);
	if (symlinkat(target, writer->folder, name) < 0)
		return err_errno("cannot create link '%s'", file->path);
	writer->files->written++;
	return NULL;
}

static void release_odb_object(git_odb_object **object)
{
	git_odb_object_free(*object);
}

static ERR_CHECK write_file(struct writer *writer, const struct build_file *file)
{
	CLEANUP(release_odb_object) git_odb_object *object = NULL;
	const char *bytes;
	size_t length;

	if (git_odb_read(&object, writer->odb, &file->blob) < 0)
		return repo_error("cannot read '%s'", file->path);
	if (!open_folder(writer, file->path, true))
		return err_errno("cannot open the folder of '%s'", file->path);
	bytes = git_odb_object_data(object);
	length = git_odb_object_size(object);
	if (file->mode == MODE_LINK)
		return write_link(writer, file, bytes, length);
	return write_regular(writer, file, bytes, length);
}

/* Folders that a removal left empty go too, as git has none. */
static void remove_empty_folders(struct writer *writer, const char *path)
{
	OWNED_STR folder = xstrdup(path);
	char *slash;

	while ((slash = strrchr(folder, '/'))) {
		*slash = '\0';
		close_folder(writer);
		if (!open_folder(writer, folder, false) ||
		    unlinkat(writer->folder, file_base_name(folder), AT_REMOVEDIR) < 0)
			return;
	}
}

static ERR_CHECK remove_file(struct writer *writer, const struct build_file *file)
{
	if (open_folder(writer, file->path, false)) {
		if (unlinkat(writer->folder, file_base_name(file->path), 0) == 0) {
			writer->files->removed++;
			remove_empty_folders(writer, file->path);
			return NULL;
		}
	}
	/* Not there, or in its place something that comes from another tree. */
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EISDIR)
		return NULL;
	return err_errno("cannot remove '%s'", file->path);
}

static ERR_CHECK remove_files(struct writer *writer)
{
	const struct build_files *files = writer->files;

	for (size_t i = 0; i < files->count; i++)
		if (!files->items[i].mode)
			TRY(remove_file(writer, &files->items[i]));
	return NULL;
}

static ERR_CHECK write_files(struct writer *writer)
{
	const struct build_files *files = writer->files;
	CLEANUP(progress_drop) struct progress *progress = NULL;

	if (files->count >= MANY_FILES)
		progress = progress_begin(0, "writing source files");
	for (size_t i = 0; i < files->count; i++) {
		TRY(interrupt_check());
		if (progress)
			progress_update(progress, "%zu of %zu", i, files->count);
		if (files->items[i].mode)
			TRY(write_file(writer, &files->items[i]));
	}
	return NULL;
}

ERR_CHECK build_files_apply(struct build_files *files, git_repository *repo, const char *folder)
{
	CLEANUP(release_writer) struct writer writer = { .files = files, .folder = -1 };

	files->written = files->removed = 0;
	writer.root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer.root < 0)
		return err_errno("cannot open '%s'", folder);
	if (git_repository_odb(&writer.odb, repo) < 0)
		return repo_error("cannot open the object database");
	TRY(remove_files(&writer));
	return write_files(&writer);
}
