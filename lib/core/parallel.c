// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "parallel.h"

struct work {
	parallel_job job;
	void *data;
	size_t count;
	const struct err **errors; /* one for each job */
	atomic_size_t next;
	atomic_bool stop;
};

struct worker {
	struct work *work;
	size_t number;
	pthread_t thread;
};

size_t parallel_cpus(void)
{
	cpu_set_t set;
	long online;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (size_t)CPU_COUNT(&set);
	/* more CPUs than the set has room for */
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (size_t)online : 1;
}

/*
 * Takes jobs until there is none left. Relaxed: one job tells the next nothing, so that a
 * checker for races sees those between jobs that happen to run one after the other.
 */
static void *run_worker(void *data)
{
	const struct worker *worker = data;
	struct work *work = worker->work;

	while (!atomic_load_explicit(&work->stop, memory_order_relaxed)) {
		size_t index = atomic_fetch_add_explicit(&work->next, 1, memory_order_relaxed);

		if (index >= work->count)
			break;
		work->errors[index] = work->job(work->data, worker->number, index);
		if (work->errors[index])
			atomic_store_explicit(&work->stop, true, memory_order_relaxed);
	}
	return NULL;
}

/* A thread that the system refuses is missed by nobody: the others do its jobs. */
static void run_all(struct work *work, size_t count)
{
	CLEANUP(free_ptr) struct worker *workers = xcalloc(count, sizeof(*workers));
	size_t started = 1;

	for (size_t i = 0; i < count; i++)
		workers[i] = (struct worker){ .work = work, .number = i };
	while (started < count &&
	       pthread_create(&workers[started].thread, NULL, run_worker, &workers[started]) == 0)
		started++;
	run_worker(&workers[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
}

ERR_CHECK parallel_run(size_t count, size_t workers, parallel_job job, void *data, size_t *failed)
{
	struct work work = { .job = job, .data = data, .count = count };
	const struct err *first = NULL;

	*failed = count;
	work.errors = xcalloc(count, sizeof(*work.errors));
	run_all(&work, workers < 1 ? 1 : workers < count ? workers : count ? count : 1);
	for (size_t i = 0; i < count; i++) {
		if (!first && work.errors[i]) {
			first = work.errors[i];
			*failed = i;
		} else {
			err_free(work.errors[i]);
		}
	}
	free(work.errors);
	return first;
}
