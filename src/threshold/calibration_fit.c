/* Fits a calibration, on all rows or crosswise. */
#include "threshold/calibration_fit.h"

#include "base/memory.h"

#include <bclass/logit.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEAST_ROWS = 5 }; /* of each class: one for each fold */

uint64_t bc_fit_advisable(bc_calibration_method method) {
    static const uint64_t rows[] = {[BC_CALIBRATION_NONE] = 0,
                                    [BC_CALIBRATION_TEMPERATURE] = 10,
                                    [BC_CALIBRATION_PLATT] = 20,
                                    [BC_CALIBRATION_BETA] = 30,
                                    [BC_CALIBRATION_ISOTONIC] = 100};
    return rows[method];
}

const char bc_fit_flat_note[] =
    "higher scores do not go with more positives on these rows, so that all get the "
    "same score; is the positive class the other one?";

void bc_fit_note(bc_calibration *calibration, const char *text) {
    snprintf(calibration->note, sizeof calibration->note, "%s", text);
}

double bc_fit_log_loss(double logit, int label) {
    return label == 1 ? bc_softplus(-logit) : bc_softplus(logit);
}

bc_status bc_calibration_fit_rows(bc_calibration *calibration, const bc_fit_rows *rows,
                                  bc_calibration_method method, bc_error *err) {
    *calibration = (bc_calibration){.method = method, .clip = rows->clip};
    switch (method) {
    case BC_CALIBRATION_TEMPERATURE:
        bc_fit_temperature(calibration, rows);
        return BC_OK;
    case BC_CALIBRATION_PLATT:
        bc_fit_platt(calibration, rows);
        return BC_OK;
    case BC_CALIBRATION_BETA:
        bc_fit_beta(calibration, rows);
        return BC_OK;
    case BC_CALIBRATION_ISOTONIC:
        return bc_fit_isotonic(calibration, rows, err);
    default:
        calibration->clip = 0; /* left as they are */
        return BC_OK;
    }
}

static bc_status check_rows(const bc_fit_rows *rows, bc_error *err) {
    if (rows->positives >= LEAST_ROWS && rows->negatives >= LEAST_ROWS)
        return BC_OK;
    return bc_fail(err, BC_ERROR_FORMAT,
                   "a calibration needs at least %d rows of each class, here are %" PRIu64
                   " positive and %" PRIu64 " negative",
                   LEAST_ROWS, rows->positives, rows->negatives);
}

static void note_few_rows(bc_calibration *calibration) {
    uint64_t rarer =
        calibration->positives < calibration->negatives ? calibration->positives : calibration->negatives;
    uint64_t advisable = bc_fit_advisable(calibration->method);
    if (rarer < advisable && calibration->note[0] == '\0')
        snprintf(calibration->note, sizeof calibration->note,
                 "%" PRIu64 " rows of the rarer class are few for %s, which takes about %" PRIu64
                 "; it may not hold for other rows",
                 rarer, bc_calibration_names[calibration->method], advisable);
}

static double mean_log_loss(const bc_calibration *calibration, const bc_fit_rows *rows) {
    double sum = 0;
    if (calibration->method == BC_CALIBRATION_NONE && rows->impossible)
        return INFINITY;
    for (size_t i = 0; i < rows->count; i++)
        sum += bc_fit_weight(rows, i) *
               bc_fit_log_loss(bc_calibration_apply(calibration, rows->logits[i]), rows->labels[i]);
    return sum / (double)rows->count;
}

/* The method itself, or the one that auto comes to. */
static bc_status choose(bc_calibration_method *method, char *chosen_by, const bc_fit_rows *rows,
                        uint64_t seed, bc_error *err) {
    return *method == BC_CALIBRATION_AUTO ? bc_fit_choose(method, chosen_by, rows, seed, err) : BC_OK;
}

static bc_status fit(bc_calibration *calibration, const bc_fit_rows *rows, bc_calibration_method method,
                     uint64_t seed, bc_error *err) {
    char chosen_by[BC_CALIBRATION_NOTE_SIZE] = "";
    bc_status status = choose(&method, chosen_by, rows, seed, err);
    if (status == BC_OK)
        status = bc_calibration_fit_rows(calibration, rows, method, err);
    if (status == BC_OK)
        snprintf(calibration->chosen_by, sizeof calibration->chosen_by, "%s", chosen_by);
    return status;
}

/* What the fit was made of and came to. */
static void describe(bc_calibration *calibration, const bc_fit_rows *rows) {
    const bc_calibration none = {0};
    calibration->rows = rows->positives + rows->negatives;
    calibration->positives = rows->positives;
    calibration->negatives = rows->negatives;
    calibration->log_loss_before = mean_log_loss(&none, rows);
    calibration->log_loss_after = mean_log_loss(calibration, rows);
    note_few_rows(calibration);
}

bc_status bc_calibration_fit(bc_calibration *calibration, const bc_scores *scores, unsigned splits,
                             bc_calibration_method method, uint64_t seed, bc_error *err) {
    bc_fit_rows rows;
    *calibration = (bc_calibration){0};
    bc_status status = bc_fit_rows_take(&rows, scores, splits, method == BC_CALIBRATION_AUTO, seed, err);
    if (status == BC_OK)
        status = check_rows(&rows, err);
    if (status == BC_OK)
        status = fit(calibration, &rows, method, seed, err);
    if (status == BC_OK)
        describe(calibration, &rows);
    bc_fit_rows_free(&rows);
    return status;
}

/* ---- crosswise ---- */

static bc_status add_row(bc_scores *crossed, const bc_fit_rows *rows, size_t i, double logit, bc_error *err) {
    bc_score_row row = bc_score_row_blank;
    row.value = logit;
    row.label = rows->labels[i];
    row.weight = bc_fit_weight(rows, i);
    return bc_scores_add(crossed, &row, err);
}

/* Fits on the other folds, and adds what that makes of this one. */
static bc_status cross(bc_scores *crossed, const bc_fit_rows *rows, unsigned fold,
                       bc_calibration_method method, uint64_t seed, bc_error *err) {
    bc_fit_rows rest;
    bc_calibration calibration = {0};
    bc_status status = bc_fit_rows_without(&rest, rows, fold, err);
    if (status == BC_OK && (rest.positives == 0 || rest.negatives == 0))
        status = bc_fail(err, BC_ERROR_FORMAT, "the rows are in too few groups to fit crosswise");
    if (status == BC_OK)
        status = fit(&calibration, &rest, method, seed, err);
    for (size_t i = 0; status == BC_OK && i < rows->count; i++) {
        if (rows->folds[i] == fold)
            status = add_row(crossed, rows, i, bc_calibration_apply(&calibration, rows->logits[i]), err);
    }
    bc_calibration_free(&calibration);
    bc_fit_rows_free(&rest);
    return status;
}

bc_status bc_calibration_cross_fit(bc_scores *crossed, const bc_scores *scores, unsigned splits,
                                   bc_calibration_method method, uint64_t seed, bc_error *err) {
    bc_fit_rows rows;
    *crossed = (bc_scores){.logits = true};
    bc_status status = bc_fit_rows_take(&rows, scores, splits, true, seed, err);
    if (status == BC_OK)
        status = check_rows(&rows, err);
    for (unsigned fold = 0; status == BC_OK && fold < BC_CALIBRATION_FOLDS; fold++) {
        if (bc_fit_rows_in(&rows, fold) > 0)
            status = cross(crossed, &rows, fold, method, seed, err);
    }
    bc_fit_rows_free(&rows);
    return status;
}
