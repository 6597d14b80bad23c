/* Builds a curve: each class of the rows is sorted by value. The values are first scattered over buckets of
 * equal width, then each bucket is sorted on its own, where it will stay and in the cache; both by any number
 * of threads, which changes nothing, for equal values cannot be told apart. */
#include <bclass/curve.h>

#include "base/memory.h"
#include "base/threads.h"
#include "threshold/curve_build.h"
#include "threshold/sort.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    SAMPLES = 1024,         /* rows that tell where the buckets should lie */
    ROWS_A_BUCKET = 4096,   /* or more: a class's fit a first-level cache */
    MOST_BITS = 13,         /* of a bucket's number */
    FEW_ROWS = 1 << 16,     /* that are not worth waking other threads for */
    MANY_ROWS = 1 << 24,    /* whose memory is worth saving */
    ROWS_AT_ONCE = 1 << 18, /* that are given back to the system */
    BUCKETS_AT_ONCE = 16    /* that a thread takes to sort */
};

enum { NEGATIVE, POSITIVE, CLASSES }; /* as labels are */

/* A row on its way to the curve. */
typedef struct weighed {
    uint64_t key;
    double weight;
} weighed;

/* Buckets of equal width in keys. */
typedef struct grid {
    uint64_t least; /* key of the first bucket */
    unsigned shift; /* from a key to its bucket */
    size_t buckets;
} grid;

typedef struct build {
    const bc_scores *scores;
    unsigned splits;
    bc_pool *pool;
    double *taken_values; /* the rows' own, which are lost on the way; NULL: they are kept */
    grid grid;
    uint32_t *next;          /* of each thread, bucket and class: how many rows; later, where the next goes */
    uint32_t *starts;        /* of each class and bucket, and of the class's end */
    uint64_t *unknown;       /* of each thread: rows without a label */
    uint64_t *keys[CLASSES]; /* where the values will be */
    weighed *items[CLASSES]; /* in place of keys, where there are weights */
    uint64_t *scratch;       /* of each thread, BC_SORT_SCRATCH keys */
    atomic_size_t taken;     /* buckets of both classes that are sorted or being sorted */
} build;

static uint32_t *next_of(const build *b, unsigned worker) {
    return b->next + worker * CLASSES * b->grid.buckets;
}

static uint32_t *starts_of(const build *b, size_t class) {
    return b->starts + class * (b->grid.buckets + 1);
}

static unsigned bits_of(uint64_t number) {
    return number > 0 ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

/* Keys are cut into buckets by the highest bits in which those of rows here and there differ. */
static grid find_grid(const bc_scores *scores) {
    const size_t step = scores->count / SAMPLES + 1;
    const unsigned fit = bits_of(scores->count / ROWS_A_BUCKET) + 1,
                   wanted = fit < MOST_BITS ? fit : MOST_BITS;
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < scores->count; i += step) {
        if (isinf(scores->values[i]))
            continue;
        uint64_t key = bc_key_descending(scores->values[i]);
        least = key < least ? key : least;
        most = key > most ? key : most;
    }
    if (least >= most)
        return (grid){.least = least, .buckets = 1};
    const unsigned bits = bits_of(most - least), shift = bits > wanted ? bits - wanted : 0;
    return (grid){least, shift, (size_t)((most - least) >> shift) + 1};
}

/* Keys beyond the samples' go to the buckets at the ends. */
static inline size_t bucket_of(grid on, uint64_t key) {
    const uint64_t place = (key > on.least ? key - on.least : 0) >> on.shift;
    return place < on.buckets ? (size_t)place : on.buckets - 1;
}

static inline bool is_in(const uint8_t *row_splits, size_t row, unsigned splits) {
    return (splits >> (row_splits != NULL ? row_splits[row] : BC_SPLIT_NONE) & 1) != 0;
}

static void count_keys(void *context, unsigned worker) {
    const build *b = context;
    const bc_scores rows = *b->scores; /* copies of its own, which nothing else writes to */
    const grid on = b->grid;
    const unsigned splits = b->splits;
    uint32_t *counts = next_of(b, worker);
    size_t first, last;
    uint64_t unknown = 0;
    bc_pool_range(b->pool, worker, rows.count, &first, &last);
    for (size_t i = first; i < last; i++) {
        const int label = rows.labels[i];
        if (!is_in(rows.splits, i, splits))
            continue;
        if (label >= 0)
            counts[CLASSES * bucket_of(on, bc_key_descending(rows.values[i])) + (size_t)label]++;
        else
            unknown++;
    }
    b->unknown[worker] = unknown;
}

