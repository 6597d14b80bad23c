/*
 * What all charts of scores share: titles, and curves traced along all cutoffs into a series and its band,
 * thinned so finely that no drawing shows it.
 */
#ifndef BC_PLOT_TRACE_H
#define BC_PLOT_TRACE_H

#include "plot/build.h"
#include "plot/plots.h"
#include "plot/thin.h"

/* A share of weighted items, as of bc_interval_effective; hits NaN: there is none. */
typedef struct bc_plot_share {
    double hits, misses, squares;
} bc_plot_share;

bc_plot_share bc_plot_recall(const bc_curve *curve, bc_curve_point point);
bc_plot_share bc_plot_precision(const bc_curve *curve, bc_curve_point point);

/* NaN where it is undefined. */
double bc_plot_share_value(const bc_plot_share *share);

/* A line of shares, and the band of their intervals: start, push, and end, which adds the band and the line
 * to a chart. To be freed in any case. */
typedef struct bc_plot_trace {
    bc_chart_series line, band;
    bc_thin line_thin, band_thin;
} bc_plot_trace;

/* width: of the x axis. The trace must stay where it is. */
void bc_plot_trace_start(bc_plot_trace *trace, double width);
bc_status bc_plot_trace_push(bc_plot_trace *trace, double x, const bc_plot_share *share, bc_error *err);

/* like: how the line is shown; banded: with its band. */
bc_status bc_plot_trace_end(bc_plot_trace *trace, bc_chart *chart, const bc_chart_series *like, bool banded,
                            bc_interval_method method, bc_error *err);
void bc_plot_trace_free(bc_plot_trace *trace);

/* A dashed line of two points, with a label or NULL. */
bc_status bc_plot_guide(bc_chart *chart, bc_chart_point from, bc_chart_point to, const char *label,
                        bc_error *err);

/* Sets a short text of the chart as printf does: at most 1023 bytes. */
bc_status bc_plot_set(char **place, bc_error *err, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* "WHAT", and "WHAT, val and test"; of the file, or of none where it is NULL. */
bc_status bc_plot_title(bc_chart *chart, const char *what, const char *file, bc_error *err);
bc_status bc_plot_title_sides(bc_chart *chart, const char *what, const bc_plot_input *input, bc_error *err);

/* Says what the bands are. */
bc_status bc_plot_note_bands(bc_chart *chart, const bc_plot_input *input, bc_error *err);

/* Says what the marks of test are, where there are any. */
bc_status bc_plot_note_marks(bc_chart *chart, const bc_plot_input *input, bc_error *err);

const char *bc_plot_interval_name(const bc_plot_input *input);

/* Lines across the chart at the picks' cutoffs; logits: as bc_value_on_axis. Within the ends of the axis. */
bc_status bc_plot_mark_cutoffs(bc_chart *chart, const bc_plot_input *input, bool logits, bc_error *err);

/* The sides that there are, the one chosen on first: at most 2. */
size_t bc_plot_sides(const bc_plot_side *sides[2], const bc_plot_input *input);

/* How the side is drawn. */
bc_chart_role bc_plot_side_role(const bc_plot_input *input, const bc_plot_side *side);

bool bc_plot_is_test(const bc_plot_input *input, const bc_plot_side *side);

/* Wilson where there are weights. */
bc_interval_method bc_plot_interval(const bc_plot_input *input, const bc_plot_side *side);

#endif
