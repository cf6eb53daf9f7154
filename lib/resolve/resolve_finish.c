// SPDX-License-Identifier: GPL-2.0
/* resolve_finish.c - what a person made of a conflict: looked at, built, recorded. */
#include "base/progress.h"
#include "executor/executor.h"
#include "record/diff.h"
#include "resolve_internal.h"

#define MODE_SUBMODULE 0160000
#define MOST_NAMED     5 /* markers in an error's text */

void resolve_release_result(struct resolve_result *result)
{
	strvec_release(&result->left);
	strvec_release(&result->strange);
	strvec_release(&result->others);
}

/* The branch's own commit is borrowed: its ref held it, unless that has moved since. */
static ERR_CHECK refuse_pruned(const struct resolve *resolve)
{
	OWNED_STR command = resolve_command(resolve);
	GIT_COMMIT base = NULL;

	if (git_commit_lookup(&base, resolve->own, &resolve->base) == 0)
		return NULL;
	return err_hint(err_input("commit %.12s, which '%s' was when this began, is gone from '%s'",
				  git_oid_tostr_s(&resolve->base), resolve->branch.name,
				  repo_git_dir(resolve->kernel)),
			"keep what you need of '%s', then '%s --abort' and begin again",
			resolve->tree, command);
}

/* Opens what is there, and nothing else: a work tree that is gone is not made anew. */
static ERR_CHECK open_session(struct resolve *resolve)
{
	OWNED_STR head = xasprintf("%s/.git/HEAD", resolve->tree);
	OWNED_STR command = resolve_command(resolve);
	char patch_id[STORE_ID_SIZE];

	TRY(resolve_load(resolve));
	if (!file_exists(head))
		return err_hint(err_input("the work tree '%s' is gone", resolve->tree),
				"'%s --abort', and begin again", command);
	TRY(resolve_open_tree(resolve));
	TRY(refuse_pruned(resolve));
	if (resolve->index >= resolve->series.patch_count)
		return err_hint(err_input("series '%s' has no patch %zu any more",
					  resolve->series.name, resolve->index + 1),
				"'%s --abort' drops the work tree", command);
	TRY(port_patch_id(resolve_patch(resolve), patch_id));
	if (!str_equal(patch_id, store_get_string(resolve->record, "patch_id", "")))
		return err_hint(err_input("patch %zu of series '%s' is another one now",
					  resolve->index + 1, resolve->series.name),
				"keep what you need of '%s', then '%s --abort' and begin again",
				resolve->tree, command);
	return NULL;
}

static ERR_CHECK warn_if_moved(const struct resolve *resolve)
{
	BRANCH branch = { 0 };
	git_oid now;

	TRY(target_read_branch(resolve->workspace, resolve->branch.name, &branch));
	TRY(target_branch_commit(resolve->kernel, &branch, &now));
	if (!git_oid_equal(&now, &resolve->base))
		progress_warn("branch '%s' has moved since: the port is recorded for what it was, "
			      "and then tried on what it is",
			      branch.name);
	return NULL;
}

static ERR_CHECK refuse_markers(const struct resolve *resolve, const struct strvec *found)
{
	OWNED_STR command = resolve_command(resolve);
	STRBUF list = { 0 };

	if (!found->count)
		return NULL;
	for (size_t i = 0; i < found->count && i < MOST_NAMED; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", found->items[i]);
	if (found->count > MOST_NAMED)
		strbuf_addf(&list, " and %zu more", found->count - MOST_NAMED);
	return err_hint(err_input("conflict markers are left: %s", strbuf_str(&list)),
			"decide there in '%s', then '%s --continue'", resolve->tree, command);
}

static ERR_CHECK refuse_nothing(const struct resolve *resolve)
{
	OWNED_STR command = resolve_command(resolve);

	return err_hint(err_input("nothing of patch %zu is in the work tree", resolve->index + 1),
			"when '%s' does not need it, '%s --abort' and say so in "
			"series/%s/series.conf: skip = %s %zu: why",
			resolve->branch.name, command, resolve->series.name, resolve->branch.name,
			resolve->index + 1);
}

/* The patch's files: as it names them, and as the branch has them. */
static ERR_CHECK list_own(const struct resolve *resolve, struct strvec *own)
{
	const json_t *files = json_object_get(resolve->record, "files");
	const struct patch *patch = resolve_patch(resolve);
	const json_t *file;
	DIFF diff = { 0 };
	size_t i;

	json_array_foreach (files, i, file) {
		strvec_push(own, store_get_string(file, "path", ""));
		strvec_push(own, store_get_string(file, "old_path", ""));
	}
	TRY(diff_parse(strbuf_str(&patch->diff), patch->diff.len, patch->subject, patch->diff_line,
		       &diff));
	for (i = 0; i < diff.file_count; i++) {
		strvec_push(own, diff.files[i].old_path);
		strvec_push(own, diff.files[i].new_path);
	}
	return NULL;
}

static bool is_changed(git_diff *diff, const char *path)
{
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++)
		if (str_equal(git_diff_get_delta(diff, i)->new_file.path, path))
			return true;
	return false;
}

