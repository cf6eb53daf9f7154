// SPDX-License-Identifier: GPL-2.0
/*
 * check_judge.c - which patch is to blame for a build that fails.
 *
 * make stops early, so a tree that fails says only a part of what is wrong with
 * it, and not always the same part. Where the tree below builds, every error is the
 * patch's. Where it does not, only those are whose line the patch brought in.
 */
#include "check_part.h"

static bool has_failed(const struct check_step *step)
{
	return step->done && step->build.status == BUILD_FAILED;
}

/* The patch of the chain that brought the line in; 0: none of them. */
static int patch_of(const struct port *chain, const struct build_diagnostic *diagnostic)
{
	for (size_t i = 0; i < chain->patch_count; i++)
		if (chain->patches[i].has_commit && diagnostic->number &&
		    git_oid_equal(&chain->patches[i].commit, &diagnostic->commit))
			return chain->patches[i].number;
	return 0;
}

/* What made the build fail: errors, or without any the lines of a fragment that did not stick. */
static bool is_failure(const struct build_diagnostics *list, size_t index)
{
	bool errors = false;

	for (size_t i = 0; i < list->count; i++)
		errors |= list->items[i].severity == BUILD_ERROR;
	return list->items[index].severity == (errors ? BUILD_ERROR : BUILD_CONFIG);
}

static void add_fault(struct check_step *step, size_t index)
{
	step->faults = xreallocarray(step->faults, step->fault_count + 1, sizeof(*step->faults));
	step->faults[step->fault_count++] = index;
}

/* The lowest patch that one of the errors comes from, else whoever broke the tree below. */
static int find_culprit(const struct check_step *step, const struct check_step *before,
			const struct port *chain)
{
	int lowest = 0;

	for (size_t i = 0; i < step->build.diagnostics.count; i++) {
		int patch = patch_of(chain, &step->build.diagnostics.items[i]);

		if (patch && (!lowest || patch < lowest) && is_failure(&step->build.diagnostics, i))
			lowest = patch;
	}
	return lowest ? lowest : before->culprit;
}

void check_judge(struct check_step *step, const struct check_step *before, const struct port *chain,
		 int number)
{
	const struct build_diagnostics *list = &step->build.diagnostics;
	bool all = !number || !has_failed(before);

	free(TAKE_PTR(step->faults));
	step->fault_count = 0;
	step->culprit = 0;
	step->outcome = CHECK_OK;
	if (!has_failed(step))
		return;
	for (size_t i = 0; i < list->count; i++)
		if (is_failure(list, i) && (all || patch_of(chain, &list->items[i]) == number))
			add_fault(step, i);
	step->outcome = all || step->fault_count ? CHECK_BROKEN : CHECK_HIDDEN;
	step->culprit = step->outcome == CHECK_BROKEN ? number : find_culprit(step, before, chain);
}
