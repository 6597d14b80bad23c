/* The rows of one label, or of the whole file, under study: measured, cutoffs chosen, and applied to test. */
#include "sweep_measures.h"

#include "base/memory.h"

#include <bclass/clusters.h>
#include <bclass/repeats.h>

#include <stdlib.h>

bool bc_sweep_is_one_class(const bc_sweep_part *part) {
    return part->curve.positive.count == 0 || part->curve.negative.count == 0;
}

const char *bc_sweep_only_class(const bc_sweep_part *part) {
    return part->curve.positive.count == 0 ? "negative" : "positive";
}

static bool is_empty(const bc_sweep_part *part) {
    return part->curve.positive.count + part->curve.negative.count == 0;
}

/* The rules are the run's; what comes of them is the study's. */
static bc_status copy_rows(bc_sweep_rows *rows, const bc_sweep_rows *rules, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, rules->count, sizeof *rows->items, err);
    if (status != BC_OK)
        return status;
    *rows = (bc_sweep_rows){block, rules->count, rules->count};
    for (size_t i = 0; i < rules->count; i++) {
        rows->items[i] = rules->items[i];
        rows->items[i].pick = bc_pick_none;
    }
    return BC_OK;
}

/* So that the promises of all labels hold together, each takes its part of the risk (Bonferroni). */
static void share_risk(bc_sweep_rows *picks, size_t labels) {
    for (size_t i = 0; i < picks->count; i++) {
        double *confidence = &picks->items[i].rule.confidence;
        if (*confidence > 0)
            *confidence = 1 - (1 - *confidence) / (double)labels;
    }
}

static bc_status copy_rules(bc_sweep_study *study, const bc_sweep *sweep, bc_error *err) {
    const bc_sweep_rules *rules = &sweep->rules;
    bc_status status = copy_rows(&study->at, &rules->at, err);
    if (status == BC_OK)
        status = copy_rows(&study->picks, &rules->picks, err);
    if (status == BC_OK && sweep->many)
        share_risk(&study->picks, sweep->count);
    if (status == BC_OK && rules->triage) {
        study->low = &study->picks.items[rules->low];
        study->high = &study->picks.items[rules->high];
    }
    return status;
}

/* The curve is there. */
static bc_status measure(bc_sweep_part *part, const bc_sweep *sweep, bc_error *err) {
    bc_curve_measures found;
    bc_curve_measure(&found, &part->curve, bc_interval_quantile);
    part->auroc = found.auroc;
    part->auroc_low = found.auroc_low;
    part->auroc_high = found.auroc_high;
    part->average_precision = found.average_precision;
    part->log_loss = found.log_loss;
    part->brier = found.brier;
    if (sweep->max_fpr > 0)
        bc_curve_partial_auroc(&part->partial_auroc, &part->mcclish, &part->curve, sweep->max_fpr);
    return bc_calibration_error_measure(&part->calibration, &part->curve, part->brier, part->log_loss, err);
}

/* Whether anything looks at the rows once their curves are there. */
static bool needs_rows(const bc_sweep *sweep, const bc_scores *scores) {
    return sweep->many || sweep->resampling.pins > 0 || scores->groups != NULL;
}

static bc_status build_curves(bc_sweep_study *study, const bc_sweep *sweep, bc_scores *scores,
                              bc_error *err) {
    bc_curve *chosen = &study->chosen.curve;
    bc_status status = BC_OK;
    if (study->has_test)
        status = bc_curve_build_in(&study->test.curve, scores, 1u << BC_SPLIT_TEST, sweep->pool, err);
    if (status != BC_OK)
        return status;
    return needs_rows(sweep, scores)
               ? bc_curve_build_in(chosen, scores, sweep->choice.splits, sweep->pool, err)
               : bc_curve_take(chosen, scores, sweep->choice.splits, sweep->pool, err);
}

static bc_status measure_parts(bc_sweep_study *study, const bc_sweep *sweep, bc_scores *scores,
                               bc_error *err) {
    study->chosen.split = sweep->choice.name;
    study->test.split = bc_split_name(BC_SPLIT_TEST);
    study->has_test = sweep->choice.has_test;
    bc_status status = build_curves(study, sweep, scores, err);
    if (status == BC_OK)
        status = measure(&study->chosen, sweep, err);
    if (status == BC_OK && study->has_test)
        status = measure(&study->test, sweep, err);
    return status;
}

