// SPDX-License-Identifier: GPL-2.0
/*
 * build.c - a build from request to result, as steps in the event loop:
 *
 *   cache -> the branch's folders -> a CPU -> source (in a thread) -> make config -> make image
 *
 * A hit ends at the first. Each later step begins where the one before has ended.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build_blame.h"
#include "build_cache.h"
#include "build_config.h"
#include "build_inputs.h"
#include "build_make.h"
#include "build_place.h"
#include "build_source.h"
#include "core/file.h"
#include "core/task.h"
#include "base/progress.h"

/* How often a lock that another process holds is tried. */
#define LOCK_SECONDS 0.5
/* Measured on 6.12: the source takes 1.7 GB, the O= folder of a small config 0.15 GB. */
#define SOURCE_SPACE ((uint64_t)1800 << 20)
#define OBJECT_SPACE ((uint64_t)600 << 20)
#define SPARE_SPACE  ((uint64_t)100 << 20)

#define MAX_CONFIG ((size_t)8 << 20)

struct build_queue {
	struct loop *loop;
	struct cpus *cpus;
	struct build_job *jobs;
};

struct build_job {
	struct build_queue *queue;
	struct build_request request;
	struct build_key key;
	struct build build;
	build_callback callback;
	void *data;
	bool ended;  /* `build` is complete */
	bool looked; /* into the cache */
	bool waited; /* for its place */
	struct build_place place;
	struct strvec variables; /* for make, when the image is made */
	struct loop_source *timer;
	struct cpus_claim *claim;
	struct cpus_jobserver *jobserver;
	struct task *task; /* prepares the folders */
	bool configured;   /* what it found: the O= folder has the right .config */
	struct build_make *make;
	struct build_scan scan;
	struct progress *progress;
	struct build_job *next;
};

static void clear_scan(struct build_job *job)
{
	build_scan_release(&job->scan);
	job->scan = (struct build_scan){ .source = job->place.source,
					 .object = job->place.folder.path,
					 .into = &job->build.diagnostics };
}

void build_release(struct build *build)
{
	free(build->branch);
	free(build->series);
	free(build->model);
	free(build->make_arch);
	free(build->initrd_id);
	free(build->image);
	free(build->config);
	free(build->log);
	free(build->inputs);
	build_diagnostics_release(&build->diagnostics);
	kept_let_go(&build->hold);
	*build = (struct build){ 0 };
}

void build_move(struct build *from, struct build *to)
{
	*to = *from;
	*from = (struct build){ 0 };
}

struct build_queue *build_queue_new(struct loop *loop, struct cpus *cpus)
{
	struct build_queue *queue = xcalloc(1, sizeof(*queue));

	queue->loop = loop;
	queue->cpus = cpus;
	return queue;
}

void build_queue_free(struct build_queue *queue)
{
	free(queue);
}

void build_queue_release(struct build_queue **queue)
{
	build_queue_free(*queue);
}

/* Gives back all that other jobs may wait for. */
static void let_go(struct build_job *job)
{
	task_free(TAKE_PTR(job->task));
	build_make_free(TAKE_PTR(job->make));
	cpus_close_jobserver(TAKE_PTR(job->jobserver));
	cpus_unclaim(TAKE_PTR(job->claim));
	build_place_leave(&job->place);
	loop_remove(job->queue->loop, TAKE_PTR(job->timer));
	progress_drop(&job->progress);
}

static void wake_others(struct build_queue *queue)
{
	for (struct build_job *job = queue->jobs; job; job = job->next)
		if (job->timer)
			loop_set_timer(job->timer, loop_now());
}

static void leave_queue(struct build_job *job)
{
	struct build_job **link = &job->queue->jobs;

	while (*link && *link != job)
		link = &(*link)->next;
	if (*link)
		*link = job->next;
	wake_others(job->queue);
}

/* The job may be gone when this returns. */
static const struct err *finish(struct build_job *job, const struct err *err)
{
	let_go(job);
	leave_queue(job);
	return job->callback(job->data, err ? NULL : &job->build, err);
}

/*
 * The end of every step: `err` is the step's. What goes wrong with one build ends
 * that build; an interrupt ends everything.
 */
static const struct err *settle(struct build_job *job, const struct err *err)
{
	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	if (!err && job->ended)
		err = build_blame(&job->request, &job->build.diagnostics);
	if (err || job->ended)
		return finish(job, err);
	return NULL;
}

