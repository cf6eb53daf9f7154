// SPDX-License-Identifier: GPL-2.0
/*
 * bisect_cell.c - a cell as the test: a kernel is built, booted on a machine and judged.
 *
 * Kernels come out of the cache, and boots out of the records, when they are there; each record
 * counts once in a session, by its log's path. Slots are what the machine can do at a time; on
 * this host a boot waits for as many CPUs as it has, and what boots leave is make's.
 */
#include "bisect_images.h"
#include "bisect_test.h"
#include "guest/guest.h"
#include "pipeline/pipeline_cell.h"
#include "executor/executor.h"
#include "pipeline/pipeline_kernel.h"
#include "pipeline/pipeline_machine.h"
#include "pipeline/pipeline_run.h"

/* A kernel that stays for the session. */
struct kernel {
	struct build build;
	struct pipeline_cell cell;
	bool ready, open;
};

struct cells {
	struct bisect *bisect;
	struct loop *loop;
	struct branch branch;
	struct pipeline_machine *machine;
	struct guest guest;
	struct file_lock lock;
	struct cpus *cpus;
	struct executor *executor;
	struct kernel *kernels;	    /* of each suspect, and of the good end */
	struct build_inputs inputs; /* of all of them */
	struct bisect_images *images;
	struct series_counter *counters;
	size_t counter_count;
	const char **cmdline;
	int cpu_count, seconds;
};

struct bisect_job {
	struct cells *cells;
	struct bisect_waiter waiter;
	size_t number;
	size_t kernel;		      /* whose kernel is booted: one with the same image */
	struct build_request request; /* of the make */
	void *make;		      /* the executor's job */
	struct cpus_claim *claim;
	struct pipeline_boot *boot;
};

static void close_cells(void *state)
{
	struct cells *cells = state;

	if (!cells)
		return;
	for (size_t i = 0; cells->kernels && i <= cells->bisect->history.count; i++) {
		if (cells->kernels[i].open)
			pipeline_cell_release(&cells->kernels[i].cell);
		build_release(&cells->kernels[i].build);
	}
	free(cells->kernels);
	build_inputs_release(&cells->inputs);
	bisect_images_free(cells->images);
	executor_free(cells->executor);
	cpus_free(cells->cpus);
	file_unlock(&cells->lock);
	guest_release(&cells->guest);
	pipeline_machine_free(cells->machine);
	target_release_branch(&cells->branch);
	free(cells->counters);
	free(cells->cmdline);
	free(cells);
}

static void hear(struct cells *cells, const struct series *layer, size_t *words)
{
	cells->cmdline = xreallocarray(cells->cmdline, *words + 2, sizeof(*cells->cmdline));
	if (layer->cmdline)
		cells->cmdline[(*words)++] = layer->cmdline;
	cells->cmdline[*words] = NULL;
	cells->counters = xreallocarray(cells->counters,
					cells->counter_count + layer->counter_count + 1,
					sizeof(*cells->counters));
	for (size_t i = 0; i < layer->counter_count; i++)
		cells->counters[cells->counter_count++] = layer->counters[i];
}

static bool is_layer(const struct stack_layers *layers, const char *name)
{
	for (size_t i = 0; i < layers->count; i++)
		if (str_equal(layers->list[i]->name, name))
			return true;
	return false;
}

/*
 * What kernels get to hear, and what is counted: of the branch, the model, the series that are put
 * on each commit, and the one whose patches are the suspects.
 */
static void read_layers(struct cells *cells)
{
	const struct stack_layers *layers = &cells->bisect->layers,
				  *sought = &cells->bisect->sought;
	size_t words = 0;

	cells->cmdline = xcalloc(2, sizeof(*cells->cmdline));
	cells->cmdline[words++] = cells->branch.cmdline;
	for (size_t i = 0; i < layers->count; i++)
		hear(cells, layers->list[i], &words);
	for (size_t i = 0; i < sought->count; i++)
		if (!is_layer(layers, sought->list[i]->name))
			hear(cells, sought->list[i], &words);
}

static int slots_of(const struct cells *cells, int asked)
{
	int slots = cells->machine->slots;

	if (!slots)
		slots = cells->bisect->workspace->jobs / cells->cpu_count;
	if (asked)
		slots = asked;
	return slots > 1 ? slots : 1;
}

static const struct err *open_cells(struct bisect *bisect, struct loop *loop,
				    struct bisect_room *room, void **state)
{
	const json_t *test = json_object_get(bisect->start, "test");
	struct cells *cells = xcalloc(1, sizeof(*cells));
	const struct machine_conf *conf;

