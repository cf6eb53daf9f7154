// SPDX-License-Identifier: GPL-2.0
/* port_file.c - decides how one file of a patch is carried. */
#include <stdarg.h>
#include <stdio.h>

#include "port_fit.h"
#include "port_internal.h"

#define MODE_TYPE  0170000
#define MODE_FILE  0100000
#define MOST_HUNKS 100 /* that are looked for in other files */

/* One file on its way. */
struct carry {
	struct port_job *job;
	const struct patch *patch;
	const struct diff_file *file;
	struct port_changes *changes;
	struct port_patch *record;
	char *to;		   /* the branch's name of the file that is written */
	bool moved;		   /* which is not the patch's name */
	struct port_text target;   /* its text on the branch */
	struct port_source source; /* what the author had */
	enum port_status status;
	bool left_out; /* the branch has nothing to change */
	struct strbuf result;
};

static void release_carry(struct carry *carry)
{
	port_text_release(&carry->target);
	port_source_release(&carry->source);
	strbuf_release(&carry->result);
	free(carry->to);
}

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

static void add_file(const struct carry *carry)
{
	struct port_patch *record = carry->record;
	struct port_file *file;

	record->files = xreallocarray(record->files, record->file_count + 1,
				      sizeof(*record->files));
	file = &record->files[record->file_count++];
	file->path = xstrdup(carry->to);
	file->status = carry->status;
	file->preimage = carry->source.from;
	file->left_out = carry->left_out;
}

/* The file as a whole cannot be carried. */
#define CONFLICT(carry, ...)                                                     \
	do {                                                                     \
		(carry)->status = PORT_CONFLICT;                                 \
		port_add_conflict((carry)->record, (carry)->to, 0, __VA_ARGS__); \
	} while (0)

