// SPDX-License-Identifier: GPL-2.0
#include "bisect_test.h"
#include "stack/stack.h"

const char *bisect_result_name(enum bisect_result result)
{
	static const char *const names[] = { [BISECT_PASS] = "pass",
					     [BISECT_FAIL] = "fail",
					     [BISECT_SKIP] = "skip",
					     [BISECT_INFRA] = "infra" };

	return names[result];
}

ERR_CHECK bisect_test_kind(const struct bisect *bisect, const struct bisect_test_kind **kind)
{
	const char *name = store_get_string(json_object_get(bisect->start, "test"), "kind", "");

	*kind = str_equal(name, "command") ? &bisect_command
		: str_equal(name, "cell")  ? &bisect_cell
					   : NULL;
	if (*kind)
		return NULL;
	return err_hint(err_input("this bisection has no test"),
			"mark commits with 'farrier bisect good|bad|skip REV', or start with "
			"'-- CMD' or '--machine M'");
}

/* The workspace of the session, and what is put on each commit: a model below, then series. */
ERR_CHECK bisect_need_workspace(struct bisect *bisect)
{
	const json_t *test = json_object_get(bisect->start, "test"), *name;
	const char *model = store_get_string(test, "model", NULL);
	const char *sought = store_get_string(bisect->start, "series", NULL);
	size_t index;

	if (bisect->workspace)
		return NULL;
	bisect->workspace = xcalloc(1, sizeof(*bisect->workspace));
	TRY(workspace_find(store_get_string(bisect->start, "workspace", "."), bisect->workspace));
	if (model)
		TRY(stack_layers_add(bisect->workspace, model, &bisect->layers));
	json_array_foreach (json_object_get(bisect->start, "with"), index, name)
		TRY(stack_layers_add(bisect->workspace, json_string_value(name) ?: "",
				     &bisect->layers));
	return sought ? stack_layers_add(bisect->workspace, sought, &bisect->sought) : NULL;
}

static bool carries_anything(const struct bisect *bisect)
{
	const json_t *test = json_object_get(bisect->start, "test");

	return json_array_size(json_object_get(bisect->start, "with")) ||
	       json_is_string(json_object_get(test, "model"));
}

/* Not the model, and not what a series needs. */
static bool was_asked_for(const struct bisect *bisect, const char *series)
{
	size_t index;
	json_t *name;

	json_array_foreach (json_object_get(bisect->start, "with"), index, name)
		if (str_equal(json_string_value(name) ?: "", series))
			return true;
	return false;
}

/* The first patch that the commit has by itself, for people; or NULL. The caller frees it. */
static char *find_already(const struct bisect *bisect, const struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		for (size_t j = 0; j < stack->ports[i].patch_count; j++) {
			const struct port_patch *patch = &stack->ports[i].patches[j];

			if (patch->status == PORT_ALREADY &&
			    was_asked_for(bisect, stack->layers[i].series))
				return xasprintf("it has %s patch %d already ('--if-missing' would "
						 "do)",
						 stack->layers[i].series, patch->number);
		}
	return NULL;
}

ERR_CHECK bisect_carry(struct bisect *bisect, const git_oid *commit, git_oid *tip, bool *fits,
		       char **why)
{
	const json_t *test = json_object_get(bisect->start, "test");
	struct stack_place place = { .onto = *commit,
				     .branch = store_get_string(test, "branch", "") };
	STACK stack = { 0 };

	*tip = *commit;
	*fits = true;
	*why = NULL;
	if (!carries_anything(bisect))
		return NULL;
	TRY(bisect_need_workspace(bisect));
	TRY(stack_carry_onto(bisect->repo, &place, &bisect->layers, &stack));
	*tip = stack.tip;
	if (!stack.complete)
		*why = stack_problem(&stack);
	else if (!store_get_bool(bisect->start, "if_missing", false))
		*why = find_already(bisect, &stack);
	*fits = !*why;
	return NULL;
}
