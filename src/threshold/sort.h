/*
 * Doubles sorted by radix, as whole numbers in the same order.
 */
#ifndef BC_THRESHOLD_SORT_H
#define BC_THRESHOLD_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Other than 0 in all but the sign bit of a positive number's bits: such are taken from the greatest down. */
static inline uint64_t bc_key_mask(uint64_t bits) {
    return ((bits >> 63) - 1) >> 1;
}

/* A greater value has a smaller key; -0 and 0 have the same; value is not NaN. */
static inline uint64_t bc_key_descending(double value) {
    uint64_t bits;
    value += 0.0; /* -0 + 0 = 0 */
    memcpy(&bits, &value, sizeof bits);
    return bits ^ bc_key_mask(bits);
}

static inline double bc_key_value(uint64_t key) {
    const uint64_t bits = key ^ bc_key_mask(key);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

enum { BC_SORT_SCRATCH = 1 << 15 }; /* keys */

/* Sorts fewer than 2^32 keys ascending. scratch holds count keys, but never needs more than BC_SORT_SCRATCH.
 * O(n). */
void bc_sort_keys(uint64_t *keys, size_t count, uint64_t *scratch);

#endif
