/*
 * Random numbers from a small state that is passed in. A stream is keyed, for example by (seed, epoch,
 * image), so what it gives depends neither on threads nor on the order of the work. The generator is
 * SplitMix64 (Steele, Lea, Flood 2014); every result is the same on every machine.
 */
#ifndef BC_BASE_RANDOM_H
#define BC_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct bc_random {
    uint64_t state;
} bc_random;

/* What a stream is for, so that no two uses of one seed share numbers. */
typedef enum bc_random_use {
    BC_RANDOM_SPLIT = 1,
    BC_RANDOM_WEIGHTS,
    BC_RANDOM_ORDER,
    BC_RANDOM_AUGMENT,
    BC_RANDOM_DROPOUT,
    BC_RANDOM_RESAMPLE,
    BC_RANDOM_FOLD,
    BC_RANDOM_TRIALS,
    BC_RANDOM_TRAINING, /* one of several */
    BC_RANDOM_MIXUP,
    BC_RANDOM_COPIES,
} bc_random_use;

bc_random bc_random_keyed(uint64_t seed, bc_random_use use, uint64_t first, uint64_t second);
uint64_t bc_random_next(bc_random *random);
uint64_t bc_random_below(bc_random *random,
                         uint64_t bound);    /* uniform in [0, bound), bound > 0, without bias */
double bc_random_uniform(bc_random *random); /* uniform in [0, 1), 53 bits */
/* From Beta(a, a), a above 0 and at most 1 (Joehnk 1964); the same everywhere but for what log and exp of the
 * C library give. */
double bc_random_beta(bc_random *random, double a);
void bc_random_shuffle(bc_random *random, uint32_t *items, size_t count);

#endif
