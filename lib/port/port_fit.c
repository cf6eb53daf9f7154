// SPDX-License-Identifier: GPL-2.0
/* port_fit.c - the methods by which a text file is carried, mildest first. */
#include "port_fit.h"

#define MOST_FUZZ      2  /* lines of context that may be left out, as patch(1) has it */
#define MOST_EXPLAINED 50 /* hunks of a file whose nearest place is looked for */

/* One file on its way. */
struct attempt {
	const struct diff_file *file;
	const struct port_text *target;
	const struct port_source *source;
	struct port_fit *fit;
	struct lines lines;	   /* of the target */
	struct port_place *before; /* where each hunk's old side stands */
	struct port_place *after;  /* ... and its new side */
	bool found;		   /* every old side does */
	bool moved;		   /* ... at another line than it says */
	bool there;		   /* every new side does */
};

static void release_attempt(struct attempt *attempt)
{
	lines_release(&attempt->lines);
	free(attempt->before);
	free(attempt->after);
}

void port_fit_release(struct port_fit *fit)
{
	strbuf_release(&fit->bytes);
	port_remarks_release(&fit->remarks);
	port_remarks_release(&fit->reasons);
}

static void take(struct attempt *attempt, enum port_status status, struct strbuf *bytes)
{
	attempt->fit->status = status;
	strbuf_release(&attempt->fit->bytes);
	attempt->fit->bytes = *bytes;
	*bytes = (struct strbuf){ 0 };
}

static void look_for_text(struct attempt *attempt)
{
	const struct diff_file *file = attempt->file;

	attempt->before = xcalloc(file->hunk_count, sizeof(*attempt->before));
	attempt->after = xcalloc(file->hunk_count, sizeof(*attempt->after));
	attempt->found = port_find_hunks(file, &attempt->lines, PORT_BEFORE, 0, attempt->before);
	attempt->there = port_find_hunks(file, &attempt->lines, PORT_AFTER, 0, attempt->after);
	for (size_t i = 0; i < file->hunk_count; i++)
		attempt->moved |= attempt->before[i].offset != 0;
}

/* The hunks where their text stands. */
static bool by_text(struct attempt *attempt)
{
	STRBUF result = { 0 };

	if (!attempt->found)
		return false;
	port_apply_hunks(attempt->file, &attempt->lines, attempt->before, &result);
	take(attempt, attempt->moved ? PORT_OFFSET : PORT_CLEAN, &result);
	return true;
}

/* The merge has spoken; the label is the mildest whose method gives the same. */
static void label_merge(struct attempt *attempt, struct strbuf *merged)
{
	enum port_status status = PORT_MERGED;

	if (strbuf_equal(merged, &attempt->target->bytes))
		status = PORT_ALREADY;
	else if (by_text(attempt) && strbuf_equal(merged, &attempt->fit->bytes))
		status = attempt->fit->status;
	take(attempt, status, merged);
}

static ERR_CHECK by_merge(struct attempt *attempt, bool *done)
{
	const struct port_source *source = attempt->source;
	STRBUF merged = { 0 };

	if (source->from == PORT_FROM_NONE)
		return NULL;
	TRY(port_merge(&source->before, attempt->target, &source->after, &merged, done));
	if (*done)
		label_merge(attempt, &merged);
	return NULL;
}

static bool is_there(struct attempt *attempt)
{
	if (attempt->there)
		attempt->fit->status = PORT_ALREADY;
	return attempt->there;
}

static void remark_fuzz(struct attempt *attempt, const struct port_place *places)
{
	long shift = 0;

	for (size_t i = 0; i < attempt->file->hunk_count; i++) {
		const struct diff_hunk *hunk = &attempt->file->hunks[i];

		if (places[i].front + places[i].back)
			port_remarks_add(&attempt->fit->remarks, places[i].at + 1 + (size_t)shift,
					 "hunk %zu was found without %zu line%s of its context",
					 i + 1, places[i].front + places[i].back,
					 places[i].front + places[i].back == 1 ? "" : "s");
		shift += (long)hunk->after.count - (long)hunk->before.count;
	}
}

/* With less context: a guess, and labelled so. */
static bool by_less_context(struct attempt *attempt)
{
	const struct diff_file *file = attempt->file;
	struct port_place *places = xcalloc(file->hunk_count, sizeof(*places));
	bool found = port_find_hunks(file, &attempt->lines, PORT_BEFORE, MOST_FUZZ, places);
	STRBUF result = { 0 };

	if (found) {
		port_apply_hunks(file, &attempt->lines, places, &result);
		take(attempt, PORT_FUZZY, &result);
		remark_fuzz(attempt, places);
	}
	free(places);
	return found;
}

