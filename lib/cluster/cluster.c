// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/progress.h"
#include "build/build_blame.h"
#include "build/build_cache.h"
#include "cluster.h"
#include "cluster_source.h"
#include "cluster_ticket.h"
#include "core/file.h"
#include "core/task.h"
#include "slurm/slurm_job.h"

/* How often a lock that another process holds is tried. */
#define LOCK_SECONDS 0.5
/* A shared folder may show what a node wrote a little later. */
#define RESULT_SECONDS 20.0
#define RESULT_PAUSE   0.2
#define MOST_ATTEMPTS  3
/* For all jobs that are to be cancelled at the end. */
#define CLOSE_SECONDS 15.0
#define MAX_GIT_WORDS ((size_t)65536)

struct cluster {
	const struct workspace *workspace;
	struct loop *loop;
	struct http *http; /* when it is needed */
	struct slurm *slurm;
	struct cluster_conf conf;
	struct cluster_build *builds, *sending;
	struct leaving *leaving;
	bool prepared, used;
};

/* A job whose build is not needed any more, and which is being cancelled. */
struct leaving {
	struct cluster *cluster;
	struct slurm_job *job;
	char *name, *record;
	bool gone;
	struct leaving *next;
};

struct cluster_build {
	struct cluster *cluster;
	struct build_request request;
	build_callback callback;
	void *data;
	struct build_key key;
	struct build build;
	char *folder; /* SHARED/builds/KEY */
	struct file_lock lock;
	struct loop_source *timer;
	bool waited, told_waiting, ended;
	git_oid commit;

	struct proc *push;
	int push_output;
	char *push_log;

	char *record; /* STATE/cluster/KEY.json */
	char *name;   /* of the job */
	int64_t id;
	bool uncertain;
	int attempts;
	json_t *definition;
	struct slurm_job *job;
	double result_until; /* the result is waited for until then; or 0 */
	char *lost;	     /* what is said when there is none */
	bool again;

	struct task *task; /* takes the result */
	struct progress *progress;
	struct cluster_build *next;
};

/* --- the cluster --- */

static void free_leaving(struct leaving *leaving)
{
	slurm_job_free(leaving->job);
	free(leaving->name);
	free(leaving->record);
	free(leaving);
}

static void release_cluster(struct cluster **cluster)
{
	if (!*cluster)
		return;
	while ((*cluster)->leaving) {
		struct leaving *leaving = (*cluster)->leaving;

		(*cluster)->leaving = leaving->next;
		free_leaving(leaving);
	}
	slurm_free((*cluster)->slurm);
	http_release(&(*cluster)->http);
	cluster_conf_release(&(*cluster)->conf);
	free(*cluster);
}

ERR_CHECK cluster_open(const struct workspace *workspace, struct loop *loop, struct cluster **out)
{
	CLEANUP(release_cluster) struct cluster *cluster = xcalloc(1, sizeof(*cluster));

	cluster->workspace = workspace;
	cluster->loop = loop;
	TRY(cluster_conf_read(workspace, &cluster->conf));
	TRY(slurm_open(&cluster->conf.rest, &cluster->slurm));
	*out = TAKE_PTR(cluster);
	return NULL;
}

int cluster_room(const struct cluster *cluster)
{
	return cluster->conf.most;
}

/* --- jobs that are not needed any more --- */

static const struct err *on_leaving_known(void *data, int64_t id, bool uncertain)
{
	(void)data;
	(void)id;
	(void)uncertain;
	return NULL;
}

static const struct err *on_leaving_state(void *data, const char *text, bool runs)
{
	(void)data;
	(void)text;
	(void)runs;
	return NULL;
}

static const struct err *on_left(void *data, const struct slurm_end *end)
{
	struct leaving *leaving = data;

	leaving->gone = true;
	/* one that could not be cancelled stays written down for the next time */
	if (!*end->words)
		return file_remove(leaving->record);
	progress_warn("job '%s' could not be cancelled: %s", leaving->name, end->words);
	return NULL;
}

