// SPDX-License-Identifier: GPL-2.0
/* check_carry.c - as much of a series as a branch takes. */
#include "check_part.h"
#include "record/diff.h"

/* Each round leaves something out; who needs more rounds has nothing left. */
#define MAX_ROUNDS 100

/* What is built is nobody's: the same commits on every machine, as those of lib/stack. */
#define COMMITTER_NAME	"farrier"
#define COMMITTER_EMAIL "farrier@localhost"

/* The series as it is tried: patches with less and less in their diffs. */
struct attempt {
	const struct series *series;
	struct patch *patches; /* all borrowed but the diffs */
	struct patch *recorded;
	const struct patch **lookup; /* into `recorded`, or NULL */
	const char **skips;
};

static void release_attempt(struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->series->patch_count; i++) {
		strbuf_release(&attempt->patches[i].diff);
		patch_release(&attempt->recorded[i]);
	}
	free(attempt->patches);
	free(attempt->recorded);
	free(attempt->lookup);
	free(attempt->skips);
}

static ERR_CHECK begin_attempt(const struct series *series, const char *branch,
			       struct attempt *attempt)
{
	size_t count = series->patch_count;

	attempt->series = series;
	attempt->patches = xcalloc(count, sizeof(*attempt->patches));
	attempt->recorded = xcalloc(count, sizeof(*attempt->recorded));
	attempt->lookup = xcalloc(count, sizeof(*attempt->lookup));
	attempt->skips = xcalloc(count, sizeof(*attempt->skips));
	for (size_t i = 0; i < count; i++) {
		const struct patch *patch = &series->patches[i];
		bool found;

		attempt->patches[i] = *patch;
		attempt->patches[i].diff = (struct strbuf){ 0 };
		strbuf_add(&attempt->patches[i].diff, strbuf_str(&patch->diff), patch->diff.len);
		attempt->skips[i] = series_skip_reason(series, branch, patch->number);
		TRY(series_recorded_port(series, branch, patch->number, &attempt->recorded[i],
					 &found));
		attempt->lookup[i] = found ? &attempt->recorded[i] : NULL;
	}
	return NULL;
}

/* Where line `number` (from 1) begins. */
static size_t line_start(const struct strbuf *text, size_t number)
{
	size_t at = 0;

	while (--number && at < text->len) {
		const char *newline = memchr(text->buf + at, '\n', text->len - at);

		at = newline ? (size_t)(newline - text->buf) + 1 : text->len;
	}
	return at;
}

/* The record has a file for each of the diff's, in order. */
static bool is_in_conflict(const struct port_patch *record, size_t file)
{
	return file >= record->file_count || record->files[file].status == PORT_CONFLICT;
}

static bool leaves_out(const struct check_patch *patch, const char *path)
{
	return patch->left_out.count && strvec_has(&patch->left_out, path);
}

/* Takes the files in conflict out of a patch; *left is false when that is all of it. */
static ERR_CHECK reduce_patch(const struct port_patch *record, struct strbuf *diff,
			      struct check_patch *patch, bool *left)
{
	STRBUF rest = { 0 };
	DIFF parsed = { 0 };

	TRY(diff_parse(strbuf_str(diff), diff->len, "patch", 1, &parsed));
	for (size_t i = 0; i < parsed.file_count; i++) {
		const struct diff_file *file = &parsed.files[i];
		bool last = i + 1 == parsed.file_count;
		size_t start = line_start(diff, file->line);
		size_t end = last ? diff->len : line_start(diff, file[1].line);

		if (!is_in_conflict(record, i))
			strbuf_add(&rest, diff->buf + start, end - start);
		else if (!leaves_out(patch, file->new_path))
			strvec_push(&patch->left_out, file->new_path);
	}
	*left = rest.len > 0 && rest.len < diff->len;
	if (*left) {
		strbuf_reset(diff);
		strbuf_add(diff, strbuf_str(&rest), rest.len);
	}
	return NULL;
}

/* Leaves out what was in conflict; *changed says that there was something. */
static ERR_CHECK reduce(struct attempt *attempt, struct check_branch *branch, bool *changed)
{
	*changed = false;
	for (size_t i = 0; i < branch->patch_count; i++) {
		const struct port_patch *record = &branch->carried.patches[i];
		bool left = true;

		if (record->status == PORT_STALE)
			attempt->lookup[i] = NULL;
		else if (record->status == PORT_CONFLICT)
			TRY(reduce_patch(record, &attempt->patches[i].diff, &branch->patches[i],
					 &left));
		else
			continue;
		if (!left)
			attempt->skips[i] = "nothing of it can be carried";
		*changed = true;
	}
	return NULL;
}

ERR_CHECK check_carry(git_repository *repo, const struct series *series,
		      struct check_branch *branch)
{
	CLEANUP(release_attempt) struct attempt attempt = { .series = series };
	struct port_request request = { .repo = repo,
					.onto = check_port(branch)->base,
					.patch_count = series->patch_count,
					.committer_name = COMMITTER_NAME,
					.committer_email = COMMITTER_EMAIL };
	bool changed = true;

	TRY(begin_attempt(series, branch->branch.name, &attempt));
	request.patches = attempt.patches;
	request.recorded = attempt.lookup;
	request.skips = attempt.skips;
	for (int round = 0; changed && round < MAX_ROUNDS; round++) {
		port_release(&branch->carried);
		TRY(err_context(port_run(&request, &branch->carried), "series '%s'", series->name));
		TRY(reduce(&attempt, branch, &changed));
	}
	return NULL;
}
