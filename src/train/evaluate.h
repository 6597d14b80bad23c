/*
 * The logits of a split's pictures by the network as it is now. Made once, used after every epoch.
 */
#ifndef BC_TRAIN_EVALUATE_H
#define BC_TRAIN_EVALUATE_H

#include "batches.h"

#include "base/threads.h"
#include "dataset/cache.h"
#include "net/plan.h"

typedef struct bc_evaluation {
    bc_batches batches; /* of the split, in the data set's order */
    float *logits;      /* one a picture, in that order */
    float *mirrored;    /* those of the mirror images; NULL without them */
    uint8_t *pictures;  /* room for a mirror image for each thread */
    bc_plan *plan;
    bc_pool *pool;
    const bc_cache *cache;
    const bc_preprocess *preprocess;
} bc_evaluation;

/* Everything given is used as long as the evaluation lives. A split without pictures is fine. */
bc_status bc_evaluation_create(bc_evaluation *evaluation, bc_network *network, const bc_dataset *dataset,
                               const bc_cache *cache, const bc_preprocess *preprocess, bc_split split,
                               bc_pool *pool, bc_error *err);
void bc_evaluation_free(bc_evaluation *evaluation);

/* Fills logits. */
void bc_evaluation_run(bc_evaluation *evaluation);

#endif
