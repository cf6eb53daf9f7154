// SPDX-License-Identifier: GPL-2.0
/* export_address.c - what --to and --cc take. */
#include "export.h"

/* What cannot stand in an address or an unquoted name (RFC 5322, "specials"), but the dot. */
#define NAME_SPECIALS "<>[]:;@\\,\""
#define SPECIALS      "()" NAME_SPECIALS

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* A local part or a domain; bytes past ASCII are for the mail server to judge (RFC 6532). */
static bool is_word(const char *text, size_t length)
{
	if (!length || text[0] == '.' || text[length - 1] == '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (is_control(text[i]) || text[i] == ' ' || strchr(SPECIALS, text[i]))
			return false;
	return true;
}

/* LOCAL@DOMAIN, or the name of a mailbox on this machine. */
static bool is_plain(const char *text, size_t length)
{
	const char *at = memchr(text, '@', length);
	size_t local = at ? (size_t)(at - text) : length;

	return is_word(text, local) && (!at || is_word(at + 1, length - local - 1));
}

/* A name before an address, in quotes when it has a comma, say; comments are part of it. */
static bool is_name(const char *text, size_t length)
{
	bool quoted = length > 1 && text[0] == '"' && text[length - 1] == '"';

	for (size_t i = quoted; i < length - quoted; i++)
		if (is_control(text[i]) || strchr(quoted ? "\"\\" : NAME_SPECIALS, text[i]))
			return false;
	return true;
}

static bool is_address(const char *text)
{
	size_t length = strlen(text);
	const char *open = strrchr(text, '<');
	size_t name = open ? (size_t)(open - text) : 0;

	if (!open)
		return is_plain(text, length);
	if (text[length - 1] != '>')
		return false;
	while (name && text[name - 1] == ' ')
		name--;
	return is_name(text, name) && is_plain(open + 1, length - (size_t)(open - text) - 2);
}

ERR_CHECK export_check_address(const char *option, const char *address)
{
	if (is_address(address))
		return NULL;
	return err_hint(err_input("'%s' takes a mail address, not '%s'", option, address),
			"one address each time: user@example.org or 'A U Thor <user@example.org>'; "
			"a name with a comma stands in double quotes");
}
