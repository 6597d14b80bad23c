/* How the scores of each class are spread. */
#include "plot/trace.h"

#include "plot/ticks.h"
#include "plot/value_axis.h"

#include <math.h>
#include <stdlib.h>

enum { BARS = 40 }; /* at most about */

/* Bars of equal width; those at the ends hold what lies beyond. */
typedef struct grid {
    bool logits;
    double low, width;
    size_t count;
} grid;

/* What a bar stands for: its class, and where it is drawn. */
typedef struct half {
    bool positive;
    const bc_plot_side *side;
} half;

static double edge_of(const grid *of, size_t bar) {
    return of->low + (double)bar * of->width;
}

/* Up to where the items count that have at least the edge's value; the lowest and the highest edge are open.
 */
static bc_curve_point point_at_edge(const grid *of, const bc_curve *curve, size_t bar) {
    if (bar == 0)
        return bc_curve_all(curve);
    if (bar == of->count)
        return bc_curve_none();
    return bc_curve_at(curve, bc_value_of_axis(curve, of->logits, edge_of(of, bar)));
}

static double weight_above(const half *of, const grid *bars, size_t bar) {
    const bc_confusion counts = bc_curve_counts(of->side->curve, point_at_edge(bars, of->side->curve, bar));
    return of->positive ? counts.tp : counts.fp;
}

/* In per cent of the class; of negatives downwards. */
static double height_of(const half *of, const grid *bars, size_t bar) {
    double all = weight_above(of, bars, 0);
    double share = 100 * (weight_above(of, bars, bar) - weight_above(of, bars, bar + 1)) / all;
    return of->positive ? share : -share;
}

static bc_status push_bars(bc_chart_series *series, const half *of, const grid *bars, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < bars->count; i++)
        status = bc_chart_series_push(
            series, (bc_chart_point){edge_of(bars, i), height_of(of, bars, i), NAN, NAN}, err);
    return status;
}

static bc_status push_outline(bc_chart_series *series, const half *of, const grid *bars, bc_error *err) {
    bc_status status = bc_chart_series_push(series, (bc_chart_point){edge_of(bars, 0), 0, NAN, NAN}, err);
    for (size_t i = 0; status == BC_OK && i < bars->count; i++) {
        double height = height_of(of, bars, i);
        status = bc_chart_series_push(series, (bc_chart_point){edge_of(bars, i), height, NAN, NAN}, err);
        if (status == BC_OK)
            status =
                bc_chart_series_push(series, (bc_chart_point){edge_of(bars, i + 1), height, NAN, NAN}, err);
    }
    if (status == BC_OK)
        status = bc_chart_series_push(series, (bc_chart_point){edge_of(bars, bars->count), 0, NAN, NAN}, err);
    return status;
}

static bc_status add_half(bc_chart *chart, const half *of, const grid *bars, const bc_plot_input *input,
                          bc_error *err) {
    const bc_curve_class *class = of->positive ? &of->side->curve->positive : &of->side->curve->negative;
    const char *name = of->positive ? input->positive : input->negative;
    bool test = bc_plot_is_test(input, of->side);
    bc_chart_series *series;
    bc_text label = {0};
    if (class->count == 0)
        return BC_OK;
    bc_text_format(&label, "%s, %s (%zu)",
                   name != NULL   ? name
                   : of->positive ? "positive"
                                  : "negative",
                   of->side->name, class->count);
    bc_status status = bc_text_check(&label, err);
    if (status == BC_OK)
        status = bc_chart_add(&series, chart,
                              &(bc_chart_series){.form = test ? BC_FORM_LINE : BC_FORM_BARS,
                                                 .role = of->positive ? BC_ROLE_POSITIVE : BC_ROLE_NEGATIVE,
                                                 .dashed = test,
                                                 .label = label.data,
                                                 .width = test ? 0 : bars->width},
                              err);
    if (status == BC_OK)
        status = test ? push_outline(series, of, bars, err) : push_bars(series, of, bars, err);
    bc_text_free(&label);
    return status;
}

static bc_status set_grid(grid *bars, bc_chart *chart, const bc_plot_input *input, bool logits,
                          bc_error *err) {
    bool beyond = false;
    double low = 0, high = 1;
    if (logits)
        bc_value_range(&low, &high, &beyond, input);
    bc_ticks ticks = bc_ticks_choose(low, high, BARS, false);
    *bars = (grid){.logits = logits, .low = floor(low / ticks.step + 1e-9) * ticks.step, .width = ticks.step};
    bars->count = (size_t)fmax(1, ceil((high - bars->low) / ticks.step - 1e-9));
    chart->x.low = bars->low;
    chart->x.high = edge_of(bars, bars->count);
    return !beyond ? BC_OK
                   : bc_plot_set(&chart->note, err, "the bars at the ends hold what lies beyond them");
}

static bc_status make(bc_chart *chart, const bc_plot_input *input, bool logits, bc_error *err) {
    const bc_plot_side *sides[2];
    size_t count = bc_plot_sides(sides, input);
    grid bars;
    *chart = (bc_chart){.x = {.quantity = logits ? "logit" : "score"},
                        .y = {.quantity = "share", .zero = true, .magnitudes = true}};
    bc_status status = bc_plot_title_sides(chart, "Scores by class", input, err);
    if (status == BC_OK)
        status = bc_chart_set(&chart->x.label, logits ? "logit of the score" : "score", err);
    if (status == BC_OK)
        status = bc_chart_set(&chart->y.label, "share of the class in each bar, %", err);
    if (status == BC_OK)
        status = set_grid(&bars, chart, input, logits, err);
    for (size_t i = 0; status == BC_OK && i < 2 * count; i++)
        status = add_half(chart, &(half){i % 2 == 0, sides[i / 2]}, &bars, input, err);
    if (status == BC_OK)
        status = bc_plot_guide(chart, (bc_chart_point){chart->x.low, 0, NAN, NAN},
                               (bc_chart_point){chart->x.high, 0, NAN, NAN}, NULL, err);
    return status == BC_OK ? bc_plot_mark_cutoffs(chart, input, logits, err) : status;
}

bc_status bc_plot_histogram(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    return make(chart, input, false, err);
}

bc_status bc_plot_histogram_logit(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    return make(chart, input, true, err);
}