/* From counts to places: bucket after bucket, and in each the rows of one thread after the other's. */
static size_t place_rows(build *b, size_t class) {
    uint32_t sum = 0, *starts = starts_of(b, class);
    for (size_t bucket = 0; bucket < b->grid.buckets; bucket++) {
        starts[bucket] = sum;
        for (unsigned worker = 0; worker < bc_pool_threads(b->pool); worker++) {
            uint32_t *next = &next_of(b, worker)[CLASSES * bucket + class], count = *next;
            *next = sum;
            sum += count;
        }
    }
    starts[b->grid.buckets] = sum;
    return sum;
}

static void scatter_rows(const build *b, uint32_t *next, size_t first, size_t last) {
    const bc_scores rows = *b->scores;
    const grid on = b->grid;
    const unsigned splits = b->splits;
    uint64_t *const keys[CLASSES] = {b->keys[NEGATIVE], b->keys[POSITIVE]};
    for (size_t i = first; i < last; i++) {
        const int label = rows.labels[i];
        if (label < 0 || !is_in(rows.splits, i, splits))
            continue;
        const uint64_t key = bc_key_descending(rows.values[i]);
        const uint32_t at = next[CLASSES * bucket_of(on, key) + (size_t)label]++;
        if (rows.weights != NULL)
            b->items[label][at] = (weighed){key, rows.weights[i]};
        else
            keys[label][at] = key;
    }
}

static void scatter_keys(void *context, unsigned worker) {
    const build *b = context;
    size_t first, last;
    bc_pool_range(b->pool, worker, b->scores->count, &first, &last);
    while (first < last) {
        size_t end = last - first < ROWS_AT_ONCE ? last : first + ROWS_AT_ONCE;
        scatter_rows(b, next_of(b, worker), first, end);
        if (b->taken_values != NULL)
            bc_give_back(b->taken_values + first, (end - first) * sizeof *b->taken_values);
        first = end;
    }
}

/* A key and its value take the same room. */
static void sort_values(uint64_t *keys, size_t count, uint64_t *scratch) {
    bc_sort_keys(keys, count, scratch);
    for (size_t i = 0; i < count; i++) {
        double value = bc_key_value(keys[i]);
        memcpy(&keys[i], &value, sizeof value);
    }
}

