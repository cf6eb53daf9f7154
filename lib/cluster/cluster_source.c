// SPDX-License-Identifier: GPL-2.0
#include "cluster_source.h"

#define BUILD_REF  "refs/farrier/build/"
#define BRANCH_REF "refs/farrier/cluster/"

/* The same in every process: no time, no name of anybody's. */
ERR_CHECK cluster_source_commit(git_repository *repo, const git_oid *tree_id, git_oid *commit)
{
	git_signature who = { .name = "farrier", .email = "farrier" };
	GIT_TREE tree = NULL;

	TRY(repo_tree(repo, tree_id, &tree));
	if (git_commit_create(commit, repo, NULL, &who, &who, NULL, "a tree for the cluster\n",
			      tree, 0, NULL) < 0)
		return repo_error("cannot write a commit");
	return NULL;
}

ERR_CHECK cluster_source_prepare(const char *shared)
{
	OWNED_STR path = xasprintf("%s/linux.git", shared);
	REPO repo = NULL;

	return repo_open(path, true, &repo);
}

ERR_CHECK cluster_source_is_there(const char *shared, const char *key, const git_oid *commit,
				  bool *there)
{
	OWNED_STR path = xasprintf("%s/linux.git", shared);
	OWNED_STR ref = xasprintf(BUILD_REF "%s", key);
	REPO repo = NULL;
	git_oid held;
	bool found;

	*there = false;
	TRY(repo_open(path, true, &repo));
	TRY(repo_resolve_ref(repo, ref, &held, &found));
	*there = found && git_oid_equal(&held, commit);
	return NULL;
}

ERR_CHECK cluster_source_send(struct loop *loop, git_repository *repo, const char *shared,
			      const char *key, const git_oid *commit, int output,
			      proc_callback callback, void *data, struct proc **proc)
{
	OWNED_STR to = xasprintf("%s/linux.git", shared);
	OWNED_STR build = xasprintf("+%s:" BUILD_REF "%s", git_oid_tostr_s(commit), key);
	OWNED_STR from = xasprintf("--git-dir=%s", repo_git_dir(repo));
	const char *const argv[] = { "git",  from,	"-c",	       "push.default=nothing",
				     "push", "--quiet", "--no-verify", to,
				     build,  NULL };
	const char *const env[] = { "LC_ALL=C",
				    "GIT_TERMINAL_PROMPT=0",
				    "GIT_OBJECT_DIRECTORY",
				    "GIT_INDEX_FILE",
				    "GIT_WORK_TREE",
				    "GIT_NAMESPACE",
				    NULL };

	return proc_spawn(
		loop,
		&(struct proc_spec){ .argv = argv, .env = env, .out_fd = output, .err_fd = output },
		callback, data, proc);
}

static ERR_CHECK hold(const char *path, const char *branch, const git_oid *commit)
{
	OWNED_STR ref = xasprintf(BRANCH_REF "%s", branch);
	REPO repo = NULL;

	TRY(repo_open(path, false, &repo));
	return repo_set_ref(repo, ref, commit, "farrier: sent to the cluster");
}

void cluster_source_sent(git_repository *repo, const char *shared, const char *branch,
			 const git_oid *commit)
{
	OWNED_STR there = xasprintf("%s/linux.git", shared);

	err_free(hold(repo_git_dir(repo), branch, commit));
	err_free(hold(there, branch, commit));
}

ERR_CHECK cluster_source_forget(const char *shared, const char *key)
{
	OWNED_STR path = xasprintf("%s/linux.git", shared);
	OWNED_STR ref = xasprintf(BUILD_REF "%s", key);
	REPO repo = NULL;

	TRY(repo_open(path, true, &repo));
	return repo_delete_ref(repo, ref);
}
