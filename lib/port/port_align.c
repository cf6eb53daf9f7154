// SPDX-License-Identifier: GPL-2.0
/*
 * port_align.c - a local alignment of lines (Smith and Waterman 1981), with one row of
 * the table at a time.
 */
#include <ctype.h>

#include "port_align.h"

#define MOST_CELLS  ((size_t)1 << 26)
#define SAYS_MUCH   4 /* a line with words in it */
#define SAYS_LITTLE 1 /* a brace, an empty line */
#define STEP_AWAY   1 /* a line that is missing, more, or another */

/* The best alignment that ends at one line of each text. */
struct cell {
	int score;
	bool says; /* it has a line with words */
	size_t start;
};

static int weight_of(const struct line *line)
{
	size_t letters = 0;

	for (size_t i = 0; i < line->length; i++)
		letters += isalnum((unsigned char)line->text[i]) != 0;
	return letters >= 3 ? SAYS_MUCH : SAYS_LITTLE;
}

/* The better of going on from `from` and what is there. */
static void offer(struct cell *cell, const struct cell *from, int gain, size_t start, bool says)
{
	int score = from->score + gain;

	if (score <= cell->score)
		return;
	cell->score = score;
	cell->start = from->score > 0 ? from->start : start;
	cell->says = from->says || says;
}

static size_t distance(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

/* Fills a row in place: `row` holds the one above, and then this one. */
static void fill_row(const struct lines *wanted, const int *weights, const struct line *line,
		     size_t at, struct cell *row)
{
	struct cell diagonal = { 0 };

	for (size_t j = 1; j <= wanted->count; j++) {
		struct cell above = row[j];
		struct cell cell = { 0 };
		int weight = weights[j - 1];

		if (line_equal(line, &wanted->at[j - 1]))
			offer(&cell, &diagonal, weight, at, weight == SAYS_MUCH);
		else
			offer(&cell, &diagonal, -STEP_AWAY, at, false);
		offer(&cell, &above, -STEP_AWAY, at, false);
		offer(&cell, &row[j - 1], -STEP_AWAY, at, false);
		diagonal = above;
		row[j] = cell;
	}
}

bool port_align(const struct lines *wanted, const struct lines *target, struct port_range window,
		size_t near, struct port_range *found)
{
	CLEANUP(free_ptr) struct cell *row = NULL;
	CLEANUP(free_ptr) int *weights = NULL;
	struct cell best = { 0 };

	if (!wanted->count || !window.count || wanted->count > MOST_CELLS / window.count)
		return false;
	row = xcalloc(wanted->count + 1, sizeof(*row));
	weights = xcalloc(wanted->count, sizeof(*weights));
	for (size_t j = 0; j < wanted->count; j++)
		weights[j] = weight_of(&wanted->at[j]);
	for (size_t at = window.at; at < window.at + window.count; at++) {
		fill_row(wanted, weights, &target->at[at], at, row);
		for (size_t j = 1; j <= wanted->count; j++) {
			if (!row[j].says || row[j].score < best.score ||
			    (row[j].score == best.score &&
			     distance(row[j].start, near) >= distance(best.start, near)))
				continue;
			best = row[j];
			*found = (struct port_range){ best.start, at + 1 - best.start };
		}
	}
	return best.says;
}
