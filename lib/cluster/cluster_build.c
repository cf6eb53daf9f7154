// SPDX-License-Identifier: GPL-2.0
/* cluster_build.c - a build on its way to a node. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/progress.h"
#include "build/build_blame.h"
#include "cluster_part.h"

/* How often a lock that another process holds is tried. */
#define LOCK_SECONDS  0.5
#define MAX_GIT_WORDS ((size_t)65536)

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
	file_unlock_and_remove(&build->lock, build->lock_path);
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

const struct err *cluster_build_finish(struct cluster_build *build, const struct err *err)
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
	return err || build->ended ? cluster_build_finish(build, err) : NULL;
}

/* --- its source --- */

ERR_CHECK cluster_build_write_ticket(struct cluster_build *build)
{
	return cluster_ticket_write(build->folder, &build->cluster->conf, &build->request,
				    &build->key, &build->commit);
}

static struct cluster_source describe_source(const struct cluster_build *build)
{
	return (struct cluster_source){ .repo = build->request.repo,
					.shared = build->cluster->conf.shared,
					.key = build->key.hex,
					.branch = build->request.branch->name,
					.commit = build->commit };
}

/* What is there of a source that did not arrive: without a job nobody will ask for it. */
static void drop_source(const struct cluster_build *build)
{
	const struct err *err;

	if (build->id || build->uncertain)
		return;
	err = file_remove(build->folder);
	if (!err)
		err = cluster_source_forget(build->cluster->conf.shared, build->key.hex);
	if (err)
		progress_warn("%s", err->text);
	err_free(err);
}

static const struct err *sent(struct cluster_build *build, const struct proc_exit *exit)
{
	struct cluster_source source;
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
		drop_source(build);
		return err_hint(err_env("the source cannot be sent to '%s/linux.git': %s",
					build->cluster->conf.shared, strbuf_str(&words)),
				"git push says so; is there space, and may you write there?");
	}
	TRY(file_remove(build->push_log));
	source = describe_source(build);
	TRY(cluster_source_sent(&source));
	build->cluster->sent = true;
	TRY(cluster_build_write_ticket(build));
	return cluster_attempt_start(build);
}

static const struct err *on_sent(void *data, const struct proc_exit *exit)
{
	struct cluster_build *build = data;

	return settle(build, sent(build, exit));
}

static ERR_CHECK send_source(struct cluster_build *build)
{
	struct cluster *cluster = build->cluster;
	struct cluster_source source;

	cluster->sending = build;
	TRY(file_mkdirs(build->folder));
	free(build->push_log);
	build->push_log = xasprintf("%s/push.log", build->folder);
	build->push_output = open(build->push_log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (build->push_output < 0)
		return err_errno("cannot open '%s'", build->push_log);
	progress_update(build->progress, "its source is sent");
	source = describe_source(build);
	return cluster_source_send(&source, cluster->loop, build->push_output, on_sent, build,
				   &build->push);
}

/* --- the steps before the job --- */

static ERR_CHECK take_lock(struct cluster_build *build)
{
	int holder;

	for (const struct cluster_build *other = build->cluster->builds; other; other = other->next)
		if (other != build && other->lock.fd >= 0 &&
		    str_equal(other->key.hex, build->key.hex))
			return NULL;
	TRY(file_try_lock(build->lock_path, &holder, &build->lock));
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
		TRY(cluster_attempt_prepare(build));
	if (cluster_ticket_has_result(build->folder))
		return cluster_attempt_look(build);
	if (cluster->sending && cluster->sending != build) {
		build->waited = true;
		return NULL;
	}
	TRY(cluster_source_commit(build->request.repo, &build->key.tree, &build->commit));
	TRY(cluster_source_is_there(cluster->conf.shared, build->key.hex, &build->commit, &there));
	if (!there)
		return send_source(build);
	TRY(cluster_build_write_ticket(build));
	return cluster_attempt_start(build);
}

static ERR_CHECK look_into_cache(struct cluster_build *build)
{
	const struct err *err;

	TRY(build_cache_load(build->request.workspace, &build->key, &build->build, &build->ended));
	if (!build->ended)
		return NULL;
	err = cluster_attempt_tidy(build);
	if (err)
		progress_warn("%s", err->text);
	err_free(err);
	return NULL;
}

/* Builds that have a job, or are about to. */
static int count_active(const struct cluster *cluster)
{
	int count = 0;

	for (const struct cluster_build *one = cluster->builds; one; one = one->next)
		count += one->lock.fd >= 0;
	return count;
}

static ERR_CHECK step(struct cluster_build *build)
{
	if (build->result_until > 0)
		return cluster_attempt_look(build);
	if (build->job || build->push || build->task)
		return NULL;
	if (build->lock.fd < 0) {
		if (count_active(build->cluster) >= build->cluster->conf.most) {
			build->waited = true;
			return NULL;
		}
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
	build->lock_path = xasprintf("%s.lock", build->folder);
	build->record = workspace_state(cluster->workspace, "cluster/%s.json", build->key.hex);
	build->output = workspace_state(cluster->workspace, "cluster/%s.log", build->key.hex);
	build->timer = loop_add_timer(cluster->loop, loop_now(), on_timer, build);
	*out = TAKE_PTR(build);
	return NULL;
}

void cluster_build_free(struct cluster_build *build)
{
	if (!build)
		return;
	cluster_attempt_drop(build);
	if (build->push) {
		proc_free(TAKE_PTR(build->push));
		drop_source(build);
	}
	let_go(build);
	leave_list(build);
	build_key_release(&build->key);
	build_release(&build->build);
	json_decref(build->definition);
	free(build->folder);
	free(build->lock_path);
	free(build->push_log);
	free(build->record);
	free(build->output);
	free(build->name);
	free(build->lost);
	free(build->node);
	free(build->excluded);
	err_free(build->trouble);
	free(build);
}
