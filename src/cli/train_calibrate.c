/* Calibrates a trained network on val, or on the out-of-fold scores. */
#include "print.h"
#include "train.h"

#include <string.h>

/* In place: what scores.csv holds is what predict says of the same pictures. */
static void change_scores(bc_scores *scores, const bc_calibration *calibration) {
    for (size_t i = 0; i < scores->count; i++)
        scores->values[i] = (double)bc_calibration_apply_float(calibration, (float)scores->values[i]);
}

static bc_split split_to_fit(const bc_train_session *session) {
    return session->dataset.folds > 0 ? BC_SPLIT_OOF : BC_SPLIT_VAL;
}

static bc_status fit(bc_train_session *session, bc_error *err) {
    const bc_train_settings *set = session->settings;
    bc_calibration *calibration = &session->calibration;
    const char *split = bc_split_name(split_to_fit(session));
    bc_status status = bc_calibration_fit(calibration, &session->scores, 1u << split_to_fit(session),
                                          (bc_calibration_method)set->calibrate, (uint64_t)set->seed, err);
    if (status != BC_OK)
        return status;
    memcpy(calibration->split, split, strlen(split) + 1);
    if (calibration->note[0] != '\0' && !set->quiet)
        bc_remark("calibration on %s: %s", split, calibration->note);
    status = bc_calibration_to_json(&session->model.calibration, calibration, false, err);
    if (status == BC_OK)
        change_scores(&session->scores, calibration);
    if (status == BC_OK)
        change_scores(&session->train_scores, calibration);
    return status;
}

bc_status bc_train_calibrate(bc_train_session *session, bc_error *err) {
    bc_error found = {0};
    if (session->settings->calibrate == BC_CALIBRATION_NONE)
        return BC_OK;
    bc_status status = fit(session, &found);
    if (status == BC_ERROR_FORMAT && !session->settings->quiet)
        bc_remark("the scores are not calibrated: %s: %s", bc_split_name(split_to_fit(session)),
                  found.message);
    if (status != BC_OK && status != BC_ERROR_FORMAT)
        return bc_fail(err, status, "%s", found.message);
    return BC_OK;
}
