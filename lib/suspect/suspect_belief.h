/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suspect_belief.h - what boots said so far, as probabilities of who is the culprit.
 *
 * Hypotheses: each suspect is the culprit; or nobody among them, as the good end is bad too
 * (SUSPECT_BOTH_BAD) or as nothing is bad (SUSPECT_NO_BUG). A culprit makes itself and all its
 * descendants bad. A good commit's boots fail with a rate about q, Beta(q * k, (1 - q) * k) for
 * each commit. A bad one's pass with a rate that is not known, and that differs between builds:
 * Beta(mu * nu, (1 - mu) * nu), with mu and nu on a grid that is summed over, one rate for all
 * among it, and as an atom a bug that always shows. What does the sum is in the .c file.
 *
 * Suspects that the boots so far cannot tell apart form a class; there are few.
 */
#ifndef FARRIER_SUSPECT_BELIEF_H
#define FARRIER_SUSPECT_BELIEF_H

#include "suspect_graph.h"

struct suspect_assumptions {
	double q;      /* a good commit's boot fails; never 0 */
	double k;      /* how many boots of one commit that is worth */
	double always; /* prior probability that a bad commit's boot always fails */
	double nobody; /* prior probability that the culprit is none of the suspects */
};
extern const struct suspect_assumptions suspect_usual;

struct suspect_count {
	int passes, fails;
};

struct suspect_belief;

/* `prior` has a weight for each suspect, or is NULL: all alike. Borrows the graph. */
struct suspect_belief *suspect_belief_new(const struct suspect_graph *graph, const double *prior,
					  const struct suspect_assumptions *assumptions);
void suspect_belief_free(struct suspect_belief *belief);
void suspect_belief_release(struct suspect_belief **belief);
#define SUSPECT_BELIEF CLEANUP(suspect_belief_release) struct suspect_belief *

const struct suspect_graph *suspect_belief_graph(const struct suspect_belief *belief);

/* The number that stands for the good end, where a commit's is asked for. */
#define SUSPECT_GOOD_END SIZE_MAX

const struct suspect_assumptions *suspect_belief_assumptions(const struct suspect_belief *belief);

/*
 * How much the rates of builds are expected to differ, before any boot. Boots say little of it, so
 * that more is taken for granted when it is chosen what to do than when it is claimed what is so.
 */
enum suspect_expectation {
	SUSPECT_ALIKE,	/* as likely not at all as in any way: for choosing; the default */
	SUSPECT_DOUBT,	/* probably somewhat: for stopping */
	SUSPECT_DIFFER, /* for certain, and much: for what is claimed */
};
void suspect_belief_expect(struct suspect_belief *belief, enum suspect_expectation expectation);

/* Boots of a commit, or of the good end, that passed and failed. */
void suspect_belief_add(struct suspect_belief *belief, size_t commit, int passes, int fails);
struct suspect_count suspect_belief_count(const struct suspect_belief *belief, size_t commit);

/*
 * A person said what a commit is, or the good end; that is wrong in SUSPECT_MARK_ERROR of all
 * cases. Of several marks of one commit the last one counts.
 */
#define SUSPECT_MARK_ERROR 0.002
enum suspect_mark { SUSPECT_UNMARKED, SUSPECT_MARKED_GOOD, SUSPECT_MARKED_BAD };
void suspect_belief_mark(struct suspect_belief *belief, size_t commit, enum suspect_mark mark);
enum suspect_mark suspect_belief_marked(const struct suspect_belief *belief, size_t commit);

/*
 * The commit whose boots are those of the bad end; the last one, unless another one is known to be
 * the same image.
 */
void suspect_belief_set_bad_end(struct suspect_belief *belief, size_t commit);
size_t suspect_belief_bad_end(const struct suspect_belief *belief);

/* Another one that knows the same, to think ahead with. */
struct suspect_belief *suspect_belief_copy(const struct suspect_belief *belief);

/* Whether a commit was booted or marked that is no end. */
bool suspect_belief_begun(const struct suspect_belief *belief);

/* Probabilities: of a suspect, and of the two other hypotheses. */
double suspect_belief_of(struct suspect_belief *belief, size_t commit);
double suspect_belief_both_bad(struct suspect_belief *belief);
double suspect_belief_no_bug(struct suspect_belief *belief);

/* That a commit is bad. */
double suspect_belief_is_bad(struct suspect_belief *belief, size_t commit);

/* The most likely suspect. */
size_t suspect_belief_best(struct suspect_belief *belief);

/* What the rate is believed to be at which a bad commit passes: its mean. */
double suspect_belief_pass_rate(struct suspect_belief *belief);

/* --- for choosing, see suspect_choose.h --- */

/* Classes: which one each suspect is in, their probabilities. Both hypotheses of nobody have one.
 */
struct suspect_classes {
	size_t count;
	const uint32_t *of;	   /* of each suspect */
	const double *probability; /* of each class */
	uint32_t both_bad, no_bug;
};
void suspect_belief_classes(struct suspect_belief *belief, struct suspect_classes *classes);

/* A suspect's share of its class. */
double suspect_belief_share(const struct suspect_belief *belief, size_t commit);

/*
 * passes[i] is the probability that the next i boots of a commit with these counts all pass, for i
 * from 0 to `boots`, if the culprit is of a class and makes the commit bad.
 */
void suspect_belief_passes(struct suspect_belief *belief, uint32_t class,
			   struct suspect_count count, int boots, double *passes);

/* The same for a good commit with these counts. */
void suspect_belief_good_passes(const struct suspect_belief *belief, struct suspect_count count,
				int boots, double *passes);

#endif
