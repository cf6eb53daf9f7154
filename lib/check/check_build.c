// SPDX-License-Identifier: GPL-2.0
/*
 * check_build.c - a build behind every patch.
 *
 * Each branch has a lane of its own, in which one build follows the other; the lanes
 * share the CPUs. Where a build fails early and hides what its patch would add to
 * that, the files of the patch are compiled by themselves.
 */
#include "base/progress.h"
#include "build/build_diagnostics.h"
#include "check_part.h"
#include "executor/executor.h"

/* A patch with more files than this is not looked at file by file. */
#define MAX_OBJECTS 64

struct lane {
	struct crew *crew;
	struct check_branch *branch;
	struct check_step **steps; /* from the bottom up */
	int *numbers;		   /* of their patches; 0: below the series */
	size_t count, at;
	struct build_layer *layers;
	struct build_request request;
	void *job; /* the executor's */
	char *label;
	struct strvec objects; /* of the step, while they are compiled by themselves */
};

/* All lanes, and how far they are. */
struct crew {
	const struct check_request *request;
	const struct check *check;
	struct executor *executor;
	struct lane *lanes;
	size_t lane_count, open;
	size_t builds, finished;
	/* incremental builds that were made, not found; the first of a branch may be from nothing
	 */
	size_t made;
	double seconds;
	bool done;
};

static void end_job(struct lane *lane)
{
	if (lane->job)
		lane->crew->executor->kind->end(lane->job);
	lane->job = NULL;
}

static void release_lane(struct lane *lane)
{
	end_job(lane);
	free(lane->steps);
	free(lane->numbers);
	free(lane->layers);
	free(lane->label);
	strvec_release(&lane->objects);
}

static void release_crew(struct crew *crew)
{
	for (size_t i = 0; i < crew->lane_count; i++)
		release_lane(&crew->lanes[i]);
	free(crew->lanes);
}

static void add_step(struct lane *lane, struct check_step *step, int number)
{
	if (!step->wanted)
		return;
	lane->steps[lane->count] = step;
	lane->numbers[lane->count++] = number;
}

/* Who brought the commits: the prerequisites, then the series as far as it was carried. */
static void fill_layers(const struct check *check, struct lane *lane)
{
	const struct stack *stack = &lane->branch->stack;
	const struct port *carried = &lane->branch->carried;
	size_t below = lane->branch->problem ? stack->count : stack->count - 1;

	lane->layers = xcalloc(below + 1, sizeof(*lane->layers));
	for (size_t i = 0; i < below; i++)
		lane->layers[i] = stack->layers[i];
	lane->layers[below].series = check->series.name;
	for (size_t i = 0; i < carried->patch_count; i++)
		lane->layers[below].count += carried->patches[i].has_commit;
	lane->request.layers = lane->layers;
	lane->request.layer_count = below + 1;
}

static void fill_lane(struct crew *crew, struct check_branch *branch, struct lane *lane)
{
	*lane = (struct lane){ .crew = crew, .branch = branch };
	lane->steps = xcalloc(branch->patch_count + 2, sizeof(struct check_step *));
	lane->numbers = xcalloc(branch->patch_count + 2, sizeof(int));
	add_step(lane, &branch->base, 0);
	add_step(lane, &branch->needs, 0);
	for (size_t i = 0; i < branch->patch_count; i++)
		add_step(lane, &branch->patches[i].step, (int)i + 1);
	crew->builds += lane->count;
	lane->request = (struct build_request){ .workspace = crew->request->workspace,
						.repo = crew->request->repo,
						.branch = &branch->branch,
						.base = branch->stack.base };
	fill_layers(crew->check, lane);
}

/* What is built, for people: "ev7-ipi, patch 2 of 3". NULL for the branch itself. */
static char *label_of(const struct lane *lane)
{
	int number = lane->numbers[lane->at];

	if (number)
		return xasprintf("%s, patch %d of %zu", lane->crew->check->series.name, number,
				 lane->branch->patch_count);
	if (lane->steps[lane->at] == &lane->branch->needs)
		return xasprintf("what %s needs", lane->crew->check->series.name);
	return NULL;
}

static const struct err *on_built(void *data, struct build *build, const struct err *err);

static ERR_CHECK start_build(struct lane *lane)
{
	free(lane->label);
	lane->label = label_of(lane);
	lane->request.series = lane->label;
	lane->request.commit = lane->steps[lane->at]->commit;
	lane->request.objects = lane->objects.count ? &lane->objects : NULL;
	return lane->crew->executor->kind->start(lane->crew->executor, &lane->request, on_built,
						 lane, &lane->job);
}

