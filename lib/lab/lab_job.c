// SPDX-License-Identifier: GPL-2.0
/*
 * lab_job.c - the life of a job as steps; one request each, the next by what came of it:
 *
 *	find -> submit -> state <-> queue
 *	                  state <-> log -> (sweep -> drop) -> end
 *	                  cancel -> state
 */
#include "lab_job.h"

/* Looks by the tag for a submission whose answer was lost, before it is made again. */
#define FINDS 2
/* A server that fails at every submission does not like this one. */
#define MAX_SUBMISSIONS 5
/* Refusals in a row that are believed: a proxy may have a bad moment. */
#define MAX_REFUSALS 3
#define MAX_MISSING  5
/* Entries of a log that are asked for at a time. */
#define LOG_PORTION 20000
/* Looks at the state while the log grows; a job in a queue is looked at as often. */
#define STATE_SECONDS 5.0
/* How long a cancelled job is waited for. */
#define CANCEL_SECONDS 15.0
#define MOST_PAUSE     30.0
#define MOST_OBEYED    300.0 /* of what Retry-After asks for */

struct step {
	/* A member that every answer has; one without it is none of LAVA's. Or NULL. */
	const char *member;
	/* The path below the API, and the method; fills `path`. */
	void (*ask)(struct lab_job *job, struct lab_request *request, struct strbuf *path);
	/* What to do with the answer; sets job->next and job->pause. */
	const struct err *(*take)(struct lab_job *job, const struct lab_reply *reply);
};

struct lab_job {
	struct lab *lab;
	struct loop *loop;
	struct http *http;
	struct loop_source *timer;
	struct lab_call *call;
	const struct lab_job_spec *spec;
	struct lab_job_watcher watcher;

	const struct step *next;
	double pause; /* before the next step */
	bool asking;  /* its answer is on the way */

	int64_t id;
	bool uncertain; /* another job with the tag may come */
	int finds, submissions, refusals, missing, troubles;
	double trouble_since; /* of troubles in a row */

	char *state;	 /* as it was told */
	char *type;	 /* device type */
	double state_at; /* when it was asked for */
	bool finished;
	json_t *submission; /* the body of the request */

	size_t lines;	 /* entries that were read */
	char *last_line; /* the last of them, as it came */
	int shrunk;	 /* answers in a row that do not go on where it ended */
	bool news;	 /* of the last portion */

	bool cancelling, cancel_sent;
	double cancel_until;

	int64_t *others; /* jobs with the tag that are to be cancelled */
	size_t other_count;

	bool ending;
	enum lab_how how;
	char *words;
	char *error_type;
};

static const struct step find_step, submit_step, state_step, queue_step, log_step, cancel_step,
	sweep_step, drop_step;

static double poll_seconds(const struct lab_job *job)
{
	return lab_settings(job->lab)->poll_ms / 1000.0;
}

static void then(struct lab_job *job, const struct step *step, double pause)
{
	job->next = step;
	job->pause = pause;
}

static void set_words(struct lab_job *job, const char *words)
{
	free(job->words);
	job->words = words ? xstrdup(words) : NULL;
}

/* It is over; what may still come of an uncertain submission is looked for first. */
static const struct err *finish(struct lab_job *job, enum lab_how how, const char *words)
{
	if (!job->ending) {
		job->how = how;
		set_words(job, words);
	}
	job->ending = true;
	if (job->uncertain) {
		job->uncertain = false;
		then(job, &sweep_step, 0);
		return NULL;
	}
	if (job->other_count) {
		then(job, &drop_step, 0);
		return NULL;
	}
	job->next = NULL;
	return NULL;
}

static const struct err *lose(struct lab_job *job, const char *format, ...) PRINTF(2, 3);

static const struct err *lose(struct lab_job *job, const char *format, ...)
{
	STRBUF words = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&words, format, args);
	va_end(args);
	return finish(job, LAB_LOST, strbuf_str(&words));
}

static const struct err *tell_state(struct lab_job *job, const char *format, ...) PRINTF(2, 3);

