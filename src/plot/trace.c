/* Curves along all cutoffs, and titles. */
#include "plot/trace.h"

#include "plot/value_axis.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- shares ---- */

bc_plot_share bc_plot_recall(const bc_curve *curve, bc_curve_point point) {
    const bc_confusion counts = bc_curve_counts(curve, point), squares = bc_curve_squares(curve, point);
    return (bc_plot_share){counts.tp, counts.fn, squares.tp + squares.fn};
}

bc_plot_share bc_plot_precision(const bc_curve *curve, bc_curve_point point) {
    const bc_confusion counts = bc_curve_counts(curve, point), squares = bc_curve_squares(curve, point);
    return (bc_plot_share){counts.tp, counts.fp, squares.tp + squares.fp};
}

double bc_plot_share_value(const bc_plot_share *share) {
    double whole = share->hits + share->misses;
    return whole > 0 ? share->hits / whole : NAN;
}

/* ---- traces ---- */

void bc_plot_trace_start(bc_plot_trace *trace, double width) {
    const double columns = 8192; /* of any drawing, at most: eight to a pixel of a thousand */
    *trace = (bc_plot_trace){0};
    trace->line_thin = bc_thin_start(&trace->line, width / columns);
    trace->band_thin = bc_thin_start(&trace->band, width / columns);
}

/* Until the end the band has successes and trials in place of its ends: intervals are costly. */
bc_status bc_plot_trace_push(bc_plot_trace *trace, double x, const bc_plot_share *share, bc_error *err) {
    bc_chart_point line = {x, bc_plot_share_value(share), NAN, NAN}, band = {x, NAN, NAN, NAN};
    bc_interval_effective(&band.low, &band.high, share->hits, share->misses, share->squares);
    band.y = line.y; /* so that its extremes are kept too */
    bc_status status = bc_thin_push(&trace->line_thin, line, err);
    return status == BC_OK ? bc_thin_push(&trace->band_thin, band, err) : status;
}

static void find_band(bc_chart_series *band, bc_interval_method method) {
    for (size_t i = 0; i < band->count; i++) {
        bc_chart_point *point = &band->points[i];
        double successes = point->low, trials = point->high;
        bc_interval_share(&point->low, &point->high, method, successes, trials);
        point->y = NAN;
    }
}

/* The chart takes the points over, if there are any. */
static bc_status adopt(bc_chart *chart, bc_chart_series *points, const bc_chart_series *like, bc_error *err) {
    bc_chart_series *series;
    if (points->count == 0)
        return BC_OK;
    bc_status status = bc_chart_add(&series, chart, like, err);
    if (status != BC_OK)
        return status;
    series->points = points->points;
    series->count = points->count;
    series->capacity = points->capacity;
    *points = (bc_chart_series){0};
    return BC_OK;
}

bc_status bc_plot_trace_end(bc_plot_trace *trace, bc_chart *chart, const bc_chart_series *like, bool banded,
                            bc_interval_method method, bc_error *err) {
    bc_status status = bc_thin_end(&trace->line_thin, err);
    if (status == BC_OK)
        status = bc_thin_end(&trace->band_thin, err);
    if (status == BC_OK && banded) {
        find_band(&trace->band, method);
        status =
            adopt(chart, &trace->band,
                  &(bc_chart_series){.form = BC_FORM_BAND, .role = like->role, .dashed = like->dashed}, err);
    }
    return status == BC_OK ? adopt(chart, &trace->line, like, err) : status;
}

void bc_plot_trace_free(bc_plot_trace *trace) {
    free(trace->line.points);
    free(trace->band.points);
    *trace = (bc_plot_trace){0};
}

