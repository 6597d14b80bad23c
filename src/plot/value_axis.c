/* Scores or logits along an axis. */
#include "plot/value_axis.h"

#include "plot/build.h"
#include "plot/trace.h"

#include <bclass/logit.h>

#include <math.h>

double bc_value_of_axis(const bc_curve *curve, bool logits, double x) {
    return logits == curve->logits ? x : logits ? bc_sigmoid(x) : bc_logit(x);
}

double bc_value_on_axis(const bc_curve *curve, bool logits, double value) {
    return logits == curve->logits ? value : logits ? bc_logit(value) : bc_sigmoid(value);
}

/* ---- the range of logits ---- */

typedef struct range {
    double low, high;   /* that the axis shows */
    double least, most; /* of all that are finite */
    bool infinite;
} range;

static void include_class(range *of, const bc_curve *curve, const bc_curve_class *class) {
    size_t first = 0, end = class->count;
    while (first < end && isinf(bc_value_on_axis(curve, true, class->values[first])))
        first++;
    while (end > first && isinf(bc_value_on_axis(curve, true, class->values[end - 1])))
        end--;
    of->infinite = of->infinite || end - first < class->count;
    if (end == first)
        return;
    size_t beyond = (end - first) / 100; /* at either end */
    of->high = fmax(of->high, bc_value_on_axis(curve, true, class->values[first + beyond]));
    of->low = fmin(of->low, bc_value_on_axis(curve, true, class->values[end - 1 - beyond]));
    of->most = fmax(of->most, bc_value_on_axis(curve, true, class->values[first]));
    of->least = fmin(of->least, bc_value_on_axis(curve, true, class->values[end - 1]));
}

void bc_value_range(double *low, double *high, bool *beyond, const bc_plot_input *input) {
    const double far = 0.5; /* of the width that the others have */
    const double widest = 1e100;
    const bc_plot_side *sides[2];
    size_t count = bc_plot_sides(sides, input);
    range of = {INFINITY, -INFINITY, INFINITY, -INFINITY, false};
    for (size_t i = 0; i < count; i++) {
        include_class(&of, sides[i]->curve, &sides[i]->curve->positive);
        include_class(&of, sides[i]->curve, &sides[i]->curve->negative);
    }
    double width = of.high - of.low;
    *low = fmax(-widest, fmax(of.least, of.low - far * width));
    *high = fmin(widest, fmin(of.most, of.high + far * width));
    *beyond = of.infinite || of.least < *low || of.most > *high;
    if (!(*low <= *high))
        *low = *high = 0;
    if (*high - *low <= 1e-6 * fmax(fabs(*low), fabs(*high))) {
        double half = fmax(1, fabs(*low) / 2);
        *low -= half;
        *high += half;
    }
}

/* ---- ticks ---- */

/* Of these the ones that are within the axis; how many there are. */
static size_t add_named_ticks(bc_chart_axis *axis, const char *const *names, const double *scores,
                              size_t count, bc_error *err, bc_status *status) {
    size_t added = 0;
    for (size_t i = 0; *status == BC_OK && i < count; i++) {
        double logit = bc_logit(scores[i]);
        if (logit < axis->low || logit > axis->high)
            continue;
        *status = bc_chart_add_tick(axis, logit, names[i], err);
        added++;
    }
    return added;
}

static bool holds(const bc_chart_axis *axis, const double *scores, size_t count, size_t least) {
    size_t within = 0;
    for (size_t i = 0; i < count; i++)
        within += bc_logit(scores[i]) >= axis->low && bc_logit(scores[i]) <= axis->high;
    return within >= least;
}

static bc_status add_ticks(bc_chart_axis *axis, bool *named, bc_error *err) {
    static const char *const far_names[] = {"1e-6", "1e-5", "0.0001", "0.001",  "0.01",   "0.1",   "0.5",
                                            "0.9",  "0.99", "0.999",  "0.9999", "1-1e-5", "1-1e-6"};
    static const double far[] = {1e-6, 1e-5, 1e-4,  1e-3,   0.01,    0.1,     0.5,
                                 0.9,  0.99, 0.999, 0.9999, 0.99999, 0.999999};
    static const char *const near_names[] = {"0.01", "0.02", "0.05", "0.1", "0.2",  "0.3",  "0.4", "0.5",
                                             "0.6",  "0.7",  "0.8",  "0.9", "0.95", "0.98", "0.99"};
    static const double near[] = {0.01, 0.02, 0.05, 0.1, 0.2,  0.3,  0.4, 0.5,
                                  0.6,  0.7,  0.8,  0.9, 0.95, 0.98, 0.99};
    enum { FAR = sizeof far / sizeof far[0], NEAR = sizeof near / sizeof near[0], FEWEST = 3 };
    const double farthest = 16; /* beyond, scores are too near 0 and 1 */
    bc_status status = BC_OK;
    *named = false;
    if (axis->low < -farthest || axis->high > farthest)
        return BC_OK;
    if (holds(axis, far, FAR, FEWEST + 2))
        *named = add_named_ticks(axis, far_names, far, FAR, err, &status) > 0;
    else if (holds(axis, near, NEAR, FEWEST))
        *named = add_named_ticks(axis, near_names, near, NEAR, err, &status) > 0;
    return status;
}

bool bc_value_axis_is_logit(const bc_plot_input *input) {
    const bc_plot_side *sides[2];
    return bc_plot_sides(sides, input) > 0 && sides[0]->curve->logits;
}

bc_status bc_value_axis_set(bc_chart_axis *axis, const bc_plot_input *input, bc_error *err) {
    bool beyond, named;
    if (!bc_value_axis_is_logit(input)) {
        axis->quantity = "score";
        axis->high = 1;
        return bc_chart_set(&axis->label, "cutoff (score)", err);
    }
    axis->quantity = "logit";
    bc_value_range(&axis->low, &axis->high, &beyond, input);
    bc_status status = add_ticks(axis, &named, err);
    if (status != BC_OK)
        return status;
    return bc_chart_set(&axis->label, named ? "cutoff (score, spaced by logit)" : "cutoff (logit)", err);
}
