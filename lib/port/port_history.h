/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_history.h - the commits of a branch that changed given paths.
 *
 * One bounded walk from the tip. As git log with paths does (revision.c,
 * try_to_simplify_commit()), of a merge only the parent is followed that has the
 * paths as the merge has them, so what a side branch did to other files is never
 * read; trees are compared from the top, and of equal ones nothing below is read.
 *
 * A walk that took long is kept in a folder of the caller's and not done again.
 * When the branch has moved on, only its new commits are walked. A record that is
 * damaged is made again.
 */
#ifndef FARRIER_PORT_HISTORY_H
#define FARRIER_PORT_HISTORY_H

#include "core/repo.h"

/* How many commits are walked when the caller does not say. */
#define PORT_HISTORY_LIMIT 10000

/* Of more paths than this their folders are watched, or the folders of those. */
#define PORT_HISTORY_PATHS 32

/* One path that a commit changed, against its first parent. */
struct port_touch {
	size_t path;	/* its index in `paths` */
	git_oid before; /* blob or tree; zero: it was not there */
	git_oid after;	/* the same; zero: it is not there any more */
};

/* One commit. */
struct port_event {
	git_oid commit;
	unsigned parents; /* a commit with more than one is no patch */
	struct port_touch *touches;
	size_t touch_count;
};

struct port_history {
	struct strvec paths;	  /* sorted, each once */
	struct port_event *steps; /* newest first */
	size_t count, alloc;
	size_t walked; /* commits that were looked at in this run or an earlier one */
	bool whole;    /* nothing was left out: the limit was not reached, no object was missing */
};

void port_history_release(struct port_history *history);
#define PORT_HISTORY CLEANUP(port_history_release) struct port_history

/*
 * Walks from the commit `tip` through at most `limit` commits (0:
 * PORT_HISTORY_LIMIT). Paths name files or folders. A branch of one commit costs
 * one read. Where commits or trees are missing (a shallow or partial clone) the
 * walk ends there, which is no error. `cache` is a folder for records, made when
 * needed, or NULL.
 */
ERR_CHECK port_history_read(git_repository *repo, const git_oid *tip, const struct strvec *paths,
			    size_t limit, const char *cache, struct port_history *history) MUST_USE;

/* The index in `history->paths` of a path, or of the nearest folder around it; false: neither. */
bool port_history_find(const struct port_history *history, const char *path, size_t *index);

#endif
