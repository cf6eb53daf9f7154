// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "guest/guest.h"
#include "pipeline.h"
#include "executor/executor.h"
#include "pipeline_kernel.h"
#include "pipeline_machine.h"
#include "pipeline_run.h"
#include "base/progress.h"

/* Everything that the experiment on one branch needs to keep while it goes on. */
struct context {
	const struct pipeline_verify_request *request;
	struct stack_layers layers[PIPELINE_KERNELS];
	const struct series *series, *model; /* among the layers; the model may be NULL */
	struct branch branch;
	struct stack stacks[PIPELINE_KERNELS];
	struct series_counter *counters;
	size_t counter_count;
	struct guest guest;
	struct pipeline_machine **machines;
	size_t machine_count;
	bool netboot;  /* they boot from the network */
	char **titles; /* of cells */
	size_t title_count;
	const char *cmdlines[VERIFY_ARMS][4];
};

static void context_release(struct context *context)
{
	for (size_t i = 0; i < context->machine_count; i++)
		pipeline_machine_free(context->machines[i]);
	for (size_t i = 0; i < context->title_count; i++)
		free(context->titles[i]);
	free(context->titles);
	free(context->machines);
	guest_release(&context->guest);
	free(context->counters);
	for (int i = 0; i < PIPELINE_KERNELS; i++)
		stack_release(&context->stacks[i]);
	target_release_branch(&context->branch);
	for (int i = 0; i < PIPELINE_KERNELS; i++)
		stack_layers_release(&context->layers[i]);
}

void pipeline_verified_release(struct pipeline_verified *verified)
{
	free(verified->branch);
	free(verified->version);
	free(verified->reason);
	for (int i = 0; i < PIPELINE_KERNELS; i++)
		build_release(&verified->builds[i]);
	pipeline_trial_release(&verified->trial);
	*verified = (struct pipeline_verified){ 0 };
}

const char *pipeline_answer_name(enum pipeline_answer answer)
{
	static const char *const names[] = { "fixed", "not-fixed", "inconclusive", "not-ported",
					     "not-built" };

	return names[answer];
}

static void add_counters(struct context *context, const struct series *series)
{
	for (size_t i = 0; i < series->counter_count; i++) {
		context->counters = xreallocarray(context->counters, context->counter_count + 1,
						  sizeof(*context->counters));
		context->counters[context->counter_count++] = series->counters[i];
	}
}

static ERR_CHECK read_inputs(struct context *context)
{
	const struct pipeline_verify_request *request = context->request;
	const struct stack_layers *all = &context->layers[PIPELINE_WITH];

	TRY(target_read_branch(request->workspace, request->branch, &context->branch));
	TRY(target_need_build(request->workspace, &context->branch));
	for (int kernel = 0; kernel < PIPELINE_KERNELS; kernel++)
		TRY(pipeline_layers(request->workspace, request->series, request->model,
				    kernel == PIPELINE_WITH, &context->layers[kernel]));
	context->series = pipeline_find_layer(all, request->series);
	if (request->model) {
		context->model = pipeline_find_layer(all, request->model);
		TRY(pipeline_check_model(context->model));
		add_counters(context, context->model);
	}
	add_counters(context, context->series);
	return NULL;
}

static ERR_CHECK carry(struct context *context, struct pipeline_verified *verified)
{
	double began = loop_now();

	for (int kernel = 0; kernel < PIPELINE_KERNELS; kernel++)
		TRY(stack_carry(context->request->repo, &context->branch, &context->layers[kernel],
				&context->stacks[kernel]));
	stack_warn_of_guesses(&context->stacks[PIPELINE_WITH], context->branch.name);
	verified->timing.port = loop_now() - began;
	return NULL;
}

static struct build_request request_of(struct context *context, int kernel)
{
	const struct stack *stack = &context->stacks[kernel];

	return (struct build_request){
		.workspace = context->request->workspace,
		.repo = context->request->repo,
		.branch = &context->branch,
		.commit = stack->tip,
		.base = stack->base,
		.layers = stack->layers,
		.layer_count = stack->count,
		.series = kernel == PIPELINE_WITH ? context->series->name : NULL,
		.model = context->request->model,
		.initrd = context->netboot ? context->guest.initrd : NULL,
		.initrd_id = context->guest.id,
	};
}

/* Builds both kernels; false when one does not build, with the reason in `verified`. */
static ERR_CHECK build_both(struct context *context, struct pipeline_verified *verified,
			    bool *built)
{
	struct build_request requests[PIPELINE_KERNELS];

	for (int kernel = 0; kernel < PIPELINE_KERNELS; kernel++)
		requests[kernel] = request_of(context, kernel);
	TRY(executor_build(context->request->workspace, requests, PIPELINE_KERNELS,
			   verified->builds));
	*built = true;
	for (int kernel = 0; kernel < PIPELINE_KERNELS; kernel++) {
		const struct build *build = &verified->builds[kernel];

		if (!build->reused)
			verified->timing.make += build->seconds;
		if (build->status != BUILD_FAILED || !*built)
			continue;
		*built = false;
		verified->answer = PIPELINE_NOT_BUILT;
		verified->reason = pipeline_first_error(build);
	}
	return NULL;
}

