// SPDX-License-Identifier: GPL-2.0
/*
 * port_needs.c - which earlier patch a conflict or a fuzzy result is about.
 *
 * When a patch of the series is not in the tip, those behind it are tried without
 * it, and may be in conflict, or fuzzy, only for that. Two things say so: the hunk fits the
 * author's text with the missing patch and not the one without it; or, where the author's text is
 * not known, what the hunk wants to find overlaps what the missing patch makes. A file that the
 * missing patch makes, moves or deletes says it, too.
 */
#include <ctype.h>

#include "port_internal.h"

#define MOST_COMPARISONS ((size_t)1 << 26) /* of lines, in one run */
#define MOST_DRIFT	 500 /* lines that patches in between may have moved a hunk by */

/* A file of a patch that is not in the tip. */
struct missing_file {
	struct port_text before; /* the author's text without the patch ... */
	struct port_text after;	 /* ... and with it; not there when not known */
};

struct port_missing {
	int number;
	enum port_status status;
	struct diff diff;
	struct missing_file *files; /* one for each of the diff's */
};

void port_missing_release(struct port_job *job)
{
	for (size_t i = 0; i < job->missing_count; i++) {
		struct port_missing *missing = &job->missing[i];

		for (size_t j = 0; j < missing->diff.file_count; j++) {
			port_text_release(&missing->files[j].before);
			port_text_release(&missing->files[j].after);
		}
		free(missing->files);
		diff_release(&missing->diff);
	}
	free(job->missing);
}

static void note_texts(const struct port_job *job, const struct diff_file *file,
		       struct missing_file *missing)
{
	const struct port_text *after = port_originals_find(&job->originals, file->new_path,
							    file->new_id);

	if (!after || file->binary || !port_revert_exactly(file, after, &missing->before.bytes))
		return;
	port_text_seal(&missing->before);
	strbuf_add(&missing->after.bytes, after->bytes.buf, after->bytes.len);
	port_text_seal(&missing->after);
}

ERR_CHECK port_missing_add(struct port_job *job, const struct patch *patch, int number,
			   enum port_status status)
{
	struct port_missing *missing;
	DIFF diff = { 0 };

	TRY(diff_parse_patch(patch, "a patch", &diff));
	TRY(port_settle_names(job, &diff));
	job->missing = xreallocarray(job->missing, job->missing_count + 1, sizeof(*job->missing));
	missing = &job->missing[job->missing_count++];
	*missing = (struct port_missing){ .number = number, .status = status, .diff = diff };
	diff = (struct diff){ 0 };
	missing->files = xcalloc(missing->diff.file_count, sizeof(*missing->files));
	for (size_t i = 0; i < missing->diff.file_count; i++)
		note_texts(job, &missing->diff.files[i], &missing->files[i]);
	return NULL;
}

bool port_is_missing_some(const struct port_job *job, const struct diff_file *file)
{
	for (size_t i = 0; i < job->missing_count; i++)
		for (size_t j = 0; j < job->missing[i].diff.file_count; j++)
			if (str_equal(job->missing[i].diff.files[j].new_path, file->old_path))
				return true;
	return false;
}

/* ---- a hunk that fits the author's text with the missing patch, and not without ---- */

static bool fits(const struct diff_hunk *hunk, const struct port_text *text)
{
	struct diff_hunk copy = *hunk;
	struct diff_file file = { .hunks = &copy, .hunk_count = 1 };
	struct port_place place;
	LINES lines = { 0 };

	lines_split(&lines, text->bytes.buf, text->bytes.len);
	return port_find_hunks(&file, &lines, PORT_BEFORE, 0, &place);
}

/* ---- a hunk that overlaps with what the missing patch makes ---- */

/* Where in a hunk's result something is new. */
struct traces {
	bool *added; /* the line */
	bool *cut;   /* lines were taken out before it */
};

static void release_traces(struct traces *traces)
{
	free(traces->added);
	free(traces->cut);
}