static ERR_CHECK need_http(struct cluster *cluster)
{
	return cluster->http ? NULL : http_new(cluster->loop, &cluster->http);
}

/* Takes over the job; `record` goes when it is cancelled. */
static ERR_CHECK leave(struct cluster *cluster, const char *name, int64_t id, bool uncertain,
		       const char *record)
{
	struct leaving *leaving = xcalloc(1, sizeof(*leaving));
	struct slurm_job_spec spec = { .id = id,
				       .uncertain = uncertain,
				       .poll = cluster->conf.poll };
	struct slurm_job_watcher watcher = { .on_known = on_leaving_known,
					     .on_state = on_leaving_state,
					     .on_end = on_left,
					     .data = leaving };

	*leaving = (struct leaving){ .cluster = cluster,
				     .name = xstrdup(name),
				     .record = xstrdup(record),
				     .next = cluster->leaving };
	cluster->leaving = leaving;
	spec.name = leaving->name;
	TRY(need_http(cluster));
	TRY(slurm_job_start(cluster->slurm, cluster->loop, cluster->http, &spec, &watcher,
			    &leaving->job));
	slurm_job_cancel(leaving->job);
	return NULL;
}

static bool is_leaving(const struct cluster *cluster, const char *record)
{
	for (const struct leaving *one = cluster->leaving; one; one = one->next)
		if (str_equal(one->record, record))
			return true;
	return false;
}

/* A record of a job whose farrier was killed, and whose build nobody asked for since. */
static ERR_CHECK leave_stray(struct cluster *cluster, const char *path, const char *key)
{
	OWNED_STR lock_path = NULL;
	FILE_LOCK lock = FILE_LOCK_NONE;
	OWNED_JSON *record = NULL;
	int holder;

	TRY(store_read(path, &record));
	lock_path = xasprintf("%s/builds/%s.lock", store_get_string(record, "shared", ""), key);
	if (!record || !str_equal(store_get_string(record, "shared", ""), cluster->conf.shared))
		return NULL;
	TRY(file_try_lock(lock_path, &holder, &lock));
	if (holder)
		return NULL;
	return leave(cluster, store_get_string(record, "name", ""),
		     json_integer_value(json_object_get(record, "id")),
		     store_get_bool(record, "uncertain", true), path);
}

static ERR_CHECK leave_strays(struct cluster *cluster)
{
	OWNED_STR folder = workspace_state(cluster->workspace, "cluster");
	STRVEC names = { 0 };

	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);
		OWNED_STR key = xstrndup(names.items[i], strcspn(names.items[i], "."));

		if (strlen(key) == STORE_ID_SIZE - 1 && ends_with(path, ".json") &&
		    !is_leaving(cluster, path))
			TRY(leave_stray(cluster, path, key));
	}
	return NULL;
}

/* When the cluster is closed. */
struct closing {
	struct cluster *cluster;
	struct loop_source *timer;
	double until;
	bool done;
};

static const struct err *look_who_left(void *data, short events)
{
	struct closing *closing = data;
	bool all = true;

	(void)events;
	for (const struct leaving *one = closing->cluster->leaving; one; one = one->next)
		all = all && one->gone;
	closing->done = all || loop_now() >= closing->until;
	loop_set_timer(closing->timer, loop_now() + 0.05);
	return NULL;
}

static ERR_CHECK wait_for_leaving(struct cluster *cluster)
{
	struct closing closing = { .cluster = cluster, .until = loop_now() + CLOSE_SECONDS };
	const struct err *err;

	closing.timer = loop_add_timer(cluster->loop, loop_now(), look_who_left, &closing);
	err = loop_run(cluster->loop, &closing.done);
	loop_remove(cluster->loop, closing.timer);
	return err;
}

void cluster_close(struct cluster *cluster)
{
	const struct err *err = NULL;

	if (!cluster)
		return;
	if (cluster->used)
		err = leave_strays(cluster);
	interrupt_hold(true);
	if (!err && cluster->leaving)
		err = wait_for_leaving(cluster);
	interrupt_hold(false);
	if (err)
		progress_warn("some jobs may run on: %s", err->text);
	err_free(err);
	release_cluster(&cluster);
}

