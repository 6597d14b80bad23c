/* Builds the curve: positives and negatives are sorted apart, then walked together. */
#include <bclass/curve.h>

#include "base/memory.h"
#include "threshold/sort.h"

#include <stdlib.h>

static bool is_in(const bc_scores *scores, size_t row, unsigned splits) {
    return (splits >> scores->splits[row] & 1) != 0;
}

static void count_labels(bc_curve *curve, const bc_scores *scores, unsigned splits) {
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_in(scores, i, splits))
            continue;
        curve->positives += scores->labels[i] == 1;
        curve->negatives += scores->labels[i] == 0;
        curve->unknown += scores->labels[i] < 0;
    }
}

/* The positives' keys to the front, the negatives' behind them, each sorted. */
static bc_status sort_by_label(uint64_t *keys, const bc_curve *curve, const bc_scores *scores,
                               unsigned splits, bc_error *err) {
    size_t positives = (size_t)curve->positives, negatives = (size_t)curve->negatives, seen[2] = {0, 0};
    void *scratch;
    bc_status status = bc_alloc(&scratch, positives > negatives ? positives : negatives, sizeof *keys, err);
    if (status != BC_OK)
        return status;
    uint64_t *const part[2] = {keys + positives, keys};
    for (size_t i = 0; i < scores->count; i++) {
        int label = scores->labels[i];
        if (label >= 0 && is_in(scores, i, splits))
            part[label][seen[label]++] = bc_key_descending(scores->values[i]);
    }
    bc_sort_keys(part[1], scratch, positives);
    bc_sort_keys(part[0], scratch, negatives);
    free(scratch);
    return BC_OK;
}

/* Walks both sorted parts; returns the number of distinct keys and stores the groups where there is room for
 * them. */
static size_t walk(bc_curve *curve, const uint64_t *keys) {
    const uint64_t *positive = keys, *positives_end = keys + curve->positives, *negative = positives_end,
                   *negatives_end = negative + curve->negatives;
    size_t groups = 0;
    while (positive < positives_end || negative < negatives_end) {
        uint64_t key = positive < positives_end ? *positive : *negative;
        if (negative < negatives_end && *negative < key)
            key = *negative;
        while (positive < positives_end && *positive == key)
            positive++;
        while (negative < negatives_end && *negative == key)
            negative++;
        if (curve->values != NULL) {
            curve->values[groups] = bc_key_value(key);
            curve->tp[groups] = (uint64_t)(positive - keys);
            curve->fp[groups] = (uint64_t)(negative - positives_end);
        }
        groups++;
    }
    return groups;
}

static bc_status allocate(bc_curve *curve, bc_error *err) {
    void *values = NULL, *tp = NULL, *fp = NULL;
    bc_status status = bc_alloc(&values, curve->groups, sizeof *curve->values, err);
    if (status == BC_OK)
        status = bc_alloc(&tp, curve->groups, sizeof *curve->tp, err);
    if (status == BC_OK)
        status = bc_alloc(&fp, curve->groups, sizeof *curve->fp, err);
    curve->values = values;
    curve->tp = tp;
    curve->fp = fp;
    return status;
}

bc_status bc_curve_build(bc_curve *curve, const bc_scores *scores, unsigned splits, bc_error *err) {
    void *keys = NULL;
    *curve = (bc_curve){.logits = scores->logits};
    count_labels(curve, scores, splits);
    bc_status status = bc_alloc(&keys, (size_t)(curve->positives + curve->negatives), sizeof(uint64_t), err);
    if (status == BC_OK)
        status = sort_by_label(keys, curve, scores, splits, err);
    if (status != BC_OK)
        goto done;
    curve->groups = walk(curve, keys);
    status = allocate(curve, err);
    if (status == BC_OK)
        walk(curve, keys);
done:
    free(keys);
    return status;
}

void bc_curve_free(bc_curve *curve) {
    if (curve == NULL)
        return;
    free(curve->values);
    free(curve->tp);
    free(curve->fp);
    *curve = (bc_curve){0};
}

bc_confusion bc_curve_counts(const bc_curve *curve, size_t groups) {
    bc_confusion counts = {0};
    if (groups > 0) {
        counts.tp = curve->tp[groups - 1];
        counts.fp = curve->fp[groups - 1];
    }
    counts.fn = curve->positives - counts.tp;
    counts.tn = curve->negatives - counts.fp;
    return counts;
}

size_t bc_curve_position(const bc_curve *curve, double value) {
    size_t above = 0,
           below = curve->groups; /* groups before `above` reach value, those from `below` do not */
    while (above < below) {
        size_t middle = above + (below - above) / 2;
        if (curve->values[middle] >= value)
            above = middle + 1;
        else
            below = middle;
    }
    return above;
}
