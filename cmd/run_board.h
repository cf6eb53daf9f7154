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

/* Draws the plan as it stands; `data` is a struct pipeline_plan. */
void run_board_draw(void *data, struct progress_board *board);

#endif
