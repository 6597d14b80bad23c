/*
 * Sequences of numbers as text that a page's script turns into typed arrays: the differences from one number
 * to the next as whole numbers, their bytes sorted by significance (all lowest ones first), deflated, in
 * base64.
 */
#ifndef BC_REPORT_BLOCKS_H
#define BC_REPORT_BLOCKS_H

#include "base/text.h"

#include <bclass/error.h>

#include <stddef.h>
#include <stdint.h>

/* Numbers that do not fall, none of them NaN. A double becomes a whole number of 64 bits in the same order:
 * its bits, all turned where it is negative, else with the sign's bit set. */
bc_status bc_block_rising(bc_text *text, const double *values, size_t count, bc_error *err);

/* Any whole numbers, as they are. */
bc_status bc_block_counts(bc_text *text, const uint32_t *counts, size_t count, bc_error *err);

#endif