static const struct err *tell_state(struct lab_job *job, const char *format, ...)
{
	STRBUF text = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&text, format, args);
	va_end(args);
	if (job->state && str_equal(job->state, strbuf_str(&text)))
		return NULL;
	free(job->state);
	job->state = strbuf_detach(&text);
	return job->watcher.on_state ? job->watcher.on_state(job->watcher.data, job->state) : NULL;
}

static const struct err *know(struct lab_job *job, int64_t id, bool uncertain)
{
	job->id = id;
	job->uncertain = uncertain;
	return job->watcher.on_known(job->watcher.data, id, uncertain);
}

/* A job's id is a number, or of a multinode job a text "12.0". */
static int64_t read_id(const json_t *json)
{
	if (json_is_integer(json))
		return json_integer_value(json);
	return json_is_string(json) ? strtoll(json_string_value(json), NULL, 10) : 0;
}

/* --- by the tag --- */

static void ask_by_tag(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	/* Tags are made of letters, digits and "-". */
	strbuf_addf(path, "jobs/?description__contains=%s&ordering=id&limit=100", job->spec->tag);
}

static bool is_finished(const json_t *json)
{
	return str_equal(store_get_string(json, "state", ""), "Finished");
}

static void add_other(struct lab_job *job, int64_t id)
{
	job->others = xreallocarray(job->others, job->other_count + 1, sizeof(*job->others));
	job->others[job->other_count++] = id;
}

/* Returns the oldest job with the tag, or `own` if that is given; unfinished others are noted. */
static int64_t sort_jobs(struct lab_job *job, const json_t *answer, int64_t own)
{
	const json_t *list = json_object_get(answer, "results");
	int64_t first = own;
	size_t index;
	json_t *item;

	json_array_foreach (list, index, item) {
		int64_t id = read_id(json_object_get(item, "id"));
		const char *name = store_get_string(item, "description", "");

		if (id > 0 && strstr(name, job->spec->tag) && !own && (!first || id < first))
			first = id;
	}
	json_array_foreach (list, index, item) {
		int64_t id = read_id(json_object_get(item, "id"));
		const char *name = store_get_string(item, "description", "");

		if (id > 0 && strstr(name, job->spec->tag) && id != first && !is_finished(item))
			add_other(job, id);
	}
	return first;
}

static const struct err *take_found(struct lab_job *job, const struct lab_reply *reply)
{
	int64_t id = sort_jobs(job, reply->json, 0);

	if (id) {
		TRY(know(job, id, true));
		then(job, job->cancelling ? &cancel_step : &state_step, 0);
		return NULL;
	}
	if (++job->finds < FINDS) {
		then(job, &find_step, poll_seconds(job));
		return NULL;
	}
	if (job->cancelling)
		return finish(job, LAB_CANCELED, "cancelled before it was submitted");
	if (!job->spec->definition)
		return lose(job, "the lab has no job with the tag '%s'", job->spec->tag);
	then(job, &submit_step, 0);
	return NULL;
}

static const struct step find_step = { "results", ask_by_tag, take_found };

static const struct err *take_sweep(struct lab_job *job, const struct lab_reply *reply)
{
	/* A job that was never known is not ours either. */
	sort_jobs(job, reply->json, job->id ? job->id : INT64_MAX);
	return finish(job, job->how, job->words);
}

static const struct step sweep_step = { "results", ask_by_tag, take_sweep };

static void ask_drop(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/%lld/cancel/", (long long)job->others[job->other_count - 1]);
}

static const struct err *take_drop(struct lab_job *job, const struct lab_reply *reply)
{
	(void)reply;
	job->other_count--;
	return finish(job, job->how, job->words);
}

static const struct step drop_step = { NULL, ask_drop, take_drop };

/* --- submission --- */

static void ask_submit(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	OWNED_STR text = store_canonical(job->spec->definition);

	json_decref(job->submission);
	job->submission = json_object();
	store_set(job->submission, "definition", json_string(text));
	request->method = HTTP_POST;
	request->body = job->submission;
	strbuf_adds(path, "jobs/");
	job->submissions++;
}

