/* The result of a sweep as a JSON object, with all digits. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/json.h"

#include <math.h>

static void put_part(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_part *part) {
    bc_json_put_text(json, "split", part->split);
    bc_json_put_integer(json, "rows", (int64_t)(part->curve.positive.count + part->curve.negative.count));
    bc_json_put_integer(json, "positives", (int64_t)part->curve.positive.count);
    bc_json_put_integer(json, "negatives", (int64_t)part->curve.negative.count);
    bc_json_put_integer(json, "unlabelled", (int64_t)part->curve.unknown);
    if (bc_curve_is_weighted(&part->curve)) {
        bc_json_put_number(json, "weight",
                           bc_curve_positives(&part->curve) + bc_curve_negatives(&part->curve));
        bc_json_put_number(json, "effective_rows", bc_sweep_effective_rows(&part->curve));
    }
    bc_json_put_number(json, "auroc", part->auroc);
    bc_json_put_number(json, "auroc_low", part->auroc_low);
    bc_json_put_number(json, "auroc_high", part->auroc_high);
    if (sweep->max_fpr > 0) {
        bc_json_begin_object(json, "partial_auroc");
        bc_json_put_number(json, "max_fpr", sweep->max_fpr);
        bc_json_put_number(json, "area", part->partial_auroc);
        bc_json_put_number(json, "mcclish", part->mcclish);
        bc_json_end(json);
    }
    bc_json_put_number(json, "average_precision", part->average_precision);
    bc_json_put_number(json, "log_loss", part->log_loss);
    bc_json_put_number(json, "brier", part->brier);
    bc_calibration_error_put(json, &part->calibration);
}

/* counts NULL: null each. */
static void put_expected(bc_json_builder *json, const bc_sweep *sweep, const bc_rule *rule,
                         const bc_confusion *counts) {
    double expected[BC_SWEEP_EXPECTED];
    if (!bc_sweep_expects(sweep))
        return;
    if (counts != NULL)
        bc_sweep_expect(expected, &sweep->use, rule, counts);
    for (size_t i = 0; i < BC_SWEEP_EXPECTED; i++)
        bc_json_put_number(json, bc_sweep_expected_keys[i], counts != NULL ? expected[i] : NAN);
}

/* counts NULL: a pick that could not be met has all keys, with null. */
void bc_sweep_counts_json(bc_json_builder *json, const bc_sweep *sweep, const bc_rule *rule,
                          const bc_confusion *counts, const bc_confusion *squares) {
    static const char *const keys[] = {"tp", "fp", "fn", "tn"};
    double numbers[BC_SWEEP_NUMBERS];
    if (counts == NULL) {
        for (size_t i = 0; i < 4; i++)
            bc_json_put_null(json, keys[i]);
        for (size_t i = 0; i < BC_SWEEP_NUMBERS; i++)
            bc_json_put_null(json, bc_sweep_number_keys[i]);
        put_expected(json, sweep, rule, NULL);
        return;
    }
    const double values[] = {counts->tp, counts->fp, counts->fn, counts->tn};
    for (size_t i = 0; i < 4; i++)
        bc_json_put_number(json, keys[i], values[i]);
    bc_sweep_numbers(numbers, rule, counts, squares, sweep->interval);
    for (size_t i = 0; i < BC_SWEEP_NUMBERS; i++)
        bc_json_put_number(json, bc_sweep_number_keys[i], numbers[i]);
    put_expected(json, sweep, rule, counts);
}

/* All keys, with null where there are no folds or the rule is met in none. */
static void put_fitted(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                       const bc_sweep_row *row, bool shown) {
    shown = shown && study->folds.count > 0 && row->fitted.met > 0;
    bc_json_begin_object(json, "cross_fitted");
    bc_json_put_integer(json, "folds", study->folds.count);
    bc_json_put_integer(json, "folds_met", row->fitted.met);
    bc_json_put_bool(json, "groups", study->folds.clusters);
    bc_json_put_integer(json, "seed", sweep->resampling.seed);
    if (study->folds.reason != NULL)
        bc_json_put_text(json, "reason", study->folds.reason);
    bc_sweep_counts_json(json, sweep, &row->rule, shown ? &row->fitted.counts : NULL, &row->fitted.squares);
    bc_json_end(json);
}

