/*
 * Pictures to logits. Where memory allows each thread reads and scores batches of its own, else all threads
 * read the pictures of a batch and then run the network together. What a picture gets does not depend on the
 * threads, and on the other pictures of its batch at most by rounding, where a compiler fuses multiply-adds
 * in one tile of the kernels and not in another.
 */
#ifndef BC_CLI_SCORER_H
#define BC_CLI_SCORER_H

#include "base/threads.h"

#include <bclass/error.h>
#include <bclass/model.h>

#include <stddef.h>
#include <stdint.h>

typedef struct bc_scorer bc_scorer;

/* model and pool are used as long as the scorer. batch: pictures that go through the network at a time, at
 * least 1. */
bc_status bc_scorer_create(bc_scorer **scorer, bc_model *model, bc_pool *pool, size_t batch,
                           uint64_t max_pixels, bc_error *err);
void bc_scorer_free(bc_scorer *scorer);

typedef struct bc_scored {
    const char *path;
    bc_error error; /* set by the caller to a failure: the picture is not read; set by the scorer: it could
                       not be. The status is BC_OK when there is a logit */
    float logit;    /* finite */
} bc_scored;

/* How many pictures are best given at a time, a multiple of batch: more would only wait for each other. */
size_t bc_scorer_room(const bc_scorer *scorer);

/* Scores the pictures, cut into batches from the first one on. */
void bc_scorer_run(bc_scorer *scorer, bc_scored *pictures, size_t count);

#endif
