/* The result of a sweep as a table for people. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const bc_sweep_part_headings[BC_SWEEP_PART_CELLS] = {
    "split", "rows", "positives", "negatives", "AUROC", "95% interval", "AP", "log loss", "Brier"};

/* After the counts, the first numbers of a row. */
const char *const bc_sweep_count_headings[BC_SWEEP_COUNT_CELLS] = {
    "TP", "FP", "FN", "TN", "precision", "recall", "specificity", "F1", "F2"};

enum { COUNTS = 4 };

static void add_headings(bc_table *table, const char *const *headings, size_t count) {
    for (size_t i = 0; i < count; i++)
        bc_table_cell(table, headings[i]);
}

static void add_interval(bc_table *table, double low, double high) {
    char low_digits[BC_SWEEP_CELL_SIZE], high_digits[BC_SWEEP_CELL_SIZE],
        cell[2 * BC_SWEEP_CELL_SIZE + 4] = "NA";
    bc_sweep_print_fixed(low_digits, low, 3);
    bc_sweep_print_fixed(high_digits, high, 3);
    if (!isnan(low))
        snprintf(cell, sizeof cell, "%s to %s", low_digits, high_digits);
    bc_table_cell(table, cell);
}

void bc_sweep_add_part(bc_table *table, const bc_sweep_part *part) {
    bc_table_cell(table, part->split);
    bc_table_count(table, part->curve.positive.count + part->curve.negative.count);
    bc_table_count(table, part->curve.positive.count);
    bc_table_count(table, part->curve.negative.count);
    bc_table_number(table, part->auroc, 3);
    add_interval(table, part->auroc_low, part->auroc_high);
    bc_table_number(table, part->average_precision, 3);
    bc_table_number(table, part->log_loss, 3);
    bc_table_number(table, part->brier, 3);
}

/* How far the scores are from the shares of positives they claim. */
static void print_calibration(bc_text *text, const bc_sweep_part *part) {
    const bc_decomposition *brier = &part->calibration.corp.brier;
    const bc_binned_error *ece = &part->calibration.ece;
    const double numbers[] = {brier->loss, brier->mcb, brier->dsc, brier->unc, ece->value};
    char cells[sizeof numbers / sizeof numbers[0]][BC_SWEEP_CELL_SIZE];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        bc_sweep_print_fixed(cells[i], numbers[i], 3);
    bc_text_format(text, "%s: Brier %s = MCB %s - DSC %s + UNC %s, ECE %s in %zu %s bins\n", part->split,
                   cells[0], cells[1], cells[2], cells[3], cells[4], ece->bins, bc_bins_names[ece->kind]);
}

static void print_weights(bc_text *text, const bc_sweep_part *part) {
    char rows[BC_SWEEP_CELL_SIZE], weight[BC_SWEEP_CELL_SIZE];
    if (!bc_curve_is_weighted(&part->curve))
        return;
    bc_sweep_print_fixed(rows, bc_sweep_effective_rows(&part->curve), 1);
    bc_sweep_print_count(weight, bc_curve_positives(&part->curve) + bc_curve_negatives(&part->curve));
    bc_text_format(
        text,
        "%s: weighted, counts are sums of weights (%s in all); intervals are approximate, as of %s rows of "
        "one weight\n",
        part->split, weight, rows);
}

static void print_partial(bc_text *text, const bc_sweep_part *part, double max_fpr) {
    char most[BC_NUMBER_SIZE], area[BC_SWEEP_CELL_SIZE], mcclish[BC_SWEEP_CELL_SIZE];
    bc_number_print(most, max_fpr, 6);
    bc_sweep_print_fixed(area, part->partial_auroc, 4);
    bc_sweep_print_fixed(mcclish, part->mcclish, 3);
    bc_text_format(text,
                   "%s: partial AUROC %s for false positive rates up to %s, standardised (McClish) %s\n",
                   part->split, area, most, mcclish);
}

