/*
 * What the files of a data set tell besides their pixels.
 */
#ifndef BC_DATASET_EXAMINE_H
#define BC_DATASET_EXAMINE_H

#include "base/hash.h"
#include "base/threads.h"
#include "dataset/cache.h"
#include "image/facts.h"

#include <bclass/dataset.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct bc_examined {
    bc_image_facts facts;
    char sha256[BC_HASH_TEXT_SIZE]; /* of the file's bytes */
} bc_examined;

typedef struct bc_examine_options {
    /* Both may be NULL and are called by the calling thread only. */
    void (*on_progress)(void *context, size_t done, size_t total);
    bool (*is_stopped)(void *context);
    void *context;
} bc_examine_options;

/* *examined = what each sample's file tells, in the order of the samples; freed by the caller with free. 200
 * bytes a picture, and a file of each thread. Files that cannot be read any more, or are no pictures any
 * more, are taken out of data set and cache; see bc_cache_leave_out. Errors: BC_ERROR_MEMORY;
 * BC_ERROR_INTERRUPTED. */
bc_status bc_dataset_examine(bc_examined **examined, bc_dataset *dataset, bc_cache *cache, bc_pool *pool,
                             const bc_examine_options *options, bc_error *err);

#endif
