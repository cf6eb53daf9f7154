/* SPDX-License-Identifier: GPL-2.0 */
/*
 * parallel.h - the same job for each of some things, on several CPUs at once.
 *
 * A job must not touch what another one writes: what it needs for itself it finds
 * by its worker's number. libgit2 wants a repository handle for each thread; the
 * progress reporter, err, proc and the files of the cache may be used from any.
 */
#ifndef FARRIER_PARALLEL_H
#define FARRIER_PARALLEL_H

#include "base/err.h"

/*
 * Does job `index`, from 0. `worker`, from 0, is the number of the thread that runs
 * it: the jobs of one worker follow each other. Worker 0 is the calling thread.
 */
typedef const struct err *(*parallel_job)(void *data, size_t worker, size_t index);

/* How many CPUs this process may run on, at least 1. */
size_t parallel_cpus(void);

/*
 * Runs `count` jobs with at most `workers` threads, which start them in their order.
 * Once one has failed no other is started; of the errors that of the first job in
 * order is returned, with its index in *failed (else `count`), and the others are
 * freed. So every job before *failed is done, as if they had run one after the other.
 */
ERR_CHECK parallel_run(size_t count, size_t workers, parallel_job job, void *data,
		       size_t *failed) MUST_USE;

#endif
