/* Walks all candidates and keeps the best. */
#include <bclass/logit.h>
#include <bclass/pick.h>

#include "threshold/rule.h"

#include <math.h>

const bc_pick bc_pick_none = {.met = false, NAN, NAN, NAN, NAN, NAN, {0}};

typedef double measure(const bc_rule *rule, const bc_confusion *counts);

/* The number of groups called positive by the candidate with the greatest measure; false when that is NaN for
 * all. */
static bool best_position(size_t *position, const bc_curve *curve, const bc_rule *rule, measure *quality) {
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
    pick->met = true;
}

void bc_pick_set(bc_pick *pick, const bc_curve *curve, size_t groups) {
    set_cutoff(pick, curve, groups, NAN);
}

static void set_given(bc_pick *pick, const bc_curve *curve, const bc_rule *rule) {
    bool logit = rule->kind == BC_RULE_AT_LOGIT;
    double value = rule->target;
    if (curve->logits != logit)
        value = logit ? bc_sigmoid(value) : bc_logit(value);
    set_cutoff(pick, curve, bc_curve_position(curve, value), value);
    *(logit ? &pick->logit : &pick->score) = rule->target;
}

void bc_pick_choose(bc_pick *pick, const bc_curve *curve, const bc_rule *rule) {
    size_t position;
    *pick = bc_pick_none;
    if (rule->kind == BC_RULE_AT || rule->kind == BC_RULE_AT_LOGIT) {
        set_given(pick, curve, rule);
    } else if (best_position(&position, curve, rule, bc_rule_quality)) {
        bc_pick_set(pick, curve, position);
    } else if (best_position(&position, curve, rule, bc_rule_nearness)) {
        bc_pick_set(pick, curve, position);
        pick->met = false;
    }
}

bc_confusion bc_pick_apply(const bc_pick *pick, const bc_curve *curve) {
    return bc_curve_counts(curve, bc_curve_position(curve, pick->value));
}
