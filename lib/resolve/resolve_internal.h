/* SPDX-License-Identifier: GPL-2.0 */
/* resolve_internal.h - between the files of the resolve room only. */
#ifndef FARRIER_RESOLVE_INTERNAL_H
#define FARRIER_RESOLVE_INTERNAL_H

#include "resolve.h"
#include "resolve_explain.h"
#include "worktree/worktree.h"
#include "resolve_write.h"

/* Reads the series, what it needs and the branch, once. */
ERR_CHECK resolve_load(struct resolve *resolve) MUST_USE;

/* Opens the work tree's repository, and gives it a ref for every branch that is filled:
 * farrier/NAME. */
ERR_CHECK resolve_open_tree(struct resolve *resolve) MUST_USE;

/* Adds "path:line" for every conflict marker that a changed file has and had not. */
ERR_CHECK resolve_find_markers(const struct resolve *resolve, const git_diff_delta *delta,
			       struct strvec *found) MUST_USE;

/* "farrier resolve SERIES BRANCH", which the hints begin with. Caller frees. */
char *resolve_command(const struct resolve *resolve);

/* The patch that is open. */
static inline const struct patch *resolve_patch(const struct resolve *resolve)
{
	return &resolve->series.patches[resolve->index];
}

#endif
