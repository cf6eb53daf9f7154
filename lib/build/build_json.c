// SPDX-License-Identifier: GPL-2.0
#include "build.h"
#include "build_diagnostics.h"

const char *build_status_name(enum build_status status)
{
	static const char *const names[] = {
		[BUILD_OK] = "ok",
		[BUILD_CACHED] = "cached",
		[BUILD_FAILED] = "failed",
	};

	return names[status];
}

const char *build_severity_name(enum build_severity severity)
{
	static const char *const names[] = {
		[BUILD_ERROR] = "error",
		[BUILD_WARNING] = "warning",
		[BUILD_NOTE] = "note",
		[BUILD_CONFIG] = "config",
	};

	return names[severity];
}

static json_t *patch_json(const struct build_diagnostic *diagnostic)
{
	json_t *json;

	if (!diagnostic->number)
		return json_null();
	json = json_object();
	store_set(json, "series", store_text(diagnostic->series));
	store_set(json, "n", json_integer(diagnostic->number));
	store_set(json, "subject", store_text(diagnostic->subject));
	store_set(json, "commit", store_text(git_oid_tostr_s(&diagnostic->commit)));
	return json;
}

static json_t *diagnostics_json(const struct build_diagnostics *list)
{
	json_t *json = build_diagnostics_to_json(list);

	for (size_t i = 0; i < list->count; i++)
		store_set(json_array_get(json, i), "patch", patch_json(&list->items[i]));
	return json;
}

json_t *build_json(const struct build *build)
{
	json_t *json = json_object();

	store_set(json, "branch", store_text(build->branch));
	store_set(json, "series", store_text(build->series));
	store_set(json, "model", store_text(build->model));
	store_set(json, "key", store_text(build->key));
	store_set(json, "status", store_text(build_status_name(build->status)));
	store_set(json, "reused", json_boolean(build->reused));
	store_set(json, "commit", store_text(git_oid_tostr_s(&build->commit)));
	store_set(json, "tree", store_text(git_oid_tostr_s(&build->tree)));
	store_set(json, "image", store_text(build->image));
	store_set(json, "config", store_text(build->config));
	store_set(json, "log", store_text(build->log));
	store_set(json, "seconds", json_real(build->seconds));
	store_set(json, "cpu_seconds", json_real(build->cpu_seconds));
	store_set(json, "diagnostics", diagnostics_json(&build->diagnostics));
	store_set(json, "diagnostics_left_out",
		  json_integer((json_int_t)build->diagnostics.left_out));
	return json;
}
