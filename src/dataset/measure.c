/* The mean and spread of the pictures' values. Whole numbers are summed, so the order does not matter. */
#include "dataset/cache.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum {
    LANES = 192,        /* sums side by side, a multiple of 1 and 3 channels, for vectors of any width */
    PIECE = LANES << 16 /* bytes after which the sums of squares might no longer fit 32 bits */
};

/* Of the training pictures, by channel. */
typedef struct bc_sums {
    uint64_t values, squares;
} bc_sums;

typedef struct bc_measuring {
    const bc_cache *cache;
    const bc_dataset *dataset;
    const bc_pool *pool;
    size_t channels;
    bc_sums *sums; /* of each thread, its channels */
} bc_measuring;

static void add_lanes(uint32_t *restrict values, uint32_t *restrict squares, const uint8_t *restrict bytes,
                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t value = bytes[i];
        values[i] += value;
        squares[i] += value * value;
    }
}

/* At most PIECE bytes, from the first channel on. */
static void add_piece(bc_sums *sums, size_t channels, const uint8_t *bytes, size_t size) {
    uint32_t values[LANES] = {0}, squares[LANES] = {0};
    size_t at = 0;
    for (; size - at >= LANES; at += LANES)
        add_lanes(values, squares, bytes + at, LANES);
    add_lanes(values, squares, bytes + at, size - at);
    for (size_t i = 0; i < LANES; i++) {
        sums[i % channels].values += values[i];
        sums[i % channels].squares += squares[i];
    }
}

static void measure_some(void *context, unsigned worker) {
    const bc_measuring *measuring = context;
    const bc_cache *cache = measuring->cache;
    bc_sums sums[3] = {{0}};
    size_t first, last;
    bc_pool_range(measuring->pool, worker, cache->count, &first, &last);
    for (size_t i = first; i < last; i++) {
        const uint8_t *picture = cache->pixels + i * cache->picture_bytes;
        if (measuring->dataset->samples[i].split != BC_SPLIT_TRAIN)
            continue;
        for (size_t at = 0; at < cache->picture_bytes; at += PIECE) {
            size_t left = cache->picture_bytes - at;
            add_piece(sums, measuring->channels, picture + at, left < PIECE ? left : PIECE);
        }
    }
    for (size_t c = 0; c < 3; c++)
        measuring->sums[worker * 3 + c] = sums[c];
}

static void set_channel(float *mean, float *deviation, const bc_sums *sums, double count) {
    double middle = count > 0 ? (double)sums->values / count : 0;
    double variance = count > 0 ? (double)sums->squares / count - middle * middle : 0;
    double spread = sqrt(variance > 1 ? variance : 1); /* a flat channel would be blown up to noise */
    *mean = (float)middle;
    *deviation = (float)spread;
}

bc_status bc_cache_measure(bc_preprocess *preprocess, const bc_cache *cache, const bc_dataset *dataset,
                           bc_pool *pool, bc_error *err) {
    const unsigned threads = bc_pool_threads(pool);
    bc_measuring measuring = {cache, dataset, pool, preprocess->channels, NULL};
    void *block;
    bc_status status = bc_alloc(&block, threads, 3 * sizeof *measuring.sums, err);
    measuring.sums = block;
    if (status != BC_OK)
        return status;
    bc_pool_run(pool, measure_some, &measuring);
    size_t pictures =
        bc_dataset_count(dataset, BC_SPLIT_TRAIN, 0) + bc_dataset_count(dataset, BC_SPLIT_TRAIN, 1);
    double count = (double)pictures * preprocess->width * preprocess->height;
    for (size_t c = 0; c < 3; c++) {
        bc_sums all = {0};
        for (unsigned i = 0; i < threads; i++) {
            all.values += measuring.sums[i * 3 + c].values;
            all.squares += measuring.sums[i * 3 + c].squares;
        }
        set_channel(&preprocess->mean[c], &preprocess->deviation[c], &all,
                    c < preprocess->channels ? count : 0);
    }
    free(measuring.sums);
    return BC_OK;
}
