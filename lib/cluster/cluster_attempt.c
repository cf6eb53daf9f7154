// SPDX-License-Identifier: GPL-2.0
/* cluster_attempt.c - the job of a build, and its result. */
#include <stdio.h>
#include <unistd.h>

#include "base/progress.h"
#include "cluster_part.h"
#include "core/random.h"

/* A shared folder may show what a node wrote a little later. */
#define RESULT_SECONDS 40.0
#define RESULT_PAUSE   0.2
/* The same of a job that failed: it may say why. */
#define TROUBLE_SECONDS 2.0
/* The same where nobody knows how the job ended. */
#define FORGOTTEN_SECONDS 5.0
#define MOST_ATTEMPTS	  3

/* --- its record --- */

static ERR_CHECK write_record(const struct cluster_build *build)
{
	OWNED_JSON *record = json_object();

	store_set(record, "name", json_string(build->name));
	store_set(record, "id", json_integer(build->id));
	/* until its id is known, who is killed may have asked for it or not */
	store_set(record, "uncertain", json_boolean(build->uncertain || !build->id));
	store_set(record, "shared", store_text(build->cluster->conf.shared));
	return store_write(build->record, record);
}

static ERR_CHECK new_name(struct cluster_build *build)
{
	uint64_t number;

	TRY(random_number(&number));
	free(build->name);
	build->name = xasprintf("farrier-%.12s-%016llx", build->key.hex,
				(unsigned long long)number);
	build->id = 0;
	build->uncertain = false;
	return NULL;
}

/* Of this cluster: a record of another one's job stays until that is used again. */
static ERR_CHECK read_record(struct cluster_build *build, bool *found)
{
	OWNED_JSON *record = NULL;
	const char *name;

	TRY(store_read(build->record, &record));
	name = store_get_string(record, "name", NULL);
	*found = name &&
		 str_equal(store_get_string(record, "shared", ""), build->cluster->conf.shared);
	if (!*found)
		return NULL;
	build->name = xstrdup(name);
	build->id = json_integer_value(json_object_get(record, "id"));
	build->uncertain = !build->id || store_get_bool(record, "uncertain", false);
	return NULL;
}

/* The job of a farrier that was killed, or a new one. */
ERR_CHECK cluster_attempt_prepare(struct cluster_build *build)
{
	bool found;

	TRY(read_record(build, &found));
	return found ? NULL : new_name(build);
}

/* The job, if there is one, is cancelled in its own time; the lock goes with it. */
static ERR_CHECK let_job_leave(struct cluster_build *build)
{
	struct cluster_job job = { .key = build->key.hex,
				   .name = build->name,
				   .id = build->id,
				   .uncertain = build->uncertain,
				   .record = build->record,
				   .lock = &build->lock,
				   .lock_path = build->lock_path };

	slurm_job_free(TAKE_PTR(build->job));
	build->cluster->used = true;
	TRY(cluster_need_http(build->cluster));
	return cluster_leaving_add(build->cluster->leaving, build->cluster->http, &job);
}

/* --- the result --- */

/* In a thread: an image is some MB, and the shared folder may be slow. */
static const struct err *take_result(void *data)
{
	struct cluster_build *build = data;

	return cluster_ticket_take(build->folder, &build->request, &build->key, &build->build,
				   &build->damaged);
}

/* Nothing of the build is needed any more. Others of the job's name may still come. */
static ERR_CHECK clean_up(struct cluster_build *build)
{
	TRY(file_remove(build->folder));
	TRY(cluster_source_forget(build->cluster->conf.shared, build->key.hex));
	return build->uncertain ? let_job_leave(build) : file_remove(build->record);
}

static void warn_of(const struct err *err)
{
	if (err)
		progress_warn("%s", err->text);
	err_free(err);
}

ERR_CHECK cluster_attempt_tidy(struct cluster_build *build)
{
	int holder;
	bool ours;

	if (!file_exists(build->record))
		return NULL;
	if (build->lock.fd < 0)
		TRY(file_try_lock(build->lock_path, &holder, &build->lock));
	if (build->lock.fd < 0)
		return NULL;
	TRY(read_record(build, &ours));
	return ours ? clean_up(build) : NULL;
}

/*
 * A result that is damaged is of no use to the next attempt either. Where it is this host that
 * cannot take it, it stays for the next one.
 */
static const struct err *on_taken(void *data, const struct err *err)
{
	struct cluster_build *build = data;
	const char *said = build->build.status == BUILD_FAILED ? "does not build" : "built";

	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	if (!err)
		warn_of(file_remove(build->output));
	if (!err || build->damaged)
		warn_of(clean_up(build));
	if (build->progress)
		progress_end(TAKE_PTR(build->progress), "%s", err ? err->text : said);
	return cluster_build_finish(build, err);
}

