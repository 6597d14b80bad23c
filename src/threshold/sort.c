/* Most significant bits first: the keys are cut into buckets by the highest bits in which they differ, about
 * one key a bucket; where there are many in one it is cut again, and in the end each key is inserted where it
 * belongs. What fits the scratch, and so the cache, is moved through it; what does not is moved in place. */
#include "threshold/sort.h"

#include <stdbool.h>

enum { FEW = 32, MOST_BITS = 12, MOST_BUCKETS = 1 << MOST_BITS };

/* Sorts the keys on their way to a place of their own, or to where they are. */
static void insert(uint64_t *to, const uint64_t *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t key = keys[i];
        size_t at = i;
        for (; at > 0 && to[at - 1] > key; at--)
            to[at] = to[at - 1];
        to[at] = key;
    }
}

/* Buckets of equal width from the least key on. */
typedef struct cut {
    uint64_t least;
    unsigned shift;
    size_t buckets;
    uint32_t starts[MOST_BUCKETS + 1]; /* where each bucket starts, and the last one ends */
} cut;

static unsigned bits_of(uint64_t number) {
    return number > 0 ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

static inline size_t bucket_of(const cut *by, uint64_t key) {
    return (size_t)((key - by->least) >> by->shift);
}

/* false when all keys are equal. */
static bool find_cut(cut *by, const uint64_t *keys, size_t count) {
    uint64_t least = keys[0], most = keys[0];
    for (size_t i = 1; i < count; i++) {
        least = keys[i] < least ? keys[i] : least;
        most = keys[i] > most ? keys[i] : most;
    }
    if (least == most)
        return false;
    unsigned wanted = bits_of(count), bits = bits_of(most - least);
    wanted = wanted < MOST_BITS ? wanted : MOST_BITS;
    by->least = least;
    by->shift = bits > wanted ? bits - wanted : 0;
    by->buckets = bucket_of(by, most) + 1;
    memset(by->starts, 0, (by->buckets + 1) * sizeof by->starts[0]);
    for (size_t i = 0; i < count; i++)
        by->starts[bucket_of(by, keys[i]) + 1]++;
    for (size_t i = 0; i < by->buckets; i++)
        by->starts[i + 1] += by->starts[i];
    return true;
}

/* Copies the keys to their buckets, each of which then starts where it ended. */
static void scatter(uint64_t *to, const uint64_t *keys, size_t count, cut *by) {
    for (size_t i = 0; i < count; i++)
        to[by->starts[bucket_of(by, keys[i])]++] = keys[i];
}

/* Moves the keys to their buckets in place: each key that is in the wrong one goes where it belongs and takes
 * the key from there along (McIlroy, Bostic, McIlroy 1993). Each bucket then starts where it ended. */
static void permute(uint64_t *keys, cut *by) {
    uint32_t ends[MOST_BUCKETS];
    memcpy(ends, by->starts + 1, by->buckets * sizeof ends[0]);
    for (size_t bucket = 0; bucket < by->buckets; bucket++) {
        while (by->starts[bucket] < ends[bucket]) {
            uint64_t key = keys[by->starts[bucket]];
            for (size_t to = bucket_of(by, key); to != bucket; to = bucket_of(by, key)) {
                uint64_t other = keys[by->starts[to]];
                keys[by->starts[to]++] = key;
                key = other;
            }
            keys[by->starts[bucket]++] = key;
        }
    }
}

/* The buckets of many keys; what they need not, they may take of the room. */
static void sort_buckets(uint64_t *keys, const cut *by, uint64_t *room) {
    size_t start = 0;
    for (size_t i = 0; i < by->buckets; i++) {
        size_t end = by->starts[i];
        if (end - start > FEW)
            bc_sort_keys(keys + start, end - start, room);
        start = end;
    }
}

void bc_sort_keys(uint64_t *keys, size_t count, uint64_t *scratch) {
    cut by;
    if (count <= FEW) {
        insert(keys, keys, count);
        return;
    }
    if (!find_cut(&by, keys, count))
        return;
    const bool fits = count <= BC_SORT_SCRATCH;
    uint64_t *cut_keys = fits ? scratch : keys;
    if (fits)
        scatter(scratch, keys, count, &by);
    else
        permute(keys, &by);
    if (by.shift > 0) /* else each bucket holds one value */
        sort_buckets(cut_keys, &by, fits ? keys : scratch);
    insert(keys, cut_keys, count); /* no key leaves its bucket */
}
