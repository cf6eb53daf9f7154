// SPDX-License-Identifier: GPL-2.0
/* build_look.c - what a build would come to: whether it is there, and what it costs. */
#include "build_cache.h"
#include "build_folder.h"
#include "core/file.h"

void build_describe(const struct build_request *request, const struct build_key *key,
		    struct build *build)
{
	build->branch = xstrdup(request->branch->name);
	build->series = request->series ? xstrdup(request->series) : NULL;
	build->model = request->model ? xstrdup(request->model) : NULL;
	build->commit = request->commit;
	build->tree = key->tree;
	memcpy(build->key, key->hex, sizeof(build->key));
}

ERR_CHECK build_look(const struct build_request *request, struct build *build, bool *found,
		     struct build_cost *cost)
{
	BUILD_KEY key = { 0 };

	*build = (struct build){ 0 };
	TRY(target_need_build(request->workspace, request->branch));
	TRY(build_key_make(request, &key));
	build_describe(request, &key, build);
	TRY(build_cache_load(request->workspace, &key, build, found));
	return build_folder_cost(request->workspace, request->branch, cost);
}

/* The CPU time under `key`; of old records the wall time on all CPUs. */
static double cpu_time(const json_t *record, const char *key, const char *wall_key, int jobs)
{
	double cpu = store_get_number(record, key, 0);

	return cpu > 0 ? cpu : jobs * store_get_number(record, wall_key, 0);
}

/* Takes from a record what is not known yet; *found when something was built there. */
static ERR_CHECK take_cost(const char *path, int jobs, struct build_cost *cost, bool *found)
{
	OWNED_JSON *record = NULL;

	TRY(store_read(path, &record));
	*found = *store_get_string(record, "tree", "") != '\0';
	if (cost->first <= 0)
		cost->first = cpu_time(record, "cpu", "seconds", jobs);
	if (cost->again <= 0)
		cost->again = cpu_time(record, "again_cpu", "again", jobs);
	return NULL;
}

static ERR_CHECK take_costs(const char *folder, int jobs, struct build_cost *cost)
{
	STRVEC names = { 0 };
	bool found;

	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);

		if (ends_with(path, ".json"))
			TRY(take_cost(path, jobs, cost, &found));
	}
	return NULL;
}

ERR_CHECK build_folder_cost(const struct workspace *workspace, const struct branch *branch,
			    struct build_cost *cost)
{
	OWNED_STR all = workspace_cached(workspace, "obj");
	OWNED_STR own = xasprintf("%s/%s", all, branch->name);
	BUILD_FOLDER folder = { 0 };
	STRVEC names = { 0 };

	*cost = (struct build_cost){ 0 };
	build_folder_name(workspace, branch, 0, &folder);
	TRY(take_cost(folder.record, workspace->jobs, cost, &cost->stands));
	TRY(take_costs(own, workspace->jobs, cost));
	TRY(file_list(all, &names));
	for (size_t i = 0; i < names.count && (cost->first <= 0 || cost->again <= 0); i++) {
		OWNED_STR other = xasprintf("%s/%s", all, names.items[i]);

		TRY(take_costs(other, workspace->jobs, cost));
	}
	return NULL;
}
