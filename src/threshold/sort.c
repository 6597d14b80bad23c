/* Most significant bits first: the keys are cut into buckets by the highest bits in which they differ, each
 * bucket is cut again until few keys are left, and those are inserted one by one. What fits the scratch, and
 * so the cache, is moved through it; what does not is moved in place. */
#include "threshold/sort.h"

#include <stdbool.h>

enum { FEW = 32, MOST_BITS = 11, MOST_BUCKETS = 1 << MOST_BITS };

static void insert(uint64_t *keys, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* Buckets of equal width from the least key on. */
typedef struct cut {
    uint64_t least;
    unsigned shift;
    size_t buckets;
    size_t starts[MOST_BUCKETS + 1]; /* where each bucket starts, and the last one ends */
} cut;

static unsigned bits_of(uint64_t number) {
    return number > 0 ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

static size_t bucket_of(const cut *by, uint64_t key) {
    return (size_t)((key - by->least) >> by->shift);
}

/* About four keys a bucket; false when all keys are equal. */
static bool find_cut(cut *by, const uint64_t *keys, size_t count) {
    uint64_t least = keys[0], most = keys[0];
    for (size_t i = 1; i < count; i++) {
        least = keys[i] < least ? keys[i] : least;
        most = keys[i] > most ? keys[i] : most;
    }
    if (least == most)
        return false;
    unsigned wanted = bits_of(count / 4), bits = bits_of(most - least);
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

/* Moves the keys to their buckets by way of the scratch. */
static void scatter(uint64_t *keys, size_t count, const cut *by, uint64_t *scratch) {
    size_t next[MOST_BUCKETS];
    memcpy(next, by->starts, by->buckets * sizeof next[0]);
    for (size_t i = 0; i < count; i++)
        scratch[next[bucket_of(by, keys[i])]++] = keys[i];
    memcpy(keys, scratch, count * sizeof keys[0]);
}

/* Moves the keys to their buckets in place: each key that is in the wrong one goes where it belongs and takes
 * the key from there along (McIlroy, Bostic, McIlroy 1993). */
static void permute(uint64_t *keys, const cut *by) {
    size_t next[MOST_BUCKETS];
    memcpy(next, by->starts, by->buckets * sizeof next[0]);
    for (size_t bucket = 0; bucket < by->buckets; bucket++) {
        while (next[bucket] < by->starts[bucket + 1]) {
            uint64_t key = keys[next[bucket]];
            for (size_t to = bucket_of(by, key); to != bucket; to = bucket_of(by, key)) {
                uint64_t other = keys[next[to]];
                keys[next[to]++] = key;
                key = other;
            }
            keys[next[bucket]++] = key;
        }
    }
}

void bc_sort_keys(uint64_t *keys, size_t count, uint64_t *scratch) {
    cut by;
    if (count <= FEW) {
        insert(keys, count);
        return;
    }
    if (!find_cut(&by, keys, count))
        return;
    if (count <= BC_SORT_SCRATCH)
        scatter(keys, count, &by, scratch);
    else
        permute(keys, &by);
    if (by.shift == 0)
        return; /* each bucket holds one value */
    for (size_t i = 0; i < by.buckets; i++) {
        size_t start = by.starts[i], size = by.starts[i + 1] - start;
        if (size > FEW)
            bc_sort_keys(keys + start, size, scratch);
    }
    insert(keys, count); /* no key leaves its bucket */
}
