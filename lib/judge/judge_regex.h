/* SPDX-License-Identifier: GPL-2.0 */
/*
 * judge_regex.h - PCRE2 with JIT, for patterns that are part of the program.
 *
 * Compiled once for the process, when first used, and kept.
 */
#ifndef FARRIER_JUDGE_REGEX_H
#define FARRIER_JUDGE_REGEX_H

#include "base/base.h"

struct judge_regex {
	const char *pattern;
	bool anchored; /* only matches at the place where the search begins */
	void *code;    /* zero at first */
	void *match;
};

/* Where it matched, and what the groups of the pattern say. */
struct judge_match {
	size_t start;
	size_t end;
	int mark;	 /* the number in (*MARK:number) on the way to the match, or -1 */
	long numbers[2]; /* groups 1 and 2 as decimal numbers, or -1 */
};

/* Searches from `offset` on; what stands before it is seen by look-behinds. */
bool judge_regex_find(struct judge_regex *regex, const char *text, size_t length, size_t offset,
		      struct judge_match *match);

#endif
