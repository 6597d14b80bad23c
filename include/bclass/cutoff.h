/*
 * A cutoff that was chosen, kept in a file (cutoff.json) together with how it was chosen:
 *
 *     {"format": "bclass cutoff", "version": 1, "cutoff": 0.25, "logit": "-0x1.193ea7aad030bp+0",
 *      "rule": "recall >= 0.95", "chosen_on": {"split": "val", "rows": ..., "tp": ...}, "test": {...},
 *      "guarantee": {"recall": 0.95, "confidence": 0.95},
 *      "positive": "defect", "negative": "ok", "scores_sha256": "..."}
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
    double score, logit;              /* an item is positive when its logit >= logit, which is finite */
    char rule[BC_RULE_NAME_SIZE];     /* how it was chosen */
    char split[BC_CUTOFF_SPLIT_SIZE]; /* what it was chosen on: val, test, oof, train, or all */
    bc_confusion chosen;              /* the counts there, or the sums of weights */
    bool has_test;
    bc_confusion test;                          /* the counts on the test split */
    double promised_recall, promised_precision; /* floors for items to come; 0: none */
    double confidence;                          /* of the promise; 0 when there is none */
    char scores_sha256[65];    /* of the scores file; empty when not known (standard input) */
    char *positive, *negative; /* names of the classes; NULL when not known */
} bc_cutoff;

void bc_cutoff_free(bc_cutoff *cutoff);

bc_status bc_cutoff_write(const bc_cutoff *cutoff, const char *path, bc_error *err);

/* *cutoff is zero-initialised by this function and freed by the caller in any case. Errors: BC_ERROR_FORMAT
 * when the file is no cutoff file or contradicts itself. */
bc_status bc_cutoff_read(bc_cutoff *cutoff, const char *path, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
