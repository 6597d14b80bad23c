/* Walks the rows of all folds but one, in the order they are sorted in already. */
#include <bclass/crossfit.h>

#include "base/memory.h"
#include "base/threads.h"
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

/* ---- all folds ---- */

/* What a thread needs for one fold at a time. */
typedef struct scratch {
    bc_curve rest;
    bc_pick *picks;
} scratch;

typedef struct fitting {
    const bc_curve *curve;
    const bc_folds *folds;
    size_t rules;
    bc_chooser *choose;
    const void *context;
    bc_crossfit *found; /* by fold and rule */
    scratch *scratches;
    bc_pool *pool;
} fitting;

static void fit_fold(const fitting *in, scratch *with, unsigned fold) {
    leave_out(&with->rest, in->curve, in->folds, fold);
    in->choose(with->picks, &with->rest, in->context);
    for (size_t i = 0; i < in->rules; i++) {
        if (with->picks[i].met)
            apply(&in->found[fold * in->rules + i], &with->picks[i], in->curve, in->folds, fold);
    }
}

static void fit_part(void *context, unsigned worker) {
    const fitting *in = context;
    size_t first, last;
    bc_pool_range(in->pool, worker, in->folds->count, &first, &last);
    for (size_t fold = first; fold < last; fold++)
        fit_fold(in, &in->scratches[worker], (unsigned)fold);
}

static void add_counts(bc_confusion *to, const bc_confusion *more) {
    *to = (bc_confusion){to->tp + more->tp, to->fp + more->fp, to->fn + more->fn, to->tn + more->tn};
}

/* In the order of the folds, so that sums of weights do not depend on the threads. */
static void add_folds(bc_crossfit *results, const fitting *in) {
    for (size_t i = 0; i < in->rules; i++) {
        results[i] = (bc_crossfit){0};
        for (unsigned fold = 0; fold < in->folds->count; fold++) {
            const bc_crossfit *found = &in->found[fold * in->rules + i];
            results[i].met += found->met;
            add_counts(&results[i].counts, &found->counts);
            add_counts(&results[i].squares, &found->squares);
        }
    }
}

static bc_status create_scratches(fitting *in, unsigned workers, bc_error *err) {
    void *found = NULL, *scratches = NULL;
    bool weighted = bc_curve_is_weighted(in->curve);
    size_t results;
    if (!bc_size_multiply(&results, in->rules, in->folds->count))
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory for %zu rules", in->rules);
    bc_status status = bc_alloc(&found, results, sizeof *in->found, err);
    if (status == BC_OK)
        status = bc_alloc(&scratches, workers, sizeof *in->scratches, err);
    in->found = found;
    in->scratches = scratches;
    for (unsigned i = 0; status == BC_OK && i < workers; i++) {
        void *picks = NULL;
        status = bc_part_create(&in->scratches[i].rest, in->curve, weighted, err);
        if (status == BC_OK)
            status = bc_alloc(&picks, in->rules, sizeof(bc_pick), err);
        in->scratches[i].picks = picks;
    }
    return status;
}

static void free_scratches(fitting *of, unsigned workers) {
    for (unsigned i = 0; of->scratches != NULL && i < workers; i++) {
        bc_curve_free(&of->scratches[i].rest);
        free(of->scratches[i].picks);
    }
    free(of->scratches);
    free(of->found);
}

bc_status bc_crossfit_run(bc_crossfit *results, size_t count, const bc_curve *curve, const bc_folds *folds,
                          bc_chooser *choose, const void *context, bc_pool *pool, bc_error *err) {
    fitting all = {
        .curve = curve, .folds = folds, .rules = count, .choose = choose, .context = context, .pool = pool};
    unsigned workers = bc_pool_threads(pool);
    bc_status status = create_scratches(&all, workers, err);
    if (status == BC_OK) {
        bc_pool_run(pool, fit_part, &all);
        add_folds(results, &all);
    }
    free_scratches(&all, workers);
    return status;
}
