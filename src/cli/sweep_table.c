/* The result of a sweep as a table for people. */
#include "sweep.h"
#include "table.h"

#include "base/number.h"

#include <bclass/logit.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL_SIZE = 64 };

/* The first numbers of a row have a column of their own. */
static const char *const headings[] = {"precision", "recall", "specificity", "F1", "F2"};

enum { HEADINGS = sizeof headings / sizeof headings[0] };

static void print_fixed(char cell[CELL_SIZE], double value, int decimals) {
    char digits[BC_NUMBER_SIZE] = "NA";
    if (!isnan(value))
        bc_number_print_fixed(digits, value, decimals);
    snprintf(cell, CELL_SIZE, "%s", digits);
}

/* With as few digits as decide the same; where no score does (it rounds to 1), the logit is shown. */
static void print_cutoff(char cell[CELL_SIZE], const bc_pick *pick, bool logits) {
    char digits[BC_NUMBER_SIZE];
    if (isnan(pick->value)) {
        snprintf(cell, CELL_SIZE, "NA");
        return;
    }
    if (pick->upper == INFINITY && pick->counts.tp + pick->counts.fp == 0) {
        snprintf(cell, CELL_SIZE, "none");
        return;
    }
    for (int count = 3; count <= 17; count++) {
        double shown;
        bc_number_print(digits, pick->score, count);
        if (!bc_number_parse(digits, strlen(digits), &shown))
            continue;
        double value = logits ? bc_logit(shown) : shown;
        if (value == pick->value || (value > pick->lower && value <= pick->upper)) {
            snprintf(cell, CELL_SIZE, "%s", digits);
            return;
        }
    }
    bc_number_print(digits, pick->logit, 9);
    snprintf(cell, CELL_SIZE, "logit %s", digits);
}

static void add_number(bc_table *table, double value, int decimals) {
    char cell[CELL_SIZE];
    print_fixed(cell, value, decimals);
    bc_table_cell(table, cell);
}

static void add_count(bc_table *table, uint64_t count) {
    char cell[CELL_SIZE];
    snprintf(cell, sizeof cell, "%" PRIu64, count);
    bc_table_cell(table, cell);
}

static void add_interval(bc_table *table, double low, double high) {
    char low_digits[CELL_SIZE], high_digits[CELL_SIZE], cell[2 * CELL_SIZE + 4] = "NA";
    print_fixed(low_digits, low, 3);
    print_fixed(high_digits, high, 3);
    if (!isnan(low))
        snprintf(cell, sizeof cell, "%s to %s", low_digits, high_digits);
    bc_table_cell(table, cell);
}

static void add_part(bc_table *table, const bc_sweep_part *part) {
    bc_table_cell(table, part->split);
    add_count(table, part->curve.positives + part->curve.negatives);
    add_count(table, part->curve.positives);
    add_count(table, part->curve.negatives);
    add_number(table, part->auroc, 3);
    add_interval(table, part->auroc_low, part->auroc_high);
    add_number(table, part->average_precision, 3);
    add_number(table, part->log_loss, 3);
    add_number(table, part->brier, 3);
}

static void print_parts(bc_text *text, const bc_sweep *sweep) {
    static const char *const names[] = {"split",        "rows", "positives", "negatives", "AUROC",
                                        "95% interval", "AP",   "log loss",  "Brier"};
    bc_table table;
    bc_table_start(&table, "lrrrrlrrr");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        bc_table_cell(&table, names[i]);
    add_part(&table, &sweep->chosen);
    if (sweep->has_test)
        add_part(&table, &sweep->test);
    bc_table_print(text, &table);
    bc_table_free(&table);
}

static void add_counts(bc_table *table, const bc_rule *rule, const bc_confusion *counts) {
    double numbers[BC_SWEEP_NUMBERS];
    add_count(table, counts->tp);
    add_count(table, counts->fp);
    add_count(table, counts->fn);
    add_count(table, counts->tn);
    bc_sweep_numbers(numbers, rule, counts, BC_INTERVAL_WILSON);
    for (size_t i = 0; i < HEADINGS; i++)
        add_number(table, numbers[i], 3);
}

