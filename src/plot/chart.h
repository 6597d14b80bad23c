/*
 * A chart as data: what is to be seen, in the units of the data, and the ways to draw it: a file by cairo,
 * text for a terminal, and an <svg> for a page. One layout chooses scales, ticks and the places of labels,
 * and thins the curves; the pens draw what it says. Nothing depends on the locale or on threads.
 *
 * Texts may hold any bytes: what is not UTF-8, and control characters, are drawn as U+FFFD. A text that is
 * too long is shortened in its middle; a label that finds no room is left out.
 */
#ifndef BC_PLOT_CHART_H
#define BC_PLOT_CHART_H

#include "base/text.h"

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>

/* What a colour stands for. Nothing is told by colour alone: lines may be dashed, and are labelled. */
typedef enum bc_chart_role {
    BC_ROLE_CHOSEN, /* the rows that cutoffs are chosen on */
    BC_ROLE_TEST,
    BC_ROLE_POSITIVE,
    BC_ROLE_NEGATIVE,
    BC_ROLE_RECALL,
    BC_ROLE_PRECISION,
    BC_ROLE_TRAIN,
    BC_ROLE_PICK,  /* a chosen cutoff */
    BC_ROLE_GUIDE, /* what to compare with: chance, the diagonal */
    BC_ROLE_COUNT
} bc_chart_role;

extern const char *const bc_chart_role_names[BC_ROLE_COUNT]; /* "chosen", "test", ... */

typedef enum bc_chart_form {
    BC_FORM_LINE,  /* through x, y; where y is NaN it is broken */
    BC_FORM_BAND,  /* from low to high */
    BC_FORM_BARS,  /* from 0 to y, from x to x + width */
    BC_FORM_POINTS /* markers at x, y, with a bar from low to high where these are not NaN */
} bc_chart_form;

typedef struct bc_chart_point {
    double x, y, low, high; /* NaN: none */
} bc_chart_point;

typedef struct bc_chart_series {
    bc_chart_form form;
    bc_chart_role role;
    bool dashed;
    char *label; /* stands at the curve; NULL: none */
    double width;
    bc_chart_point *points;
    size_t count, capacity;
} bc_chart_series;

/* A marker at x, y, or where y is NaN a line across the chart at x. */
typedef struct bc_chart_mark {
    bc_chart_role role; /* PICK; TEST where the same is shown of the test rows */
    double x, y;
    char *label; /* NULL: none */
} bc_chart_mark;

typedef struct bc_chart_tick {
    double value;
    char *text;
} bc_chart_tick;

typedef struct bc_chart_axis {
    char *label;          /* with the unit */
    const char *quantity; /* "recall", "precision", "fpr", "score", "logit", "cost", "share", "epoch", "loss",
                             "auroc": what a page's script goes by */
    double low,
        high; /* low < high: the ends; else they are taken from the data, with 0 where `zero` is set */
    bool zero;
    bool whole;           /* ticks stand at whole numbers only */
    bool magnitudes;      /* ticks show values without their sign */
    bc_chart_tick *ticks; /* of an x axis; NULL: at 1, 2, 5 times a power of 10 */
    size_t tick_count, tick_capacity;
} bc_chart_axis;

/* Zero-initialise, or have one made by plots.h; free. */
typedef struct bc_chart {
    char *title, *source; /* source: the file that it is made from; NULL: not said */
    char *note, *ranges;  /* a small line below: anything; what bands and error bars are, told where they are
                             drawn; NULL: none */
    bool square;          /* the axes are of one kind */
    bc_chart_axis x, y;
    bc_chart_series *series;
    size_t series_count, series_capacity;
    bc_chart_mark *marks;
    size_t mark_count, mark_capacity;
} bc_chart;

void bc_chart_free(bc_chart *chart);

/* BC_ERROR_USAGE unless the name ends in .svg, .png or .pdf, in any case. */
bc_status bc_chart_check_name(const char *path, bc_error *err);

/* Draws into a file, whole or not at all, as its name ends: .svg, .png or .pdf. */
bc_status bc_chart_write(const bc_chart *chart, const char *path, bc_error *err);

enum {
    BC_CHART_LEAST_COLUMNS = 40,
    BC_CHART_LEAST_ROWS = 12
}; /* a smaller terminal is taken for such a one */

/* Appends so many rows of so many columns at most: in braille patterns, or in ASCII where utf8 is false;
 * colour: with ANSI escapes. */
bc_status bc_chart_terminal(bc_text *text, const bc_chart *chart, unsigned columns, unsigned rows, bool utf8,
                            bool colour, bc_error *err);

/* Appends
 *
 *   <svg id=ID class="chart" viewBox="0 0 W H" role="img" aria-labelledby="ID-title ID-desc"
 *        data-x=QUANTITY data-x-low data-x-high data-left data-right (and the same of y: data-y, data-y-low,
 *        data-y-high, data-bottom, data-top)>
 *     <title id="ID-title">, <desc id="ID-desc">, the chart, <g class="cursor"></g></svg>
 *
 * without a colour of its own: the page's style sheet gives them. Classes of shapes: "grid", "axis", "line",
 * "band", "bar", "error", "point", "pick" (marker), "cutoff" (line across), "leader" (from a label to its
 * pick), "key" (sample of a line before its label), and of texts: "tick", "axis-label", "label", "note"; with
 * each "role-NAME" where it has a role; markers of test rows are "hollow". A line has fill="none", a dashed
 * one its stroke-dasharray. data-left
 * ... are in units of the view box, data-left belonging to data-x-low and data-bottom to data-y-low. The
 * title is not drawn. id: letters, digits and '-'. */
bc_status bc_chart_inline_svg(bc_text *text, const bc_chart *chart, const char *id, bc_error *err);

#endif