static const char *outcome_text(const struct check_step *step)
{
	if (step->outcome == CHECK_BROKEN)
		return "does not build";
	if (step->outcome == CHECK_HIDDEN)
		return "still does not build";
	return step->build.status == BUILD_CACHED ? "builds (it was there)" : "builds";
}

/* Whether every lane is past its first build, which may take a hundred times as long. */
static bool has_begun(const struct crew *crew)
{
	for (size_t i = 0; i < crew->lane_count; i++)
		if (!crew->lanes[i].at)
			return false;
	return true;
}

/* The builds that are left take as long as those before, on average, which is a guess. */
static void note_progress(struct crew *crew, const struct lane *lane)
{
	const struct check_step *step = lane->steps[lane->at];
	STRBUF left = { 0 };

	crew->finished++;
	if (lane->at && !step->build.reused) {
		crew->made++;
		crew->seconds += step->build.seconds;
	}
	if (crew->made && has_begun(crew) && crew->finished < crew->builds)
		strbuf_addf(&left, ", about %.0f s left",
			    crew->seconds / (double)crew->made *
				    (double)(crew->builds - crew->finished));
	progress_note("%s%s%s: %s; %zu of %zu builds%s", lane->branch->branch.name,
		      lane->label ? " with " : "", lane->label ? lane->label : "",
		      outcome_text(step), crew->finished, crew->builds, strbuf_str(&left));
}

static ERR_CHECK next_build(struct lane *lane)
{
	struct crew *crew = lane->crew;

	strvec_release(&lane->objects);
	note_progress(crew, lane);
	if (++lane->at < lane->count)
		return start_build(lane);
	crew->done = --crew->open == 0;
	return NULL;
}

static void judge(struct lane *lane)
{
	check_judge(lane->steps[lane->at], lane->at ? lane->steps[lane->at - 1] : NULL,
		    &lane->branch->carried, lane->numbers[lane->at]);
}

/* The objects of what the step's patch changed. */
static void list_objects(struct lane *lane)
{
	const struct port_patch *patch =
		&lane->branch->carried.patches[lane->numbers[lane->at] - 1];

	for (size_t i = 0; i < patch->file_count && i < MAX_OBJECTS; i++) {
		const char *path = patch->files[i].path;

		if (ends_with(path, ".c") || ends_with(path, ".S"))
			strvec_pushf(&lane->objects, "%.*s.o", (int)strlen(path) - 2, path);
	}
}

/* Of the files compiled by themselves, what comes from the step's own patch. */
static void add_own_errors(struct lane *lane, const struct build *probe)
{
	struct check_step *step = lane->steps[lane->at];
	struct build_diagnostics *list = &step->build.diagnostics;

	for (size_t i = 0; i < probe->diagnostics.count; i++) {
		const struct build_diagnostic *one = &probe->diagnostics.items[i];
		size_t count = list->count;

		if (one->severity != BUILD_ERROR || !git_oid_equal(&one->commit, &step->commit))
			continue;
		build_diagnostics_add(list, one->severity, one->file, one->line, one->text);
		if (list->count == count)
			continue;
		list->items[count].unit = one->unit ? xstrdup(one->unit) : NULL;
		list->items[count].number = one->number;
		list->items[count].series = one->series ? xstrdup(one->series) : NULL;
		list->items[count].subject = xstrdup(one->subject);
		list->items[count].commit = one->commit;
	}
}

static const struct err *on_built(void *data, struct build *build, const struct err *err)
{
	struct lane *lane = data;
	struct check_step *step = lane->steps[lane->at];
	bool probe = lane->objects.count;

	if (err)
		return err;
	if (probe)
		add_own_errors(lane, build);
	else
		build_move(build, &step->build);
	end_job(lane);
	step->done = true;
	judge(lane);
	if (step->outcome == CHECK_HIDDEN && !probe)
		list_objects(lane);
	if (!probe && lane->objects.count)
		return start_build(lane);
	return next_build(lane);
}

ERR_CHECK check_build(const struct check_request *request, struct check *check)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, request->workspace->jobs);
	CLEANUP(executor_release) struct executor *executor = NULL;
	CLEANUP(release_crew) struct crew crew = { .request = request, .check = check };

	TRY(executor_open(request->workspace, loop, cpus, &executor));
	crew.executor = executor;
	crew.lanes = xcalloc(check->count, sizeof(*crew.lanes));
	for (size_t i = 0; i < check->count; i++, crew.lane_count++)
		fill_lane(&crew, &check->branches[i], &crew.lanes[i]);
	crew.open = crew.lane_count;
	for (size_t i = 0; i < crew.lane_count; i++)
		TRY(start_build(&crew.lanes[i]));
	return loop_run(loop, &crew.done);
}
