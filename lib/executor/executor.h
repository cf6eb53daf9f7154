/* SPDX-License-Identifier: GPL-2.0 */
/*
 * executor.h - where kernels are built: one interface.
 *
 * A build is started and calls back once, from the loop: with what came of it, good or
 * failed, or with an error that says nothing of the kernel (a full disk, a compiler that
 * was killed, a node that was lost). Boots are not its business; they need the image here.
 */
#ifndef FARRIER_EXECUTOR_H
#define FARRIER_EXECUTOR_H

#include "build/build.h"

struct executor;

/* `job` is the executor's own. All must be there. */
struct executor_kind {
	const char *name;
	/* Its builds need this host's CPUs, and wait for others of their branch. */
	bool here;
	/* How many builds it takes at a time; of one that is here, the CPUs say so. */
	int (*room)(const struct executor *executor);
	ERR_CHECK(*start)
	(struct executor *executor, const struct build_request *request, build_callback callback,
	 void *data, void **job);
	/* Ends what still goes on, and frees; also after the callback. */
	void (*end)(void *job);
	void (*free)(struct executor *executor);
};

/* Embedded as the first member of an executor's own struct. */
struct executor {
	const struct executor_kind *kind;
};

/*
 * Builds with make on this host, or on a cluster, as build.executor says. Borrows everything,
 * which must live longer.
 */
ERR_CHECK executor_open(const struct workspace *workspace, struct loop *loop, struct cpus *cpus,
			struct executor **executor) MUST_USE;

/*
 * Builds `count` kernels, on whatever the workspace says, and waits for all. The first error that
 * says nothing of a kernel ends it.
 */
ERR_CHECK executor_build(const struct workspace *workspace, const struct build_request *requests,
			 size_t count, struct build *builds) MUST_USE;

/* All jobs are ended by then. NULL does nothing. */
void executor_free(struct executor *executor);
void executor_release(struct executor **executor);

#endif
