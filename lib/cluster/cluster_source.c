// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cluster_source.h"
#include "core/file.h"
#include "core/random.h"

#define BUILD_REF "refs/farrier/build/"
/* Behind it the build's key and a number: no push finds what one that was killed left locked. */
#define SENT_REF "refs/farrier/sent/"
/* Whoever writes a ref locks it for some milliseconds. */
#define LOCK_SECONDS 600.0
/* Its own collection of garbage would be ended with it: cluster_source_tidy() does that. */
#define RECEIVER   "--receive-pack=git -c receive.autogc=false receive-pack"
#define BRANCH_REF "refs/farrier/cluster/"

/* The same in every process: no time, no name of anybody's. `parent` may be NULL. */
static ERR_CHECK make_commit(git_repository *repo, const git_tree *tree, const git_commit *parent,
			     git_oid *commit)
{
	git_signature who = { .name = "farrier", .email = "farrier" };
	const git_commit *parents[] = { parent };

	if (git_commit_create(commit, repo, NULL, &who, &who, NULL, "a tree for the cluster\n",
			      tree, parent != NULL, parents) < 0)
		return repo_error("cannot write a commit");
	return NULL;
}

ERR_CHECK cluster_source_commit(git_repository *repo, const git_oid *tree_id, git_oid *commit)
{
	GIT_TREE tree = NULL;

	TRY(repo_tree(repo, tree_id, &tree));
	return make_commit(repo, tree, NULL, commit);
}

/* The lock of a git or a farrier that was killed would be in the way for ever. */
static ERR_CHECK drop_old_lock(const char *shared, const char *name)
{
	OWNED_STR path = xasprintf("%s/linux.git/%s.lock", shared, name);
	struct stat info;

	if (stat(path, &info) < 0 || difftime(time(NULL), info.st_mtime) < LOCK_SECONDS)
		return NULL;
	return file_remove(path);
}

ERR_CHECK cluster_source_prepare(const char *shared)
{
	OWNED_STR path = xasprintf("%s/linux.git", shared);
	REPO repo = NULL;

	TRY(repo_open(path, true, &repo));
	return drop_old_lock(shared, "packed-refs");
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

/* The last tree of a branch that was sent, if it is known here as well: as its commit. */
static ERR_CHECK find_last(const struct cluster_source *source, git_oid *commit, bool *found)
{
	OWNED_STR path = xasprintf("%s/linux.git", source->shared);
	OWNED_STR ref = xasprintf(BRANCH_REF "%s", source->branch);
	const struct err *err;
	git_oid sent, tree;
	REPO repo = NULL;

	TRY(repo_open(path, true, &repo));
	TRY(repo_resolve_ref(repo, ref, &sent, found));
	if (!*found)
		return NULL;
	TRY(repo_commit_tree(repo, &sent, &tree));
	err = cluster_source_commit(source->repo, &tree, commit);
	*found = !err;
	err_free(err);
	return NULL;
}

/*
 * What is pushed in the place of the commit: one that has the last tree as its parent, for git
 * leaves out what the other side has in the history of what it sends, and nowhere else.
 */
static ERR_CHECK make_step(const struct cluster_source *source, git_oid *step)
{
	GIT_COMMIT parent = NULL;
	GIT_TREE tree = NULL;
	git_oid last, wanted;
	bool found;

	*step = source->commit;
	TRY(find_last(source, &last, &found));
	if (!found || git_oid_equal(&last, &source->commit))
		return NULL;
	TRY(repo_commit(source->repo, &last, &parent));
	TRY(repo_commit_tree(source->repo, &source->commit, &wanted));
	TRY(repo_tree(source->repo, &wanted, &tree));
	return make_commit(source->repo, tree, parent, step);
}

ERR_CHECK cluster_source_send(const struct cluster_source *source, struct loop *loop, int output,
			      proc_callback callback, void *data, struct proc **proc)
{
	git_oid step;
	uint64_t number;
	OWNED_STR to = xasprintf("%s/linux.git", source->shared);
	OWNED_STR refspec = NULL;
	OWNED_STR from = xasprintf("--git-dir=%s", repo_git_dir(source->repo));
	const char *argv[] = { "git",  from,	  "-c",		 "push.default=nothing",
			       "push", "--quiet", "--no-verify", RECEIVER,
			       to,     NULL,	  NULL };
	const char *const env[] = { "LC_ALL=C",
				    "GIT_TERMINAL_PROMPT=0",
				    "GIT_OBJECT_DIRECTORY",
				    "GIT_INDEX_FILE",
				    "GIT_WORK_TREE",
				    "GIT_NAMESPACE",
				    NULL };

	TRY(make_step(source, &step));
	TRY(random_number(&number));
	refspec = xasprintf("%s:" SENT_REF "%s/%016llx", git_oid_tostr_s(&step), source->key,
			    (unsigned long long)number);
	argv[ARRAY_SIZE(argv) - 2] = refspec;
	return proc_spawn(
		loop,
		&(struct proc_spec){ .argv = argv, .env = env, .out_fd = output, .err_fd = output },
		callback, data, proc);
}

/* Removes the refs that pushes of a build's source made: the files and their locks, the packed. */
static ERR_CHECK forget_sent(git_repository *repo, const char *key)
{
	OWNED_STR prefix = xasprintf(SENT_REF "%s/", key);
	OWNED_STR folder = xasprintf("%s%s", repo_git_dir(repo), prefix);

	TRY(file_remove(folder));
	return repo_delete_refs_below(repo, prefix);
}

ERR_CHECK cluster_source_sent(const struct cluster_source *source)
{
	OWNED_STR path = xasprintf("%s/linux.git", source->shared);
	OWNED_STR build = xasprintf(BUILD_REF "%s", source->key);
	OWNED_STR branch = xasprintf(BRANCH_REF "%s", source->branch);
	OWNED_STR build_lock = xasprintf("%s/%s.lock", path, build);
	git_oid tree, made;
	REPO repo = NULL;

	TRY(repo_open(path, false, &repo));
	/* nobody writes this ref who has not the build's lock */
	TRY(file_remove(build_lock));
	TRY(drop_old_lock(source->shared, branch));
	TRY(repo_commit_tree(source->repo, &source->commit, &tree));
	TRY(cluster_source_commit(repo, &tree, &made));
	TRY(repo_set_ref(repo, build, &made, "farrier: to be built"));
	err_free(repo_set_ref(repo, branch, &made, "farrier: sent to the cluster"));
	return forget_sent(repo, source->key);
}

ERR_CHECK cluster_source_forget(const char *shared, const char *key)
{
	OWNED_STR path = xasprintf("%s/linux.git", shared);
	OWNED_STR ref = xasprintf(BUILD_REF "%s", key);
	OWNED_STR lock = xasprintf("%s/%s.lock", path, ref);
	REPO repo = NULL;

	TRY(repo_open(path, true, &repo));
	TRY(file_remove(lock));
	TRY(forget_sent(repo, key));
	return repo_delete_ref(repo, ref);
}

ERR_CHECK cluster_source_tidy(const char *shared)
{
	OWNED_STR repo = xasprintf("--git-dir=%s/linux.git", shared);
	const char *const argv[] = { "git", repo,     "-c",	 "gc.autoDetach=false",
				     "gc",  "--auto", "--quiet", NULL };
	const char *const env[] = { "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE", "LC_ALL=C", NULL };

	return proc_run_ok(&(struct proc_spec){ .argv = argv, .env = env }, NULL);
}
