/* The result of a sweep as CSV and as JSON, with all digits. */
#include "sweep.h"

#include "base/json.h"
#include "base/number.h"

#include <bclass/logit.h>

#include <math.h>
#include <stdio.h>

enum { ENDS = 4 };

static const char *const end_keys[ENDS] = {"cutoff_lower", "cutoff_upper", "logit_lower", "logit_upper"};

/* Every cutoff above the lower end and up to the upper one decides the same. Where there is no item beyond,
 * there is no end: NaN. */
static void get_ends(double ends[ENDS], const bc_pick *pick, bool logits) {
    const double values[] = {pick->lower, pick->upper};
    for (size_t i = 0; i < 2; i++) {
        double value = isinf(values[i]) ? NAN : values[i];
        ends[i] = logits ? bc_sigmoid(value) : value;
        ends[2 + i] = logits || isnan(value) ? value : bc_logit(value);
    }
}

/* The promise in CSV; a column each. */
enum { PROMISES = 4 };

static const char *const promise_keys[PROMISES] = {"confidence", "held", "needed", "forecast_misses"};

static void get_promise(double promise[PROMISES], const bc_sweep_row *row) {
    const bc_guarantee *guarantee = &row->guarantee;
    uint64_t misses;
    bool none = !(row->rule.confidence > 0);
    promise[0] = none ? NAN : guarantee->confidence;
    promise[1] = none ? NAN : guarantee->held;
    promise[2] = none ? NAN : (double)guarantee->needed;
    promise[3] = bc_sweep_forecast(&misses, row) ? (double)misses : NAN;
}

/* ---- CSV ---- */

void bc_sweep_append_number(bc_text *text, double value) {
    char digits[BC_NUMBER_SIZE] = "NA";
    if (!isnan(value))
        bc_number_print_exact(digits, value);
    bc_text_char(text, ',');
    bc_text_string(text, digits);
}

static void append_numbers(bc_text *text, const double *numbers, size_t count, bool shown) {
    for (size_t i = 0; i < count; i++)
        bc_sweep_append_number(text, shown ? numbers[i] : NAN);
}

static void append_missing(bc_text *text, size_t count) {
    for (size_t i = 0; i < count; i++)
        bc_sweep_append_number(text, NAN);
}

/* Of the rows of a triage. */
static double review_per_1000(const bc_sweep_study *study, const bc_sweep_row *row, bc_sweep_place place) {
    bool paired = row == study->low || row == study->high;
    return paired && bc_sweep_has_review(study) ? bc_sweep_find_review(study, place).per_1000 : NAN;
}

/* On the row that an old cutoff is judged by. */
static void append_verdict(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                           const bc_sweep_row *row, bc_sweep_place place) {
    bool test = place == BC_SWEEP_TEST;
    bool judged = row == &study->check.row && test == study->has_test && study->check.count > 0;
    if (sweep->check_path != NULL)
        bc_text_format(text, ",%s", judged ? bc_sweep_verdict_names[bc_sweep_verdict(&study->check)] : "NA");
}

/* A pick that could not be met has NA in every column but those of the promise. */
static void append_csv_row(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                           const bc_sweep_row *row, const bc_sweep_result *result) {
    bool shown = row->pick.met, known = shown && result->counts != NULL;
    const bc_confusion *counts = known ? result->counts : &row->pick.counts;
    const double cutoff[] = {row->pick.score, row->pick.logit};
    const double parts[] = {counts->tp, counts->fp, counts->fn, counts->tn};
    double numbers[BC_SWEEP_NUMBERS], ends[ENDS], promise[PROMISES], expected[BC_SWEEP_EXPECTED];
    bc_sweep_numbers(numbers, &row->rule, counts, known ? result->squares : &row->pick.squares,
                     sweep->interval);
    get_ends(ends, &row->pick, study->chosen.curve.logits);
    get_promise(promise, row);
    if (sweep->many) {
        bc_text_field(text, study->name, ',');
        bc_text_string(text, ",,");
    }
    bc_text_field(text, row->name, ',');
    bc_text_format(text, ",%s", result->split);
    append_numbers(text, cutoff, 2, shown);
    append_numbers(text, parts, 4, known);
    append_numbers(text, numbers, BC_SWEEP_NUMBERS, known);
    append_numbers(text, ends, ENDS, shown);
    append_numbers(text, promise, PROMISES, true);
    if (bc_sweep_expects(sweep)) {
        bc_sweep_expect(expected, &sweep->use, &row->rule, counts);
        append_numbers(text, expected, BC_SWEEP_EXPECTED, known);
    }
    if (sweep->rules.triage)
        bc_sweep_append_number(text, review_per_1000(study, row, result->place));
    bc_sweep_bootstrap_csv(text, sweep, study, row, result->place == BC_SWEEP_CHOSEN);
    append_missing(text, sweep->many ? 1 + BC_SWEEP_MEANS : 0);
    append_verdict(text, sweep, study, row, result->place);
    bc_text_char(text, '\n');
}

