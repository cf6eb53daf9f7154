// SPDX-License-Identifier: GPL-2.0
#include "record/diff.h"
#include "needs.h"
#include "out.h"
#include "show.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **name = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*name)
			argp_error(state, "one series at a time");
		*name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the series");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static ERR_CHECK files_json(const struct series *series, const struct patch *patch, json_t **json)
{
	const char *file = series->files.items[patch->number - 1];
	OWNED_JSON *list = json_array();
	DIFF diff = { 0 };

	TRY(diff_parse(strbuf_str(&patch->diff), patch->diff.len, file, patch->diff_line, &diff));
	for (size_t i = 0; i < diff.file_count; i++)
		json_array_append_new(list, store_text(diff.files[i].new_path));
	*json = TAKE_PTR(list);
	return NULL;
}

static ERR_CHECK patches_json(const struct series *series, json_t *list)
{
	for (size_t i = 0; i < series->patch_count; i++) {
		const struct patch *patch = &series->patches[i];
		OWNED_STR author = xasprintf("%s <%s>", patch->author_name, patch->author_email);
		json_t *files = NULL;
		json_t *json;

		TRY(files_json(series, patch, &files));
		json = json_object();
		store_set(json, "n", json_integer(patch->number));
		store_set(json, "subject", store_text(patch->subject));
		store_set(json, "author", store_text(author));
		store_set(json, "message_id", store_text(patch->message_id));
		store_set(json, "file", store_text(series->files.items[i]));
		store_set(json, "files", files);
		store_set(json, "signed_off", json_boolean(series_is_signed_off(patch)));
		json_array_append_new(list, json);
	}
	return NULL;
}

/* What a person should know before the series leaves the house. */
static json_t *notes_json(const struct series *series)
{
	json_t *notes = json_array();
	STRBUF patches = { 0 };
	STRBUF note = { 0 };

	for (size_t i = 0; i < series->patch_count; i++)
		if (!series_is_signed_off(&series->patches[i]))
			strbuf_addf(&patches, "%s%zu", patches.len ? ", " : "", i + 1);
	if (!patches.len)
		return notes;
	strbuf_addf(&note, "%s: no Signed-off-by in patch %s (an error for export)", series->status,
		    patches.buf);
	json_array_append_new(notes, store_text(note.buf));
	return notes;
}

static json_t *counters_json(const struct series *series)
{
	json_t *list = json_array();

	for (size_t i = 0; i < series->counter_count; i++) {
		json_t *counter = json_object();

		store_set(counter, "name", store_text(series->counters[i].name));
		store_set(counter, "row", store_text(series->counters[i].row));
		json_array_append_new(list, counter);
	}
	return list;
}

static json_t *skips_json(const struct series *series)
{
	json_t *list = json_array();

	for (size_t i = 0; i < series->skip_count; i++) {
		json_t *skip = json_object();

		store_set(skip, "branch", store_text(series->skips[i].branch));
		store_set(skip, "patch", json_integer(series->skips[i].patch));
		store_set(skip, "reason", store_text(series->skips[i].reason));
		json_array_append_new(list, skip);
	}
	return list;
}

static json_t *strings_json(const struct strvec *strings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < strings->count; i++)
		json_array_append_new(list, store_text(strings->items[i]));
	return list;
}

static ERR_CHECK series_json(const struct series *series, const struct states *states, json_t *json)
{
	json_t *patches = json_array();
	json_t *branches = NULL;

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "series", store_text(series->name));
	store_set(json, "title", store_text(series->title));
	store_set(json, "version", json_integer(series->version));
	store_set(json, "role", store_text(series->role));
	store_set(json, "status", store_text(series->status));
	store_set(json, "base", store_text(series->base));
	store_set(json, "based_on", store_text(*series->based_on ? series->based_on : NULL));
	store_set(json, "cmdline", store_text(series->cmdline));
	store_set(json, "counters", counters_json(series));
	store_set(json, "prerequisites", strings_json(&series->prerequisites));
	store_set(json, "skips", skips_json(series));
	store_set(json, "cover", json_boolean(series->cover != NULL));
	store_set(json, "patches", patches);
	store_set(json, "notes", notes_json(series));
	TRY(patches_json(series, patches));
	TRY(show_add_upstream(states, series, patches));
	TRY(states_json(states, series, &branches));
	store_set(json, "branches", branches);
	TRY(show_add_recorded(series, branches));
	return NULL;
}

