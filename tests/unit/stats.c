// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "unit.h"
#include "core/stats.h"

#define assert_near(actual, expected, tolerance)                                    \
	do {                                                                        \
		double near_ = (actual);                                            \
		if (fabs(near_ - (expected)) > (tolerance))                         \
			print_error("%.9f, not %.9f\n", near_, (double)(expected)); \
		assert_true(fabs(near_ - (expected)) <= (tolerance));               \
	} while (0)

/* Closed forms: k = n has lower bound alpha^(1/n), k = 0 upper bound 1 - alpha^(1/n). */
static void test_bounds_at_the_edges(void **state)
{
	(void)state;
	for (int n = 1; n <= 60; n++) {
		assert_near(stats_lower_bound(n, n, 0.05), pow(0.05, 1.0 / n), 1e-9);
		assert_near(stats_upper_bound(n, 0, 0.05), 1 - pow(0.05, 1.0 / n), 1e-9);
	}
	assert_near(stats_lower_bound(10, 0, 0.05), 0, 0);
	assert_near(stats_upper_bound(10, 10, 0.05), 1, 0);
}

/*
 * Two-sided 95 % limits as the tables of the exact binomial interval give them
 * (for example Geigy Scientific Tables, 7th edition, p. 85 ff.).
 */
static void test_two_sided_limits_of_the_tables(void **state)
{
	static const struct {
		int n, k;
		double low, high;
	} table[] = {
		{ 10, 1, 0.0025, 0.4450 },  { 10, 5, 0.1871, 0.8129 },	{ 20, 3, 0.0321, 0.3789 },
		{ 50, 10, 0.1003, 0.3372 }, { 100, 5, 0.0164, 0.1128 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_near(stats_lower_bound(table[i].n, table[i].k, 0.025), table[i].low, 5e-5);
		assert_near(stats_upper_bound(table[i].n, table[i].k, 0.025), table[i].high, 5e-5);
	}
}

static void test_five_of_six_is_at_least_41_8_percent(void **state)
{
	(void)state;
	assert_near(stats_lower_bound(6, 5, 0.05), 0.418197, 1e-6);
}

static void test_tails_add_up(void **state)
{
	(void)state;
	assert_near(stats_binomial_tail(10, 5, 0.5), 638.0 / 1024, 1e-12);
	assert_near(stats_binomial_tail(3, 0, 0.2), 1, 0);
	assert_near(stats_binomial_tail(3, 3, 0.2), 0.008, 1e-12);
	for (int k = 0; k <= 40; k++)
		assert_near(stats_binomial_tail(40, k, 0.3) - stats_binomial_tail(40, k + 1, 0.3),
			    stats_binomial(40, k, 0.3), 1e-12);
	assert_near(stats_binomial(5, 6, 0.5), 0, 0);
	assert_near(stats_binomial(5, 5, 1), 1, 0);
	assert_near(stats_binomial(5, 0, 0), 1, 0);
}

/* Under inverse sampling, too, the lower bound is above the truth at most 5 % of the time. */
static void test_the_lower_bound_holds_when_stopping_at_the_kth_hit(void **state)
{
	(void)state;
	for (int percent = 2; percent < 100; percent += 2) {
		double p = percent / 100.0, wrong = 0;

		for (int n = 5; n < 2000; n++)
			if (stats_lower_bound(n, 5, 0.05) > p)
				wrong += p * stats_binomial(n - 1, 4, p);
			else
				break; /* the bound falls with n */
		assert_true(wrong <= 0.05);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds_at_the_edges),
		cmocka_unit_test(test_two_sided_limits_of_the_tables),
		cmocka_unit_test(test_five_of_six_is_at_least_41_8_percent),
		cmocka_unit_test(test_tails_add_up),
		cmocka_unit_test(test_the_lower_bound_holds_when_stopping_at_the_kth_hit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
