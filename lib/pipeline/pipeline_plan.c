// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "core/spawner.h"
#include "pipeline_expand.h"
#include "pipeline_kernel.h"
#include "pipeline_note.h"

#ifndef FARRIER_VERSION
#define FARRIER_VERSION "unknown"
#endif

#define MAX_MATRIX ((size_t)1 << 20)

static void release_branch(struct pipeline_branch *branch)
{
	guest_release(&branch->own_guest);
	for (int variant = 0; variant < 2; variant++)
		stack_release(&branch->stacks[variant]);
	target_release_branch(&branch->branch);
}

static void release_cell(struct pipeline_plan_cell *cell)
{
	verify_cell_release(&cell->test);
	pipeline_cell_release(&cell->cell);
	free(cell->title);
}

void pipeline_plan_release(struct pipeline_plan *plan)
{
	for (size_t i = 0; i < plan->run.cell_count; i++)
		release_cell(&plan->cells[i]);
	for (size_t i = 0; i < plan->run.build_count; i++) {
		build_release(&plan->kernels[i].build);
		target_release_branch(&plan->kernels[i].target);
	}
	for (size_t i = 0; i < plan->run.branch_count; i++)
		release_branch(&plan->branches[i]);
	for (size_t i = 0; i < plan->machine_count; i++)
		pipeline_machine_free(plan->machines[i]);
	free(plan->cells);
	free(plan->kernels);
	free(plan->kinds);
	free(plan->branches);
	free(plan->machines);
	free(plan->counters);
	for (int variant = 0; variant < 2; variant++)
		stack_layers_release(&plan->layers[variant]);
	verify_cell_rule_release(&plan->rule);
	matrix_run_release(&plan->run);
	matrix_release(&plan->matrix);
	free(plan->trouble);
	*plan = (struct pipeline_plan){ 0 };
}

static ERR_CHECK make_rule(struct pipeline_plan *plan)
{
	const struct matrix_test *test = &plan->matrix.test;
	struct verify_cell_plan rule = { .clean_rate = test->clean_rate,
					 .bad_rate = test->bad_rate,
					 .error = test->error,
					 .max_boots = test->max_boots,
					 .max_infra = test->max_infra };

	return err_context(verify_cell_rule_new(&rule, &plan->rule), "'%s'", plan->matrix.path);
}

static void add_counters(struct pipeline_plan *plan, const struct series *series)
{
	for (size_t i = 0; i < series->counter_count; i++) {
		plan->counters = xreallocarray(plan->counters, plan->counter_count + 1,
					       sizeof(*plan->counters));
		plan->counters[plan->counter_count++] = series->counters[i];
	}
}

/* What is in the two kinds of kernels; the names of series and model are checked here. */
static ERR_CHECK read_layers(struct pipeline_plan *plan)
{
	const struct matrix *matrix = &plan->matrix;
	const struct stack_layers *all =
		&plan->layers[matrix->series ? MATRIX_SERIES : MATRIX_BASE];

	for (int variant = MATRIX_BASE; variant <= MATRIX_SERIES; variant++)
		if (variant == MATRIX_BASE || matrix->series)
			TRY(err_context(pipeline_layers(plan->workspace, matrix->series,
							matrix->model, variant == MATRIX_SERIES,
							&plan->layers[variant]),
					"matrix '%s'", matrix->name));
	if (matrix->model) {
		plan->model = pipeline_find_layer(all, matrix->model);
		TRY(pipeline_check_model(plan->model));
		add_counters(plan, plan->model);
	}
	if (matrix->series) {
		plan->series = pipeline_find_layer(all, matrix->series);
		add_counters(plan, plan->series);
	}
	return NULL;
}

static ERR_CHECK carry(struct pipeline_plan *plan, size_t index)
{
	struct pipeline_branch *branch = &plan->branches[index];

	for (int variant = MATRIX_BASE; variant <= MATRIX_SERIES; variant++) {
		struct stack *stack = &branch->stacks[variant];

		if (!branch->needed[variant])
			continue;
		TRY(stack_carry(plan->repo, &branch->branch, &plan->layers[variant], stack));
		if (variant == MATRIX_SERIES || !branch->needed[MATRIX_SERIES])
			stack_warn_of_guesses(stack, branch->branch.name);
	}
	return NULL;
}

