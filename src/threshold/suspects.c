/* Sorts rows by how far their scores are from their labels. */
#include <bclass/suspects.h>

#include <bclass/logit.h>

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* The logit against the label tells rows apart whose probabilities are both 1. */
typedef struct candidate {
    double against;
    size_t row;
} candidate;

static int compare(const void *a, const void *b) {
    const candidate *left = a, *right = b;
    if (left->against != right->against)
        return left->against < right->against ? 1 : -1;
    return left->row < right->row ? -1 : left->row > right->row;
}

static size_t collect(candidate *candidates, bc_suspects *found, const bc_scores *scores, unsigned splits) {
    double sums[2] = {0, 0}, counts[2] = {0, 0};
    size_t count = 0;
    for (size_t row = 0; row < scores->count; row++) {
        if (!bc_scores_is_labelled(scores, row, splits))
            continue;
        const bool positive = scores->labels[row] == 1;
        const double logit = bc_scores_logit(scores, row);
        sums[positive] += bc_sigmoid(positive ? logit : -logit);
        counts[positive]++;
        candidates[count++] = (candidate){positive ? -logit : logit, row};
    }
    found->negative_threshold = sums[0] / counts[0];
    found->positive_threshold = sums[1] / counts[1];
    return count;
}

static bc_suspect suspect_of(candidate at, const bc_suspects *found, const bc_scores *scores) {
    const double other = bc_sigmoid(at.against);
    const double threshold =
        scores->labels[at.row] == 1 ? found->negative_threshold : found->positive_threshold;
    return (bc_suspect){at.row, other, other >= threshold};
}

bc_status bc_suspects_find(bc_suspects *found, const bc_scores *scores, unsigned splits, size_t limit,
                           bc_error *err) {
    void *block = NULL, *items = NULL;
    *found = (bc_suspects){0};
    bc_status status = bc_alloc(&block, scores->count, sizeof(candidate), err);
    if (status != BC_OK)
        return status;
    candidate *candidates = block;
    const size_t count = collect(candidates, found, scores, splits);
    qsort(candidates, count, sizeof *candidates, compare);
    const size_t kept = count < limit ? count : limit;
    status = bc_alloc(&items, kept, sizeof(bc_suspect), err);
    if (status != BC_OK)
        goto done;
    found->items = items;
    found->count = kept;
    for (size_t i = 0; i < count; i++) {
        const bc_suspect suspect = suspect_of(candidates[i], found, scores);
        found->likely += suspect.likely;
        if (i < kept)
            found->items[i] = suspect;
    }
done:
    free(candidates);
    return status;
}

void bc_suspects_free(bc_suspects *found) {
    if (found == NULL)
        return;
    free(found->items);
    *found = (bc_suspects){0};
}
