/* What the cutoffs of a sweep will do where positives are rarer or more frequent, and with so many items. */
#include "sweep_measures.h"
#include "sweep_print.h"
#include "sweep_rules.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const bc_sweep_expected_keys[BC_SWEEP_EXPECTED] = {
    "expected_precision",     "expected_flagged_per_1000", "expected_missed_per_1000",
    "expected_cost_per_1000", "expected_flagged",          "expected_missed",
    "expected_cost"};

bool bc_sweep_expects(const bc_sweep *sweep) {
    return sweep->use.prevalence > 0 || sweep->use.workload > 0;
}

/* Of all items. */
typedef struct shares {
    double hits, misses, alarms;
} shares;

static shares find_shares(double prevalence, const bc_confusion *counts) {
    double all = counts->tp + counts->fp + counts->fn + counts->tn, recall = bc_recall(counts);
    if (prevalence > 0)
        return (shares){prevalence * recall, prevalence * (1 - recall),
                        (1 - prevalence) * (1 - bc_specificity(counts))};
    return (shares){counts->tp / all, counts->fn / all, counts->fp / all};
}

void bc_sweep_expect(double expected[BC_SWEEP_EXPECTED], const bc_sweep_use *use, const bc_rule *rule,
                     const bc_confusion *counts) {
    shares of = find_shares(use->prevalence, counts);
    double flagged = of.hits + of.alarms, workload = use->workload > 0 ? use->workload : NAN;
    double cost = rule->kind == BC_RULE_COST ? rule->cost_fn * of.misses + rule->cost_fp * of.alarms : NAN;
    const double per_item[] = {flagged, of.misses, cost};
    expected[0] = flagged > 0 ? of.hits / flagged : NAN;
    for (size_t i = 0; i < 3; i++) {
        expected[1 + i] = 1000 * per_item[i];
        expected[4 + i] = workload * per_item[i];
    }
}

bc_status bc_sweep_read_workload(bc_sweep_use *use, const char *text, bc_error *err) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strcspn(text, "/");
    const char *per = text[length] == '/' ? text + length + 1 : "";
    bool named = text[length] == '\0' || (per[0] != '\0' && strspn(per, letters) == strlen(per));
    if (!bc_number_parse(text, length, &use->workload) || !(use->workload > 0 && use->workload <= 1e15) ||
        !named || strlen(per) >= sizeof use->per)
        return bc_fail(err, BC_ERROR_USAGE,
                       "--workload takes a number of items such as 2000 or 2000/day, not '%s'", text);
    memcpy(use->per, per, strlen(per) + 1);
    return BC_OK;
}

/* ---- table ---- */

static void add_cell(bc_table *table, double value, int decimals) {
    char cell[BC_SWEEP_CELL_SIZE];
    bc_sweep_print_fixed(cell, value, decimals);
    bc_table_cell(table, cell);
}

/* Which of the numbers have a column: those of the cost only where a rule has one. */
typedef struct columns {
    size_t shown[BC_SWEEP_EXPECTED], count;
} columns;

static columns choose_columns(const bc_sweep *sweep) {
    columns of = {.count = 0};
    bool cost = false;
    for (size_t i = 0; i < sweep->rules.picks.count; i++)
        cost |= sweep->rules.picks.items[i].rule.kind == BC_RULE_COST;
    for (size_t i = 0; i < (sweep->use.workload > 0 ? BC_SWEEP_EXPECTED : 4); i++) {
        if (cost || (i != 3 && i != 6))
            of.shown[of.count++] = i;
    }
    return of;
}

static void add_line(bc_table *table, const bc_sweep *sweep, const bc_sweep_row *row, const char *name,
                     const bc_sweep_result *result) {
    double expected[BC_SWEEP_EXPECTED];
    columns of = choose_columns(sweep);
    if (result->counts != NULL)
        bc_sweep_expect(expected, &sweep->use, &row->rule, result->counts);
    bc_table_cell(table, name);
    bc_table_cell(table, result->split);
    for (size_t i = 0; i < of.count; i++)
        add_cell(table, result->counts != NULL ? expected[of.shown[i]] : NAN, of.shown[i] == 0 ? 3 : 1);
}

static void add_lines(bc_table *table, const bc_sweep *sweep, const bc_sweep_study *study,
                      const bc_sweep_rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        const bc_sweep_row *row = &rows->items[i];
        if (!row->pick.met)
            continue;
        bc_sweep_result results[BC_SWEEP_PLACES];
        size_t count = bc_sweep_results(results, study, row);
        for (size_t j = 0; j < count; j++)
            add_line(table, sweep, row, j == 0 ? row->name : "", &results[j]);
    }
}

static void add_headings(bc_table *table, const bc_sweep *sweep) {
    static const char *const names[] = {"precision", "flagged/1000", "missed/1000", "cost/1000",
                                        NULL,        "missed",       "cost"};
    char title[2 * BC_SWEEP_CELL_SIZE] = "expected", flagged[2 * BC_SWEEP_CELL_SIZE], digits[BC_NUMBER_SIZE];
    columns of = choose_columns(sweep);
    bc_number_print(digits, sweep->use.prevalence, 6);
    if (sweep->use.prevalence > 0)
        snprintf(title, sizeof title, "at prevalence %s", digits);
    bc_number_print(digits, sweep->use.workload, 15);
    snprintf(flagged, sizeof flagged, "flagged of %s%s%s", digits, sweep->use.per[0] != '\0' ? "/" : "",
             sweep->use.per);
    bc_table_cell(table, title);
    bc_table_cell(table, "split");
    for (size_t i = 0; i < of.count; i++)
        bc_table_cell(table, names[of.shown[i]] != NULL ? names[of.shown[i]] : flagged);
}

void bc_sweep_expected_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    char alignment[2 + BC_SWEEP_EXPECTED + 1] = "ll";
    bc_table table;
    memset(alignment + 2, 'r', choose_columns(sweep).count);
    bc_table_start(&table, alignment);
    add_headings(&table, sweep);
    add_lines(&table, sweep, study, &study->at);
    add_lines(&table, sweep, study, &study->picks);
    bc_text_char(text, '\n');
    bc_table_print(text, &table);
    bc_table_free(&table);
}
