// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "unit.h"
#include "verify/verify_cell.h"

/* A fixed sequence of numbers in [0, 1): xorshift64*. */
static uint64_t random_state;

static double next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (double)((random_state * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

static struct verify_cell_rule *default_rule(void)
{
	struct verify_cell_rule *rule;

	assert_ok(verify_cell_rule_new(&verify_cell_default_plan, &rule));
	return rule;
}

/* Plans of many shapes: far apart and close, strict and lax, with rates at the ends. */
static const struct verify_cell_plan plans[] = {
	{ 0.05, 0.4, 0.01, 20, 3 }, { 0.05, 0.4, 0.01, 40, 3 },	 { 0.01, 0.3, 0.01, 30, 3 },
	{ 0.05, 0.2, 0.05, 60, 3 }, { 0, 0.5, 0.001, 15, 3 },	 { 0.5, 1, 0.001, 15, 3 },
	{ 0.02, 0.9, 0.01, 5, 3 },  { 0.2, 0.4, 0.001, 250, 3 }, { 0, 1, 0.01, 1, 0 },
};

static void test_both_errors_hold_for_every_rate(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		const struct verify_cell_plan *plan = &plans[i];
		VERIFY_CELL_RULE rule = NULL;

		assert_ok(verify_cell_rule_new(plan, &rule));
		for (int p = 0; p <= 200; p++) {
			double rate = p / 200.0;
			struct verify_cell_chances chances = verify_cell_rule_chances(rule, rate);

			if (rate <= plan->clean_rate)
				assert_true(chances.bad <= plan->error);
			if (rate >= plan->bad_rate)
				assert_true(chances.clean <= plan->error);
			if (rate <= plan->clean_rate || rate >= plan->bad_rate)
				assert_true(chances.undecided <= VERIFY_CELL_MOST_UNDECIDED);
			assert_true(fabs(chances.clean + chances.bad + chances.undecided - 1) <
				    1e-9);
			assert_true(chances.boots <= plan->max_boots + 1e-9);
		}
	}
}

/* The table of the man page and of the report; a change here changes what people wait for. */
static void test_what_the_defaults_cost(void **state)
{
	static const struct {
		double rate, boots, clean, bad;
	} table[] = {
		{ 0, 10, 1, 0 },	   { 0.05, 13.0, 0.934, 0.010 },
		{ 0.2, 14.6, 0.25, 0.40 }, { 0.4, 8.0, 0.010, 0.943 },
		{ 0.9, 2.4, 0, 1 },
	};
	VERIFY_CELL_RULE rule = default_rule();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct verify_cell_chances chances = verify_cell_rule_chances(rule, table[i].rate);

		assert_true(fabs(chances.boots - table[i].boots) < 0.05);
		assert_true(fabs(chances.clean - table[i].clean) < 0.005);
		assert_true(fabs(chances.bad - table[i].bad) < 0.005);
	}
}

/* Every sequence of boots, told to a cell one by one, against the table of chances. */
static struct verify_cell_chances try_all(const struct verify_cell_rule *rule, double rate,
					  unsigned int sequences, int length)
{
	struct verify_cell_chances sum = { 0 };

	for (unsigned int bits = 0; bits < sequences; bits++) {
		VERIFY_CELL cell = verify_cell_new(rule);
		double chance = 1;
		int boots = 0;

		for (int i = 0; i < length; i++)
			chance *= bits >> i & 1 ? rate : 1 - rate;
		for (; verify_cell_next(cell, false); boots++)
			verify_cell_finish(cell, verify_cell_start(cell),
					   bits >> boots & 1 ? VERDICT_BAD : VERDICT_GOOD);
		sum.boots += chance * boots;
		sum.clean += chance * (verify_cell_state(cell) == VERIFY_CELL_CLEAN);
		sum.bad += chance * (verify_cell_state(cell) == VERIFY_CELL_BAD);
		sum.undecided += chance * (verify_cell_state(cell) == VERIFY_CELL_UNDECIDED);
	}
	return sum;
}

