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

/* How far a picture is changed at most; all zero: not at all. Everything is drawn, wanted or not, so that one
 * of these does not change what another one does. */
typedef struct bc_augment {
    bool hflip;        /* left to right, half of the time */
    double shift;      /* each way, as a share of the side; whole pixels, edge pixels repeated */
    double rotation;   /* each way, in degrees about the centre; edge pixels repeated */
    double scale;      /* by a factor from 1 - scale to 1 + scale, below 1 */
    double brightness; /* each way, as a share of the range of 255 */
    double contrast;   /* about middle gray by a factor from 1 - contrast to 1 + contrast */
    double cutout;     /* the side of a square, as a share of the picture's, that is filled with the mean
                          (DeVries and Taylor 2017); its centre is any pixel, so it may stick out */
} bc_augment;

/* dst, src: height x width x channels bytes, apart from each other. */
void bc_augment_picture(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess,
                        const bc_augment *augment, uint64_t seed, uint64_t epoch, uint64_t sample);

/* src, mirrored left to right. */
void bc_augment_flip(uint8_t *dst, const uint8_t *src, const bc_preprocess *preprocess);

/* The network's input: dst, channels x height x width floats, from the bytes of one picture. */
void bc_augment_normalise(float *dst, const uint8_t *src, const bc_preprocess *preprocess);

/* The same of two pictures laid over each other: share of the first one, from 0 to 1, and the rest of the
 * second. */
void bc_augment_mix(float *dst, const uint8_t *first, const uint8_t *second, double share,
                    const bc_preprocess *preprocess);

#endif