/* --- one build --- */

static void close_push(struct cluster_build *build)
{
	close_fd(&build->push_output);
	build->push_output = -1;
}

static void let_go(struct cluster_build *build)
{
	task_free(TAKE_PTR(build->task));
	slurm_job_free(TAKE_PTR(build->job));
	proc_free(TAKE_PTR(build->push));
	close_push(build);
	if (build->cluster->sending == build)
		build->cluster->sending = NULL;
	loop_remove(build->cluster->loop, TAKE_PTR(build->timer));
	progress_drop(&build->progress);
	file_unlock(&build->lock);
}

static void leave_list(struct cluster_build *build)
{
	struct cluster_build **link = &build->cluster->builds;

	while (*link && *link != build)
		link = &(*link)->next;
	if (*link)
		*link = build->next;
	for (struct cluster_build *other = build->cluster->builds; other; other = other->next)
		if (other->waited && other->timer)
			loop_set_timer(other->timer, loop_now());
}

static const struct err *finish(struct cluster_build *build, const struct err *err)
{
	if (!err)
		err = build_blame(&build->request, &build->build.diagnostics);
	let_go(build);
	leave_list(build);
	return build->callback(build->data, err ? NULL : &build->build, err);
}

/* The end of every step: `err` is the step's. An interrupt ends everything. */
static const struct err *settle(struct cluster_build *build, const struct err *err)
{
	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	return err || build->ended ? finish(build, err) : NULL;
}

/* --- its record --- */

static ERR_CHECK write_record(const struct cluster_build *build)
{
	OWNED_JSON *record = json_object();

	store_set(record, "name", json_string(build->name));
	store_set(record, "id", json_integer(build->id));
	store_set(record, "uncertain", json_boolean(build->uncertain));
	store_set(record, "shared", store_text(build->cluster->conf.shared));
	return store_write(build->record, record);
}

static ERR_CHECK new_name(struct cluster_build *build)
{
	unsigned char random[6];
	STRBUF name = { 0 };

	if (getentropy(random, sizeof(random)) < 0)
		return err_errno("cannot get random bytes");
	strbuf_addf(&name, "farrier-%.12s-", build->key.hex);
	for (size_t i = 0; i < sizeof(random); i++)
		strbuf_addf(&name, "%02x", random[i]);
	free(build->name);
	build->name = strbuf_detach(&name);
	build->id = 0;
	build->uncertain = false;
	return NULL;
}

/* The job of a farrier that was killed, or a new one. */
static ERR_CHECK read_record(struct cluster_build *build)
{
	OWNED_JSON *record = NULL;
	const char *name;

	TRY(store_read(build->record, &record));
	name = store_get_string(record, "name", NULL);
	if (!name ||
	    !str_equal(store_get_string(record, "shared", ""), build->cluster->conf.shared))
		return new_name(build);
	build->name = xstrdup(name);
	build->id = json_integer_value(json_object_get(record, "id"));
	build->uncertain = !build->id || store_get_bool(record, "uncertain", false);
	return NULL;
}

/* --- the result --- */

/* In a thread: an image is some MB, and the shared folder may be slow. */
static const struct err *take_result(void *data)
{
	struct cluster_build *build = data;

	return cluster_ticket_take(build->folder, &build->request, &build->key, &build->build);
}

static ERR_CHECK clean_up(const struct cluster_build *build)
{
	TRY(file_remove(build->record));
	TRY(file_remove(build->folder));
	return cluster_source_forget(build->cluster->conf.shared, build->key.hex);
}

static const struct err *on_taken(void *data, const struct err *err)
{
	struct cluster_build *build = data;
	const char *said = "does not build";

	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	/* a result that is damaged is of no use to the next attempt either */
	if (err || !(err = clean_up(build)))
		said = err ? err->text : build->build.status == BUILD_FAILED ? said : "built";
	if (err)
		err_free(clean_up(build));
	if (build->progress)
		progress_end(TAKE_PTR(build->progress), "%s", said);
	return finish(build, err);
}

