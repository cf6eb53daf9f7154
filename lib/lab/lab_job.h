/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lab_job.h - one job in a lab, from its submission to its last line.
 *
 * Exactly one: LAVA has no idempotency key, so every job carries a tag of its own in its name.
 * Whoever starts a job writes down the tag first; the id is told before anything else is done
 * with the job. A submission that may have been made (its answer was lost, or its farrier was
 * killed) is looked for by the tag before another one is made. Of several jobs with the tag the
 * oldest is taken; the others, also one that a delayed request makes later, are cancelled and
 * never counted: as long as a submission is uncertain the tag is looked for once more at the end.
 *
 * What goes wrong on the way is no error: trouble is tried again with growing pauses until the
 * lab's patience is over, and the rest ends the job as LAB_LOST with the lab's words. There is
 * one request at a time, and without news at most two (state and queue, or log) in a poll time.
 * A log without news is the machine's silence only while the lab hears of the job's worker: see
 * lab_job_worker.c.
 */
#ifndef FARRIER_LAB_JOB_H
#define FARRIER_LAB_JOB_H

#include "lab.h"
#include "lab_log.h"

struct lab_job;

struct lab_job_spec {
	const char *tag;	  /* in the definition's "job_name"; unique */
	const json_t *definition; /* NULL: a job that is there is only followed */
	int64_t id;		  /* of the job, if it is known; else 0 */
	double most_seconds;	  /* that it may run, as it says itself; 0: not known */
	bool uncertain;		  /* a submission with this tag may have been made */
};

/* How it came to its end. */
enum lab_how {
	LAB_COMPLETE,	/* Finished, Complete */
	LAB_INCOMPLETE, /* Finished, and the lab says why not complete */
	LAB_TIMED_OUT,	/* Finished, as it took longer than the job allows */
	LAB_CANCELED,	/* by us or by somebody else */
	LAB_LOST,	/* not submitted, or not to be followed any more */
};

struct lab_end {
	enum lab_how how;
	const char *words; /* one line, "" when there is nothing to say */
	bool over;	   /* the lab says that it ended, or there is none: nothing runs on */
};

/*
 * Called from the loop, in order; no call after on_end. Entries come each once, in the order
 * of the log, whatever is asked how often.
 */
struct lab_job_watcher {
	/* The id is known now, or a submission became uncertain (id 0): to be written down. */
	const struct err *(*on_known)(void *data, int64_t id, bool uncertain);
	/* "queued", "runs on alpha-qemu-01": when it changes. May be NULL. */
	const struct err *(*on_state)(void *data, const char *text);
	const struct err *(*on_entry)(void *data, const struct lab_entry *entry);
	/*
	 * The log was read to its end, so far, and whatever was printed until then (loop_now()) is
	 * in it: a worker that is not heard of may have more. `deaf`: the lab could not be heard
	 * since the last time, and does not tell of its worker. May be NULL.
	 */
	const struct err *(*on_heard)(void *data, double until, bool deaf);
	const struct err *(*on_end)(void *data, const struct lab_end *end);
	void *data;
};

/* Submits, or finds, or follows it. The lab and all of the spec must outlive it. */
ERR_CHECK lab_job_start(struct lab *lab, struct loop *loop, const struct lab_job_spec *spec,
			const struct lab_job_watcher *watcher, struct lab_job **job) MUST_USE;

/* Asks the lab to end it; on_end comes soon, whatever the lab does. Again does nothing. */
void lab_job_cancel(struct lab_job *job);

int64_t lab_job_id(const struct lab_job *job);

/* Follows it no more, but not from a callback; what runs in the lab goes on. NULL does nothing. */
void lab_job_free(struct lab_job *job);

/* Cancels every unfinished job with the tag, waiting for at most `seconds`. */
ERR_CHECK lab_cancel_tag(struct lab *lab, const char *tag, double seconds) MUST_USE;

#endif
