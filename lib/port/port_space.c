// SPDX-License-Identifier: GPL-2.0
/*
 * port_space.c - text that is there but for its white space.
 *
 * Mailers make spaces of tabs and drop spaces at the end. That is only said: what
 * a file's white space should be is not guessed.
 */
#include <ctype.h>

#include "port_internal.h"

#define MOST_COMPARISONS ((size_t)1 << 24)

/* Lines without any white space. `text` holds them. */
static void squeeze(const struct lines *from, struct strbuf *text, struct lines *to)
{
	size_t total = 0;

	for (size_t i = 0; i < from->count; i++)
		total += from->at[i].length;
	strbuf_grow(text, total);
	for (size_t i = 0; i < from->count; i++) {
		size_t start = text->len;

		for (size_t j = 0; j < from->at[i].length; j++)
			if (!isspace((unsigned char)from->at[i].text[j]))
				text->buf[text->len++] = from->at[i].text[j];
		lines_push(to, text->buf + start, text->len - start);
	}
}

static bool find(const struct lines *wanted, const struct lines *target, size_t *at)
{
	size_t budget = MOST_COMPARISONS;

	for (*at = 0; *at + wanted->count <= target->count; ++*at) {
		size_t same = 0;

		while (same < wanted->count && budget &&
		       line_equal(&wanted->at[same], &target->at[*at + same])) {
			same++;
			budget--;
		}
		if (same == wanted->count)
			return true;
	}
	return false;
}

char *port_explain_space(const struct diff_hunk *hunk, const struct lines *target)
{
	STRBUF hunk_text = { 0 };
	STRBUF target_text = { 0 };
	LINES wanted = { 0 };
	LINES there = { 0 };
	size_t at;

	squeeze(&hunk->before, &hunk_text, &wanted);
	squeeze(target, &target_text, &there);
	if (!hunk_text.len || !find(&wanted, &there, &at))
		return NULL;
	return xasprintf("its text is at line %zu, but with other white space; did the mail lose "
			 "its tabs?",
			 at + 1);
}
