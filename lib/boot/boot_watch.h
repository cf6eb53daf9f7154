/* SPDX-License-Identifier: GPL-2.0 */
/*
 * boot_watch.h - the timing rules of a boot: when it is hung, and when it is over.
 *
 * A pure state machine without a clock: the caller tells what came and what time
 * it is, and asks what to do. The rules, in order:
 *
 *  1. A deciding line (a panic, a stall that the kernel named) ends the boot
 *     after `settle` seconds, in which the lines that follow it still come in.
 *  2. Before the first heartbeat a boot is suspected to hang when it printed
 *     nothing for three times as long as earlier boots needed to their first
 *     heartbeat (at least QUIET_BOOT_SECONDS), or had none within `boot` seconds.
 *  3. From then on it is suspected when no heartbeat came for `quiet` seconds, or
 *     when `beats` of them in a row, over about `quiet` seconds, show a CPU whose
 *     progress stood still. After the test's result only the power off counts.
 *  4. A suspected boot is kept for `detectors` seconds: time for the kernel's own
 *     detectors to name the culprit by a deciding line. When what was suspected
 *     goes on again, the suspicion is dropped; it was the host that was slow.
 *  5. Whatever happens, a boot ends after `boot` + 3 * `test` + `detectors` seconds.
 *
 * A heartbeat carries the guest's own count and progress, so a host that is
 * loaded and delivers late does not look like a guest that stands still. Time in
 * which nobody called is left out of every rule; how much of it this thread did not
 * even work says whether the host stood still.
 */
#ifndef FARRIER_BOOT_WATCH_H
#define FARRIER_BOOT_WATCH_H

#include "base/base.h"

#define BOOT_SETTLE_SECONDS 0.7

/* All in seconds but `beats`. A zero means its default. */
struct boot_limits {
	double boot;	  /* from the start to the first heartbeat: 120 */
	double usual;	  /* what earlier boots needed for that; no default: not known */
	double test;	  /* what the test takes from the first heartbeat: 10 */
	double quiet;	  /* 5 */
	double detectors; /* 30 */
	double settle;	  /* 0.7; of a machine in a lab at least a quarter of `quiet` */
	int beats;	  /* 5 */
	bool far;	  /* the times are those of a lab, whatever this process does */
};

/* Fills in the defaults. */
void boot_limits_complete(struct boot_limits *limits);

/* Rule 5: how long a boot may take altogether. */
double boot_limits_total(const struct boot_limits *limits);

/* What a boot is suspected of. */
enum boot_stall {
	BOOT_NO_STALL,
	BOOT_QUIET_START,  /* nothing printed before the first heartbeat */
	BOOT_LATE_START,   /* no heartbeat within the limit */
	BOOT_SILENCE,	   /* no more heartbeats */
	BOOT_STANDSTILL,   /* heartbeats, but a CPU does nothing */
	BOOT_NO_POWER_OFF, /* silence after the test's result */
};

/* "quiet-start", "late-start", "silence", "standstill", "no-power-off" */
const char *boot_stall_name(enum boot_stall stall);

/* What the most impatient detector waits for, as kernels/machines/ tunes them: that of CSD locks.
 */
#define BOOT_STANDSTILL_SECONDS 2.0

/* What the caller does next. */
enum boot_call {
	BOOT_GO_ON,
	BOOT_SUSPECT,  /* suspected as of now: collect evidence */
	BOOT_RESUMED,  /* the suspicion was dropped */
	BOOT_SETTLED,  /* end it: a line decided it */
	BOOT_HUNG,     /* end it: nothing named the culprit in time */
	BOOT_TOO_LONG, /* end it: it goes on, but never comes to an end */
};

struct boot_watch_cpu {
	uint64_t progress;
	uint64_t since; /* the heartbeat that first showed it */
	double at;	/* when that came */
	int still;	/* heartbeats since then */
};

struct boot_watch {
	struct boot_limits limits;
	double started;
	double last_byte; /* or the start */
	double last_beat; /* when the last heartbeat came */
	uint64_t beat;	  /* the guest's number of it, 0: none yet */
	struct boot_watch_cpu *cpus;
	size_t cpu_count;
	bool result, decided;
	double decided_at;
	enum boot_stall stall; /* suspected of */
	double stalled_at;
	double promised;     /* when boot_watch_check() was to be called */
	double lost;	     /* seconds in which nobody called it */
	double own_cpu;	     /* the caller's: CPU time of its thread so far, in seconds */
	double promised_cpu; /* own_cpu when the next look was promised */
	/* The last time that nobody called for BOOT_STANDSTILL_SECONDS or more, though the thread
	 * did not work: how long, and until when. */
	double stood, stood_until;
};

/* Starts at `now` (seconds on any clock that only goes forward). */
void boot_watch_start(struct boot_watch *watch, const struct boot_limits *limits, double now);
void boot_watch_release(struct boot_watch *watch);

/* The console printed something. */
void boot_watch_bytes(struct boot_watch *watch, double now);

/* A heartbeat came, with `count` numbers of progress, one a CPU. The last number again is none. */
void boot_watch_heartbeat(struct boot_watch *watch, double now, uint64_t beat,
			  const uint64_t *progress, size_t count);

/* The test's result came. */
void boot_watch_result(struct boot_watch *watch);

/* A deciding line came. */
void boot_watch_decided(struct boot_watch *watch, double now);

/* Applies the rules. To be called when boot_watch_next() says, or a little later. */
enum boot_call boot_watch_check(struct boot_watch *watch, double now);
double boot_watch_next(struct boot_watch *watch, double now);

/*
 * The suspicion in words: "no heartbeat for 35 s; CPU 1 stood still at 1204
 * since heartbeat 7". The caller frees it.
 */
char *boot_watch_describe(const struct boot_watch *watch, double now);

#endif