/* Both sides point into the diff, where their lines stand in order; context is one line of it. */
static void find_traces(const struct diff_hunk *hunk, struct traces *traces)
{
	const struct lines *before = &hunk->before, *after = &hunk->after;
	size_t old = 0;

	traces->added = xcalloc(after->count + 1, sizeof(*traces->added));
	traces->cut = xcalloc(after->count + 1, sizeof(*traces->cut));
	for (size_t i = 0; i < after->count; i++) {
		for (; old < before->count && before->at[old].text < after->at[i].text; old++)
			traces->cut[i] = true;
		traces->added[i] = old == before->count ||
				   before->at[old].text != after->at[i].text;
		old += !traces->added[i];
	}
}

/* A brace or an empty line is everywhere. */
static bool says_something(const struct line *line)
{
	size_t letters = 0;

	for (size_t i = 0; i < line->length && letters < 3; i++)
		letters += isalnum((unsigned char)line->text[i]) != 0;
	return letters >= 3;
}

/* Lines `from` to `to` of what the missing patch makes: do they show that it was there? */
static bool shows(const struct diff_hunk *made, const struct traces *traces, size_t from, size_t to)
{
	bool trace = false, words = false;

	for (size_t i = from; i < to; i++) {
		trace |= traces->added[i] || (traces->cut[i] && i > from);
		words |= says_something(&made->after.at[i]);
	}
	return trace && words;
}

/* Line `i` of the one is line `i + shift` of the other. */
static bool overlap_at(struct port_job *job, const struct lines *wanted,
		       const struct diff_hunk *made, const struct traces *traces, long shift)
{
	size_t from = shift > 0 ? (size_t)shift : 0;
	size_t to = (size_t)((long)wanted->count + shift);

	if (to > made->after.count)
		to = made->after.count;
	for (size_t i = from; i < to; i++) {
		if (!job->needs_budget)
			return false;
		job->needs_budget--;
		if (!line_equal(&wanted->at[(long)i - shift], &made->after.at[i]))
			return false;
	}
	return shows(made, traces, from, to);
}

static bool overlaps(struct port_job *job, const struct diff_hunk *hunk,
		     const struct diff_hunk *made)
{
	CLEANUP(release_traces) struct traces traces = { 0 };
	long last = (long)made->after.count - 1;

	/* the whole search in lines, of which finding the traces is a part */
	if (job->needs_budget < made->before.count + made->after.count)
		return false;
	job->needs_budget -= made->before.count + made->after.count;
	find_traces(made, &traces);
	for (long shift = 1 - (long)hunk->before.count; shift <= last; shift++) {
		long drift = (long)hunk->old_start - ((long)made->new_start + shift);

		if (labs(drift) <= MOST_DRIFT &&
		    overlap_at(job, &hunk->before, made, &traces, shift))
			return true;
	}
	return false;
}

static bool hunk_needs(struct port_job *job, const struct diff_hunk *hunk,
		       const struct diff_file *made, const struct missing_file *texts)
{
	if (texts->after.there) {
		if (fits(hunk, &texts->before))
			return false;
		if (fits(hunk, &texts->after))
			return true;
	}
	for (size_t i = 0; i < made->hunk_count; i++)
		if (overlaps(job, hunk, &made->hunks[i]))
			return true;
	return false;
}

/* ---- files ---- */

static bool in_question(const struct port_patch *record, const struct port_file *file, int hunk)
{
	if (file->status == PORT_FUZZY)
		return true;
	for (size_t i = 0; i < record->conflict_count; i++) {
		const struct port_conflict *conflict = &record->conflicts[i];

		if (str_equal(conflict->path, file->path) &&
		    (!conflict->hunk || conflict->hunk == hunk))
			return true;
	}
	return false;
}

/* Whether two ids, of which either may be abbreviated, are one. */
static bool same_id(const char *a, const char *b)
{
	size_t length = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

	return length >= GIT_OID_MINPREFIXLEN && strncmp(a, b, length) == 0;
}

struct tip_state {
	bool has_old;
	bool has_new;
};

