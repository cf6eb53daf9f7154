/* SPDX-License-Identifier: GPL-2.0 */
/* stack_gaps.h - which prerequisites of a series a branch does not have, and whether a commit is
 * its base. */
#ifndef FARRIER_STACK_GAPS_H
#define FARRIER_STACK_GAPS_H

#include "stack.h"

/* A prerequisite, or one of a prerequisite, that is not wholly in the branch. */
struct stack_gap {
	char *name;    /* of the series or commit, or what series.conf says when it is neither */
	bool unknown;  /* it is nowhere here */
	bool fits;     /* the branch lacks it, and it can be carried there */
	char *problem; /* why it is unknown or does not fit, or NULL */
	char *hint;    /* or NULL */
};

struct stack_gaps {
	struct stack_gap *items;
	size_t count;
};

void stack_release_gaps(struct stack_gaps *gaps);
#define STACK_GAPS CLEANUP(stack_release_gaps) struct stack_gaps

/* Carries in memory what the series needs, to see what of it the branch lacks. */
ERR_CHECK stack_find_gaps(const struct workspace *workspace, git_repository *repo,
			  const struct series *series, const struct branch *branch,
			  struct stack_gaps *gaps) MUST_USE;

enum stack_base_state {
	STACK_BASE_NONE,  /* the series names none */
	STACK_BASE_AWAY,  /* the repository does not have it */
	STACK_BASE_EXACT, /* every patch applies there exactly as written */
	STACK_BASE_OTHER, /* some patch does not: `problem` says which and why */
};

struct stack_base {
	enum stack_base_state state;
	char *problem; /* or NULL */
};

void stack_release_base(struct stack_base *base);
#define STACK_BASE CLEANUP(stack_release_base) struct stack_base

/* Tries a series, which was opened, on the commit that it says it was made on, above its
 * prerequisites. */
ERR_CHECK stack_check_base(const struct workspace *workspace, const struct series *series,
			   struct stack_base *base) MUST_USE;

/* "none", "away", "exact", "other" */
const char *stack_base_name(enum stack_base_state state);

#endif
