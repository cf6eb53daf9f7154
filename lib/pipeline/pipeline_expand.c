// SPDX-License-Identifier: GPL-2.0
#include "pipeline_expand.h"

/* One more element at the end of an array; zeroed. */
#define PUSH(array, count)                                                       \
	({                                                                       \
		(array) = xreallocarray((array), (count) + 1, sizeof(*(array))); \
		memset(&(array)[(count)], 0, sizeof(*(array)));                  \
		&(array)[(count)++];                                             \
	})

static const struct pipeline_machine *find_machine(const struct pipeline_plan *plan,
						   const char *name, size_t *index)
{
	for (*index = 0; *index < plan->machine_count; (*index)++)
		if (str_equal(plan->machines[*index]->conf.name, name))
			return plan->machines[*index];
	return NULL;
}

static ERR_CHECK need_machine(struct pipeline_plan *plan, const char *name, size_t *index)
{
	if (find_machine(plan, name, index))
		return NULL;
	plan->machines = xreallocarray(plan->machines, plan->machine_count + 1,
				       sizeof(*plan->machines));
	TRY(pipeline_machine_open(plan->workspace, name, &plan->machines[plan->machine_count]));
	plan->machine_count++;
	return NULL;
}

/* The group's machines that run what the branch is built for; none is a value. */
static ERR_CHECK fitting_machines(struct pipeline_plan *plan, const struct matrix_group *group,
				  const struct arch *arch, struct strvec *names)
{
	if (!group->machines.count)
		return pipeline_machine_emulators(plan->workspace, arch, names);
	for (size_t i = 0; i < group->machines.count; i++) {
		const char *name = group->machines.items[i];
		size_t index;

		TRY(need_machine(plan, name, &index));
		if (pipeline_machine_runs(&plan->machines[index]->conf, arch))
			strvec_push(names, name);
	}
	return NULL;
}

static ERR_CHECK add_branch(struct pipeline_plan *plan, const char *name)
{
	struct matrix_branch *record;
	struct pipeline_branch *branch;
	size_t count = plan->run.branch_count;

	for (size_t i = 0; i < count; i++)
		if (str_equal(plan->run.branches[i].name, name))
			return NULL;
	branch = PUSH(plan->branches, count);
	record = PUSH(plan->run.branches, plan->run.branch_count);
	record->name = xstrdup(name);
	TRY(target_read_branch(plan->workspace, name, &branch->branch));
	TRY(target_need_build(plan->workspace, &branch->branch));
	TRY(target_branch_commit(plan->repo, &branch->branch, &branch->base));
	TRY(repo_kernel_version(plan->repo, &branch->base, &record->version));
	record->arch = xstrdup(branch->branch.arch.name);
	record->base = xstrdup(git_oid_tostr_s(&branch->base));
	return NULL;
}

/* Drops from the filled branches those that none of the group's machines is for. */
static ERR_CHECK default_branches(struct pipeline_plan *plan, const struct matrix_group *group,
				  struct strvec *names)
{
	STRVEC series = { 0 };
	STRVEC none = { 0 };
	STRVEC filled = { 0 };

	if (plan->matrix.series)
		strvec_push(&series, plan->matrix.series);
	if (plan->matrix.model)
		strvec_push(&series, plan->matrix.model);
	TRY(target_choose_branches(plan->workspace, plan->repo, &series, &none, &filled));
	for (size_t i = 0; i < filled.count; i++) {
		BRANCH branch = { 0 };
		STRVEC machines = { 0 };

		TRY(target_read_branch(plan->workspace, filled.items[i], &branch));
		if (!*branch.arch.name || !branch.configs.count)
			continue;
		TRY(fitting_machines(plan, group, &branch.arch, &machines));
		if (machines.count)
			strvec_push(names, filled.items[i]);
	}
	return NULL;
}

static ERR_CHECK group_branches(struct pipeline_plan *plan, const struct matrix_group *group,
				struct strvec *names)
{
	if (group->branches.count)
		strvec_push_all(names, (const char *const *)group->branches.items);
	else
		TRY(default_branches(plan, group, names));
	for (size_t i = 0; i < names->count; i++)
		TRY(add_branch(plan, names->items[i]));
	return NULL;
}

/* What one cell is, while it is being added. */
struct place {
	const struct matrix_group *group;
	size_t branch, machine;
	enum matrix_variant variant;
	enum matrix_model model;
	const char *config;
	int cpus;
};

static size_t need_kernel(struct pipeline_plan *plan, const struct place *place)
{
	struct matrix_run *run = &plan->run;
	const char *branch = run->branches[place->branch].name;
	bool netboot = plan->machines[place->machine]->conf.netboot;
	OWNED_STR id = xasprintf("%s/%s/%s%s", branch, matrix_variant_name(place->variant),
				 place->config, netboot ? "/netboot" : "");
	size_t count = run->build_count;
	struct pipeline_kernel *kernel;
	struct matrix_build *build;

	for (size_t i = 0; i < count; i++)
		if (str_equal(run->builds[i].id, id))
			return i;
	kernel = PUSH(plan->kernels, count);
	kernel->branch = place->branch;
	kernel->netboot = netboot;
	build = PUSH(run->builds, run->build_count);
	build->id = TAKE_PTR(id);
	build->branch = xstrdup(branch);
	build->config = xstrdup(place->config);
	build->variant = place->variant;
	build->diagnostics = json_array();
	plan->branches[place->branch].needed[place->variant] = true;
	return run->build_count - 1;
}

