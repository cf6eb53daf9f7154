/* SPDX-License-Identifier: GPL-2.0 */
/*
 * file.h - files read whole, written atomically, and locked.
 *
 * Every error names the path. Paths given here come from the program or its
 * user; names that come from mails, logs or servers pass file_safe_name() first.
 */
#ifndef FARRIER_FILE_H
#define FARRIER_FILE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Reads at most `limit` bytes; a longer file is ERR_INPUT. "-" is standard input. */
ERR_CHECK file_read(const char *path, size_t limit, struct strbuf *out) MUST_USE;

/* As file_read(), but a file that does not exist is no error: *found says which. */
ERR_CHECK file_read_if_there(const char *path, size_t limit, struct strbuf *out,
			     bool *found) MUST_USE;

/*
 * Writes through a temporary file in the same folder, fsync and rename: a reader
 * sees the old content or the new one, also after kill -9. Makes parent folders.
 */
ERR_CHECK file_write(const char *path, const void *bytes, size_t length) MUST_USE;

/* Writes all of it to a descriptor; `path` is for the error's text. */
ERR_CHECK file_write_fd(int fd, const char *path, const char *bytes, size_t length) MUST_USE;

/* Creates a folder and its parents; there already is fine. */
ERR_CHECK file_mkdirs(const char *path) MUST_USE;

/*
 * Copies a regular file, without waiting for the disk: for what is checked when it is
 * used. `to` appears whole, or is replaced; its mode is 0644.
 */
ERR_CHECK file_copy(const char *from, const char *to) MUST_USE;

/* Removes a file or a whole folder, not following links; not there is fine. */
ERR_CHECK file_remove(const char *path) MUST_USE;

bool file_exists(const char *path);
bool file_is_dir(const char *path);

/* Bytes free for this user where `path` is (or its nearest parent that exists). */
ERR_CHECK file_free_space(const char *path, uint64_t *bytes) MUST_USE;

/* Sorted names in a folder without "." and "..": an empty list when it is not there. */
ERR_CHECK file_list(const char *path, struct strvec *names) MUST_USE;

/* True when `name` can be a file name: not empty, no '/', no control, not "." or "..", no leading
 * '-'. */
bool file_safe_name(const char *name);

/* The name behind the last '/'. Points into `path`. */
const char *file_base_name(const char *path);

/* The folder part, "." when there is none. The caller frees it. */
char *file_dir_name(const char *path);

/* Puts HOME where a path starts with "~/", and `base` before a relative one. The caller frees it.
 */
char *file_expand(const char *path, const char *base);

/* An exclusive lock on a file, which the kernel drops when the process ends, however it ends. */
struct file_lock {
	int fd;
};

#define FILE_LOCK CLEANUP(file_unlock) struct file_lock
#define FILE_LOCK_NONE     \
	(struct file_lock) \
	{                  \
		.fd = -1   \
	}

/*
 * Locks `path`, which is made when missing. With `wait` it waits for another
 * holder and says so as progress; without, a held lock is ERR_ENV that names
 * the holder's process id. `what` names what is locked, for the reader.
 */
ERR_CHECK file_lock(const char *path, const char *what, bool wait, struct file_lock *lock) MUST_USE;

/*
 * The same, but a lock that somebody else holds is a value: *holder is then the
 * holder's process id, or -1 when it is not known, and 0 when the lock was got.
 */
ERR_CHECK file_try_lock(const char *path, int *holder, struct file_lock *lock) MUST_USE;

void file_unlock(struct file_lock *lock);
/* The same, and its file goes: whoever waits for it takes another one of that name. */
void file_unlock_and_remove(struct file_lock *lock, const char *path);

#endif
