// SPDX-License-Identifier: GPL-2.0
/* show_state.c - how far a series has come: upstream, and on every branch. */
#include "record/target.h"
#include "port/port.h"
#include "port/port_upstream.h"
#include "out.h"
#include "show.h"

#define PATCH CLEANUP(patch_release) struct patch

/* The commit that is searched; *filled is false when there is none. */
static ERR_CHECK upstream_tip(const struct states *states, git_oid *tip, bool *filled)
{
	*filled = false;
	for (size_t i = 0; states->repo && i < states->count; i++)
		if (str_equal(states->branches[i].name, SHOW_UPSTREAM))
			return repo_resolve_ref(states->repo, states->branches[i].ref, tip, filled);
	return NULL;
}

static json_t *id_json(bool there, const git_oid *id)
{
	return there ? json_string(git_oid_tostr_s(id)) : json_null();
}

ERR_CHECK show_add_upstream(const struct states *states, const struct series *series,
			    json_t *patches)
{
	OWNED_STR cache = NULL;
	bool filled;
	git_oid tip;

	TRY(port_cache(&cache));
	TRY(upstream_tip(states, &tip, &filled));
	for (size_t i = 0; i < series->patch_count; i++) {
		json_t *patch = json_array_get(patches, i);
		struct port_upstream found = { 0 };

		if (filled)
			TRY(port_find_upstream(states->repo, &series->patches[i], &tip, 0, cache,
					       &found));
		store_set(patch, "upstream", id_json(found.found, &found.commit));
		if (found.found)
			store_set(patch, "upstream_by", json_string(port_upstream_how(&found)));
		store_set(patch, "upstream_reverted", id_json(found.reverted, &found.revert));
	}
	return NULL;
}

/* The list that a recorded port belongs to. */
static ERR_CHECK choose_list(const struct patch *patch, const struct patch *recorded,
			     const char **list)
{
	char id[STORE_ID_SIZE];

	*list = "unknown";
	if (!recorded->original_id)
		return NULL;
	TRY(port_patch_id(patch, id));
	*list = str_equal(id, recorded->original_id) ? "recorded" : "stale";
	return NULL;
}

static ERR_CHECK add_recorded(const struct series *series, json_t *branch)
{
	const char *name = store_get_string(branch, "branch", "");

	for (size_t i = 0; i < series->patch_count; i++) {
		int number = series->patches[i].number;
		PATCH recorded = { 0 };
		const char *list;
		bool found;

		TRY(series_recorded_port(series, name, number, &recorded, &found));
		if (!found)
			continue;
		TRY(choose_list(&series->patches[i], &recorded, &list));
		json_array_append_new(json_object_get(branch, list), json_integer(number));
	}
	return NULL;
}

ERR_CHECK show_add_recorded(const struct series *series, json_t *branches)
{
	json_t *branch;
	size_t index;

	json_array_foreach (branches, index, branch) {
		store_set(branch, "recorded", json_array());
		store_set(branch, "unknown", json_array());
		store_set(branch, "stale", json_array());
		TRY(add_recorded(series, branch));
	}
	return NULL;
}

static void add_state_cell(struct out_table *table, const json_t *branch)
{
	const char *state = store_get_string(branch, "state", "");
	const char *tip = store_get_string(branch, "tip", "");
	const char *why = store_get_string(branch, "why", "");

	if (str_equal(state, "ported"))
		out_table_cell(table, OUT_GOOD, "ported %.12s", tip);
	else if (str_equal(state, "outdated"))
		out_table_cell(table, OUT_WARN, "outdated: %s since the last port%s%.12s", why,
			       *tip ? ", " : "", tip);
	else if (str_equal(state, "conflict"))
		out_table_cell(table, OUT_BAD, "conflict: %s", why);
	else if (str_equal(state, "empty"))
		out_table_cell(table, OUT_DIM, "empty: 'farrier tree import' fills it");
	else
		out_table_cell(table, OUT_DIM, "not ported");
}

/* Adds "recorded 1, 3". */
static void add_numbers(struct strbuf *text, const char *word, const json_t *numbers)
{
	json_t *number;
	size_t index;

	if (json_array_size(numbers))
		strbuf_addf(text, "%s%s ", text->len ? "; " : "", word);
	json_array_foreach (numbers, index, number)
		strbuf_addf(text, "%s%lld", index ? ", " : "",
			    (long long)json_integer_value(number));
}

static void add_recorded_cell(struct out_table *table, const json_t *branch)
{
	const json_t *stale = json_object_get(branch, "stale");
	const json_t *unknown = json_object_get(branch, "unknown");
	STRBUF text = { 0 };

	add_numbers(&text, "recorded", json_object_get(branch, "recorded"));
	add_numbers(&text, "recorded, of an unknown version:", unknown);
	add_numbers(&text, "stale", stale);
	if (text.len)
		out_table_cell(table,
			       json_array_size(stale)	  ? OUT_BAD
			       : json_array_size(unknown) ? OUT_WARN
							  : OUT_PLAIN,
			       "%s", strbuf_str(&text));
}

void show_print_branches(const struct run *run, const json_t *branches)
{
	struct out_table *table = out_table_new();
	json_t *branch;
	size_t index;

	json_array_foreach (branches, index, branch) {
		out_table_cell(table, OUT_PLAIN, "%s", store_get_string(branch, "branch", ""));
		add_state_cell(table, branch);
		add_recorded_cell(table, branch);
		out_table_end_row(table);
	}
	out_table_print(run, table, 2);
}