static const struct err *take_submitted(struct lab_job *job, const struct lab_reply *reply)
{
	int64_t id = read_id(json_array_get(json_object_get(reply->json, "job_ids"), 0));

	if (id <= 0)
		return lose(job, "the lab took the job and said no id");
	/* Another submission may have been made, and its answer lost. */
	TRY(know(job, id, job->submissions > 1 || job->spec->uncertain));
	then(job, job->cancelling ? &cancel_step : &state_step, 0);
	return NULL;
}

static const struct step submit_step = { "job_ids", ask_submit, take_submitted };

/* --- state --- */

static void ask_state(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/%lld/", (long long)job->id);
	job->state_at = loop_now();
}

static double queue_pause(const struct lab_job *job)
{
	double poll = poll_seconds(job);

	return poll > STATE_SECONDS ? poll : poll * 2 < STATE_SECONDS ? poll * 2 : STATE_SECONDS;
}

static const struct err *take_unfinished(struct lab_job *job, const json_t *answer)
{
	const char *state = store_get_string(answer, "state", "");
	const char *device = store_get_string(answer, "actual_device", "a device");

	if (job->cancelling && loop_now() >= job->cancel_until)
		return finish(job, LAB_CANCELED, "cancelled");
	if (job->cancelling && !job->cancel_sent) {
		then(job, &cancel_step, 0);
		return NULL;
	}
	if (str_equal(state, "Running") || str_equal(state, "Canceling")) {
		TRY(tell_state(job, "job %lld runs on %s", (long long)job->id, device));
		then(job, &log_step, 0);
		return NULL;
	}
	if (str_equal(state, "Submitted") && job->type) {
		then(job, &queue_step, 0);
		return NULL;
	}
	TRY(tell_state(job, "job %lld waits for %s", (long long)job->id, device));
	then(job, &state_step, queue_pause(job));
	return NULL;
}

static const struct err *take_state(struct lab_job *job, const struct lab_reply *reply)
{
	const char *health = store_get_string(reply->json, "health", "");
	const char *type = store_get_string(reply->json, "requested_device_type", NULL);

	if (type && !job->type)
		job->type = xstrdup(type);
	if (!is_finished(reply->json))
		return take_unfinished(job, reply->json);
	job->finished = true;
	job->how = str_equal(health, "Complete")   ? LAB_COMPLETE
		   : str_equal(health, "Canceled") ? LAB_CANCELED
						   : LAB_INCOMPLETE;
	then(job, &log_step, 0);
	return NULL;
}

static const struct step state_step = { "state", ask_state, take_state };

static void ask_queue(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/?state=Submitted&requested_device_type=%s&id__lt=%lld&limit=1",
		    job->type, (long long)job->id);
}

static const struct err *take_queue(struct lab_job *job, const struct lab_reply *reply)
{
	int before = store_get_int(reply->json, "count", 0);

	if (before)
		TRY(tell_state(job, "job %lld waits, %d job%s before it", (long long)job->id,
			       before, before == 1 ? "" : "s"));
	else
		TRY(tell_state(job, "job %lld waits for a device", (long long)job->id));
	then(job, &state_step, queue_pause(job));
	return NULL;
}

static const struct step queue_step = { "count", ask_queue, take_queue };

/* --- the log --- */

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
	set_words(job, store_get_string(result, "error_msg", NULL));
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

static const struct err *shrink(struct lab_job *job)
{
	if (++job->shrunk >= MAX_REFUSALS)
		return lose(job,
			    "the log of job %lld does not go on where it was: %zu lines were "
			    "read",
			    (long long)job->id, job->lines);
	then(job, job->finished ? &log_step : &state_step, poll_seconds(job));
	return NULL;
}

