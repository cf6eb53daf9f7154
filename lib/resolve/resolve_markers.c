// SPDX-License-Identifier: GPL-2.0
/* resolve_markers.c - finds conflict markers that a person left. */
#include "record/diff.h"
#include "resolve_internal.h"

static bool is_marker(const struct line *line)
{
	static const char *const openers[] = { "<<<<<<< ", "||||||| ", ">>>>>>> " };
	size_t length = line->length;

	while (length && strchr("\r\n", line->text[length - 1]))
		length--;
	if (length == 7 && memcmp(line->text, "=======", 7) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++)
		if (length >= 8 && memcmp(line->text, openers[i], 8) == 0)
			return true;
	return false;
}

/* Headings of documents look like markers: lines that were there, or that the patch brings. */
struct known {
	struct strbuf text; /* of the branch */
	struct lines lines;
	struct diff diff;
};

static void release_known(struct known *known)
{
	lines_release(&known->lines);
	strbuf_release(&known->text);
	diff_release(&known->diff);
}

static bool has_line(const struct lines *lines, const struct line *line)
{
	for (size_t i = 0; i < lines->count; i++)
		if (line_equal(&lines->at[i], line))
			return true;
	return false;
}

static bool is_known(const struct known *known, const struct line *line)
{
	if (has_line(&known->lines, line))
		return true;
	for (size_t i = 0; i < known->diff.file_count; i++)
		for (size_t j = 0; j < known->diff.files[i].hunk_count; j++)
			if (has_line(&known->diff.files[i].hunks[j].after, line))
				return true;
	return false;
}

static ERR_CHECK read_text(git_repository *repo, const git_oid *id, struct strbuf *text,
			   struct lines *lines)
{
	GIT_BLOB blob = NULL;

	if (git_oid_is_zero(id))
		return NULL;
	if (git_blob_lookup(&blob, repo, id) < 0)
		return repo_error("cannot read blob '%s'", git_oid_tostr_s(id));
	if (git_blob_is_binary(blob))
		return NULL;
	strbuf_add(text, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	lines_split(lines, strbuf_str(text), text->len);
	return NULL;
}

ERR_CHECK resolve_find_markers(const struct resolve *resolve, const git_diff_delta *delta,
			       struct strvec *found)
{
	const struct patch *patch = resolve_patch(resolve);
	CLEANUP(release_known) struct known known = { 0 };
	STRBUF text = { 0 };
	LINES lines = { 0 };

	TRY(read_text(resolve->own, &delta->new_file.id, &text, &lines));
	TRY(read_text(resolve->own, &delta->old_file.id, &known.text, &known.lines));
	TRY(diff_parse(strbuf_str(&patch->diff), patch->diff.len, patch->subject, patch->diff_line,
		       &known.diff));
	for (size_t i = 0; i < lines.count; i++)
		if (is_marker(&lines.at[i]) && !is_known(&known, &lines.at[i]))
			strvec_pushf(found, "%s:%zu", delta->new_file.path, i + 1);
	return NULL;
}
