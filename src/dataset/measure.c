/* The mean and spread of the pictures' values. */
#include "dataset/cache.h"

#include "base/memory.h"
#include "image/sums.h"

#include <stdlib.h>

typedef struct bc_measuring {
    const bc_cache *cache;
    const bc_dataset *dataset;
    const bc_pool *pool;
    size_t channels;
    bc_sums *sums; /* of each thread, its channels */
} bc_measuring;

static void measure_some(void *context, unsigned worker) {
    const bc_measuring *measuring = context;
    const bc_cache *cache = measuring->cache;
    bc_sums sums[3] = {{0}};
    size_t first, last;
    bc_pool_range(measuring->pool, worker, cache->count, &first, &last);
    for (size_t i = first; i < last; i++) {
        const uint8_t *picture = cache->pixels + i * cache->picture_bytes;
        if (measuring->dataset->samples[i].split == BC_SPLIT_TRAIN)
            bc_sums_add(sums, measuring->channels, picture, cache->picture_bytes);
    }
    for (size_t c = 0; c < 3; c++)
        measuring->sums[worker * 3 + c] = sums[c];
}

bc_status bc_cache_measure(bc_preprocess *preprocess, const bc_cache *cache, const bc_dataset *dataset,
                           bc_pool *pool, bc_error *err) {
    const unsigned threads = bc_pool_threads(pool);
    bc_measuring measuring = {cache, dataset, pool, preprocess->channels, NULL};
    void *block;
    if (preprocess->normalise == BC_NORMALISE_PICTURE) {
        for (size_t c = 0; c < 3; c++)
            bc_sums_finish(&preprocess->mean[c], &preprocess->deviation[c], &(bc_sums){0}, 0);
        return BC_OK;
    }
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
        bc_sums_finish(&preprocess->mean[c], &preprocess->deviation[c], &all,
                       c < preprocess->channels ? count : 0);
    }
    free(measuring.sums);
    return BC_OK;
}
