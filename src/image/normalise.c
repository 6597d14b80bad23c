/* The network's input from fitted bytes. */
#include <bclass/image.h>

#include "image/sums.h"

#include <string.h>

enum { BLOCK = 256 }; /* pixels of one channel at a time: copied together, they make one vector loop */

static void gather(uint8_t *restrict dst, const uint8_t *restrict src, size_t count, size_t step) {
    for (size_t i = 0; i < count; i++)
        dst[i] = src[i * step];
}

static void normalise(float *restrict dst, const uint8_t *restrict src, size_t count, float mean,
                      float deviation) {
    for (size_t i = 0; i < count; i++)
        dst[i] = ((float)src[i] - mean) / deviation;
}

bc_scale bc_image_scale(const uint8_t *src, const bc_preprocess *preprocess) {
    const size_t bytes = (size_t)preprocess->width * preprocess->height * preprocess->channels;
    bc_scale scale;
    bc_sums sums = {0};
    float mean, deviation;
    if (preprocess->normalise == BC_NORMALISE_PICTURE) {
        bc_sums_add(&sums, 1, src, bytes);
        bc_sums_finish(&mean, &deviation, &sums, (double)bytes);
        return (bc_scale){{mean, mean, mean}, {deviation, deviation, deviation}};
    }
    memcpy(scale.mean, preprocess->mean, sizeof scale.mean);
    memcpy(scale.deviation, preprocess->deviation, sizeof scale.deviation);
    return scale;
}

void bc_image_normalise(float *dst, const uint8_t *src, const bc_preprocess *preprocess) {
    const bc_scale scale = bc_image_scale(src, preprocess);
    size_t plane = (size_t)preprocess->width * preprocess->height, channels = preprocess->channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t first = 0; first < plane; first += BLOCK) {
            size_t count = plane - first < BLOCK ? plane - first : BLOCK;
            uint8_t block[BLOCK];
            gather(block, src + first * channels + c, count, channels);
            normalise(dst + c * plane + first, block, count, scale.mean[c], scale.deviation[c]);
        }
}
