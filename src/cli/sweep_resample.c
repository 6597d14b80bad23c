/* How well choosing by the rules does on rows that were not chosen on. */
#include "sweep_measures.h"

#include "base/memory.h"

#include <bclass/clusters.h>
#include <bclass/triage.h>

#include <stdatomic.h>
#include <stdlib.h>

enum { USUAL_FOLDS = 5 };

/* With so many rows of each class what a choice gains by its own rows is a small part of what chance does to
 * it anyway: 0.0007 of the greatest F1, whose standard error is 0.002 (normal scores, AUROC 0.9). */
enum { ENOUGH_ROWS = 20000 };

bool bc_sweep_is_resampled(const bc_sweep_row *row) {
    return bc_sweep_is_choice(&row->rule) && !(row->rule.confidence > 0);
}

static void choose(bc_pick *picks, const bc_curve *curve, const bc_sweep_study *study, bool promises) {
    const bc_sweep_row *low = study->low, *high = study->high;
    for (size_t i = 0; i < study->picks.count; i++) {
        const bc_sweep_row *row = &study->picks.items[i];
        bc_guarantee guarantee;
        picks[i] = bc_pick_none;
        if (bc_sweep_is_resampled(row))
            bc_pick_choose(&picks[i], curve, &row->rule);
        else if (promises)
            bc_guarantee_choose(&guarantee, &picks[i], curve, &row->rule);
    }
    if (low != NULL && (promises || bc_sweep_is_resampled(low))) {
        bc_triage triage;
        bc_triage_choose(&triage, curve, low->rule.target, high->rule.target, low->rule.confidence);
        picks[low - study->picks.items] = triage.low;
        picks[high - study->picks.items] = triage.high;
    }
}

void bc_sweep_choose_all(bc_pick *picks, const bc_curve *curve, const void *context) {
    choose(picks, curve, context, true);
}

/* The picks but promises, which need no judge. */
static void choose_again(bc_pick *picks, const bc_curve *curve, const void *context) {
    choose(picks, curve, context, false);
}

static bool has_resampled(const bc_sweep_study *study) {
    for (size_t i = 0; i < study->picks.count; i++) {
        if (bc_sweep_is_resampled(&study->picks.items[i]))
            return true;
    }
    return false;
}

static bool has_enough(const bc_curve *curve) {
    return curve->positive.count >= ENOUGH_ROWS && curve->negative.count >= ENOUGH_ROWS;
}

static bc_status fit(bc_sweep_study *study, const bc_sweep *sweep, const bc_folds *folds, bc_error *err) {
    void *block = NULL;
    bc_status status = bc_alloc(&block, study->picks.count, sizeof(bc_crossfit), err);
    bc_crossfit *fitted = block;
    if (status == BC_OK)
        status = bc_crossfit_run(fitted, study->picks.count, &study->chosen.curve, folds, choose_again, study,
                                 sweep->pool, err);
    for (size_t i = 0; status == BC_OK && i < study->picks.count; i++)
        study->picks.items[i].fitted = fitted[i];
    free(fitted);
    return status;
}

static bc_status deal_and_fit(bc_sweep_study *study, const bc_sweep *sweep, const bc_clusters *clusters,
                              bc_error *err) {
    const bc_sweep_resampling *as = &sweep->resampling;
    unsigned wanted = as->folds < 0 ? USUAL_FOLDS : (unsigned)as->folds;
    uint64_t seed = (uint64_t)as->seed;
    bc_folds folds;
    bc_status status = bc_folds_deal(&folds, &study->chosen.curve, clusters, wanted, seed, err);
    if (status == BC_OK && folds.count > 0)
        status = fit(study, sweep, &folds, err);
    study->folds.count = folds.count;
    study->folds.clusters = clusters->positive != NULL;
    if (folds.count == 0)
        study->folds.reason =
            study->folds.clusters ? "only one group has rows of a class" : "a class has only one row";
    bc_folds_free(&folds);
    return status;
}

