/* Walks the rows of all folds but one, in the order they are sorted in already. */
#include <bclass/crossfit.h>

#include "base/memory.h"
#include "threshold/part.h"

#include <stdlib.h>

/* Both classes without the rows of one fold. */
static void leave_out(bc_curve *rest, const bc_curve *curve, const bc_folds *folds, unsigned fold) {
    bc_part_start(rest, curve);
    for (size_t i = 0; i < curve->positive.count; i++)
        bc_part_add(&rest->positive, &curve->positive, i, folds->positive[i] != fold);
    for (size_t i = 0; i < curve->negative.count; i++)
        bc_part_add(&rest->negative, &curve->negative, i, folds->negative[i] != fold);
}

/* Adds what the items [first, last) of a class weigh, of those in the fold. */
static void add_weights(double *sum, double *squares, const bc_curve_class *of, const uint8_t *fold_of,
                        unsigned fold, size_t first, size_t last) {
    size_t count = 0;
    for (size_t i = first; i < last && of->sums == NULL; i++)
        count += fold_of[i] == fold;
    *sum += (double)count;
    *squares += (double)count;
    for (size_t i = first; i < last && of->sums != NULL; i++) {
        *sum += fold_of[i] == fold ? bc_item_weight(of, i) : 0;
        *squares += fold_of[i] == fold ? bc_item_square(of, i) : 0;
    }
}

static void apply(bc_crossfit *to, const bc_pick *pick, const bc_curve *curve, const bc_folds *folds,
                  unsigned fold) {
    const bc_curve_class *positive = &curve->positive, *negative = &curve->negative;
    bc_curve_point at = bc_pick_apply(pick, curve);
    bc_confusion *counts = &to->counts, *squares = &to->squares;
    to->met++;
    add_weights(&counts->tp, &squares->tp, positive, folds->positive, fold, 0, at.positives);
    add_weights(&counts->fn, &squares->fn, positive, folds->positive, fold, at.positives, positive->count);
    add_weights(&counts->fp, &squares->fp, negative, folds->negative, fold, 0, at.negatives);
    add_weights(&counts->tn, &squares->tn, negative, folds->negative, fold, at.negatives, negative->count);
}

bc_status bc_crossfit_run(bc_crossfit *results, size_t count, const bc_curve *curve, const bc_folds *folds,
                          bc_chooser *choose, const void *context, bc_error *err) {
    bc_curve rest = {0};
    void *block = NULL;
    bc_status status = bc_alloc(&block, count, sizeof(bc_pick), err);
    bc_pick *picks = block;
    if (status == BC_OK)
        status = bc_part_create(&rest, curve, bc_curve_is_weighted(curve), err);
    for (size_t i = 0; i < count; i++)
        results[i] = (bc_crossfit){0};
    for (unsigned fold = 0; status == BC_OK && fold < folds->count; fold++) {
        leave_out(&rest, curve, folds, fold);
        choose(picks, &rest, context);
        for (size_t i = 0; i < count; i++) {
            if (picks[i].met)
                apply(&results[i], &picks[i], curve, folds, fold);
        }
    }
    free(picks);
    bc_curve_free(&rest);
    return status;
}
