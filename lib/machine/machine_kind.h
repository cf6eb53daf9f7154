/* SPDX-License-Identifier: GPL-2.0 */
/*
 * machine_kind.h - between machine.c and the kinds of machines; nobody else includes it.
 *
 * A new kind: write machine_NAME.c with a `struct machine_kind`, declare it
 * below, and add it to the table in machine.c.
 */
#ifndef FARRIER_MACHINE_KIND_H
#define FARRIER_MACHINE_KIND_H

#include "machine.h"

struct machine_kind {
	const char *name; /* machine.kind in its file */
	bool here;	  /* it runs on this host */

	/* Checks the settings; *state is the kind's own for the machine, or stays NULL. */
	const struct err *(*open)(const struct machine_conf *conf, void **state);
	void (*close)(void *state); /* or NULL */

	/* machine_version() */
	const struct err *(*describe)(const struct machine_conf *conf, char **version);
	/* machine_slots(); NULL: 0 */
	const struct err *(*slots)(void *state, const struct machine_conf *conf, int *slots);

	/* Starts run->job; *state is the kind's own for the run, also after an error. */
	const struct err *(*start)(struct machine_run *run, void **state);
	void (*stop)(void *state);
	void (*inspect)(void *state);	  /* or NULL */
	double (*now)(const void *state); /* machine_run_now(); NULL: the present */
	/* Ends and waits if it must, and frees. */
	void (*free)(void *state);
};

struct machine {
	const struct machine_kind *kind;
	const struct machine_conf *conf;
	void *state; /* the kind's */
};

struct machine_run {
	struct machine *machine;
	struct loop *loop;
	struct machine_job job; /* with strings of its own */
	struct machine_watcher watcher;
	char *log; /* path */
	int log_fd;
	bool stopping, inspected;
	void *state; /* the kind's */
};

extern const struct machine_kind machine_qemu, machine_lava;

/* For kinds: tell the watcher. Console bytes are written to the log first. */
ERR_CHECK machine_run_running(struct machine_run *run) MUST_USE;
ERR_CHECK machine_run_state(struct machine_run *run, const char *text) MUST_USE;
ERR_CHECK machine_run_console(struct machine_run *run, const char *bytes, size_t length) MUST_USE;
ERR_CHECK machine_run_end(struct machine_run *run, const struct machine_end *end) MUST_USE;

#endif
