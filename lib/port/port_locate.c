// SPDX-License-Identifier: GPL-2.0
/*
 * port_locate.c - hunks whose text is not on the branch as they have it.
 *
 * Each hunk is taken for itself. Its lines vote for the place where it belongs;
 * there, its old side is the ancestor of a merge of the branch's lines and its
 * new side. The ancestor is not made up: it is what the author saw.
 */
#include <ctype.h>

#include "port_fit.h"

#define LEAST_VOTES	0.5 /* of the hunk's old side must be there ... */
#define CLEAR_LEAD	0.7 /* ... and nowhere else so much of what is at the best place */
#define MARGIN		3   /* lines around the place that are looked at */
#define TELLING		3   /* characters that make a line say anything */
#define MOST_LINE_PAIRS ((size_t)1 << 26) /* that are compared for one file */

/* All hunks of a file on their way. */
struct locate {
	const struct diff_file *file;
	const struct lines *target;
	const struct port_place *before;
	const struct port_place *after;
	size_t done;   /* lines of the target that are dealt with */
	size_t line;   /* the result's line that is written next, from 1 */
	size_t budget; /* pairs of lines that may still be compared */
	struct strbuf *out;
	struct port_remarks *remarks;
};

/* Lines [from, to) of the target. */
struct window {
	size_t from, to;
};

/* What a line says of its place. A bracket says nothing. */
static size_t weight(const struct line *line)
{
	size_t letters = 0;

	for (size_t i = 0; i < line->length; i++)
		letters += (unsigned char)line->text[i] > ' ';
	return letters < TELLING ? 0 : letters;
}

/* Where the first hunk from `i` on stands that was found, or the end. */
static size_t limit(const struct locate *locate, size_t i)
{
	for (; i < locate->file->hunk_count; i++)
		if (locate->before[i].found)
			return locate->before[i].at;
	return locate->target->count;
}

/*
 * Lets the lines vote: votes[p] is the weight of the lines that stand where they
 * would if the hunk began at line range->from + p - wanted->count.
 */
static void vote(const struct lines *target, const struct lines *wanted, const struct window *range,
		 size_t *votes)
{
	for (size_t i = 0; i < wanted->count; i++) {
		size_t heavy = weight(&wanted->at[i]);

		for (size_t at = range->from; heavy && at < range->to; at++)
			if (line_equal(&wanted->at[i], &target->at[at]))
				votes[at - range->from + wanted->count - i] += heavy;
	}
}

/* The votes for a place and those near it: the branch may have more lines or fewer. */
static size_t votes_near(const size_t *votes, size_t count, size_t at)
{
	size_t sum = 0;

	for (size_t i = at < MARGIN ? 0 : at - MARGIN; i < count && i <= at + MARGIN; i++)
		sum += votes[i];
	return sum;
}

static bool elect(const size_t *votes, size_t count, size_t length, size_t all, size_t *place)
{
	size_t most = 0, second = 0;

	for (size_t i = 0; i < count; i++) {
		size_t sum = votes_near(votes, count, i);

		if (sum > most || (sum == most && votes[i] > votes[*place])) {
			most = sum;
			*place = i;
		}
	}
	for (size_t i = 0; i < count; i++)
		if ((i + length <= *place || i >= *place + length) &&
		    votes_near(votes, count, i) > second)
			second = votes_near(votes, count, i);
	return most && (double)most >= LEAST_VOTES * (double)all &&
	       (double)second <= CLEAR_LEAD * (double)most;
}

/* Finds the lines of the range around which a hunk's old side belongs. */
static bool find_window(const struct lines *target, const struct lines *wanted,
			const struct window *range, size_t *budget, struct window *window)
{
	size_t pairs = range->from < range->to ? (range->to - range->from) * wanted->count : 0;
	size_t all = 0, place = 0, count;
	size_t *votes;
	bool found;

	if (!pairs || pairs > *budget)
		return false;
	*budget -= pairs;
	count = range->to - range->from + wanted->count;
	votes = xcalloc(count + 1, sizeof(*votes));
	for (size_t j = 0; j < wanted->count; j++)
		all += weight(&wanted->at[j]);
	vote(target, wanted, range, votes);
	found = elect(votes, count, wanted->count, all, &place);
	free(votes);
	if (!found)
		return false;
	window->from = place > wanted->count + MARGIN ? place - wanted->count - MARGIN : 0;
	window->from += range->from;
	window->to = range->from + place + MARGIN;
	window->to = window->to < range->to ? window->to : range->to;
	return true;
}

bool port_hunk_belongs(const struct diff_hunk *hunk, const struct lines *text)
{
	struct window range = { 0, text->count };
	size_t budget = MOST_LINE_PAIRS;
	struct window window;

	return find_window(text, &hunk->before, &range, &budget, &window);
}