static void test_the_chances_are_those_of_real_sequences(void **state)
{
	const struct verify_cell_plan plan = { 0.1, 0.7, 0.05, 12, 3 };
	VERIFY_CELL_RULE rule = NULL;

	(void)state;
	assert_ok(verify_cell_rule_new(&plan, &rule));
	for (double rate = 0; rate <= 1; rate += 0.25) {
		struct verify_cell_chances seen = try_all(rule, rate, 1u << 12, 12);
		struct verify_cell_chances said = verify_cell_rule_chances(rule, rate);

		assert_true(fabs(seen.clean - said.clean) < 1e-9);
		assert_true(fabs(seen.bad - said.bad) < 1e-9);
		assert_true(fabs(seen.undecided - said.undecided) < 1e-9);
		assert_true(fabs(seen.boots - said.boots) < 1e-9);
	}
}

static void test_a_budget_that_is_too_small_is_refused_with_one_that_does(void **state)
{
	struct verify_cell_plan plan = { 0.05, 0.4, 0.01, 8, 3 };
	VERIFY_CELL_RULE rule = NULL;
	const struct err *err;
	int boots = 0;

	(void)state;
	err = verify_cell_rule_new(&plan, &rule);
	assert_non_null(err);
	assert_int_equal(err->kind, ERR_INPUT);
	assert_non_null(strstr(err->text, "8 boots cannot tell a rate of 5 % from one of 40 % "
					  "with an error of 1 %: it takes "));
	assert_int_equal(sscanf(err->hint, "set 'max-boots' to %d", &boots), 1);
	err_free(err);
	plan.max_boots = boots - 1;
	assert_err(verify_cell_rule_new(&plan, &rule), ERR_INPUT, "it takes");
	plan.max_boots = boots;
	assert_ok(verify_cell_rule_new(&plan, &rule));
}

static void test_plans_that_cannot_be(void **state)
{
	static const struct {
		struct verify_cell_plan plan;
		const char *says;
	} wrong[] = {
		{ { 0.4, 0.4, 0.01, 20, 3 }, "cannot be told apart" },
		{ { -0.1, 0.4, 0.01, 20, 3 }, "cannot be told apart" },
		{ { 0.1, 1.4, 0.01, 20, 3 }, "cannot be told apart" },
		{ { NAN, 0.4, 0.01, 20, 3 }, "cannot be told apart" },
		{ { 0.05, 0.4, 0, 20, 3 }, "an error of 0 %" },
		{ { 0.05, 0.4, 0.5, 20, 3 }, "an error of 50 %" },
		{ { 0.05, 0.4, NAN, 20, 3 }, "an error of" },
		{ { 0.05, 0.4, 0.01, 0, 3 }, "0 boots" },
		{ { 0.05, 0.4, 0.01, 100000, 3 }, "100000 boots" },
		{ { 0.05, 0.4, 0.01, 20, -1 }, "-1 boots" },
		{ { 0.05, 0.06, 0.01, 20, 3 }, "it takes more than 500" },
	};
	VERIFY_CELL_RULE rule = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_err(verify_cell_rule_new(&wrong[i].plan, &rule), ERR_INPUT, wrong[i].says);
		assert_null(rule);
	}
}

#define MOST 60

/* The interval of every way to end; boots is 0 where there is none. */
struct endings {
	struct verify_cell_rate at[MOST + 1][MOST + 1];
};

static void find_endings(const struct verify_cell_rule *rule, struct endings *endings)
{
	bool reached[MOST + 1][MOST + 2] = { { true } };
	int last = verify_cell_rule_plan(rule)->max_boots;

	memset(endings, 0, sizeof(*endings));
	for (int n = 0; n <= last; n++) {
		for (int k = 0; k <= n; k++) {
			bool ended = n && verify_cell_rule_state(rule, n, k) != VERIFY_CELL_WAITING;

			if (reached[n][k] && ended)
				endings->at[n][k] = verify_cell_rule_rate(rule, n, k);
			else if (reached[n][k])
				reached[n + 1][k] = reached[n + 1][k + 1] = true;
		}
	}
}

