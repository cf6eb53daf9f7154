/* SPDX-License-Identifier: GPL-2.0 */
/*
 * resolve_history.h - which commits touched some lines of a file.
 *
 * As `git log -L` does it: from a commit backwards, the ranges carried over every
 * change of the file, so that a commit that only took lines away is found, too,
 * which a blame does not see. Bounded by the number of commits looked at.
 */
#ifndef FARRIER_RESOLVE_HISTORY_H
#define FARRIER_RESOLVE_HISTORY_H

#include "core/repo.h"
#include "port/port_map.h"

struct resolve_commit {
	git_oid id;
	git_time when; /* the author's */
	char *author;
	char *subject;
};

/* Those that touched one range, newest first. */
struct resolve_commits {
	struct resolve_commit *items;
	size_t count;
	size_t more; /* left out beyond the limit */
};

enum resolve_end {
	RESOLVE_AT_TEXT,     /* the file was what was asked for, or the commit was reached */
	RESOLVE_AT_SNAPSHOT, /* a tree from a package: nothing is known before it */
	RESOLVE_AT_ROOT,     /* the first commit, or the one that made the file */
	RESOLVE_AT_LIMIT,    /* so many commits were looked at */
};

struct resolve_history {
	struct resolve_commits *lists; /* one for each range */
	size_t count;
	enum resolve_end end; /* the least known of all ends that were met */
	git_oid end_commit;   /* where that was */
};

struct resolve_question {
	git_oid tip;
	const char *path;
	const struct port_range *ranges; /* lines of the file at `tip` */
	size_t range_count;
	const git_oid *until_text;   /* stop where the file is this blob; or NULL */
	const git_oid *until_commit; /* stop at this commit; or NULL */
};

void resolve_history_release(struct resolve_history *history);
#define RESOLVE_HISTORY CLEANUP(resolve_history_release) struct resolve_history

ERR_CHECK resolve_history_find(git_repository *repo, const struct resolve_question *question,
			       struct resolve_history *history) MUST_USE;

#endif