/* Of an old cutoff, which was not chosen on these rows. */
static void append_check_rows(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                              const bc_sweep_row *row, bool has_test) {
    const bc_sweep_result chosen = {BC_SWEEP_CHOSEN, study->chosen.split, &row->pick.counts,
                                    &row->pick.squares};
    const bc_sweep_result test = {BC_SWEEP_TEST, study->test.split, &row->test, &row->test_squares};
    append_csv_row(text, sweep, study, row, &chosen);
    if (has_test)
        append_csv_row(text, sweep, study, row, &test);
}

/* What an old cutoff was when it was chosen, as a row; and what it is here. */
static void append_check(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    static const bc_confusion unknown = {0}; /* the squared weights, and with them the intervals */
    const bc_sweep_check *check = &study->check;
    bc_sweep_study then = *study;
    bc_sweep_row row = check->row;
    if (check->cutoff == NULL)
        return;
    then.chosen.split = check->cutoff->split;
    then.test.split = bc_split_name(BC_SPLIT_TEST);
    row.pick.counts = check->cutoff->chosen;
    row.test = check->cutoff->test;
    row.pick.squares = check->cutoff->weighted ? unknown : row.pick.counts;
    row.test_squares = check->cutoff->weighted ? unknown : row.test;
    row.pick.lower = -INFINITY;
    row.pick.upper = INFINITY;
    snprintf(row.name, sizeof row.name, "saved %.*s", BC_RULE_NAME_SIZE - 7, check->cutoff->rule);
    append_check_rows(text, sweep, &then, &row, check->cutoff->has_test);
    append_check_rows(text, sweep, study, &check->row, study->has_test);
}

static void append_csv_rows(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                            const bc_sweep_rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        const bc_sweep_row *row = &rows->items[i];
        bc_sweep_result results[BC_SWEEP_PLACES];
        size_t count = bc_sweep_results(results, study, row);
        for (size_t j = 0; j < count; j++)
            append_csv_row(text, sweep, study, row, &results[j]);
    }
}

/* The columns of a row of averages that are not about labels are those of a label's row. */
static void append_average(bc_text *text, const bc_sweep *sweep, const bc_sweep_average_row *row, bool test,
                           bc_sweep_averaging averaging) {
    const bc_confusion *counts = &row->counts[test];
    const bc_sweep_mean *means = row->means[test][averaging];
    const double sums[] = {counts->tp, counts->fp, counts->fn, counts->tn};
    bc_text_format(text, ",%s,", bc_sweep_average_names[averaging]);
    bc_text_field(text, row->rule->name, ',');
    bc_text_format(text, ",%s", test ? bc_split_name(BC_SPLIT_TEST) : sweep->choice.name);
    append_missing(text, 2); /* a cutoff is a label's */
    append_numbers(text, sums, 4, averaging == BC_SWEEP_MICRO && row->labels > 0);
    for (size_t i = 0; i < BC_SWEEP_MEANS; i++)
        bc_sweep_append_number(text, means[i].value);
    append_missing(text, BC_SWEEP_NUMBERS - BC_SWEEP_MEANS + ENDS + PROMISES);
    if (bc_sweep_expects(sweep))
        append_missing(text, BC_SWEEP_EXPECTED);
    if (sweep->rules.triage)
        append_missing(text, 1);
    if (sweep->resampling.replicates > 0)
        append_missing(text, BC_SWEEP_BOOTSTRAP_COLUMNS);
    bc_sweep_append_number(text, (double)row->labels);
    for (size_t i = 0; i < BC_SWEEP_MEANS; i++)
        bc_sweep_append_number(text, (double)means[i].labels);
    bc_text_string(text, sweep->check_path != NULL ? ",NA" : "");
    bc_text_char(text, '\n');
}

static void append_averages(bc_text *text, const bc_sweep *sweep) {
    for (size_t i = 0; i < sweep->averages.count; i++) {
        for (int a = 0; a < BC_SWEEP_AVERAGES; a++) {
            for (size_t test = 0; test <= sweep->choice.has_test; test++)
                append_average(text, sweep, &sweep->averages.rows[i], test, (bc_sweep_averaging)a);
        }
    }
}

