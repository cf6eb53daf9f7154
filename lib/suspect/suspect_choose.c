// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "suspect_choose.h"

/* How many boots are considered. */
static const int tries[] = { 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, SUSPECT_MOST_BOOTS };
#define TRIES	 ARRAY_SIZE(tries)
#define OUTCOMES (SUSPECT_MOST_BOOTS + 1)

/* A class that is less likely than this decides nothing. */
#define NEGLIGIBLE 1e-7

struct search {
	struct suspect_belief *belief;
	const struct suspect_costs *costs;
	struct suspect_classes classes;
	uint32_t *live; /* classes that are likely enough */
	size_t live_count;
	double (*passes)[OUTCOMES]; /* of each class: a commit that was never booted */
	double (*entropies)[TRIES]; /* of the same */
	double *probability;	    /* of each suspect */
	double *bad;		    /* of each class, for the commit at hand */
	double chance;		    /* that the commit at hand can be tested */
	struct suspect_action *best;
};

static double entropy(double p)
{
	if (p <= 0 || p >= 1)
		return 0;
	return -p * log(p) - (1 - p) * log1p(-p);
}

static void fill_entropies(const double *passes, double *entropies)
{
	for (size_t i = 0; i < TRIES; i++)
		entropies[i] = entropy(passes[tries[i]]);
}

static void prepare(struct search *search)
{
	const struct suspect_graph *graph = suspect_belief_graph(search->belief);
	size_t count;

	suspect_belief_classes(search->belief, &search->classes);
	count = search->classes.count;
	search->live = xcalloc(count, sizeof(*search->live));
	search->passes = xcalloc(count, sizeof(*search->passes));
	search->entropies = xcalloc(count, sizeof(*search->entropies));
	search->bad = xcalloc(count, sizeof(*search->bad));
	search->probability = xcalloc(graph->count, sizeof(*search->probability));
	for (uint32_t c = 0; c < count; c++) {
		if (search->classes.probability[c] < NEGLIGIBLE)
			continue;
		search->live[search->live_count++] = c;
		suspect_belief_passes(search->belief, c, (struct suspect_count){ 0 },
				      SUSPECT_MOST_BOOTS, search->passes[c]);
		fill_entropies(search->passes[c], search->entropies[c]);
	}
	for (size_t i = 0; i < graph->count; i++)
		if (search->classes.probability[search->classes.of[i]] >= NEGLIGIBLE)
			search->probability[i] = suspect_belief_of(search->belief, i);
}

static void finish(struct search *search)
{
	free(search->live);
	free(search->passes);
	free(search->entropies);
	free(search->bad);
	free(search->probability);
}

static double chance_of(const struct suspect_costs *costs, size_t commit)
{
	return costs->chance ? costs->chance[commit] : 1;
}

/* Of each class, how likely it is the culprit's and makes the commit bad. Returns their sum. */
static double sum_bad(struct search *search, size_t commit)
{
	const struct suspect_graph *graph = suspect_belief_graph(search->belief);
	const uint64_t *row = &graph->rows[commit * graph->words];
	double all = 0;

	memset(search->bad, 0, search->classes.count * sizeof(*search->bad));
	for (size_t word = 0; word <= commit / 64; word++)
		for (uint64_t bits = row[word]; bits; bits &= bits - 1) {
			size_t i = word * 64 + (size_t)__builtin_ctzll(bits);

			search->bad[search->classes.of[i]] += search->probability[i];
		}
	search->bad[search->classes.both_bad] =
		search->classes.probability[search->classes.both_bad];
	for (size_t i = 0; i < search->live_count; i++)
		all += search->bad[search->live[i]];
	return all;
}

