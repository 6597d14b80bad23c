/*
 * What `bclass calibrate` found out, and how it is shown. Only the files of that command use this.
 */
#ifndef BC_CLI_CALIBRATE_H
#define BC_CLI_CALIBRATE_H

#include "calibration_error.h"
#include "split_choice.h"

#include "base/text.h"

#include <bclass/calibration.h>
#include <bclass/scores.h>

#include <stdbool.h>

/* What some scores are worth on some rows. */
typedef struct bc_calibrate_stage {
    double log_loss, brier;
    bc_calibration_error error;
} bc_calibrate_stage;

typedef enum bc_calibrate_role {
    BC_ROLE_REPORTED,  /* rows that the fit did not see */
    BC_ROLE_CROSSWISE, /* those fitted on, each as a fit on the other folds has it */
    BC_ROLE_FITTED     /* those fitted on: too hopeful */
} bc_calibrate_role;

enum {
    BC_CALIBRATE_STAGES = 2,
    BC_CALIBRATE_PARTS = 2
}; /* before and after; unseen rows and those fitted on */

typedef struct bc_calibrate_part {
    const char *split; /* "val", "test", ..., or "all" */
    bc_calibrate_role role;
    uint64_t positives, negatives;
    bc_calibrate_stage stages[BC_CALIBRATE_STAGES];
} bc_calibrate_part;

/* A fit and its worth. */
typedef struct bc_calibrate_result {
    const char *file;   /* as it is named in messages */
    const char *target; /* the label that the rows are about; NULL: the file's only one */
    bc_split_choice choice;
    uint64_t unlabelled; /* rows */
    bc_calibration calibration;
    bc_calibrate_part parts[BC_CALIBRATE_PARTS];
} bc_calibrate_result;

/* Fits on the chosen rows and measures: on test where it is there, else crosswise, and on the rows fitted
 * on. file and choice of *result are set by the caller, who frees its calibration in any case. */
bc_status bc_calibrate_fit(bc_calibrate_result *result, const bc_scores *scores, bc_calibration_method method,
                           uint64_t seed, bc_error *err);

/* Appends the result in one of the formats. */
void bc_calibrate_table(bc_text *text, const bc_calibrate_result *result);
void bc_calibrate_csv(bc_text *text, const bc_calibrate_result *result);
bc_status bc_calibrate_json(bc_text *text, const bc_calibrate_result *result, bc_error *err);

/* What is to become of scores. */
typedef struct bc_calibrate_changes {
    const char *apply;                  /* a calibration file; NULL: none */
    double prevalence_from, prevalence; /* 0: not given */
    const char *recentre;               /* a score or a cutoff file; NULL: none */
    int32_t target;                     /* only rows about this label; -1: all */
} bc_calibrate_changes;

/* Calibrates, then shifts to another prevalence, then recentres the scores, and writes all rows to standard
 * output. The values become logits. */
bc_status bc_calibrate_change(bc_scores *scores, const bc_calibrate_changes *changes, bc_error *err);

#endif
