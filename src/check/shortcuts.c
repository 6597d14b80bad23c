/* Whether one measure alone tells the classes apart. */
#include "check/check.h"

#include "base/families.h"
#include "base/memory.h"
#include "base/random.h"

#include <bclass/curve.h>
#include <bclass/interval.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 5, BINS = 16, PICTURES_A_BIN = 20 };

/* ---- folds ---- */

typedef struct grouped_sample {
    const char *group;
    uint32_t sample;
} grouped_sample;

static int by_group(const void *a, const void *b) {
    const grouped_sample *first = a, *second = b;
    return strcmp(first->group, second->group);
}

/* Pictures of one group, and copies, are one family. */
static bc_status join_families(uint32_t *parents, const bc_check_data *data, bc_error *err) {
    const bc_dataset *dataset = data->dataset;
    size_t count = 0;
    void *block;
    bc_status status = bc_alloc(&block, dataset->count, sizeof(grouped_sample), err);
    if (status != BC_OK)
        return status;
    grouped_sample *grouped = block;
    bc_families_start(parents, dataset->count);
    for (size_t i = 0; i < dataset->count; i++) {
        bc_families_join(parents, (uint32_t)i, data->copies->near[i]);
        if (dataset->samples[i].group != NULL)
            grouped[count++] = (grouped_sample){dataset->samples[i].group, (uint32_t)i};
    }
    qsort(grouped, count, sizeof *grouped, by_group);
    for (size_t i = 1; i < count; i++) {
        if (by_group(&grouped[i - 1], &grouped[i]) == 0)
            bc_families_join(parents, grouped[i - 1].sample, grouped[i].sample);
    }
    free(grouped);
    return BC_OK;
}

/* Draws the fold of each picture; the families of a class, told by their first picture, are dealt out in
 * turn. */
static bc_status draw_folds(uint8_t *folds, const bc_check_data *data, bc_error *err) {
    const bc_dataset *dataset = data->dataset;
    void *parent_block = NULL, *first_block = NULL;
    size_t families = 0, turns[2] = {0};
    bc_status status = bc_alloc(&parent_block, dataset->count, sizeof(uint32_t), err);
    if (status == BC_OK)
        status = bc_alloc(&first_block, dataset->count, sizeof(uint32_t), err);
    uint32_t *parents = parent_block, *firsts = first_block;
    if (status == BC_OK)
        status = join_families(parents, data, err);
    if (status == BC_OK) {
        bc_random random = bc_random_keyed(0, BC_RANDOM_FOLD, 0, 0);
        for (size_t i = 0; i < dataset->count; i++) {
            if (bc_families_first(parents, (uint32_t)i) == i)
                firsts[families++] = (uint32_t)i;
        }
        bc_random_shuffle(&random, firsts, families);
        for (size_t i = 0; i < families; i++)
            folds[firsts[i]] = (uint8_t)(turns[dataset->samples[firsts[i]].label]++ % FOLDS);
        for (size_t i = 0; i < dataset->count; i++)
            folds[i] = folds[bc_families_first(parents, (uint32_t)i)];
    }
    free(parents);
    free(firsts);
    return status;
}

/* ---- bins ---- */

