/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines on the console.
 *
 * A line is built in memory and leaves in one write(2), because kernel messages go to the
 * same console at any time. No stdio and no malloc: the heartbeat must not need anything
 * that a stuck CPU could hold.
 */
#ifndef GUEST_LINE_H
#define GUEST_LINE_H

#include <stddef.h>

#include "protocol.h"

struct line {
	size_t len;
	char text[GUEST_LINE];
};

/* Appends; what does not fit is cut off. */
void line_add(struct line *line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends the line, replaces what is not printable ASCII by '?', writes it. */
void line_write(struct line *line);

/* A whole line at once. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
