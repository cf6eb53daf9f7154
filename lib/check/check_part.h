/* SPDX-License-Identifier: GPL-2.0 */
/* check_part.h - between the files of the room `check` only. */
#ifndef FARRIER_CHECK_PART_H
#define FARRIER_CHECK_PART_H

#include "check.h"

/* Fills check->messages and the lists of every branch. */
ERR_CHECK check_lint(const struct check_request *request, struct check *check) MUST_USE;

/*
 * Carries the series onto the tip of what is below it. Files of a patch in conflict
 * are left out one after the other until the rest fits; `patches[].left_out` gets
 * them. A patch of which nothing fits is not in the result.
 */
ERR_CHECK check_carry(git_repository *repo, const struct series *series,
		      struct check_branch *branch) MUST_USE;

/* Builds every step that is wanted. */
ERR_CHECK check_build(const struct check_request *request, struct check *check) MUST_USE;

/*
 * Says who is to blame for a step's build. `before` is the step below it, NULL for
 * the lowest; `chain` has the series' patches by commit, `number` is the step's own,
 * 0 for what is below the series.
 */
void check_judge(struct check_step *step, const struct check_step *before, const struct port *chain,
		 int number);

#endif
