// SPDX-License-Identifier: GPL-2.0
#include <git2.h>

#include "core/repo.h"
#include "port_map.h"

void port_map_release(struct port_map *map)
{
	free(map->steps);
	*map = (struct port_map){ 0 };
}

/* A diff gives the line before the place for a side without lines. */
static struct port_range range_of(int start, int count)
{
	return (struct port_range){ (size_t)(count ? start - 1 : start), (size_t)count };
}

static int add_step(const git_diff_delta *delta, const git_diff_hunk *hunk, void *data)
{
	struct port_map *map = data;

	(void)delta;
	if (map->count == map->alloc) {
		map->alloc = map->alloc ? map->alloc * 2 : 8;
		map->steps = xreallocarray(map->steps, map->alloc, sizeof(*map->steps));
	}
	map->steps[map->count++] = (struct port_step){ range_of(hunk->old_start, hunk->old_lines),
						       range_of(hunk->new_start, hunk->new_lines) };
	return 0;
}

ERR_CHECK port_map_make(const struct strbuf *old, const struct strbuf *new, struct port_map *map)
{
	git_diff_options options;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.context_lines = 0;
	options.interhunk_lines = 0;
	options.flags = GIT_DIFF_FORCE_TEXT;
	if (git_diff_buffers(strbuf_str(old), old->len, NULL, strbuf_str(new), new->len, NULL,
			     &options, NULL, NULL, add_step, NULL, map) < 0)
		return repo_error("cannot compare two texts");
	return NULL;
}

/* Where the range's first line is in the other text. */
static size_t carry_start(const struct port_map *map, enum port_direction direction, size_t start)
{
	size_t here = 0, there = 0; /* the end of the last step that lies before it */

	for (size_t i = 0; i < map->count; i++) {
		const struct port_step *step = &map->steps[i];
		const struct port_range *from = direction ? &step->new : &step->old;
		const struct port_range *to = direction ? &step->old : &step->new;

		if (start < from->at)
			break;
		if (start == from->at || start < from->at + from->count)
			return to->at;
		here = from->at + from->count;
		there = to->at + to->count;
	}
	return start - here + there;
}

/* Where the line behind the range is in the other text. */
static size_t carry_end(const struct port_map *map, enum port_direction direction, size_t end)
{
	size_t here = 0, there = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct port_step *step = &map->steps[i];
		const struct port_range *from = direction ? &step->new : &step->old;
		const struct port_range *to = direction ? &step->old : &step->new;

		if (end < from->at || (end == from->at && from->count))
			break;
		if (end <= from->at + from->count)
			return to->at + to->count;
		here = from->at + from->count;
		there = to->at + to->count;
	}
	return end - here + there;
}

static bool touches(const struct port_range *step, const struct port_range *range)
{
	size_t end = range->at + range->count;

	if (!step->count || !range->count)
		return step->at <= end && step->at + step->count >= range->at;
	return step->at < end && step->at + step->count > range->at;
}

bool port_map_carry(const struct port_map *map, enum port_direction direction,
		    struct port_range *range)
{
	size_t start = carry_start(map, direction, range->at);
	size_t end = carry_end(map, direction, range->at + range->count);
	bool touched = false;

	for (size_t i = 0; i < map->count && !touched; i++)
		touched = touches(direction ? &map->steps[i].new : &map->steps[i].old, range);
	*range = (struct port_range){ start, end > start ? end - start : 0 };
	return touched;
}