/* What a path is for this file: what the patch made of it so far, or else what the branch has. */
static ERR_CHECK find_path(const struct carry *carry, const char *path, enum port_kind *kind,
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

/* Whether a file may be written at `to`; notes the conflict when not. */
static ERR_CHECK check_way(struct carry *carry, bool *free_way)
{
	OWNED_STR obstacle = NULL;
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	TRY(port_tree_obstacle(carry->job->repo, &carry->job->tree, carry->to, &obstacle));
	*free_way = !obstacle || port_leaves(carry->job, obstacle);
	if (!*free_way)
		CONFLICT(carry, "'%s' is a file or link in the branch, not a folder", obstacle);
	if (obstacle)
		return NULL;
	TRY(port_tree_find(carry->job->repo, &carry->job->tree, carry->to, &kind, &mode, &id));
	if (kind == PORT_FOLDER)
		TRY(port_folder_leaves(carry->job, carry->to, &id, free_way));
	else
		*free_way = kind != PORT_SUBMODULE || port_leaves(carry->job, carry->to);
	if (!*free_way)
		CONFLICT(carry, "it is a %s in the branch",
			 kind == PORT_FOLDER ? "folder" : "submodule");
	return NULL;
}

/* A patch may name a large file again and again. */
static ERR_CHECK count_read(struct carry *carry)
{
	carry->job->read += carry->target.bytes.len;
	if (carry->job->read > PORT_MOST_READ)
		return err_input("patch %d: the patches change files of more than %zu MiB "
				 "together",
				 carry->patch->number, PORT_MOST_READ >> 20);
	return NULL;
}

/* Reads the branch's text of `path`; notes the conflict and leaves it empty when there is none. */
static ERR_CHECK read_target(struct carry *carry, const char *path)
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

/* A patch to a file must not be put into a link, nor the other way round. */
static bool same_type(const struct carry *carry)
{
	unsigned wanted = carry->file->old_mode ? carry->file->old_mode & MODE_TYPE : MODE_FILE;

	return (carry->target.mode & MODE_TYPE) == wanted;
}

static unsigned result_mode(const struct carry *carry)
{
	const struct diff_file *file = carry->file;

	return file->new_mode && file->new_mode != file->old_mode ? file->new_mode
								  : carry->target.mode;
}

static ERR_CHECK write_result(struct carry *carry)
{
	git_oid id;

	if (git_blob_create_from_buffer(&id, carry->job->repo, strbuf_str(&carry->result),
					carry->result.len) < 0)
		return repo_error("cannot write '%s'", carry->to);
	port_changes_write(carry->changes, carry->to, result_mode(carry), &id);
	return NULL;
}

static void take_result(struct carry *carry, enum port_status status, struct strbuf *bytes)
{
	carry->status = status;
	strbuf_release(&carry->result);
	carry->result = *bytes;
	*bytes = (struct strbuf){ 0 };
}

/* What a person should know of the result, or why there is none. */
static void tell(struct carry *carry, struct port_fit *fit)
{
	for (size_t i = 0; i < fit->remarks.count; i++)
		add_note(carry->record, carry->to, &fit->remarks.items[i]);
	for (size_t i = 0; i < fit->reasons.count; i++)
		port_add_conflict(carry->record, carry->to, (int)fit->reasons.items[i].line, "%s",
				  fit->reasons.items[i].text);
}

static ERR_CHECK carry_text(struct carry *carry)
{
	/* what a patch that is not in the tip did to the file is no change of the branch's */
	bool bold = !port_is_missing_some(carry->job, carry->file);
	PORT_FIT fit = { 0 };

	TRY(port_fit_text(carry->file, &carry->target, &carry->source, bold, &fit));
	take_result(carry, fit.status, &fit.bytes);
	tell(carry, &fit);
	return NULL;
}

/* Whole blobs: the branch has the one the patch was made for, or its result, or it is a conflict.
 */
static void carry_binary(struct carry *carry)
{
	const struct port_source *source = &carry->source;
	STRBUF copy = { 0 };

	if (!source->after.there) {
		CONFLICT(carry, "the patch has no data for this binary file that fits the branch, "
				"nor has the repository");
	} else if (git_oid_equal(&carry->target.id, &source->after.id)) {
		carry->status = PORT_ALREADY;
	} else if (source->before.there && git_oid_equal(&carry->target.id, &source->before.id)) {
		strbuf_add(&copy, source->after.bytes.buf, source->after.bytes.len);
		take_result(carry, PORT_CLEAN, &copy);
	} else {
		CONFLICT(carry, "a binary file that the branch has in another state");
	}
}

/* Nothing but the mode or the name changes. */
static void carry_unchanged(struct carry *carry)
{
	STRBUF copy = { 0 };

	strbuf_add(&copy, carry->target.bytes.buf, carry->target.bytes.len);
	take_result(carry, PORT_CLEAN, &copy);
}

static ERR_CHECK carry_content(struct carry *carry)
{
	if (!same_type(carry)) {
		CONFLICT(carry, "it is another kind of file in the branch (mode %o)",
			 carry->target.mode);
		return NULL;
	}
	if (carry->file->binary)
		carry_binary(carry);
	else if (carry->file->hunk_count)
		TRY(carry_text(carry));
	else
		carry_unchanged(carry);
	return NULL;
}

/* The branch may have the file under another name. */
static ERR_CHECK follow_move(struct carry *carry)
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
	return read_target(carry, path);
}

/* In a file of another name nothing is where the patch says. Without a preimage the name is a
 * guess. */
static void label_moved(struct carry *carry)
{
	enum port_status least = carry->source.from == PORT_FROM_NONE ? PORT_FUZZY : PORT_MERGED;

	if (carry->moved && carry->status < least)
		carry->status = least;
}

/* A person must look at the file, and why. */
static void suspect(struct carry *carry, const char *text)
{
	struct port_remark remark = { 0, xstrdup(text) };

	carry->status = PORT_FUZZY;
	add_note(carry->record, carry->to, &remark);
}

/* Carries the content when the name of the file is a guess. */
static ERR_CHECK carry_guessed(struct carry *carry, const char *text)
{
	TRY(carry_content(carry));
	if (carry->status == PORT_CONFLICT)
		return NULL;
	if (carry->status == PORT_ALREADY)
		carry_unchanged(carry);
	suspect(carry, text);
	return write_result(carry);
}