/* Whether a line is one that git shows behind "@@": the beginning of a function, or the like. */
static bool is_heading(const struct line *line)
{
	return line->length && (isalpha((unsigned char)*line->text) || *line->text == '_') &&
	       line->text[line->length - (line->length > 1 ? 2 : 1)] != ':';
}

/* git cuts a heading off after 80 bytes. */
static bool has_heading(const struct line *line, const struct diff_hunk *hunk)
{
	return hunk->heading_length && line->length >= hunk->heading_length &&
	       memcmp(line->text, hunk->heading, hunk->heading_length) == 0;
}

/* The function that the hunk says it is in, as far as the hunk reaches; false unless it is one. */
static bool find_function(const struct lines *target, const struct diff_hunk *hunk,
			  struct window *range)
{
	size_t found = 0, from = 0, to;

	for (size_t i = range->from; i < range->to; i++)
		if (has_heading(&target->at[i], hunk) && found++ == 0)
			from = i;
	if (found != 1)
		return false;
	for (to = from + 1; to < range->to && !is_heading(&target->at[to]); to++)
		;
	range->from = from;
	range->to = to + hunk->before.count < range->to ? to + hunk->before.count : range->to;
	return true;
}

/* Finds where a hunk belongs: in the whole range, or else in its function. */
static bool find_place(const struct lines *target, const struct diff_hunk *hunk,
		       const struct window *range, size_t *budget, struct window *window)
{
	struct window function = *range;

	return find_window(target, &hunk->before, range, budget, window) ||
	       (find_function(target, hunk, &function) &&
		find_window(target, &hunk->before, &function, budget, window));
}

static void copy(struct locate *locate, size_t end)
{
	lines_join(locate->target->at + locate->done, end - locate->done, locate->out);
	locate->line += end - locate->done;
	locate->done = end;
}

static size_t count_lines(const struct strbuf *text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text->len; i++)
		lines += text->buf[i] == '\n';
	return lines;
}

static ERR_CHECK merge_hunk(struct locate *locate, size_t i, const struct window *window,
			    bool *done)
{
	const struct diff_hunk *hunk = &locate->file->hunks[i];
	struct lines ours = { locate->target->at + window->from, window->to - window->from, 0 };
	struct port_weave weave = { &hunk->before, &ours, &hunk->after, PORT_WEAVE_WORDS,
				    PORT_EDITS_LINES };
	CLEANUP(port_remarks_release) struct port_remarks remarks = { 0 };
	STRBUF merged = { 0 };

	TRY(port_weave(&weave, &merged, &remarks, done));
	if (!*done)
		return NULL;
	copy(locate, window->from);
	port_remarks_add(locate->remarks, locate->line, "hunk %zu was merged with what stands here",
			 i + 1);
	for (size_t j = 0; j < remarks.count; j++)
		remarks.items[j].line += locate->line - 1;
	port_remarks_take(locate->remarks, &remarks);
	strbuf_add(locate->out, merged.buf, merged.len);
	locate->line += count_lines(&merged);
	locate->done = window->to;
	return NULL;
}

/* A hunk whose old side stands there as it is. */
static void put_hunk(struct locate *locate, size_t i)
{
	const struct diff_hunk *hunk = &locate->file->hunks[i];

	copy(locate, locate->before[i].at);
	lines_join(hunk->after.at, hunk->after.count, locate->out);
	locate->line += hunk->after.count;
	locate->done += hunk->before.count;
}

static ERR_CHECK carry_hunk(struct locate *locate, size_t i, bool *done)
{
	struct window range = { locate->done, limit(locate, i) };
	struct window window;

	*done = true;
	if (locate->before[i].found && locate->before[i].at >= locate->done) {
		put_hunk(locate, i);
		return NULL;
	}
	if (locate->after[i].found && locate->after[i].at >= locate->done &&
	    locate->file->hunks[i].after.count) {
		port_remarks_add(locate->remarks, locate->line + locate->after[i].at - locate->done,
				 "hunk %zu is there already", i + 1);
		return NULL;
	}
	*done = find_place(locate->target, &locate->file->hunks[i], &range, &locate->budget,
			   &window);
	return *done ? merge_hunk(locate, i, &window, done) : NULL;
}

ERR_CHECK port_locate_hunks(const struct diff_file *file, const struct lines *target,
			    const struct port_place *before, const struct port_place *after,
			    struct strbuf *out, struct port_remarks *remarks, bool *done)
{
	struct locate locate = { file, target, before, after, 0, 1, MOST_LINE_PAIRS, out, remarks };

	*done = true;
	for (size_t i = 0; i < file->hunk_count && *done; i++)
		TRY(carry_hunk(&locate, i, done));
	if (*done)
		copy(&locate, target->count);
	return NULL;
}