/* Ends what a make left: the record of the folder, then the build in the cache. */
static ERR_CHECK publish(struct build_job *job)
{
	OWNED_STR image = xasprintf("%s/%s", job->place.folder.path,
				    build_key_image(&job->request));
	OWNED_STR config = xasprintf("%s/.config", job->place.folder.path);
	OWNED_STR inputs = xasprintf("%s/farrier-inputs", job->place.folder.path);
	struct build_cache_parts parts = { .log = job->place.folder.log,
					   .folder = job->place.folder.parcel };

	if (job->build.status == BUILD_OK && !job->request.objects) {
		parts.image = image;
		parts.inputs = inputs;
		TRY(build_inputs_collect(job->place.folder.path, job->place.source, inputs));
	}
	if (file_exists(config))
		parts.config = config;
	if (parts.image && !file_exists(image))
		return err_env("make ended well but left no '%s'", image);
	TRY(build_cache_store(job->request.workspace, &job->key, &parts, &job->build));
	return build_folder_save(&job->place.folder, &job->key, job->place.source, false);
}

static ERR_CHECK end_build(struct build_job *job, enum build_status status)
{
	job->build.status = status;
	TRY(publish(job));
	progress_end(TAKE_PTR(job->progress), "%s",
		     status == BUILD_FAILED ? "does not build" : "built");
	job->ended = true;
	return NULL;
}

/* make failed and no line blames the source: whatever did is said with the log. */
static ERR_CHECK machine_error(const struct build_job *job, const struct proc_exit *exit)
{
	OWNED_STR how = proc_describe(exit);
	const char *why = job->scan.machine_fault ? job->scan.machine_fault
						  : job->scan.last_failure;

	return err_hint(err_env("make of branch '%s' failed with %s%s%s", job->request.branch->name,
				how, why ? ": " : "", why ? why : ""),
			"the machine is to blame, not the source: mend what '%s' shows and run it "
			"again; what was built so far is kept",
			job->place.folder.log);
}

/* Counts the time; says whether make succeeded, failed by the source, or by the machine. */
static ERR_CHECK judge_make(struct build_job *job, const struct proc_exit *exit, bool *good)
{
	job->build.seconds += exit->seconds;
	job->build.cpu_seconds += exit->cpu_seconds;
	*good = proc_succeeded(exit);
	if (*good)
		return NULL;
	if (job->scan.machine_fault || !job->scan.errors || !WIFEXITED(exit->status))
		return machine_error(job, exit);
	return NULL;
}

static ERR_CHECK start_make(struct build_job *job, const char *target, const struct strvec *objects,
			    build_make_callback callback)
{
	struct build_make_spec spec = { .arch = &job->request.branch->arch,
					.source = job->place.source,
					.folder = &job->place.folder,
					.target = target,
					.objects = objects,
					.variables = &job->variables,
					.jobserver = job->jobserver,
					.lock_fd = job->place.lock.fd,
					.scan = &job->scan,
					.progress = job->progress,
					.expected_objects = job->place.folder.empty
								    ? job->place.folder.objects
								    : 0 };

	clear_scan(job);
	return build_make_start(job->queue->loop, &spec, callback, job, &job->make);
}

static ERR_CHECK image_made(struct build_job *job, const struct proc_exit *exit)
{
	bool good;

	TRY(judge_make(job, exit, &good));
	if (job->request.objects)
		return end_build(job, good ? BUILD_OK : BUILD_FAILED);
	if (good && job->place.folder.empty) {
		job->place.folder.objects = job->scan.objects;
		job->place.folder.seconds = job->build.seconds;
		job->place.folder.cpu = job->build.cpu_seconds;
	} else if (good) {
		job->place.folder.again = job->build.seconds;
		job->place.folder.again_cpu = job->build.cpu_seconds;
	}
	return end_build(job, good ? BUILD_OK : BUILD_FAILED);
}

static const struct err *on_image(void *data, const struct proc_exit *exit,
				  const struct err *log_err)
{
	struct build_job *job = data;

	return settle(job, log_err ? log_err : image_made(job, exit));
}

/* What the config step found belongs to every build that it served. */
static void add_config_diagnostics(struct build_job *job)
{
	for (size_t i = 0; i < job->place.folder.config.count; i++) {
		const struct build_diagnostic *one = &job->place.folder.config.items[i];

		build_diagnostics_add(&job->build.diagnostics, one->severity, one->file, one->line,
				      one->text);
	}
}

/*
 * The initramfs goes into the netboot image. make does not see that one is another, when it is as
 * long as the one before.
 */
static ERR_CHECK prepare_netboot(struct build_job *job)
{
	const struct arch *arch = &job->request.branch->arch;
	OWNED_STR image = xasprintf("%s/%s", job->place.folder.path, arch->netboot);

	strvec_pushf(&job->variables, "%s=%s", arch->netboot_initrd, job->request.initrd);
	for (size_t i = 0; i < arch->netboot_make.count; i++)
		strvec_push(&job->variables, arch->netboot_make.items[i]);
	return file_remove(image);
}

