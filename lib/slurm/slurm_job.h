/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slurm_job.h - one job on a cluster, from its submission to its end.
 *
 * Exactly one: Slurm has no idempotency key. A job has a name of its own, which its owner writes
 * down first; it is submitted held, its id is told, and only then it is released. A submission
 * that may have been made (its answer was lost, or its farrier was killed) is looked for by the
 * name before another one is made; of several jobs with the name the oldest is taken, and the
 * others, which are held as long as nobody releases them, are cancelled.
 *
 * Trouble is tried again with growing pauses, until the patience is over. A job that the
 * controller does not know any more, or whose id is that of a job with another name, ended long
 * ago: its result says how. Whatever a job leaves is not looked at here.
 */
#ifndef FARRIER_SLURM_JOB_H
#define FARRIER_SLURM_JOB_H

#include "slurm.h"

struct slurm_job;

struct slurm_job_spec {
	const char *name;	  /* unique; letters, digits and "-" */
	const json_t *definition; /* {"script", "job"}, without name and hold */
	int64_t id;		  /* of the job, if it is known; else 0 */
	bool uncertain;		  /* a submission with this name may have been made */
	double poll, patience;	  /* seconds */
};

/* How it came to its end. */
enum slurm_how {
	SLURM_ENDED,	 /* it ran, and is over */
	SLURM_FORGOTTEN, /* it is over, and nobody knows how */
	SLURM_CANCELED,	 /* by us */
	SLURM_LOST,	 /* not submitted, or not to be followed any more */
};

struct slurm_end {
	enum slurm_how how;
	const char *state; /* of SLURM_ENDED: "COMPLETED", "TIMEOUT", ... */
	int status;	   /* of SLURM_ENDED: as wait(2) gives it */
	const char *node;  /* where it ran, or "" */
	const char *words; /* one line, "" when there is nothing to say */
	bool again;	   /* another one may go better: a node failed, somebody cancelled it */
};

/* Called from the loop, in order; no call after on_end. */
struct slurm_job_watcher {
	/* The id is known now, or a submission became uncertain (id 0): to be written down. */
	const struct err *(*on_known)(void *data, int64_t id, bool uncertain);
	/* "queued (Priority)", "runs on n1": when it changes. */
	const struct err *(*on_state)(void *data, const char *text, bool runs);
	const struct err *(*on_end)(void *data, const struct slurm_end *end);
	void *data;
};

/* Submits, or finds, or follows it. The cluster and all of the spec must outlive it. */
ERR_CHECK slurm_job_start(struct slurm *slurm, struct loop *loop, struct http *http,
			  const struct slurm_job_spec *spec,
			  const struct slurm_job_watcher *watcher, struct slurm_job **job) MUST_USE;

/* Asks the cluster to end it; on_end comes soon, whatever the cluster does. Again does nothing. */
void slurm_job_cancel(struct slurm_job *job);

/* Follows it no more; what runs on the cluster goes on. NULL does nothing. */
void slurm_job_free(struct slurm_job *job);

#endif
