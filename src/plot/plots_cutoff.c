/* What a cutoff does, by cutoff: recall and precision, and cost. */
#include "plot/trace.h"

#include "base/number.h"
#include "plot/value_axis.h"

#include <math.h>
#include <stdlib.h>

/* What is drawn of a curve at a point: NaN: nothing. */
typedef double measure(const bc_curve *curve, bc_curve_point point, const bc_plot_input *input);

static double recall_at(const bc_curve *curve, bc_curve_point point, const bc_plot_input *input) {
    (void)input;
    const bc_confusion counts = bc_curve_counts(curve, point);
    return bc_recall(&counts);
}

static double precision_at(const bc_curve *curve, bc_curve_point point, const bc_plot_input *input) {
    (void)input;
    const bc_confusion counts = bc_curve_counts(curve, point);
    return bc_precision(&counts);
}

static double cost_at(const bc_curve *curve, bc_curve_point point, const bc_plot_input *input) {
    const double items = 1000;
    const bc_confusion counts = bc_curve_counts(curve, point);
    double all = counts.tp + counts.fp + counts.fn + counts.tn;
    return all > 0 ? items * (input->cost_fn * counts.fn + input->cost_fp * counts.fp) / all : NAN;
}

static bc_status push(bc_plot_trace *trace, const bc_chart_axis *axis, double x, double y, bc_error *err) {
    const bc_chart_point point = {fmax(axis->low, fmin(axis->high, x)), y, NAN, NAN};
    return isnan(y) ? BC_OK : bc_thin_push(&trace->line_thin, point, err);
}

/* From the highest cutoff to the lowest; a value is still called positive by a cutoff that equals it. */
static bc_status trace_measure(bc_plot_trace *trace, const bc_chart_axis *axis, measure *of,
                               const bc_curve *curve, const bc_plot_input *input, bc_error *err) {
    bc_curve_point point = bc_curve_none();
    double y = of(curve, point, input);
    bc_status status = push(trace, axis, axis->high, y, err);
    while (status == BC_OK && bc_curve_next(&point, curve)) {
        double x = bc_curve_upper(curve, point);
        status = push(trace, axis, x, y, err);
        y = of(curve, point, input);
        if (status == BC_OK)
            status = push(trace, axis, x, y, err);
    }
    return status == BC_OK ? push(trace, axis, axis->low, y, err) : status;
}

static bc_status add_measure(bc_chart *chart, measure *of, const bc_chart_series *like,
                             const bc_plot_side *side, const bc_plot_input *input, bc_error *err) {
    bc_plot_trace trace;
    bc_plot_trace_start(&trace, chart->x.high - chart->x.low);
    bc_status status = trace_measure(&trace, &chart->x, of, side->curve, input, err);
    if (status == BC_OK)
        status = bc_plot_trace_end(&trace, chart, like, false, BC_INTERVAL_WILSON, err);
    bc_plot_trace_free(&trace);
    return status;
}

static bc_status add_share(bc_chart *chart, const char *name, bc_chart_role role, measure *of,
                           const bc_plot_side *side, const bc_plot_input *input, bc_error *err) {
    bc_text label = {0};
    bc_text_format(&label, "%s, %s", name, side->name);
    bc_status status = bc_text_check(&label, err);
    if (status == BC_OK)
        status = add_measure(chart, of,
                             &(bc_chart_series){.form = BC_FORM_LINE,
                                                .role = role,
                                                .dashed = bc_plot_is_test(input, side),
                                                .label = label.data},
                             side, input, err);
    bc_text_free(&label);
    return status;
}

bc_status bc_plot_cutoff(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    const bc_plot_side *sides[2];
    size_t count = bc_plot_sides(sides, input);
    *chart = (bc_chart){.y = {.quantity = "share", .high = 1}};
    bc_status status = bc_plot_title_sides(chart, "Recall and precision by cutoff", input, err);
    if (status == BC_OK)
        status = bc_chart_set(&chart->y.label, "recall, precision", err);
    if (status == BC_OK)
        status = bc_value_axis_set(&chart->x, input, err);
    for (size_t i = 0; status == BC_OK && i < count; i++) {
        status = add_share(chart, "recall", BC_ROLE_RECALL, recall_at, sides[i], input, err);
        if (status == BC_OK)
            status = add_share(chart, "precision", BC_ROLE_PRECISION, precision_at, sides[i], input, err);
    }
    return status == BC_OK ? bc_plot_mark_cutoffs(chart, input, bc_value_axis_is_logit(input), err) : status;
}

/* The cutoffs on the line of the side. */
static bc_status mark_costs(bc_chart *chart, const bc_plot_side *side, const bc_plot_input *input,
                            bc_error *err) {
    bool test = bc_plot_is_test(input, side);
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < input->pick_count; i++) {
        const bc_plot_pick *pick = &input->picks[i];
        if (isnan(pick->value))
            continue;
        double cost = cost_at(side->curve, bc_curve_at(side->curve, pick->value), input);
        double x = bc_value_on_axis(side->curve, bc_value_axis_is_logit(input), pick->value);
        x = fmax(chart->x.low, fmin(chart->x.high, x));
        if (!isnan(cost))
            status = bc_chart_add_mark(chart, test ? BC_ROLE_TEST : BC_ROLE_PICK, x, cost,
                                       test ? NULL : pick->label, err);
    }
    return status;
}

bc_status bc_plot_cost(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    char miss[BC_NUMBER_SIZE], alarm[BC_NUMBER_SIZE];
    const bc_plot_side *sides[2];
    size_t count = bc_plot_sides(sides, input);
    *chart = (bc_chart){.y = {.quantity = "cost", .zero = true}};
    bc_number_print(miss, input->cost_fn, 6);
    bc_number_print(alarm, input->cost_fp, 6);
    bc_status status = bc_plot_title_sides(chart, "Cost by cutoff", input, err);
    if (status == BC_OK)
        status =
            bc_plot_set(&chart->y.label, err, "cost per 1000 items (miss %s, false alarm %s)", miss, alarm);
    if (status == BC_OK)
        status = bc_value_axis_set(&chart->x, input, err);
    for (size_t i = 0; status == BC_OK && i < count; i++) {
        char *name = NULL;
        status = bc_chart_set(&name, sides[i]->name, err);
        const bc_chart_series like = {.form = BC_FORM_LINE,
                                      .role = bc_plot_side_role(input, sides[i]),
                                      .dashed = bc_plot_is_test(input, sides[i]),
                                      .label = name};
        if (status == BC_OK)
            status = add_measure(chart, cost_at, &like, sides[i], input, err);
        free(name);
    }
    for (size_t i = 0; status == BC_OK && i < count; i++)
        status = mark_costs(chart, sides[i], input, err);
    return status == BC_OK ? bc_plot_note_marks(chart, input, err) : status;
}