/* One that is built for the same architecture is shared. */
static ERR_CHECK make_guest(struct pipeline_plan *plan, size_t index)
{
	struct pipeline_branch *branch = &plan->branches[index];

	for (size_t i = 0; i < index && !branch->guest; i++)
		if (str_equal(plan->branches[i].branch.arch.name, branch->branch.arch.name))
			branch->guest = plan->branches[i].guest;
	if (branch->guest)
		return NULL;
	branch->guest = &branch->own_guest;
	return guest_initramfs(plan->workspace, &branch->branch.arch, &branch->own_guest);
}

static ERR_CHECK look_for_kernel(struct pipeline_plan *plan, size_t index)
{
	struct matrix_build *record = &plan->run.builds[index];
	struct pipeline_kernel *kernel = &plan->kernels[index];
	bool with = record->variant == MATRIX_SERIES;
	const struct guest *guest = plan->branches[kernel->branch].guest;
	double cpu;

	TRY(target_read_branch(plan->workspace, record->branch, &kernel->target));
	if (!str_equal(record->config, MATRIX_BRANCH_CONFIG))
		strvec_push(&kernel->target.configs, record->config);
	kernel->stack = &plan->branches[kernel->branch].stacks[record->variant];
	if (!kernel->stack->complete) {
		record->status = MATRIX_BUILD_NOT_PORTED;
		record->reason = stack_problem(kernel->stack);
		return NULL;
	}
	record->commit = xstrdup(git_oid_tostr_s(&kernel->stack->tip));
	kernel->request = (struct build_request){ .workspace = plan->workspace,
						  .repo = plan->repo,
						  .branch = &kernel->target,
						  .commit = kernel->stack->tip,
						  .base = kernel->stack->base,
						  .layers = kernel->stack->layers,
						  .layer_count = kernel->stack->count,
						  .series = with ? plan->matrix.series : NULL,
						  .model = plan->matrix.model,
						  .initrd = kernel->netboot ? guest->initrd : NULL,
						  .initrd_id = guest->id };
	TRY(build_look(&kernel->request, &kernel->build, &kernel->there, &kernel->cost));
	record->key = xstrdup(kernel->build.key);
	cpu = pipeline_plan_build_cpu(plan, index);
	record->usual_seconds = cpu / plan->run.cpus;
	return NULL;
}

static char *cell_title(const struct pipeline_plan *plan, const struct matrix_cell *cell)
{
	static const char *const models[] = { [MATRIX_NO_MODEL] = "",
					      [MATRIX_MODEL_OFF] = ", model off",
					      [MATRIX_MODEL_ON] = ", model on" };
	bool plain = str_equal(cell->config, MATRIX_BRANCH_CONFIG);
	STRBUF title = { 0 };

	strbuf_adds(&title, cell->branch);
	if (plan->matrix.series)
		strbuf_addf(&title, " %s %s", cell->variant == MATRIX_SERIES ? "with" : "without",
			    plan->matrix.series);
	strbuf_addf(&title, "%s%s%s, %s, %d CPUs", models[cell->model], plain ? "" : ", ",
		    plain ? "" : cell->config, cell->machine, cell->cpus);
	return strbuf_detach(&title);
}

/* What the kernel gets to hear: the branch's words, the model's when on, the series'. */
static void set_cmdline(const struct pipeline_plan *plan, const struct matrix_cell *record,
			struct pipeline_plan_cell *cell)
{
	size_t count = 0;

	cell->cmdline[count++] = plan->kernels[cell->kernel].target.cmdline;
	if (record->model == MATRIX_MODEL_ON)
		cell->cmdline[count++] = plan->model->cmdline;
	if (record->variant == MATRIX_SERIES)
		cell->cmdline[count++] = plan->series->cmdline;
}