static ERR_CHECK start_job(struct cluster_build *build);

static ERR_CHECK try_again(struct cluster_build *build)
{
	progress_detail("%s: %s; another node is tried", build->name, build->lost);
	TRY(new_name(build));
	return start_job(build);
}

/* There is none, and none will come. */
static ERR_CHECK no_result(struct cluster_build *build)
{
	TRY(cluster_ticket_trouble(build->folder));
	if (build->again && build->attempts < MOST_ATTEMPTS)
		return try_again(build);
	return err_hint(err_env("%s", build->lost), "the job's output is in '%s'", build->folder);
}

static const struct err *look_for_result(struct cluster_build *build)
{
	if (cluster_ticket_has_result(build->folder)) {
		slurm_job_free(TAKE_PTR(build->job));
		build->result_until = 0;
		return task_start(build->cluster->loop, take_result, on_taken, build, &build->task);
	}
	if (loop_now() < build->result_until) {
		loop_set_timer(build->timer, loop_now() + RESULT_PAUSE);
		return NULL;
	}
	build->result_until = 0;
	return no_result(build);
}

/* --- the job --- */

static const struct err *on_known(void *data, int64_t id, bool uncertain)
{
	struct cluster_build *build = data;

	build->id = id;
	build->uncertain = uncertain;
	return write_record(build);
}

static const struct err *on_state(void *data, const char *text, bool runs)
{
	struct cluster_build *build = data;

	(void)runs;
	progress_update(build->progress, "job %lld %s", (long long)build->id, text);
	return NULL;
}

static char *describe_end(const struct slurm_end *end, int64_t id)
{
	OWNED_STR how = NULL;

	if (end->how == SLURM_LOST)
		return xstrdup(end->words);
	if (end->how == SLURM_FORGOTTEN)
		return xasprintf("job %lld is over, and left no result", (long long)id);
	how = proc_describe(&(struct proc_exit){ .status = end->status });
	return xasprintf("job %lld%s%s ended as %s%s%s%s, with %s", (long long)id,
			 *end->node ? " on " : "", end->node, end->state, *end->words ? " (" : "",
			 end->words, *end->words ? ")" : "", how);
}

static const struct err *on_end(void *data, const struct slurm_end *end)
{
	struct cluster_build *build = data;

	free(build->lost);
	build->lost = describe_end(end, build->id);
	build->again = end->again || end->how == SLURM_FORGOTTEN;
	/* a job that did not run to its good end left what it could at once */
	build->result_until = loop_now();
	if (end->how == SLURM_ENDED && !end->again && !end->status)
		build->result_until += RESULT_SECONDS;
	/* `end` is the job's */
	slurm_job_free(TAKE_PTR(build->job));
	loop_set_timer(build->timer, loop_now());
	return NULL;
}

static json_t *make_definition(const struct cluster_build *build)
{
	const struct cluster_conf *conf = &build->cluster->conf;
	json_t *definition = json_object(), *job = json_object(), *environment = json_object();
	OWNED_STR script = xasprintf(
		"#!/bin/sh\n"
		"# builds %s for farrier\n"
		"cd '%s' || exit 90\n"
		"export XDG_CACHE_HOME='%s'/\"${SLURMD_NODENAME:-node}\" HOME=/\n"
		"exec '%s' -q build --ticket .\n",
		build->request.branch->name, build->folder, conf->node_cache, conf->program);
	OWNED_STR output = xasprintf("%s/job-%%j.out", build->folder);
	OWNED_STR comment = xasprintf("%s %s", build->request.branch->name,
				      build->request.series ? build->request.series : "");

	store_set(environment, "PATH", store_text(conf->path));
	store_set(environment, "LC_ALL", json_string("C.UTF-8"));
	store_set(job, "environment", environment);
	store_set(job, "comment", store_text(comment));
	if (*conf->partition)
		store_set(job, "partition", store_text(conf->partition));
	store_set(job, "current_working_directory", store_text(build->folder));
	store_set(job, "standard_output", store_text(output));
	store_set(job, "tasks", json_integer(1));
	store_set(job, "cpus_per_task", json_integer(conf->cpus));
	store_set(job, "time_limit", json_integer(conf->minutes));
	store_set(definition, "script", json_string(script));
	store_set(definition, "job", job);
	return definition;
}

