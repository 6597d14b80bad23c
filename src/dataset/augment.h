/*
 * Pictures of a batch, augmented in bytes, then normalised. What a picture becomes depends on (seed, epoch,
 * sample) only, not on threads or on its place in the batch.
 */
#ifndef BC_DATASET_AUGMENT_H
#define BC_DATASET_AUGMENT_H

#include <bclass/preprocess.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bc_augment {
    bool
        shift; /* each way by up to an eighth of the side (not at all below 8 pixels), edge pixels repeated */
    bool hflip; /* left to right, half of the time */
} bc_augment;

/* dst, src: height x width x channels bytes, apart from each other. The shift does not depend on whether
 * hflip is set, nor the other way round. */
void bc_augment_picture(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess,
                        const bc_augment *augment, uint64_t seed, uint64_t epoch, uint64_t sample);

/* The network's input: dst, channels x height x width floats, from the bytes of one picture. */
void bc_augment_normalise(float *dst, const uint8_t *src, const bc_preprocess *preprocess);

#endif
