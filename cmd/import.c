// SPDX-License-Identifier: GPL-2.0
#include "mail/mail.h"
#include "base/progress.h"
#include "out.h"

enum { KEY_NAME = 'n', KEY_BASE = 'b' };

static const struct argp_option options_import[] = {
	{ "name", KEY_NAME, "NAME", 0, "Call the series NAME (default: made of its title)", 0 },
	{ "base", KEY_BASE, "BRANCH", 0, "The branch that the series was written for", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct mail_request *request = state->input;

	switch (key) {
	case KEY_NAME:
		request->name = arg;
		return 0;
	case KEY_BASE:
		request->base = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (request->source)
			argp_error(state, "one source at a time");
		request->source = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the mails: an mbox, a folder, '-', or REV..REV");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *outcome_name(enum mail_outcome outcome)
{
	static const char *const names[] = { [MAIL_IMPORTED] = "imported",
					     [MAIL_UPDATED] = "updated",
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

static void print_json(const struct mail_result *result)
{
	OWNED_JSON *json = json_object();
	json_t *patches = json_array();

	for (size_t i = 0; i < result->subjects.count; i++) {
		json_t *patch = json_object();

		store_set(patch, "n", json_integer((json_int_t)i + 1));
		store_set(patch, "subject", store_text(result->subjects.items[i]));
		json_array_append_new(patches, patch);
	}
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "outcome", json_string(outcome_name(result->outcome)));
	store_set(json, "series", store_text(result->name));
	store_set(json, "version", json_integer(result->version));
	store_set(json, "cover", json_boolean(result->cover));
	store_set(json, "patches", patches);
	store_set(json, "mails", json_integer((json_int_t)result->mails));
	store_set(json, "left_out", json_integer((json_int_t)result->left_out));
	store_set(json, "replies", replies_json(result));
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

static void print_text(const struct run *run, const struct mail_result *result)
{
	size_t count = result->subjects.count;

	if (result->outcome == MAIL_UNCHANGED) {
		out_line(run, OUT_PLAIN, "series '%s' has version %d already: nothing to do",
			 result->name, result->version);
		return;
	}
	out_line(run, OUT_PLAIN, "%s series '%s', version %d: %s%zu patch%s",
		 outcome_name(result->outcome), result->name, result->version,
		 result->cover ? "cover letter, " : "", count, count == 1 ? "" : "es");
	print_patches(run, result);
	if (result->outcome == MAIL_UPDATED && result->version > result->old_version)
		out_line(run, OUT_DIM, "version %d is kept in series/%s/v%d", result->old_version,
			 result->name, result->old_version);
	if (result->left_out)
		out_line(run, OUT_DIM, "%zu of %zu mails left out, %zu of them replies",
			 result->left_out, result->mails, result->reply_count);
}

const struct err *cmd_import(struct run *run, int argc, char **argv)
{
	struct mail_request request = { 0 };
	struct cmd_options options = { .options = options_import,
				       .parse = parse,
				       .args = "MBOX|FOLDER|-|REV..REV",
				       .doc = "Makes or updates a series from mails, or from "
					      "commits of the kernel repository.",
				       .input = &request };
	WORKSPACE workspace = { 0 };
	MAIL_RESULT result = { 0 };

	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	TRY(mail_import(&workspace, &request, &result));
	if (run->json)
		print_json(&result);
	else
		print_text(run, &result);
	return NULL;
}
