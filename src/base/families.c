/* Disjoint sets. */
#include "base/families.h"

void bc_families_start(uint32_t *parents, size_t count) {
    for (size_t i = 0; i < count; i++)
        parents[i] = (uint32_t)i;
}

uint32_t bc_families_first(uint32_t *parents, uint32_t item) {
    for (; parents[item] != item; item = parents[item])
        parents[item] = parents[parents[item]];
    return item;
}

void bc_families_join(uint32_t *parents, uint32_t a, uint32_t b) {
    a = bc_families_first(parents, a);
    b = bc_families_first(parents, b);
    parents[a > b ? a : b] = a > b ? b : a;
}
