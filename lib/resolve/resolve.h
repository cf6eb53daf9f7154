/* SPDX-License-Identifier: GPL-2.0 */
/*
 * resolve.h - a person finishes what port_run() could not.
 *
 * A session is the first patch of a series that needs a person on a branch (fuzzy,
 * stale or in conflict), opened in a work tree:
 *
 *     .farrier/resolve/SERIES/BRANCH.lock
 *     .farrier/resolve/SERIES/BRANCH/
 *         tree/            the work tree, see worktree.h
 *         RESOLVE.txt      what does not fit, and why
 *         resolve.json     the record; written last, removed first
 *
 * HEAD of the work tree is the last good commit: the branch, the series' prerequisites,
 * and its patches up to there. The files are what the patch makes of that, as far
 * as it goes. In git's index is what fits for certain; `git diff` shows the rest.
 *
 * All that is written before a port is recorded is written there: the kernel's
 * repository gets no object and no ref from a session that is aborted. What a session
 * needs besides the branch's own commits is kept there, too, so that 'git gc' in the
 * kernel's repository does it no harm.
 */
#ifndef FARRIER_RESOLVE_H
#define FARRIER_RESOLVE_H

#include "build/build.h"
#include "core/file.h"
#include "port/port.h"
#include "stack/stack.h"

struct resolve {
	const struct workspace *workspace;
	git_repository *kernel; /* borrowed */
	git_repository *own;	/* the work tree's; NULL while there is none */
	struct file_lock lock;
	char *lock_path;
	char *folder;
	char *tree; /* the work tree */
	char *text_path;
	struct branch branch;
	struct stack_layers below; /* what the series needs */
	struct series series;
	/* the open session */
	json_t *record; /* as in resolve.json; NULL: none is open */
	struct strbuf text;
	size_t index; /* of the patch in the series */
	git_oid base; /* the branch's commit */
	git_oid head;
};

void resolve_release(struct resolve *resolve);
#define RESOLVE CLEANUP(resolve_release) struct resolve

/*
 * Locks the session of a series on a branch and reads what there is of it: `record` is
 * NULL when none is open. One that somebody works on is ERR_ENV. The remains of a
 * run that was killed before it was complete count as none. resolve_drop() alone does
 * without the kernel's repository, which may be NULL for it.
 */
ERR_CHECK resolve_open(const struct workspace *workspace, git_repository *kernel,
		       const char *series, const char *branch, struct resolve *resolve) MUST_USE;

/*
 * Opens the first patch that needs a person, in the work tree that is there or in a
 * new one; `full`: with every file. `record` stays NULL when no patch needs one, and
 * then nothing is left of the session.
 */
ERR_CHECK resolve_start(struct resolve *resolve, bool full) MUST_USE;

/* Removes all of the session. */
ERR_CHECK resolve_drop(struct resolve *resolve) MUST_USE;

/* Where the series stands, carried in the kernel's repository over what it needs. */
ERR_CHECK resolve_stand(const struct resolve *resolve, struct port *port) MUST_USE;

/* What a person made of it. */
struct resolve_result {
	git_oid tree;
	struct strvec left;    /* files that conflict and are as the branch has them */
	struct strvec strange; /* new files that the patch does not make */
	struct strvec others;  /* changed or deleted files that the patch does not touch */
};

void resolve_release_result(struct resolve_result *result);
#define RESOLVE_RESULT CLEANUP(resolve_release_result) struct resolve_result

/*
 * Reads the work tree. Conflict markers that are left, no change at all, and a patch of
 * the series that is another one now are ERR_INPUT.
 */
ERR_CHECK resolve_look(struct resolve *resolve, struct resolve_result *result) MUST_USE;

/* Builds the branch with the result. */
ERR_CHECK resolve_build(struct resolve *resolve, const struct resolve_result *result,
			struct build *build) MUST_USE;

/* The note of the port that is being replaced, without its brackets; "" for none. Caller frees. */
char *resolve_old_note(const struct resolve *resolve);

/*
 * Records the result as ports/BRANCH/NNNN-*.patch with "[ NAME: note ]" behind the
 * message, and reads it back. *path is the file, the caller's. The session is over then:
 * resolve_start() goes on with the next patch, resolve_drop() ends.
 */
ERR_CHECK resolve_record(struct resolve *resolve, const struct resolve_result *result,
			 const char *note, char **path) MUST_USE;

/* The open session as --json shows it, or its end. New reference. */
json_t *resolve_json(const struct resolve *resolve, const char *state);

#endif
