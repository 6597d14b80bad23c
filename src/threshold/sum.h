/*
 * A sum whose rounding errors are carried along (Neumaier 1974).
 */
#ifndef BC_THRESHOLD_SUM_H
#define BC_THRESHOLD_SUM_H

#include <math.h>

typedef struct bc_sum {
    double total, lost;
} bc_sum;

static inline void bc_sum_add(bc_sum *to, double term) {
    double total = to->total + term;
    to->lost += fabs(to->total) >= fabs(term) ? to->total - total + term : term - total + to->total;
    to->total = total;
}

static inline double bc_sum_value(const bc_sum *of) {
    return isfinite(of->total) ? of->total + of->lost : of->total;
}

static inline void bc_sum_join(bc_sum *to, const bc_sum *other) {
    bc_sum_add(to, other->total);
    to->lost += other->lost;
}

#endif
