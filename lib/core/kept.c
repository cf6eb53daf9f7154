// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "kept.h"

struct kept_hold {
	int fd;
};

void kept_release(struct kept *kept)
{
	free(kept->name);
	free(kept->label);
	strvec_release(&kept->paths);
	free(kept->lock);
	free(kept->stamp);
	free(kept->needs);
	*kept = (struct kept){ 0 };
}

void kept_list_release(struct kept_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		kept_release(&list->items[i]);
	free(list->items);
	*list = (struct kept_list){ 0 };
}

struct kept *kept_add(struct kept_list *list, const char *name, const char *path)
{
	struct kept *kept;

	if (list->count == list->alloc) {
		list->alloc = list->alloc ? 2 * list->alloc : 16;
		list->items = xreallocarray(list->items, list->alloc, sizeof(*list->items));
	}
	kept = &list->items[list->count++];
	*kept = (struct kept){ .name = xstrdup(name) };
	strvec_push(&kept->paths, path);
	return kept;
}

bool kept_is_folder(const char *cache, const char *path)
{
	OWNED_STR full = xasprintf("%s/%s", cache, path);
	struct stat info;

	return lstat(full, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Whether every part of the path is a folder and none a link. */
static bool is_inside(const char *cache, const char *folder)
{
	OWNED_STR part = xstrdup(folder);

	for (char *slash = part; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		if (!kept_is_folder(cache, part))
			return false;
	}
	return kept_is_folder(cache, part);
}

ERR_CHECK kept_names(const char *cache, const char *folder, struct strvec *names)
{
	OWNED_STR path = xasprintf("%s/%s", cache, folder);
	STRVEC all = { 0 };

	if (!is_inside(cache, folder))
		return NULL;
	TRY(file_list(path, &all));
	for (size_t i = 0; i < all.count; i++)
		if (file_safe_name(all.items[i]))
			strvec_push(names, all.items[i]);
	return NULL;
}

/* Whether what was opened is still what the path names: it may have been renamed away. */
static bool is_still(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

bool kept_take_hold(const char *path, struct kept_hold **hold)
{
	OWNED_FD fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return false;
	/* Whoever has it alone is about to rename it; a file system without locks has no gc. */
	while (flock(fd, LOCK_SH) < 0 && errno == EINTR)
		;
	if (!is_still(fd, path))
		return false;
	/* A cache that can only be read has no gc either. */
	(void)!futimens(fd, NULL);
	kept_let_go(hold);
	*hold = xcalloc(1, sizeof(**hold));
	(*hold)->fd = fd;
	fd = -1;
	return true;
}

void kept_let_go(struct kept_hold **hold)
{
	if (*hold)
		close((*hold)->fd);
	free(TAKE_PTR(*hold));
}
