/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build_source.h - one folder per branch with the files of one tree.
 *
 * Moving it from one tree to another writes only the files that differ; all
 * others keep their times, so that make builds only what has to be built. Which
 * tree the folder holds is recorded beside it, in FOLDER.json:
 *
 *   {"schema":1,"trees":["OID"]}          every file is as in this tree
 *   {"schema":1,"trees":["OID","OID"]}    each file is as in one of these, or torn
 *
 * The second is written before a move begins and the first after it has ended.
 * A move out of the second state looks at every file in which the trees differ,
 * so a move may be cut off anywhere, as often as one likes. "" is the empty tree.
 * A folder of which nothing is known, as its tree is in another repository, is compared with
 * the wanted tree file by file, so that make does not begin from nothing.
 * "seconds" is what the last filling from nothing took, once there was one.
 */
#ifndef FARRIER_BUILD_SOURCE_H
#define FARRIER_BUILD_SOURCE_H

#include "base/progress.h"
#include "core/repo.h"

/* What a move did. */
struct build_source_move {
	size_t written;
	size_t removed;
};

/*
 * Makes `folder` hold `tree`. The caller has locked the folder. Paths are
 * hostile input: no component ".", ".." or ".git", nothing written through a link.
 */
ERR_CHECK build_source_set(git_repository *repo, const char *folder, const git_oid *tree,
			   struct build_source_move *move) MUST_USE;

/* Whether the folder has been filled before; a first fill needs a lot of space. */
bool build_source_is_filled(const char *folder);

#endif
