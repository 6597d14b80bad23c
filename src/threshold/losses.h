/*
 * Log loss and Brier score of items of one class where every weight is 1, without a logarithm for each.
 */
#ifndef BC_THRESHOLD_LOSSES_H
#define BC_THRESHOLD_LOSSES_H

#include "threshold/sum.h"

#include <stdbool.h>
#include <stddef.h>

/* Sums over items. Zero-initialise. */
typedef struct bc_losses {
    bc_sum log, squares; /* in nats; infinite where an impossible thing happened */
} bc_losses;

/* Adds items with these values, which are sorted: positives or negatives, of logits or of probabilities. */
void bc_losses_add(bc_losses *losses, const double *values, size_t count, bool positive, bool logits);
void bc_losses_join(bc_losses *losses, const bc_losses *others);

#endif
