/*
 * The pictures of a split, cut into batches. All batches of an epoch are of almost the same size, so that
 * none is so small that its statistics say nothing.
 */
#ifndef BC_TRAIN_BATCHES_H
#define BC_TRAIN_BATCHES_H

#include <bclass/dataset.h>

#include <stddef.h>
#include <stdint.h>

typedef struct bc_batches {
    uint32_t *samples; /* indices into the data set, in the order they come */
    size_t count;      /* samples */
    size_t batches;    /* in an epoch */
    size_t largest;    /* samples in the largest batch */
} bc_batches;

bc_status bc_batches_create(bc_batches *batches, const bc_dataset *dataset, bc_split split, size_t batch_size,
                            bc_error *err);
void bc_batches_free(bc_batches *batches);

/* The order of an epoch, which does not depend on the epochs before. */
void bc_batches_shuffle(bc_batches *batches, uint64_t seed, uint64_t epoch);

/* The samples [*first, *last) of a batch. */
void bc_batches_range(const bc_batches *batches, size_t batch, size_t *first, size_t *last);

#endif