static void print_fact(const struct run *run, const char *name, const char *value)
{
	if (*value)
		out_line(run, OUT_PLAIN, "  %-12s  %s", name, value);
}

static void print_head(const struct run *run, const struct series *series,
		       const struct needs *needs)
{
	out_line(run, OUT_BOLD, "%s: %s", series->name, series->title);
	out_line(run, OUT_PLAIN, "  %-12s  %d, %s, %s", "version", series->version, series->status,
		 series->role);
	print_fact(run, "base", series->base);
	print_fact(run, str_equal(series->status, "local") ? "based on" : "posted as",
		   series->based_on);
	print_fact(run, "cmdline", series->cmdline);
	for (size_t i = 0; i < series->counter_count; i++)
		out_line(run, OUT_PLAIN, "  %-12s  %s, row %s", "counter", series->counters[i].name,
			 series->counters[i].row);
	print_fact(run, "change-id", series->change_id);
	needs_print(run, needs);
	for (size_t i = 0; i < series->skip_count; i++)
		out_line(run, OUT_PLAIN, "  %-12s  %s: patch %d: %s", "skip",
			 series->skips[i].branch, series->skips[i].patch, series->skips[i].reason);
}

static void print_upstream(const struct run *run, const json_t *patch)
{
	const char *commit = store_get_string(patch, "upstream", "");
	const char *revert = store_get_string(patch, "upstream_reverted", "");

	if (*commit)
		out_line(run, OUT_GOOD, "     upstream: %.12s, by its %s", commit,
			 store_get_string(patch, "upstream_by", ""));
	if (*revert)
		out_line(run, OUT_WARN, "     not upstream: %.12s took it back", revert);
}

static void print_patch(const struct run *run, const json_t *patch)
{
	const char *id = store_get_string(patch, "message_id", "");
	json_t *file;
	size_t index;

	out_line(run, OUT_PLAIN, "%3d  %s", store_get_int(patch, "n", 0),
		 store_get_string(patch, "subject", ""));
	out_line(run, OUT_DIM, "     %s%s%s", store_get_string(patch, "author", ""),
		 *id ? "  " : "", id);
	json_array_foreach (json_object_get(patch, "files"), index, file)
		out_line(run, OUT_DIM, "     %s", json_string_value(file));
	print_upstream(run, patch);
}

static void print_text(const struct run *run, const struct series *series,
		       const struct needs *needs, const json_t *json)
{
	json_t *item;
	size_t index;

	print_head(run, series, needs);
	out_line(run, OUT_BOLD, "patches%s", series->cover ? ", with a cover letter" : "");
	json_array_foreach (json_object_get(json, "patches"), index, item)
		print_patch(run, item);
	json_array_foreach (json_object_get(json, "notes"), index, item)
		out_line(run, OUT_WARN, "note: %s", json_string_value(item));
	out_line(run, OUT_BOLD, "branches");
	show_print_branches(run, json_object_get(json, "branches"));
}

const struct err *cmd_show(struct run *run, int argc, char **argv)
{
	const char *name = NULL;
	struct cmd_options options = { .parse = parse,
				       .args = "SERIES",
				       .doc = "Shows a series: its patches, and its state on "
					      "every branch.",
				       .input = &name };
	OWNED_JSON *json = json_object();
	WORKSPACE workspace = { 0 };
	STATES states = { 0 };
	SERIES series = { 0 };
	NEEDS needs = { 0 };

	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	TRY(series_read(&workspace, name, &series));
	TRY(states_open(&workspace, &states));
	TRY(series_json(&series, &states, json));
	TRY(needs_read(&workspace, &series, false, &needs));
	store_set(json, "base_commit", needs_base_json(&needs));
	store_set(json, "change_id", store_text(*series.change_id ? series.change_id : NULL));
	store_set(json, "needs", needs_json(&needs));
	if (run->json)
		out_json(json);
	else
		print_text(run, &series, &needs, json);
	return NULL;
}