	*cells = (struct cells){ .bisect = bisect, .loop = loop, .lock = FILE_LOCK_NONE };
	*state = cells;
	TRY(bisect_need_workspace(bisect));
	TRY(target_read_branch(bisect->workspace, store_get_string(test, "branch", ""),
			       &cells->branch));
	TRY(target_need_build(bisect->workspace, &cells->branch));
	TRY(pipeline_machine_open(bisect->workspace, store_get_string(test, "machine", ""),
				  &cells->machine));
	conf = &cells->machine->conf;
	if (!pipeline_machine_runs(conf, &cells->branch.arch))
		return err_input("machine '%s' is for '%s', branch '%s' is built for '%s'",
				 conf->name, conf->arch, cells->branch.name,
				 cells->branch.arch.name);
	TRY(guest_initramfs(bisect->workspace, &cells->branch.arch, &cells->guest));
	TRY(pipeline_lock(bisect->workspace, true, &cells->lock));
	cells->cpu_count = store_get_int(test, "cpus", 0);
	for (size_t i = 0; i < conf->cpu_counts && !store_get_int(test, "cpus", 0); i++)
		if (conf->cpus[i] > cells->cpu_count)
			cells->cpu_count = conf->cpus[i];
	cells->cpu_count = cells->cpu_count ? cells->cpu_count : 1;
	cells->seconds = store_get_int(test, "seconds", 10);
	read_layers(cells);
	cells->inputs.arch = xstrdup(cells->branch.arch.folder);
	cells->images = bisect_images_new();
	cells->cpus = cpus_new(loop, bisect->workspace->jobs);
	TRY(executor_open(bisect->workspace, loop, cells->cpus, &cells->executor));
	cells->kernels = xcalloc(bisect->history.count + 1, sizeof(*cells->kernels));
	room->tests = slots_of(cells, room->tests);
	room->builds = cells->executor->kind->here ? bisect->workspace->at_once
						   : cells->executor->kind->room(cells->executor);
	return NULL;
}

/* --- one boot --- */

static ERR_CHECK tell_boot(struct bisect_job *job, const struct boot *boot, bool reused)
{
	struct bisect_outcome outcome = { .seconds = boot->seconds,
					  .log = boot->log,
					  .reused = reused,
					  .result = boot->verdict == VERDICT_GOOD  ? BISECT_PASS
						    : boot->verdict == VERDICT_BAD ? BISECT_FAIL
										   : BISECT_INFRA };

	outcome.text = boot->text;
	if (boot->has_cause) {
		outcome.text = boot->cause.text;
		outcome.line = (int64_t)boot->cause.line;
	}
	return job->waiter.on_done(job->waiter.data, &outcome);
}

static const struct err *on_boot_done(void *data, const struct boot *boot)
{
	struct bisect_job *job = data;

	pipeline_cell_learn(&job->cells->kernels[job->kernel].cell, boot);
	cpus_unclaim(TAKE_PTR(job->claim));
	return tell_boot(job, boot, false);
}

static const struct err *on_cpus(void *data)
{
	struct bisect_job *job = data;
	struct pipeline_cell *cell = &job->cells->kernels[job->kernel].cell;

	return pipeline_cell_start(cell, pipeline_cell_reserve(cell), job->cells->loop,
				   on_boot_done, job, &job->boot);
}

/* Whether a record was counted in this session. */
static bool is_counted(const struct bisect *bisect, const char *log)
{
	size_t index;
	json_t *event;

	json_array_foreach (bisect->events, index, event)
		if (str_equal(store_get_string(event, "log", ""), log))
			return true;
	return false;
}

static ERR_CHECK take_record(struct bisect_job *job, bool *done)
{
	struct pipeline_cell *cell = &job->cells->kernels[job->kernel].cell;

	for (*done = false; !*done;) {
		BOOT boot = { 0 };
		bool found;

		TRY(pipeline_cell_recorded(cell, &boot, &found));
		if (!found)
			return NULL;
		pipeline_cell_learn(cell, &boot);
		if (is_counted(job->cells->bisect, boot.log))
			continue;
		*done = true;
		TRY(tell_boot(job, &boot, true));
	}
	return NULL;
}

static ERR_CHECK open_cell(struct cells *cells, size_t number)
{
	struct kernel *kernel = &cells->kernels[number];
	OWNED_STR title = xasprintf("%.12s on %s",
				    git_oid_tostr_s(bisect_commit_id(cells->bisect, number)),
				    cells->machine->conf.name);
	struct pipeline_cell_spec spec = {
		.workspace = cells->bisect->workspace,
		.title = title,
		.build_key = kernel->build.key,
		.kernel = kernel->build.image,
		.initrd = cells->machine->conf.netboot ? NULL : cells->guest.initrd,
		.initrd_key = cells->guest.id,
		.machine = cells->machine->machine,
		.machine_version = cells->machine->version,
		.cpus = cells->cpu_count,
		.seconds = cells->seconds,
		.cmdline_max = cells->branch.arch.cmdline_max,
		.cmdline = cells->cmdline,
		.counters = cells->counters,
		.counter_count = cells->counter_count,
	};

	if (kernel->open)
		return NULL;
	kernel->open = true;
	return pipeline_cell_init(&spec, &kernel->cell);
}

