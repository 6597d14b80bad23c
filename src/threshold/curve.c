/* Builds the curve, and finds points on it. */
#include <bclass/curve.h>

#include "base/memory.h"
#include "threshold/sort.h"
#include "threshold/walk.h"

#include <math.h>
#include <stdlib.h>

/* ---- building ---- */

static bool is_in(const bc_scores *scores, size_t row, unsigned splits) {
    return (splits >> bc_scores_split(scores, row) & 1) != 0;
}

static void count_labels(bc_curve *curve, const bc_scores *scores, unsigned splits) {
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_in(scores, i, splits))
            continue;
        curve->positive.count += scores->labels[i] == 1;
        curve->negative.count += scores->labels[i] == 0;
        curve->unknown += scores->labels[i] < 0;
    }
}

/* A double and its key take the same room, so the values are sorted where they will stay. */
static bc_status sort_values(bc_curve_class *class, uint64_t *keys, bc_error *err) {
    void *scratch;
    bc_status status = bc_alloc(&scratch, class->count, sizeof *keys, err);
    if (status != BC_OK)
        return status;
    bc_sort_keys(keys, scratch, class->count);
    for (size_t i = 0; i < class->count; i++)
        class->values[i] = bc_key_value(keys[i]);
    free(scratch);
    return BC_OK;
}

static bc_status build_plain(bc_curve_class *class, const bc_scores *scores, unsigned splits, int label,
                             bc_error *err) {
    void *keys = NULL, *values = NULL;
    bc_status status = bc_alloc(&keys, class->count, sizeof(uint64_t), err);
    if (status == BC_OK)
        status = bc_alloc(&values, class->count, sizeof *class->values, err);
    class->values = values;
    if (status == BC_OK) {
        uint64_t *key = keys;
        for (size_t i = 0; i < scores->count; i++) {
            if (scores->labels[i] == label && is_in(scores, i, splits))
                *key++ = bc_key_descending(scores->values[i]);
        }
        status = sort_values(class, keys, err);
    }
    free(keys);
    return status;
}

typedef struct weighed {
    uint64_t key;
    double weight;
} weighed;

