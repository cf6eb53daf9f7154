// SPDX-License-Identifier: GPL-2.0
/* cache_needed.c - what the newest run of each matrix was made of. */
#include <stdio.h>

#include "cache_part.h"
#include "core/file.h"
#include "core/store.h"

/* So many runs back are looked at for matrices whose newest run is older. */
#define MOST_RUNS 64

static bool is_key(const char *key)
{
	return strlen(key) == STORE_ID_SIZE - 1 && file_safe_name(key);
}

/* A run that did not end goes on where it was: its branches will be built again. */
static void add_builds(const json_t *run, struct strvec *paths)
{
	bool ended = json_is_string(json_object_get(run, "ended"));
	const json_t *build;
	size_t i;

	json_array_foreach (json_object_get(run, "builds"), i, build) {
		const char *key = store_get_string(build, "key", "");
		const char *branch = store_get_string(build, "branch", "");

		if (is_key(key))
			strvec_pushf(paths, "build/%s", key);
		if (!ended && file_safe_name(branch))
			strvec_pushf(paths, "src/%s", branch);
	}
}

ERR_CHECK cache_list_needed(const struct workspace *workspace, struct strvec *paths)
{
	OWNED_STR folder = workspace_state(workspace, "runs");
	STRVEC names = { 0 };
	STRVEC matrices = { 0 };

	TRY(file_list(folder, &names));
	for (size_t i = names.count; i-- > 0 && names.count - i <= MOST_RUNS;) {
		OWNED_STR path = xasprintf("%s/%s/run.json", folder, names.items[i]);
		OWNED_JSON *run = NULL;
		const char *matrix;

		/* A record that cannot be read needs nothing. */
		err_free(store_read(path, &run));
		matrix = store_get_string(run, "matrix", NULL);
		if (!matrix || strvec_has(&matrices, matrix))
			continue;
		strvec_push(&matrices, matrix);
		add_builds(run, paths);
	}
	strvec_sort(paths);
	return NULL;
}
