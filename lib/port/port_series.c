// SPDX-License-Identifier: GPL-2.0
/* port_series.c - a series with what it says of a branch: recorded ports and skips. */
#include "port_internal.h"

/* One entry for each patch. */
struct fitting {
	struct patch *recorded;
	const struct patch **lookup; /* points into `recorded`, or NULL */
	const char **skips;	     /* borrowed from the series */
	size_t count;
};

static void release_fitting(struct fitting *fitting)
{
	for (size_t i = 0; i < fitting->count; i++)
		patch_release(&fitting->recorded[i]);
	free(fitting->recorded);
	free(fitting->lookup);
	free(fitting->skips);
}

static ERR_CHECK read_fitting(const struct series *series, const char *branch,
			      struct fitting *fitting)
{
	fitting->recorded = xcalloc(series->patch_count, sizeof(*fitting->recorded));
	fitting->lookup = xcalloc(series->patch_count, sizeof(*fitting->lookup));
	fitting->skips = xcalloc(series->patch_count, sizeof(*fitting->skips));
	fitting->count = series->patch_count;
	for (size_t i = 0; i < series->patch_count; i++) {
		int number = series->patches[i].number;
		bool found;

		fitting->skips[i] = series_skip_reason(series, branch, number);
		TRY(series_recorded_port(series, branch, number, &fitting->recorded[i], &found));
		fitting->lookup[i] = found ? &fitting->recorded[i] : NULL;
	}
	return NULL;
}

ERR_CHECK port_series(git_repository *repo, const struct series *series, const char *branch,
		      const git_oid *onto, const struct repo_person *committer, struct port *port)
{
	CLEANUP(release_fitting) struct fitting fitting = { 0 };
	struct port_request request = { .repo = repo,
					.onto = *onto,
					.patches = series->patches,
					.patch_count = series->patch_count,
					.committer_name = committer->name,
					.committer_email = committer->email };
	OWNED_STR cache = NULL;

	*port = (struct port){ 0 };
	TRY(port_cache(&cache));
	request.cache = cache;
	TRY(read_fitting(series, branch, &fitting));
	request.recorded = fitting.lookup;
	request.skips = fitting.skips;
	return err_context(port_run(&request, port), "series '%s'", series->name);
}

ERR_CHECK port_cache(char **folder)
{
	OWNED_STR cache = NULL;

	TRY(workspace_cache(&cache));
	*folder = xasprintf("%s/history", cache);
	return NULL;
}

char *port_ref(const char *series, const char *branch)
{
	return xasprintf("refs/farrier/port/%s/%s", series, branch);
}
