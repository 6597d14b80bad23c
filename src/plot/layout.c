/* Scales, margins, and what stands where. */
#include "plot/layout_job.h"

#include "base/memory.h"
#include "plot/build.h"
#include "plot/plot_text.h"

#include <math.h>
#include <stdlib.h>

const double bc_layout_font = 12, bc_layout_title_font = 14, bc_layout_note_font = 11;

static const double title_height = 30, source_height = 15; /* what they make a figure higher by */

bc_layout bc_layout_figure(const bc_chart *chart, bool titled) {
    const double title = titled ? title_height + (chart->source != NULL ? source_height : 0) : 0;
    return (bc_layout){.width = chart->square ? 540 : 640,
                       .height = (chart->square ? 480 : 400) + title,
                       .line = 16,
                       .column = 0.5,
                       .titled = titled};
}

bc_layout bc_layout_terminal(unsigned columns, unsigned rows) {
    return (bc_layout){.width = (double)columns * BC_LAYOUT_CELL_WIDTH,
                       .height = (double)rows * BC_LAYOUT_CELL_HEIGHT,
                       .line = BC_LAYOUT_CELL_HEIGHT,
                       .column = 1,
                       .cells = true,
                       .titled = true};
}

/* Bounds that nothing overflows within. */
static double bounded(double value) {
    const double most = 1e150;
    return fmax(-most, fmin(most, value));
}

double bc_layout_place(const bc_layout_scale *of, double value) {
    double part = (bounded(value) - of->low) / (of->high - of->low);
    return of->from + fmax(0, fmin(1, part)) * (of->to - of->from);
}

double bc_layout_measure(const void *context, const char *text) {
    const bc_layout *layout = context;
    return layout->cells ? (double)(bc_plot_text_columns(text) * BC_LAYOUT_CELL_WIDTH)
                         : bc_plot_text_width(text, bc_layout_font);
}

/* Of texts that are drawn larger and smaller than the others. */
static double measure_title(const void *context, const char *text) {
    const bc_layout *layout = context;
    const double bolder = 1.1;
    return bc_layout_measure(layout, text) *
           (layout->cells ? 1 : bolder * bc_layout_title_font / bc_layout_font);
}

static double measure_note(const void *context, const char *text) {
    const bc_layout *layout = context;
    return bc_layout_measure(layout, text) * (layout->cells ? 1 : bc_layout_note_font / bc_layout_font);
}

/* ---- ranges ---- */

static void include_value(bc_layout_scale *range, double value) {
    if (!isfinite(value))
        return;
    range->low = fmin(range->low, bounded(value));
    range->high = fmax(range->high, bounded(value));
}

static void include_series(bc_layout_scale *range, const bc_chart_series *series, bool vertical) {
    for (size_t i = 0; i < series->count; i++) {
        const bc_chart_point *point = &series->points[i];
        if (vertical) {
            include_value(range, point->y);
            include_value(range, point->low);
            include_value(range, point->high);
        } else {
            include_value(range, point->x);
            include_value(range, point->x + series->width);
        }
    }
}

/* The ends of an axis, where it does not say them, are those of the data. */
static void find_range(bc_layout_scale *range, const bc_chart *chart, bool vertical) {
    const bc_chart_axis *axis = vertical ? &chart->y : &chart->x;
    *range = (bc_layout_scale){.low = axis->low, .high = axis->high};
    if (axis->low < axis->high)
        return;
    *range = (bc_layout_scale){.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < chart->series_count; i++)
        include_series(range, &chart->series[i], vertical);
    for (size_t i = 0; i < chart->mark_count; i++)
        include_value(range, vertical ? chart->marks[i].y : chart->marks[i].x);
    if (axis->zero)
        include_value(range, 0);
    if (!(range->low <= range->high))
        *range = (bc_layout_scale){.low = 0, .high = 1};
    const double least = 1e-9 * fmax(fabs(range->low), fabs(range->high));
    if (range->high - range->low <= least) {
        double half = range->low == 0 ? 0.5 : fabs(range->low) / 2;
        range->low -= axis->zero && range->low == 0 ? 0 : half;
        range->high += half;
    }
}

