/*
 * Building a curve from rows that it may use up.
 */
#ifndef BC_THRESHOLD_CURVE_BUILD_H
#define BC_THRESHOLD_CURVE_BUILD_H

#include <bclass/curve.h>

/* bc_curve_take, giving memory back to the system on the way if sparing, which takes a little longer. */
bc_status bc_curve_take_sparing(bc_curve *curve, bc_scores *scores, unsigned splits, struct bc_pool *pool,
                                bool sparing, bc_error *err);

#endif
