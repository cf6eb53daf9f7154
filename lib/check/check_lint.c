// SPDX-License-Identifier: GPL-2.0
/* check_lint.c - the linter, on the series once and on what each branch gets. */
#include "base/progress.h"
#include "check_part.h"
#include "core/file.h"
#include "lint/lint_checkpatch.h"
#include "lint/lint_history.h"

/* What the patches of one branch are looked at with. */
struct bench {
	const struct check_request *request;
	struct check *check;
	struct check_branch *branch;
	struct lint_checkpatch tool;
	struct lint_history *history;
	const struct lint_later *later; /* NULL without a mainline */
};

static void release_bench(struct bench *bench)
{
	lint_checkpatch_release(&bench->tool);
	lint_history_free(bench->history);
}

/* The file of a recorded port: series_recorded_port() has seen that there is exactly one. */
static ERR_CHECK recorded_path(const struct series *series, const char *branch, int patch,
			       char **path)
{
	OWNED_STR folder = xasprintf("%s/ports/%s", series->folder, branch);
	STRVEC names = { 0 };

	*path = NULL;
	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count && !*path; i++)
		if (strtol(names.items[i], NULL, 10) == patch &&
		    ends_with(names.items[i], ".patch"))
			*path = xasprintf("%s/%s", folder, names.items[i]);
	return NULL;
}

static ERR_CHECK read_original(const struct bench *bench, size_t index, struct lint_text *text)
{
	const struct series *series = &bench->check->series;
	OWNED_STR path = xasprintf("%s/%s", series->folder, series->files.items[index]);

	return lint_text_read(bench->request->workspace, path, &series->patches[index], text);
}

static ERR_CHECK lint_text(const struct bench *bench, const struct lint_text *text,
			   struct lint_findings *findings)
{
	TRY(lint_checkpatch_run(&bench->tool, text, findings));
	TRY(lint_fixes(bench->history, text, findings));
	return lint_stable_lines(bench->history, text, bench->branch->branch.stable, findings);
}

/* The patch as a person fitted it; *found is false when the branch has no such port. */
static ERR_CHECK lint_recorded(const struct bench *bench, size_t index, bool *found)
{
	const struct series *series = &bench->check->series;
	const char *name = bench->branch->branch.name;
	struct lint_findings *findings = &bench->branch->patches[index].lint;
	CLEANUP(patch_release) struct patch recorded = { 0 };
	LINT_TEXT text = { 0 };
	OWNED_STR path = NULL;

	TRY(series_recorded_port(series, name, (int)index + 1, &recorded, found));
	if (!*found)
		return NULL;
	TRY(recorded_path(series, name, (int)index + 1, &path));
	TRY(lint_text_read(bench->request->workspace, path, &recorded, &text));
	lint_port(&text, &series->patches[index], str_equal(series->status, "upstream"), findings);
	return lint_text(bench, &text, findings);
}

static bool is_left_out(const struct bench *bench, size_t index)
{
	return series_skip_reason(&bench->check->series, bench->branch->branch.name,
				  (int)index + 1) != NULL;
}

static ERR_CHECK lint_patch(const struct bench *bench, size_t index)
{
	LINT_TEXT text = { 0 };
	bool recorded;

	if (is_left_out(bench, index))
		return NULL;
	if (bench->later)
		TRY(lint_later_report(bench->later, index, bench->history,
				      &bench->branch->patches[index].lint));
	TRY(lint_recorded(bench, index, &recorded));
	if (recorded)
		return NULL;
	TRY(read_original(bench, index, &text));
	return lint_text(bench, &text, &bench->branch->patches[index].lint);
}

/* The commit that `base` of the series names as a branch, or the branch called mainline has. */
static ERR_CHECK find_mainline(const struct check_request *request, const struct series *series,
			       git_oid *oid, bool *found)
{
	const char *name = *series->base ? series->base : "mainline";
	STRVEC known = { 0 };
	BRANCH branch = { 0 };

	*found = false;
	TRY(target_branches(request->workspace, &known));
	if (!known.count || !strvec_has(&known, name))
		return NULL;
	TRY(target_read_branch(request->workspace, name, &branch));
	return repo_resolve_ref(request->repo, branch.ref, oid, found);
}

/* Prerequisites that are series are below it, by lib/stack; mails are for people. */
static ERR_CHECK lint_needs(const struct bench *bench)
{
	const struct strvec *needs = &bench->check->series.prerequisites;

	for (size_t i = 0; i < needs->count; i++) {
		TRY(lint_needed_commit(bench->history, needs->items[i], &bench->branch->lint));
		if (strchr(needs->items[i], '@'))
			lint_add(&bench->branch->lint, LINT_NOTE, "PREREQUISITE", NULL, 0,
				 "it needs the mail <%s>: 'farrier import' makes a series of it, "
				 "which can be named instead",
				 needs->items[i]);
	}
	return NULL;
}

static ERR_CHECK lint_branch(const struct check_request *request, const struct lint_later *later,
			     struct check *check, struct check_branch *branch)
{
	CLEANUP(release_bench)
	struct bench bench = {
		.request = request, .check = check, .branch = branch, .later = later
	};

	TRY(lint_checkpatch_open(request->workspace, request->repo, &branch->stack.base,
				 request->strict, &bench.tool));
	if (!bench.tool.folder)
		lint_add(&branch->lint, LINT_NOTE, "NO_CHECKPATCH", NULL, 0,
			 "the tree has no scripts/checkpatch.pl");
	bench.history = lint_history_new(request->repo, &branch->stack.base);
	TRY(lint_needs(&bench));
	for (size_t i = 0; i < branch->patch_count; i++)
		TRY(lint_patch(&bench, i));
	return NULL;
}

static ERR_CHECK lint_messages(const struct check_request *request, struct check *check)
{
	const struct bench bench = { .request = request, .check = check };

	for (size_t i = 0; i < check->series.patch_count; i++) {
		LINT_TEXT text = { 0 };

		TRY(read_original(&bench, i, &text));
		lint_message(&text, request->strict, &check->messages[i]);
	}
	return NULL;
}

ERR_CHECK check_lint(const struct check_request *request, struct check *check)
{
	CLEANUP(progress_drop)
	struct progress *step = progress_begin(0, "looking at the patches of %s", request->series);
	CLEANUP(lint_later_release) struct lint_later *later = NULL;
	git_oid mainline;
	bool found;

	TRY(lint_messages(request, check));
	TRY(find_mainline(request, &check->series, &mainline, &found));
	if (found)
		TRY(lint_later_new(request->repo, &mainline, &check->series, &later));
	for (size_t i = 0; i < check->count; i++) {
		progress_update(step, "%s, branch %zu of %zu", check->branches[i].branch.name,
				i + 1, check->count);
		TRY(lint_branch(request, later, check, &check->branches[i]));
	}
	return NULL;
}
