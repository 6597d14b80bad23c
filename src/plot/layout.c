/* Scales, margins, and what stands where. */
#include "plot/layout.h"

#include "base/memory.h"
#include "plot/labels.h"
#include "plot/plot_text.h"
#include "plot/thin.h"
#include "plot/ticks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_WIDTH = 2, CELL_HEIGHT = 4 };

const double bc_layout_font = 12;

bc_layout bc_layout_figure(const bc_chart *chart, bool titled) {
    return (bc_layout){.width = chart->square ? 540 : 640,
                       .height = (chart->square ? 480 : 400) + (titled ? 30 : 0),
                       .line = 16,
                       .column = 0.5,
                       .titled = titled};
}

bc_layout bc_layout_terminal(unsigned columns, unsigned rows) {
    return (bc_layout){.width = (double)columns * CELL_WIDTH,
                       .height = (double)rows * CELL_HEIGHT,
                       .line = CELL_HEIGHT,
                       .column = 1,
                       .cells = true,
                       .titled = true};
}

/* From the data to the drawing. */
typedef struct scale {
    double low, high, from, to;
} scale;

typedef struct span {
    size_t first, count;
} span;

typedef struct job {
    const bc_chart *chart;
    const bc_layout *layout;
    bc_drawing *drawing;
    scale x, y;
    bc_ticks x_ticks, y_ticks;
    span *spans; /* of each series: its spots */
    bc_labels labels;
    bc_text text; /* to work in */
} job;

/* Bounds that nothing overflows within. */
static double bounded(double value) {
    const double most = 1e150;
    return fmax(-most, fmin(most, value));
}

/* Where a value lies; values beyond an end lie at it. */
static double place_of(const scale *of, double value) {
    double part = (bounded(value) - of->low) / (of->high - of->low);
    return of->from + fmax(0, fmin(1, part)) * (of->to - of->from);
}

static double measure_text(const void *context, const char *text) {
    const bc_layout *layout = context;
    return layout->cells ? (double)(bc_plot_text_columns(text) * CELL_WIDTH)
                         : bc_plot_text_width(text, bc_layout_font);
}

/* Of a text that is drawn larger than the others. */
static double measure_title(const void *context, const char *text) {
    const double larger = 1.2;
    const bc_layout *layout = context;
    return measure_text(layout, text) * (layout->cells ? 1 : larger);
}

/* ---- ranges ---- */

static void include_value(scale *range, double value) {
    if (!isfinite(value))
        return;
    range->low = fmin(range->low, bounded(value));
    range->high = fmax(range->high, bounded(value));
}

