/* A calibration as JSON: one that is read never falls, and is the same when it is written and read again. */
#include "fuzz.h"

#include <bclass/calibration.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void require_rising(const bc_calibration *calibration) {
    static const double logits[] = {-INFINITY, -1e300, -1e6, -745, -40,   -3, -1,  -0.1,  -1e-300,
                                    0,         1e-9,   0.5,  2,    36.75, 99, 1e9, 1e308, INFINITY};
    double last = -INFINITY;
    for (size_t i = 0; i < sizeof logits / sizeof logits[0]; i++) {
        const double now = bc_calibration_apply(calibration, logits[i]);
        fuzz_require(!isnan(now), "a calibrated logit is a number");
        fuzz_require(now >= last, "a higher logit stays as high");
        last = now;
    }
}

static void require_same(const bc_calibration *a, const bc_calibration *b) {
    fuzz_require(
        a->method == b->method && a->clip == b->clip && a->rows == b->rows && a->positives == b->positives &&
            a->negatives == b->negatives && a->log_loss_before == b->log_loss_before &&
            a->log_loss_after == b->log_loss_after &&
            memcmp(a->parameters, b->parameters, sizeof a->parameters) == 0 &&
            a->step_count == b->step_count &&
            (a->step_count == 0 || memcmp(a->steps, b->steps, a->step_count * sizeof *a->steps) == 0),
        "a calibration that is read again is the same");
}

static void write_and_read(const bc_calibration *calibration) {
    bc_error err = {0};
    bc_calibration again;
    char *text;
    fuzz_require(bc_calibration_to_json(&text, calibration, true, &err) == BC_OK,
                 "a calibration can be written");
    fuzz_require(bc_calibration_from_json(&again, text, strlen(text), "again", &err) == BC_OK,
                 "a calibration that was written can be read");
    require_same(calibration, &again);
    bc_calibration_free(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bc_error err = {0};
    bc_calibration calibration;
    const bc_status status =
        bc_calibration_from_json(&calibration, (const char *)data, size, "calibration", &err);
    if (status == BC_OK) {
        require_rising(&calibration);
        write_and_read(&calibration);
    } else {
        fuzz_require_told(status, &err);
    }
    bc_calibration_free(&calibration);
    return 0;
}
