// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "boot_result.h"
#include "core/file.h"
#include "base/progress.h"

/* A kernel that prints this much has lost its way; the judge would read on for ever. */
#define MAX_CONSOLE ((uint64_t)256 << 20)

struct boot_job {
	const struct boot_request *request;
	struct loop *loop;
	struct loop_source *timer;
	struct machine_run *run;
	struct judge *judge;
	struct progress *progress;
	struct boot_watch watch;
	struct boot boot; /* the result in the making */
	double started;	  /* when the machine started, on its clock */
	uint64_t bytes;
	bool stopping;
	bool mute; /* a lab's machine: no kernel was heard of, which may be the lab's fault */
	boot_callback on_done;
	void *data;
};

static const char *title(const struct boot_job *job)
{
	return job->request->title ? job->request->title : "boot";
}

/* Seconds since the machine started, on its clock, as all times of the watch are. */
static double elapsed(const struct boot_job *job)
{
	return machine_run_now(job->run) - job->started;
}

/* The time for the watch, which is told what this thread worked so far. */
static double now_of(struct boot_job *job)
{
	struct timespec cpu;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	job->watch.own_cpu = (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9;
	return machine_run_now(job->run);
}

static void stop(struct boot_job *job)
{
	job->stopping = true;
	loop_remove(job->loop, job->timer);
	job->timer = NULL;
	machine_run_stop(job->run);
}

static void suspect(struct boot_job *job, double now)
{
	struct boot *boot = &job->boot;
	char *text = boot_watch_describe(&job->watch, now);

	boot->stalls = xreallocarray(boot->stalls, boot->stall_count + 1, sizeof(*boot->stalls));
	boot->stalls[boot->stall_count++] = (struct boot_suspicion){
		.stall = job->watch.stall, .at = elapsed(job), .resumed = BOOT_NEVER, .text = text
	};
	progress_note("%s: suspected to hang: %s", title(job), text);
	machine_run_inspect(job->run);
}

static void resume(struct boot_job *job)
{
	job->boot.stalls[job->boot.stall_count - 1].resumed = elapsed(job);
	progress_note("%s: it goes on again", title(job));
}

/* What it was last suspected of, as it is now. */
static void hung(struct boot_job *job, double now)
{
	struct boot_suspicion *stall;

	if (!job->boot.stall_count)
		suspect(job, now);
	stall = &job->boot.stalls[job->boot.stall_count - 1];
	free(stall->text);
	stall->text = boot_watch_describe(&job->watch, now);
	job->boot.why = xstrdup(stall->text);
	job->mute = job->watch.limits.far && !judge_kernel_spoke(job->judge);
	if (!job->mute) {
		job->boot.hung = (int64_t)job->bytes;
		judge_silence(job->judge, stall->text);
	}
	stop(job);
}

static void apply_rules(struct boot_job *job, double now)
{
	switch (boot_watch_check(&job->watch, now)) {
	case BOOT_GO_ON:
		break;
	case BOOT_SUSPECT:
		suspect(job, now);
		break;
	case BOOT_RESUMED:
		resume(job);
		break;
	case BOOT_SETTLED:
		stop(job);
		break;
	case BOOT_HUNG:
		hung(job, now);
		break;
	case BOOT_TOO_LONG:
		job->boot.why = boot_watch_describe(&job->watch, now);
		stop(job);
		break;
	}
}

/* The watch wants to look again; on another clock the wait is as long. */
static void set_timer(struct boot_job *job, double now)
{
	loop_set_timer(job->timer, loop_now() + boot_watch_next(&job->watch, now) - now);
}

static const struct err *on_timer(void *data, short events)
{
	struct boot_job *job = data;
	double now = now_of(job);

	(void)events;
	apply_rules(job, now);
	if (!job->stopping)
		set_timer(job, now);
	return NULL;
}

static void note_time(struct boot *boot)
{
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(boot->started, sizeof(boot->started), "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static const struct err *on_running(void *data)
{
	struct boot_job *job = data;
	double now = now_of(job);

	job->started = now;
	note_time(&job->boot);
	boot_watch_start(&job->watch, &job->watch.limits, now);
	job->timer = loop_add_timer(job->loop, loop_now(), on_timer, job);
	set_timer(job, now);
	return NULL;
}

static const struct err *on_state(void *data, const char *text)
{
	struct boot_job *job = data;

	progress_update(job->progress, "%s", text);
	return NULL;
}

static void show_heartbeat(struct boot_job *job, const struct judge_heartbeat *heartbeat)
{
	STRBUF text = { 0 };

	for (size_t i = 0; i < heartbeat->cpus && i < 16; i++)
		strbuf_addf(&text, " %llu", (unsigned long long)heartbeat->progress[i]);
	progress_update(job->progress, "heartbeat %u, progress%s", heartbeat->number,
			strbuf_str(&text));
}

static void watch_heartbeat(struct boot_job *job, double now)
{
	const struct judge_heartbeat *heartbeat = judge_heartbeat(job->judge);

	if (!heartbeat->number || heartbeat->number == job->watch.beat)
		return;
	if (!job->boot.heartbeats)
		job->boot.first_heartbeat = elapsed(job);
	job->boot.heartbeats = heartbeat->number;
	boot_watch_heartbeat(&job->watch, now, heartbeat->number, heartbeat->progress,
			     heartbeat->cpus);
	show_heartbeat(job, heartbeat);
}

/* Looks at what the judge made of the bytes that just came. */
static void watch_judge(struct boot_job *job, double now)
{
	watch_heartbeat(job, now);
	if (judge_count(job->judge, EVENT_TEST_PASS) || judge_saw_end(job->judge))
		boot_watch_result(&job->watch);
	if (judge_is_decided(job->judge) && !job->watch.decided) {
		boot_watch_decided(&job->watch, now);
		job->boot.decided = elapsed(job);
		machine_run_inspect(job->run);
		if (job->timer)
			set_timer(job, now);
	}
}

static const struct err *on_console(void *data, const char *bytes, size_t length)
{
	struct boot_job *job = data;
	double now = now_of(job);

	if (job->boot.first_output < 0)
		job->boot.first_output = elapsed(job);
	job->bytes += length;
	boot_watch_bytes(&job->watch, now);
	judge_feed(job->judge, bytes, length);
	if (job->stopping)
		return NULL;
	watch_judge(job, now);
	if (job->bytes > MAX_CONSOLE) {
		job->boot.why = xasprintf("the console printed more than %llu MiB",
					  (unsigned long long)(MAX_CONSOLE >> 20));
		stop(job);
	}
	return NULL;
}

static void end_progress(struct boot_job *job)
{
	const struct boot *boot = &job->boot;
	const char *text = boot->has_cause ? boot->cause.text : boot->text;

	progress_end(TAKE_PTR(job->progress), "%s%s%s", verdict_name(boot->verdict),
		     text ? ", " : "", text ? text : "");
}

static const struct err *on_end(void *data, const struct machine_end *end)
{
	struct boot_job *job = data;
	struct boot *boot = &job->boot;
	OWNED_STR path = xasprintf("%s/boot.json", job->request->folder);
	OWNED_JSON *json = NULL;

	loop_remove(job->loop, job->timer);
	job->timer = NULL;
	job->stopping = true;
	boot->seconds = end->seconds;
	boot->machine_cpu = end->cpu_seconds;
	boot->lost = job->watch.lost;
	/* Never of a machine that is far away. */
	boot->stood = job->watch.stood;
	boot->stood_until = boot->stood > 0 ? job->watch.stood_until - job->started : BOOT_NEVER;
	boot->ended = end->how;
	if (end->how == MACHINE_FAILED || end->how == MACHINE_TIMED_OUT)
		boot->error = xstrdup(end->text);
	else if (job->mute && end->how == MACHINE_STOPPED) {
		boot->ended = MACHINE_TIMED_OUT;
		boot->error = xasprintf("no line of a kernel: %s", boot->why);
	}
	boot_take_verdict(boot, job->request, job->judge);
	boot_take_counters(boot, job->request, job->judge);
	json = boot_json(boot);
	TRY(store_write(path, json));
	end_progress(job);
	return job->on_done(job->data, boot);
}

static ERR_CHECK check_file(const char *path, const char *what)
{
	if (path && access(path, R_OK) < 0)
		return err_input("no %s '%s' that can be read", what, path);
	return NULL;
}

static void prepare_limits(struct boot_job *job)
{
	const struct boot_request *request = job->request;
	const struct machine_conf *conf = machine_settings(request->machine);
	struct boot_limits *limits = &job->watch.limits;

	*limits = request->limits;
	if (limits->boot <= 0)
		limits->boot = conf->boot_seconds;
	if (limits->detectors <= 0)
		limits->detectors = conf->detector_seconds;
	if (limits->test <= 0)
		limits->test = request->seconds;
	if (limits->quiet <= 0)
		limits->quiet = conf->quiet_seconds;
	limits->far = !machine_is_here(request->machine);
	/* A lab hands the lines behind a deciding one on in its next portion. */
	if (limits->settle <= 0 && limits->far && limits->quiet / 4 > BOOT_SETTLE_SECONDS)
		limits->settle = limits->quiet / 4;
	boot_limits_complete(limits);
}

/* The old record goes first: it must not stand beside the log of a boot that was cut off. */
static ERR_CHECK clear_folder(const struct boot_request *request)
{
	static const char *const names[] = { "boot.json", "registers.txt", "machine.log" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		OWNED_STR path = xasprintf("%s/%s", request->folder, names[i]);

		TRY(file_remove(path));
	}
	return NULL;
}

/* The log of a boot that was cut off may hold what no later boot says again. */
static ERR_CHECK keep_cut_log(const struct boot_request *request)
{
	OWNED_STR record = xasprintf("%s/boot.json", request->folder);
	OWNED_STR log = xasprintf("%s/console.log", request->folder);
	struct stat info;

	if (file_exists(record) || stat(log, &info) < 0 || info.st_size == 0)
		return NULL;
	for (int number = 1;; number++) {
		OWNED_STR kept = xasprintf("%s/console.cut-%d.log", request->folder, number);

		if (file_exists(kept))
			continue;
		if (rename(log, kept) < 0)
			return err_errno("cannot rename '%s' to '%s'", log, kept);
		return NULL;
	}
}

static ERR_CHECK prepare(struct boot_job *job)
{
	const struct boot_request *request = job->request;
	struct boot *boot = &job->boot;

	TRY(check_file(request->kernel, "kernel"));
	TRY(check_file(request->initrd, "initramfs"));
	TRY(boot_cmdline(request, &boot->cmdline));
	TRY(keep_cut_log(request));
	TRY(clear_folder(request));
	prepare_limits(job);
	boot->machine = xstrdup(machine_settings(request->machine)->name);
	boot->build = request->build ? xstrdup(request->build) : NULL;
	boot->log = xasprintf("%s/console.log", request->folder);
	boot->cpus = request->cpus;
	boot->hung = -1;
	boot->first_output = boot->first_heartbeat = boot->decided = boot->stood_until = BOOT_NEVER;
	note_time(boot);
	job->judge = judge_new(NULL);
	return NULL;
}

ERR_CHECK boot_start(struct loop *loop, const struct boot_request *request, boot_callback on_done,
		     void *data, struct boot_job **out)
{
	CLEANUP(boot_job_release) struct boot_job *job = xcalloc(1, sizeof(*job));
	struct machine_watcher watcher = { .on_running = on_running,
					   .on_state = on_state,
					   .on_console = on_console,
					   .on_end = on_end,
					   .data = job };
	struct machine_job wanted = { .kernel = request->kernel,
				      .initrd = request->initrd,
				      .folder = request->folder,
				      .tag = request->tag,
				      .cpus = request->cpus };

	*job = (struct boot_job){
		.request = request, .loop = loop, .on_done = on_done, .data = data
	};
	TRY(prepare(job));
	wanted.cmdline = job->boot.cmdline;
	wanted.seconds = boot_limits_total(&job->watch.limits);
	job->progress = progress_begin(request->expected, "%s", title(job));
	TRY(machine_start(request->machine, loop, &wanted, &watcher, &job->run));
	*out = TAKE_PTR(job);
	return NULL;
}

void boot_job_free(struct boot_job *job)
{
	if (!job)
		return;
	machine_run_free(job->run);
	loop_remove(job->loop, job->timer);
	progress_drop(&job->progress);
	judge_free(job->judge);
	boot_watch_release(&job->watch);
	boot_release(&job->boot);
	free(job);
}

void boot_job_release(struct boot_job **job)
{
	boot_job_free(*job);
}

struct waiting {
	struct boot *boot;
	bool done;
};

static const struct err *on_only_boot_done(void *data, const struct boot *boot)
{
	struct waiting *waiting = data;

	*waiting->boot = *boot;
	waiting->done = true;
	return NULL;
}

ERR_CHECK boot_run(const struct boot_request *request, struct boot *boot)
{
	LOOP loop = loop_new();
	CLEANUP(boot_job_release) struct boot_job *job = NULL;
	struct waiting waiting = { .boot = boot };

	TRY(boot_start(loop, request, on_only_boot_done, &waiting, &job));
	TRY(loop_run(loop, &waiting.done));
	job->boot = (struct boot){ 0 }; /* the caller's now */
	return NULL;
}