static const struct err *end_of_log(struct lab_job *job)
{
	enum lab_how how = job->how;
	STRBUF words = { 0 };

	/* The job's result is always the last line. */
	if (how != LAB_CANCELED && !job->error_type)
		return lose(job, "the log of job %lld has no end: %zu lines were read",
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
	return finish(job, how, strbuf_str(&words));
}

static const struct err *after_log(struct lab_job *job)
{
	job->shrunk = 0;
	if (job->news) {
		then(job, &log_step, job->finished ? 0 : poll_seconds(job));
	} else if (job->finished) {
		return end_of_log(job);
	} else {
		then(job, &log_step, poll_seconds(job));
	}
	if (!job->finished && (loop_now() - job->state_at >= STATE_SECONDS || job->cancelling))
		job->next = &state_step;
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
			return shrink(job);
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
		then(job, &log_step, 0);
		return NULL;
	}
	return after_log(job);
}

static const struct step log_step = { NULL, ask_log, take_log };

/* --- cancel --- */

static void ask_cancel(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/%lld/cancel/", (long long)job->id);
}

static const struct err *take_cancelled(struct lab_job *job, const struct lab_reply *reply)
{
	(void)reply;
	job->cancel_sent = true;
	then(job, &state_step, poll_seconds(job));
	return NULL;
}

static const struct step cancel_step = { NULL, ask_cancel, take_cancelled };

/* --- what goes wrong --- */

static const struct err *take_trouble(struct lab_job *job, const struct lab_reply *reply)
{
	double pause = poll_seconds(job), patience = lab_settings(job->lab)->patience;

	if (!job->troubles++)
		job->trouble_since = loop_now();
	for (int i = 1; i < job->troubles && pause < MOST_PAUSE; i++)
		pause *= 2;
	pause = pause < MOST_PAUSE ? pause : MOST_PAUSE;
	if (reply->retry_after > pause)
		pause = reply->retry_after < MOST_OBEYED ? reply->retry_after : MOST_OBEYED;
	if (job->cancelling && loop_now() >= job->cancel_until)
		return finish(job, LAB_CANCELED, reply->words);
	if (loop_now() - job->trouble_since >= patience)
		return lose(job, "the lab was out of reach for %.0f s: %s",
			    loop_now() - job->trouble_since, reply->words ? reply->words : "");
	if (job->next != &submit_step) {
		job->pause = pause;
		return NULL;
	}
	job->uncertain = true;
	if (job->submissions >= MAX_SUBMISSIONS)
		return lose(job, "the lab failed at %d submissions: %s", job->submissions,
			    reply->words ? reply->words : "");
	job->finds = 0;
	then(job, &find_step, pause);
	return NULL;
}

/* 404: of a log that there is none yet, of a job that it is gone. */
static const struct err *take_missing(struct lab_job *job, const struct lab_reply *reply)
{
	if (job->next == &log_step && !job->lines) {
		job->news = false;
		return after_log(job);
	}
	if (job->next == &log_step)
		return shrink(job);
	if (++job->missing >= MAX_MISSING)
		return lose(job, "the lab does not know job %lld: %s", (long long)job->id,
			    reply->words ? reply->words : "");
	job->pause = poll_seconds(job);
	return NULL;
}

static const struct err *take_refusal(struct lab_job *job, const struct lab_reply *reply)
{
	if (job->next == &submit_step && reply->outcome == LAB_REJECTED && reply->status == 400)
		return lose(job, "the lab refuses the job: %s", reply->words ? reply->words : "");
	if (++job->refusals >= MAX_REFUSALS)
		return lose(job, "the lab refuses: %s", reply->words ? reply->words : "");
	job->pause = poll_seconds(job);
	return NULL;
}

/* JSON, but of somebody else. */
static const struct err *take_nonsense(struct lab_job *job)
{
	struct lab_reply reply = { .outcome = LAB_TROUBLE, .retry_after = -1 };

	reply.words = (char *)(uintptr_t) "it answered something else";
	return take_trouble(job, &reply);
}