/* make's name for the image is the last part of its path. */
static ERR_CHECK start_image(struct build_job *job)
{
	add_config_diagnostics(job);
	if (job->request.initrd)
		TRY(prepare_netboot(job));
	return start_make(job, file_base_name(build_key_image(&job->request)), job->request.objects,
			  on_image);
}

/* Reads what came of the fragments, and keeps it with the folder. */
static ERR_CHECK check_config(struct build_job *job, size_t *dropped)
{
	OWNED_STR path = xasprintf("%s/.config", job->place.folder.path);
	STRBUF config = { 0 };

	build_diagnostics_release(&job->place.folder.config);
	TRY(file_read(path, MAX_CONFIG, &config));
	TRY(build_config_check(job->request.repo, &job->key.tree, strbuf_str(&job->key.fragment),
			       strbuf_str(&config), &job->place.folder.config, dropped));
	if (*dropped)
		return NULL;
	free(job->place.folder.tree);
	free(job->place.folder.fragment_id);
	job->place.folder.tree = xstrdup(git_oid_tostr_s(&job->key.tree));
	job->place.folder.fragment_id = xstrdup(job->key.fragment_id);
	return build_folder_save(&job->place.folder, &job->key, job->place.source, true);
}

static ERR_CHECK config_made(struct build_job *job, const struct proc_exit *exit)
{
	size_t dropped = 0;
	bool good;

	TRY(judge_make(job, exit, &good));
	build_make_free(TAKE_PTR(job->make));
	if (!good)
		return end_build(job, BUILD_FAILED);
	TRY(check_config(job, &dropped));
	if (!dropped)
		return start_image(job);
	add_config_diagnostics(job);
	return end_build(job, BUILD_FAILED);
}

static const struct err *on_config(void *data, const struct proc_exit *exit,
				   const struct err *log_err)
{
	struct build_job *job = data;

	return settle(job, log_err ? log_err : config_made(job, exit));
}

static ERR_CHECK check_space(const struct build_job *job)
{
	const char *cache = job->request.workspace->cache;
	uint64_t needed = SPARE_SPACE, there;

	if (!build_source_is_filled(job->place.source))
		needed += SOURCE_SPACE;
	if (!file_is_dir(job->place.folder.path))
		needed += OBJECT_SPACE;
	TRY(file_free_space(cache, &there));
	if (there >= needed)
		return NULL;
	return err_hint(
		err_env("not enough space for a build in '%s': %.1f GB needed, %.1f GB free", cache,
			(double)needed / 1e9, (double)there / 1e9),
		"make room there, or set XDG_CACHE_HOME to a folder on a larger disk");
}

/* In a thread: a first fill takes 10 s, in which boots beside it are to be watched. */
static const struct err *prepare(void *data)
{
	struct build_job *job = data;
	struct build_source_move move;
	REPO repo = NULL;

	TRY(check_space(job));
	TRY(repo_open(repo_git_dir(job->request.repo), false, &repo));
	TRY(err_context(build_source_set(repo, job->place.source, &job->key.tree, &move),
			"source folder '%s'", job->place.source));
	if (move.written + move.removed)
		progress_detail("%s: %zu file%s written, %zu removed", job->request.branch->name,
				move.written, move.written == 1 ? "" : "s", move.removed);
	TRY(build_folder_begin(&job->place.folder, &job->key, job->place.source));
	TRY(file_remove(job->place.folder.log));
	return build_folder_is_configured(&job->place.folder, repo, &job->key, &job->configured);
}

static struct progress *begin_progress(const struct build_job *job)
{
	const struct build_request *request = &job->request;
	double expected = job->place.folder.empty ? job->place.folder.seconds
						  : job->place.folder.again;
	STRBUF with = { 0 };

	if (request->objects)
		return progress_begin(0, "compiling %zu file%s of %s%s%s", request->objects->count,
				      request->objects->count == 1 ? "" : "s",
				      request->branch->name, request->series ? " with " : "",
				      request->series ? request->series : "");

	if (request->series)
		strbuf_addf(&with, " with %s", request->series);
	if (request->model)
		strbuf_addf(&with, "%s model %s", request->series ? "," : " with", request->model);
	return progress_begin(expected, "building %s%s", request->branch->name, strbuf_str(&with));
}

static ERR_CHECK begin_make(struct build_job *job)
{
	job->progress = begin_progress(job);
	TRY(cpus_open_jobserver(job->queue->cpus, &job->jobserver));
	if (job->configured)
		return start_image(job);
	return start_make(job, "allnoconfig", NULL, on_config);
}

static const struct err *on_prepared(void *data, const struct err *err)
{
	struct build_job *job = data;

	return settle(job, err ? err : begin_make(job));
}

static const struct err *on_cpu(void *data)
{
	struct build_job *job = data;

	return settle(job, task_start(job->queue->loop, prepare, on_prepared, job, &job->task));
}

