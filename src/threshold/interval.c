/* Wilson's and Clopper and Pearson's intervals. */
#include <bclass/interval.h>

#include "threshold/special.h"

#include <math.h>

static const double tail = 0.025; /* beyond either end */

const double bc_interval_quantile = 1.959963984540054;

/* The roots p of (p - s/n)^2 = z^2 p (1 - p) / n. */
static void wilson(double *low, double *high, double successes, double trials) {
    double z2 = bc_interval_quantile * bc_interval_quantile, failures = trials - successes;
    double half = bc_interval_quantile * sqrt(successes * failures / trials + z2 / 4);
    /* The lower one from the product of both, s^2 / n / (n + z^2), so that nothing cancels. */
    *low = successes * successes / trials / (successes + z2 / 2 + half);
    *high = failures > 0 ? (successes + z2 / 2 + half) / (trials + z2) : 1;
}

void bc_interval_share(double *low, double *high, bc_interval_method method, double successes,
                       double trials) {
    double failures = trials - successes;
    *low = *high = NAN;
    if (!(trials > 0))
        return;
    if (method == BC_INTERVAL_WILSON) {
        wilson(low, high, successes, trials);
        return;
    }
    *low = successes > 0 ? bc_beta_quantile(tail, successes, failures + 1) : 0;
    *high = successes < trials ? bc_beta_upper_quantile(tail, successes + 1, failures) : 1;
}

void bc_interval_effective(double *successes, double *trials, double hits, double misses, double squares) {
    double whole = hits + misses, per_weight = squares > 0 ? whole / squares : 0;
    *successes = hits * per_weight;
    *trials = whole * per_weight;
}