/* How often the interval of a cell of this rate is wholly above it, and wholly below it. */
static void misses(const struct endings *endings, int last, double rate, double *above,
		   double *below)
{
	double chance[MOST + 1] = { 1 };

	*above = *below = 0;
	for (int n = 1; n <= last; n++) {
		for (int k = n; k >= 0; k--) {
			const struct verify_cell_rate *said = &endings->at[n][k];

			chance[k] *= 1 - rate;
			chance[k] += k ? chance[k - 1] * rate : 0;
			if (!said->boots)
				continue;
			*above += said->low > rate ? chance[k] : 0;
			*below += said->high < rate ? chance[k] : 0;
			chance[k] = 0;
		}
	}
}

static void test_the_interval_covers_the_rate_in_95_percent_of_cells(void **state)
{
	static struct endings endings;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		VERIFY_CELL_RULE rule = NULL;
		double above, below;

		if (plans[i].max_boots > MOST)
			continue;
		assert_ok(verify_cell_rule_new(&plans[i], &rule));
		find_endings(rule, &endings);
		for (int p = 0; p <= 1000; p++) {
			misses(&endings, plans[i].max_boots, p / 1000.0, &above, &below);
			assert_true(above <= 0.025 + 1e-9);
			assert_true(below <= 0.025 + 1e-9);
		}
	}
}

static void test_the_interval_is_that_of_clopper_and_pearson_where_nothing_stopped(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();
	struct verify_cell_rate none = verify_cell_rule_rate(rule, 0, 0);
	struct verify_cell_rate clean = verify_cell_rule_rate(rule, 10, 0);
	struct verify_cell_rate bad = verify_cell_rule_rate(rule, 2, 2);
	struct verify_cell_rate one = verify_cell_rule_rate(rule, 1, 0);

	(void)state;
	assert_true(none.low == 0 && none.high == 1);
	assert_true(clean.low == 0 && fabs(clean.high - (1 - pow(0.025, 0.1))) < 1e-9);
	assert_true(bad.high == 1 && fabs(bad.low - sqrt(0.025)) < 1e-9);
	assert_true(one.low == 0 && fabs(one.high - 0.975) < 1e-9);
}

/* Reading on while it is open, and the order: more bad boots never lower the interval. */
static void test_more_bad_boots_never_lower_the_interval(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();

	(void)state;
	for (int n = 1; n <= 20; n++) {
		for (int k = 0; k < n; k++) {
			struct verify_cell_rate less = verify_cell_rule_rate(rule, n, k);
			struct verify_cell_rate more = verify_cell_rule_rate(rule, n, k + 1);

			assert_true(less.low <= more.low && less.high <= more.high);
			assert_true(less.low <= less.high && less.low >= 0 && less.high <= 1);
		}
	}
}

static size_t start_all(struct verify_cell *cell, bool speculative)
{
	size_t started = 0;

	for (; verify_cell_next(cell, speculative); started++)
		verify_cell_start(cell);
	return started;
}

static void test_a_clean_cell_ends_after_ten_boots(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();
	VERIFY_CELL cell = verify_cell_new(rule);
	int boots = 0;

	(void)state;
	for (; verify_cell_next(cell, false); boots++) {
		assert_int_equal(verify_cell_state(cell), VERIFY_CELL_WAITING);
		verify_cell_finish(cell, verify_cell_start(cell), VERDICT_GOOD);
	}
	assert_int_equal(boots, 10);
	assert_int_equal(verify_cell_state(cell), VERIFY_CELL_CLEAN);
	assert_int_equal(verify_cell_rate(cell).boots, 10);
	assert_true(verify_cell_expected(cell) == 0);
}

static void test_a_doubtful_cell_is_left_undecided_when_the_budget_is_used_up(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();
	VERIFY_CELL cell = verify_cell_new(rule);
	int boots = 0;

	(void)state;
	for (; verify_cell_next(cell, false); boots++)
		verify_cell_finish(cell, verify_cell_start(cell),
				   boots % 5 == 4 ? VERDICT_BAD : VERDICT_GOOD);
	assert_int_equal(boots, 20);
	assert_int_equal(verify_cell_state(cell), VERIFY_CELL_UNDECIDED);
	assert_int_equal(verify_cell_rate(cell).bad, 4);
}

