/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_fetch.h - commits from another git repository, by 'git fetch'.
 */
#ifndef FARRIER_TREE_FETCH_H
#define FARRIER_TREE_FETCH_H

#include "core/repo.h"

/*
 * Fetches `ref` (a branch, a tag, a full ref name, or an id where the other side
 * allows it) and gives the commit that it stands for; writes no ref. `url` is
 * whatever git takes, but for transports that run commands. ERR_INPUT for an url
 * or ref that cannot be one and for a ref that is not there.
 */
ERR_CHECK tree_fetch(git_repository *repo, const char *url, const char *ref,
		     git_oid *commit) MUST_USE;

#endif
