/*
 * Sums of bytes and of their squares by channel, from which follow mean and standard deviation. Whole
 * numbers, so that their order does not matter.
 */
#ifndef BC_IMAGE_SUMS_H
#define BC_IMAGE_SUMS_H

#include <stddef.h>
#include <stdint.h>

typedef struct bc_sums {
    uint64_t values, squares;
} bc_sums;

/* Adds `size` bytes, of which the first is of the first channel. channels: 1 or 3; sums has as many. */
void bc_sums_add(bc_sums *sums, size_t channels, const uint8_t *bytes, size_t size);

/* Of `count` bytes; 0 and 1 where there are none. The deviation is at least 1: what is flat would be blown up
 * to noise. */
void bc_sums_finish(float *mean, float *deviation, const bc_sums *sums, double count);

#endif
