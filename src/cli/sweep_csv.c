/* The result of a sweep as CSV, with all digits. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>

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
    double numbers[BC_SWEEP_NUMBERS], ends[BC_SWEEP_ENDS], promise[PROMISES], expected[BC_SWEEP_EXPECTED];
    bc_sweep_numbers(numbers, &row->rule, counts, known ? result->squares : &row->pick.squares,
                     sweep->interval);
    bc_sweep_get_ends(ends, &row->pick, study->chosen.curve.logits);
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
    append_numbers(text, ends, BC_SWEEP_ENDS, shown);
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

/* The columns of a row of averages that are about one label only are NA. */
static void append_average(bc_text *text, const bc_sweep *sweep, const char *rule, const bc_sweep_average *of,
                           bc_sweep_averaging averaging) {
    const bc_sweep_mean *means = of->means[averaging];
    const double sums[] = {of->counts.tp, of->counts.fp, of->counts.fn, of->counts.tn};
    bc_text_format(text, ",%s,", bc_sweep_average_names[averaging]);
    bc_text_field(text, rule, ',');
    bc_text_format(text, ",%s", of->split);
    append_missing(text, 2); /* a cutoff is a label's */
    append_numbers(text, sums, 4, averaging == BC_SWEEP_MICRO && of->labels > 0);
    for (size_t i = 0; i < BC_SWEEP_MEANS; i++)
        bc_sweep_append_number(text, means[i].value);
    append_missing(text, BC_SWEEP_NUMBERS - BC_SWEEP_MEANS + BC_SWEEP_ENDS + PROMISES);
    if (bc_sweep_expects(sweep))
        append_missing(text, BC_SWEEP_EXPECTED);
    if (sweep->rules.triage)
        append_missing(text, 1);
    if (sweep->resampling.replicates > 0)
        append_missing(text, BC_SWEEP_BOOTSTRAP_COLUMNS);
    bc_sweep_append_number(text, (double)of->labels);
    for (size_t i = 0; i < BC_SWEEP_MEANS; i++)
        bc_sweep_append_number(text, (double)means[i].labels);
    bc_text_string(text, sweep->check_path != NULL ? ",NA" : "");
    bc_text_char(text, '\n');
}

static void append_averages(bc_text *text, const bc_sweep *sweep) {
    for (size_t i = 0; i < sweep->averages.count; i++) {
        const bc_sweep_average_row *row = &sweep->averages.rows[i];
        for (int a = 0; a < BC_SWEEP_AVERAGES; a++) {
            for (size_t place = 0; place < BC_SWEEP_PLACES; place++) {
                if (row->places[place].split != NULL)
                    append_average(text, sweep, row->rule->name, &row->places[place], (bc_sweep_averaging)a);
            }
        }
    }
}

void bc_sweep_csv(bc_text *text, const bc_sweep *sweep) {
    bc_text_string(text, sweep->many ? "target,average," : "");
    bc_text_string(text, "rule,split,cutoff,logit,tp,fp,fn,tn");
    for (size_t i = 0; i < BC_SWEEP_NUMBERS; i++)
        bc_text_format(text, ",%s", bc_sweep_number_keys[i]);
    for (size_t i = 0; i < BC_SWEEP_ENDS; i++)
        bc_text_format(text, ",%s", bc_sweep_end_keys[i]);
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