static void add_row(bc_table *table, const bc_sweep *sweep, const bc_sweep_row *row) {
    char cutoff[CELL_SIZE], mark[BC_RULE_NAME_SIZE + 4];
    if (!row->pick.met)
        return;
    print_cutoff(cutoff, &row->pick, sweep->chosen.curve.logits);
    snprintf(mark, sizeof mark, "<- %s", row->name);
    bc_table_cell(table, cutoff);
    bc_table_cell(table, sweep->chosen.split);
    add_counts(table, &row->rule, &row->pick.counts);
    bc_table_cell(table, bc_sweep_is_choice(&row->rule) ? mark : "");
    if (!sweep->has_test)
        return;
    bc_table_cell(table, "");
    bc_table_cell(table, sweep->test.split);
    add_counts(table, &row->rule, &row->test);
    bc_table_cell(table, "");
}

static void print_rows(bc_text *text, const bc_sweep *sweep) {
    static const char *const names[] = {"cutoff", "split", "TP", "FP", "FN", "TN"};
    bc_table table;
    bc_table_start(&table, "llrrrrrrrrrl");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        bc_table_cell(&table, names[i]);
    for (size_t i = 0; i < HEADINGS; i++)
        bc_table_cell(&table, headings[i]);
    bc_table_cell(&table, "");
    for (size_t i = 0; i < sweep->at.count; i++)
        add_row(&table, sweep, &sweep->at.items[i]);
    for (size_t i = 0; i < sweep->picks.count; i++)
        add_row(&table, sweep, &sweep->picks.items[i]);
    bc_table_print(text, &table);
    bc_table_free(&table);
}

static void add_intervals(bc_table *table, const char *split, const bc_sweep_row *row,
                          const bc_confusion *counts, bc_interval_method method) {
    double numbers[BC_SWEEP_NUMBERS];
    bc_sweep_numbers(numbers, &row->rule, counts, method);
    bc_table_cell(table, split);
    for (size_t i = 0; i < BC_SWEEP_SHARES; i++)
        add_interval(table, numbers[BC_SWEEP_INTERVALS + 2 * i], numbers[BC_SWEEP_INTERVALS + 2 * i + 1]);
}

static bool has_pick(const bc_sweep *sweep) {
    for (size_t i = 0; i < sweep->picks.count; i++) {
        if (sweep->picks.items[i].pick.met)
            return true;
    }
    return false;
}

/* Of the picks that were met. */
static void print_intervals(bc_text *text, const bc_sweep *sweep) {
    bc_table table;
    if (!has_pick(sweep))
        return;
    bc_table_start(&table, "lllll");
    bc_table_cell(&table, "95% interval");
    bc_table_cell(&table, "split");
    for (size_t i = 0; i < BC_SWEEP_SHARES; i++)
        bc_table_cell(&table, headings[i]);
    for (size_t i = 0; i < sweep->picks.count; i++) {
        const bc_sweep_row *row = &sweep->picks.items[i];
        if (!row->pick.met)
            continue;
        bc_table_cell(&table, row->name);
        add_intervals(&table, sweep->chosen.split, row, &row->pick.counts, sweep->interval);
        if (!sweep->has_test)
            continue;
        bc_table_cell(&table, "");
        add_intervals(&table, sweep->test.split, row, &row->test, sweep->interval);
    }
    bc_text_char(text, '\n');
    bc_table_print(text, &table);
    bc_table_free(&table);
}

static void print_costs(bc_text *text, const bc_rule *rule, const bc_confusion *counts) {
    char recall[CELL_SIZE], precision[CELL_SIZE], cost[BC_NUMBER_SIZE];
    print_fixed(recall, bc_recall(counts), 3);
    print_fixed(precision, bc_precision(counts), 3);
    bc_text_format(text,
                   "catches %" PRIu64 " of %" PRIu64 " positives (recall %s) with %" PRIu64
                   " false alarm%s (precision %s)",
                   counts->tp, counts->tp + counts->fn, recall, counts->fp, counts->fp == 1 ? "" : "s",
                   precision);
    if (rule->kind == BC_RULE_COST) {
        bc_number_print(cost, bc_rule_cost(rule, counts), 6);
        bc_text_format(text, ", cost %s", cost);
    }
}

