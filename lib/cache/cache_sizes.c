// SPDX-License-Identifier: GPL-2.0
/*
 * cache_sizes.c - CACHE/sizes.json: how large steady things were when they were measured.
 *
 *	{"schema":1,"sizes":{"src/mainline":{"bytes":1912602624,"files":93012}}}
 *
 * Looking at every file of five source folders takes seconds, and a limit is kept after
 * every build; a tree that moves on by a point release keeps its size.
 */
#include "cache_part.h"
#include "core/store.h"

ERR_CHECK cache_read_sizes(const char *cache, json_t **sizes)
{
	OWNED_STR path = xasprintf("%s/sizes.json", cache);
	OWNED_JSON *record = NULL;

	TRY(store_read(path, &record));
	*sizes = json_incref(json_object_get(record, "sizes"));
	return NULL;
}

bool cache_find_size(const json_t *sizes, const char *path, struct cache_size *size)
{
	const json_t *known = json_object_get(sizes, path);
	json_int_t bytes = json_integer_value(json_object_get(known, "bytes"));
	json_int_t files = json_integer_value(json_object_get(known, "files"));

	if (bytes <= 0 || files < 0)
		return false;
	size->bytes = (uint64_t)bytes;
	size->files = (size_t)files;
	return true;
}

ERR_CHECK cache_write_sizes(const struct cache *cache)
{
	OWNED_STR path = xasprintf("%s/sizes.json", cache->folder);
	OWNED_JSON *record = json_object();
	json_t *sizes = json_object();

	for (size_t i = 0; i < cache->count; i++) {
		const struct cache_entry *entry = &cache->entries[i];
		json_t *known;

		if (!entry->kind->is_steady || entry->gone)
			continue;
		known = json_object();
		store_set(known, "bytes", json_integer((json_int_t)entry->bytes));
		store_set(known, "files", json_integer((json_int_t)entry->files));
		store_set(sizes, entry->kept.paths.items[0], known);
	}
	store_set(record, "sizes", sizes);
	return store_write(path, record);
}
