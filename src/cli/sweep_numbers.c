/* The numbers that every format shows of a row, in one order. */
#include "sweep_measures.h"

#include <bclass/logit.h>

#include <math.h>

typedef double measure(const bc_confusion *counts);

static double f1(const bc_confusion *counts) {
    return bc_fbeta(counts, 1);
}

static double f2(const bc_confusion *counts) {
    return bc_fbeta(counts, 2);
}

static measure *const measures[] = {bc_precision, bc_recall, bc_specificity, f1, f2, bc_flagged_per_1000};

const char *const bc_sweep_interval_names[] = {
    [BC_INTERVAL_WILSON] = "wilson", [BC_INTERVAL_CLOPPER_PEARSON] = "clopper-pearson", NULL};

const char *const bc_sweep_number_keys[BC_SWEEP_NUMBERS] = {
    "precision",  "recall",           "specificity",     "f1",
    "f2",         "flagged_per_1000", "precision_low",   "precision_high",
    "recall_low", "recall_high",      "specificity_low", "specificity_high",
    "cost"};

/* Of a share, from the weights of its part and of the rest, and the squared weights of both. */
static void find_interval(double ends[2], bc_interval_method method, const double parts[3]) {
    double successes, trials;
    bc_interval_effective(&successes, &trials, parts[0], parts[1], parts[2]);
    bc_interval_share(&ends[0], &ends[1], method, successes, trials);
}

void bc_sweep_numbers(double numbers[BC_SWEEP_NUMBERS], const bc_rule *rule, const bc_confusion *counts,
                      const bc_confusion *squares, bc_interval_method method) {
    const double parts[BC_SWEEP_SHARES][3] = {
        {counts->tp, counts->fp, squares->tp + squares->fp}, /* precision */
        {counts->tp, counts->fn, squares->tp + squares->fn}, /* recall */
        {counts->tn, counts->fp, squares->tn + squares->fp}, /* specificity */
    };
    double *ends = numbers + BC_SWEEP_INTERVALS;
    for (size_t i = 0; i < BC_SWEEP_INTERVALS; i++)
        numbers[i] = measures[i](counts);
    for (size_t i = 0; i < BC_SWEEP_SHARES; i++, ends += 2)
        find_interval(ends, method, parts[i]);
    *ends = bc_rule_cost(rule, counts);
}

double bc_sweep_effective_rows(const bc_curve *curve) {
    bc_confusion squares = bc_curve_squares(curve, bc_curve_all(curve));
    double weight = bc_curve_positives(curve) + bc_curve_negatives(curve);
    return weight * weight / (squares.tp + squares.fp);
}

const char *const bc_sweep_end_keys[BC_SWEEP_ENDS] = {"cutoff_lower", "cutoff_upper", "logit_lower",
                                                      "logit_upper"};

void bc_sweep_get_ends(double ends[BC_SWEEP_ENDS], const bc_pick *pick, bool logits) {
    const double values[] = {pick->lower, pick->upper};
    for (size_t i = 0; i < 2; i++) {
        double value = isinf(values[i]) ? NAN : values[i];
        ends[i] = logits ? bc_sigmoid(value) : value;
        ends[2 + i] = logits || isnan(value) ? value : bc_logit(value);
    }
}

bool bc_sweep_is_choice(const bc_rule *rule) {
    return rule->kind != BC_RULE_AT && rule->kind != BC_RULE_AT_LOGIT;
}

bool bc_sweep_has_promise(const bc_sweep_rows *picks) {
    for (size_t i = 0; i < picks->count; i++) {
        if (picks->items[i].rule.confidence > 0)
            return true;
    }
    return false;
}

bool bc_sweep_forecast(uint64_t *misses, const bc_sweep_row *row) {
    const bc_guarantee *guarantee = &row->guarantee;
    if (!guarantee->held || guarantee->recall <= 0)
        return false;
    *misses =
        bc_guarantee_misses(guarantee->rank, guarantee->positives, BC_SWEEP_NEXT, guarantee->confidence);
    return true;
}
