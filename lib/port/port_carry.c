// SPDX-License-Identifier: GPL-2.0
/* port_carry.c - what every way to carry a file does: reads, fits, notes, writes. */
#include <stdarg.h>

#include "port_carry.h"
#include "port_fit.h"

void port_add_conflict(struct port_patch *record, const char *path, int hunk, const char *format,
		       ...)
{
	struct port_conflict *conflict;
	STRBUF reason = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&reason, format, args);
	va_end(args);
	record->conflicts = xreallocarray(record->conflicts, record->conflict_count + 1,
					  sizeof(*record->conflicts));
	conflict = &record->conflicts[record->conflict_count++];
	*conflict = (struct port_conflict){ xstrdup(path), hunk, strbuf_detach(&reason) };
}

static void add_note(struct port_patch *record, const char *path, struct port_remark *remark)
{
	record->notes = xreallocarray(record->notes, record->note_count + 1,
				      sizeof(*record->notes));
	record->notes[record->note_count++] = (struct port_note){ xstrdup(path), remark->line,
								  TAKE_PTR(remark->text) };
}

/* What a path is for this file: what the patch made of it so far, or else what the branch has. */
static ERR_CHECK find_path(const struct port_carry *carry, const char *path, enum port_kind *kind,
			   unsigned *mode, git_oid *id)
{
	const struct port_change *change = port_changes_find(carry->changes, path);

	/* the second of two diffs of one file; renames read what was there before the patch */
	if (change && !change->deleted && carry->file->change == DIFF_MODIFY) {
		*kind = PORT_FILE;
		*mode = change->mode;
		git_oid_cpy(id, &change->id);
		return NULL;
	}
	return port_tree_find(carry->job->repo, &carry->job->tree, path, kind, mode, id);
}

ERR_CHECK port_carry_check_way(struct port_carry *carry, bool *free_way)
{
	OWNED_STR obstacle = NULL;
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	TRY(port_tree_obstacle(carry->job->repo, &carry->job->tree, carry->to, &obstacle));
	*free_way = !obstacle || port_leaves(carry->job, obstacle);
	if (!*free_way)
		PORT_CARRY_CONFLICT(carry, "'%s' is a file or link in the branch, not a folder",
				    obstacle);
	if (obstacle)
		return NULL;
	TRY(port_tree_find(carry->job->repo, &carry->job->tree, carry->to, &kind, &mode, &id));
	if (kind == PORT_FOLDER)
		TRY(port_folder_leaves(carry->job, carry->to, &id, free_way));
	else
		*free_way = kind != PORT_SUBMODULE || port_leaves(carry->job, carry->to);
	if (!*free_way)
		PORT_CARRY_CONFLICT(carry, "it is a %s in the branch",
				    kind == PORT_FOLDER ? "folder" : "submodule");
	return NULL;
}

/* A patch may name a large file again and again. */
static ERR_CHECK count_read(struct port_carry *carry)
{
	carry->job->read += carry->target.bytes.len;
	if (carry->job->read > PORT_MOST_READ)
		return err_input("patch %d: the patches change files of more than %zu MiB "
				 "together",
				 carry->patch->number, PORT_MOST_READ >> 20);
	return NULL;
}

ERR_CHECK port_carry_read(struct port_carry *carry, const char *path)
{
	enum port_kind kind;
	unsigned mode = 0;
	git_oid id;

	TRY(find_path(carry, path, &kind, &mode, &id));
	if (kind == PORT_FILE) {
		TRY(port_text_read(carry->job->repo, &id, &carry->target));
		carry->target.mode = mode;
		TRY(count_read(carry));
	}
	return NULL;
}

bool port_carry_is_same_type(const struct port_carry *carry)
{
	unsigned wanted = carry->file->old_mode ? carry->file->old_mode & PORT_MODE_TYPE
						: PORT_MODE_FILE;

	return (carry->target.mode & PORT_MODE_TYPE) == wanted;
}

unsigned port_carry_mode(const struct port_carry *carry)
{
	const struct diff_file *file = carry->file;

	return file->new_mode && file->new_mode != file->old_mode ? file->new_mode
								  : carry->target.mode;
}

