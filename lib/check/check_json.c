// SPDX-License-Identifier: GPL-2.0
#include "check.h"

static json_t *names_json(const struct strvec *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->count; i++)
		json_array_append_new(list, store_text(names->items[i]));
	return list;
}

static json_t *diagnostic_json(const struct build_diagnostic *one)
{
	json_t *item = json_object();

	store_set(item, "severity", store_text(build_severity_name(one->severity)));
	store_set(item, "file", store_text(one->file));
	store_set(item, "line", one->line ? json_integer(one->line) : json_null());
	store_set(item, "text", store_text(one->text));
	store_set(item, "unit", store_text(one->unit));
	return item;
}

/* What the step's patch is to blame for: what breaks it, and new warnings. */
static json_t *findings_json(const struct check_step *step)
{
	const struct build_diagnostics *list = &step->build.diagnostics;
	json_t *json = json_array();

	for (size_t i = 0; i < step->fault_count; i++)
		json_array_append_new(json, diagnostic_json(&list->items[step->faults[i]]));
	for (size_t i = 0; i < list->count; i++)
		if (check_is_new_warning(step, &list->items[i]))
			json_array_append_new(json, diagnostic_json(&list->items[i]));
	return json;
}

static json_t *step_json(const struct check_step *step)
{
	json_t *json;

	if (!step->done)
		return json_null();
	json = json_object();
	store_set(json, "status", store_text(build_status_name(step->build.status)));
	store_set(json, "blame",
		  step->outcome == CHECK_OK ? json_null() : json_integer(step->culprit));
	store_set(json, "reused", json_boolean(step->build.reused));
	store_set(json, "seconds", json_real(step->build.seconds));
	store_set(json, "key", store_text(step->build.key));
	store_set(json, "log", store_text(step->build.log));
	store_set(json, "findings", findings_json(step));
	return json;
}

static json_t *conflicts_json(const struct port_patch *patch)
{
	json_t *list = json_array();

	for (size_t i = 0; patch && i < patch->conflict_count; i++) {
		json_t *item = json_object();

		store_set(item, "path", store_text(patch->conflicts[i].path));
		store_set(item, "hunk", json_integer(patch->conflicts[i].hunk));
		store_set(item, "reason", store_text(patch->conflicts[i].reason));
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *patch_json(const struct check *check, const struct check_branch *branch,
			  size_t index)
{
	const struct port *port = check_port(branch);
	const struct port_patch *carried = port ? &port->patches[index] : NULL;
	const struct check_patch *patch = &branch->patches[index];
	int mended = check_mended_by(branch, index);
	json_t *json = json_object();

	store_set(json, "n", json_integer((json_int_t)index + 1));
	store_set(json, "subject", store_text(check->series.patches[index].subject));
	store_set(json, "status", store_text(carried ? port_status_name(carried->status) : NULL));
	store_set(json, "reason", store_text(carried ? carried->reason : NULL));
	store_set(json, "conflicts", conflicts_json(carried));
	store_set(json, "left_out", names_json(&patch->left_out));
	store_set(json, "lint", lint_json(&patch->lint));
	store_set(json, "build", step_json(&patch->step));
	store_set(json, "mended_by", mended ? json_integer(mended) : json_null());
	return json;
}

static json_t *branch_json(const struct check *check, const struct check_branch *branch)
{
	json_t *patches = json_array();
	json_t *json = json_object();

	for (size_t i = 0; i < branch->patch_count; i++)
		json_array_append_new(patches, patch_json(check, branch, i));
	store_set(json, "branch", store_text(branch->branch.name));
	store_set(json, "version", store_text(*branch->version ? branch->version : NULL));
	store_set(json, "problem", store_text(branch->problem));
	store_set(json, "lint", lint_json(&branch->lint));
	store_set(json, "build", step_json(&branch->base));
	store_set(json, "prerequisites", step_json(&branch->needs));
	store_set(json, "patches", patches);
	return json;
}

json_t *check_json(const struct check *check)
{
	json_t *json = json_object();
	json_t *patches = json_array();
	json_t *branches = json_array();

	for (size_t i = 0; i < check->series.patch_count; i++) {
		json_t *patch = json_object();

		store_set(patch, "n", json_integer((json_int_t)i + 1));
		store_set(patch, "subject", store_text(check->series.patches[i].subject));
		store_set(patch, "lint", lint_json(&check->messages[i]));
		json_array_append_new(patches, patch);
	}
	for (size_t i = 0; i < check->count; i++)
		json_array_append_new(branches, branch_json(check, &check->branches[i]));
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "series", store_text(check->series.name));
	store_set(json, "patches", patches);
	store_set(json, "branches", branches);
	return json;
}
