/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suspect_trial.h - bisections that only happen on paper: how long one will take, and how often
 * its answer is right. The same rules choose and stop as in a real one.
 */
#ifndef FARRIER_SUSPECT_TRIAL_H
#define FARRIER_SUSPECT_TRIAL_H

#include "suspect_next.h"

/* What is true in a trial, and what the bisection does not know. */
struct suspect_truth {
	double p;  /* how often a bad commit passes */
	double q;  /* how often a good one fails */
	double nu; /* builds differ: Beta(p * nu, (1 - p) * nu) each; 0: they do not */
	enum {
		SUSPECT_ONE,	 /* one suspect, all alike, is the culprit */
		SUSPECT_NO_ONE,	 /* nothing is bad */
		SUSPECT_EVERYONE /* the good end is bad, too */
	} who;
};

struct suspect_outcome {
	enum suspect_what what;
	bool right;
	double confidence;
	double cost;		 /* of all but the ends */
	int builds, boots, ends; /* boots of the ends are in `ends` only */
	int commits;		 /* that were booted, without the ends */
};

/* One trial; the same seed gives the same one. `build` and `boot` are costs. */
void suspect_trial(const struct suspect_graph *graph, const struct suspect_truth *truth,
		   double build, double boot, double delta, uint64_t seed,
		   struct suspect_outcome *outcome);

#endif
