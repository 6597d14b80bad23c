/* Isotonic calibration: the curve's groups, pooled. */
#include "threshold/calibration_fit.h"
#include "threshold/pav.h"
#include "threshold/walk.h"

#include "base/memory.h"

#include <bclass/curve.h>

#include <stdlib.h>

/* The rows as a table, lent. */
static bc_status build_curve(bc_curve *curve, const bc_fit_rows *rows, bc_error *err) {
    void *splits;
    *curve = (bc_curve){0};
    bc_status status = bc_alloc(&splits, rows->count, 1, err);
    if (status != BC_OK)
        return status;
    const bc_scores scores = {.count = rows->count,
                              .logits = true,
                              .values = rows->logits,
                              .labels = rows->labels,
                              .splits = splits,
                              .weights = rows->weights};
    status = bc_curve_build(curve, &scores, BC_SPLITS_ALL, err);
    free(splits);
    return status;
}

/* With one more negative in the highest group and one more positive in the lowest. */
static bc_status pool(bc_pav *pav, const bc_curve *curve, bc_error *err) {
    const bc_curve_class *positive = &curve->positive, *negative = &curve->negative;
    const bc_curve_point all = bc_curve_all(curve);
    bc_group here = {0};
    bc_status status = BC_OK;
    while (status == BC_OK && bc_group_next(&here, curve)) {
        double positives =
            bc_weight(positive, here.below.positives) - bc_weight(positive, here.above.positives);
        double negatives =
            bc_weight(negative, here.below.negatives) - bc_weight(negative, here.above.negatives);
        negatives += here.above.positives + here.above.negatives == 0;
        positives += here.below.positives == all.positives && here.below.negatives == all.negatives;
        status = bc_pav_add(pav, here.value, positives, positives + negatives, err);
    }
    return status;
}

static bc_status set_steps(bc_calibration *calibration, const bc_pav *pav, bc_error *err) {
    void *steps;
    bc_status status = bc_alloc(&steps, pav->count, sizeof *calibration->steps, err);
    if (status != BC_OK)
        return status;
    calibration->steps = steps;
    calibration->step_count = pav->count;
    for (size_t i = 0; i < pav->count; i++) {
        const bc_pav_block *block = &pav->blocks[pav->count - 1 - i];
        calibration->steps[i] = (bc_calibration_step){
            .low = block->low, .high = block->high, .score = block->positives / block->weight};
    }
    bc_calibration_set_levels(calibration);
    return BC_OK;
}

bc_status bc_fit_isotonic(bc_calibration *calibration, const bc_fit_rows *rows, bc_error *err) {
    bc_curve curve;
    bc_pav pav = {0};
    bc_status status = build_curve(&curve, rows, err);
    if (status == BC_OK)
        status = pool(&pav, &curve, err);
    if (status == BC_OK)
        status = set_steps(calibration, &pav, err);
    if (status == BC_OK && pav.count == 1)
        bc_fit_note(calibration, bc_fit_flat_note);
    bc_pav_free(&pav);
    bc_curve_free(&curve);
    return status;
}
