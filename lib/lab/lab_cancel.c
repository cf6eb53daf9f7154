// SPDX-License-Identifier: GPL-2.0
/* lab_cancel.c - the end of every job with a tag, for who does not stay in a loop. */
#include "lab_job.h"

static ERR_CHECK cancel(struct lab *lab, int64_t id, double seconds)
{
	OWNED_STR path = xasprintf("jobs/%lld/cancel/", (long long)id);
	struct lab_request request = { .method = HTTP_GET, .path = path, .timeout = seconds };
	LAB_REPLY reply = { 0 };

	if (seconds <= 0)
		return err_env("no time is left to cancel job %lld", (long long)id);
	return lab_ask(lab, &request, seconds, &reply);
}

ERR_CHECK lab_cancel_tag(struct lab *lab, const char *tag, double seconds)
{
	OWNED_STR path = xasprintf("jobs/?description__contains=%s&ordering=id&limit=100", tag);
	struct lab_request request = { .method = HTTP_GET, .path = path, .timeout = seconds };
	double until = loop_now() + seconds;
	LAB_REPLY reply = { 0 };
	size_t index;
	json_t *job;

	TRY(lab_ask(lab, &request, seconds, &reply));
	json_array_foreach (json_object_get(reply.json, "results"), index, job) {
		int64_t id = json_integer_value(json_object_get(job, "id"));

		if (id > 0 && strstr(store_get_string(job, "description", ""), tag) &&
		    !str_equal(store_get_string(job, "state", ""), "Finished"))
			TRY(cancel(lab, id, until - loop_now()));
	}
	return NULL;
}
