// SPDX-License-Identifier: GPL-2.0
#include "base/interrupt.h"
#include "repo_diff.h"

/* Trees in trees deeper than this are no source code. */
#define MAX_DEPTH 512

struct walk {
	git_repository *repo;
	struct strvec *paths;
	struct strbuf folder; /* with a final '/', or empty */
	int depth;
};

static void release_walk(struct walk *walk)
{
	strbuf_release(&walk->folder);
}

static const git_tree_entry *entry_at(const git_tree *tree, size_t i)
{
	return tree && i < git_tree_entrycount(tree) ? git_tree_entry_byindex(tree, i) : NULL;
}

static bool is_tree(const git_tree_entry *entry)
{
	return git_tree_entry_type(entry) == GIT_OBJECT_TREE;
}

static bool same_entry(const git_tree_entry *a, const git_tree_entry *b)
{
	return git_oid_equal(git_tree_entry_id(a), git_tree_entry_id(b)) &&
	       git_tree_entry_filemode_raw(a) == git_tree_entry_filemode_raw(b);
}

static ERR_CHECK compare(struct walk *walk, git_tree *before, git_tree *after);

/* One name, in either tree or in both; what stands for a folder there is gone into. */
static ERR_CHECK note(struct walk *walk, const git_tree_entry *before, const git_tree_entry *after)
{
	bool left = before && is_tree(before), right = after && is_tree(after);
	size_t length = walk->folder.len;
	GIT_TREE old = NULL;
	GIT_TREE new = NULL;

	strbuf_adds(&walk->folder, git_tree_entry_name(before ? before : after));
	if ((before && !left) || (after && !right))
		strvec_push(walk->paths, strbuf_str(&walk->folder));
	if (left)
		TRY(repo_tree(walk->repo, git_tree_entry_id(before), &old));
	if (right)
		TRY(repo_tree(walk->repo, git_tree_entry_id(after), &new));
	if (left || right) {
		strbuf_addc(&walk->folder, '/');
		TRY(compare(walk, old, new));
	}
	strbuf_setlen(&walk->folder, length);
	return NULL;
}

/* Both are sorted by git_tree_entry_cmp(), in which a folder's name ends with '/'. */
static ERR_CHECK compare(struct walk *walk, git_tree *before, git_tree *after)
{
	const git_tree_entry *a, *b;
	size_t i = 0, j = 0;

	if (++walk->depth > MAX_DEPTH)
		return err_input("'%s' has more than %d folders in each other",
				 strbuf_str(&walk->folder), MAX_DEPTH);
	TRY(interrupt_check());
	while ((a = entry_at(before, i)), (b = entry_at(after, j)), a || b) {
		int order = !a ? 1 : !b ? -1 : git_tree_entry_cmp(a, b);

		i += order <= 0;
		j += order >= 0;
		if (order == 0 && same_entry(a, b))
			continue;
		TRY(note(walk, order <= 0 ? a : NULL, order >= 0 ? b : NULL));
	}
	walk->depth--;
	return NULL;
}

ERR_CHECK repo_changed_paths(git_repository *repo, git_tree *before, git_tree *after,
			     struct strvec *paths)
{
	CLEANUP(release_walk) struct walk walk = { .repo = repo, .paths = paths };

	if (before && after && git_oid_equal(git_tree_id(before), git_tree_id(after)))
		return NULL;
	return compare(&walk, before, after);
}

ERR_CHECK repo_diff_trees(git_repository *repo, git_tree *before, git_tree *after,
			  const git_diff_options *options, git_diff **diff)
{
	git_diff_options limited = *options;
	STRVEC paths = { 0 };

	TRY(repo_changed_paths(repo, before, after, &paths));
	/* an empty list would be everything */
	if (!paths.count)
		before = after;
	limited.pathspec = (git_strarray){ paths.items, paths.count };
	limited.flags |= GIT_DIFF_DISABLE_PATHSPEC_MATCH;
	if (git_diff_tree_to_tree(diff, repo, before, after, &limited) < 0)
		return repo_error("cannot compare trees");
	return NULL;
}
