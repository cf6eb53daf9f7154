// SPDX-License-Identifier: GPL-2.0
/* diff_path.c - paths in diffs: quotes, prefixes, and which ones are refused. */
#include <limits.h>
#include <stdio.h>
#include <strings.h>

#include "diff_internal.h"

#define NO_FILE "/dev/null"

/*
 * Code points that macOS leaves out when it compares names: git's utf8.c,
 * next_hfs_char(). The length of one in UTF-8, or 0.
 */
static size_t ignorable(const char *text)
{
	static const char *const points[] = { "\u200c", "\u200d", "\u200e", "\u200f",
					      "\u202a", "\u202b", "\u202c", "\u202d",
					      "\u202e", "\u206a", "\u206b", "\u206c",
					      "\u206d", "\u206e", "\u206f", "\ufeff" };

	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		if (starts_with(text, points[i]))
			return strlen(points[i]);
	return 0;
}

/* A component as macOS compares it, as far as `size` bytes go. */
static void fold(const char *name, size_t length, char *folded, size_t size)
{
	const char *end = name + length;
	size_t used = 0;

	while (name < end && used + 1 < size) {
		size_t skipped = ignorable(name);

		if (!skipped)
			folded[used++] = *name++;
		name += skipped;
	}
	folded[used] = '\0';
}

/* Whether Windows ends a name here: what follows is dropped, or names a stream of it. */
static bool windows_ends(const char *rest)
{
	rest += strspn(rest, ". ");
	return !*rest || *rest == ':' || *rest == '\\';
}

/* A name as Linux, macOS and Windows may read it: `full`, or its short name before the "~1". */
static bool is_spelled(const char *name, const char *full, const char *brief)
{
	size_t length = strlen(brief);

	if (strncasecmp(name, full, strlen(full)) == 0 && windows_ends(name + strlen(full)))
		return true;
	return strncasecmp(name, brief, length) == 0 && name[length] == '~' &&
	       name[length + 1] >= '1' && name[length + 1] <= '9' &&
	       windows_ends(name + length + 2);
}

static bool is_dot_git(const char *name, size_t length)
{
	char folded[32];

	fold(name, length, folded, sizeof(folded));
	if (is_spelled(folded, ".git", "git"))
		return true;
	/* Windows divides names at a backslash, too */
	for (size_t i = 0; i < length; i++)
		if (name[i] == '\\') {
			fold(name + i + 1, length - i - 1, folded, sizeof(folded));
			if (is_spelled(folded, ".git", "git"))
				return true;
		}
	return false;
}

bool diff_is_git_modules(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char folded[32];

	fold(name, strlen(name), folded, sizeof(folded));
	return is_spelled(folded, ".gitmodules", "gitmod") ||
	       strncasecmp(folded, "gi7eba~", strlen("gi7eba~")) == 0;
}

static const char *component_problem(const char *name, size_t length)
{
	if (length == 0)
		return "has an empty component";
	if (length == 1 && *name == '.')
		return "has the component '.'";
	if (length == 2 && strncmp(name, "..", 2) == 0)
		return "leaves the tree";
	if (length > NAME_MAX)
		return "has a component that no file system takes";
	if (is_dot_git(name, length))
		return "goes into a repository's own folder";
	return NULL;
}

const char *diff_path_problem(const char *path)
{
	if (!*path)
		return "is empty";
	if (*path == '/')
		return "is absolute";
	if (strlen(path) >= DIFF_MAX_PATH)
		return "is too long";
	for (const char *c = path; *c; c++)
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return "has a control character";
	for (const char *name = path;; name++) {
		size_t length = strcspn(name, "/");
		const char *problem = component_problem(name, length);

		if (problem)
			return problem;
		name += length;
		if (!*name)
			return NULL;
	}
}

/* One escape of git's quote.c behind the backslash. Returns how many bytes it took, 0 when it is
 * none. */
static size_t unescape(const char *text, size_t left, char *c)
{
	static const char names[] = "abtnvfr\"\\";
	static const char values[] = "\a\b\t\n\v\f\r\"\\";
	const char *name = left ? memchr(names, *text, sizeof(names) - 1) : NULL;

	if (name) {
		*c = values[name - names];
		return 1;
	}
	if (left < 3 || text[0] < '0' || text[0] > '3' || text[1] < '0' || text[1] > '7' ||
	    text[2] < '0' || text[2] > '7')
		return 0;
	*c = (char)((text[0] - '0') << 6 | (text[1] - '0') << 3 | (text[2] - '0'));
	return 3;
}

/* Reads a quoted path; returns how many bytes it took with both quotes, 0 when it is malformed. */
static size_t unquote(const char *text, size_t length, struct strbuf *out)
{
	size_t i = 1;

	while (i < length && text[i] != '"') {
		char c = text[i++];

		if (c == '\\') {
			size_t taken = unescape(text + i, length - i, &c);

			if (!taken)
				return 0;
			i += taken;
		}
		if (!c)
			return 0;
		strbuf_addc(out, c);
	}
	return i < length ? i + 1 : 0;
}

