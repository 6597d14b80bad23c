/*
 * The regularised incomplete beta function and what follows from it: binomial tails and beta quantiles.
 * Shapes a, b >= 1 may be as great as counts are.
 */
#ifndef BC_THRESHOLD_SPECIAL_H
#define BC_THRESHOLD_SPECIAL_H

#include <stdint.h>

/* I_x(a, b): the probability that a Beta(a, b) variable is at most x. */
double bc_beta_tail(double a, double b, double x);

/* x where I_x(a, b) = tail, and where 1 - I_x(a, b) = tail; 0 < tail < 1. */
double bc_beta_quantile(double tail, double a, double b);
double bc_beta_upper_quantile(double tail, double a, double b);

/* P(X <= successes) and P(X >= successes), X being Binomial(trials, p). */
double bc_binomial_at_most(uint64_t successes, uint64_t trials, double p);
double bc_binomial_at_least(uint64_t successes, uint64_t trials, double p);

#endif
