// SPDX-License-Identifier: GPL-2.0
/* port_apply.c - finds hunks by their exact text, and puts them there. */
#include "port_internal.h"

/* Lines compared for one file, so that a hostile patch cannot keep the machine busy. */
#define MOST_COMPARISONS ((size_t)1 << 25)

/* One file's search. */
struct search {
	const struct lines *target;
	size_t budget;
	size_t floor; /* the first line that earlier hunks have not taken */
	long delta;   /* by how much the hunk before was off */
};

/* What is looked for. */
struct needle {
	const struct line *lines;
	size_t count;
	long start;	/* the line where the hunk says it is, from 0 */
	size_t nominal; /* where it is looked for first: `start` moved by delta */
	bool at_start;	/* it can only stand at the beginning of the file */
	bool at_end;	/* it can only stand at the end */
};

static bool matches(struct search *search, const struct needle *needle, size_t at)
{
	const struct line *found = search->target->at + at;

	for (size_t i = 0; i < needle->count; i++) {
		if (!search->budget)
			return false;
		search->budget--;
		if (!line_equal(&needle->lines[i], &found[i]))
			return false;
	}
	return true;
}

/* The match nearest to the nominal line; of two as near, the one behind it (as git apply). */
static bool find_nearest(struct search *search, const struct needle *needle, size_t *at)
{
	size_t last = search->target->count - needle->count;
	size_t up, down;

	if (needle->at_start || needle->at_end) {
		*at = needle->at_start ? 0 : last;
		if (needle->at_start && needle->at_end && last)
			return false;
		return *at >= search->floor && matches(search, needle, *at);
	}
	up = down = needle->nominal < search->floor ? search->floor
		    : needle->nominal > last	    ? last
						    : needle->nominal;
	if (up > last || up < search->floor)
		return false;
	if (matches(search, needle, up)) {
		*at = up;
		return true;
	}
	while (search->budget && (up < last || down > search->floor)) {
		if (up < last && matches(search, needle, ++up)) {
			*at = up;
			return true;
		}
		if (down > search->floor && matches(search, needle, --down)) {
			*at = down;
			return true;
		}
	}
	return false;
}

/*
 * As patch(1): less context on one side than on the other means that the file ends
 * there; fuzz takes context off the side that has more, then off both.
 */
static struct needle make_needle(const struct search *search, const struct diff_hunk *hunk,
				 enum port_side side, size_t fuzz, struct port_place *place)
{
	const struct lines *lines = side == PORT_BEFORE ? &hunk->before : &hunk->after;
	size_t most = hunk->leading > hunk->trailing ? hunk->leading : hunk->trailing;
	struct needle needle = { 0 };
	long nominal;

	place->front = fuzz + hunk->leading > most ? fuzz + hunk->leading - most : 0;
	place->back = fuzz + hunk->trailing > most ? fuzz + hunk->trailing - most : 0;
	needle.lines = lines->at + place->front;
	needle.count = lines->count - place->front - place->back;
	needle.start = (long)(side == PORT_BEFORE ? hunk->old_start : hunk->new_start);
	needle.start += (long)place->front - (lines->count ? 1 : 0);
	nominal = needle.start + search->delta;
	needle.nominal = nominal < 0 ? 0 : (size_t)nominal;
	needle.at_start = hunk->old_start <= 1 && hunk->leading + fuzz < most;
	needle.at_end = hunk->trailing + fuzz < most;
	return needle;
}

/* A hunk without any context says nothing that could be looked for, except in an empty file. */
static bool find_hunk(struct search *search, const struct diff_hunk *hunk, enum port_side side,
		      size_t fuzz, struct port_place *place)
{
	struct needle needle = make_needle(search, hunk, side, fuzz, place);

	place->found = false;
	if (needle.count > search->target->count)
		return false;
	if (needle.count == 0)
		place->found = !fuzz && search->target->count == 0;
	else
		place->found = find_nearest(search, &needle, &place->at);
	if (!place->found)
		return false;
	place->offset = (long)place->at - needle.start;
	search->delta = place->offset;
	search->floor = place->at + needle.count;
	return true;
}

/* Context that can be spared: one line must stay, or nothing says where the hunk belongs. */
static size_t most_fuzz(const struct diff_hunk *hunk, size_t fuzz)
{
	size_t most = hunk->leading > hunk->trailing ? hunk->leading : hunk->trailing;
	size_t spare = most ? most - 1 : 0;

	return fuzz < spare ? fuzz : spare;
}

