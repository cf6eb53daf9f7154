// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "stats.h"

/* Halvings of an interval of length 1: more than a double can tell apart. */
#define HALVINGS 60

double stats_binomial(int n, int k, double p)
{
	double log_choose = lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);

	if (k < 0 || k > n)
		return 0;
	if (p <= 0)
		return k == 0;
	if (p >= 1)
		return k == n;
	return exp(log_choose + k * log(p) + (n - k) * log1p(-p));
}

double stats_binomial_tail(int n, int k, double p)
{
	double sum = 0;

	if (k <= 0)
		return 1;
	/* The shorter side, from its smallest term up, loses the least. */
	if (k > n / 2) {
		for (int i = n; i >= k; i--)
			sum += stats_binomial(n, i, p);
		return fmin(sum, 1);
	}
	for (int i = 0; i < k; i++)
		sum += stats_binomial(n, i, p);
	return fmax(1 - sum, 0);
}

double stats_solve(double (*rising)(double p, const void *context), const void *context,
		   double value)
{
	double low = 0, high = 1;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		if (rising(middle, context) < value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Hits in trials. */
struct trials {
	int n, k;
};

static double tail_of(double p, const void *context)
{
	const struct trials *trials = context;

	return stats_binomial_tail(trials->n, trials->k, p);
}

double stats_lower_bound(int n, int k, double error)
{
	struct trials trials = { .n = n, .k = k };

	return k <= 0 ? 0 : stats_solve(tail_of, &trials, error);
}

double stats_upper_bound(int n, int k, double error)
{
	return 1 - stats_lower_bound(n, n - k, error);
}
