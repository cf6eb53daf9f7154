// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "port_state.h"

void port_state_release(struct port_state *state)
{
	free(state->why);
	*state = (struct port_state){ 0 };
}

static char *record_path(const struct workspace *workspace, const char *series, const char *branch)
{
	return workspace_state(workspace, "ports/%s/%s.json", series, branch);
}

/* ---- what a port is made from ---- */

static ERR_CHECK add_file(struct strbuf *text, const char *what, const char *folder,
			  const char *file)
{
	OWNED_STR path = xasprintf("%s/%s", folder, file);
	char id[STORE_ID_SIZE];

	TRY(store_file_id(path, id));
	strbuf_addf(text, "%s %s\n", what, id);
	return NULL;
}

/* A recorded port's number is in its file's name. */
static ERR_CHECK add_recorded(struct strbuf *text, const struct series *series, const char *branch)
{
	OWNED_STR folder = xasprintf("%s/ports/%s", series->folder, branch);
	STRVEC names = { 0 };

	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++)
		if (ends_with(names.items[i], ".patch"))
			TRY(add_file(text, names.items[i], folder, names.items[i]));
	return NULL;
}

/* Whole files: a message that was reworded makes other commits, too. */
static ERR_CHECK make_key(const struct series *series, const char *branch, char key[STORE_ID_SIZE])
{
	STRBUF text = { 0 };

	for (size_t i = 0; i < series->files.count; i++)
		TRY(add_file(&text, "patch", series->folder, series->files.items[i]));
	TRY(add_recorded(&text, series, branch));
	for (size_t i = 0; i < series->files.count; i++)
		if (series_skip_reason(series, branch, (int)i + 1))
			strbuf_addf(&text, "skip %zu\n", i + 1);
	store_id(strbuf_str(&text), text.len, key);
	return NULL;
}

/* ---- the record ---- */

static json_t *patches_json(const struct port *port)
{
	json_t *list = json_array();

	for (size_t i = 0; i < port->patch_count; i++) {
		const struct port_patch *patch = &port->patches[i];
		json_t *entry = json_object();

		store_set(entry, "n", json_integer(patch->number));
		store_set(entry, "status", json_string(port_status_name(patch->status)));
		json_array_append_new(list, entry);
	}
	return list;
}

ERR_CHECK port_state_write(const struct workspace *workspace, const struct series *series,
			   const char *branch, const struct port *port)
{
	OWNED_STR path = record_path(workspace, series->name, branch);
	OWNED_JSON *record = json_object();
	char key[STORE_ID_SIZE];

	TRY(make_key(series, branch, key));
	store_set(record, "key", json_string(key));
	store_set(record, "base", json_string(git_oid_tostr_s(&port->base)));
	store_set(record, "tip", json_string(git_oid_tostr_s(&port->tip)));
	store_set(record, "complete", json_boolean(port_is_complete(port)));
	store_set(record, "patches", patches_json(port));
	return store_write(path, record);
}

static bool has_id(const json_t *record, const char *name, const git_oid *id)
{
	return str_equal(store_get_string(record, name, ""), git_oid_tostr_s(id));
}

/* "patch 1 stale, patch 3 conflict": what is not in the port. */
static char *list_unfit(const json_t *record)
{
	STRBUF text = { 0 };
	json_t *patch;
	size_t index;

	json_array_foreach (json_object_get(record, "patches"), index, patch) {
		const char *status = store_get_string(patch, "status", "");

		if (str_equal(status, port_status_name(PORT_CONFLICT)) ||
		    str_equal(status, port_status_name(PORT_STALE)))
			strbuf_addf(&text, "%spatch %d %s", text.len ? ", " : "",
				    store_get_int(patch, "n", 0), status);
	}
	return strbuf_detach(&text);
}

static void judge(const json_t *record, const char *key, const git_oid *base,
		  struct port_state *state)
{
	bool complete = store_get_bool(record, "complete", false);

	state->name = "outdated";
	if (!str_equal(store_get_string(record, "key", ""), key)) {
		state->why = xstrdup("the series has changed");
	} else if (!has_id(record, "base", base)) {
		state->why = xstrdup("the branch has moved");
	} else if (!complete) {
		state->name = "conflict";
		state->why = list_unfit(record);
	} else if (!state->has_tip) {
		state->why = xstrdup("its ref was moved by somebody else");
	} else {
		state->name = "ported";
	}
}

ERR_CHECK port_state_read(const struct workspace *workspace, git_repository *repo,
			  const struct series *series, const char *branch, const git_oid *base,
			  struct port_state *state)
{
	OWNED_STR path = record_path(workspace, series->name, branch);
	OWNED_STR ref = port_ref(series->name, branch);
	OWNED_JSON *record = NULL;
	char key[STORE_ID_SIZE];
	bool there;

	*state = (struct port_state){ .name = "not-ported" };
	TRY(store_read(path, &record));
	if (!record)
		return NULL;
	TRY(repo_resolve_ref(repo, ref, &state->tip, &there));
	if (!there && store_get_bool(record, "complete", false))
		return NULL;
	state->has_tip = there && store_get_bool(record, "complete", false) &&
			 has_id(record, "tip", &state->tip);
	TRY(make_key(series, branch, key));
	judge(record, key, base, state);
	return NULL;
}
