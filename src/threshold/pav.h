/*
 * Pooling adjacent violators (Ayer et al. 1955): of groups in falling order of their values, the blocks whose
 * shares of positives fall strictly and lie nearest to the groups' own, by squares and by log loss alike.
 * Calibration and its measures share it.
 */
#ifndef BC_THRESHOLD_PAV_H
#define BC_THRESHOLD_PAV_H

#include <bclass/error.h>

#include <stddef.h>

typedef struct bc_pav_block {
    double high, low;         /* values of its first and last group */
    double positives, weight; /* sums; the share is their quotient */
} bc_pav_block;

/* Zero-initialise; add; free. Amortised O(1) a group. */
typedef struct bc_pav {
    bc_pav_block *blocks; /* in falling order */
    size_t count, capacity;
} bc_pav;

/* The next group, with a lower value than all before; weight > 0. */
bc_status bc_pav_add(bc_pav *pav, double value, double positives, double weight, bc_error *err);
void bc_pav_free(bc_pav *pav);

#endif
