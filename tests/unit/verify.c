// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "unit.h"
#include "verify/verify.h"

/* A fixed sequence of numbers in [0, 1): xorshift64*. */
static uint64_t random_state;

static double next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (double)((random_state * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

static void finish(struct verify *verify, enum verify_arm arm, size_t index, enum verdict verdict)
{
	struct event cause = { .kind = EVENT_CSD_STALL, .line = 212, .text = (char[]){ "csd" } };
	struct verify_result result = { .verdict = verdict,
					.cause = verdict == VERDICT_BAD ? &cause : NULL,
					.log = "log" };

	verify_finish(verify, arm, index, &result);
}

/* Runs an experiment one boot at a time; the rates are of the four arms. */
static struct verify *run_to_end(const double rates[VERIFY_ARMS])
{
	struct verify *verify = verify_new(&verify_default_plan, true, "clipper", 4);
	enum verify_arm arm;

	while (verify_next(verify, &arm))
		finish(verify, arm, verify_start(verify, arm),
		       next_random() < rates[arm] ? VERDICT_BAD : VERDICT_GOOD);
	return verify;
}

static enum verify_answer answer_of(struct verify *verify)
{
	VERIFY_OUTCOME outcome = { 0 };

	verify_outcome(verify, &outcome);
	assert_true(outcome.finished);
	return outcome.answer;
}

static void test_five_of_six_then_nine_clean_is_99_2_percent(void **state)
{
	static const enum verdict first[] = { VERDICT_BAD, VERDICT_BAD, VERDICT_GOOD,
					      VERDICT_BAD, VERDICT_BAD, VERDICT_BAD };
	struct verify *verify = verify_new(&verify_default_plan, true, "clipper", 4);
	VERIFY_OUTCOME outcome = { 0 };
	enum verify_arm arm;
	int boots = 0;

	(void)state;
	for (; verify_next(verify, &arm); boots++)
		finish(verify, arm, verify_start(verify, arm),
		       arm == VERIFY_WITHOUT ? first[boots] : VERDICT_GOOD);
	verify_outcome(verify, &outcome);
	assert_int_equal(outcome.answer, VERIFY_FIXED);
	assert_int_equal(boots, 6 + 9 + 3 + 3);
	assert_int_equal(outcome.clean, 9);
	assert_true(fabs(outcome.confidence - 0.992) < 0.0005);
	assert_string_equal(outcome.reason,
			    "if the series did nothing, the bug would show in at least 41.8 % of "
			    "boots (95 % bound), and 9 clean boots in a row would happen 0.8 % of "
			    "the time");
	verify_free(verify);
}

static void test_one_bug_with_the_series_is_not_fixed(void **state)
{
	struct verify *verify = verify_new(&verify_default_plan, true, "clipper", 4);
	VERIFY_OUTCOME outcome = { 0 };
	enum verify_arm arm;
	int with = 0;

	(void)state;
	while (verify_next(verify, &arm))
		finish(verify, arm, verify_start(verify, arm),
		       arm == VERIFY_WITHOUT || (arm == VERIFY_WITH && ++with == 4) ? VERDICT_BAD
										    : VERDICT_GOOD);
	verify_outcome(verify, &outcome);
	assert_int_equal(outcome.answer, VERIFY_NOT_FIXED);
	assert_string_equal(outcome.reason, "the bug showed in 1 of 4 boots with the series");
	assert_int_equal(with, 4);
	verify_free(verify);
}

static void test_a_bug_that_never_shows_is_inconclusive(void **state)
{
	const double rates[VERIFY_ARMS] = { 0, 0, 0, 0 };
	struct verify *verify = run_to_end(rates);
	VERIFY_OUTCOME outcome = { 0 };

	(void)state;
	verify_outcome(verify, &outcome);
	assert_int_equal(outcome.answer, VERIFY_INCONCLUSIVE);
	assert_int_equal(verify_tally(verify, VERIFY_WITHOUT).boots, 8);
	assert_int_equal(verify_tally(verify, VERIFY_WITH).boots, 0);
	assert_non_null(strstr(outcome.reason, "never showed in 8 boots"));
	assert_non_null(strstr(outcome.reason, "31 % of boots"));
	verify_free(verify);
}

static void test_a_series_that_breaks_the_control_is_not_fixed(void **state)
{
	const double rates[VERIFY_ARMS] = { 1, 0, 0, 1 };
	struct verify *verify = run_to_end(rates);

	(void)state;
	assert_int_equal(answer_of(verify), VERIFY_NOT_FIXED);
	verify_free(verify);
}

static void test_infra_boots_are_replaced_and_bounded(void **state)
{
	struct verify *verify = verify_new(&verify_default_plan, true, "clipper", 4);
	enum verify_arm arm;
	int boots = 0;

	(void)state;
	while (verify_next(verify, &arm)) {
		bool broken = arm == VERIFY_WITH && ++boots <= 3;

		finish(verify, arm, verify_start(verify, arm),
		       broken		       ? VERDICT_INFRA
		       : arm == VERIFY_WITHOUT ? VERDICT_BAD
					       : VERDICT_GOOD);
	}
	assert_int_equal(answer_of(verify), VERIFY_FIXED);
	assert_int_equal(verify_tally(verify, VERIFY_WITH).infra, 3);
	assert_int_equal(verify_tally(verify, VERIFY_WITH).boots, 6);
	verify_free(verify);

	verify = verify_new(&verify_default_plan, true, "clipper", 4);
	while (verify_next(verify, &arm))
		finish(verify, arm, verify_start(verify, arm), VERDICT_INFRA);
	assert_int_equal(answer_of(verify), VERIFY_INCONCLUSIVE);
	assert_int_equal(verify_tally(verify, VERIFY_WITHOUT).infra, 4);
	verify_free(verify);
}

static void test_a_bug_without_the_model_voids_the_experiment(void **state)
{
	const double rates[VERIFY_ARMS] = { 1, 0, 1, 0 };
	struct verify *verify = run_to_end(rates);
	VERIFY_OUTCOME outcome = { 0 };

	(void)state;
	verify_outcome(verify, &outcome);
	assert_int_equal(outcome.answer, VERIFY_INCONCLUSIVE);
	assert_non_null(strstr(outcome.reason, "3 of 3 boots failed although the model was off"));
	verify_free(verify);
}

static void test_a_boot_without_a_result_is_never_part_of_a_fix(void **state)
{
	struct verify *verify = verify_new(&verify_default_plan, true, "clipper", 4);
	VERIFY_OUTCOME outcome = { 0 };
	enum verify_arm arm;
	int with = 0;

	(void)state;
	while (verify_next(verify, &arm))
		finish(verify, arm, verify_start(verify, arm),
		       arm == VERIFY_WITHOUT		   ? VERDICT_BAD
		       : arm == VERIFY_WITH && ++with == 2 ? VERDICT_UNKNOWN
							   : VERDICT_GOOD);
	verify_outcome(verify, &outcome);
	assert_int_equal(outcome.answer, VERIFY_INCONCLUSIVE);
	assert_string_equal(outcome.reason, "with the series, 1 boot ended without a result");
	assert_int_equal(verify_tally(verify, VERIFY_WITH).infra, 0);
	assert_int_equal(verify_tally(verify, VERIFY_WITH).unknown, 1);
	verify_free(verify);
}

static void test_a_model_that_does_nothing_proves_nothing(void **state)
{
	const double rates[VERIFY_ARMS] = { 1, 0, 0, 0 };
	struct verify *verify = run_to_end(rates);
	VERIFY_OUTCOME outcome = { 0 };

	(void)state;
	verify_set_fault_counter(verify, "lost");
	verify_outcome(verify, &outcome);
	assert_int_equal(outcome.answer, VERIFY_INCONCLUSIVE);
	assert_non_null(strstr(outcome.reason, "counter 'lost' stayed 0"));
	verify_free(verify);
}

static void test_without_a_model_there_are_no_controls(void **state)
{
	struct verify *verify = verify_new(&verify_default_plan, false, "es47", 2);
	enum verify_arm arm;

	(void)state;
	while (verify_next(verify, &arm)) {
		assert_true(arm == VERIFY_WITHOUT || arm == VERIFY_WITH);
		finish(verify, arm, verify_start(verify, arm),
		       arm == VERIFY_WITHOUT ? VERDICT_BAD : VERDICT_GOOD);
	}
	assert_int_equal(answer_of(verify), VERIFY_FIXED);
	verify_free(verify);
}

/* No boot is started that may turn out not to be needed, however many may run at once. */
static void test_boots_at_once_are_all_needed(void **state)
{
	struct verify *verify = verify_new(&verify_default_plan, true, "clipper", 4);
	enum verify_arm arm;
	size_t started = 0;

	(void)state;
	while (verify_next(verify, &arm)) {
		assert_int_equal(arm, VERIFY_WITHOUT);
		verify_start(verify, arm);
		started++;
	}
	assert_int_equal(started, 5);
	for (size_t i = 0; i < started; i++)
		finish(verify, VERIFY_WITHOUT, i, VERDICT_BAD);
	for (started = 0; verify_next(verify, &arm) && arm == VERIFY_WITH; started++)
		verify_start(verify, arm);
	assert_int_equal(started, 6);
	verify_free(verify);
}

/* A bug ends a boot early. It counts only once the boots before it are known. */
static void test_boots_count_in_the_order_of_their_start(void **state)
{
	struct verify *verify = verify_new(&verify_default_plan, true, "clipper", 4);
	VERIFY_OUTCOME early = { 0 };
	VERIFY_OUTCOME late = { 0 };

	(void)state;
	for (int i = 0; i < 5; i++)
		verify_start(verify, VERIFY_WITHOUT);
	for (size_t i = 1; i < 5; i++)
		finish(verify, VERIFY_WITHOUT, i, VERDICT_BAD);
	verify_outcome(verify, &early);
	assert_int_equal(early.boots, 0);
	finish(verify, VERIFY_WITHOUT, 0, VERDICT_GOOD);
	verify_outcome(verify, &late);
	assert_int_equal(late.boots, 5);
	assert_int_equal(late.bugs, 4);
	verify_free(verify);
}

static double simulate(double without, double with, int runs)
{
	const double rates[VERIFY_ARMS] = { without, with, 0, 0 };
	int fixed = 0;

	for (int i = 0; i < runs; i++) {
		struct verify *verify = run_to_end(rates);

		fixed += answer_of(verify) == VERIFY_FIXED;
		verify_free(verify);
	}
	return (double)fixed / runs;
}

static void test_the_enumeration_agrees_with_simulation(void **state)
{
	static const double rates[][2] = { { 0.2, 0 }, { 0.4, 0 },   { 0.6, 0.05 },
					   { 0.8, 0 }, { 0.8, 0.1 }, { 0.95, 0.02 } };

	(void)state;
	random_state = 20261122;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		double exact = verify_plan_power(&verify_default_plan, rates[i][0], rates[i][1]);
		double seen = simulate(rates[i][0], rates[i][1], 1000);

		/* 4.5 standard deviations */
		assert_true(fabs(exact - seen) < 4.5 * sqrt(exact * (1 - exact) / 1000) + 1e-9);
	}
}

/* The claim: were the series without effect, "fixed" would be said less than 1 % of the time. */
static void test_a_series_without_effect_is_hardly_ever_called_fixed(void **state)
{
	double worst = verify_worst_error(&verify_default_plan);

	(void)state;
	assert_true(worst < 0.002);
	random_state = 42;
	for (double rate = 0.1; rate < 1; rate += 0.2)
		assert_true(simulate(rate, rate, 500) <= worst + 4.5 * sqrt(worst / 500));
}

static void test_a_clear_bug_is_found_fixed(void **state)
{
	(void)state;
	assert_true(verify_plan_power(&verify_default_plan, 0.4, 0) > 0.75);
	assert_true(verify_plan_power(&verify_default_plan, 0.6, 0) > 0.99);
	assert_true(verify_plan_power(&verify_default_plan, 0.9, 0) > 0.999);
}

static void test_a_branch_is_as_bad_as_its_worst_stratum(void **state)
{
	struct verify_outcome strata[3] = {
		{ .answer = VERIFY_FIXED, .confidence = 0.992, .reason = (char[]){ "a" } },
		{ .answer = VERIFY_INCONCLUSIVE, .reason = (char[]){ "b" } },
		{ .answer = VERIFY_FIXED, .confidence = 0.991, .reason = (char[]){ "c" } },
	};
	VERIFY_OUTCOME one = { 0 };
	VERIFY_OUTCOME both = { 0 };
	VERIFY_OUTCOME worse = { 0 };

	(void)state;
	verify_combine(strata, 2, &one);
	assert_int_equal(one.answer, VERIFY_FIXED);
	assert_true(fabs(one.confidence - 0.992) < 1e-9);
	verify_combine(strata, 3, &both);
	assert_true(fabs(both.confidence - 0.983) < 1e-9);
	strata[1].answer = VERIFY_NOT_FIXED;
	verify_combine(strata, 3, &worse);
	assert_int_equal(worse.answer, VERIFY_NOT_FIXED);
	assert_string_equal(worse.reason, "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_five_of_six_then_nine_clean_is_99_2_percent),
		cmocka_unit_test(test_one_bug_with_the_series_is_not_fixed),
		cmocka_unit_test(test_a_bug_that_never_shows_is_inconclusive),
		cmocka_unit_test(test_a_series_that_breaks_the_control_is_not_fixed),
		cmocka_unit_test(test_infra_boots_are_replaced_and_bounded),
		cmocka_unit_test(test_a_bug_without_the_model_voids_the_experiment),
		cmocka_unit_test(test_a_boot_without_a_result_is_never_part_of_a_fix),
		cmocka_unit_test(test_a_model_that_does_nothing_proves_nothing),
		cmocka_unit_test(test_without_a_model_there_are_no_controls),
		cmocka_unit_test(test_boots_at_once_are_all_needed),
		cmocka_unit_test(test_boots_count_in_the_order_of_their_start),
		cmocka_unit_test(test_the_enumeration_agrees_with_simulation),
		cmocka_unit_test(test_a_series_without_effect_is_hardly_ever_called_fixed),
		cmocka_unit_test(test_a_clear_bug_is_found_fixed),
		cmocka_unit_test(test_a_branch_is_as_bad_as_its_worst_stratum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
