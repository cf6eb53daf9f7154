// SPDX-License-Identifier: GPL-2.0
#include <sys/stat.h>
#include <unistd.h>

#include "cache_part.h"

/* A clock that files are stamped with may be a little behind time(). */
#define CLOCK_SLACK 2
/* No making takes longer; a record that says so is not believed. */
#define MOST_SECONDS 1e7

/* While everything is looked at. */
struct look {
	const struct cache_request *request;
	struct cache *cache;
	struct cache_seen seen;
	json_t *sizes;		 /* recorded ones, or NULL */
	bool measured;		 /* something that is steady */
	struct strvec leftovers; /* paths, sorted: they may be inside of other things */
	struct strvec needed;	 /* paths */
};

static void release_look(struct look *look)
{
	cache_release_seen(&look->seen);
	json_decref(look->sizes);
	strvec_release(&look->leftovers);
	strvec_release(&look->needed);
}

static bool is_id(const char *name)
{
	return strlen(name) == STORE_ID_SIZE - 1 &&
	       strspn(name, "0123456789abcdef") == STORE_ID_SIZE - 1;
}

static bool is_unfinished(const char *name)
{
	return ends_with(name, ".lock") || ends_with(name, ".new") || ends_with(name, ".old") ||
	       strstr(name, ".tmp-");
}

static ERR_CHECK list_names(const char *cache, const struct kept_kind *kind, struct kept_list *list)
{
	STRVEC names = { 0 };

	TRY(kept_names(cache, kind->folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", kind->folder, names.items[i]);
		struct kept *kept;

		if (kind->by_key ? !is_id(names.items[i]) : is_unfinished(names.items[i]))
			continue;
		kept = kept_add(list, names.items[i], path);
		if (!kind->has_locks)
			continue;
		kept->lock = xasprintf("%s.lock", path);
		kept->stamp = xstrdup(kept->lock);
	}
	return NULL;
}

/* Whether it is the cache's own: a folder or a file, and neither a link nor anything stranger. */
static bool is_thing(const char *cache, const char *path)
{
	OWNED_STR full = xasprintf("%s/%s", cache, path);
	struct stat info;

	return lstat(full, &info) == 0 && (S_ISDIR(info.st_mode) || S_ISREG(info.st_mode));
}

static struct cache_entry *add_entry(struct cache *cache, const struct kept_kind *kind,
				     struct kept *kept)
{
	struct cache_entry *entry;

	if (cache->count == cache->alloc) {
		cache->alloc = cache->alloc ? 2 * cache->alloc : 64;
		cache->entries = xreallocarray(cache->entries, cache->alloc,
					       sizeof(*cache->entries));
	}
	entry = &cache->entries[cache->count++];
	*entry = (struct cache_entry){ .kind = kind, .kept = *kept };
	*kept = (struct kept){ 0 };
	return entry;
}

static ERR_CHECK measure(struct look *look, struct cache_entry *entry, struct cache_size *size)
{
	const struct strvec *paths = &entry->kept.paths;

	if (entry->kind->is_steady && look->request->quick &&
	    cache_find_size(look->sizes, paths->items[0], size))
		return NULL;
	look->measured |= entry->kind->is_steady;
	for (size_t i = 0; i < paths->count; i++)
		TRY(cache_measure(look->cache->folder, paths->items[i], &look->leftovers,
				  &look->seen, size));
	return NULL;
}

static double seconds_of(const struct cache_entry *entry)
{
	double seconds = entry->kept.seconds;

	if (seconds == 0)
		seconds = (double)entry->files * entry->kind->seconds_per_file;
	return seconds > 0 && seconds < MOST_SECONDS ? seconds : 0;
}

static bool is_busy(const struct look *look, const struct cache_entry *entry)
{
	time_t since = look->request->since;
	OWNED_FD fd = -1;

	if (entry->used > look->cache->now - entry->kind->rest && entry->kind->rest)
		return true;
	if (since && entry->used + CLOCK_SLACK >= since)
		return true;
	return cache_claim(look->cache->folder, &entry->kept, false, &fd) == CACHE_IN_USE;
}

static ERR_CHECK look_at(struct look *look, struct cache_entry *entry)
{
	struct cache *cache = look->cache;
	struct cache_size size = { 0 };

	TRY(measure(look, entry, &size));
	entry->bytes = size.bytes;
	entry->files = size.files;
	entry->used = entry->kind->by_reading ? size.touched : 0;
	if (!entry->used)
		entry->used = cache_stamp(cache->folder, &entry->kept);
	entry->seconds = seconds_of(entry);
	entry->needed = strvec_has(&look->needed, entry->kept.paths.items[0]) ||
			(entry->kept.needs && strvec_has(&look->needed, entry->kept.needs));
	entry->busy = is_busy(look, entry);
	cache->total += entry->bytes;
	return NULL;
}

static ERR_CHECK look_at_kind(struct look *look, const struct kept_kind *kind)
{
	const char *folder = look->cache->folder;
	KEPT_LIST list = { 0 };

	if (kind->list)
		TRY(kind->list(folder, &list));
	else
		TRY(list_names(folder, kind, &list));
	for (size_t i = 0; i < list.count; i++)
		if (kind == &cache_leftovers || is_thing(folder, list.items[i].paths.items[0]))
			TRY(look_at(look, add_entry(look->cache, kind, &list.items[i])));
	return NULL;
}

/* Leftovers come first and are measured as what they are, wherever they stand. */
static ERR_CHECK look_at_leftovers(struct look *look)
{
	TRY(look_at_kind(look, &cache_leftovers));
	for (size_t i = 0; i < look->cache->count; i++)
		strvec_push(&look->leftovers, look->cache->entries[i].kept.paths.items[0]);
	strvec_sort(&look->leftovers);
	return NULL;
}

static bool is_link(const char *cache, const char *path)
{
	OWNED_STR full = xasprintf("%s/%s", cache, path);
	struct stat info;

	return lstat(full, &info) == 0 && S_ISLNK(info.st_mode);
}

/* What is left when all that was described is taken away. */
static ERR_CHECK look_at_the_rest(struct look *look)
{
	struct cache *cache = look->cache;
	struct cache_size size = { 0 };
	STRVEC paths = { 0 };

	for (size_t i = 0; i < cache->count; i++)
		strvec_push_all(&paths, (const char *const *)cache->entries[i].kept.paths.items);
	strvec_sort(&paths);
	TRY(cache_measure(cache->folder, "", &paths, &look->seen, &size));
	cache->other = size.bytes;
	cache->total += size.bytes;
	for (size_t i = 0; cache_kinds[i]; i++)
		if (cache_kinds[i]->folder && is_link(cache->folder, cache_kinds[i]->folder))
			strvec_push(&cache->odd, cache_kinds[i]->folder);
	return NULL;
}

ERR_CHECK cache_look(const struct cache_request *request, struct cache *cache)
{
	CLEANUP(release_look) struct look look = { .request = request, .cache = cache };

	*cache = (struct cache){ .folder = xstrdup(request->workspace->cache), .now = time(NULL) };
	TRY(cache_list_needed(request->workspace, &look.needed));
	if (request->quick)
		TRY(cache_read_sizes(cache->folder, &look.sizes));
	TRY(look_at_leftovers(&look));
	for (size_t i = 0; cache_kinds[i]; i++)
		TRY(look_at_kind(&look, cache_kinds[i]));
	TRY(look_at_the_rest(&look));
	return request->quick && look.measured ? cache_write_sizes(cache) : NULL;
}
