/*
 * All cutoffs of a set of scores at once: the positives and the negatives, each sorted by value. Equal values
 * (bitwise, -0 being 0) stand together, for no cutoff can tell them apart; a point lies between two such
 * groups. 8 bytes an item, 32 with weights.
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

/* The items of one class. */
typedef struct bc_curve_class {
    size_t count;
    double *values;             /* descending */
    double *sums, *square_sums; /* of the weights, and of their squares, of the first 0 ... count items; NULL
                                   when every weight is 1 */
} bc_curve_class;

struct bc_pool;

typedef struct bc_curve {
    bool logits; /* values are logits, else probabilities */
    bc_curve_class positive, negative;
    struct bc_pool *pool; /* of the threads that measure it, lent; NULL: the calling one alone */
    uint64_t unknown;     /* items without a label, which count nowhere else */
    /* Whether positives, and whether items of any class, share clusters; see bc_clusters_mark. */
    bool positives_cluster, items_cluster;
} bc_curve;

/* How many items of each class are called positive: those with the highest values. */
typedef struct bc_curve_point {
    size_t positives, negatives;
} bc_curve_point;

/* A set of splits: bits 1 << BC_SPLIT_... */
enum { BC_SPLITS_ALL = (1 << BC_SPLIT_COUNT) - 1 };

enum { BC_CURVE_LIMIT_BITS = 32 }; /* a table has fewer rows than 2^32 */

/* Of the rows in these splits. *curve is zero-initialised by this function and freed by the caller in any
 * case; a set without rows gives a curve without items. BC_ERROR_LIMIT when the table has too many rows.
 * O(n). */
bc_status bc_curve_build(bc_curve *curve, const bc_scores *scores, unsigned splits, bc_error *err);

/* The same by the threads of a pool, which also do what is later asked of the curve, so that they must
 * outlive it and wait for no task of their own that asks. Nothing but the time it takes depends on them. */
bc_status bc_curve_build_in(bc_curve *curve, const bc_scores *scores, unsigned splits, struct bc_pool *pool,
                            bc_error *err);

/* The same, but the rows are taken out of the table, which keeps the rest: both together then never need more
 * than about 11 bytes a row. */
bc_status bc_curve_take(bc_curve *curve, bc_scores *scores, unsigned splits, struct bc_pool *pool,
                        bc_error *err);

void bc_curve_free(bc_curve *curve);

/* Whether items count by weights that are not all 1. */
bool bc_curve_is_weighted(const bc_curve *curve);

/* The weights of the positives and of the negatives together: how many there are where every weight is 1. */
double bc_curve_positives(const bc_curve *curve);
double bc_curve_negatives(const bc_curve *curve);

/* Where nothing and where everything is called positive. */
bc_curve_point bc_curve_none(void);
bc_curve_point bc_curve_all(const bc_curve *curve);

/* Where the items with at least this value are called positive. O(log n). */
bc_curve_point bc_curve_at(const bc_curve *curve, double value);

/* Takes the next group of equal values along; false when there is none. From none to all it is O(n). */
bool bc_curve_next(bc_curve_point *point, const bc_curve *curve);

/* The least value called positive, infinity where there is none; and the greatest one that is not, minus
 * infinity where all are. Every cutoff above the lower and up to the upper one decides the same. */
double bc_curve_upper(const bc_curve *curve, bc_curve_point point);
double bc_curve_lower(const bc_curve *curve, bc_curve_point point);

/* What the point makes of the items, by weight; and by the squares of the weights, which tell how many items
 * of one weight would be as sure: sum^2 / sum of squares (Kish 1965). */
bc_confusion bc_curve_counts(const bc_curve *curve, bc_curve_point point);
bc_confusion bc_curve_squares(const bc_curve *curve, bc_curve_point point);

/* Area under the ROC curve: the share of pairs of a positive and a negative that are ordered rightly, ties
 * counting half; from exact integers where every weight is 1. NaN without positives or negatives. */
double bc_curve_auroc(const bc_curve *curve);

/* Its confidence interval by DeLong's variance (DeLong, DeLong, Clarke-Pearson 1988), symmetric in the logit
 * of the area, z being the normal quantile (1.96 for 95 %). With weights the placements are weighted and the
 * items counted as in Kish's effective number, an approximation. NaN where the variance is undefined or 0. */
void bc_curve_auroc_interval(double *low, double *high, const bc_curve *curve, double z);

/* Area under the ROC curve where the false positive rate is at most max_fpr, 0 < max_fpr <= 1, the curve
 * being straight between two points; and the same standardised (McClish 1989), 1/2 for chance and 1 for
 * perfect: (1 + (area - f^2 / 2) / (f - f^2 / 2)) / 2. NaN without positives or negatives. */
void bc_curve_partial_auroc(double *area, double *standardised, const bc_curve *curve, double max_fpr);

/* Average precision: the sum over groups of the recall gained times the precision there, no interpolation.
 * NaN without positives. */
double bc_curve_average_precision(const bc_curve *curve);

/* Mean log loss, in nats; infinite when an impossible thing happened. NaN without items. */
double bc_curve_log_loss(const bc_curve *curve);

/* Mean squared distance of score and label. NaN without items. */
double bc_curve_brier(const bc_curve *curve);

/* All of these. */
typedef struct bc_curve_measures {
    double auroc, auroc_low, auroc_high, average_precision, log_loss, brier;
} bc_curve_measures;

/* The same at once, in fewer passes. */
void bc_curve_measure(bc_curve_measures *found, const bc_curve *curve, double z);

#ifdef __cplusplus
}
#endif

#endif
