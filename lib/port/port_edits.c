// SPDX-License-Identifier: GPL-2.0
/*
 * port_edits.c - what makes one list of lines out of another.
 *
 * The diff is libgit2's. Words have line ends and NULs in them, so their hashes
 * are compared, one on a line; what the hashes say is the same is checked.
 */
#include "core/repo.h"
#include "port_weave.h"

void port_edits_release(struct port_edits *edits)
{
	free(edits->items);
	*edits = (struct port_edits){ 0 };
}

static void push(struct port_edits *edits, const struct port_edit *edit)
{
	if (edits->count == edits->alloc) {
		edits->alloc = edits->alloc ? edits->alloc * 2 : 16;
		edits->items = xreallocarray(edits->items, edits->alloc, sizeof(*edits->items));
	}
	edits->items[edits->count++] = *edit;
}

/* A side of a hunk that has no lines names the line before it (GNU diffutils, "Detailed Unified").
 */
static size_t first_line(int start, int lines)
{
	return (size_t)(lines ? start - 1 : start);
}

static int note_hunk(const git_diff_delta *delta, const git_diff_hunk *hunk, void *data)
{
	struct port_edit edit = { first_line(hunk->old_start, hunk->old_lines),
				  (size_t)hunk->old_lines,
				  first_line(hunk->new_start, hunk->new_lines),
				  (size_t)hunk->new_lines };

	(void)delta;
	push(data, &edit);
	return 0;
}

static void write_hashes(const struct lines *words, struct strbuf *text)
{
	for (size_t i = 0; i < words->count; i++)
		strbuf_addf(text, "%08x\n", (unsigned)words->at[i].hash);
}

static void write_text(const struct lines *lines, enum port_edits_how how, struct strbuf *text)
{
	if (how == PORT_EDITS_WORDS)
		write_hashes(lines, text);
	else
		lines_join(lines->at, lines->count, text);
}

static void set_options(enum port_edits_how how, git_diff_options *options)
{
	git_diff_options_init(options, GIT_DIFF_OPTIONS_VERSION);
	options->context_lines = 0;
	options->interhunk_lines = 0;
	options->flags = GIT_DIFF_FORCE_TEXT;
	if (how == PORT_EDITS_WORDS)
		options->flags |= GIT_DIFF_MINIMAL;
	else
		options->flags |= GIT_DIFF_INDENT_HEURISTIC;
	if (how == PORT_EDITS_PATIENCE)
		options->flags |= GIT_DIFF_PATIENCE;
}

/* Whether everything between the edits is really the same. */
static bool holds(const struct lines *old_text, const struct lines *new_text,
		  const struct port_edits *edits)
{
	size_t at = 0, from = 0;

	for (size_t i = 0; i <= edits->count; i++) {
		const struct port_edit *edit = i < edits->count ? &edits->items[i] : NULL;
		size_t end = edit ? edit->at : old_text->count;
		size_t new_end = edit ? edit->from : new_text->count;

		if (end < at || new_end < from || end - at != new_end - from ||
		    end > old_text->count || new_end > new_text->count ||
		    !lines_equal(old_text->at + at, new_text->at + from, end - at))
			return false;
		at = edit ? end + edit->gone : end;
		from = edit ? new_end + edit->come : new_end;
	}
	return true;
}

ERR_CHECK port_edits_find(const struct lines *old_text, const struct lines *new_text,
			  enum port_edits_how how, struct port_edits *edits)
{
	struct port_edit all = { 0, old_text->count, 0, new_text->count };
	git_diff_options options;
	STRBUF before = { 0 };
	STRBUF after = { 0 };

	edits->count = 0;
	write_text(old_text, how, &before);
	write_text(new_text, how, &after);
	set_options(how, &options);
	if (git_diff_buffers(strbuf_str(&before), before.len, NULL, strbuf_str(&after), after.len,
			     NULL, &options, NULL, NULL, note_hunk, NULL, edits) < 0)
		return repo_error("cannot compare two texts");
	if (!holds(old_text, new_text, edits)) {
		edits->count = 0;
		push(edits, &all);
	}
	return NULL;
}
