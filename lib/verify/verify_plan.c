// SPDX-License-Identifier: GPL-2.0
/* verify_plan.c - what the plan promises, by exact enumeration of its first stage. */
#include <math.h>

#include "core/stats.h"
#include "verify.h"

const struct verify_plan verify_default_plan = {
	.bugs = 5,
	.max_boots = 15,
	.hopeless = 8,
	.max_clean = 40,
	.controls = 3,
	.max_infra = 3,
	.bound = 0.05,
	.clean_chance = 0.01,
};

int verify_clean_needed(const struct verify_plan *plan, int boots, int bugs)
{
	double bound = stats_lower_bound(boots, bugs, plan->bound);

	if (bugs == 0)
		return 0;
	return (int)ceil(log(plan->clean_chance) / log1p(-bound) - 1e-9);
}

/* The chance that stage 2 is begun and comes out clean. */
static double clean_chance(const struct verify_plan *plan, int boots, int bugs, double rate)
{
	int needed = verify_clean_needed(plan, boots, bugs);

	return needed > plan->max_clean ? 0 : pow(1 - rate, needed);
}

/*
 * chance[k]: probability that the first `boots` boots had k bugs and stage 1 goes
 * on. Moves on by one boot; returns what ends in "fixed" here.
 */
static double advance(const struct verify_plan *plan, double *chance, int boots, double without,
		      double with)
{
	double fixed = 0;

	for (int bugs = plan->bugs; bugs >= 0; bugs--) {
		double here = bugs < plan->bugs ? chance[bugs] * (1 - without) : 0;

		if (bugs > 0)
			here += chance[bugs - 1] * without;
		chance[bugs] = here;
		if (bugs == 0 && boots < plan->hopeless && boots < plan->max_boots)
			continue;
		if (bugs > 0 && bugs < plan->bugs && boots < plan->max_boots)
			continue;
		if (bugs > 0)
			fixed += here * clean_chance(plan, boots, bugs, with);
		chance[bugs] = 0;
	}
	return fixed;
}

double verify_plan_power(const struct verify_plan *plan, double rate_without, double rate_with)
{
	CLEANUP(free_ptr) double *chance = xcalloc((size_t)plan->bugs + 1, sizeof(*chance));
	double fixed = 0;

	chance[0] = 1;
	for (int boots = 1; boots <= plan->max_boots; boots++)
		fixed += advance(plan, chance, boots, rate_without, rate_with);
	return fixed;
}

double verify_plan_error(const struct verify_plan *plan, double rate)
{
	return verify_plan_power(plan, rate, rate);
}

double verify_worst_error(const struct verify_plan *plan)
{
	double worst = 0;

	for (int i = 1; i < 500; i++)
		worst = fmax(worst, verify_plan_error(plan, i / 500.0));
	return worst;
}
