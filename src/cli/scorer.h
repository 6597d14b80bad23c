/*
 * Pictures to logits, a batch at a time: all threads of the pool read pictures, then all of them run the
 * network. What a picture gets does not depend on the threads, and on the other pictures of its batch at
 * most by rounding, where a compiler fuses multiply-adds in one tile of the kernels and not in another.
 */
#ifndef BC_CLI_SCORER_H
#define BC_CLI_SCORER_H

#include "base/threads.h"

#include <bclass/error.h>
#include <bclass/model.h>

#include <stddef.h>
#include <stdint.h>

typedef struct bc_scorer bc_scorer;

/* model and pool are used as long as the scorer. capacity: pictures in a batch, at least 1. */
bc_status bc_scorer_create(bc_scorer **scorer, bc_model *model, bc_pool *pool, size_t capacity,
                           uint64_t max_pixels, bc_error *err);
void bc_scorer_free(bc_scorer *scorer);

typedef struct bc_scored {
    const char *path;
    bc_error error; /* set by the caller to a failure: the picture is not read; set by the scorer: it could
                       not be. The status is BC_OK when there is a logit */
    float logit;    /* finite */
} bc_scored;

/* Scores at most `capacity` pictures, which may be none. */
void bc_scorer_run(bc_scorer *scorer, bc_scored *pictures, size_t count);

#endif
