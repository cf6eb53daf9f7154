/* SPDX-License-Identifier: GPL-2.0 */
/* run_table.h - a run of a matrix for people: its plan, its cells, what came of it. */
#ifndef FARRIER_RUN_TABLE_H
#define FARRIER_RUN_TABLE_H

#include "cmd.h"
#include "pipeline/pipeline_plan.h"

/* --dry-run */
void run_table_plan(const struct run *run, const struct pipeline_plan *plan);

/* One line for a cell that came to its end. */
void run_table_cell(const struct run *run, const struct matrix_run *record,
		    const struct matrix_cell *cell);

/* The tables of all branches, the verdict, and what it cost. */
void run_table_result(const struct run *run, const struct pipeline_plan *plan);

#endif
