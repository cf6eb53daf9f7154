// SPDX-License-Identifier: GPL-2.0
/*
 * port_follow.c - a file's other names, as the history tells them.
 *
 * As git log --follow does: where the commit that took a path away, or the one that
 * brought it, renamed it, the walk goes on with the other name. A branch that is one
 * commit has nothing to tell.
 */
#include "core/repo_diff.h"
#include "port_internal.h"

#define MOST_RENAMES 8

enum direction {
	FORWARD,  /* what became of the path, in the branch's history */
	BACKWARD, /* what it was, in the author's */
};

/* The other name that a commit gave a path, or NULL. */
static ERR_CHECK read_rename(git_repository *repo, const git_oid *id, enum direction direction,
			     const char *path, char **name)
{
	git_diff_find_options find;
	git_diff_options options;
	GIT_COMMIT commit = NULL;
	GIT_COMMIT parent = NULL;
	GIT_TREE before = NULL;
	GIT_TREE after = NULL;
	GIT_DIFF diff = NULL;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	git_diff_find_options_init(&find, GIT_DIFF_FIND_OPTIONS_VERSION);
	find.flags = GIT_DIFF_FIND_RENAMES;
	TRY(repo_commit(repo, id, &commit));
	if (git_commit_parent(&parent, commit, 0) < 0 || git_commit_tree(&before, parent) < 0 ||
	    git_commit_tree(&after, commit) < 0)
		return NULL;
	TRY(repo_diff_trees(repo, before, after, &options, &diff));
	if (git_diff_find_similar(diff, &find) < 0)
		return repo_error("cannot look for renames in '%s'", git_oid_tostr_s(id));
	for (size_t i = 0; i < git_diff_num_deltas(diff) && !*name; i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);
		const char *here = direction == FORWARD ? delta->old_file.path
							: delta->new_file.path;
		const char *there = direction == FORWARD ? delta->new_file.path
							 : delta->old_file.path;

		if (delta->status == GIT_DELTA_RENAMED && str_equal(here, path))
			*name = xstrdup(there);
	}
	return NULL;
}

/* The commit that took the path away, or brought it; the newest that did. */
static const struct port_event *find_event(const struct port_history *history,
					   enum direction direction)
{
	for (size_t i = 0; i < history->count; i++) {
		const struct port_event *event = &history->steps[i];
		const struct port_touch *touch = &event->touches[0];

		if (event->parents == 1 &&
		    git_oid_is_zero(direction == FORWARD ? &touch->after : &touch->before))
			return event;
	}
	return NULL;
}

/* One rename further; *name stays NULL when there is none. */
static ERR_CHECK step(struct port_job *job, const git_oid *tip, enum direction direction,
		      const char *path, char **name)
{
	const struct port_request *request = job->request;
	const struct port_event *event;
	PORT_HISTORY history = { 0 };
	STRVEC paths = { 0 };

	strvec_push(&paths, path);
	TRY(port_history_read(job->repo, tip, &paths, request->history_limit, request->cache,
			      &history));
	event = find_event(&history, direction);
	return event ? read_rename(job->repo, &event->commit, direction, path, name) : NULL;
}

static ERR_CHECK is_there(struct port_job *job, const char *path, bool *there)
{
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	TRY(port_tree_find(job->repo, &job->tree, path, &kind, &mode, &id));
	*there = kind == PORT_FILE;
	return NULL;
}

/* Name after name, until the branch has one. */
static ERR_CHECK follow(struct port_job *job, const git_oid *tip, enum direction direction,
			const char *path, char **name)
{
	OWNED_STR at = xstrdup(path);

	for (int i = 0; i < MOST_RENAMES; i++) {
		OWNED_STR next = NULL;
		bool there;

		TRY(step(job, tip, direction, at, &next));
		if (!next)
			return NULL;
		TRY(is_there(job, next, &there));
		if (there) {
			*name = TAKE_PTR(next);
			return NULL;
		}
		free(at);
		at = TAKE_PTR(next);
	}
	return NULL;
}

static ERR_CHECK author_commit(struct port_job *job, const struct patch *patch, git_oid *parent,
			       bool *known)
{
	GIT_COMMIT commit = NULL;

	*known = false;
	if (git_oid_is_zero(&patch->commit))
		return NULL;
	TRY(repo_commit(job->repo, &patch->commit, &commit));
	*known = git_commit_parentcount(commit) > 0;
	if (*known)
		git_oid_cpy(parent, git_commit_parent_id(commit, 0));
	return NULL;
}

ERR_CHECK port_follow(struct port_job *job, const struct patch *patch, const char *path,
		      char **name)
{
	git_oid parent;
	bool known;

	*name = NULL;
	if (!job->alone)
		TRY(follow(job, &job->request->onto, FORWARD, path, name));
	TRY(author_commit(job, patch, &parent, &known));
	return *name || !known ? NULL : follow(job, &parent, BACKWARD, path, name);
}
