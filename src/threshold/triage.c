/* Two cutoffs, or one where it serves for both. */
#include <bclass/triage.h>

#include "threshold/rule.h"
#include "threshold/walk.h"

#include <math.h>

static double recall_of_first(const bc_curve_class *positive, size_t count) {
    double all = bc_weight(positive, positive->count);
    return all > 0 ? bc_weight(positive, count) / all : NAN;
}

/* The first point with the recall, which all further ones have too; all where none has it. */
static bc_curve_point highest_point(const bc_curve *curve, double recall) {
    const bc_curve_class *positive = &curve->positive;
    bool none_is_open = bc_curve_lower(curve, bc_curve_none()) < INFINITY; /* no cutoff lies above infinity */
    size_t lacking = 0, enough = positive->count;
    if (none_is_open && bc_share_keeps(recall_of_first(positive, 0), recall))
        return bc_curve_none();
    if (enough == 0)
        return bc_curve_all(curve);
    while (enough > lacking + 1) {
        size_t middle = lacking + (enough - lacking) / 2;
        if (bc_share_keeps(recall_of_first(positive, middle), recall))
            enough = middle;
        else
            lacking = middle;
    }
    return bc_curve_at(curve, positive->values[enough - 1]);
}

static void choose_highest(bc_pick *pick, const bc_curve *curve, double recall) {
    bc_pick_set(pick, curve, highest_point(curve, recall));
    pick->met = bc_share_keeps(bc_recall(&pick->counts), recall);
}

static void choose_kept(bc_triage *triage, const bc_curve *curve, double recall, double precision) {
    const bc_rule both = {.kind = BC_RULE_FLOORS, .floors = {recall, precision, 0}};
    const bc_rule high = {.kind = BC_RULE_MIN_PRECISION, .target = precision};
    bc_pick_choose(&triage->low, curve, &both);
    triage->high = triage->low;
    if (triage->low.met)
        return;
    choose_highest(&triage->low, curve, recall);
    bc_pick_choose(&triage->high, curve, &high);
}

static void choose_promised(bc_triage *triage, const bc_curve *curve, double recall, double precision,
                            double confidence) {
    double half = 1 - (1 - confidence) / 2;
    const bc_rule both = {.kind = BC_RULE_FLOORS, .floors = {recall, precision, 0}, .confidence = confidence};
    const bc_rule low = {.kind = BC_RULE_MIN_RECALL, .target = recall, .confidence = half};
    const bc_rule high = {.kind = BC_RULE_MIN_PRECISION, .target = precision, .confidence = half};
    bc_guarantee_choose(&triage->low_promise, &triage->low, curve, &both);
    triage->high = triage->low;
    triage->high_promise = triage->low_promise;
    if (triage->low.met)
        return;
    bc_guarantee_choose(&triage->low_promise, &triage->low, curve, &low);
    bc_guarantee_choose(&triage->high_promise, &triage->high, curve, &high);
}

void bc_triage_choose(bc_triage *triage, const bc_curve *curve, double recall, double precision,
                      double confidence) {
    *triage = (bc_triage){.low = bc_pick_none, .high = bc_pick_none};
    if (confidence > 0)
        choose_promised(triage, curve, recall, precision, confidence);
    else
        choose_kept(triage, curve, recall, precision);
}

double bc_triage_between(const bc_confusion *low, const bc_confusion *high) {
    double from_low = low->tp + low->fp, from_high = high->tp + high->fp;
    return from_low > from_high ? from_low - from_high : 0;
}