/* The machines that were asked for, or every emulator that runs what the branch is built for. */
static ERR_CHECK choose_machines(struct context *context, struct strvec *names)
{
	const struct pipeline_verify_request *request = context->request;

	for (size_t i = 0; i < request->machines->count; i++)
		strvec_push_new(names, request->machines->items[i]);
	if (!names->count)
		TRY(pipeline_machine_emulators(request->workspace, &context->branch.arch, names));
	if (!names->count)
		return err_hint(err_input("no emulator in kernels/machines/ is for '%s'",
					  context->branch.arch.name),
				"name a machine with --machine");
	return NULL;
}

static ERR_CHECK open_machine(struct context *context, const char *name)
{
	struct pipeline_machine **slot = &context->machines[context->machine_count];
	const struct machine_conf *conf;

	TRY(pipeline_machine_open(context->request->workspace, name, slot));
	context->machine_count++;
	conf = &(*slot)->conf;
	if (!pipeline_machine_runs(conf, &context->branch.arch))
		return err_input("machine '%s' is for '%s', branch '%s' is built for '%s'", name,
				 conf->arch, context->branch.name, context->branch.arch.name);
	if (context->machine_count > 1 && conf->netboot != context->netboot)
		return err_hint(err_input("machines '%s' and '%s' boot different images", name,
					  context->machines[0]->conf.name),
				"verify on one after the other, or in a matrix ('farrier run')");
	context->netboot = conf->netboot;
	return NULL;
}

static ERR_CHECK open_machines(struct context *context)
{
	STRVEC names = { 0 };

	TRY(choose_machines(context, &names));
	context->machines = xcalloc(names.count, sizeof(*context->machines));
	for (size_t i = 0; i < names.count; i++)
		TRY(open_machine(context, names.items[i]));
	return NULL;
}

/* What an arm's kernel gets to hear: the branch's words, the model's when on, the series'. */
static const char *const *arm_cmdline(struct context *context, enum verify_arm arm)
{
	const char **parts = context->cmdlines[arm];
	size_t count = 0;

	parts[count++] = context->branch.cmdline;
	if (context->request->model && verify_arm_has_model(arm))
		parts[count++] = context->model->cmdline;
	if (verify_arm_has_series(arm))
		parts[count++] = context->series->cmdline;
	parts[count] = NULL;
	return parts;
}

static const char *cell_title(struct context *context, enum verify_arm arm, int cpus)
{
	const char *model = !context->request->model	? ""
			    : verify_arm_has_model(arm) ? ", model on"
							: ", model off";
	char *title = xasprintf("%s %s %s%s, %d CPUs", context->branch.name,
				verify_arm_has_series(arm) ? "with" : "without",
				context->series->name, model, cpus);

	context->titles = xreallocarray(context->titles, context->title_count + 1,
					sizeof(*context->titles));
	context->titles[context->title_count++] = title;
	return title;
}

static const char *fault_counter(const struct context *context)
{
	if (!context->model || !context->model->counter_count)
		return NULL;
	return context->model->counters[0].name;
}

static ERR_CHECK add_experiment(struct context *context, struct pipeline_verified *verified,
				size_t machine, int cpus)
{
	struct pipeline_cell_spec specs[VERIFY_ARMS];

	for (int i = 0; i < VERIFY_ARMS; i++) {
		enum verify_arm arm = (enum verify_arm)i;
		const struct build *build =
			&verified->builds[verify_arm_has_series(arm) ? PIPELINE_WITH
								     : PIPELINE_WITHOUT];

		specs[i] = (struct pipeline_cell_spec){
			.workspace = context->request->workspace,
			.title = cell_title(context, arm, cpus),
			.build_key = build->key,
			.kernel = build->image,
			.initrd = context->netboot ? NULL : context->guest.initrd,
			.initrd_key = context->guest.id,
			.machine = context->machines[machine]->machine,
			.machine_version = context->machines[machine]->version,
			.cpus = cpus,
			.seconds = context->request->seconds,
			.cmdline_max = context->branch.arch.cmdline_max,
			.cmdline = arm_cmdline(context, arm),
			.counters = context->counters,
			.counter_count = context->counter_count,
		};
	}
	return pipeline_trial_add(verified->trial, &context->request->plan,
				  context->request->model != NULL, fault_counter(context), specs);
}

