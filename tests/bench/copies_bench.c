/* copies-bench: which pictures of a folder are copies of each other, and what it takes to find them.
 *
 *     copies-bench DATA [--positive NAME] [--side N] [--threads N] [--list] [--original CLASS]
 *
 * Prints one line of JSON: the pictures, those that are exact copies of one before, those that are near
 * copies of one before beside these, the pictures of the largest family, and seconds. With --list a line for
 * each picture in a family as well: the family's first picture and its own. With --original, of each other
 * folder of DATA: how many of its pictures are in one family with that of the same name in the folder CLASS,
 * and the distances of these pairs. See copies.md. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include "base/clock.h"
#include "base/file.h"
#include "cli/rows.h"
#include "dataset/copies.h"
#include "dataset/thumbnail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    const char *positive, *original;
    int64_t side, threads;
    bool list;
} settings;

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {BENCH_ROW_POSITIVE(FIELD(positive))},
    {.name = "original",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(original),
     .value_name = "CLASS",
     .help = "the folder that the others are compared with"},
    {BENCH_ROW_SIDE(FIELD(side))},
    {BC_ROW_THREADS(FIELD(threads)), .help = "threads to work with"},
    {.name = "list", .kind = BC_OPTION_FLAG, .offset = FIELD(list), .value = true, .help = "name the copies"},
    {.name = NULL},
};

typedef struct bench {
    const settings *set;
    bc_pool *pool;
    bc_dataset dataset;
    bc_cache cache;
    bc_preprocess preprocess;
    bc_copies copies;
    double seconds;
} bench;

static void print_counts(const bench *b) {
    const bc_copies *copies = &b->copies;
    size_t exact = 0, near = 0, largest = 0;
    size_t *sizes = calloc(copies->count + 1, sizeof *sizes);
    for (size_t i = 0; sizes != NULL && i < copies->count; i++) {
        exact += copies->exact[i] != i;
        near += copies->near[i] != i && copies->exact[i] == i;
        const size_t size = ++sizes[copies->near[i]];
        largest = size > largest ? size : largest;
    }
    free(sizes);
    printf("{\"pictures\":%zu,\"side\":%u,\"exact\":%zu,\"near\":%zu,\"largest\":%zu,\"threads\":%u,"
           "\"seconds\":%.3f}\n",
           copies->count, b->preprocess.width, exact, near, largest, bc_pool_threads(b->pool), b->seconds);
}

static void list_copies(const bench *b) {
    for (size_t i = 0; i < b->copies.count; i++) {
        const uint32_t first = b->copies.near[i];
        if (first != i)
            printf("%s %s %s\n", b->copies.exact[i] != i ? "exact" : "near", b->dataset.samples[first].path,
                   b->dataset.samples[i].path);
    }
}

/* ---- against originals ---- */

typedef struct named {
    const char *class, *name; /* of the folder, and of the file in it */
    size_t length;            /* of the class */
    size_t sample;
} named;

static named name_of(const bench *b, size_t sample) {
    const bc_sample *s = &b->dataset.samples[sample];
    const char *class = s->path + s->below;
    return (named){class, bc_file_name(class), strcspn(class, "/"), sample};
}

static float distance(const bench *b, size_t first, size_t second) {
    bc_thumbnail_basis basis;
    bc_thumbnail a, other;
    bc_thumbnail_make_basis(&basis);
    bc_thumbnail_make(&a, b->cache.pixels + first * b->cache.picture_bytes, &b->preprocess, &basis);
    bc_thumbnail_make(&other, b->cache.pixels + second * b->cache.picture_bytes, &b->preprocess, &basis);
    return bc_thumbnail_distance(&a, &other);
}

static int by_distance(const void *a, const void *b) {
    const float first = *(const float *)a, second = *(const float *)b;
    return (first > second) - (first < second);
}

/* The pictures from `first` on that are in one folder. */
static size_t compare_folder(const bench *b, size_t first, float *distances) {
    const named folder = name_of(b, first);
    size_t count = 0, found = 0, i = first;
    for (; i < b->copies.count; i++) {
        const named own = name_of(b, i);
        if (own.length != folder.length || memcmp(own.class, folder.class, own.length) != 0)
            break;
        for (size_t k = 0; k < b->copies.count; k++) {
            const named other = name_of(b, k);
            if (other.length != strlen(b->set->original) ||
                memcmp(other.class, b->set->original, other.length) != 0 || strcmp(other.name, own.name) != 0)
                continue;
            distances[count++] = distance(b, k, i);
            found += b->copies.near[i] == b->copies.near[k];
        }
    }
    if (count > 0) {
        qsort(distances, count, sizeof *distances, by_distance);
        printf("%.*s found %.1f %% distance median %.4f 95%% %.4f most %.4f\n", (int)folder.length,
               folder.class, 100.0 * (double)found / (double)count, (double)distances[count / 2],
               (double)distances[count * 95 / 100], (double)distances[count - 1]);
    }
    return i;
}

static void compare_folders(const bench *b) {
    float *distances = calloc(b->copies.count + 1, sizeof *distances);
    for (size_t i = 0; distances != NULL && i < b->copies.count;)
        i = compare_folder(b, i, distances);
    free(distances);
}

/* ---- */

static bc_status find(bench *b, const char *path, bc_error *err) {
    const bc_dataset_options options = {.positive = b->set->positive, .seed = 1};
    const bc_cache_options cache_options = {.max_pixels = 100000000};
    bc_status status = bc_dataset_open(&b->dataset, path, &options, err);
    if (status == BC_OK)
        status = bc_cache_survey(&b->preprocess, &b->dataset, 64, b->pool, err);
    if (b->set->side > 0)
        b->preprocess.width = b->preprocess.height = (uint32_t)b->set->side;
    if (status == BC_OK)
        status = bc_cache_load(&b->cache, &b->dataset, &b->preprocess, b->pool, &cache_options, err);
    const double start = bc_clock_seconds();
    if (status == BC_OK)
        status = bc_copies_find(&b->copies, &b->cache, &b->preprocess, b->pool, err);
    b->seconds = bc_clock_seconds() - start;
    return status;
}

static bc_status run(const void *block, const bc_arguments *arguments, bc_error *err) {
    bench b = {.set = block};
    if (arguments->count != 1)
        return bc_fail(err, BC_ERROR_USAGE, "one folder or manifest must be named");
    bc_status status = bc_pool_create(&b.pool, (unsigned)b.set->threads, err);
    if (status == BC_OK)
        status = find(&b, arguments->items[0], err);
    if (status == BC_OK)
        print_counts(&b);
    if (status == BC_OK && b.set->list)
        list_copies(&b);
    if (status == BC_OK && b.set->original != NULL)
        compare_folders(&b);
    bc_copies_free(&b.copies);
    bc_cache_free(&b.cache);
    bc_dataset_free(&b.dataset);
    bc_pool_free(b.pool);
    return status;
}

int main(int argc, char **argv) {
    const bench_program program = {"copies-bench", "DATA [OPTIONS]", table, run};
    settings set = {0};
    return bench_main(&program, &set, argc, argv);
}
