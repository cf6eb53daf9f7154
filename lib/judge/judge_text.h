/* SPDX-License-Identifier: GPL-2.0 */
/*
 * judge_text.h - what a terminal would show of a line, and what printk() put before it.
 *
 * Several writers share a console: a line may hold a piece of a program's
 * output and one or more kernel messages behind it. printk() begins each of
 * its lines with a prefix, as kernel/printk/printk.c composes it:
 *
 *	<6>[   12.345678][    C3] watchdog: ...
 *
 * level (only where the log was read from the syslog interface), time, and
 * with CONFIG_PRINTK_CALLER the task (T) or the CPU (C).
 */
#ifndef FARRIER_JUDGE_TEXT_H
#define FARRIER_JUDGE_TEXT_H

#include "base/strbuf.h"

/* True when every byte is printable ASCII, so that there is nothing to clean. */
bool judge_text_is_plain(const char *bytes, size_t length);

/*
 * Adds `bytes` to `clean` without escape sequences, control characters (but
 * tab and CR) and bytes that are no UTF-8. Returns the place in `clean` of what
 * was at `mark`, an offset into `bytes` or beyond.
 */
size_t judge_text_clean(const char *bytes, size_t length, size_t mark, struct strbuf *clean);

/* The length of what a lab or a terminal program put before a line: a date and a time; or 0. */
size_t judge_text_stamp(const char *text, size_t length);

/* One writer's part of a line. */
struct judge_segment {
	const char *text; /* behind the prefix; not NUL-terminated */
	size_t length;
	bool kernel;	/* there was a printk prefix */
	bool start;	/* the text starts a message: it is behind a prefix, or the line's start */
	bool cut_short; /* another writer's prefix follows */
	int cpu;	/* that the prefix names, or -1 */
};

/* Goes over the segments of a text. */
struct judge_segments {
	const char *text;
	size_t length;
	size_t position;
	bool start; /* the text is at the start of a line */
};

/* The next segment; false at the end. Empty raw ones are left out. */
bool judge_text_next(struct judge_segments *segments, struct judge_segment *segment);

#endif
