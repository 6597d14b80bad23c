/* What a fitted calibration makes of a logit. */
#include <bclass/calibration.h>
#include <bclass/logit.h>

#include "threshold/calibration_fit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

const char *const bc_calibration_names[] = {"none", "temperature", "platt", "beta", "isotonic", "auto", NULL};

static const char *const parameter_names[][BC_CALIBRATION_PARAMETERS + 1] = {
    [BC_CALIBRATION_NONE] = {NULL},
    [BC_CALIBRATION_TEMPERATURE] = {"temperature", NULL},
    [BC_CALIBRATION_PLATT] = {"slope", "intercept", NULL},
    [BC_CALIBRATION_BETA] = {"a", "b", "c", NULL},
    [BC_CALIBRATION_ISOTONIC] = {NULL},
    [BC_CALIBRATION_AUTO] = {NULL}};

size_t bc_calibration_parameter_count(bc_calibration_method method) {
    size_t count = 0;
    while (parameter_names[method][count] != NULL)
        count++;
    return count;
}

const char *bc_calibration_parameter_name(bc_calibration_method method, size_t i) {
    return parameter_names[method][i];
}

void bc_calibration_free(bc_calibration *calibration) {
    if (calibration == NULL)
        return;
    free(calibration->steps);
    *calibration = (bc_calibration){0};
}

/* ---- isotonic ---- */

/* How far the logits of one step spread to either side of its own. */
static const double greatest_spread = 0.001;

void bc_calibration_set_levels(bc_calibration *calibration) {
    size_t count = calibration->step_count;
    for (size_t i = 0; i < count; i++) {
        bc_calibration_step *step = &calibration->steps[i];
        double centre = bc_logit(step->score), spread = greatest_spread;
        if (i > 0)
            spread = fmin(spread, (centre - bc_logit(step[-1].score)) / 4);
        if (i + 1 < count)
            spread = fmin(spread, (bc_logit(step[1].score) - centre) / 4);
        if (!(step->low < step->high && spread > 0)) /* one logit, or scores that are neighbours */
            spread = 0;
        step->start = centre - spread;
        step->end = centre + spread;
    }
}

/* From `from` at 0 to `to` at 1, never beyond. */
static double between(double from, double to, double share) {
    return fmin(from + (to - from) * share, to);
}

/* Steps that start at or below z. */
static size_t steps_from(const bc_calibration *of, double z) {
    size_t below = 0, above = of->step_count;
    while (below < above) {
        size_t middle = below + (above - below) / 2;
        if (of->steps[middle].low <= z)
            below = middle + 1;
        else
            above = middle;
    }
    return below;
}

static double apply_steps(const bc_calibration *of, double z) {
    size_t count = steps_from(of, z);
    if (count == 0) /* below all: falls on, ever slower */
        return of->steps[0].start - greatest_spread * (1 - 1 / (1 + (of->steps[0].low - z)));
    const bc_calibration_step *step = &of->steps[count - 1];
    if (z == step->low)
        return step->start;
    if (z <= step->high)
        return between(step->start, step->end, (z - step->low) / (step->high - step->low));
    if (count == of->step_count)
        return step->end + greatest_spread * (1 - 1 / (1 + (z - step->high)));
    return between(step->end, step[1].start, (z - step->high) / (step[1].low - step->high));
}

/* ---- all methods ---- */

/* 0 times infinity is 0 here: what does not count does not count. */
static double scaled(double factor, double z) {
    return factor == 0 ? 0 : factor * z;
}

/* log(1 + exp(x)), as rising functions of rising functions only, so that rounding does not turn the order of
 * neighbours. Above 40 it is x to the last digit. */
static double rising_softplus(double x) {
    return x > 40 ? x : log1p(exp(x));
}

/* b softplus(z) - a softplus(-z) + c, from softplus(z) = z + softplus(-z) written as a sum of terms that
 * rise. */
static double apply_beta(double a, double b, double c, double z) {
    double common = scaled(fmin(a, b), z);
    double more = a > b ? -scaled(a - b, rising_softplus(-z)) : scaled(b - a, rising_softplus(z));
    return common + more + c;
}

double bc_calibration_apply(const bc_calibration *calibration, double z) {
    const double *parameters = calibration->parameters;
    if (calibration->clip > 0)
        z = fmax(fmin(z, calibration->clip), -calibration->clip);
    switch (calibration->method) {
    case BC_CALIBRATION_TEMPERATURE:
        return z / parameters[0];
    case BC_CALIBRATION_PLATT:
        return scaled(parameters[0], z) + parameters[1];
    case BC_CALIBRATION_BETA:
        return apply_beta(parameters[0], parameters[1], parameters[2], z);
    case BC_CALIBRATION_ISOTONIC:
        return apply_steps(calibration, z);
    default:
        return z;
    }
}

float bc_calibration_apply_float(const bc_calibration *calibration, float z) {
    const double most = (double)FLT_MAX;
    return (float)fmax(fmin(bc_calibration_apply(calibration, (double)z), most), -most);
}

double bc_calibration_prevalence_shift(double from, double to) {
    return bc_logit(to) - bc_logit(from);
}

double bc_calibration_recentre_shift(double cutoff) {
    return -cutoff;
}
