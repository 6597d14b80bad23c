/* Least significant digit first, one byte a pass; a byte that all keys share costs no pass. */
#include "threshold/sort.h"

#include <string.h>

enum { DIGITS = 256, PASSES = 8 };

static const uint64_t sign_bit = (uint64_t)1 << 63;

uint64_t bc_key_descending(double value) {
    uint64_t bits;
    value = value == 0 ? 0 : value;
    memcpy(&bits, &value, sizeof bits);
    return (bits & sign_bit) != 0 ? bits : ~(bits | sign_bit);
}

double bc_key_value(uint64_t key) {
    uint64_t bits = (key & sign_bit) != 0 ? key : ~key & ~sign_bit;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Scatters by one byte. false when all keys have the same one and nothing was done. */
static int scatter(uint64_t *dst, const uint64_t *src, size_t count, const size_t histogram[DIGITS],
                   unsigned shift) {
    size_t start[DIGITS], sum = 0;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        if (histogram[digit] == count)
            return 0;
        start[digit] = sum;
        sum += histogram[digit];
    }
    for (size_t i = 0; i < count; i++)
        dst[start[(src[i] >> shift) & 0xff]++] = src[i];
    return 1;
}

void bc_sort_keys(uint64_t *keys, uint64_t *scratch, size_t count) {
    size_t histogram[PASSES][DIGITS];
    memset(histogram, 0, sizeof histogram);
    for (size_t i = 0; i < count; i++) {
        for (unsigned pass = 0; pass < PASSES; pass++)
            histogram[pass][(keys[i] >> (8 * pass)) & 0xff]++;
    }
    uint64_t *src = keys, *dst = scratch;
    for (unsigned pass = 0; pass < PASSES; pass++) {
        if (scatter(dst, src, count, histogram[pass], 8 * pass)) {
            uint64_t *sorted = dst;
            dst = src;
            src = sorted;
        }
    }
    if (src != keys)
        memcpy(keys, src, count * sizeof *keys);
}
