/*
 * Whether a floor that a cutoff was chosen by still stands on new items. That fewer than the floor are right
 * happens by chance, so a floor counts as broken only when chance does not explain it: where items like those
 * chosen on are drawn anew, it is called broken with a probability of at most the risk.
 */
#ifndef BCLASS_CHECK_H
#define BCLASS_CHECK_H

#include <bclass/metrics.h>
#include <bclass/pick.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_verdict {
    BC_VERDICT_HOLDS,    /* the share is at least the floor */
    BC_VERDICT_IN_DOUBT, /* it is below, by no more than chance explains */
    BC_VERDICT_BROKEN,   /* it is below by more */
    BC_VERDICT_UNKNOWN   /* there is nothing to judge by: no item of the share's kind */
} bc_verdict;

typedef struct bc_floor_check {
    bc_floor floor;
    double target;             /* the floor */
    double value;              /* the share here; NaN without trials */
    uint64_t trials, failures; /* items here that the share is of, and those that count against it: positives
                                  and misses, items called positive and false alarms, negatives and false
                                  alarms */
    uint64_t allowed;          /* so many failures are explained by chance */
    bc_verdict verdict;
} bc_floor_check;

/* The counts must be numbers of items, not sums of weights.
 *
 * A promised floor (see guarantee.h) is broken when Binomial(trials, 1 - target) is at least failures with a
 * probability of at most risk: when the exact upper bound of the share lies below the floor.
 *
 * A floor that only the n items chosen on kept, with k - 1 failures allowed among them, is no statement about
 * items to come, and half of all new sets fall short of it. The cutoff lies at or below the k-th lowest
 * positive (or beyond the k-th highest negative), so that the failures among new items are at most
 * beta-binomial(trials; k, n - k + 1); it is broken when they exceed that distribution's quantile of 1 -
 * risk. For precision, whose trials are themselves chosen, that is an approximation; simulations are in the
 * tests. */
void bc_floor_check_make(bc_floor_check *check, bc_floor floor, double target, bool promised,
                         const bc_confusion *chosen, const bc_confusion *here, double risk);

#ifdef __cplusplus
}
#endif

#endif
