// SPDX-License-Identifier: GPL-2.0
/* import_print.c - what 'farrier import' says of what it did. */
#include "diff.h"
#include "import.h"
#include "out.h"

void import_release_report(struct import_report *report)
{
	mail_release_result(&report->result);
	rangediff_release(&report->diff);
	needs_release(&report->needs);
}

static ERR_CHECK compare_versions(const struct series *series, struct import_report *report)
{
	SERIES from = { 0 };
	SERIES to = { 0 };

	TRY(series_open_version(series, report->from, &from));
	TRY(series_open_version(series, report->to, &to));
	TRY(series_read_patches(&from));
	TRY(series_read_patches(&to));
	return rangediff_versions(&from, &to, &report->diff);
}

ERR_CHECK import_complete_report(const struct workspace *workspace, struct import_report *report)
{
	const struct mail_result *result = &report->result;
	SERIES series = { 0 };

	TRY(series_open(workspace, result->name, &series));
	if (result->outcome == MAIL_UPDATED && result->version > result->old_version) {
		report->from = result->old_version;
		report->to = result->version;
	} else if (result->outcome == MAIL_KEPT) {
		report->from = result->version;
		report->to = result->old_version;
	}
	if (report->from)
		TRY(compare_versions(&series, report));
	return needs_read(workspace, &series, result->outcome != MAIL_UNCHANGED, &report->needs);
}

static const char *outcome_name(enum mail_outcome outcome)
{
	static const char *const names[] = { [MAIL_IMPORTED] = "imported",
					     [MAIL_UPDATED] = "updated",
					     [MAIL_KEPT] = "kept",
					     [MAIL_UNCHANGED] = "unchanged" };

	return names[outcome];
}

static json_t *replies_json(const struct mail_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->reply_count; i++) {
		json_t *reply = json_object();

		store_set(reply, "message_id", store_text(result->replies[i].message_id));
		store_set(reply, "author", store_text(result->replies[i].author));
		store_set(reply, "subject", store_text(result->replies[i].subject));
		json_array_append_new(list, reply);
	}
	return list;
}

