// SPDX-License-Identifier: GPL-2.0
#include "tree_path.h"

/* ".git" and its short name on FAT, with the endings that Windows ignores. */
static bool is_dot_git(const char *name, size_t length)
{
	size_t stem = 0;

	while (stem < length && name[stem] != ':' && name[stem] != '\\')
		stem++;
	while (stem && (name[stem - 1] == ' ' || name[stem - 1] == '.'))
		stem--;
	return (stem == 4 && strncasecmp(name, ".git", 4) == 0) ||
	       (stem == 5 && strncasecmp(name, "git~1", 5) == 0);
}

static bool is_word(const char *name, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(name, word, length) == 0;
}

ERR_CHECK tree_path_clean(const char *raw, struct strbuf *clean)
{
	strbuf_reset(clean);
	if (*raw == '/')
		return err_input("'%s' is an absolute path", raw);
	for (const char *name = raw; *name;) {
		size_t length = strcspn(name, "/");

		if (is_word(name, length, ".."))
			return err_input("'%s' leads out of the tree", raw);
		if (is_dot_git(name, length))
			return err_input("'%s' is git's own", raw);
		if (length && !is_word(name, length, ".")) {
			if (clean->len)
				strbuf_addc(clean, '/');
			strbuf_add(clean, name, length);
		}
		name += length;
		name += *name == '/';
	}
	if (clean->len > TREE_PATH_MAX)
		return err_input("a path of %zu bytes is too long", clean->len);
	return NULL;
}

void tree_path_quote(struct strbuf *out, const char *path)
{
	strbuf_addc(out, '"');
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c == '"' || c == '\\')
			strbuf_addf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			strbuf_addf(out, "\\%03o", c);
		else
			strbuf_addc(out, *path);
	}
	strbuf_addc(out, '"');
}
