// SPDX-License-Identifier: GPL-2.0
#include "lines.h"

void lines_release(struct lines *lines)
{
	free(lines->at);
	*lines = (struct lines){ 0 };
}

/* FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t hash(const char *text, size_t length)
{
	uint32_t value = 2166136261u;

	for (size_t i = 0; i < length; i++)
		value = (value ^ (unsigned char)text[i]) * 16777619u;
	return value;
}

void lines_push(struct lines *lines, const char *text, size_t length)
{
	if (lines->count == lines->alloc) {
		lines->alloc = lines->alloc ? lines->alloc * 2 : 16;
		lines->at = xreallocarray(lines->at, lines->alloc, sizeof(*lines->at));
	}
	lines->at[lines->count++] = (struct line){ text, (uint32_t)length, hash(text, length) };
}

void lines_split(struct lines *lines, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *next = newline ? newline + 1 : end;

		lines_push(lines, text, (size_t)(next - text));
		text = next;
	}
}

void lines_drop_newline(struct lines *lines)
{
	struct line *last = lines->count ? &lines->at[lines->count - 1] : NULL;

	if (!last || !last->length || last->text[last->length - 1] != '\n')
		return;
	last->length--;
	last->hash = hash(last->text, last->length);
}

bool lines_equal(const struct line *a, const struct line *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!line_equal(&a[i], &b[i]))
			return false;
	return true;
}

bool lines_has(const struct lines *lines, const struct line *line)
{
	for (size_t i = 0; i < lines->count; i++)
		if (line_equal(&lines->at[i], line))
			return true;
	return false;
}

void lines_join(const struct line *lines, size_t count, struct strbuf *out)
{
	for (size_t i = 0; i < count; i++)
		strbuf_add(out, lines[i].text, lines[i].length);
}
