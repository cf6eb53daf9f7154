// SPDX-License-Identifier: GPL-2.0
/* Bisection on paper: the posterior against its formula, the choice, the answers. */
#include <math.h>

#include "suspect/suspect_trial.h"
#include "unit.h"

#define COUNT 14

/* A line of commits. */
static struct suspect_graph *line_of(size_t count)
{
	size_t *starts = xcalloc(count + 1, sizeof(*starts));
	uint32_t *parents = xcalloc(count, sizeof(*parents));
	struct suspect_graph *graph;

	for (size_t i = 0; i < count; i++) {
		parents[i] = (uint32_t)i;
		starts[i + 1] = i;
	}
	graph = suspect_graph_new(count, starts, parents);
	free(starts);
	free(parents);
	return graph;
}

/*
 * 0 - 1 - 2 - 5 - 6 - 9 - 10 - 12 - 13
 *  \      \- 3 - 4 -/ /    \- 11 -/
 *   \---- 7 - 8 -----/
 */
static struct suspect_graph *with_merges(void)
{
	static const size_t starts[COUNT + 1] = {
		0, 0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16
	};
	static const uint32_t parents[] = { 0, 1, 2, 3, 2, 5, 4, 0, 7, 6, 8, 9, 9, 10, 11, 12 };

	return suspect_graph_new(COUNT, starts, parents);
}

static bool reaches_slowly(const struct suspect_graph *graph, size_t commit, size_t culprit)
{
	if (commit == culprit)
		return true;
	for (size_t i = graph->starts[commit]; i < graph->starts[commit + 1]; i++)
		if (reaches_slowly(graph, graph->parents[i], culprit))
			return true;
	return false;
}

static void test_ancestors(void **state)
{
	SUSPECT_GRAPH graph = with_merges();
	SUSPECT_GRAPH line = line_of(200);

	(void)state;
	for (size_t x = 0; x < COUNT; x++)
		for (size_t b = 0; b < COUNT; b++)
			assert_int_equal(suspect_graph_reaches(graph, x, b),
					 reaches_slowly(graph, x, b));
	assert_int_equal(suspect_graph_weight(graph, COUNT - 1), COUNT);
	assert_int_equal(suspect_graph_weight(graph, 8), 3);
	for (size_t x = 0; x < 200; x++)
		assert_int_equal(suspect_graph_weight(line, x), x + 1);
}

static double log_beta(double a, double b)
{
	return lgamma(a) + lgamma(b) - lgamma(a + b);
}

static double log_rate(double rate, double k, struct suspect_count count)
{
	if (isinf(k))
		return (count.passes ? count.passes * log(rate) : 0) +
		       (count.fails ? count.fails * log(1 - rate) : 0);
	return log_beta(rate * k + count.passes, (1 - rate) * k + count.fails) -
	       log_beta(rate * k, (1 - rate) * k);
}

/* What is booted, and how it went; the good end's is the last. */
static const struct suspect_count data[COUNT + 1] = {
	[3] = { 2, 0 },	 [5] = { 3, 1 },  [8] = { 0, 1 },     [9] = { 1, 2 },
	[11] = { 0, 2 }, [13] = { 4, 3 }, [COUNT] = { 6, 0 },
};

/* The formula, term by term: hypothesis `b` is a commit, COUNT: both bad, COUNT + 1: no bug. */
static double weight_of(const struct suspect_graph *graph, size_t b)
{
	static const double nus[] = { 1.5, 3, 6, 12, 30, INFINITY };
	const struct suspect_assumptions *usual = &suspect_usual;
	double sum = 0;

	for (int i = -1; i < 24; i++)
		for (int j = 0; j < (i < 0 ? 1 : 6); j++) {
			double mu = i < 0 ? 0 : (i + 0.5) / 24, nu = i < 0 ? INFINITY : nus[j];
			double each = j == 5 ? 0.5 : 0.1, logs = 0;

			for (size_t x = 0; x <= COUNT; x++) {
				bool bad = b == COUNT || (b < COUNT && x < COUNT &&
							  suspect_graph_reaches(graph, x, b));

				logs += bad ? log_rate(mu, nu, data[x])
					    : log_rate(1 - usual->q, usual->k, data[x]);
			}
			sum += (i < 0 ? usual->always : (1 - usual->always) / 24 * each) *
			       exp(logs);
		}
	return sum * (b < COUNT ? (1 - usual->nobody) / COUNT : usual->nobody / 2);
}

