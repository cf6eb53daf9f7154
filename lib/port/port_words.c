// SPDX-License-Identifier: GPL-2.0
/* port_words.c - the words of a text. */
#include <ctype.h>

#include "port_weave.h"

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t word_length(const char *text, size_t left)
{
	size_t length = 1;

	if (in_name(*text))
		while (length < left && in_name(text[length]))
			length++;
	else if (is_blank(*text))
		while (length < left && is_blank(text[length]))
			length++;
	return length;
}

void port_words_split(const struct line *lines, size_t count, struct lines *words)
{
	for (size_t i = 0; i < count; i++) {
		const char *at = lines[i].text;
		size_t left = lines[i].length;

		while (left) {
			size_t length = word_length(at, left);

			lines_push(words, at, length);
			at += length;
			left -= length;
		}
	}
}

static size_t weight(const struct lines *words, size_t from, size_t count)
{
	size_t sum = 0;

	for (size_t i = from; i < from + count; i++)
		if (!is_blank(*words->at[i].text) && *words->at[i].text != '\n')
			sum += words->at[i].length;
	return sum;
}

/* Takes names apart at their underscores: "free_list" and "dev_free_list" are alike. */
static void split_finely(const struct line *lines, size_t count, struct lines *parts)
{
	LINES words = { 0 };

	port_words_split(lines, count, &words);
	for (size_t i = 0; i < words.count; i++) {
		const char *at = words.at[i].text;
		const char *end = at + words.at[i].length;

		while (at < end) {
			const char *bar = memchr(at + 1, '_', (size_t)(end - at) - 1);
			const char *next = bar ? bar : end;

			lines_push(parts, at, (size_t)(next - at));
			at = next;
		}
	}
}

ERR_CHECK port_words_alike(const struct line *a, size_t a_count, const struct line *b,
			   size_t b_count, double *alike)
{
	PORT_EDITS edits = { 0 };
	LINES left = { 0 };
	LINES right = { 0 };
	size_t gone = 0, total;

	split_finely(a, a_count, &left);
	split_finely(b, b_count, &right);
	*alike = 0;
	if (left.count > PORT_MOST_WORDS || right.count > PORT_MOST_WORDS)
		return NULL;
	TRY(port_edits_find(&left, &right, PORT_EDITS_WORDS, &edits));
	for (size_t i = 0; i < edits.count; i++)
		gone += weight(&left, edits.items[i].at, edits.items[i].gone) +
			weight(&right, edits.items[i].from, edits.items[i].come);
	total = weight(&left, 0, left.count) + weight(&right, 0, right.count);
	*alike = total ? 1 - (double)gone / (double)total : 0;
	return NULL;
}
