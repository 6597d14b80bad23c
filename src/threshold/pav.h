/*
 * Pooling adjacent violators (Ayer et al. 1955): of groups in falling order of their values, the blocks whose
 * shares of positives fall strictly and lie nearest to the groups' own, by squares and by log loss alike.
 * Calibration and its measures share it. What follows can be pooled apart and its blocks then pushed.
 */
#ifndef BC_THRESHOLD_PAV_H
#define BC_THRESHOLD_PAV_H

#include <bclass/error.h>

#include <stddef.h>

typedef struct bc_pav_block {
    double high, low;         /* values of its first and last group */
    double positives, weight; /* sums; the share is their quotient */
} bc_pav_block;

/* Zero-initialise; push; free. */
typedef struct bc_pav {
    bc_pav_block *blocks; /* in falling order */
    size_t count, capacity;
} bc_pav;

/* Makes room for one more block. */
bc_status bc_pav_grow(bc_pav *pav, bc_error *err);

/* The next group or block, with lower values than all before; weight >= 0. Amortised O(1). */
static inline bc_status bc_pav_push(bc_pav *pav, bc_pav_block block, bc_error *err) {
    while (pav->count > 0) {
        const bc_pav_block *before = &pav->blocks[pav->count - 1];
        if (block.positives * before->weight < before->positives * block.weight)
            break; /* the share falls, as it must */
        block.high = before->high;
        block.positives += before->positives;
        block.weight += before->weight;
        pav->count--;
    }
    if (pav->count == pav->capacity) {
        bc_status status = bc_pav_grow(pav, err);
        if (status != BC_OK)
            return status;
    }
    pav->blocks[pav->count++] = block;
    return BC_OK;
}

void bc_pav_free(bc_pav *pav);

#endif
