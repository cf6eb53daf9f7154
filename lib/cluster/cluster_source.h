/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cluster_source.h - a source tree on its way to the nodes: into SHARED/linux.git.
 *
 * What a node takes is a commit without parents that holds the tree. It gets there by git push: of
 * a tree that differs little from the last one of its branch, little is sent. In the shared
 * repository refs/farrier/cluster/BRANCH holds the last one, and refs/farrier/build/KEY those that
 * builds still need; in the kernel repository there is no ref of this. Whoever sends a build's
 * source or forgets it holds the lock of the build.
 */
#ifndef FARRIER_CLUSTER_SOURCE_H
#define FARRIER_CLUSTER_SOURCE_H

#include "core/proc.h"
#include "core/repo.h"

/* Makes the commit; the same tree is the same one. */
ERR_CHECK cluster_source_commit(git_repository *repo, const git_oid *tree,
				git_oid *commit) MUST_USE;

/* Makes the shared repository unless it is there; locks that nobody can hold any more go. */
ERR_CHECK cluster_source_prepare(const char *shared) MUST_USE;

/* Whether it has the commit, and a ref for this build. */
ERR_CHECK cluster_source_is_there(const char *shared, const char *key, const git_oid *commit,
				  bool *there) MUST_USE;

/* A tree on its way. Everything is borrowed. */
struct cluster_source {
	git_repository *repo;
	const char *shared;
	const char *key, *branch; /* of the build */
	git_oid commit;		  /* of cluster_source_commit() */
};

/* Starts to send it; what git says goes to `output`. */
ERR_CHECK cluster_source_send(const struct cluster_source *source, struct loop *loop, int output,
			      proc_callback callback, void *data, struct proc **proc) MUST_USE;

/*
 * Once it was sent: holds it for the build, and as the last one of its branch; where another
 * process does the latter at this moment, its commit does as well.
 */
ERR_CHECK cluster_source_sent(const struct cluster_source *source) MUST_USE;

/* The build is over: its ref in the shared repository goes. */
ERR_CHECK cluster_source_forget(const char *shared, const char *key) MUST_USE;

/* Packs the shared repository where git says that it is time. Waits for it. */
ERR_CHECK cluster_source_tidy(const char *shared) MUST_USE;

#endif
