/* SPDX-License-Identifier: GPL-2.0 */
/*
 * task.h - one long job in a thread of its own, beside the loop that goes on.
 *
 * For what takes seconds and cannot wait in poll(): meanwhile the loop reads consoles.
 * The job must not touch what the loop's callbacks use before its end; libgit2 wants a
 * repository handle for each thread. See parallel.h for what may be used from any.
 */
#ifndef FARRIER_TASK_H
#define FARRIER_TASK_H

#include "loop.h"

struct task;

/* Runs in the thread. Long ones ask interrupt_check(). */
typedef const struct err *(*task_job)(void *data);

/* Called once, from the loop: `err` is the job's, and the callee's. The task may be freed from
 * here. */
typedef const struct err *(*task_callback)(void *data, const struct err *err);

/* Starts the job. The loop must outlive the task; signals stay with the loop's thread. */
ERR_CHECK task_start(struct loop *loop, task_job job, task_callback callback, void *data,
		     struct task **task) MUST_USE;

/* Waits until the job is done, drops what it returned if nobody was told, frees. NULL does nothing.
 */
void task_free(struct task *task);

#endif