static ERR_CHECK start_job(struct cluster_build *build)
{
	struct cluster *cluster = build->cluster;
	struct slurm_job_watcher watcher = {
		.on_known = on_known, .on_state = on_state, .on_end = on_end, .data = build
	};
	struct slurm_job_spec spec = { .name = build->name,
				       .id = build->id,
				       .uncertain = build->uncertain,
				       .poll = cluster->conf.poll,
				       .patience = cluster->conf.patience };

	json_decref(build->definition);
	spec.definition = build->definition = make_definition(build);
	build->attempts++;
	cluster->used = true;
	TRY(write_record(build));
	TRY(need_http(cluster));
	return slurm_job_start(cluster->slurm, cluster->loop, cluster->http, &spec, &watcher,
			       &build->job);
}

/* --- its source --- */

static ERR_CHECK write_ticket(struct cluster_build *build)
{
	return cluster_ticket_write(build->folder, &build->cluster->conf, &build->request,
				    &build->key, &build->commit);
}

static const struct err *sent(struct cluster_build *build, const struct proc_exit *exit)
{
	STRBUF words = { 0 };

	proc_free(TAKE_PTR(build->push));
	close_push(build);
	build->cluster->sending = NULL;
	for (struct cluster_build *other = build->cluster->builds; other; other = other->next)
		if (other->waited && other->timer)
			loop_set_timer(other->timer, loop_now());
	if (!proc_succeeded(exit)) {
		err_free(file_read(build->push_log, MAX_GIT_WORDS, &words));
		strbuf_trim(&words);
		return err_hint(err_env("the source cannot be sent to '%s/linux.git': %s",
					build->cluster->conf.shared, strbuf_str(&words)),
				"git push says so; is there space, and may you write there?");
	}
	TRY(file_remove(build->push_log));
	cluster_source_sent(build->request.repo, build->cluster->conf.shared,
			    build->request.branch->name, &build->commit);
	TRY(write_ticket(build));
	return start_job(build);
}

static const struct err *on_sent(void *data, const struct proc_exit *exit)
{
	struct cluster_build *build = data;

	return settle(build, sent(build, exit));
}