/* Its text is in the file at `path`. The author's file as a whole is no ancestor of that one. */
static ERR_CHECK carry_into(struct carry *carry, const char *path)
{
	OWNED_STR text = xasprintf("there is no '%s' in the branch; its text is here", carry->to);

	TRY(read_target(carry, path));
	free(carry->to);
	carry->to = xstrdup(path);
	carry->source.from = PORT_FROM_NONE;
	return carry_guessed(carry, text);
}

/* The branch has the file's text in another one, or nowhere: then there is nothing to change. */
static ERR_CHECK carry_elsewhere(struct carry *carry)
{
	size_t hunks = carry->file->hunk_count;
	bool searched = hunks && hunks <= MOST_HUNKS && carry->job->searches++ < PORT_MOST_SEARCHES;
	OWNED_STR path = NULL;
	bool sure = false;

	if (searched)
		TRY(port_find_elsewhere(carry->job, carry->patch, carry->file, &path, &sure));
	if (path && sure)
		return carry_into(carry, path);
	if (path) {
		CONFLICT(carry, "there is no such file in the branch; some of its text is in '%s'",
			 path);
	} else if (searched) {
		carry->left_out = true;
		suspect(carry,
			"left out: the branch has no such file, nor its text in a file near");
	} else {
		CONFLICT(carry, "there is no such file in the branch");
	}
	return NULL;
}

static ERR_CHECK carry_modify(struct carry *carry)
{
	bool same_text;

	TRY(read_target(carry, carry->file->old_path));
	TRY(port_find_source(carry->job, carry->patch, carry->file, &carry->target,
			     &carry->source));
	if (!carry->target.there)
		TRY(follow_move(carry));
	if (!carry->target.there)
		return carry_elsewhere(carry);
	TRY(carry_content(carry));
	if (carry->status == PORT_CONFLICT)
		return NULL;
	same_text = carry->status == PORT_ALREADY ||
		    (carry->file->hunk_count == 0 && !carry->file->binary);
	if (same_text && result_mode(carry) == carry->target.mode) {
		carry->status = PORT_ALREADY;
		return NULL;
	}
	if (carry->status == PORT_ALREADY) {
		carry_unchanged(carry);
		carry->status = PORT_CLEAN;
	}
	label_moved(carry);
	return write_result(carry);
}

/* The whole text of a new file. */
static ERR_CHECK new_text(struct carry *carry, struct strbuf *text)
{
	const struct diff_file *file = carry->file;

	if (file->hunk_count)
		lines_join(file->hunks[0].after.at, file->hunks[0].after.count, text);
	if (!file->binary)
		return NULL;
	TRY(port_find_source(carry->job, carry->patch, file, &carry->target, &carry->source));
	if (carry->source.after.there)
		strbuf_add(text, carry->source.after.bytes.buf, carry->source.after.bytes.len);
	else
		CONFLICT(carry, "the patch has no data for this binary file");
	return NULL;
}

/* A link that becomes a file is deleted and made anew: the branch may have either. */
static bool is_new_type(const struct carry *carry)
{
	unsigned type = carry->file->new_mode ? carry->file->new_mode & MODE_TYPE : MODE_FILE;

	return carry->target.there && (carry->target.mode & MODE_TYPE) == type;
}

/* A new file goes where the others of its folder are now: a guess, which git takes for a conflict.
 */
static ERR_CHECK follow_folder(struct carry *carry)
{
	OWNED_STR path = NULL;

	if (carry->job->searches >= PORT_MOST_SEARCHES)
		return NULL;
	TRY(port_find_moved_folder(carry->job, carry->patch, carry->file->new_path, &path));
	if (!path)
		return NULL;
	free(carry->to);
	carry->to = TAKE_PTR(path);
	carry->moved = true;
	suspect(carry, "the branch has the files of its folder in this one");
	return NULL;
}

