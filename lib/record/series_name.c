// SPDX-License-Identifier: GPL-2.0
/* series_name.c - names that are safe as folders, files and refs, whatever a subject says. */
#include <ctype.h>

#include "series.h"

/* Most bytes of a file name before ".patch": format-patch's default of 64 with the suffix. */
#define FILE_STEM_MAX (64 - sizeof(".patch"))

/* ASCII only, whatever the locale: the same subject gives the same name everywhere. */
static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool series_name_is_valid(const char *name)
{
	size_t length = strlen(name);

	if (length > SERIES_NAME_MAX || !is_name_char(*name) || strstr(name, "..") ||
	    ends_with(name, ".lock") || name[length - 1] == '.')
		return false;
	for (; *name; name++)
		if (!is_name_char(*name) && !strchr("._-", *name))
			return false;
	return true;
}

/*
 * Letters and digits stay, and what is in `also`; everything between them is one
 * '-', and several dots are one: as format_sanitized_subject() in git's pretty.c.
 */
static void add_slug(struct strbuf *slug, const char *text, const char *also, size_t most)
{
	size_t start = slug->len;
	bool gap = false;

	for (; *text && slug->len <= most; text++) {
		if (!is_name_char(*text) && !strchr(also, *text)) {
			gap = true;
			continue;
		}
		if (!gap && *text == '.' && slug->len > start && slug->buf[slug->len - 1] == '.')
			continue;
		if (gap && slug->len > start)
			strbuf_addc(slug, '-');
		gap = false;
		strbuf_addc(slug, *text);
	}
	while (slug->len > start && strchr(".-", slug->buf[slug->len - 1]))
		strbuf_setlen(slug, slug->len - 1);
	if (slug->len > most)
		strbuf_setlen(slug, most);
}

char *series_name_of(const char *title)
{
	STRBUF name = { 0 };

	add_slug(&name, title, "", SERIES_NAME_MAX);
	if (name.len && name.buf[name.len - 1] == '-')
		strbuf_setlen(&name, name.len - 1);
	for (size_t i = 0; i < name.len; i++)
		name.buf[i] = (char)tolower((unsigned char)name.buf[i]);
	return name.len ? strbuf_detach(&name) : xstrdup("series");
}

char *series_file_name(int number, const char *subject)
{
	STRBUF name = { 0 };
	size_t number_length;

	strbuf_addf(&name, "%04d-", number);
	number_length = name.len;
	add_slug(&name, subject, "._", FILE_STEM_MAX);
	if (name.len == number_length)
		strbuf_adds(&name, "patch");
	strbuf_adds(&name, ".patch");
	return strbuf_detach(&name);
}
