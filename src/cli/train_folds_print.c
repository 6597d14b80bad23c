/* What `bclass train` says of folds. */
#include "print.h"
#include "train.h"

#include <bclass/curve.h>

#include <math.h>
#include <stdint.h>

static size_t pictures_in_fold(const bc_dataset *dataset, uint32_t fold) {
    size_t count = 0;
    for (size_t i = 0; i < dataset->count; i++)
        count += dataset->samples[i].fold == fold;
    return count;
}

void bc_train_announce_folds(const bc_train_session *session) {
    const bc_dataset *d = &session->dataset;
    const size_t positives = bc_dataset_count(d, BC_SPLIT_TRAIN, 1);
    const size_t negatives = bc_dataset_count(d, BC_SPLIT_TRAIN, 0);
    const size_t test = bc_dataset_count(d, BC_SPLIT_TEST, 0) + bc_dataset_count(d, BC_SPLIT_TEST, 1);
    size_t least = SIZE_MAX, most = 0;
    for (uint32_t fold = 1; fold <= d->folds; fold++) {
        const size_t count = pictures_in_fold(d, fold);
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    bc_remark("%zu pictures to train on (%zu %s, %zu %s), %zu test; %zu folds of %zu to %zu pictures, %s%s",
              positives + negatives, positives, d->positive, negatives, d->negative, test, d->folds, least,
              most, d->folds_stated ? "as the data states" : "drawn by the seed",
              d->groups > 0 ? ", groups kept whole" : "");
    bc_remark("each fold gets its scores of a network that is trained on the others; %s",
              bc_train_final_of(session) == BC_FINAL_REFIT
                  ? "the model is one more network, trained on all of them"
                  : "the model is the mean of these networks' logits");
}

/* Of the out-of-fold rows, with the upper end of its 95 % interval; NaN where they are of one class. */
static bc_status measure_area(double *area, double *high, const bc_scores *scores, bc_error *err) {
    const double normal_95 = 1.96;
    bc_curve curve;
    double low;
    bc_status status = bc_curve_build(&curve, scores, 1u << BC_SPLIT_OOF, err);
    *area = *high = NAN;
    if (status == BC_OK) {
        *area = bc_curve_auroc(&curve);
        bc_curve_auroc_interval(&low, high, &curve, normal_95);
    }
    bc_curve_free(&curve);
    return status;
}

typedef struct fold_areas {
    double areas[BC_FOLDS_LIMIT];
    size_t count, known; /* folds; those whose area is defined */
    double mean, deviation;
} fold_areas;

/* The rows of a fold are one after the other, and those of the folds come first. */
static bc_status measure_folds(fold_areas *folds, const bc_scores *scores, bc_error *err) {
    bc_status status = BC_OK;
    size_t first = 0;
    double high;
    for (size_t i = 0; status == BC_OK && i < folds->count; i++) {
        size_t end = first;
        while (end < scores->count && scores->folds[end] == (int32_t)i + 1)
            end++;
        const bc_scores slice = bc_scores_slice(scores, first, end - first);
        status = measure_area(&folds->areas[i], &high, &slice, err);
        first = end;
    }
    return status;
}

static void summarise(fold_areas *folds) {
    double sum = 0, squares = 0;
    folds->known = 0;
    for (size_t i = 0; i < folds->count; i++) {
        if (isnan(folds->areas[i]))
            continue;
        sum += folds->areas[i];
        folds->known++;
    }
    folds->mean = sum / (double)folds->known;
    for (size_t i = 0; i < folds->count; i++) {
        const double apart = folds->areas[i] - folds->mean;
        squares += isnan(apart) ? 0 : apart * apart;
    }
    folds->deviation = folds->known > 1 ? sqrt(squares / (double)(folds->known - 1)) : NAN;
}

/* Whether the scores of all folds together are worse than those of each, by more than chance explains: two
 * standard errors of the mean, and the interval of the area of all. */
static bool are_on_other_scales(const fold_areas *folds, double pooled, double pooled_high) {
    const double least = 0.02, chance = 2 * folds->deviation / sqrt((double)folds->known);
    return folds->mean - pooled > least && folds->mean - pooled > chance && folds->mean > pooled_high;
}

bc_status bc_train_append_folds(bc_text *text, const bc_train_session *session, bc_error *err) {
    fold_areas folds = {.count = session->dataset.folds};
    double pooled = NAN, high = NAN;
    bc_status status = measure_folds(&folds, &session->scores, err);
    if (status == BC_OK)
        status = measure_area(&pooled, &high, &session->scores, err);
    if (status != BC_OK)
        return status;
    summarise(&folds);
    bc_text_string(text, "AUROC by fold:");
    for (size_t i = 0; i < folds.count; i++) {
        if (isnan(folds.areas[i]))
            bc_text_string(text, " NA");
        else
            bc_text_format(text, " %.4f", folds.areas[i]);
    }
    if (folds.known > 1)
        bc_text_format(text, "; mean %.4f, standard deviation %.4f", folds.mean, folds.deviation);
    bc_text_char(text, '\n');
    if (are_on_other_scales(&folds, pooled, high))
        bc_text_format(text,
                       "over all folds it is %.4f: their networks score on different scales, and one cutoff "
                       "does not suit them all\n",
                       pooled);
    bc_text_char(text, '\n');
    return BC_OK;
}
