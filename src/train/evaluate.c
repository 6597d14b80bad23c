/* Scoring a split, batch by batch. */
#include "evaluate.h"

#include "base/memory.h"
#include "dataset/augment.h"

#include <stdlib.h>

enum { BATCH_MOST = 128, BATCH_PIXELS = 1 << 15 };

/* As many pictures as keep the memory small, but one for each thread. The logits do not depend on it. */
static size_t batch_size(const bc_preprocess *preprocess, const bc_pool *pool) {
    const size_t fits = BATCH_PIXELS / ((size_t)preprocess->width * preprocess->height);
    const size_t least = bc_pool_threads(pool);
    return fits < least ? least : fits > BATCH_MOST ? BATCH_MOST : fits;
}

bc_status bc_evaluation_create(bc_evaluation *evaluation, bc_network *network, const bc_dataset *dataset,
                               const bc_cache *cache, const bc_preprocess *preprocess, bc_split split,
                               bc_pool *pool, bc_error *err) {
    void *block;
    *evaluation = (bc_evaluation){.pool = pool, .cache = cache, .preprocess = preprocess};
    bc_status status = bc_batches_create(&evaluation->batches, dataset, split, batch_size(preprocess, pool),
                                         BC_SAMPLING_PLAIN, err);
    if (status != BC_OK || evaluation->batches.count == 0)
        return status;
    status = bc_alloc(&block, evaluation->batches.count, sizeof *evaluation->logits, err);
    evaluation->logits = block;
    if (status == BC_OK && preprocess->mirror) {
        status = bc_alloc(&block, evaluation->batches.count, sizeof *evaluation->mirrored, err);
        evaluation->mirrored = block;
    }
    if (status == BC_OK && preprocess->mirror) {
        status = bc_alloc(&block, bc_pool_threads(pool), cache->picture_bytes, err);
        evaluation->pictures = block;
    }
    if (status != BC_OK)
        return status;
    return bc_plan_create(&evaluation->plan, network, BC_TO_PREDICT, evaluation->batches.largest,
                          bc_pool_threads(pool), err);
}

void bc_evaluation_free(bc_evaluation *evaluation) {
    bc_plan_free(evaluation->plan);
    bc_batches_free(&evaluation->batches);
    free(evaluation->logits);
    free(evaluation->mirrored);
    free(evaluation->pictures);
    *evaluation = (bc_evaluation){0};
}

typedef struct scored_batch {
    const bc_evaluation *evaluation;
    const uint32_t *samples;
    size_t count;
    bool mirror;
} scored_batch;

static const uint8_t *picture_of(const scored_batch *batch, size_t index, unsigned worker) {
    const bc_evaluation *e = batch->evaluation;
    const uint8_t *picture = e->cache->pixels + batch->samples[index] * e->cache->picture_bytes;
    if (!batch->mirror)
        return picture;
    uint8_t *mirrored = e->pictures + worker * e->cache->picture_bytes;
    bc_augment_flip(mirrored, picture, e->preprocess);
    return mirrored;
}

static void score_batch(void *context, unsigned worker) {
    const scored_batch *batch = context;
    const bc_evaluation *e = batch->evaluation;
    size_t first, last;
    bc_pool_range(e->pool, worker, batch->count, &first, &last);
    for (size_t i = first; i < last; i++)
        bc_augment_normalise(bc_plan_image(e->plan, i), picture_of(batch, i, worker), e->preprocess);
    bc_pool_barrier(e->pool);
    bc_plan_execute(e->plan, e->pool, worker);
}

static void score(float *logits, const bc_evaluation *e, bool mirror) {
    for (size_t b = 0; b < e->batches.batches; b++) {
        size_t first, last;
        bc_batches_range(&e->batches, b, &first, &last);
        scored_batch batch = {e, e->batches.samples + first, last - first, mirror};
        bc_plan_set_count(e->plan, batch.count);
        bc_pool_run(e->pool, score_batch, &batch);
        for (size_t i = 0; i < batch.count; i++)
            logits[first + i] = bc_plan_logit(e->plan, i);
    }
}

void bc_evaluation_run(bc_evaluation *evaluation) {
    if (evaluation->batches.count == 0)
        return;
    bc_plan_prepare(evaluation->plan, evaluation->pool);
    score(evaluation->logits, evaluation, false);
    if (evaluation->mirrored == NULL)
        return;
    score(evaluation->mirrored, evaluation, true);
    for (size_t i = 0; i < evaluation->batches.count; i++)
        evaluation->logits[i] = (evaluation->logits[i] + evaluation->mirrored[i]) / 2;
}
