// SPDX-License-Identifier: GPL-2.0
/* port_tree.c - a tree with some files changed; only the folders on the way are written. */
#include "port_internal.h"

void port_changes_release(struct port_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		free(changes->items[i].path);
	free(changes->items);
	port_index_release(&changes->index);
	*changes = (struct port_changes){ 0 };
}

static struct port_change *find(const struct port_changes *changes, const char *path)
{
	size_t at;

	return port_index_find(&changes->index, path, &at) ? &changes->items[at] : NULL;
}

const struct port_change *port_changes_find(const struct port_changes *changes, const char *path)
{
	return find(changes, path);
}

static struct port_change *find_or_add(struct port_changes *changes, const char *path)
{
	struct port_change *change = find(changes, path);

	if (change)
		return change;
	if ((changes->count & (changes->count - 1)) == 0)
		changes->items = xreallocarray(changes->items,
					       changes->count ? changes->count * 2 : 1,
					       sizeof(*changes->items));
	change = &changes->items[changes->count++];
	*change = (struct port_change){ .path = xstrdup(path), .deleted = true };
	port_index_add(&changes->index, change->path, changes->count - 1);
	return change;
}

void port_changes_write(struct port_changes *changes, const char *path, unsigned mode,
			const git_oid *id)
{
	struct port_change *change = find_or_add(changes, path);

	change->deleted = false;
	change->mode = mode;
	git_oid_cpy(&change->id, id);
}

void port_changes_delete(struct port_changes *changes, const char *path)
{
	find_or_add(changes, path);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct port_change *)a)->path, ((const struct port_change *)b)->path);
}

/* Changes that lie in one folder, sorted by path; `depth` bytes of each path lead there. */
struct level {
	const struct port_change *first;
	size_t count;
	size_t depth;
};

static ERR_CHECK write_level(git_repository *repo, const git_oid *tree, const struct level *level,
			     git_oid *result, bool *empty);

/* How many of the changes are below the folder that the first one is in. */
static size_t count_below(const struct level *level, size_t name_length)
{
	const char *name = level->first->path + level->depth;
	size_t count = 1;

	while (count < level->count &&
	       strncmp(level->first[count].path + level->depth, name, name_length + 1) == 0)
		count++;
	return count;
}

static bool only_deleted(const struct level *level)
{
	for (size_t i = 0; i < level->count; i++)
		if (!level->first[i].deleted)
			return false;
	return true;
}

static ERR_CHECK change_folder(git_repository *repo, git_treebuilder *builder,
			       const struct level *level, size_t name_length)
{
	OWNED_STR name = xstrndup(level->first->path + level->depth, name_length);
	const git_tree_entry *entry = git_treebuilder_get(builder, name);
	struct level below = { level->first, level->count, level->depth + name_length + 1 };
	const git_oid *old = NULL;
	bool empty;
	git_oid id;

	if (entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		old = git_tree_entry_id(entry);
	else if (entry && only_deleted(level))
		return NULL; /* a file took the folder's place */
	else if (entry)
		return err_input("'%s' is no folder in the tree", name);
	TRY(write_level(repo, old, &below, &id, &empty));
	if (!empty && git_treebuilder_insert(NULL, builder, name, &id, GIT_FILEMODE_TREE) < 0)
		return repo_error("cannot write folder '%s'", name);
	if (empty && old && git_treebuilder_remove(builder, name) < 0)
		return repo_error("cannot remove folder '%s'", name);
	return NULL;
}

static ERR_CHECK change_entry(git_treebuilder *builder, const struct port_change *change,
			      const char *name)
{
	if (change->deleted) {
		if (git_treebuilder_get(builder, name) && git_treebuilder_remove(builder, name) < 0)
			return repo_error("cannot remove '%s'", change->path);
		return NULL;
	}
	if (git_treebuilder_insert(NULL, builder, name, &change->id, (git_filemode_t)change->mode) <
	    0)
		return repo_error("cannot write '%s'", change->path);
	return NULL;
}

static ERR_CHECK change_all(git_repository *repo, git_treebuilder *builder,
			    const struct level *level)
{
	for (size_t i = 0; i < level->count;) {
		const struct port_change *change = &level->first[i];
		const char *name = change->path + level->depth;
		size_t length = strcspn(name, "/");
		struct level rest = { change, level->count - i, level->depth };

		if (!name[length]) {
			TRY(change_entry(builder, change, name));
			i++;
			continue;
		}
		rest.count = count_below(&rest, length);
		TRY(change_folder(repo, builder, &rest, length));
		i += rest.count;
	}
	return NULL;
}

static void release_builder(git_treebuilder **builder)
{
	git_treebuilder_free(*builder);
}

static ERR_CHECK write_level(git_repository *repo, const git_oid *tree, const struct level *level,
			     git_oid *result, bool *empty)
{
	CLEANUP(release_builder) git_treebuilder *builder = NULL;
	GIT_TREE old = NULL;

	if (tree)
		TRY(repo_tree(repo, tree, &old));
	if (git_treebuilder_new(&builder, repo, old) < 0)
		return repo_error("cannot make a tree");
	TRY(change_all(repo, builder, level));
	*empty = git_treebuilder_entrycount(builder) == 0;
	if (git_treebuilder_write(result, builder) < 0)
		return repo_error("cannot write a tree");
	return NULL;
}

ERR_CHECK port_tree_write(git_repository *repo, const git_oid *tree, struct port_changes *changes,
			  git_oid *result)
{
	struct level top = { changes->items, changes->count, 0 };
	bool empty;

	if (changes->count == 0) {
		git_oid_cpy(result, tree);
		return NULL;
	}
	port_index_release(&changes->index);
	qsort(changes->items, changes->count, sizeof(*changes->items), compare_paths);
	return write_level(repo, tree, &top, result, &empty);
}

ERR_CHECK port_tree_find(git_repository *repo, const git_oid *tree_id, const char *path,
			 enum port_kind *kind, unsigned *mode, git_oid *id)
{
	GIT_TREE_ENTRY entry = NULL;
	GIT_TREE tree = NULL;
	int result;

	*kind = PORT_NOTHING;
	TRY(repo_tree(repo, tree_id, &tree));
	result = git_tree_entry_bypath(&entry, tree, path);
	if (result == GIT_ENOTFOUND)
		return NULL;
	if (result < 0)
		return repo_read_error(repo, "cannot look for '%s'", path);
	*mode = (unsigned)git_tree_entry_filemode(entry);
	git_oid_cpy(id, git_tree_entry_id(entry));
	*kind = git_tree_entry_type(entry) == GIT_OBJECT_TREE	  ? PORT_FOLDER
		: git_tree_entry_type(entry) == GIT_OBJECT_COMMIT ? PORT_SUBMODULE
								  : PORT_FILE;
	return NULL;
}

ERR_CHECK port_tree_obstacle(git_repository *repo, const git_oid *tree, const char *path,
			     char **obstacle)
{
	*obstacle = NULL;
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		OWNED_STR folder = xstrndup(path, (size_t)(slash - path));
		enum port_kind kind;
		unsigned mode;
		git_oid id;

		TRY(port_tree_find(repo, tree, folder, &kind, &mode, &id));
		if (kind == PORT_NOTHING)
			return NULL;
		if (kind != PORT_FOLDER) {
			*obstacle = TAKE_PTR(folder);
			return NULL;
		}
	}
	return NULL;
}
