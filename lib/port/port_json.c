// SPDX-License-Identifier: GPL-2.0
/* port_json.c - the record of a port, and a patch's identity. */
#include "port_internal.h"
#include "record/identity.h"

const char *port_status_name(enum port_status status)
{
	static const char *const names[] = {
		[PORT_ALREADY] = "already",   [PORT_CLEAN] = "clean",
		[PORT_OFFSET] = "offset",     [PORT_MERGED] = "merged",
		[PORT_RECORDED] = "recorded", [PORT_FUZZY] = "fuzzy",
		[PORT_STALE] = "stale",	      [PORT_CONFLICT] = "conflict",
		[PORT_SKIPPED] = "skipped",
	};

	return names[status];
}

static const char *preimage_name(enum port_preimage preimage)
{
	static const char *const names[] = {
		[PORT_FROM_COMMIT] = "commit",	   [PORT_FROM_INDEX] = "index",
		[PORT_FROM_PREVIOUS] = "previous", [PORT_FROM_HISTORY] = "history",
		[PORT_FROM_NONE] = "none",
	};

	return names[preimage];
}

static json_t *id_json(bool there, const git_oid *id)
{
	return there ? json_string(git_oid_tostr_s(id)) : json_null();
}

static json_t *files_json(const struct port_patch *patch)
{
	json_t *list = json_array();

	for (size_t i = 0; i < patch->file_count; i++) {
		const struct port_file *file = &patch->files[i];
		json_t *entry = json_object();

		store_set(entry, "path", store_text(file->path));
		store_set(entry, "status", json_string(port_status_name(file->status)));
		store_set(entry, "preimage", json_string(preimage_name(file->preimage)));
		if (file->left_out)
			store_set(entry, "left_out", json_true());
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *conflicts_json(const struct port_patch *patch)
{
	json_t *list = json_array();

	for (size_t i = 0; i < patch->conflict_count; i++) {
		const struct port_conflict *conflict = &patch->conflicts[i];
		json_t *entry = json_object();

		store_set(entry, "path", store_text(conflict->path));
		store_set(entry, "hunk", json_integer(conflict->hunk));
		store_set(entry, "reason", store_text(conflict->reason));
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *notes_json(const struct port_patch *patch)
{
	json_t *list = json_array();

	for (size_t i = 0; i < patch->note_count; i++) {
		const struct port_note *note = &patch->notes[i];
		json_t *entry = json_object();

		store_set(entry, "path", store_text(note->path));
		store_set(entry, "line", json_integer((json_int_t)note->line));
		store_set(entry, "text", store_text(note->text));
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *needs_json(const struct port_patch *patch)
{
	json_t *list = json_array();

	for (size_t i = 0; i < patch->need_count; i++)
		json_array_append_new(list, json_integer(patch->needs[i]));
	return list;
}

static json_t *patch_json(const struct port_patch *patch)
{
	json_t *entry = json_object();

	store_set(entry, "n", json_integer(patch->number));
	store_set(entry, "subject", store_text(patch->subject));
	store_set(entry, "status", json_string(port_status_name(patch->status)));
	store_set(entry, "commit", id_json(patch->has_commit, &patch->commit));
	store_set(entry, "tree", id_json(patch->has_tree, &patch->tree));
	store_set(entry, "files", files_json(patch));
	store_set(entry, "conflicts", conflicts_json(patch));
	store_set(entry, "notes", notes_json(patch));
	store_set(entry, "needs", needs_json(patch));
	if (patch->reason)
		store_set(entry, "reason", store_text(patch->reason));
	return entry;
}

json_t *port_json(const struct port *port, const char *series, const char *onto)
{
	bool any = port->patch_count == 0 || !git_oid_equal(&port->base, &port->tip);
	json_t *entry = json_object();
	json_t *patches = json_array();

	for (size_t i = 0; i < port->patch_count; i++) {
		any |= port->patches[i].has_tree;
		json_array_append_new(patches, patch_json(&port->patches[i]));
	}
	store_set(entry, "series", store_text(series));
	store_set(entry, "onto", store_text(onto));
	store_set(entry, "base", id_json(true, &port->base));
	store_set(entry, "tip", id_json(any, &port->tip));
	store_set(entry, "patches", patches);
	return entry;
}

ERR_CHECK port_patch_id(const struct patch *patch, char id[STORE_ID_SIZE])
{
	return identity_of_change(patch, id);
}
