/* SPDX-License-Identifier: GPL-2.0 */
/*
 * interrupt.h - Ctrl-C and friends, as an error like any other.
 *
 * SIGINT, SIGTERM and SIGHUP set a flag; the event loop and long computations
 * ask for it and return ERR_INTERRUPTED, so that everything is cleaned up on
 * the way out. A second signal ends the process at once, which is safe too:
 * every write is atomic and children end with their supervisor.
 */
#ifndef FARRIER_INTERRUPT_H
#define FARRIER_INTERRUPT_H

#include "err.h"

/* Installs the handlers; also ignores SIGPIPE. Called once, from main(). */
void interrupt_catch(void);

/* NULL, or ERR_INTERRUPTED once a signal came. Cheap: call it in long loops. */
const struct err *interrupt_check(void) MUST_USE;

/*
 * On the way out: while this is held, a signal that came is not told, so that a lab can be
 * asked for the last time. Not nested, for the main thread; what it is held for is short.
 */
void interrupt_hold(bool hold);

#endif
