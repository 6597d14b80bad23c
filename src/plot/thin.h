/*
 * Thinning of a curve that is drawn so fine that many of its points share a column: of these the first and
 * the last, and those with the least and the greatest y, low and high are kept, in their order. The line
 * through them leaves the line through all of them nowhere by more than the width of a column.
 */
#ifndef BC_PLOT_THIN_H
#define BC_PLOT_THIN_H

#include "plot/chart.h"

#include <stdint.h>

enum { BC_THIN_KEPT = 8 }; /* of a column, at most */

typedef struct bc_thin_point {
    bc_chart_point point;
    uint64_t index;
} bc_thin_point;

/* A thinning under way: start, push, end. */
typedef struct bc_thin {
    bc_chart_series *to;
    double width;  /* of a column, in the unit of x */
    double column; /* that of the points at hand */
    uint64_t count;
    bool any;
    bc_thin_point kept[BC_THIN_KEPT]; /* first, last, least and greatest y, low, high */
} bc_thin;

bc_thin bc_thin_start(bc_chart_series *to, double width);
bc_status bc_thin_push(bc_thin *thin, bc_chart_point point, bc_error *err);
bc_status bc_thin_end(bc_thin *thin, bc_error *err);

#endif
