/* Temperature, Platt and beta: logistic regression on one or two functions of the logit, by Newton's method.
 */
#include "threshold/calibration_fit.h"

#include <bclass/logit.h>

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { FEATURES = 3, MOST_STEPS = 200 };

/* Newton's steps square their errors: after one of this size the next is below what a double tells. */
static const double smallest_step = 1e-9;
static const double least_inverse = 1e-3, greatest_inverse = 1e3; /* of a temperature */

/* What stands for the labels 0 and 1. */
typedef struct targets {
    double of[2];
} targets;

static const targets plain_targets = {{0, 1}};

/* Platt 1999: the mean after one more row of the other kind. */
static targets smooth_targets(const bc_fit_rows *rows) {
    return (targets){
        {1 / (rows->negative_weight + 2), (rows->positive_weight + 1) / (rows->positive_weight + 2)}};
}

/* Then any curve through their share of positives is as good, and the flat one claims nothing of other
 * scores. */
static bool are_all_equal(const bc_fit_rows *rows) {
    for (size_t i = 1; i < rows->count; i++) {
        if (rows->logits[i] != rows->logits[0])
            return false;
    }
    return true;
}

/* Whether some threshold, or the one given, parts the classes without an error, so that ever steeper curves
 * fit ever better. */
static bool are_parted(const bc_fit_rows *rows) {
    double lowest_positive = INFINITY, highest_negative = -INFINITY;
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->labels[i] == 1)
            lowest_positive = fmin(lowest_positive, rows->logits[i]);
        else
            highest_negative = fmax(highest_negative, rows->logits[i]);
    }
    return lowest_positive >= highest_negative && !are_all_equal(rows);
}

static bool are_parted_at_zero(const bc_fit_rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->labels[i] == 1 ? rows->logits[i] < 0 : rows->logits[i] > 0)
            return false;
    }
    return !are_all_equal(rows);
}

static const char parted_note[] =
    "the scores tell the classes apart without an error on these rows, so that no "
    "curve fits best; fitted as if one row of each class more was wrong";

/* ---- temperature ---- */

/* The slope and curvature of the log loss as a function of the inverse temperature. */
static void look_at(double *slope, double *curvature, const bc_fit_rows *rows, const targets *aims,
                    double inverse) {
    *slope = *curvature = 0;
    for (size_t i = 0; i < rows->count; i++) {
        double z = rows->logits[i], p = bc_sigmoid(inverse * z), weight = bc_fit_weight(rows, i);
        *slope += weight * z * (p - aims->of[rows->labels[i]]);
        *curvature += weight * z * z * p * (1 - p);
    }
}

/* What has come within rounding of a bound is meant to be there. */
static double snap(double inverse) {
    const double near = 1e-9;
    return inverse < least_inverse * (1 + near)      ? least_inverse
           : inverse > greatest_inverse * (1 - near) ? greatest_inverse
                                                     : inverse;
}

/* The root of the slope, which rises: Newton's steps, halving the bracket instead wherever they leave it.
 * Where there is no root within the bounds this ends at one of them. */
static double solve_temperature(const bc_fit_rows *rows, const targets *aims) {
    double low = least_inverse, high = greatest_inverse, inverse = 1, slope, curvature;
    for (int i = 0; i < MOST_STEPS; i++) {
        look_at(&slope, &curvature, rows, aims, inverse);
        if (slope == 0)
            break;
        if (slope > 0)
            high = inverse;
        else
            low = inverse;
        double next = inverse - slope / curvature;
        if (!(next > low && next < high))
            next = sqrt(low * high);
        double step = fabs(next - inverse);
        inverse = next;
        if (step <= 4 * DBL_EPSILON * inverse)
            break;
    }
    return snap(inverse);
}

