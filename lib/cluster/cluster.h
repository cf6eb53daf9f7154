/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cluster.h - kernels built by a Slurm cluster: the same request and answer as build_start().
 *
 * A build is a job that runs 'farrier build --ticket' on a node (cluster_ticket.h), which builds
 * as it would here, in folders of the node's own that stay, and comes back into this cache under
 * the same key. The way there:
 *
 *   cache -> lock of SHARED/builds/KEY -> source (cluster_source.h) -> ticket -> job -> result
 *
 * Whatever is known of a job is in STATE/cluster/KEY.json, so that a farrier that was killed
 * finds its job again: {"schema":1,"name","id","uncertain","shared"}. Jobs that nobody came back
 * for are cancelled when the cluster is used the next time, at its end.
 *
 * A kernel that does not build is a value. What says nothing of the kernel is ERR_ENV: a node that
 * failed (another is tried, MOST_ATTEMPTS times in all), a time limit, a full disk, a toolchain
 * that is another one, a cluster that is out of reach for longer than its patience.
 */
#ifndef FARRIER_CLUSTER_H
#define FARRIER_CLUSTER_H

#include "build/build.h"
#include "cluster_conf.h"

struct cluster;
struct cluster_build;

/* Asks nothing yet. Borrows workspace and loop. */
ERR_CHECK cluster_open(const struct workspace *workspace, struct loop *loop,
		       struct cluster **cluster) MUST_USE;

/*
 * All builds are gone by then. Waits some seconds for the cluster to cancel the jobs that are not
 * needed any more; where sources were sent, also for git to pack the shared repository if it says
 * that it is time, however long that takes. NULL does nothing.
 */
void cluster_close(struct cluster *cluster);

/* How many builds it takes at a time. */
int cluster_room(const struct cluster *cluster);

/* As build_start(). */
ERR_CHECK cluster_build_start(struct cluster *cluster, const struct build_request *request,
			      build_callback callback, void *data,
			      struct cluster_build **build) MUST_USE;

/* As build_job_free(): its job is cancelled unless it is over. NULL does nothing. */
void cluster_build_free(struct cluster_build *build);

#endif
