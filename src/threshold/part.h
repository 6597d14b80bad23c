/*
 * A curve of some of the items of another one, filled again and again without sorting.
 */
#ifndef BC_THRESHOLD_PART_H
#define BC_THRESHOLD_PART_H

#include <bclass/curve.h>

/* What an item weighs. */
static inline double bc_item_weight(const bc_curve_class *of, size_t item) {
    return of->sums != NULL ? of->sums[item + 1] - of->sums[item] : 1;
}

static inline double bc_item_square(const bc_curve_class *of, size_t item) {
    return of->sums != NULL ? of->square_sums[item + 1] - of->square_sums[item] : 1;
}

/* Room for all items of the curve, with weights if wanted; freed with bc_curve_free. */
bc_status bc_part_create(bc_curve *part, const bc_curve *curve, bool weighted, bc_error *err);

/* Without items. */
static inline void bc_part_start(bc_curve *part, const bc_curve *curve) {
    part->logits = curve->logits;
    part->positive.count = part->negative.count = 0;
}

/* Appends an item, when it is wanted. */
static inline void bc_part_add(bc_curve_class *part, const bc_curve_class *from, size_t item, bool wanted) {
    size_t at = part->count;
    part->values[at] = from->values[item];
    part->count = at + wanted;
    if (part->sums == NULL || !wanted)
        return;
    part->sums[at + 1] = part->sums[at] + bc_item_weight(from, item);
    part->square_sums[at + 1] = part->square_sums[at] + bc_item_square(from, item);
}

#endif
