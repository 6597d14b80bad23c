/* Running statistics of norms, measured on training pictures as they are: those that are scored are neither
 * moved nor brightened, and a running mean of the weights never saw a batch (Wu and Johnson 2021). */
#include "loop.h"

enum { PICTURES = 512 }; /* at least, if there are as many: in whole batches */

typedef struct measuring {
    bc_loop *loop;
    const uint32_t *samples;
    size_t count;
} measuring;

static void measure_batch(void *context, unsigned worker) {
    const measuring *batch = context;
    const bc_loop *loop = batch->loop;
    size_t first, last;
    bc_pool_range(loop->pool, worker, batch->count, &first, &last);
    for (size_t i = first; i < last; i++)
        bc_augment_normalise(bc_plan_image(loop->plan, i),
                             loop->cache->pixels + batch->samples[i] * loop->cache->picture_bytes,
                             loop->preprocess);
    bc_pool_barrier(loop->pool);
    bc_plan_execute(loop->plan, loop->pool, worker);
}

void bc_loop_measure_norms(bc_loop *loop, bc_network *network) {
    if (network->count == network->learned) /* no norms */
        return;
    size_t first, last = 0;
    for (size_t b = 0; b < loop->batches.batches && last < PICTURES; b++) {
        bc_batches_range(&loop->batches, b, &first, &last);
        measuring batch = {loop, loop->batches.samples + first, last - first};
        bc_plan_set_count(loop->plan, batch.count);
        bc_plan_measure(loop->plan, network, b);
        bc_pool_run(loop->pool, measure_batch, &batch);
    }
    bc_plan_measure(loop->plan, NULL, 0);
}
