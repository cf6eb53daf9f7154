// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdio.h>

#include "strbuf.h"

void strbuf_release(struct strbuf *sb)
{
	free(sb->buf);
	*sb = (struct strbuf){ 0 };
}

void strbuf_reset(struct strbuf *sb)
{
	strbuf_setlen(sb, 0);
}

void strbuf_grow(struct strbuf *sb, size_t extra)
{
	size_t need = sb->len + extra + 1;

	if (need <= sb->alloc)
		return;
	if (need < sb->alloc + sb->alloc / 2)
		need = sb->alloc + sb->alloc / 2;
	if (need < 64)
		need = 64;
	sb->buf = xreallocarray(sb->buf, need, 1);
	sb->buf[sb->len] = '\0';
	sb->alloc = need;
}

const char *strbuf_str(const struct strbuf *sb)
{
	return sb->buf ? sb->buf : "";
}

char *strbuf_detach(struct strbuf *sb)
{
	char *text = sb->buf ? sb->buf : xstrdup("");

	*sb = (struct strbuf){ 0 };
	return text;
}

void strbuf_setlen(struct strbuf *sb, size_t length)
{
	sb->len = length;
	if (sb->buf)
		sb->buf[length] = '\0';
}

void strbuf_add(struct strbuf *sb, const void *bytes, size_t length)
{
	strbuf_grow(sb, length);
	if (length)
		memcpy(sb->buf + sb->len, bytes, length);
	strbuf_setlen(sb, sb->len + length);
}

void strbuf_adds(struct strbuf *sb, const char *string)
{
	strbuf_add(sb, string, strlen(string));
}

void strbuf_addc(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void strbuf_vaddf(struct strbuf *sb, const char *format, va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return;
	strbuf_grow(sb, (size_t)length);
	vsnprintf(sb->buf + sb->len, (size_t)length + 1, format, args);
	strbuf_setlen(sb, sb->len + (size_t)length);
}

void strbuf_addf(struct strbuf *sb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_vaddf(sb, format, args);
	va_end(args);
}

bool strbuf_equal(const struct strbuf *a, const struct strbuf *b)
{
	return a->len == b->len && (!a->len || memcmp(a->buf, b->buf, a->len) == 0);
}

void strbuf_trim(struct strbuf *sb)
{
	size_t start = 0;

	if (!sb->buf)
		return;
	while (sb->len && isspace((unsigned char)sb->buf[sb->len - 1]))
		sb->len--;
	while (start < sb->len && isspace((unsigned char)sb->buf[start]))
		start++;
	memmove(sb->buf, sb->buf + start, sb->len - start);
	strbuf_setlen(sb, sb->len - start);
}

size_t strbuf_utf8_length(const char *bytes, size_t left)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t length = s[0] < 0x80   ? 1
			: s[0] < 0xc2 ? 0
			: s[0] < 0xe0 ? 2
			: s[0] < 0xf0 ? 3
			: s[0] < 0xf5 ? 4
				      : 0;

	if (!length || length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return length;
}

size_t strbuf_utf8_columns(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

/* C1 controls and the bidirectional overrides move what a reader sees; they are not shown. */
static bool is_deceptive(const unsigned char *s, size_t length)
{
	if (length == 2)
		return s[0] == 0xc2 && s[1] < 0xa0;
	if (length != 3 || s[0] != 0xe2)
		return false;
	return (s[1] == 0x80 &&
		((s[2] >= 0x8e && s[2] <= 0x8f) || (s[2] >= 0xa8 && s[2] <= 0xae))) ||
	       (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

void strbuf_add_printable(struct strbuf *sb, const char *bytes, size_t length)
{
	const unsigned char *s = (const unsigned char *)bytes;

	for (size_t i = 0; i < length;) {
		size_t step = strbuf_utf8_length(bytes + i, length - i);

		if (s[i] == '\t') {
			strbuf_addc(sb, ' ');
			i++;
		} else if (!step || s[i] < 0x20 || s[i] == 0x7f || is_deceptive(s + i, step)) {
			strbuf_addf(sb, "\\x%02x", s[i]);
			i++;
		} else {
			strbuf_add(sb, s + i, step);
			i += step;
		}
	}
}

char *strbuf_vprintable(const char *format, va_list args)
{
	STRBUF raw = { 0 };
	STRBUF safe = { 0 };

	strbuf_vaddf(&raw, format, args);
	strbuf_add_printable(&safe, strbuf_str(&raw), raw.len);
	return strbuf_detach(&safe);
}

void strvec_release(struct strvec *vec)
{
	for (size_t i = 0; i < vec->count; i++)
		free(vec->items[i]);
	free(vec->items);
	*vec = (struct strvec){ 0 };
}

void strvec_push_owned(struct strvec *vec, char *string)
{
	if (vec->count + 2 > vec->alloc) {
		vec->alloc = vec->alloc ? vec->alloc * 2 : 8;
		vec->items = xreallocarray(vec->items, vec->alloc, sizeof(*vec->items));
	}
	vec->items[vec->count++] = string;
	vec->items[vec->count] = NULL;
}

void strvec_push(struct strvec *vec, const char *string)
{
	strvec_push_owned(vec, xstrdup(string));
}

void strvec_pushf(struct strvec *vec, const char *format, ...)
{
	STRBUF text = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&text, format, args);
	va_end(args);
	strvec_push_owned(vec, strbuf_detach(&text));
}

void strvec_push_all(struct strvec *vec, const char *const *strings)
{
	for (; *strings; strings++)
		strvec_push(vec, *strings);
}

void strvec_push_new(struct strvec *vec, const char *string)
{
	if (!strvec_has(vec, string))
		strvec_push(vec, string);
}

bool strvec_has(const struct strvec *vec, const char *string)
{
	for (size_t i = 0; i < vec->count; i++)
		if (str_equal(vec->items[i], string))
			return true;
	return false;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void strvec_sort(struct strvec *vec)
{
	if (vec->count)
		qsort(vec->items, vec->count, sizeof(*vec->items), compare_strings);
}

void strvec_split(struct strvec *vec, const char *text, const char *separators)
{
	while (*text) {
		size_t length = strcspn(text, separators);
		STRBUF word = { 0 };

		strbuf_add(&word, text, length);
		strbuf_trim(&word);
		if (word.len)
			strvec_push_owned(vec, strbuf_detach(&word));
		text += length;
		if (*text)
			text++;
	}
}