static void list_left(const struct resolve *resolve, git_diff *diff, struct strvec *left)
{
	const json_t *files = json_object_get(resolve->record, "files");
	const json_t *file;
	size_t i;

	json_array_foreach (files, i, file) {
		const char *path = store_get_string(file, "path", "");

		if (str_equal(store_get_string(file, "status", ""), "conflict") &&
		    !is_changed(diff, path))
			strvec_push(left, path);
	}
}

static ERR_CHECK look_at_files(const struct resolve *resolve, git_diff *diff,
			       struct resolve_result *result)
{
	STRVEC markers = { 0 };
	STRVEC own = { 0 };

	TRY(list_own(resolve, &own));
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);
		const char *path = delta->new_file.path;

		if (delta->new_file.mode == MODE_SUBMODULE &&
		    delta->old_file.mode != MODE_SUBMODULE)
			return err_hint(err_input("'%s' is a git repository of its own", path),
					"remove it from '%s'", resolve->tree);
		if (!strvec_has(&own, path))
			strvec_push(delta->status == GIT_DELTA_ADDED ? &result->strange
								     : &result->others,
				    path);
		if (delta->status != GIT_DELTA_DELETED &&
		    (delta->new_file.mode & 0170000) == 0100000)
			TRY(resolve_find_markers(resolve, delta, &markers));
	}
	list_left(resolve, diff, &result->left);
	return refuse_markers(resolve, &markers);
}

ERR_CHECK resolve_look(struct resolve *resolve, struct resolve_result *result)
{
	GIT_TREE before = NULL;
	GIT_TREE after = NULL;
	GIT_DIFF diff = NULL;
	git_oid head_tree;

	*result = (struct resolve_result){ 0 };
	TRY(open_session(resolve));
	TRY(warn_if_moved(resolve));
	TRY(worktree_snapshot(resolve->tree, &result->tree));
	TRY(repo_commit_tree(resolve->own, &resolve->head, &head_tree));
	if (git_oid_equal(&head_tree, &result->tree))
		return refuse_nothing(resolve);
	TRY(repo_tree(resolve->own, &head_tree, &before));
	TRY(repo_tree(resolve->own, &result->tree, &after));
	if (git_diff_tree_to_tree(&diff, resolve->own, before, after, NULL) < 0)
		return repo_error("cannot compare the work tree with its HEAD");
	return look_at_files(resolve, diff, result);
}

/* How many commits of the series are below and in `commit`. */
static ERR_CHECK count_commits(git_repository *repo, const git_oid *commit_id, const git_oid *until,
			       size_t *count)
{
	git_oid at = *commit_id;

	for (*count = 0; !git_oid_equal(&at, until); ++*count) {
		GIT_COMMIT commit = NULL;

		TRY(repo_commit(repo, &at, &commit));
		if (!git_commit_parentcount(commit))
			return NULL;
		git_oid_cpy(&at, git_commit_parent_id(commit, 0));
	}
	return NULL;
}

