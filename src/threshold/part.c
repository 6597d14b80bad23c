/* Room for a part of a curve. */
#include "threshold/part.h"

#include "base/memory.h"

static bc_status create_class(bc_curve_class *part, size_t count, bool weighted, bc_error *err) {
    void *values = NULL, *sums = NULL, *squares = NULL;
    bc_status status = bc_alloc(&values, count, sizeof *part->values, err);
    if (status == BC_OK && weighted)
        status = bc_alloc(&sums, count + 1, sizeof *part->sums, err);
    if (status == BC_OK && weighted)
        status = bc_alloc(&squares, count + 1, sizeof *part->square_sums, err);
    part->values = values;
    part->sums = sums;
    part->square_sums = squares;
    return status;
}

bc_status bc_part_create(bc_curve *part, const bc_curve *curve, bool weighted, bc_error *err) {
    *part = (bc_curve){.logits = curve->logits};
    bc_status status = create_class(&part->positive, curve->positive.count, weighted, err);
    if (status == BC_OK)
        status = create_class(&part->negative, curve->negative.count, weighted, err);
    return status;
}
