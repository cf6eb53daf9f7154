// SPDX-License-Identifier: GPL-2.0
#include "build_blame.h"

/* A longer chain is no patch series. */
#define MAX_CHAIN 1000

/* The commits above the base, newest first. */
struct chain {
	git_oid *commits;
	size_t count;
};

static void release_chain(struct chain *chain)
{
	free(chain->commits);
}

static void release_blame(git_blame **blame)
{
	git_blame_free(*blame);
}

/* Leaves the chain empty when the base is not below the commit. */
static ERR_CHECK read_chain(const struct build_request *request, struct chain *chain)
{
	git_oid oid = request->commit;

	chain->commits = xcalloc(MAX_CHAIN, sizeof(git_oid));
	while (!git_oid_equal(&oid, &request->base)) {
		GIT_COMMIT commit = NULL;

		TRY(repo_commit(request->repo, &oid, &commit));
		if (!git_commit_parentcount(commit) || chain->count == MAX_CHAIN) {
			chain->count = 0;
			return NULL;
		}
		chain->commits[chain->count++] = oid;
		git_oid_cpy(&oid, git_commit_parent_id(commit, 0));
	}
	return NULL;
}

/* The number in the chain from the bottom, from 1; 0: not in it. */
static size_t number_of(const struct chain *chain, const git_oid *commit)
{
	for (size_t i = 0; i < chain->count; i++)
		if (git_oid_equal(&chain->commits[i], commit))
			return chain->count - i;
	return 0;
}

static ERR_CHECK name_patch(const struct build_request *request, const git_oid *oid, size_t number,
			    struct build_diagnostic *diagnostic)
{
	GIT_COMMIT commit = NULL;
	const char *series = NULL;

	TRY(repo_commit(request->repo, oid, &commit));
	for (size_t i = 0; i < request->layer_count && !series; i++) {
		if (number <= request->layers[i].count)
			series = request->layers[i].series;
		else
			number -= request->layers[i].count;
	}
	diagnostic->series = series ? xstrdup(series) : NULL;
	diagnostic->number = (int)number;
	diagnostic->subject = xstrdup(git_commit_summary(commit));
	git_oid_cpy(&diagnostic->commit, oid);
	return NULL;
}

static bool is_in_tree(const struct build_request *request, const char *path)
{
	GIT_COMMIT commit = NULL;
	GIT_TREE tree = NULL;
	GIT_TREE_ENTRY entry = NULL;

	return git_commit_lookup(&commit, request->repo, &request->commit) == 0 &&
	       git_commit_tree(&tree, commit) == 0 &&
	       git_tree_entry_bypath(&entry, tree, path) == 0;
}

/* NULL for a file that is not in the tree (generated, or of the host); libgit2 1.5 leaks on it. */
static git_blame *blame_file(const struct build_request *request, const char *path)
{
	git_blame_options options;
	git_blame *blame = NULL;

	if (!is_in_tree(request, path))
		return NULL;
	git_blame_options_init(&options, GIT_BLAME_OPTIONS_VERSION);
	options.flags = GIT_BLAME_FIRST_PARENT;
	options.newest_commit = request->commit;
	options.oldest_commit = request->base;
	if (git_blame_file(&blame, request->repo, path, &options) < 0)
		return NULL;
	return blame;
}

/* All diagnostics of the file that the first one names. */
static ERR_CHECK blame_all_of_file(const struct build_request *request, const struct chain *chain,
				   struct build_diagnostics *list, size_t first)
{
	CLEANUP(release_blame) git_blame *blame = blame_file(request, list->items[first].file);

	for (size_t i = first; blame && i < list->count; i++) {
		struct build_diagnostic *one = &list->items[i];
		const git_blame_hunk *hunk;
		size_t number;

		if (!one->file || !one->line || !str_equal(one->file, list->items[first].file))
			continue;
		hunk = git_blame_get_hunk_byline(blame, (size_t)one->line);
		number = hunk ? number_of(chain, &hunk->final_commit_id) : 0;
		if (number && !one->number)
			TRY(name_patch(request, &hunk->final_commit_id, number, one));
	}
	return NULL;
}

static bool is_first_of_file(const struct build_diagnostics *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (list->items[i].file && list->items[i].line &&
		    str_equal(list->items[i].file, list->items[index].file))
			return false;
	return true;
}

ERR_CHECK build_blame(const struct build_request *request, struct build_diagnostics *diagnostics)
{
	CLEANUP(release_chain) struct chain chain = { 0 };

	TRY(read_chain(request, &chain));
	for (size_t i = 0; chain.count && i < diagnostics->count; i++) {
		const struct build_diagnostic *one = &diagnostics->items[i];

		if (one->file && one->line && is_first_of_file(diagnostics, i))
			TRY(blame_all_of_file(request, &chain, diagnostics, i));
	}
	return NULL;
}
