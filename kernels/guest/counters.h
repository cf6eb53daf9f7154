/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of /proc/interrupts.
 *
 * Its first line names the online CPUs; each row begins with its name and a colon, then has
 * a number per CPU and perhaps a description. A kernel without the row is an answer, not an
 * error: a series counts what it does in rows that other kernels do not have.
 */
#ifndef GUEST_COUNTERS_H
#define GUEST_COUNTERS_H

#define COUNTERS_ROWS 16
#define COUNTERS_NAME 16

struct counters {
	const char *path;
	unsigned int rows;
	char name[COUNTERS_ROWS][COUNTERS_NAME];
};

/* Takes "ROW,ROW"; NULL, or what the list should have been. */
const char *counters_select(struct counters *counters, const char *list);

/*
 * Says "counter WHEN ROW ..." for every row selected. NULL, or why the file cannot be
 * read. Uses one static buffer: not for two threads at once.
 */
const char *counters_say(const struct counters *counters, const char *when);

#endif
