/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpus.h - the one pool of CPU tokens, for boots and for makes.
 *
 * A token is the right to keep one CPU busy; what keeps less or more busy than whole CPUs
 * counts in hundredths of one. Whoever needs some claims them and is called back, in the
 * order of the claims, when they are there. Whole tokens that nobody waits for are lent
 * to the running makes through the pipe of GNU make's jobserver protocol (make's manual,
 * "POSIX Jobserver Interaction"; make 4.3 knows no named pipes). Once somebody waits,
 * tokens that lie in a pipe are taken back one by one as make lays them there.
 *
 * What was lent is counted here, so a make that is killed loses no token: when
 * its jobserver is closed everything is back.
 */
#ifndef FARRIER_CPUS_H
#define FARRIER_CPUS_H

#include "loop.h"

/* A whole CPU, in the unit of claims. */
#define CPUS_ONE 100

struct cpus;
struct cpus_claim;
struct cpus_jobserver;

/* Called once from the loop, when the tokens are the claim's. */
typedef const struct err *(*cpus_callback)(void *data);

/* A pool of `total` whole CPUs, at least 1. The loop must live longer. */
struct cpus *cpus_new(struct loop *loop, int total);
/* Claims and jobservers are gone by then. NULL does nothing. */
void cpus_free(struct cpus *cpus);
void cpus_release(struct cpus **cpus);

/* What is in nobody's hands, neither granted nor lent, in hundredths of a CPU. */
int cpus_idle(const struct cpus *cpus);

/*
 * Asks for `share` hundredths of a CPU, at most all there are: a claim for more is cut
 * down, so that a machine with 4 CPUs boots on a host with 2.
 */
struct cpus_claim *cpus_claim(struct cpus *cpus, int share, cpus_callback callback, void *data);

/* Gives the tokens back, or leaves the queue; frees the claim. NULL does nothing. */
void cpus_unclaim(struct cpus_claim *claim);

/*
 * Opens the jobserver of one make, which holds a claim of one CPU: that is the
 * job that a make may always run. Spare tokens go into the pipe from the loop.
 */
ERR_CHECK cpus_open_jobserver(struct cpus *cpus, struct cpus_jobserver **jobserver) MUST_USE;

/* Takes all back that was lent and frees it; the make is gone by then. NULL does nothing. */
void cpus_close_jobserver(struct cpus_jobserver *jobserver);

/* The two descriptors that make inherits: proc_spec.keep_fds. */
const int *cpus_jobserver_fds(const struct cpus_jobserver *jobserver);

/* How many CPUs it holds besides the claim's one. */
int cpus_jobserver_lent(const struct cpus_jobserver *jobserver);

/* "MAKEFLAGS=..." for make's environment. The caller frees it. */
char *cpus_jobserver_makeflags(const struct cpus_jobserver *jobserver);

#endif
