/*
 * What stands between two points of a curve: for code that walks over all of them.
 */
#ifndef BC_THRESHOLD_WALK_H
#define BC_THRESHOLD_WALK_H

#include <bclass/curve.h>

/* Of the first count items of a class, by weight and by squared weight. */
static inline double bc_weight(const bc_curve_class *of, size_t count) {
    return of->sums != NULL ? of->sums[count] : (double)(int64_t)count; /* signed is faster */
}

static inline double bc_square_weight(const bc_curve_class *of, size_t count) {
    return of->sums != NULL ? of->square_sums[count] : (double)count;
}

/* A group of equal values: its items, and those with greater values. */
typedef struct bc_group {
    double value;
    bc_curve_point above, below; /* the points at either side of it */
} bc_group;

/* The next group of those up to a point between groups; false behind the last. Which class the next value is
 * of cannot be foretold, so it is found without a branch; that a value stands more than once is rare, or the
 * rule. */
static inline bool bc_group_next_before(bc_group *group, const bc_curve *curve, bc_curve_point end) {
    const double *positive = curve->positive.values, *negative = curve->negative.values;
    bc_curve_point to = group->above = group->below;
    if (to.positives < end.positives && to.negatives < end.negatives) {
        double a = positive[to.positives], b = negative[to.negatives];
        group->value = a > b ? a : b;
        to.positives += a >= b;
        to.negatives += b >= a;
    } else if (to.positives < end.positives) {
        group->value = positive[to.positives++];
    } else if (to.negatives < end.negatives) {
        group->value = negative[to.negatives++];
    } else {
        return false;
    }
    while (to.positives < end.positives && positive[to.positives] == group->value)
        to.positives++;
    while (to.negatives < end.negatives && negative[to.negatives] == group->value)
        to.negatives++;
    group->below = to;
    return true;
}

/* The same, up to the last of all. */
static inline bool bc_group_next(bc_group *group, const bc_curve *curve) {
    const bc_curve_point all = {curve->positive.count, curve->negative.count};
    return bc_group_next_before(group, curve, all);
}

#endif
