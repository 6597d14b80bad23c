/* Walks all candidates and keeps the best. */
#include <bclass/logit.h>
#include <bclass/pick.h>

#include "threshold/rule.h"
#include "threshold/segments.h"
#include "threshold/walk.h"

#include <math.h>

const bc_pick bc_pick_none = {.met = false, NAN, NAN, NAN, NAN, NAN, {0}, {0}};

typedef double measure(const bc_rule *rule, const bc_confusion *counts);

/* The best of some points. */
typedef struct best {
    double quality, tp; /* NaN before there is any */
    bc_curve_point point;
} best;

static const best best_none = {.quality = NAN};

/* Of equally good ones the one with the higher recall, then the first. */
static inline void consider(best *found, const best *other) {
    if (other->quality < found->quality) /* as nearly all */
        return;
    if (other->quality > found->quality || (other->quality == found->quality && other->tp > found->tp) ||
        (isnan(found->quality) && !isnan(other->quality)))
        *found = *other;
}

typedef struct search {
    const bc_rule *rule;
    measure *quality;
    bool rises;                  /* with every hit more and every false alarm less, or stays */
    double known;                /* a quality that some point has; NaN when none is known */
    double positives, negatives; /* of the curve, by weight */
    best found[BC_SEGMENTS_MOST];
} search;

static inline double quality_of(const search *in, double tp, double fp) {
    const bc_confusion counts = {.tp = tp, .fp = fp, .fn = in->positives - tp, .tn = in->negatives - fp};
    return in->quality(in->rule, &counts);
}

static inline void try_point(best *found, const search *in, const bc_curve *curve, bc_curve_point point) {
    const double tp = bc_weight(&curve->positive, point.positives),
                 fp = bc_weight(&curve->negative, point.negatives);
    const best here = {quality_of(in, tp, fp), tp, point};
    consider(found, &here);
}

enum { STRIDE = 256, SAMPLES = 1024 }; /* positives */

/* A point some positives further on, or all the rest of a segment that ends at `to`. */
static bc_curve_point stride_on(const bc_curve *curve, bc_curve_point from, bc_curve_point to) {
    if (to.positives - from.positives <= STRIDE)
        return to;
    bc_curve_point next = bc_curve_at(curve, curve->positive.values[from.positives + STRIDE]);
    return next.positives < to.positives ? next : to;
}

/* Whether a point between these two may be the best: none has more hits than the last, nor fewer false alarms
 * than the first. */
static bool is_worth_a_walk(const search *in, const bc_curve *curve, bc_curve_point from, bc_curve_point to) {
    if (!in->rises)
        return true;
    const double bound = quality_of(in, bc_weight(&curve->positive, to.positives),
                                    bc_weight(&curve->negative, from.negatives));
    return !isnan(bound) && !(bound < in->known);
}

static void try_points(void *context, const bc_curve *curve, const bc_segment *segment) {
    search *in = context;
    best found = best_none;
    bc_group here = {.below = segment->from};
    for (bc_curve_point from = segment->from, to;
         from.positives + from.negatives < segment->to.positives + segment->to.negatives; from = to) {
        to = stride_on(curve, from, segment->to);
        here.below = from;
        if (!is_worth_a_walk(in, curve, from, to))
            continue;
        while (bc_group_next_before(&here, curve, to))
            try_point(&found, in, curve, here.below);
    }
    in->found[segment->index] = found;
}

/* The best of a few points all over the curve. */
static double sample_quality(const search *in, const bc_curve *curve) {
    best found = best_none;
    const size_t step = curve->positive.count / SAMPLES + 1;
    for (size_t i = step; in->rises && i < curve->positive.count; i += step)
        try_point(&found, in, curve, bc_curve_at(curve, curve->positive.values[i]));
    return found.quality;
}

/* The point with the greatest measure; false when that is NaN for all. */
static bool best_point(bc_curve_point *best_at, const bc_curve *curve, const bc_rule *rule, measure *quality,
                       bool rises) {
    search in = {.rule = rule,
                 .quality = quality,
                 .rises = rises,
                 .positives = bc_curve_positives(curve),
                 .negatives = bc_curve_negatives(curve)};
    best found = best_none;
    in.known = sample_quality(&in, curve);
    /* A value of plus infinity lies above every cutoff, so "none" is then not to be had. */
    if (bc_curve_lower(curve, bc_curve_none()) < INFINITY)
        try_point(&found, &in, curve, bc_curve_none());
    bc_segments_run(curve, try_points, &in);
    for (size_t i = 0; i < bc_segments_count(curve); i++)
        consider(&found, &in.found[i]);
    *best_at = found.point;
    return !isnan(found.quality);
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
    } else if (best_point(&point, curve, rule, bc_rule_quality, bc_rule_rises(rule))) {
        bc_pick_set(pick, curve, point);
    } else if (best_point(&point, curve, rule, bc_rule_nearness, false)) {
        bc_pick_set(pick, curve, point);
        pick->met = false;
    }
}

bc_curve_point bc_pick_apply(const bc_pick *pick, const bc_curve *curve) {
    return bc_curve_at(curve, pick->value);
}
