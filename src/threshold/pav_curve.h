/*
 * The blocks of a stretch of a curve, without a look at most of its items.
 */
#ifndef BC_THRESHOLD_PAV_CURVE_H
#define BC_THRESHOLD_PAV_CURVE_H

#include "threshold/pav.h"

#include <bclass/curve.h>

/* Pushes the groups between two points on an empty pav. The values of the blocks are not set. */
bc_status bc_pav_push_curve(bc_pav *pav, const bc_curve *curve, bc_curve_point from, bc_curve_point to,
                            bc_error *err);

#endif
