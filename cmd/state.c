// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "record/target.h"
#include "port/port_state.h"
#include "state.h"

void states_release(struct states *states)
{
	for (size_t i = 0; i < states->count; i++)
		target_release_branch(&states->branches[i]);
	free(states->branches);
	git_repository_free(states->repo);
	*states = (struct states){ 0 };
}

ERR_CHECK states_open(const struct workspace *workspace, struct states *states)
{
	STRVEC names = { 0 };

	*states = (struct states){ .workspace = workspace };
	TRY(target_branches(workspace, &names));
	states->branches = xcalloc(names.count, sizeof(*states->branches));
	for (size_t i = 0; i < names.count; i++)
		TRY(target_read_branch(workspace, names.items[i],
				       &states->branches[states->count++]));
	if (workspace->own_repo && !file_exists(workspace->repo_path))
		return NULL;
	return repo_open(workspace->repo_path, false, &states->repo);
}

static ERR_CHECK branch_json(const struct states *states, const struct series *series,
			     const struct branch *branch, json_t **out)
{
	PORT_STATE state = { .name = "empty" };
	bool filled = false;
	json_t *json;
	git_oid base;

	if (states->repo)
		TRY(repo_resolve_ref(states->repo, branch->ref, &base, &filled));
	if (filled)
		TRY(port_state_read(states->workspace, states->repo, series, branch->name, &base,
				    &state));
	json = json_object();
	store_set(json, "branch", store_text(branch->name));
	store_set(json, "state", json_string(state.name));
	store_set(json, "why", store_text(state.why));
	store_set(json, "tip",
		  state.has_tip ? json_string(git_oid_tostr_s(&state.tip)) : json_null());
	*out = json;
	return NULL;
}

ERR_CHECK states_json(const struct states *states, const struct series *series, json_t **out)
{
	OWNED_JSON *list = json_array();

	for (size_t i = 0; i < states->count; i++) {
		json_t *json = NULL;

		if (!series_is_for(series, states->branches[i].arch.name))
			continue;
		TRY(branch_json(states, series, &states->branches[i], &json));
		json_array_append_new(list, json);
	}
	*out = TAKE_PTR(list);
	return NULL;
}
