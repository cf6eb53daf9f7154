/* SPDX-License-Identifier: GPL-2.0 */
/*
 * machine.h - where kernels boot: one interface for every kind of machine.
 *
 * A `struct machine` is a machine that was opened: its settings, and whatever
 * connection its kind keeps. Each start of it is a `struct machine_run`, of
 * which several may be under way at once. Everything happens in the caller's
 * loop: the run tells a watcher of its state, of console bytes as they come, and
 * once of its end. What the bytes mean is not the machine's business.
 *
 * A machine that cannot start, dies, or is lost is a value (MACHINE_FAILED with
 * its words), not an error: it says nothing of the kernel. Errors are for what
 * makes any boot senseless: no such program, a disk that is full.
 */
#ifndef FARRIER_MACHINE_H
#define FARRIER_MACHINE_H

#include "core/loop.h"
#include "record/target.h"

struct machine;
struct machine_run;

/* What is to be booted. The strings are copied. */
struct machine_job {
	const char *kernel;  /* path of the image */
	const char *initrd;  /* path, or NULL */
	const char *cmdline; /* the whole kernel command line */
	const char *folder;  /* gets console.log, and what the machine leaves as evidence */
	const char *tag;     /* unique to this boot, for machines that are far away; or NULL */
	double seconds;	     /* the longest that the run may take, for machines that need to know */
	int cpus;
};

enum machine_how {
	MACHINE_OFF,	   /* the guest switched it off or halted it */
	MACHINE_RESET,	   /* the guest reset it, which nobody lets it come back from */
	MACHINE_STOPPED,   /* machine_run_stop() ended it, or its lab, when the job was done */
	MACHINE_TIMED_OUT, /* its lab ended it: it took too long */
	MACHINE_FAILED,	   /* did not start, died, was lost or ended by somebody else */
};

struct machine_end {
	enum machine_how how;
	const char *text;   /* how it failed or timed out, in the machine's words; else "" */
	double seconds;	    /* from its start to its end, the wait for a free machine left out */
	double cpu_seconds; /* that the machine itself used on this host; 0 when it is elsewhere */
};

/* What a run tells. No call comes after on_end or machine_run_free(). Any but on_end may be NULL.
 */
struct machine_watcher {
	/* The machine starts now: clocks run from here. */
	const struct err *(*on_running)(void *data);
	/* What it waits for before, and where it runs: "job 7 waits, 2 jobs before it". */
	const struct err *(*on_state)(void *data, const char *text);
	/* Console bytes, which are in the log already. */
	const struct err *(*on_console)(void *data, const char *bytes, size_t length);
	const struct err *(*on_end)(void *data, const struct machine_end *end);
	void *data;
};

/* Opens a machine; its kind is unknown or its settings do not do: ERR_INPUT. Borrows `conf`. */
ERR_CHECK machine_open(const struct machine_conf *conf, struct machine **machine) MUST_USE;
void machine_free(struct machine *machine);
void machine_release(struct machine **machine);
#define MACHINE CLEANUP(machine_release) struct machine *

const struct machine_conf *machine_settings(const struct machine *machine);

/* Whether it runs on this host, whose CPUs it then needs. */
bool machine_is_here(const struct machine *machine);

/*
 * How many runs there can be at a time: 0 on this host, where CPUs decide; else what its lab
 * has, which is asked once: ERR_ENV when it has none or does not answer.
 */
ERR_CHECK machine_slots(struct machine *machine, int *slots) MUST_USE;

/*
 * What besides the settings decides how it boots: the first line of a program's "--version",
 * the id of a job's template. The caller frees it. A program that is missing is ERR_ENV.
 */
ERR_CHECK machine_version(const struct machine *machine, char **version) MUST_USE;

/*
 * Starts one run; makes the job's folder and an empty console.log there. The
 * machine and the loop must outlive it. Calls back from the loop only.
 */
ERR_CHECK machine_start(struct machine *machine, struct loop *loop, const struct machine_job *job,
			const struct machine_watcher *watcher, struct machine_run **run) MUST_USE;

/*
 * The time until which the machine's silence is known, on a clock that only goes forward. Here
 * that is now; of a machine that is far away it is when it was last heard of, and while a lab
 * cannot be reached no time passes. Callbacks of console bytes come at the bytes' own time.
 */
double machine_run_now(const struct machine_run *run);

/* Asks the machine to end; on_end still comes, soon. Again does nothing. */
void machine_run_stop(struct machine_run *run);

/* Asks for evidence of what the CPUs do, into the folder, if the kind can: registers.txt. Once. */
void machine_run_inspect(struct machine_run *run);

/* Ends the run if it still goes on, waiting until it is gone; frees it. NULL does nothing. */
void machine_run_free(struct machine_run *run);

#endif
