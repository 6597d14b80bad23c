/*
 * The labelled rows of some splits by value: what the lists and the pictures of a report are taken from.
 */
#ifndef BC_REPORT_ORDER_H
#define BC_REPORT_ORDER_H

#include <bclass/error.h>
#include <bclass/scores.h>

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise or make; free. */
typedef struct bc_order {
    size_t *rows; /* from the lowest value up; of equal ones the first row first */
    size_t count;
} bc_order;

/* splits: bits 1 << BC_SPLIT_... *order is zero-initialised by this function and freed by the caller in any
 * case. O(n log n), 16 bytes a row more while it runs. */
bc_status bc_order_make(bc_order *order, const bc_scores *scores, unsigned splits, bc_error *err);
void bc_order_free(bc_order *order);

/* How many of the rows lie below the value. */
size_t bc_order_below(const bc_order *order, const bc_scores *scores, double value);

/* The mistakes that cutoffs can make, the worst first: of the positives the lowest, of the negatives the
 * highest. Fills worst with at most `most` rows; returns how many. */
size_t bc_order_worst(size_t *worst, const bc_order *order, const bc_scores *scores, bool positives,
                      size_t most);

#endif
