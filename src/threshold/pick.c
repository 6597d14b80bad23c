/* Walks all candidates and keeps the best. */
#include <bclass/logit.h>
#include <bclass/pick.h>

#include "base/number.h"

#include <math.h>
#include <stdio.h>

static void metric_name(char name[BC_RULE_NAME_SIZE], const bc_metric *metric) {
    char beta[BC_NUMBER_SIZE];
    switch (metric->kind) {
    case BC_METRIC_FBETA:
        bc_number_print_exact(beta, metric->beta);
        if (metric->beta == 1 || metric->beta == 2)
            snprintf(name, BC_RULE_NAME_SIZE, "max f%s", beta);
        else
            snprintf(name, BC_RULE_NAME_SIZE, "max fbeta=%s", beta);
        return;
    case BC_METRIC_MCC:
        snprintf(name, BC_RULE_NAME_SIZE, "max mcc");
        return;
    case BC_METRIC_YOUDEN:
        snprintf(name, BC_RULE_NAME_SIZE, "max youden");
        return;
    case BC_METRIC_ACCURACY:
        snprintf(name, BC_RULE_NAME_SIZE, "max accuracy");
        return;
    }
}

void bc_rule_name(char name[BC_RULE_NAME_SIZE], const bc_rule *rule) {
    static const char *const words[] = {
        [BC_RULE_AT] = "at", [BC_RULE_MIN_RECALL] = "recall >=", [BC_RULE_MIN_PRECISION] = "precision >="};
    if (rule->kind == BC_RULE_MAX) {
        metric_name(name, &rule->metric);
        return;
    }
    char target[BC_NUMBER_SIZE];
    bc_number_print_exact(target, rule->target);
    snprintf(name, BC_RULE_NAME_SIZE, "%s %s", words[rule->kind], target);
}

/* How good a candidate is by the rule; NaN when it is not to be had. */
static double quality(const bc_rule *rule, const bc_confusion *counts) {
    switch (rule->kind) {
    case BC_RULE_MIN_RECALL:
        return bc_recall(counts) >= rule->target ? bc_precision(counts) : NAN;
    case BC_RULE_MIN_PRECISION:
        return bc_precision(counts) >= rule->target ? bc_recall(counts) : NAN;
    case BC_RULE_MAX:
        return bc_metric_value(&rule->metric, counts);
    case BC_RULE_AT:
        break;
    }
    return NAN;
}

/* The number of groups called positive by the best candidate; false when there is none. */
static bool best_position(size_t *position, const bc_curve *curve, const bc_rule *rule) {
    double best = NAN;
    uint64_t most = 0;
    /* A value of plus infinity lies above every cutoff, so "none" is then not to be had. */
    size_t first = curve->groups > 0 && curve->values[0] == INFINITY ? 1 : 0;
    for (size_t i = first; i <= curve->groups; i++) {
        bc_confusion counts = bc_curve_counts(curve, i);
        double here = quality(rule, &counts);
        if (!(here > best || (here == best && counts.tp > most) || (isnan(best) && !isnan(here))))
            continue;
        best = here;
        most = counts.tp;
        *position = i;
    }
    return !isnan(best);
}

/* A number in (lower, upper] that is finite where any is. */
static double middle(double lower, double upper) {
    if (isinf(lower) && isinf(upper))
        return lower < upper ? 0 : upper;
    if (isinf(upper))
        return nextafter(lower, INFINITY);
    double sum = lower + upper;
    double between = isinf(lower) ? upper : isfinite(sum) ? sum / 2 : lower / 2 + upper / 2;
    return between > lower && between <= upper ? between : upper;
}

static void set_cutoff(bc_pick *pick, const bc_curve *curve, size_t position, double value) {
    pick->lower = position < curve->groups ? curve->values[position] : -INFINITY;
    pick->upper = position > 0 ? curve->values[position - 1] : INFINITY;
    pick->value = isnan(value) ? middle(pick->lower, pick->upper) : value;
    pick->score = curve->logits ? bc_sigmoid(pick->value) : pick->value;
    pick->logit = curve->logits ? pick->value : bc_logit(pick->value);
    pick->counts = bc_curve_counts(curve, position);
}

void bc_pick_choose(bc_pick *pick, const bc_curve *curve, const bc_rule *rule) {
    size_t position;
    *pick = (bc_pick){.met = true, NAN, NAN, NAN, NAN, NAN, {0}};
    if (rule->kind == BC_RULE_AT) {
        double value = curve->logits ? bc_logit(rule->target) : rule->target;
        set_cutoff(pick, curve, bc_curve_position(curve, value), value);
        pick->score = rule->target;
    } else if (best_position(&position, curve, rule)) {
        set_cutoff(pick, curve, position, NAN);
    } else {
        /* With recall >= 0 in place of the floor of precision: the greatest precision there is. */
        const bc_rule without = {.kind = BC_RULE_MIN_RECALL, .target = 0};
        pick->met = false;
        if (rule->kind == BC_RULE_MIN_PRECISION && best_position(&position, curve, &without))
            set_cutoff(pick, curve, position, NAN);
    }
}

bc_confusion bc_pick_apply(const bc_pick *pick, const bc_curve *curve) {
    return bc_curve_counts(curve, bc_curve_position(curve, pick->value));
}
