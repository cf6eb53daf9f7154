// SPDX-License-Identifier: GPL-2.0
/* lab_job_follow.c - a job that is known: its state, its place in the queue, its log, its end. */
#include "lab_job_part.h"

/* Entries of a log that are asked for at a time. */
#define LOG_PORTION 20000
/* Looks at the state while the log grows; a job in a queue is looked at as often. */
#define STATE_SECONDS 5.0
/* Whether a queue has devices at all is asked so often at most. */
#define DEVICES_SECONDS 30.0

static void ask_state(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/%lld/", (long long)job->id);
	job->state_at = loop_now();
}

static double queue_pause(const struct lab_job *job)
{
	double poll = lab_job_poll(job);

	return poll > STATE_SECONDS ? poll : poll * 2 < STATE_SECONDS ? poll * 2 : STATE_SECONDS;
}

/* The worker ends a job that takes too long; one that is gone ends nothing. */
static bool is_overdue(struct lab_job *job, const char *state)
{
	if (job->spec->most_seconds <= 0 || str_equal(state, "Submitted"))
		return false;
	if (job->left_queue <= 0)
		job->left_queue = loop_now();
	return loop_now() - job->left_queue >
	       job->spec->most_seconds + lab_settings(job->lab)->patience;
}

static const struct err *take_unfinished(struct lab_job *job, const json_t *answer)
{
	const char *state = store_get_string(answer, "state", "");
	const char *device = store_get_string(answer, "actual_device", "a device");

	if (job->cancelling && loop_now() >= job->cancel_until)
		return lab_job_finish(job, LAB_CANCELED, "cancelled");
	if (job->cancelling && !job->cancel_sent) {
		lab_job_then(job, &lab_cancel_step, 0);
		return NULL;
	}
	if (is_overdue(job, state))
		return lab_job_lose(job,
				    "job %lld is %s for longer than it may be: its worker may "
				    "be gone",
				    (long long)job->id, state);
	if (str_equal(state, "Running") || str_equal(state, "Canceling")) {
		TRY(lab_job_tell(job, "job %lld runs on %s", (long long)job->id, device));
		lab_job_then(job, &lab_log_step, 0);
		return NULL;
	}
	if (str_equal(state, "Submitted") && job->type) {
		lab_job_then(job, &lab_queue_step, 0);
		return NULL;
	}
	TRY(lab_job_tell(job, "job %lld waits for %s", (long long)job->id, device));
	lab_job_then(job, &lab_state_step, queue_pause(job));
	return NULL;
}

/* It becomes part of a URL. */
static bool is_plain(const char *type)
{
	return *type && !type[strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789._-")];
}

static const struct err *take_state(struct lab_job *job, const struct lab_reply *reply)
{
	const char *health = store_get_string(reply->json, "health", "");
	const char *type = store_get_string(reply->json, "requested_device_type", NULL);

	if (type && !job->type && is_plain(type))
		job->type = xstrdup(type);
	if (!lab_job_is_finished(reply->json))
		return take_unfinished(job, reply->json);
	job->finished = true;
	job->how = str_equal(health, "Complete")   ? LAB_COMPLETE
		   : str_equal(health, "Canceled") ? LAB_CANCELED
						   : LAB_INCOMPLETE;
	lab_job_then(job, &lab_log_step, 0);
	return NULL;
}

const struct lab_step lab_state_step = { "state", ask_state, take_state };

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
		lab_job_then(job, &lab_state_step, queue_pause(job));
	return NULL;
}

const struct lab_step lab_queue_step = { "count", ask_queue, take_queue };

static void ask_devices(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "devices/?device_type=%s&limit=1000", job->type);
	job->devices_at = loop_now();
}

