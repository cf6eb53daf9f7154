// SPDX-License-Identifier: GPL-2.0
/* import_trailers.c - what replies give, and what of it was taken. */
#include "import.h"
#include "out.h"

static const char *state_name(enum mail_trailer_state state)
{
	static const char *const names[] = {
		[MAIL_TRAILER_OFFERED] = "offered",   [MAIL_TRAILER_TAKEN] = "taken",
		[MAIL_TRAILER_PRESENT] = "present",   [MAIL_TRAILER_STRANGER] = "stranger",
		[MAIL_TRAILER_OUTDATED] = "outdated", [MAIL_TRAILER_OBJECTION] = "objection"
	};

	return names[state];
}

json_t *import_trailers_json(const struct mail_result *result)
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

void import_print_trailers(const struct run *run, const struct mail_result *result)
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
void import_print_versions(const struct run *run, const struct mail_result *result)
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
