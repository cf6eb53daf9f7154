/* SPDX-License-Identifier: GPL-2.0 */
/* supervisor.h - the process between farrier and each program it runs; see proc.h. */
#ifndef FARRIER_SUPERVISOR_H
#define FARRIER_SUPERVISOR_H

#include "proc.h"

/*
 * Runs in the forked child and never returns. Starts the program, waits for it,
 * and ends as it ended: with its exit code or by its signal.
 *
 * @env: the program's whole environment
 * @life_fd: read end of a pipe whose end of file means "end the group"
 * @report_fd: gets the errno when the program cannot be executed
 */
_Noreturn void supervisor_main(const struct proc_spec *spec, char **env, int life_fd,
			       int report_fd);

/*
 * Closes everything but one descriptor, so that nobody waits for a pipe that this process holds.
 * 0, 1 and 2 are /dev/null then; the one that stays is returned, under a new number, and no
 * program gets it.
 */
int supervisor_keep_only(int wanted);

#endif