static void print_parts(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    bc_table table;
    bc_table_start(&table, "lrrrrlrrr");
    add_headings(&table, bc_sweep_part_headings, BC_SWEEP_PART_CELLS);
    bc_sweep_add_part(&table, &study->chosen);
    if (study->has_test)
        bc_sweep_add_part(&table, &study->test);
    bc_table_print(text, &table);
    bc_table_free(&table);
    print_weights(text, &study->chosen);
    if (study->has_test)
        print_weights(text, &study->test);
    print_calibration(text, &study->chosen);
    if (study->has_test)
        print_calibration(text, &study->test);
    if (sweep->max_fpr > 0)
        print_partial(text, &study->chosen, sweep->max_fpr);
    if (sweep->max_fpr > 0 && study->has_test)
        print_partial(text, &study->test, sweep->max_fpr);
}

static void add_count(bc_table *table, double count) {
    char cell[BC_SWEEP_CELL_SIZE];
    bc_sweep_print_count(cell, count);
    bc_table_cell(table, cell);
}

void bc_sweep_add_counts(bc_table *table, const bc_rule *rule, const bc_confusion *counts) {
    double numbers[BC_SWEEP_NUMBERS];
    for (size_t i = 0; counts == NULL && i < BC_SWEEP_COUNT_CELLS; i++)
        bc_table_cell(table, "NA");
    if (counts == NULL)
        return;
    add_count(table, counts->tp);
    add_count(table, counts->fp);
    add_count(table, counts->fn);
    add_count(table, counts->tn);
    bc_sweep_numbers(numbers, rule, counts, counts, BC_INTERVAL_WILSON);
    for (size_t i = 0; i < BC_SWEEP_COUNT_CELLS - COUNTS; i++)
        bc_table_number(table, numbers[i], 3);
}

static void add_row(bc_table *table, const bc_sweep_study *study, const bc_sweep_row *row) {
    char cutoff[BC_SWEEP_CELL_SIZE], mark[BC_RULE_NAME_SIZE + 4];
    if (!row->pick.met)
        return;
    bc_sweep_print_cutoff(cutoff, row, study->chosen.curve.logits);
    snprintf(mark, sizeof mark, "<- %s", row->name);
    bc_sweep_result results[BC_SWEEP_PLACES];
    size_t count = bc_sweep_results(results, study, row);
    for (size_t i = 0; i < count; i++) {
        bc_table_cell(table, i == 0 ? cutoff : "");
        bc_table_cell(table, results[i].split);
        bc_sweep_add_counts(table, &row->rule, results[i].counts);
        bc_table_cell(table, i == 0 && bc_sweep_is_choice(&row->rule) ? mark : "");
    }
}

static void print_rows(bc_text *text, const bc_sweep_study *study) {
    bc_table table;
    bc_table_start(&table, "llrrrrrrrrrl");
    bc_table_cell(&table, "cutoff");
    bc_table_cell(&table, "split");
    add_headings(&table, bc_sweep_count_headings, BC_SWEEP_COUNT_CELLS);
    bc_table_cell(&table, "");
    for (size_t i = 0; i < study->at.count; i++)
        add_row(&table, study, &study->at.items[i]);
    for (size_t i = 0; i < study->picks.count; i++)
        add_row(&table, study, &study->picks.items[i]);
    bc_table_print(text, &table);
    bc_table_free(&table);
}

static void add_intervals(bc_table *table, const bc_sweep_row *row, const bc_sweep_result *result,
                          bc_interval_method method) {
    double numbers[BC_SWEEP_NUMBERS];
    bool known = result->counts != NULL;
    if (known)
        bc_sweep_numbers(numbers, &row->rule, result->counts, result->squares, method);
    bc_table_cell(table, result->split);
    for (size_t i = 0; i < BC_SWEEP_SHARES; i++)
        add_interval(table, known ? numbers[BC_SWEEP_INTERVALS + 2 * i] : NAN,
                     known ? numbers[BC_SWEEP_INTERVALS + 2 * i + 1] : NAN);
}

