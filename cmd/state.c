// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "record/target.h"
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

	*states = (struct states){ 0 };
	TRY(target_branches(workspace, &names));
	states->branches = xcalloc(names.count, sizeof(*states->branches));
	for (size_t i = 0; i < names.count; i++)
		TRY(target_read_branch(workspace, names.items[i],
				       &states->branches[states->count++]));
	if (workspace->own_repo && !file_exists(workspace->repo_path))
		return NULL;
	return repo_open(workspace->repo_path, false, &states->repo);
}

static ERR_CHECK is_based_on(git_repository *repo, const git_oid *tip, const git_oid *base,
			     bool *based)
{
	int result = git_oid_equal(tip, base) ? 1 : git_graph_descendant_of(repo, tip, base);

	if (result < 0)
		return repo_error("cannot compare commits");
	*based = result;
	return NULL;
}

static ERR_CHECK branch_state(git_repository *repo, const struct branch *branch, const char *series,
			      const char **state, git_oid *tip)
{
	OWNED_STR ref = xasprintf("refs/farrier/port/%s/%s", series, branch->name);
	bool filled = false, ported = false, current = false;
	git_oid base;

	if (repo)
		TRY(repo_resolve_ref(repo, branch->ref, &base, &filled));
	if (repo)
		TRY(repo_resolve_ref(repo, ref, tip, &ported));
	*state = ported ? "outdated" : filled ? "not-ported" : "empty";
	if (!filled || !ported)
		return NULL;
	TRY(is_based_on(repo, tip, &base, &current));
	if (current)
		*state = "ported";
	return NULL;
}

ERR_CHECK states_json(const struct states *states, const char *series, json_t **out)
{
	OWNED_JSON *list = json_array();

	for (size_t i = 0; i < states->count; i++) {
		const char *state = NULL;
		char hex[OID_HEX_SIZE];
		git_oid tip = { { 0 } };
		json_t *json;

		TRY(branch_state(states->repo, &states->branches[i], series, &state, &tip));
		json = json_object();
		git_oid_tostr(hex, sizeof(hex), &tip);
		store_set(json, "branch", store_text(states->branches[i].name));
		store_set(json, "state", json_string(state));
		store_set(json, "tip", git_oid_is_zero(&tip) ? json_null() : json_string(hex));
		json_array_append_new(list, json);
	}
	*out = TAKE_PTR(list);
	return NULL;
}
