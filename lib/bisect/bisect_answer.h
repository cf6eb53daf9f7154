/* SPDX-License-Identifier: GPL-2.0 */
/* bisect_answer.h - what a bisection says: who it is, how sure that is, and what shows it. */
#ifndef FARRIER_BISECT_ANSWER_H
#define FARRIER_BISECT_ANSWER_H

#include "bisect.h"

struct bisect_suspect {
	size_t number;
	double probability;
};

struct bisect_answer {
	enum suspect_what what; /* SUSPECT_BOOT: it still goes on */
	size_t culprit;		/* of SUSPECT_FOUND, else SIZE_MAX */
	size_t next;		/* of SUSPECT_BOOT: what is tested next */
	double confidence;	/* of the culprit; or that there is none */
	double both_bad, no_bug;
	double p;		     /* how often a bad commit passes, on average */
	struct bisect_suspect *list; /* the likeliest first: together 1 - delta, or LIST_MOST */
	size_t count;
};

#define BISECT_LIST_MOST 50

void bisect_answer_release(struct bisect_answer *answer);

/* What is known now. */
void bisect_answer(struct bisect *bisect, struct bisect_answer *answer);

/* "running", "found", "nobody", "stuck" */
const char *bisect_answer_name(enum suspect_what what);

/*
 * {"schema":1, "state":NAME, "culprit":ID|null, "confidence":P, "set":[{"commit","subject",
 * "probability"}], "nobody":{"both_bad":P,"no_bug":P}, "next":ID|null, "suspects":N, "spared":N,
 * "builds":N, "boots":N, "infra":N, "seconds":S, "assumed":{"p","q","delta"},
 * "commits":[{"commit","subject",
 * "passed","failed","infra","mark","skipped","why","log","line","text"}]}
 *
 * "commits" are those that something is known of. New reference.
 */
ERR_CHECK bisect_answer_json(struct bisect *bisect, const struct bisect_answer *answer,
			     json_t **json) MUST_USE;

/* A commit's first line. The caller frees it. */
ERR_CHECK bisect_subject(const struct bisect *bisect, size_t number, char **subject) MUST_USE;

#endif
