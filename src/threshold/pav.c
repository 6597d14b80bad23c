/* Memory of the blocks. */
#include "threshold/pav.h"

#include "base/memory.h"

#include <stdlib.h>

bc_status bc_pav_grow(bc_pav *pav, bc_error *err) {
    void *blocks = pav->blocks;
    bc_status status = bc_grow(&blocks, &pav->capacity, pav->count + 1, sizeof *pav->blocks, err);
    pav->blocks = blocks;
    return status;
}

void bc_pav_free(bc_pav *pav) {
    free(pav->blocks);
    *pav = (bc_pav){0};
}
