/*
 * From a chart to a drawing: scales, ticks, thinned curves, and labels that lie on no other label.
 */
#ifndef BC_PLOT_LAYOUT_H
#define BC_PLOT_LAYOUT_H

#include "plot/drawing.h"

/* How large, and of what. */
typedef struct bc_layout {
    double width, height;
    double line;   /* from one line of text to the next */
    double column; /* of the thinning */
    bool cells;    /* every character fills a cell half as wide as high, and cells are never shared */
    bool titled;   /* the title is drawn */
} bc_layout;

/* Of a figure in a paper or on a page, a unit being a pixel or a point. */
bc_layout bc_layout_figure(const bc_chart *chart, bool titled);

/* Of so many cells of a terminal; a unit is a dot, of which a cell has 2 by 4. */
bc_layout bc_layout_terminal(unsigned columns, unsigned rows);

extern const double bc_layout_font, bc_layout_title_font,
    bc_layout_note_font; /* the sizes of a figure's fonts */

/* *drawing is zero-initialised by this function and freed by the caller in any case. */
bc_status bc_layout_draw(bc_drawing *drawing, const bc_chart *chart, const bc_layout *layout, bc_error *err);

#endif