static json_t *ports_json(const struct mail_result *result)
{
	static const char *const fates[] = { [MAIL_PORT_CARRIED] = "carried",
					     [MAIL_PORT_MESSAGE] = "message",
					     [MAIL_PORT_REDO] = "redo",
					     [MAIL_PORT_GONE] = "gone" };
	json_t *list = json_array();

	for (size_t i = 0; i < result->port_count; i++) {
		const struct mail_port *port = &result->ports[i];
		json_t *json = json_object();

		store_set(json, "branch", store_text(port->branch));
		store_set(json, "fate", json_string(fates[port->fate]));
		store_set(json, "from", json_integer(port->old_number));
		store_set(json, "to", port->number ? json_integer(port->number) : json_null());
		store_set(json, "kept", store_text(port->kept));
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *range_diff_json(const struct import_report *report)
{
	json_t *json = report->from ? json_object() : NULL;

	if (!json)
		return json_null();
	store_set(json, "from", json_integer(report->from));
	store_set(json, "to", json_integer(report->to));
	store_set(json, "patches", diff_json(&report->diff, false));
	return json;
}

static json_t *patches_json(const struct mail_result *result)
{
	json_t *patches = json_array();

	for (size_t i = 0; i < result->subjects.count; i++) {
		json_t *patch = json_object();

		store_set(patch, "n", json_integer((json_int_t)i + 1));
		store_set(patch, "subject", store_text(result->subjects.items[i]));
		json_array_append_new(patches, patch);
	}
	return patches;
}

static void print_json(const struct import_report *report)
{
	const struct mail_result *result = &report->result;
	OWNED_JSON *json = json_object();
	json_t *notes = json_array();

	for (size_t i = 0; i < result->notes.count; i++)
		json_array_append_new(notes, store_text(result->notes.items[i]));
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "outcome", json_string(outcome_name(result->outcome)));
	store_set(json, "series", store_text(result->name));
	store_set(json, "version", json_integer(result->version));
	store_set(json, "cover", json_boolean(result->cover));
	store_set(json, "patches", patches_json(result));
	store_set(json, "mails", json_integer((json_int_t)result->mails));
	store_set(json, "left_out", json_integer((json_int_t)result->left_out));
	store_set(json, "replies", replies_json(result));
	store_set(json, "trailers", import_trailers_json(result));
	store_set(json, "origin", store_text(result->origin));
	store_set(json, "asked_version",
		  result->asked_version ? json_integer(result->asked_version) : json_null());
	store_set(json, "not_searched", store_text(result->not_searched));
	store_set(json, "range_diff", range_diff_json(report));
	store_set(json, "ports", ports_json(result));
	store_set(json, "notes", notes);
	store_set(json, "base_commit", needs_base_json(&report->needs));
	store_set(json, "needs", needs_json(&report->needs));
	out_json(json);
}

static void print_patches(const struct run *run, const struct mail_result *result)
{
	struct out_table *table = out_table_new();

	for (size_t i = 0; i < result->subjects.count; i++) {
		out_table_number(table, OUT_DIM, "%zu", i + 1);
		out_table_cell(table, OUT_PLAIN, "%s", result->subjects.items[i]);
		out_table_end_row(table);
	}
	out_table_print(run, table, 2);
}

static void print_port(const struct run *run, const struct mail_result *result,
		       const struct mail_port *port)
{
	const char *old = port->kept;

	switch (port->fate) {
	case MAIL_PORT_CARRIED:
		out_line(run, OUT_GOOD, "  %s: the port of patch %d goes on as that of patch %d",
			 port->branch, port->old_number, port->number);
		break;
	case MAIL_PORT_MESSAGE:
		out_line(run, OUT_WARN,
			 "  %s: the port of patch %d goes on as that of patch %d, but with the old "
			 "message: edit it",
			 port->branch, port->old_number, port->number);
		break;
	case MAIL_PORT_REDO:
		out_line(run, OUT_WARN,
			 "  %s: patch %d changed, so its port is to be redone: 'farrier resolve %s "
			 "%s'; the old one is series/%s/%s",
			 port->branch, port->number, result->name, port->branch, result->name, old);
		break;
	case MAIL_PORT_GONE:
		out_line(run, OUT_DIM,
			 "  %s: patch %d of version %d is gone, and with it its port: "
			 "series/%s/%s",
			 port->branch, port->old_number, result->old_version, result->name, old);
		break;
	}
}

static void print_update(const struct run *run, const struct import_report *report)
{
	const struct mail_result *result = &report->result;

	out_line(run, OUT_BOLD, "from version %d to version %d", report->from, report->to);
	diff_print(run, &report->diff, false);
	out_line(run, OUT_DIM, "'farrier diff %s v%d..v%d' shows the differences", result->name,
		 report->from, report->to);
	if (result->port_count)
		out_line(run, OUT_BOLD, "recorded ports");
	for (size_t i = 0; i < result->port_count; i++)
		print_port(run, result, &result->ports[i]);
	for (size_t i = 0; i < result->notes.count; i++)
		out_line(run, OUT_WARN, "note: %s", result->notes.items[i]);
}

static void print_kept(const struct run *run, const struct mail_result *result)
{
	int version = result->outcome == MAIL_KEPT ? result->version : result->old_version;

	if (result->outcome == MAIL_KEPT)
		out_line(run, OUT_PLAIN,
			 "series '%s' has the newer version %d, which stays; version %d is kept "
			 "beside it",
			 result->name, result->old_version, result->version);
	out_line(run, OUT_DIM, "version %d is kept in series/%s/v%d", version, result->name,
		 version);
}

static void print_outcome(const struct run *run, const struct import_report *report)
{
	const struct mail_result *result = &report->result;
	size_t count = result->subjects.count;

	if (result->outcome == MAIL_UNCHANGED) {
		out_line(run, OUT_PLAIN, "series '%s' has version %d already: nothing to do",
			 result->name, result->version);
		return;
	}
	if (result->outcome != MAIL_KEPT) {
		out_line(run, OUT_PLAIN, "%s series '%s', version %d: %s%zu patch%s",
			 outcome_name(result->outcome), result->name, result->version,
			 result->cover ? "cover letter, " : "", count, count == 1 ? "" : "es");
		print_patches(run, result);
		needs_print(run, &report->needs);
	}
	if (report->from) {
		print_kept(run, result);
		print_update(run, report);
	}
	if (result->left_out)
		out_line(run, OUT_DIM, "%zu of %zu mail%s left out, %zu of them %s",
			 result->left_out, result->mails, result->mails == 1 ? "" : "s",
			 result->reply_count, result->reply_count == 1 ? "a reply" : "replies");
}

static void print_text(const struct run *run, const struct import_report *report)
{
	print_outcome(run, report);
	import_print_versions(run, &report->result);
	import_print_trailers(run, &report->result);
}

void import_print(const struct run *run, const struct import_report *report)
{
	if (run->json)
		print_json(report);
	else
		print_text(run, report);
}
