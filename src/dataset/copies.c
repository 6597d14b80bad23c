/* Finds pictures that are the same, or nearly. */
#include "dataset/copies.h"

#include "base/families.h"
#include "base/memory.h"
#include "base/random.h"
#include "dataset/thumbnail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- exact copies ---- */

typedef struct bc_keyed {
    uint64_t key;
    uint32_t index;
} bc_keyed;

static int by_key(const void *a, const void *b) {
    const bc_keyed *first = a, *second = b;
    if (first->key != second->key)
        return first->key < second->key ? -1 : 1;
    return (first->index > second->index) - (first->index < second->index);
}

/* The finaliser of SplitMix64. */
static uint64_t mix(uint64_t word) {
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

static uint64_t hash_bytes(const uint8_t *bytes, size_t size) {
    uint64_t hash = 0;
    for (size_t at = 0; at < size; at += sizeof hash) {
        uint64_t word = 0;
        const size_t left = size - at;
        memcpy(&word, bytes + at, left < sizeof word ? left : sizeof word);
        hash = mix(hash ^ word) + at;
    }
    return hash;
}

typedef struct bc_search {
    const bc_cache *cache;
    const bc_preprocess *preprocess;
    const bc_pool *pool;
    const bc_thumbnail_basis *basis;
    bc_copies *copies;
    bc_keyed *order;          /* of all pictures, or of those that are looked at */
    size_t count;             /* of those */
    bc_thumbnail *thumbnails; /* of those, by their place in `firsts` */
    uint32_t *firsts;         /* pictures that are no exact copies of one before */
    uint32_t *joined;         /* bit k at place i of the order: it goes with the one k + 1 further on */
    float most_distance;      /* of near ones */
    unsigned hash;            /* which one the pictures are sorted by */
    unsigned turn;            /* by which that is rotated */
} bc_search;

static const uint8_t *picture(const bc_search *search, uint32_t index) {
    return search->cache->pixels + index * search->cache->picture_bytes;
}

static void hash_some(void *context, unsigned worker) {
    bc_search *search = context;
    size_t first, last;
    bc_pool_range(search->pool, worker, search->cache->count, &first, &last);
    for (size_t i = first; i < last; i++)
        search->order[i] =
            (bc_keyed){hash_bytes(picture(search, (uint32_t)i), search->cache->picture_bytes), (uint32_t)i};
}

/* Pictures [first, last) of the order have one hash. Nearly always they are all the same. Others, which only
 * someone can have made who wanted to, are compared with each of the different ones before, so long as these
 * are few; beyond that they pass as different. */
static void match_run(bc_search *search, size_t first, size_t last) {
    enum { DIFFERENT_MOST = 16 };
    uint32_t different[DIFFERENT_MOST];
    size_t count = 0;
    for (size_t i = first; i < last; i++) {
        const uint32_t index = search->order[i].index;
        size_t at = 0;
        while (at < count && memcmp(picture(search, different[at]), picture(search, index),
                                    search->cache->picture_bytes) != 0)
            at++;
        if (at < count)
            search->copies->exact[index] = different[at];
        else if (count < DIFFERENT_MOST)
            different[count++] = index;
    }
}

static void match_exact(bc_search *search) {
    const size_t count = search->cache->count;
    for (size_t i = 0; i < count; i++)
        search->copies->exact[i] = (uint32_t)i;
    qsort(search->order, count, sizeof *search->order, by_key);
    for (size_t first = 0, last; first < count; first = last) {
        for (last = first + 1; last < count && search->order[last].key == search->order[first].key; last++)
            ;
        match_run(search, first, last);
    }
}

/* ---- families ---- */

/* Each points to the first at once. */
static void flatten(bc_copies *copies) {
    for (size_t i = 0; i < copies->count; i++)
        copies->near[i] = bc_families_first(copies->near, (uint32_t)i);
}

/* ---- near copies ---- */

enum {
    TURNS = 8,   /* of each hash of 64 bits, by 8 */
    WINDOW = 16, /* pictures that each is paired with in a pass, at most 32 */
};

static void reduce_some(void *context, unsigned worker) {
    const bc_search *search = context;
    size_t first, last;
    bc_pool_range(search->pool, worker, search->count, &first, &last);
    for (size_t i = first; i < last; i++)
        bc_thumbnail_make(&search->thumbnails[i], picture(search, search->firsts[i]), search->preprocess,
                          search->basis);
}

static uint64_t turned(uint64_t bits, unsigned by) {
    return by == 0 ? bits : bits << by | bits >> (64 - by);
}

static void order_some(void *context, unsigned worker) {
    const bc_search *search = context;
    size_t first, last;
    bc_pool_range(search->pool, worker, search->count, &first, &last);
    for (size_t i = first; i < last; i++)
        search->order[i] =
            (bc_keyed){turned(search->thumbnails[i].bits[search->hash], search->turn), (uint32_t)i};
}

/* Pairs that are one family already need not be looked at. */
static void compare_some(void *context, unsigned worker) {
    const bc_search *search = context;
    const uint32_t *near = search->copies->near;
    size_t first, last;
    bc_pool_range(search->pool, worker, search->count, &first, &last);
    for (size_t i = first; i < last; i++) {
        const uint32_t a = search->order[i].index;
        search->joined[i] = 0;
        for (size_t k = 0; k < WINDOW && i + k + 1 < search->count; k++) {
            const uint32_t b = search->order[i + k + 1].index;
            if (near[search->firsts[a]] != near[search->firsts[b]] &&
                bc_thumbnail_is_near(&search->thumbnails[a], &search->thumbnails[b], search->most_distance))
                search->joined[i] |= UINT32_C(1) << k;
        }
    }
}

static void join_found(bc_search *search) {
    for (size_t i = 0; i < search->count; i++) {
        for (size_t k = 0; k < WINDOW; k++) {
            if ((search->joined[i] >> k & 1) != 0)
                bc_families_join(search->copies->near, search->firsts[search->order[i].index],
                                 search->firsts[search->order[i + k + 1].index]);
        }
    }
    flatten(search->copies);
}

static int by_distance(const void *a, const void *b) {
    const float first = *(const float *)a, second = *(const float *)b;
    return (first > second) - (first < second);
}

/* From how far apart pictures of this set are that were picked by chance. Only the nearest tenth of them is
 * asked, as they are those that are laid out alike. */
static float choose_distance(const bc_search *search) {
    enum { PAIRS = 4000 };
    const float share = 0.04F, least = 0.01F, most = 0.03F;
    float distances[PAIRS];
    bc_random random = bc_random_keyed(0, BC_RANDOM_COPIES, 0, 0);
    for (size_t i = 0; i < PAIRS; i++) {
        const bc_thumbnail *a = &search->thumbnails[bc_random_below(&random, search->count)];
        const bc_thumbnail *b = &search->thumbnails[bc_random_below(&random, search->count)];
        distances[i] = a == b ? 1 : bc_thumbnail_distance(a, b);
    }
    qsort(distances, PAIRS, sizeof distances[0], by_distance);
    return fminf(fmaxf(share * distances[PAIRS / 10], least), most);
}

static void collect_firsts(bc_search *search) {
    const bc_copies *copies = search->copies;
    for (size_t i = 0; i < copies->count; i++) {
        copies->near[i] = copies->exact[i];
        if (copies->exact[i] == i)
            search->firsts[search->count++] = (uint32_t)i;
    }
}

static void match_near(bc_search *search, bc_pool *pool) {
    collect_firsts(search);
    bc_pool_run(pool, reduce_some, search);
    bc_thumbnail_hash(search->thumbnails, search->count);
    search->most_distance = search->count > 0 ? choose_distance(search) : 0;
    for (unsigned pass = 0; pass < 2 * TURNS; pass++) {
        search->hash = pass / TURNS;
        search->turn = 64 / TURNS * (pass % TURNS);
        bc_pool_run(pool, order_some, search);
        qsort(search->order, search->count, sizeof *search->order, by_key);
        bc_pool_run(pool, compare_some, search);
        join_found(search);
    }
}

/* ---- both ---- */

static bc_status take_memory(bc_search *search, bc_error *err) {
    const size_t count = search->cache->count;
    void *exact = NULL, *near = NULL, *order = NULL, *firsts = NULL, *joined = NULL, *thumbnails = NULL;
    bc_status status = bc_alloc(&exact, count, sizeof *search->copies->exact, err);
    if (status == BC_OK)
        status = bc_alloc(&near, count, sizeof *search->copies->near, err);
    if (status == BC_OK)
        status = bc_alloc(&order, count, sizeof *search->order, err);
    if (status == BC_OK)
        status = bc_alloc(&firsts, count, sizeof *search->firsts, err);
    if (status == BC_OK)
        status = bc_alloc(&joined, count, sizeof *search->joined, err);
    if (status == BC_OK)
        status = bc_alloc(&thumbnails, count, sizeof *search->thumbnails, err);
    *search->copies = (bc_copies){exact, near, count};
    search->order = order;
    search->firsts = firsts;
    search->joined = joined;
    search->thumbnails = thumbnails;
    return status;
}

bc_status bc_copies_find(bc_copies *copies, const bc_cache *cache, const bc_preprocess *preprocess,
                         bc_pool *pool, bc_error *err) {
    bc_thumbnail_basis basis;
    bc_search search = {
        .cache = cache, .preprocess = preprocess, .pool = pool, .basis = &basis, .copies = copies};
    *copies = (bc_copies){0};
    bc_thumbnail_make_basis(&basis);
    bc_status status = take_memory(&search, err);
    if (status == BC_OK) {
        bc_pool_run(pool, hash_some, &search);
        match_exact(&search);
        match_near(&search, pool);
    }
    free(search.order);
    free(search.firsts);
    free(search.joined);
    free(search.thumbnails);
    return status;
}

void bc_copies_free(bc_copies *copies) {
    if (copies == NULL)
        return;
    free(copies->exact);
    free(copies->near);
    *copies = (bc_copies){0};
}
