/*
 * Whole numbers below 2^128, for sums of products of counts.
 */
#ifndef BC_THRESHOLD_WIDE_H
#define BC_THRESHOLD_WIDE_H

#include <stdint.h>

typedef struct bc_wide {
    uint64_t high, low;
} bc_wide;

static inline void bc_wide_add(bc_wide *to, uint64_t high, uint64_t low) {
    to->low += low;
    to->high += high + (to->low < low);
}

/* Adds a * b, from halves of 32 bits. */
static inline void bc_wide_add_product(bc_wide *to, uint64_t a, uint64_t b) {
    uint64_t a_low = a & UINT32_MAX, a_high = a >> 32, b_low = b & UINT32_MAX, b_high = b >> 32;
    uint64_t cross = a_high * b_low, other = a_low * b_high;
    bc_wide_add(to, a_high * b_high, a_low * b_low);
    bc_wide_add(to, cross >> 32, cross << 32);
    bc_wide_add(to, other >> 32, other << 32);
}

static inline double bc_wide_value(const bc_wide *of) {
    return (double)of->high * 0x1p64 + (double)of->low;
}

#endif
