// SPDX-License-Identifier: GPL-2.0
/* resolve_start.c - opens the first patch that needs a person. */
#include "base/progress.h"
#include "record/diff.h"
#include "resolve_internal.h"

/* What is carried on the way to the work tree. */
struct opening {
	struct resolve *resolve;
	struct stack stack;
	struct port port;
	struct patch recorded; /* the port that is stale */
	bool from_recorded;
	struct port_marked marked;
	git_oid head_tree;
	struct strvec paths;
	struct worktree_entry *entries;
	size_t entry_count;
};

static void release_opening(struct opening *opening)
{
	stack_release(&opening->stack);
	port_release(&opening->port);
	patch_release(&opening->recorded);
	port_marked_release(&opening->marked);
	strvec_release(&opening->paths);
	free(opening->entries);
}

static bool needs_person(const struct port_patch *patch)
{
	return patch->status == PORT_FUZZY || patch->status == PORT_STALE ||
	       patch->status == PORT_CONFLICT;
}

/* Finds the patch and the commit before it; false when no patch needs a person. */
static bool find_patch(struct opening *opening)
{
	struct resolve *resolve = opening->resolve;

	git_oid_cpy(&resolve->base, &opening->stack.base);
	git_oid_cpy(&resolve->head, &opening->stack.tip);
	for (size_t i = 0; i < opening->port.patch_count; i++) {
		const struct port_patch *patch = &opening->port.patches[i];

		resolve->index = i;
		if (needs_person(patch))
			return true;
		if (patch->has_commit)
			git_oid_cpy(&resolve->head, &patch->commit);
	}
	return false;
}

static ERR_CHECK carry(struct opening *opening)
{
	struct resolve *resolve = opening->resolve;
	REPO_PERSON committer = { 0 };
	OWNED_STR problem = NULL;

	TRY(repo_committer(resolve->kernel, &committer));
	TRY(stack_carry(resolve->own, &resolve->branch, &resolve->below, &opening->stack));
	if (!opening->stack.complete) {
		const struct stack *stack = &opening->stack;

		problem = stack_problem(stack);
		return err_hint(err_input("what '%s' needs is not on '%s': %s",
					  resolve->series.name, resolve->branch.name, problem),
				"farrier resolve %s %s", stack->layers[stack->count - 1].series,
				resolve->branch.name);
	}
	return port_series(resolve->own, &resolve->series, resolve->branch.name,
			   &opening->stack.tip, &committer, &opening->port);
}

/* The patch as far as it goes; a stale port goes on from what a person made of it. */
static ERR_CHECK mark(struct opening *opening)
{
	const struct resolve *resolve = opening->resolve;
	size_t count = resolve->series.patch_count;
	CLEANUP(free_ptr) struct patch *patches = xcalloc(count, sizeof(*patches));
	struct port_request request = { .repo = resolve->own,
					.onto = opening->stack.tip,
					.patches = patches,
					.patch_count = count };

	memcpy(patches, resolve->series.patches, count * sizeof(*patches));
	if (opening->port.patches[resolve->index].status == PORT_STALE)
		TRY(series_recorded_port(&resolve->series, resolve->branch.name,
					 resolve_patch(resolve)->number, &opening->recorded,
					 &opening->from_recorded));
	if (opening->from_recorded)
		patches[resolve->index] = opening->recorded;
	TRY(repo_commit_tree(resolve->own, &resolve->head, &opening->head_tree));
	return port_mark(&request, resolve->index, &opening->head_tree, resolve->branch.name,
			 &opening->marked);
}

static void push_once(struct strvec *paths, const char *path)
{
	if (!strvec_has(paths, path))
		strvec_push(paths, path);
}

/* Every file that the series names, and where the branch has those of this patch. */
static ERR_CHECK list_paths(struct opening *opening)
{
	const struct series *series = &opening->resolve->series;

	for (size_t i = 0; i < series->patch_count; i++) {
		const struct patch *patch = &series->patches[i];
		DIFF diff = { 0 };

		TRY(diff_parse(strbuf_str(&patch->diff), patch->diff.len, patch->subject,
			       patch->diff_line, &diff));
		for (size_t j = 0; j < diff.file_count; j++) {
			push_once(&opening->paths, diff.files[j].old_path);
			push_once(&opening->paths, diff.files[j].new_path);
		}
	}
	for (size_t i = 0; i < opening->marked.file_count; i++) {
		push_once(&opening->paths, opening->marked.files[i].path);
		push_once(&opening->paths, opening->marked.files[i].old_path);
	}
	return NULL;
}

