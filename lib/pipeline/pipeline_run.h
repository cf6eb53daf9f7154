/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pipeline_run.h - carries out a plan: builds and boots, everything that can run at once.
 *
 * One loop, one pool of CPUs (core/cpus.h). While kernels are to be built a make is at
 * work and has one CPU for sure; boots of the kernels that are there claim the others, and
 * what boots leave is lent to the makes. A boot claims what earlier ones of its kind kept
 * busy, in hundredths of a CPU, and starts where half of that is free, so that no CPU is
 * idle while work waits; the machines' threads and the compilers then share.
 *
 * The order: first the boots of the kernels that are there, as the matrix has them, then
 * the next kernel: one whose folder of make's is warm before one that is built from
 * nothing, and of those the one that most cells wait for.
 *
 * The record .farrier/runs/NNNN/run.json is written when the plan stands, when a cell or a
 * build comes to its end (a large one a little later), and when the run does.
 */
#ifndef FARRIER_PIPELINE_RUN_H
#define FARRIER_PIPELINE_RUN_H

#include "core/file.h"
#include "pipeline_plan.h"

/* Who wants to know; each may be NULL. */
struct pipeline_watch {
	/* A cell came to its end: once for each, also for those that the plan found at it. */
	ERR_CHECK (*cell_done)(void *data, const struct matrix_cell *cell);
	void *data;
};

/*
 * Locks the boots of the workspace against other farriers: a boot under way looks like one
 * that was cut off. Needed from before the plan to behind the run. Without `wait`, a lock
 * that another process holds is ERR_ENV.
 */
ERR_CHECK pipeline_lock(const struct workspace *workspace, bool wait,
			struct file_lock *lock) MUST_USE;

/*
 * Runs the plan to its end. A build that fails by the machine's fault costs its cells, no
 * others: plan->trouble says so. An interrupted run leaves its record without an end.
 */
ERR_CHECK pipeline_run(struct pipeline_plan *plan, const struct pipeline_watch *watch) MUST_USE;

#endif
