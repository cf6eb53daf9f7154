// SPDX-License-Identifier: GPL-2.0
#include "export_record.h"

static const char *const fates[] = {
	[EXPORT_SENT] = "exported", [EXPORT_LEFT] = "left-out", [EXPORT_REFUSED] = "refused"
};

static const char *const newer_states[] = { [EXPORT_THERE] = "there",
					    [EXPORT_BEFORE] = "exported",
					    [EXPORT_MISSING] = "missing",
					    [EXPORT_UNKNOWN] = "unknown" };

static json_t *patches_json(const struct export_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->patch_count; i++) {
		const struct export_patch *patch = &result->patches[i];
		json_t *json = json_object();

		store_set(json, "series", store_text(patch->series));
		store_set(json, "n", json_integer(patch->number));
		store_set(json, "subject", store_text(patch->subject));
		store_set(json, "status", json_string(port_status_name(patch->status)));
		store_set(json, "result",
			  json_string(patch->fate == EXPORT_SENT && !patch->file
					      ? "ready"
					      : fates[patch->fate]));
		store_set(json, "upstream", store_text(patch->upstream));
		store_set(json, "source", store_text(patch->source));
		store_set(json, "reason", store_text(patch->reason));
		store_set(json, "file", store_text(patch->file));
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *newer_json(const struct export_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->newer_count; i++) {
		const struct export_newer *newer = &result->newer[i];
		json_t *json = json_object();

		store_set(json, "branch", store_text(newer->branch));
		store_set(json, "state", json_string(newer_states[newer->state]));
		store_set(json, "detail", store_text(newer->detail));
		json_array_append_new(list, json);
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

json_t *export_json(const struct export_result *result, const char *folder)
{
	json_t *json = json_object();

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "series", store_text(result->series));
	store_set(json, "branch", store_text(result->branch));
	store_set(json, "base", store_text(result->base));
	store_set(json, "kernel", store_text(result->kernel));
	store_set(json, "local", json_boolean(result->local));
	store_set(json, "refused", json_boolean(result->refused));
	store_set(json, "folder", store_text(result->files.count ? folder : NULL));
	store_set(json, "files", strings_json(&result->files));
	store_set(json, "patches", patches_json(result));
	store_set(json, "newer", newer_json(result));
	store_set(json, "warnings", strings_json(&result->warnings));
	store_set(json, "notes", strings_json(&result->notes));
	return json;
}

/* What identifies a series' patches, whatever lines they stand at. */
static ERR_CHECK record_key(const struct series *series, char key[STORE_ID_SIZE])
{
	STRBUF ids = { 0 };

	for (size_t i = 0; i < series->patch_count; i++) {
		char id[STORE_ID_SIZE];

		TRY(port_patch_id(&series->patches[i], id));
		strbuf_addf(&ids, "%s\n", id);
	}
	store_id(strbuf_str(&ids), ids.len, key);
	return NULL;
}

static char *record_path(const struct workspace *workspace, const char *series, const char *branch)
{
	return workspace_state(workspace, "exports/%s/%s.json", series, branch);
}

ERR_CHECK export_record_has(const struct workspace *workspace, const struct series *series,
			    const char *branch, bool *has)
{
	OWNED_STR path = record_path(workspace, series->name, branch);
	OWNED_JSON *record = NULL;
	char key[STORE_ID_SIZE];

	TRY(record_key(series, key));
	TRY(store_read(path, &record));
	*has = record && !store_get_bool(record, "local", true) &&
	       str_equal(store_get_string(record, "key", ""), key);
	return NULL;
}

ERR_CHECK export_record_write(const struct workspace *workspace, const struct series *series,
			      const struct export_result *result, const char *folder)
{
	OWNED_STR path = record_path(workspace, series->name, result->branch);
	OWNED_JSON *record = export_json(result, folder);
	char key[STORE_ID_SIZE];

	TRY(record_key(series, key));
	store_set(record, "key", json_string(key));
	return store_write(path, record);
}