void bc_sweep_csv(bc_text *text, const bc_sweep *sweep) {
    bc_text_string(text, sweep->many ? "target,average," : "");
    bc_text_string(text, "rule,split,cutoff,logit,tp,fp,fn,tn");
    for (size_t i = 0; i < BC_SWEEP_NUMBERS; i++)
        bc_text_format(text, ",%s", bc_sweep_number_keys[i]);
    for (size_t i = 0; i < ENDS; i++)
        bc_text_format(text, ",%s", end_keys[i]);
    for (size_t i = 0; i < PROMISES; i++)
        bc_text_format(text, ",%s", promise_keys[i]);
    for (size_t i = 0; bc_sweep_expects(sweep) && i < BC_SWEEP_EXPECTED; i++)
        bc_text_format(text, ",%s", bc_sweep_expected_keys[i]);
    bc_text_string(text, sweep->rules.triage ? ",review_per_1000" : "");
    bc_sweep_bootstrap_headings(text, sweep);
    bc_text_string(text, sweep->many ? ",labels" : "");
    for (size_t i = 0; sweep->many && i < BC_SWEEP_MEANS; i++)
        bc_text_format(text, ",%s_labels", bc_sweep_number_keys[i]);
    bc_text_string(text, sweep->check_path != NULL ? ",verdict" : "");
    bc_text_char(text, '\n');
    for (size_t i = 0; i < sweep->count; i++) {
        append_csv_rows(text, sweep, &sweep->studies[i], &sweep->studies[i].at);
        append_csv_rows(text, sweep, &sweep->studies[i], &sweep->studies[i].picks);
        append_check(text, sweep, &sweep->studies[i]);
    }
    append_averages(text, sweep);
}

/* ---- JSON ---- */

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
static void put_counts(bc_json_builder *json, const bc_sweep *sweep, const bc_rule *rule,
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
    put_counts(json, sweep, &row->rule, shown ? &row->fitted.counts : NULL, &row->fitted.squares);
    bc_json_end(json);
}

