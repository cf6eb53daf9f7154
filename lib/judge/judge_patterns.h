/* SPDX-License-Identifier: GPL-2.0 */
/*
 * judge_patterns.h - what kernels print when something is wrong.
 *
 * To teach the judge a new line, add it to the table in judge_patterns.c and a
 * case in tests/judge/.
 */
#ifndef FARRIER_JUDGE_PATTERNS_H
#define FARRIER_JUDGE_PATTERNS_H

#include "judge_regex.h"
#include "record/verdict.h"

/* What a line can be besides an event. */
enum {
	JUDGE_LINE_BOOT = EVENT_KINDS, /* "Linux version ...": a kernel starts */
	JUDGE_LINE_OFF,		       /* the kernel powered down, restarted or halted */
	JUDGE_LINE_EMULATOR,	       /* the emulator complains */
	JUDGE_LINE_OTHER,	       /* quotes words of others: never an event */
};

struct judge_pattern {
	int kind; /* an event_kind, or one of the above */
	bool decisive;
	/*
	 * Says enough to be believed where it does not start a message, as when
	 * garbage or another writer's text stands before it.
	 */
	bool anywhere;
	const char *trigger; /* for judge_filter_add(): in every match; NULL when others do */
	const char *pattern; /* PCRE2; no capturing groups */
};

/* Who is thought to have written a text. */
enum judge_source {
	JUDGE_KERNEL,	 /* behind a printk prefix */
	JUDGE_PROGRAM,	 /* without one, in a log whose kernel writes prefixes */
	JUDGE_ANYBODY,	 /* without one, in a log that has none */
	JUDGE_UNSTARTED, /* as JUDGE_ANYBODY, but the text does not start a message */
};

/* Every pattern, for those who check them. */
const struct judge_pattern *judge_pattern_table(size_t *count);

/*
 * The first pattern that `text` matches at or behind `offset`, and where;
 * NULL when there is none. With offset 0 the text starts a message, but for
 * JUDGE_UNSTARTED.
 */
const struct judge_pattern *judge_pattern_find(const char *text, size_t length, size_t offset,
					       enum judge_source source, struct judge_match *match);

/* The CPU that a message speaks of, or EVENT_NO_CPU. */
int judge_pattern_cpu(const char *text, size_t length);

/* The CPU that a line of a report's body names ("CPU: 1 PID: 1 Comm: ..."), or EVENT_NO_CPU. */
int judge_pattern_report_cpu(const char *text, size_t length);

/* The CPU of a line that says nothing else, as die_if_kernel() prints before an oops, or
 * EVENT_NO_CPU. */
int judge_pattern_lone_cpu(const char *text, size_t length);

/* Adds the triggers to the filter. */
void judge_patterns_filter(void);

#endif
