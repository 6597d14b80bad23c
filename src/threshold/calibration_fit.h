/*
 * The parts of fitting a calibration. Only the files of calibration use this.
 */
#ifndef BC_THRESHOLD_CALIBRATION_FIT_H
#define BC_THRESHOLD_CALIBRATION_FIT_H

#include <bclass/calibration.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rows to fit on, taken out of a table: first the positives, then the negatives, each with falling
 * logits, which are finite; the mean of the weights is 1. */
typedef struct bc_fit_rows {
    double *logits;
    double *weights; /* NULL when all are 1 */
    int8_t *labels;  /* 1 or 0 */
    uint8_t *folds;  /* NULL when not asked for */
    size_t count;
    uint64_t positives, negatives; /* rows */
    double positive_weight, negative_weight;
    double clip; /* see bc_calibration */
    bool
        impossible; /* a clipped logit says the wrong class: without a calibration the log loss is infinite */
} bc_fit_rows;

/* with_folds: also deals the rows, by the seed and keeping groups together, into BC_CALIBRATION_FOLDS folds
 * or as many as there can be. *rows is freed by the caller in any case. */
bc_status bc_fit_rows_take(bc_fit_rows *rows, const bc_scores *scores, unsigned splits, bool with_folds,
                           uint64_t seed, bc_error *err);
void bc_fit_rows_free(bc_fit_rows *rows);

static inline double bc_fit_weight(const bc_fit_rows *rows, size_t i) {
    return rows->weights != NULL ? rows->weights[i] : 1;
}

/* Rows in a fold. */
size_t bc_fit_rows_in(const bc_fit_rows *rows, unsigned fold);

/* The rows that are not in the fold, each still in its own. */
bc_status bc_fit_rows_without(bc_fit_rows *rest, const bc_fit_rows *rows, unsigned fold, bc_error *err);

/* About as many rows as wanted, drawn by the seed. */
bc_status bc_fit_rows_sample(bc_fit_rows *sample, const bc_fit_rows *rows, size_t wanted, uint64_t seed,
                             bc_error *err);

/* Fits a method other than auto, without a look at how many rows there are: method, parameters, steps, clip
 * and note. Both classes must be there. */
bc_status bc_calibration_fit_rows(bc_calibration *calibration, const bc_fit_rows *rows,
                                  bc_calibration_method method, bc_error *err);

/* The methods one by one; they set parameters or steps, and note. */
void bc_fit_temperature(bc_calibration *calibration, const bc_fit_rows *rows);
void bc_fit_platt(bc_calibration *calibration, const bc_fit_rows *rows);
void bc_fit_beta(bc_calibration *calibration, const bc_fit_rows *rows);
bc_status bc_fit_isotonic(bc_calibration *calibration, const bc_fit_rows *rows, bc_error *err);

/* How many rows of the rarer class it takes before the method is worth much: ten a parameter. */
uint64_t bc_fit_advisable(bc_calibration_method method);

/* Sets start and end of each step from the scores. */
void bc_calibration_set_levels(bc_calibration *calibration);

/* Chooses the method by leaving out each fold in turn, and says why in chosen_by (of
 * BC_CALIBRATION_NOTE_SIZE). The rows have folds. */
bc_status bc_fit_choose(bc_calibration_method *method, char *chosen_by, const bc_fit_rows *rows,
                        uint64_t seed, bc_error *err);

/* Of one row. */
double bc_fit_log_loss(double logit, int label);

/* Sets the calibration's note. */
void bc_fit_note(bc_calibration *calibration, const char *text);
extern const char bc_fit_flat_note[];

#endif
