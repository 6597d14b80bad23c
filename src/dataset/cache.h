/*
 * Every picture of a data set, decoded once by all threads and kept as bytes in memory.
 */
#ifndef BC_DATASET_CACHE_H
#define BC_DATASET_CACHE_H

#include "base/threads.h"

#include <bclass/dataset.h>
#include <bclass/preprocess.h>

#include <stdbool.h>

typedef struct bc_skipped {
    char *path;
    char *reason; /* one line */
} bc_skipped;

typedef struct bc_cache {
    size_t count;         /* pictures, in the order of the data set's samples */
    size_t picture_bytes; /* height x width x channels */
    uint8_t *pixels;      /* count x height x width x channels */
    bc_skipped *skipped;  /* pictures that could not be read, in the order of their samples */
    size_t skipped_count;
} bc_cache;

typedef struct bc_cache_options {
    uint64_t max_pixels;
    bool strict; /* an unreadable picture is an error */
    void (*on_progress)(void *context, size_t done,
                        size_t total); /* called by the calling thread; may be NULL */
    bool (*is_stopped)(void *context); /* asked now and then; may be NULL */
    void *context;
} bc_cache_options;

/* Looks at the headers of some of the pictures, evenly spread, and chooses width = height (a size that suits
 * most of them, at most `most`), and channels (1 when all of them are gray). Does not touch fit, mean and
 * deviation. */
bc_status bc_cache_survey(bc_preprocess *preprocess, const bc_dataset *dataset, uint32_t most, bc_pool *pool,
                          bc_error *err);

/* Decodes all samples. Those that cannot be read are taken out of the data set and listed in cache->skipped;
 * a class left without any is an error. *cache is zero-initialised here and freed by the caller in any case.
 */
bc_status bc_cache_load(bc_cache *cache, bc_dataset *dataset, const bc_preprocess *preprocess, bc_pool *pool,
                        const bc_cache_options *options, bc_error *err);
void bc_cache_free(bc_cache *cache);

/* The mean and standard deviation of each channel over the training pictures, into preprocess. */
void bc_cache_measure(bc_preprocess *preprocess, const bc_cache *cache, const bc_dataset *dataset);

#endif
