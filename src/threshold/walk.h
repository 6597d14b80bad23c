/*
 * What stands between two points of a curve: for code that walks over all of them.
 */
#ifndef BC_THRESHOLD_WALK_H
#define BC_THRESHOLD_WALK_H

#include <bclass/curve.h>

/* Of the first count items of a class, by weight and by squared weight. */
static inline double bc_weight(const bc_curve_class *of, size_t count) {
    return of->sums != NULL ? of->sums[count] : (double)count;
}

static inline double bc_square_weight(const bc_curve_class *of, size_t count) {
    return of->sums != NULL ? of->square_sums[count] : (double)count;
}

/* A group of equal values: its items, and those with greater values. */
typedef struct bc_group {
    double value;
    bc_curve_point above, below; /* the points at either side of it */
} bc_group;

/* Starts at none; false behind the last group. */
static inline bool bc_group_next(bc_group *group, const bc_curve *curve) {
    group->above = group->below;
    if (!bc_curve_next(&group->below, curve))
        return false;
    group->value = bc_curve_upper(curve, group->below);
    return true;
}

#endif
