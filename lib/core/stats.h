/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stats.h - exact statistics of things that happen or do not.
 *
 * No approximations: counts here are small, and a claim is only as good as its
 * worst case. Probabilities are from 0 to 1.
 */
#ifndef FARRIER_STATS_H
#define FARRIER_STATS_H

/* P(X = k) and P(X >= k) for X binomial(n, p). */
double stats_binomial(int n, int k, double p);
double stats_binomial_tail(int n, int k, double p);

/* The p from 0 to 1 where `rising`, which does not fall with p, reaches `value`. */
double stats_solve(double (*rising)(double p, const void *context), const void *context,
		   double value);

/*
 * One-sided bounds of Clopper and Pearson (Biometrika 26, 1934): the true rate is
 * below the lower bound, or above the upper bound, with probability at most
 * `error`, after k hits in n trials.
 *
 * The lower bound also holds when the trials stopped at the k-th hit (inverse
 * sampling): "the k-th hit came at trial n or before" is the same event as
 * "n trials have at least k hits", so both have the same probability. The upper
 * bound does not hold then.
 */
double stats_lower_bound(int n, int k, double error);
double stats_upper_bound(int n, int k, double error);

#endif
