/* Deals the rows of a curve into folds. */
#include <bclass/crossfit.h>

#include "base/memory.h"
#include "threshold/draw.h"

#include <stdlib.h>

/* ---- rows ---- */

/* A random order of cards, of which each fold has as many as the others; *start gets the first of the extra
 * cards and the next class takes up behind it. Drawn without a list: each row draws among the places left. */
static void deal_rows(uint8_t *fold_of, size_t rows, unsigned folds, unsigned *start, bc_random random) {
    size_t left[BC_FOLDS_MOST], extra = rows % folds;
    for (unsigned f = 0; f < folds; f++)
        left[f] = rows / folds + ((f + folds - *start) % folds < extra);
    *start = (unsigned)((*start + extra) % folds);
    for (size_t i = 0; i < rows; i++) {
        size_t place = bc_draw_below(&random, rows - i);
        unsigned fold = 0;
        while (place >= left[fold])
            place -= left[fold++];
        left[fold]--;
        fold_of[i] = (uint8_t)fold;
    }
}

/* ---- clusters ---- */

typedef struct cluster {
    size_t positives, negatives;
    uint64_t lot; /* random: the order among those of one size */
    uint32_t number;
} cluster;

static int larger_first(const void *first, const void *second) {
    const cluster *a = first, *b = second;
    size_t of_a = a->positives + a->negatives, of_b = b->positives + b->negatives;
    if (of_a != of_b)
        return of_a > of_b ? -1 : 1;
    if (a->lot != b->lot)
        return a->lot < b->lot ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static void measure_clusters(cluster *list, const bc_curve *curve, const bc_clusters *clusters,
                             bc_random *random) {
    for (size_t i = 0; i < clusters->count; i++) {
        list[i].number = (uint32_t)i;
        list[i].lot = bc_random_next(random);
    }
    for (size_t i = 0; i < curve->positive.count; i++)
        list[clusters->positive[i]].positives++;
    for (size_t i = 0; i < curve->negative.count; i++)
        list[clusters->negative[i]].negatives++;
}

/* Each goes where, by the shares of both classes that are there already, its rows add least to the squares of
 * the shares: the folds then grow alike. Of equal folds it is a random one. */
static unsigned emptiest(const double shares[2][BC_FOLDS_MOST], const double own[2], unsigned folds,
                         bc_random *random) {
    unsigned best = 0;
    size_t equal = 0;
    double least = 0;
    for (unsigned f = 0; f < folds; f++) {
        double fill = own[0] * shares[0][f] + own[1] * shares[1][f];
        if (equal > 0 && fill > least)
            continue;
        equal = equal > 0 && fill == least ? equal + 1 : 1;
        least = fill;
        if (bc_draw_below(random, equal) == 0)
            best = f;
    }
    return best;
}

static bc_status deal_clusters(bc_folds *folds, const bc_curve *curve, const bc_clusters *clusters,
                               bc_random random, bc_error *err) {
    void *block = NULL, *dealt = NULL;
    double shares[2][BC_FOLDS_MOST] = {{0}};
    bc_status status = bc_alloc(&block, clusters->count, sizeof(cluster), err);
    if (status == BC_OK)
        status = bc_alloc(&dealt, clusters->count, 1, err);
    cluster *list = block;
    uint8_t *fold_of = dealt;
    if (status == BC_OK) {
        measure_clusters(list, curve, clusters, &random);
        qsort(list, clusters->count, sizeof *list, larger_first);
        for (size_t i = 0; i < clusters->count; i++) {
            const double own[2] = {(double)list[i].positives / (double)curve->positive.count,
                                   (double)list[i].negatives / (double)curve->negative.count};
            unsigned fold = emptiest(shares, own, folds->count, &random);
            shares[0][fold] += own[0];
            shares[1][fold] += own[1];
            fold_of[list[i].number] = (uint8_t)fold;
        }
        for (size_t i = 0; i < curve->positive.count; i++)
            folds->positive[i] = fold_of[clusters->positive[i]];
        for (size_t i = 0; i < curve->negative.count; i++)
            folds->negative[i] = fold_of[clusters->negative[i]];
    }
    free(block);
    free(dealt);
    return status;
}

/* ---- both ---- */

static size_t least_of(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Rows of the rarer class, or clusters with such. */
static size_t most_folds(const bc_curve *curve, const bc_clusters *clusters) {
    if (clusters->positive == NULL)
        return least_of(curve->positive.count, curve->negative.count);
    size_t mixed = clusters->kinds[BC_CLUSTER_MIXED];
    return mixed + least_of(clusters->kinds[BC_CLUSTER_POSITIVE], clusters->kinds[BC_CLUSTER_NEGATIVE]);
}

bc_status bc_folds_deal(bc_folds *folds, const bc_curve *curve, const bc_clusters *clusters, unsigned wanted,
                        uint64_t seed, bc_error *err) {
    void *positive = NULL, *negative = NULL;
    unsigned start = 0;
    *folds = (bc_folds){0};
    wanted = wanted < BC_FOLDS_MOST ? wanted : BC_FOLDS_MOST;
    unsigned count = (unsigned)least_of(wanted, most_folds(curve, clusters));
    bc_status status = bc_alloc(&positive, curve->positive.count, 1, err);
    if (status == BC_OK)
        status = bc_alloc(&negative, curve->negative.count, 1, err);
    folds->positive = positive;
    folds->negative = negative;
    if (status != BC_OK || count < 2)
        return status;
    folds->count = count;
    if (clusters->positive != NULL)
        return deal_clusters(folds, curve, clusters, bc_random_keyed(seed, BC_RANDOM_FOLD, 2, 0), err);
    deal_rows(folds->positive, curve->positive.count, count, &start,
              bc_random_keyed(seed, BC_RANDOM_FOLD, 1, 0));
    deal_rows(folds->negative, curve->negative.count, count, &start,
              bc_random_keyed(seed, BC_RANDOM_FOLD, 0, 0));
    return BC_OK;
}

void bc_folds_free(bc_folds *folds) {
    if (folds == NULL)
        return;
    free(folds->positive);
    free(folds->negative);
    *folds = (bc_folds){0};
}
