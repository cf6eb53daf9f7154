// SPDX-License-Identifier: GPL-2.0
/*
 * slurm_job.c - the life of a job as steps; one request each, the next by what came of it:
 *
 *	find -> submit -> release -> state -> (sweep) -> (drop) -> end
 *	        (state) -> cancel -> (sweep) -> (drop) -> end
 */
#include <sys/wait.h>

#include "slurm_job.h"

#define MOST_PAUSE 30.0
/* How long a cancel is tried. */
#define CANCEL_SECONDS 15.0
/* Trouble that lasts for less is not worth a line. */
#define AWAY_SECONDS 5.0
/* Looks by the name for a submission whose answer was lost, before it is made again. */
#define FINDS 2
/* A cluster that fails at every submission does not like this one. */
#define MAX_SUBMISSIONS 5
/* So many requests a second, at most, of all jobs together: a controller has others to serve. */
#define MOST_REQUESTS 10.0

/* One request, and what comes of it. */
struct step {
	/* The path below the API, and the method; fills `path`. */
	void (*ask)(struct slurm_job *job, struct slurm_request *request, struct strbuf *path);
	/* What to do with an answer that is no trouble; sets job->next and job->pause. */
	const struct err *(*take)(struct slurm_job *job, const struct slurm_reply *reply);
};

static const struct step find_step, submit_step, release_step, state_step, cancel_step, sweep_step,
	drop_step;

struct slurm_job {
	struct slurm *slurm;
	struct loop *loop;
	struct http *http;
	struct loop_source *timer;
	struct slurm_call *call;
	struct slurm_job_spec spec;
	struct slurm_job_watcher watcher;

	const struct step *next; /* NULL: all is said */
	double pause;		 /* before it */
	bool asking;

	int64_t id;
	bool uncertain; /* another job with the name may come */
	bool released;	/* once, at least */
	int finds, submissions, troubles;
	double trouble_since; /* of troubles in a row */
	json_t *body;	      /* of the request */
	char *state;	      /* as it was told */

	bool cancelling;
	double cancel_until;

	int64_t *others; /* jobs with the name that are to be cancelled */
	size_t other_count;

	struct slurm_end end;
	char *end_state, *end_node, *end_words;
};

static void then(struct slurm_job *job, const struct step *step, double pause)
{
	job->next = step;
	job->pause = pause;
}

static const struct err *finish(struct slurm_job *job, enum slurm_how how, const char *words)
{
	job->end.how = how;
	free(job->end_words);
	job->end_words = xstrdup(words ? words : "");
	then(job, job->uncertain ? &sweep_step : job->other_count ? &drop_step : NULL, 0);
	return NULL;
}

static const struct err *lose(struct slurm_job *job, const char *format, ...)
{
	STRBUF words = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&words, format, args);
	va_end(args);
	return finish(job, SLURM_LOST, strbuf_str(&words));
}

static double usual_pause(const struct slurm_job *job)
{
	double fair = slurm_followed(job->slurm) / MOST_REQUESTS;

	return job->spec.poll > fair ? job->spec.poll : fair;
}

static const struct err *know(struct slurm_job *job, int64_t id, bool uncertain)
{
	job->id = id;
	job->uncertain = uncertain;
	return job->watcher.on_known(job->watcher.data, id, uncertain);
}

/* Of an answer about one job, or NULL. */
static const json_t *only_job(const struct slurm_reply *reply)
{
	return json_array_get(json_object_get(reply->json, "jobs"), 0);
}

static bool is_over(const char *state)
{
	static const char *const over[] = { "COMPLETED", "FAILED",    "TIMEOUT",
					    "CANCELLED", "NODE_FAIL", "PREEMPTED",
					    "BOOT_FAIL", "DEADLINE",  "OUT_OF_MEMORY" };

	for (size_t i = 0; i < ARRAY_SIZE(over); i++)
		if (str_equal(state, over[i]))
			return true;
	return false;
}