static void include_series(scale *range, const bc_chart_series *series, bool vertical) {
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
static void find_range(scale *range, const bc_chart *chart, bool vertical) {
    const bc_chart_axis *axis = vertical ? &chart->y : &chart->x;
    *range = (scale){.low = axis->low, .high = axis->high};
    if (axis->low < axis->high)
        return;
    *range = (scale){.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < chart->series_count; i++)
        include_series(range, &chart->series[i], vertical);
    for (size_t i = 0; i < chart->mark_count; i++)
        include_value(range, vertical ? chart->marks[i].y : chart->marks[i].x);
    if (axis->zero)
        include_value(range, 0);
    if (!(range->low <= range->high))
        *range = (scale){.low = 0, .high = 1};
    const double least = 1e-9 * fmax(fabs(range->low), fabs(range->high));
    if (range->high - range->low <= least) {
        double half = range->low == 0 ? 0.5 : fabs(range->low) / 2;
        range->low -= axis->zero && range->low == 0 ? 0 : half;
        range->high += half;
    }
}

/* Lets an axis that goes by the data end at ticks. */
static void extend_range(scale *range, bc_ticks *ticks, const bc_chart_axis *axis, size_t most) {
    *ticks = bc_ticks_choose(range->low, range->high, most, axis->whole);
    if (axis->low < axis->high || axis->ticks != NULL)
        return;
    const double slack = 1e-9;
    range->low = floor(range->low / ticks->step + slack) * ticks->step;
    range->high = ceil(range->high / ticks->step - slack) * ticks->step;
    *ticks = bc_ticks_choose(range->low, range->high, most + 2, axis->whole);
}

/* ---- margins ---- */

/* In cells there are neither bands nor error bars, so nothing is to be said of them. */
static bool is_noted(const bc_chart *chart, const bc_layout *layout) {
    bool ranges = false;
    for (size_t i = 0; i < chart->series_count; i++)
        ranges = ranges || chart->series[i].form == BC_FORM_BAND || chart->series[i].form == BC_FORM_POINTS;
    return chart->note != NULL && !(layout->cells && ranges);
}

static void print_tick(char text[BC_NUMBER_SIZE], const bc_chart_axis *axis, const bc_ticks *ticks,
                       size_t index) {
    double value = bc_ticks_value(ticks, index);
    bc_ticks_print(text, ticks, axis->magnitudes ? fabs(value) : value);
}

static double widest_tick(const job *of) {
    const bc_chart_axis *axis = &of->chart->y;
    double widest = 0;
    char text[BC_NUMBER_SIZE];
    for (size_t i = 0; i < of->y_ticks.count; i++) {
        print_tick(text, axis, &of->y_ticks, i);
        widest = fmax(widest, measure_text(of->layout, text));
    }
    return widest;
}

static void place_plot(job *of) {
    const bc_layout *layout = of->layout;
    bc_drawing *drawing = of->drawing;
    const double ticks = widest_tick(of);
    bool noted = is_noted(of->chart, layout);
    drawing->width = layout->width;
    drawing->height = layout->height;
    if (layout->cells) {
        drawing->left = ticks + 2 * CELL_WIDTH;
        drawing->right = layout->width - CELL_WIDTH;
        drawing->top = 2 * CELL_HEIGHT;
        drawing->bottom = layout->height - (noted ? 4 : 3) * CELL_HEIGHT;
    } else {
        drawing->left = ticks + 1.9 * layout->line;
        drawing->right = layout->width - layout->line;
        drawing->top = (layout->titled ? 2.2 : 0.8) * layout->line;
        drawing->bottom = layout->height - (noted ? 3.9 : 2.7) * layout->line;
    }
    const double inset = layout->cells ? 0.5 : 0; /* the middle of a dot */
    of->x.from = drawing->left + inset;
    of->x.to = drawing->right - inset;
    of->y.from = drawing->bottom - inset;
    of->y.to = drawing->top + inset;
}

static void choose_scales(job *of) {
    const bc_layout *layout = of->layout;
    const double steps = layout->cells ? 4 * CELL_HEIGHT : 3 * layout->line;
    const double wide = layout->cells ? 8 * CELL_WIDTH : 3.5 * layout->line;
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

static bc_status add_segment(job *of, bc_plot_shape_kind kind, int role, bc_spot from, bc_spot to,
                             bc_error *err) {
    bc_plot_shape *shape;
    bc_status status = bc_drawing_add(&shape, of->drawing, kind, role, err);
    if (status == BC_OK)
        status = bc_drawing_spot(of->drawing, from.x, from.y, err);
    return status == BC_OK ? bc_drawing_spot(of->drawing, to.x, to.y, err) : status;
}

static bc_status draw_x_tick(job *of, double value, const char *text, double *taken, bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_drawing *drawing = of->drawing;
    double x = place_of(&of->x, value), half = measure_text(layout, text) / 2;
    double y = drawing->bottom + (layout->cells ? 1.5 * CELL_HEIGHT : 0.75 * layout->line);
    bc_status status =
        add_segment(of, BC_SHAPE_GRID, -1, (bc_spot){x, drawing->top}, (bc_spot){x, drawing->bottom}, err);
    if (status != BC_OK || x - half < *taken)
        return status;
    double middle = fmin(x, layout->width - half);
    *taken = middle + half + layout->line / 2;
    return bc_drawing_text(of->drawing, BC_SHAPE_TICK, -1, (bc_spot){middle, y}, 0.5, text, err);
}

static bc_status draw_x_ticks(job *of, bc_error *err) {
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

static bc_status draw_y_ticks(job *of, bc_error *err) {
    const bc_drawing *drawing = of->drawing;
    const double gap = of->layout->cells ? 2 * CELL_WIDTH : 0.4 * of->layout->line;
    bc_status status = BC_OK;
    char text[BC_NUMBER_SIZE];
    for (size_t i = 0; status == BC_OK && i < of->y_ticks.count; i++) {
        double y = place_of(&of->y, bc_ticks_value(&of->y_ticks, i));
        print_tick(text, &of->chart->y, &of->y_ticks, i);
        status = add_segment(of, BC_SHAPE_GRID, -1, (bc_spot){drawing->left, y}, (bc_spot){drawing->right, y},
                             err);
        if (status == BC_OK)
            status = bc_drawing_text(of->drawing, BC_SHAPE_TICK, -1, (bc_spot){drawing->left - gap, y}, 1,
                                     text, err);
    }
    return status;
}

static bc_status draw_grid(job *of, bc_error *err) {
    bc_status status = draw_x_ticks(of, err);
    return status == BC_OK ? draw_y_ticks(of, err) : status;
}

static bc_status draw_axes(job *of, bc_error *err) {
    const bc_drawing *at = of->drawing;
    bc_spot corner = {at->left, at->bottom};
    bc_status status = add_segment(of, BC_SHAPE_AXIS, -1, (bc_spot){at->left, at->top}, corner, err);
    return status == BC_OK ? add_segment(of, BC_SHAPE_AXIS, -1, corner, (bc_spot){at->right, at->bottom}, err)
                           : status;
}

static bc_status draw_fitted(job *of, bc_plot_shape_kind kind, bc_spot at, double anchor, double most,
                             const char *text, bc_error *err) {
    bc_plot_text_fit(&of->text, text, most, kind == BC_SHAPE_TITLE ? measure_title : measure_text,
                     of->layout);
    bc_status status = bc_text_check(&of->text, err);
    return status == BC_OK ? bc_drawing_text(of->drawing, kind, -1, at, anchor, of->text.data, err) : status;
}

static bc_status draw_y_label(job *of, bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_drawing *at = of->drawing;
    if (layout->cells)
        return draw_fitted(of, BC_SHAPE_AXIS_LABEL, (bc_spot){0, 1.5 * CELL_HEIGHT}, 0, layout->width,
                           of->chart->y.label, err);
    bc_status status =
        draw_fitted(of, BC_SHAPE_AXIS_LABEL, (bc_spot){0.6 * layout->line, (at->top + at->bottom) / 2}, 0.5,
                    at->bottom - at->top, of->chart->y.label, err);
    if (status == BC_OK)
        of->drawing->shapes[of->drawing->count - 1].turned = true;
    return status;
}

static bc_status draw_captions(job *of, bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_drawing *at = of->drawing;
    const bc_chart *chart = of->chart;
    const double middle = (at->left + at->right) / 2, line = layout->line;
    bc_status status = BC_OK;
    if (layout->titled)
        status = draw_fitted(of, BC_SHAPE_TITLE,
                             (bc_spot){layout->cells ? 0 : at->left, line * 0.5 + (layout->cells ? 0 : 6)}, 0,
                             at->right - (layout->cells ? 0 : at->left), chart->title, err);
    if (status == BC_OK)
        status = draw_y_label(of, err);
    if (status == BC_OK)
        status = draw_fitted(of, BC_SHAPE_AXIS_LABEL,
                             (bc_spot){middle, at->bottom + (layout->cells ? 2.5 : 1.95) * line}, 0.5,
                             at->right - at->left, chart->x.label, err);
    if (status == BC_OK && is_noted(chart, layout))
        status = draw_fitted(
            of, BC_SHAPE_NOTE,
            (bc_spot){layout->cells ? 0 : at->left, layout->height - (layout->cells ? 0.5 : 0.6) * line}, 0,
            layout->width - (layout->cells ? 0 : at->left), chart->note, err);
    return status;
}

/* ---- series ---- */

/* The series in units of the drawing, thinned; y NaN where it is broken. */
static bc_status map_series(bc_chart_series *to, const job *of, const bc_chart_series *series,
                            bc_error *err) {
    bc_thin thin = bc_thin_start(to, of->layout->column);
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < series->count; i++) {
        const bc_chart_point *from = &series->points[i];
        if (isnan(from->x))
            continue;
        bc_chart_point point = {place_of(&of->x, from->x), NAN, NAN, NAN};
        if (!isnan(from->y))
            point.y = place_of(&of->y, from->y);
        if (!isnan(from->low) && !isnan(from->high)) {
            point.low = place_of(&of->y, from->low);
            point.high = place_of(&of->y, from->high);
        }
        status = bc_thin_push(&thin, point, err);
    }
    return status == BC_OK ? bc_thin_end(&thin, err) : status;
}

/* Pieces between breaks. */
static bc_status draw_line(job *of, const bc_chart_series *series, const bc_chart_series *mapped,
                           bc_error *err) {
    bc_status status = BC_OK;
    bool open = false;
    for (size_t i = 0; status == BC_OK && i < mapped->count; i++) {
        const bc_chart_point *point = &mapped->points[i];
        bool here = !isnan(point->y);
        if (here && !open) {
            bc_plot_shape *shape;
            status = bc_drawing_add(&shape, of->drawing, BC_SHAPE_LINE, (int)series->role, err);
            if (status == BC_OK)
                shape->dashed = series->dashed;
        }
        if (status == BC_OK && here)
            status = bc_drawing_spot(of->drawing, point->x, point->y, err);
        open = here;
    }
    return status;
}

static bc_status draw_band_piece(job *of, const bc_chart_series *series, const bc_chart_point *points,
                                 size_t count, bc_error *err) {
    bc_plot_shape *shape;
    bc_status status = bc_drawing_add(&shape, of->drawing, BC_SHAPE_BAND, (int)series->role, err);
    if (status == BC_OK)
        shape->dashed = series->dashed;
    for (size_t i = 0; status == BC_OK && i < count; i++)
        status = bc_drawing_spot(of->drawing, points[i].x, points[i].high, err);
    for (size_t i = count; status == BC_OK && i > 0; i--)
        status = bc_drawing_spot(of->drawing, points[i - 1].x, points[i - 1].low, err);
    return status;
}

static bc_status draw_band(job *of, const bc_chart_series *series, const bc_chart_series *mapped,
                           bc_error *err) {
    bc_status status = BC_OK;
    for (size_t first = 0; status == BC_OK && first < mapped->count;) {
        size_t end = first;
        while (end < mapped->count && !isnan(mapped->points[end].low))
            end++;
        if (end > first + 1)
            status = draw_band_piece(of, series, mapped->points + first, end - first, err);
        first = end + 1;
    }
    return status;
}

static bc_status draw_bars(job *of, const bc_chart_series *series, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < series->count; i++) {
        const bc_chart_point *point = &series->points[i];
        if (isnan(point->y) || point->y == 0)
            continue;
        bc_spot from = {place_of(&of->x, point->x), place_of(&of->y, 0)};
        bc_spot to = {place_of(&of->x, point->x + series->width), place_of(&of->y, point->y)};
        status = add_segment(of, BC_SHAPE_BAR, (int)series->role, from, to, err);
    }
    return status;
}

static bc_status draw_points(job *of, const bc_chart_series *series, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < series->count; i++) {
        const bc_chart_point *point = &series->points[i];
        double x = place_of(&of->x, point->x);
        if (!of->layout->cells && !isnan(point->low) && !isnan(point->high))
            status =
                add_segment(of, BC_SHAPE_ERROR, (int)series->role, (bc_spot){x, place_of(&of->y, point->low)},
                            (bc_spot){x, place_of(&of->y, point->high)}, err);
        bc_plot_shape *shape;
        if (status == BC_OK && !isnan(point->y))
            status = bc_drawing_add(&shape, of->drawing, BC_SHAPE_POINT, (int)series->role, err);
        if (status == BC_OK && !isnan(point->y))
            status = bc_drawing_spot(of->drawing, x, place_of(&of->y, point->y), err);
    }
    return status;
}

