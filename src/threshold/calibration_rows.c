/* The rows that a calibration is fitted on. */
#include "threshold/calibration_fit.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

/* Logits beyond this are no better than infinite ones, and their squares would not stay finite. */
static const double greatest_logit = 1e6;

void bc_fit_rows_free(bc_fit_rows *rows) {
    free(rows->logits);
    free(rows->weights);
    free(rows->labels);
    *rows = (bc_fit_rows){0};
}

static bc_status allocate(bc_fit_rows *rows, size_t count, bool weighted, bc_error *err) {
    void *logits = NULL, *weights = NULL, *labels = NULL;
    bc_status status = bc_alloc(&logits, count, sizeof *rows->logits, err);
    if (status == BC_OK && weighted)
        status = bc_alloc(&weights, count, sizeof *rows->weights, err);
    if (status == BC_OK)
        status = bc_alloc(&labels, count, sizeof *rows->labels, err);
    rows->logits = logits;
    rows->weights = weights;
    rows->labels = labels;
    return status;
}

static void append(bc_fit_rows *rows, double logit, int label, double weight) {
    size_t at = rows->count++;
    rows->logits[at] = logit;
    rows->labels[at] = (int8_t)label;
    if (rows->weights != NULL)
        rows->weights[at] = weight;
    if (label == 1) {
        rows->positives++;
        rows->positive_weight += weight;
    } else {
        rows->negatives++;
        rows->negative_weight += weight;
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
    if (rows->weights == NULL)
        return;
    for (size_t i = 0; i < rows->count; i++)
        rows->weights[i] *= scale;
    rows->positive_weight *= scale;
    rows->negative_weight *= scale;
}

static bool is_wanted(const bc_scores *scores, size_t i, unsigned splits) {
    return scores->labels[i] >= 0 && (splits >> bc_scores_split(scores, i) & 1) != 0;
}

bc_status bc_fit_rows_take(bc_fit_rows *rows, const bc_scores *scores, unsigned splits, bc_error *err) {
    size_t count = 0;
    *rows = (bc_fit_rows){0};
    for (size_t i = 0; i < scores->count; i++)
        count += is_wanted(scores, i, splits);
    bc_status status = allocate(rows, count, scores->weights != NULL, err);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < scores->count; i++) {
        if (is_wanted(scores, i, splits))
            append(rows, bc_scores_logit(scores, i), scores->labels[i],
                   scores->weights != NULL ? scores->weights[i] : 1);
    }
    clip(rows);
    scale_weights(rows);
    return BC_OK;
}

bc_status bc_fit_rows_without(bc_fit_rows *rest, const bc_fit_rows *rows, const uint8_t *folds, unsigned fold,
                              bc_error *err) {
    *rest = (bc_fit_rows){0};
    bc_status status = allocate(rest, rows->count, rows->weights != NULL, err);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < rows->count; i++) {
        if (folds[i] != fold)
            append(rest, rows->logits[i], rows->labels[i], bc_fit_weight(rows, i));
    }
    rest->clip = rows->clip;
    rest->impossible = rows->impossible;
    scale_weights(rest);
    return BC_OK;
}

bc_status bc_fit_rows_sample(bc_fit_rows *sample, const bc_fit_rows *rows, size_t wanted, uint64_t seed,
                             bc_error *err) {
    bc_random random = bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 2, 0);
    *sample = (bc_fit_rows){0};
    bc_status status = allocate(sample, rows->count, rows->weights != NULL, err);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < rows->count; i++) {
        if (bc_random_below(&random, rows->count) < wanted)
            append(sample, rows->logits[i], rows->labels[i], bc_fit_weight(rows, i));
    }
    sample->clip = rows->clip;
    sample->impossible = rows->impossible;
    scale_weights(sample);
    return BC_OK;
}

bc_status bc_fit_folds(uint8_t **folds, const bc_fit_rows *rows, uint64_t seed, bc_error *err) {
    uint32_t order[2][BC_CALIBRATION_FOLDS];
    size_t used[2] = {0, 0};
    void *block;
    bc_status status = bc_alloc(&block, rows->count, sizeof **folds, err);
    *folds = block;
    if (status != BC_OK)
        return status;
    bc_random random[2] = {bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 0, 0),
                           bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 1, 0)};
    for (size_t i = 0; i < rows->count; i++) {
        int label = rows->labels[i];
        size_t at = used[label]++ % BC_CALIBRATION_FOLDS;
        if (at == 0) { /* each of the folds once, in an order of their own */
            for (uint32_t fold = 0; fold < BC_CALIBRATION_FOLDS; fold++)
                order[label][fold] = fold;
            bc_random_shuffle(&random[label], order[label], BC_CALIBRATION_FOLDS);
        }
        (*folds)[i] = (uint8_t)order[label][at];
    }
    return BC_OK;
}
