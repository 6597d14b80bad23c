/*
 * How far chance moves a chosen cutoff, and what it is worth on rows it was not chosen on: the choice is
 * repeated on many draws of the rows, each row drawn again and again or not at all, and every cutoff is
 * measured on the rows that its draw left out (Efron 1979; Efron and Tibshirani 1997).
 */
#ifndef BCLASS_BOOTSTRAP_H
#define BCLASS_BOOTSTRAP_H

#include <bclass/clusters.h>
#include <bclass/crossfit.h>
#include <bclass/curve.h>
#include <bclass/pick.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Over the replicates in which the rule was met: the 2.5th, the 50th and the 97.5th percentile, each a value
 * that occurred (the ceil(p n)-th lowest). */
typedef struct bc_spread {
    double low, median, high;
} bc_spread;

/* The measures of the rows left out. */
typedef enum bc_bootstrap_measure {
    BC_BOOTSTRAP_PRECISION,
    BC_BOOTSTRAP_RECALL,
    BC_BOOTSTRAP_SPECIFICITY,
    BC_BOOTSTRAP_F1,
    BC_BOOTSTRAP_MEASURES
} bc_bootstrap_measure;

/* NaN each where no replicate says anything. */
typedef struct bc_bootstrap {
    size_t replicates;
    size_t met;       /* in so many the rule could be met, and only these say what follows */
    bc_spread cutoff; /* on the curve's scale */
    double mean[BC_BOOTSTRAP_MEASURES];
    bc_spread spread[BC_BOOTSTRAP_MEASURES];
    size_t defined[BC_BOOTSTRAP_MEASURES]; /* replicates in which the measure is */
} bc_bootstrap;

/* results: one for each of the count rules of the chooser, which is called from several threads. Each class
 * is drawn from on its own, so that there are as many positives in each replicate as there are; clusters are
 * drawn whole, among those of the same kind. What comes out depends on the seed, not on the number of threads
 * (0: as many as there are CPUs). O(n) for each replicate, and the chooser's time. */
bc_status bc_bootstrap_run(bc_bootstrap *results, size_t count, const bc_curve *curve,
                           const bc_clusters *clusters, size_t replicates, uint64_t seed, unsigned threads,
                           bc_chooser *choose, const void *context, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
