/* The left part of the area under the ROC curve. */
#include <bclass/curve.h>

#include "threshold/walk.h"

#include <math.h>

/* Of the trapezium between two points of the ROC curve, up to max_fpr: rates are {false, true} positive. */
static double area_between(const double from[2], const double to[2], double max_fpr) {
    double width = to[0] - from[0], height = to[1];
    if (to[0] > max_fpr) {
        height = from[1] + (to[1] - from[1]) * ((max_fpr - from[0]) / width);
        width = max_fpr - from[0];
    }
    return width * (from[1] + height) / 2;
}

void bc_curve_partial_auroc(double *area, double *standardised, const bc_curve *curve, double max_fpr) {
    double positives = bc_curve_positives(curve), negatives = bc_curve_negatives(curve);
    double by_chance = max_fpr * max_fpr / 2, total = 0, from[2] = {0, 0};
    bc_group here = {0};
    *area = *standardised = NAN;
    if (curve->positive.count == 0 || curve->negative.count == 0)
        return;
    while (from[0] < max_fpr && bc_group_next(&here, curve)) {
        const double to[2] = {bc_weight(&curve->negative, here.below.negatives) / negatives,
                              bc_weight(&curve->positive, here.below.positives) / positives};
        total += area_between(from, to, max_fpr);
        from[0] = to[0];
        from[1] = to[1];
    }
    *area = total;
    *standardised = (1 + (total - by_chance) / (max_fpr - by_chance)) / 2;
}
