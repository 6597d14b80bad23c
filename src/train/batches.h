/*
 * The pictures of a split, cut into batches. All batches of an epoch are of almost the same size, so that
 * none is so small that its statistics say nothing.
 */
#ifndef BC_TRAIN_BATCHES_H
#define BC_TRAIN_BATCHES_H

#include <bclass/dataset.h>
#include <bclass/train.h>

#include <stddef.h>
#include <stdint.h>

typedef struct bc_batches {
    uint32_t *samples; /* indices into the data set, in the order they come */
    uint64_t *keys;  /* of each: its index when it comes first in the epoch, else a number of its own, so that
                        what is drawn for it is not drawn twice */
    size_t count;    /* of both: pictures an epoch */
    size_t batches;  /* in an epoch */
    size_t largest;  /* samples in the largest batch */
    double share[2]; /* how often a negative, a positive comes in an epoch, in the mean */

    uint32_t
        *members; /* the split, in the data set's order; balanced, the common class before the rare one */
    size_t common, rare;
    uint32_t *times; /* of each sample of the data set, how often it came */
    size_t dataset_count;
} bc_batches;

/* Balanced, an epoch has the pictures of the class that has more of them once, and as many of the other
 * class, each of which comes equally often or once more; as plain when a class has none. */
bc_status bc_batches_create(bc_batches *batches, const bc_dataset *dataset, bc_split split, size_t batch_size,
                            bc_sampling sampling, bc_error *err);
void bc_batches_free(bc_batches *batches);

/* The order of an epoch, and which pictures come once more, which do not depend on the epochs before. */
void bc_batches_shuffle(bc_batches *batches, uint64_t seed, uint64_t epoch);

/* The samples [*first, *last) of a batch. */
void bc_batches_range(const bc_batches *batches, size_t batch, size_t *first, size_t *last);

#endif