/* Whatever the boots at once come to, none of them was started in vain. */
static void test_boots_at_once_are_all_needed(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();

	(void)state;
	random_state = 7;
	for (int run = 0; run < 300; run++) {
		VERIFY_CELL cell = verify_cell_new(rule);
		double rate = next_random();
		size_t done = 0, count;

		for (count = start_all(cell, false); done < count; count += start_all(cell, false))
			verify_cell_finish(cell, done++,
					   next_random() < rate ? VERDICT_BAD : VERDICT_GOOD);
		assert_true(verify_cell_state(cell) != VERIFY_CELL_WAITING);
		assert_int_equal(verify_cell_rate(cell).boots, count);
	}
}

static void test_two_boots_could_decide_so_a_third_waits_or_is_a_guess(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();
	VERIFY_CELL cell = verify_cell_new(rule);

	(void)state;
	assert_int_equal(start_all(cell, false), 2);
	assert_true(verify_cell_need(cell) < 1 && verify_cell_need(cell) > 0.5);
	assert_true(start_all(cell, true) >= 1);
	assert_true(verify_cell_need(cell) <= 0.5);
	assert_int_equal(start_all(cell, true), 0);
}

/* With many CPUs and nothing else to do, no more is started than the budget can take. */
static void test_guesses_stay_within_the_budget(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();
	VERIFY_CELL cell = verify_cell_new(rule);

	(void)state;
	for (int i = 0; i < 30; i++)
		verify_cell_start(cell);
	assert_true(verify_cell_need(cell) == 0);
	assert_true(verify_cell_expected(cell) == 0);
	for (size_t i = 0; i < 30; i++)
		verify_cell_finish(cell, i, VERDICT_GOOD);
	assert_int_equal(verify_cell_state(cell), VERIFY_CELL_CLEAN);
	assert_int_equal(verify_cell_rate(cell).boots, 10);
	assert_true(verify_cell_counted(cell, 9));
	assert_false(verify_cell_counted(cell, 10));
}

/* A bug ends a boot early. It counts only once the boots before it are known. */
static void test_boots_count_in_the_order_of_their_start(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();
	VERIFY_CELL cell = verify_cell_new(rule);

	(void)state;
	for (int i = 0; i < 3; i++)
		verify_cell_start(cell);
	verify_cell_finish(cell, 1, VERDICT_BAD);
	verify_cell_finish(cell, 2, VERDICT_BAD);
	assert_int_equal(verify_cell_state(cell), VERIFY_CELL_WAITING);
	assert_int_equal(verify_cell_rate(cell).boots, 0);
	assert_false(verify_cell_counted(cell, 1));
	verify_cell_finish(cell, 0, VERDICT_BAD);
	assert_int_equal(verify_cell_state(cell), VERIFY_CELL_BAD);
	assert_int_equal(verify_cell_rate(cell).boots, 2);
	assert_false(verify_cell_counted(cell, 2));
}

static void test_boots_without_a_result_are_replaced_and_bounded(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();
	VERIFY_CELL some = verify_cell_new(rule);
	VERIFY_CELL many = verify_cell_new(rule);
	VERIFY_CELL early = verify_cell_new(rule);
	int boots = 0;

	(void)state;
	for (; verify_cell_next(some, false); boots++)
		verify_cell_finish(some, verify_cell_start(some),
				   boots == 0	? VERDICT_INFRA
				   : boots == 4 ? VERDICT_UNKNOWN
				   : boots == 7 ? VERDICT_SKIP
						: VERDICT_GOOD);
	assert_int_equal(boots, 13);
	assert_int_equal(verify_cell_state(some), VERIFY_CELL_CLEAN);
	assert_int_equal(verify_cell_rate(some).boots, 10);
	assert_int_equal(verify_cell_infra(some), 3);
	for (boots = 0; verify_cell_next(many, false); boots++)
		verify_cell_finish(many, verify_cell_start(many), VERDICT_INFRA);
	assert_int_equal(boots, 4);
	assert_int_equal(verify_cell_state(many), VERIFY_CELL_INFRA);
	for (boots = 0; verify_cell_next(early, false); boots++)
		verify_cell_finish(early, verify_cell_start(early),
				   boots == 1 ? VERDICT_INFRA : VERDICT_UNKNOWN);
	assert_int_equal(boots, 4);
	assert_int_equal(verify_cell_state(early), VERIFY_CELL_NO_RESULT);
}

