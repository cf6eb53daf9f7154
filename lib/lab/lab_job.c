// SPDX-License-Identifier: GPL-2.0
/*
 * lab_job.c - the life of a job as steps; one request each, the next by what came of it:
 *
 *	find -> submit -> state <-> queue -> devices -> workers
 *	                  state <-> log <-> device, worker
 *	                            log -> (sweep -> drop) -> end
 *	                  cancel -> state
 */
#include "lab_job_part.h"

#define MAX_MISSING 5
/* How long a cancelled job is waited for. */
#define CANCEL_SECONDS 15.0
/* A lab that is out of reach is not waited for when all is said. */
#define ENDING_SECONDS 15.0
#define MOST_PAUSE     30.0
#define MOST_OBEYED    300.0 /* of what Retry-After asks for */

double lab_job_poll(const struct lab_job *job)
{
	return lab_settings(job->lab)->poll_ms / 1000.0;
}

void lab_job_then(struct lab_job *job, const struct lab_step *step, double pause)
{
	job->next = step;
	job->pause = pause;
}

void lab_job_set_words(struct lab_job *job, const char *words)
{
	free(job->words);
	job->words = words ? xstrdup(words) : NULL;
}

const struct err *lab_job_finish(struct lab_job *job, enum lab_how how, const char *words)
{
	if (!job->ending) {
		job->how = how;
		lab_job_set_words(job, words);
	}
	job->ending = true;
	if (job->uncertain) {
		job->uncertain = false;
		lab_job_then(job, &lab_sweep_step, 0);
		return NULL;
	}
	if (job->other_count) {
		lab_job_then(job, &lab_drop_step, 0);
		return NULL;
	}
	job->next = NULL;
	return NULL;
}

const struct err *lab_job_lose(struct lab_job *job, const char *format, ...)
{
	STRBUF words = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&words, format, args);
	va_end(args);
	/* A job that is only followed is somebody else's. */
	if (*job->spec->tag && job->id && !job->finished)
		lab_job_drop(job, job->id);
	return lab_job_finish(job, LAB_LOST, strbuf_str(&words));
}

const struct err *lab_job_tell(struct lab_job *job, const char *format, ...)
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

const struct err *lab_job_know(struct lab_job *job, int64_t id, bool uncertain)
{
	job->id = id;
	job->uncertain = uncertain;
	return job->watcher.on_known(job->watcher.data, id, uncertain);
}

int64_t lab_job_read_id(const json_t *json)
{
	if (json_is_integer(json))
		return json_integer_value(json);
	return json_is_string(json) ? strtoll(json_string_value(json), NULL, 10) : 0;
}

static const struct err *take_trouble(struct lab_job *job, const struct lab_reply *reply)
{
	double pause = lab_job_poll(job), patience = lab_settings(job->lab)->patience;

	if (!job->troubles++)
		job->trouble_since = loop_now();
	for (int i = 1; i < job->troubles && pause < MOST_PAUSE; i++)
		pause *= 2;
	pause = pause < MOST_PAUSE ? pause : MOST_PAUSE;
	if (reply->retry_after > pause)
		pause = reply->retry_after < MOST_OBEYED ? reply->retry_after : MOST_OBEYED;
	if (job->cancelling && loop_now() >= job->cancel_until)
		return lab_job_finish(job, LAB_CANCELED, reply->words);
	if (loop_now() - job->trouble_since >= patience)
		return lab_job_lose(job, "the lab was out of reach for %.0f s: %s",
				    loop_now() - job->trouble_since,
				    reply->words ? reply->words : "");
	if (job->next != &lab_submit_step) {
		job->pause = pause;
		return NULL;
	}
	job->uncertain = true;
	if (job->submissions >= LAB_MAX_SUBMISSIONS)
		return lab_job_lose(job, "the lab failed at %d submissions: %s", job->submissions,
				    reply->words ? reply->words : "");
	job->finds = 0;
	lab_job_then(job, &lab_find_step, pause);
	return NULL;
}

