// SPDX-License-Identifier: GPL-2.0
/* lab_job_follow.c - a job that is known: its state, its log, its end. */
#include "lab_job_part.h"

/* Entries of a log that are asked for at a time. */
#define LOG_PORTION 20000
/* Looks at the state while the log grows; a job in a queue is looked at as often. */
#define STATE_SECONDS 5.0

static void ask_state(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/%lld/", (long long)job->id);
	job->state_at = loop_now();
}

double lab_job_queue_pause(const struct lab_job *job)
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
		return lab_job_lose(
			job, "it is %s for longer than it may be: its worker may be gone", state);
	if (str_equal(state, "Running") || str_equal(state, "Canceling")) {
		if (!job->device && lab_job_is_plain(device))
			job->device = xstrdup(device);
		TRY(lab_job_tell(job, "job %lld runs on %s", (long long)job->id, device));
		lab_job_then(job, &lab_log_step, 0);
		return NULL;
	}
	if (str_equal(state, "Submitted") && job->type) {
		lab_job_then(job, &lab_queue_step, 0);
		return NULL;
	}
	TRY(lab_job_tell(job, "job %lld waits for %s", (long long)job->id, device));
	lab_job_then(job, &lab_state_step, lab_job_queue_pause(job));
	return NULL;
}

bool lab_job_is_plain(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789._-")];
}

static const struct err *take_state(struct lab_job *job, const struct lab_reply *reply)
{
	const char *health = store_get_string(reply->json, "health", "");
	const char *type = store_get_string(reply->json, "requested_device_type", NULL);

	if (type && !job->type && lab_job_is_plain(type))
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

const struct lab_step lab_state_step = { "state", ask_state, take_state, NULL };

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
		return lab_job_lose(job, "its log does not go on where it was: %zu lines were read",
				    job->lines);
	lab_job_then(job, job->finished ? &lab_log_step : &lab_state_step, lab_job_poll(job));
	return NULL;
}

static const struct err *end_of_log(struct lab_job *job)
{
	enum lab_how how = job->how;
	STRBUF words = { 0 };

	/* The job's result is always the last line. */
	if (how != LAB_CANCELED && !job->error_type)
		return lab_job_lose(job, "its log has no end: %zu lines were read", job->lines);
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

const struct err *lab_job_heard(struct lab_job *job)
{
	bool deaf = job->deaf && job->worker.hidden;

	job->deaf = false;
	if (job->news || job->quiet_since <= 0)
		job->quiet_since = loop_now();
	if (job->watcher.on_heard)
		TRY(job->watcher.on_heard(job->watcher.data, lab_job_heard_until(job), deaf));
	return lab_job_after_log(job);
}

/* What is looked at when the log has been read. */
static const struct lab_step *after_look(struct lab_job *job)
{
	const struct lab_step *worker = lab_job_look_at_worker(job);
	bool due = loop_now() - job->state_at >= STATE_SECONDS || job->cancelling;

	/* a lab that takes its time makes both due always: they take turns */
	if (worker && (!due || job->worker.asked_at < job->state_at))
		return worker;
	return due ? &lab_state_step : &lab_log_step;
}

const struct err *lab_job_after_log(struct lab_job *job)
{
	double gone = lab_job_worker_gone(job);

	job->shrunk = 0;
	if (job->finished && !job->news)
		return end_of_log(job);
	if (job->finished) {
		lab_job_then(job, &lab_log_step, 0);
		return NULL;
	}
	if (gone >= lab_settings(job->lab)->patience)
		return lab_job_lose(job, "nothing was heard of its worker '%s' for %.0f s",
				    job->worker.host, gone);
	lab_job_then(job, after_look(job), lab_job_poll(job));
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
	/* A full portion: there is more. */
	if (count + (whole > 0) >= LOG_PORTION) {
		job->quiet_since = loop_now();
		lab_job_then(job, &lab_log_step, 0);
		return NULL;
	}
	return lab_job_heard(job);
}

const struct lab_step lab_log_step = { "-", ask_log, take_log, NULL };

static void ask_cancel(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/%lld/cancel/", (long long)job->id);
}

static const struct err *cancelled(struct lab_job *job, const struct lab_reply *reply)
{
	(void)reply;
	job->cancel_sent = true;
	lab_job_then(job, &lab_state_step, lab_job_poll(job));
	return NULL;
}

const struct lab_step lab_cancel_step = { NULL, ask_cancel, cancelled, cancelled };
