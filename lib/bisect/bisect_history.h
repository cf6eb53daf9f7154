/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bisect_history.h - the suspects of a bisection, out of git: commits that the bad end has and
 * the good ones have not.
 *
 * A good end that is no ancestor of the bad one has left it behind somewhere: what is tested in
 * its place is their merge base, as git does; one that has several is ERR_INPUT that names them. Of
 * several good ends those count that no other one has; a merge base among them is the one that is
 * tested, as nobody has called it good.
 */
#ifndef FARRIER_BISECT_HISTORY_H
#define FARRIER_BISECT_HISTORY_H

#include "core/repo.h"
#include "suspect/suspect_graph.h"

struct bisect_history {
	size_t count;
	git_oid *commits; /* parents before children; the last one is the bad end */
	git_oid good_end; /* the one that is tested */
	struct suspect_graph *graph;
	size_t *sorted; /* numbers of commits, by id */
};

void bisect_history_release(struct bisect_history *history);

/* A bad end without suspects, or without a common ancestor, is ERR_INPUT. */
ERR_CHECK bisect_history_read(git_repository *repo, const git_oid *bad, const git_oid *goods,
			      size_t good_count, struct bisect_history *history) MUST_USE;

/*
 * The same the other way round, for a line of commits without merges: the bad end is the older
 * one, and what is looked for is who fixed it. "Suspects" are then the states without the fix,
 * newest first; the one that is found is the last without it.
 */
ERR_CHECK bisect_history_read_fix(git_repository *repo, const git_oid *bad, const git_oid *good,
				  struct bisect_history *history) MUST_USE;

/* Whether a commit has something else at one of the paths (files or folders) than a parent of it.
 */
ERR_CHECK bisect_history_touches(git_repository *repo, const git_oid *commit,
				 const struct strvec *paths, bool *touches) MUST_USE;

/* The number of a suspect, or SIZE_MAX. */
size_t bisect_history_find(const struct bisect_history *history, const git_oid *commit);

#endif
