/* Labels that a run contradicts. */
#include "check/check.h"

#include "base/memory.h"

#include <bclass/curve.h>
#include <bclass/suspects.h>

#include <stdlib.h>
#include <string.h>

/* ---- rows and pictures ---- */

/* The pictures in the order of their paths below the data folder. */
typedef struct path_index {
    const bc_sample **samples;
    size_t count;
} path_index;

static const char *below(const bc_sample *sample) {
    return sample->path + sample->below;
}

static int by_path(const void *a, const void *b) {
    return strcmp(below(*(const bc_sample *const *)a), below(*(const bc_sample *const *)b));
}

static bc_status index_paths(path_index *index, const bc_dataset *dataset, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, dataset->count, sizeof *index->samples, err);
    *index = (path_index){.samples = block, .count = dataset->count};
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < dataset->count; i++)
        index->samples[i] = &dataset->samples[i];
    qsort(index->samples, index->count, sizeof *index->samples, by_path);
    return BC_OK;
}

static int compare_path(const void *key, const void *item) {
    return strcmp(key, below(*(const bc_sample *const *)item));
}

/* The run may know the data folder by another name: the longest end of the path that is a picture's. */
static const bc_sample *find_picture(const path_index *index, const char *path) {
    while (path != NULL) {
        const bc_sample **found =
            bsearch(path, index->samples, index->count, sizeof *index->samples, compare_path);
        if (found != NULL)
            return *found;
        const char *slash = strchr(path, '/');
        path = slash != NULL ? slash + 1 : NULL;
    }
    return NULL;
}

/* ---- scores ---- */

/* Rows of pictures of the data set, with the labels they have now. */
typedef struct judged_rows {
    bc_scores scores;
    uint32_t *samples; /* of each row */
    size_t capacity;
} judged_rows;

static void free_rows(judged_rows *rows) {
    bc_scores_free(&rows->scores);
    free(rows->samples);
}

static bc_status add_row(judged_rows *rows, const bc_scores *scores, size_t i, const bc_dataset *dataset,
                         const bc_sample *sample, bc_error *err) {
    void *block = rows->samples;
    bc_score_row row = bc_score_row_blank;
    row.value = scores->values[i];
    row.label = sample->label;
    row.split = bc_scores_split(scores, i);
    bc_status status = bc_grow(&block, &rows->capacity, rows->scores.count + 1, sizeof *rows->samples, err);
    rows->samples = block;
    if (status != BC_OK)
        return status;
    rows->samples[rows->scores.count] = (uint32_t)(sample - dataset->samples);
    return bc_scores_add(&rows->scores, &row, err);
}

static bc_status take_rows(judged_rows *rows, bc_label_check *result, const bc_scores *scores,
                           const bc_dataset *dataset, bc_error *err) {
    const unsigned oof = 1u << BC_SPLIT_OOF, held_out = 1u << BC_SPLIT_VAL | 1u << BC_SPLIT_TEST;
    const unsigned splits = (bc_scores_labelled_splits(scores) & oof) != 0 ? oof : held_out;
    path_index index;
    bc_status status = index_paths(&index, dataset, err);
    rows->scores.logits = scores->logits;
    for (size_t i = 0; status == BC_OK && i < scores->count; i++) {
        if (!bc_scores_is_labelled(scores, i, splits))
            continue;
        const bc_sample *sample = find_picture(&index, bc_scores_path(scores, i));
        result->unknown += sample == NULL;
        if (sample != NULL)
            status = add_row(rows, scores, i, dataset, sample, err);
    }
    result->scored = rows->scores.count;
    free(index.samples);
    return status;
}

/* ---- suspects ---- */

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

bc_status bc_check_labels(bc_label_check *result, bc_findings *findings, const bc_check_data *data,
                          const bc_scores *scores, size_t least, bc_error *err) {
    judged_rows rows = {0};
    bc_suspects suspects = {0};
    *result = (bc_label_check){0};
    bc_status status = take_rows(&rows, result, scores, data->dataset, err);
    if (status == BC_OK && result->scored == 0)
        status =
            bc_fail(err, BC_ERROR_FORMAT,
                    "none of the %zu pictures that the run scored without training on them is in the data",
                    result->unknown);
    if (status == BC_OK)
        status = bc_suspects_find(&suspects, &rows.scores, BC_SPLITS_ALL,
                                  larger((result->scored + 9) / 10, least), err);
    for (size_t i = 0; status == BC_OK && i < suspects.count; i++) {
        const bc_suspect *suspect = &suspects.items[i];
        const bc_finding found = {
            .kind = BC_FINDING_SUSPECT, .value = suspect->other, .likely = suspect->likely};
        status = bc_findings_add(findings, &found, &rows.samples[suspect->row], 1, err);
    }
    result->likely = suspects.likely;
    bc_suspects_free(&suspects);
    free_rows(&rows);
    return status;
}
