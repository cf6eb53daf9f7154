/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pipeline_executor.h - where the kernels of a matrix are built: one interface.
 *
 * A build is started and calls back once, from the loop: with what came of it, good or
 * failed, or with an error that says nothing of the kernel (a full disk, a compiler that
 * was killed, a node that was lost). Boots are not its business; they need the image here.
 */
#ifndef FARRIER_PIPELINE_EXECUTOR_H
#define FARRIER_PIPELINE_EXECUTOR_H

#include "build/build.h"

struct pipeline_executor;

/* `job` is the executor's own. All must be there. */
struct pipeline_executor_kind {
	const char *name;
	/* Its builds need this host's CPUs, and wait for others of their branch. */
	bool here;
	ERR_CHECK(*start)
	(struct pipeline_executor *executor, const struct build_request *request,
	 build_callback callback, void *data, void **job);
	/* Ends what still goes on, and frees; also after the callback. */
	void (*end)(void *job);
	void (*free)(struct pipeline_executor *executor);
};

/* Embedded as the first member of an executor's own struct. */
struct pipeline_executor {
	const struct pipeline_executor_kind *kind;
};

/* Builds with make on this host. Borrows both, which must live longer. */
struct pipeline_executor *pipeline_executor_local(struct loop *loop, struct cpus *cpus);

/* All jobs are ended by then. NULL does nothing. */
void pipeline_executor_free(struct pipeline_executor *executor);

#endif