static ERR_CHECK send_source(struct cluster_build *build)
{
	struct cluster *cluster = build->cluster;

	cluster->sending = build;
	TRY(file_mkdirs(build->folder));
	free(build->push_log);
	build->push_log = xasprintf("%s/push.log", build->folder);
	build->push_output = open(build->push_log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (build->push_output < 0)
		return err_errno("cannot open '%s'", build->push_log);
	progress_update(build->progress, "its source is sent");
	return cluster_source_send(cluster->loop, build->request.repo, cluster->conf.shared,
				   build->key.hex, &build->commit, build->push_output, on_sent,
				   build, &build->push);
}

/* --- the steps before the job --- */

static ERR_CHECK take_lock(struct cluster_build *build)
{
	OWNED_STR path = xasprintf("%s.lock", build->folder);
	int holder;

	for (const struct cluster_build *other = build->cluster->builds; other; other = other->next)
		if (other != build && other->lock.fd >= 0 &&
		    str_equal(other->key.hex, build->key.hex))
			return NULL;
	TRY(file_try_lock(path, &holder, &build->lock));
	if (!holder)
		return NULL;
	if (!build->told_waiting)
		progress_note("waiting for the build of %.12s, which process %d has sent to the "
			      "cluster",
			      build->key.hex, holder);
	build->told_waiting = true;
	loop_set_timer(build->timer, loop_now() + LOCK_SECONDS);
	return NULL;
}

static struct progress *begin_progress(const struct build_request *request)
{
	return progress_begin(
		0, "building %s%s%s%s%s on the cluster", request->branch->name,
		request->series ? " with " : "", request->series ? request->series : "",
		request->model ? ", model " : "", request->model ? request->model : "");
}

static ERR_CHECK begin(struct cluster_build *build)
{
	struct cluster *cluster = build->cluster;
	bool there;

	if (!build->progress)
		build->progress = begin_progress(&build->request);
	if (!build->name)
		TRY(read_record(build));
	if (cluster_ticket_has_result(build->folder))
		return look_for_result(build);
	if (cluster->sending && cluster->sending != build) {
		build->waited = true;
		return NULL;
	}
	TRY(cluster_source_commit(build->request.repo, &build->key.tree, &build->commit));
	TRY(cluster_source_is_there(cluster->conf.shared, build->key.hex, &build->commit, &there));
	if (!there)
		return send_source(build);
	TRY(write_ticket(build));
	return start_job(build);
}

static ERR_CHECK look_into_cache(struct cluster_build *build)
{
	return build_cache_load(build->request.workspace, &build->key, &build->build,
				&build->ended);
}

static ERR_CHECK step(struct cluster_build *build)
{
	if (build->result_until > 0)
		return look_for_result(build);
	if (build->job || build->push || build->task)
		return NULL;
	if (build->lock.fd < 0) {
		TRY(look_into_cache(build));
		if (!build->ended)
			TRY(take_lock(build));
		build->waited = build->lock.fd < 0;
		if (build->ended || build->waited)
			return NULL;
		/* whoever was waited for may have built the same */
		TRY(look_into_cache(build));
	}
	return build->ended ? NULL : begin(build);
}

static const struct err *on_timer(void *data, short events)
{
	struct cluster_build *build = data;

	(void)events;
	return settle(build, step(build));
}

static void release_build(struct cluster_build **build)
{
	cluster_build_free(*build);
}

ERR_CHECK cluster_build_start(struct cluster *cluster, const struct build_request *request,
			      build_callback callback, void *data, struct cluster_build **out)
{
	CLEANUP(release_build) struct cluster_build *build = xcalloc(1, sizeof(*build));

	*build = (struct cluster_build){ .cluster = cluster,
					 .request = *request,
					 .callback = callback,
					 .data = data,
					 .lock = FILE_LOCK_NONE,
					 .push_output = -1,
					 .next = cluster->builds };
	cluster->builds = build;
	TRY(target_need_build(request->workspace, request->branch));
	if (!cluster->prepared)
		TRY(cluster_source_prepare(cluster->conf.shared));
	cluster->prepared = true;
	TRY(build_key_make(request, &build->key));
	build_describe(request, &build->key, &build->build);
	build->folder = xasprintf("%s/builds/%s", cluster->conf.shared, build->key.hex);
	build->record = workspace_state(cluster->workspace, "cluster/%s.json", build->key.hex);
	build->timer = loop_add_timer(cluster->loop, loop_now(), on_timer, build);
	*out = TAKE_PTR(build);
	return NULL;
}

/* Its job is not needed any more. */
static void drop_job(struct cluster_build *build)
{
	const struct err *err;

	if (!build->job || (!build->id && !build->uncertain))
		return;
	slurm_job_free(TAKE_PTR(build->job));
	err = leave(build->cluster, build->name, build->id, build->uncertain, build->record);
	if (err)
		progress_warn("job '%s' may run on: %s", build->name, err->text);
	err_free(err);
}

void cluster_build_free(struct cluster_build *build)
{
	if (!build)
		return;
	drop_job(build);
	let_go(build);
	leave_list(build);
	build_key_release(&build->key);
	build_release(&build->build);
	json_decref(build->definition);
	free(build->folder);
	free(build->push_log);
	free(build->record);
	free(build->name);
	free(build->lost);
	free(build);
}
