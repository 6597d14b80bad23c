/* Fits a calibration and measures what it is worth. */
#include "calibrate.h"

#include "base/memory.h"

#include <bclass/curve.h>

#include <stdlib.h>
#include <string.h>

static bc_status measure(bc_calibrate_part *part, size_t stage, const bc_scores *scores, unsigned splits,
                         bc_error *err) {
    bc_curve curve;
    bc_calibrate_stage *found = &part->stages[stage];
    bc_status status = bc_curve_build(&curve, scores, splits, err);
    if (status == BC_OK) {
        part->positives = curve.positive.count;
        part->negatives = curve.negative.count;
        found->log_loss = bc_curve_log_loss(&curve);
        found->brier = bc_curve_brier(&curve);
        status = bc_calibration_error_measure(&found->error, &curve, found->brier, found->log_loss, err);
    }
    bc_curve_free(&curve);
    return status;
}

/* The table is the same but for its values. */
static bc_status measure_both(bc_calibrate_part *part, const bc_scores *before, double *after,
                              unsigned splits, bc_error *err) {
    bc_scores changed = *before;
    changed.logits = true;
    changed.values = after;
    bc_status status = measure(part, 0, before, splits, err);
    return status == BC_OK ? measure(part, 1, &changed, splits, err) : status;
}

static bc_status measure_crosswise(bc_calibrate_part *part, const bc_scores *scores, unsigned splits,
                                   bc_calibration_method method, uint64_t seed, bc_error *err) {
    bc_scores crossed;
    bc_status status = bc_calibration_cross_fit(&crossed, scores, splits, method, seed, err);
    if (status == BC_OK)
        status = measure(part, 1, &crossed, BC_SPLITS_ALL, err);
    bc_scores_free(&crossed);
    return status;
}

static bc_status measure_all(bc_calibrate_result *result, const bc_scores *scores,
                             bc_calibration_method method, uint64_t seed, bc_error *err) {
    const bc_split_choice *choice = &result->choice;
    bc_calibrate_part *unseen = &result->parts[0], *fitted = &result->parts[1];
    void *block;
    bc_status status = bc_alloc(&block, scores->count, sizeof(double), err);
    if (status != BC_OK)
        return status;
    double *after = block;
    for (size_t i = 0; i < scores->count; i++)
        after[i] = bc_calibration_apply(&result->calibration, bc_scores_logit(scores, i));
    *fitted = (bc_calibrate_part){.split = choice->name, .role = BC_ROLE_FITTED};
    status = measure_both(fitted, scores, after, choice->splits, err);
    if (status == BC_OK && choice->has_test) {
        *unseen = (bc_calibrate_part){.split = bc_split_name(BC_SPLIT_TEST), .role = BC_ROLE_REPORTED};
        status = measure_both(unseen, scores, after, 1u << BC_SPLIT_TEST, err);
    } else if (status == BC_OK) {
        *unseen = *fitted;
        unseen->role = BC_ROLE_CROSSWISE;
        status = measure_crosswise(unseen, scores, choice->splits, method, seed, err);
    }
    free(after);
    return status;
}

bc_status bc_calibrate_fit(bc_calibrate_result *result, const bc_scores *scores, bc_calibration_method method,
                           uint64_t seed, bc_error *err) {
    bc_error found = {0};
    bc_calibration *calibration = &result->calibration;
    bc_status status = bc_calibration_fit(calibration, scores, result->choice.splits, method, seed, &found);
    if (status != BC_OK)
        return bc_fail(err, status, "%s: %s: %s", result->file, result->choice.name, found.message);
    memcpy(calibration->split, result->choice.name, strlen(result->choice.name) + 1);
    for (size_t i = 0; i < scores->count; i++)
        result->unlabelled += scores->labels[i] < 0;
    status = measure_all(result, scores, method, seed, &found);
    return status == BC_OK
               ? BC_OK
               : bc_fail(err, status, "%s: %s: %s", result->file, result->choice.name, found.message);
}