static ERR_CHECK prepare_cell(struct pipeline_plan *plan, size_t index)
{
	struct matrix_cell *record = &plan->run.cells[index];
	struct pipeline_plan_cell *cell = &plan->cells[index];
	const struct pipeline_kernel *kernel = &plan->kernels[cell->kernel];
	const struct pipeline_machine *machine = plan->machines[cell->machine];
	const struct guest *guest = plan->branches[kernel->branch].guest;
	struct pipeline_cell_spec spec = { .workspace = plan->workspace,
					   .build_key = kernel->build.key,
					   .kernel = kernel->build.image,
					   .initrd = kernel->netboot ? NULL : guest->initrd,
					   .initrd_key = guest->id,
					   .machine = machine->machine,
					   .machine_version = machine->version,
					   .cpus = record->cpus,
					   .seconds = record->seconds,
					   .cmdline_max = kernel->target.arch.cmdline_max,
					   .cmdline = cell->cmdline,
					   .counters = plan->counters,
					   .counter_count = plan->counter_count };

	cell->title = cell_title(plan, record);
	cell->test = verify_cell_new(plan->rule);
	set_cmdline(plan, record, cell);
	spec.title = cell->title;
	if (!kernel->stack->complete)
		return NULL;
	TRY(err_context(pipeline_cell_init(&spec, &cell->cell), "cell '%s'", record->id));
	record->key = xstrdup(file_base_name(cell->cell.folder));
	return boot_cmdline(&cell->cell.request, &record->cmdline);
}

/* The first place of a key; the own one when it has none. */
static size_t first_of(struct index *places, const char *key, size_t own)
{
	if (!key || index_add(places, key, own))
		return own;
	return index_find(places, key);
}

/* Branches may have the same tree: equal keys are the same kernels and the same boots. */
static void find_twins(struct pipeline_plan *plan)
{
	const struct matrix_run *run = &plan->run;
	INDEX builds = index_new();
	INDEX cells = index_new();

	for (size_t i = 0; i < run->build_count; i++)
		plan->kernels[i].twin = first_of(builds, run->builds[i].key, i);
	for (size_t i = 0; i < run->cell_count; i++)
		plan->cells[i].leader = first_of(cells, run->cells[i].key, i);
}

static void find_kinds(struct pipeline_plan *plan)
{
	INDEX kinds = index_new();

	plan->kinds = xcalloc(plan->run.cell_count + 1, sizeof(*plan->kinds));
	for (size_t i = 0; i < plan->run.cell_count; i++) {
		const struct matrix_cell *cell = &plan->run.cells[i];
		OWNED_STR name = xasprintf("%d/%d/%d/%d/%s/%s", cell->variant, cell->model,
					   cell->cpus, cell->seconds, cell->machine, cell->config);

		if (index_add(kinds, name, plan->kind_count))
			plan->kinds[plan->kind_count++].first = cell;
		plan->cells[i].kind = index_find(kinds, name);
	}
}

static json_t *keys_json(const char *id, const char *key)
{
	json_t *pair = json_array();

	json_array_append_new(pair, store_text(id));
	json_array_append_new(pair, store_text(key));
	return pair;
}

/* The id of everything that decides what the run does. */
static ERR_CHECK make_key(struct pipeline_plan *plan)
{
	struct matrix_run *run = &plan->run;
	OWNED_JSON *key = json_object();
	json_t *list = json_array();
	OWNED_STR text = NULL;
	char id[STORE_ID_SIZE];

	for (size_t i = 0; i < run->build_count; i++)
		json_array_append_new(list, keys_json(run->builds[i].id, run->builds[i].key));
	for (size_t i = 0; i < run->cell_count; i++)
		json_array_append_new(list, keys_json(run->cells[i].id, run->cells[i].key));
	TRY(store_file_id(plan->matrix.path, id));
	store_set(key, "matrix", json_string(id));
	store_set(key, "keys", list);
	text = store_canonical(key);
	store_id(text, strlen(text), id);
	run->key = xstrdup(id);
	return NULL;
}

/* The newest run of this matrix, if it is the same and never came to its end. */
static ERR_CHECK find_unfinished(const struct pipeline_plan *plan, const int *numbers, size_t count,
				 struct matrix_run *last, bool *found)
{
	*found = false;
	while (count-- && !*found) {
		OWNED_STR folder = matrix_run_folder(plan->workspace, numbers[count]);

		TRY(matrix_run_read(folder, last, found));
		if (!*found || str_equal(last->matrix, plan->run.matrix))
			continue;
		matrix_run_release(last);
		*found = false;
	}
	*found = *found && !*last->ended && str_equal(last->key, plan->run.key);
	return NULL;
}

static ERR_CHECK number_run(struct pipeline_plan *plan, struct matrix_run *last, bool *resumed)
{
	CLEANUP(free_ptr) int *numbers = NULL;
	size_t count;

	TRY(matrix_run_numbers(plan->workspace, &numbers, &count));
	TRY(find_unfinished(plan, numbers, count, last, resumed));
	if (*resumed) {
		plan->run.number = last->number;
		memcpy(plan->run.started, last->started, sizeof(plan->run.started));
	} else {
		plan->run.number = count ? numbers[count - 1] + 1 : 1;
		pipeline_note_time(0, plan->run.started);
	}
	return NULL;
}