/* Whether there are rows to choose on. */
static bc_status check_rows(const bc_sweep_study *study, const bc_sweep *sweep, bc_error *err) {
    bool named = sweep->split != BC_WANTED_AUTO && sweep->split != BC_WANTED_ALL;
    if (is_empty(&study->chosen) && named)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: no labelled row in split '%s'", sweep->file,
                       bc_split_wanted_names[sweep->split]);
    if (is_empty(&study->chosen))
        return bc_fail(err, BC_ERROR_FORMAT, "%s: no row has a label", sweep->file);
    if (study->picks.count > 0 && bc_sweep_is_one_class(&study->chosen))
        return bc_fail(err, BC_ERROR_FORMAT,
                       "%s: only %s rows have a label, a cutoff is chosen on both classes", sweep->file,
                       bc_sweep_only_class(&study->chosen));
    return BC_OK;
}

static void find_repeats(bc_sweep_study *study) {
    study->copies = bc_repeats_within(&study->chosen.curve);
    study->shared = study->has_test ? bc_repeats_between(&study->test.curve, &study->chosen.curve) : 0;
}

/* Promises and intervals suppose independent rows; copies are no more so than the rows of a group. */
static bc_status mark_clusters(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                               bc_error *err) {
    bc_clusters clusters;
    bc_status status = bc_clusters_find(&clusters, &study->chosen.curve, scores, sweep->choice.splits, err);
    if (status == BC_OK)
        bc_clusters_mark(&study->chosen.curve, &clusters);
    if (study->copies > 1)
        study->chosen.curve.positives_cluster = study->chosen.curve.items_cluster = true;
    bc_clusters_free(&clusters);
    return status;
}

static void choose(bc_sweep_rows *rows, const bc_curve *curve) {
    for (size_t i = 0; i < rows->count; i++) {
        bc_sweep_row *row = &rows->items[i];
        if (row->rule.confidence > 0)
            bc_guarantee_choose(&row->guarantee, &row->pick, curve, &row->rule);
        else
            bc_pick_choose(&row->pick, curve, &row->rule);
    }
}

static void apply(bc_sweep_rows *rows, const bc_curve *test) {
    for (size_t i = 0; i < rows->count; i++) {
        bc_curve_point point = bc_pick_apply(&rows->items[i].pick, test);
        rows->items[i].test = bc_curve_counts(test, point);
        rows->items[i].test_squares = bc_curve_squares(test, point);
    }
}

bc_status bc_sweep_study_run(bc_sweep_study *study, const bc_sweep *sweep, bc_scores *scores, bc_error *err) {
    bc_status status = copy_rules(study, sweep, err);
    if (status == BC_OK)
        status = measure_parts(study, sweep, scores, err);
    if (status == BC_OK && !sweep->many)
        status = check_rows(study, sweep, err);
    if (status == BC_OK)
        find_repeats(study);
    if (status == BC_OK)
        status = mark_clusters(study, sweep, scores, err);
    if (status != BC_OK)
        return status;
    choose(&study->at, &study->chosen.curve);
    if (!bc_sweep_is_one_class(&study->chosen)) {
        choose(&study->picks, &study->chosen.curve);
        bc_sweep_triage(study);
    }
    study->saturation = bc_saturation_find(&study->chosen.curve);
    if (study->has_test) {
        apply(&study->at, &study->test.curve);
        apply(&study->picks, &study->test.curve);
    }
    bc_sweep_check_study(study, sweep);
    if (bc_sweep_is_one_class(&study->chosen))
        return BC_OK;
    status = bc_sweep_resample(study, sweep, scores, err);
    return status == BC_OK ? bc_sweep_find_pins(study, sweep, scores, err) : status;
}

void bc_sweep_study_free(bc_sweep_study *study) {
    bc_curve_free(&study->chosen.curve);
    bc_curve_free(&study->test.curve);
    for (size_t i = 0; i < study->picks.count; i++)
        free(study->picks.items[i].pins.items);
    free(study->at.items);
    free(study->picks.items);
    *study = (bc_sweep_study){0};
}
