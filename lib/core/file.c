// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "file.h"
#include "file_draft.h"
#include "base/interrupt.h"
#include "base/progress.h"

static ERR_CHECK read_fd(int fd, const char *path, size_t limit, struct strbuf *out)
{
	for (;;) {
		ssize_t got;

		strbuf_grow(out, 65536);
		got = read(fd, out->buf + out->len, out->alloc - out->len - 1);
		if (got < 0 && errno == EINTR) {
			TRY(interrupt_check());
			continue;
		}
		if (got < 0)
			return err_errno("cannot read '%s'", path);
		if (got == 0)
			return NULL;
		strbuf_setlen(out, out->len + (size_t)got);
		if (out->len > limit)
			return err_input("'%s' is larger than %zu bytes", path, limit);
	}
}

ERR_CHECK file_read(const char *path, size_t limit, struct strbuf *out)
{
	OWNED_FD fd = -1;

	if (str_equal(path, "-"))
		return read_fd(STDIN_FILENO, "standard input", limit, out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno("cannot open '%s'", path);
	return read_fd(fd, path, limit, out);
}

ERR_CHECK file_read_if_there(const char *path, size_t limit, struct strbuf *out, bool *found)
{
	*found = access(path, F_OK) == 0 || errno != ENOENT;
	return *found ? file_read(path, limit, out) : NULL;
}

ERR_CHECK file_write_fd(int fd, const char *path, const char *bytes, size_t length)
{
	while (length) {
		ssize_t done = write(fd, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_errno("cannot write '%s'", path);
		bytes += done;
		length -= (size_t)done;
	}
	return NULL;
}

ERR_CHECK file_write(const char *path, const void *bytes, size_t length)
{
	FILE_DRAFT draft = FILE_DRAFT_NONE;

	TRY(file_draft_open(path, &draft));
	TRY(file_draft_add(&draft, bytes, length));
	return file_draft_keep(&draft);
}

/* Most are there, or one level short of it. */
static bool is_made(const char *path)
{
	return mkdir(path, 0777) == 0 || (errno == EEXIST && file_is_dir(path));
}

ERR_CHECK file_mkdirs(const char *path)
{
	OWNED_STR copy = NULL;

	if (is_made(path))
		return NULL;
	copy = xstrdup(path);
	for (char *slash = copy + 1; *copy && (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			return err_errno("cannot make folder '%s'", copy);
		*slash = '/';
	}
	if (mkdir(copy, 0777) < 0 && errno != EEXIST)
		return err_errno("cannot make folder '%s'", copy);
	if (!file_is_dir(path))
		return err_env("'%s' is in the way: not a folder", path);
	return NULL;
}

/*
 * Of one file system the blocks may be shared; between two of them, and on some, the kernel
 * refuses (copy_file_range(2)).
 */
static bool copy_bytes(int from, int to)
{
	ssize_t done;

	do
		done = copy_file_range(from, NULL, to, NULL, (size_t)1 << 30, 0);
	while (done > 0 || (done < 0 && errno == EINTR));
	if (done == 0 && lseek(from, 0, SEEK_CUR) > 0)
		return true;
	do
		done = sendfile(to, from, NULL, (size_t)1 << 30);
	while (done > 0 || (done < 0 && errno == EINTR));
	return done == 0;
}

ERR_CHECK file_copy(const char *from, const char *to)
{
	/* it may be no file, which would be waited for */
	OWNED_FD in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE_DRAFT out = FILE_DRAFT_NONE;
	struct stat info;

	if (in < 0 || fstat(in, &info) < 0)
		return err_errno("cannot open '%s'", from);
	if (!S_ISREG(info.st_mode))
		return err_env("'%s' is no regular file", from);
	TRY(file_draft_open(to, &out));
	if (!copy_bytes(in, out.fd))
		return err_errno("cannot copy '%s' to '%s'", from, to);
	return file_draft_place(&out);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

ERR_CHECK file_remove(const char *path)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return NULL;
	if (nftw(path, remove_one, 64, FTW_DEPTH | FTW_PHYS) < 0)
		return err_errno("cannot remove '%s'", path);
	return NULL;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool file_is_dir(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

ERR_CHECK file_free_space(const char *path, uint64_t *bytes)
{
	OWNED_STR probe = xstrdup(path);
	struct statvfs info;

	while (statvfs(probe, &info) < 0) {
		char *parent;

		if (errno != ENOENT || str_equal(probe, "/") || str_equal(probe, "."))
			return err_errno("cannot tell the free space of '%s'", path);
		parent = file_dir_name(probe);
		free(probe);
		probe = parent;
	}
	*bytes = (uint64_t)info.f_bavail * info.f_frsize;
	return NULL;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

ERR_CHECK file_list(const char *path, struct strvec *names)
{
	CLEANUP(close_dir) DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir && errno == ENOENT)
		return NULL;
	if (!dir)
		return err_errno("cannot list '%s'", path);
	while ((errno = 0, entry = readdir(dir)))
		if (!str_equal(entry->d_name, ".") && !str_equal(entry->d_name, ".."))
			strvec_push(names, entry->d_name);
	if (errno)
		return err_errno("cannot list '%s'", path);
	strvec_sort(names);
	return NULL;
}

bool file_safe_name(const char *name)
{
	if (!*name || *name == '-' || str_equal(name, ".") || str_equal(name, ".."))
		return false;
	for (; *name; name++)
		if (*name == '/' || (unsigned char)*name < 0x20 || *name == 0x7f)
			return false;
	return true;
}

const char *file_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *file_dir_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

char *file_expand(const char *path, const char *base)
{
	const char *home = getenv("HOME");

	if (starts_with(path, "~/") && home)
		return xasprintf("%s/%s", home, path + 2);
	if (*path == '/' || !base)
		return xstrdup(path);
	return xasprintf("%s/%s", base, path);
}

/* The process id that the holder wrote into the lock file; 0 when it cannot be read. */
static int lock_holder(int fd)
{
	char text[32] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return atoi(text);
}

static void note_holder(int fd)
{
	OWNED_STR text = xasprintf("%d\n", getpid());

	/* Only a courtesy to whoever waits: a full disk must not stop the lock. */
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		return;
}

static ERR_CHECK wait_for_lock(int fd, const char *path, const char *what)
{
	progress_note("waiting for %s, which process %d holds", what, lock_holder(fd));
	while (flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return err_errno("cannot lock '%s'", path);
		TRY(interrupt_check());
	}
	return NULL;
}

static ERR_CHECK open_lock(const char *path, int *fd)
{
	OWNED_STR folder = file_dir_name(path);

	TRY(file_mkdirs(folder));
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0)
		return err_errno("cannot open lock file '%s'", path);
	return NULL;
}

/* Whether the lock was got at once. */
static ERR_CHECK lock_now(int fd, const char *path, bool *got)
{
	*got = flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (!*got && errno != EWOULDBLOCK)
		return err_errno("cannot lock '%s'", path);
	return NULL;
}

static void keep_lock(int *fd, struct file_lock *lock)
{
	note_holder(*fd);
	lock->fd = *fd;
	*fd = -1;
}

/* Whoever held a lock may have removed its file, each time. */
#define MOST_TRIES 100

/* Not where whoever held it before has removed it: then the lock is on a file without a name. */
static bool has_its_name(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && held.st_nlink && stat(path, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

ERR_CHECK file_lock(const char *path, const char *what, bool wait, struct file_lock *lock)
{
	*lock = FILE_LOCK_NONE;
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		OWNED_FD fd = -1;
		bool got;

		TRY(open_lock(path, &fd));
		TRY(lock_now(fd, path, &got));
		if (!got && !wait)
			return err_hint(
				err_env("%s is in use by process %d", what, lock_holder(fd)),
				"wait until it ends, or stop it");
		if (!got)
			TRY(wait_for_lock(fd, path, what));
		if (!has_its_name(fd, path))
			continue;
		keep_lock(&fd, lock);
		return NULL;
	}
	return err_env("cannot lock '%s': it is another file each time", path);
}

ERR_CHECK file_try_lock(const char *path, int *holder, struct file_lock *lock)
{
	*lock = FILE_LOCK_NONE;
	*holder = 0;
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		OWNED_FD fd = -1;
		bool got;

		TRY(open_lock(path, &fd));
		TRY(lock_now(fd, path, &got));
		if (got && !has_its_name(fd, path))
			continue;
		if (got)
			keep_lock(&fd, lock);
		else
			*holder = lock_holder(fd) > 0 ? lock_holder(fd) : -1;
		return NULL;
	}
	return err_env("cannot lock '%s': it is another file each time", path);
}

void file_unlock(struct file_lock *lock)
{
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
}

void file_unlock_and_remove(struct file_lock *lock, const char *path)
{
	if (lock->fd >= 0)
		unlink(path);
	file_unlock(lock);
}
