// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <time.h>

#include "gc.h"
#include "out.h"

/* Without -v no more of what goes is named. */
#define MOST_LINES 20

#define MINUTE 60.0
#define HOUR   3600.0
#define DAY    (24 * HOUR)

/* One line of the table. */
struct sum {
	const char *name;
	const struct kept_kind *kind; /* or NULL */
	size_t count, going, busy, needed;
	uint64_t bytes, going_bytes;
	double seconds;
	time_t used; /* 0: never */
};

static bool goes(const struct gc_result *result, const struct cache_entry *entry)
{
	return result->dry_run ? entry->reason != CACHE_STAYS : entry->gone;
}

static void add_up(const struct gc_result *result, const struct kept_kind *kind, struct sum *sum)
{
	*sum = (struct sum){ .name = kind->name, .kind = kind };
	for (size_t i = 0; i < result->cache->count; i++) {
		const struct cache_entry *entry = &result->cache->entries[i];

		if (entry->kind != kind)
			continue;
		sum->count++;
		sum->bytes += entry->bytes;
		sum->seconds += entry->seconds;
		sum->busy += entry->busy;
		sum->needed += entry->needed;
		if (entry->used > sum->used)
			sum->used = entry->used;
		if (!goes(result, entry))
			continue;
		sum->going++;
		sum->going_bytes += entry->bytes;
	}
}

/* Every kind, the leftovers, and what is nobody's; the caller frees it. */
static struct sum *add_up_all(const struct gc_result *result, size_t *count)
{
	struct sum *sums;
	size_t kinds = 0;

	while (cache_kinds[kinds])
		kinds++;
	sums = xcalloc(kinds + 2, sizeof(*sums));
	for (size_t i = 0; i < kinds; i++)
		add_up(result, cache_kinds[i], &sums[i]);
	add_up(result, &cache_leftovers, &sums[kinds]);
	sums[kinds + 1] = (struct sum){ .name = "other", .bytes = result->cache->other };
	*count = kinds + 2;
	return sums;
}

static uint64_t freed(const struct gc_result *result)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < result->cache->count; i++)
		if (goes(result, &result->cache->entries[i]))
			bytes += result->cache->entries[i].bytes;
	return bytes;
}

/* ---- for people ---- */