static void test_the_posterior_is_the_formula(void **state)
{
	SUSPECT_GRAPH graph = with_merges();
	SUSPECT_BELIEF belief = suspect_belief_new(graph, NULL, &suspect_usual);
	double weights[COUNT + 2], sum = 0;

	(void)state;
	for (size_t x = COUNT; x > 0; x--) /* the order does not matter */
		suspect_belief_add(belief, x == COUNT ? SUSPECT_GOOD_END : x, data[x].passes,
				   data[x].fails);
	for (size_t b = 0; b < COUNT + 2; b++)
		sum += weights[b] = weight_of(graph, b);
	for (size_t b = 0; b < COUNT; b++)
		assert_true(fabs(suspect_belief_of(belief, b) - weights[b] / sum) < 1e-9);
	assert_true(fabs(suspect_belief_both_bad(belief) - weights[COUNT] / sum) < 1e-9);
	assert_true(fabs(suspect_belief_no_bug(belief) - weights[COUNT + 1] / sum) < 1e-9);
}

/* With a bug that always shows the middle says most, and one boot is enough. */
static void test_a_clear_bug_is_halved(void **state)
{
	SUSPECT_GRAPH graph = line_of(100);
	struct suspect_assumptions clear = suspect_usual;
	SUSPECT_BELIEF belief = NULL;
	struct suspect_costs costs = { .build = 10, .boot = 1 };
	struct suspect_action action;

	(void)state;
	clear.always = 0.999999;
	belief = suspect_belief_new(graph, NULL, &clear);
	suspect_belief_add(belief, 99, 0, 3);
	suspect_belief_add(belief, SUSPECT_GOOD_END, 3, 0);
	suspect_choose(belief, &costs, &action);
	assert_in_range(action.commit, 47, 52);
	assert_int_equal(action.boots, 1);
	suspect_belief_add(belief, action.commit, 1, 0);
	suspect_choose(belief, &costs, &action);
	assert_in_range(action.commit, 70, 78);
}

/* A build that is there is worth booting before one that is not and says a little more. */
static void test_what_is_built_is_preferred(void **state)
{
	SUSPECT_GRAPH graph = line_of(100);
	SUSPECT_BELIEF belief = suspect_belief_new(graph, NULL, &suspect_usual);
	bool built[100] = { [40] = true };
	struct suspect_costs costs = { .build = 10, .boot = 1, .built = built };
	struct suspect_action action;

	(void)state;
	suspect_belief_add(belief, 99, 1, 3);
	suspect_choose(belief, &costs, &action);
	assert_int_equal(action.commit, 40);
}

static void test_trials(void **state)
{
	SUSPECT_GRAPH graph = line_of(128);
	static const struct {
		struct suspect_truth truth;
		int least; /* of 40 */
	} rows[] = {
		{ { .p = 0, .q = 0 }, 40 },
		{ { .p = 0.3, .q = 0.01 }, 36 },
		{ { .p = 0.7, .q = 0.01 }, 36 },
		{ { .p = 0.5, .q = 0.01, .who = SUSPECT_NO_ONE }, 38 },
		{ { .p = 0.5, .q = 0.01, .who = SUSPECT_EVERYONE }, 38 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int right = 0;

		for (uint64_t seed = 1; seed <= 40; seed++) {
			struct suspect_outcome outcome;

			suspect_trial(graph, &rows[i].truth, 10, 1, 0.05, seed, &outcome);
			right += outcome.right;
			if (rows[i].truth.p <= 0)
				assert_in_range(outcome.commits, 6, 9); /* git: 7 */
		}
		if (right < rows[i].least)
			print_error("row %zu: %d of 40 are right\n", i, right);
		assert_true(right >= rows[i].least);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ancestors),
		cmocka_unit_test(test_the_posterior_is_the_formula),
		cmocka_unit_test(test_a_clear_bug_is_halved),
		cmocka_unit_test(test_what_is_built_is_preferred),
		cmocka_unit_test(test_trials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
