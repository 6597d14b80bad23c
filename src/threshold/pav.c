/* Blocks on a stack: a new one that violates the order swallows those before it. */
#include "threshold/pav.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>

/* Shares must fall strictly. */
static bool violates(const bc_pav_block *before, const bc_pav_block *after) {
    return after->positives * before->weight >= before->positives * after->weight;
}

bc_status bc_pav_add(bc_pav *pav, double value, double positives, double weight, bc_error *err) {
    bc_pav_block block = {value, value, positives, weight};
    while (pav->count > 0 && violates(&pav->blocks[pav->count - 1], &block)) {
        const bc_pav_block *before = &pav->blocks[--pav->count];
        block.high = before->high;
        block.positives += before->positives;
        block.weight += before->weight;
    }
    void *blocks = pav->blocks;
    bc_status status = bc_grow(&blocks, &pav->capacity, pav->count + 1, sizeof *pav->blocks, err);
    pav->blocks = blocks;
    if (status == BC_OK)
        pav->blocks[pav->count++] = block;
    return status;
}

void bc_pav_free(bc_pav *pav) {
    free(pav->blocks);
    *pav = (bc_pav){0};
}
