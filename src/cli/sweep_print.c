/* The result of a sweep as a table for people, as CSV and as JSON. */
#include "sweep.h"
#include "table.h"

#include "base/json.h"
#include "base/number.h"

#include <bclass/logit.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL_SIZE = 64 };

/* ---- the measures of one row, in the order of all formats ---- */

typedef struct measure {
    const char *key, *heading;
    double (*value)(const bc_confusion *counts);
} measure;

static double f1(const bc_confusion *counts) {
    return bc_fbeta(counts, 1);
}

static double f2(const bc_confusion *counts) {
    return bc_fbeta(counts, 2);
}

static const measure measures[] = {
    {"precision", "precision", bc_precision},
    {"recall", "recall", bc_recall},
    {"specificity", "specificity", bc_specificity},
    {"f1", "F1", f1},
    {"f2", "F2", f2},
    {"flagged_per_1000", NULL, bc_flagged_per_1000}, /* not in the table */
};

enum { MEASURES = sizeof measures / sizeof measures[0] };

/* ---- table ---- */

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

static void add_part(bc_table *table, const bc_sweep_part *part) {
    char low[CELL_SIZE], high[CELL_SIZE], interval[2 * CELL_SIZE + 4] = "NA";
    print_fixed(low, part->auroc_low, 3);
    print_fixed(high, part->auroc_high, 3);
    if (!isnan(part->auroc_low))
        snprintf(interval, sizeof interval, "%s to %s", low, high);
    bc_table_cell(table, part->split);
    add_count(table, part->curve.positives + part->curve.negatives);
    add_count(table, part->curve.positives);
    add_count(table, part->curve.negatives);
    add_number(table, part->auroc, 3);
    bc_table_cell(table, interval);
    add_number(table, part->average_precision, 3);
    add_number(table, part->log_loss, 3);
    add_number(table, part->brier, 3);
}

static void print_parts(bc_text *text, const bc_sweep *sweep) {
    static const char *const headings[] = {"split",        "rows", "positives", "negatives", "AUROC",
                                           "95% interval", "AP",   "log loss",  "Brier"};
    bc_table table;
    bc_table_start(&table, "lrrrrlrrr");
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        bc_table_cell(&table, headings[i]);
    add_part(&table, &sweep->chosen);
    if (sweep->has_test)
        add_part(&table, &sweep->test);
    bc_table_print(text, &table);
    bc_table_free(&table);
}

static void add_counts(bc_table *table, const bc_confusion *counts) {
    add_count(table, counts->tp);
    add_count(table, counts->fp);
    add_count(table, counts->fn);
    add_count(table, counts->tn);
    for (size_t i = 0; i < MEASURES; i++) {
        if (measures[i].heading != NULL)
            add_number(table, measures[i].value(counts), 3);
    }
}

static void add_row(bc_table *table, const bc_sweep *sweep, const bc_sweep_row *row) {
    char cutoff[CELL_SIZE], mark[BC_RULE_NAME_SIZE + 4];
    if (!row->pick.met)
        return;
    print_cutoff(cutoff, &row->pick, sweep->chosen.curve.logits);
    snprintf(mark, sizeof mark, "<- %s", row->name);
    bc_table_cell(table, cutoff);
    bc_table_cell(table, sweep->chosen.split);
    add_counts(table, &row->pick.counts);
    bc_table_cell(table, row->rule.kind != BC_RULE_AT ? mark : "");
    if (!sweep->has_test)
        return;
    bc_table_cell(table, "");
    bc_table_cell(table, sweep->test.split);
    add_counts(table, &row->test);
    bc_table_cell(table, "");
}

