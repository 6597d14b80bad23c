/* Isotonic calibration: groups of equal logits, pooled. */
#include "threshold/calibration_fit.h"
#include "threshold/pav.h"

#include "base/memory.h"

#include <math.h>

/* Takes the rows of [*at, end) with this logit along; returns their weight. */
static double take_equal(size_t *at, size_t end, const bc_fit_rows *rows, double logit) {
    double weight = 0;
    for (; *at < end && rows->logits[*at] == logit; (*at)++)
        weight += bc_fit_weight(rows, *at);
    return weight;
}

/* With one more negative in the highest group and one more positive in the lowest. */
static bc_status pool(bc_pav *pav, const bc_fit_rows *rows, bc_error *err) {
    const size_t middle = (size_t)rows->positives, end = rows->count;
    size_t positive = 0, negative = middle;
    bc_status status = BC_OK;
    while (status == BC_OK && (positive < middle || negative < end)) {
        bool is_first = positive == 0 && negative == middle;
        double logit = positive < middle ? rows->logits[positive] : -INFINITY;
        if (negative < end)
            logit = fmax(logit, rows->logits[negative]);
        double positives = take_equal(&positive, middle, rows, logit);
        double negatives = take_equal(&negative, end, rows, logit) + is_first;
        positives += positive == middle && negative == end;
        status = bc_pav_push(pav, (bc_pav_block){logit, logit, positives, positives + negatives}, err);
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
    bc_pav pav = {0};
    bc_status status = pool(&pav, rows, err);
    if (status == BC_OK)
        status = set_steps(calibration, &pav, err);
    if (status == BC_OK && pav.count == 1)
        bc_fit_note(calibration, bc_fit_flat_note);
    bc_pav_free(&pav);
    return status;
}
