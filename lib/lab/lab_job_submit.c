// SPDX-License-Identifier: GPL-2.0
/* lab_job_submit.c - exactly one job: looking for it by its tag, making it, dropping others. */
#include "lab_job_part.h"

/* Looks by the tag for a submission whose answer was lost, before it is made again. */
#define FINDS 2

static void ask_by_tag(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	/* Tags are made of letters, digits and "-". */
	strbuf_addf(path, "jobs/?description__contains=%s&ordering=id&limit=100", job->spec->tag);
}

bool lab_job_is_finished(const json_t *json)
{
	return str_equal(store_get_string(json, "state", ""), "Finished");
}

void lab_job_drop(struct lab_job *job, int64_t id)
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
		int64_t id = lab_job_read_id(json_object_get(item, "id"));
		const char *name = store_get_string(item, "description", "");

		if (id > 0 && strstr(name, job->spec->tag) && !own && (!first || id < first))
			first = id;
	}
	json_array_foreach (list, index, item) {
		int64_t id = lab_job_read_id(json_object_get(item, "id"));
		const char *name = store_get_string(item, "description", "");

		if (id > 0 && strstr(name, job->spec->tag) && id != first &&
		    !lab_job_is_finished(item))
			lab_job_drop(job, id);
	}
	return first;
}

static const struct err *take_found(struct lab_job *job, const struct lab_reply *reply)
{
	int64_t id = sort_jobs(job, reply->json, 0);

	if (id) {
		TRY(lab_job_know(job, id, true));
		lab_job_then(job, job->cancelling ? &lab_cancel_step : &lab_state_step, 0);
		return NULL;
	}
	if (++job->finds < FINDS) {
		lab_job_then(job, &lab_find_step, lab_job_poll(job));
		return NULL;
	}
	if (job->cancelling)
		return lab_job_finish(job, LAB_CANCELED, "cancelled before it was submitted");
	if (!job->spec->definition)
		return lab_job_lose(job, "the lab has no job with the tag '%s'", job->spec->tag);
	lab_job_then(job, &lab_submit_step, 0);
	return NULL;
}

const struct lab_step lab_find_step = { "results", ask_by_tag, take_found, NULL };

static const struct err *take_sweep(struct lab_job *job, const struct lab_reply *reply)
{
	/* A job that was never known is not ours either. */
	sort_jobs(job, reply->json, job->id ? job->id : INT64_MAX);
	return lab_job_finish(job, job->how, job->words);
}

const struct lab_step lab_sweep_step = { "results", ask_by_tag, take_sweep, NULL };

static void ask_drop(struct lab_job *job, struct lab_request *request, struct strbuf *path)
{
	(void)request;
	strbuf_addf(path, "jobs/%lld/cancel/", (long long)job->others[job->other_count - 1]);
}

static const struct err *take_drop(struct lab_job *job, const struct lab_reply *reply)
{
	(void)reply;
	job->other_count--;
	return lab_job_finish(job, job->how, job->words);
}

const struct lab_step lab_drop_step = { NULL, ask_drop, take_drop, NULL };

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
	int64_t id = lab_job_read_id(json_array_get(json_object_get(reply->json, "job_ids"), 0));

	if (id <= 0)
		return lab_job_lose(job, "the lab took the job and said no id");
	/* Another submission may have been made, and its answer lost. */
	TRY(lab_job_know(job, id, job->submissions > 1 || job->spec->uncertain));
	lab_job_then(job, job->cancelling ? &lab_cancel_step : &lab_state_step, 0);
	return NULL;
}

const struct lab_step lab_submit_step = { "job_ids", ask_submit, take_submitted, NULL };
