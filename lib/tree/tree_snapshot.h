/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_snapshot.h - one commit out of one archive; see tree.h for what it says.
 */
#ifndef FARRIER_TREE_SNAPSHOT_H
#define FARRIER_TREE_SNAPSHOT_H

#include "core/repo.h"

#define TREE_SOURCE_TRAILER "Farrier-Source"

struct tree_snapshot {
	const char *path;  /* the archive */
	const char *label; /* "PACKAGE VERSION" or the file's name: the value of Farrier-Snapshot */
	const char *id;	   /* the value of Farrier-Source */
};

/*
 * Writes the commit and all below it into `repo`, and no ref. A folder that all
 * entries have in common is left away. The tree is what 'git add -A -f' makes of
 * the unpacked archive where no attribute changes a file's bytes; the date is
 * that of the archive's newest entry.
 */
ERR_CHECK tree_snapshot_write(git_repository *repo, const struct tree_snapshot *snapshot,
			      git_oid *commit) MUST_USE;

#endif
