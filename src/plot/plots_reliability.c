/* Whether scores are the shares of positives that they claim to be. */
#include "plot/trace.h"

#include "base/number.h"
#include "plot/ticks.h"

#include <bclass/reliability.h>

#include <math.h>

static bc_chart_point point_of(const bc_reliability_bin *bin, bc_interval_method method) {
    bc_chart_point point = {bin->scores / bin->weight, bin->positives / bin->weight, NAN, NAN};
    double successes, trials;
    bc_interval_effective(&successes, &trials, bin->positives, bin->weight - bin->positives, bin->squares);
    bc_interval_share(&point.low, &point.high, method, successes, trials);
    return point;
}

/* From the lowest scores on. */
static bc_status push_bins(bc_chart_series *series, const bc_reliability_bin *bins, bc_interval_method method,
                           bool intervals, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = BC_BINS_DEFAULT; status == BC_OK && i > 0; i--) {
        if (bins[i - 1].items == 0)
            continue;
        bc_chart_point point = point_of(&bins[i - 1], method);
        if (!intervals)
            point.low = point.high = NAN;
        status = bc_chart_series_push(series, point, err);
    }
    return status;
}

static bc_status add_side(bc_chart *chart, const bc_plot_input *input, const bc_plot_side *side,
                          bc_error *err) {
    bc_reliability_bin bins[BC_BINS_DEFAULT];
    bc_binned_error error;
    bc_chart_series *series;
    bc_text label = {0};
    char digits[BC_NUMBER_SIZE];
    bc_interval_method method = bc_plot_interval(input, side);
    if (side->curve->positive.count + side->curve->negative.count == 0)
        return BC_OK;
    bc_reliability_bins(bins, side->curve, BC_BINS_EQUAL_MASS, BC_BINS_DEFAULT);
    bc_binned_error_measure(&error, side->curve, BC_BINS_EQUAL_MASS, BC_BINS_DEFAULT);
    bc_number_print_fixed(digits, error.value, 3);
    bc_text_format(&label, "%s, ECE %s", side->name, digits);
    bc_status status = bc_text_check(&label, err);
    bc_chart_series like = {.form = BC_FORM_LINE,
                            .role = bc_plot_side_role(input, side),
                            .dashed = bc_plot_is_test(input, side),
                            .label = label.data};
    if (status == BC_OK)
        status = bc_chart_add(&series, chart, &like, err);
    if (status == BC_OK)
        status = push_bins(series, bins, method, false, err);
    like.form = BC_FORM_POINTS;
    like.label = NULL;
    if (status == BC_OK)
        status = bc_chart_add(&series, chart, &like, err);
    if (status == BC_OK)
        status = push_bins(series, bins, method, true, err);
    bc_text_free(&label);
    return status;
}

/* Up to 1, or as far as there is anything where that is less than half. */
static double find_end(const bc_chart *chart) {
    double most = 0;
    for (size_t i = 0; i < chart->series_count; i++) {
        const bc_chart_series *series = &chart->series[i];
        for (size_t k = 0; k < series->count; k++)
            most = fmax(most, fmax(series->points[k].x, fmax(series->points[k].y, series->points[k].high)));
    }
    if (!(most > 0 && most < 0.5))
        return 1;
    bc_ticks ticks = bc_ticks_choose(0, most, 5, false);
    return ceil(most / ticks.step) * ticks.step;
}

bc_status bc_plot_reliability(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    const bc_plot_side *sides[2];
    size_t count = bc_plot_sides(sides, input);
    *chart = (bc_chart){.square = true, .x = {.quantity = "score"}, .y = {.quantity = "share"}};
    bc_status status = bc_plot_title_sides(chart, "Reliability", input, err);
    if (status == BC_OK)
        status = bc_chart_set(&chart->x.label, "mean score", err);
    if (status == BC_OK)
        status = bc_chart_set(&chart->y.label, "share of positives", err);
    if (status == BC_OK)
        status = bc_plot_set(&chart->note, err, "%d bins with as many rows each", (int)BC_BINS_DEFAULT);
    if (status == BC_OK)
        status = bc_plot_set(&chart->ranges, err, "bars: 95%% intervals (%s)", bc_plot_interval_name(input));
    for (size_t i = 0; status == BC_OK && i < count; i++)
        status = add_side(chart, input, sides[i], err);
    chart->x.high = chart->y.high = find_end(chart);
    return status == BC_OK
               ? bc_plot_guide(chart, (bc_chart_point){0, 0, NAN, NAN},
                               (bc_chart_point){chart->x.high, chart->y.high, NAN, NAN}, "calibrated", err)
               : status;
}
