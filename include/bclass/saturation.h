/*
 * Whether a cutoff can do anything with the scores: when they were rounded to 0 and 1, or lie so near these
 * that no ordinary cutoff stands between them, most of what a model knows of the order of the items is lost
 * or out of reach.
 */
#ifndef BCLASS_SATURATION_H
#define BCLASS_SATURATION_H

#include <bclass/curve.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rows are counted, whatever they weigh. */
typedef struct bc_saturation {
    bool ends, stuck; /* what was found, see below */
    size_t rows;
    size_t at_zero, at_one; /* scores of exactly 0, exactly 1; of logits only the infinite ones, for the
                               others are told apart */
    size_t moved;  /* rows from 0.05 up to, but not at, 0.5: a cutoff of 0.05 in place of 0.5 changes these */
    size_t errors; /* rows on the wrong side of 0.5 */
    size_t distinct; /* values; this and decimals only when something was found, else 0 */
    int decimals;    /* the fewest, up to 9, that write all scores exactly; 0: more, or logits */
} bc_saturation;

/* Of 50 rows or more:
 * - ends: ten rows, and a fifth of all, are at exactly 0 or exactly 1: no cutoff tells them apart;
 * - stuck: at least ten rows are on the wrong side of 0.5, and less than a tenth as many, and less than a
 *   hundredth of all, lie from 0.05 to 0.95, while ten lie beyond either end: no cutoff in reach trades one
 *   kind of error for the other.
 * O(log n) when nothing is found, O(n) else. */
bc_saturation bc_saturation_find(const bc_curve *curve);

#ifdef __cplusplus
}
#endif

#endif
