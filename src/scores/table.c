/* The table grows by whole rows; a column that few files have is made when its first value comes. */
#include <bclass/scores.h>

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const bc_score_row bc_score_row_blank = {.weight = 1, .fold = -1, .label = -1};

/* The columns change their size together, from one capacity to another. */
typedef struct resize {
    size_t capacity, needed, reached;
    bc_status status;
    bc_error *err;
} resize;

static void *resized(void *column, resize *change, size_t size) {
    change->reached = change->capacity;
    if (change->status == BC_OK)
        change->status = bc_grow(&column, &change->reached, change->needed, size, change->err);
    return column;
}

static bc_status make_room(bc_scores *scores, bc_error *err) {
    resize change = {scores->capacity, scores->count + 1, scores->capacity, BC_OK, err};
    if (change.needed <= change.capacity)
        return BC_OK;
    scores->values = resized(scores->values, &change, sizeof *scores->values);
    scores->labels = resized(scores->labels, &change, sizeof *scores->labels);
    scores->splits = resized(scores->splits, &change, sizeof *scores->splits);
    if (scores->weights != NULL)
        scores->weights = resized(scores->weights, &change, sizeof *scores->weights);
    if (scores->folds != NULL)
        scores->folds = resized(scores->folds, &change, sizeof *scores->folds);
    if (scores->paths != NULL)
        scores->paths = resized(scores->paths, &change, sizeof *scores->paths);
    if (scores->groups != NULL)
        scores->groups = resized(scores->groups, &change, sizeof *scores->groups);
    if (change.status == BC_OK)
        scores->capacity = change.reached; /* bc_grow gives each column the same */
    return change.status;
}

static bool is_stated(const char *text) {
    return text != NULL && text[0] != '\0';
}

/* Makes the columns that this row is the first to need. */
static bc_status make_columns(bc_scores *scores, const bc_score_row *row, bc_error *err) {
    resize change = {0, scores->capacity, 0, BC_OK, err};
    if (row->weight != 1 && scores->weights == NULL) {
        scores->weights = resized(NULL, &change, sizeof *scores->weights);
        for (size_t i = 0; scores->weights != NULL && i < scores->count; i++)
            scores->weights[i] = 1;
    }
    if (row->fold >= 0 && scores->folds == NULL) {
        scores->folds = resized(NULL, &change, sizeof *scores->folds);
        for (size_t i = 0; scores->folds != NULL && i < scores->count; i++)
            scores->folds[i] = -1;
    }
    if (is_stated(row->path) && scores->paths == NULL) {
        scores->paths = resized(NULL, &change, sizeof *scores->paths);
        for (size_t i = 0; scores->paths != NULL && i < scores->count; i++)
            scores->paths[i] = 0;
    }
    if (is_stated(row->group) && scores->groups == NULL) {
        scores->groups = resized(NULL, &change, sizeof *scores->groups);
        for (size_t i = 0; scores->groups != NULL && i < scores->count; i++)
            scores->groups[i] = 0;
    }
    return change.status;
}

/* *offset = where a copy of text stands in the strings; 0, the empty string, for none. */
static bc_status keep_string(uint64_t *offset, bc_scores *scores, const char *text, bc_error *err) {
    *offset = 0;
    if (!is_stated(text))
        return BC_OK;
    size_t start = scores->strings_length > 0 ? scores->strings_length : 1, size = strlen(text) + 1, needed;
    if (!bc_size_add(&needed, start, size))
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory for paths");
    void *block = scores->strings;
    bc_status status = bc_grow(&block, &scores->strings_capacity, needed, 1, err);
    scores->strings = block;
    if (status != BC_OK)
        return status;
    scores->strings[0] = '\0';
    memcpy(scores->strings + start, text, size);
    scores->strings_length = needed;
    *offset = start;
    return BC_OK;
}

bc_status bc_scores_add(bc_scores *scores, const bc_score_row *row, bc_error *err) {
    uint64_t path = 0, group = 0;
    bc_status status = make_room(scores, err);
    if (status == BC_OK)
        status = make_columns(scores, row, err);
    if (status == BC_OK)
        status = keep_string(&path, scores, row->path, err);
    if (status == BC_OK)
        status = keep_string(&group, scores, row->group, err);
    if (status != BC_OK)
        return status;
    size_t at = scores->count++;
    scores->values[at] = row->value;
    scores->labels[at] = (int8_t)row->label;
    scores->splits[at] = (uint8_t)row->split;
    if (scores->weights != NULL)
        scores->weights[at] = row->weight;
    if (scores->folds != NULL)
        scores->folds[at] = row->fold;
    if (scores->paths != NULL)
        scores->paths[at] = path;
    if (scores->groups != NULL)
        scores->groups[at] = group;
    return BC_OK;
}

void bc_scores_free(bc_scores *scores) {
    if (scores == NULL)
        return;
    free(scores->values);
    free(scores->labels);
    free(scores->splits);
    free(scores->weights);
    free(scores->targets);
    free(scores->order);
    free(scores->folds);
    free(scores->paths);
    free(scores->groups);
    free(scores->strings);
    free(scores->positive);
    free(scores->negative);
    *scores = (bc_scores){0};
}

const char *bc_scores_path(const bc_scores *scores, size_t row) {
    return scores->paths != NULL && scores->paths[row] > 0 ? scores->strings + scores->paths[row] : "";
}

const char *bc_scores_group(const bc_scores *scores, size_t row) {
    return scores->groups != NULL && scores->groups[row] > 0 ? scores->strings + scores->groups[row] : "";
}

size_t bc_scores_count(const bc_scores *scores, bc_split split, int label) {
    size_t count = 0;
    for (size_t i = 0; i < scores->count; i++)
        count += scores->splits[i] == (uint8_t)split && scores->labels[i] == label;
    return count;
}