static void set_stage(struct worktree_entry *entry, int stage, const struct port_side_blob *side)
{
	entry->stages[stage] = (struct worktree_stage){ side->there, side->mode, side->id };
}

/*
 * git's index of what is not certain: the three sides of a merge, for 'git mergetool' and
 * 'git checkout --ours'; else what HEAD has, so that 'git diff' shows it. What HEAD
 * does not have stays in the index, or git would not know the file.
 */
static bool make_entry(const struct port_marked_file *file, bool stale,
		       struct worktree_entry *entry)
{
	const struct port_side_blob *sides = file->sides;
	bool moved = !str_equal(file->path, file->old_path);
	bool merge = file->status == PORT_CONFLICT && file->preimage != PORT_FROM_NONE && !moved;

	*entry = (struct worktree_entry){ .path = file->path };
	if (!merge && file->status != PORT_CONFLICT && file->status != PORT_FUZZY && !stale)
		return false;
	if (!sides[PORT_STAGE_BRANCH].there || moved)
		return false;
	set_stage(entry, merge ? 2 : 0, &sides[PORT_STAGE_BRANCH]);
	if (!merge)
		return true;
	set_stage(entry, 1, &sides[PORT_STAGE_BEFORE]);
	set_stage(entry, 3, &sides[PORT_STAGE_PATCHED]);
	return true;
}

static void list_entries(struct opening *opening)
{
	const struct port_marked *marked = &opening->marked;

	opening->entries = xcalloc(marked->file_count, sizeof(*opening->entries));
	for (size_t i = 0; i < marked->file_count; i++)
		if (make_entry(&marked->files[i], opening->from_recorded,
			       &opening->entries[opening->entry_count]))
			opening->entry_count++;
}

/* The last good commit, the files, and the sides of a merge that the index names. */
static ERR_CHECK hold(const struct opening *opening)
{
	const struct resolve *resolve = opening->resolve;
	size_t most = 2 + 4 * opening->entry_count;
	CLEANUP(free_ptr) git_oid *ids = xcalloc(most, sizeof(*ids));
	size_t count = 0;

	ids[count++] = resolve->head;
	ids[count++] = opening->marked.tree;
	for (size_t i = 0; i < opening->entry_count; i++)
		for (int j = 0; j < 4; j++)
			if (opening->entries[i].stages[j].there)
				ids[count++] = opening->entries[i].stages[j].id;
	return worktree_hold(resolve->tree, &resolve->base, ids, count);
}

static ERR_CHECK check_out(struct opening *opening, bool full)
{
	const struct resolve *resolve = opening->resolve;
	struct worktree_checkout checkout = { .head = resolve->head,
					      .tree = opening->marked.tree,
					      .paths = &opening->paths,
					      .full = full };

	TRY(list_paths(opening));
	list_entries(opening);
	checkout.entries = opening->entries;
	checkout.entry_count = opening->entry_count;
	TRY(hold(opening));
	return worktree_checkout(resolve->tree, resolve->own, &checkout);
}

static const char *what_it_is(enum port_status status)
{
	switch (status) {
	case PORT_FUZZY:
		return "fits by a guess";
	case PORT_STALE:
		return "has a recorded port that no longer fits";
	default:
		return "is in conflict";
	}
}

static ERR_CHECK say_head(const struct opening *opening)
{
	struct resolve *resolve = opening->resolve;
	const struct port_patch *outcome = &opening->port.patches[resolve->index];
	struct strbuf *text = &resolve->text;
	OWNED_STR version = NULL;
	GIT_COMMIT head = NULL;

	TRY(repo_kernel_version(resolve->own, &resolve->base, &version));
	TRY(repo_commit(resolve->own, &resolve->head, &head));
	resolve_say(text, 0, "%s on %s%s%s: patch %d of %zu %s", resolve->series.name,
		    resolve->branch.name, *version ? ", " : "", version, outcome->number,
		    resolve->series.patch_count, what_it_is(outcome->status));
	resolve_say(text, 2, "%s", outcome->subject);
	resolve_say(text, 2, "by %s", resolve_patch(resolve)->author_name);
	if (outcome->reason)
		resolve_say(text, 2, "%s", outcome->reason);
	if (opening->from_recorded) {
		OWNED_STR note = resolve_note_of(opening->recorded.message);

		resolve_say(text, 2, "the files below are that port's; its note: %s",
			    *note ? note : "none");
	}
	resolve_say(text, 0, "%s", "");
	resolve_say(text, 0, "the work tree: %s", resolve->tree);
	resolve_say(text, 0, "its HEAD, the last good commit: %.12s %s",
		    git_oid_tostr_s(&resolve->head),
		    git_commit_summary(head) ? git_commit_summary(head) : "");
	return NULL;
}

