/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bisect_test.h - how a commit is tested: one interface, a command of the user's or a cell.
 *
 * "test" of a session's first event says which:
 *
 *	{"kind":"none"}
 *	{"kind":"command", "argv":[ARG], "build":CMD|null, "checkout":BOOL, "folder":PATH}
 *	{"kind":"cell", "branch":NAME, "machine":NAME, "cpus":N, "seconds":N, "model":NAME|null}
 *
 * and beside it "workspace":PATH, and what is put on each commit before: "with":[SERIES],
 * "if_missing":BOOL.
 */
#ifndef FARRIER_BISECT_TEST_H
#define FARRIER_BISECT_TEST_H

#include "bisect.h"
#include "core/loop.h"

enum bisect_result { BISECT_PASS, BISECT_FAIL, BISECT_SKIP, BISECT_INFRA };

/* "pass", "fail", "skip", "infra" */
const char *bisect_result_name(enum bisect_result result);

struct bisect_outcome {
	enum bisect_result result;
	double seconds;	  /* of the test alone */
	const char *log;  /* path, or NULL */
	const char *text; /* the line that says so, or why it cannot say; or NULL */
	int64_t line;	  /* of the log, from 1; 0: none */
	bool reused;	  /* somebody made it before */
};

/* What was built for a test. */
struct bisect_built {
	bool ok, reused;
	double seconds;
	const char *text; /* why it is not ok */
};

/* Who waits for a test. Called from the loop; the job may be freed in on_done. */
struct bisect_waiter {
	/* It was built, or is there from before; not called when that is known. */
	const struct err *(*on_built)(void *data, const struct bisect_built *built);
	const struct err *(*on_done)(void *data, const struct bisect_outcome *outcome);
	void *data;
};

struct bisect_job;

/* So many at a time; of `tests`, which hold the builds, as many as were asked for, or 0. */
struct bisect_room {
	int tests, builds;
};

struct bisect_test_kind {
	/* In `room`, then, what can be. */
	ERR_CHECK(*open)
	(struct bisect *bisect, struct loop *loop, struct bisect_room *room, void **state);
	void (*close)(void *state);
	/* A slot has one job at a time. */
	ERR_CHECK(*start)
	(void *state, int slot, size_t number, const struct bisect_waiter *waiter,
	 struct bisect_job **job);
	/* Ends what still runs. */
	void (*free)(struct bisect_job *job);
};

extern const struct bisect_test_kind bisect_command, bisect_cell;

/* The session's; one by hand has none, which is ERR_INPUT. */
ERR_CHECK bisect_test_kind(const struct bisect *bisect,
			   const struct bisect_test_kind **kind) MUST_USE;

/* Finds the session's workspace, and what is put on commits; once. */
ERR_CHECK bisect_need_workspace(struct bisect *bisect) MUST_USE;

/*
 * The commit with what is put on it: *fits says whether all of it could be; if not, *why (the
 * caller's) says what could not.
 */
ERR_CHECK bisect_carry(struct bisect *bisect, const git_oid *commit, git_oid *tip, bool *fits,
		       char **why) MUST_USE;

#endif
