/* Rules: their names, and what they make of a candidate. */
#include "threshold/rule.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const floor_words[BC_FLOOR_COUNT] = {"recall >=", "precision >=", "specificity >="};

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
    case BC_METRIC_BALANCED_ACCURACY:
        snprintf(name, BC_RULE_NAME_SIZE, "max balanced-accuracy");
        return;
    case BC_METRIC_KAPPA:
        snprintf(name, BC_RULE_NAME_SIZE, "max kappa");
        return;
    }
}

static void floors_name(char name[BC_RULE_NAME_SIZE], const bc_rule *rule) {
    size_t length = 0;
    name[0] = '\0';
    for (size_t i = 0; i < BC_FLOOR_COUNT; i++) {
        char digits[BC_NUMBER_SIZE];
        if (rule->floors[i] <= 0)
            continue;
        bc_number_print_exact(digits, rule->floors[i]);
        snprintf(name + length, BC_RULE_NAME_SIZE - length, "%s%s %s", length > 0 ? " and " : "",
                 floor_words[i], digits);
        length = strlen(name);
    }
}

static void cost_name(char name[BC_RULE_NAME_SIZE], const bc_rule *rule) {
    char fn[BC_NUMBER_SIZE], fp[BC_NUMBER_SIZE];
    bc_number_print_exact(fn, rule->cost_fn);
    bc_number_print_exact(fp, rule->cost_fp);
    snprintf(name, BC_RULE_NAME_SIZE, "cost fn=%s,fp=%s", fn, fp);
}

void bc_rule_name(char name[BC_RULE_NAME_SIZE], const bc_rule *rule) {
    static const char *const words[] = {[BC_RULE_AT] = "at",
                                        [BC_RULE_AT_LOGIT] = "at logit",
                                        [BC_RULE_MIN_RECALL] = "recall >=",
                                        [BC_RULE_MIN_PRECISION] = "precision >=",
                                        [BC_RULE_MIN_SPECIFICITY] = "specificity >=",
                                        [BC_RULE_BUDGET] = "flagged <="};
    if (rule->kind == BC_RULE_MAX) {
        metric_name(name, &rule->metric);
    } else if (rule->kind == BC_RULE_FLOORS) {
        floors_name(name, rule);
    } else if (rule->kind == BC_RULE_COST) {
        cost_name(name, rule);
    } else {
        char target[BC_NUMBER_SIZE];
        bc_number_print_exact(target, rule->target);
        snprintf(name, BC_RULE_NAME_SIZE, "%s %s%s", words[rule->kind], target, rule->percent ? "%" : "");
    }
    if (rule->confidence > 0) {
        char confidence[BC_NUMBER_SIZE];
        size_t length = strlen(name);
        bc_number_print_exact(confidence, rule->confidence);
        snprintf(name + length, BC_RULE_NAME_SIZE - length, " with confidence %s", confidence);
    }
}

double bc_rule_cost(const bc_rule *rule, const bc_confusion *counts) {
    return rule->kind == BC_RULE_COST ? rule->cost_fn * counts->fn + rule->cost_fp * counts->fp : NAN;
}

void bc_rule_floors(double floors[BC_FLOOR_COUNT], const bc_rule *rule) {
    for (size_t i = 0; i < BC_FLOOR_COUNT; i++)
        floors[i] = rule->kind == BC_RULE_FLOORS && rule->floors[i] > 0 ? rule->floors[i] : NAN;
    if (rule->kind >= BC_RULE_MIN_RECALL && rule->kind <= BC_RULE_MIN_SPECIFICITY)
        floors[rule->kind - BC_RULE_MIN_RECALL] = rule->target;
}

/* How far the farthest share lies below its floor, at least 0; NaN when a share with a floor is undefined. */
static double shortfall(const bc_rule *rule, const bc_confusion *counts) {
    const double shares[BC_FLOOR_COUNT] = {bc_recall(counts), bc_precision(counts), bc_specificity(counts)};
    double floors[BC_FLOOR_COUNT], most = 0;
    bc_rule_floors(floors, rule);
    for (size_t i = 0; i < BC_FLOOR_COUNT; i++) {
        if (!isnan(floors[i]) && !bc_share_keeps(shares[i], floors[i]))
            most = isnan(most) || isnan(shares[i]) ? NAN : fmax(most, floors[i] - shares[i]);
    }
    return most;
}

/* How many items too many are called positive. The slack takes up what 4.35 * 100 loses by rounding. */
static double excess(const bc_rule *rule, const bc_confusion *counts) {
    double called = counts->tp + counts->fp, all = called + counts->fn + counts->tn;
    return called - (rule->percent ? rule->target * all / 100 * (1 + 1e-12) : rule->target);
}

double bc_rule_quality(const bc_rule *rule, const bc_confusion *counts) {
    switch (rule->kind) {
    case BC_RULE_MIN_RECALL:
        return shortfall(rule, counts) <= 0 ? bc_precision(counts) : NAN;
    case BC_RULE_MIN_PRECISION:
    case BC_RULE_MIN_SPECIFICITY:
        return shortfall(rule, counts) <= 0 ? bc_recall(counts) : NAN;
    case BC_RULE_FLOORS:
        return shortfall(rule, counts) <= 0 ? bc_fbeta(counts, 1) : NAN;
    case BC_RULE_MAX:
        return bc_metric_value(&rule->metric, counts);
    case BC_RULE_COST:
        return -bc_rule_cost(rule, counts);
    case BC_RULE_BUDGET:
        return excess(rule, counts) <= 0 ? bc_recall(counts) : NAN;
    case BC_RULE_AT:
    case BC_RULE_AT_LOGIT:
        break;
    }
    return NAN;
}

bool bc_rule_rises(const bc_rule *rule) {
    switch (rule->kind) {
    case BC_RULE_MIN_RECALL:
    case BC_RULE_MIN_PRECISION:
    case BC_RULE_MIN_SPECIFICITY:
    case BC_RULE_FLOORS:
    case BC_RULE_COST:
        return true;
    case BC_RULE_MAX: /* the correlations can fall with a hit where they are below 0 */
        return rule->metric.kind != BC_METRIC_MCC && rule->metric.kind != BC_METRIC_KAPPA;
    case BC_RULE_BUDGET: /* a hit more may be one item too many */
    case BC_RULE_AT:
    case BC_RULE_AT_LOGIT:
        break;
    }
    return false;
}

double bc_rule_nearness(const bc_rule *rule, const bc_confusion *counts) {
    switch (rule->kind) {
    case BC_RULE_MIN_RECALL:
    case BC_RULE_MIN_PRECISION:
    case BC_RULE_MIN_SPECIFICITY:
    case BC_RULE_FLOORS:
        return -shortfall(rule, counts);
    case BC_RULE_BUDGET:
        return -excess(rule, counts);
    case BC_RULE_MAX:
    case BC_RULE_COST:
    case BC_RULE_AT:
    case BC_RULE_AT_LOGIT:
        break;
    }
    return NAN;
}
