// SPDX-License-Identifier: GPL-2.0
/* mail_header.c - the headers that git mailinfo does not report, and what a subject starts with. */
#include <ctype.h>
#include <stdio.h>

#include "mail_part.h"

/* Where the line that starts at `i` ends: behind its LF, or at the end. */
static size_t line_end(const char *text, size_t length, size_t i)
{
	const char *lf = memchr(text + i, '\n', length - i);

	return lf ? (size_t)(lf - text) + 1 : length;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_header_named(const char *line, size_t length, const char *name)
{
	size_t name_length = strlen(name);

	return length > name_length && line[name_length] == ':' &&
	       strncasecmp(line, name, name_length) == 0;
}

/* Adds a header's line, and the lines that continue it (RFC 5322 2.2.3). Returns where they end. */
static size_t add_unfolded(struct strbuf *value, const char *text, size_t length, size_t i)
{
	do {
		size_t end = line_end(text, length, i);

		strbuf_add(value, text + i, end - i);
		while (value->len && strchr("\r\n", value->buf[value->len - 1]))
			strbuf_setlen(value, value->len - 1);
		i = end;
	} while (i < length && is_blank(text[i]));
	return i;
}

char *mail_header(const char *text, size_t length, const char *name)
{
	STRBUF value = { 0 };
	size_t end;

	for (size_t i = 0; i < length; i = end) {
		end = line_end(text, length, i);
		if (end - i == 1 || (end - i == 2 && text[i] == '\r'))
			return NULL;
		if (!is_header_named(text + i, end - i, name))
			continue;
		add_unfolded(&value, text, length, i + strlen(name) + 1);
		strbuf_trim(&value);
		return strbuf_detach(&value);
	}
	return NULL;
}

/* "PATCHv3", "PATCH", "RFC", "v3", "2/5": what git format-patch and people write in brackets. */
struct prefix {
	bool found;
	int version, n, total;
};

static int read_number(const char *text, const char **end)
{
	char *stop;
	long number = strtol(text, &stop, 10);

	*end = stop;
	return !isdigit((unsigned char)*text) || number > 99999 ? -1 : (int)number;
}

static void read_word(const char *word, struct prefix *prefix)
{
	const char *end;
	int n, total;

	if (strncasecmp(word, "PATCH", 5) == 0) {
		prefix->found = true;
		word += 5;
	} else if (strcasecmp(word, "RFC") == 0) {
		prefix->found = true;
	}
	if ((*word == 'v' || *word == 'V') && read_number(word + 1, &end) > 0 && !*end)
		prefix->version = read_number(word + 1, &end);
	n = read_number(word, &end);
	if (n < 0 || *end != '/')
		return;
	total = read_number(end + 1, &end);
	if (total > 0 && !*end) {
		prefix->found = true;
		prefix->n = n;
		prefix->total = total;
	}
}

static void read_brackets(const char *text, size_t length, struct prefix *prefix)
{
	OWNED_STR inside = xstrndup(text, length);
	STRVEC words = { 0 };

	strvec_split(&words, inside, ", ");
	for (size_t i = 0; i < words.count; i++)
		read_word(words.items[i], prefix);
}

bool mail_read_prefix(const char **subject, int *version, int *n, int *total)
{
	struct prefix prefix = { .version = 1, .n = 1, .total = 1 };
	const char *text = *subject;
	const char *close;

	text += strspn(text, " \t");
	while (*text == '[' && (close = strchr(text, ']'))) {
		read_brackets(text + 1, (size_t)(close - text - 1), &prefix);
		text = close + 1;
		text += strspn(text, " \t");
	}
	if (!prefix.found)
		return false;
	*subject = text;
	*version = prefix.version;
	*n = prefix.n;
	*total = prefix.total;
	return true;
}

bool mail_is_reply(const char *subject)
{
	static const char *const words[] = { "re:", "aw:", "sv:", "fw:", "fwd:", "re :" };
	const char *close;

	subject += strspn(subject, " \t");
	while (*subject == '[' && (close = strchr(subject, ']')))
		subject = close + 1 + strspn(close + 1, " \t");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strncasecmp(subject, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}