/* 404: of a log that there is none yet, of a job that it is gone. */
static const struct err *take_missing(struct lab_job *job, const struct lab_reply *reply)
{
	if (job->next == &lab_log_step && !job->lines) {
		job->news = false;
		return lab_job_heard(job);
	}
	if (job->next == &lab_submit_step)
		return lab_job_lose(job, "the lab does not take jobs there: %s",
				    reply->words ? reply->words : "");
	if (job->next == &lab_log_step)
		return lab_job_shrink(job);
	if (++job->missing >= MAX_MISSING)
		return lab_job_lose(job, "the lab does not know job %lld: %s", (long long)job->id,
				    reply->words ? reply->words : "");
	job->pause = lab_job_poll(job);
	return NULL;
}

static const struct err *take_refusal(struct lab_job *job, const struct lab_reply *reply)
{
	if (job->next == &lab_submit_step && reply->outcome == LAB_REJECTED && reply->status == 400)
		return lab_job_lose(job, "the lab refuses the job: %s",
				    reply->words ? reply->words : "");
	if (++job->refusals >= LAB_MAX_REFUSALS)
		return lab_job_lose(job, "the lab refuses: %s", reply->words ? reply->words : "");
	job->pause = lab_job_poll(job);
	return NULL;
}

/* JSON, but of somebody else. */
static const struct err *take_nonsense(struct lab_job *job)
{
	struct lab_reply reply = { .outcome = LAB_TROUBLE, .retry_after = -1 };

	reply.words = (char *)(uintptr_t) "it answered something else";
	return take_trouble(job, &reply);
}

static bool is_of_lava(const struct lab_step *step, const struct lab_reply *reply)
{
	if (!step->member)
		return true;
	if (str_equal(step->member, "-"))
		return !reply->body.len || *reply->body.buf == '-';
	return json_object_get(reply->json, step->member) != NULL;
}

static const struct err *take_reply(struct lab_job *job, const struct lab_reply *reply)
{
	bool nonsense = reply->outcome == LAB_DONE && !is_of_lava(job->next, reply);

	job->deaf |= nonsense || reply->outcome == LAB_TROUBLE;
	if (job->ending && (reply->outcome != LAB_DONE || nonsense)) {
		/* At the end nothing is worth waiting for. */
		job->other_count -= job->next == &lab_drop_step;
		return lab_job_finish(job, job->how, job->words);
	}
	if (job->next->go_without && reply->outcome != LAB_DONE && reply->outcome != LAB_TROUBLE)
		return job->next->go_without(job, reply);
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
	struct lab_end end = { .how = job->how,
			       .words = job->words ? job->words : "",
			       .over = job->finished || !job->id };

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
	/* One that met trouble is tried again after its pause. */
	if (job->cancelling && !job->cancel_sent && job->next && job->next != &lab_cancel_step &&
	    job->id && !job->ending && !job->finished)
		lab_job_then(job, &lab_cancel_step, 0);
	return go_on(job);
}

static const struct err *on_timer(void *data, short events)
{
	struct lab_job *job = data;
	struct lab_request request = { .method = HTTP_GET };
	STRBUF path = { 0 };

	(void)events;
	lab_call_free(TAKE_PTR(job->call));
	if (job->cancelling && job->next == &lab_submit_step) {
		TRY(lab_job_finish(job, LAB_CANCELED, "cancelled before it was submitted"));
		return go_on(job);
	}
	/* Written down before it can be made: a farrier that is killed here finds it. */
	if (job->next == &lab_submit_step)
		TRY(job->watcher.on_known(job->watcher.data, 0, true));
	if (job->ending)
		request.timeout = ENDING_SECONDS;
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
	lab_job_then(job,
		     spec->id	       ? &lab_state_step
		     : spec->uncertain ? &lab_find_step
				       : &lab_submit_step,
		     0);
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
		job->next = &lab_cancel_step;
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
	json_decref(job->hosts);
	free(job->device);
	free(job->worker.host);
	free(job->worker.ping);
	free(job->last_line);
	free(job->others);
	free(job->words);
	free(job->error_type);
	free(job);
}