bc_status bc_plot_guide(bc_chart *chart, bc_chart_point from, bc_chart_point to, const char *label,
                        bc_error *err) {
    bc_chart_series *series;
    char *text = NULL;
    bc_status status = label == NULL ? BC_OK : bc_chart_set(&text, label, err);
    if (status != BC_OK)
        return status;
    const bc_chart_series like = {.form = BC_FORM_LINE, .role = BC_ROLE_GUIDE, .dashed = true, .label = text};
    status = bc_chart_add(&series, chart, &like, err);
    if (status == BC_OK)
        status = bc_chart_series_push(series, from, err);
    if (status == BC_OK)
        status = bc_chart_series_push(series, to, err);
    free(text);
    return status;
}

/* ---- titles ---- */

bc_status bc_plot_set(char **place, bc_error *err, const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return bc_chart_set(place, line, err);
}

bc_status bc_plot_title(bc_chart *chart, const char *what, const char *file, bc_error *err) {
    bc_status status = bc_chart_set(&chart->title, what, err);
    return status == BC_OK && file != NULL ? bc_chart_set(&chart->source, file, err) : status;
}

bc_status bc_plot_title_sides(bc_chart *chart, const char *what, const bc_plot_input *input, bc_error *err) {
    const bc_plot_side *sides[2];
    size_t count = bc_plot_sides(sides, input);
    bc_text words = {0};
    bc_text_string(&words, what);
    for (size_t i = 0; i < count; i++)
        bc_text_format(&words, "%s %s", i == 0 ? "," : " and", sides[i]->name);
    bc_status status = bc_text_check(&words, err);
    if (status == BC_OK)
        status = bc_plot_title(chart, words.data, input->file, err);
    bc_text_free(&words);
    return status;
}

const char *bc_plot_interval_name(const bc_plot_input *input) {
    const bc_plot_side *sides[2];
    size_t count = bc_plot_sides(sides, input);
    bool wilson = input->interval == BC_INTERVAL_WILSON;
    for (size_t i = 0; i < count; i++)
        wilson = wilson || bc_plot_interval(input, sides[i]) == BC_INTERVAL_WILSON;
    return wilson ? "Wilson" : "Clopper-Pearson";
}

bc_status bc_plot_note_bands(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    return bc_plot_set(&chart->ranges, err, "bands: pointwise 95%% intervals (%s)",
                       bc_plot_interval_name(input));
}

bc_status bc_plot_mark_cutoffs(bc_chart *chart, const bc_plot_input *input, bool logits, bc_error *err) {
    const bc_plot_side *sides[2];
    bc_status status = BC_OK;
    if (bc_plot_sides(sides, input) == 0)
        return BC_OK;
    for (size_t i = 0; status == BC_OK && i < input->pick_count; i++) {
        const bc_plot_pick *pick = &input->picks[i];
        double x = bc_value_on_axis(sides[0]->curve, logits, pick->value);
        if (!isnan(x))
            status = bc_chart_add_mark(chart, BC_ROLE_PICK, fmax(chart->x.low, fmin(chart->x.high, x)), NAN,
                                       pick->label, err);
    }
    return status;
}

bc_status bc_plot_note_marks(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    for (size_t i = 0; i < chart->mark_count; i++) {
        if (chart->marks[i].role == BC_ROLE_TEST)
            return bc_plot_set(&chart->note, err, "hollow: the same cutoffs on %s", input->test.name);
    }
    return BC_OK;
}

size_t bc_plot_sides(const bc_plot_side *sides[2], const bc_plot_input *input) {
    size_t count = 0;
    if (input->chosen.curve != NULL)
        sides[count++] = &input->chosen;
    if (input->test.curve != NULL)
        sides[count++] = &input->test;
    return count;
}

bool bc_plot_is_test(const bc_plot_input *input, const bc_plot_side *side) {
    return side == &input->test;
}

bc_chart_role bc_plot_side_role(const bc_plot_input *input, const bc_plot_side *side) {
    return bc_plot_is_test(input, side) ? BC_ROLE_TEST : BC_ROLE_CHOSEN;
}

bc_interval_method bc_plot_interval(const bc_plot_input *input, const bc_plot_side *side) {
    return bc_curve_is_weighted(side->curve) ? BC_INTERVAL_WILSON : input->interval;
}