static bc_status draw_one(job *of, const bc_chart_series *series, bc_error *err) {
    bc_chart_series mapped = {0};
    bc_status status = BC_OK;
    if (series->form == BC_FORM_BARS)
        return draw_bars(of, series, err);
    if (series->form == BC_FORM_POINTS)
        return draw_points(of, series, err);
    status = map_series(&mapped, of, series, err);
    if (status == BC_OK)
        status = series->form == BC_FORM_BAND ? draw_band(of, series, &mapped, err)
                                              : draw_line(of, series, &mapped, err);
    free(mapped.points);
    return status;
}

static bc_status draw_form(job *of, bc_chart_form form, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < of->chart->series_count; i++) {
        const bc_chart_series *series = &of->chart->series[i];
        if (series->form != form)
            continue;
        of->spans[i].first = of->drawing->spot_count;
        status = draw_one(of, series, err);
        of->spans[i].count = of->drawing->spot_count - of->spans[i].first;
    }
    return status;
}

/* ---- marks and labels ---- */

static bool is_across(const bc_chart_mark *mark) {
    return isnan(mark->y);
}

static bc_spot mark_spot(const job *of, const bc_chart_mark *mark) {
    double y = is_across(mark) ? of->drawing->top : place_of(&of->y, mark->y);
    return (bc_spot){place_of(&of->x, mark->x), y};
}

