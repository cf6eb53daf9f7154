/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loop.h - the one event loop: descriptors, timers, and a deadline.
 *
 * Everything that waits (for a child, a console, a server) is a source in a
 * loop. Callbacks run from loop_run() and may add and remove any source, their
 * own too. An error that a callback returns ends loop_run() with it.
 */
#ifndef FARRIER_LOOP_H
#define FARRIER_LOOP_H

#include "base/err.h"

struct loop;
struct loop_source;

/* `events` are poll's revents for a descriptor, 0 for a timer. */
typedef const struct err *(*loop_callback)(void *data, short events);

struct loop *loop_new(void);
/* Frees the loop and its sources; closes no descriptor. */
void loop_free(struct loop *loop);
void loop_release(struct loop **loop);
#define LOOP CLEANUP(loop_release) struct loop *

/* Seconds on the monotonic clock. */
double loop_now(void);

/* Calls back when `fd` has one of poll's `events` (or an error or hang-up). Level-triggered. */
struct loop_source *loop_add_fd(struct loop *loop, int fd, short events, loop_callback callback,
				void *data);

/* Calls back once, at `when` on loop_now()'s clock; the source stays until removed, disarmed. */
struct loop_source *loop_add_timer(struct loop *loop, double when, loop_callback callback,
				   void *data);

/* Arms a timer again, or moves it. */
void loop_set_timer(struct loop_source *timer, double when);

/* Removes a source; a NULL one does nothing. */
void loop_remove(struct loop *loop, struct loop_source *source);

/* Runs until *done is true, a callback fails, or a signal interrupts. */
ERR_CHECK loop_run(struct loop *loop, const bool *done) MUST_USE;

#endif
