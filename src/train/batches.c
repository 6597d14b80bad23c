/* Which samples make up a batch. */
#include "batches.h"

#include "base/memory.h"
#include "base/random.h"

#include <stdlib.h>

bc_status bc_batches_create(bc_batches *batches, const bc_dataset *dataset, bc_split split, size_t batch_size,
                            bc_error *err) {
    void *block;
    *batches = (bc_batches){0};
    bc_status status = bc_alloc(&block, dataset->count, sizeof *batches->samples, err);
    batches->samples = block;
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < dataset->count; i++) {
        if (dataset->samples[i].split == split)
            batches->samples[batches->count++] = (uint32_t)i;
    }
    batches->batches = (batches->count + batch_size - 1) / batch_size;
    if (batches->batches > 0)
        batches->largest = (batches->count + batches->batches - 1) / batches->batches;
    return BC_OK;
}

void bc_batches_free(bc_batches *batches) {
    free(batches->samples);
    *batches = (bc_batches){0};
}

static int by_index(const void *a, const void *b) {
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

void bc_batches_shuffle(bc_batches *batches, uint64_t seed, uint64_t epoch) {
    bc_random random = bc_random_keyed(seed, BC_RANDOM_ORDER, epoch, 0);
    qsort(batches->samples, batches->count, sizeof *batches->samples, by_index);
    bc_random_shuffle(&random, batches->samples, batches->count);
}

void bc_batches_range(const bc_batches *batches, size_t batch, size_t *first, size_t *last) {
    *first = batches->count / batches->batches * batch +
             batches->count % batches->batches * batch / batches->batches;
    batch++;
    *last = batches->count / batches->batches * batch +
            batches->count % batches->batches * batch / batches->batches;
}
