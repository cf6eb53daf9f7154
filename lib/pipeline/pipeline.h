/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pipeline.h - from a series to an answer: port, build, boot, judge, verify.
 *
 * Each step leaves its record: port its objects, build its folder in the cache,
 * every boot its folder in .farrier/boots/. A second run takes up all of them
 * whose key still matches.
 */
#ifndef FARRIER_PIPELINE_H
#define FARRIER_PIPELINE_H

#include "stack/stack.h"
#include "pipeline_trial.h"

struct pipeline_verify_request {
	const struct workspace *workspace;
	git_repository *repo;
	const char *series; /* names */
	const char *model;  /* or NULL */
	const char *branch;
	const struct strvec *machines; /* names; none: every emulator for the branch */
	const int *cpus;	       /* counts to boot with; none: what each machine says */
	size_t cpu_count;
	int seconds; /* of test in each boot */
	struct verify_plan plan;
};

enum pipeline_answer {
	PIPELINE_FIXED,
	PIPELINE_NOT_FIXED,
	PIPELINE_INCONCLUSIVE,
	PIPELINE_NOT_PORTED,
	PIPELINE_NOT_BUILT,
};

/* "fixed", "not-fixed", "inconclusive", "not-ported", "not-built" */
const char *pipeline_answer_name(enum pipeline_answer answer);

/* The two kernels of the experiment. */
enum { PIPELINE_WITHOUT, PIPELINE_WITH, PIPELINE_KERNELS };

/* Wall seconds. What is neither make's nor a machine's is farrier's own. */
struct pipeline_timing {
	double wall, port, make, machines;
};

struct pipeline_verified {
	char *branch;
	char *version;
	enum pipeline_answer answer;
	char *reason;
	double confidence;
	struct build builds[PIPELINE_KERNELS]; /* zeroed when it did not come to it */
	struct pipeline_trial *trial;	       /* or NULL */
	struct pipeline_timing timing;
};

void pipeline_verified_release(struct pipeline_verified *verified);
#define PIPELINE_VERIFIED CLEANUP(pipeline_verified_release) struct pipeline_verified

/*
 * Does the experiment on one branch. A series that does not fit or a kernel that
 * does not build is an answer, not an error.
 */
ERR_CHECK pipeline_verify(const struct pipeline_verify_request *request,
			  struct pipeline_verified *verified) MUST_USE;

/* One member of "branches" as --json shows it. New reference. */
json_t *pipeline_verified_json(const struct pipeline_verified *verified);

#endif
