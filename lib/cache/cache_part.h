/* SPDX-License-Identifier: GPL-2.0 */
/* cache_part.h - between the files of this room. */
#ifndef FARRIER_CACHE_PART_H
#define FARRIER_CACHE_PART_H

#include "cache.h"
#include "core/store.h"

/* CACHE/TRASH: what was renamed out of the way and is about to be removed. */
#define CACHE_TRASH "trash"

/* ---- cache_measure.c ---- */

/* Inodes with several names that were counted already. */
struct cache_seen {
	void *root;
};

void cache_release_seen(struct cache_seen *seen);
#define CACHE_SEEN CLEANUP(cache_release_seen) struct cache_seen

struct cache_size {
	uint64_t bytes;
	size_t files;
	time_t touched; /* the newest reading or writing of a file in it */
};

/* Adds what is at CACHE/PATH; what is not there is nothing. `skip`, sorted, or NULL: not these. */
ERR_CHECK cache_measure(const char *cache, const char *path, const struct strvec *skip,
			struct cache_seen *seen, struct cache_size *size) MUST_USE;

/* ---- cache_open.c ---- */

/* Opens the folder around CACHE/PATH without following a link; -1 and errno when it cannot be. */
int cache_open_parent(const char *cache, const char *path);

enum cache_use {
	CACHE_FREE,
	CACHE_IN_USE,
	CACHE_GONE,
};

/*
 * Takes the lock that says nobody uses the thing; *fd is then the caller's to close, or
 * -1 when it is not of a kind that can be locked. With `create` a missing lock file is made.
 */
enum cache_use cache_claim(const char *cache, const struct kept *kept, bool create, int *fd);

/* When it was used last, 0 when it is not there. */
time_t cache_stamp(const char *cache, const struct kept *kept);

/* ---- cache_sizes.c ---- */

/* What was recorded, or NULL. New reference. */
ERR_CHECK cache_read_sizes(const char *cache, json_t **sizes) MUST_USE;
bool cache_find_size(const json_t *sizes, const char *path, struct cache_size *size);
ERR_CHECK cache_write_sizes(const struct cache *cache) MUST_USE;

/* ---- cache_needed.c ---- */

/* Paths of what the newest run of each matrix was made of, sorted. */
ERR_CHECK cache_list_needed(const struct workspace *workspace, struct strvec *paths) MUST_USE;

#endif
