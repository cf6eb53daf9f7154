/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cluster_source.h - a source tree on its way to the nodes: into SHARED/linux.git.
 *
 * What is sent is a commit without parents that holds the tree, by git push: of a tree that
 * differs little from one that was sent before, little is sent. refs/farrier/cluster/BRANCH in
 * the kernel repository holds the last one, refs/farrier/cluster/BRANCH in the shared one, too,
 * and refs/farrier/build/KEY there those that builds still need.
 */
#ifndef FARRIER_CLUSTER_SOURCE_H
#define FARRIER_CLUSTER_SOURCE_H

#include "core/proc.h"
#include "core/repo.h"

/* Makes the commit; the same tree is the same one. */
ERR_CHECK cluster_source_commit(git_repository *repo, const git_oid *tree,
				git_oid *commit) MUST_USE;

/* Makes the shared repository unless it is there. */
ERR_CHECK cluster_source_prepare(const char *shared) MUST_USE;

/* Whether it has the commit, and a ref for this build. */
ERR_CHECK cluster_source_is_there(const char *shared, const char *key, const git_oid *commit,
				  bool *there) MUST_USE;

/* Starts to send it; what git says goes to `output`. */
ERR_CHECK cluster_source_send(struct loop *loop, git_repository *repo, const char *shared,
			      const char *key, const git_oid *commit, int output,
			      proc_callback callback, void *data, struct proc **proc) MUST_USE;

/*
 * Holds what was sent on both sides, so that the next push of the branch is small. Where another
 * process does the same at this moment, its commit does as well.
 */
void cluster_source_sent(git_repository *repo, const char *shared, const char *branch,
			 const git_oid *commit);

/* The build is over: its ref in the shared repository goes. */
ERR_CHECK cluster_source_forget(const char *shared, const char *key) MUST_USE;

#endif