static bc_status draw_cutoffs(job *of, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < of->chart->mark_count; i++) {
        const bc_chart_mark *mark = &of->chart->marks[i];
        bc_spot spot = mark_spot(of, mark);
        if (is_across(mark))
            status = add_segment(of, BC_SHAPE_CUTOFF, (int)mark->role, spot,
                                 (bc_spot){spot.x, of->drawing->bottom}, err);
    }
    return status;
}

static bc_status draw_markers(job *of, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < of->chart->mark_count; i++) {
        const bc_chart_mark *mark = &of->chart->marks[i];
        bc_spot spot = mark_spot(of, mark);
        bc_plot_shape *shape;
        if (is_across(mark))
            continue;
        status = bc_drawing_add(&shape, of->drawing, BC_SHAPE_PICK, (int)mark->role, err);
        if (status == BC_OK)
            status = bc_drawing_spot(of->drawing, spot.x, spot.y, err);
    }
    return status;
}

/* What labels had better not lie on. */
static void add_ink(job *of) {
    const bc_drawing *drawing = of->drawing;
    const double half = of->layout->cells ? 1 : 4;
    for (size_t i = 0; i < drawing->count; i++) {
        const bc_plot_shape *shape = &drawing->shapes[i];
        const bc_spot *spots = drawing->spots + shape->first;
        if (shape->kind == BC_SHAPE_LINE || shape->kind == BC_SHAPE_CUTOFF || shape->kind == BC_SHAPE_ERROR) {
            for (size_t k = 1; k < shape->count; k++)
                bc_labels_ink_line(&of->labels, spots[k - 1], spots[k]);
        } else if (shape->kind == BC_SHAPE_BAR) {
            bc_labels_ink_box(&of->labels, &(bc_box){spots[0].x, fmin(spots[0].y, spots[1].y), spots[1].x,
                                                     fmax(spots[0].y, spots[1].y)});
        } else if (shape->kind == BC_SHAPE_POINT || shape->kind == BC_SHAPE_PICK) {
            bc_labels_ink_box(&of->labels, &(bc_box){spots[0].x - half, spots[0].y - half, spots[0].x + half,
                                                     spots[0].y + half});
        }
    }
    bc_labels_settle(&of->labels);
}