static void say_what_to_do(const struct opening *opening)
{
	struct resolve *resolve = opening->resolve;
	const struct port_patch *outcome = &opening->port.patches[resolve->index];
	OWNED_STR command = resolve_command(resolve);
	OWNED_STR tree = resolve_word(resolve->tree);
	struct strbuf *text = &resolve->text;

	resolve_say(text, 0, "%s", "");
	resolve_say(text, 0, "what to do now:");
	resolve_say(text, 2, "cd %s", tree);
	if (outcome->status == PORT_CONFLICT)
		resolve_say(text, 2,
			    "git diff                          "
			    "what is left to decide; mend it in the files");
	else
		resolve_say(text, 2,
			    "git diff                          "
			    "what to look at; mend it in the files if it is wrong");
	resolve_say(text, 2, "git diff HEAD                     all that the patch becomes");
	resolve_say(text, 2,
		    "git show farrier/BRANCH:FILE      "
		    "a file of another branch; 'git branch -r' lists them");
	resolve_say(text, 2,
		    "git grep --cached WORD            "
		    "looks in files that are not checked out, too");
	resolve_say(text, 2, "git sparse-checkout add FOLDER    checks more of them out");
	resolve_say(text, 2, "%s --continue    records it and goes on", command);
	resolve_say(text, 2, "%s --abort       drops it", command);
}

static ERR_CHECK fill_record(const struct opening *opening, bool full)
{
	struct resolve *resolve = opening->resolve;
	const struct port_patch *outcome = &opening->port.patches[resolve->index];
	OWNED_STR note = opening->from_recorded ? resolve_note_of(opening->recorded.message)
						: xstrdup("");
	json_t *record = resolve->record = json_object();
	char patch_id[STORE_ID_SIZE];

	TRY(port_patch_id(resolve_patch(resolve), patch_id));
	store_set(record, "series", store_text(resolve->series.name));
	store_set(record, "branch", store_text(resolve->branch.name));
	store_set(record, "patch", json_integer(outcome->number));
	store_set(record, "patch_id", json_string(patch_id));
	store_set(record, "subject", store_text(outcome->subject));
	store_set(record, "status", json_string(port_status_name(outcome->status)));
	store_set(record, "base", json_string(git_oid_tostr_s(&resolve->base)));
	store_set(record, "head", json_string(git_oid_tostr_s(&resolve->head)));
	store_set(record, "worktree", store_text(resolve->tree));
	store_set(record, "text", store_text(resolve->text_path));
	store_set(record, "note", store_text(note));
	store_set(record, "full", json_boolean(full));
	return NULL;
}

static ERR_CHECK write_down(struct opening *opening, bool full)
{
	struct resolve *resolve = opening->resolve;
	OWNED_STR path = xasprintf("%s/resolve.json", resolve->folder);
	struct resolve_case it = { .resolve = resolve,
				   .patch = opening->from_recorded ? &opening->recorded
								   : resolve_patch(resolve),
				   .outcome = &opening->port.patches[resolve->index],
				   .marked = &opening->marked,
				   .tree = opening->head_tree };

	strbuf_reset(&resolve->text);
	TRY(fill_record(opening, full));
	TRY(say_head(opening));
	TRY(resolve_explain(&it, &resolve->text, resolve->record));
	say_what_to_do(opening);
	TRY(file_write(resolve->text_path, strbuf_str(&resolve->text), resolve->text.len));
	return store_write(path, resolve->record);
}

static ERR_CHECK open_first(struct resolve *resolve, bool full)
{
	CLEANUP(release_opening) struct opening opening = { .resolve = resolve };

	TRY(resolve_load(resolve));
	TRY(resolve_open_tree(resolve));
	TRY(carry(&opening));
	if (!find_patch(&opening))
		return resolve_drop(resolve);
	TRY(mark(&opening));
	TRY(check_out(&opening, full));
	return write_down(&opening, full);
}

ERR_CHECK resolve_start(struct resolve *resolve, bool full)
{
	const struct err *err;

	/* a run that was killed before its record was written; nobody can have worked there */
	if (!resolve->own && file_exists(resolve->folder)) {
		progress_note("removing what an interrupted run left in '%s'", resolve->folder);
		TRY(file_remove(resolve->folder));
	}
	err = open_first(resolve, full);
	if (err)
		err_free(resolve_drop(resolve));
	return err;
}
