/*
 * The rows that a cutoff hangs on: if the label of one of them were wrong, the rule would choose another
 * cutoff. Labels do get entered wrongly, and these rows are the ones worth a look.
 */
#ifndef BCLASS_PINS_H
#define BCLASS_PINS_H

#include <bclass/crossfit.h>
#include <bclass/curve.h>
#include <bclass/pick.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of one value, label and weight, each of which alone would move the cutoff. */
typedef struct bc_pin {
    double value, weight;
    bool positive, called; /* what they are labelled, and what the cutoff calls them */
    size_t rows;
    bc_pick moved; /* the choice if one of them had the other label */
} bc_pin;

typedef struct bc_pins {
    bc_pin *items;             /* from the cutoff outwards */
    size_t count, rows, tried; /* tried: rows of different value, label or weight that were looked at */
} bc_pins;

/* Of the pick number `which` among the count ones of the chooser. Looks at the groups of equal values
 * alternately above and below the cutoff, at most so many on each side and until at least so many rows are
 * found. A pick that is not met has no pins. *pins is zero-initialised by this function and freed by the
 * caller in any case. For each row tried O(n) and the chooser's time. */
bc_status bc_pins_find(bc_pins *pins, const bc_pick *pick, size_t which, size_t count, size_t most,
                       const bc_curve *curve, bc_chooser *choose, const void *context, bc_error *err);
void bc_pins_free(bc_pins *pins);

#ifdef __cplusplus
}
#endif

#endif
