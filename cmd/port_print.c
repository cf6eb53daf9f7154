// SPDX-License-Identifier: GPL-2.0
/* port_print.c - the results of 'farrier port'. */
#include "out.h"
#include "port.h"

void port_results_release(struct port_results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		struct port_result *result = &results->items[i];

		free(result->series);
		free(result->onto);
		free(result->version);
		free(result->ref);
		port_release(&result->port);
		stack_release_gaps(&result->gaps);
	}
	free(results->items);
	*results = (struct port_results){ 0 };
}

ERR_CHECK port_results_add(struct port_results *results, git_repository *repo, const char *onto,
			   const git_oid *commit, struct port_result **result)
{
	results->items = xreallocarray(results->items, results->count + 1, sizeof(*results->items));
	*result = &results->items[results->count++];
	**result = (struct port_result){ .onto = xstrdup(onto) };
	return repo_kernel_version(repo, commit, &(*result)->version);
}

void port_results_take(struct port_results *results, struct port_results *more)
{
	results->items = xreallocarray(results->items, results->count + more->count,
				       sizeof(*results->items));
	for (size_t i = 0; i < more->count; i++)
		results->items[results->count++] = more->items[i];
	free(more->items);
	*more = (struct port_results){ 0 };
}

static enum out_color color_of(enum port_status status)
{
	switch (status) {
	case PORT_FUZZY:
		return OUT_WARN;
	case PORT_STALE:
	case PORT_CONFLICT:
		return OUT_BAD;
	case PORT_SKIPPED:
		return OUT_DIM;
	default:
		return OUT_GOOD;
	}
}

static void print_patches(const struct run *run, const struct port *port)
{
	struct out_table *table = out_table_new();

	for (size_t i = 0; i < port->patch_count; i++) {
		const struct port_patch *patch = &port->patches[i];

		out_table_number(table, OUT_DIM, "%d", patch->number);
		out_table_cell(table, color_of(patch->status), "%s",
			       port_status_name(patch->status));
		out_table_cell(table, OUT_DIM, "%.12s",
			       patch->has_commit ? git_oid_tostr_s(&patch->commit) : "-");
		out_table_cell(table, OUT_PLAIN, "%s", patch->subject);
		out_table_end_row(table);
	}
	out_table_print(run, table, 2);
}

static void print_conflict(const struct run *run, const struct port_conflict *conflict)
{
	if (conflict->hunk)
		out_line(run, OUT_PLAIN, "     %s, hunk %d: %s", conflict->path, conflict->hunk,
			 conflict->reason);
	else
		out_line(run, OUT_PLAIN, "     %s: %s", conflict->path, conflict->reason);
}

static void print_note(const struct run *run, const struct port_note *note)
{
	if (note->line)
		out_line(run, OUT_PLAIN, "     %s, line %zu: %s", note->path, note->line,
			 note->text);
	else
		out_line(run, OUT_PLAIN, "     %s: %s", note->path, note->text);
}

static void print_reasons(const struct run *run, const struct port_patch *patch)
{
	if (!patch->reason && !patch->conflict_count && !patch->note_count)
		return;
	out_line(run, OUT_BOLD, "  patch %d: %s%s%s", patch->number,
		 port_status_name(patch->status), patch->reason ? ": " : "",
		 patch->reason ? patch->reason : "");
	for (size_t i = 0; i < patch->conflict_count; i++)
		print_conflict(run, &patch->conflicts[i]);
	for (size_t i = 0; i < patch->note_count; i++)
		print_note(run, &patch->notes[i]);
}

static void print_end(const struct run *run, const struct port_result *result)
{
	const char *tip = git_oid_tostr_s(&result->port.tip);

	if (result->ref)
		out_line(run, OUT_DIM, "  %s is %.12s", result->ref, tip);
	else if (!port_is_complete(&result->port) && result->series)
		out_line(run, OUT_DIM,
			 "  no ref was written; 'farrier resolve %s %s' opens what does not fit",
			 result->series, result->onto);
	else if (!port_is_complete(&result->port))
		out_line(run, OUT_DIM, "  no ref was written");
	else
		out_line(run, OUT_DIM, "  the tip is %s", tip);
}

static void print_gap(const struct run *run, const struct port_result *result,
		      const struct stack_gap *gap)
{
	if (gap->unknown)
		out_line(run, OUT_WARN, "  needs '%s': %s", gap->name, gap->problem);
	else if (gap->fits)
		out_line(run, OUT_WARN,
			 "  needs %s, which %s lacks: 'farrier port --with-prerequisites %s' "
			 "carries both",
			 gap->name, result->onto, result->series);
	else
		out_line(run, OUT_WARN, "  needs %s, which %s lacks and which does not fit: %s",
			 gap->name, result->onto, gap->problem);
	if (gap->hint)
		out_line(run, OUT_DIM, "    %s", gap->hint);
}

static void print_text(const struct run *run, const struct port_result *result)
{
	out_line(run, OUT_BOLD, "%s%s%s%s%s", result->series ? result->series : "",
		 result->series ? " on " : "", result->onto, *result->version ? ", " : "",
		 result->version);
	print_patches(run, &result->port);
	for (size_t i = 0; i < result->port.patch_count; i++)
		print_reasons(run, &result->port.patches[i]);
	for (size_t i = 0; i < result->gaps.count; i++)
		print_gap(run, result, &result->gaps.items[i]);
	print_end(run, result);
}

static json_t *gaps_json(const struct stack_gaps *gaps)
{
	json_t *list = json_array();

	for (size_t i = 0; i < gaps->count; i++) {
		const struct stack_gap *gap = &gaps->items[i];
		json_t *json = json_object();

		store_set(json, "name", store_text(gap->name));
		store_set(json, "state",
			  json_string(gap->unknown ? "unknown"
				      : gap->fits  ? "missing"
						   : "conflict"));
		store_set(json, "problem", store_text(gap->problem));
		store_set(json, "hint", store_text(gap->hint));
		json_array_append_new(list, json);
	}
	return list;
}

static void print_json(const struct port_results *results)
{
	OWNED_JSON *json = json_object();
	json_t *list = json_array();

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	for (size_t i = 0; i < results->count; i++) {
		const struct port_result *result = &results->items[i];

		json_t *entry = port_json(&result->port, result->series, result->onto);

		store_set(entry, "missing", gaps_json(&result->gaps));
		json_array_append_new(list, entry);
	}
	store_set(json, "ports", list);
	out_json(json);
}

void port_results_print(struct run *run, const struct port_results *results)
{
	if (run->json)
		print_json(results);
	for (size_t i = 0; i < results->count; i++) {
		if (!run->json && i)
			out_line(run, OUT_PLAIN, "%s", "");
		if (!run->json)
			print_text(run, &results->items[i]);
		if (port_needs_person(&results->items[i].port))
			run->exit_code = EXIT_BAD;
	}
}
