/* SPDX-License-Identifier: GPL-2.0 */
/*
 * worktree.h - a git work tree of farrier's own, beside the kernel repository.
 *
 * `git worktree add` would write into the user's repository. This one has a
 * repository of its own in FOLDER/.git that borrows the other's objects
 * (objects/info/alternates), so `git diff`, `git log` and an editor's git work in it
 * and nothing that happens here is seen there.
 *
 * Of a tree of 80,000 files only some folders are checked out (git's sparse
 * checkout, cone mode): those of the files named, without what is below them, and
 * the folders above. Hooks, filters, line end conversion, signing and the rest of
 * the user's configuration that could change a byte are switched off in it.
 */
#ifndef FARRIER_WORKTREE_H
#define FARRIER_WORKTREE_H

#include "core/repo.h"

/* Makes the repository unless it is there, and opens it. */
ERR_CHECK worktree_open(const char *folder, git_repository *kernel, git_repository **own) MUST_USE;

/*
 * For who expects what git checks out: line ends are as the tree's attributes say, and the tags of
 * the other repository are there. Filters still are not.
 */
ERR_CHECK worktree_as_git(const char *folder, git_repository *kernel) MUST_USE;

/* A file whose place in the index is not that of the tree that was checked out. */
struct worktree_entry {
	const char *path;
	struct worktree_stage {
		bool there;
		unsigned mode;
		git_oid id;
	} stages[4]; /* as git has them: 0 merged; 1 before, 2 the branch, 3 the patch */
};

struct worktree_checkout {
	git_oid head;		    /* a commit: what HEAD becomes, detached */
	git_oid tree;		    /* what the files become */
	const struct strvec *paths; /* files whose folders are wanted */
	bool full;		    /* all of them; nobody but farrier works in it */
	const struct worktree_entry *entries;
	size_t entry_count;
};

/* Fills the work tree, over what is there; files that it does not know stay. */
ERR_CHECK worktree_checkout(const char *folder, git_repository *own,
			    const struct worktree_checkout *checkout) MUST_USE;

/*
 * Copies what `ids` (commits, trees, blobs) need and commit `base` does not have into
 * the work tree's own repository. Much of it may be borrowed from the other one,
 * where no ref holds it and the next 'git gc' may remove it. It is little: `base` shares
 * nearly all.
 */
ERR_CHECK worktree_hold(const char *folder, const git_oid *base, const git_oid *ids,
			size_t count) MUST_USE;

/*
 * What the files are now, as a tree: changed, new and deleted ones; what is not
 * checked out is as in HEAD. Whether a new file counts is decided by .git/info/exclude
 * alone, which names what builds and editors leave; the tree's .gitignore is not asked.
 * The index stays as it is.
 */
ERR_CHECK worktree_snapshot(const char *folder, git_oid *tree) MUST_USE;

#endif