/* Lets an axis that goes by the data end at ticks. */
static void extend_range(bc_layout_scale *range, bc_ticks *ticks, const bc_chart_axis *axis, size_t most) {
    *ticks = bc_ticks_choose(range->low, range->high, most, axis->whole);
    if (axis->low < axis->high || axis->ticks != NULL)
        return;
    const double slack = 1e-9;
    range->low = floor(range->low / ticks->step + slack) * ticks->step;
    range->high = ceil(range->high / ticks->step - slack) * ticks->step;
    *ticks = bc_ticks_choose(range->low, range->high, most + 2, axis->whole);
}

/* ---- margins ---- */

/* In cells there are neither bands nor error bars, so that nothing is to be said of them. */
static bool tells_ranges(const bc_chart *chart, const bc_layout *layout) {
    return chart->ranges != NULL && !layout->cells;
}

static bool is_noted(const bc_chart *chart, const bc_layout *layout) {
    return chart->note != NULL || tells_ranges(chart, layout);
}

static void print_tick(char text[BC_NUMBER_SIZE], const bc_chart_axis *axis, const bc_ticks *ticks,
                       size_t index) {
    double value = bc_ticks_value(ticks, index);
    bc_ticks_print(text, ticks, axis->magnitudes ? fabs(value) : value);
}

static double widest_tick(const bc_layout_job *of) {
    const bc_chart_axis *axis = &of->chart->y;
    double widest = 0;
    char text[BC_NUMBER_SIZE];
    for (size_t i = 0; i < of->y_ticks.count; i++) {
        print_tick(text, axis, &of->y_ticks, i);
        widest = fmax(widest, bc_layout_measure(of->layout, text));
    }
    return widest;
}

static void place_plot(bc_layout_job *of) {
    const bc_layout *layout = of->layout;
    bc_drawing *drawing = of->drawing;
    const double ticks = widest_tick(of);
    bool noted = is_noted(of->chart, layout);
    drawing->width = layout->width;
    drawing->height = layout->height;
    if (layout->cells) {
        drawing->left = ticks + 2 * BC_LAYOUT_CELL_WIDTH;
        drawing->right = layout->width - BC_LAYOUT_CELL_WIDTH;
        drawing->top = 2 * BC_LAYOUT_CELL_HEIGHT;
        drawing->bottom = layout->height - (noted ? 4 : 3) * BC_LAYOUT_CELL_HEIGHT;
    } else {
        drawing->left = ticks + 1.9 * layout->line;
        drawing->right = layout->width - layout->line;
        drawing->top = (layout->titled ? 2.2 : 0.8) * layout->line +
                       (layout->titled && of->chart->source != NULL ? source_height : 0);
        drawing->bottom = layout->height - (noted ? 3.9 : 2.7) * layout->line;
    }
    const double inset = layout->cells ? 0.5 : 0; /* the middle of a dot */
    of->x.from = drawing->left + inset;
    of->x.to = drawing->right - inset;
    of->y.from = drawing->bottom - inset;
    of->y.to = drawing->top + inset;
}

static void choose_scales(bc_layout_job *of) {
    const bc_layout *layout = of->layout;
    const double steps = layout->cells ? 4 * BC_LAYOUT_CELL_HEIGHT : 3 * layout->line;
    const double wide = layout->cells ? 8 * BC_LAYOUT_CELL_WIDTH : 3.5 * layout->line;
    bc_drawing *drawing = of->drawing;
    find_range(&of->x, of->chart, false);
    find_range(&of->y, of->chart, true);
    extend_range(&of->y, &of->y_ticks, &of->chart->y, (size_t)fmax(2, layout->height / steps - 1));
    place_plot(of);
    extend_range(&of->x, &of->x_ticks, &of->chart->x,
                 (size_t)fmax(2, (drawing->right - drawing->left) / wide));
    drawing->x_low = of->x.low;
    drawing->x_high = of->x.high;
    drawing->y_low = of->y.low;
    drawing->y_high = of->y.high;
}

/* ---- axes ---- */