/* With as few digits as show that it lies below the target. */
static void print_below(char digits[BC_NUMBER_SIZE], double value, double target) {
    double shown = target;
    for (int count = 3; count <= 17 && !(shown < target); count++) {
        bc_number_print(digits, value, count);
        if (!bc_number_parse(digits, strlen(digits), &shown))
            return;
    }
}

/* Of a rule with one floor. */
static double floored_share(const bc_rule *rule, const bc_confusion *counts) {
    return rule->kind == BC_RULE_MIN_RECALL      ? bc_recall(counts)
           : rule->kind == BC_RULE_MIN_PRECISION ? bc_precision(counts)
                                                 : bc_specificity(counts);
}

static void print_nearest(bc_text *text, const bc_sweep_row *row, const char *cutoff) {
    char recall[CELL_SIZE], precision[CELL_SIZE], specificity[CELL_SIZE], best[BC_NUMBER_SIZE];
    const bc_confusion *counts = &row->pick.counts;
    print_fixed(recall, bc_recall(counts), 3);
    if (row->rule.kind == BC_RULE_FLOORS) {
        print_fixed(precision, bc_precision(counts), 3);
        print_fixed(specificity, bc_specificity(counts), 3);
        bc_text_format(text, "the nearest is cutoff %s with recall %s, precision %s and specificity %s",
                       cutoff, recall, precision, specificity);
    } else if (row->rule.kind == BC_RULE_BUDGET) {
        bc_text_format(text, "the fewest that a cutoff can call positive is %" PRIu64,
                       counts->tp + counts->fp);
    } else {
        print_below(best, floored_share(&row->rule, counts), row->rule.target);
        bc_text_format(text, "the best attainable is %s, at cutoff %s with recall %s", best, cutoff, recall);
    }
}

void bc_sweep_unmet(bc_text *text, const bc_sweep *sweep, const bc_sweep_row *row) {
    char cutoff[CELL_SIZE];
    bc_text_format(text, "%s: cannot be met, ", row->name);
    if (isnan(row->pick.value)) {
        bc_text_string(text, "it is undefined at every cutoff");
    } else {
        print_cutoff(cutoff, &row->pick, sweep->chosen.curve.logits);
        print_nearest(text, row, cutoff);
    }
}

static void print_sentence(bc_text *text, const bc_sweep *sweep, const bc_sweep_row *row) {
    char cutoff[CELL_SIZE];
    if (!row->pick.met) {
        bc_sweep_unmet(text, sweep, row);
        bc_text_char(text, '\n');
        return;
    }
    print_cutoff(cutoff, &row->pick, sweep->chosen.curve.logits);
    bc_text_format(text, "%s: cutoff %s ", row->name, cutoff);
    print_costs(text, &row->rule, &row->pick.counts);
    if (sweep->has_test) {
        bc_text_format(text, " on %s,\n    and on %s it ", sweep->chosen.split, sweep->test.split);
        print_costs(text, &row->rule, &row->test);
    }
    bc_text_char(text, '\n');
}

void bc_sweep_table(bc_text *text, const bc_sweep *sweep) {
    bc_text_string(text, sweep->file);
    if (sweep->has_test)
        bc_text_format(text, ": cutoffs chosen on %s, reported on %s\n\n", sweep->chosen.split,
                       sweep->test.split);
    else
        bc_text_string(text, ": in-sample, cutoffs are chosen and measured on the same rows\n\n");
    print_parts(text, sweep);
    bc_text_char(text, '\n');
    print_rows(text, sweep);
    print_intervals(text, sweep);
    if (sweep->picks.count > 0)
        bc_text_char(text, '\n');
    for (size_t i = 0; i < sweep->picks.count; i++)
        print_sentence(text, sweep, &sweep->picks.items[i]);
}