ERR_CHECK port_carry_write(struct port_carry *carry)
{
	git_oid id;

	if (git_blob_create_from_buffer(&id, carry->job->repo, strbuf_str(&carry->result),
					carry->result.len) < 0)
		return repo_error("cannot write '%s'", carry->to);
	port_changes_write(carry->changes, carry->to, port_carry_mode(carry), &id);
	return NULL;
}

void port_carry_take(struct port_carry *carry, enum port_status status, struct strbuf *bytes)
{
	carry->status = status;
	strbuf_release(&carry->result);
	carry->result = *bytes;
	*bytes = (struct strbuf){ 0 };
}

/* What a person should know of the result, or why there is none. */
static void tell(struct port_carry *carry, struct port_fit *fit)
{
	for (size_t i = 0; i < fit->remarks.count; i++)
		add_note(carry->record, carry->to, &fit->remarks.items[i]);
	for (size_t i = 0; i < fit->reasons.count; i++)
		port_add_conflict(carry->record, carry->to, (int)fit->reasons.items[i].line, "%s",
				  fit->reasons.items[i].text);
}

static ERR_CHECK carry_text(struct port_carry *carry)
{
	/* what a patch that is not in the tip did to the file is no change of the branch's */
	bool bold = !port_is_missing_some(carry->job, carry->file);
	PORT_FIT fit = { 0 };

	TRY(port_fit_text(carry->file, &carry->target, &carry->source, bold, &fit));
	port_carry_take(carry, fit.status, &fit.bytes);
	tell(carry, &fit);
	return NULL;
}

/* Whole blobs: the branch has the one the patch was made for, or its result, or it is a conflict.
 */
static void carry_binary(struct port_carry *carry)
{
	const struct port_source *source = &carry->source;
	STRBUF copy = { 0 };

	if (!source->after.there) {
		PORT_CARRY_CONFLICT(
			carry, "the patch has no data for this binary file that fits the branch, "
			       "nor has the repository");
	} else if (git_oid_equal(&carry->target.id, &source->after.id)) {
		carry->status = PORT_ALREADY;
	} else if (source->before.there && git_oid_equal(&carry->target.id, &source->before.id)) {
		strbuf_add(&copy, source->after.bytes.buf, source->after.bytes.len);
		port_carry_take(carry, PORT_CLEAN, &copy);
	} else {
		PORT_CARRY_CONFLICT(carry, "a binary file that the branch has in another state");
	}
}

void port_carry_unchanged(struct port_carry *carry)
{
	STRBUF copy = { 0 };

	strbuf_add(&copy, carry->target.bytes.buf, carry->target.bytes.len);
	port_carry_take(carry, PORT_CLEAN, &copy);
}

ERR_CHECK port_carry_content(struct port_carry *carry)
{
	if (!port_carry_is_same_type(carry)) {
		PORT_CARRY_CONFLICT(carry, "it is another kind of file in the branch (mode %o)",
				    carry->target.mode);
		return NULL;
	}
	if (carry->file->binary)
		carry_binary(carry);
	else if (carry->file->hunk_count)
		TRY(carry_text(carry));
	else
		port_carry_unchanged(carry);
	return NULL;
}

ERR_CHECK port_carry_follow(struct port_carry *carry)
{
	char *path = NULL;

	if (carry->job->searches >= PORT_MOST_SEARCHES)
		return NULL;
	TRY(port_find_moved(carry->job, carry->patch, carry->file, &carry->source, &path));
	if (!path)
		return NULL;
	free(carry->to);
	carry->to = path;
	carry->moved = true;
	return port_carry_read(carry, path);
}

void port_carry_suspect(struct port_carry *carry, const char *text)
{
	struct port_remark remark = { 0, xstrdup(text) };

	carry->status = PORT_FUZZY;
	add_note(carry->record, carry->to, &remark);
}

ERR_CHECK port_carry_guessed(struct port_carry *carry, const char *text)
{
	TRY(port_carry_content(carry));
	if (carry->status == PORT_CONFLICT)
		return NULL;
	if (carry->status == PORT_ALREADY)
		port_carry_unchanged(carry);
	port_carry_suspect(carry, text);
	return port_carry_write(carry);
}
