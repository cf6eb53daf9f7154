/* SPDX-License-Identifier: GPL-2.0 */
/*
 * verify.h - the A/B experiment: does the bug show without the series and not with it?
 *
 * A pure state machine: it says which boot to start next and is told how boots
 * ended; it runs nothing. One experiment is one stratum: one branch, machine,
 * CPU count and config. Rates of different strata are never pooled.
 *
 * The plan has two stages.
 *
 *  1. Without the series: boot until `bugs` boots showed the bug (inverse binomial
 *     sampling), or `max_boots` were done, or the first `hopeless` were all clean.
 *     The Clopper-Pearson lower bound at level `bound` on the rate, p_lo, is exact
 *     under this way of stopping (stats.h).
 *  2. With the series: n clean boots in a row, where n is the smallest number with
 *     (1 - p_lo)^n <= clean_chance. One bug ends it: not fixed.
 *
 * Were the series without effect, both stages would have the same unknown rate p;
 * verify_plan_error() is the exact probability, over both stages, of saying "fixed"
 * then, and verify_worst_error() its maximum over p. n is a function of the first
 * stage's result alone and that is part of the enumeration, so looking after every
 * boot costs nothing.
 *
 * Boots count in the order in which they were started. A boot that shows the bug
 * ends early; counting in the order of ending would take in bugs before the clean
 * boots that were started earlier, and overstate the rate.
 *
 * Boots that say nothing of the kernel (INFRA) and boots that ended without a
 * result (UNKNOWN: a reset in the middle, too few CPUs) are replaced; more than
 * `max_infra` in an arm make the experiment inconclusive. "Fixed" also needs
 * that no boot with the series was UNKNOWN, that the bug did not show without
 * the series while the model was off, and that the model did something.
 */
#ifndef FARRIER_VERIFY_H
#define FARRIER_VERIFY_H

#include "record/verdict.h"

struct verify_plan {
	int bugs;	     /* boots with the bug that end stage 1 */
	int max_boots;	     /* most boots in stage 1 */
	int hopeless;	     /* so many clean boots at its beginning end stage 1 */
	int max_clean;	     /* stage 2 is not begun when it needs more */
	int controls;	     /* boots of each control arm (model off), 0: none */
	int max_infra;	     /* INFRA boots that an arm may have */
	double bound;	     /* 1 - confidence of p_lo */
	double clean_chance; /* chance of n clean boots at p_lo */
};

/* 5 bugs in at most 15 boots, hopeless after 8, 99 % from a 95 % bound, 3 controls. */
extern const struct verify_plan verify_default_plan;

/* Clean boots that stage 2 needs after `bugs` in `boots`; 0 when bugs is 0. */
int verify_clean_needed(const struct verify_plan *plan, int boots, int bugs);

/* The exact probability that the plan says "fixed" when the rates are these. */
double verify_plan_power(const struct verify_plan *plan, double rate_without, double rate_with);
double verify_plan_error(const struct verify_plan *plan, double rate);
double verify_worst_error(const struct verify_plan *plan);

/* The four arms of a stratum. */
enum verify_arm {
	VERIFY_WITHOUT,		/* without the series, the model on (or no model at all) */
	VERIFY_WITH,		/* with the series, the model on (or no model at all) */
	VERIFY_WITHOUT_CONTROL, /* the model off */
	VERIFY_WITH_CONTROL,
	VERIFY_ARMS,
};

bool verify_arm_has_series(enum verify_arm arm);
bool verify_arm_has_model(enum verify_arm arm);

/* How a boot ended. Strings are copied. */
struct verify_result {
	enum verdict verdict;	   /* GOOD: clean; BAD: the bug; anything else: replaced */
	const struct event *cause; /* of BAD, or NULL */
	const char *log;	   /* path of the console log, or NULL */
	const json_t *counters;	   /* {NAME: number}, or NULL */
};

struct verify_boot {
	bool done;
	enum verdict verdict;
	struct event cause; /* text NULL when there is none */
	char *log;
	json_t *counters; /* or NULL */
};

struct verify_boots {
	struct verify_boot *boots; /* in the order of their start */
	size_t count;
};

struct verify {
	struct verify_plan plan;
	bool has_model;
	char *fault_counter; /* what the model counts, or NULL */
	char *machine;
	int cpus;
	struct verify_boots arms[VERIFY_ARMS];
};

enum verify_answer { VERIFY_FIXED, VERIFY_NOT_FIXED, VERIFY_INCONCLUSIVE };

/* What is known now. */
struct verify_outcome {
	bool finished; /* nothing more to boot, and nothing in flight matters */
	enum verify_answer answer;
	char *reason;	   /* one sentence for people */
	double confidence; /* 1 - (1 - rate_bound)^clean when fixed, else 0 */
	double rate_bound; /* p_lo, 0 when the bug never showed */
	int boots, bugs;   /* stage 1 */
	int clean, needed; /* stage 2 */
};

struct verify *verify_new(const struct verify_plan *plan, bool has_model, const char *machine,
			  int cpus);
void verify_free(struct verify *verify);

/* Names the counter that shows that the model did something. NULL: there is none. */
void verify_set_fault_counter(struct verify *verify, const char *name);

/*
 * Names the next boot that should be started now, given what is done and in
 * flight; false when there is none now. Never proposes a boot that may turn out
 * not to be needed.
 */
bool verify_next(const struct verify *verify, enum verify_arm *arm);

/* Notes that a boot was started; returns its index in the arm. */
size_t verify_start(struct verify *verify, enum verify_arm arm);

/* Notes how it ended. */
void verify_finish(struct verify *verify, enum verify_arm arm, size_t index,
		   const struct verify_result *result);

void verify_outcome(const struct verify *verify, struct verify_outcome *outcome);
void verify_release_outcome(struct verify_outcome *outcome);
#define VERIFY_OUTCOME CLEANUP(verify_release_outcome) struct verify_outcome

/* The outcome of a branch from those of its strata; see verify_branch.c for the rule. */
void verify_combine(const struct verify_outcome *strata, size_t count,
		    struct verify_outcome *branch);

/* Boots of an arm: those that count, and those that were replaced. */
struct verify_tally {
	int boots, bugs, infra, unknown;
};
struct verify_tally verify_tally(const struct verify *verify, enum verify_arm arm);

/* "fixed", "not-fixed", "inconclusive". */
const char *verify_answer_name(enum verify_answer answer);

/* The arms of a stratum as --json shows them; appends to an array. */
void verify_arms_json(const struct verify *verify, json_t *arms);

#endif
