/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Online CPUs, and threads pinned to them.
 *
 * All threads are made first and wait at a gate: making one needs the address space to be
 * quiet, and once the storm is on, it may hang at any moment.
 */
#ifndef GUEST_THREADS_H
#define GUEST_THREADS_H

#define MAX_CPUS 256

/* Large enough that what one CPU counts does not share a line with its neighbour's. */
#define CACHE_LINE 128

struct cpus {
	unsigned int count;
	unsigned int id[MAX_CPUS];
};

/* 0, or an errno: EINVAL when there are more than MAX_CPUS. */
int cpus_online(struct cpus *cpus);

/* 0, or an errno. The thread runs work(arg) on that CPU once the gate is open. */
int thread_start(unsigned int cpu, void (*work)(void *arg), void *arg);
void threads_go(void);

/* Goes on sleeping when a signal interrupts it. */
void sleep_ms(unsigned int ms);

#endif
