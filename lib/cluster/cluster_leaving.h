/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cluster_leaving.h - jobs whose build is not needed any more, while they are being cancelled.
 *
 * What could not be cancelled keeps its record, STATE/cluster/KEY.json, and is tried again when
 * the cluster is used the next time.
 */
#ifndef FARRIER_CLUSTER_LEAVING_H
#define FARRIER_CLUSTER_LEAVING_H

#include "cluster_conf.h"
#include "core/file.h"
#include "core/http.h"

struct cluster_leaving;

/* Borrows everything, which must live longer. */
struct cluster_leaving *cluster_leaving_new(const struct workspace *workspace,
					    const struct cluster_conf *conf, struct loop *loop,
					    struct slurm *slurm);
void cluster_leaving_free(struct cluster_leaving *leaving);

/* A job of a build, and what is known of it. */
struct cluster_job {
	const char *key;  /* of its build */
	const char *name; /* its own */
	int64_t id;	  /* or 0 */
	bool uncertain;	  /* another one of its name may come */
	const char *record;
	struct file_lock *lock; /* of its build, and the path of that; taken over */
	const char *lock_path;
};

/*
 * Cancels a job. When that is done its folder goes, if it holds no result, and its record, and
 * then the lock.
 */
ERR_CHECK cluster_leaving_add(struct cluster_leaving *leaving, struct http *http,
			      const struct cluster_job *job) MUST_USE;

/* The same for strays: jobs whose farrier was killed, and whose build nobody asked for since. */
ERR_CHECK cluster_leaving_add_strays(struct cluster_leaving *leaving, struct http *http) MUST_USE;

/* Waits some seconds for the cluster to do it. */
ERR_CHECK cluster_leaving_wait(struct cluster_leaving *leaving) MUST_USE;

#endif
