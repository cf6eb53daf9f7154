// SPDX-License-Identifier: GPL-2.0
#include "base/progress.h"
#include "out.h"
#include "state.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key == ARGP_KEY_ARG)
		argp_error(state, "list takes no argument");
	return ARGP_ERR_UNKNOWN;
}

static json_t *series_json(const struct series *series, json_t *branches)
{
	json_t *json = json_object();

	store_set(json, "series", store_text(series->name));
	store_set(json, "version", json_integer(series->version));
	store_set(json, "role", store_text(series->role));
	store_set(json, "status", store_text(series->status));
	store_set(json, "base", store_text(series->base));
	store_set(json, "patches", json_integer((json_int_t)series->files.count));
	store_set(json, "title", store_text(series->title));
	store_set(json, "branches", branches);
	return json;
}

/* Adds one series; one that cannot be read does not hide the others. */
static ERR_CHECK add_series(struct run *run, const struct workspace *workspace,
			    const struct states *states, const char *name, json_t *list)
{
	SERIES series = { 0 };
	json_t *branches = NULL;
	json_t *damaged;
	const struct err *err = series_open(workspace, name, &series);

	if (!err)
		err = states_json(states, &series, &branches);
	if (!err) {
		json_array_append_new(list, series_json(&series, branches));
		return NULL;
	}
	damaged = json_object();
	store_set(damaged, "series", store_text(name));
	store_set(damaged, "error", store_text(err->text));
	json_array_append_new(list, damaged);
	progress_warn("series '%s' cannot be read: %s", name, err->text);
	err_free(err);
	run->exit_code = EXIT_USAGE;
	return NULL;
}

/* "2 of 3": branches that carry the series, as they are now. */
static void add_ported_cell(struct out_table *table, const json_t *branches)
{
	size_t ported = 0, index;
	json_t *branch;

	json_array_foreach (branches, index, branch)
		ported += str_equal(store_get_string(branch, "state", ""), "ported");
	out_table_cell(table, ported ? OUT_GOOD : OUT_DIM, "%zu of %zu", ported,
		       json_array_size(branches));
}

static void add_row(struct out_table *table, const json_t *series)
{
	out_table_cell(table, OUT_BOLD, "%s", store_get_string(series, "series", ""));
	if (json_object_get(series, "error")) {
		out_table_cell(table, OUT_BAD, "cannot be read");
		out_table_end_row(table);
		return;
	}
	out_table_cell(table, OUT_PLAIN, "v%d", store_get_int(series, "version", 0));
	out_table_cell(table, OUT_PLAIN, "%s", store_get_string(series, "role", ""));
	out_table_cell(table, OUT_PLAIN, "%s", store_get_string(series, "status", ""));
	out_table_number(table, OUT_PLAIN, "%d", store_get_int(series, "patches", 0));
	add_ported_cell(table, json_object_get(series, "branches"));
	out_table_cell(table, OUT_PLAIN, "%s", store_get_string(series, "title", ""));
	out_table_end_row(table);
}

static void print_table(const struct run *run, const json_t *list)
{
	static const char *const heads[] = { "series",	"version", "role", "status",
					     "patches", "ported",  "title" };
	struct out_table *table = out_table_new();
	json_t *series;
	size_t index;

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		out_table_cell(table, OUT_DIM, "%s", heads[i]);
	out_table_end_row(table);
	json_array_foreach (list, index, series)
		add_row(table, series);
	out_table_print(run, table, 0);
}

const struct err *cmd_list(struct run *run, int argc, char **argv)
{
	struct cmd_options options = { .parse = parse,
				       .doc = "Lists the series of the workspace." };
	OWNED_JSON *json = json_object();
	json_t *list = json_array();
	WORKSPACE workspace = { 0 };
	STATES states = { 0 };
	STRVEC names = { 0 };

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "series", list);
	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	TRY(states_open(&workspace, &states));
	TRY(series_list(&workspace, &names));
	for (size_t i = 0; i < names.count; i++)
		TRY(add_series(run, &workspace, &states, names.items[i], list));
	if (run->json)
		out_json(json);
	else if (names.count)
		print_table(run, list);
	else
		out_line(run, OUT_PLAIN, "no series yet: 'farrier import' makes one");
	return NULL;
}