/* No label lies on a marker of a pick. */
static bc_status take_markers(job *of, bc_error *err) {
    const double half = of->layout->cells ? 0.5 : 6;
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < of->chart->mark_count; i++) {
        const bc_chart_mark *mark = &of->chart->marks[i];
        bc_spot spot = mark_spot(of, mark);
        if (!is_across(mark))
            status = bc_labels_take(
                &of->labels, &(bc_box){spot.x - half, spot.y - half, spot.x + half, spot.y + half}, err);
    }
    return status;
}

/* In front of a label: how wide the sample of its line and the gap behind it are. */
static double key_width(const bc_layout *layout) {
    return layout->cells ? 4 * CELL_WIDTH : 1.9 * layout->line;
}

static bool has_key(const bc_chart_series *series) {
    return series->role != BC_ROLE_GUIDE;
}

static bc_status draw_key(job *of, const bc_chart_series *series, const bc_box *box, bc_error *err) {
    const bc_layout *layout = of->layout;
    const double y = (box->top + box->bottom) / 2, half = layout->cells ? 1.5 : 5;
    const double end = box->left + key_width(layout) - (layout->cells ? CELL_WIDTH + 1 : layout->line / 2.5);
    bool bars = series->form == BC_FORM_BARS;
    bc_status status =
        add_segment(of, BC_SHAPE_KEY, (int)series->role, (bc_spot){box->left, bars ? y + half : y},
                    (bc_spot){end, bars ? y - half : y}, err);
    if (status != BC_OK)
        return status;
    of->drawing->shapes[of->drawing->count - 1].dashed = series->dashed;
    of->drawing->shapes[of->drawing->count - 1].filled = bars;
    if (series->form != BC_FORM_POINTS)
        return BC_OK;
    bc_plot_shape *shape;
    status = bc_drawing_add(&shape, of->drawing, BC_SHAPE_POINT, (int)series->role, err);
    return status == BC_OK ? bc_drawing_spot(of->drawing, (box->left + end) / 2, y, err) : status;
}