/* Whether anything asks for folds and they are of use; else study->folds says why they are not. */
static bool wants_folds(bc_sweep_study *study, const bc_sweep *sweep) {
    bool usual = sweep->resampling.folds < 0;
    study->folds.wanted = usual ? !study->has_test : sweep->resampling.folds > 0;
    if (study->folds.wanted && usual && has_enough(&study->chosen.curve))
        study->folds.reason = "both classes have 20000 rows or more, --folds 5 does it";
    return study->folds.wanted && study->folds.reason == NULL;
}

/* What the threads of a bootstrap choose by, and what they tell of it. */
typedef struct watch {
    const bc_sweep_study *study;
    const bc_sweep *sweep;
    atomic_size_t *done; /* draws */
    atomic_flag *telling;
} watch;

/* One thread tells at a time. */
static void choose_and_tell(bc_pick *picks, const bc_curve *curve, const void *context) {
    const watch *by = context;
    choose_again(picks, curve, by->study);
    const size_t done = atomic_fetch_add(by->done, 1) + 1;
    if (atomic_flag_test_and_set(by->telling))
        return;
    bc_progress_line(by->sweep->progress, "bootstrap  draw %zu of %lld", done,
                     (long long)by->sweep->resampling.replicates);
    atomic_flag_clear(by->telling);
}

static bc_status repeat(bc_sweep_study *study, const bc_sweep *sweep, const bc_clusters *clusters,
                        bc_error *err) {
    void *block = NULL;
    bc_status status = bc_alloc(&block, study->picks.count, sizeof(bc_bootstrap), err);
    bc_bootstrap *results = block;
    atomic_size_t done = 0;
    atomic_flag telling = ATOMIC_FLAG_INIT;
    const watch by = {study, sweep, &done, &telling};
    bc_progress_clear(sweep->progress); /* so that the first draw is told at once */
    if (status == BC_OK)
        status = bc_bootstrap_run(results, study->picks.count, &study->chosen.curve, clusters,
                                  (size_t)sweep->resampling.replicates, (uint64_t)sweep->resampling.seed,
                                  sweep->resampling.threads, choose_and_tell, &by, err);
    for (size_t i = 0; status == BC_OK && i < study->picks.count; i++)
        study->picks.items[i].bootstrap = results[i];
    free(results);
    return status;
}

bc_status bc_sweep_resample(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                            bc_error *err) {
    bc_clusters clusters = {0};
    bc_status status = BC_OK;
    if (!has_resampled(study))
        return BC_OK;
    bool folds = wants_folds(study, sweep), bootstrap = sweep->resampling.replicates > 0;
    if (folds || bootstrap)
        status = bc_clusters_find(&clusters, &study->chosen.curve, scores, sweep->choice.splits, err);
    if (status == BC_OK && folds)
        status = deal_and_fit(study, sweep, &clusters, err);
    if (status == BC_OK && bootstrap)
        status = repeat(study, sweep, &clusters, err);
    bc_clusters_free(&clusters);
    return status;
}

size_t bc_sweep_results(bc_sweep_result results[BC_SWEEP_PLACES], const bc_sweep_study *study,
                        const bc_sweep_row *row) {
    bool in_sample = !study->has_test && bc_sweep_is_choice(&row->rule);
    size_t count = 0;
    results[count++] = (bc_sweep_result){BC_SWEEP_CHOSEN, in_sample ? "in-sample" : study->chosen.split,
                                         &row->pick.counts, &row->pick.squares};
    if (study->folds.count > 0 && bc_sweep_is_resampled(row)) {
        bool met = row->fitted.met > 0;
        results[count++] =
            (bc_sweep_result){BC_SWEEP_FITTED, "cross-fitted", met ? &row->fitted.counts : NULL,
                              met ? &row->fitted.squares : NULL};
    }
    if (study->has_test)
        results[count++] =
            (bc_sweep_result){BC_SWEEP_TEST, study->test.split, &row->test, &row->test_squares};
    return count;
}
