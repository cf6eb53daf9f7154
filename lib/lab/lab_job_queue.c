// SPDX-License-Identifier: GPL-2.0
/* lab_job_queue.c - a job that waits: how many are before it, and whether anything takes it. */
#include "lab_job_part.h"

/* Whether a queue has devices at all is asked so often at most. */
#define DEVICES_SECONDS 30.0

static void ask_queue(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/?state=Submitted&requested_device_type=%s&id__lt=%lld&limit=1",
		    job->type, (long long)job->id);
}

static double devices_pause(const struct lab_job *job)
{
	double patience = lab_settings(job->lab)->patience / 4.0;

	return patience < DEVICES_SECONDS ? patience : DEVICES_SECONDS;
}

static const struct err *take_queue(struct lab_job *job, const struct lab_reply *reply)
{
	int before = store_get_int(reply->json, "count", 0);

	if (job->idle_since > 0)
		; /* it is told why */
	else if (before)
		TRY(lab_job_tell(job, "job %lld waits, %d job%s before it", (long long)job->id,
				 before, before == 1 ? "" : "s"));
	else
		TRY(lab_job_tell(job, "job %lld waits for a device", (long long)job->id));
	if (loop_now() - job->devices_at >= devices_pause(job))
		lab_job_then(job, &lab_devices_step, 0);
	else
		lab_job_then(job, &lab_state_step, lab_job_queue_pause(job));
	return NULL;
}

const struct lab_step lab_queue_step = { "count", ask_queue, take_queue, NULL };

static void ask_devices(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "devices/?device_type=%s&limit=1000", job->type);
	job->devices_at = loop_now();
}

/* A queue before devices that are all in maintenance may stand for ever. */
static const struct err *go_on_waiting(struct lab_job *job, bool in_service)
{
	lab_job_then(job, &lab_state_step, lab_job_queue_pause(job));
	if (in_service) {
		job->idle_since = 0;
		return NULL;
	}
	if (job->idle_since <= 0)
		job->idle_since = loop_now();
	if (loop_now() - job->idle_since < lab_settings(job->lab)->patience)
		return lab_job_tell(job, "job %lld waits, and no device of type %s is in service",
				    (long long)job->id, job->type);
	return lab_job_lose(job, "no device of type '%s' was in service for %.0f s", job->type,
			    loop_now() - job->idle_since);
}

static const struct err *take_devices(struct lab_job *job, const struct lab_reply *reply)
{
	size_t index;
	json_t *device;

	json_decref(job->hosts);
	job->hosts = json_object();
	json_array_foreach (json_object_get(reply->json, "results"), index, device)
		if (lab_takes_jobs(device))
			store_set(job->hosts, store_get_string(device, "worker_host", ""),
				  json_true());
	if (!json_object_size(job->hosts))
		return go_on_waiting(job, false);
	lab_job_then(job, &lab_workers_step, 0);
	return NULL;
}

const struct lab_step lab_devices_step = { "results", ask_devices, take_devices, NULL };

static void ask_workers(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)job;
	(void)request;
	strbuf_adds(path, "workers/?limit=1000");
}

/* The lab gives no job to a worker that is away, however well its devices are. */
static bool takes_jobs(const struct lab_job *job, const json_t *worker)
{
	return json_object_get(job->hosts, store_get_string(worker, "hostname", "")) &&
	       str_equal(store_get_string(worker, "state", ""), "Online") &&
	       str_equal(store_get_string(worker, "health", ""), "Active");
}

static const struct err *take_workers(struct lab_job *job, const struct lab_reply *reply)
{
	bool in_service = false;
	size_t index;
	json_t *worker;

	json_array_foreach (json_object_get(reply->json, "results"), index, worker)
		in_service |= takes_jobs(job, worker);
	return go_on_waiting(job, in_service);
}

static const struct err *without_workers(struct lab_job *job, const struct lab_reply *reply)
{
	(void)reply;
	return go_on_waiting(job, true);
}

const struct lab_step lab_workers_step = { "results", ask_workers, take_workers, without_workers };
