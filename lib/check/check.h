/* SPDX-License-Identifier: GPL-2.0 */
/*
 * check.h - a series on its branches, looked at patch by patch: what the linter
 * says of each, how it was carried, and whether the tree builds behind it.
 *
 *     check_lint.c   the linter, on the series and on each branch
 *     check_carry.c  as much of the series as a branch takes
 *     check_build.c  a build behind every patch, all branches in one loop
 *     check_judge.c  which patch is to blame for a build that fails
 *
 * What a series names as its prerequisites is below it. The builds of a branch go
 * from the bottom up, so that each compiles only what its patch changed; all are in
 * the cache by their key, so a second check builds nothing.
 *
 * A patch in conflict is not the end: what can be carried of it is built, and the
 * patches behind it on top of that. The record says what was left out.
 */
#ifndef FARRIER_CHECK_H
#define FARRIER_CHECK_H

#include "build/build.h"
#include "lint/lint.h"
#include "stack/stack.h"

/* What a build says of the patch that it ends with. */
enum check_outcome {
	CHECK_NONE,   /* there is nothing to build */
	CHECK_OK,     /* it builds */
	CHECK_BROKEN, /* it does not, and the patch is to blame */
	CHECK_HIDDEN, /* it does not, but something below is to blame: nothing new was seen */
};

/* A tree, and how it built. */
struct check_step {
	git_oid commit;
	bool wanted; /* it is there to be built */
	bool done;   /* `build` is filled */
	struct build build;
	enum check_outcome outcome;
	/* For CHECK_BROKEN, what its patch is to blame for; indices into build.diagnostics. */
	size_t *faults;
	size_t fault_count;
	/* CHECK_BROKEN and CHECK_HIDDEN: the first patch to blame, 0 for what is below the series.
	 */
	int culprit;
};

struct check_patch {
	struct strvec left_out; /* paths of the patch that are not in what was built */
	struct lint_findings lint;
	struct check_step step;
};

struct check_branch {
	struct branch branch;
	char *version;	    /* "6.12.117", or "" */
	struct stack stack; /* the prerequisites, then the series where they fit */
	char *problem; /* why the series could not be tried: a prerequisite does not fit; or NULL */
	struct lint_findings lint; /* of the series as a whole */
	struct check_step base;	   /* the branch itself */
	struct check_step needs;   /* with the prerequisites; not wanted when they change nothing */
	struct port carried;	   /* what is built; may be less than the port */
	struct check_patch *patches;
	size_t patch_count;
};

struct check {
	struct series series;
	struct stack_layers layers;
	struct lint_findings *messages; /* of each patch, whatever the branch */
	struct check_branch *branches;
	size_t count;
};

void check_release(struct check *check);
#define CHECK CLEANUP(check_release) struct check

struct check_request {
	const struct workspace *workspace;
	git_repository *repo;
	const char *series;
	const struct strvec *branches; /* names; each filled */
	bool lint, build;
	bool strict; /* matters of taste too, and warnings are faults */
};

/* Does it all. What is found is a value; errors are bad input and the machine's. */
ERR_CHECK check_run(const struct check_request *request, struct check *check) MUST_USE;

/* The series' own port on a branch; NULL when it could not be tried. */
const struct port *check_port(const struct check_branch *branch);

/* The outcome of what the patches stand on: the prerequisites when they were built, else the
 * branch. */
const struct check_step *check_ground(const struct check_branch *branch);

/* The first later patch behind which a tree builds that `patch` (index from 0) broke; 0: none. */
int check_mended_by(const struct check_branch *branch, size_t patch);

/* Whether a build's warning stands in a line that the step's patch brought in. */
bool check_is_new_warning(const struct check_step *step, const struct build_diagnostic *diagnostic);

/* Whether everything is as it should be: all is carried, all builds, no error of the linter. */
bool check_is_clean(const struct check *check, bool strict);

/* The document of --json. New reference. */
json_t *check_json(const struct check *check);

#endif
