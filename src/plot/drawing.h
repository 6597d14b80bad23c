/*
 * What a pen draws: shapes and texts at their places, in units of the drawing with y downwards, in the order
 * in which they cover each other.
 */
#ifndef BC_PLOT_DRAWING_H
#define BC_PLOT_DRAWING_H

#include "plot/chart.h"

typedef enum bc_plot_shape_kind {
    BC_SHAPE_GRID,   /* a line */
    BC_SHAPE_AXIS,   /* a line */
    BC_SHAPE_BAND,   /* an area: its upper edge there, its lower edge back */
    BC_SHAPE_BAR,    /* two opposite corners */
    BC_SHAPE_LINE,   /* two or more points */
    BC_SHAPE_ERROR,  /* the lower and the upper end */
    BC_SHAPE_POINT,  /* where the marker's middle is */
    BC_SHAPE_CUTOFF, /* a line across */
    BC_SHAPE_LEADER, /* a line from a label to what it is about */
    BC_SHAPE_PICK,   /* where the marker's middle is */
    BC_SHAPE_KEY,    /* a sample of a line, or the corners of one of a bar */
    BC_SHAPE_TICK,   /* from here on texts, which stand at their vertical middle */
    BC_SHAPE_AXIS_LABEL,
    BC_SHAPE_LABEL,
    BC_SHAPE_NOTE,
    BC_SHAPE_TITLE,
    BC_SHAPE_COUNT
} bc_plot_shape_kind;

extern const char *const bc_plot_shape_names[BC_SHAPE_COUNT]; /* "grid", "axis", ... */

typedef struct bc_spot {
    double x, y;
} bc_spot;

typedef struct bc_plot_shape {
    bc_plot_shape_kind kind;
    int role; /* bc_chart_role; -1: none */
    bool dashed, filled;
    bool turned;         /* a text that reads upwards */
    double anchor;       /* which part of a text lies left of its place: 0, 0.5 or 1 */
    size_t first, count; /* among the spots */
    size_t text;         /* where in texts */
} bc_plot_shape;

/* Zero-initialise; free. */
typedef struct bc_drawing {
    double width, height;
    double left, right, top, bottom; /* of the plot within the axes */
    double x_low, x_high, y_low, y_high;
    bc_plot_shape *shapes;
    size_t count, capacity;
    bc_spot *spots;
    size_t spot_count, spot_capacity;
    bc_text texts; /* NUL-terminated, one after the other; clean UTF-8 */
} bc_drawing;

void bc_drawing_free(bc_drawing *drawing);

/* Appends a shape without spots, which stays valid until the next is added; then spots to the last one. */
bc_status bc_drawing_add(bc_plot_shape **shape, bc_drawing *drawing, bc_plot_shape_kind kind, int role,
                         bc_error *err);
bc_status bc_drawing_spot(bc_drawing *drawing, double x, double y, bc_error *err);

/* A shape of two spots. */
bc_status bc_drawing_segment(bc_drawing *drawing, bc_plot_shape_kind kind, int role, bc_spot from, bc_spot to,
                             bc_error *err);

/* Appends a text that is clean already. */
bc_status bc_drawing_text(bc_drawing *drawing, bc_plot_shape_kind kind, int role, bc_spot at, double anchor,
                          const char *text, bc_error *err);

#endif
