/* The rows of a table by target: a counting sort, then a slice for each. */
#include <bclass/scores.h>

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* order[i] = the row that comes to place i. */
static bc_status find_order(size_t **order, const bc_scores *scores, bc_error *err) {
    void *next_block = NULL, *order_block = NULL;
    bc_status status = bc_alloc(&next_block, scores->target_count + 1, sizeof(size_t), err);
    if (status == BC_OK)
        status = bc_alloc(&order_block, scores->count, sizeof(size_t), err);
    size_t *next = next_block;
    *order = order_block;
    if (status == BC_OK) {
        for (size_t i = 0; i < scores->count; i++)
            next[scores->targets[i] + 1]++;
        for (size_t i = 0; i < scores->target_count; i++)
            next[i + 1] += next[i];
        for (size_t i = 0; i < scores->count; i++)
            (*order)[next[scores->targets[i]]++] = i;
    }
    free(next_block);
    return status;
}

/* Moves one column; NULL stays. Returns what the column is then. */
static void *reordered(void *column, size_t size, const size_t *order, size_t count, bc_status *status,
                       bc_error *err) {
    void *block;
    if (column == NULL || *status != BC_OK)
        return column;
    *status = bc_alloc(&block, count, size, err);
    if (*status != BC_OK)
        return column;
    for (size_t i = 0; i < count; i++)
        memcpy((char *)block + i * size, (const char *)column + order[i] * size, size);
    free(column);
    return block;
}

bc_status bc_scores_group_targets(bc_scores *scores, bc_error *err) {
    size_t *order, count = scores->count;
    bc_status status = find_order(&order, scores, err);
    if (status == BC_OK)
        scores->capacity = count;
    scores->values = reordered(scores->values, sizeof *scores->values, order, count, &status, err);
    scores->labels = reordered(scores->labels, sizeof *scores->labels, order, count, &status, err);
    scores->splits = reordered(scores->splits, sizeof *scores->splits, order, count, &status, err);
    scores->weights = reordered(scores->weights, sizeof *scores->weights, order, count, &status, err);
    scores->targets = reordered(scores->targets, sizeof *scores->targets, order, count, &status, err);
    scores->folds = reordered(scores->folds, sizeof *scores->folds, order, count, &status, err);
    scores->paths = reordered(scores->paths, sizeof *scores->paths, order, count, &status, err);
    scores->groups = reordered(scores->groups, sizeof *scores->groups, order, count, &status, err);
    scores->order = reordered(scores->order, sizeof *scores->order, order, count, &status, err);
    if (status != BC_OK || scores->order != NULL)
        free(order);
    else
        scores->order = order;
    return status;
}

bc_scores bc_scores_slice(const bc_scores *scores, size_t first, size_t count) {
    bc_scores slice = *scores;
    slice.count = slice.capacity = count;
    slice.values += first;
    slice.labels += first;
    slice.splits = slice.splits != NULL ? slice.splits + first : NULL;
    slice.weights = slice.weights != NULL ? slice.weights + first : NULL;
    slice.targets = slice.targets != NULL ? slice.targets + first : NULL;
    slice.order = slice.order != NULL ? slice.order + first : NULL;
    slice.folds = slice.folds != NULL ? slice.folds + first : NULL;
    slice.paths = slice.paths != NULL ? slice.paths + first : NULL;
    slice.groups = slice.groups != NULL ? slice.groups + first : NULL;
    return slice;
}
