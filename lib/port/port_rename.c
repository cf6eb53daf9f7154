// SPDX-License-Identifier: GPL-2.0
/* port_rename.c - carries the files that a patch deletes, renames or copies. */
#include "port_carry.h"

/* Whether the branch's file is exactly the one that the patch deletes. */
static bool is_what_goes(const struct port_carry *carry)
{
	const struct diff_file *file = carry->file;
	STRBUF text = { 0 };

	if (file->old_mode && !port_carry_is_same_type(carry))
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
static bool is_replaced(const struct port_carry *carry)
{
	return carry->file->old_mode && !port_carry_is_same_type(carry) &&
	       port_arrives(carry->job, carry->file->old_path);
}

/* Under which name the branch has what the patch deletes; a mail does not tell what was there
 * before. */
static ERR_CHECK follow_gone(struct port_carry *carry)
{
	if (carry->target.there || git_oid_is_zero(&carry->patch->commit))
		return NULL;
	carry->job->searches++;
	return port_carry_follow(carry);
}

ERR_CHECK port_carry_delete(struct port_carry *carry)
{
	TRY(port_carry_read(carry, carry->file->old_path));
	TRY(port_find_source(carry->job, carry->patch, carry->file, &carry->target,
			     &carry->source));
	TRY(follow_gone(carry));
	if (!carry->target.there || (!carry->moved && is_replaced(carry))) {
		carry->status = PORT_ALREADY;
	} else if (is_what_goes(carry)) {
		carry->status = carry->moved ? PORT_MERGED : PORT_CLEAN;
		port_changes_delete(carry->changes, carry->to);
	} else if (carry->moved) {
		PORT_CARRY_CONFLICT(
			carry,
			"the patch deletes '%s', which the branch has here, in another state",
			carry->file->old_path);
	} else {
		PORT_CARRY_CONFLICT(carry,
				    "the patch deletes it, but the branch has it in another state");
	}
	return NULL;
}

/* The branch has it under a third name, `to`: it moves from there. That was not asked for: a guess.
 */
static ERR_CHECK carry_from_third(struct port_carry *carry)
{
	OWNED_STR from = TAKE_PTR(carry->to);
	OWNED_STR text = xasprintf("the branch had it as '%s', not as '%s'", from,
				   carry->file->old_path);
	bool free_way;

	carry->to = xstrdup(carry->file->new_path);
	TRY(port_carry_check_way(carry, &free_way));
	if (!free_way)
		return NULL;
	TRY(port_carry_guessed(carry, text));
	if (carry->status != PORT_CONFLICT && carry->file->change == DIFF_RENAME)
		port_changes_delete(carry->changes, from);
	return NULL;
}

/* The branch has the file under its new name only: the move is there, the rest is a change. */
static ERR_CHECK carry_moved(struct port_carry *carry)
{
	TRY(port_carry_read(carry, carry->file->new_path));
	TRY(port_find_source(carry->job, carry->patch, carry->file, &carry->target,
			     &carry->source));
	if (!carry->target.there) {
		carry->job->searches++;
		TRY(port_carry_follow(carry));
	}
	if (carry->moved)
		return carry_from_third(carry);
	if (!carry->target.there) {
		PORT_CARRY_CONFLICT(carry, "there is no '%s' in the branch", carry->file->old_path);
		return NULL;
	}
	if (!carry->file->hunk_count && !carry->file->binary) {
		carry->status = PORT_ALREADY;
		return NULL;
	}
	TRY(port_carry_content(carry));
	if (carry->status == PORT_CONFLICT || carry->status == PORT_ALREADY)
		return NULL;
	return port_carry_write(carry);
}

/* The file stands where the patch puts it: with its result, or with something else. */
static ERR_CHECK carry_over(struct port_carry *carry, unsigned mode, const git_oid *id)
{
	git_oid result;

	git_odb_hash(&result, strbuf_str(&carry->result), carry->result.len, GIT_OBJECT_BLOB);
	if (!git_oid_equal(&result, id) || port_carry_mode(carry) != mode) {
		PORT_CARRY_CONFLICT(carry, "the branch has a file of this name already");
		return NULL;
	}
	if (carry->file->change == DIFF_COPY)
		carry->status = PORT_ALREADY;
	else
		port_changes_delete(carry->changes, carry->file->old_path);
	return NULL;
}

ERR_CHECK port_carry_rename(struct port_carry *carry)
{
	enum port_kind kind;
	bool free_way;
	unsigned mode;
	git_oid id;

	TRY(port_carry_read(carry, carry->file->old_path));
	if (!carry->target.there)
		return carry_moved(carry);
	TRY(port_carry_check_way(carry, &free_way));
	if (!free_way)
		return NULL;
	TRY(port_tree_find(carry->job->repo, &carry->job->tree, carry->file->new_path, &kind, &mode,
			   &id));
	TRY(port_find_source(carry->job, carry->patch, carry->file, &carry->target,
			     &carry->source));
	TRY(port_carry_content(carry));
	if (carry->status == PORT_CONFLICT)
		return NULL;
	if (carry->status == PORT_ALREADY) {
		port_carry_unchanged(carry);
		carry->status = PORT_CLEAN;
	}
	if (kind == PORT_FILE && !port_leaves(carry->job, carry->file->new_path))
		return carry_over(carry, mode, &id);
	if (carry->file->change == DIFF_RENAME)
		port_changes_delete(carry->changes, carry->file->old_path);
	return port_carry_write(carry);
}
