/* Decodes a data set into memory. */
#include "dataset/cache.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/reader.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* How the decoding of one sample ended. */
typedef struct bc_outcome {
    bc_status status;
    uint64_t bytes; /* of the file */
} bc_outcome;

typedef struct bc_loading {
    bc_cache *cache;
    const bc_dataset *dataset;
    const bc_preprocess *preprocess;
    const bc_pool *pool;
    const bc_cache_options *options;
    bc_outcome *outcomes; /* of each sample */
    char **reasons;       /* of each sample that failed, owned */
    bc_reader **readers;  /* of each thread */
    atomic_size_t done;
    atomic_size_t end; /* samples from here on need not be decoded any more */
    bool stopped;      /* written by worker 0 only */
} bc_loading;

static bc_status take_memory(bc_cache *cache, size_t count, const bc_preprocess *preprocess, bc_error *err) {
    double need = (double)count * preprocess->width * preprocess->height * preprocess->channels;
    double have = bc_memory_physical();
    size_t total;
    void *block = NULL;
    bool fits = bc_size_multiply(&cache->picture_bytes, preprocess->width, preprocess->height) &&
                bc_size_multiply(&cache->picture_bytes, cache->picture_bytes, preprocess->channels) &&
                bc_size_multiply(&total, cache->picture_bytes, count) && (have <= 0 || need <= have) &&
                bc_alloc_unset(&block, total, 1, NULL) == BC_OK;
    cache->pixels = block;
    if (fits)
        return BC_OK;
    return bc_fail(
        err, BC_ERROR_MEMORY,
        "%zu pictures of %u x %u x %u bytes need %.3g GB of memory, this machine has %.3g GB; a smaller "
        "picture size needs less",
        count, preprocess->width, preprocess->height, preprocess->channels, need / 1e9, have / 1e9);
}

static bc_status make_readers(bc_loading *loading, bc_error *err) {
    void *outcomes, *reasons = NULL, *readers = NULL;
    unsigned threads = bc_pool_threads(loading->pool);
    bc_status status = bc_alloc(&outcomes, loading->dataset->count, sizeof *loading->outcomes, err);
    if (status == BC_OK)
        status = bc_alloc(&reasons, loading->dataset->count, sizeof *loading->reasons, err);
    if (status == BC_OK)
        status = bc_alloc(&readers, threads, sizeof(bc_reader *), err);
    loading->outcomes = outcomes;
    loading->reasons = reasons;
    loading->readers = readers;
    for (unsigned i = 0; status == BC_OK && i < threads; i++)
        status = bc_reader_create(&loading->readers[i], err);
    return status;
}

static void free_loading(bc_loading *loading) {
    for (size_t i = 0; loading->reasons != NULL && i < loading->dataset->count; i++)
        free(loading->reasons[i]);
    for (unsigned i = 0; loading->readers != NULL && i < bc_pool_threads(loading->pool); i++)
        bc_reader_free(loading->readers[i]);
    free(loading->outcomes);
    free(loading->reasons);
    free(loading->readers);
}

/* Whether the picture is to blame, and can be left out. */
static bool can_skip(const bc_loading *loading, bc_status status) {
    return !loading->options->strict &&
           (status == BC_ERROR_FORMAT || status == BC_ERROR_LIMIT || status == BC_ERROR_IO);
}

static void end_at(bc_loading *loading, size_t index) {
    size_t end = atomic_load(&loading->end);
    while (index < end && !atomic_compare_exchange_weak(&loading->end, &end, index))
        ;
}

static void report(bc_loading *loading) {
    const bc_cache_options *options = loading->options;
    if (options->on_progress != NULL)
        options->on_progress(options->context, atomic_load(&loading->done), loading->dataset->count);
    if (options->is_stopped != NULL && options->is_stopped(options->context)) {
        loading->stopped = true;
        end_at(loading, 0);
    }
}

static void load_sample(bc_loading *loading, bc_reader *reader, size_t index) {
    bc_error err = {0};
    bc_outcome *outcome = &loading->outcomes[index];
    const char *path = loading->dataset->samples[index].path;
    outcome->status =
        bc_reader_read(loading->cache->pixels + index * loading->cache->picture_bytes, &outcome->bytes,
                       reader, path, loading->preprocess, loading->options->max_pixels, &err);
    if (outcome->status == BC_OK)
        return;
    const char *reason = bc_file_reason(err.message, path);
    if (bc_copy_text(&loading->reasons[index], reason, strlen(reason), NULL) != BC_OK)
        outcome->status = BC_ERROR_MEMORY;
    if (!can_skip(loading, outcome->status))
        end_at(loading, index);
}

/* Each thread takes every n-th sample, from the front, so all before `end` are looked at when all are done:
 * the sample there is the first that failed, whatever the number of threads. */
