/* SPDX-License-Identifier: GPL-2.0 */
/*
 * judge_state.h - the inside of a judge, shared by judge.c and judge_line.c.
 */
#ifndef FARRIER_JUDGE_STATE_H
#define FARRIER_JUDGE_STATE_H

#include "judge_ktap.h"
#include "judge_lines.h"

/* Of the piece of a line that is being judged. */
struct piece_state {
	const struct judge_piece *piece;
	const char *base; /* its clean text */
	size_t fresh;	  /* in the clean text */
	bool understood;  /* something in it was an event or the test's */
};

struct judge {
	struct judge_settings settings;
	struct judge_lines lines;
	struct judge_ktap ktap;
	struct strbuf clean;
	struct strbuf joined;
	struct piece_state now;

	struct event *events; /* at most JUDGE_MAX_EVENTS */
	size_t kept, room;
	uint64_t counts[EVENT_KINDS];
	struct event cause;   /* a copy; text NULL when there is none */
	struct event silence; /* the first one, likewise */
	bool bad;
	bool decided;
	bool passed;

	bool prefixes;	    /* this kernel writes a prefix before its lines */
	bool kernel_spoke;  /* something on the console came from a kernel */
	unsigned int boots; /* "Linux version" lines */
	bool off;	    /* the kernel powered down, or the like */
	char *infra;
	char *emulator_says; /* before any word of a kernel */

	/* Events from this one on have a report that may still name their CPU. */
	bool awaits_cpu;
	size_t unplaced;	/* index of the first */
	uint64_t unplaced_line; /* of the last */
	int lone_cpu;
	uint64_t lone_cpu_line;
};

/* Judges a piece of a line; `data` is the judge. */
void judge_piece(void *data, const struct judge_piece *piece);

/* Takes the event's text. Returns the event when it is kept. */
struct event *judge_add_event(struct judge *judge, struct event event, bool decisive);

/* The event of the last result that was good. */
void judge_add_pass(struct judge *judge);

/* The machine went down in order. */
void judge_see_off(struct judge *judge);

/* As the log has it, but without CR and NUL, and not too long. The caller frees it. */
char *judge_raw_text(const char *bytes, size_t length);

#endif
