// SPDX-License-Identifier: GPL-2.0
/*
 * lab_job_worker.c - does the worker of a silent job live?
 *
 * LAVA's server notes when a worker last called ("last_ping", every 20 s by default). A log that
 * stands still is the machine's silence only as far as such calls reach: behind the last one the
 * worker may be dead, or the network between it and the server, and what the machine printed is
 * on the way. Stamps are not compared with a clock of ours: a call happened behind the look that
 * did not show it yet.
 */
#include "lab_job_part.h"

/* A log may be silent for so long without a question. */
#define QUIET_SECONDS 3.0
/* A worker that calls has sent its jobs' lines so much later (lava-worker's --job-log-interval). */
#define SENT_SECONDS 5.0

static double quiet_until(const struct lab_job *job)
{
	return job->quiet_since + QUIET_SECONDS;
}

/* A worker that was away may call before it sends what was printed meanwhile. */
static void believe_call(struct lab_worker *worker)
{
	if (worker->call_seen > 0 && loop_now() - worker->call_seen >= SENT_SECONDS) {
		worker->lived_at = worker->called_behind;
		worker->call_seen = 0;
	}
}

double lab_job_heard_until(struct lab_job *job)
{
	double certain = quiet_until(job), present = loop_now();

	believe_call(&job->worker);
	if (job->worker.hidden || certain > present)
		return present;
	return job->worker.lived_at > certain ? job->worker.lived_at : certain;
}

double lab_job_worker_gone(const struct lab_job *job)
{
	double certain;

	if (!job->worker.host || job->quiet_since <= 0)
		return 0;
	/* time in which nobody asked is no absence */
	certain = quiet_until(job) > job->worker.lived_at ? quiet_until(job) : job->worker.lived_at;
	if (job->worker.call_seen > certain)
		certain = job->worker.call_seen;
	return job->worker.asked_at - certain;
}

const struct lab_step *lab_job_look_at_worker(struct lab_job *job)
{
	if (job->worker.hidden || !job->device || loop_now() < quiet_until(job) ||
	    loop_now() - job->worker.asked_at < lab_job_queue_pause(job))
		return NULL;
	return job->worker.host ? &lab_worker_step : &lab_device_step;
}

static void ask_device(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "devices/%s/", job->device);
}

static const struct err *go_without(struct lab_job *job, const struct lab_reply *reply)
{
	(void)reply;
	job->worker.asked_at = loop_now();
	job->worker.hidden = ++job->worker.refusals >= LAB_MAX_REFUSALS;
	lab_job_then(job, &lab_log_step, lab_job_poll(job));
	return NULL;
}

static const struct err *take_device(struct lab_job *job, const struct lab_reply *reply)
{
	const char *host = store_get_string(reply->json, "worker_host", "");

	if (!lab_job_is_plain(host))
		return go_without(job, reply);
	job->worker.host = xstrdup(host);
	lab_job_then(job, &lab_worker_step, 0);
	return NULL;
}

const struct lab_step lab_device_step = { "hostname", ask_device, take_device, go_without };

static void ask_worker(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "workers/%s/", job->worker.host);
	job->worker.asking_at = loop_now();
}

static const struct err *take_worker(struct lab_job *job, const struct lab_reply *reply)
{
	struct lab_worker *worker = &job->worker;
	const char *ping = store_get_string(reply->json, "last_ping", "");

	believe_call(worker);
	if (worker->ping && !str_equal(worker->ping, ping) && worker->call_seen <= 0) {
		worker->called_behind = worker->asked_at;
		worker->call_seen = loop_now();
	}
	free(worker->ping);
	worker->ping = xstrdup(ping);
	worker->asked_at = worker->asking_at;
	worker->refusals = 0;
	lab_job_then(job, &lab_log_step, lab_job_poll(job));
	return NULL;
}

const struct lab_step lab_worker_step = { "last_ping", ask_worker, take_worker, go_without };
