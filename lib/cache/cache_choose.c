// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "cache_part.h"

/* What a network gives about, to weigh what is fetched against what is made. */
#define FETCHED_PER_SECOND 2e6 /* bytes */
/* Whatever was used within the same hour is as new. */
#define LEAST_AGE  3600.0
#define DAY	   (24 * 3600.0)
#define LEAST_SIZE 4096.0

/* A thing, and what is worth nothing without it. */
struct bundle {
	struct cache_entry *entry;
	struct cache_entry *parent; /* or NULL */
	double seconds, bytes;
};

static double cost_of(const struct cache_entry *entry)
{
	return entry->kind->is_fetched ? (double)entry->bytes / FETCHED_PER_SECOND : entry->seconds;
}

static struct bundle *find_parent(struct bundle *bundles, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(bundles[i].entry->kept.paths.items[0], path))
			return &bundles[i];
	return NULL;
}

/* Who goes takes its children along, so what they are worth and who uses them counts there. */
static void join_parent(struct bundle *child, struct bundle *parent)
{
	child->parent = parent->entry;
	parent->seconds += child->seconds;
	parent->bytes += child->bytes;
	parent->entry->busy |= child->entry->busy;
	parent->entry->needed |= child->entry->needed;
	if (child->entry->used > parent->entry->used)
		parent->entry->used = child->entry->used;
}

static struct bundle *make_bundles(struct cache *cache)
{
	struct bundle *bundles = xcalloc(cache->count + 1, sizeof(*bundles));

	for (size_t i = 0; i < cache->count; i++) {
		struct cache_entry *entry = &cache->entries[i];

		bundles[i] = (struct bundle){ .entry = entry,
					      .seconds = cost_of(entry),
					      .bytes = (double)entry->bytes };
	}
	for (size_t i = 0; i < cache->count; i++) {
		const char *needs = bundles[i].entry->kept.needs;
		struct bundle *parent = needs ? find_parent(bundles, cache->count, needs) : NULL;

		if (parent)
			join_parent(&bundles[i], parent);
		else if (needs)
			bundles[i].seconds = 0;
	}
	return bundles;
}

static double worth_of(const struct bundle *bundle, time_t now)
{
	double age = difftime(now, bundle->entry->used);

	if (age < LEAST_AGE)
		age = LEAST_AGE;
	return bundle->seconds / (bundle->bytes > LEAST_SIZE ? bundle->bytes : LEAST_SIZE) /
	       (age / DAY);
}

static int compare(const void *a, const void *b)
{
	const struct cache_entry *one = ((const struct bundle *)a)->entry;
	const struct cache_entry *other = ((const struct bundle *)b)->entry;

	if (one->needed != other->needed)
		return one->needed ? 1 : -1;
	if (one->worth != other->worth)
		return one->worth < other->worth ? -1 : 1;
	if (one->used != other->used)
		return one->used < other->used ? -1 : 1;
	return strcmp(one->kept.paths.items[0], other->kept.paths.items[0]);
}

/* What was asked for by age or kind goes whoever needs it; only what is in use does not. */
static enum cache_reason reason_for(const struct cache *cache, const struct cache_entry *entry,
				    const struct cache_wish *wish)
{
	if (entry->busy || entry->kind->stays)
		return CACHE_STAYS;
	if (entry->kind == &cache_leftovers)
		return CACHE_LEFTOVER;
	if (entry->kind == wish->all_of)
		return CACHE_ASKED;
	if (wish->older_than && difftime(cache->now, entry->used) > wish->older_than * DAY)
		return CACHE_OLD;
	return CACHE_STAYS;
}

/* Marks it with what is worth nothing without it; returns the bytes. */
static uint64_t mark(struct bundle *bundles, size_t count, struct cache_entry *entry,
		     enum cache_reason reason)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		struct cache_entry *one = bundles[i].entry;

		if ((one != entry && bundles[i].parent != entry) || one->reason != CACHE_STAYS)
			continue;
		one->reason = reason;
		bytes += one->bytes;
	}
	return bytes;
}

static void choose(struct cache *cache, const struct cache_wish *wish, struct bundle *bundles)
{
	uint64_t left = cache->total;

	for (size_t i = 0; i < cache->count; i++) {
		enum cache_reason reason = reason_for(cache, bundles[i].entry, wish);

		if (reason != CACHE_STAYS)
			left -= mark(bundles, cache->count, bundles[i].entry, reason);
	}
	for (size_t i = 0; i < cache->count && wish->limit && left > wish->limit; i++) {
		struct cache_entry *entry = bundles[i].entry;

		if (!entry->busy && !entry->kind->stays && entry->reason == CACHE_STAYS)
			left -= mark(bundles, cache->count, entry, CACHE_LIMIT);
	}
}

void cache_choose(struct cache *cache, const struct cache_wish *wish)
{
	CLEANUP(free_ptr) struct bundle *bundles = make_bundles(cache);
	struct cache_entry *sorted = xcalloc(cache->count + 1, sizeof(*sorted));

	for (size_t i = 0; i < cache->count; i++)
		bundles[i].entry->worth = worth_of(&bundles[i], cache->now);
	qsort(bundles, cache->count, sizeof(*bundles), compare);
	choose(cache, wish, bundles);
	for (size_t i = 0; i < cache->count; i++)
		sorted[i] = *bundles[i].entry;
	free(cache->entries);
	cache->entries = sorted;
	cache->alloc = cache->count;
}

uint64_t cache_going(const struct cache *cache)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < cache->count; i++)
		if (cache->entries[i].reason != CACHE_STAYS)
			bytes += cache->entries[i].bytes;
	return bytes;
}
