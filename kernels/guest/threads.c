// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "threads.h"

/* Room for a few lines; little enough to be locked in memory for hundreds of threads. */
#define STACK_SIZE (128 * 1024)

struct start {
	void (*work)(void *arg);
	void *arg;
};

static atomic_bool gate;

int cpus_online(struct cpus *cpus)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return errno;
	if (CPU_COUNT(&set) > MAX_CPUS)
		return EINVAL;
	cpus->count = 0;
	for (unsigned int id = 0; id < CPU_SETSIZE; id++)
		if (CPU_ISSET(id, &set))
			cpus->id[cpus->count++] = id;
	return 0;
}

void sleep_ms(unsigned int ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}

/* A thread that has done its work stays: to end it would change the address space. */
static void *run(void *arg)
{
	struct start *start = arg;

	while (!atomic_load(&gate))
		sleep_ms(1);
	start->work(start->arg);
	for (;;)
		pause();
	return NULL;
}

static int pin(pthread_attr_t *attr, unsigned int cpu)
{
	cpu_set_t set;
	int ret;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	ret = pthread_attr_setaffinity_np(attr, sizeof(set), &set);
	return ret ? ret : pthread_attr_setstacksize(attr, STACK_SIZE);
}

int thread_start(unsigned int cpu, void (*work)(void *arg), void *arg)
{
	struct start *start = malloc(sizeof(*start));
	pthread_attr_t attr;
	pthread_t thread;
	int ret;

	if (!start)
		return ENOMEM;
	*start = (struct start){ .work = work, .arg = arg };
	pthread_attr_init(&attr);
	ret = pin(&attr, cpu);
	if (!ret)
		ret = pthread_create(&thread, &attr, run, start);
	pthread_attr_destroy(&attr);
	if (ret)
		free(start);
	return ret;
}

void threads_go(void)
{
	atomic_store(&gate, true);
}