/* Both sides' edits of the true preimage, woven together. */
static ERR_CHECK by_weaving(struct attempt *attempt, unsigned rules, bool *done)
{
	const struct port_source *source = attempt->source;
	struct port_weave weave = { .ours = &attempt->lines, .rules = rules };
	LINES base = { 0 };
	LINES theirs = { 0 };

	if (source->from == PORT_FROM_NONE || port_text_is_binary(&source->before) ||
	    port_text_is_binary(attempt->target) || port_text_is_binary(&source->after))
		return NULL;
	lines_split(&base, source->before.bytes.buf, source->before.bytes.len);
	lines_split(&theirs, source->after.bytes.buf, source->after.bytes.len);
	weave.base = &base;
	weave.theirs = &theirs;
	for (weave.how = PORT_EDITS_LINES; weave.how <= PORT_EDITS_PATIENCE && !*done;
	     weave.how++) {
		struct port_remarks remarks = { 0 };
		STRBUF result = { 0 };

		TRY(port_weave(&weave, &result, &remarks, done));
		if (*done) {
			take(attempt, PORT_FUZZY, &result);
			port_remarks_take(&attempt->fit->remarks, &remarks);
		}
		port_remarks_release(&remarks);
	}
	return NULL;
}

/* Hunk by hunk, where they seem to belong. */
static ERR_CHECK by_locating(struct attempt *attempt, bool *done)
{
	CLEANUP(port_remarks_release) struct port_remarks remarks = { 0 };
	STRBUF result = { 0 };

	if (port_text_is_binary(attempt->target))
		return NULL;
	TRY(port_locate_hunks(attempt->file, &attempt->lines, attempt->before, attempt->after,
			      &result, &remarks, done));
	if (*done) {
		take(attempt, PORT_FUZZY, &result);
		port_remarks_take(&attempt->fit->remarks, &remarks);
	}
	return NULL;
}

static void explain(struct attempt *attempt)
{
	size_t explained = 0;

	attempt->fit->status = PORT_CONFLICT;
	for (size_t i = 0; i < attempt->file->hunk_count; i++) {
		const struct diff_hunk *hunk = &attempt->file->hunks[i];
		OWNED_STR reason = NULL;

		if (attempt->before[i].found)
			continue;
		if (explained++ < MOST_EXPLAINED)
			reason = port_explain_space(hunk, &attempt->lines);
		if (!reason && explained <= MOST_EXPLAINED)
			reason = port_explain(hunk, &attempt->lines, &attempt->after[i]);
		port_remarks_add(&attempt->fit->reasons, i + 1, "%s",
				 reason ? reason : "its text is not in the branch's file");
	}
}

/* What is known of the author's file: all of it, or what the hunks want to find. */
static void author_lines(const struct attempt *attempt, struct lines *lines)
{
	const struct port_text *before = &attempt->source->before;

	if (attempt->source->from != PORT_FROM_NONE) {
		lines_split(lines, before->bytes.buf, before->bytes.len);
		return;
	}
	for (size_t i = 0; i < attempt->file->hunk_count; i++) {
		const struct lines *wanted = &attempt->file->hunks[i].before;

		for (size_t j = 0; j < wanted->count; j++)
			lines_push(lines, wanted->at[j].text, wanted->at[j].length);
	}
}

/*
 * What was merged may use names that the branch has in another form, or not at
 * all. The former are adapted. The latter make a merge something to look at, and
 * what is a guess already no good.
 */
static void check_names(struct attempt *attempt)
{
	struct port_fit *fit = attempt->fit;
	size_t remarked = fit->remarks.count;
	LINES lines = { 0 };
	bool known;

	author_lines(attempt, &lines);
	port_names_adapt(attempt->file, &lines, &attempt->lines, &fit->bytes, &fit->remarks,
			 &known);
	if (!known && fit->status == PORT_FUZZY) {
		fit->status = PORT_CONFLICT;
		for (size_t i = remarked; i < fit->remarks.count; i++)
			port_remarks_add(&fit->reasons, 0, "%s", fit->remarks.items[i].text);
		port_remarks_release(&fit->remarks);
		explain(attempt);
	} else if (fit->remarks.count > remarked) {
		fit->status = PORT_FUZZY;
	}
}

/* What is a guess, the best first. */
static ERR_CHECK by_guessing(struct attempt *attempt, bool bold, bool *done)
{
	unsigned all = PORT_WEAVE_WORDS | PORT_WEAVE_DELETE | PORT_WEAVE_LEAVE;

	if (bold)
		TRY(by_weaving(attempt, PORT_WEAVE_WORDS, done));
	if (*done)
		return NULL;
	*done = by_less_context(attempt);
	if (!bold)
		return NULL;
	if (!*done)
		TRY(by_locating(attempt, done));
	return *done ? NULL : by_weaving(attempt, all, done);
}

ERR_CHECK port_fit_text(const struct diff_file *file, const struct port_text *target,
			const struct port_source *source, bool bold, struct port_fit *fit)
{
	CLEANUP(release_attempt)
	struct attempt attempt = { .file = file, .target = target, .source = source, .fit = fit };
	bool done = false;

	lines_split(&attempt.lines, target->bytes.buf, target->bytes.len);
	look_for_text(&attempt);
	TRY(by_merge(&attempt, &done));
	if (!done)
		done = by_text(&attempt) || is_there(&attempt);
	if (!done)
		TRY(by_guessing(&attempt, bold, &done));
	if (!done)
		explain(&attempt);
	else if (fit->status == PORT_MERGED || fit->status == PORT_FUZZY)
		check_names(&attempt);
	return NULL;
}
