/* Counts rows between a few cutoffs. */
#include <bclass/logit.h>
#include <bclass/saturation.h>

#include "threshold/walk.h"

#include <math.h>

enum { LEAST_ROWS = 50, LEAST_FOUND = 10, MOST_DECIMALS = 9 };

static size_t total(bc_curve_point point) {
    return point.positives + point.negatives;
}

/* The rows with at least this score. */
static bc_curve_point at_score(const bc_curve *curve, double score) {
    return bc_curve_at(curve, curve->logits ? bc_logit(score) : score);
}

/* The fewest decimals from `from` on that write the score exactly: dividing two whole numbers gives the
 * double next to the decimal fraction, as reading it does. 0 when there are none. */
static int decimals_of(double score, int from) {
    for (int decimals = from; decimals <= MOST_DECIMALS; decimals++) {
        double power = pow(10, decimals);
        if (round(score * power) / power == score)
            return decimals;
    }
    return 0;
}

static void look_at_values(bc_saturation *found, const bc_curve *curve) {
    bc_group here = {0};
    found->decimals = curve->logits ? 0 : 1;
    while (bc_group_next(&here, curve)) {
        found->distinct++;
        if (found->decimals > 0)
            found->decimals = decimals_of(here.value, found->decimals);
    }
}

bc_saturation bc_saturation_find(const bc_curve *curve) {
    bc_curve_point all = bc_curve_all(curve), half = at_score(curve, 0.5), low = at_score(curve, 0.05);
    size_t high = total(at_score(curve, 0.95)), within = total(low) - high;
    double least = curve->logits ? -INFINITY : 0;
    bc_saturation found = {.rows = total(all),
                           .at_zero = total(all) - total(bc_curve_at(curve, nextafter(least, 1))),
                           .at_one = total(at_score(curve, 1)),
                           .moved = total(low) - total(half),
                           .errors = all.positives - half.positives + half.negatives};
    size_t ends = found.at_zero + found.at_one;
    if (found.rows < LEAST_ROWS)
        return found;
    found.ends = ends >= LEAST_FOUND && ends >= found.rows / 5;
    found.stuck = found.errors >= LEAST_FOUND && high >= LEAST_FOUND &&
                  total(all) - total(low) >= LEAST_FOUND && within < found.errors / 10 &&
                  within < found.rows / 100;
    if (found.ends || found.stuck)
        look_at_values(&found, curve);
    return found;
}
