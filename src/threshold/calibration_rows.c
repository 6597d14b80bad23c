/* The rows that a calibration is fitted on. */
#include "threshold/calibration_fit.h"
#include "threshold/part.h"

#include "base/memory.h"
#include "base/random.h"

#include <bclass/crossfit.h>
#include <bclass/logit.h>

#include <math.h>
#include <stdlib.h>

/* Logits beyond this are no better than infinite ones, and their squares would not stay finite. */
static const double greatest_logit = 1e6;

void bc_fit_rows_free(bc_fit_rows *rows) {
    free(rows->logits);
    free(rows->weights);
    free(rows->labels);
    free(rows->folds);
    *rows = (bc_fit_rows){0};
}

static bc_status allocate(bc_fit_rows *rows, size_t count, bool weighted, bool with_folds, bc_error *err) {
    void *logits = NULL, *weights = NULL, *labels = NULL, *folds = NULL;
    bc_status status = bc_alloc(&logits, count, sizeof *rows->logits, err);
    if (status == BC_OK && weighted)
        status = bc_alloc(&weights, count, sizeof *rows->weights, err);
    if (status == BC_OK)
        status = bc_alloc(&labels, count, sizeof *rows->labels, err);
    if (status == BC_OK && with_folds)
        status = bc_alloc(&folds, count, sizeof *rows->folds, err);
    rows->logits = logits;
    rows->weights = weights;
    rows->labels = labels;
    rows->folds = folds;
    return status;
}

typedef struct fit_row {
    double logit, weight;
    int label;
    uint8_t fold;
} fit_row;

static fit_row row_at(const bc_fit_rows *rows, size_t i) {
    return (fit_row){rows->logits[i], bc_fit_weight(rows, i), rows->labels[i],
                     rows->folds != NULL ? rows->folds[i] : 0};
}

static void append(bc_fit_rows *rows, const fit_row *row) {
    size_t at = rows->count++;
    rows->logits[at] = row->logit;
    rows->labels[at] = (int8_t)row->label;
    if (rows->weights != NULL)
        rows->weights[at] = row->weight;
    if (rows->folds != NULL)
        rows->folds[at] = row->fold;
    if (row->label == 1) {
        rows->positives++;
        rows->positive_weight += row->weight;
    } else {
        rows->negatives++;
        rows->negative_weight += row->weight;
    }
}

/* Takes what is infinite, or as good as that, to a bit beyond the greatest that is not. */
static void clip(bc_fit_rows *rows) {
    double greatest = 0;
    size_t beyond = 0;
    for (size_t i = 0; i < rows->count; i++) {
        double size = fabs(rows->logits[i]);
        if (size <= greatest_logit) {
            greatest = fmax(greatest, size);
            continue;
        }
        beyond++;
        rows->impossible |= (rows->logits[i] > 0) != (rows->labels[i] == 1);
    }
    if (beyond == 0)
        return;
    rows->clip = greatest + log(2);
    for (size_t i = 0; i < rows->count; i++)
        rows->logits[i] = fmax(fmin(rows->logits[i], rows->clip), -rows->clip);
}

/* So that the rows count as many as they are, whatever the scale of the weights. */
static void scale_weights(bc_fit_rows *rows) {
    double scale = (double)rows->count / (rows->positive_weight + rows->negative_weight);
    if (rows->weights == NULL || rows->count == 0)
        return;
    for (size_t i = 0; i < rows->count; i++)
        rows->weights[i] *= scale;
    rows->positive_weight *= scale;
    rows->negative_weight *= scale;
}

static void append_class(bc_fit_rows *rows, const bc_curve *curve, int label, const uint8_t *folds) {
    const bc_curve_class *class = label == 1 ? &curve->positive : &curve->negative;
    for (size_t i = 0; i < class->count; i++) {
        double value = class->values[i];
        const fit_row row = {curve->logits ? value : bc_logit(value), bc_item_weight(class, i), label,
                             folds != NULL ? folds[i] : 0};
        append(rows, &row);
    }
}

static bc_status deal(bc_folds *folds, const bc_curve *curve, const bc_scores *scores, unsigned splits,
                      uint64_t seed, bc_error *err) {
    bc_clusters clusters;
    bc_status status = bc_clusters_find(&clusters, curve, scores, splits, err);
    if (status == BC_OK)
        status = bc_folds_deal(folds, curve, &clusters, BC_CALIBRATION_FOLDS, seed, err);
    bc_clusters_free(&clusters);
    return status;
}

bc_status bc_fit_rows_take(bc_fit_rows *rows, const bc_scores *scores, unsigned splits, bool with_folds,
                           uint64_t seed, bc_error *err) {
    bc_curve curve;
    bc_folds folds = {0};
    *rows = (bc_fit_rows){0};
    bc_status status = bc_curve_build(&curve, scores, splits, err);
    if (status == BC_OK && with_folds)
        status = deal(&folds, &curve, scores, splits, seed, err);
    if (status == BC_OK)
        status = allocate(rows, curve.positive.count + curve.negative.count, bc_curve_is_weighted(&curve),
                          with_folds, err);
    if (status == BC_OK) {
        append_class(rows, &curve, 1, folds.positive);
        append_class(rows, &curve, 0, folds.negative);
        clip(rows);
        scale_weights(rows);
    }
    bc_folds_free(&folds);
    bc_curve_free(&curve);
    return status;
}

size_t bc_fit_rows_in(const bc_fit_rows *rows, unsigned fold) {
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += rows->folds[i] == fold;
    return count;
}

/* Whether a row is kept, by its number. */
typedef bool is_kept(const bc_fit_rows *rows, size_t i, void *context);

static bc_status keep(bc_fit_rows *kept, const bc_fit_rows *rows, is_kept *decide, void *context,
                      bc_error *err) {
    *kept = (bc_fit_rows){.clip = rows->clip, .impossible = rows->impossible};
    bc_status status = allocate(kept, rows->count, rows->weights != NULL, rows->folds != NULL, err);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < rows->count; i++) {
        const fit_row row = row_at(rows, i);
        if (decide(rows, i, context))
            append(kept, &row);
    }
    scale_weights(kept);
    return BC_OK;
}

static bool is_outside(const bc_fit_rows *rows, size_t i, void *context) {
    const unsigned *fold = context;
    return rows->folds[i] != *fold;
}

bc_status bc_fit_rows_without(bc_fit_rows *rest, const bc_fit_rows *rows, unsigned fold, bc_error *err) {
    return keep(rest, rows, is_outside, &fold, err);
}

typedef struct lottery {
    bc_random random;
    size_t wanted;
} lottery;

static bool is_drawn(const bc_fit_rows *rows, size_t i, void *context) {
    lottery *draws = context;
    (void)i;
    return bc_random_below(&draws->random, rows->count) < draws->wanted;
}

bc_status bc_fit_rows_sample(bc_fit_rows *sample, const bc_fit_rows *rows, size_t wanted, uint64_t seed,
                             bc_error *err) {
    lottery draws = {bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 0, 0), wanted};
    return keep(sample, rows, is_drawn, &draws, err);
}
