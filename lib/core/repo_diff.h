/* SPDX-License-Identifier: GPL-2.0 */
/*
 * repo_diff.h - what differs between two trees, without reading what does not.
 *
 * libgit2 1.5 goes through both trees from end to end, which for a kernel takes
 * 50 ms and more; trees with one id are the same, and are not read here.
 */
#ifndef FARRIER_REPO_DIFF_H
#define FARRIER_REPO_DIFF_H

#include "repo.h"

/* Adds the path of every file, link or submodule that differs. Either tree may be NULL: nothing. */
ERR_CHECK repo_changed_paths(git_repository *repo, git_tree *before, git_tree *after,
			     struct strvec *paths) MUST_USE;

/* git_diff_tree_to_tree() of what differs; the options have no pathspec of their own. */
ERR_CHECK repo_diff_trees(git_repository *repo, git_tree *before, git_tree *after,
			  const git_diff_options *options, git_diff **diff) MUST_USE;

#endif
