/* Curves, bars, points and picks at their places. */
#include "plot/layout_job.h"

#include "plot/thin.h"

#include <math.h>
#include <stdlib.h>

/* The series in units of the drawing, thinned; y NaN where it is broken. */
static bc_status map_series(bc_chart_series *to, const bc_layout_job *of, const bc_chart_series *series,
                            bc_error *err) {
    bc_thin thin = bc_thin_start(to, of->layout->column);
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < series->count; i++) {
        const bc_chart_point *from = &series->points[i];
        if (isnan(from->x))
            continue;
        bc_chart_point point = {bc_layout_place(&of->x, from->x), NAN, NAN, NAN};
        if (!isnan(from->y))
            point.y = bc_layout_place(&of->y, from->y);
        if (!isnan(from->low) && !isnan(from->high)) {
            point.low = bc_layout_place(&of->y, from->low);
            point.high = bc_layout_place(&of->y, from->high);
        }
        status = bc_thin_push(&thin, point, err);
    }
    return status == BC_OK ? bc_thin_end(&thin, err) : status;
}

/* Pieces between breaks. */
static bc_status draw_line(bc_layout_job *of, const bc_chart_series *series, const bc_chart_series *mapped,
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

static bc_status draw_band_piece(bc_layout_job *of, const bc_chart_series *series,
                                 const bc_chart_point *points, size_t count, bc_error *err) {
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

static bc_status draw_band(bc_layout_job *of, const bc_chart_series *series, const bc_chart_series *mapped,
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

static bc_status draw_bars(bc_layout_job *of, const bc_chart_series *series, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < series->count; i++) {
        const bc_chart_point *point = &series->points[i];
        if (isnan(point->y) || point->y == 0)
            continue;
        bc_spot from = {bc_layout_place(&of->x, point->x), bc_layout_place(&of->y, 0)};
        bc_spot to = {bc_layout_place(&of->x, point->x + series->width), bc_layout_place(&of->y, point->y)};
        status = bc_drawing_segment(of->drawing, BC_SHAPE_BAR, (int)series->role, from, to, err);
    }
    return status;
}

static bc_status draw_points(bc_layout_job *of, const bc_chart_series *series, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < series->count; i++) {
        const bc_chart_point *point = &series->points[i];
        double x = bc_layout_place(&of->x, point->x);
        if (!of->layout->cells && !isnan(point->low) && !isnan(point->high))
            status = bc_drawing_segment(of->drawing, BC_SHAPE_ERROR, (int)series->role,
                                        (bc_spot){x, bc_layout_place(&of->y, point->low)},
                                        (bc_spot){x, bc_layout_place(&of->y, point->high)}, err);
        bc_plot_shape *shape;
        if (status == BC_OK && !isnan(point->y))
            status = bc_drawing_add(&shape, of->drawing, BC_SHAPE_POINT, (int)series->role, err);
        if (status == BC_OK && !isnan(point->y))
            status = bc_drawing_spot(of->drawing, x, bc_layout_place(&of->y, point->y), err);
    }
    return status;
}

static bc_status draw_one(bc_layout_job *of, const bc_chart_series *series, bc_error *err) {
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

bc_status bc_layout_draw_form(bc_layout_job *of, bc_chart_form form, bc_error *err) {
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

/* ---- picks ---- */

bool bc_layout_is_across(const bc_chart_mark *mark) {
    return isnan(mark->y);
}

bc_spot bc_layout_mark_spot(const bc_layout_job *of, const bc_chart_mark *mark) {
    double y = bc_layout_is_across(mark) ? of->drawing->top : bc_layout_place(&of->y, mark->y);
    return (bc_spot){bc_layout_place(&of->x, mark->x), y};
}

bc_status bc_layout_draw_cutoffs(bc_layout_job *of, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < of->chart->mark_count; i++) {
        const bc_chart_mark *mark = &of->chart->marks[i];
        bc_spot spot = bc_layout_mark_spot(of, mark);
        if (bc_layout_is_across(mark))
            status = bc_drawing_segment(of->drawing, BC_SHAPE_CUTOFF, (int)mark->role, spot,
                                        (bc_spot){spot.x, of->drawing->bottom}, err);
    }
    return status;
}

static bc_status draw_markers_of(bc_layout_job *of, bool test, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < of->chart->mark_count; i++) {
        const bc_chart_mark *mark = &of->chart->marks[i];
        bc_spot spot = bc_layout_mark_spot(of, mark);
        bc_plot_shape *shape;
        if (bc_layout_is_across(mark) || (mark->role == BC_ROLE_TEST) != test)
            continue;
        status = bc_drawing_add(&shape, of->drawing, BC_SHAPE_PICK, (int)mark->role, err);
        if (status == BC_OK)
            status = bc_drawing_spot(of->drawing, spot.x, spot.y, err);
    }
    return status;
}

bc_status bc_layout_draw_markers(bc_layout_job *of, bc_error *err) {
    bc_status status = draw_markers_of(of, true, err);
    return status == BC_OK ? draw_markers_of(of, false, err) : status;
}
