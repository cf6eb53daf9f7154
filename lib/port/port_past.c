// SPDX-License-Identifier: GPL-2.0
/* port_past.c - what the branch's history tells one run of the engine. */
#include "port_internal.h"

/* So many earlier states of a file are tried as what a patch was made for. */
#define MOST_STATES 200
#define LEAST_HEX   7

static ERR_CHECK add_paths(const struct port_request *request, struct strvec *paths)
{
	for (size_t i = 0; i < request->patch_count; i++) {
		TRY(port_upstream_paths(&request->patches[i], paths));
		if (request->recorded && request->recorded[i])
			TRY(port_upstream_paths(request->recorded[i], paths));
	}
	return NULL;
}

/* One walk for all patches of a run. */
static ERR_CHECK read_past(struct port_job *job)
{
	const struct port_request *request = job->request;
	STRVEC paths = { 0 };

	if (job->has_past)
		return NULL;
	TRY(add_paths(request, &paths));
	TRY(port_history_read(job->repo, &request->onto, &paths, request->history_limit,
			      request->cache, &job->past));
	job->has_past = true;
	return NULL;
}

ERR_CHECK port_find_already(struct port_job *job, const struct patch *patch,
			    struct port_upstream *upstream)
{
	*upstream = (struct port_upstream){ 0 };
	if (job->alone)
		return NULL;
	TRY(read_past(job));
	return port_upstream_in(job->repo, &job->past, patch, false, upstream);
}

/* ---- earlier states of a file ---- */

/* Those of one path, newest first, each once in a row. */
struct states {
	git_oid *ids;
	size_t count;
};

static void release_states(struct states *states)
{
	free(states->ids);
}

static bool is_blob(git_repository *repo, const git_oid *id)
{
	GIT_ODB odb = NULL;
	git_object_t type;
	size_t size;

	return !git_oid_is_zero(id) && git_repository_odb(&odb, repo) == 0 &&
	       git_odb_read_header(&size, &type, odb, id) == 0 && type == GIT_OBJECT_BLOB &&
	       size <= LINES_MAX_TEXT;
}

static void add_states(git_repository *repo, const struct port_history *history, size_t path,
		       struct states *states)
{
	states->ids = xcalloc(MOST_STATES, sizeof(*states->ids));
	for (size_t i = 0; i < history->count; i++) {
		const struct port_event *event = &history->steps[i];

		for (size_t j = 0; j < event->touch_count && states->count < MOST_STATES; j++)
			if (event->touches[j].path == path &&
			    is_blob(repo, &event->touches[j].after))
				states->ids[states->count++] = event->touches[j].after;
	}
}

/* Of a run with very many paths only their folders were watched: this one is walked alone. */
static ERR_CHECK read_alone(struct port_job *job, const char *path, struct states *states)
{
	const struct port_request *request = job->request;
	PORT_HISTORY history = { 0 };
	STRVEC paths = { 0 };

	strvec_push(&paths, path);
	TRY(port_history_read(job->repo, &request->onto, &paths, request->history_limit,
			      request->cache, &history));
	add_states(job->repo, &history, 0, states);
	return NULL;
}

static ERR_CHECK read_states(struct port_job *job, const char *path, struct states *states)
{
	size_t index;

	if (job->alone)
		return NULL;
	TRY(read_past(job));
	if (!port_history_find(&job->past, path, &index) ||
	    !str_equal(job->past.paths.items[index], path))
		return read_alone(job, path, states);
	add_states(job->repo, &job->past, index, states);
	return NULL;
}

ERR_CHECK port_find_named(struct port_job *job, const struct diff_file *file,
			  struct port_text *text)
{
	CLEANUP(release_states) struct states states = { 0 };

	TRY(read_states(job, file->old_path, &states));
	for (size_t i = 0; i < states.count; i++)
		if (port_id_has_prefix(&states.ids[i], file->old_id))
			return port_text_read(job->repo, &states.ids[i], text);
	return NULL;
}

/* The hash of what the patch makes of it is the proof. */
static ERR_CHECK try_state(git_repository *repo, const git_oid *id, const struct diff_file *file,
			   struct port_source *source)
{
	struct port_text *after = &source->after;

	TRY(port_text_read(repo, id, &source->before));
	if (port_apply_exactly(file, &source->before, &after->bytes)) {
		port_text_seal(after);
		if (port_id_has_prefix(&after->id, file->new_id)) {
			source->from = PORT_FROM_HISTORY;
			return NULL;
		}
	}
	port_source_release(source);
	return NULL;
}

ERR_CHECK port_find_earlier(struct port_job *job, const struct diff_file *file,
			    struct port_source *source)
{
	CLEANUP(release_states) struct states states = { 0 };

	if (!file->hunk_count || strlen(file->new_id) < LEAST_HEX)
		return NULL;
	TRY(read_states(job, file->old_path, &states));
	for (size_t i = 0; i < states.count && source->from == PORT_FROM_NONE; i++)
		TRY(try_state(job->repo, &states.ids[i], file, source));
	return NULL;
}
