/*
 * A cutoff that was chosen, kept in a file (cutoff.json) together with how it was chosen:
 *
 *     {"format": "bclass cutoff", "version": 1, "cutoff": 0.25, "logit": "-0x1.193ea7aad030bp+0",
 *      "rule": "recall >= 0.95", "chosen_on": {"split": "val", "rows": ..., "tp": ...}, "test": {...},
 *      "floors": {"recall": 0.95}, or "guarantee": {"recall": 0.95, "confidence": 0.95},
 *      "positive": "defect", "negative": "ok", "scores_sha256": "..."}
 *
 * Of scores that are about many labels there is a cutoff for each of them:
 *
 *     {"format": ..., "version": ..., "targets": [{"target": "shoes", "cutoff": ..., "logit": ..., "rule":
 * ..., "chosen_on": ..., ...}, ...], "positive": ..., "negative": ..., "scores_sha256": ...}
 */
#ifndef BCLASS_CUTOFF_H
#define BCLASS_CUTOFF_H

#include <bclass/error.h>
#include <bclass/metrics.h>
#include <bclass/pick.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BC_CUTOFF_SPLIT_SIZE = 16 };

/* Zero-initialise or read; free. */
typedef struct bc_cutoff {
    double score, logit;          /* an item is positive when its logit >= logit, which is finite; of items
                                     that have only a score, when that is >= score */
    char rule[BC_RULE_NAME_SIZE]; /* how it was chosen */
    char split[BC_CUTOFF_SPLIT_SIZE]; /* what it was chosen on: val, test, oof, train, or all */
    bc_confusion chosen;              /* the counts there, or the sums of weights */
    bool has_test;
    bc_confusion test;             /* the counts on the test split */
    bool weighted;                 /* the counts are sums of weights, which are not all 1 */
    double floors[BC_FLOOR_COUNT]; /* that the rule set; 0 or NaN: none */
    double confidence;             /* with which they are promised for items to come; 0: they were kept by the
                                      items chosen on only */
    char scores_sha256[65];        /* of the scores file; empty when not known (standard input) */
    char *positive, *negative;     /* names of the classes; NULL when not known */
    char *target;                  /* the label that it is about; NULL where there are not many */
} bc_cutoff;

/* Those of one file: one, or one for each of many labels. Zero-initialise or read; free. */
typedef struct bc_cutoffs {
    bc_cutoff *items;
    size_t count;
    bool many; /* each has a target */
} bc_cutoffs;

void bc_cutoff_free(bc_cutoff *cutoff);

bc_status bc_cutoff_write(const bc_cutoff *cutoff, const char *path, bc_error *err);

/* *cutoff is zero-initialised by this function and freed by the caller in any case. Errors: BC_ERROR_FORMAT
 * when the file is no cutoff file or contradicts itself, BC_ERROR_USAGE when it holds cutoffs of many labels.
 */
bc_status bc_cutoff_read(bc_cutoff *cutoff, const char *path, bc_error *err);

/* The same for one or many. What all have in common (names of classes, the scores file) is written of the
 * first; many cutoffs without any is a file of its own kind. */
void bc_cutoffs_free(bc_cutoffs *cutoffs);
bc_status bc_cutoffs_write(const bc_cutoffs *cutoffs, const char *path, bc_error *err);
bc_status bc_cutoffs_read(bc_cutoffs *cutoffs, const char *path, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
