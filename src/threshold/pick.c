/* Walks all candidates and keeps the best. */
#include <bclass/logit.h>
#include <bclass/pick.h>

#include "threshold/rule.h"

#include <math.h>

const bc_pick bc_pick_none = {.met = false, NAN, NAN, NAN, NAN, NAN, {0}, {0}};

typedef double measure(const bc_rule *rule, const bc_confusion *counts);

/* The point with the greatest measure; false when that is NaN for all. */
static bool best_point(bc_curve_point *best_at, const bc_curve *curve, const bc_rule *rule,
                       measure *quality) {
    double best = NAN, most = 0;
    bc_curve_point point = bc_curve_none();
    /* A value of plus infinity lies above every cutoff, so "none" is then not to be had. */
    bool more = bc_curve_lower(curve, point) < INFINITY || bc_curve_next(&point, curve);
    for (; more; more = bc_curve_next(&point, curve)) {
        bc_confusion counts = bc_curve_counts(curve, point);
        double here = quality(rule, &counts);
        if (!(here > best || (here == best && counts.tp > most) || (isnan(best) && !isnan(here))))
            continue;
        best = here;
        most = counts.tp;
        *best_at = point;
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

static void set_cutoff(bc_pick *pick, const bc_curve *curve, bc_curve_point point, double value) {
    pick->lower = bc_curve_lower(curve, point);
    pick->upper = bc_curve_upper(curve, point);
    pick->value = isnan(value) ? middle(pick->lower, pick->upper) : value;
    pick->score = curve->logits ? bc_sigmoid(pick->value) : pick->value;
    pick->logit = curve->logits ? pick->value : bc_logit(pick->value);
    pick->counts = bc_curve_counts(curve, point);
    pick->squares = bc_curve_squares(curve, point);
    pick->met = true;
}

void bc_pick_set(bc_pick *pick, const bc_curve *curve, bc_curve_point point) {
    set_cutoff(pick, curve, point, NAN);
}

static void set_given(bc_pick *pick, const bc_curve *curve, const bc_rule *rule) {
    bool logit = rule->kind == BC_RULE_AT_LOGIT;
    double value = rule->target;
    if (curve->logits != logit)
        value = logit ? bc_sigmoid(value) : bc_logit(value);
    set_cutoff(pick, curve, bc_curve_at(curve, value), value);
    *(logit ? &pick->logit : &pick->score) = rule->target;
}

void bc_pick_choose(bc_pick *pick, const bc_curve *curve, const bc_rule *rule) {
    bc_curve_point point;
    *pick = bc_pick_none;
    if (rule->kind == BC_RULE_AT || rule->kind == BC_RULE_AT_LOGIT) {
        set_given(pick, curve, rule);
    } else if (best_point(&point, curve, rule, bc_rule_quality)) {
        bc_pick_set(pick, curve, point);
    } else if (best_point(&point, curve, rule, bc_rule_nearness)) {
        bc_pick_set(pick, curve, point);
        pick->met = false;
    }
}

bc_curve_point bc_pick_apply(const bc_pick *pick, const bc_curve *curve) {
    return bc_curve_at(curve, pick->value);
}