static bc_status draw_x_tick(bc_layout_job *of, double value, const char *text, double *taken,
                             bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_drawing *drawing = of->drawing;
    double x = bc_layout_place(&of->x, value), half = bc_layout_measure(layout, text) / 2;
    double y = drawing->bottom + (layout->cells ? 1.5 * BC_LAYOUT_CELL_HEIGHT : 0.75 * layout->line);
    bc_status status = bc_drawing_segment(of->drawing, BC_SHAPE_GRID, -1, (bc_spot){x, drawing->top},
                                          (bc_spot){x, drawing->bottom}, err);
    if (status != BC_OK || x - half < *taken)
        return status;
    double middle = fmin(x, layout->width - half);
    *taken = middle + half + layout->line / 2;
    return bc_drawing_text(of->drawing, BC_SHAPE_TICK, -1, (bc_spot){middle, y}, 0.5, text, err);
}

static bc_status draw_x_ticks(bc_layout_job *of, bc_error *err) {
    const bc_chart_axis *axis = &of->chart->x;
    bc_status status = BC_OK;
    double taken = 0;
    char text[BC_NUMBER_SIZE];
    for (size_t i = 0; axis->ticks != NULL && status == BC_OK && i < axis->tick_count; i++) {
        const bc_chart_tick *tick = &axis->ticks[i];
        if (tick->value >= of->x.low && tick->value <= of->x.high)
            status = draw_x_tick(of, tick->value, tick->text, &taken, err);
    }
    for (size_t i = 0; axis->ticks == NULL && status == BC_OK && i < of->x_ticks.count; i++) {
        print_tick(text, axis, &of->x_ticks, i);
        status = draw_x_tick(of, bc_ticks_value(&of->x_ticks, i), text, &taken, err);
    }
    return status;
}

static bc_status draw_y_ticks(bc_layout_job *of, bc_error *err) {
    const bc_drawing *drawing = of->drawing;
    const double gap = of->layout->cells ? 2 * BC_LAYOUT_CELL_WIDTH : 0.4 * of->layout->line;
    bc_status status = BC_OK;
    char text[BC_NUMBER_SIZE];
    for (size_t i = 0; status == BC_OK && i < of->y_ticks.count; i++) {
        double y = bc_layout_place(&of->y, bc_ticks_value(&of->y_ticks, i));
        print_tick(text, &of->chart->y, &of->y_ticks, i);
        status = bc_drawing_segment(of->drawing, BC_SHAPE_GRID, -1, (bc_spot){drawing->left, y},
                                    (bc_spot){drawing->right, y}, err);
        if (status == BC_OK)
            status = bc_drawing_text(of->drawing, BC_SHAPE_TICK, -1, (bc_spot){drawing->left - gap, y}, 1,
                                     text, err);
    }
    return status;
}

static bc_status draw_grid(bc_layout_job *of, bc_error *err) {
    bc_status status = draw_x_ticks(of, err);
    return status == BC_OK ? draw_y_ticks(of, err) : status;
}

static bc_status draw_axes(bc_layout_job *of, bc_error *err) {
    const bc_drawing *at = of->drawing;
    bc_spot corner = {at->left, at->bottom};
    bc_status status =
        bc_drawing_segment(of->drawing, BC_SHAPE_AXIS, -1, (bc_spot){at->left, at->top}, corner, err);
    return status == BC_OK ? bc_drawing_segment(of->drawing, BC_SHAPE_AXIS, -1, corner,
                                                (bc_spot){at->right, at->bottom}, err)
                           : status;
}

static bc_status draw_fitted(bc_layout_job *of, bc_plot_shape_kind kind, bc_spot at, double anchor,
                             double most, const char *text, bc_error *err) {
    bc_plot_text_measure *measure = kind == BC_SHAPE_TITLE  ? measure_title
                                    : kind == BC_SHAPE_NOTE ? measure_note
                                                            : bc_layout_measure;
    bc_plot_text_fit(&of->text, text, most, measure, of->layout);
    bc_status status = bc_text_check(&of->text, err);
    return status == BC_OK ? bc_drawing_text(of->drawing, kind, -1, at, anchor, of->text.data, err) : status;
}

static bc_status draw_y_label(bc_layout_job *of, bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_drawing *at = of->drawing;
    if (layout->cells)
        return draw_fitted(of, BC_SHAPE_AXIS_LABEL, (bc_spot){0, 1.5 * BC_LAYOUT_CELL_HEIGHT}, 0,
                           layout->width, of->chart->y.label, err);
    bc_status status =
        draw_fitted(of, BC_SHAPE_AXIS_LABEL, (bc_spot){0.6 * layout->line, (at->top + at->bottom) / 2}, 0.5,
                    at->bottom - at->top, of->chart->y.label, err);
    if (status == BC_OK)
        of->drawing->shapes[of->drawing->count - 1].turned = true;
    return status;
}

