/*
 * The areas under the ROC curve and the precision-recall curve where every weight is 1, from one walk over a
 * curve or over parts of it.
 */
#ifndef BC_THRESHOLD_AREAS_H
#define BC_THRESHOLD_AREAS_H

#include "threshold/segments.h"
#include "threshold/sum.h"
#include "threshold/wide.h"

#include <bclass/curve.h>

/* An item's place is twice the number of items of the other class on the right side of it, ties counting
 * half: twice as many as lie below a positive, or above a negative. Zero-initialise. */
typedef struct bc_areas {
    uint64_t places;                            /* of the positives together, and so of the negatives */
    bc_wide positive_squares, negative_squares; /* of the places */
    bc_sum precision;                           /* of each positive, where it is called positive */
} bc_areas;

void bc_areas_add(bc_areas *areas, const bc_curve *curve, const bc_segment *segment);
void bc_areas_join(bc_areas *areas, const bc_areas *others);

/* Of a whole curve. NaN where a class that it takes has no items. */
double bc_areas_auroc(const bc_areas *areas, const bc_curve *curve);
double bc_areas_average_precision(const bc_areas *areas, const bc_curve *curve);

/* The variance of the area: that of the positives' places among the negatives, and the other way round
 * (DeLong, DeLong, Clarke-Pearson 1988). Both classes have at least two items. */
double bc_areas_auroc_variance(const bc_areas *areas, const bc_curve *curve);

#endif