/* The same boots would count twice. */
static bool repeats(const int *cpus, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (cpus[i] == cpus[index])
			return true;
	return false;
}

static ERR_CHECK add_experiments(struct context *context, struct pipeline_verified *verified)
{
	const struct pipeline_verify_request *request = context->request;

	verified->trial = pipeline_trial_new(context->branch.name, request->workspace->jobs);
	for (size_t i = 0; i < context->machine_count; i++) {
		const struct machine_conf *conf = &context->machines[i]->conf;
		const int *cpus = request->cpu_count ? request->cpus : conf->cpus;
		size_t count = request->cpu_count ? request->cpu_count : conf->cpu_counts;

		for (size_t j = 0; j < count; j++)
			if (!repeats(cpus, j))
				TRY(add_experiment(context, verified, i, cpus[j]));
	}
	return NULL;
}

static void answer(struct pipeline_verified *verified)
{
	size_t count = pipeline_trial_count(verified->trial);
	struct verify_outcome *strata = xcalloc(count, sizeof(*strata));
	VERIFY_OUTCOME branch = { 0 };

	for (size_t i = 0; i < count; i++)
		verify_outcome(pipeline_trial_experiment(verified->trial, i), &strata[i]);
	verify_combine(strata, count, &branch);
	verified->answer = branch.answer == VERIFY_FIXED       ? PIPELINE_FIXED
			   : branch.answer == VERIFY_NOT_FIXED ? PIPELINE_NOT_FIXED
							       : PIPELINE_INCONCLUSIVE;
	verified->confidence = branch.confidence;
	verified->reason = TAKE_PTR(branch.reason);
	for (size_t i = 0; i < count; i++)
		verify_release_outcome(&strata[i]);
	free(strata);
}

static ERR_CHECK boot_all(struct context *context, struct pipeline_verified *verified)
{
	FILE_LOCK lock = FILE_LOCK_NONE;

	TRY(add_experiments(context, verified));
	TRY(pipeline_lock(context->request->workspace, true, &lock));
	TRY(pipeline_trial_run(verified->trial));
	verified->timing.machines = pipeline_trial_cost(verified->trial).machine_seconds;
	answer(verified);
	return NULL;
}

static ERR_CHECK experiment(struct context *context, struct pipeline_verified *verified)
{
	const struct stack *with = &context->stacks[PIPELINE_WITH];
	bool built;

	TRY(read_inputs(context));
	TRY(open_machines(context));
	TRY(carry(context, verified));
	TRY(repo_kernel_version(context->request->repo, &with->base, &verified->version));
	if (!with->complete) {
		verified->answer = PIPELINE_NOT_PORTED;
		verified->reason = stack_problem(with);
		return NULL;
	}
	TRY(guest_initramfs(context->request->workspace, &context->branch.arch, &context->guest));
	TRY(build_both(context, verified, &built));
	return built ? boot_all(context, verified) : NULL;
}

ERR_CHECK pipeline_verify(const struct pipeline_verify_request *request,
			  struct pipeline_verified *verified)
{
	CLEANUP(context_release) struct context context = { .request = request };
	double began = loop_now();

	*verified = (struct pipeline_verified){ .branch = xstrdup(request->branch) };
	TRY(err_context(experiment(&context, verified), "branch '%s'", request->branch));
	verified->timing.wall = loop_now() - began;
	return NULL;
}

static json_t *timing_json(const struct pipeline_timing *timing)
{
	json_t *json = json_object();

	store_set(json, "wall", json_real(timing->wall));
	store_set(json, "port", json_real(timing->port));
	store_set(json, "make", json_real(timing->make));
	store_set(json, "machines", json_real(timing->machines));
	store_set(json, "own", json_real(timing->wall - timing->make - timing->machines));
	return json;
}

json_t *pipeline_verified_json(const struct pipeline_verified *verified)
{
	json_t *json = json_object();
	json_t *arms = json_array();
	json_t *builds = json_array();

	for (size_t i = 0; verified->trial && i < pipeline_trial_count(verified->trial); i++)
		verify_arms_json(pipeline_trial_experiment(verified->trial, i), arms);
	for (int i = 0; i < PIPELINE_KERNELS; i++)
		if (*verified->builds[i].key)
			json_array_append_new(builds, build_json(&verified->builds[i]));
	store_set(json, "branch", store_text(verified->branch));
	store_set(json, "version", store_text(verified->version));
	store_set(json, "verdict", json_string(pipeline_answer_name(verified->answer)));
	store_set(json, "reason", store_text(verified->reason));
	store_set(json, "confidence", json_real(verified->confidence));
	store_set(json, "arms", arms);
	store_set(json, "builds", builds);
	store_set(json, "timing", timing_json(&verified->timing));
	return json;
}