/* The missing patch makes, moves or deletes what this one changes or makes. */
static bool place_needs(const struct diff_file *file, const struct diff_file *made,
			const struct tip_state *tip)
{
	bool made_there = made->change != DIFF_MODIFY && made->change != DIFF_DELETE;
	bool gone_there = made->change == DIFF_DELETE || made->change == DIFF_RENAME;
	bool makes = file->change != DIFF_MODIFY && file->change != DIFF_DELETE;

	if (made_there && !tip->has_old && file->change != DIFF_ADD)
		return str_equal(file->old_path, made->new_path);
	return gone_there && makes && tip->has_new && str_equal(file->new_path, made->old_path);
}

static bool file_needs(struct port_job *job, const struct diff_file *file,
		       const struct port_patch *record, const struct port_file *carried,
		       const struct diff_file *made, const struct missing_file *texts,
		       const struct tip_state *tip)
{
	if (place_needs(file, made, tip))
		return true;
	if (!str_equal(file->old_path, made->new_path) || made->change == DIFF_DELETE)
		return false;
	if (file->binary || made->binary)
		return same_id(file->old_id, made->new_id);
	for (size_t i = 0; i < file->hunk_count; i++)
		if (in_question(record, carried, (int)i + 1) &&
		    hunk_needs(job, &file->hunks[i], made, texts))
			return true;
	return false;
}

/* Whether the tip has the file that the patch changes, and something where it makes one. */
static ERR_CHECK look_at_tip(const struct port_job *job, const struct diff_file *file,
			     struct tip_state *tip)
{
	enum port_kind from, to;
	unsigned mode;
	git_oid id;

	TRY(port_tree_find(job->repo, &job->tree, file->old_path, &from, &mode, &id));
	TRY(port_tree_find(job->repo, &job->tree, file->new_path, &to, &mode, &id));
	*tip = (struct tip_state){ from != PORT_NOTHING, to != PORT_NOTHING };
	return NULL;
}

static ERR_CHECK patch_needs(struct port_job *job, const struct diff *diff,
			     const struct port_patch *record, const struct port_missing *missing,
			     bool *needs)
{
	*needs = false;
	for (size_t i = 0; i < diff->file_count && i < record->file_count; i++) {
		struct tip_state tip;

		if (record->files[i].status != PORT_CONFLICT &&
		    record->files[i].status != PORT_FUZZY)
			continue;
		TRY(look_at_tip(job, &diff->files[i], &tip));
		for (size_t j = 0; j < missing->diff.file_count && !*needs; j++)
			*needs = file_needs(job, &diff->files[i], record, &record->files[i],
					    &missing->diff.files[j], &missing->files[j], &tip);
	}
	return NULL;
}

static bool has_need(const struct port_patch *record, int number)
{
	for (size_t i = 0; i < record->need_count; i++)
		if (record->needs[i] == number)
			return true;
	return false;
}

static const char *state(enum port_status status)
{
	return status == PORT_SKIPPED ? "left out" : status == PORT_STALE ? "stale" : "in conflict";
}

static void add_need(struct port_patch *record, const struct port_missing *missing,
		     struct strbuf *words)
{
	record->needs = xreallocarray(record->needs, record->need_count + 1,
				      sizeof(*record->needs));
	record->needs[record->need_count++] = missing->number;
	strbuf_addf(words, "%s patch %d, which is %s", words->len ? " and" : "needs",
		    missing->number, state(missing->status));
}

ERR_CHECK port_find_needs(struct port_job *job, const struct diff *diff, struct port_patch *record)
{
	STRBUF words = { 0 };

	job->needs_budget = MOST_COMPARISONS;
	for (size_t i = 0; i < job->missing_count; i++) {
		bool needs = false;

		if (!has_need(record, job->missing[i].number))
			TRY(patch_needs(job, diff, record, &job->missing[i], &needs));
		if (needs)
			add_need(record, &job->missing[i], &words);
	}
	if (words.len)
		record->reason = strbuf_detach(&words);
	return NULL;
}
