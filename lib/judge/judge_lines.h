/* SPDX-License-Identifier: GPL-2.0 */
/*
 * judge_lines.h - cuts the stream into lines, in constant memory.
 *
 * A line is what LF ends, and nothing else is. A line longer than a piece
 * comes in pieces that overlap, so that a message at any place of it is whole
 * in one of them.
 */
#ifndef FARRIER_JUDGE_LINES_H
#define FARRIER_JUDGE_LINES_H

#include "base/strbuf.h"

#define JUDGE_PIECE   ((size_t)64 << 10)
#define JUDGE_OVERLAP ((size_t)4 << 10)

struct judge_piece {
	const char *bytes; /* without the LF; not NUL-terminated */
	size_t length;
	size_t fresh;	 /* what begins at or behind this offset is in the next piece, too */
	uint64_t number; /* of the line, from 1 */
	bool first;	 /* starts with the line's first byte */
	bool last;	 /* ends with the line's last byte */
};

typedef void (*judge_piece_callback)(void *data, const struct judge_piece *piece);

/* A zeroed struct with callback and data set is ready. */
struct judge_lines {
	judge_piece_callback callback;
	void *data;
	struct strbuf partial; /* of the line that has no LF yet */
	uint64_t complete;     /* lines that have one */
	bool continued;	       /* a piece of this line was given away */
};

void judge_lines_release(struct judge_lines *lines);
void judge_lines_feed(struct judge_lines *lines, const char *bytes, size_t length);
/* Gives a last line without LF away. */
void judge_lines_end(struct judge_lines *lines);
/* Lines begun so far. */
uint64_t judge_lines_count(const struct judge_lines *lines);

#endif
