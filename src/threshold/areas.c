/* Counts are whole numbers, so all but the precision is exact: fewer than 2^32 items have places that add up
 * to less than 2^64, and squares of them to less than 2^96. */
#include "threshold/areas.h"

#include "threshold/walk.h"

void bc_areas_add(bc_areas *areas, const bc_curve *curve, const bc_segment *segment) {
    const uint64_t all_negatives = curve->negative.count;
    bc_areas sums = *areas;
    bc_group here = {.below = segment->from};
    while (bc_group_next_before(&here, curve, segment->to)) {
        const uint64_t positives = here.below.positives - here.above.positives,
                       negatives = here.below.negatives - here.above.negatives;
        const uint64_t positive_place = 2 * all_negatives - here.above.negatives - here.below.negatives,
                       negative_place = here.above.positives + (uint64_t)here.below.positives;
        sums.places += negatives * negative_place;
        sums.positive_squares += (bc_wide)(positives * positive_place) * positive_place;
        sums.negative_squares += (bc_wide)(negatives * negative_place) * negative_place;
        /* signed numbers become doubles faster */
        const double called = (double)(int64_t)(here.below.positives + here.below.negatives);
        bc_sum_add(&sums.precision,
                   (double)(int64_t)positives * ((double)(int64_t)here.below.positives / called));
    }
    *areas = sums;
}

void bc_areas_join(bc_areas *areas, const bc_areas *others) {
    areas->places += others->places;
    areas->positive_squares += others->positive_squares;
    areas->negative_squares += others->negative_squares;
    bc_sum_join(&areas->precision, &others->precision);
}

double bc_areas_auroc(const bc_areas *areas, const bc_curve *curve) {
    const uint64_t pairs = (uint64_t)curve->positive.count * curve->negative.count;
    return pairs > 0 ? (double)areas->places / (2 * (double)pairs) : NAN;
}

double bc_areas_average_precision(const bc_areas *areas, const bc_curve *curve) {
    const size_t positives = curve->positive.count;
    return positives > 0 ? bc_sum_value(&areas->precision) / (double)positives : NAN;
}

/* The sum of the squared distances of a class's places from their mean. The whole part of the mean is taken
 * out in whole numbers, where nothing is lost however close the places lie; what it overflows on the way
 * comes back. */
static double scatter(bc_wide squares, uint64_t places, uint64_t count) {
    const bc_wide mean = places / count, rest = places % count;
    const bc_wide from_mean = squares + mean * mean * count - 2 * mean * places;
    return (double)from_mean - (double)rest * ((double)rest / (double)count);
}

/* Of the mean place of a class, as a share of the other class. */
static double variance_of_mean(double scattered, size_t count, size_t others) {
    const double n = (double)count, whole = 2 * (double)others;
    return scattered / whole / whole / (n - 1) / n;
}

double bc_areas_auroc_variance(const bc_areas *areas, const bc_curve *curve) {
    const size_t positives = curve->positive.count, negatives = curve->negative.count;
    return variance_of_mean(scatter(areas->positive_squares, areas->places, positives), positives,
                            negatives) +
           variance_of_mean(scatter(areas->negative_squares, areas->places, negatives), negatives, positives);
}
