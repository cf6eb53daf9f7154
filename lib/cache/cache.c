// SPDX-License-Identifier: GPL-2.0
#include <sys/stat.h>
#include <unistd.h>

#include "base/progress.h"
#include "cache_part.h"

void cache_release(struct cache *cache)
{
	for (size_t i = 0; i < cache->count; i++)
		kept_release(&cache->entries[i].kept);
	free(cache->entries);
	free(cache->folder);
	strvec_release(&cache->odd);
	*cache = (struct cache){ 0 };
}

const char *cache_reason_name(enum cache_reason reason)
{
	static const char *const names[] = { "stays", "leftover", "asked", "old", "limit" };

	return names[reason];
}

ERR_CHECK cache_lock(const struct workspace *workspace, bool wait, struct file_lock *lock,
		     bool *got)
{
	OWNED_STR path = workspace_cached(workspace, "gc.lock");
	int holder = 0;

	if (wait)
		TRY(file_lock(path, "the cache's housekeeping", true, lock));
	else
		TRY(file_try_lock(path, &holder, lock));
	*got = !holder;
	return NULL;
}

/* Bytes for people. */
#define GIB(bytes) ((double)(bytes) / (double)(1 << 30))

static void tell(const struct cache *cache, uint64_t limit)
{
	uint64_t freed = 0;
	size_t count = 0;

	for (size_t i = 0; i < cache->count; i++)
		if (cache->entries[i].gone) {
			freed += cache->entries[i].bytes;
			count++;
		}
	if (count)
		progress_note("the cache had %.1f GiB, its limit is %.1f GiB (cache.limit): %zu "
			      "thing%s made least use of went, %.1f GiB",
			      GIB(cache->total), GIB(limit), count, count == 1 ? "" : "s",
			      GIB(freed));
	if (cache->total - freed > limit)
		progress_note("the cache has %.1f GiB, more than its limit of %.1f GiB "
			      "(cache.limit): the rest is in use; 'farrier gc' shows it",
			      GIB(cache->total - freed), GIB(limit));
}

static ERR_CHECK keep_limit(const struct workspace *workspace, time_t since)
{
	uint64_t limit = workspace->cache_limit;
	FILE_LOCK lock = FILE_LOCK_NONE;
	CACHE cache = { 0 };
	bool got;

	TRY(cache_lock(workspace, false, &lock, &got));
	if (!got)
		return NULL;
	TRY(cache_look(&(struct cache_request){ workspace, true, since }, &cache));
	if ((double)cache.total <= (double)limit * (1 + CACHE_SLACK))
		return NULL;
	cache_choose(&cache, &(struct cache_wish){ .limit = limit });
	TRY(cache_remove(&cache));
	tell(&cache, limit);
	return NULL;
}

void cache_keep_limit(const struct workspace *workspace, time_t since)
{
	const struct err *err = workspace->cache_limit ? keep_limit(workspace, since) : NULL;

	if (err)
		progress_warn("the cache's limit is not kept: %s", err->text);
	err_free(err);
}
