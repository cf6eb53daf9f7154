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

/* What a branch's commits tell. Borrows the repository. */
struct lint_history *lint_history_new(git_repository *repo, const git_oid *branch);
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

/* Whether the branch has the commit that a series names as prerequisite; others are left alone. */
ERR_CHECK lint_needed_commit(struct lint_history *history, const char *name,
			     struct lint_findings *findings) MUST_USE;

/*
 * What the Cc: stable lines of a patch say of the branch `stable` ("6.1.y"; "" is
 * none): commits that it needs there first ("# 6.1.x: ID: subject") are looked up; when
 * all lines ask for later branches only, that is noted.
 */
ERR_CHECK lint_stable_lines(struct lint_history *history, const struct lint_text *text,
			    const char *stable, struct lint_findings *findings) MUST_USE;

/* ---- lint_later.c ---- */

/* Every commit of mainline since the patches that says it fixes something. */
struct lint_later;

/* Borrows the series. A patch's own commit is known from its message, or by subject and author. */
ERR_CHECK lint_later_new(git_repository *repo, const git_oid *mainline, const struct series *series,
			 struct lint_later **later) MUST_USE;
void lint_later_free(struct lint_later *later);
void lint_later_release(struct lint_later **later);

/*
 * Finds what fixes a patch (index from 0), or such a fix, and is neither in the
 * branch nor in the series.
 */
ERR_CHECK lint_later_report(const struct lint_later *later, size_t patch,
			    struct lint_history *history, struct lint_findings *findings) MUST_USE;

#endif
