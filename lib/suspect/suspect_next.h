/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suspect_next.h - the course of a bisection: what is to be booted next, or what the answer is.
 *
 * Both ends come first: the bad one until it failed SUSPECT_END_FAILS times and clearly more often
 * than a good commit does, which says how often a bad one passes; when it does not within
 * SUSPECT_END_BOOTS, the bug is not there, or shows too rarely to be looked for. Then the good one,
 * as often as makes it likely that it is not bad too. Then what
 * suspect_choose() says, until one suspect is the culprit with probability 1 - delta and was seen
 * to fail twice; or it is likely that none of them is; or nothing that could be booted would say
 * enough for what it costs.
 */
#ifndef FARRIER_SUSPECT_NEXT_H
#define FARRIER_SUSPECT_NEXT_H

#include "suspect_choose.h"

#define SUSPECT_END_FAILS 3
#define SUSPECT_END_BOOTS 150
/* So many times the rate of good commits is clearly more often. */
#define SUSPECT_END_FACTOR 2.5

enum suspect_what {
	SUSPECT_BOOT,	/* go on with `action` */
	SUSPECT_FOUND,	/* `best` is the culprit */
	SUSPECT_NOBODY, /* no suspect is: both ends are bad, or neither */
	SUSPECT_STUCK,	/* `best` is the likeliest, and nothing would make that surer */
};

struct suspect_step {
	enum suspect_what what;
	struct suspect_action action;
	bool of_ends; /* it is one of the first boots */
	size_t best;  /* the likeliest suspect */
	/*
	 * That it is the culprit; or, of nobody, that it is none. For a bad end that hardly failed:
	 * that a bug which shows in one of ten boots would have shown more often.
	 */
	double confidence;
};

/* `delta`: the probability of a wrong answer that is put up with, such as 0.05. */
void suspect_next(struct suspect_belief *belief, const struct suspect_costs *costs, double delta,
		  struct suspect_step *step);

/* The same where a person looks and marks: suspect_belief_mark() instead of boots. */
void suspect_next_look(struct suspect_belief *belief, const struct suspect_costs *costs,
		       double delta, struct suspect_step *step);

#endif
