// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fts.h>
#include <search.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/interrupt.h"
#include "cache_part.h"

struct inode {
	dev_t device;
	ino_t number;
};

static int compare_inodes(const void *a, const void *b)
{
	const struct inode *one = a, *other = b;

	if (one->device != other->device)
		return one->device < other->device ? -1 : 1;
	return one->number < other->number ? -1 : one->number > other->number;
}

void cache_release_seen(struct cache_seen *seen)
{
	tdestroy(seen->root, free);
	seen->root = NULL;
}

static bool was_seen(struct cache_seen *seen, const struct stat *info)
{
	struct inode *inode;
	void *const *found;

	if (S_ISDIR(info->st_mode) || info->st_nlink < 2)
		return false;
	inode = xcalloc(1, sizeof(*inode));
	*inode = (struct inode){ info->st_dev, info->st_ino };
	found = tsearch(inode, &seen->root, compare_inodes);
	if (*found == inode)
		return false;
	free(inode);
	return true;
}

static void add(const struct stat *info, struct cache_seen *seen, struct cache_size *size)
{
	if (was_seen(seen, info))
		return;
	size->bytes += (uint64_t)info->st_blocks * 512;
	if (!S_ISREG(info->st_mode))
		return;
	size->files++;
	/* Whoever lists a folder reads it: only files say that they were used. */
	if (info->st_atime > size->touched)
		size->touched = info->st_atime;
	if (info->st_mtime > size->touched)
		size->touched = info->st_mtime;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_listed(const struct strvec *sorted, const char *path)
{
	return sorted && sorted->count &&
	       bsearch(&path, sorted->items, sorted->count, sizeof(path), compare_texts);
}

static void close_walk(FTS **walk)
{
	if (*walk)
		fts_close(*walk);
}

ERR_CHECK cache_measure(const char *cache, const char *path, const struct strvec *skip,
			struct cache_seen *seen, struct cache_size *size)
{
	OWNED_STR root = *path ? xasprintf("%s/%s", cache, path) : xasprintf("%s/", cache);
	char *const roots[] = { root, NULL };
	/* A walk that does not come to folders of others, and stays on this disk. */
	CLEANUP(close_walk)
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	size_t base = strlen(cache) + 1;
	FTSENT *entry;

	if (!walk)
		return err_errno("cannot list '%s'", root);
	while ((entry = fts_read(walk))) {
		if (entry->fts_info == FTS_DP || entry->fts_info == FTS_NS)
			continue;
		TRY(interrupt_check());
		if (skip && strlen(entry->fts_path) > base &&
		    is_listed(skip, entry->fts_path + base)) {
			fts_set(walk, entry, FTS_SKIP);
			continue;
		}
		add(entry->fts_statp, seen, size);
	}
	return NULL;
}
