/*
 * How good a candidate is by a rule.
 */
#ifndef BC_THRESHOLD_RULE_H
#define BC_THRESHOLD_RULE_H

#include <bclass/pick.h>

/* Whether a share keeps a floor. The slack takes up what sums of weights lose by rounding; shares of whole
 * numbers of rows are never so close without being equal, up to billions of rows. */
static inline bool bc_share_keeps(double share, double floor) {
    return share >= floor * (1 - 1e-12);
}

/* The greater the better; NaN when the candidate does not meet the rule. */
double bc_rule_quality(const bc_rule *rule, const bc_confusion *counts);

/* Whether a hit more (in place of a miss) and a false alarm less never make the quality less, nor the demand
 * unmet.
 */
bool bc_rule_rises(const bc_rule *rule);

/* How little is missing to meet the rule, the greater the nearer; NaN when that cannot be said. */
double bc_rule_nearness(const bc_rule *rule, const bc_confusion *counts);

#endif
