/*
 * All cutoffs of a set of scores at once: the items sorted by value, and how many positives and negatives lie
 * at or above each distinct value. Equal values (bitwise, -0 being 0) stand together, for no cutoff can tell
 * them apart.
 */
#ifndef BCLASS_CURVE_H
#define BCLASS_CURVE_H

#include <bclass/error.h>
#include <bclass/metrics.h>
#include <bclass/scores.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bc_curve {
    bool logits;                   /* values are logits, else probabilities */
    size_t groups;                 /* distinct values */
    double *values;                /* descending */
    uint64_t *tp, *fp;             /* positives and negatives with at least this value */
    uint64_t positives, negatives; /* all */
    uint64_t unknown;              /* items without a label, which count nowhere else */
} bc_curve;

/* A set of splits: bits 1 << BC_SPLIT_... */
enum { BC_SPLITS_ALL = (1 << BC_SPLIT_COUNT) - 1 };

/* Of the rows in these splits. *curve is zero-initialised by this function and freed by the caller in any
 * case; a set without rows gives a curve without groups. O(n). */
bc_status bc_curve_build(bc_curve *curve, const bc_scores *scores, unsigned splits, bc_error *err);
void bc_curve_free(bc_curve *curve);

/* The counts when the items of the first groups groups are called positive: 0 means none, curve->groups all.
 */
bc_confusion bc_curve_counts(const bc_curve *curve, size_t groups);

/* How many groups lie at or above value. */
size_t bc_curve_position(const bc_curve *curve, double value);

/* Area under the ROC curve, from exact integers: the share of pairs of a positive and a negative that are
 * ordered rightly, ties counting half. NaN without positives or negatives. */
double bc_curve_auroc(const bc_curve *curve);

/* Its confidence interval by DeLong's variance (DeLong, DeLong, Clarke-Pearson 1988), symmetric in the logit
 * of the area, z being the normal quantile (1.96 for 95 %). NaN where the variance is undefined or 0. */
void bc_curve_auroc_interval(double *low, double *high, const bc_curve *curve, double z);

/* Average precision: the sum over groups of the recall gained times the precision there, no interpolation.
 * NaN without positives. */
double bc_curve_average_precision(const bc_curve *curve);

/* Mean log loss, in nats; infinite when an impossible thing happened. NaN without items. */
double bc_curve_log_loss(const bc_curve *curve);

/* Mean squared distance of score and label. NaN without items. */
double bc_curve_brier(const bc_curve *curve);

#ifdef __cplusplus
}
#endif

#endif
