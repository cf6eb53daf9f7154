/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_upstream.h - whether a branch has a patch already, as a commit of its history.
 *
 * Searched are the commits that touch the patch's paths. A commit is the patch
 * when it makes the same change (the same patch id: every hunk with its context,
 * whatever its line), or else when it has the same subject and author. One that
 * a later commit takes back ("This reverts commit <id>") is not, unless that one
 * was taken back too; nor is one whose paths are again, byte for byte, as they were
 * before it.
 */
#ifndef FARRIER_PORT_UPSTREAM_H
#define FARRIER_PORT_UPSTREAM_H

#include "record/patch.h"
#include "port_history.h"

struct port_upstream {
	bool found;
	git_oid commit; /* the newest that is the patch and stands; or, when reverted, that was */
	enum { PORT_BY_PATCH_ID, PORT_BY_SUBJECT } how;
	bool reverted;	/* not found, but it was there: `commit` is what `revert` took back */
	git_oid revert; /* when reverted */
};

/*
 * Looks for a patch in the history of the commit `tip`, at most `limit` commits
 * of it (0: PORT_HISTORY_LIMIT). `cache` is a folder in which what was walked and
 * found is kept, or NULL; a branch of one commit costs nothing. A diff that is
 * refused is ERR_INPUT; not found is a value.
 */
ERR_CHECK port_find_upstream(git_repository *repo, const struct patch *patch, const git_oid *tip,
			     size_t limit, const char *cache,
			     struct port_upstream *result) MUST_USE;

/* The paths that a patch is about, old and new names, added to `paths`. */
ERR_CHECK port_upstream_paths(const struct patch *patch, struct strvec *paths) MUST_USE;

/*
 * The same in a history that was read, for these paths or more; `by_subject`
 * false: only the same change counts. It is what is found that `cache` keeps.
 */
ERR_CHECK port_upstream_in(git_repository *repo, const struct port_history *history,
			   const struct patch *patch, bool by_subject,
			   struct port_upstream *result) MUST_USE;

/* "patch-id" or "subject" */
const char *port_upstream_how(const struct port_upstream *upstream);

#endif
