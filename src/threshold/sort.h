/*
 * Doubles sorted by radix, as whole numbers in the same order.
 */
#ifndef BC_THRESHOLD_SORT_H
#define BC_THRESHOLD_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A greater value has a smaller key; -0 and 0 have the same; value is not NaN. */
static inline uint64_t bc_key_descending(double value) {
    const uint64_t sign_bit = (uint64_t)1 << 63;
    uint64_t bits;
    value = value == 0 ? 0 : value;
    memcpy(&bits, &value, sizeof bits);
    return (bits & sign_bit) != 0 ? bits : ~(bits | sign_bit);
}

static inline double bc_key_value(uint64_t key) {
    const uint64_t sign_bit = (uint64_t)1 << 63;
    uint64_t bits = (key & sign_bit) != 0 ? key : ~key & ~sign_bit;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

enum { BC_SORT_SCRATCH = 1 << 15 }; /* keys */

/* Sorts ascending. scratch holds count keys, but never needs more than BC_SORT_SCRATCH. O(n). */
void bc_sort_keys(uint64_t *keys, size_t count, uint64_t *scratch);

#endif