void bc_fit_temperature(bc_calibration *calibration, const bc_fit_rows *rows) {
    bool parted = are_parted_at_zero(rows);
    targets aims = parted ? smooth_targets(rows) : plain_targets;
    double inverse = solve_temperature(rows, &aims);
    calibration->parameters[0] = 1 / inverse;
    if (parted)
        bc_fit_note(calibration, parted_note);
    else if (inverse <= least_inverse)
        bc_fit_note(calibration,
                    "every temperature makes these scores worse than saying 0.5 of each row, so it is 1000, "
                    "the highest; the scores may be those of the other class, or need a shift as well: "
                    "try platt");
    else if (inverse >= greatest_inverse)
        bc_fit_note(calibration, "the temperature is 0.001, the lowest; the logits are all near 0");
}

/* ---- logistic regression with up to three features ---- */

typedef struct regression {
    const bc_fit_rows *rows;
    targets aims;
    bool used[FEATURES]; /* the others have the coefficient 0 */
    bool of_scores;      /* the features are ln p, -ln(1 - p), 1, not z, 0, 1 */
    double scales[FEATURES];
} regression;

static void get_features(double features[FEATURES], const regression *of, size_t i) {
    double z = of->rows->logits[i];
    features[0] = of->of_scores ? -bc_softplus(-z) : z;
    features[1] = of->of_scores ? z - features[0] : 0;
    features[2] = 1;
    for (int j = 0; j < FEATURES; j++)
        features[j] = of->used[j] ? features[j] / of->scales[j] : 0;
}

/* Brings the features to a mean square of 1. */
static void set_scales(regression *of) {
    double squares[FEATURES] = {0}, features[FEATURES];
    for (int j = 0; j < FEATURES; j++)
        of->scales[j] = 1;
    for (size_t i = 0; i < of->rows->count; i++) {
        get_features(features, of, i);
        for (int j = 0; j < FEATURES; j++)
            squares[j] += features[j] * features[j];
    }
    for (int j = 0; j < FEATURES; j++) {
        double scale = sqrt(squares[j] / (double)of->rows->count);
        of->scales[j] = scale > 0 ? scale : 1;
    }
}

/* The loss at a point, and how it changes there. */
typedef struct place {
    double point[FEATURES], loss, gradient[FEATURES];
    double hessian[FEATURES][FEATURES]; /* lower triangle */
} place;

/* Adds a row with the linear predictor z: softplus and both scores from one exponential. */
static void add_row(place *to, const double features[FEATURES], double z, double aim, double weight) {
    double e = exp(-fabs(z)), larger = 1 / (1 + e), smaller = e * larger;
    double off = weight * ((z >= 0 ? larger : smaller) - aim), spread = weight * larger * smaller;
    to->loss += weight * (fmax(z, 0) + log1p(e) - aim * z);
    for (int j = 0; j < FEATURES; j++) {
        to->gradient[j] += off * features[j];
        for (int k = 0; k <= j; k++)
            to->hessian[j][k] += spread * features[j] * features[k];
    }
}

/* Fills in all but the point. */
static void look_around(place *at, const regression *of) {
    double features[FEATURES];
    at->loss = 0;
    memset(at->gradient, 0, sizeof at->gradient);
    memset(at->hessian, 0, sizeof at->hessian);
    for (size_t i = 0; i < of->rows->count; i++) {
        get_features(features, of, i);
        double z = at->point[0] * features[0] + at->point[1] * features[1] + at->point[2] * features[2];
        add_row(at, features, z, of->aims.of[of->rows->labels[i]], bc_fit_weight(of->rows, i));
    }
    for (int j = 0; j < FEATURES; j++) {
        if (!of->used[j])
            at->hessian[j][j] = 1; /* its step is 0 */
    }
}

/* Solves (hessian + damping) step = -gradient by Cholesky's decomposition of the lower triangle. false when
 * it is not positive definite. */