static ERR_CHECK carry_add(struct carry *carry)
{
	STRBUF text = { 0 };
	bool free_way;

	TRY(follow_folder(carry));
	TRY(check_way(carry, &free_way));
	if (!free_way)
		return NULL;
	TRY(read_target(carry, carry->to));
	if (port_leaves(carry->job, carry->to) && !is_new_type(carry))
		port_text_release(&carry->target);
	TRY(new_text(carry, &text));
	if (carry->status == PORT_CONFLICT)
		return NULL;
	if (!carry->target.there) {
		carry->target.mode = carry->file->new_mode ? carry->file->new_mode : 0100644;
		take_result(carry, carry->moved ? PORT_FUZZY : PORT_CLEAN, &text);
		return write_result(carry);
	} else if (strbuf_equal(&text, &carry->target.bytes)) {
		carry->status = PORT_ALREADY;
	} else {
		CONFLICT(carry, "the branch has a file of this name with other content");
	}
	return NULL;
}

/* Whether the branch's file is exactly the one that the patch deletes. */
static bool is_what_goes(const struct carry *carry)
{
	const struct diff_file *file = carry->file;
	STRBUF text = { 0 };

	if (file->old_mode && !same_type(carry))
		return false;
	if (port_id_has_prefix(&carry->target.id, file->old_id))
		return true;
	if (carry->source.before.there)
		return git_oid_equal(&carry->source.before.id, &carry->target.id);
	if (file->binary || !file->hunk_count)
		return !file->binary && !carry->target.bytes.len;
	lines_join(file->hunks[0].before.at, file->hunks[0].before.count, &text);
	return strbuf_equal(&text, &carry->target.bytes);
}

/* The branch has what takes its place, or something else that is then the other part's conflict. */
static bool is_replaced(const struct carry *carry)
{
	return carry->file->old_mode && !same_type(carry) &&
	       port_arrives(carry->job, carry->file->old_path);
}

/* Under which name the branch has what the patch deletes; a mail does not tell what was there
 * before. */
static ERR_CHECK follow_gone(struct carry *carry)
{
	if (carry->target.there || git_oid_is_zero(&carry->patch->commit))
		return NULL;
	carry->job->searches++;
	return follow_move(carry);
}

static ERR_CHECK carry_delete(struct carry *carry)
{
	TRY(read_target(carry, carry->file->old_path));
	TRY(port_find_source(carry->job, carry->patch, carry->file, &carry->target,
			     &carry->source));
	TRY(follow_gone(carry));
	if (!carry->target.there || (!carry->moved && is_replaced(carry))) {
		carry->status = PORT_ALREADY;
	} else if (is_what_goes(carry)) {
		carry->status = carry->moved ? PORT_MERGED : PORT_CLEAN;
		port_changes_delete(carry->changes, carry->to);
	} else if (carry->moved) {
		CONFLICT(carry,
			 "the patch deletes '%s', which the branch has here, in another state",
			 carry->file->old_path);
	} else {
		CONFLICT(carry, "the patch deletes it, but the branch has it in another state");
	}
	return NULL;
}

/* The branch has it under a third name, `to`: it moves from there. That was not asked for: a guess.
 */
static ERR_CHECK carry_from_third(struct carry *carry)
{
	OWNED_STR from = TAKE_PTR(carry->to);
	OWNED_STR text = xasprintf("the branch had it as '%s', not as '%s'", from,
				   carry->file->old_path);
	bool free_way;

	carry->to = xstrdup(carry->file->new_path);
	TRY(check_way(carry, &free_way));
	if (!free_way)
		return NULL;
	TRY(carry_guessed(carry, text));
	if (carry->status != PORT_CONFLICT && carry->file->change == DIFF_RENAME)
		port_changes_delete(carry->changes, from);
	return NULL;
}