enum { CANDIDATES = 160 }; /* for the place of one label */

/* The middles of the free ends of bars. */
static size_t bar_spots(bc_spot spots[CANDIDATES], const job *of, const span *along) {
    const bc_spot *points = of->drawing->spots + along->first;
    size_t count = 0;
    for (size_t i = 0; i + 1 < along->count && count < CANDIDATES; i += 2)
        spots[count++] = (bc_spot){(points[i].x + points[i + 1].x) / 2, points[i + 1].y};
    return count;
}

/* Spots along a series, where labels could stand: at even distances on its lines. */
static size_t line_spots(bc_spot spots[CANDIDATES], const job *of, const span *along) {
    const double apart = of->layout->cells ? CELL_HEIGHT : of->layout->line;
    const bc_spot *points = of->drawing->spots + along->first;
    size_t count = 0;
    double length = 0;
    for (size_t i = 1; i < along->count; i++)
        length += hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
    const double step = fmax(apart, length / (CANDIDATES - 2));
    double next = 0, done = 0;
    for (size_t i = 0; i + 1 < along->count && count < CANDIDATES; i++) {
        double piece = hypot(points[i + 1].x - points[i].x, points[i + 1].y - points[i].y);
        for (; next <= done + piece && piece > 0 && count < CANDIDATES; next += step) {
            double part = (next - done) / piece;
            spots[count++] = (bc_spot){points[i].x + part * (points[i + 1].x - points[i].x),
                                       points[i].y + part * (points[i + 1].y - points[i].y)};
        }
        done += piece;
    }
    if (count < CANDIDATES && along->count > 0)
        spots[count++] = points[along->count - 1];
    return count;
}

static bc_status label_series(job *of, size_t index, bc_error *err) {
    const bc_chart_series *series = &of->chart->series[index];
    const bc_layout *layout = of->layout;
    const double most = 0.6 * (of->drawing->right - of->drawing->left);
    const double key = has_key(series) ? key_width(layout) : 0;
    bc_spot spots[CANDIDATES];
    bc_box box;
    bool found;
    if (series->label == NULL || of->spans[index].count == 0)
        return BC_OK;
    bc_plot_text_fit(&of->text, series->label, most, measure_text, layout);
    bc_status status = bc_text_check(&of->text, err);
    if (status != BC_OK)
        return status;
    size_t count = series->form == BC_FORM_BARS ? bar_spots(spots, of, &of->spans[index])
                                                : line_spots(spots, of, &of->spans[index]);
    status = bc_labels_place(&found, &box, &of->labels, key + measure_text(layout, of->text.data),
                             layout->line, spots, count, true, err);
    if (status != BC_OK || !found)
        return status;
    if (has_key(series))
        status = draw_key(of, series, &box, err);
    if (status == BC_OK)
        status =
            bc_drawing_text(of->drawing, BC_SHAPE_LABEL, (int)series->role,
                            (bc_spot){box.left + key, (box.top + box.bottom) / 2}, 0, of->text.data, err);
    return status;
}

