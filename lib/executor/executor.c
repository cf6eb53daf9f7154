// SPDX-License-Identifier: GPL-2.0
#include <limits.h>

#include "cluster/cluster.h"
#include "executor.h"

struct local {
	struct executor executor;
	struct build_queue *queue;
};

static ERR_CHECK start_local(struct executor *executor, const struct build_request *request,
			     build_callback callback, void *data, void **job)
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

static void free_local(struct executor *executor)
{
	struct local *local = (struct local *)executor;

	build_queue_free(local->queue);
	free(local);
}

static int room_of_local(const struct executor *executor)
{
	(void)executor;
	return INT_MAX;
}

static const struct executor_kind kind_local = {
	.name = "local",
	.here = true,
	.room = room_of_local,
	.start = start_local,
	.end = end_local,
	.free = free_local,
};

struct remote {
	struct executor executor;
	struct cluster *cluster;
};

static ERR_CHECK start_remote(struct executor *executor, const struct build_request *request,
			      build_callback callback, void *data, void **job)
{
	struct remote *remote = (struct remote *)executor;
	struct cluster_build *started = NULL;

	TRY(cluster_build_start(remote->cluster, request, callback, data, &started));
	*job = started;
	return NULL;
}

static void end_remote(void *job)
{
	cluster_build_free(job);
}

static void free_remote(struct executor *executor)
{
	struct remote *remote = (struct remote *)executor;

	cluster_close(remote->cluster);
	free(remote);
}

static int room_of_remote(const struct executor *executor)
{
	return cluster_room(((const struct remote *)executor)->cluster);
}

static const struct executor_kind kind_slurm = {
	.name = "slurm",
	.room = room_of_remote,
	.start = start_remote,
	.end = end_remote,
	.free = free_remote,
};

static ERR_CHECK open_remote(const struct workspace *workspace, struct loop *loop,
			     struct executor **executor)
{
	struct remote *remote = xcalloc(1, sizeof(*remote));

	remote->executor.kind = &kind_slurm;
	*executor = &remote->executor;
	return cluster_open(workspace, loop, &remote->cluster);
}

ERR_CHECK executor_open(const struct workspace *workspace, struct loop *loop, struct cpus *cpus,
			struct executor **executor)
{
	CLUSTER_CONF conf = { 0 };
	struct local *local;

	TRY(cluster_conf_read(workspace, &conf));
	if (conf.slurm)
		return open_remote(workspace, loop, executor);
	local = xcalloc(1, sizeof(*local));
	local->executor.kind = &kind_local;
	local->queue = build_queue_new(loop, cpus);
	*executor = &local->executor;
	return NULL;
}

void executor_free(struct executor *executor)
{
	if (executor)
		executor->kind->free(executor);
}

void executor_release(struct executor **executor)
{
	executor_free(*executor);
}

/* What executor_build() waits for. */
struct wait {
	struct executor *executor;
	struct waiting {
		struct wait *wait;
		struct build *build;
		void *job;
	} * list;
	size_t count, open;
	bool done;
};

static void end_all(struct wait *wait)
{
	for (size_t i = 0; wait->list && i < wait->count; i++)
		if (wait->list[i].job)
			wait->executor->kind->end(wait->list[i].job);
	free(wait->list);
}

static const struct err *on_built(void *data, struct build *build, const struct err *err)
{
	struct waiting *waiting = data;
	struct wait *wait = waiting->wait;

	if (build)
		build_move(build, waiting->build);
	wait->done = --wait->open == 0;
	return err;
}

ERR_CHECK executor_build(const struct workspace *workspace, const struct build_request *requests,
			 size_t count, struct build *builds)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, workspace->jobs);
	CLEANUP(executor_release) struct executor *executor = NULL;
	CLEANUP(end_all) struct wait wait = { .count = count, .open = count };

	TRY(executor_open(workspace, loop, cpus, &executor));
	wait.executor = executor;
	wait.list = xcalloc(count, sizeof(*wait.list));
	for (size_t i = 0; i < count; i++) {
		struct waiting *waiting = &wait.list[i];

		*waiting = (struct waiting){ .wait = &wait, .build = &builds[i] };
		TRY(executor->kind->start(executor, &requests[i], on_built, waiting,
					  &waiting->job));
	}
	return loop_run(loop, &wait.done);
}