static const struct err *take_reply(struct lab_job *job, const struct lab_reply *reply)
{
	bool nonsense = reply->outcome == LAB_DONE && job->next->member &&
			!json_object_get(reply->json, job->next->member);

	if (job->ending && (reply->outcome != LAB_DONE || nonsense)) {
		/* At the end nothing is worth waiting for. */
		job->other_count -= job->next == &drop_step;
		return finish(job, job->how, job->words);
	}
	if (job->next == &cancel_step && reply->outcome != LAB_DONE &&
	    reply->outcome != LAB_TROUBLE)
		return take_cancelled(job, reply);
	switch (reply->outcome) {
	case LAB_TROUBLE:
		return take_trouble(job, reply);
	case LAB_NOT_THERE:
		job->troubles = 0;
		return take_missing(job, reply);
	case LAB_FORBIDDEN:
	case LAB_REJECTED:
		job->troubles = 0;
		return take_refusal(job, reply);
	case LAB_DONE:
		break;
	}
	if (nonsense)
		return take_nonsense(job);
	job->troubles = job->refusals = job->missing = 0;
	return job->next->take(job, reply);
}

/* The end is told last: the job may be freed by it. */
static const struct err *go_on(struct lab_job *job)
{
	struct lab_end end = { .how = job->how, .words = job->words ? job->words : "" };

	if (job->next) {
		loop_set_timer(job->timer, loop_now() + job->pause);
		return NULL;
	}
	return job->watcher.on_end(job->watcher.data, &end);
}

static const struct err *on_reply(void *data, const struct lab_reply *reply)
{
	struct lab_job *job = data;

	job->asking = false;
	TRY(take_reply(job, reply));
	if (job->cancelling && !job->cancel_sent && job->next && job->id && !job->ending &&
	    !job->finished)
		then(job, &cancel_step, 0);
	return go_on(job);
}

static const struct err *on_timer(void *data, short events)
{
	struct lab_job *job = data;
	struct lab_request request = { .method = HTTP_GET };
	STRBUF path = { 0 };

	(void)events;
	lab_call_free(TAKE_PTR(job->call));
	if (job->cancelling && job->next == &submit_step) {
		TRY(finish(job, LAB_CANCELED, "cancelled before it was submitted"));
		return go_on(job);
	}
	/* Written down before it can be made: a farrier that is killed here finds it. */
	if (job->next == &submit_step)
		TRY(job->watcher.on_known(job->watcher.data, 0, true));
	job->next->ask(job, &request, &path);
	request.path = strbuf_str(&path);
	job->asking = true;
	return lab_call(job->lab, job->http, &request, on_reply, job, &job->call);
}

static void release_job(struct lab_job **job)
{
	lab_job_free(*job);
}

ERR_CHECK lab_job_start(struct lab *lab, struct loop *loop, const struct lab_job_spec *spec,
			const struct lab_job_watcher *watcher, struct lab_job **out)
{
	CLEANUP(release_job) struct lab_job *job = xcalloc(1, sizeof(*job));

	*job = (struct lab_job){ .lab = lab,
				 .loop = loop,
				 .spec = spec,
				 .watcher = *watcher,
				 .id = spec->id,
				 .uncertain = spec->uncertain };
	TRY(http_new(loop, &job->http));
	then(job, spec->id ? &state_step : spec->uncertain ? &find_step : &submit_step, 0);
	job->timer = loop_add_timer(loop, loop_now(), on_timer, job);
	*out = TAKE_PTR(job);
	return NULL;
}

void lab_job_cancel(struct lab_job *job)
{
	if (job->cancelling || job->ending)
		return;
	job->cancelling = true;
	job->cancel_until = loop_now() + CANCEL_SECONDS;
	if (job->asking || job->finished)
		return; /* behind the answer that is on the way */
	if (job->id)
		job->next = &cancel_step;
	loop_set_timer(job->timer, loop_now());
}

int64_t lab_job_id(const struct lab_job *job)
{
	return job->id;
}

void lab_job_free(struct lab_job *job)
{
	if (!job)
		return;
	lab_call_free(job->call);
	http_free(job->http);
	loop_remove(job->loop, job->timer);
	json_decref(job->submission);
	free(job->state);
	free(job->type);
	free(job->last_line);
	free(job->others);
	free(job->words);
	free(job->error_type);
	free(job);
}
