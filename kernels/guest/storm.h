/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A storm of synchronous inter-processor interrupts.
 *
 * Workers pinned to every CPU share one address space and change it all the time, so each
 * change has to be told to the other CPUs and waited for. Most of it is to write to a page
 * that has only been read so far, and madvise(MADV_DONTNEED) to begin again: both hold
 * mmap_lock for read, so all CPUs send at the same time. mmap(), mprotect() and munmap()
 * exclude one another; they run once in STORM_ROUNDS, for the other paths they take.
 * membarrier() is there for machines whose hardware flushes remote TLBs (arm64). Idle CPUs
 * may be told without an interrupt: that is why the workers never rest.
 *
 * Measured on alpha (7.2 on QEMU's clipper, two host CPUs that others used, too) against
 * workers that only mmap(), write, mprotect() and munmap(): on 2 CPUs three to seven times
 * the interrupts per second; on 4 CPUs, where the host's scheduler sets the pace, one to
 * two times. More matters what happens to a kernel that loses interrupts. Where all CPUs
 * send they also wait for one another, and then no later interrupt is left that would rescue
 * a lost one: it hung within 3 s in 7 boots of 7, with the other workers within 15 s in 1
 * of 5. A hang like that stops every CPU, the heartbeat's too: the console is silent until
 * the kernel's own watchdogs speak.
 *
 * What is written is read again, and has to be the same.
 */
#ifndef GUEST_STORM_H
#define GUEST_STORM_H

#include <stdbool.h>

#include "line.h"
#include "threads.h"

/* 0, or an errno. */
int storm_start(const struct cpus *cpus, unsigned int threads);

/* Appends the operations done on each CPU. */
void storm_progress(struct line *line);

/* A worker failed, and all of them are about to stop. */
bool storm_failed(void);

void storm_stop(void);
bool storm_stopped(void);

/* After storm_stop(): NULL, or what went wrong, in a static buffer. */
const char *storm_result(void);

#endif
