// SPDX-License-Identifier: GPL-2.0
#include <fts.h>

#include "build_files.h"
#include "build_source.h"
#include "core/file.h"
#include "core/loop.h"
#include "core/store.h"
#include "record/index.h"

/* So many moves cut off one after the other: filling anew is cheaper than comparing. */
#define MAX_TREES 8

/*
 * The ids of the trees that the folder's files may come from; none when it is not known.
 * `seconds`: what it took to fill it, or 0.
 */
static ERR_CHECK read_state(const char *state, struct strvec *trees, double *seconds)
{
	OWNED_JSON *record = NULL;
	const json_t *list, *item;
	size_t index;
	git_oid oid;

	TRY(store_read(state, &record));
	*seconds = store_get_number(record, "seconds", 0);
	list = json_object_get(record, "trees");
	json_array_foreach (list, index, item) {
		const char *text = json_is_string(item) ? json_string_value(item) : "?";

		if (*text && git_oid_fromstr(&oid, text) < 0) {
			strvec_release(trees);
			return NULL;
		}
		if (!strvec_has(trees, text))
			strvec_push(trees, text);
	}
	return NULL;
}

static ERR_CHECK write_state(const char *state, const struct strvec *trees, double seconds)
{
	OWNED_JSON *record = json_object();
	json_t *list = json_array();

	for (size_t i = 0; i < trees->count; i++)
		json_array_append_new(list, json_string(trees->items[i]));
	store_set(record, "trees", list);
	if (seconds > 0)
		store_set(record, "seconds", json_real(seconds));
	return store_write(state, record);
}

/* Nothing is known of the folder's files. */
static ERR_CHECK start_anew(const char *folder, struct strvec *trees)
{
	strvec_release(trees);
	strvec_push(trees, "");
	return file_mkdirs(folder);
}

/* What is in the folder and not among the files that are to be written goes. */
static ERR_CHECK plan_strays(const char *folder, struct build_files *files)
{
	char *const roots[] = { (char *)(uintptr_t)folder, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t wanted = files->count, root = strlen(folder) + 1;
	const struct err *err = NULL;
	INDEX paths = index_new();
	const FTSENT *entry;

	if (!walk)
		return err_errno("cannot list '%s'", folder);
	for (size_t i = 0; i < wanted; i++)
		index_add(paths, files->items[i].path, i);
	while (!err && (entry = fts_read(walk)))
		if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP &&
		    index_find(paths, entry->fts_path + root) == INDEX_NONE)
			err = build_files_remove(files, entry->fts_path + root);
	fts_close(walk);
	return err;
}

/*
 * Fills a folder of which nothing is known: what is as wanted keeps its time, so that make
 * goes on where it was. One that cannot be mended so is emptied first.
 */
static ERR_CHECK fill_anew(struct build_files *files, git_repository *repo, const char *folder)
{
	const struct err *err = plan_strays(folder, files);

	if (!err)
		err = build_files_apply(files, repo, folder);
	if (!err || err->kind == ERR_INTERRUPTED)
		return err;
	err_free(err);
	TRY(file_remove(folder));
	TRY(file_mkdirs(folder));
	return build_files_apply(files, repo, folder);
}

/* Adds what differs between the tree with the id `from` ("": the empty tree) and `to`. */
static ERR_CHECK add_difference(git_repository *repo, const char *from, git_tree *to,
				struct build_files *files)
{
	GIT_TREE old = NULL;
	GIT_DIFF diff = NULL;
	git_oid oid;

	if (*from && git_oid_fromstr(&oid, from) < 0)
		return err_env("'%s' is no object id", from);
	if (*from)
		TRY(repo_tree(repo, &oid, &old));
	if (git_diff_tree_to_tree(&diff, repo, old, to, NULL) < 0)
		return repo_error("cannot compare trees");
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);

		if (delta->status == GIT_DELTA_DELETED)
			TRY(build_files_remove(files, delta->old_file.path));
		else
			TRY(build_files_write(files, delta->new_file.path, &delta->new_file.id,
					      delta->new_file.mode));
	}
	return NULL;
}

/* A tree that is no longer in the repository cannot be compared with. */
static bool all_known(git_repository *repo, const struct strvec *trees)
{
	for (size_t i = 0; i < trees->count; i++) {
		GIT_TREE tree = NULL;
		git_oid oid;

		if (!*trees->items[i])
			continue;
		if (git_oid_fromstr(&oid, trees->items[i]) < 0 ||
		    git_tree_lookup(&tree, repo, &oid) < 0)
			return false;
	}
	return true;
}

/* All that differs from the wanted tree, whichever of `trees` a file comes from. */
static ERR_CHECK plan_move(git_repository *repo, const struct strvec *trees, const git_oid *oid,
			   struct build_files *files)
{
	GIT_TREE tree = NULL;

	TRY(repo_tree(repo, oid, &tree));
	for (size_t i = 0; i < trees->count; i++)
		TRY(add_difference(repo, trees->items[i], tree, files));
	return NULL;
}

ERR_CHECK build_source_set(git_repository *repo, const char *folder, const git_oid *tree,
			   struct build_source_move *move)
{
	OWNED_STR state = xasprintf("%s.json", folder);
	BUILD_FILES files = { 0 };
	char wanted[OID_HEX_SIZE];
	double seconds, begin = loop_now();
	bool anew;
	STRVEC trees = { 0 };
	STRVEC now = { 0 };

	*move = (struct build_source_move){ 0 };
	git_oid_tostr(wanted, sizeof(wanted), tree);
	strvec_push(&now, wanted);
	TRY(read_state(state, &trees, &seconds));
	if (trees.count == 1 && str_equal(trees.items[0], wanted) && file_is_dir(folder))
		return NULL;
	/* "": a fill that was cut off, and what was there before it is still there. */
	anew = !trees.count || trees.count > MAX_TREES || !file_is_dir(folder) ||
	       strvec_has(&trees, "") || !all_known(repo, &trees);
	if (anew)
		TRY(start_anew(folder, &trees));
	/* Before anything is recorded: a tree that is refused leaves no trace. */
	TRY(plan_move(repo, &trees, tree, &files));
	if (!strvec_has(&trees, wanted))
		strvec_push(&trees, wanted);
	TRY(write_state(state, &trees, seconds));
	TRY(anew ? fill_anew(&files, repo, folder) : build_files_apply(&files, repo, folder));
	move->written = files.written;
	move->removed = files.removed;
	return write_state(state, &now, anew ? loop_now() - begin : seconds);
}

bool build_source_is_filled(const char *folder)
{
	OWNED_STR state = xasprintf("%s.json", folder);

	return file_exists(state) && file_is_dir(folder);
}
