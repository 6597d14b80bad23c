/*
 * Whole numbers drawn many at a time.
 */
#ifndef BC_THRESHOLD_DRAW_H
#define BC_THRESHOLD_DRAW_H

#include "base/random.h"

#include <stddef.h>
#include <stdint.h>

/* Uniform in [0, bound), bound > 0, without bias: a multiplication and seldom more (Lemire 2019). */
static inline size_t bc_draw_below(bc_random *random, size_t bound) {
    if (bound > UINT32_MAX)
        return (size_t)bc_random_below(random, bound);
    uint32_t range = (uint32_t)bound;
    uint64_t product = (bc_random_next(random) >> 32) * range;
    if ((uint32_t)product < range) {
        uint32_t reject_below = (uint32_t)(0 - range) % range; /* 2^32 mod range */
        while ((uint32_t)product < reject_below)
            product = (bc_random_next(random) >> 32) * range;
    }
    return (size_t)(product >> 32);
}

#endif
