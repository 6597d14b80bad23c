/* Two cutoffs, or one where it serves for both. */
#include <bclass/triage.h>

#include <math.h>

/* Recall grows with the number of groups called positive; all of them have it when any has. */
static void choose_highest(bc_pick *pick, const bc_curve *curve, double recall) {
    size_t enough = curve->groups, lacking = 0;
    bool top_is_infinite = curve->groups > 0 && curve->values[0] == INFINITY; /* no cutoff lies above it */
    bc_confusion none = bc_curve_counts(curve, 0);
    if (bc_recall(&none) >= recall && !top_is_infinite)
        enough = 0;
    while (enough > lacking + 1) {
        size_t middle = lacking + (enough - lacking) / 2;
        bc_confusion counts = bc_curve_counts(curve, middle);
        if (bc_recall(&counts) >= recall)
            enough = middle;
        else
            lacking = middle;
    }
    bc_pick_set(pick, curve, enough);
    pick->met = bc_recall(&pick->counts) >= recall;
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

uint64_t bc_triage_between(const bc_confusion *low, const bc_confusion *high) {
    uint64_t from_low = low->tp + low->fp, from_high = high->tp + high->fp;
    return from_low > from_high ? from_low - from_high : 0;
}
