/* SPDX-License-Identifier: GPL-2.0 */
/* lint_part.h - between the files of the room `lint` only. */
#ifndef FARRIER_LINT_PART_H
#define FARRIER_LINT_PART_H

#include "lint_history.h"

/* Whether there is more of a commit than itself: not of a snapshot, nor of a shallow clone. */
ERR_CHECK lint_has_past(git_repository *repo, const git_oid *oid, bool *past) MUST_USE;

/*
 * Calls back for the commits from `start` on back, newest first, until the callback
 * says no or `limit` is reached.
 */
ERR_CHECK lint_walk(git_repository *repo, const git_oid *start, bool first_parent, size_t limit,
		    bool (*visit)(void *data, git_commit *commit), void *data) MUST_USE;

/* Whether the branch has a commit, or a backport of it that says so. */
ERR_CHECK lint_branch_has(struct lint_history *history, const git_oid *oid, bool *has) MUST_USE;

/* Whether more of the branch is there than its tip. */
ERR_CHECK lint_branch_has_past(const struct lint_history *history, bool *past) MUST_USE;

/* One "Fixes: ID ("subject")" as it is written. */
struct lint_target {
	char hex[OID_HEX_SIZE];
	char *subject;	  /* or NULL */
	const char *line; /* in the message, and its length */
	size_t length;
};

void lint_release_target(struct lint_target *target);
#define LINT_TARGET CLEANUP(lint_release_target) struct lint_target

/* False when the line is none. */
bool lint_read_target(const char *line, struct lint_target *target);

#endif
