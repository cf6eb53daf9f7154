// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "core/stats.h"
#include "verify_cell_rule.h"

/* Distances of the lines that are tried, each, up to Wald's own. */
#define DISTANCES 48

/* Rates of 0 and 1 have no likelihood ratio; as good as these they have one. */
#define LEAST_RATE 1e-9

#define LEAST_ERROR 1e-6
#define MOST_ERROR  0.25

#define CONFIDENCE_ERROR 0.05

const struct verify_cell_plan verify_cell_default_plan = {
	.clean_rate = 0.05,
	.bad_rate = 0.4,
	.error = 0.01,
	.max_boots = 20,
	.max_infra = 3,
};

struct verify_cell_rule {
	struct verify_cell_plan plan;
	int *clean_most, *bad_least; /* by boots, 0 to max_boots */
	double *expected;	     /* by boots * (max_boots + 1) + bad */
	double cost;		     /* what the search makes small */
};

/* The chances of having k bad boots and no answer yet, and of the answers so far. */
struct walk {
	double clean, bad, boots;
	int low, high; /* the range of k that chance[] is not 0 for */
	double chance[VERIFY_CELL_MOST_BOOTS + 2];
};

static void start_walk(struct walk *walk)
{
	walk->clean = walk->bad = walk->boots = 0;
	walk->low = walk->high = 0;
	walk->chance[0] = 1;
}

/* One more boot, before its answer is looked for. */
static void boot_once(struct walk *walk, double rate)
{
	walk->chance[++walk->high] = 0;
	for (int k = walk->high; k >= walk->low; k--) {
		double left = k > walk->low ? walk->chance[k - 1] * rate : 0;

		if (k < walk->high)
			walk->boots += walk->chance[k];
		walk->chance[k] = walk->chance[k] * (1 - rate) + left;
	}
}

/* Takes out what has an answer after `boots`. */
static void answer(struct walk *walk, const struct verify_cell_rule *rule, int boots)
{
	while (walk->low <= walk->high && walk->low <= rule->clean_most[boots])
		walk->clean += walk->chance[walk->low++];
	while (walk->high >= walk->low && walk->high >= rule->bad_least[boots])
		walk->bad += walk->chance[walk->high--];
}

/* Up to the boots of `boots`, whose answers are not looked for. */
static void walk_to(struct walk *walk, const struct verify_cell_rule *rule, int boots, double rate)
{
	start_walk(walk);
	for (int n = 1; n <= boots && walk->low <= walk->high; n++) {
		boot_once(walk, rate);
		if (n < boots)
			answer(walk, rule, n);
	}
}

static double chance_between(const struct walk *walk, int least, int most)
{
	double sum = 0;

	for (int k = walk->low; k <= walk->high; k++)
		if (k >= least && k <= most)
			sum += walk->chance[k];
	return sum;
}

struct verify_cell_chances verify_cell_rule_chances(const struct verify_cell_rule *rule,
						    double rate)
{
	int last = rule->plan.max_boots;
	struct walk walk;

	walk_to(&walk, rule, last, rate);
	answer(&walk, rule, last);
	return (struct verify_cell_chances){
		.clean = walk.clean,
		.bad = walk.bad,
		.undecided = chance_between(&walk, 0, last),
		.boots = walk.boots,
	};
}

/*
 * The two lines: the log likelihood ratio of the rates at -clean and at +bad. The last
 * boot is left without an answer.
 */
static void draw_lines(struct verify_cell_rule *rule, double clean, double bad)
{
	double clean_rate = fmax(rule->plan.clean_rate, LEAST_RATE);
	double bad_rate = fmin(rule->plan.bad_rate, 1 - LEAST_RATE);
	double up = log(bad_rate / clean_rate), down = log1p(-clean_rate) - log1p(-bad_rate);

	for (int n = 0; n <= rule->plan.max_boots; n++) {
		rule->clean_most[n] = (int)floor((n * down - clean) / (up + down));
		rule->bad_least[n] = (int)ceil((n * down + bad) / (up + down));
	}
	rule->clean_most[rule->plan.max_boots] = -1;
	rule->bad_least[rule->plan.max_boots] = rule->plan.max_boots + 1;
}

/* The most bad boots of the last stage that can be called clean with so much error left. */
static int affordable_clean(const struct walk *walk, double error)
{
	int k = walk->low;

	while (k <= walk->high && walk->chance[k] <= error)
		error -= walk->chance[k++];
	return k - 1;
}

/* The fewest that can be called bad. */
static int affordable_bad(const struct walk *walk, double error)
{
	int k = walk->high;

	while (k >= walk->low && walk->chance[k] <= error)
		error -= walk->chance[k--];
	return k + 1;
}

