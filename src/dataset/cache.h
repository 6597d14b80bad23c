/*
 * Every picture of a data set, decoded once by all threads and kept as bytes in memory. What comes out does
 * not depend on the number of threads.
 */
#ifndef BC_DATASET_CACHE_H
#define BC_DATASET_CACHE_H

#include "base/threads.h"

#include <bclass/dataset.h>
#include <bclass/preprocess.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bc_skipped {
    char *path;
    char *reason; /* one line, without the path */
} bc_skipped;

typedef struct bc_cache {
    size_t count;         /* pictures, in the order of the data set's samples */
    size_t picture_bytes; /* height x width x channels */
    uint8_t *pixels;      /* count x height x width x channels */
    bc_skipped *skipped;  /* pictures that could not be read, in the order of their samples; after them those
                             that were left out since */
    size_t skipped_count;
} bc_cache;

typedef struct bc_cache_options {
    uint64_t max_pixels; /* a picture that declares more is not decoded */
    bool strict;         /* an unreadable picture is an error */
    bool any_class;      /* a class may be left without a picture */
    /* Both may be NULL and are called by the calling thread only, about once for each picture of its own. */
    void (*on_progress)(void *context, size_t done, size_t total);
    bool (*is_stopped)(void *context);
    void *context;
} bc_cache_options;

/* Looks at the headers of at most 256 pictures, evenly spread, and sets width = height = the median of their
 * longer sides, at least 8 and at most `most`, and channels = 1 when all of them are gray, else 3. Where none
 * of them can be read it looks at all, 256 at a time in their order, until it has found some. Does not touch
 * fit, mean and deviation. Error: none of the files can be read. */
bc_status bc_cache_survey(bc_preprocess *preprocess, const bc_dataset *dataset, uint32_t most, bc_pool *pool,
                          bc_error *err);

/* Decodes all samples. Those that cannot be read are taken out of the data set, the others keep their order,
 * and listed in cache->skipped; the sizes of the others' files are set. *cache is zero-initialised here and
 * freed by the caller in any case. Errors: BC_ERROR_FORMAT when a class is left without a picture, in all or
 * to train on, unless any_class; with strict the first unreadable picture's own; BC_ERROR_MEMORY when the
 * pictures need more memory than there is; BC_ERROR_INTERRUPTED. After an error the data set has all its
 * samples. */
bc_status bc_cache_load(bc_cache *cache, bc_dataset *dataset, const bc_preprocess *preprocess, bc_pool *pool,
                        const bc_cache_options *options, bc_error *err);
void bc_cache_free(bc_cache *cache);

/* Takes the samples that a reason is given for, one line without the path, out of the data set and the cache,
 * where the others keep their order, and lists them in cache->skipped. reasons[i] is NULL for each sample
 * that stays; the others are taken over, and NULL afterwards. Error: BC_ERROR_MEMORY, and nothing is changed.
 */
bc_status bc_cache_leave_out(bc_cache *cache, bc_dataset *dataset, char **reasons, bc_error *err);

/* The mean and standard deviation (at least 1) of each channel over the training pictures, into preprocess;
 * 0 and 1 for channels that are not there, and for all with BC_NORMALISE_PICTURE. Error: BC_ERROR_MEMORY. */
bc_status bc_cache_measure(bc_preprocess *preprocess, const bc_cache *cache, const bc_dataset *dataset,
                           bc_pool *pool, bc_error *err);

/* *share = how much of the variance of the training pictures' values (of at most 2,000 of them, within each
 * channel, as they are normalised) their mean picture explains: near 0 where what is shown lies anywhere,
 * towards 1 where every picture has the same things in the same places, as in X-rays or pictures that were
 * cropped to the object.
 */
bc_status bc_cache_alignment(double *share, const bc_cache *cache, const bc_dataset *dataset,
                             const bc_preprocess *preprocess, bc_error *err);

#endif
