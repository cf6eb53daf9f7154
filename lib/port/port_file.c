// SPDX-License-Identifier: GPL-2.0
/* port_file.c - decides how one file of a patch is carried. */
#include "port_carry.h"
#include "port_fit.h"

#define MOST_HUNKS 100 /* that are looked for in other files */

static void release_carry(struct port_carry *carry)
{
	port_text_release(&carry->target);
	port_source_release(&carry->source);
	strbuf_release(&carry->result);
	free(carry->to);
}

static void add_file(const struct port_carry *carry)
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

/* In a file of another name nothing is where the patch says. Without a preimage the name is a
 * guess. */
static void label_moved(struct port_carry *carry)
{
	enum port_status least = carry->source.from == PORT_FROM_NONE ? PORT_FUZZY : PORT_MERGED;

	if (carry->moved && carry->status < least)
		carry->status = least;
}

/* Its text is in the file at `path`. The author's file as a whole is no ancestor of that one. */
static ERR_CHECK carry_into(struct port_carry *carry, const char *path)
{
	OWNED_STR text = xasprintf("there is no '%s' in the branch; its text is here", carry->to);

	TRY(port_carry_read(carry, path));
	free(carry->to);
	carry->to = xstrdup(path);
	carry->source.from = PORT_FROM_NONE;
	return port_carry_guessed(carry, text);
}

/* The branch has the file's text in another one, or nowhere: then there is nothing to change. */
static ERR_CHECK carry_elsewhere(struct port_carry *carry)
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
		PORT_CARRY_CONFLICT(
			carry, "there is no such file in the branch; some of its text is in '%s'",
			path);
	} else if (searched) {
		carry->left_out = true;
		port_carry_suspect(
			carry,
			"left out: the branch has no such file, nor its text in a file near");
	} else {
		PORT_CARRY_CONFLICT(carry, "there is no such file in the branch");
	}
	return NULL;
}

static ERR_CHECK carry_modify(struct port_carry *carry)
{
	bool same_text;

	TRY(port_carry_read(carry, carry->file->old_path));
	TRY(port_find_source(carry->job, carry->patch, carry->file, &carry->target,
			     &carry->source));
	if (!carry->target.there)
		TRY(port_carry_follow(carry));
	if (!carry->target.there)
		return carry_elsewhere(carry);
	TRY(port_carry_content(carry));
	if (carry->status == PORT_CONFLICT)
		return NULL;
	same_text = carry->status == PORT_ALREADY ||
		    (carry->file->hunk_count == 0 && !carry->file->binary);
	if (same_text && port_carry_mode(carry) == carry->target.mode) {
		carry->status = PORT_ALREADY;
		return NULL;
	}
	if (carry->status == PORT_ALREADY) {
		port_carry_unchanged(carry);
		carry->status = PORT_CLEAN;
	}
	label_moved(carry);
	return port_carry_write(carry);
}

/* The whole text of a new file. */
static ERR_CHECK new_text(struct port_carry *carry, struct strbuf *text)
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
		PORT_CARRY_CONFLICT(carry, "the patch has no data for this binary file");
	return NULL;
}

/* A link that becomes a file is deleted and made anew: the branch may have either. */
static bool is_new_type(const struct port_carry *carry)
{
	unsigned type = carry->file->new_mode ? carry->file->new_mode & PORT_MODE_TYPE
					      : PORT_MODE_FILE;

	return carry->target.there && (carry->target.mode & PORT_MODE_TYPE) == type;
}

/* A new file goes where the others of its folder are now: a guess, which git takes for a conflict.
 */
static ERR_CHECK follow_folder(struct port_carry *carry)
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
	port_carry_suspect(carry, "the branch has the files of its folder in this one");
	return NULL;
}

static ERR_CHECK carry_add(struct port_carry *carry)
{
	STRBUF text = { 0 };
	bool free_way;

	TRY(follow_folder(carry));
	TRY(port_carry_check_way(carry, &free_way));
	if (!free_way)
		return NULL;
	TRY(port_carry_read(carry, carry->to));
	if (port_leaves(carry->job, carry->to) && !is_new_type(carry))
		port_text_release(&carry->target);
	TRY(new_text(carry, &text));
	if (carry->status == PORT_CONFLICT)
		return NULL;
	if (!carry->target.there) {
		carry->target.mode = carry->file->new_mode ? carry->file->new_mode : 0100644;
		port_carry_take(carry, carry->moved ? PORT_FUZZY : PORT_CLEAN, &text);
		return port_carry_write(carry);
	} else if (strbuf_equal(&text, &carry->target.bytes)) {
		carry->status = PORT_ALREADY;
	} else {
		PORT_CARRY_CONFLICT(carry, "the branch has a file of this name with other content");
	}
	return NULL;
}

/* What the author has now, for the patches that follow. */
static void remember(const struct port_carry *carry)
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
	static ERR_CHECK (*const ways[])(struct port_carry *) = {
		[DIFF_MODIFY] = carry_modify,	   [DIFF_ADD] = carry_add,
		[DIFF_DELETE] = port_carry_delete, [DIFF_RENAME] = port_carry_rename,
		[DIFF_COPY] = port_carry_rename,
	};
	CLEANUP(release_carry)
	struct port_carry carry = { .job = job,
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
