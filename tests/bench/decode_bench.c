/* decode-bench: how many pictures a second are read, decoded and resized, as train and predict do it.
 *
 *     decode-bench [--size N] [--threads N] [--seconds S] FOLDER
 *
 * Takes every file below FOLDER again and again, so that they come from the page cache, and prints one line
 * of JSON: the median over the rounds. --size 0 decodes in full size and resizes nothing. */
#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/threads.h"
#include "base/walk.h"
#include "cli/options.h"
#include "image/reader.h"

#include <bclass/image.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { FEWEST_ROUNDS = 3, MOST_ROUNDS = 1000, FILE_LIMIT = 1 << 30 };

typedef struct settings {
    int64_t size, threads;
    double seconds;
} settings;

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {.name = "size",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(size),
     .value_name = "N",
     .least = 0,
     .most = 4096,
     .help = "side of the resized pictures; 0 decodes only"},
    {.name = "threads",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(threads),
     .value_name = "N",
     .least = 0,
     .most = BC_THREADS_LIMIT,
     .help = "0: the CPUs there are"},
    {.name = "seconds",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(seconds),
     .value_name = "S",
     .least = 0.01,
     .most = 3600,
     .help = "how long to measure"},
    {.name = NULL},
};

/* What a thread decodes with: the reader, or for full size the steps below it. */
typedef struct hand {
    bc_reader *reader;
    uint8_t *picture;
    bc_decoder *decoder;
    bc_image image;
    uint8_t *file;
    size_t capacity;
} hand;

typedef struct bench {
    const settings *set;
    char **paths;
    size_t count, capacity;
    bc_pool *pool;
    hand *hands;
    atomic_size_t next, failed;
} bench;

static bc_status list_files(bench *b, const char *folder, bc_error *err) {
    bc_walk *walk = NULL;
    bc_status status = bc_walk_open(&walk, folder, err);
    while (status == BC_OK) {
        char *path;
        void *block = b->paths;
        status = bc_walk_next(&path, walk, err);
        if (status != BC_OK || path == NULL) {
            free(path);
            break;
        }
        status = bc_grow(&block, &b->capacity, b->count + 1, sizeof *b->paths, err);
        b->paths = block;
        if (status == BC_OK)
            b->paths[b->count++] = path;
        else
            free(path);
    }
    bc_walk_free(walk);
    if (status == BC_OK && b->count == 0)
        status = bc_fail(err, BC_ERROR_USAGE, "%s: no files in it", folder);
    return status;
}

static bc_status open_bench(bench *b, const char *folder, bc_error *err) {
    void *block;
    bc_status status = list_files(b, folder, err);
    if (status == BC_OK)
        status = bc_pool_create(&b->pool, (unsigned)b->set->threads, err);
    if (status != BC_OK)
        return status;
    status = bc_alloc(&block, bc_pool_threads(b->pool), sizeof *b->hands, err);
    b->hands = block;
    for (unsigned i = 0; status == BC_OK && i < bc_pool_threads(b->pool); i++) {
        hand *h = &b->hands[i];
        status = bc_reader_create(&h->reader, err);
        if (status == BC_OK)
            status = bc_decoder_create(&h->decoder, err);
        if (status == BC_OK)
            status = bc_alloc(&block, (size_t)(b->set->size * b->set->size), 3, err);
        if (status == BC_OK)
            h->picture = block;
    }
    return status;
}

static void close_bench(bench *b) {
    for (unsigned i = 0; b->hands != NULL && i < bc_pool_threads(b->pool); i++) {
        hand *h = &b->hands[i];
        bc_reader_free(h->reader);
        bc_decoder_free(h->decoder);
        bc_image_free(&h->image);
        free(h->picture);
        free(h->file);
    }
    free(b->hands);
    bc_pool_free(b->pool);
    for (size_t i = 0; i < b->count; i++)
        free(b->paths[i]);
    free(b->paths);
}

static bc_status decode_one(hand *h, const char *path, uint32_t side) {
    const bc_preprocess preprocess = {.width = side, .height = side, .channels = 3, .fit = BC_FIT_PAD};
    const bc_decode_options full = {0};
    size_t size;
    uint64_t bytes;
    if (side > 0)
        return bc_reader_read(h->picture, &bytes, h->reader, path, &preprocess, 0, NULL);
    bc_status status = bc_file_read_into(&h->file, &h->capacity, &size, path, FILE_LIMIT, NULL);
    if (status == BC_OK)
        status = bc_decoder_decode(&h->image, h->decoder, h->file, size, path, &full, NULL);
    return status;
}

static void decode_some(void *context, unsigned worker) {
    bench *b = context;
    size_t index;
    while ((index = atomic_fetch_add(&b->next, 1)) < b->count)
        if (decode_one(&b->hands[worker], b->paths[index], (uint32_t)b->set->size) != BC_OK)
            atomic_fetch_add(&b->failed, 1);
}

static double decode_all(bench *b) {
    double start = bc_clock_seconds();
    atomic_store(&b->next, 0);
    atomic_store(&b->failed, 0);
    bc_pool_run(b->pool, decode_some, b);
    return bc_clock_seconds() - start;
}

static int by_value(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static void measure(bench *b) {
    double rounds[MOST_ROUNDS], left = b->set->seconds;
    unsigned threads = bc_pool_threads(b->pool);
    size_t count = 0;
    decode_all(b); /* to warm up */
    while (count < MOST_ROUNDS && (count < FEWEST_ROUNDS || left > 0)) {
        rounds[count] = decode_all(b);
        left -= rounds[count++];
    }
    qsort(rounds, count, sizeof rounds[0], by_value);
    double rate = (double)b->count / rounds[count / 2];
    printf("{\"images_per_s\":%.1f,\"images_per_s_and_thread\":%.1f,\"threads\":%u,\"files\":%zu,"
           "\"failed\":%zu,\"size\":%lld,\"rounds\":%zu}\n",
           rate, rate / threads, threads, b->count, atomic_load(&b->failed), (long long)b->set->size, count);
}

int main(int argc, char **argv) {
    bc_error err = {0};
    bc_arguments arguments = {0};
    settings set = {.size = 64, .threads = 1, .seconds = 2};
    bench b = {.set = &set};
    bc_status status = bc_options_parse(&set, &arguments, table, argc - 1, argv + 1, &err);
    if (status == BC_OK && (arguments.help || arguments.count != 1)) {
        fputs("Usage: decode-bench [--size N] [--threads N] [--seconds S] FOLDER; see its first lines\n",
              stderr);
        status = BC_ERROR_USAGE;
    } else if (status == BC_OK) {
        status = open_bench(&b, arguments.items[0], &err);
        if (status == BC_OK)
            measure(&b);
    }
    close_bench(&b);
    bc_arguments_free(&arguments);
    if (err.status != BC_OK)
        fprintf(stderr, "decode-bench: %s\n", err.message);
    return status == BC_OK ? 0 : 1;
}