static ERR_CHECK commit_result(const struct resolve *resolve, const struct resolve_result *result,
			       const char *note, git_oid *commit)
{
	const struct patch *patch = resolve_patch(resolve);
	REPO_PERSON committer = { 0 };
	OWNED_STR message = NULL;

	TRY(repo_committer(resolve->kernel, &committer));
	message = resolve_message(patch->message, committer.name, note);
	return resolve_commit(resolve->own, patch, message, &result->tree, &resolve->head,
			      &committer, commit);
}

ERR_CHECK resolve_build(struct resolve *resolve, const struct resolve_result *result,
			struct build *build)
{
	CLEANUP(free_ptr) struct build_layer *layers = NULL;
	struct build_request request = { .workspace = resolve->workspace,
					 .repo = resolve->own,
					 .branch = &resolve->branch,
					 .series = resolve->series.name };
	STACK stack = { 0 };

	TRY(stack_carry(resolve->own, &resolve->branch, &resolve->below, &stack));
	TRY(commit_result(resolve, result, "not recorded yet", &request.commit));
	layers = xcalloc(stack.count + 1, sizeof(*layers));
	if (stack.count)
		memcpy(layers, stack.layers, stack.count * sizeof(*layers));
	layers[stack.count].series = resolve->series.name;
	TRY(count_commits(resolve->own, &request.commit, &stack.tip, &layers[stack.count].count));
	request.base = stack.base;
	request.layers = layers;
	request.layer_count = stack.count + 1;
	return executor_build(resolve->workspace, &request, 1, build);
}

char *resolve_old_note(const struct resolve *resolve)
{
	return xstrdup(store_get_string(resolve->record, "note", ""));
}

/* The mail must say what the work tree has, or a fresh clone would get something else. */
static ERR_CHECK check_mail(const struct resolve *resolve, const struct resolve_result *result,
			    const struct strbuf *mail)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	struct port_request request = { .repo = resolve->own,
					.onto = resolve->head,
					.patches = &patch,
					.patch_count = 1,
					.committer_name = "farrier",
					.committer_email = "farrier@localhost" };
	PORT port = { 0 };

	TRY(patch_from_mail(strbuf_str(mail), mail->len, "the recorded port", &patch));
	patch.number = resolve_patch(resolve)->number;
	TRY(port_run(&request, &port));
	if (port.patches[0].has_tree && git_oid_equal(&port.patches[0].tree, &result->tree))
		return NULL;
	return err_env("the port cannot be recorded: as a mail it gives other files than those in "
		       "'%s'",
		       resolve->tree);
}

/* The file that the port replaces, or a new one. */
static ERR_CHECK choose_path(const struct resolve *resolve, char **path)
{
	const struct patch *patch = resolve_patch(resolve);
	OWNED_STR folder = xasprintf("%s/ports/%s", resolve->series.folder, resolve->branch.name);
	OWNED_STR fresh = series_file_name(patch->number, patch->subject);
	const char *name = fresh;
	STRVEC names = { 0 };

	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++)
		if (ends_with(names.items[i], ".patch") &&
		    strspn(names.items[i], "0123456789") >= 4 &&
		    atoi(names.items[i]) == patch->number)
			name = names.items[i];
	*path = xasprintf("%s/%s", folder, name);
	return NULL;
}

ERR_CHECK resolve_record(struct resolve *resolve, const struct resolve_result *result,
			 const char *note, char **path)
{
	OWNED_STR record = xasprintf("%s/resolve.json", resolve->folder);
	OWNED_STR scratch = xasprintf("%s/mail", resolve->folder);
	OWNED_STR target = NULL;
	STRBUF mail = { 0 };
	git_oid commit;

	TRY(commit_result(resolve, result, note, &commit));
	TRY(resolve_mail(resolve->own, &resolve->head, &commit,
			 store_get_string(resolve->record, "patch_id", ""), scratch, &mail));
	TRY(check_mail(resolve, result, &mail));
	TRY(choose_path(resolve, &target));
	TRY(file_write(target, mail.buf, mail.len));
	TRY(file_remove(record));
	json_decref(TAKE_PTR(resolve->record));
	*path = TAKE_PTR(target);
	return NULL;
}
