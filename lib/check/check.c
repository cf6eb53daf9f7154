// SPDX-License-Identifier: GPL-2.0
#include "check_part.h"

static void release_step(struct check_step *step)
{
	build_release(&step->build);
	free(step->faults);
	*step = (struct check_step){ 0 };
}

static void release_branch(struct check_branch *branch)
{
	for (size_t i = 0; i < branch->patch_count; i++) {
		strvec_release(&branch->patches[i].left_out);
		lint_findings_release(&branch->patches[i].lint);
		release_step(&branch->patches[i].step);
	}
	free(branch->patches);
	release_step(&branch->base);
	release_step(&branch->needs);
	lint_findings_release(&branch->lint);
	port_release(&branch->carried);
	stack_release(&branch->stack);
	target_release_branch(&branch->branch);
	free(branch->version);
	free(branch->problem);
}

void check_release(struct check *check)
{
	for (size_t i = 0; i < check->count; i++)
		release_branch(&check->branches[i]);
	free(check->branches);
	for (size_t i = 0; check->messages && i < check->series.patch_count; i++)
		lint_findings_release(&check->messages[i]);
	free(check->messages);
	stack_layers_release(&check->layers);
	series_release(&check->series);
	*check = (struct check){ 0 };
}

const struct port *check_port(const struct check_branch *branch)
{
	return branch->problem ? NULL : &branch->stack.ports[branch->stack.count - 1];
}

const struct check_step *check_ground(const struct check_branch *branch)
{
	return branch->needs.wanted ? &branch->needs : &branch->base;
}

/* The series is the last layer; when an earlier one does not fit it was not tried. */
static void note_problem(const struct check *check, struct check_branch *branch)
{
	if (branch->stack.count < check->layers.count)
		branch->problem = stack_problem(&branch->stack);
}

/* What is below the series. */
static const git_oid *ground_commit(const struct check_branch *branch)
{
	return &check_port(branch)->base;
}

static void plan_steps(struct check_branch *branch)
{
	branch->base.commit = branch->stack.base;
	branch->base.wanted = true;
	if (branch->problem)
		return;
	branch->needs.commit = *ground_commit(branch);
	branch->needs.wanted = !git_oid_equal(&branch->needs.commit, &branch->base.commit);
	for (size_t i = 0; i < branch->patch_count; i++) {
		const struct port_patch *patch = &branch->carried.patches[i];

		branch->patches[i].step.commit = patch->commit;
		branch->patches[i].step.wanted = patch->has_commit;
	}
}

static ERR_CHECK read_branch(const struct check_request *request, const char *name,
			     const struct check *check, struct check_branch *branch)
{
	TRY(target_read_branch(request->workspace, name, &branch->branch));
	TRY(stack_carry(request->repo, &branch->branch, &check->layers, &branch->stack));
	TRY(repo_kernel_version(request->repo, &branch->stack.base, &branch->version));
	note_problem(check, branch);
	branch->patch_count = check->series.patch_count;
	branch->patches = xcalloc(branch->patch_count, sizeof(*branch->patches));
	if (!branch->problem)
		TRY(check_carry(request->repo, &check->series, branch));
	plan_steps(branch);
	return NULL;
}

ERR_CHECK check_run(const struct check_request *request, struct check *check)
{
	const struct strvec *names = request->branches;

	*check = (struct check){ 0 };
	TRY(series_read(request->workspace, request->series, &check->series));
	TRY(stack_layers_add(request->workspace, request->series, &check->layers));
	check->messages = xcalloc(check->series.patch_count, sizeof(*check->messages));
	check->branches = xcalloc(names->count, sizeof(*check->branches));
	for (; check->count < names->count; check->count++)
		TRY(read_branch(request, names->items[check->count], check,
				&check->branches[check->count]));
	if (request->lint)
		TRY(check_lint(request, check));
	if (request->build)
		TRY(check_build(request, check));
	return NULL;
}

int check_mended_by(const struct check_branch *branch, size_t patch)
{
	if (branch->patches[patch].step.outcome != CHECK_BROKEN)
		return 0;
	for (size_t i = patch + 1; i < branch->patch_count; i++)
		if (branch->patches[i].step.outcome == CHECK_OK)
			return (int)i + 1;
	return 0;
}

bool check_is_new_warning(const struct check_step *step, const struct build_diagnostic *diagnostic)
{
	return diagnostic->severity == BUILD_WARNING && diagnostic->number &&
	       git_oid_equal(&diagnostic->commit, &step->commit);
}

static bool has_new_warning(const struct check_step *step)
{
	for (size_t i = 0; i < step->build.diagnostics.count; i++)
		if (check_is_new_warning(step, &step->build.diagnostics.items[i]))
			return true;
	return false;
}

static bool step_is_good(const struct check_step *step)
{
	return step->outcome == CHECK_NONE || step->outcome == CHECK_OK;
}

static bool branch_is_clean(const struct check_branch *branch, enum lint_severity least)
{
	bool clean = !branch->problem && !port_needs_person(check_port(branch)) &&
		     step_is_good(check_ground(branch)) && !lint_count(&branch->lint, least);

	for (size_t i = 0; i < branch->patch_count; i++)
		clean = clean && step_is_good(&branch->patches[i].step) &&
			!lint_count(&branch->patches[i].lint, least) &&
			(least == LINT_ERROR || !has_new_warning(&branch->patches[i].step));
	return clean;
}

bool check_is_clean(const struct check *check, bool strict)
{
	enum lint_severity least = strict ? LINT_CHECK : LINT_ERROR;

	for (size_t i = 0; i < check->series.patch_count; i++)
		if (lint_count(&check->messages[i], least))
			return false;
	for (size_t i = 0; i < check->count; i++)
		if (!branch_is_clean(&check->branches[i], least))
			return false;
	return true;
}