/* From the nearest part of the label's box, where it stands away from the mark. */
static bc_status draw_leader(job *of, const bc_chart_mark *mark, const bc_box *box, bc_error *err) {
    bc_spot spot = mark_spot(of, mark);
    bc_spot near = {fmax(box->left, fmin(box->right, spot.x)), fmax(box->top, fmin(box->bottom, spot.y))};
    if (is_across(mark) || hypot(near.x - spot.x, near.y - spot.y) < 1.2 * of->layout->line)
        return BC_OK;
    return add_segment(of, BC_SHAPE_LEADER, (int)mark->role, near, spot, err);
}

static bc_status label_mark(job *of, const bc_chart_mark *mark, bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_drawing *drawing = of->drawing;
    enum { HEIGHTS = 24 };
    bc_spot spots[HEIGHTS];
    size_t count = 1;
    bc_box box;
    bool found;
    if (mark->label == NULL)
        return BC_OK;
    bc_plot_text_fit(&of->text, mark->label, 0.6 * (drawing->right - drawing->left), measure_text, layout);
    bc_status status = bc_text_check(&of->text, err);
    if (status != BC_OK)
        return status;
    spots[0] = mark_spot(of, mark);
    for (; is_across(mark) && count < HEIGHTS; count++)
        spots[count] =
            (bc_spot){spots[0].x, drawing->top + (drawing->bottom - drawing->top) * (double)count / HEIGHTS};
    status = bc_labels_place(&found, &box, &of->labels, measure_text(layout, of->text.data), layout->line,
                             spots, count, false, err);
    if (status == BC_OK && found)
        status = draw_leader(of, mark, &box, err);
    if (status == BC_OK && found)
        status = bc_drawing_text(of->drawing, BC_SHAPE_LABEL, (int)mark->role,
                                 (bc_spot){box.left, (box.top + box.bottom) / 2}, 0, of->text.data, err);
    return status;
}

static bc_status draw_labels(job *of, bc_error *err) {
    const bc_drawing *at = of->drawing;
    bc_status status = bc_labels_start(&of->labels, &(bc_box){at->left, at->top, at->right, at->bottom},
                                       of->layout->cells, err);
    if (status == BC_OK) {
        add_ink(of);
        status = take_markers(of, err);
    }
    for (size_t i = 0; status == BC_OK && i < of->chart->mark_count; i++)
        status = label_mark(of, &of->chart->marks[i], err);
    for (size_t i = 0; status == BC_OK && i < of->chart->series_count; i++)
        status = label_series(of, i, err);
    return status;
}

/* ---- all of it ---- */

static bc_status draw_all(job *of, bc_error *err) {
    static const bc_chart_form order[] = {BC_FORM_BAND, BC_FORM_BARS, BC_FORM_LINE, BC_FORM_POINTS};
    bc_status status = draw_grid(of, err);
    for (size_t i = 0; status == BC_OK && i < sizeof order / sizeof order[0]; i++)
        status = draw_form(of, order[i], err);
    if (status == BC_OK)
        status = draw_axes(of, err);
    if (status == BC_OK)
        status = draw_cutoffs(of, err);
    if (status == BC_OK)
        status = draw_markers(of, err);
    if (status == BC_OK)
        status = draw_labels(of, err);
    return status == BC_OK ? draw_captions(of, err) : status;
}

bc_status bc_layout_draw(bc_drawing *drawing, const bc_chart *chart, const bc_layout *layout, bc_error *err) {
    job of = {.chart = chart, .layout = layout, .drawing = drawing};
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
