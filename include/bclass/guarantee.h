/*
 * Cutoffs with a promise for items yet to come: with probability confidence over the draw of the items at
 * hand, the recall (or the precision) of the cutoff among all future items is at least the floor. The items
 * at hand must be drawn like the future ones, independently of each other, and the scores must not have been
 * learned from them; of items that share clusters (see bc_clusters_mark) nothing is promised.
 */
#ifndef BCLASS_GUARANTEE_H
#define BCLASS_GUARANTEE_H

#include <bclass/curve.h>
#include <bclass/pick.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_guarantee_lack {
    BC_LACK_NONE,
    BC_LACK_POSITIVES,   /* fewer than needed */
    BC_LACK_ITEMS,       /* too few for the first test of precision */
    BC_LACK_PRECISION,   /* already the first test of precision fails */
    BC_LACK_BOTH,        /* each floor can be promised, but of no cutoff both */
    BC_LACK_EQUALITY,    /* the items have weights, and the promises are made by counting */
    BC_LACK_INDEPENDENCE /* items that count (positives for recall, all for precision) share clusters */
} bc_guarantee_lack;

typedef struct bc_guarantee {
    bool held;
    bc_guarantee_lack lack;   /* why it is not held */
    double recall, precision; /* the floors; 0: none */
    double confidence;
    uint64_t positives, needed; /* how many there are, and with how many at least a promise can be made */
    double best_recall; /* the highest floor so many positives can promise; NaN without one of recall */
    uint64_t rank;      /* the cutoff's place among the positives from below, 1 the lowest; 0: none */
    uint64_t first_items, first_hits, first_needed; /* the first test of precision: items, positives, and how
                                                       many of them would pass */
} bc_guarantee;

/* The greatest k for which the k-th lowest of n positives promises the recall: P(Binomial(n, 1 - recall) <= k
 * - 1)
 * <= risk (Wilks 1941; Tong, Feng, Li 2018). 0 when there is none. Ties make the promise safer only. */
uint64_t bc_guarantee_rank(uint64_t positives, double recall, double risk);

/* The least n for which there is one: recall^n <= risk. */
uint64_t bc_guarantee_needed(double recall, double risk);

/* The cutoff by a rule with confidence > 0 and a floor of recall, of precision, or both (each then takes half
 * the risk). The floors lie between 0 and 1, both exclusive. pick->met is held; a pick that is not held is
 * NaN.
 *
 * Recall: the highest cutoff that promises it, by bc_guarantee_rank.
 *
 * Precision: the lowest cutoff that passes when cutoffs are tested in an order fixed without the labels
 * (Angelopoulos et al. 2021, "Learn then Test", 2110.01052), from strict to loose until the first fails. The
 * candidates lie above the (N + 1)-th highest score, N growing by a tenth from twice the least number that
 * could pass; a test is P(Binomial( items, floor) >= positives) <= risk. The promise supposes that items with
 * higher scores are no less often positive. */
void bc_guarantee_choose(bc_guarantee *guarantee, bc_pick *pick, const bc_curve *curve, const bc_rule *rule);

/* At most so many of the next positives will be missed, with probability confidence, by the cutoff at the
 * rank: their number is beta-binomial(next; rank, positives - rank + 1). */
uint64_t bc_guarantee_misses(uint64_t rank, uint64_t positives, uint64_t next, double confidence);

#ifdef __cplusplus
}
#endif

#endif
