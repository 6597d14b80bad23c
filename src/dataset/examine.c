/* Reads every file of a data set once more, for what decoding does not keep. */
#include "dataset/examine.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/reader.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct examination {
    bc_examined *examined; /* of each sample */
    const bc_dataset *dataset;
    const bc_pool *pool;
    const bc_examine_options *options;
    char **reasons; /* of each sample why its file cannot be examined, owned; or NULL */
    atomic_size_t done;
    atomic_bool ended;         /* nothing more is to be read */
    atomic_bool out_of_memory; /* which is no file's fault */
    bool stopped;              /* written by worker 0 only */
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

/* The file's bytes go into the buffer of the thread. */
static void examine_one(examination *all, size_t index, uint8_t **bytes, size_t *capacity) {
    const char *path = all->dataset->samples[index].path;
    bc_examined *found = &all->examined[index];
    bc_error err = {0};
    size_t size;
    bc_status status = bc_file_read_into(bytes, capacity, &size, path, BC_PICTURE_FILE_LIMIT, &err);
    if (status == BC_OK)
        status = bc_image_describe(&found->facts, *bytes, size, path, &err);
    if (status == BC_OK)
        status = hash_bytes(found->sha256, *bytes, size, &err);
    if (status == BC_OK)
        return;
    const char *reason = bc_file_reason(err.message, path);
    if (status == BC_ERROR_MEMORY ||
        bc_copy_text(&all->reasons[index], reason, strlen(reason), NULL) != BC_OK) {
        atomic_store(&all->out_of_memory, true);
        atomic_store(&all->ended, true);
    }
}

static void examine_some(void *context, unsigned worker) {
    examination *all = context;
    uint8_t *bytes = NULL;
    size_t capacity = 0;
    for (size_t i = worker; i < all->dataset->count && !atomic_load(&all->ended);
         i += bc_pool_threads(all->pool)) {
        examine_one(all, i, &bytes, &capacity);
        atomic_fetch_add(&all->done, 1);
        if (worker == 0)
            report(all);
    }
    free(bytes);
}

static void close_gaps(bc_examined *examined, char *const *reasons, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (reasons[i] == NULL)
            examined[kept++] = examined[i];
    }
}

static bc_status settle(examination *all, bc_dataset *dataset, bc_cache *cache, bc_error *err) {
    if (all->stopped)
        return bc_fail(err, BC_ERROR_INTERRUPTED, "stopped while the files were examined");
    if (atomic_load(&all->out_of_memory))
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory (examining files)");
    close_gaps(all->examined, all->reasons, dataset->count);
    return bc_cache_leave_out(cache, dataset, all->reasons, err);
}

bc_status bc_dataset_examine(bc_examined **examined, bc_dataset *dataset, bc_cache *cache, bc_pool *pool,
                             const bc_examine_options *options, bc_error *err) {
    const size_t count = dataset->count;
    examination all = {.dataset = dataset, .pool = pool, .options = options};
    void *items = NULL, *reasons = NULL;
    atomic_init(&all.done, 0);
    atomic_init(&all.ended, false);
    atomic_init(&all.out_of_memory, false);
    bc_status status = bc_alloc(&items, count, sizeof **examined, err);
    if (status == BC_OK)
        status = bc_alloc(&reasons, count, sizeof *all.reasons, err);
    all.examined = items;
    all.reasons = reasons;
    if (status == BC_OK) {
        bc_pool_run(pool, examine_some, &all);
        status = settle(&all, dataset, cache, err);
    }
    for (size_t i = 0; all.reasons != NULL && i < count; i++)
        free(all.reasons[i]);
    free(reasons);
    if (status != BC_OK) {
        free(items);
        items = NULL;
    }
    *examined = items;
    return status;
}
