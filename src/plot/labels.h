/*
 * Places for labels: near what they are about, on no other label, and away from ink where there is room.
 */
#ifndef BC_PLOT_LABELS_H
#define BC_PLOT_LABELS_H

#include "plot/drawing.h"

#include <stdint.h>

typedef struct bc_box {
    double left, top, right, bottom;
} bc_box;

/* Zero-initialise, start, ink, settle, place; free. */
typedef struct bc_labels {
    bc_box plot;
    double unit; /* of a square of the ink */
    bool cells;  /* labels stand at whole cells, 2 wide and 4 high */
    size_t columns, rows;
    uint32_t *ink; /* (columns + 1) * (rows + 1); once settled: sums over all squares left and above */
    bc_box *taken;
    size_t count, capacity;
} bc_labels;

/* *labels is zero-initialised by this function. */
bc_status bc_labels_start(bc_labels *labels, const bc_box *plot, bool cells, bc_error *err);
void bc_labels_free(bc_labels *labels);

void bc_labels_ink_line(bc_labels *labels, bc_spot from, bc_spot to);
void bc_labels_ink_box(bc_labels *labels, const bc_box *box);
void bc_labels_settle(bc_labels *labels);

/* No label is to lie there. */
bc_status bc_labels_take(bc_labels *labels, const bc_box *box, bc_error *err);

/* Finds a place for a label of this size near one of the spots, the best being near, free of ink, and, where
 * `right` is set, far to the right; and takes it, in cells with a blank one on either side. false where there
 * is none. */
bc_status bc_labels_place(bool *found, bc_box *place, bc_labels *labels, double width, double height,
                          const bc_spot *spots, size_t count, bool right, bc_error *err);

#endif
