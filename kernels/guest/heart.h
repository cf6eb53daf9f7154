/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A heartbeat that goes on as long as one CPU does.
 *
 * A CPU that waits for another one inside the kernel runs nothing else, and a thread that
 * woke up there stays there, pinned or not. So every CPU has a ticker of its own, above the
 * workers in priority, woken by its own CPU's timer: it needs no interrupt from elsewhere,
 * which could also rescue the very CPU whose hang is to be seen. Of all the tickers, the
 * first to wake up in a second gives the beat.
 */
#ifndef GUEST_HEART_H
#define GUEST_HEART_H

#include "threads.h"

/*
 * beat(n) is called once for every n from 1, n seconds after heart_go(), on some CPU. A
 * beat that takes more than a second overlaps with the next one.
 * 0, or an errno.
 */
int heart_start(const struct cpus *cpus, void (*beat)(unsigned int n));

/* To be called right before threads_go(). */
void heart_go(void);

#endif
