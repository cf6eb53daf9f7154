// SPDX-License-Identifier: GPL-2.0
#include "pipeline_executor.h"

struct local {
	struct pipeline_executor executor;
	struct build_queue *queue;
};

static ERR_CHECK start_local(struct pipeline_executor *executor,
			     const struct build_request *request, build_callback callback,
			     void *data, void **job)
{
	struct local *local = (struct local *)executor;
	struct build_job *started = NULL;

	TRY(build_start(local->queue, request, callback, data, &started));
	*job = started;
	return NULL;
}

static void end_local(void *job)
{
	build_job_free(job);
}

static void free_local(struct pipeline_executor *executor)
{
	struct local *local = (struct local *)executor;

	build_queue_free(local->queue);
	free(local);
}

static const struct pipeline_executor_kind kind_local = {
	.name = "local",
	.here = true,
	.start = start_local,
	.end = end_local,
	.free = free_local,
};

struct pipeline_executor *pipeline_executor_local(struct loop *loop, struct cpus *cpus)
{
	struct local *local = xcalloc(1, sizeof(*local));

	local->executor.kind = &kind_local;
	local->queue = build_queue_new(loop, cpus);
	return &local->executor;
}

void pipeline_executor_free(struct pipeline_executor *executor)
{
	if (executor)
		executor->kind->free(executor);
}
