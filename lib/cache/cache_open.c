// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache_part.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

int cache_open_parent(const char *cache, const char *path)
{
	OWNED_STR rest = xstrdup(path);
	char *part = rest;
	/* The cache itself may be a link. */
	int fd = open(cache, FOLDER_FLAGS);

	for (char *slash; fd >= 0 && (slash = strchr(part, '/')); part = slash + 1) {
		OWNED_FD outer = fd;

		*slash = '\0';
		fd = openat(outer, part, FOLDER_FLAGS | O_NOFOLLOW);
	}
	return fd;
}

static int open_at(const char *cache, const char *path, int flags)
{
	OWNED_FD parent = cache_open_parent(cache, path);

	if (parent < 0)
		return -1;
	return openat(parent, file_base_name(path), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		      0666);
}

static bool is_there(const char *cache, const char *path)
{
	OWNED_STR full = xasprintf("%s/%s", cache, path);
	struct stat info;

	return lstat(full, &info) == 0;
}

enum cache_use cache_claim(const char *cache, const struct kept *kept, bool create, int *out)
{
	const char *path = kept->lock ? kept->lock : kept->paths.items[0];
	OWNED_FD fd = -1;

	*out = -1;
	if (!is_there(cache, kept->paths.items[0]))
		return CACHE_GONE;
	if (kept->lock)
		fd = open_at(cache, path, O_RDWR | (create ? O_CREAT : 0));
	else
		fd = open_at(cache, path, O_RDONLY);
	/* A lock file that nobody made, or a thing that nobody could hold: a link, a socket. */
	if (fd < 0)
		return create && kept->lock ? CACHE_IN_USE : CACHE_FREE;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return CACHE_IN_USE;
	/* It may have gone between being opened and being locked. */
	if (!is_there(cache, kept->paths.items[0]))
		return CACHE_GONE;
	*out = fd;
	fd = -1;
	return CACHE_FREE;
}

static time_t mtime_of(const char *cache, const char *path)
{
	OWNED_STR full = xasprintf("%s/%s", cache, path);
	struct stat info;

	return lstat(full, &info) == 0 ? info.st_mtime : 0;
}

time_t cache_stamp(const char *cache, const struct kept *kept)
{
	time_t stamp = kept->stamp ? mtime_of(cache, kept->stamp) : 0;

	return stamp ? stamp : mtime_of(cache, kept->paths.items[0]);
}
