/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree.h - fills the branches of the kernel repository.
 *
 * A branch is filled from a Debian package or a tarball, which makes a snapshot,
 * or by fetching from a git repository. A snapshot is one commit without parents
 * that depends on the source's content alone: the same package or tarball gives
 * the same commit id on every machine. It says what it is in the last paragraph
 * of its message:
 *
 *     Farrier-Snapshot: linux-source-6.12 6.12.117-1~deb12u1
 *     Farrier-Source: sha256:<of the tarball, the one inside when it is a package>
 *
 * Only objects and the branch's ref are written. All objects are made in a
 * quarantine (tree_quarantine.h) and shown to the repository when complete, the
 * ref comes last: an import that is killed leaves a folder, which the next one
 * removes, and nothing else.
 */
#ifndef FARRIER_TREE_H
#define FARRIER_TREE_H

#include "core/kept.h"
#include "record/target.h"

enum tree_kind {
	TREE_FROM_BRANCH,  /* the branch's package, else its url */
	TREE_FROM_PACKAGE, /* a Debian package: "NAME" or "NAME=VERSION" */
	TREE_FROM_TARBALL, /* a file: .tar with any common compression, or .deb */
	TREE_FROM_GIT,	   /* a git URL or folder */
};

struct tree_source {
	enum tree_kind kind;
	const char *what;     /* NULL for TREE_FROM_BRANCH */
	const char *revision; /* TREE_FROM_GIT: the ref to fetch */
	bool force;	      /* also when the branch has it already */
};

/* What a branch holds. */
struct tree_state {
	bool filled;
	git_oid commit;	 /* when filled */
	char *version;	 /* "6.12.117"; "" when it is no kernel or empty */
	char *snapshot;	 /* what it is a snapshot of, or NULL: an upstream commit, or empty */
	char *source_id; /* the value of its Farrier-Source, or NULL */
};

void tree_release_state(struct tree_state *state);
#define TREE_STATE CLEANUP(tree_release_state) struct tree_state

ERR_CHECK tree_read_state(git_repository *repo, const struct branch *branch,
			  struct tree_state *state) MUST_USE;

/*
 * Fills a branch, or brings it up to date; *changed is false when it had all
 * that already. `state` is what it holds then.
 *
 * ERR_INPUT: a ref that is not farrier's to write, a package or version that
 * nobody has, a file that is no archive or holds what may not be in a tree.
 * ERR_ENV: no apt, no network, no room, a repository that cannot be written.
 */
ERR_CHECK tree_import(const struct workspace *workspace, const struct branch *branch,
		      const struct tree_source *source, struct tree_state *state,
		      bool *changed) MUST_USE;

/* For housekeeping: apt's lists of other suites, a package under way, the kernel repository. */
extern const struct kept_kind tree_kept_lists;
extern const struct kept_kind tree_kept_packages;
extern const struct kept_kind tree_kept_repository;

#endif
