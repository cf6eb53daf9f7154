/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cluster_part.h - what the files of this folder share: the cluster, and one build on it.
 *
 *	cluster.c		opens and closes
 *	cluster_build.c		a build up to its job: cache, lock, source, ticket
 *	cluster_attempt.c	its job and its result, and another job where that was lost
 *	cluster_leaving.c	jobs that are not needed any more
 */
#ifndef FARRIER_CLUSTER_PART_H
#define FARRIER_CLUSTER_PART_H

#include "build/build_cache.h"
#include "cluster.h"
#include "cluster_leaving.h"
#include "cluster_source.h"
#include "cluster_ticket.h"
#include "core/file.h"
#include "core/task.h"
#include "slurm/slurm_job.h"

struct cluster {
	const struct workspace *workspace;
	struct loop *loop;
	struct http *http; /* when it is needed */
	struct slurm *slurm;
	struct cluster_conf conf;
	struct cluster_build *builds, *sending;
	struct cluster_leaving *leaving;
	bool prepared, sent, used;
};

struct cluster_build {
	struct cluster *cluster;
	struct build_request request;
	build_callback callback;
	void *data;
	struct build_key key;
	struct build build;
	char *folder;	 /* SHARED/builds/KEY */
	char *lock_path; /* of the same name, and ".lock" */
	struct file_lock lock;
	struct loop_source *timer;
	bool waited, told_waiting, ended;
	git_oid commit;

	struct proc *push;
	int push_output;
	char *push_log;

	char *record; /* STATE/cluster/KEY.json */
	char *output; /* STATE/cluster/KEY.log: what a job printed that got lost */
	char *name;   /* of the job */
	int64_t id;
	bool uncertain;
	int attempts;
	json_t *definition;
	struct slurm_job *job;
	double result_until;	   /* the result is waited for until then; or 0 */
	char *lost;		   /* what is said when there is none */
	char *node;		   /* where it got lost, or "" */
	bool again, over;	   /* another job may go better; it does not run any more */
	char *excluded;		   /* nodes where the build got lost: "n1,n2"; or NULL */
	const struct err *trouble; /* what the first of them said; or NULL */

	struct task *task; /* takes the result */
	bool damaged;	   /* it cannot be taken */
	struct progress *progress;
	struct cluster_build *next;
};

ERR_CHECK cluster_need_http(struct cluster *cluster) MUST_USE;

/* The build is over, with an error or without one: calls back. */
const struct err *cluster_build_finish(struct cluster_build *build, const struct err *err) MUST_USE;

ERR_CHECK cluster_build_write_ticket(struct cluster_build *build) MUST_USE;

/* Takes up what an earlier farrier wrote down of the build's job, or makes up a name for one. */
ERR_CHECK cluster_attempt_prepare(struct cluster_build *build) MUST_USE;
/* The build is in the cache: a farrier that was killed behind that may have left the rest. */
ERR_CHECK cluster_attempt_tidy(struct cluster_build *build) MUST_USE;
/* Submits the job, or follows it; then takes the result and finishes the build. */
ERR_CHECK cluster_attempt_start(struct cluster_build *build) MUST_USE;
/* The job is over, or was before: looks for the result until build->result_until. */
ERR_CHECK cluster_attempt_look(struct cluster_build *build) MUST_USE;
/* The job is not needed any more. */
void cluster_attempt_drop(struct cluster_build *build);

#endif