static void put_pick(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                     const bc_sweep_row *row, bool shown) {
    double ends[ENDS];
    bc_json_put_number(json, "cutoff", shown ? row->pick.score : NAN);
    bc_json_put_number(json, "logit", shown ? row->pick.logit : NAN);
    put_counts(json, sweep, &row->rule, shown ? &row->pick.counts : NULL, &row->pick.squares);
    get_ends(ends, &row->pick, study->chosen.curve.logits);
    for (size_t i = 0; i < ENDS; i++)
        bc_json_put_number(json, end_keys[i], shown ? ends[i] : NAN);
    if (study->folds.wanted && bc_sweep_is_resampled(row))
        put_fitted(json, sweep, study, row, shown);
    if (!study->has_test)
        return;
    bc_json_begin_object(json, "test");
    put_counts(json, sweep, &row->rule, shown ? &row->test : NULL, &row->test_squares);
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
        put_pick(json, sweep, study, row, row->pick.met);
        bc_sweep_bootstrap_json(json, sweep, study, row);
        bc_sweep_pins_json(json, sweep, study, row);
        if (!row->pick.met && !isnan(row->pick.value)) {
            bc_json_begin_object(json, "best");
            put_pick(json, sweep, study, row, true);
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

static void put_floors(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study) {
    const bc_sweep_check *check = &study->check;
    const bc_sweep_row *row = &check->row;
    const bc_confusion *counts = study->has_test ? &row->test : &row->pick.counts;
    /* by bc_floor, where the ends of its interval stand */
    static const size_t low[BC_FLOOR_COUNT] = {BC_SWEEP_INTERVALS + 2, BC_SWEEP_INTERVALS,
                                               BC_SWEEP_INTERVALS + 4};
    double numbers[BC_SWEEP_NUMBERS];
    bc_sweep_numbers(numbers, &row->rule, counts, study->has_test ? &row->test_squares : &row->pick.squares,
                     sweep->interval);
    bc_json_begin_array(json, "floors");
    for (size_t i = 0; i < check->count; i++) {
        const bc_floor_check *floor = &check->floors[i];
        bool known = floor->verdict != BC_VERDICT_UNKNOWN;
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "metric", bc_sweep_floor_names[floor->floor]);
        bc_json_put_number(json, "floor", floor->target);
        bc_json_put_bool(json, "promised", check->cutoff->confidence > 0);
        bc_json_put_number(json, "value", floor->value);
        bc_json_put_number(json, "low", numbers[low[floor->floor]]);
        bc_json_put_number(json, "high", numbers[low[floor->floor] + 1]);
        bc_json_put_number(json, "rows", known ? (double)floor->trials : NAN);
        bc_json_put_number(json, "failures", known ? (double)floor->failures : NAN);
        bc_json_put_number(json, "allowed", known ? (double)floor->allowed : NAN);
        bc_json_put_text(json, "verdict", bc_sweep_verdict_names[floor->verdict]);
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_saved(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_check *check) {
    static const bc_confusion unknown = {0}; /* the squared weights, and with them the intervals */
    const bc_cutoff *cutoff = check->cutoff;
    bool weighted = cutoff->weighted;
    bc_json_begin_object(json, "saved");
    bc_json_put_text(json, "split", cutoff->split);
    put_counts(json, sweep, &check->row.rule, &cutoff->chosen, weighted ? &unknown : &cutoff->chosen);
    if (cutoff->has_test) {
        bc_json_begin_object(json, "test");
        put_counts(json, sweep, &check->row.rule, &cutoff->test, weighted ? &unknown : &cutoff->test);
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_check(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study) {
    const bc_sweep_check *check = &study->check;
    if (check->cutoff == NULL)
        return;
    bc_json_begin_object(json, "check");
    bc_json_put_text(json, "file", sweep->check_path);
    bc_json_put_text(json, "rule", check->cutoff->rule);
    put_pick(json, sweep, study, &check->row, true);
    put_saved(json, sweep, check);
    put_floors(json, sweep, study);
    bc_json_put_text(json, "verdict",
                     check->count > 0 ? bc_sweep_verdict_names[bc_sweep_verdict(check)] : NULL);
    bc_json_end(json);
}

/* Of the study, or of averages where it is NULL. */
static void put_demands(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study) {
    if (sweep->demands.count == 0)
        return;
    bc_json_begin_array(json, "require");
    for (size_t i = 0; i < sweep->demands.count; i++) {
        const bc_sweep_demand *demand = &sweep->demands.items[i];
        double value;
        if (!bc_sweep_demanded(&value, demand, sweep, study))
            continue;
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "demand", demand->name);
        bc_json_put_number(json, "value", value);
        bc_json_put_bool(json, "met", bc_sweep_demand_met(demand, value));
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
    put_check(json, sweep, study);
    put_demands(json, sweep, study);
}

/* Each mean, and of how many labels it is. */
static void put_means(bc_json_builder *json, const char *const *keys, const bc_sweep_mean *means,
                      size_t count) {
    char key[BC_SWEEP_CELL_SIZE];
    for (size_t i = 0; i < count; i++)
        bc_json_put_number(json, keys[i], means[i].value);
    for (size_t i = 0; i < count; i++) {
        snprintf(key, sizeof key, "%s_labels", keys[i]);
        bc_json_put_integer(json, key, (int64_t)means[i].labels);
    }
}

static void put_average_numbers(bc_json_builder *json, const bc_sweep_average_row *row, bool test,
                                bc_sweep_averaging averaging) {
    static const char *const keys[] = {"tp", "fp", "fn", "tn"};
    const bc_confusion *counts = &row->counts[test];
    const double sums[] = {counts->tp, counts->fp, counts->fn, counts->tn};
    for (size_t i = 0; averaging == BC_SWEEP_MICRO && i < 4; i++)
        bc_json_put_number(json, keys[i], row->labels > 0 ? sums[i] : NAN);
    put_means(json, bc_sweep_number_keys, row->means[test][averaging], BC_SWEEP_MEANS);
}

static void put_average_rows(bc_json_builder *json, const char *key, const bc_sweep *sweep, size_t first,
                             size_t end, bc_sweep_averaging averaging) {
    bc_json_begin_array(json, key);
    for (size_t i = first; i < end; i++) {
        const bc_sweep_average_row *row = &sweep->averages.rows[i];
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "rule", row->rule->name);
        bc_json_put_integer(json, "labels", (int64_t)row->labels);
        put_average_numbers(json, row, false, averaging);
        if (sweep->choice.has_test) {
            bc_json_begin_object(json, "test");
            put_average_numbers(json, row, true, averaging);
            bc_json_end(json);
        }
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_average(bc_json_builder *json, const bc_sweep *sweep, bc_sweep_averaging averaging) {
    const bc_sweep_averages *averages = &sweep->averages;
    size_t at = sweep->rules.at.count;
    bc_json_begin_object(json, bc_sweep_average_names[averaging]);
    put_means(json, bc_sweep_part_keys, averages->parts[0][averaging], BC_SWEEP_PART_MEANS);
    if (sweep->choice.has_test) {
        bc_json_begin_object(json, "test");
        put_means(json, bc_sweep_part_keys, averages->parts[1][averaging], BC_SWEEP_PART_MEANS);
        bc_json_end(json);
    }
    put_average_rows(json, "at", sweep, 0, at, averaging);
    put_average_rows(json, "picks", sweep, at, averages->count, averaging);
    bc_json_end(json);
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
        put_average(json, sweep, (bc_sweep_averaging)a);
    put_demands(json, sweep, NULL);
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
