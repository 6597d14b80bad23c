/* Points on a curve. */
#include <bclass/curve.h>

#include "threshold/walk.h"

#include <math.h>

bool bc_curve_is_weighted(const bc_curve *curve) {
    return curve->positive.sums != NULL || curve->negative.sums != NULL;
}

double bc_curve_positives(const bc_curve *curve) {
    return bc_weight(&curve->positive, curve->positive.count);
}

double bc_curve_negatives(const bc_curve *curve) {
    return bc_weight(&curve->negative, curve->negative.count);
}

bc_curve_point bc_curve_none(void) {
    return (bc_curve_point){0, 0};
}

bc_curve_point bc_curve_all(const bc_curve *curve) {
    return (bc_curve_point){curve->positive.count, curve->negative.count};
}

/* How many items have at least this value. */
static size_t count_from(const bc_curve_class *class, double value) {
    size_t above = 0, below = class->count; /* items before `above` reach value, those from `below` do not */
    while (above < below) {
        size_t middle = above + (below - above) / 2;
        if (class->values[middle] >= value)
            above = middle + 1;
        else
            below = middle;
    }
    return above;
}

bc_curve_point bc_curve_at(const bc_curve *curve, double value) {
    return (bc_curve_point){count_from(&curve->positive, value), count_from(&curve->negative, value)};
}

double bc_curve_upper(const bc_curve *curve, bc_curve_point point) {
    double positive = point.positives > 0 ? curve->positive.values[point.positives - 1] : INFINITY;
    double negative = point.negatives > 0 ? curve->negative.values[point.negatives - 1] : INFINITY;
    return positive < negative ? positive : negative;
}

double bc_curve_lower(const bc_curve *curve, bc_curve_point point) {
    const bc_curve_class *positive = &curve->positive, *negative = &curve->negative;
    double from_positive = point.positives < positive->count ? positive->values[point.positives] : -INFINITY;
    double from_negative = point.negatives < negative->count ? negative->values[point.negatives] : -INFINITY;
    return from_positive > from_negative ? from_positive : from_negative;
}

bool bc_curve_next(bc_curve_point *point, const bc_curve *curve) {
    bc_group group = {.below = *point};
    if (!bc_group_next(&group, curve))
        return false;
    *point = group.below;
    return true;
}

typedef double measure(const bc_curve_class *of, size_t count);

static bc_confusion confusion_at(const bc_curve *curve, bc_curve_point point, measure *weight) {
    double tp = weight(&curve->positive, point.positives), fp = weight(&curve->negative, point.negatives);
    return (bc_confusion){.tp = tp,
                          .fp = fp,
                          .fn = weight(&curve->positive, curve->positive.count) - tp,
                          .tn = weight(&curve->negative, curve->negative.count) - fp};
}

bc_confusion bc_curve_counts(const bc_curve *curve, bc_curve_point point) {
    return confusion_at(curve, point, bc_weight);
}

bc_confusion bc_curve_squares(const bc_curve *curve, bc_curve_point point) {
    return confusion_at(curve, point, bc_square_weight);
}
