/*
 * How a picture becomes the network's input: resized to width x height, gray or RGB bytes, then
 * (byte - mean) / deviation. Stored in the model, so that predict does what train did.
 */
#ifndef BCLASS_PREPROCESS_H
#define BCLASS_PREPROCESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_fit {
    BC_FIT_PAD,     /* keep the aspect ratio, fill the rest with middle gray, or with the mean of
                       the picture where that is normalised by itself */
    BC_FIT_STRETCH, /* ignore the aspect ratio */
    BC_FIT_CROP,    /* keep the aspect ratio, cut what sticks out on both sides */
    BC_FIT_COUNT
} bc_fit;

/* "pad", "stretch", "crop", then NULL. */
extern const char *const bc_fit_names[BC_FIT_COUNT + 1];

/* Which mean and standard deviation. */
typedef enum bc_normalise {
    BC_NORMALISE_SET,     /* of each channel over all training pictures */
    BC_NORMALISE_PICTURE, /* of the picture itself, all channels together: what it looks like, but not how
                             bright or how rich in contrast it is */
    BC_NORMALISE_COUNT
} bc_normalise;

/* "set", "picture", then NULL. */
extern const char *const bc_normalise_names[BC_NORMALISE_COUNT + 1];

typedef struct bc_preprocess {
    uint32_t width, height; /* pixels */
    uint32_t channels;      /* 1 gray, 3 RGB */
    bc_fit fit;
    bc_normalise normalise;
    float mean[3];      /* with BC_NORMALISE_SET, of each channel, in bytes (0 to 255); else 0 */
    float deviation[3]; /* with BC_NORMALISE_SET, of each channel, in bytes, > 0; else 1 */
    bool mirror; /* the logit is the mean of those of the picture and of its mirror image, left to right */
} bc_preprocess;

#ifdef __cplusplus
}
#endif

#endif