/* A node that has no disk left, or no farrier, would take every job of the queue. */
static void exclude_node(struct cluster_build *build)
{
	char *excluded;

	if (!build->node || !*build->node)
		return;
	excluded = build->excluded ? xasprintf("%s,%s", build->excluded, build->node)
				   : xstrdup(build->node);
	free(build->excluded);
	build->excluded = excluded;
}

static ERR_CHECK try_again(struct cluster_build *build)
{
	progress_detail("%s: %s; it is tried again", build->name, build->trouble->text);
	exclude_node(build);
	TRY(new_name(build));
	return cluster_attempt_start(build);
}

/* What the job printed is kept beside its record, as its folder goes. */
static const struct err *describe_loss(const struct cluster_build *build)
{
	OWNED_STR printed = xasprintf("%s/job-%lld.out", build->folder, (long long)build->id);
	const struct err *lost = err_env("%s", build->lost), *err;

	if (build->trouble || !file_exists(printed))
		return lost;
	err = file_copy(printed, build->output);
	if (!err)
		return err_hint(lost, "the job's output is in '%s'", build->output);
	lost = err_hint(lost, "the job's output could not be kept: %s", err->text);
	err_free(err);
	return lost;
}

/* There is none, and none will come. What is said is what was said of the first node. */
static ERR_CHECK no_result(struct cluster_build *build)
{
	const struct err *err = cluster_ticket_trouble(build->folder);
	bool again = (build->again || err) && build->attempts < MOST_ATTEMPTS;

	if (!err)
		err = describe_loss(build);
	if (build->trouble)
		err_free(err);
	else
		build->trouble = err;
	if (!again && build->over)
		warn_of(clean_up(build));
	if (!again)
		return TAKE_PTR(build->trouble);
	TRY(cluster_build_write_ticket(build));
	return try_again(build);
}

ERR_CHECK cluster_attempt_look(struct cluster_build *build)
{
	bool trouble = cluster_ticket_has_trouble(build->folder);

	if (cluster_ticket_has_result(build->folder)) {
		slurm_job_free(TAKE_PTR(build->job));
		build->result_until = 0;
		return task_start(build->cluster->loop, take_result, on_taken, build, &build->task);
	}
	if (!trouble && loop_now() < build->result_until) {
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
	/* it looked for others */
	build->uncertain = false;
	build->over = end->how == SLURM_ENDED || end->how == SLURM_FORGOTTEN;
	free(build->node);
	build->node = xstrdup(
		end->how == SLURM_ENDED && !str_equal(end->state, "CANCELLED") ? end->node : "");
	/* farrier on a node leaves a word of what went wrong, if it comes to that */
	build->again = end->again || end->how == SLURM_FORGOTTEN ||
		       (end->how == SLURM_ENDED && str_equal(end->state, "FAILED"));
	/* a job that did not run to its good end left what it could at once */
	build->result_until = loop_now();
	if (end->how == SLURM_ENDED && !end->again)
		build->result_until += end->status ? TROUBLE_SECONDS : RESULT_SECONDS;
	else if (end->how == SLURM_FORGOTTEN)
		build->result_until += FORGOTTEN_SECONDS;
	/* `end` is the job's */
	slurm_job_free(TAKE_PTR(build->job));
	loop_set_timer(build->timer, loop_now());
	return NULL;
}

/* What is not set is the cluster's to say. */
static void set_text(json_t *job, const char *key, const char *value)
{
	if (*value)
		store_set(job, key, store_text(value));
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
	set_text(job, "partition", conf->partition);
	set_text(job, "account", conf->account);
	set_text(job, "qos", conf->qos);
	if (conf->megabytes)
		store_set(job, "memory_per_node", json_integer(conf->megabytes));
	if (build->excluded) /* so, and not as the API's description has it */
		store_set(job, "exclude_nodes", store_text(build->excluded));
	store_set(job, "current_working_directory", store_text(build->folder));
	store_set(job, "standard_output", store_text(output));
	store_set(job, "tasks", json_integer(1));
	store_set(job, "cpus_per_task", json_integer(conf->cpus));
	store_set(job, "time_limit", json_integer(conf->minutes));
	store_set(definition, "script", json_string(script));
	store_set(definition, "job", job);
	return definition;
}

ERR_CHECK cluster_attempt_start(struct cluster_build *build)
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
	TRY(cluster_need_http(cluster));
	return slurm_job_start(cluster->slurm, cluster->loop, cluster->http, &spec, &watcher,
			       &build->job);
}

void cluster_attempt_drop(struct cluster_build *build)
{
	const struct err *err;

	if (!build->job)
		return;
	err = let_job_leave(build);
	if (err)
		progress_warn("job '%s' may run on: %s", build->name, err->text);
	err_free(err);
}
