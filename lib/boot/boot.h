/* SPDX-License-Identifier: GPL-2.0 */
/*
 * boot.h - one boot: a machine runs a kernel, the judge reads its console.
 *
 * boot_start() works in the caller's loop, so several boots can be under way;
 * boot_run() is the same to the end. When a boot is called hung and when it is
 * ended is in boot_watch.h. The console decides the verdict; a machine that
 * failed before the console said anything that decides makes INFRA.
 *
 * A boot leaves in its folder:
 *
 *	console.log	what the machine printed, byte for byte
 *	registers.txt	the CPUs' registers when it was first suspected, if it was
 *	machine.log	what the machine's program itself said, if anything
 *	boot.json	the record, written last: a folder without it is a boot
 *			that was cut off
 *	console.cut-N.log
 *			logs of boots that were cut off here before this one
 *
 * The record:
 *
 *	{"schema":1, "machine":NAME, "cpus":N, "build":KEY|null, "verdict":"GOOD",
 *	 "cause":EVENT|null, "text":WHY|null, "seconds":S, "log":PATH,
 *	 "counters":{NAME:N},
 *	 "stalls":[{"kind":"standstill","at":S,"text":T,"resumed":S|null}],
 *	 "timing":{"first_output":S|null, "first_heartbeat":S|null, "decided":S|null,
 *		   "machine_cpu":S, "lost":S, "stood":S, "stood_until":S|null},
 *	 "heartbeats":N, "cmdline":TEXT, "started":"2026-11-22T15:05:28Z"}
 *
 * EVENT is verdict.h's. Times are seconds since the machine's start. A counter is
 * what the test added to a row of /proc/interrupts, summed over CPUs and over
 * rows of the same name; rows that the kernel does not have are left out.
 * `heartbeats` is the guest's number of the last one.
 * `lost` is time in which farrier did not watch. When it was BOOT_STANDSTILL_SECONDS or more at a
 * time, and farrier had no work then, the host stood still or was far too busy: `stood` is how
 * long, the last time, and `stood_until` when it ended. A kernel that says soon behind it that
 * time went by (a lockup, a stall, a hung task), and nothing else, makes INFRA, not BAD.
 *
 * How the console was judged, and what only a watcher of the living machine knows:
 *
 *	"judge":N	JUDGE_VERSION
 *	"end":{"how":"off|reset|stopped|timed-out|failed", "error":TEXT|null, "why":TEXT|null,
 *	       "hung":N|null}
 *			`error` is what failed, `why` what the watch ended it for, `hung` the
 *			bytes of console that had come when it was said to hang
 *	"history":[{"judge":N, "verdict":V, "cause":EVENT|null, "text":WHY|null}]
 *			what earlier versions said and this one no longer says
 *
 * With these a recorded boot is judged again from its log alone, by boot_judge_again().
 */
#ifndef FARRIER_BOOT_H
#define FARRIER_BOOT_H

#include "boot_watch.h"
#include "machine/machine.h"
#include "record/series.h"
#include "record/verdict.h"

/* What is wanted. It and all it points to must live until the boot is done. */
struct boot_request {
	const char *title;	     /* for the reader: "boot 2 of linux-6.12.y", or NULL */
	const char *build;	     /* key, or NULL */
	const char *kernel, *initrd; /* paths; initrd may be NULL */
	const char *folder;	     /* of the record */
	struct machine *machine;
	int cpus;
	/* Parts of the command line behind the machine's own: branch, series, ...; "" and NULL are
	 * skipped. */
	const char *const *cmdline;
	size_t cmdline_count;
	int cmdline_max; /* bytes that the kernel takes; 0: not limited */
	int seconds;	 /* of the guest's test; 0: 10 */
	const struct series_counter *counters;
	size_t counter_count;
	struct boot_limits limits; /* zeros: the machine's settings and the defaults */
	double expected;	   /* seconds that such a boot took the last time, or 0 */
	const char *tag;	   /* unique to this boot, or NULL */
};

struct boot_counter {
	char *name;
	int64_t count;
};

/* A suspicion; times in seconds since the start. */
struct boot_suspicion {
	enum boot_stall stall;
	double at;
	double resumed; /* negative: it did not */
	char *text;
};

#define BOOT_NEVER (-1.0)

/* What came of it. Times as in the record; BOOT_NEVER for what did not happen. */
struct boot {
	char *machine, *build, *log, *cmdline;
	int cpus;
	enum verdict verdict;
	bool has_cause;
	struct event cause;
	char *text; /* why it is INFRA or UNKNOWN, how it hung, what was not as asked; or NULL */
	int judge;  /* JUDGE_VERSION of the verdict; 0: from before there were any */
	enum machine_how ended; /* how the machine ended */
	char *error;		/* what failed, or NULL */
	char *why;		/* what the watch ended it for, or NULL */
	int64_t hung;	 /* bytes of console when it was said to hang; negative: it was not */
	json_t *history; /* earlier verdicts, or NULL */
	double seconds, first_output, first_heartbeat, decided, machine_cpu, lost, stood,
		stood_until;
	uint64_t heartbeats; /* the number of the last one */
	struct boot_counter *counters;
	size_t counter_count;
	struct boot_suspicion *stalls;
	size_t stall_count;
	char started[32];
};

void boot_release(struct boot *boot);
#define BOOT CLEANUP(boot_release) struct boot

struct boot_job;

/* Called once, when the record is written. `boot` is borrowed. */
typedef const struct err *(*boot_callback)(void *data, const struct boot *boot);

/*
 * Starts a boot. A command line that is too long, or a kernel that is not there,
 * is ERR_INPUT. on_done comes from the loop. `*job` is the caller's to free.
 */
ERR_CHECK boot_start(struct loop *loop, const struct boot_request *request, boot_callback on_done,
		     void *data, struct boot_job **job) MUST_USE;

/* Ends the boot if it still goes on, without a record; frees. NULL does nothing. */
void boot_job_free(struct boot_job *job);
void boot_job_release(struct boot_job **job);

/* Boots and waits. */
ERR_CHECK boot_run(const struct boot_request *request, struct boot *boot) MUST_USE;

/*
 * The whole command line: the machine's, the parts, and the guest's parameters.
 * Longer than cmdline_max is ERR_INPUT that shows it. The caller frees it.
 */
ERR_CHECK boot_cmdline(const struct boot_request *request, char **cmdline) MUST_USE;

/* How long the guest's test takes. */
int boot_test_seconds(const struct boot_request *request);

/* New reference. */
json_t *boot_json(const struct boot *boot);

/*
 * Brings what is recorded in the request's folder up to this version of the judge:
 * judges the log again, and when it finds otherwise says so and keeps the old verdict in
 * the record's history. Cheap where nothing is to be done. A boot that was stopped at
 * a line which does not decide any more says nothing: INFRA. Without its log, a
 * record stays what it is.
 */
ERR_CHECK boot_judge_again(const struct boot_request *request, struct boot *boot) MUST_USE;

/* Reads FOLDER/boot.json; *found is false when there is no record that can be believed. */
ERR_CHECK boot_read(const char *folder, struct boot *boot, bool *found) MUST_USE;

#endif
