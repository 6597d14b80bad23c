/* The table grows by whole rows; a column that few files have is made when its first value comes. */
#include "scores/table.h"

#include <bclass/logit.h>

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const bc_score_row bc_score_row_blank = {.weight = 1, .fold = -1, .target = -1, .label = -1};

typedef bc_status grow(void **block, size_t *capacity, size_t needed, size_t size, bc_error *err);

/* The columns change their size together, from one capacity to another. */
typedef struct resize {
    grow *grow;
    size_t capacity, needed, reached;
    bc_status status;
    bc_error *err;
} resize;

static void *resized(void *column, resize *change, size_t size) {
    change->reached = change->capacity;
    if (change->status == BC_OK)
        change->status = change->grow(&column, &change->reached, change->needed, size, change->err);
    return column;
}

static bc_status grow_columns(bc_scores *scores, size_t rows, grow *by, bc_error *err) {
    resize change = {by, scores->capacity, rows, scores->capacity, BC_OK, err};
    if (change.needed <= change.capacity)
        return BC_OK;
    scores->values = resized(scores->values, &change, sizeof *scores->values);
    scores->labels = resized(scores->labels, &change, sizeof *scores->labels);
    if (scores->splits != NULL)
        scores->splits = resized(scores->splits, &change, sizeof *scores->splits);
    if (scores->weights != NULL)
        scores->weights = resized(scores->weights, &change, sizeof *scores->weights);
    if (scores->targets != NULL)
        scores->targets = resized(scores->targets, &change, sizeof *scores->targets);
    if (scores->folds != NULL)
        scores->folds = resized(scores->folds, &change, sizeof *scores->folds);
    if (scores->paths != NULL)
        scores->paths = resized(scores->paths, &change, sizeof *scores->paths);
    if (scores->groups != NULL)
        scores->groups = resized(scores->groups, &change, sizeof *scores->groups);
    if (change.status == BC_OK)
        scores->capacity = change.reached; /* each column is given the same */
    return change.status;
}

bc_status bc_scores_reserve(bc_scores *scores, size_t rows, bc_error *err) {
    return grow_columns(scores, rows, bc_grow, err);
}

void bc_scores_expect(bc_scores *scores, size_t rows) {
    (void)grow_columns(scores, rows, bc_reserve, NULL);
}

/* A column as long as the others can be. */
static void *new_column(const bc_scores *scores, size_t size, bc_status *status, bc_error *err) {
    void *block = NULL;
    size_t reached = 0;
    if (*status == BC_OK)
        *status = bc_grow(&block, &reached, scores->capacity, size, err);
    return block;
}

bc_status bc_scores_make(bc_scores *scores, bc_optional_column column, bc_error *err) {
    bc_status status = bc_scores_reserve(scores, scores->count + 1, err);
    if (column == BC_HAS_SPLITS && scores->splits == NULL) {
        scores->splits = new_column(scores, sizeof *scores->splits, &status, err);
        for (size_t i = 0; scores->splits != NULL && i < scores->count; i++)
            scores->splits[i] = BC_SPLIT_NONE;
    }
    if (column == BC_HAS_WEIGHTS && scores->weights == NULL) {
        scores->weights = new_column(scores, sizeof *scores->weights, &status, err);
        for (size_t i = 0; scores->weights != NULL && i < scores->count; i++)
            scores->weights[i] = 1;
    }
    if (column == BC_HAS_TARGETS && scores->targets == NULL)
        scores->targets = new_column(scores, sizeof *scores->targets, &status, err);
    return status;
}

bool bc_score_weight_fits(double weight) {
    return weight >= 1e-100 && weight <= 1e100;
}

static bool is_stated(const char *text) {
    return text != NULL && text[0] != '\0';
}

