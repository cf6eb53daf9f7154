/* SPDX-License-Identifier: GPL-2.0 */
/*
 * verify_cell_rule.h - when the boots of one cell are enough: a sequential test.
 *
 * The question is whether a kernel's rate of bad boots is at most `clean_rate` or at
 * least `bad_rate`. After every boot that counts, with k bad ones of n, the rule says:
 * clean when k is at most clean_most(n), bad when k is at least bad_least(n), and else
 * boot again; what is in between after `max_boots` is left undecided.
 *
 *   - A cell whose rate is clean_rate or less is called bad with a chance of at most
 *     `error`; one whose rate is bad_rate or more is called clean with a chance of at
 *     most `error`. Both are exact: every way through the rule is enumerated, and more
 *     bad boots never lead to a better answer, so that the two rates are the worst.
 *   - At either rate at most VERIFY_CELL_MOST_UNDECIDED of the cells are left undecided. A
 *     plan that has too few boots for that is refused.
 *
 * The shape is Wald's sequential probability ratio test (Annals of Mathematical
 * Statistics 16, 1945): two parallel lines in n, which no test of the same errors beats
 * on average at the two rates (Wald and Wolfowitz, the same journal, 19, 1948). Wald's
 * own distances of the lines are for tests without an end and hold more than is asked;
 * here the distances are searched, and the last boot decides whatever the errors leave
 * room for. Among the lines that hold the errors those are taken that need the fewest
 * boots on average, a cell left undecided being one that has to be done again. For the
 * default plan, no rule of any shape that holds the errors would need 1.5 % less
 * (bounded from below by Lagrange multipliers for the two errors, with the best rule
 * for each pair of them by dynamic programming).
 *
 * Sources for what follows: C. Jennison and B. W. Turnbull, Group Sequential Methods
 * with Applications to Clinical Trials (2000), chapter 12 (binary data) and section
 * 8.4 and 8.5 (stage-wise ordering, confidence intervals after a sequential test).
 */
#ifndef FARRIER_VERIFY_CELL_RULE_H
#define FARRIER_VERIFY_CELL_RULE_H

#include "base/err.h"

/* The stated risks and the budget of one cell; rates and chances from 0 to 1. */
struct verify_cell_plan {
	double clean_rate, bad_rate, error;
	int max_boots; /* that count */
	int max_infra; /* boots that say nothing of the kernel, before it is given up */
};

/*
 * Clean 5 %, bad 40 %, error 1 %, 20 boots, 3 without a result:
 *
 *	rate          0    5 %    20 %    40 %    90 %
 *	boots      10.0   13.0    14.6     8.0     2.4   on average
 *	clean     100 %   93.4    25.3     1.0     0
 *	bad         0      1.0    40.2    94.3   100 %
 *	undecided   0      5.6    34.5     4.7     0
 */
extern const struct verify_cell_plan verify_cell_default_plan;

/* The largest chance that a cell at one of the two rates is left undecided. */
#define VERIFY_CELL_MOST_UNDECIDED 0.1

/* The largest max_boots. */
#define VERIFY_CELL_MOST_BOOTS 500

/* A plan, worked out; all cells of one plan share one. */
struct verify_cell_rule;

/*
 * A plan that cannot be, or whose boots do not suffice, is ERR_INPUT; its text says how
 * many boots it would take, its hint which keys of a matrix file to change.
 */
ERR_CHECK verify_cell_rule_new(const struct verify_cell_plan *plan,
			       struct verify_cell_rule **rule) MUST_USE;
void verify_cell_rule_free(struct verify_cell_rule *rule);
void verify_cell_rule_release(struct verify_cell_rule **rule);
#define VERIFY_CELL_RULE CLEANUP(verify_cell_rule_release) struct verify_cell_rule *

const struct verify_cell_plan *verify_cell_rule_plan(const struct verify_cell_rule *rule);

enum verify_cell_state {
	VERIFY_CELL_WAITING, /* more boots are needed */
	VERIFY_CELL_CLEAN,
	VERIFY_CELL_BAD,
	VERIFY_CELL_UNDECIDED, /* max_boots are used up */
	VERIFY_CELL_INFRA,     /* too many boots said nothing of the kernel */
	VERIFY_CELL_NO_RESULT, /* and most of them ended without a result, as far as one knows */
};

/* "waiting", "clean", "bad", "undecided", "infra". */
const char *verify_cell_state_name(enum verify_cell_state state);

/* The answer after `boots`, `bad` of them bad, when there was none before. */
enum verify_cell_state verify_cell_rule_state(const struct verify_cell_rule *rule, int boots,
					      int bad);

/* What becomes of a cell of this rate: chances, and the boots that it takes on average. */
struct verify_cell_chances {
	double clean, bad, undecided, boots;
};
struct verify_cell_chances verify_cell_rule_chances(const struct verify_cell_rule *rule,
						    double rate);

/*
 * Boots that are still needed on average after these, when the rate is not known: it is
 * taken to be as Jeffreys' prior and the boots so far have it. 0 behind an answer.
 */
double verify_cell_rule_expected(const struct verify_cell_rule *rule, int boots, int bad);

/* The chance that the next boot is bad, by the same reckoning. */
double verify_cell_rule_next_bad(int boots, int bad);

/* How often the bug showed, with the bounds of a 95 % two-sided confidence interval. */
struct verify_cell_rate {
	int boots, bad;
	double low, high;
};

/*
 * The interval of Clopper and Pearson for this way of stopping: outcomes are ordered by
 * stage (bad early > bad late > ... > clean late > clean early; at the same number of boots
 * by the bad ones), and a bound is the rate at which an outcome as far out as this one has a
 * chance of 2.5 %. It covers the true rate in at least 95 % of cells, whatever that is.
 * Boots that do not decide yet are taken as if the budget ended with them, so that a cell
 * that was interrupted has its interval, too. (0, 0) gives 0 to 1.
 */
struct verify_cell_rate verify_cell_rule_rate(const struct verify_cell_rule *rule, int boots,
					      int bad);

#endif
