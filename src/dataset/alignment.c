/* How much the training pictures are alike pixel by pixel. */
#include "dataset/cache.h"

#include "base/memory.h"

#include <bclass/image.h>

#include <stdlib.h>

enum { PICTURES_MOST = 2000 };

typedef struct position_sums {
    double *values; /* of each byte of a picture, over the pictures looked at */
    double squares; /* of all bytes */
    size_t pictures;
} position_sums;

/* Where pictures are normalised one by one, what differs in brightness or contrast alone is alike. */
static void add_picture(position_sums *sums, const uint8_t *picture, size_t bytes,
                        const bc_preprocess *preprocess) {
    bc_scale scale = {{0}, {1}};
    if (preprocess->normalise == BC_NORMALISE_PICTURE)
        scale = bc_image_scale(picture, preprocess); /* the same in all channels */
    const double mean = (double)scale.mean[0], deviation = (double)scale.deviation[0];
    for (size_t i = 0; i < bytes; i++) {
        const double value = (picture[i] - mean) / deviation;
        sums->values[i] += value;
        sums->squares += value * value;
    }
    sums->pictures++;
}

/* The training pictures, evenly spread over the data set when there are many. */
static void add_pictures(position_sums *sums, const bc_cache *cache, const bc_dataset *dataset,
                         const bc_preprocess *preprocess) {
    const size_t step = cache->count / PICTURES_MOST + 1;
    for (size_t i = 0; i < cache->count; i += step) {
        if (dataset->samples[i].split == BC_SPLIT_TRAIN)
            add_picture(sums, cache->pixels + i * cache->picture_bytes, cache->picture_bytes, preprocess);
    }
}

/* The squared distances from the channel's mean: of the mean picture, and of all pictures. */
static void add_channel(double *of_mean, double *of_all, const position_sums *sums, size_t channel,
                        size_t channels, size_t bytes) {
    const double pictures = (double)sums->pictures;
    double sum = 0, squares = 0;
    for (size_t i = channel; i < bytes; i += channels) {
        const double mean = sums->values[i] / pictures;
        sum += mean;
        squares += mean * mean;
    }
    const double positions = (double)(bytes / channels), middle = sum / positions;
    *of_mean += squares - positions * middle * middle;
    *of_all -= positions * middle * middle * pictures;
}

bc_status bc_cache_alignment(double *share, const bc_cache *cache, const bc_dataset *dataset,
                             const bc_preprocess *preprocess, bc_error *err) {
    const size_t channels = preprocess->channels;
    void *block;
    *share = 0;
    bc_status status = bc_alloc(&block, cache->picture_bytes, sizeof(double), err);
    if (status != BC_OK)
        return status;
    position_sums sums = {.values = block};
    add_pictures(&sums, cache, dataset, preprocess);
    double of_mean = 0, of_all = sums.squares;
    for (size_t c = 0; sums.pictures > 0 && c < channels; c++)
        add_channel(&of_mean, &of_all, &sums, c, channels, cache->picture_bytes);
    if (of_all > 0 && sums.pictures > 1) {
        const double by_chance = 1 / (double)sums.pictures; /* of pictures that have nothing in common */
        const double found = of_mean * (double)sums.pictures / of_all;
        *share = found > by_chance ? (found - by_chance) / (1 - by_chance) : 0;
    }
    free(block);
    return BC_OK;
}
