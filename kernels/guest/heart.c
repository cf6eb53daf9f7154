// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "heart.h"

static struct {
	void (*beat)(unsigned int n);
	struct timespec start;
	atomic_uint beats; /* given or being given */
} heart;

static void sleep_until(unsigned int n)
{
	struct timespec when = heart.start;

	when.tv_sec += n;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

static void tick(void *unused)
{
	struct sched_param param = { .sched_priority = 50 };

	(void)unused;
	/* Not allowed when run by hand, and not needed then. */
	sched_setscheduler(0, SCHED_FIFO, &param);

	for (unsigned int n = 1;; n++) {
		unsigned int before = n - 1;

		sleep_until(n);
		if (atomic_compare_exchange_strong(&heart.beats, &before, n))
			heart.beat(n);
	}
}

int heart_start(const struct cpus *cpus, void (*beat)(unsigned int n))
{
	int ret = 0;

	heart.beat = beat;
	for (unsigned int i = 0; i < cpus->count && !ret; i++)
		ret = thread_start(cpus->id[i], tick, NULL);
	return ret;
}

void heart_go(void)
{
	clock_gettime(CLOCK_MONOTONIC, &heart.start);
}
