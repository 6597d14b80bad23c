/* Keyed random streams. */
#include "base/random.h"

#include <math.h>

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t bc_random_next(bc_random *random) {
    random->state += 0x9e3779b97f4a7c15u;
    return mix(random->state);
}

bc_random bc_random_keyed(uint64_t seed, bc_random_use use, uint64_t first, uint64_t second) {
    bc_random random = {seed};
    const uint64_t keys[] = {(uint64_t)use, first, second};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        random.state = bc_random_next(&random) ^ mix(keys[i] + 0x632be59bd9b4e019u);
    return random;
}

uint64_t bc_random_below(bc_random *random, uint64_t bound) {
    uint64_t reject_below = (0 - bound) % bound; /* 2^64 mod bound values would be counted once too often */
    uint64_t value;
    do
        value = bc_random_next(random);
    while (value < reject_below);
    return value % bound;
}

double bc_random_uniform(bc_random *random) {
    return (double)(bc_random_next(random) >> 11) * 0x1p-53;
}

double bc_random_beta(bc_random *random, double a) {
    double first, second;
    do {
        first = log(1 - bc_random_uniform(random)) / a; /* of U^(1/a), which may be too small for a double */
        second = log(1 - bc_random_uniform(random)) / a;
    } while (exp(first) + exp(second) > 1);
    return 1 / (1 + exp(second - first));
}

void bc_random_shuffle(bc_random *random, uint32_t *items, size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)bc_random_below(random, i);
        uint32_t swapped = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swapped;
    }
}