/* The answer is the same in whatever order boots end, and stays once it is given. */
static void test_the_answer_does_not_depend_on_who_ends_first(void **state)
{
	static const enum verdict verdicts[] = { VERDICT_GOOD, VERDICT_BAD, VERDICT_INFRA,
						 VERDICT_GOOD };
	VERIFY_CELL_RULE rule = default_rule();

	(void)state;
	random_state = 3;
	for (int run = 0; run < 500; run++) {
		VERIFY_CELL forward = verify_cell_new(rule);
		VERIFY_CELL mixed = verify_cell_new(rule);
		enum verify_cell_state given = VERIFY_CELL_WAITING;
		enum verdict of[30];

		for (size_t i = 0; i < 30; i++) {
			of[i] = verdicts[(int)(next_random() * ARRAY_SIZE(verdicts))];
			verify_cell_start(mixed);
			verify_cell_finish(forward, verify_cell_start(forward), of[i]);
		}
		for (size_t i = 0; i < 30; i++) {
			size_t pick = (i * 7 + (size_t)run) % 30;

			verify_cell_finish(mixed, pick, of[pick]);
			if (given != VERIFY_CELL_WAITING)
				assert_int_equal(verify_cell_state(mixed), given);
			given = verify_cell_state(mixed);
		}
		assert_int_equal(given, verify_cell_state(forward));
		assert_int_equal(verify_cell_rate(mixed).boots, verify_cell_rate(forward).boots);
		assert_int_equal(verify_cell_rate(mixed).bad, verify_cell_rate(forward).bad);
	}
}

static void test_fewer_boots_are_expected_the_more_is_known(void **state)
{
	VERIFY_CELL_RULE rule = default_rule();
	VERIFY_CELL cell = verify_cell_new(rule);
	double before = verify_cell_expected(cell);

	(void)state;
	assert_true(before > 5 && before < 10);
	for (int i = 0; i < 9; i++)
		verify_cell_finish(cell, verify_cell_start(cell), VERDICT_GOOD);
	/* One, and some more in case that is a bad one. */
	assert_true(verify_cell_expected(cell) > 1 && verify_cell_expected(cell) < 1.5);
	verify_cell_start(cell);
	assert_true(verify_cell_expected(cell) < 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_errors_hold_for_every_rate),
		cmocka_unit_test(test_what_the_defaults_cost),
		cmocka_unit_test(test_the_chances_are_those_of_real_sequences),
		cmocka_unit_test(test_a_budget_that_is_too_small_is_refused_with_one_that_does),
		cmocka_unit_test(test_plans_that_cannot_be),
		cmocka_unit_test(test_the_interval_covers_the_rate_in_95_percent_of_cells),
		cmocka_unit_test(
			test_the_interval_is_that_of_clopper_and_pearson_where_nothing_stopped),
		cmocka_unit_test(test_more_bad_boots_never_lower_the_interval),
		cmocka_unit_test(test_a_clean_cell_ends_after_ten_boots),
		cmocka_unit_test(test_a_doubtful_cell_is_left_undecided_when_the_budget_is_used_up),
		cmocka_unit_test(test_boots_at_once_are_all_needed),
		cmocka_unit_test(test_two_boots_could_decide_so_a_third_waits_or_is_a_guess),
		cmocka_unit_test(test_guesses_stay_within_the_budget),
		cmocka_unit_test(test_boots_count_in_the_order_of_their_start),
		cmocka_unit_test(test_boots_without_a_result_are_replaced_and_bounded),
		cmocka_unit_test(test_the_answer_does_not_depend_on_who_ends_first),
		cmocka_unit_test(test_fewer_boots_are_expected_the_more_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
