/* Labels of curves and picks, where there is room. */
#include "plot/layout_job.h"

#include "plot/plot_text.h"

#include <math.h>

/* What labels had better not lie on. */
static void add_ink(bc_layout_job *of) {
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
static bc_status take_markers(bc_layout_job *of, bc_error *err) {
    const double half = of->layout->cells ? 0.5 : 6;
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < of->chart->mark_count; i++) {
        const bc_chart_mark *mark = &of->chart->marks[i];
        bc_spot spot = bc_layout_mark_spot(of, mark);
        if (!bc_layout_is_across(mark))
            status = bc_labels_take(
                &of->labels, &(bc_box){spot.x - half, spot.y - half, spot.x + half, spot.y + half}, err);
    }
    return status;
}

/* In front of a label: how wide the sample of its line and the gap behind it are. */
static double key_width(const bc_layout *layout) {
    return layout->cells ? 4 * BC_LAYOUT_CELL_WIDTH : 1.9 * layout->line;
}

static bool has_key(const bc_chart_series *series) {
    return series->role != BC_ROLE_GUIDE;
}

static bc_status draw_key(bc_layout_job *of, const bc_chart_series *series, const bc_box *box,
                          bc_error *err) {
    const bc_layout *layout = of->layout;
    const double y = (box->top + box->bottom) / 2, half = layout->cells ? 1.5 : 5;
    const double end =
        box->left + key_width(layout) - (layout->cells ? BC_LAYOUT_CELL_WIDTH + 1 : layout->line / 2.5);
    bool bars = series->form == BC_FORM_BARS;
    bc_status status = bc_drawing_segment(of->drawing, BC_SHAPE_KEY, (int)series->role,
                                          (bc_spot){box->left, bars ? y + half : y},
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
static size_t bar_spots(bc_spot spots[CANDIDATES], const bc_layout_job *of, const bc_layout_span *along) {
    const bc_spot *points = of->drawing->spots + along->first;
    size_t count = 0;
    for (size_t i = 0; i + 1 < along->count && count < CANDIDATES; i += 2)
        spots[count++] = (bc_spot){(points[i].x + points[i + 1].x) / 2, points[i + 1].y};
    return count;
}

/* Spots along a series, where labels could stand: at even distances on its lines. */
static size_t line_spots(bc_spot spots[CANDIDATES], const bc_layout_job *of, const bc_layout_span *along) {
    const double apart = of->layout->cells ? BC_LAYOUT_CELL_HEIGHT : of->layout->line;
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

static bc_status label_series(bc_layout_job *of, size_t index, bc_error *err) {
    const bc_chart_series *series = &of->chart->series[index];
    const bc_layout *layout = of->layout;
    const double most = 0.6 * (of->drawing->right - of->drawing->left);
    const double key = has_key(series) ? key_width(layout) : 0;
    bc_spot spots[CANDIDATES];
    bc_box box;
    bool found;
    if (series->label == NULL || of->spans[index].count == 0)
        return BC_OK;
    bc_plot_text_fit(&of->text, series->label, most, bc_layout_measure, layout);
    bc_status status = bc_text_check(&of->text, err);
    if (status != BC_OK)
        return status;
    size_t count = series->form == BC_FORM_BARS ? bar_spots(spots, of, &of->spans[index])
                                                : line_spots(spots, of, &of->spans[index]);
    status = bc_labels_place(&found, &box, &of->labels, key + bc_layout_measure(layout, of->text.data),
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
static bc_status draw_leader(bc_layout_job *of, const bc_chart_mark *mark, const bc_box *box, bc_error *err) {
    bc_spot spot = bc_layout_mark_spot(of, mark);
    bc_spot near = {fmax(box->left, fmin(box->right, spot.x)), fmax(box->top, fmin(box->bottom, spot.y))};
    if (bc_layout_is_across(mark) || hypot(near.x - spot.x, near.y - spot.y) < 0.75 * of->layout->line)
        return BC_OK;
    return bc_drawing_segment(of->drawing, BC_SHAPE_LEADER, (int)mark->role, near, spot, err);
}

static bc_status label_mark(bc_layout_job *of, const bc_chart_mark *mark, bc_error *err) {
    const bc_layout *layout = of->layout;
    const bc_drawing *drawing = of->drawing;
    enum { HEIGHTS = 24 };
    bc_spot spots[HEIGHTS];
    size_t count = 1;
    bc_box box;
    bool found;
    if (mark->label == NULL)
        return BC_OK;
    bc_plot_text_fit(&of->text, mark->label, 0.6 * (drawing->right - drawing->left), bc_layout_measure,
                     layout);
    bc_status status = bc_text_check(&of->text, err);
    if (status != BC_OK)
        return status;
    spots[0] = bc_layout_mark_spot(of, mark);
    for (; bc_layout_is_across(mark) && count < HEIGHTS; count++)
        spots[count] =
            (bc_spot){spots[0].x, drawing->top + (drawing->bottom - drawing->top) * (double)count / HEIGHTS};
    status = bc_labels_place(&found, &box, &of->labels, bc_layout_measure(layout, of->text.data),
                             layout->line, spots, count, false, err);
    if (status == BC_OK && found)
        status = draw_leader(of, mark, &box, err);
    if (status == BC_OK && found)
        status = bc_drawing_text(of->drawing, BC_SHAPE_LABEL, (int)mark->role,
                                 (bc_spot){box.left, (box.top + box.bottom) / 2}, 0, of->text.data, err);
    return status;
}

bc_status bc_layout_draw_labels(bc_layout_job *of, bc_error *err) {
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