/* Weighs every number of boots of a commit, given what each class makes of it. */
static void weigh(struct search *search, size_t commit, double all_bad, double (*passes)[OUTCOMES],
		  double (*entropies)[TRIES], double build)
{
	double outcome[OUTCOMES], good[OUTCOMES], good_entropies[TRIES];
	double boots = 0;

	suspect_belief_good_passes(search->belief, suspect_belief_count(search->belief, commit),
				   SUSPECT_MOST_BOOTS, good);
	fill_entropies(good, good_entropies);
	for (int i = 0; i < OUTCOMES; i++)
		outcome[i] = (1 - all_bad) * good[i];
	for (size_t i = 0; i < search->live_count; i++) {
		uint32_t c = search->live[i];

		if (search->bad[c] > 0)
			for (int j = 0; j < OUTCOMES; j++)
				outcome[j] += search->bad[c] * passes[c][j];
	}
	for (size_t i = 0, next = 0; i < TRIES; i++) {
		struct suspect_action action = { .commit = commit, .boots = tries[i] };

		for (; next < (size_t)tries[i]; next++)
			boots += outcome[next];
		action.gain = entropy(outcome[tries[i]]) - (1 - all_bad) * good_entropies[i];
		for (size_t j = 0; j < search->live_count; j++)
			action.gain -= search->bad[search->live[j]] * entropies[search->live[j]][i];
		action.gain *= search->chance;
		action.cost = build + boots * search->costs->boot;
		if (action.gain * search->best->cost > search->best->gain * action.cost)
			*search->best = action;
	}
}

static void weigh_booted(struct search *search, size_t commit, double all_bad)
{
	struct suspect_count count = suspect_belief_count(search->belief, commit);
	double(*passes)[OUTCOMES] = xcalloc(search->classes.count, sizeof(*passes));
	double(*entropies)[TRIES] = xcalloc(search->classes.count, sizeof(*entropies));

	for (size_t i = 0; i < search->live_count; i++) {
		uint32_t c = search->live[i];

		if (search->bad[c] <= 0)
			continue;
		suspect_belief_passes(search->belief, c, count, SUSPECT_MOST_BOOTS, passes[c]);
		fill_entropies(passes[c], entropies[c]);
	}
	weigh(search, commit, all_bad, passes, entropies, 0);
	free(passes);
	free(entropies);
}

/* A commit whose state is as good as known says nothing. */
static void weigh_commit(struct search *search, size_t commit)
{
	struct suspect_count count = suspect_belief_count(search->belief, commit);
	const bool *built = search->costs->built;
	double all_bad;

	search->chance = chance_of(search->costs, commit);
	if (search->chance <= 0)
		return;
	all_bad = sum_bad(search, commit);
	if (all_bad < 1e-5 || all_bad > 1 - 1e-5)
		return;
	if (count.passes + count.fails)
		weigh_booted(search, commit, all_bad);
	else
		weigh(search, commit, all_bad, search->passes, search->entropies,
		      built && built[commit] ? 0 : search->costs->build);
}

static void weigh_good_end(struct search *search)
{
	uint32_t both = search->classes.both_bad;

	search->chance = 1;
	memset(search->bad, 0, search->classes.count * sizeof(*search->bad));
	search->bad[both] = search->classes.probability[both];
	if (search->bad[both] > 1e-5)
		weigh_booted(search, SUSPECT_GOOD_END, search->bad[both]);
}

void suspect_choose(struct suspect_belief *belief, const struct suspect_costs *costs,
		    struct suspect_action *action)
{
	struct search search = { .belief = belief, .costs = costs, .best = action };

	*action = (struct suspect_action){ .boots = 0, .gain = 0, .cost = 1 };
	prepare(&search);
	for (size_t i = 0; i < suspect_belief_graph(belief)->count; i++)
		weigh_commit(&search, i);
	weigh_good_end(&search);
	finish(&search);
}

void suspect_choose_look(struct suspect_belief *belief, const struct suspect_costs *costs,
			 struct suspect_action *action)
{
	size_t count = suspect_belief_graph(belief)->count;
	struct search search = { .belief = belief, .costs = costs };

	*action = (struct suspect_action){ .boots = 0, .cost = 1 };
	prepare(&search);
	for (size_t i = 0; i < count; i++) {
		double gain = chance_of(costs, i);

		if (gain <= 0 || suspect_belief_marked(belief, i) != SUSPECT_UNMARKED)
			continue;
		gain *= entropy(sum_bad(&search, i));
		if (gain > action->gain)
			*action = (struct suspect_action){
				.commit = i, .boots = 1, .gain = gain, .cost = 1
			};
	}
	finish(&search);
}
