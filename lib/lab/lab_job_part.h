/* SPDX-License-Identifier: GPL-2.0 */
/* lab_job_part.h - between the files of lab_job: what a job knows, and its steps. */
#ifndef FARRIER_LAB_JOB_PART_H
#define FARRIER_LAB_JOB_PART_H

#include "lab_job.h"

/* Refusals in a row that are believed: a proxy may have a bad moment. */
#define LAB_MAX_REFUSALS 3
/* A server that fails at every submission does not like this one. */
#define LAB_MAX_SUBMISSIONS 5

/* One request, and what comes of it. */
struct lab_step {
	/*
	 * What every answer of LAVA's has: a member, or "-" for a text that begins so, as each
	 * line of a log does. An answer without it is somebody else's. NULL: whatever comes.
	 */
	const char *member;
	/* The path below the API, and the method; fills `path`. */
	void (*ask)(struct lab_job *job, struct lab_request *request, struct strbuf *path);
	/* What to do with the answer; sets job->next and job->pause. */
	const struct err *(*take)(struct lab_job *job, const struct lab_reply *reply);
	/* The same when the lab will not do it; NULL: the job is in danger. */
	const struct err *(*go_without)(struct lab_job *job, const struct lab_reply *reply);
};

/* The machine of the lab that runs the job: while it is gone, silence is nobody's. */
struct lab_worker {
	char *host;  /* NULL: not known yet */
	char *ping;  /* of its last one, as the lab writes it */
	bool hidden; /* the lab does not tell */
	int refusals;
	/* loop_now() of this question and of the last one answered; when it certainly lived. */
	double asking_at, asked_at, lived_at;
	/* It called behind the first time, which was seen at the second; 0: not yet. */
	double called_behind, call_seen;
};

struct lab_job {
	struct lab *lab;
	struct loop *loop;
	struct http *http;
	struct loop_source *timer;
	struct lab_call *call;
	const struct lab_job_spec *spec;
	struct lab_job_watcher watcher;

	const struct lab_step *next;
	double pause; /* before the next step */
	bool asking;  /* its answer is on the way */

	int64_t id;
	bool uncertain; /* another job with the tag may come */
	int finds, submissions, refusals, missing, troubles;
	double trouble_since; /* of troubles in a row */

	char *state;		       /* as it was told */
	char *type;		       /* device type */
	double state_at;	       /* when it was asked for */
	double left_queue;	       /* when it was first seen out of the queue; or 0 */
	double devices_at, idle_since; /* of a queue without a device in service; 0: not so */
	json_t *hosts;		       /* of the workers that have one in service */
	char *device;
	struct lab_worker worker;
	double quiet_since; /* the log had nothing new; 0: it was not read yet */
	bool finished;
	json_t *submission; /* the body of the request */

	size_t lines;	 /* entries that were read */
	char *last_line; /* the last of them, as it came */
	int shrunk;	 /* answers in a row that do not go on where it ended */
	bool news;	 /* of the last portion */
	bool deaf;	 /* the lab was in trouble since the log was read */

	bool cancelling, cancel_sent;
	double cancel_until;

	int64_t *others; /* jobs with the tag that are to be cancelled */
	size_t other_count;

	bool ending;
	enum lab_how how;
	char *words;
	char *error_type;
};

extern const struct lab_step lab_find_step, lab_submit_step, lab_sweep_step, lab_drop_step;
extern const struct lab_step lab_state_step, lab_queue_step, lab_devices_step;
extern const struct lab_step lab_workers_step, lab_device_step, lab_worker_step;
extern const struct lab_step lab_log_step, lab_cancel_step;

/* Seconds between two looks. */
double lab_job_poll(const struct lab_job *job);

/* The same in a queue, where little happens. */
double lab_job_queue_pause(const struct lab_job *job);

/* What is done next, after a pause in seconds. */
void lab_job_then(struct lab_job *job, const struct lab_step *step, double pause);

/* It is over; what may still come of an uncertain submission is looked for first. */
const struct err *lab_job_finish(struct lab_job *job, enum lab_how how, const char *words) MUST_USE;
/* The same as LAB_LOST. */
const struct err *lab_job_lose(struct lab_job *job, const char *format, ...) PRINTF(2, 3) MUST_USE;

/* Why it ends, as the lab says; NULL: nothing. */
void lab_job_set_words(struct lab_job *job, const char *words);

/* Tells the watcher of a state, if it is another one. */
const struct err *lab_job_tell(struct lab_job *job, const char *format, ...) PRINTF(2, 3) MUST_USE;
const struct err *lab_job_know(struct lab_job *job, int64_t id, bool uncertain) MUST_USE;

/* One more job that is to be cancelled at the end. */
void lab_job_drop(struct lab_job *job, int64_t id);

/* It becomes part of a URL. */
bool lab_job_is_plain(const char *name);

/* A log that stands still asks for a look at the worker, now and then: the step, or NULL. */
const struct lab_step *lab_job_look_at_worker(struct lab_job *job);
/* Until when it is sure that a log without news is one because nothing was printed. */
double lab_job_heard_until(struct lab_job *job);
/* How long the worker has not been heard of, as far as anybody can know. */
double lab_job_worker_gone(const struct lab_job *job);

/* A job's id is a number, or of a multinode job a text "12.0"; 0: neither. */
int64_t lab_job_read_id(const json_t *json);
bool lab_job_is_finished(const json_t *json);

/* An answer that does not go on where the log ended. */
const struct err *lab_job_shrink(struct lab_job *job) MUST_USE;
/* The same, and the watcher is told. */
const struct err *lab_job_heard(struct lab_job *job) MUST_USE;
/* The log was read as far as it goes; job->news says whether there was more. */
const struct err *lab_job_after_log(struct lab_job *job) MUST_USE;

#endif
