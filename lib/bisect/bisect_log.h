/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bisect_log.h - what happened in a bisection: one JSON object a line, only ever appended to.
 *
 * HOME/bisect/NNNN/events.jsonl. What stands in it is all that a session is; a line that was
 * cut off by kill -9 or a full disk is none. "event" says what a line is:
 *
 * - start: "schema":1, "at", "repo", "bad", "good":[ID], "delta", "test":{...}, "fixes":BOOL;
 *   the first one
 * - test: "commit", "outcome":"pass|fail|skip|infra", "seconds", and "log", "line", "text" as far
 *   as there is evidence
 * - build: "commit", "ok", "seconds", and "text" of one that failed
 * - mark: "commit", "as":"good|bad|skip", by a person
 * - undo: takes the last mark back that still counts
 * - images: suspects whose images are the same
 * - likely: suspects that touch what is likely to matter
 * - reset: the session is over
 *
 * A test and a build have "reused":true when they were there from before.
 */
#ifndef FARRIER_BISECT_LOG_H
#define FARRIER_BISECT_LOG_H

#include "core/store.h"

/* Makes the folder and the log with its first event. Borrows `start`. */
ERR_CHECK bisect_log_create(const char *path, const json_t *start) MUST_USE;

/* All events, in order: an array, a new reference. */
ERR_CHECK bisect_log_read(const char *path, json_t **events) MUST_USE;

/* Appends one and waits for the disk. Borrows `event`. */
ERR_CHECK bisect_log_append(const char *path, const json_t *event) MUST_USE;

#endif
