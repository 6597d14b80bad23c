/* Blocks are the edges of the upper convex hull of the points (weight, positives) that the curve passes. The
 * hull of every 32nd point or so lies below it, so a chunk between two of them that even with all its
 * positives first would stay below that hull has no corner of the curve's, and goes in as one group. */
#include "threshold/pav_curve.h"

#include "base/memory.h"
#include "threshold/walk.h"

#include <stdlib.h>

enum { CHUNK = 32 }; /* items of the greater class */

/* Where each chunk ends, behind a whole group. */
typedef struct chunks {
    bc_curve_point from, *ends;
    size_t count;
} chunks;

/* The end of the items of [start, end) with at least this value: by doubled steps, then by halving. */
static size_t end_of_value(const double *values, size_t start, size_t end, double value) {
    size_t step = 1, below = start; /* items before `start` reach value */
    while (below < end && values[below] >= value) {
        start = below + 1;
        below = end - start > step ? start + step : end;
        step *= 2;
    }
    while (start < below) {
        size_t middle = start + (below - start) / 2;
        if (values[middle] >= value)
            start = middle + 1;
        else
            below = middle;
    }
    return start;
}

static bc_status cut(chunks *into, const bc_curve *curve, bc_curve_point from, bc_curve_point to,
                     bc_error *err) {
    const double *positive = curve->positive.values, *negative = curve->negative.values;
    const bool by_positives = to.positives - from.positives > to.negatives - from.negatives;
    const size_t items = by_positives ? to.positives - from.positives : to.negatives - from.negatives;
    void *ends;
    bc_status status = bc_alloc(&ends, items / CHUNK + 2, sizeof *into->ends, err);
    *into = (chunks){.from = from, .ends = ends};
    bc_curve_point at = from;
    while (status == BC_OK && at.positives + at.negatives < to.positives + to.negatives) {
        size_t left = by_positives ? to.positives - at.positives : to.negatives - at.negatives;
        if (left > CHUNK) {
            double value =
                by_positives ? positive[at.positives + CHUNK - 1] : negative[at.negatives + CHUNK - 1];
            at.positives = end_of_value(positive, at.positives, to.positives, value);
            at.negatives = end_of_value(negative, at.negatives, to.negatives, value);
        } else {
            at = to;
        }
        into->ends[into->count++] = at;
    }
    return status;
}

static double positives_at(const bc_curve *curve, bc_curve_point point) {
    return bc_weight(&curve->positive, point.positives);
}

static double weight_at(const bc_curve *curve, bc_curve_point point) {
    return positives_at(curve, point) + bc_weight(&curve->negative, point.negatives);
}

static bc_pav_block block_between(const bc_curve *curve, bc_curve_point from, bc_curve_point to) {
    return (bc_pav_block){.positives = positives_at(curve, to) - positives_at(curve, from),
                          .weight = weight_at(curve, to) - weight_at(curve, from)};
}

static bc_status push_groups(bc_pav *pav, const bc_curve *curve, bc_curve_point from, bc_curve_point to,
                             bc_error *err) {
    bc_group here = {.below = from};
    bc_status status = BC_OK;
    while (status == BC_OK && bc_group_next_before(&here, curve, to))
        status = bc_pav_push(pav, block_between(curve, here.above, here.below), err);
    return status;
}

/* Even with all its positives first, below the edge of the coarse hull that it lies under. */
static bool is_below(const bc_curve *curve, bc_curve_point from, bc_curve_point to, bc_curve_point edge_from,
                     const bc_pav_block *edge) {
    double positives = positives_at(curve, to), gained = positives - positives_at(curve, from);
    double weight = weight_at(curve, from) + gained - weight_at(curve, edge_from);
    return (positives - positives_at(curve, edge_from)) * edge->weight < edge->positives * weight;
}

static bc_status push_chunks(bc_pav *pav, const chunks *all, const bc_pav *coarse, const bc_curve *curve,
                             bc_error *err) {
    bc_curve_point from = all->from, edge_from = from;
    const bc_pav_block *edge = coarse->blocks;
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < all->count; i++) {
        const bc_curve_point to = all->ends[i];
        if ((double)i > edge->low) { /* the last edge's last chunk lies behind */
            edge++;
            edge_from = from;
        }
        status = is_below(curve, from, to, edge_from, edge)
                     ? bc_pav_push(pav, block_between(curve, from, to), err)
                     : push_groups(pav, curve, from, to, err);
        from = to;
    }
    return status;
}

bc_status bc_pav_push_curve(bc_pav *pav, const bc_curve *curve, bc_curve_point from, bc_curve_point to,
                            bc_error *err) {
    chunks all;
    bc_pav coarse = {0};
    bc_status status = cut(&all, curve, from, to, err);
    for (size_t i = 0; status == BC_OK && i < all.count; i++) {
        bc_pav_block chunk = block_between(curve, i > 0 ? all.ends[i - 1] : from, all.ends[i]);
        chunk.low = chunk.high = (double)i;
        status = bc_pav_push(&coarse, chunk, err);
    }
    if (status == BC_OK)
        status = push_chunks(pav, &all, &coarse, curve, err);
    bc_pav_free(&coarse);
    free(all.ends);
    return status;
}
