/*
 * 95 % confidence intervals of a share: successes out of trials. They hold for a cutoff that was fixed before
 * the items were seen; on the items that a cutoff was chosen on they are too hopeful.
 */
#ifndef BCLASS_INTERVAL_H
#define BCLASS_INTERVAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_interval_method {
    BC_INTERVAL_WILSON,         /* Wilson 1927, without correction: covers 95 % on the average */
    BC_INTERVAL_CLOPPER_PEARSON /* Clopper, Pearson 1934: covers at least 95 %, and is wider */
} bc_interval_method;

extern const double bc_interval_quantile; /* the normal distribution's, for 95 %: 1.96 */

/* NaN without trials. With weights give the effective number of trials, (sum of weights)^2 / sum of their
 * squares (Kish 1965), and its share of successes: Wilson's interval is then an approximation, the other
 * method takes whole numbers. */
void bc_interval_share(double *low, double *high, bc_interval_method method, double successes, double trials);

/* How many successes and trials of one weight are as sure as these weighted ones (Kish 1965): from the
 * weights of the successes and of the failures, and the squared weights of both. Where every weight is 1,
 * squares are their number. */
void bc_interval_effective(double *successes, double *trials, double hits, double misses, double squares);

#ifdef __cplusplus
}
#endif

#endif