static bool has_pick(const bc_sweep_study *study) {
    for (size_t i = 0; i < study->picks.count; i++) {
        if (study->picks.items[i].pick.met)
            return true;
    }
    return false;
}

/* Of the picks that were met. */
static void print_intervals(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    bc_table table;
    if (!has_pick(study))
        return;
    bc_table_start(&table, "lllll");
    bc_table_cell(&table, "95% interval");
    bc_table_cell(&table, "split");
    add_headings(&table, bc_sweep_count_headings + COUNTS, BC_SWEEP_SHARES);
    for (size_t i = 0; i < study->picks.count; i++) {
        const bc_sweep_row *row = &study->picks.items[i];
        if (!row->pick.met)
            continue;
        bc_sweep_result results[BC_SWEEP_PLACES];
        size_t count = bc_sweep_results(results, study, row);
        for (size_t j = 0; j < count; j++) {
            bc_table_cell(&table, j == 0 ? row->name : "");
            add_intervals(&table, row, &results[j], sweep->interval);
        }
    }
    bc_text_char(text, '\n');
    bc_table_print(text, &table);
    bc_table_free(&table);
}

/* By the study with the most folds: where rows are few a label has fewer. */
static void print_folds(bc_text *text, const bc_sweep *sweep) {
    bc_sweep_folds folds = {0};
    for (size_t i = 0; i < sweep->count; i++) {
        if (sweep->studies[i].folds.count > folds.count)
            folds = sweep->studies[i].folds;
    }
    if (folds.count > 0)
        bc_text_format(text,
                       "; cross-fitted,\n    each of %u folds%s is measured by a cutoff chosen on the others "
                       "(seed %" PRId64 ")",
                       folds.count, folds.clusters ? " of whole groups" : "", sweep->resampling.seed);
}

void bc_sweep_print_heading(bc_text *text, const bc_sweep *sweep) {
    bool chooses = sweep->rules.at.count + sweep->rules.picks.count > 0;
    if (!chooses)
        bc_text_format(text, "an old cutoff on new rows");
    else if (sweep->choice.has_test)
        bc_text_format(text, "cutoffs chosen on %s, reported on %s", sweep->choice.name,
                       bc_split_name(BC_SPLIT_TEST));
    else
        bc_text_string(text, "in-sample, cutoffs are chosen and measured on the same rows");
    print_folds(text, sweep);
    bc_text_string(text, "\n\n");
}

static void print_study(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    bc_text_format(text, "%s: ", sweep->file);
    bc_sweep_print_heading(text, sweep);
    print_parts(text, sweep, study);
    if (study->at.count + study->picks.count > 0) {
        bc_text_char(text, '\n');
        print_rows(text, study);
    }
    print_intervals(text, sweep, study);
    bc_sweep_bootstrap_table(text, sweep, study);
    if (bc_sweep_expects(sweep))
        bc_sweep_expected_table(text, sweep, study);
    if (study->picks.count > 0)
        bc_text_char(text, '\n');
    for (size_t i = 0; i < study->picks.count; i++)
        bc_sweep_sentence(text, study, &study->picks.items[i]);
    bc_sweep_triage_sentence(text, study);
    bc_sweep_check_table(text, sweep, study);
    if (sweep->demands.count > 0)
        bc_text_char(text, '\n');
    bc_sweep_demand_lines(text, sweep, study);
    bc_sweep_pins_table(text, sweep, study);
    bc_sweep_saturation_words(text, study);
}

void bc_sweep_table(bc_text *text, const bc_sweep *sweep) {
    if (sweep->many)
        bc_sweep_labels_table(text, sweep);
    else
        print_study(text, sweep, &sweep->studies[0]);
}
