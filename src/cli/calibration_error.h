/*
 * How the commands show a calibration and calibration error.
 */
#ifndef BC_CLI_CALIBRATION_ERROR_H
#define BC_CLI_CALIBRATION_ERROR_H

#include "base/json.h"

#include <bclass/calibration.h>
#include <bclass/reliability.h>

/* Appends "temperature 1.31", "platt: slope 0.9, intercept -0.3" or "isotonic, 7 steps". */
void bc_calibration_describe(bc_text *text, const bc_calibration *calibration);

/* Of the rows of one curve. */
typedef struct bc_calibration_error {
    bc_corp corp;
    bc_binned_error ece; /* of the default number of equal-mass bins */
} bc_calibration_error;

/* brier and log_loss: the curve's. */
bc_status bc_calibration_error_measure(bc_calibration_error *error, const bc_curve *curve, double brier,
                                       double log_loss, bc_error *err);

/* A member "calibration_error": {"method": "corp", "mcb", "dsc", "unc" of the Brier score, "log_loss":
 * {"mcb", "dsc", "unc"}, "ece": {"kind", "bins", "filled", "value", "debiased"}}. */
void bc_calibration_error_put(bc_json_builder *json, const bc_calibration_error *error);

#endif