/* Makes the columns that this row is the first to need. */
static bc_status make_columns(bc_scores *scores, const bc_score_row *row, bc_error *err) {
    bc_status status = BC_OK;
    if (row->split != BC_SPLIT_NONE)
        status = bc_scores_make(scores, BC_HAS_SPLITS, err);
    if (status == BC_OK && row->weight != 1)
        status = bc_scores_make(scores, BC_HAS_WEIGHTS, err);
    if (status == BC_OK && row->target >= 0)
        status = bc_scores_make(scores, BC_HAS_TARGETS, err);
    if (row->fold >= 0 && scores->folds == NULL) {
        scores->folds = new_column(scores, sizeof *scores->folds, &status, err);
        for (size_t i = 0; scores->folds != NULL && i < scores->count; i++)
            scores->folds[i] = -1;
    }
    if (is_stated(row->path) && scores->paths == NULL) {
        scores->paths = new_column(scores, sizeof *scores->paths, &status, err);
        for (size_t i = 0; scores->paths != NULL && i < scores->count; i++)
            scores->paths[i] = 0;
    }
    if (is_stated(row->group) && scores->groups == NULL) {
        scores->groups = new_column(scores, sizeof *scores->groups, &status, err);
        for (size_t i = 0; scores->groups != NULL && i < scores->count; i++)
            scores->groups[i] = 0;
    }
    return status;
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
    bc_status status = bc_scores_reserve(scores, scores->count + 1, err);
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
    if (scores->splits != NULL)
        scores->splits[at] = (uint8_t)row->split;
    if (scores->weights != NULL)
        scores->weights[at] = row->weight;
    if (scores->targets != NULL)
        scores->targets[at] = row->target;
    if (scores->folds != NULL)
        scores->folds[at] = row->fold;
    if (scores->paths != NULL)
        scores->paths[at] = path;
    if (scores->groups != NULL)
        scores->groups[at] = group;
    return BC_OK;
}

bc_status bc_scores_add_target(int32_t *target, bc_scores *scores, const char *name, size_t length,
                               bc_error *err) {
    size_t count = scores->target_count, capacity = count;
    bc_status status = BC_OK;
    if ((count & (count - 1)) == 0) { /* bc_grow gives powers of two, so it may be full */
        void *block = scores->target_names;
        status = bc_grow(&block, &capacity, count + 1, sizeof(char *), err);
        scores->target_names = block;
    }
    if (status == BC_OK)
        status = bc_copy_text(&scores->target_names[count], name, length, err);
    if (status == BC_OK)
        *target = (int32_t)scores->target_count++;
    return status;
}

void bc_scores_trim(bc_scores *scores) {
    bool weighted = false;
    for (size_t i = 0; scores->weights != NULL && !weighted && i < scores->count; i++)
        weighted = scores->weights[i] != 1;
    if (!weighted) {
        free(scores->weights);
        scores->weights = NULL;
    }
}

void bc_scores_clear(bc_scores *scores) {
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
    scores->values = scores->weights = NULL;
    scores->labels = NULL;
    scores->splits = NULL;
    scores->targets = scores->folds = NULL;
    scores->order = NULL;
    scores->paths = scores->groups = NULL;
    scores->strings = NULL;
    scores->count = scores->capacity = scores->strings_length = scores->strings_capacity = 0;
}

void bc_scores_free(bc_scores *scores) {
    if (scores == NULL)
        return;
    bc_scores_clear(scores);
    for (size_t i = 0; i < scores->target_count; i++)
        free(scores->target_names[i]);
    free(scores->target_names);
    free(scores->positive);
    free(scores->negative);
    free(scores->first_skipped);
    bc_scores_free_lines(scores->lines);
    *scores = (bc_scores){0};
}

const char *bc_scores_path(const bc_scores *scores, size_t row) {
    return scores->paths != NULL && scores->paths[row] > 0 ? scores->strings + scores->paths[row] : "";
}

const char *bc_scores_group(const bc_scores *scores, size_t row) {
    return scores->groups != NULL && scores->groups[row] > 0 ? scores->strings + scores->groups[row] : "";
}

bc_split bc_scores_split(const bc_scores *scores, size_t row) {
    return scores->splits != NULL ? (bc_split)scores->splits[row] : BC_SPLIT_NONE;
}

bool bc_scores_is_labelled(const bc_scores *scores, size_t row, unsigned splits) {
    return scores->labels[row] >= 0 && (splits >> bc_scores_split(scores, row) & 1) != 0;
}

double bc_scores_logit(const bc_scores *scores, size_t row) {
    return scores->logits ? scores->values[row] : bc_logit(scores->values[row]);
}

size_t bc_scores_count(const bc_scores *scores, bc_split split, int label) {
    size_t count = 0;
    if (scores->splits == NULL && split != BC_SPLIT_NONE)
        return 0;
    for (size_t i = 0; i < scores->count; i++)
        count += scores->labels[i] == label && bc_scores_split(scores, i) == split;
    return count;
}

unsigned bc_scores_labelled_splits(const bc_scores *scores) {
    const unsigned all = (1u << BC_SPLIT_COUNT) - 1;
    unsigned found = 0, possible = scores->splits != NULL ? all : 1u << BC_SPLIT_NONE;
    for (size_t i = 0; found != possible && i < scores->count; i++) {
        if (scores->labels[i] >= 0)
            found |= 1u << bc_scores_split(scores, i);
    }
    return found;
}
