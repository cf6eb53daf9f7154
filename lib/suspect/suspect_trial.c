// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "suspect_trial.h"

/* A bisection that goes on for longer than this is not worth anybody's time. */
#define MOST_STEPS 5000

struct trial {
	const struct suspect_graph *graph;
	const struct suspect_truth *truth;
	uint64_t seed;
	size_t culprit;
	double *rates; /* of each commit's build, and the good end's */
	bool *built, *booted;
	struct suspect_outcome *outcome;
};

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators"). */
static double uniform(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (double)((*seed * 0x2545f4914f6cdd1dULL) >> 11) / 9007199254740992.0;
}

static double normal(uint64_t *seed)
{
	double radius = sqrt(-2 * log(1 - uniform(seed)));

	return radius * cos(2 * M_PI * uniform(seed));
}

/* Marsaglia and Tsang, "A simple method for generating gamma variables". */
static double draw_gamma(double shape, uint64_t *seed)
{
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	if (shape < 1) {
		double power = pow(uniform(seed), 1 / shape);

		return draw_gamma(shape + 1, seed) * power;
	}
	for (;;) {
		double x = normal(seed), v = 1 + c * x, u = uniform(seed);

		v = v * v * v;
		if (v > 0 && log(1 - u) < 0.5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
}

static double draw_rate(const struct suspect_truth *truth, uint64_t *seed)
{
	double passes, fails;

	if (truth->nu <= 0 || truth->p <= 0 || truth->p >= 1)
		return truth->p;
	passes = draw_gamma(truth->p * truth->nu, seed);
	fails = draw_gamma((1 - truth->p) * truth->nu, seed);
	return passes / (passes + fails);
}

static bool is_bad(const struct trial *trial, size_t commit)
{
	if (trial->truth->who != SUSPECT_ONE)
		return trial->truth->who == SUSPECT_EVERYONE;
	return commit != SUSPECT_GOOD_END &&
	       suspect_graph_reaches(trial->graph, commit, trial->culprit);
}

static bool passes(struct trial *trial, size_t commit)
{
	size_t build = commit == SUSPECT_GOOD_END ? trial->graph->count : commit;

	if (is_bad(trial, commit))
		return uniform(&trial->seed) < trial->rates[build];
	return uniform(&trial->seed) >= trial->truth->q;
}

static void count_build(struct trial *trial, size_t commit, double build)
{
	if (commit == SUSPECT_GOOD_END || commit == trial->graph->count - 1)
		return;
	trial->outcome->commits += !trial->booted[commit];
	trial->booted[commit] = true;
	if (trial->built[commit])
		return;
	trial->built[commit] = true;
	trial->outcome->builds++;
	trial->outcome->cost += build;
}

static void act(struct trial *trial, struct suspect_belief *belief, const struct suspect_step *step,
		const struct suspect_costs *costs)
{
	size_t commit = step->action.commit;
	bool passed = true;

	count_build(trial, commit, costs->build);
	for (int i = 0; i < step->action.boots && passed; i++) {
		passed = passes(trial, commit);
		suspect_belief_add(belief, commit, passed, !passed);
		if (step->of_ends) {
			trial->outcome->ends++;
			continue;
		}
		trial->outcome->boots++;
		trial->outcome->cost += costs->boot;
	}
}

static void run(struct trial *trial, double build, double boot, double delta)
{
	SUSPECT_BELIEF belief = suspect_belief_new(trial->graph, NULL, &suspect_usual);
	struct suspect_costs costs = { .build = build, .boot = boot, .built = trial->built };
	struct suspect_step step;

	trial->built[trial->graph->count - 1] = true; /* for its boots as the bad end */
	for (int i = 0; i < MOST_STEPS; i++) {
		suspect_next(belief, &costs, delta, &step);
		if (step.what != SUSPECT_BOOT)
			break;
		act(trial, belief, &step, &costs);
	}
	trial->outcome->what = step.what;
	trial->outcome->confidence = step.confidence;
	trial->outcome->right = trial->truth->who == SUSPECT_ONE
					? step.what != SUSPECT_NOBODY && step.best == trial->culprit
					: step.what == SUSPECT_NOBODY;
}

void suspect_trial(const struct suspect_graph *graph, const struct suspect_truth *truth,
		   double build, double boot, double delta, uint64_t seed,
		   struct suspect_outcome *outcome)
{
	struct trial trial = { .graph = graph,
			       .truth = truth,
			       .seed = seed * 0x9e3779b97f4a7c15ULL + 1,
			       .outcome = outcome };

	*outcome = (struct suspect_outcome){ 0 };
	for (int i = 0; i < 8; i++)
		uniform(&trial.seed);
	trial.culprit = (size_t)(uniform(&trial.seed) * (double)graph->count);
	trial.rates = xcalloc(graph->count + 1, sizeof(*trial.rates));
	trial.built = xcalloc(graph->count, sizeof(*trial.built));
	trial.booted = xcalloc(graph->count, sizeof(*trial.booted));
	for (size_t i = 0; i <= graph->count; i++)
		trial.rates[i] = draw_rate(truth, &trial.seed);
	run(&trial, build, boot, delta);
	free(trial.rates);
	free(trial.built);
	free(trial.booted);
}
