// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include "base/progress.h"
#include "resolve_internal.h"

char *resolve_command(const struct resolve *resolve)
{
	const char *branch = file_base_name(resolve->folder);
	OWNED_STR parent = file_dir_name(resolve->folder);

	return xasprintf("farrier resolve %s %s", file_base_name(parent), branch);
}

/* Takes the folders away that nobody uses; those that are not empty stay. */
static void tidy(struct resolve *resolve)
{
	OWNED_STR series = file_dir_name(resolve->folder);
	OWNED_STR all = file_dir_name(series);

	if (resolve->lock.fd < 0 || file_exists(resolve->folder))
		return;
	file_unlock_and_remove(&resolve->lock, resolve->lock_path);
	rmdir(series);
	rmdir(all);
	rmdir(resolve->workspace->state);
}

void resolve_release(struct resolve *resolve)
{
	if (resolve->folder)
		tidy(resolve);
	git_repository_free(resolve->own);
	file_unlock(&resolve->lock);
	free(resolve->lock_path);
	free(resolve->folder);
	free(resolve->tree);
	free(resolve->text_path);
	target_release_branch(&resolve->branch);
	stack_layers_release(&resolve->below);
	series_release(&resolve->series);
	json_decref(resolve->record);
	strbuf_release(&resolve->text);
	*resolve = (struct resolve){ .lock = FILE_LOCK_NONE };
}

static ERR_CHECK lock(struct resolve *resolve, const char *series, const char *branch)
{
	OWNED_STR what = xasprintf("the resolve of '%s' on '%s'", series, branch);

	return file_lock(resolve->lock_path, what, false, &resolve->lock);
}

static ERR_CHECK read_ids(struct resolve *resolve)
{
	const char *base = store_get_string(resolve->record, "base", "");
	const char *head = store_get_string(resolve->record, "head", "");
	int patch = store_get_int(resolve->record, "patch", 0);

	if (patch < 1 || git_oid_fromstr(&resolve->base, base) < 0 ||
	    git_oid_fromstr(&resolve->head, head) < 0)
		return err_env("'%s/resolve.json' is damaged", resolve->folder);
	resolve->index = (size_t)patch - 1;
	return NULL;
}

static ERR_CHECK read_record(struct resolve *resolve)
{
	OWNED_STR path = xasprintf("%s/resolve.json", resolve->folder);
	OWNED_STR command = resolve_command(resolve);

	if (!file_exists(path))
		return NULL;
	TRY(store_read(path, &resolve->record));
	return err_hint(resolve->record ? read_ids(resolve) : err_env("'%s' is damaged", path),
			"what you changed is in '%s'; '%s --abort' drops it", resolve->tree,
			command);
}

ERR_CHECK resolve_open(const struct workspace *workspace, git_repository *kernel,
		       const char *series, const char *branch, struct resolve *resolve)
{
	*resolve = (struct resolve){ .workspace = workspace,
				     .kernel = kernel,
				     .lock = FILE_LOCK_NONE };
	if (!series_name_is_valid(series))
		return err_input("'%s' is no name of a series", series);
	if (!file_safe_name(branch))
		return err_input("'%s' is no name of a branch", branch);
	resolve->folder = workspace_state(workspace, "resolve/%s/%s", series, branch);
	resolve->tree = xasprintf("%s/tree", resolve->folder);
	resolve->text_path = xasprintf("%s/RESOLVE.txt", resolve->folder);
	resolve->lock_path = xasprintf("%s.lock", resolve->folder);
	TRY(lock(resolve, series, branch));
	return read_record(resolve);
}

ERR_CHECK resolve_load(struct resolve *resolve)
{
	OWNED_STR parent = file_dir_name(resolve->folder);
	const char *series = file_base_name(parent);

	if (resolve->series.name)
		return NULL;
	TRY(series_read(resolve->workspace, series, &resolve->series));
	TRY(target_read_branch(resolve->workspace, file_base_name(resolve->folder),
			       &resolve->branch));
	return stack_layers_add_below(resolve->workspace, series, &resolve->below);
}

/* The branches as refs/remotes/farrier/NAME, so that 'git show farrier/NAME:FILE' works there. */
static ERR_CHECK name_branches(const struct resolve *resolve)
{
	STRVEC names = { 0 };

	TRY(target_branches(resolve->workspace, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR ref = xasprintf("refs/remotes/farrier/%s", names.items[i]);
		CLEANUP(repo_release_reference) git_reference *reference = NULL;
		BRANCH branch = { 0 };
		git_oid commit;
		bool filled;

		TRY(target_read_branch(resolve->workspace, names.items[i], &branch));
		TRY(repo_resolve_ref(resolve->kernel, branch.ref, &commit, &filled));
		if (filled && git_reference_create(&reference, resolve->own, ref, &commit, true,
						   "farrier resolve") < 0)
			return repo_error("cannot write ref '%s' in '%s'", ref, resolve->tree);
	}
	return NULL;
}

ERR_CHECK resolve_open_tree(struct resolve *resolve)
{
	git_oid commit;

	if (resolve->own)
		return NULL;
	/* a branch that is empty says so before anything is made */
	TRY(target_branch_commit(resolve->kernel, &resolve->branch, &commit));
	TRY(file_mkdirs(resolve->tree));
	TRY(worktree_open(resolve->tree, resolve->kernel, &resolve->own));
	TRY(name_branches(resolve));
	free(resolve->branch.ref);
	resolve->branch.ref = xasprintf("refs/remotes/farrier/%s", resolve->branch.name);
	return NULL;
}

ERR_CHECK resolve_drop(struct resolve *resolve)
{
	OWNED_STR path = xasprintf("%s/resolve.json", resolve->folder);

	/* first, so that what a kill leaves is no session */
	TRY(file_remove(path));
	TRY(file_remove(resolve->folder));
	git_repository_free(TAKE_PTR(resolve->own));
	json_decref(TAKE_PTR(resolve->record));
	return NULL;
}

ERR_CHECK resolve_stand(const struct resolve *resolve, struct port *port)
{
	REPO_PERSON committer = { 0 };
	BRANCH branch = { 0 };
	STACK stack = { 0 };

	TRY(repo_committer(resolve->kernel, &committer));
	TRY(target_read_branch(resolve->workspace, resolve->branch.name, &branch));
	TRY(stack_carry(resolve->kernel, &branch, &resolve->below, &stack));
	return port_series(resolve->kernel, &resolve->series, branch.name, &stack.tip, &committer,
			   port);
}

static const char *const shown[] = { "series", "branch", "patch", "subject", "status",	 "worktree",
				     "text",   "base",	 "head",  "files",   "conflicts" };

json_t *resolve_json(const struct resolve *resolve, const char *state)
{
	OWNED_STR parent = file_dir_name(resolve->folder);
	json_t *json = json_object();

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "state", json_string(state));
	if (!resolve->record) {
		store_set(json, "series", store_text(file_base_name(parent)));
		store_set(json, "branch", store_text(file_base_name(resolve->folder)));
		store_set(json, "worktree", json_null());
		store_set(json, "conflicts", json_array());
		return json;
	}
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		json_t *value = json_object_get(resolve->record, shown[i]);

		store_set(json, shown[i], value ? json_incref(value) : json_null());
	}
	return json;
}