bool port_find_hunks(const struct diff_file *file, const struct lines *target, enum port_side side,
		     size_t fuzz, struct port_place *places)
{
	struct search search = { target, MOST_COMPARISONS, 0, 0 };
	bool all = true;

	for (size_t i = 0; i < file->hunk_count; i++) {
		const struct diff_hunk *hunk = &file->hunks[i];

		places[i] = (struct port_place){ 0 };
		for (size_t less = 0; less <= most_fuzz(hunk, fuzz) && !places[i].found; less++)
			find_hunk(&search, hunk, side, less, &places[i]);
		all &= places[i].found;
	}
	return all;
}

void port_apply_hunks(const struct diff_file *file, const struct lines *target,
		      const struct port_place *places, struct strbuf *out)
{
	size_t done = 0;

	for (size_t i = 0; i < file->hunk_count; i++) {
		const struct diff_hunk *hunk = &file->hunks[i];
		size_t left_out = places[i].front + places[i].back;

		lines_join(target->at + done, places[i].at - done, out);
		lines_join(hunk->after.at + places[i].front, hunk->after.count - left_out, out);
		done = places[i].at + hunk->before.count - left_out;
	}
	lines_join(target->at + done, target->count - done, out);
}

/* Whether `count` lines of `wanted` stand at line `start` (as a hunk counts) of `lines`. */
static bool stands_at(const struct lines *lines, const struct lines *wanted, size_t start,
		      size_t *at)
{
	*at = wanted->count ? start - 1 : start;
	if (*at > lines->count || lines->count - *at < wanted->count)
		return false;
	return lines_equal(lines->at + *at, wanted->at, wanted->count);
}

static bool replace_exactly(const struct diff_file *file, const struct port_text *text,
			    bool forwards, struct strbuf *out)
{
	LINES lines = { 0 };
	size_t done = 0;

	lines_split(&lines, text->bytes.buf, text->bytes.len);
	for (size_t i = 0; i < file->hunk_count; i++) {
		const struct diff_hunk *hunk = &file->hunks[i];
		const struct lines *from = forwards ? &hunk->before : &hunk->after;
		const struct lines *to = forwards ? &hunk->after : &hunk->before;
		size_t at;

		if (!stands_at(&lines, from, forwards ? hunk->old_start : hunk->new_start, &at) ||
		    at < done)
			return false;
		lines_join(lines.at + done, at - done, out);
		lines_join(to->at, to->count, out);
		done = at + from->count;
	}
	lines_join(lines.at + done, lines.count - done, out);
	return true;
}

bool port_apply_exactly(const struct diff_file *file, const struct port_text *text,
			struct strbuf *out)
{
	return replace_exactly(file, text, true, out);
}

bool port_revert_exactly(const struct diff_file *file, const struct port_text *text,
			 struct strbuf *out)
{
	return replace_exactly(file, text, false, out);
}

/* The place where most lines of the hunk's old side stand as they should. */
static size_t closest(const struct diff_hunk *hunk, const struct lines *target, size_t *same)
{
	const struct lines *wanted = &hunk->before;
	size_t budget = MOST_COMPARISONS >> 2;
	size_t best = 0;

	*same = 0;
	for (size_t at = 0; at + wanted->count <= target->count && budget > wanted->count; at++) {
		size_t equal = 0;

		budget -= wanted->count;
		for (size_t i = 0; i < wanted->count; i++)
			equal += line_equal(&wanted->at[i], &target->at[at + i]);
		if (equal > *same) {
			*same = equal;
			best = at;
		}
	}
	return best;
}

char *port_explain(const struct diff_hunk *hunk, const struct lines *target,
		   const struct port_place *after)
{
	size_t same, at;

	if (after->found && hunk->after.count)
		return xasprintf("its result is there already, at line %zu, but not the rest of "
				 "the change",
				 after->at + 1);
	if (!hunk->before.count)
		return xstrdup("it has no context that would say where it belongs");
	at = closest(hunk, target, &same);
	if (same * 2 < hunk->before.count)
		return xasprintf("its text (line %zu in the original) is not in the branch's file, "
				 "nor anything like it",
				 hunk->old_start);
	return xasprintf("its text (line %zu in the original) is not in the branch's file; the "
			 "nearest, at line %zu, differs in %zu of %zu lines",
			 hunk->old_start, at + 1, hunk->before.count - same, hunk->before.count);
}
