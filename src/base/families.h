/*
 * What belongs together when pairs of items do (disjoint sets by a forest, paths halved: Tarjan and van
 * Leeuwen 1984). parents names for each item one of its family, at the start itself.
 */
#ifndef BC_BASE_FAMILIES_H
#define BC_BASE_FAMILIES_H

#include <stddef.h>
#include <stdint.h>

/* Each item is a family of its own. */
void bc_families_start(uint32_t *parents, size_t count);

/* The first item of the family that the item is in. */
uint32_t bc_families_first(uint32_t *parents, uint32_t item);

/* Makes the families of both one. */
void bc_families_join(uint32_t *parents, uint32_t a, uint32_t b);

#endif
