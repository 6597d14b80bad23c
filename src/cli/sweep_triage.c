/* Triage: the picks of two rules chosen as a pair, and what lies between. */
#include "sweep_measures.h"

#include <bclass/triage.h>

#include <math.h>

void bc_sweep_triage(bc_sweep_study *study) {
    bc_sweep_row *low = study->low, *high = study->high;
    bc_triage triage;
    if (low == NULL)
        return;
    bc_triage_choose(&triage, &study->chosen.curve, low->rule.target, high->rule.target,
                     low->rule.confidence);
    low->pick = triage.low;
    low->guarantee = triage.low_promise;
    high->pick = triage.high;
    high->guarantee = triage.high_promise;
}

bool bc_sweep_has_review(const bc_sweep_study *study) {
    return study->low != NULL && study->low->pick.met && study->high->pick.met;
}

/* Of the row in the place; NULL when it is not known there. */
static const bc_confusion *counts_in(const bc_sweep_study *study, const bc_sweep_row *row,
                                     bc_sweep_place place) {
    bc_sweep_result results[BC_SWEEP_PLACES];
    size_t count = bc_sweep_results(results, study, row);
    for (size_t i = 0; i < count; i++) {
        bool all = place != BC_SWEEP_FITTED || row->fitted.met == study->folds.count;
        if (results[i].place == place && all)
            return results[i].counts;
    }
    return NULL;
}

bc_sweep_review bc_sweep_find_review(const bc_sweep_study *study, bc_sweep_place place) {
    const bc_confusion *low = counts_in(study, study->low, place);
    const bc_confusion *high = counts_in(study, study->high, place);
    if (low == NULL || high == NULL)
        return (bc_sweep_review){NAN, NAN, NAN, NAN};
    double items = bc_triage_between(low, high), all = low->tp + low->fp + low->fn + low->tn;
    return (bc_sweep_review){.items = items,
                             .missed = low->fn,
                             .alarms = high->fp,
                             .per_1000 = all > 0 ? 1000 * items / all : NAN};
}
