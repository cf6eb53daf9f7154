// SPDX-License-Identifier: GPL-2.0
#include "report_part.h"

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* U+FFFE and U+FFFF are well-formed UTF-8, and no characters. */
static bool is_no_character(const char *text, size_t left)
{
	return left >= 3 && memcmp(text, "\xef\xbf", 2) == 0 &&
	       (text[2] == '\xbe' || text[2] == '\xbf');
}

/* What stands before the next byte that needs care. */
static size_t plain_length(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length && text[at] != '\n' && text[at] != '\t' && !entity_of(text[at]) &&
	       !is_no_character(text + at, length - at))
		at++;
	return at;
}

void report_add_escaped(struct strbuf *out, const char *text, size_t length)
{
	while (length) {
		size_t plain = plain_length(text, length);

		strbuf_add_printable(out, text, plain);
		text += plain;
		length -= plain;
		if (!length)
			return;
		if (is_no_character(text, length)) {
			strbuf_addf(out, "\\xef\\xbf\\x%02x", (unsigned char)text[2]);
			text += 2;
			length -= 2;
		} else if (entity_of(*text)) {
			strbuf_adds(out, entity_of(*text));
		} else {
			strbuf_addc(out, *text);
		}
		text++;
		length--;
	}
}

void report_adds_escaped(struct strbuf *out, const char *text)
{
	report_add_escaped(out, text, strlen(text));
}