/* In cells in one line, else the source below the title. */
static bc_status draw_title(bc_layout_job *of, bc_error *err) {
    const bc_chart *chart = of->chart;
    const bc_drawing *drawing = of->drawing;
    const double above = 14, most = drawing->right - drawing->left;
    bc_text heading = {0};
    if (of->layout->cells) {
        bc_chart_heading(&heading, chart);
        bc_status status = bc_text_check(&heading, err);
        if (status == BC_OK)
            status = draw_fitted(of, BC_SHAPE_TITLE, (bc_spot){0, 0.5 * BC_LAYOUT_CELL_HEIGHT}, 0,
                                 drawing->right, heading.data, err);
        bc_text_free(&heading);
        return status;
    }
    bc_status status =
        draw_fitted(of, BC_SHAPE_TITLE, (bc_spot){drawing->left, above}, 0, most, chart->title, err);
    return status == BC_OK && chart->source != NULL
               ? draw_fitted(of, BC_SHAPE_NOTE, (bc_spot){drawing->left, above + source_height}, 0, most,
                             chart->source, err)
               : status;
}

static bc_status draw_note(bc_layout_job *of, bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_chart *chart = of->chart;
    const double left = layout->cells ? 0 : of->drawing->left;
    const bc_spot at = {left, layout->height - (layout->cells ? 0.5 : 0.6) * layout->line};
    bool ranges = tells_ranges(chart, layout);
    bc_text note = {0};
    bc_text_format(&note, "%s%s%s", ranges ? chart->ranges : "", ranges && chart->note != NULL ? "; " : "",
                   chart->note != NULL ? chart->note : "");
    bc_status status = bc_text_check(&note, err);
    if (status == BC_OK)
        status = draw_fitted(of, BC_SHAPE_NOTE, at, 0, layout->width - left, note.data, err);
    bc_text_free(&note);
    return status;
}

static bc_status draw_captions(bc_layout_job *of, bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_drawing *at = of->drawing;
    const bc_spot below = {(at->left + at->right) / 2,
                           at->bottom + (layout->cells ? 2.5 : 1.95) * layout->line};
    bc_status status = layout->titled ? draw_title(of, err) : BC_OK;
    if (status == BC_OK)
        status = draw_y_label(of, err);
    if (status == BC_OK)
        status =
            draw_fitted(of, BC_SHAPE_AXIS_LABEL, below, 0.5, at->right - at->left, of->chart->x.label, err);
    return status == BC_OK && is_noted(of->chart, layout) ? draw_note(of, err) : status;
}

/* ---- all of it ---- */

static bc_status draw_all(bc_layout_job *of, bc_error *err) {
    static const bc_chart_form order[] = {BC_FORM_BAND, BC_FORM_BARS, BC_FORM_LINE, BC_FORM_POINTS};
    bc_status status = draw_grid(of, err);
    for (size_t i = 0; status == BC_OK && i < sizeof order / sizeof order[0]; i++)
        status = bc_layout_draw_form(of, order[i], err);
    if (status == BC_OK)
        status = draw_axes(of, err);
    if (status == BC_OK)
        status = bc_layout_draw_cutoffs(of, err);
    if (status == BC_OK)
        status = bc_layout_draw_markers(of, err);
    if (status == BC_OK)
        status = bc_layout_draw_labels(of, err);
    return status == BC_OK ? draw_captions(of, err) : status;
}

bc_status bc_layout_draw(bc_drawing *drawing, const bc_chart *chart, const bc_layout *layout, bc_error *err) {
    bc_layout_job of = {.chart = chart, .layout = layout, .drawing = drawing};
    void *block;
    *drawing = (bc_drawing){0};
    bc_status status = bc_alloc(&block, chart->series_count, sizeof *of.spans, err);
    of.spans = block;
    if (status == BC_OK) {
        choose_scales(&of);
        status = draw_all(&of, err);
    }
    bc_labels_free(&of.labels);
    bc_text_free(&of.text);
    free(of.spans);
    return status;
}
