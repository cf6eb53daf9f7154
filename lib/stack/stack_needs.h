/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_needs.h - what a series says it needs below it, and where that is.
 *
 * series.conf names it, by hand or as the series' first mail did: a series of this
 * workspace, a commit of the kernel repository, a Message-ID, a change id of b4, or
 * patches by git's stable patch id. Message-IDs and change ids name one version of
 * a series; of that series the version that is current here is what is taken, as
 * the versions that mails name grow old.
 */
#ifndef FARRIER_STACK_NEEDS_H
#define FARRIER_STACK_NEEDS_H

#include "record/series.h"

enum stack_need_kind {
	STACK_NEED_SERIES,
	STACK_NEED_COMMIT,
	STACK_NEED_MAIL,
	STACK_NEED_CHANGE,
	STACK_NEED_PATCH,
};

struct stack_need {
	enum stack_need_kind kind;
	char *text;	/* as series.conf has it */
	char *series;	/* of the workspace, or NULL: a commit, or not found */
	int named;	/* the version that `text` names; 0: none */
	int version;	/* the one that is current here; 0: no series */
	int patch;	/* patch id: its number in version `named`; else 0 */
	git_oid commit; /* commit: zero when it is not found. Patch id: where a branch has it */
	char *subject;	/* of the commit, or NULL */
	char *problem;	/* why it cannot be put below, or NULL */
	char *hint;	/* what to do about that */
};

struct stack_needs {
	struct stack_need *items;
	size_t count;
};

void stack_release_needs(struct stack_needs *needs);
#define STACK_NEEDS CLEANUP(stack_release_needs) struct stack_needs

/*
 * Finds everything that a series, which was opened, needs. Nothing is an error that
 * only is not found: the need says so. The repository is opened for commits only,
 * and never made.
 */
ERR_CHECK stack_find_needs(const struct workspace *workspace, const struct series *series,
			   struct stack_needs *needs) MUST_USE;

/*
 * Looks for patch ids that no series here has among the newest commits of the
 * filled branches, up to the series' base-commit and STACK_PATCH_IDS of each. What
 * is found has its `commit`. The ids of a branch are kept in the cache.
 */
#define STACK_PATCH_IDS 1000
ERR_CHECK stack_search_branches(const struct workspace *workspace, const struct series *series,
				struct stack_needs *needs) MUST_USE;

/* "series", "commit", "message-id", "change-id", "patch-id" */
const char *stack_need_name(enum stack_need_kind kind);

/* What is known of a need, for people: "version 2 of series 'x'". The caller frees it. */
char *stack_describe_need(const struct stack_need *need);

/* Opens the kernel repository if there is one: *repo is NULL when it was never made. */
ERR_CHECK stack_open_repo(const struct workspace *workspace, git_repository **repo) MUST_USE;

#endif
