/* Precision by recall, and recall by false positive rate. */
#include "plot/trace.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>

/* Which of the two it is. */
typedef struct kind {
    const char *title, *measure; /* measure: of the whole curve, in its label */
    bool roc;
} kind;

static const kind pr_kind = {"Precision by recall", "AP", false};
static const kind roc_kind = {"ROC curve", "AUROC", true};

static double x_at(const kind *of, const bc_curve *curve, bc_curve_point point) {
    const bc_confusion counts = bc_curve_counts(curve, point);
    double negatives = counts.fp + counts.tn;
    return !of->roc ? bc_recall(&counts) : negatives > 0 ? counts.fp / negatives : NAN;
}

static bc_plot_share share_at(const kind *of, const bc_curve *curve, bc_curve_point point) {
    return of->roc ? bc_plot_recall(curve, point) : bc_plot_precision(curve, point);
}

/* ROC is straight between two points, where a tie was broken by chance; precision is a step that reaches back
 * to the recall before, as average precision counts it. */
static bc_status trace_curve(bc_plot_trace *trace, const kind *of, const bc_curve *curve, bc_error *err) {
    bc_curve_point point = bc_curve_none();
    bc_plot_share share = share_at(of, curve, point);
    double before = x_at(of, curve, point);
    bc_status status = of->roc ? bc_plot_trace_push(trace, before, &share, err) : BC_OK;
    if (isnan(before))
        return BC_OK;
    while (status == BC_OK && bc_curve_next(&point, curve)) {
        double x = x_at(of, curve, point);
        share = share_at(of, curve, point);
        if (!of->roc)
            status = bc_plot_trace_push(trace, before, &share, err);
        if (status == BC_OK)
            status = bc_plot_trace_push(trace, x, &share, err);
        before = x;
    }
    return status;
}

/* "val, AP 0.831" */
static void print_label(bc_text *label, const kind *of, const bc_plot_side *side) {
    char digits[BC_NUMBER_SIZE];
    double value = of->roc ? bc_curve_auroc(side->curve) : bc_curve_average_precision(side->curve);
    bc_text_string(label, side->name);
    if (isnan(value))
        return;
    bc_number_print_fixed(digits, value, 3);
    bc_text_format(label, ", %s %s", of->measure, digits);
}

static bc_status add_side(bc_chart *chart, const kind *of, const bc_plot_input *input,
                          const bc_plot_side *side, bc_error *err) {
    bc_plot_trace trace;
    bc_text label = {0};
    print_label(&label, of, side);
    bc_status status = bc_text_check(&label, err);
    bc_plot_trace_start(&trace, 1);
    if (status == BC_OK)
        status = trace_curve(&trace, of, side->curve, err);
    const bc_chart_series like = {.form = BC_FORM_LINE,
                                  .role = bc_plot_side_role(input, side),
                                  .dashed = bc_plot_is_test(input, side),
                                  .label = label.data};
    if (status == BC_OK)
        status = bc_plot_trace_end(&trace, chart, &like, true, bc_plot_interval(input, side), err);
    bc_plot_trace_free(&trace);
    bc_text_free(&label);
    return status;
}

static bc_status add_guide(bc_chart *chart, const kind *of, const bc_plot_side *side, bc_error *err) {
    char label[BC_NUMBER_SIZE + 16] = "chance", digits[BC_NUMBER_SIZE];
    const bc_chart_point none = {NAN, NAN, NAN, NAN};
    bc_chart_point from = none, to = none;
    double positives = bc_curve_positives(side->curve);
    double prevalence = positives / (positives + bc_curve_negatives(side->curve));
    from.x = 0;
    to.x = 1;
    from.y = of->roc ? 0 : prevalence;
    to.y = of->roc ? 1 : prevalence;
    bc_number_print(digits, prevalence, 3);
    if (!of->roc)
        snprintf(label, sizeof label, "prevalence %s", digits);
    return isnan(prevalence) ? BC_OK : bc_plot_guide(chart, from, to, label, err);
}

static bc_status mark_side(bc_chart *chart, const kind *of, const bc_plot_input *input,
                           const bc_plot_side *side, bc_error *err) {
    bool test = bc_plot_is_test(input, side);
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < input->pick_count; i++) {
        const bc_plot_pick *pick = &input->picks[i];
        if (isnan(pick->value))
            continue;
        const bc_curve_point point = bc_curve_at(side->curve, pick->value);
        const bc_plot_share share = share_at(of, side->curve, point);
        double x = x_at(of, side->curve, point), y = bc_plot_share_value(&share);
        if (!isnan(x) && !isnan(y))
            status = bc_chart_add_mark(chart, test ? BC_ROLE_TEST : BC_ROLE_PICK, x, y,
                                       test ? NULL : pick->label, err);
    }
    return status;
}

static bc_status set_axes(bc_chart *chart, const kind *of, bc_error *err) {
    static const char recall[] = "recall, TP / (TP + FN)", precision[] = "precision, TP / (TP + FP)",
                      fpr[] = "false positive rate, FP / (FP + TN)";
    chart->square = true;
    chart->x.quantity = of->roc ? "fpr" : "recall";
    chart->y.quantity = of->roc ? "recall" : "precision";
    chart->x.high = chart->y.high = 1;
    bc_status status = bc_chart_set(&chart->x.label, of->roc ? fpr : recall, err);
    return status == BC_OK ? bc_chart_set(&chart->y.label, of->roc ? recall : precision, err) : status;
}

/* What bands and hollow markers are; or why there is no curve. */
static bc_status set_note(bc_chart *chart, const kind *of, const bc_plot_side *const *sides, size_t count,
                          const bc_plot_input *input, bc_error *err) {
    for (size_t i = 0; i < count; i++) {
        const bc_curve *curve = sides[i]->curve;
        bool defined = curve->positive.count > 0 && (!of->roc || curve->negative.count > 0);
        if (!defined)
            return bc_plot_set(&chart->note, err, "%s has no %s, so that it has no curve", sides[i]->name,
                               curve->positive.count == 0 ? "positives" : "negatives");
    }
    bc_status status = bc_plot_note_bands(chart, input, err);
    return status == BC_OK ? bc_plot_note_marks(chart, input, err) : status;
}

static bc_status make(bc_chart *chart, const kind *of, const bc_plot_input *input, bc_error *err) {
    const bc_plot_side *sides[2];
    size_t count = bc_plot_sides(sides, input);
    *chart = (bc_chart){0};
    bc_status status = bc_plot_title_sides(chart, of->title, input, err);
    if (status == BC_OK)
        status = set_axes(chart, of, err);
    if (status == BC_OK && count > 0)
        status = add_guide(chart, of, sides[0], err);
    for (size_t i = 0; status == BC_OK && i < count; i++)
        status = add_side(chart, of, input, sides[i], err);
    for (size_t i = 0; status == BC_OK && i < count; i++)
        status = mark_side(chart, of, input, sides[i], err);
    return status == BC_OK ? set_note(chart, of, sides, count, input, err) : status;
}

bc_status bc_plot_pr(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    return make(chart, &pr_kind, input, err);
}

bc_status bc_plot_roc(bc_chart *chart, const bc_plot_input *input, bc_error *err) {
    return make(chart, &roc_kind, input, err);
}
