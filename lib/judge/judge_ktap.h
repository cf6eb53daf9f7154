/* SPDX-License-Identifier: GPL-2.0 */
/*
 * judge_ktap.h - what the test inside the machine says: KTAP, and the guest's own lines.
 *
 * KTAP is described in the kernel's Documentation/dev-tools/ktap.rst, the
 * guest's "# farrier: " lines in kernels/guest/protocol.h. Only the top level
 * counts: a subtest's result is part of its parent's. A skipped test is
 * neither passed nor failed, one marked TODO may fail.
 */
#ifndef FARRIER_JUDGE_KTAP_H
#define FARRIER_JUDGE_KTAP_H

#include "judge.h"

/* A line of the log. */
struct judge_cite {
	char *text;
	uint64_t line;
};

struct judge_ktap {
	bool open;     /* a plan or a header was seen, and not yet its end */
	bool planned;  /* there was a plan */
	uint64_t plan; /* tests in it */
	uint64_t seen; /* results since the header */
	uint64_t passed;
	uint64_t failed;
	struct judge_cite last_pass; /* the last "ok" line, which becomes the test-pass event */
	struct judge_cite last_fail;
	bool farewell; /* the guest said its last line */

	struct judge_guest guest;
	struct judge_heartbeat heartbeat;
	struct judge_counter *counters;
	size_t counter_count;

	struct strbuf fragment; /* the begin of a line that a kernel message cut */
	uint64_t fragment_line;
};

/* What a line was. */
enum judge_ktap_line {
	JUDGE_KTAP_NONE, /* not the test's */
	JUDGE_KTAP_TAKEN,
	JUDGE_KTAP_FAIL, /* a test failed, or could not be done */
	JUDGE_KTAP_PASS, /* the last of the planned tests has its result, and all is well */
};

void judge_ktap_release(struct judge_ktap *ktap);

/* Takes the start of line `number`: printable text without the line's end. */
enum judge_ktap_line judge_ktap_take(struct judge_ktap *ktap, const char *text, size_t length,
				     uint64_t number);

/*
 * Keeps what line `number` holds before a kernel message: a program's line
 * that the kernel cut. Its rest is the next line that is not the kernel's.
 */
void judge_ktap_cut(struct judge_ktap *ktap, const char *text, size_t length, uint64_t number);

/* True while the rest of a cut line is awaited. */
bool judge_ktap_awaits(const struct judge_ktap *ktap);

/* True when `rest` goes on with the cut line, false when it is a line of its own. */
bool judge_ktap_goes_on(const struct judge_ktap *ktap, const char *rest, size_t length);

/* Takes the cut line with its rest, which may be empty. */
enum judge_ktap_line judge_ktap_take_cut(struct judge_ktap *ktap, const char *rest, size_t length);

/* True when there is no plan, but results, all good: at the end they pass. */
bool judge_ktap_passes_unplanned(const struct judge_ktap *ktap);

/* Adds the triggers of such lines to the filter. */
void judge_ktap_filter(void);

/*
 * True when a line starts with a result or a plan, or may start with a part of
 * the test's line that a kernel message cut: too little for the filter.
 */
bool judge_ktap_starts(const char *bytes, size_t length);

#endif