ERR_CHECK diff_read_path(const struct diff_scan *scan, const char *text, size_t length, char **path)
{
	STRBUF name = { 0 };
	const char *tab;

	if (length && *text == '"') {
		if (!unquote(text, length, &name))
			return diff_refuse(scan, scan->line, "a quoted path that cannot be read");
	} else {
		tab = memchr(text, '\t', length);
		if (tab)
			length = (size_t)(tab - text);
		if (length && text[length - 1] == '\r')
			length--;
		if (memchr(text, '\0', length))
			return diff_refuse(scan, scan->line, "a path with a NUL in it");
		strbuf_add(&name, text, length);
	}
	free(*path);
	*path = strbuf_detach(&name);
	return NULL;
}

static const char *behind_first_slash(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash && slash != path && slash[1] ? slash + 1 : NULL;
}

/* How many bytes of prefix a pair of paths has; false when they do not belong together. */
static bool find_prefixes(const char *old_path, const char *new_path, size_t *old_prefix,
			  size_t *new_prefix)
{
	const char *old_rest = behind_first_slash(old_path);
	const char *new_rest = behind_first_slash(new_path);

	*old_prefix = *new_prefix = 0;
	if (str_equal(old_path, new_path)) {
		if (starts_with(old_path, "./"))
			*old_prefix = *new_prefix = 2;
		return true;
	}
	if (!old_rest || !new_rest || !str_equal(old_rest, new_rest))
		return false;
	*old_prefix = (size_t)(old_rest - old_path);
	*new_prefix = (size_t)(new_rest - new_path);
	return true;
}

static void drop_prefix(char *path, size_t length)
{
	memmove(path, path + length, strlen(path + length) + 1);
}

/* The prefix of a path that stands alone: git's "a/", "b/", and those of diff.mnemonicPrefix. */
static size_t lone_prefix(const char *path)
{
	return path[0] && strchr("abciow12.", path[0]) && path[1] == '/' ? 2 : 0;
}

/* "f.orig" and "f~" are what "f" was compared with. */
static void drop_backup_suffix(char *old_path, const char *new_path)
{
	static const char *const suffixes[] = { ".orig", ".old", ".bak", "~" };
	size_t length = strlen(new_path);

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (strncmp(old_path, new_path, length) == 0 &&
		    str_equal(old_path + length, suffixes[i]))
			old_path[length] = '\0';
}

bool diff_strip_prefixes(char **old_path, char **new_path)
{
	bool no_old = str_equal(*old_path, NO_FILE), no_new = str_equal(*new_path, NO_FILE);
	size_t old_prefix, new_prefix;

	drop_backup_suffix(*old_path, *new_path);
	if (no_old || no_new || !find_prefixes(*old_path, *new_path, &old_prefix, &new_prefix)) {
		old_prefix = lone_prefix(*old_path);
		new_prefix = lone_prefix(*new_path);
	}
	drop_prefix(*old_path, old_prefix);
	drop_prefix(*new_path, new_prefix);
	if (no_old) {
		free(*old_path);
		*old_path = NULL;
	}
	if (no_new) {
		free(*new_path);
		*new_path = NULL;
	}
	return old_prefix || new_prefix;
}

bool diff_same_path(const char *with_prefix, const char *path)
{
	const char *rest = behind_first_slash(with_prefix);

	return str_equal(with_prefix, path) || (rest && str_equal(rest, path));
}

/* Splits "OLD NEW" where neither is quoted: both are equally long, so the middle divides them. */
static ERR_CHECK split_plain(const struct diff_scan *scan, const char *text, size_t length,
			     char **old_path, char **new_path)
{
	size_t middle = length / 2;

	if (length % 2 == 0 || text[middle] != ' ')
		return NULL;
	TRY(diff_read_path(scan, text, middle, old_path));
	return diff_read_path(scan, text + middle + 1, middle, new_path);
}

static ERR_CHECK split_quoted(const struct diff_scan *scan, const char *text, size_t length,
			      char **old_path, char **new_path)
{
	const char *second = *text == '"' ? NULL : memmem(text, length, " \"", 2);
	STRBUF ignored = { 0 };
	size_t first;

	if (second)
		first = (size_t)(second - text);
	else
		first = unquote(text, length, &ignored);
	if (!first || first >= length || text[first] != ' ')
		return diff_refuse(scan, scan->line, "a quoted path that cannot be read");
	TRY(diff_read_path(scan, text, first, old_path));
	return diff_read_path(scan, text + first + 1, length - first - 1, new_path);
}

ERR_CHECK diff_read_git_paths(const struct diff_scan *scan, const char *text, size_t length,
			      char **old_path, char **new_path)
{
	size_t old_prefix, new_prefix;

	if (length && text[length - 1] == '\r')
		length--;
	if (memchr(text, '"', length))
		TRY(split_quoted(scan, text, length, old_path, new_path));
	else
		TRY(split_plain(scan, text, length, old_path, new_path));
	if (!*old_path)
		return NULL;
	if (!find_prefixes(*old_path, *new_path, &old_prefix, &new_prefix)) {
		free(TAKE_PTR(*old_path));
		free(TAKE_PTR(*new_path));
		return NULL;
	}
	drop_prefix(*old_path, old_prefix);
	drop_prefix(*new_path, new_prefix);
	return NULL;
}
