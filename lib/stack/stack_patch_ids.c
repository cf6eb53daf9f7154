// SPDX-License-Identifier: GPL-2.0
/* stack_patch_ids.c - patches that a mail names by id, looked for in the branches' history. */
#include <stdio.h>

#include "core/kept.h"
#include "core/proc.h"
#include "core/store.h"
#include "record/target.h"
#include "stack_needs.h"

/* Most bytes of the diffs of STACK_PATCH_IDS commits that are believed. */
#define LOG_MAX ((size_t)256 << 20)

/* What git says of the newest commits: their diffs, as `git patch-id` reads them. */
static ERR_CHECK read_log(git_repository *repo, const char *range_from, const git_oid *tip,
			  struct strbuf *log)
{
	STRVEC argv = { 0 };
	const char *const words[] = { "log",
				      "-p",
				      "--no-merges",
				      "--no-color",
				      "--no-renames",
				      "--no-ext-diff",
				      "--no-textconv",
				      "--full-index",
				      "--format=commit %H",
				      NULL };

	strvec_push(&argv, "git");
	strvec_pushf(&argv, "--git-dir=%s", repo_git_dir(repo));
	strvec_push_all(&argv, words);
	strvec_pushf(&argv, "--max-count=%d", STACK_PATCH_IDS);
	strvec_push(&argv, git_oid_tostr_s(tip));
	if (*range_from)
		strvec_pushf(&argv, "^%s", range_from);
	strvec_push(&argv, "--");
	return proc_run_ok(&(struct proc_spec){ .argv = (const char *const *)argv.items,
						.env = (const char *const[]){ "GIT_WORK_TREE",
									      "GIT_DIR", NULL } },
			   &(struct proc_io){ .out = log, .limit = LOG_MAX });
}

/* The patch ids of a branch as {"PATCH-ID": "COMMIT"}. New reference. */
static ERR_CHECK list_ids(git_repository *repo, const char *from, const git_oid *tip, json_t **ids)
{
	const char *argv[] = { "git", "patch-id", "--stable", NULL };
	STRVEC lines = { 0 };
	STRBUF log = { 0 };
	STRBUF output = { 0 };

	TRY(read_log(repo, from, tip, &log));
	*ids = json_object();
	if (!log.len)
		return NULL;
	TRY(proc_run_ok(&(struct proc_spec){ .argv = argv, .dir = "/" },
			&(struct proc_io){ .input = &log, .out = &output }));
	strvec_split(&lines, strbuf_str(&output), "\n");
	for (size_t i = 0; i < lines.count; i++) {
		char id[STORE_ID_SIZE], commit[STORE_ID_SIZE];

		if (sscanf(lines.items[i], "%40[0-9a-f] %40[0-9a-f]", id, commit) == 2)
			store_set(*ids, id, json_string(commit));
	}
	return NULL;
}

/* The same, kept in the cache: a tip never changes. */
static ERR_CHECK read_ids(const struct workspace *workspace, git_repository *repo, const char *from,
			  const git_oid *tip, json_t **ids)
{
	OWNED_STR path = workspace_cached(workspace, "patch-ids/%s%s%.12s.json",
					  git_oid_tostr_s(tip), *from ? "-" : "", from);
	OWNED_JSON *record = NULL;

	*ids = NULL;
	TRY(store_read(path, &record));
	if (json_is_object(json_object_get(record, "ids"))) {
		*ids = json_incref(json_object_get(record, "ids"));
		return NULL;
	}
	TRY(list_ids(repo, from, tip, ids));
	json_decref(record);
	record = json_object();
	store_set(record, "ids", json_incref(*ids));
	return store_write(path, record);
}

static void look_up(const json_t *ids, struct stack_needs *needs)
{
	for (size_t i = 0; i < needs->count; i++) {
		struct stack_need *need = &needs->items[i];
		const char *commit = store_get_string(ids, need->text, NULL);

		if (need->kind != STACK_NEED_PATCH || need->series || !commit ||
		    git_oid_fromstr(&need->commit, commit) < 0)
			continue;
		free(TAKE_PTR(need->problem));
		free(TAKE_PTR(need->hint));
	}
}

static bool any_left(const struct stack_needs *needs)
{
	for (size_t i = 0; i < needs->count; i++)
		if (needs->items[i].kind == STACK_NEED_PATCH && needs->items[i].problem)
			return true;
	return false;
}

/* A branch of one snapshot has no history to look through. */
static ERR_CHECK has_history(git_repository *repo, const git_oid *tip, bool *has)
{
	GIT_COMMIT commit = NULL;

	TRY(repo_commit(repo, tip, &commit));
	*has = git_commit_parentcount(commit) > 0;
	return NULL;
}

static ERR_CHECK search_branch(const struct workspace *workspace, git_repository *repo,
			       const char *name, const char *from, struct stack_needs *needs)
{
	OWNED_JSON *ids = NULL;
	BRANCH branch = { 0 };
	bool filled, has = false;
	git_oid tip;

	TRY(target_read_branch(workspace, name, &branch));
	TRY(repo_resolve_ref(repo, branch.ref, &tip, &filled));
	if (filled)
		TRY(has_history(repo, &tip, &has));
	if (!has)
		return NULL;
	TRY(read_ids(workspace, repo, from, &tip, &ids));
	look_up(ids, needs);
	return NULL;
}

static bool has_commit(git_repository *repo, const char *hex)
{
	git_commit *commit = NULL;
	git_oid oid;
	bool has = *hex && git_oid_fromstr(&oid, hex) == 0 &&
		   git_commit_lookup(&commit, repo, &oid) == 0;

	git_commit_free(commit);
	return has;
}

ERR_CHECK stack_search_branches(const struct workspace *workspace, const struct series *series,
				struct stack_needs *needs)
{
	STRVEC names = { 0 };
	REPO repo = NULL;
	const char *from;

	if (!any_left(needs))
		return NULL;
	TRY(stack_open_repo(workspace, &repo));
	if (!repo)
		return NULL;
	from = has_commit(repo, series->base_commit) ? series->base_commit : "";
	TRY(target_branches(workspace, &names));
	for (size_t i = 0; i < names.count && any_left(needs); i++)
		TRY(search_branch(workspace, repo, names.items[i], from, needs));
	return NULL;
}

/* 'git log -p' of a branch with some thousand commits. */
const struct kept_kind stack_kept_patch_ids = {
	.name = "patch-ids", .folder = "patch-ids", .by_reading = true, .seconds_per_file = 10
};
