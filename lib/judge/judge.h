/* SPDX-License-Identifier: GPL-2.0 */
/*
 * judge.h - reads a console log as it comes and names what happened, citing the line.
 *
 * A judge takes bytes in pieces of any size, needs constant memory and has no
 * clock: the caller tells of silence. What it looks for are the printk formats
 * of Linux 5.10 to 7.2 (judge_patterns.c) and the results of a test that
 * speaks KTAP (judge_ktap.c).
 *
 * The console is hostile: escape sequences, NULs, stray CRs, bad UTF-8, lines
 * cut by others and megabytes without a newline are expected. Lines are
 * counted by LF alone, from 1.
 *
 * The verdict: every kind of event but test-pass makes BAD, unless its kind is
 * ignored. GOOD needs test-pass and a clean end behind it. INFRA is said when
 * the caller says so, or when the log holds an emulator's complaint and not a
 * word of a kernel; what the console shows to its end, BAD or GOOD, is never
 * turned into INFRA, nor INFRA into BAD.
 * Everything else is UNKNOWN.
 */
#ifndef FARRIER_JUDGE_H
#define FARRIER_JUDGE_H

#include "record/verdict.h"

struct judge;

/* Goes up whenever a log may be judged differently than before: records name it. */
#define JUDGE_VERSION 2

/* Events beyond these are counted, but not kept. */
#define JUDGE_MAX_EVENTS 1000
/* An event's text is cut to this many bytes. */
#define JUDGE_MAX_TEXT 4096
/* CPUs of which a heartbeat's or a counter's numbers are kept. */
#define JUDGE_MAX_CPUS 4096

/* A zeroed struct ignores nothing. */
struct judge_settings {
	bool ignore[EVENT_KINDS]; /* kinds that are listed, but do not make BAD */
};

/* How the log came to its end. */
enum judge_ending {
	JUDGE_LOG_ENDS,	   /* only the log is known */
	JUDGE_POWERED_OFF, /* the machine switched itself off: as good as the line that says so */
	JUDGE_RESET,	   /* the machine was reset from within: a reboot that nobody asked for,
			      unless a kernel or a finished test said that it would */
	JUDGE_STOPPED,	   /* the caller switched it off, having seen enough */
	JUDGE_TIMED_OUT,   /* a lab switched it off: it took too long */
	JUDGE_INFRA,	   /* the emulator or the lab failed */
};

/* `settings` may be NULL and is copied. The caller frees the judge. */
struct judge *judge_new(const struct judge_settings *settings);
void judge_free(struct judge *judge);
void judge_release(struct judge **judge);
#define JUDGE CLEANUP(judge_release) struct judge *

/* The next bytes of the console. A line is judged when its LF is there. */
void judge_feed(struct judge *judge, const char *bytes, size_t length);

/*
 * Adds an event of kind silence at the last line so far. `text` says what the
 * caller saw ("no heartbeat for 35 s"). It is the cause only while nothing
 * else is: what the kernel says later names the culprit better.
 */
void judge_silence(struct judge *judge, const char *text);

/* Whether anything so far came from a kernel, not from what loads it. */
bool judge_kernel_spoke(const struct judge *judge);

/*
 * No more bytes come; judges a last line without LF. `why` is the reason of
 * JUDGE_INFRA and JUDGE_TIMED_OUT, or NULL. The latter is an event of kind silence
 * when a kernel spoke and came to no end, and INFRA when none did. With JUDGE_LOG_ENDS, a test
 * whose last ten heartbeats or more show no progress on any CPU and no result is an event of kind
 * silence.
 */
void judge_end(struct judge *judge, enum judge_ending ending, const char *why);

/* The verdict on what was read so far. */
enum verdict judge_verdict(const struct judge *judge);

/* The first event that makes the log BAD, silence last; NULL when there is none. Borrowed. */
const struct event *judge_cause(const struct judge *judge);

/* The first JUDGE_MAX_EVENTS events in the order of the log. Borrowed, until the next call that
 * feeds. */
const struct event *judge_events(const struct judge *judge, size_t *count);

/* How many events of a kind were seen, kept or not. */
uint64_t judge_count(const struct judge *judge, enum event_kind kind);

/*
 * True when a BAD line was seen after which going on is of no use: a panic, an
 * oops, a lock-up, a test that failed. After a warning it is false, though the
 * verdict is BAD: worse may follow.
 */
bool judge_is_decided(const struct judge *judge);

/* Why the verdict is INFRA, or NULL. Borrowed. */
const char *judge_infra(const struct judge *judge);

/* Lines seen so far, with one that has no LF yet. */
uint64_t judge_lines(const struct judge *judge);

/* True when the guest said its last line, or the kernel powered down, restarted or halted. */
bool judge_saw_end(const struct judge *judge);

/* What the guest says of itself: kernels/guest/protocol.h. Zeroed until it did. */
struct judge_guest {
	unsigned int protocol;
	char *test;
	unsigned int seconds;
	unsigned int cpus;
	unsigned int threads; /* on all CPUs together */
};

/* The last heartbeat. `number` is 0 before the first one. */
struct judge_heartbeat {
	unsigned int number; /* the guest counts from 1, one a second */
	uint64_t line;
	size_t cpus;
	uint64_t *progress;  /* operations done since the start, one number per CPU */
	unsigned int *still; /* heartbeats in a row, this one too, in which that CPU did nothing */
	unsigned int all_still; /* heartbeats in a row in which no CPU did anything */
};

/* One row of numbers, one per CPU, or a single one for the whole machine. */
struct judge_row {
	bool seen;
	bool absent; /* this kernel has no such row */
	size_t count;
	uint64_t *values;
};

struct judge_counter {
	char *name; /* the row of /proc/interrupts */
	struct judge_row before;
	struct judge_row after;
};

/* All borrowed, until the next call that feeds. */
const struct judge_guest *judge_guest(const struct judge *judge);
const struct judge_heartbeat *judge_heartbeat(const struct judge *judge);
const struct judge_counter *judge_counters(const struct judge *judge, size_t *count);

/* What a counter counted during the test, all CPUs together; false when a row is missing. */
bool judge_counter_difference(const struct judge_counter *counter, uint64_t *difference);

/*
 * {"verdict","cause","events":[...],"counts":{KIND:N},"lines":N}, and "infra"
 * with the reason when that is the verdict. New reference.
 */
json_t *judge_json(const struct judge *judge);

#endif
