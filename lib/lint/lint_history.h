/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lint_history.h - what only the commits of a branch and of mainline can tell.
 *
 * A branch that is a snapshot has no history; then nothing is claimed, and a note
 * says so. What is read of a history is bounded: LINT_BRANCH_COMMITS of the branch
 * along first parents, where stable branches are linear, and LINT_MAINLINE_COMMITS
 * of mainline, newest first, back to the oldest patch's date.
 */
#ifndef FARRIER_LINT_HISTORY_H
#define FARRIER_LINT_HISTORY_H

#include "lint.h"

#define LINT_BRANCH_COMMITS   30000
#define LINT_MAINLINE_COMMITS 200000

struct lint_history;

/* Borrows the repository. `mainline` may be NULL: then there are no fixes of fixes. */
struct lint_history *lint_history_new(git_repository *repo, const git_oid *branch,
				      const git_oid *mainline);
void lint_history_free(struct lint_history *history);
void lint_history_release(struct lint_history **history);
#define LINT_HISTORY CLEANUP(lint_history_release) struct lint_history *

/*
 * Looks at the Fixes: of a patch: the commit is there, its subject is the one that
 * is given, and the branch has it, under its own id or as a backport that names it.
 * A branch without it does not need the patch.
 */
ERR_CHECK lint_fixes(struct lint_history *history, const struct lint_text *text,
		     struct lint_findings *findings) MUST_USE;

/*
 * Looks for commits of mainline that fix one of the patches (or such a fix) and are
 * neither in the branch nor in the series. Of each patch `findings` has a list. A
 * patch's own commit is known from its message, or by subject and author.
 */
ERR_CHECK lint_later_fixes(struct lint_history *history, const struct series *series,
			   struct lint_findings *findings) MUST_USE;

/* Whether the branch has the commit that a series names as prerequisite; others are left alone. */
ERR_CHECK lint_needed_commit(struct lint_history *history, const char *name,
			     struct lint_findings *findings) MUST_USE;

#endif
