// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "base/progress.h"
#include "cluster_leaving.h"
#include "cluster_source.h"
#include "cluster_ticket.h"
#include "core/file.h"
#include "core/store.h"
#include "slurm/slurm_job.h"

/* For all jobs that are to be cancelled at the end. */
#define WAIT_SECONDS 10.0
#define WAIT_PAUSE   0.05

struct one {
	struct slurm_job *job;
	const char *shared;
	char *key, *name, *record;
	struct file_lock lock;
	char *lock_path;
	bool gone;
	struct one *next;
};

struct cluster_leaving {
	const struct workspace *workspace;
	const struct cluster_conf *conf;
	struct loop *loop;
	struct slurm *slurm;
	struct one *list;
};

struct cluster_leaving *cluster_leaving_new(const struct workspace *workspace,
					    const struct cluster_conf *conf, struct loop *loop,
					    struct slurm *slurm)
{
	struct cluster_leaving *leaving = xcalloc(1, sizeof(*leaving));

	*leaving = (struct cluster_leaving){
		.workspace = workspace, .conf = conf, .loop = loop, .slurm = slurm
	};
	return leaving;
}

void cluster_leaving_free(struct cluster_leaving *leaving)
{
	while (leaving && leaving->list) {
		struct one *one = leaving->list;

		leaving->list = one->next;
		slurm_job_free(one->job);
		file_unlock_and_remove(&one->lock, one->lock_path);
		free(one->key);
		free(one->name);
		free(one->record);
		free(one->lock_path);
		free(one);
	}
	free(leaving);
}

static const struct err *on_known(void *data, int64_t id, bool uncertain)
{
	(void)data;
	(void)id;
	(void)uncertain;
	return NULL;
}

static const struct err *on_state(void *data, const char *text, bool runs)
{
	(void)data;
	(void)text;
	(void)runs;
	return NULL;
}

/* What it left is of use to nobody but a result, which whoever asks for the build takes. */
static ERR_CHECK clean_up(const struct one *one)
{
	OWNED_STR folder = xasprintf("%s/builds/%s", one->shared, one->key);

	if (!cluster_ticket_has_result(folder)) {
		TRY(file_remove(folder));
		TRY(cluster_source_forget(one->shared, one->key));
	}
	return file_remove(one->record);
}

static const struct err *on_left(void *data, const struct slurm_end *end)
{
	const struct err *err = NULL;
	struct one *one = data;

	one->gone = true;
	/* one that could not be cancelled stays written down for the next time */
	if (*end->words)
		progress_warn("job '%s' could not be cancelled: %s", one->name, end->words);
	else
		err = clean_up(one);
	if (err)
		progress_warn("%s", err->text);
	err_free(err);
	file_unlock_and_remove(&one->lock, one->lock_path);
	return NULL;
}

ERR_CHECK cluster_leaving_add(struct cluster_leaving *leaving, struct http *http,
			      const struct cluster_job *job)
{
	struct one *one = xcalloc(1, sizeof(*one));
	/* whoever was killed before the id was known may have asked for the job all the same */
	struct slurm_job_spec spec = { .id = job->id,
				       .uncertain = job->uncertain || !job->id,
				       .poll = leaving->conf->poll };
	struct slurm_job_watcher watcher = {
		.on_known = on_known, .on_state = on_state, .on_end = on_left, .data = one
	};

	*one = (struct one){ .shared = leaving->conf->shared,
			     .key = xstrdup(job->key),
			     .name = xstrdup(job->name),
			     .record = xstrdup(job->record),
			     .lock = *job->lock,
			     .lock_path = xstrdup(job->lock_path),
			     .next = leaving->list };
	*job->lock = (struct file_lock)FILE_LOCK_NONE;
	leaving->list = one;
	spec.name = one->name;
	TRY(slurm_job_start(leaving->slurm, leaving->loop, http, &spec, &watcher, &one->job));
	slurm_job_cancel(one->job);
	return NULL;
}

static bool is_leaving(const struct cluster_leaving *leaving, const char *record)
{
	for (const struct one *one = leaving->list; one; one = one->next)
		if (str_equal(one->record, record))
			return true;
	return false;
}

/* A record of a job whose farrier was killed, unless another one has taken it over. */
static ERR_CHECK add_stray(struct cluster_leaving *leaving, struct http *http, const char *path,
			   const char *key)
{
	OWNED_STR lock_path = xasprintf("%s/builds/%s.lock", leaving->conf->shared, key);
	OWNED_JSON *record = NULL;
	FILE_LOCK lock = FILE_LOCK_NONE;
	struct cluster_job job = {
		.key = key, .record = path, .lock = &lock, .lock_path = lock_path
	};
	int holder;

	TRY(store_read(path, &record));
	if (!record || !str_equal(store_get_string(record, "shared", ""), leaving->conf->shared))
		return NULL;
	TRY(file_try_lock(lock_path, &holder, &lock));
	if (holder)
		return NULL;
	job.name = store_get_string(record, "name", "");
	job.id = json_integer_value(json_object_get(record, "id"));
	job.uncertain = store_get_bool(record, "uncertain", true);
	return cluster_leaving_add(leaving, http, &job);
}

ERR_CHECK cluster_leaving_add_strays(struct cluster_leaving *leaving, struct http *http)
{
	OWNED_STR folder = workspace_state(leaving->workspace, "cluster");
	STRVEC names = { 0 };

	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);
		OWNED_STR key = xstrndup(names.items[i], strcspn(names.items[i], "."));

		if (strlen(key) == STORE_ID_SIZE - 1 && ends_with(path, ".json") &&
		    !is_leaving(leaving, path))
			TRY(add_stray(leaving, http, path, key));
	}
	return NULL;
}

struct waiting {
	struct cluster_leaving *leaving;
	struct loop_source *timer;
	double until;
	bool done;
};

static const struct err *look_who_left(void *data, short events)
{
	struct waiting *waiting = data;
	bool all = true;

	(void)events;
	for (const struct one *one = waiting->leaving->list; one; one = one->next)
		all = all && one->gone;
	waiting->done = all || loop_now() >= waiting->until;
	loop_set_timer(waiting->timer, loop_now() + WAIT_PAUSE);
	return NULL;
}

ERR_CHECK cluster_leaving_wait(struct cluster_leaving *leaving)
{
	struct waiting waiting = { .leaving = leaving, .until = loop_now() + WAIT_SECONDS };
	const struct err *err;

	if (!leaving->list)
		return NULL;
	waiting.timer = loop_add_timer(leaving->loop, loop_now(), look_who_left, &waiting);
	err = loop_run(leaving->loop, &waiting.done);
	loop_remove(leaving->loop, waiting.timer);
	for (const struct one *one = leaving->list; one && !err; one = one->next)
		if (!one->gone)
			progress_warn("job '%s' may run on: the cluster did not end it in %.0f s; "
				      "the next farrier here tries again",
				      one->name, WAIT_SECONDS);
	return err;
}
