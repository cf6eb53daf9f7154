/* SPDX-License-Identifier: GPL-2.0 */
/*
 * spawner.h - the process that forks the supervisors of proc.h.
 *
 * A fork copies the page tables of whoever forks, and makes it fault on each page that it writes
 * to afterwards: with the cells of a large matrix in memory, for every boot. So farrier forks once,
 * while it is small, and asks that process for all others. They are farrier's own children all the
 * same (CLONE_PARENT in clone(2)), to be waited for as such. It ends when farrier is gone.
 */
#ifndef FARRIER_SPAWNER_H
#define FARRIER_SPAWNER_H

#include <sys/types.h>

#include "proc.h"

/* Starts it unless it is there. What is not called early costs time, no more. */
ERR_CHECK spawner_prepare(void) MUST_USE;

/*
 * Has a supervisor forked that runs `spec`. Any thread may ask.
 *
 * @env: the program's whole environment
 * @life_fd: read end of a pipe whose end of file means "end the group"
 * @report_fd: write end of a pipe. It gets the supervisor's process id, or a negative errno, as an
 *	int; and another int, an errno, when the program cannot be executed.
 */
ERR_CHECK spawner_ask(const struct proc_spec *spec, const struct strvec *env, int life_fd,
		      int report_fd) MUST_USE;

#endif
