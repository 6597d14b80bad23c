/*
 * Rows whose label a classifier that never saw them contradicts: the ones to look at first when labels may be
 * wrong. Ranked and counted as by confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning:
 * Estimating Uncertainty in Dataset Labels", section 3).
 */
#ifndef BCLASS_SUSPECTS_H
#define BCLASS_SUSPECTS_H

#include <bclass/error.h>
#include <bclass/scores.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bc_suspect {
    size_t row;
    double other; /* probability of the class that the label does not name */
    bool likely;  /* it is at least the threshold of that class: counted in the confident joint */
} bc_suspect;

/* Zero-initialised by bc_suspects_find, freed by the caller. */
typedef struct bc_suspects {
    bc_suspect *items; /* by falling probability of the other class; equal ones by row */
    size_t count;
    size_t likely; /* rows that are, also of those beyond the limit: how many labels are wrong, and how many
                      rows the classifier does not understand */
    /* The threshold of a class: the mean probability of it among the rows with its label; NaN without any. */
    double positive_threshold, negative_threshold;
} bc_suspects;

/* Of the labelled rows in these splits (bits 1 << BC_SPLIT_...), the limit ones whose own label is least
 * probable. Scores are to be those of pictures not trained on; they are taken as probabilities, and weights
 * are not regarded. O(n log n), 24 bytes a row while it runs. */
bc_status bc_suspects_find(bc_suspects *found, const bc_scores *scores, unsigned splits, size_t limit,
                           bc_error *err);
void bc_suspects_free(bc_suspects *found);

#ifdef __cplusplus
}
#endif

#endif
