/* SPDX-License-Identifier: GPL-2.0 */
/* needs.h - what a series stands on, as import and show tell it. */
#ifndef FARRIER_CMD_NEEDS_H
#define FARRIER_CMD_NEEDS_H

#include "stack/stack_gaps.h"
#include "cmd.h"

/* The base-commit and the prerequisites of a series, and what is known of them here. */
struct needs {
	struct stack_needs needs;
	struct stack_base base;
	char *base_commit; /* 40 hex digits, or "" */
	char *repo_path;
};

void needs_release(struct needs *needs);
#define NEEDS CLEANUP(needs_release) struct needs

/*
 * Finds out all there is, of a series that was opened. With `try_base` the patches are
 * tried on the base-commit, and patch ids looked for in the branches' history.
 */
ERR_CHECK needs_read(const struct workspace *workspace, const struct series *series, bool try_base,
		     struct needs *needs) MUST_USE;

/* A line for each of them, and what to do where something is not here. */
void needs_print(const struct run *run, const struct needs *needs);

/* {"commit","state","problem"}, null without a base-commit. New reference. */
json_t *needs_base_json(const struct needs *needs);

/* A list of {"kind","text","series","named","version","patch","commit","problem","hint"}. New
 * reference. */
json_t *needs_json(const struct needs *needs);

#endif