static char *size_text(uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double size = (double)bytes;
	size_t unit = 0;

	while (size >= 1000 && unit + 1 < ARRAY_SIZE(units)) {
		size /= 1024;
		unit++;
	}
	return xasprintf(unit && size < 10 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

static char *duration_text(double seconds)
{
	if (seconds < 2 * MINUTE)
		return xasprintf("%.0f s", seconds);
	if (seconds < 2 * HOUR)
		return xasprintf("%.0f min", seconds / MINUTE);
	return seconds < 2 * DAY ? xasprintf("%.0f h", seconds / HOUR)
				 : xasprintf("%.0f days", seconds / DAY);
}

static char *age_text(const struct cache *cache, time_t used)
{
	double age = difftime(cache->now, used);
	OWNED_STR text = duration_text(age < 0 ? 0 : age);

	return used ? xasprintf("%s ago", text) : xstrdup("-");
}

static char *cost_text(const struct kept_kind *kind, uint64_t bytes, double seconds)
{
	if (!kind || !bytes)
		return xstrdup("-");
	if (kind->is_fetched) {
		OWNED_STR size = size_text(bytes);

		return xasprintf("fetch %s", size);
	}
	return seconds > 0 ? duration_text(seconds) : xstrdup("-");
}

static void add_head(struct out_table *table, const struct gc_result *result)
{
	out_table_cell(table, OUT_DIM, "kind");
	out_table_number(table, OUT_DIM, "count");
	out_table_number(table, OUT_DIM, "size");
	out_table_number(table, OUT_DIM, "last used");
	out_table_number(table, OUT_DIM, "to make again");
	out_table_cell(table, OUT_DIM, result->dry_run ? "would go" : "went");
	out_table_end_row(table);
}

static void add_row(struct out_table *table, const struct gc_result *result, const struct sum *sum)
{
	OWNED_STR size = size_text(sum->bytes);
	OWNED_STR used = age_text(result->cache, sum->used);
	OWNED_STR cost = cost_text(sum->kind, sum->bytes, sum->seconds);
	OWNED_STR going = size_text(sum->going_bytes);

	out_table_cell(table, OUT_BOLD, "%s", sum->name);
	if (sum->kind)
		out_table_number(table, OUT_PLAIN, "%zu", sum->count);
	else
		out_table_number(table, OUT_DIM, "-");
	out_table_number(table, OUT_PLAIN, "%s", size);
	out_table_number(table, OUT_PLAIN, "%s", used);
	out_table_number(table, OUT_PLAIN, "%s", cost);
	if (sum->going)
		out_table_cell(table, OUT_WARN, "%zu, %s", sum->going, going);
	else
		out_table_cell(table, OUT_DIM, sum->kind && sum->kind->stays ? "stays" : "-");
	out_table_end_row(table);
}

static void print_kinds(const struct run *run, const struct gc_result *result)
{
	struct out_table *table = out_table_new();
	CLEANUP(free_ptr) struct sum *sums = NULL;
	size_t count;

	sums = add_up_all(result, &count);
	add_head(table, result);
	for (size_t i = 0; i < count; i++)
		if (sums[i].count || sums[i].bytes)
			add_row(table, result, &sums[i]);
	out_table_print(run, table, 0);
}

static void add_entry(struct out_table *table, const struct cache *cache,
		      const struct cache_entry *entry)
{
	OWNED_STR size = size_text(entry->bytes);
	OWNED_STR used = age_text(cache, entry->used);
	OWNED_STR cost = cost_text(entry->kind, entry->bytes, entry->seconds);

	out_table_cell(table, OUT_PLAIN, "%s", entry->kind->name);
	out_table_cell(table, OUT_PLAIN, "%.*s%s%s",
		       entry->kept.label ? 12 : (int)strlen(entry->kept.name), entry->kept.name,
		       entry->kept.label ? "  " : "", entry->kept.label ? entry->kept.label : "");
	out_table_number(table, OUT_PLAIN, "%s", size);
	out_table_number(table, OUT_PLAIN, "%s", used);
	out_table_number(table, OUT_PLAIN, "%s", cost);
	out_table_cell(table, OUT_DIM, "%s", cache_reason_name(entry->reason));
	out_table_end_row(table);
}

static void print_entries(const struct run *run, const struct gc_result *result)
{
	struct out_table *table = out_table_new();
	size_t shown = 0, all = 0;

	for (size_t i = 0; i < result->cache->count; i++) {
		const struct cache_entry *entry = &result->cache->entries[i];

		if (!goes(result, entry))
			continue;
		all++;
		if (shown == MOST_LINES && !run->verbose)
			continue;
		add_entry(table, result->cache, entry);
		shown++;
	}
	if (all)
		out_line(run, OUT_PLAIN, "%s",
			 result->dry_run ? "would go, first first:" : "went:");
	out_table_print(run, table, 2);
	if (all > shown)
		out_line(run, OUT_DIM, "  and %zu more; -v shows them", all - shown);
}

static void print_total(const struct run *run, const struct gc_result *result)
{
	uint64_t left = result->cache->total - freed(result);
	OWNED_STR total = size_text(result->cache->total);
	OWNED_STR rest = size_text(left);
	OWNED_STR limit = size_text(result->wish.limit);
	bool over = result->wish.limit && left > result->wish.limit;
	STRBUF line = { 0 };

	strbuf_addf(&line, "%s has %s", result->cache->folder, total);
	if (left != result->cache->total)
		strbuf_addf(&line, result->dry_run ? ", would have %s" : ", now %s", rest);
	if (result->wish.limit)
		strbuf_addf(&line, "; its limit is %s", limit);
	else
		strbuf_adds(&line, "; it has no limit");
	out_line(run, over ? OUT_WARN : OUT_PLAIN, "%s", strbuf_str(&line));
	if (over)
		out_line(run, OUT_WARN, "what is left is in use, or is the kernel repository");
	for (size_t i = 0; i < result->cache->odd.count; i++)
		out_line(run, OUT_WARN, "'%s' in it is a link: what is behind it is left alone",
			 result->cache->odd.items[i]);
}

/* ---- for programs ---- */

static json_t *time_json(time_t when)
{
	struct tm utc;
	char text[32];

	if (!when || !gmtime_r(&when, &utc))
		return json_null();
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

static json_t *bytes_json(uint64_t bytes)
{
	return json_integer((json_int_t)bytes);
}

/* To the tenth of a second. */
static json_t *seconds_json(double seconds)
{
	return json_real((double)(int64_t)(seconds * 10 + 0.5) / 10);
}

static json_t *sum_json(const struct sum *sum)
{
	bool fetched = sum->kind && sum->kind->is_fetched;
	json_t *json = json_object();

	store_set(json, "kind", json_string(sum->name));
	store_set(json, "count", json_integer((json_int_t)sum->count));
	store_set(json, "bytes", bytes_json(sum->bytes));
	store_set(json, "last_used", time_json(sum->used));
	store_set(json, "seconds", seconds_json(sum->seconds));
	store_set(json, "fetch_bytes", bytes_json(fetched ? sum->bytes : 0));
	store_set(json, "in_use", json_integer((json_int_t)sum->busy));
	store_set(json, "needed", json_integer((json_int_t)sum->needed));
	store_set(json, "removed", json_integer((json_int_t)sum->going));
	store_set(json, "removed_bytes", bytes_json(sum->going_bytes));
	return json;
}

static json_t *entry_json(const struct cache_entry *entry)
{
	json_t *json = json_object();

	store_set(json, "kind", json_string(entry->kind->name));
	store_set(json, "name", store_text(entry->kept.name));
	store_set(json, "label", store_text(entry->kept.label));
	store_set(json, "bytes", bytes_json(entry->bytes));
	store_set(json, "last_used", time_json(entry->used));
	store_set(json, "seconds", seconds_json(entry->seconds));
	store_set(json, "needed", json_boolean(entry->needed));
	store_set(json, "reason", json_string(cache_reason_name(entry->reason)));
	return json;
}

static void print_json(const struct gc_result *result)
{
	OWNED_JSON *json = json_object();
	CLEANUP(free_ptr) struct sum *sums = NULL;
	json_t *kinds = json_array();
	json_t *removed = json_array();
	size_t count;

	sums = add_up_all(result, &count);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(kinds, sum_json(&sums[i]));
	for (size_t i = 0; i < result->cache->count; i++)
		if (goes(result, &result->cache->entries[i]))
			json_array_append_new(removed, entry_json(&result->cache->entries[i]));
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "cache", store_text(result->cache->folder));
	store_set(json, "dry_run", json_boolean(result->dry_run));
	store_set(json, "limit", bytes_json(result->wish.limit));
	store_set(json, "total", bytes_json(result->cache->total));
	store_set(json, "left", bytes_json(result->cache->total - freed(result)));
	store_set(json, "kinds", kinds);
	store_set(json, "removed", removed);
	out_json(json);
}

void gc_print(const struct run *run, const struct gc_result *result)
{
	if (run->json) {
		print_json(result);
		return;
	}
	print_kinds(run, result);
	print_entries(run, result);
	print_total(run, result);
}