/* Lets the last boot decide as far as the errors have room; false when they have none. */
static bool spend_rest(struct verify_cell_rule *rule)
{
	const struct verify_cell_plan *plan = &rule->plan;
	int last = plan->max_boots;
	struct walk clean, bad;

	walk_to(&clean, rule, last, plan->clean_rate);
	walk_to(&bad, rule, last, plan->bad_rate);
	if (clean.bad > plan->error || bad.clean > plan->error)
		return false;
	rule->clean_most[last] = affordable_clean(&bad, plan->error - bad.clean);
	rule->bad_least[last] = affordable_bad(&clean, plan->error - clean.bad);
	if (rule->bad_least[last] <= rule->clean_most[last])
		rule->bad_least[last] = rule->clean_most[last] + 1;
	return true;
}

/* Boots on average, over the cells that matter; infinite when too many stay undecided. */
static double cost(const struct verify_cell_rule *rule)
{
	const struct verify_cell_plan *plan = &rule->plan;
	const double rates[] = { 0, plan->clean_rate, plan->bad_rate };
	double sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		struct verify_cell_chances chances = verify_cell_rule_chances(rule, rates[i]);

		if (chances.undecided > VERIFY_CELL_MOST_UNDECIDED)
			return INFINITY;
		sum += chances.boots + chances.undecided * plan->max_boots;
	}
	return sum;
}

static struct verify_cell_rule *new_rule(const struct verify_cell_plan *plan)
{
	struct verify_cell_rule *rule = xcalloc(1, sizeof(*rule));
	size_t size = (size_t)plan->max_boots + 1;

	rule->plan = *plan;
	rule->clean_most = xcalloc(size, sizeof(*rule->clean_most));
	rule->bad_least = xcalloc(size, sizeof(*rule->bad_least));
	rule->cost = INFINITY;
	return rule;
}

/* Finds the best lines; NULL when none hold. */
static struct verify_cell_rule *search(const struct verify_cell_plan *plan)
{
	double wald = -log(plan->error);
	VERIFY_CELL_RULE best = new_rule(plan);
	VERIFY_CELL_RULE next = new_rule(plan);

	for (int i = 1; i <= DISTANCES * DISTANCES; i++) {
		draw_lines(next, wald * (1 + (i - 1) / DISTANCES) / DISTANCES,
			   wald * (1 + (i - 1) % DISTANCES) / DISTANCES);
		next->cost = spend_rest(next) ? cost(next) : INFINITY;
		if (next->cost < best->cost) {
			struct verify_cell_rule *worse = best;

			best = next;
			next = worse;
		}
	}
	return isinf(best->cost) ? NULL : TAKE_PTR(best);
}

/* From the last boot backwards: one boot, and what its two outcomes leave to do. */
static void work_out_expected(struct verify_cell_rule *rule)
{
	int last = rule->plan.max_boots;
	size_t row = (size_t)last + 1;

	rule->expected = xcalloc(row * row, sizeof(*rule->expected));
	for (int n = last - 1; n >= 0; n--) {
		double *here = rule->expected + (size_t)n * row, *next = here + row;

		for (int k = 0; k <= n; k++) {
			double bad = verify_cell_rule_next_bad(n, k);

			if (verify_cell_rule_state(rule, n, k) == VERIFY_CELL_WAITING)
				here[k] = 1 + bad * next[k + 1] + (1 - bad) * next[k];
		}
	}
}

static bool can_be_done(const struct verify_cell_plan *plan)
{
	VERIFY_CELL_RULE rule = search(plan);

	return rule != NULL;
}

/* The fewest boots from which on it can be done, or 0. */
static int enough_boots(const struct verify_cell_plan *plan)
{
	struct verify_cell_plan more = *plan;
	int too_few = plan->max_boots, enough = 0;

	while (!enough && too_few < VERIFY_CELL_MOST_BOOTS) {
		more.max_boots = 2 * too_few;
		if (more.max_boots > VERIFY_CELL_MOST_BOOTS)
			more.max_boots = VERIFY_CELL_MOST_BOOTS;
		if (can_be_done(&more))
			enough = more.max_boots;
		else
			too_few = more.max_boots;
	}
	while (enough > too_few + 1) {
		more.max_boots = (too_few + enough) / 2;
		if (can_be_done(&more))
			enough = more.max_boots;
		else
			too_few = more.max_boots;
	}
	return enough;
}