/* A queue before devices that are all in maintenance may stand for ever. */
static const struct err *take_devices(struct lab_job *job, const struct lab_reply *reply)
{
	bool in_service = false;
	size_t index;
	json_t *device;

	json_array_foreach (json_object_get(reply->json, "results"), index, device)
		in_service |= lab_takes_jobs(device);
	lab_job_then(job, &lab_state_step, queue_pause(job));
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

const struct lab_step lab_devices_step = { "results", ask_devices, take_devices };

/* It begins with the last line that was read, which shows that the log is still the same. */
static void ask_log(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	size_t start = job->lines ? job->lines - 1 : 0;

	request->text = true;
	strbuf_addf(path, "jobs/%lld/logs/?start=%zu&end=%zu", (long long)job->id, start,
		    start + LOG_PORTION);
}

/* {"case": "job", "definition": "lava", "result": "fail", "error_type": ..., "error_msg": ...} */
static void note_result(struct lab_job *job, const json_t *result)
{
	if (!str_equal(store_get_string(result, "case", ""), "job") ||
	    !str_equal(store_get_string(result, "definition", ""), "lava"))
		return;
	free(job->error_type);
	job->error_type = xstrdup(store_get_string(result, "error_type", ""));
	lab_job_set_words(job, store_get_string(result, "error_msg", NULL));
	job->state_at = 0; /* it is about to be Finished */
}

static const struct err *on_entry(void *data, const struct lab_entry *entry)
{
	struct lab_job *job = data;

	if (entry->level == LAB_RESULTS)
		note_result(job, entry->value);
	return job->watcher.on_entry(job->watcher.data, entry);
}

/* The line that a text begins with, without its end; its length with it. */
static size_t first_line(const char *text, size_t length, size_t *whole)
{
	const char *end = memchr(text, '\n', length);

	*whole = end ? (size_t)(end - text) + 1 : length;
	return end ? (size_t)(end - text) : length;
}

static void keep_last_line(struct lab_job *job, const char *text, size_t length)
{
	size_t start = length - (length && text[length - 1] == '\n');
	size_t end = start;

	while (start && text[start - 1] != '\n')
		start--;
	free(job->last_line);
	job->last_line = xstrndup(text + start, end - start);
}

const struct err *lab_job_shrink(struct lab_job *job)
{
	if (++job->shrunk >= LAB_MAX_REFUSALS)
		return lab_job_lose(
			job,
			"the log of job %lld does not go on where it was: %zu lines were "
			"read",
			(long long)job->id, job->lines);
	lab_job_then(job, job->finished ? &lab_log_step : &lab_state_step, lab_job_poll(job));
	return NULL;
}

static const struct err *end_of_log(struct lab_job *job)
{
	enum lab_how how = job->how;
	STRBUF words = { 0 };

	/* The job's result is always the last line. */
	if (how != LAB_CANCELED && !job->error_type)
		return lab_job_lose(job, "the log of job %lld has no end: %zu lines were read",
				    (long long)job->id, job->lines);
	if (how == LAB_INCOMPLETE && job->error_type && str_equal(job->error_type, "Test") &&
	    job->words && strstr(job->words, "timed out"))
		how = LAB_TIMED_OUT;
	if (how == LAB_CANCELED)
		strbuf_adds(&words, job->cancelling ? "cancelled" : "cancelled in the lab");
	else if (how != LAB_COMPLETE)
		strbuf_addf(&words, "%s%s%s",
			    job->error_type && *job->error_type ? job->error_type : "",
			    job->error_type && *job->error_type && job->words ? ": " : "",
			    job->words ? job->words : "");
	return lab_job_finish(job, how, strbuf_str(&words));
}

const struct err *lab_job_after_log(struct lab_job *job)
{
	job->shrunk = 0;
	if (job->news) {
		lab_job_then(job, &lab_log_step, job->finished ? 0 : lab_job_poll(job));
	} else if (job->finished) {
		return end_of_log(job);
	} else {
		lab_job_then(job, &lab_log_step, lab_job_poll(job));
	}
	if (!job->finished && (loop_now() - job->state_at >= STATE_SECONDS || job->cancelling))
		job->next = &lab_state_step;
	return NULL;
}

/* While a job runs its last line may be there by half. */
static size_t whole_lines(const struct lab_job *job, const struct strbuf *body)
{
	size_t length = body->len;

	while (!job->finished && length && body->buf[length - 1] != '\n')
		length--;
	return length;
}

static const struct err *take_log(struct lab_job *job, const struct lab_reply *reply)
{
	const char *text = strbuf_str(&reply->body);
	size_t length = whole_lines(job, &reply->body), whole = 0, count = 0;

	if (job->lines) {
		size_t line = first_line(text, length, &whole);

		if (line != strlen(job->last_line) || memcmp(text, job->last_line, line) != 0)
			return lab_job_shrink(job);
	}
	job->news = length > whole;
	if (job->news) {
		TRY(lab_read_log(text + whole, length - whole, on_entry, job, &count));
		job->lines += count;
		keep_last_line(job, text, length);
	}
	if (job->watcher.on_heard)
		TRY(job->watcher.on_heard(job->watcher.data));
	/* A full portion: there is more. */
	if (count + (whole > 0) >= LOG_PORTION) {
		lab_job_then(job, &lab_log_step, 0);
		return NULL;
	}
	return lab_job_after_log(job);
}

const struct lab_step lab_log_step = { "-", ask_log, take_log };

static void ask_cancel(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/%lld/cancel/", (long long)job->id);
}

const struct err *lab_job_cancelled(struct lab_job *job, const struct lab_reply *reply)
{
	(void)reply;
	job->cancel_sent = true;
	lab_job_then(job, &lab_state_step, lab_job_poll(job));
	return NULL;
}

const struct lab_step lab_cancel_step = { NULL, ask_cancel, lab_job_cancelled };
