/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lines.h - a text as a list of lines, without copying it.
 *
 * A line includes its LF; only the last line of a text can be without. Two
 * lines are equal when all their bytes are, the LF (and a CR) too.
 */
#ifndef FARRIER_LINES_H
#define FARRIER_LINES_H

#include "base/strbuf.h"

struct line {
	const char *text; /* points into the text that was split */
	uint32_t length;
	uint32_t hash;
};

/* A zeroed struct is an empty list. It does not own the text. */
struct lines {
	struct line *at;
	size_t count;
	size_t alloc;
};

#define LINES CLEANUP(lines_release) struct lines

/* The longest text that is split, in bytes. */
#define LINES_MAX_TEXT ((size_t)1 << 30)

void lines_release(struct lines *lines);

/* Adds one line. */
void lines_push(struct lines *lines, const char *text, size_t length);

/* Adds every line of a text of at most LINES_MAX_TEXT bytes. */
void lines_split(struct lines *lines, const char *text, size_t length);

/* Takes the LF off the last line. */
void lines_drop_newline(struct lines *lines);

static inline bool line_equal(const struct line *a, const struct line *b)
{
	return a->hash == b->hash && a->length == b->length &&
	       memcmp(a->text, b->text, a->length) == 0;
}

/* Whether `count` lines at `a` are those at `b`. */
bool lines_equal(const struct line *a, const struct line *b, size_t count);

/* Whether one of the lines is this one. */
bool lines_has(const struct lines *lines, const struct line *line);

/* Appends the text of `count` lines. */
void lines_join(const struct line *lines, size_t count, struct strbuf *out);

#endif
