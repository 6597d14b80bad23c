/*
 * How far scores are from the shares of positives that they claim.
 */
#ifndef BCLASS_RELIABILITY_H
#define BCLASS_RELIABILITY_H

#include <bclass/curve.h>
#include <bclass/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A mean loss in parts, loss = mcb - dsc + unc: what would be gained by the best rising recalibration of
 * these very rows (miscalibration), what the scores then gain over saying the same of every row
 * (discrimination), and what saying so loses (uncertainty). */
typedef struct bc_decomposition {
    double loss, mcb, dsc, unc;
} bc_decomposition;

/* The CORP decomposition (Dimitriadis, Gneiting, Jordan 2021): recalibrated by pooling adjacent violators, so
 * that there are no bins to choose. */
typedef struct bc_corp {
    bc_decomposition brier, log_loss;
} bc_corp;

/* brier and log_loss: the curve's, which may be infinite. NaN in all parts without items. O(n). */
bc_status bc_corp_decompose(bc_corp *corp, const bc_curve *curve, double brier, double log_loss,
                            bc_error *err);

typedef enum bc_bins_kind {
    BC_BINS_EQUAL_MASS, /* each has as many rows, as far as equal scores, which stay together, allow: a group
                           goes where the middle of its ranks lies */
    BC_BINS_EQUAL_WIDTH /* each has scores from k / bins to (k + 1) / bins, the upper end not included but in
                           the last */
} bc_bins_kind;

extern const char *const bc_bins_names[]; /* "equal-mass", "equal-width", NULL */

enum { BC_BINS_DEFAULT = 15, BC_BINS_LIMIT = 1000 };

/* The rows of one bin. */
typedef struct bc_reliability_bin {
    size_t items;
    double scores;            /* their sum, by weight */
    double positives, weight; /* of the positives, and of all: numbers where every weight is 1 */
    double squares;           /* of the weights */
} bc_reliability_bin;

/* Finds so many bins, from 1 to BC_BINS_LIMIT, that of the highest scores first; some may have no items.
 * O(n). */
void bc_reliability_bins(bc_reliability_bin *found, const bc_curve *curve, bc_bins_kind kind, size_t bins);

typedef struct bc_binned_error {
    bc_bins_kind kind;
    size_t bins, filled; /* asked for; with rows in them */
    double value;        /* expected calibration error: the mean over rows of how far the mean score and the
                            share of positives of a row's bin lie apart (Naeini, Cooper, Hauskrecht 2015) */
    double debiased;     /* root of the mean square of the same, less what chance adds to it, 0 where that is
                            more (Kumar, Liang, Ma 2019, definition 5.1); weighted rows count as in Kish's
                            effective number. NaN when a filled bin has only one row */
} bc_binned_error;

/* bins from 1 to BC_BINS_LIMIT. NaN without items. O(n). */
void bc_binned_error_measure(bc_binned_error *error, const bc_curve *curve, bc_bins_kind kind, size_t bins);

#ifdef __cplusplus
}
#endif

#endif