void bc_sweep_pick_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                        const bc_sweep_row *row, bool shown) {
    double ends[BC_SWEEP_ENDS];
    bc_json_put_number(json, "cutoff", shown ? row->pick.score : NAN);
    bc_json_put_number(json, "logit", shown ? row->pick.logit : NAN);
    bc_sweep_counts_json(json, sweep, &row->rule, shown ? &row->pick.counts : NULL, &row->pick.squares);
    bc_sweep_get_ends(ends, &row->pick, study->chosen.curve.logits);
    for (size_t i = 0; i < BC_SWEEP_ENDS; i++)
        bc_json_put_number(json, bc_sweep_end_keys[i], shown ? ends[i] : NAN);
    if (study->folds.wanted && bc_sweep_is_resampled(row))
        put_fitted(json, sweep, study, row, shown);
    if (!study->has_test)
        return;
    bc_json_begin_object(json, "test");
    bc_sweep_counts_json(json, sweep, &row->rule, shown ? &row->test : NULL, &row->test_squares);
    bc_json_end(json);
}

/* joint is what the confidence of all labels together is; NaN where there is one. */
static void put_guarantee(bc_json_builder *json, const bc_sweep_row *row, double joint) {
    const bc_guarantee *guarantee = &row->guarantee;
    uint64_t misses;
    bc_json_begin_object(json, "guarantee");
    if (guarantee->recall > 0)
        bc_json_put_number(json, "recall", guarantee->recall);
    if (guarantee->precision > 0)
        bc_json_put_number(json, "precision", guarantee->precision);
    bc_json_put_number(json, "confidence", guarantee->confidence);
    if (!isnan(joint))
        bc_json_put_number(json, "joint_confidence", joint);
    bc_json_put_bool(json, "held", guarantee->held);
    bc_json_put_number(json, "needed", (double)guarantee->needed);
    bc_json_put_integer(json, "positives", (int64_t)guarantee->positives);
    if (guarantee->recall > 0)
        bc_json_put_number(json, "best_recall", guarantee->best_recall);
    if (bc_sweep_forecast(&misses, row)) {
        bc_json_begin_object(json, "forecast");
        bc_json_put_integer(json, "positives", BC_SWEEP_NEXT);
        bc_json_put_integer(json, "misses", (int64_t)misses);
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_rows(bc_json_builder *json, const char *key, const bc_sweep *sweep,
                     const bc_sweep_study *study, const bc_sweep_rows *rows) {
    bc_json_begin_array(json, key);
    for (size_t i = 0; i < rows->count; i++) {
        const bc_sweep_row *row = &rows->items[i];
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "rule", row->name);
        if (bc_sweep_is_choice(&row->rule))
            bc_json_put_bool(json, "met", row->pick.met);
        if (row->rule.confidence > 0)
            put_guarantee(json, row, sweep->many ? sweep->rules.picks.items[i].rule.confidence : NAN);
        bc_sweep_pick_json(json, sweep, study, row, row->pick.met);
        bc_sweep_bootstrap_json(json, sweep, study, row);
        bc_sweep_pins_json(json, sweep, study, row);
        if (!row->pick.met && !isnan(row->pick.value)) {
            bc_json_begin_object(json, "best");
            bc_sweep_pick_json(json, sweep, study, row, true);
            bc_json_end(json);
        }
        bc_json_end(json);
    }
    bc_json_end(json);
}

/* null each when there is none. */
static void put_review(bc_json_builder *json, const bc_sweep_study *study, bc_sweep_place place) {
    bool met = bc_sweep_has_review(study);
    bc_sweep_review review = {0};
    if (met)
        review = bc_sweep_find_review(study, place);
    bc_json_put_number(json, "review", met ? (double)review.items : NAN);
    bc_json_put_number(json, "review_per_1000", met ? review.per_1000 : NAN);
    bc_json_put_number(json, "missed", met ? (double)review.missed : NAN);
    bc_json_put_number(json, "false_alarms", met ? (double)review.alarms : NAN);
}

static void put_triage(bc_json_builder *json, const bc_sweep_study *study) {
    bool met = bc_sweep_has_review(study);
    if (study->low == NULL)
        return;
    bc_json_begin_object(json, "triage");
    bc_json_put_bool(json, "met", met);
    bc_json_put_number(json, "low", met ? study->low->pick.score : NAN);
    bc_json_put_number(json, "low_logit", met ? study->low->pick.logit : NAN);
    bc_json_put_number(json, "high", met ? study->high->pick.score : NAN);
    bc_json_put_number(json, "high_logit", met ? study->high->pick.logit : NAN);
    put_review(json, study, BC_SWEEP_CHOSEN);
    if (study->folds.wanted && bc_sweep_is_resampled(study->low)) {
        bc_json_begin_object(json, "cross_fitted");
        put_review(json, study, BC_SWEEP_FITTED);
        bc_json_end(json);
    }
    if (study->has_test) {
        bc_json_begin_object(json, "test");
        put_review(json, study, BC_SWEEP_TEST);
        bc_json_end(json);
    }
    bc_json_end(json);
}

/* Of the run: how its numbers are made. */
static void put_settings(bc_json_builder *json, const bc_sweep *sweep) {
    bc_json_put_text(json, "interval", bc_sweep_interval_names[sweep->interval]);
    if (sweep->use.prevalence > 0)
        bc_json_put_number(json, "prevalence", sweep->use.prevalence);
    if (sweep->use.workload > 0) {
        bc_json_begin_object(json, "workload");
        bc_json_put_number(json, "items", sweep->use.workload);
        bc_json_put_text(json, "per", sweep->use.per[0] != '\0' ? sweep->use.per : NULL);
        bc_json_end(json);
    }
}

static void put_repeats(bc_json_builder *json, const bc_sweep_study *study) {
    if (study->copies <= 1 && study->shared == 0)
        return;
    bc_json_begin_object(json, "repeats");
    bc_json_put_integer(json, "copies", (int64_t)study->copies);
    bc_json_put_integer(json, "shared_with_test", (int64_t)study->shared);
    bc_json_end(json);
}

static void put_study(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study) {
    put_part(json, sweep, &study->chosen);
    bc_json_put_bool(json, "in_sample", !study->has_test);
    put_settings(json, sweep);
    if (study->has_test) {
        bc_json_begin_object(json, "test");
        put_part(json, sweep, &study->test);
        bc_json_end(json);
    }
    put_rows(json, "at", sweep, study, &study->at);
    put_rows(json, "picks", sweep, study, &study->picks);
    put_triage(json, study);
    bc_sweep_saturation_json(json, study);
    put_repeats(json, study);
    bc_sweep_check_json(json, sweep, study);
    bc_sweep_demands_json(json, sweep, study);
}

static void put_targets(bc_json_builder *json, const bc_sweep *sweep) {
    bc_json_put_integer(json, "labels", (int64_t)sweep->count);
    bc_json_put_text(json, "split", sweep->choice.name);
    bc_json_put_bool(json, "in_sample", !sweep->choice.has_test);
    bc_json_begin_array(json, "targets");
    for (size_t i = 0; i < sweep->count; i++) {
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "target", sweep->studies[i].name);
        put_study(json, sweep, &sweep->studies[i]);
        bc_json_end(json);
    }
    bc_json_end(json);
    for (int a = 0; a < BC_SWEEP_AVERAGES; a++)
        bc_sweep_average_json(json, sweep, (bc_sweep_averaging)a);
    bc_sweep_demands_json(json, sweep, NULL);
}

bc_status bc_sweep_json(bc_text *text, const bc_sweep *sweep, bc_error *err) {
    bc_json_builder *json;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    if (sweep->skips)
        bc_json_put_integer(json, "skipped", (int64_t)sweep->skipped);
    if (sweep->many)
        put_targets(json, sweep);
    else
        put_study(json, sweep, &sweep->studies[0]);
    status = bc_json_finish(text, json, true, err);
    bc_text_char(text, '\n');
    bc_json_builder_free(json);
    return status;
}
