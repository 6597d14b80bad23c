/* Reads every file of a data set once more, for what decoding does not keep. */
#include "dataset/examine.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/reader.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct examination {
    bc_examined *examined; /* of each sample */
    const bc_dataset *dataset;
    const bc_pool *pool;
    const bc_examine_options *options;
    bc_error *errors; /* of each thread: its first */
    size_t *failed;   /* of each thread: the sample of that error, or SIZE_MAX */
    atomic_size_t done;
    atomic_bool ended; /* nothing more is to be read */
    bool stopped;      /* written by worker 0 only */
} examination;

static bc_status hash_bytes(char text[BC_HASH_TEXT_SIZE], const uint8_t *bytes, size_t size, bc_error *err) {
    bc_hash *hash;
    bc_status status = bc_hash_create(&hash, err);
    if (status != BC_OK)
        return status;
    bc_hash_add(hash, bytes, size);
    bc_hash_finish(hash, text);
    bc_hash_free(hash);
    return BC_OK;
}

static void report(examination *all) {
    const bc_examine_options *options = all->options;
    if (options->on_progress != NULL)
        options->on_progress(options->context, atomic_load(&all->done), all->dataset->count);
    if (options->is_stopped != NULL && options->is_stopped(options->context)) {
        all->stopped = true;
        atomic_store(&all->ended, true);
    }
}

static void examine_some(void *context, unsigned worker) {
    examination *all = context;
    uint8_t *bytes = NULL;
    size_t capacity = 0, size;
    for (size_t i = worker; i < all->dataset->count && !atomic_load(&all->ended);
         i += bc_pool_threads(all->pool)) {
        const char *path = all->dataset->samples[i].path;
        bc_examined *found = &all->examined[i];
        bc_error *err = &all->errors[worker];
        bc_status status = bc_file_read_into(&bytes, &capacity, &size, path, BC_PICTURE_FILE_LIMIT, err);
        if (status == BC_OK)
            status = bc_image_describe(&found->facts, bytes, size, path, err);
        if (status == BC_OK)
            status = hash_bytes(found->sha256, bytes, size, err);
        if (status != BC_OK) {
            all->failed[worker] = i;
            break;
        }
        atomic_fetch_add(&all->done, 1);
        if (worker == 0)
            report(all);
    }
    free(bytes);
}

/* The first of the threads' errors in the order of the samples: each thread goes on to its own first. */
static bc_status settle(const examination *all, bc_error *err) {
    const unsigned threads = bc_pool_threads(all->pool);
    unsigned first = 0;
    if (all->stopped)
        return bc_fail(err, BC_ERROR_INTERRUPTED, "stopped while the files were examined");
    for (unsigned i = 1; i < threads; i++)
        first = all->failed[i] < all->failed[first] ? i : first;
    if (all->failed[first] == SIZE_MAX)
        return BC_OK;
    if (err != NULL)
        *err = all->errors[first];
    return all->errors[first].status;
}

bc_status bc_dataset_examine(bc_examined **examined, const bc_dataset *dataset, bc_pool *pool,
                             const bc_examine_options *options, bc_error *err) {
    const unsigned threads = bc_pool_threads(pool);
    examination all = {.dataset = dataset, .pool = pool, .options = options};
    void *items = NULL, *errors = NULL, *failed = NULL;
    atomic_init(&all.done, 0);
    atomic_init(&all.ended, false);
    bc_status status = bc_alloc(&items, dataset->count, sizeof **examined, err);
    if (status == BC_OK)
        status = bc_alloc(&errors, threads, sizeof *all.errors, err);
    if (status == BC_OK)
        status = bc_alloc(&failed, threads, sizeof *all.failed, err);
    all.examined = items;
    all.errors = errors;
    all.failed = failed;
    for (unsigned i = 0; status == BC_OK && i < threads; i++)
        all.failed[i] = SIZE_MAX;
    if (status == BC_OK) {
        bc_pool_run(pool, examine_some, &all);
        status = settle(&all, err);
    }
    free(errors);
    free(failed);
    if (status != BC_OK) {
        free(items);
        items = NULL;
    }
    *examined = items;
    return status;
}