static void print_rows(bc_text *text, const bc_sweep *sweep) {
    static const char *const headings[] = {"cutoff", "split", "TP", "FP", "FN", "TN"};
    bc_table table;
    bc_table_start(&table, "llrrrrrrrrrl");
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        bc_table_cell(&table, headings[i]);
    for (size_t i = 0; i < MEASURES; i++) {
        if (measures[i].heading != NULL)
            bc_table_cell(&table, measures[i].heading);
    }
    bc_table_cell(&table, "");
    for (size_t i = 0; i < sweep->at.count; i++)
        add_row(&table, sweep, &sweep->at.items[i]);
    for (size_t i = 0; i < sweep->picks.count; i++)
        add_row(&table, sweep, &sweep->picks.items[i]);
    bc_table_print(text, &table);
    bc_table_free(&table);
}

static void print_costs(bc_text *text, const bc_confusion *counts) {
    char recall[CELL_SIZE], precision[CELL_SIZE];
    print_fixed(recall, bc_recall(counts), 3);
    print_fixed(precision, bc_precision(counts), 3);
    bc_text_format(text,
                   "catches %" PRIu64 " of %" PRIu64 " positives (recall %s) with %" PRIu64
                   " false alarm%s (precision %s)",
                   counts->tp, counts->tp + counts->fn, recall, counts->fp, counts->fp == 1 ? "" : "s",
                   precision);
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

void bc_sweep_unmet(bc_text *text, const bc_sweep *sweep, const bc_sweep_row *row) {
    char cutoff[CELL_SIZE], best[BC_NUMBER_SIZE], recall[CELL_SIZE];
    if (isnan(row->pick.value)) {
        bc_text_format(text, "%s: cannot be met, it is undefined at every cutoff", row->name);
    } else {
        print_below(best, bc_precision(&row->pick.counts), row->rule.target);
        print_fixed(recall, bc_recall(&row->pick.counts), 3);
        print_cutoff(cutoff, &row->pick, sweep->chosen.curve.logits);
        bc_text_format(text, "%s: cannot be met, the best attainable is %s, at cutoff %s with recall %s",
                       row->name, best, cutoff, recall);
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
    print_costs(text, &row->pick.counts);
    if (sweep->has_test) {
        bc_text_format(text, " on %s,\n    and on %s it ", sweep->chosen.split, sweep->test.split);
        print_costs(text, &row->test);
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
    if (sweep->picks.count > 0)
        bc_text_char(text, '\n');
    for (size_t i = 0; i < sweep->picks.count; i++)
        print_sentence(text, sweep, &sweep->picks.items[i]);
}

/* ---- CSV ---- */

static void append_number(bc_text *text, double value) {
    char digits[BC_NUMBER_SIZE] = "NA";
    if (!isnan(value))
        bc_number_print_exact(digits, value);
    bc_text_char(text, ',');
    bc_text_string(text, digits);
}

static void append_csv_row(bc_text *text, const bc_sweep_row *row, const char *split,
                           const bc_confusion *counts) {
    bc_text_field(text, row->name, ',');
    bc_text_format(text, ",%s", split);
    if (!row->pick.met) {
        for (size_t i = 0; i < 6 + MEASURES; i++)
            bc_text_string(text, ",NA");
        bc_text_char(text, '\n');
        return;
    }
    append_number(text, row->pick.score);
    append_number(text, row->pick.logit);
    bc_text_format(text, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, counts->tp, counts->fp, counts->fn,
                   counts->tn);
    for (size_t i = 0; i < MEASURES; i++)
        append_number(text, measures[i].value(counts));
    bc_text_char(text, '\n');
}

static void append_csv_rows(bc_text *text, const bc_sweep *sweep, const bc_sweep_rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        append_csv_row(text, &rows->items[i], sweep->chosen.split, &rows->items[i].pick.counts);
        if (sweep->has_test)
            append_csv_row(text, &rows->items[i], sweep->test.split, &rows->items[i].test);
    }
}

void bc_sweep_csv(bc_text *text, const bc_sweep *sweep) {
    bc_text_string(text, "rule,split,cutoff,logit,tp,fp,fn,tn");
    for (size_t i = 0; i < MEASURES; i++)
        bc_text_format(text, ",%s", measures[i].key);
    bc_text_char(text, '\n');
    append_csv_rows(text, sweep, &sweep->at);
    append_csv_rows(text, sweep, &sweep->picks);
}

/* ---- JSON ---- */

static void put_part(bc_json_builder *json, const bc_sweep_part *part) {
    bc_json_put_text(json, "split", part->split);
    bc_json_put_integer(json, "rows", (int64_t)(part->curve.positives + part->curve.negatives));
    bc_json_put_integer(json, "positives", (int64_t)part->curve.positives);
    bc_json_put_integer(json, "negatives", (int64_t)part->curve.negatives);
    bc_json_put_integer(json, "unlabelled", (int64_t)part->curve.unknown);
    bc_json_put_number(json, "auroc", part->auroc);
    bc_json_put_number(json, "auroc_low", part->auroc_low);
    bc_json_put_number(json, "auroc_high", part->auroc_high);
    bc_json_put_number(json, "average_precision", part->average_precision);
    bc_json_put_number(json, "log_loss", part->log_loss);
    bc_json_put_number(json, "brier", part->brier);
}

/* counts NULL: a pick that could not be met has all keys, with null. */
static void put_counts(bc_json_builder *json, const bc_confusion *counts) {
    static const char *const keys[] = {"tp", "fp", "fn", "tn"};
    if (counts == NULL) {
        for (size_t i = 0; i < 4; i++)
            bc_json_put_null(json, keys[i]);
        for (size_t i = 0; i < MEASURES; i++)
            bc_json_put_null(json, measures[i].key);
        return;
    }
    const uint64_t values[] = {counts->tp, counts->fp, counts->fn, counts->tn};
    for (size_t i = 0; i < 4; i++)
        bc_json_put_integer(json, keys[i], (int64_t)values[i]);
    for (size_t i = 0; i < MEASURES; i++)
        bc_json_put_number(json, measures[i].key, measures[i].value(counts));
}

static void put_pick(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_row *row, bool shown) {
    bc_json_put_number(json, "cutoff", shown ? row->pick.score : NAN);
    bc_json_put_number(json, "logit", shown ? row->pick.logit : NAN);
    put_counts(json, shown ? &row->pick.counts : NULL);
    if (!sweep->has_test)
        return;
    bc_json_begin_object(json, "test");
    put_counts(json, shown ? &row->test : NULL);
    bc_json_end(json);
}

static void put_rows(bc_json_builder *json, const char *key, const bc_sweep *sweep,
                     const bc_sweep_rows *rows) {
    bc_json_begin_array(json, key);
    for (size_t i = 0; i < rows->count; i++) {
        const bc_sweep_row *row = &rows->items[i];
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "rule", row->name);
        if (row->rule.kind != BC_RULE_AT)
            bc_json_put_bool(json, "met", row->pick.met);
        put_pick(json, sweep, row, row->pick.met);
        if (!row->pick.met && !isnan(row->pick.value)) {
            bc_json_begin_object(json, "best");
            put_pick(json, sweep, row, true);
            bc_json_end(json);
        }
        bc_json_end(json);
    }
    bc_json_end(json);
}

bc_status bc_sweep_json(bc_text *text, const bc_sweep *sweep, bc_error *err) {
    bc_json_builder *json;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    put_part(json, &sweep->chosen);
    bc_json_put_bool(json, "in_sample", !sweep->has_test);
    if (sweep->has_test) {
        bc_json_begin_object(json, "test");
        put_part(json, &sweep->test);
        bc_json_end(json);
    }
    put_rows(json, "at", sweep, &sweep->at);
    put_rows(json, "picks", sweep, &sweep->picks);
    status = bc_json_finish(text, json, true, err);
    bc_text_char(text, '\n');
    bc_json_builder_free(json);
    return status;
}
