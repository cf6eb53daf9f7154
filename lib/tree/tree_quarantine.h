/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_quarantine.h - a bare repository of its own for objects in the making.
 *
 * It stands in the kernel repository's objects/ as tmp_farrier-XXXXXX, so that
 * its packs can be renamed into place and git's own 'prune' knows it as rubbish,
 * and borrows the repository's objects, so that nothing is stored twice. git
 * runs with GIT_DIR pointing here: it sees neither refs, config nor hooks of the
 * kernel repository, and cannot change them.
 */
#ifndef FARRIER_TREE_QUARANTINE_H
#define FARRIER_TREE_QUARANTINE_H

#include "core/file.h"
#include "core/repo.h"

struct tree_quarantine {
	char *objects; /* the kernel repository's objects folder, without a final '/' */
	char *folder;  /* the quarantine */
};

#define TREE_QUARANTINE CLEANUP(tree_quarantine_close) struct tree_quarantine

/* The ref, in the quarantine, that git writes its result to. */
#define TREE_QUARANTINE_REF "refs/farrier/incoming"

/* The objects folder of a repository. The caller frees it. */
char *tree_quarantine_objects(git_repository *repo);

/* Locks the repository against other imports; waits for one that runs. */
ERR_CHECK tree_quarantine_lock(git_repository *repo, struct file_lock *lock) MUST_USE;

/* Removes what killed imports left behind and makes a new quarantine. Needs the lock. */
ERR_CHECK tree_quarantine_open(git_repository *repo, struct tree_quarantine *quarantine) MUST_USE;

/* Adds to `env` what makes git work in the quarantine, for proc_spec.env. */
void tree_quarantine_env(const struct tree_quarantine *quarantine, struct strvec *env);

/* The commit that TREE_QUARANTINE_REF stands for; ERR_INPUT when that is no commit. */
ERR_CHECK tree_quarantine_commit(const struct tree_quarantine *quarantine,
				 git_oid *commit) MUST_USE;

/* Moves the finished packs into the kernel repository. */
ERR_CHECK tree_quarantine_publish(const struct tree_quarantine *quarantine) MUST_USE;

/* Removes the quarantine. */
void tree_quarantine_close(struct tree_quarantine *quarantine);

#endif
