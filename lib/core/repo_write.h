/* SPDX-License-Identifier: GPL-2.0 */
/*
 * repo_write.h - a repository handle that writes many small objects.
 *
 * Before libgit2 writes an object that is nowhere, it looks through all pack folders
 * once more (git_odb__freshen() in odb.c), which takes longer than to write it; and a
 * tree that was just written is read from its file for the next patch. What is new is
 * seldom in a pack that came a moment ago, and were it there, the same object as a
 * loose one does no harm.
 */
#ifndef FARRIER_REPO_WRITE_H
#define FARRIER_REPO_WRITE_H

#include "repo.h"

/*
 * Makes a handle, just opened, one that does neither. It reads and writes what it did
 * before, loose objects: one that is there already is not written again.
 */
ERR_CHECK repo_write_quickly(git_repository *repo) MUST_USE;

#endif