static bool solve_step(double step[FEATURES], const place *at, double damping) {
    double root[FEATURES][FEATURES];
    for (int j = 0; j < FEATURES; j++) {
        for (int k = 0; k <= j; k++) {
            double sum = at->hessian[j][k] + (j == k ? damping : 0);
            for (int l = 0; l < k; l++)
                sum -= root[j][l] * root[k][l];
            if (j == k && !(sum > 0))
                return false;
            root[j][k] = j == k ? sqrt(sum) : sum / root[k][k];
        }
    }
    for (int j = 0; j < FEATURES; j++) {
        step[j] = -at->gradient[j];
        for (int k = 0; k < j; k++)
            step[j] -= root[j][k] * step[k];
        step[j] /= root[j][j];
    }
    for (int j = FEATURES - 1; j >= 0; j--) {
        for (int k = j + 1; k < FEATURES; k++)
            step[j] -= root[k][j] * step[k];
        step[j] /= root[j][j];
    }
    return true;
}

/* A step of Newton's method that lowers the loss; false when there is none left. Damping grows where a step
 * leads up (Levenberg 1944) and shrinks again. */
static bool descend(place *at, const regression *of, double *damping) {
    for (; *damping<1e12; *damping = *damping> 0 ? *damping * 10 : 1e-9 * (double)of->rows->count) {
        double step[FEATURES], size = 0, promised = 0;
        place next = *at;
        if (!solve_step(step, at, *damping))
            continue;
        for (int j = 0; j < FEATURES; j++) {
            next.point[j] += step[j];
            size = fmax(size, fabs(step[j]) / (1 + fabs(at->point[j])));
            promised -= at->gradient[j] * step[j];
        }
        look_around(&next, of);
        if (!(next.loss <= at->loss - 1e-4 * promised + 1e-13 * at->loss))
            continue;
        *at = next;
        *damping = *damping > 1e-12 ? *damping / 100 : 0;
        return size > smallest_step;
    }
    return false;
}

/* The coefficients of the features in use that give the least loss, and that loss. */
static double regress(double coefficients[FEATURES], regression *of) {
    place at = {0};
    double damping = 0;
    set_scales(of);
    look_around(&at, of);
    for (int i = 0; i < MOST_STEPS && descend(&at, of, &damping); i++)
        ;
    for (int j = 0; j < FEATURES; j++)
        coefficients[j] = of->used[j] ? at.point[j] / of->scales[j] : 0;
    return at.loss;
}

void bc_fit_platt(bc_calibration *calibration, const bc_fit_rows *rows) {
    regression line = {
        .rows = rows, .aims = smooth_targets(rows), .used = {!are_all_equal(rows), false, true}};
    double found[FEATURES];
    regress(found, &line);
    if (!(found[0] > 0)) {
        line.used[0] = false;
        regress(found, &line);
        bc_fit_note(calibration, bc_fit_flat_note);
    }
    calibration->parameters[0] = found[0];
    calibration->parameters[1] = found[2];
}

/* With the coefficients a and b at or above 0: the loss is convex, so that where its minimum lies outside,
 * the least one on the border is the answer. */
void bc_fit_beta(bc_calibration *calibration, const bc_fit_rows *rows) {
    static const bool faces[][FEATURES] = {
        {true, true, true}, {true, false, true}, {false, true, true}, {false, false, true}};
    const size_t flat = sizeof faces / sizeof faces[0] - 1;
    bool parted = are_parted(rows);
    double best = INFINITY;
    for (size_t i = are_all_equal(rows) ? flat : 0; i < sizeof faces / sizeof faces[0]; i++) {
        regression curve = {
            .rows = rows, .aims = parted ? smooth_targets(rows) : plain_targets, .of_scores = true};
        double found[FEATURES];
        memcpy(curve.used, faces[i], sizeof curve.used);
        double loss = regress(found, &curve);
        if (found[0] < 0 || found[1] < 0 || !(loss < best))
            continue;
        best = loss;
        memcpy(calibration->parameters, found, sizeof found);
        if (i == 0)
            break;
    }
    if (parted)
        bc_fit_note(calibration, parted_note);
    else if (calibration->parameters[0] <= 0 && calibration->parameters[1] <= 0)
        bc_fit_note(calibration, bc_fit_flat_note);
}
