/* SPDX-License-Identifier: GPL-2.0 */
/*
 * run_board.h - the matrix while it fills, on a terminal.
 *
 * Rows are branches and configs, columns what is booted of them. Narrow screens get
 * shorter words, and at last only the counts; short ones the rows that are not done.
 */
#ifndef FARRIER_RUN_BOARD_H
#define FARRIER_RUN_BOARD_H

#include "base/progress.h"
#include "pipeline/pipeline_plan.h"

struct run_board;

/* Borrows the plan, whose cells stay the same from then on. */
struct run_board *run_board_new(const struct pipeline_plan *plan);
/* NULL does nothing. */
void run_board_free(struct run_board *board);

/* Draws the plan as it stands; `data` is a struct run_board. */
void run_board_draw(void *data, struct progress_board *board);

#endif