/* --- looking for it --- */

static void ask_find(struct slurm_job *job, struct slurm_request *request, struct strbuf *path)
{
	(void)job;
	(void)request;
	strbuf_adds(path, "jobs");
}

static void drop(struct slurm_job *job, int64_t id)
{
	job->others = xreallocarray(job->others, job->other_count + 1, sizeof(*job->others));
	job->others[job->other_count++] = id;
}

/* The oldest job with the name, unless `own` is given; unfinished others are to go. */
static int64_t sort_jobs(struct slurm_job *job, const json_t *list, int64_t own)
{
	int64_t first = own;
	size_t index;
	json_t *one;

	json_array_foreach (list, index, one) {
		int64_t id = json_integer_value(json_object_get(one, "job_id"));

		if (!own && id > 0 && (!first || id < first) &&
		    str_equal(store_get_string(one, "name", ""), job->spec.name))
			first = id;
	}
	json_array_foreach (list, index, one) {
		int64_t id = json_integer_value(json_object_get(one, "job_id"));

		if (id > 0 && id != first &&
		    str_equal(store_get_string(one, "name", ""), job->spec.name) &&
		    !is_over(store_get_string(one, "job_state", "")))
			drop(job, id);
	}
	return first;
}

static const struct err *take_find(struct slurm_job *job, const struct slurm_reply *reply)
{
	int64_t id;

	if (reply->outcome != SLURM_DONE)
		return lose(job, "the cluster does not list its jobs: %s", reply->words);
	id = sort_jobs(job, json_object_get(reply->json, "jobs"), 0);
	if (id) {
		TRY(know(job, id, true));
		then(job, job->cancelling ? &cancel_step : &state_step, 0);
		return NULL;
	}
	if (++job->finds < FINDS) {
		then(job, &find_step, usual_pause(job));
		return NULL;
	}
	if (job->cancelling)
		return finish(job, SLURM_CANCELED, "");
	then(job, &submit_step, 0);
	return NULL;
}

static const struct step find_step = { ask_find, take_find };

/* A submission whose answer was lost may have been carried out late. */
static const struct err *take_sweep(struct slurm_job *job, const struct slurm_reply *reply)
{
	sort_jobs(job, json_object_get(reply->json, "jobs"), job->id ? job->id : INT64_MAX);
	job->uncertain = false;
	then(job, job->other_count ? &drop_step : NULL, 0);
	return NULL;
}

static const struct step sweep_step = { ask_find, take_sweep };

/* --- making it --- */

static void ask_submit(struct slurm_job *job, struct slurm_request *request, struct strbuf *path)
{
	json_t *inner;

	job->body = json_deep_copy(job->spec.definition);
	inner = json_object_get(job->body, "job");
	store_set(inner, "name", json_string(job->spec.name));
	store_set(inner, "hold", json_true());
	request->method = HTTP_POST;
	request->body = job->body;
	strbuf_adds(path, "job/submit");
	job->submissions++;
}

static const struct err *take_submit(struct slurm_job *job, const struct slurm_reply *reply)
{
	int64_t id = json_integer_value(json_object_get(reply->json, "job_id"));

	if (id > 0)
		TRY(know(job, id, job->uncertain));
	if (reply->outcome == SLURM_DONE && id <= 0)
		return lose(job, "the cluster took the job and said no id");
	if (reply->outcome == SLURM_DONE) {
		then(job, job->cancelling ? &cancel_step : &release_step, 0);
		return NULL;
	}
	/* one that is there, and will never run */
	if (id > 0)
		drop(job, id);
	return lose(job, "the cluster does not take the job: %s", reply->words);
}

static const struct step submit_step = { ask_submit, take_submit };

static void ask_release(struct slurm_job *job, struct slurm_request *request, struct strbuf *path)
{
	job->body = json_object();
	store_set(job->body, "hold", json_false());
	request->method = HTTP_POST;
	request->body = job->body;
	strbuf_addf(path, "job/%lld", (long long)job->id);
}

