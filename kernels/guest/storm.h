/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A storm of synchronous inter-processor interrupts.
 *
 * Workers pinned to every CPU share one address space and change it all the time, so each
 * change has to be told to the other CPUs and waited for. Measured on alpha (QEMU clipper,
 * 7.2), what makes the most of these per second is a write to a page that has only been
 * read so far, and madvise(MADV_DONTNEED) to begin again: both hold mmap_lock for read, so
 * all CPUs send at the same time. mmap(), mprotect() and munmap() exclude one another and
 * make a third of it (a tenth where each CPU has a host CPU of its own); they run once in
 * STORM_ROUNDS, for the other paths they take. membarrier() is there for machines whose
 * hardware flushes remote TLBs (arm64). Idle CPUs may be told without an interrupt: that is
 * why the workers never rest.
 *
 * Where all CPUs send, they also wait for one another, and with every CPU waiting there is
 * no later interrupt left that would rescue a lost one: a kernel that loses interrupts hung
 * within 3 s in 7 boots of 7, with mmap(), mprotect() and munmap() alone within 15 s in 1
 * of 5. Then no CPU runs anything else, the heartbeat neither, and the console is silent
 * until the kernel's own watchdogs speak.
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
