/*
 * Which pictures of a cache are the same, or nearly: of one photograph that was encoded again, resized, made
 * a little brighter or darker, or cut by a little. What is compared is the bytes that a network is shown, so
 * exact copies are pictures that no network can tell apart.
 *
 * Near ones are looked for in two steps. First two perceptual hashes: the picture without its padding is
 * averaged to 16 x 16 cells of luma; each of the 63 lowest frequencies of their discrete cosine transform
 * gives a bit to each hash, whether it is above 0 (after Zauner 2010, "Implementation and Benchmarking of
 * Perceptual Image Hash Functions", 3.2.1), and whether it is above its median in the set, as pictures that
 * are all laid out alike have most signs in common. The pictures are sorted by these bits several times, each
 * time beginning with others, and each is paired with those that come next (the sorted neighbourhood method
 * of several passes: Hernandez and Stolfo 1995, "The Merge/Purge Problem for Large Databases").
 *
 * Then the pixels: a pair of which one hash differs in at most 16 bits is joined when the differences between
 * neighbouring cells are the same in both but for a factor, that is when 1 - their correlation is at most a
 * threshold, and contrast, brightness, shape and colours are about the same. The threshold is .04 of how far
 * apart the nearest tenth of pictures picked by chance are, from .01 to .03: the more alike all pictures of a
 * set are, the less may two of them differ. What that comes to on real pictures is measured in
 * tests/bench/copies.md. A picture with next to no contrast has only exact copies.
 *
 * A family is what such pairs connect. Time grows as n log n, whatever the pictures are; it takes about 800
 * bytes a picture while it runs, and 8 afterwards. The result does not depend on the number of threads.
 */
#ifndef BC_DATASET_COPIES_H
#define BC_DATASET_COPIES_H

#include "dataset/cache.h"

#include <stddef.h>
#include <stdint.h>

typedef struct bc_copies {
    uint32_t *exact; /* of each picture: the first one whose cached bytes are the same, or its own index */
    uint32_t *near;  /* the same for families of near-identical ones, which exact copies are in too */
    size_t count;    /* pictures */
} bc_copies;

/* *copies is zero-initialised here and freed by the caller in any case. preprocess: as the cache was loaded
 * with. Errors: BC_ERROR_MEMORY. */
bc_status bc_copies_find(bc_copies *copies, const bc_cache *cache, const bc_preprocess *preprocess,
                         bc_pool *pool, bc_error *err);
void bc_copies_free(bc_copies *copies);

#endif
