/* SPDX-License-Identifier: GPL-2.0 */
/*
 * judge_filter.h - tells quickly that a line holds nothing to look at.
 *
 * Nearly every line of a log is harmless, and looking closely costs a hundred
 * times what reading does. So every pattern names a trigger, a text that each
 * of its matches contains. The first four bytes of the triggers are hashed
 * into one table, which is asked for every four bytes of a line.
 */
#ifndef FARRIER_JUDGE_FILTER_H
#define FARRIER_JUDGE_FILTER_H

#include "base/base.h"

/* `trigger` has at least three bytes; behind three, any digit counts. */
void judge_filter_add(const char *trigger);

/* True when `bytes` may contain a trigger. */
bool judge_filter_hit(const char *bytes, size_t length);

#endif