static int by_value(const void *a, const void *b) {
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* The bin of each value: as many equal parts as bins, equal values in one. Returns how many bins there are.
 */
static size_t cut_bins(uint8_t *bins, const double *features, size_t feature, double *sorted, size_t count) {
    const size_t most = count / PICTURES_A_BIN < 2 ? 2 : count / PICTURES_A_BIN;
    const size_t wanted = most < BINS ? most : BINS;
    double edges[BINS]; /* the least value of each bin but the first */
    size_t cuts = 0;
    for (size_t i = 0; i < count; i++)
        sorted[i] = features[i * BC_MEASURE_FEATURES + feature];
    qsort(sorted, count, sizeof *sorted, by_value);
    for (size_t part = 1; part < wanted; part++) {
        const double edge = sorted[part * count / wanted];
        if (edge > sorted[0] && (cuts == 0 || edge > edges[cuts - 1]))
            edges[cuts++] = edge;
    }
    /* where most values are equal, what lies above or below them is a bin too */
    if (cuts == 0 && sorted[count - 1] > sorted[0])
        edges[cuts++] = sorted[count - 1];
    for (size_t i = 0; i < count; i++) {
        const double value = features[i * BC_MEASURE_FEATURES + feature];
        uint8_t bin = 0;
        while (bin < cuts && value >= edges[bin])
            bin++;
        bins[i] = bin;
    }
    return cuts + 1;
}

/* ---- scores ---- */

typedef struct bin_counts {
    double of[FOLDS][BINS][2];
    double all[FOLDS][2];
} bin_counts;

/* Adds what a picture's bin says to its score: the logarithm of how many times more often it is the
 * positives', among the pictures of the other folds. */
static void add_evidence(double *scores, const uint8_t *bins, size_t bin_count, const uint8_t *folds,
                         const bc_dataset *dataset) {
    bin_counts counts = {0};
    for (size_t i = 0; i < dataset->count; i++) {
        counts.of[folds[i]][bins[i]][dataset->samples[i].label]++;
        counts.all[folds[i]][dataset->samples[i].label]++;
    }
    double evidence[FOLDS][BINS];
    for (size_t out = 0; out < FOLDS; out++) {
        for (size_t bin = 0; bin < bin_count; bin++) {
            double there[2] = {0.5, 0.5}, all[2] = {0.5 * (double)bin_count, 0.5 * (double)bin_count};
            for (size_t fold = 0; fold < FOLDS; fold++) {
                for (int label = 0; fold != out && label < 2; label++) {
                    there[label] += counts.of[fold][bin][label];
                    all[label] += counts.all[fold][label];
                }
            }
            evidence[out][bin] = log(there[1] / all[1]) - log(there[0] / all[0]);
        }
    }
    for (size_t i = 0; i < dataset->count; i++)
        scores[i] += evidence[folds[i]][bins[i]];
}

/* Where DeLong's variance is 0 or cannot be told: no AUROC varies more than the share of as many right
 * answers as the rarer class has pictures (van Dantzig 1951). */
static void bound_interval(bc_shortcut *shortcut, const bc_dataset *dataset) {
    size_t pictures[2] = {0};
    for (size_t i = 0; i < dataset->count; i++)
        pictures[dataset->samples[i].label]++;
    const double trials = (double)(pictures[0] < pictures[1] ? pictures[0] : pictures[1]);
    bc_interval_share(&shortcut->low, &shortcut->high, BC_INTERVAL_WILSON, shortcut->auroc * trials, trials);
}

static bc_status measure_scores(bc_shortcut *shortcut, const double *values, const bc_dataset *dataset,
                                bc_error *err) {
    bc_scores scores = {.logits = true};
    bc_curve curve = {0};
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < dataset->count; i++) {
        bc_score_row row = bc_score_row_blank;
        row.value = values[i];
        row.label = dataset->samples[i].label;
        status = bc_scores_add(&scores, &row, err);
    }
    if (status == BC_OK)
        status = bc_curve_build(&curve, &scores, BC_SPLITS_ALL, err);
    if (status == BC_OK) {
        shortcut->auroc = bc_curve_auroc(&curve);
        bc_curve_auroc_interval(&shortcut->low, &shortcut->high, &curve, bc_interval_quantile);
        if (isnan(shortcut->low))
            bound_interval(shortcut, dataset);
    }
    bc_curve_free(&curve);
    bc_scores_free(&scores);
    return status;
}

/* ---- a measure ---- */

typedef struct workspace {
    double *features, *sorted, *scores;
    uint8_t *bins, *folds;
} workspace;

static void free_workspace(workspace *space) {
    free(space->features);
    free(space->sorted);
    free(space->scores);
    free(space->bins);
    free(space->folds);
}

static bc_status make_workspace(workspace *space, size_t count, bc_error *err) {
    void *features = NULL, *sorted = NULL, *scores = NULL, *bins = NULL, *folds = NULL;
    bc_status status = bc_alloc(&features, count, BC_MEASURE_FEATURES * sizeof(double), err);
    if (status == BC_OK)
        status = bc_alloc(&sorted, count, sizeof(double), err);
    if (status == BC_OK)
        status = bc_alloc(&scores, count, sizeof(double), err);
    if (status == BC_OK)
        status = bc_alloc(&bins, count, 1, err);
    if (status == BC_OK)
        status = bc_alloc(&folds, count, 1, err);
    *space = (workspace){features, sorted, scores, bins, folds};
    return status;
}

static bc_status try_measure(bc_shortcut *shortcut, bc_measure_kind kind, workspace *space,
                             const bc_check_data *data, bc_error *err) {
    const bc_dataset *dataset = data->dataset;
    size_t features;
    bool differs = false;
    *shortcut = (bc_shortcut){NAN, NAN, NAN};
    bc_status status = bc_measure_take(space->features, &features, kind, data, err);
    memset(space->scores, 0, dataset->count * sizeof *space->scores);
    for (size_t f = 0; status == BC_OK && f < features; f++) {
        const size_t bins = cut_bins(space->bins, space->features, f, space->sorted, dataset->count);
        differs = differs || bins > 1;
        if (bins > 1)
            add_evidence(space->scores, space->bins, bins, space->folds, dataset);
    }
    return status == BC_OK && differs ? measure_scores(shortcut, space->scores, dataset, err) : status;
}

bc_status bc_check_shortcuts(bc_shortcut shortcuts[BC_MEASURES], bc_findings *findings,
                             const bc_check_data *data, bc_error *err) {
    static const double loud = 0.8, worth_knowing = 0.6;
    workspace space;
    bc_status status = make_workspace(&space, data->dataset->count, err);
    if (status == BC_OK)
        status = draw_folds(space.folds, data, err);
    for (bc_measure_kind kind = 0; status == BC_OK && kind < BC_MEASURES; kind++) {
        bc_shortcut *shortcut = &shortcuts[kind];
        status = try_measure(shortcut, kind, &space, data, err);
        if (status != BC_OK || !(shortcut->low > worth_knowing))
            continue;
        const bc_finding found = {.kind = BC_FINDING_SHORTCUT,
                                  .severity = shortcut->low > loud ? BC_SEVERITY_WARNING : BC_SEVERITY_NOTE,
                                  .words = bc_measure_name(kind),
                                  .value = shortcut->auroc,
                                  .low = shortcut->low,
                                  .high = shortcut->high};
        status = bc_findings_add(findings, &found, NULL, 0, err);
    }
    free_workspace(&space);
    return status;
}