/* Equal values by weight, so that their sums do not depend on the sorting. */
static int compare_weighed(const void *first, const void *second) {
    const weighed *a = first, *b = second;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

static void sort_buckets(void *context, unsigned worker) {
    build *b = context;
    const size_t all = CLASSES * b->grid.buckets;
    for (;;) {
        size_t first = atomic_fetch_add(&b->taken, BUCKETS_AT_ONCE);
        if (first >= all)
            return;
        for (size_t i = first; i < all && i < first + BUCKETS_AT_ONCE; i++) {
            const size_t class = i / b->grid.buckets;
            const uint32_t *start = starts_of(b, class) + i % b->grid.buckets;
            const size_t count = start[1] - start[0];
            if (b->keys[class] != NULL)
                sort_values(b->keys[class] + start[0], count, b->scratch + worker * (size_t)BC_SORT_SCRATCH);
            else if (count > 1)
                qsort(b->items[class] + start[0], count, sizeof(weighed), compare_weighed);
        }
    }
}

static bc_status begin_build(build *b, bc_error *err) {
    const size_t threads = bc_pool_threads(b->pool);
    void *next = NULL, *starts = NULL, *unknown = NULL, *scratch = NULL;
    bc_status status = bc_alloc(&next, threads * CLASSES * b->grid.buckets, sizeof *b->next, err);
    if (status == BC_OK)
        status = bc_alloc(&starts, CLASSES * (b->grid.buckets + 1), sizeof *b->starts, err);
    if (status == BC_OK)
        status = bc_alloc(&unknown, threads, sizeof *b->unknown, err);
    if (status == BC_OK)
        status = bc_alloc_unset(&scratch, threads * BC_SORT_SCRATCH, sizeof *b->scratch, err);
    b->next = next;
    b->starts = starts;
    b->unknown = unknown;
    b->scratch = scratch;
    return status;
}

static void end_build(build *b) {
    free(b->next);
    free(b->starts);
    free(b->unknown);
    free(b->scratch);
    free(b->items[NEGATIVE]);
    free(b->items[POSITIVE]);
}

static bc_status make_room(bc_curve_class *class, build *b, size_t which, bc_error *err) {
    void *block = NULL;
    bc_status status;
    class->count = place_rows(b, which);
    if (b->scores->weights != NULL) {
        status = bc_alloc_unset(&block, class->count, sizeof(weighed), err);
        b->items[which] = block;
        return status;
    }
    /* Huge pages would all be touched at once, before the rows' own memory is given back. */
    status = b->taken_values != NULL ? bc_alloc(&block, class->count, sizeof *class->values, err)
                                     : bc_alloc_unset(&block, class->count, sizeof *class->values, err);
    class->values = block;
    b->keys[which] = block;
    return status;
}

/* From the items in order, which are freed. */
static bc_status sum_weights(bc_curve_class *class, build *b, size_t which, bc_error *err) {
    void *values = NULL, *sums = NULL, *squares = NULL;
    bc_status status = bc_alloc_unset(&values, class->count, sizeof *class->values, err);
    if (status == BC_OK)
        status = bc_alloc_unset(&sums, class->count + 1, sizeof *class->sums, err);
    if (status == BC_OK)
        status = bc_alloc_unset(&squares, class->count + 1, sizeof *class->square_sums, err);
    class->values = values;
    class->sums = sums;
    class->square_sums = squares;
    if (status != BC_OK)
        return status;
    class->sums[0] = class->square_sums[0] = 0;
    for (size_t i = 0; i < class->count; i++) {
        const weighed item = b->items[which][i];
        class->values[i] = bc_key_value(item.key);
        class->sums[i + 1] = class->sums[i] + item.weight;
        class->square_sums[i + 1] = class->square_sums[i] + item.weight * item.weight;
    }
    free(b->items[which]);
    b->items[which] = NULL;
    return BC_OK;
}

/* taken: the rows' values, to be given up on the way, or NULL. */
static bc_status build_curve(bc_curve *curve, const bc_scores *scores, unsigned splits, double *taken,
                             bc_error *err) {
    build b = {.scores = scores,
               .splits = splits,
               .pool = scores->count > FEW_ROWS ? curve->pool : NULL,
               .taken_values = taken};
    if (scores->count >> BC_CURVE_LIMIT_BITS != 0)
        return bc_fail(err, BC_ERROR_LIMIT, "%zu rows are more than a curve can be made of", scores->count);
    b.grid = find_grid(scores);
    bc_status status = begin_build(&b, err);
    if (status != BC_OK)
        goto done;
    bc_pool_run(b.pool, count_keys, &b);
    for (unsigned i = 0; i < bc_pool_threads(b.pool); i++)
        curve->unknown += b.unknown[i];
    status = make_room(&curve->negative, &b, NEGATIVE, err);
    if (status == BC_OK)
        status = make_room(&curve->positive, &b, POSITIVE, err);
    if (status != BC_OK)
        goto done;
    bc_pool_run(b.pool, scatter_keys, &b);
    bc_pool_run(b.pool, sort_buckets, &b);
    if (scores->weights != NULL)
        status = sum_weights(&curve->negative, &b, NEGATIVE, err);
    if (status == BC_OK && scores->weights != NULL)
        status = sum_weights(&curve->positive, &b, POSITIVE, err);
done:
    end_build(&b);
    return status;
}

bc_status bc_curve_build_in(bc_curve *curve, const bc_scores *scores, unsigned splits, bc_pool *pool,
                            bc_error *err) {
    *curve = (bc_curve){.logits = scores->logits, .pool = pool};
    return build_curve(curve, scores, splits, NULL, err);
}

bc_status bc_curve_take_sparing(bc_curve *curve, bc_scores *scores, unsigned splits, bc_pool *pool,
                                bool sparing, bc_error *err) {
    *curve = (bc_curve){.logits = scores->logits, .pool = pool};
    bc_status status = build_curve(curve, scores, splits, sparing ? scores->values : NULL, err);
    bc_scores_clear(scores);
    return status;
}

bc_status bc_curve_take(bc_curve *curve, bc_scores *scores, unsigned splits, bc_pool *pool, bc_error *err) {
    return bc_curve_take_sparing(curve, scores, splits, pool, scores->count >= MANY_ROWS, err);
}

bc_status bc_curve_build(bc_curve *curve, const bc_scores *scores, unsigned splits, bc_error *err) {
    return bc_curve_build_in(curve, scores, splits, NULL, err);
}

static void free_class(bc_curve_class *class) {
    free(class->values);
    free(class->sums);
    free(class->square_sums);
}

void bc_curve_free(bc_curve *curve) {
    if (curve == NULL)
        return;
    free_class(&curve->positive);
    free_class(&curve->negative);
    *curve = (bc_curve){0};
}
