// SPDX-License-Identifier: GPL-2.0
/*
 * port_names.c - names that have changed since the branch left.
 *
 * A name in the lines that a patch adds, which the author's file had before but
 * the branch's file has not, is a sign that the branch calls it otherwise. It is
 * another name there when lines of the author's stand on the branch with only that
 * name changed, always into the same one, which in turn the author did not have.
 */
#include <ctype.h>

#include "port_fit.h"

#define MOST_NAMES	64  /* of a file's added lines */
#define MOST_LINES	32  /* that are looked for with another name */
#define MOST_CANDIDATES 256 /* for what it is called instead */
#define LEAST_NAME	4   /* characters of a name that is looked at */
#define LEAST_REST	6   /* characters around a name in a line that proves anything */

struct names {
	const struct lines *base;
	const struct lines *ours;
	struct line found[MOST_NAMES];
	size_t count;
};

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A name that somebody gave, rather than a word of a language or of a comment. */
static bool is_name(const struct line *word)
{
	return word->length >= LEAST_NAME && in_name(*word->text) &&
	       !isdigit((unsigned char)*word->text) && memchr(word->text, '_', word->length);
}

/* Where a name stands in a text as a word of its own, or NULL. */
static const char *find_name(const char *text, size_t length, const struct line *name)
{
	const char *end = text + length;

	for (const char *at = text; (at = memmem(at, (size_t)(end - at), name->text, name->length));
	     at++)
		if ((at == text || !in_name(at[-1])) &&
		    (at + name->length == end || !in_name(at[name->length])))
			return at;
	return NULL;
}

static bool has_name(const struct lines *lines, const struct line *name)
{
	for (size_t i = 0; i < lines->count; i++)
		if (find_name(lines->at[i].text, lines->at[i].length, name))
			return true;
	return false;
}

static bool is_known(const struct names *names, const struct line *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (line_equal(&names->found[i], name))
			return true;
	return false;
}

static void collect_line(struct names *names, const struct line *line)
{
	LINES words = { 0 };

	port_words_split(line, 1, &words);
	for (size_t i = 0; i < words.count && names->count < MOST_NAMES; i++)
		if (is_name(&words.at[i]) && !is_known(names, &words.at[i]))
			names->found[names->count++] = words.at[i];
}

/* The names in the lines that the patch adds. */
static void collect(struct names *names, const struct diff_file *file)
{
	for (size_t i = 0; i < file->hunk_count; i++) {
		const struct diff_hunk *hunk = &file->hunks[i];

		for (size_t j = hunk->leading; j < hunk->after.count - hunk->trailing; j++)
			if (!lines_has(&hunk->before, &hunk->after.at[j]))
				collect_line(names, &hunk->after.at[j]);
	}
}

static size_t letters(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += (unsigned char)text[i] > ' ';
	return count;
}

/* The name that `ours` has where `line` has `name`, all else being equal. */
static bool counterpart(const struct line *line, const struct line *name, const struct line *ours,
			struct line *other)
{
	const char *at = find_name(line->text, line->length, name);
	size_t front = at ? (size_t)(at - line->text) : 0;
	size_t back = at ? line->length - front - name->length : 0;

	if (!at || letters(line->text, front) + letters(at + name->length, back) < LEAST_REST ||
	    ours->length <= front + back || memcmp(line->text, ours->text, front) != 0 ||
	    memcmp(at + name->length, ours->text + ours->length - back, back) != 0)
		return false;
	*other = (struct line){ ours->text + front, (uint32_t)(ours->length - front - back), 0 };
	for (size_t i = 0; i < other->length; i++)
		if (!in_name(other->text[i]))
			return false;
	return !isdigit((unsigned char)*other->text);
}

/* What the branch calls it, if that is proven. */
static bool find_other(const struct names *names, const struct line *name, struct line *other)
{
	bool found = false;
	size_t looked = 0, candidates = 0;

	for (size_t i = 0; i < names->base->count && looked < MOST_LINES; i++) {
		const struct line *line = &names->base->at[i];

		if (!find_name(line->text, line->length, name))
			continue;
		looked++;
		for (size_t j = 0; j < names->ours->count; j++) {
			struct line candidate;

			if (!counterpart(line, name, &names->ours->at[j], &candidate))
				continue;
			if (candidates++ == MOST_CANDIDATES)
				return false;
			if (has_name(names->base, &candidate))
				continue;
			if (found && (candidate.length != other->length ||
				      memcmp(candidate.text, other->text, other->length) != 0))
				return false;
			*other = candidate;
			found = true;
		}
	}
	return found;
}

static void replace_name(struct strbuf *text, const struct line *name, const struct line *other)
{
	STRBUF result = { 0 };
	size_t done = 0;
	const char *at;

	while ((at = find_name(text->buf + done, text->len - done, name))) {
		strbuf_add(&result, text->buf + done, (size_t)(at - text->buf) - done);
		strbuf_add(&result, other->text, other->length);
		done = (size_t)(at - text->buf) + name->length;
	}
	strbuf_add(&result, text->buf + done, text->len - done);
	strbuf_release(text);
	*text = result;
	result = (struct strbuf){ 0 };
}

static size_t line_of(const struct strbuf *text, const char *place)
{
	size_t line = 1;

	for (const char *at = text->buf; at < place; at++)
		line += *at == '\n';
	return line;
}

static void adapt(const struct names *names, const struct line *name, struct strbuf *result,
		  struct port_remarks *remarks, bool *known)
{
	const char *place = find_name(strbuf_str(result), result->len, name);
	struct line other = { 0 };
	size_t line;

	if (!place || has_name(names->ours, name) || !has_name(names->base, name))
		return;
	line = line_of(result, place);
	if (find_other(names, name, &other)) {
		port_remarks_add(remarks, line, "'%.*s' is called '%.*s' on the branch",
				 (int)name->length, name->text, (int)other.length, other.text);
		replace_name(result, name, &other);
	} else {
		port_remarks_add(
			remarks, line,
			"'%.*s' was in the author's file before, but is not in the branch's",
			(int)name->length, name->text);
		*known = false;
	}
}

void port_names_adapt(const struct diff_file *file, const struct lines *base,
		      const struct lines *ours, struct strbuf *result, struct port_remarks *remarks,
		      bool *known)
{
	struct names names = { .base = base, .ours = ours };

	*known = true;
	collect(&names, file);
	for (size_t i = 0; i < names.count; i++)
		adapt(&names, &names.found[i], result, remarks, known);
}
