// SPDX-License-Identifier: GPL-2.0
/* bisect_plan.c - 'farrier bisect plan': trials on paper, on the very history. */
#include <math.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/progress.h"
#include "bisect.h"
#include "suspect/suspect_trial.h"

#define USUAL_RATE 0.5

struct plan {
	double p, build, boot;
	int runs;
	int ends; /* of both, those that are still to be built */
	double *seconds, *builds, *boots;
	int right;
};

static int ascending(const void *a, const void *b)
{
	double one = *(const double *)a, two = *(const double *)b;

	return (one > two) - (one < two);
}

static double quantile(const double *sorted, int count, double share)
{
	return sorted[(int)(share * (count - 1) + 0.5)];
}

static double mean(const double *numbers, int count)
{
	double sum = 0;

	for (int i = 0; i < count; i++)
		sum += numbers[i];
	return sum / count;
}

static ERR_CHECK try_all(struct bisect *bisect, struct plan *plan)
{
	struct suspect_truth truth = { .p = plan->p, .q = 0.01 };
	struct progress *progress = progress_begin(0, "%d bisections on paper", plan->runs);

	for (int i = 0; i < plan->runs; i++) {
		struct suspect_outcome outcome;
		const struct err *err = interrupt_check();

		if (err) {
			progress_drop(&progress);
			return err;
		}
		suspect_trial(bisect->history.graph, &truth, plan->build, plan->boot, bisect->delta,
			      (uint64_t)i + 1, &outcome);
		plan->builds[i] = outcome.builds + plan->ends;
		plan->boots[i] = outcome.boots + outcome.ends;
		plan->seconds[i] = plan->builds[i] * plan->build + plan->boots[i] * plan->boot;
		plan->right += outcome.right;
		progress_update(progress, "%d of %d", i + 1, plan->runs);
	}
	progress_drop(&progress);
	return NULL;
}

static json_t *spread_json(const double *sorted, int count)
{
	json_t *json = json_object();

	store_set(json, "mean", json_real(mean(sorted, count)));
	store_set(json, "median", json_real(quantile(sorted, count, 0.5)));
	store_set(json, "most_of_ten", json_real(quantile(sorted, count, 0.9)));
	return json;
}

static void print_json(const struct bisect *bisect, const struct plan *plan)
{
	OWNED_JSON *json = json_object();

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "suspects", json_integer((json_int_t)bisect->history.count));
	store_set(json, "p", json_real(plan->p));
	store_set(json, "runs", json_integer(plan->runs));
	store_set(json, "right", json_real((double)plan->right / plan->runs));
	store_set(json, "builds", spread_json(plan->builds, plan->runs));
	store_set(json, "boots", spread_json(plan->boots, plan->runs));
	store_set(json, "seconds", spread_json(plan->seconds, plan->runs));
	out_json(json);
}

static void print_spread(const struct run *run, const char *what, const double *sorted, int count)
{
	out_line(run, OUT_PLAIN, "  %-8s %6.0f, nine times of ten at most %.0f", what,
		 quantile(sorted, count, 0.5), quantile(sorted, count, 0.9));
}

static void print_plan(const struct run *run, const struct bisect *bisect, const struct plan *plan)
{
	if (run->json) {
		print_json(bisect, plan);
		return;
	}
	out_line(run, OUT_BOLD,
		 "%zu suspects, a bad commit passes %.0f %% of its tests:", bisect->history.count,
		 100 * plan->p);
	if (plan->build > 0)
		print_spread(run, "builds", plan->builds, plan->runs);
	print_spread(run, "tests", plan->boots, plan->runs);
	print_spread(run, "seconds", plan->seconds, plan->runs);
	out_line(run, OUT_DIM,
		 "right in %d of %d trials on paper; a build takes %.1f s, a test %.1f s",
		 plan->right, plan->runs, plan->build, plan->boot);
}

ERR_CHECK bisect_print_plan(const struct bisect_words *words, struct bisect *bisect)
{
	CLEANUP(free_ptr) double *numbers = xcalloc((size_t)words->runs * 3, sizeof(*numbers));
	struct suspect_costs costs;
	struct plan plan = { .runs = words->runs, .p = words->rate };

	bisect_costs(bisect, &costs);
	if (isnan(plan.p))
		plan.p = bisect->tests ? suspect_belief_pass_rate(bisect->belief) : USUAL_RATE;
	plan.build = costs.build;
	plan.boot = costs.boot;
	plan.ends = plan.build > 0 ? !bisect->built[bisect->history.count - 1] +
					     !bisect->built[bisect_good_end(bisect)]
				   : 0;
	plan.seconds = numbers;
	plan.builds = numbers + words->runs;
	plan.boots = numbers + 2 * (size_t)words->runs;
	TRY(try_all(bisect, &plan));
	qsort(plan.seconds, (size_t)plan.runs, sizeof(double), ascending);
	qsort(plan.builds, (size_t)plan.runs, sizeof(double), ascending);
	qsort(plan.boots, (size_t)plan.runs, sizeof(double), ascending);
	print_plan(words->run, bisect, &plan);
	return NULL;
}
