/*
 * Doubles sorted by radix, as whole numbers in the same order.
 */
#ifndef BC_THRESHOLD_SORT_H
#define BC_THRESHOLD_SORT_H

#include <stddef.h>
#include <stdint.h>

/* A greater value has a smaller key; -0 and 0 have the same; value is not NaN. */
uint64_t bc_key_descending(double value);
double bc_key_value(uint64_t key);

/* Sorts ascending; scratch holds count keys. O(n). */
void bc_sort_keys(uint64_t *keys, uint64_t *scratch, size_t count);

#endif
