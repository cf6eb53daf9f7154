// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "core/stats.h"
#include "suspect_next.h"

/* The most boots of the good end before others. */
#define GOOD_END_BOOTS 60

/* How often a culprit has to be seen to fail. */
#define CULPRIT_FAILS 2
#define CULPRIT_BOOTS 8

/* Gain in nats for the cost of a boot below which going on is of no use. */
#define LEAST_GAIN	 2e-3 /* times delta: who wants to be surer goes on for less */
#define MOST_BOOTS_WORTH 30

/* The same for a look, in nats: what is as good as known is not asked again. */
#define LEAST_LOOK 0.05

static void ask_boots(struct suspect_step *step, size_t commit, int boots)
{
	step->what = SUSPECT_BOOT;
	step->action = (struct suspect_action){ .commit = commit, .boots = boots };
}

/* The bug that is looked for shows at least so often. */
#define RAREST 0.1

static bool fails_clearly(const struct suspect_belief *belief, struct suspect_count count)
{
	double usual = suspect_belief_assumptions(belief)->q * (count.passes + count.fails);

	return count.fails >= SUSPECT_END_FAILS && count.fails >= SUSPECT_END_FACTOR * usual;
}

/* The bad end, until it failed often enough, or too often did not. */
static bool wants_bad_end(struct suspect_belief *belief, struct suspect_step *step)
{
	size_t tip = suspect_belief_bad_end(belief);
	struct suspect_count count = suspect_belief_count(belief, tip);
	int boots = count.passes + count.fails;

	if (fails_clearly(belief, count) ||
	    suspect_belief_marked(belief, tip) == SUSPECT_MARKED_BAD)
		return false;
	if (boots < SUSPECT_END_BOOTS) {
		ask_boots(step, tip, 1);
		return true;
	}
	step->what = SUSPECT_NOBODY;
	step->confidence = stats_binomial_tail(boots, count.fails + 1, RAREST);
	return true;
}

static bool wants_good_end(struct suspect_belief *belief, double delta, struct suspect_step *step)
{
	struct suspect_count count = suspect_belief_count(belief, SUSPECT_GOOD_END);
	double passes = log(delta) / log(suspect_belief_pass_rate(belief));

	if (count.passes + count.fails >= (passes < GOOD_END_BOOTS ? passes : GOOD_END_BOOTS) ||
	    suspect_belief_marked(belief, SUSPECT_GOOD_END) == SUSPECT_MARKED_GOOD)
		return false;
	ask_boots(step, SUSPECT_GOOD_END, 1);
	return true;
}

/* Whether the ends still are to be booted: not any more when a suspect was. */
static bool wants_ends(struct suspect_belief *belief, double delta, struct suspect_step *step)
{
	step->of_ends = !suspect_belief_begun(belief) &&
			(wants_bad_end(belief, step) || wants_good_end(belief, delta, step));
	return step->of_ends;
}

static bool is_nobody(struct suspect_belief *belief, double delta, struct suspect_step *step)
{
	double both = suspect_belief_both_bad(belief), none = suspect_belief_no_bug(belief);

	if (both + none < 1 - delta)
		return false;
	step->what = SUSPECT_NOBODY;
	step->confidence = both + none;
	return true;
}

static bool is_found(struct suspect_belief *belief, double delta, struct suspect_step *step)
{
	step->best = suspect_belief_best(belief);
	step->confidence = suspect_belief_of(belief, step->best);
	return step->confidence >= 1 - delta;
}

static void claim(struct suspect_belief *belief, enum suspect_what what, struct suspect_step *step)
{
	suspect_belief_expect(belief, SUSPECT_DIFFER);
	step->what = what;
	step->confidence = suspect_belief_of(belief, step->best);
}

/* Nobody is blamed whose kernel was not seen to fail, unless somebody marked it. */
static bool wants_culprit(const struct suspect_belief *belief, size_t best)
{
	return suspect_belief_marked(belief, best) != SUSPECT_MARKED_BAD &&
	       suspect_belief_count(belief, best).fails < CULPRIT_FAILS;
}

static bool can_be_tested(const struct suspect_costs *costs, size_t suspect)
{
	return !costs->chance || costs->chance[suspect] > 0;
}

/* However dear a build is beside a boot, one that says something is worth it. */
static bool is_of_no_use(const struct suspect_action *action, const struct suspect_costs *costs,
			 double delta)
{
	double boots = action->cost / costs->boot;

	return action->gain <
	       LEAST_GAIN * delta * (boots < MOST_BOOTS_WORTH ? boots : MOST_BOOTS_WORTH);
}

void suspect_next(struct suspect_belief *belief, const struct suspect_costs *costs, double delta,
		  struct suspect_step *step)
{
	*step = (struct suspect_step){ .what = SUSPECT_BOOT };
	suspect_belief_expect(belief, SUSPECT_ALIKE);
	if (wants_ends(belief, delta, step) || is_nobody(belief, delta, step))
		return;
	if (is_found(belief, delta, step)) {
		suspect_belief_expect(belief, SUSPECT_DOUBT);
		if (is_found(belief, delta, step)) {
			bool unseen = wants_culprit(belief, step->best);

			claim(belief, SUSPECT_FOUND, step);
			if (unseen && can_be_tested(costs, step->best))
				ask_boots(step, step->best, CULPRIT_BOOTS);
			if (!unseen || step->what == SUSPECT_BOOT)
				return;
			/* where it stands, and what was assumed, is all that speaks against it */
			suspect_belief_expect(belief, SUSPECT_ALIKE);
			step->what = SUSPECT_BOOT;
		}
	}
	suspect_choose(belief, costs, &step->action);
	if (!step->action.boots || is_of_no_use(&step->action, costs, delta)) {
		suspect_belief_expect(belief, SUSPECT_DOUBT);
		is_found(belief, delta, step);
		claim(belief, SUSPECT_STUCK, step);
	}
}

void suspect_next_look(struct suspect_belief *belief, const struct suspect_costs *costs,
		       double delta, struct suspect_step *step)
{
	*step = (struct suspect_step){ .what = SUSPECT_BOOT };
	if (is_nobody(belief, delta, step))
		return;
	if (is_found(belief, delta, step)) {
		step->what = SUSPECT_FOUND;
		return;
	}
	suspect_choose_look(belief, costs, &step->action);
	if (step->action.gain < LEAST_LOOK)
		step->what = SUSPECT_STUCK;
}