/* One that is released, or over, already: its state says so. */
static const struct err *take_release(struct slurm_job *job, const struct slurm_reply *reply)
{
	(void)reply;
	job->released = true;
	then(job, &state_step, 0);
	return NULL;
}

static const struct step release_step = { ask_release, take_release };

/* --- following it --- */

static void ask_state(struct slurm_job *job, struct slurm_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "job/%lld", (long long)job->id);
}

static const struct err *tell(struct slurm_job *job, bool runs, const char *format, ...)
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
	return job->watcher.on_state(job->watcher.data, job->state, runs);
}

/* Reasons of a job that waits for what never comes. */
static bool waits_for_ever(const char *reason)
{
	static const char *const reasons[] = {
		"BadConstraints",  "InvalidAccount",	       "InvalidQOS",
		"PartitionConfig", "PartitionTimeLimit",       "AssociationTimeLimit",
		"QOSTimeLimit",	   "DependencyNeverSatisfied",
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (str_equal(reason, reasons[i]))
			return true;
	return false;
}

static const struct err *take_over(struct slurm_job *job, const json_t *one)
{
	const char *state = store_get_string(one, "job_state", "");
	const char *reason = store_get_string(one, "state_reason", "");

	job->end.status = store_get_int(one, "exit_code", 0);
	job->end_state = xstrdup(state);
	job->end_node = xstrdup(store_get_string(one, "nodes", ""));
	/*
	 * What says nothing of the job itself. Of one on a node that died Slurm says that it could
	 * not be launched, or that it was killed.
	 */
	job->end.again = str_equal(state, "CANCELLED") || str_equal(state, "NODE_FAIL") ||
			 str_equal(state, "PREEMPTED") || str_equal(state, "BOOT_FAIL") ||
			 str_equal(reason, "JobLaunchFailure") ||
			 (str_equal(state, "FAILED") && WIFSIGNALED(job->end.status));
	return finish(job, SLURM_ENDED, str_equal(reason, "None") ? "" : reason);
}

/*
 * Nobody knows it any more, or its id is another job's: another cluster counts from 1, too, and a
 * controller that was killed gives the ids that it forgot once more.
 */
static bool is_gone(const struct slurm_job *job, const struct slurm_reply *reply)
{
	const char *name = store_get_string(only_job(reply), "name", NULL);

	return reply->outcome == SLURM_NO_JOB ||
	       (reply->outcome == SLURM_DONE && name && !str_equal(name, job->spec.name));
}

static const struct err *take_state(struct slurm_job *job, const struct slurm_reply *reply)
{
	const json_t *one = only_job(reply);
	const char *state = store_get_string(one, "job_state", "");
	const char *reason = store_get_string(one, "state_reason", "");

	if (is_gone(job, reply))
		return finish(job, SLURM_FORGOTTEN, "");
	if (reply->outcome != SLURM_DONE || !*state)
		return lose(job, "the cluster does not tell of job %lld: %s", (long long)job->id,
			    reply->words ? reply->words : "");
	if (is_over(state))
		return take_over(job, one);
	if (str_equal(state, "PENDING") && str_equal(reason, "JobHeldUser")) {
		/* again where the controller lost it, but somebody may want it so for a while */
		if (job->released)
			TRY(tell(job, false, "held (%s)", reason));
		then(job, &release_step, job->released ? MOST_PAUSE : 0);
		return NULL;
	}
	if (str_equal(state, "PENDING") && waits_for_ever(reason)) {
		drop(job, job->id);
		return lose(job, "the job would wait for ever: %s", reason);
	}
	if (str_equal(state, "PENDING"))
		TRY(tell(job, false, "queued (%s)", reason));
	else
		TRY(tell(job, true, "runs on %s", store_get_string(one, "nodes", "a node")));
	then(job, &state_step, usual_pause(job));
	return NULL;
}

static const struct step state_step = { ask_state, take_state };

/* --- ending it --- */

static void ask_cancel(struct slurm_job *job, struct slurm_request *request, struct strbuf *path)
{
	request->method = HTTP_DELETE;
	strbuf_addf(path, "job/%lld", (long long)job->id);
}

static const struct err *take_cancel(struct slurm_job *job, const struct slurm_reply *reply)
{
	bool refused = reply->outcome == SLURM_REJECTED;

	return finish(job, SLURM_CANCELED, refused && reply->words ? reply->words : "");
}

static const struct step cancel_step = { ask_cancel, take_cancel };

static void ask_drop(struct slurm_job *job, struct slurm_request *request, struct strbuf *path)
{
	request->method = HTTP_DELETE;
	strbuf_addf(path, "job/%lld", (long long)job->others[job->other_count - 1]);
}

static const struct err *take_drop(struct slurm_job *job, const struct slurm_reply *reply)
{
	(void)reply;
	job->other_count--;
	then(job, job->other_count ? &drop_step : NULL, 0);
	return NULL;
}

static const struct step drop_step = { ask_drop, take_drop };

/* --- the steps --- */

/* What is tidied at the end is given up early: nobody waits for it. */
static bool tidies(const struct slurm_job *job)
{
	return job->next == &drop_step || job->next == &sweep_step;
}

/* Twice as long each time. */
static double longer_pause(const struct slurm_job *job)
{
	double pause = usual_pause(job);

	for (int i = 1; i < job->troubles && pause < MOST_PAUSE; i++)
		pause *= 2;
	return pause < MOST_PAUSE ? pause : MOST_PAUSE;
}

/* Of a submission nobody knows whether it was made, unless the cluster says that it was not. */
static const struct err *submit_again(struct slurm_job *job, const struct slurm_reply *reply,
				      double pause)
{
	if (reply->outcome == SLURM_FULL) {
		job->submissions--;
		then(job, &submit_step, pause);
		return NULL;
	}
	TRY(know(job, 0, true));
	if (job->submissions >= MAX_SUBMISSIONS)
		return lose(job, "the cluster failed at %d submissions: %s", job->submissions,
			    reply->words ? reply->words : "no answer");
	job->finds = 0;
	then(job, &find_step, pause);
	return NULL;
}

static const struct err *take_trouble(struct slurm_job *job, const struct slurm_reply *reply)
{
	const char *words = reply->words ? reply->words : "no answer";
	double pause, since;

	if (!job->troubles++)
		job->trouble_since = loop_now();
	since = loop_now() - job->trouble_since;
	pause = longer_pause(job);
	if (tidies(job)) {
		if (since >= CANCEL_SECONDS)
			job->other_count = 0;
		then(job, since >= CANCEL_SECONDS ? NULL : job->next, pause);
		return NULL;
	}
	if (job->cancelling && loop_now() + pause >= job->cancel_until)
		return finish(job, SLURM_CANCELED, words);
	if (since >= job->spec.patience)
		return lose(job, "the cluster was out of reach for %.0f s: %s", since, words);
	if (since >= AWAY_SECONDS && !job->cancelling)
		slurm_say_away(job->slurm, words);
	if (job->next == &submit_step)
		return submit_again(job, reply, pause);
	/* whoever has the id now is not to be released, nor cancelled */
	if (job->next == &release_step || job->next == &cancel_step)
		job->next = &state_step;
	job->pause = pause;
	return NULL;
}

static const struct err *go_on(struct slurm_job *job)
{
	if (job->next) {
		loop_set_timer(job->timer, loop_now() + job->pause);
		return NULL;
	}
	job->end.state = job->end_state ? job->end_state : "";
	job->end.node = job->end_node ? job->end_node : "";
	job->end.words = job->end_words ? job->end_words : "";
	return job->watcher.on_end(job->watcher.data, &job->end);
}

/* Nothing is cancelled that may be somebody else's. */
static const struct err *go_cancel(struct slurm_job *job, const struct slurm_reply *reply)
{
	bool told = job->next == &state_step && reply->outcome == SLURM_DONE && only_job(reply);

	if (job->next == &state_step && is_gone(job, reply))
		return finish(job, SLURM_CANCELED, "");
	if (!told && loop_now() >= job->cancel_until)
		return finish(job, SLURM_CANCELED,
			      reply->words ? reply->words : "the cluster does not tell of it");
	then(job, told ? &cancel_step : &state_step, told ? 0 : usual_pause(job));
	return NULL;
}

static const struct err *on_reply(void *data, const struct slurm_reply *reply)
{
	struct slurm_job *job = data;
	const struct step *step = job->next;

	job->asking = false;
	json_decref(TAKE_PTR(job->body));
	if (reply->outcome == SLURM_TROUBLE || reply->outcome == SLURM_FULL) {
		TRY(take_trouble(job, reply));
		return go_on(job);
	}
	job->troubles = 0;
	/* It was asked for before somebody wanted to cancel the job. */
	if (job->cancelling && (step == &state_step || step == &release_step))
		TRY(go_cancel(job, reply));
	else
		TRY(step->take(job, reply));
	return go_on(job);
}

/* A token file that is being written anew may be missing for a moment. */
static const struct err *go_without(struct slurm_job *job, const struct err *err)
{
	struct slurm_reply reply = { .outcome = SLURM_TROUBLE };
	const struct err *said;

	if (!err || err->kind == ERR_INTERRUPTED ||
	    (err->kind == ERR_INPUT && !slurm_has_answered(job->slurm)))
		return err;
	reply.words = (char *)(uintptr_t)err->text;
	said = on_reply(job, &reply);
	err_free(err);
	return said;
}

static const struct err *on_timer(void *data, short events)
{
	struct slurm_job *job = data;
	struct slurm_request request = { .method = HTTP_GET };
	STRBUF path = { 0 };

	(void)events;
	if (!job->next)
		return go_on(job);
	slurm_call_free(TAKE_PTR(job->call));
	job->next->ask(job, &request, &path);
	request.path = strbuf_str(&path);
	job->asking = true;
	return go_without(job,
			  slurm_call(job->slurm, job->http, &request, on_reply, job, &job->call));
}

void slurm_job_cancel(struct slurm_job *job)
{
	if (job->cancelling)
		return;
	job->cancelling = true;
	job->cancel_until = loop_now() + CANCEL_SECONDS;
	if (job->asking)
		return;
	if (job->id || job->uncertain)
		then(job, job->id ? &state_step : &find_step, 0);
	else
		err_free(finish(job, SLURM_CANCELED, ""));
	loop_set_timer(job->timer, loop_now());
}

ERR_CHECK slurm_job_start(struct slurm *slurm, struct loop *loop, struct http *http,
			  const struct slurm_job_spec *spec,
			  const struct slurm_job_watcher *watcher, struct slurm_job **out)
{
	struct slurm_job *job = *out = xcalloc(1, sizeof(*job));

	*job = (struct slurm_job){ .slurm = slurm,
				   .loop = loop,
				   .http = http,
				   .spec = *spec,
				   .watcher = *watcher,
				   .id = spec->id,
				   .uncertain = spec->uncertain };
	slurm_follow(slurm, 1);
	then(job, job->id ? &state_step : spec->uncertain ? &find_step : &submit_step, 0);
	job->timer = loop_add_timer(loop, loop_now(), on_timer, job);
	return NULL;
}

void slurm_job_free(struct slurm_job *job)
{
	if (!job)
		return;
	slurm_follow(job->slurm, -1);
	slurm_call_free(job->call);
	loop_remove(job->loop, job->timer);
	json_decref(job->body);
	free(job->state);
	free(job->others);
	free(job->end_state);
	free(job->end_node);
	free(job->end_words);
	free(job);
}
