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

static inline bool is_in(const bc_scores *scores, size_t row, unsigned splits) {
    unsigned split = scores->splits != NULL ? scores->splits[row] : BC_SPLIT_NONE;
    return (splits >> split & 1) != 0;
}

/* ---- without weights ---- */

enum {
    SAMPLES = 1024,       /* rows that tell where the buckets should lie */
    KEYS_A_BUCKET = 4096, /* of both classes together: a class's fit a first-level cache */
    MOST_BUCKETS = 4096,
    FEW_ROWS = 1 << 16,     /* that are not worth waking other threads for */
    MANY_ROWS = 1 << 24,    /* whose memory is worth saving */
    ROWS_AT_ONCE = 1 << 17, /* that are given back to the system */
    BUCKETS_AT_ONCE = 16    /* that a thread takes to sort */
};

enum { NEGATIVE, POSITIVE, CLASSES }; /* as labels are */

typedef struct build {
    const bc_scores *scores;
    unsigned splits;
    bc_pool *pool;
    double *taken_values; /* the rows' own, which are lost on the way; NULL: they are kept */
    size_t buckets;
    double highest, scale;   /* where the first bucket starts, and how many there are per unit */
    size_t *next;            /* of each thread, class and bucket: how many keys; later, where the next goes */
    size_t *starts;          /* of each class and bucket, and of the class's end */
    uint64_t *unknown;       /* of each thread: rows without a label */
    uint64_t *keys[CLASSES]; /* where the values will be */
    uint64_t *scratch;       /* of each thread, BC_SORT_SCRATCH keys */
    atomic_size_t taken;     /* buckets of both classes that are sorted or being sorted */
} build;

static size_t *next_of(const build *b, unsigned worker, size_t class) {
    return b->next + (worker * CLASSES + class) * b->buckets;
}

static size_t *starts_of(const build *b, size_t class) {
    return b->starts + class * (b->buckets + 1);
}

/* Where the values lie, as told by rows here and there. */
static void place_buckets(build *b) {
    const bc_scores *scores = b->scores;
    const size_t step = scores->count / SAMPLES + 1;
    double lowest = INFINITY, highest = -INFINITY;
    for (size_t i = 0; i < scores->count; i += step) {
        double value = scores->values[i];
        if (scores->labels[i] < 0 || !is_in(scores, i, b->splits) || isinf(value))
            continue;
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
    }
    b->highest = highest;
    b->scale = highest > lowest ? (double)b->buckets / (highest - lowest) : 0;
}

/* Never falls as the value falls; values beyond the samples' go to the buckets at the ends. */
static inline size_t bucket_of(const build *b, double value) {
    double place = (b->highest - value) * b->scale, last = (double)(b->buckets - 1);
    place = place > 0 ? place : 0; /* also where it is undefined */
    return (size_t)(place < last ? place : last);
}

static void count_keys(void *context, unsigned worker) {
    build *b = context;
    const bc_scores *scores = b->scores;
    size_t *const counts[CLASSES] = {next_of(b, worker, NEGATIVE), next_of(b, worker, POSITIVE)};
    size_t first, last;
    uint64_t unknown = 0;
    bc_pool_range(b->pool, worker, scores->count, &first, &last);
    for (size_t i = first; i < last; i++) {
        if (!is_in(scores, i, b->splits))
            continue;
        if (scores->labels[i] >= 0)
            counts[scores->labels[i]][bucket_of(b, scores->values[i])]++;
        else
            unknown++;
    }
    b->unknown[worker] = unknown;
}

/* From counts to places: bucket after bucket, and in each the keys of one thread after the other's. */
static size_t place_keys(build *b, size_t class) {
    size_t sum = 0, *starts = starts_of(b, class);
    for (size_t bucket = 0; bucket < b->buckets; bucket++) {
        starts[bucket] = sum;
        for (unsigned worker = 0; worker < bc_pool_threads(b->pool); worker++) {
            size_t *next = &next_of(b, worker, class)[bucket], count = *next;
            *next = sum;
            sum += count;
        }
    }
    starts[b->buckets] = sum;
    return sum;
}

static void scatter_rows(build *b, size_t *const next[CLASSES], size_t first, size_t last) {
    const bc_scores *scores = b->scores;
    for (size_t i = first; i < last; i++) {
        int label = scores->labels[i];
        if (label >= 0 && is_in(scores, i, b->splits))
            b->keys[label][next[label][bucket_of(b, scores->values[i])]++] =
                bc_key_descending(scores->values[i]);
    }
}

static void scatter_keys(void *context, unsigned worker) {
    build *b = context;
    size_t *const next[CLASSES] = {next_of(b, worker, NEGATIVE), next_of(b, worker, POSITIVE)};
    size_t first, last;
    bc_pool_range(b->pool, worker, b->scores->count, &first, &last);
    while (first < last) {
        size_t end = last - first < ROWS_AT_ONCE ? last : first + ROWS_AT_ONCE;
        scatter_rows(b, next, first, end);
        if (b->taken_values != NULL)
            bc_give_back(b->taken_values + first, (end - first) * sizeof *b->taken_values);
        first = end;
    }
}

/* A key and its value take the same room. */
static void sort_bucket(uint64_t *keys, size_t count, uint64_t *scratch) {
    bc_sort_keys(keys, count, scratch);
    for (size_t i = 0; i < count; i++) {
        double value = bc_key_value(keys[i]);
        memcpy(&keys[i], &value, sizeof value);
    }
}

