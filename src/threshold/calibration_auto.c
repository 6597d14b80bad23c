/* Chooses a method by cross-validation. */
#include "threshold/calibration_fit.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { METHODS = BC_CALIBRATION_AUTO, ISOTONIC_ROWS = 1000, MOST_ROWS = 100000 };

/* Sums over rows of how much more each method loses than temperature does, whose loss is finite: by weight,
 * by squared weight, and the products by squared weight. */
typedef struct tally {
    size_t methods;  /* tried: the first so many */
    bool impossible; /* see bc_fit_rows */
    double weight, squares;
    double loss; /* of temperature */
    double more[METHODS], more_squares[METHODS], products[METHODS][METHODS];
} tally;

static void count_row(tally *to, const bc_calibration *fitted, double logit, int label, double weight) {
    double more[METHODS], losses[METHODS] = {0};
    for (size_t i = 0; i < to->methods; i++)
        losses[i] = bc_fit_log_loss(bc_calibration_apply(&fitted[i], logit), label);
    to->weight += weight;
    to->squares += weight * weight;
    to->loss += weight * losses[BC_CALIBRATION_TEMPERATURE];
    for (size_t i = 0; i < to->methods; i++) {
        more[i] = losses[i] - losses[BC_CALIBRATION_TEMPERATURE];
        to->more[i] += weight * more[i];
        to->more_squares[i] += weight * weight * more[i];
        for (size_t j = 0; j <= i; j++)
            to->products[i][j] += weight * weight * more[i] * more[j];
    }
}

/* Counts the rows of a fold; none when the others are of one class. */
static bc_status count_fold(tally *to, const bc_fit_rows *rows, unsigned fold, bc_error *err) {
    bc_calibration fitted[METHODS] = {{0}};
    bc_fit_rows rest;
    bc_status status = bc_fit_rows_without(&rest, rows, fold, err);
    if (rest.positives == 0 || rest.negatives == 0)
        goto done;
    for (size_t i = 0; status == BC_OK && i < to->methods; i++)
        status = bc_calibration_fit_rows(&fitted[i], &rest, (bc_calibration_method)i, err);
    for (size_t i = 0; status == BC_OK && i < rows->count; i++) {
        if (rows->folds[i] == fold)
            count_row(to, fitted, rows->logits[i], rows->labels[i], bc_fit_weight(rows, i));
    }
done:
    for (size_t i = 0; i < to->methods; i++)
        bc_calibration_free(&fitted[i]);
    bc_fit_rows_free(&rest);
    return status;
}

static double mean_loss(const tally *of, size_t method) {
    return method == BC_CALIBRATION_NONE && of->impossible ? INFINITY
                                                           : (of->loss + of->more[method]) / of->weight;
}

/* The standard error of the difference of two means, row by row. */
static double standard_error(const tally *of, size_t first, size_t second) {
    size_t high = first > second ? first : second, low = first > second ? second : first;
    double mean = (of->more[first] - of->more[second]) / of->weight;
    double squares = of->products[high][high] - 2 * of->products[high][low] + of->products[low][low];
    squares -= 2 * mean * (of->more_squares[first] - of->more_squares[second]);
    return sqrt(fmax(squares + mean * mean * of->squares, 0)) / of->weight;
}

/* "; platt, beta, isotonic not tried with so few rows" */
static void explain_rest(char *rest, size_t size, size_t tried) {
    size_t length = 0;
    rest[0] = '\0';
    for (size_t i = tried; i < METHODS; i++)
        length += (size_t)snprintf(rest + length, size - length, "%s %s", i > tried ? "," : ";",
                                   bc_calibration_names[i]);
    if (tried < METHODS)
        snprintf(rest + length, size - length, " not tried with so few rows");
}

static void explain(char *chosen_by, const tally *of, size_t chosen, size_t best) {
    char rest[BC_CALIBRATION_NOTE_SIZE / 2];
    explain_rest(rest, sizeof rest, of->methods);
    if (chosen == best)
        snprintf(chosen_by, BC_CALIBRATION_NOTE_SIZE, "the least cross-validated log loss, %.4f%s",
                 mean_loss(of, chosen), rest);
    else
        snprintf(chosen_by, BC_CALIBRATION_NOTE_SIZE,
                 "cross-validated log loss %.4f, within one standard error of the least, %.4f (%s)%s",
                 mean_loss(of, chosen), mean_loss(of, best), bc_calibration_names[best], rest);
}

/* Those that the rows suffice for, and temperature in any case. */
static size_t count_methods(const bc_fit_rows *rows) {
    uint64_t rarer = rows->positives < rows->negatives ? rows->positives : rows->negatives;
    size_t count = BC_CALIBRATION_TEMPERATURE + 1;
    while (count < METHODS && rarer >= bc_fit_advisable((bc_calibration_method)count) &&
           (count != BC_CALIBRATION_ISOTONIC || rows->count >= ISOTONIC_ROWS))
        count++;
    return count;
}

static bc_status choose(bc_calibration_method *method, char *chosen_by, const bc_fit_rows *rows,
                        bc_error *err) {
    tally losses = {.methods = count_methods(rows), .impossible = rows->impossible};
    size_t best = 0, chosen = 0;
    for (unsigned fold = 0; fold < BC_CALIBRATION_FOLDS; fold++) {
        bc_status status = count_fold(&losses, rows, fold, err);
        if (status != BC_OK)
            return status;
    }
    if (!(losses.weight > 0)) {
        *method = BC_CALIBRATION_TEMPERATURE;
        snprintf(chosen_by, BC_CALIBRATION_NOTE_SIZE, "the rows are in too few groups to cross-validate");
        return BC_OK;
    }
    for (size_t i = 1; i < losses.methods; i++)
        best = mean_loss(&losses, i) < mean_loss(&losses, best) ? i : best;
    while (mean_loss(&losses, chosen) > mean_loss(&losses, best) + standard_error(&losses, chosen, best))
        chosen++;
    explain(chosen_by, &losses, chosen, best);
    *method = (bc_calibration_method)chosen;
    return BC_OK;
}

bc_status bc_fit_choose(bc_calibration_method *method, char *chosen_by, const bc_fit_rows *rows,
                        uint64_t seed, bc_error *err) {
    bc_fit_rows sample;
    if (rows->count <= MOST_ROWS)
        return choose(method, chosen_by, rows, err);
    bc_status status = bc_fit_rows_sample(&sample, rows, MOST_ROWS, seed, err);
    bool enough = sample.positives >= BC_CALIBRATION_FOLDS && sample.negatives >= BC_CALIBRATION_FOLDS;
    if (status == BC_OK) /* one of the classes may be so rare that the sample has too few of it */
        status = choose(method, chosen_by, enough ? &sample : rows, err);
    bc_fit_rows_free(&sample);
    return status;
}
