// SPDX-License-Identifier: GPL-2.0
/*
 * port_submodule.c - the commit that a submodule stands at: there is no text to
 * merge, the branch has the commit that the patch was made for or it has not.
 */
#include "port_internal.h"

#define MODE_SUBMODULE 0160000
#define WORDS	       "Subproject commit "

/* What the one line of a side names; false when it is none. */
static bool read_side(const struct lines *side, git_oid *id)
{
	const struct line *line = side->count == 1 ? side->at : NULL;
	size_t skipped = strlen(WORDS);

	return line && line->length >= skipped + GIT_OID_HEXSZ &&
	       memcmp(line->text, WORDS, skipped) == 0 &&
	       git_oid_fromstrn(id, line->text + skipped, GIT_OID_HEXSZ) == 0;
}

/* What the patch says of a submodule. */
struct step {
	git_oid from;
	git_oid to;
	bool changes; /* both are known; else only its name changes */
};

static bool read_step(const struct diff_file *file, struct step *step)
{
	const struct diff_hunk *hunk = file->hunk_count == 1 ? &file->hunks[0] : NULL;

	*step = (struct step){ .changes = file->hunk_count };
	if (!file->hunk_count)
		return file->change == DIFF_RENAME;
	if (!hunk)
		return false;
	return (file->change == DIFF_ADD || read_side(&hunk->before, &step->from)) &&
	       (file->change == DIFF_DELETE || read_side(&hunk->after, &step->to));
}

static ERR_CHECK find(const struct port_job *job, const char *path, enum port_kind *kind,
		      git_oid *id)
{
	unsigned mode;

	return port_tree_find(job->repo, &job->tree, path, kind, &mode, id);
}

ERR_CHECK port_is_submodule(const struct port_job *job, const struct diff_file *file,
			    bool *is_submodule)
{
	enum port_kind kind;
	struct step step;
	git_oid id;

	*is_submodule = file->old_mode == MODE_SUBMODULE || file->new_mode == MODE_SUBMODULE;
	if (*is_submodule || file->old_mode || file->new_mode || !read_step(file, &step))
		return NULL;
	/* a rename says no mode, a diff without an index line neither */
	TRY(find(job, file->old_path, &kind, &id));
	*is_submodule = kind == PORT_SUBMODULE;
	return NULL;
}

/* Why the branch's entry cannot be changed so; NULL when it can. */
static const char *problem(const struct diff_file *file, const struct step *step,
			   enum port_kind kind, const git_oid *id)
{
	if (file->change == DIFF_ADD)
		return kind == PORT_NOTHING ? NULL : "the branch has something else there";
	if (kind != PORT_SUBMODULE)
		return kind == PORT_NOTHING ? "there is no such submodule in the branch"
					    : "it is no submodule in the branch";
	if (step->changes && !git_oid_equal(id, &step->from))
		return "the submodule stands at another commit in the branch";
	return NULL;
}

static bool is_there(const struct diff_file *file, const struct step *step, enum port_kind kind,
		     const git_oid *id)
{
	if (file->change == DIFF_DELETE)
		return kind == PORT_NOTHING;
	return step->changes && file->change != DIFF_RENAME && kind == PORT_SUBMODULE &&
	       git_oid_equal(id, &step->to);
}

static void note_changes(const struct diff_file *file, const struct step *step, const git_oid *id,
			 struct port_changes *changes)
{
	if (file->change == DIFF_DELETE || file->change == DIFF_RENAME)
		port_changes_delete(changes, file->old_path);
	if (file->change != DIFF_DELETE)
		port_changes_write(changes, file->new_path, MODE_SUBMODULE,
				   step->changes ? &step->to : id);
}

/* What is in the way of a submodule under its new name; NULL: nothing. */
static ERR_CHECK find_obstacle(const struct port_job *job, const struct diff_file *file,
			       char **obstacle)
{
	enum port_kind kind;
	git_oid id;

	TRY(port_tree_obstacle(job->repo, &job->tree, file->new_path, obstacle));
	if (*obstacle && port_leaves(job, *obstacle))
		free(TAKE_PTR(*obstacle));
	if (*obstacle || file->change != DIFF_RENAME)
		return NULL;
	TRY(find(job, file->new_path, &kind, &id));
	if (kind != PORT_NOTHING && !port_leaves(job, file->new_path))
		*obstacle = xstrdup(file->new_path);
	return NULL;
}

static enum port_status conflict(struct port_patch *record, const struct diff_file *file,
				 const char *reason)
{
	port_add_conflict(record, file->new_path, 0, "%s", reason);
	return PORT_CONFLICT;
}

ERR_CHECK port_carry_submodule(struct port_job *job, const struct diff_file *file,
			       struct port_changes *changes, struct port_patch *record,
			       enum port_status *status)
{
	OWNED_STR obstacle = NULL;
	struct step step;
	enum port_kind kind;
	const char *reason;
	git_oid id;

	if (!read_step(file, &step)) {
		*status = conflict(record, file, "a submodule's change that cannot be read");
		return NULL;
	}
	TRY(find(job, file->old_path, &kind, &id));
	if (file->change == DIFF_ADD && kind != PORT_SUBMODULE && port_leaves(job, file->old_path))
		kind = PORT_NOTHING;
	/* what takes its place is there already, or is the other part's conflict */
	if (file->change == DIFF_DELETE && kind == PORT_FILE && port_arrives(job, file->old_path))
		kind = PORT_NOTHING;
	*status = PORT_ALREADY;
	if (is_there(file, &step, kind, &id))
		return NULL;
	TRY(find_obstacle(job, file, &obstacle));
	reason = obstacle ? "a file or link is in its way in the branch"
			  : problem(file, &step, kind, &id);
	if (reason) {
		*status = conflict(record, file, reason);
		return NULL;
	}
	*status = PORT_CLEAN;
	note_changes(file, &step, &id, changes);
	return NULL;
}