/* A kernel that is there was made by this run if an earlier sitting still had to make it. */
static void take_up_kernel(struct pipeline_plan *plan, size_t index, const struct matrix_run *last)
{
	struct matrix_build *record = &plan->run.builds[index];
	const struct matrix_build *before = matrix_run_find_build(last, record->id);
	const struct pipeline_kernel *kernel = &plan->kernels[index];

	if (!kernel->stack->complete)
		pipeline_note_no_kernel(plan, index, MATRIX_CELL_NOT_PORTED, record->reason);
	if (!kernel->there)
		return;
	pipeline_note_build(plan, index, before && before->status != MATRIX_BUILD_CACHED);
	if (before)
		memcpy(record->started, before->started, sizeof(record->started));
	if (kernel->build.status == BUILD_FAILED)
		pipeline_note_no_kernel(plan, index, MATRIX_CELL_NOT_BUILT, record->reason);
}

ERR_CHECK pipeline_plan_take_boots(struct pipeline_plan *plan, size_t index)
{
	struct pipeline_plan_cell *cell = &plan->cells[index];

	while (verify_cell_next(cell->test, false)) {
		BOOT boot = { 0 };
		bool found, reused;
		size_t place;

		TRY(pipeline_cell_recorded(&cell->cell, &boot, &found));
		if (!found)
			break;
		reused = !cell->cell.since || strcmp(boot.started, cell->cell.since) < 0;
		pipeline_plan_learn(plan, index, &boot);
		place = verify_cell_start(cell->test);
		verify_cell_finish(cell->test, place, boot.verdict);
		pipeline_note_boot(plan, index, cell->cell.taken, place, &boot, reused);
	}
	pipeline_note_state(plan, index);
	return NULL;
}

/* Takes up what is there: the number of the run, kernels, boots. */
static ERR_CHECK take_up(struct pipeline_plan *plan)
{
	MATRIX_RUN last = { 0 };
	bool resumed;

	TRY(number_run(plan, &last, &resumed));
	if (!resumed)
		matrix_run_release(&last);
	for (size_t i = 0; i < plan->run.build_count; i++)
		take_up_kernel(plan, i, &last);
	for (size_t i = 0; i < plan->run.cell_count; i++) {
		if (resumed || plan->cells[i].leader != i)
			plan->cells[i].cell.since = plan->run.started;
		if (plan->run.cells[i].state == MATRIX_CELL_WAITING)
			TRY(pipeline_plan_take_boots(plan, i));
	}
	return NULL;
}

static char *copy_name(const char *name)
{
	return name ? xstrdup(name) : NULL;
}

static void describe(struct pipeline_plan *plan)
{
	const struct matrix *matrix = &plan->matrix;

	plan->run = (struct matrix_run){ .matrix = xstrdup(matrix->name),
					 .title = xstrdup(matrix->title),
					 .series = copy_name(matrix->series),
					 .model = copy_name(matrix->model),
					 .farrier = xstrdup(FARRIER_VERSION),
					 .cpus = plan->workspace->jobs,
					 .test = matrix->test };
}

ERR_CHECK pipeline_plan_make(const struct workspace *workspace, git_repository *repo,
			     const char *matrix, struct pipeline_plan *plan)
{
	*plan = (struct pipeline_plan){ .workspace = workspace, .repo = repo, .began = loop_now() };
	TRY(spawner_prepare());
	TRY(matrix_read(workspace, matrix, &plan->matrix));
	describe(plan);
	TRY(make_rule(plan));
	TRY(read_layers(plan));
	TRY(pipeline_expand(plan));
	for (size_t i = 0; i < plan->run.branch_count; i++) {
		const char *name = plan->run.branches[i].name;

		TRY(err_context(carry(plan, i), "branch '%s'", name));
		TRY(err_context(make_guest(plan, i), "branch '%s'", name));
	}
	for (size_t i = 0; i < plan->run.build_count; i++)
		TRY(look_for_kernel(plan, i));
	for (size_t i = 0; i < plan->run.cell_count; i++)
		TRY(prepare_cell(plan, i));
	find_twins(plan);
	find_kinds(plan);
	TRY(make_key(plan));
	return take_up(plan);
}