static void load_some(void *context, unsigned worker) {
    bc_loading *loading = context;
    for (size_t i = worker; i < atomic_load(&loading->end); i += bc_pool_threads(loading->pool)) {
        load_sample(loading, loading->readers[worker], i);
        atomic_fetch_add(&loading->done, 1);
        if (worker == 0)
            report(loading);
    }
}

static bc_status load_all(bc_loading *loading, bc_pool *pool, bc_error *err) {
    size_t count = loading->dataset->count;
    atomic_init(&loading->done, 0);
    atomic_init(&loading->end, count);
    bc_pool_run(pool, load_some, loading);
    if (!loading->stopped)
        report(loading);
    if (loading->stopped)
        return bc_fail(err, BC_ERROR_INTERRUPTED, "stopped while the pictures were read");
    size_t end = atomic_load(&loading->end);
    if (end == count)
        return BC_OK;
    const char *reason = loading->reasons[end];
    return bc_fail(err, loading->outcomes[end].status, "%s: %s", loading->dataset->samples[end].path,
                   reason != NULL ? reason : "out of memory");
}

/* Whether a picture of the label is left, among all or in train. */
static bc_status check_left(const bc_loading *loading, int label, bool in_train, bc_error *err) {
    const bc_dataset *dataset = loading->dataset;
    size_t first = dataset->count;
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_sample *sample = &dataset->samples[i];
        if (sample->label != label || (in_train && sample->split != BC_SPLIT_TRAIN))
            continue;
        if (loading->outcomes[i].status == BC_OK)
            return BC_OK;
        first = first < i ? first : i;
    }
    bool any = first < dataset->count;
    return bc_fail(err, BC_ERROR_FORMAT, "no picture of class '%s'%s can be read%s%s%s%s",
                   label == 1 ? dataset->positive : dataset->negative, in_train ? " in the train split" : "",
                   any ? ": " : "", any ? dataset->samples[first].path : "", any ? ": " : "",
                   any ? loading->reasons[first] : "");
}

static bc_status check_classes(const bc_loading *loading, bc_error *err) {
    bc_status status = BC_OK;
    for (int label = 0; status == BC_OK && label < 2; label++) {
        status = check_left(loading, label, false, err);
        if (status == BC_OK)
            status = check_left(loading, label, true, err);
    }
    return status;
}

static bc_status grow_skipped(bc_cache *cache, size_t more, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, cache->skipped_count + more, sizeof *cache->skipped, err);
    if (status != BC_OK)
        return status;
    if (cache->skipped_count > 0)
        memcpy(block, cache->skipped, cache->skipped_count * sizeof *cache->skipped);
    free(cache->skipped);
    cache->skipped = block;
    return BC_OK;
}

static void move_to_skipped(bc_cache *cache, bc_sample *sample, char **reason) {
    cache->skipped[cache->skipped_count++] = (bc_skipped){sample->path, *reason};
    *reason = NULL;
    free(sample->group);
}

bc_status bc_cache_leave_out(bc_cache *cache, bc_dataset *dataset, char **reasons, bc_error *err) {
    size_t failed = 0, kept = 0;
    for (size_t i = 0; i < dataset->count; i++)
        failed += reasons[i] != NULL;
    bc_status status = grow_skipped(cache, failed, err);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < dataset->count; i++) {
        if (reasons[i] != NULL) {
            move_to_skipped(cache, &dataset->samples[i], &reasons[i]);
            continue;
        }
        if (kept != i) {
            dataset->samples[kept] = dataset->samples[i];
            memcpy(cache->pixels + kept * cache->picture_bytes, cache->pixels + i * cache->picture_bytes,
                   cache->picture_bytes);
        }
        kept++;
    }
    dataset->count = cache->count = kept;
    return BC_OK;
}

bc_status bc_cache_load(bc_cache *cache, bc_dataset *dataset, const bc_preprocess *preprocess, bc_pool *pool,
                        const bc_cache_options *options, bc_error *err) {
    bc_loading loading = {
        .cache = cache, .dataset = dataset, .preprocess = preprocess, .pool = pool, .options = options};
    *cache = (bc_cache){0};
    bc_status status = take_memory(cache, dataset->count, preprocess, err);
    if (status == BC_OK)
        status = make_readers(&loading, err);
    if (status == BC_OK)
        status = load_all(&loading, pool, err);
    if (status == BC_OK)
        status = options->any_class ? BC_OK : check_classes(&loading, err);
    for (size_t i = 0; status == BC_OK && i < dataset->count; i++)
        dataset->samples[i].bytes = loading.outcomes[i].bytes;
    if (status == BC_OK)
        status = bc_cache_leave_out(cache, dataset, loading.reasons, err);
    free_loading(&loading);
    return status;
}

void bc_cache_free(bc_cache *cache) {
    if (cache == NULL)
        return;
    for (size_t i = 0; i < cache->skipped_count; i++) {
        free(cache->skipped[i].path);
        free(cache->skipped[i].reason);
    }
    free(cache->skipped);
    free(cache->pixels);
    *cache = (bc_cache){0};
}
