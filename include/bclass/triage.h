/*
 * Two cutoffs in place of one: items from the high one on are called positive, items below the low one
 * negative, and those between are left to a person.
 */
#ifndef BCLASS_TRIAGE_H
#define BCLASS_TRIAGE_H

#include <bclass/guarantee.h>
#include <bclass/pick.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bc_triage {
    bc_pick low, high;                      /* each met or not; the same when one cutoff keeps both floors */
    bc_guarantee low_promise, high_promise; /* with a confidence */
} bc_triage;

/* Where one cutoff keeps both floors it is both. Else low is the highest cutoff with the recall, and high the
 * one with the greatest recall that has the precision, so that little lies between. With confidence > 0 both
 * floors are promised for items to come, together with that probability, each with half the risk; see
 * guarantee.h. */
void bc_triage_choose(bc_triage *triage, const bc_curve *curve, double recall, double precision,
                      double confidence);

/* How many items lie between (their weight), by what both cutoffs make of the same items. */
double bc_triage_between(const bc_confusion *low, const bc_confusion *high);

#ifdef __cplusplus
}
#endif

#endif
