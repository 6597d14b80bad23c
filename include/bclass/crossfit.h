/*
 * What a rule gives on rows that it did not choose its cutoff on, where there are no rows for that: the rows
 * are dealt into folds, a cutoff is chosen on all folds but one and applied to that one, and the counts of
 * all folds are put together. It says how well choosing by the rule does; it gives no cutoff of its own.
 */
#ifndef BCLASS_CROSSFIT_H
#define BCLASS_CROSSFIT_H

#include <bclass/clusters.h>
#include <bclass/curve.h>
#include <bclass/pick.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BC_FOLDS_MOST = 255 };

typedef struct bc_folds {
    unsigned count;               /* 0: a class has fewer than two rows, or clusters of rows */
    uint8_t *positive, *negative; /* the fold of each item of the curve, in its order */
} bc_folds;

/* Deals at random, every fold with as many rows of each class as the others (less one at most); clusters stay
 * whole and each goes, the largest first, where its rows are wanted most. There are at most so many folds as
 * rows (or clusters with rows) of either class. *folds is zero-initialised by this function and freed by the
 * caller in any case. */
bc_status bc_folds_deal(bc_folds *folds, const bc_curve *curve, const bc_clusters *clusters, unsigned wanted,
                        uint64_t seed, bc_error *err);
void bc_folds_free(bc_folds *folds);

/* Chooses one cutoff for each of some rules on a curve; the context holds the rules. */
typedef void bc_chooser(bc_pick *picks, const bc_curve *curve, const void *context);

typedef struct bc_crossfit {
    unsigned met;                 /* folds for which the others gave a cutoff that meets the rule */
    bc_confusion counts, squares; /* of the rows of these folds */
} bc_crossfit;

/* results: one for each of the count rules of the chooser, which is called by the threads of the pool; they
 * do not depend on it; NULL: by this one alone. O(n) for each fold, and the chooser's time. */
bc_status bc_crossfit_run(bc_crossfit *results, size_t count, const bc_curve *curve, const bc_folds *folds,
                          bc_chooser *choose, const void *context, struct bc_pool *pool, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