/* The branch has the file under its new name only: the move is there, the rest is a change. */
static ERR_CHECK carry_moved(struct carry *carry)
{
	TRY(read_target(carry, carry->file->new_path));
	TRY(port_find_source(carry->job, carry->patch, carry->file, &carry->target,
			     &carry->source));
	if (!carry->target.there) {
		carry->job->searches++;
		TRY(follow_move(carry));
	}
	if (carry->moved)
		return carry_from_third(carry);
	if (!carry->target.there) {
		CONFLICT(carry, "there is no '%s' in the branch", carry->file->old_path);
		return NULL;
	}
	if (!carry->file->hunk_count && !carry->file->binary) {
		carry->status = PORT_ALREADY;
		return NULL;
	}
	TRY(carry_content(carry));
	if (carry->status == PORT_CONFLICT || carry->status == PORT_ALREADY)
		return NULL;
	return write_result(carry);
}

/* The file stands where the patch puts it: with its result, or with something else. */
static ERR_CHECK carry_over(struct carry *carry, unsigned mode, const git_oid *id)
{
	git_oid result;

	git_odb_hash(&result, strbuf_str(&carry->result), carry->result.len, GIT_OBJECT_BLOB);
	if (!git_oid_equal(&result, id) || result_mode(carry) != mode) {
		CONFLICT(carry, "the branch has a file of this name already");
		return NULL;
	}
	if (carry->file->change == DIFF_COPY)
		carry->status = PORT_ALREADY;
	else
		port_changes_delete(carry->changes, carry->file->old_path);
	return NULL;
}

static ERR_CHECK carry_rename(struct carry *carry)
{
	enum port_kind kind;
	bool free_way;
	unsigned mode;
	git_oid id;

	TRY(read_target(carry, carry->file->old_path));
	if (!carry->target.there)
		return carry_moved(carry);
	TRY(check_way(carry, &free_way));
	if (!free_way)
		return NULL;
	TRY(port_tree_find(carry->job->repo, &carry->job->tree, carry->file->new_path, &kind, &mode,
			   &id));
	TRY(port_find_source(carry->job, carry->patch, carry->file, &carry->target,
			     &carry->source));
	TRY(carry_content(carry));
	if (carry->status == PORT_CONFLICT)
		return NULL;
	if (carry->status == PORT_ALREADY) {
		carry_unchanged(carry);
		carry->status = PORT_CLEAN;
	}
	if (kind == PORT_FILE && !port_leaves(carry->job, carry->file->new_path))
		return carry_over(carry, mode, &id);
	if (carry->file->change == DIFF_RENAME)
		port_changes_delete(carry->changes, carry->file->old_path);
	return write_result(carry);
}

/* What the author has now, for the patches that follow. */
static void remember(const struct carry *carry)
{
	const struct diff_file *file = carry->file;
	PORT_TEXT text = { 0 };

	if (carry->source.after.there) {
		port_originals_set(&carry->job->originals, file->new_path, &carry->source.after);
	} else if (file->change == DIFF_ADD && !file->binary && file->hunk_count) {
		lines_join(file->hunks[0].after.at, file->hunks[0].after.count, &text.bytes);
		port_text_seal(&text);
		port_originals_set(&carry->job->originals, file->new_path, &text);
	}
}

ERR_CHECK port_carry_file(struct port_job *job, const struct patch *patch,
			  const struct diff_file *file, struct port_changes *changes,
			  struct port_patch *record)
{
	static ERR_CHECK (*const ways[])(struct carry *) = {
		[DIFF_MODIFY] = carry_modify, [DIFF_ADD] = carry_add,
		[DIFF_DELETE] = carry_delete, [DIFF_RENAME] = carry_rename,
		[DIFF_COPY] = carry_rename,
	};
	CLEANUP(release_carry)
	struct carry carry = { .job = job,
			       .patch = patch,
			       .file = file,
			       .changes = changes,
			       .record = record,
			       .to = xstrdup(file->new_path),
			       .status = PORT_CLEAN };
	bool submodule;

	carry.source.from = PORT_FROM_NONE;
	TRY(port_is_submodule(job, file, &submodule));
	if (submodule)
		TRY(port_carry_submodule(job, file, changes, record, &carry.status));
	else
		TRY(ways[file->change](&carry));
	add_file(&carry);
	remember(&carry);
	return NULL;
}
