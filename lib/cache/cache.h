/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cache.h - how large the cache is, and what of it goes.
 *
 * The rooms describe what they keep (core/kept.h); cache_kinds lists them all. What
 * goes first is what is worth least: the seconds that it takes to make it again, for
 * each byte that it holds and each day since it was used last. What the newest run of
 * each matrix of the workspace was made of goes after everything else. What somebody
 * uses never goes, nor does .farrier/, which is no part of the cache.
 *
 * Leftovers of processes that were killed always go: what stands in trash/, temporary
 * files that are older than a day, quarantines of imports.
 *
 * Sizes are those on disk (st_blocks); a file with several names counts once, links
 * are not followed. A link in the place of a folder is not the cache's own and stays.
 */
#ifndef FARRIER_CACHE_H
#define FARRIER_CACHE_H

#include <time.h>

#include "core/file.h"
#include "core/kept.h"
#include "record/workspace.h"

/* When a limit is kept by itself, it may be exceeded by so much before anything goes. */
#define CACHE_SLACK 0.1

/* Every kind, in the order in which people see them; ends with NULL. */
extern const struct kept_kind *const cache_kinds[];

/* NULL when there is none of that name. */
const struct kept_kind *cache_find_kind(const char *name);

/* What processes that were killed left; not in cache_kinds. */
extern const struct kept_kind cache_leftovers;

enum cache_reason {
	CACHE_STAYS,
	CACHE_LEFTOVER, /* nobody's */
	CACHE_ASKED,	/* all of its kind go */
	CACHE_OLD,	/* not used for longer than was asked */
	CACHE_LIMIT,	/* the cache is too large */
};

/* "stays", "leftover", "asked", "old", "limit" */
const char *cache_reason_name(enum cache_reason reason);

struct cache_entry {
	const struct kept_kind *kind;
	struct kept kept;
	uint64_t bytes;
	size_t files;
	time_t used;	/* last */
	double seconds; /* to make it again; for what is fetched see kind->is_fetched */
	bool needed;	/* by the newest run of a matrix */
	bool busy;	/* somebody uses it, or it was used since request.since */
	double worth;	/* see above */
	enum cache_reason reason;
	bool gone; /* by cache_remove() */
};

struct cache {
	char *folder;
	time_t now;
	struct cache_entry *entries;
	size_t count, alloc;
	uint64_t total;	   /* bytes, everything in the folder */
	uint64_t other;	   /* of these, what is no entry: records, locks, what others put there */
	struct strvec odd; /* links in the place of folders, which are left alone */
};

void cache_release(struct cache *cache);
#define CACHE CLEANUP(cache_release) struct cache

struct cache_request {
	const struct workspace *workspace;
	bool quick;   /* believe the recorded sizes of what is steady */
	time_t since; /* what was used since then is in use; 0: no such time */
};

/* Lists and measures everything. Writes nothing but the record of sizes, with `quick`. */
ERR_CHECK cache_look(const struct cache_request *request, struct cache *cache) MUST_USE;

struct cache_wish {
	uint64_t limit;			/* bytes; 0: none */
	int older_than;			/* days; 0: whatever its age */
	const struct kept_kind *all_of; /* or NULL */
};

/* Says of each entry why it goes, or that it stays; sorts the entries, what goes first first. */
void cache_choose(struct cache *cache, const struct cache_wish *wish);

/* Bytes of what goes. */
uint64_t cache_going(const struct cache *cache);

/*
 * Removes what was chosen; `gone` says what is. An entry that somebody began to use
 * meanwhile stays, and so does one that cannot be removed, with a warning. The caller
 * holds the lock of cache_lock().
 */
ERR_CHECK cache_remove(struct cache *cache) MUST_USE;

/* One housekeeping at a time: waits, or *got is false. */
ERR_CHECK cache_lock(const struct workspace *workspace, bool wait, struct file_lock *lock,
		     bool *got) MUST_USE;

/*
 * After builds: when the cache is larger than the workspace's limit and CACHE_SLACK, makes
 * room down to the limit and says so. Nothing that was used since `since` goes. What goes
 * wrong here is a warning: the command has done its work.
 */
void cache_keep_limit(const struct workspace *workspace, time_t since);

/* Packs the kernel repository with 'git gc': what no ref keeps goes after git's usual two weeks. */
ERR_CHECK cache_pack_repository(const struct workspace *workspace) MUST_USE;

#endif
