/* SPDX-License-Identifier: GPL-2.0 */
/* bisect.h - between the files of 'farrier bisect'. */
#ifndef FARRIER_CMD_BISECT_H
#define FARRIER_CMD_BISECT_H

#include "bisect/bisect_answer.h"
#include "out.h"

/* What was said on the command line. */
struct bisect_words {
	struct run *run;
	const char *verb;
	const char *repo, *bad, *build;
	const char *branch, *machine, *model;
	struct strvec with;   /* series */
	struct strvec likely; /* paths */
	struct strvec goods;
	struct strvec args;    /* behind the verb: revisions, a file */
	struct strvec command; /* behind "--" */
	bool no_checkout, if_missing, fixes;
	int cpus, seconds;
	double error, rate;
	int jobs, runs;
};

/*
 * Where sessions are: .farrier of the workspace, of a repository that is nearer, or of the
 * current folder.
 */
ERR_CHECK bisect_home(const struct run *run, char **home) MUST_USE;

/* start, series and replay. */
ERR_CHECK bisect_verb_start(const struct bisect_words *words) MUST_USE;
ERR_CHECK bisect_verb_series(const struct bisect_words *words) MUST_USE;
ERR_CHECK bisect_verb_replay(const struct bisect_words *words) MUST_USE;

/* What is known, as text or JSON; sets the exit code by the answer. */
ERR_CHECK bisect_print(struct run *run, struct bisect *bisect) MUST_USE;
/* The suspects that are left, as a graph. */
ERR_CHECK bisect_print_graph(struct run *run, struct bisect *bisect) MUST_USE;

/* How long it will take, by trials on paper. */
ERR_CHECK bisect_print_plan(const struct bisect_words *words, struct bisect *bisect) MUST_USE;

#endif