static ERR_CHECK check_plan(const struct verify_cell_plan *plan)
{
	if (!(plan->clean_rate >= 0 && plan->clean_rate < plan->bad_rate && plan->bad_rate <= 1))
		return err_hint(err_input("a clean rate of %g %% and a bad rate of %g %% cannot be "
					  "told apart",
					  100 * plan->clean_rate, 100 * plan->bad_rate),
				"'clean-rate' is the smaller one, and both are from 0 to 100 %%");
	if (!(plan->error >= LEAST_ERROR && plan->error <= MOST_ERROR))
		return err_input("an error of %g %% is not from %g to %g %%", 100 * plan->error,
				 100 * LEAST_ERROR, 100 * MOST_ERROR);
	if (plan->max_boots < 1 || plan->max_boots > VERIFY_CELL_MOST_BOOTS)
		return err_input("%d boots are not from 1 to %d", plan->max_boots,
				 VERIFY_CELL_MOST_BOOTS);
	if (plan->max_infra < 0)
		return err_input("%d boots without a result are not 0 or more", plan->max_infra);
	return NULL;
}

static ERR_CHECK too_few_boots(const struct verify_cell_plan *plan)
{
	int enough = enough_boots(plan);
	const struct err *err = err_input(
		"%d boot%s cannot tell a rate of %g %% from one of %g %% with an error "
		"of %g %%: it takes %s%d",
		plan->max_boots, plan->max_boots == 1 ? "" : "s", 100 * plan->clean_rate,
		100 * plan->bad_rate, 100 * plan->error, enough ? "" : "more than ",
		enough ? enough : VERIFY_CELL_MOST_BOOTS);

	if (!enough)
		return err_hint(err, "set 'clean-rate' and 'bad-rate' further apart, or 'error' "
				     "higher");
	return err_hint(err,
			"set 'max-boots' to %d, 'clean-rate' and 'bad-rate' further apart, or "
			"'error' higher",
			enough);
}

ERR_CHECK verify_cell_rule_new(const struct verify_cell_plan *plan, struct verify_cell_rule **rule)
{
	*rule = NULL;
	TRY(check_plan(plan));
	*rule = search(plan);
	if (!*rule)
		return too_few_boots(plan);
	work_out_expected(*rule);
	return NULL;
}

void verify_cell_rule_free(struct verify_cell_rule *rule)
{
	if (!rule)
		return;
	free(rule->clean_most);
	free(rule->bad_least);
	free(rule->expected);
	free(rule);
}

void verify_cell_rule_release(struct verify_cell_rule **rule)
{
	verify_cell_rule_free(*rule);
}

const struct verify_cell_plan *verify_cell_rule_plan(const struct verify_cell_rule *rule)
{
	return &rule->plan;
}

const char *verify_cell_state_name(enum verify_cell_state state)
{
	static const char *const names[] = { "waiting", "clean", "bad", "undecided", "infra" };

	return names[state];
}

enum verify_cell_state verify_cell_rule_state(const struct verify_cell_rule *rule, int boots,
					      int bad)
{
	if (bad <= rule->clean_most[boots])
		return VERIFY_CELL_CLEAN;
	if (bad >= rule->bad_least[boots])
		return VERIFY_CELL_BAD;
	return boots < rule->plan.max_boots ? VERIFY_CELL_WAITING : VERIFY_CELL_UNDECIDED;
}

double verify_cell_rule_next_bad(int boots, int bad)
{
	return (bad + 0.5) / (boots + 1.0);
}

double verify_cell_rule_expected(const struct verify_cell_rule *rule, int boots, int bad)
{
	return rule->expected[(size_t)boots * ((size_t)rule->plan.max_boots + 1) + (size_t)bad];
}

/* An outcome whose tails are asked for. */
struct outcome {
	const struct verify_cell_rule *rule;
	int boots, bad;
};

/* The chance of an outcome at least as bad. It rises with the rate. */
static double as_bad(double rate, const void *context)
{
	const struct outcome *outcome = context;
	struct walk walk;

	walk_to(&walk, outcome->rule, outcome->boots, rate);
	return walk.bad + chance_between(&walk, outcome->bad, outcome->boots);
}

/* The chance of a worse one. It rises with the rate, too. */
static double worse(double rate, const void *context)
{
	const struct outcome *outcome = context;
	struct walk walk;

	walk_to(&walk, outcome->rule, outcome->boots, rate);
	return 1 - walk.clean - chance_between(&walk, 0, outcome->bad);
}

struct verify_cell_rate verify_cell_rule_rate(const struct verify_cell_rule *rule, int boots,
					      int bad)
{
	struct outcome outcome = { .rule = rule, .boots = boots, .bad = bad };
	struct verify_cell_rate rate = { .boots = boots, .bad = bad, .high = 1 };

	if (boots == 0)
		return rate;
	rate.low = bad ? stats_solve(as_bad, &outcome, CONFIDENCE_ERROR / 2) : 0;
	rate.high = bad < boots ? stats_solve(worse, &outcome, 1 - CONFIDENCE_ERROR / 2) : 1;
	return rate;
}