/* Equal values by weight, so that their sums do not depend on the sorting. */
static int compare_weighed(const void *first, const void *second) {
    const weighed *a = first, *b = second;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

static bc_status allocate_weighed(bc_curve_class *class, bc_error *err) {
    void *values = NULL, *sums = NULL, *squares = NULL;
    bc_status status = bc_alloc(&values, class->count, sizeof *class->values, err);
    if (status == BC_OK)
        status = bc_alloc(&sums, class->count + 1, sizeof *class->sums, err);
    if (status == BC_OK)
        status = bc_alloc(&squares, class->count + 1, sizeof *class->square_sums, err);
    class->values = values;
    class->sums = sums;
    class->square_sums = squares;
    return status;
}

static void sum_weights(bc_curve_class *class, const weighed *items) {
    class->sums[0] = class->square_sums[0] = 0;
    for (size_t i = 0; i < class->count; i++) {
        double weight = items[i].weight;
        class->values[i] = bc_key_value(items[i].key);
        class->sums[i + 1] = class->sums[i] + weight;
        class->square_sums[i + 1] = class->square_sums[i] + weight * weight;
    }
}

static bc_status build_weighed(bc_curve_class *class, const bc_scores *scores, unsigned splits, int label,
                               bc_error *err) {
    void *items = NULL;
    bc_status status = allocate_weighed(class, err);
    if (status == BC_OK)
        status = bc_alloc(&items, class->count, sizeof(weighed), err);
    if (status != BC_OK)
        return status;
    weighed *item = items;
    for (size_t i = 0; i < scores->count; i++) {
        if (scores->labels[i] == label && is_in(scores, i, splits))
            *item++ = (weighed){bc_key_descending(scores->values[i]), scores->weights[i]};
    }
    if (class->count > 0)
        qsort(items, class->count, sizeof(weighed), compare_weighed);
    sum_weights(class, items);
    free(items);
    return BC_OK;
}

bc_status bc_curve_build(bc_curve *curve, const bc_scores *scores, unsigned splits, bc_error *err) {
    *curve = (bc_curve){.logits = scores->logits};
    count_labels(curve, scores, splits);
    bc_status (*build)(bc_curve_class *, const bc_scores *, unsigned, int, bc_error *) =
        scores->weights != NULL ? build_weighed : build_plain;
    bc_status status = build(&curve->positive, scores, splits, 1, err);
    if (status == BC_OK)
        status = build(&curve->negative, scores, splits, 0, err);
    return status;
}

static void free_class(bc_curve_class *class) {
    free(class->values);
    free(class->sums);
    free(class->square_sums);
}

void bc_curve_free(bc_curve *curve) {
    if (curve == NULL)
        return;
    free_class(&curve->positive);
    free_class(&curve->negative);
    *curve = (bc_curve){0};
}

/* ---- points ---- */

bool bc_curve_is_weighted(const bc_curve *curve) {
    return curve->positive.sums != NULL || curve->negative.sums != NULL;
}

double bc_curve_positives(const bc_curve *curve) {
    return bc_weight(&curve->positive, curve->positive.count);
}

double bc_curve_negatives(const bc_curve *curve) {
    return bc_weight(&curve->negative, curve->negative.count);
}

bc_curve_point bc_curve_none(void) {
    return (bc_curve_point){0, 0};
}

bc_curve_point bc_curve_all(const bc_curve *curve) {
    return (bc_curve_point){curve->positive.count, curve->negative.count};
}

/* How many items have at least this value. */
static size_t count_from(const bc_curve_class *class, double value) {
    size_t above = 0, below = class->count; /* items before `above` reach value, those from `below` do not */
    while (above < below) {
        size_t middle = above + (below - above) / 2;
        if (class->values[middle] >= value)
            above = middle + 1;
        else
            below = middle;
    }
    return above;
}

bc_curve_point bc_curve_at(const bc_curve *curve, double value) {
    return (bc_curve_point){count_from(&curve->positive, value), count_from(&curve->negative, value)};
}

double bc_curve_upper(const bc_curve *curve, bc_curve_point point) {
    double positive = point.positives > 0 ? curve->positive.values[point.positives - 1] : INFINITY;
    double negative = point.negatives > 0 ? curve->negative.values[point.negatives - 1] : INFINITY;
    return positive < negative ? positive : negative;
}

double bc_curve_lower(const bc_curve *curve, bc_curve_point point) {
    const bc_curve_class *positive = &curve->positive, *negative = &curve->negative;
    double from_positive = point.positives < positive->count ? positive->values[point.positives] : -INFINITY;
    double from_negative = point.negatives < negative->count ? negative->values[point.negatives] : -INFINITY;
    return from_positive > from_negative ? from_positive : from_negative;
}

static size_t count_equal(const bc_curve_class *class, size_t from, double value) {
    size_t to = from;
    while (to < class->count && class->values[to] == value)
        to++;
    return to;
}

bool bc_curve_next(bc_curve_point *point, const bc_curve *curve) {
    if (point->positives == curve->positive.count && point->negatives == curve->negative.count)
        return false;
    double value = bc_curve_lower(curve, *point);
    point->positives = count_equal(&curve->positive, point->positives, value);
    point->negatives = count_equal(&curve->negative, point->negatives, value);
    return true;
}

typedef double measure(const bc_curve_class *of, size_t count);

static bc_confusion confusion_at(const bc_curve *curve, bc_curve_point point, measure *weight) {
    double tp = weight(&curve->positive, point.positives), fp = weight(&curve->negative, point.negatives);
    return (bc_confusion){.tp = tp,
                          .fp = fp,
                          .fn = weight(&curve->positive, curve->positive.count) - tp,
                          .tn = weight(&curve->negative, curve->negative.count) - fp};
}

bc_confusion bc_curve_counts(const bc_curve *curve, bc_curve_point point) {
    return confusion_at(curve, point, bc_weight);
}

bc_confusion bc_curve_squares(const bc_curve *curve, bc_curve_point point) {
    return confusion_at(curve, point, bc_square_weight);
}
