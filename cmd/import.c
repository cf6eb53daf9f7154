// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "mail/mail.h"
#include "base/progress.h"
#include "out.h"

enum { KEY_NAME = 'n', KEY_BASE = 'b', KEY_TRAILERS = 't', KEY_VERSION = 0x100, KEY_INBOX };

static const struct argp_option options_import[] = {
	{ "name", KEY_NAME, "NAME", 0, "Call the series NAME (default: made of its title)", 0 },
	{ "base", KEY_BASE, "BRANCH", 0, "The branch that the series was written for", 0 },
	{ "trailers", KEY_TRAILERS, NULL, 0, "Take over the trailers that replies give", 0 },
	{ "use-version", KEY_VERSION, "N", 0, "Take version N instead of the newest", 0 },
	{ "inbox", KEY_INBOX, "INBOX", 0,
	  "Look MESSAGE-ID up in this public-inbox repository, a path or a URL", 0 },
	{ 0 },
};

static int parse_version(const char *text, struct argp_state *state)
{
	char *end;
	long version = strtol(text, &end, 10);

	if (*end || end == text || version < 1 || version > 99999)
		argp_error(state, "'%s' is no version: a whole number from 1", text);
	return (int)version;
}

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
	case KEY_TRAILERS:
		request->trailers = true;
		return 0;
	case KEY_VERSION:
		request->version = parse_version(arg, state);
		return 0;
	case KEY_INBOX:
		request->inbox = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (request->source)
			argp_error(state, "one source at a time");
		request->source = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the mails: an mbox, a folder, '-', a Message-ID, "
				  "a URL, or REV..REV");
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

static const char *state_name(enum mail_trailer_state state)
{
	static const char *const names[] = {
		[MAIL_TRAILER_OFFERED] = "offered",   [MAIL_TRAILER_TAKEN] = "taken",
		[MAIL_TRAILER_PRESENT] = "present",   [MAIL_TRAILER_STRANGER] = "stranger",
		[MAIL_TRAILER_OUTDATED] = "outdated", [MAIL_TRAILER_OBJECTION] = "objection"
	};

	return names[state];
}

static json_t *trailers_json(const struct mail_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->trailers.count; i++) {
		const struct mail_trailer *trailer = &result->trailers.items[i];
		json_t *json = json_object();

		store_set(json, "patch",
			  trailer->patch ? json_integer(trailer->patch) : json_null());
		store_set(json, "text", store_text(trailer->text));
		store_set(json, "from", store_text(trailer->from));
		store_set(json, "message_id", store_text(trailer->message_id));
		store_set(json, "state", json_string(state_name(trailer->state)));
		json_array_append_new(list, json);
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
	store_set(json, "trailers", trailers_json(result));
	store_set(json, "origin", store_text(result->origin));
	store_set(json, "asked_version",
		  result->asked_version ? json_integer(result->asked_version) : json_null());
	store_set(json, "not_searched", store_text(result->not_searched));
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

static size_t count_trailers(const struct mail_result *result, enum mail_trailer_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < result->trailers.count; i++)
		count += result->trailers.items[i].state == state;
	return count;
}

/* The trailers of one state, each with the patch that it is for. */
static void list_trailers(const struct run *run, const struct mail_result *result,
			  enum mail_trailer_state state, bool senders)
{
	struct out_table *table = out_table_new();

	for (size_t i = 0; i < result->trailers.count; i++) {
		const struct mail_trailer *trailer = &result->trailers.items[i];

		if (trailer->state != state)
			continue;
		if (trailer->patch)
			out_table_number(table, OUT_DIM, "%d", trailer->patch);
		else
			out_table_number(table, OUT_DIM, "all");
		out_table_cell(table, OUT_PLAIN, "%s", trailer->text);
		if (senders)
			out_table_cell(table, OUT_DIM, "in a mail from %s", trailer->from);
		out_table_end_row(table);
	}
	out_table_print(run, table, 2);
}

static void print_state(const struct run *run, const struct mail_result *result,
			enum mail_trailer_state state, enum out_color color, const char *behind)
{
	size_t count = count_trailers(result, state);

	if (!count)
		return;
	out_line(run, color, "%zu trailer%s in replies%s", count, count == 1 ? "" : "s", behind);
	list_trailers(run, result, state,
		      state == MAIL_TRAILER_STRANGER || state == MAIL_TRAILER_OBJECTION);
}

static void print_trailers(const struct run *run, const struct mail_result *result)
{
	print_state(run, result, MAIL_TRAILER_TAKEN, OUT_PLAIN, " taken over:");
	print_state(run, result, MAIL_TRAILER_OFFERED, OUT_PLAIN, "; --trailers takes them over:");
	print_state(run, result, MAIL_TRAILER_STRANGER, OUT_WARN,
		    " not taken, as they name somebody else than the sender:");
	print_state(run, result, MAIL_TRAILER_OUTDATED, OUT_WARN,
		    " not taken, as the patch has changed since:");
	print_state(run, result, MAIL_TRAILER_OBJECTION, OUT_WARN, " not taken, an objection:");
}

/* What the reader may not expect of a search for newer versions. */
static void print_versions(const struct run *run, const struct mail_result *result)
{
	if (result->asked_version && result->asked_version < result->version)
		out_line(run, OUT_WARN,
			 "version %d was asked for; version %d is newer (--use-version=%d takes "
			 "the older one)",
			 result->asked_version, result->version, result->asked_version);
	if (result->not_searched)
		out_line(run, OUT_WARN,
			 "only this thread was looked at: newer versions of their own could not be "
			 "searched for: %s",
			 result->not_searched);
}

static void print_outcome(const struct run *run, const struct mail_result *result)
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

static void print_text(const struct run *run, const struct mail_result *result)
{
	print_outcome(run, result);
	print_versions(run, result);
	print_trailers(run, result);
}

const struct err *cmd_import(struct run *run, int argc, char **argv)
{
	struct mail_request request = { 0 };
	struct cmd_options options = { .options = options_import,
				       .parse = parse,
				       .args = "MBOX|FOLDER|-|MESSAGE-ID|URL|REV..REV",
				       .doc = "Makes or updates a series from mails, of a "
					      "file or a list's archive, or from commits "
					      "of the kernel repository.",
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
