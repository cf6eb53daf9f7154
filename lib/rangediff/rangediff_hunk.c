// SPDX-License-Identifier: GPL-2.0
/* rangediff_hunk.c - the difference of two patch texts, by libgit2's own diff. */
#include "rangediff_text.h"
#include "record/lines.h"

static void release_patch(git_patch **patch)
{
	git_patch_free(*patch);
}

static void add_line(struct rangediff_pair *pair, char sign, const char *text, size_t length)
{
	pair->lines = xreallocarray(pair->lines, pair->line_count + 1, sizeof(*pair->lines));
	pair->lines[pair->line_count++] = (struct rangediff_line){ sign, xstrndup(text, length) };
}

/* The name that a line gives to what follows it: " ## NAME ##" or "@@ NAME", with a sign before. */
static bool heading_of(const struct line *line, const char **text, size_t *length)
{
	const char *at = line->text;
	size_t left = line->length - (line->length && at[line->length - 1] == '\n');

	if (left > 7 && starts_with(at, " ## ") && memcmp(at + left - 3, " ##", 3) == 0) {
		*text = at + 4;
		*length = left - 7;
		return true;
	}
	if (left && *at != '@')
		at++, left--;
	if (left < 3 || !starts_with(at, "@@ "))
		return false;
	*text = at + 3;
	*length = left - 3;
	return true;
}

/* Where in a patch text a hunk of the difference begins, for people. */
static void add_heading(const struct lines *lines, int start, struct rangediff_pair *pair)
{
	const char *text = "";
	size_t length = 0;

	for (int i = start - 1; i-- > 0;)
		if ((size_t)i < lines->count && heading_of(&lines->at[i], &text, &length))
			break;
	add_line(pair, '@', text, length);
}

static ERR_CHECK add_hunk(git_patch *patch, size_t number, const struct lines *lines,
			  struct rangediff_pair *pair)
{
	const git_diff_hunk *hunk;
	size_t count;

	if (git_patch_get_hunk(&hunk, &count, patch, number) < 0)
		return repo_error("cannot compare two patches");
	/* an empty side starts at 0 */
	add_heading(lines, hunk->old_lines ? hunk->old_start : hunk->old_start + 1, pair);
	for (size_t i = 0; i < count; i++) {
		const git_diff_line *line;
		size_t length;

		if (git_patch_get_line_in_hunk(&line, patch, number, i) < 0)
			return repo_error("cannot compare two patches");
		length = line->content_len;
		length -= length && line->content[length - 1] == '\n';
		if (line->origin == ' ' || line->origin == '+' || line->origin == '-')
			add_line(pair, line->origin, line->content, length);
	}
	return NULL;
}

ERR_CHECK rangediff_compare(const struct strbuf *from, const struct strbuf *to,
			    struct rangediff_pair *pair)
{
	CLEANUP(release_patch) git_patch *patch = NULL;
	git_diff_options options;
	LINES lines = { 0 };

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_FORCE_TEXT | GIT_DIFF_INDENT_HEURISTIC;
	if (git_patch_from_buffers(&patch, strbuf_str(from), from->len, NULL, strbuf_str(to),
				   to->len, NULL, &options) < 0)
		return repo_error("cannot compare two patches");
	lines_split(&lines, strbuf_str(from), from->len);
	for (size_t i = 0; i < git_patch_num_hunks(patch); i++)
		TRY(add_hunk(patch, i, &lines, pair));
	return NULL;
}