static ERR_CHECK look_into_cache(struct build_job *job)
{
	job->looked = true;
	return build_cache_load(job->request.workspace, &job->key, &job->build, &job->ended);
}

/* A job of ours that is at work wakes those that wait, when it is over. */
static bool somebody_works(const struct build_job *job)
{
	for (const struct build_job *other = job->queue->jobs; other; other = other->next)
		if (other != job && build_place_is_taken(&other->place))
			return true;
	return false;
}

/* The process of a lock may have been killed, and its number be ours now. */
static void wait_for(struct build_job *job, int holder, bool same)
{
	bool ours = holder == getpid();

	if (!job->waited && !ours && same)
		progress_note("waiting for the build of %.12s, which process %d makes",
			      job->key.hex, holder);
	else if (!job->waited && !ours)
		progress_note("waiting for the source folder of '%s', which process %d holds",
			      job->request.branch->name, holder);
	job->waited = job->waited || !ours;
	if (!ours || !somebody_works(job))
		loop_set_timer(job->timer, loop_now() + LOCK_SECONDS);
}

/* *taken says whether it has one now. */
static ERR_CHECK take_place(struct build_job *job, bool *taken)
{
	struct build_place *place = &job->place;
	bool had = place->key_lock.fd >= 0, same;
	int holder;

	*taken = false;
	TRY(build_place_take_key(place, &holder));
	same = holder;
	/* whoever had it before may have made the same */
	if (!holder && !had)
		TRY(look_into_cache(job));
	if (job->ended)
		return NULL;
	if (!holder)
		TRY(build_place_take(place, &job->request, &holder));
	if (holder)
		wait_for(job, holder, same);
	*taken = !holder;
	return NULL;
}

static ERR_CHECK try_to_begin(struct build_job *job)
{
	bool taken = false;

	if (!job->looked)
		TRY(look_into_cache(job));
	if (!job->ended)
		TRY(take_place(job, &taken));
	if (!taken)
		return NULL;
	job->waited = false;
	loop_remove(job->queue->loop, TAKE_PTR(job->timer));
	job->claim = cpus_claim(job->queue->cpus, CPUS_ONE, on_cpu, job);
	return NULL;
}

static const struct err *on_timer(void *data, short events)
{
	struct build_job *job = data;

	(void)events;
	return settle(job, try_to_begin(job));
}

/* The kernel's Makefile refuses the first three; make itself stumbles over the others. */
static ERR_CHECK check_path(const char *path)
{
	if (!strpbrk(path, " \t\n:#$%\\'\"*?;"))
		return NULL;
	return err_hint(err_env("no kernel can be built below '%s': make cannot work with such "
				"a path",
				path),
			"set XDG_CACHE_HOME to a folder without spaces, colons and the like in "
			"its path");
}

static void release_job(struct build_job **job)
{
	build_job_free(*job);
}

ERR_CHECK build_start(struct build_queue *queue, const struct build_request *request,
		      build_callback callback, void *data, struct build_job **out)
{
	CLEANUP(release_job) struct build_job *job = xcalloc(1, sizeof(*job));
	struct build_job **last = &queue->jobs;

	*job = (struct build_job){ .queue = queue,
				   .request = *request,
				   .callback = callback,
				   .data = data,
				   .place = BUILD_PLACE_NONE };
	TRY(target_need_build(request->workspace, request->branch));
	TRY(check_path(request->workspace->cache));
	TRY(build_key_make(request, &job->key));
	build_describe(request, &job->key, &job->build);
	build_place_name(&job->request, &job->key, &job->place);
	job->timer = loop_add_timer(queue->loop, loop_now(), on_timer, job);
	while (*last)
		last = &(*last)->next;
	*last = job;
	*out = TAKE_PTR(job);
	return NULL;
}

void build_job_free(struct build_job *job)
{
	if (!job)
		return;
	let_go(job);
	leave_queue(job);
	build_scan_release(&job->scan);
	build_place_release(&job->place);
	build_key_release(&job->key);
	build_release(&job->build);
	strvec_release(&job->variables);
	free(job);
}

/* What build_run() waits for. */
struct wait {
	struct build *build;
	const struct err *err;
	bool done;
};

static const struct err *on_done(void *data, struct build *build, const struct err *err)
{
	struct wait *wait = data;

	if (build)
		build_move(build, wait->build);
	wait->err = err;
	wait->done = true;
	return NULL;
}

ERR_CHECK build_run(const struct build_request *request, struct build *build)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, request->workspace->jobs);
	CLEANUP(build_queue_release) struct build_queue *queue = build_queue_new(loop, cpus);
	CLEANUP(release_job) struct build_job *job = NULL;
	struct wait wait = { .build = build };

	*build = (struct build){ 0 };
	TRY(build_start(queue, request, on_done, &wait, &job));
	TRY(loop_run(loop, &wait.done));
	return wait.err;
}
