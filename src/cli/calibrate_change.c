/* Scores in, scores out. */
#include "calibrate.h"

#include "base/number.h"

#include <bclass/cutoff.h>
#include <bclass/logit.h>

#include <math.h>
#include <string.h>

/* The logit that is to become 0. */
static bc_status read_centre(double *logit, const char *text, bc_error *err) {
    double number;
    bc_cutoff cutoff;
    if (bc_number_parse(text, strlen(text), &number)) {
        *logit = bc_logit(number);
        return number > 0 && number < 1
                   ? BC_OK
                   : bc_fail(err, BC_ERROR_USAGE,
                             "--recentre takes a number between 0 and 1 or a cutoff file, not '%s'", text);
    }
    bc_status status = bc_cutoff_read(&cutoff, text, err);
    *logit = cutoff.logit;
    bc_cutoff_free(&cutoff);
    return status;
}

/* Where it is not given, the share of positives is that of the rows the calibration was fitted on. */
static bc_status find_prevalence_shift(double *shift, const bc_calibrate_changes *changes,
                                       const bc_calibration *calibration, bc_error *err) {
    double from = changes->prevalence_from;
    *shift = 0;
    if (!(changes->prevalence > 0) && !(from > 0))
        return BC_OK;
    if (!(changes->prevalence > 0))
        return bc_fail(err, BC_ERROR_USAGE,
                       "--prevalence-from takes --prevalence besides: the share to change to");
    if (!(from > 0) && changes->apply != NULL && calibration->positives > 0)
        from = (double)calibration->positives / (double)calibration->rows;
    if (!(from > 0 && from < 1))
        return bc_fail(
            err, BC_ERROR_USAGE,
            "--prevalence takes --prevalence-from besides: the share of positives that the scores are "
            "right for as they are");
    *shift = bc_calibration_prevalence_shift(from, changes->prevalence);
    return BC_OK;
}

bc_status bc_calibrate_change(bc_scores *scores, const bc_calibrate_changes *changes, bc_error *err) {
    bc_calibration calibration = {0};
    double shift = 0, centre = 0;
    bc_status status = BC_OK;
    if (changes->apply != NULL)
        status = bc_calibration_read(&calibration, changes->apply, err);
    if (status == BC_OK)
        status = find_prevalence_shift(&shift, changes, &calibration, err);
    if (status == BC_OK && changes->recentre != NULL)
        status = read_centre(&centre, changes->recentre, err);
    if (status != BC_OK)
        goto done;
    shift += bc_calibration_recentre_shift(centre);
    for (size_t i = 0; i < scores->count; i++) {
        double logit = bc_scores_logit(scores, i);
        bool meant = changes->target < 0 || scores->targets[i] == changes->target;
        scores->values[i] = meant ? bc_calibration_apply(&calibration, logit) + shift : logit;
    }
    scores->logits = true;
    status = bc_scores_write(scores, "-", err);
done:
    bc_calibration_free(&calibration);
    return status;
}
