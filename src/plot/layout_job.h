/*
 * A layout under way: what its parts share.
 */
#ifndef BC_PLOT_LAYOUT_JOB_H
#define BC_PLOT_LAYOUT_JOB_H

#include "plot/labels.h"
#include "plot/layout.h"
#include "plot/ticks.h"

enum { BC_LAYOUT_CELL_WIDTH = 2, BC_LAYOUT_CELL_HEIGHT = 4 }; /* in dots */

/* From the data to the drawing. */
typedef struct bc_layout_scale {
    double low, high, from, to;
} bc_layout_scale;

typedef struct bc_layout_span {
    size_t first, count;
} bc_layout_span;

typedef struct bc_layout_job {
    const bc_chart *chart;
    const bc_layout *layout;
    bc_drawing *drawing;
    bc_layout_scale x, y;
    bc_ticks x_ticks, y_ticks;
    bc_layout_span *spans; /* of each series: its spots */
    bc_labels labels;
    bc_text text; /* to work in */
} bc_layout_job;

/* Where a value lies; values beyond an end lie at it. */
double bc_layout_place(const bc_layout_scale *of, double value);

/* How wide a text is; context is the layout. Is a bc_plot_text_measure. */
double bc_layout_measure(const void *context, const char *text);

/* All series of this form, in order; the lines across of picks; their markers, those of test rows below the
 * others.
 */
bc_status bc_layout_draw_form(bc_layout_job *of, bc_chart_form form, bc_error *err);
bc_status bc_layout_draw_cutoffs(bc_layout_job *of, bc_error *err);
bc_status bc_layout_draw_markers(bc_layout_job *of, bc_error *err);

/* Whether the mark is a line across; and where it is, the line's upper end. */
bool bc_layout_is_across(const bc_chart_mark *mark);
bc_spot bc_layout_mark_spot(const bc_layout_job *of, const bc_chart_mark *mark);

/* All of them; what they are to keep clear of is drawn already. */
bc_status bc_layout_draw_labels(bc_layout_job *of, bc_error *err);

#endif