static ERR_CHECK boot(struct bisect_job *job)
{
	struct cells *cells = job->cells;
	int share = machine_is_here(cells->machine->machine) ? cells->cpu_count * CPUS_ONE : 0;
	bool done;

	TRY(open_cell(cells, job->kernel));
	TRY(take_record(job, &done));
	if (done)
		return NULL;
	if (!share)
		return on_cpus(job);
	job->claim = cpus_claim(cells->cpus, share, on_cpus, job);
	return NULL;
}

/* --- its kernel --- */

static ERR_CHECK tell_built(struct bisect_job *job, const struct build *build)
{
	bool ok = build->status != BUILD_FAILED;
	OWNED_STR text = ok ? NULL : pipeline_first_error(build);
	const struct bisect_commit *commit = &job->cells->bisect->commits[job->number];

	if (commit->built || commit->unbuildable)
		return NULL;
	return job->waiter.on_built(job->waiter.data, &(struct bisect_built){
							      .ok = ok,
							      .reused = build->reused,
							      .seconds = build->seconds,
							      .text = text,
						      });
}

/* What went into it may spare builds; one from before there were inputs has none. */
static ERR_CHECK learn_inputs(struct cells *cells, const struct build *build)
{
	bool grew;

	if (!build->inputs)
		return NULL;
	TRY(build_inputs_add(&cells->inputs, build->inputs, &grew));
	return grew ? bisect_images_update(cells->images, cells->bisect, &cells->inputs) : NULL;
}

static const struct err *on_build_done(void *data, struct build *build, const struct err *err)
{
	struct bisect_job *job = data;
	struct kernel *kernel = &job->cells->kernels[job->kernel];

	if (err && err->kind == ERR_ENV) {
		OWNED_STR text = xstrdup(err->text);

		err_free(err);
		return job->waiter.on_done(
			job->waiter.data,
			&(struct bisect_outcome){ .result = BISECT_INFRA, .text = text });
	}
	TRY(err);
	TRY(tell_built(job, build));
	if (build->status == BUILD_FAILED)
		return job->waiter.on_done(job->waiter.data,
					   &(struct bisect_outcome){ .result = BISECT_SKIP });
	TRY(learn_inputs(job->cells, build));
	/* two jobs may have waited for the same */
	if (!kernel->ready)
		build_move(build, &kernel->build);
	kernel->ready = true;
	return boot(job);
}

static ERR_CHECK make(struct bisect_job *job, const git_oid *tip)
{
	struct cells *cells = job->cells;
	const struct bisect *bisect = cells->bisect;

	job->request = (struct build_request){
		.workspace = bisect->workspace,
		.repo = bisect->repo,
		.branch = &cells->branch,
		.commit = *tip,
		.base = *tip,
		.initrd = cells->machine->conf.netboot ? cells->guest.initrd : NULL,
		.initrd_id = cells->guest.id,
	};

	return cells->executor->kind->start(cells->executor, &job->request, on_build_done, job,
					    &job->make);
}

static void free_job(struct bisect_job *job)
{
	if (!job)
		return;
	pipeline_boot_free(job->boot);
	cpus_unclaim(job->claim);
	if (job->make)
		job->cells->executor->kind->end(job->make);
	free(job);
}

/* One of the same image that is there, or the commit's own. */
static size_t find_kernel(const struct cells *cells, size_t number)
{
	const size_t *image = cells->bisect->image;

	if (cells->kernels[number].ready)
		return number;
	for (size_t i = 0; i <= cells->bisect->history.count; i++)
		if (cells->kernels[i].ready && image[i] == image[number])
			return i;
	return number;
}

static const struct err *start(void *state, int slot, size_t number,
			       const struct bisect_waiter *waiter, struct bisect_job **out)
{
	struct cells *cells = state;
	struct bisect_job *job = *out = xcalloc(1, sizeof(*job));
	OWNED_STR why = NULL;
	git_oid tip;
	bool fits;

	(void)slot;
	*job = (struct bisect_job){ .cells = cells, .waiter = *waiter, .number = number };
	job->kernel = find_kernel(cells, number);
	if (cells->kernels[job->kernel].ready)
		return boot(job);
	TRY(bisect_carry(cells->bisect, bisect_commit_id(cells->bisect, number), &tip, &fits,
			 &why));
	if (!fits)
		return waiter->on_done(waiter->data, &(struct bisect_outcome){
							     .result = BISECT_SKIP, .text = why });
	return make(job, &tip);
}

const struct bisect_test_kind bisect_cell = {
	.open = open_cells,
	.close = close_cells,
	.start = start,
	.free = free_job,
};
