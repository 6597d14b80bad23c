/* Triage: the picks of two rules chosen as a pair, and what lies between. */
#include "sweep.h"

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

bc_sweep_review bc_sweep_find_review(const bc_sweep_study *study, bool test) {
    const bc_confusion *low = test ? &study->low->test : &study->low->pick.counts;
    const bc_confusion *high = test ? &study->high->test : &study->high->pick.counts;
    double items = bc_triage_between(low, high), all = low->tp + low->fp + low->fn + low->tn;
    return (bc_sweep_review){.items = items,
                             .missed = low->fn,
                             .alarms = high->fp,
                             .per_1000 = all > 0 ? 1000 * items / all : NAN};
}
