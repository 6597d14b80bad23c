/* Keeps of every column of a curve what shows. */
#include "plot/thin.h"

#include "plot/build.h"

#include <math.h>
#include <stdlib.h>

enum { FIRST, LAST, LEAST_Y, GREATEST_Y, LEAST_LOW, GREATEST_LOW, LEAST_HIGH, GREATEST_HIGH };

bc_thin bc_thin_start(bc_chart_series *to, double width) {
    return (bc_thin){.to = to, .width = width};
}

static int by_index(const void *a, const void *b) {
    const bc_thin_point *left = a, *right = b;
    return (left->index > right->index) - (left->index < right->index);
}

/* Ends the column at hand. */
static bc_status flush(bc_thin *thin, bc_error *err) {
    bc_status status = BC_OK;
    if (!thin->any)
        return BC_OK;
    qsort(thin->kept, BC_THIN_KEPT, sizeof thin->kept[0], by_index);
    for (size_t i = 0; status == BC_OK && i < BC_THIN_KEPT; i++) {
        if (i == 0 || thin->kept[i].index != thin->kept[i - 1].index)
            status = bc_chart_series_push(thin->to, thin->kept[i].point, err);
    }
    thin->any = false;
    return status;
}

static void keep_extremes(bc_thin *thin, const bc_thin_point *point) {
    const double values[] = {point->point.y, point->point.low, point->point.high};
    for (int i = 0; i < 3; i++) {
        bc_thin_point *least = &thin->kept[LEAST_Y + 2 * i], *greatest = least + 1;
        const double lowest[] = {least->point.y, least->point.low, least->point.high};
        const double highest[] = {greatest->point.y, greatest->point.low, greatest->point.high};
        if (values[i] < lowest[i] || isnan(lowest[i]))
            *least = *point;
        if (values[i] > highest[i] || isnan(highest[i]))
            *greatest = *point;
    }
}

bc_status bc_thin_push(bc_thin *thin, bc_chart_point point, bc_error *err) {
    const bc_thin_point at = {point, thin->count++};
    double column = floor(point.x / thin->width);
    bc_status status = BC_OK;
    bool breaks = isnan(point.y) && isnan(point.low);
    if (thin->any && (column != thin->column || breaks))
        status = flush(thin, err);
    if (status != BC_OK)
        return status;
    if (!thin->any) {
        for (size_t i = 0; i < BC_THIN_KEPT; i++)
            thin->kept[i] = at;
        thin->column = column;
        thin->any = true;
    }
    thin->kept[LAST] = at;
    keep_extremes(thin, &at);
    return breaks ? flush(thin, err) : BC_OK;
}

bc_status bc_thin_end(bc_thin *thin, bc_error *err) {
    return flush(thin, err);
}