static void sort_buckets(void *context, unsigned worker) {
    build *b = context;
    const size_t all = CLASSES * b->buckets;
    for (;;) {
        size_t first = atomic_fetch_add(&b->taken, BUCKETS_AT_ONCE);
        if (first >= all)
            return;
        for (size_t i = first; i < all && i < first + BUCKETS_AT_ONCE; i++) {
            const size_t class = i / b->buckets, *start = starts_of(b, class) + i % b->buckets;
            sort_bucket(b->keys[class] + start[0], start[1] - start[0],
                        b->scratch + worker * (size_t)BC_SORT_SCRATCH);
        }
    }
}

static bc_status begin_build(build *b, bc_error *err) {
    const size_t threads = bc_pool_threads(b->pool);
    void *next = NULL, *starts = NULL, *unknown = NULL, *scratch = NULL;
    b->buckets = b->scores->count / KEYS_A_BUCKET + 1;
    b->buckets = b->buckets < MOST_BUCKETS ? b->buckets : MOST_BUCKETS;
    bc_status status = bc_alloc(&next, threads * CLASSES * b->buckets, sizeof *b->next, err);
    if (status == BC_OK)
        status = bc_alloc(&starts, CLASSES * (b->buckets + 1), sizeof *b->starts, err);
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
}

static bc_status make_room(bc_curve_class *class, build *b, size_t which, bc_error *err) {
    void *values = NULL;
    class->count = place_keys(b, which);
    /* Huge pages would all be touched at once, before the rows' own memory is given back. */
    bc_status status = b->taken_values != NULL
                           ? bc_alloc(&values, class->count, sizeof *class->values, err)
                           : bc_alloc_unset(&values, class->count, sizeof *class->values, err);
    class->values = values;
    b->keys[which] = values;
    return status;
}

/* taken: the rows' values, to be given up on the way, or NULL. */
static bc_status build_plain(bc_curve *curve, const bc_scores *scores, unsigned splits, double *taken,
                             bc_error *err) {
    build b = {.scores = scores,
               .splits = splits,
               .pool = scores->count > FEW_ROWS ? curve->pool : NULL,
               .taken_values = taken};
    bc_status status = begin_build(&b, err);
    if (status != BC_OK)
        goto done;
    place_buckets(&b);
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
done:
    end_build(&b);
    return status;
}

/* ---- with weights ---- */

typedef struct weighed {
    uint64_t key;
    double weight;
} weighed;

/* Equal values by weight, so that their sums do not depend on the sorting. */
static int compare_weighed(const void *first, const void *second) {
    const weighed *a = first, *b = second;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

static bc_status allocate_weighed(bc_curve_class *class, bc_error *err) {
    void *values = NULL, *sums = NULL, *squares = NULL;
    bc_status status = bc_alloc(&values, class->count, sizeof *class->values, err);
    if (status == BC_OK)
        status = bc_alloc(&sums, class->count + 1, sizeof *class->sums, err);
    if (status == BC_OK)
        status = bc_alloc(&squares, class->count + 1, sizeof *class->square_sums, err);
    class->values = values;
    class->sums = sums;
    class->square_sums = squares;
    return status;
}

static void sum_weights(bc_curve_class *class, const weighed *items) {
    class->sums[0] = class->square_sums[0] = 0;
    for (size_t i = 0; i < class->count; i++) {
        double weight = items[i].weight;
        class->values[i] = bc_key_value(items[i].key);
        class->sums[i + 1] = class->sums[i] + weight;
        class->square_sums[i + 1] = class->square_sums[i] + weight * weight;
    }
}

static bc_status build_weighed_class(bc_curve_class *class, const bc_scores *scores, unsigned splits,
                                     int label, bc_error *err) {
    void *items = NULL;
    bc_status status = allocate_weighed(class, err);
    if (status == BC_OK)
        status = bc_alloc(&items, class->count, sizeof(weighed), err);
    if (status != BC_OK)
        return status;
    weighed *item = items;
    for (size_t i = 0; i < scores->count; i++) {
        if (scores->labels[i] == label && is_in(scores, i, splits))
            *item++ = (weighed){bc_key_descending(scores->values[i]), scores->weights[i]};
    }
    if (class->count > 0)
        qsort(items, class->count, sizeof(weighed), compare_weighed);
    sum_weights(class, items);
    free(items);
    return BC_OK;
}

static bc_status build_weighed(bc_curve *curve, const bc_scores *scores, unsigned splits, bc_error *err) {
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_in(scores, i, splits))
            continue;
        curve->positive.count += scores->labels[i] == 1;
        curve->negative.count += scores->labels[i] == 0;
        curve->unknown += scores->labels[i] < 0;
    }
    bc_status status = build_weighed_class(&curve->positive, scores, splits, 1, err);
    if (status == BC_OK)
        status = build_weighed_class(&curve->negative, scores, splits, 0, err);
    return status;
}

/* ---- either way ---- */

bc_status bc_curve_build_in(bc_curve *curve, const bc_scores *scores, unsigned splits, bc_pool *pool,
                            bc_error *err) {
    *curve = (bc_curve){.logits = scores->logits, .pool = pool};
    return scores->weights != NULL ? build_weighed(curve, scores, splits, err)
                                   : build_plain(curve, scores, splits, NULL, err);
}

bc_status bc_curve_take_sparing(bc_curve *curve, bc_scores *scores, unsigned splits, bc_pool *pool,
                                bool sparing, bc_error *err) {
    *curve = (bc_curve){.logits = scores->logits, .pool = pool};
    bc_status status = scores->weights != NULL
                           ? build_weighed(curve, scores, splits, err)
                           : build_plain(curve, scores, splits, sparing ? scores->values : NULL, err);
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