static void add_cell(struct pipeline_plan *plan, const struct place *place)
{
	struct matrix_run *run = &plan->run;
	const char *branch = run->branches[place->branch].name;
	const char *machine = plan->machines[place->machine]->conf.name;
	OWNED_STR id = xasprintf("%s/%s/%s/%s/%s/%d", branch, matrix_variant_name(place->variant),
				 matrix_model_name(place->model), place->config, machine,
				 place->cpus);
	size_t count = run->cell_count;
	struct pipeline_plan_cell *cell;
	struct matrix_cell *record;

	if (matrix_run_find_cell(run, id))
		return;
	cell = PUSH(plan->cells, count);
	cell->kernel = need_kernel(plan, place);
	cell->machine = place->machine;
	record = PUSH(run->cells, run->cell_count);
	*record = (struct matrix_cell){ .id = TAKE_PTR(id),
					.group = xstrdup(place->group->name),
					.branch = xstrdup(branch),
					.config = xstrdup(place->config),
					.machine = xstrdup(machine),
					.build = xstrdup(run->builds[cell->kernel].id),
					.variant = place->variant,
					.model = place->model,
					.cpus = place->cpus,
					.seconds = place->group->seconds,
					.rate = { .high = 1 } };
}

static void add_cpus(struct pipeline_plan *plan, struct place *place)
{
	const struct matrix_group *group = place->group;
	const struct machine_conf *conf = &plan->machines[place->machine]->conf;
	const int *cpus = group->cpu_count ? group->cpus : conf->cpus;
	size_t count = group->cpu_count ? group->cpu_count : conf->cpu_counts;

	for (size_t i = 0; i < count; i++) {
		place->cpus = cpus[i];
		add_cell(plan, place);
	}
}

static void add_models(struct pipeline_plan *plan, struct place *place)
{
	const bool *models = place->group->models;

	if (!plan->matrix.model) {
		place->model = MATRIX_NO_MODEL;
		add_cpus(plan, place);
		return;
	}
	for (int on = 1; on >= 0; on--) {
		place->model = on ? MATRIX_MODEL_ON : MATRIX_MODEL_OFF;
		if (models[on])
			add_cpus(plan, place);
	}
}

/* The product of one section on one branch. */
static ERR_CHECK add_product(struct pipeline_plan *plan, const struct matrix_group *group,
			     size_t branch)
{
	const struct arch *arch = &plan->branches[branch].branch.arch;
	STRVEC machines = { 0 };

	TRY(fitting_machines(plan, group, arch, &machines));
	if (!machines.count)
		return err_input("'%s': no machine of [cells \"%s\"] is for branch '%s', which is "
				 "built for '%s'",
				 plan->matrix.path, group->name, plan->run.branches[branch].name,
				 arch->name);
	for (size_t config = 0; config < group->configs.count; config++)
		for (int variant = MATRIX_BASE; variant <= MATRIX_SERIES; variant++)
			for (size_t machine = 0; machine < machines.count; machine++) {
				struct place place = { .group = group,
						       .branch = branch,
						       .variant = (enum matrix_variant)variant,
						       .config = group->configs.items[config] };

				TRY(need_machine(plan, machines.items[machine], &place.machine));
				if (group->variants[variant])
					add_models(plan, &place);
			}
	return NULL;
}

ERR_CHECK pipeline_expand(struct pipeline_plan *plan)
{
	const struct matrix *matrix = &plan->matrix;
	struct strvec *names = xcalloc(matrix->group_count, sizeof(*names));
	const struct err *err = NULL;

	for (size_t i = 0; i < matrix->group_count && !err; i++)
		err = group_branches(plan, &matrix->groups[i], &names[i]);
	for (size_t branch = 0; branch < plan->run.branch_count && !err; branch++)
		for (size_t i = 0; i < matrix->group_count && !err; i++)
			if (strvec_has(&names[i], plan->run.branches[branch].name))
				err = add_product(plan, &matrix->groups[i], branch);
	for (size_t i = 0; i < matrix->group_count; i++)
		strvec_release(&names[i]);
	free(names);
	if (!err && plan->run.cell_count > MATRIX_MOST_CELLS)
		err = err_hint(err_input("matrix '%s' has %zu cells, more than %d", matrix->name,
					 plan->run.cell_count, MATRIX_MOST_CELLS),
			       "make several of it");
	if (!err && !plan->run.cell_count)
		err = err_hint(err_input("matrix '%s' has no cells: no branch that is filled is "
					 "for its machines",
					 matrix->name),
			       "fill one with 'farrier tree import BRANCH'");
	return err;
}
