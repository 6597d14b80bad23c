/* Which samples make up a batch. */
#include "batches.h"

#include "base/memory.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

const char *const bc_sampling_names[] = {"plain", "balanced", NULL};

enum { ANY_LABEL = 2 };

static void add_members(bc_batches *b, size_t *count, const bc_dataset *dataset, bc_split split, int label) {
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_sample *s = &dataset->samples[i];
        if (s->split == split && (label == ANY_LABEL || s->label == label))
            b->members[(*count)++] = (uint32_t)i;
    }
}

static bc_status choose_members(bc_batches *b, const bc_dataset *dataset, bc_split split,
                                bc_sampling sampling, bc_error *err) {
    const size_t counts[] = {bc_dataset_count(dataset, split, 0), bc_dataset_count(dataset, split, 1)};
    const int common = counts[1] > counts[0];
    void *block;
    bc_status status = bc_alloc(&block, counts[0] + counts[1], sizeof *b->members, err);
    b->members = block;
    if (status != BC_OK)
        return status;
    b->share[0] = b->share[1] = 1;
    if (sampling == BC_SAMPLING_PLAIN || counts[0] == 0 || counts[1] == 0) {
        add_members(b, &b->common, dataset, split, ANY_LABEL);
        b->count = b->common;
        return BC_OK;
    }
    add_members(b, &b->common, dataset, split, common);
    b->rare = b->common;
    add_members(b, &b->rare, dataset, split, !common);
    b->rare -= b->common;
    b->count = 2 * b->common;
    b->share[!common] = (double)b->common / (double)b->rare;
    return BC_OK;
}

static bc_status alloc_order(bc_batches *b, bc_error *err) {
    void *samples, *keys = NULL, *times = NULL;
    bc_status status = bc_alloc(&samples, b->count, sizeof *b->samples, err);
    if (status == BC_OK)
        status = bc_alloc(&keys, b->count, sizeof *b->keys, err);
    if (status == BC_OK)
        status = bc_alloc(&times, b->dataset_count, sizeof *b->times, err);
    b->samples = samples;
    b->keys = keys;
    b->times = times;
    return status;
}

/* The members, those of the rare class again and again until there are as many. */
static void lay_out(bc_batches *b) {
    if (b->count > 0) /* else there is no memory to copy to */
        memcpy(b->samples, b->members, b->common * sizeof *b->samples);
    for (size_t i = b->common; i < b->count; i++)
        b->samples[i] = b->members[b->common + (i - b->common) % b->rare];
}

static void make_keys(bc_batches *b) {
    for (size_t i = 0; i < b->count; i++)
        b->times[b->samples[i]] = 0;
    for (size_t i = 0; i < b->count; i++) {
        const uint32_t sample = b->samples[i];
        b->keys[i] = sample + (uint64_t)b->times[sample]++ * b->dataset_count;
    }
}

bc_status bc_batches_create(bc_batches *batches, const bc_dataset *dataset, bc_split split, size_t batch_size,
                            bc_sampling sampling, bc_error *err) {
    *batches = (bc_batches){.dataset_count = dataset->count};
    bc_status status = choose_members(batches, dataset, split, sampling, err);
    if (status == BC_OK)
        status = alloc_order(batches, err);
    if (status != BC_OK)
        return status;
    lay_out(batches);
    make_keys(batches);
    batches->batches = (batches->count + batch_size - 1) / batch_size;
    if (batches->batches > 0)
        batches->largest = (batches->count + batches->batches - 1) / batches->batches;
    return BC_OK;
}

void bc_batches_free(bc_batches *batches) {
    free(batches->samples);
    free(batches->keys);
    free(batches->members);
    free(batches->times);
    *batches = (bc_batches){0};
}

static int by_index(const void *a, const void *b) {
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

void bc_batches_shuffle(bc_batches *batches, uint64_t seed, uint64_t epoch) {
    bc_random random = bc_random_keyed(seed, BC_RANDOM_ORDER, epoch, 0);
    uint32_t *rare = batches->members + batches->common;
    if (batches->rare > 0) { /* those laid out first come once more */
        qsort(rare, batches->rare, sizeof *rare, by_index);
        bc_random_shuffle(&random, rare, batches->rare);
    }
    lay_out(batches);
    bc_random_shuffle(&random, batches->samples, batches->count);
    make_keys(batches);
}

void bc_batches_range(const bc_batches *batches, size_t batch, size_t *first, size_t *last) {
    *first = batches->count / batches->batches * batch +
             batches->count % batches->batches * batch / batches->batches;
    batch++;
    *last = batches->count / batches->batches * batch +
            batches->count % batches->batches * batch / batches->batches;
}
