/* The result of a sweep over many labels as tables for people: a line for each label and rule, then the
 * averages. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>

static void add_headings(bc_table *table, const char *const *headings, size_t count) {
    for (size_t i = 0; i < count; i++)
        bc_table_cell(table, headings[i]);
}

static void add_blanks(bc_table *table, size_t count) {
    for (size_t i = 0; i < count; i++)
        bc_table_cell(table, "");
}

static void add_name(bc_table *table, const bc_sweep_study *study) {
    char cell[BC_SWEEP_CELL_SIZE];
    bc_sweep_print_name(cell, study->name);
    bc_table_cell(table, cell);
}

static const char *split_name(const bc_sweep *sweep, bool test) {
    return test ? bc_split_name(BC_SPLIT_TEST) : sweep->choice.name;
}

/* ---- the labels as a whole ---- */

static void add_average_part(bc_table *table, const bc_sweep *sweep, bool test,
                             bc_sweep_averaging averaging) {
    const bc_sweep_mean *means = sweep->averages.parts[test][averaging];
    bc_table_cell(table, test ? "" : bc_sweep_average_names[averaging]);
    bc_table_cell(table, split_name(sweep, test));
    add_blanks(table, 3);
    bc_table_number(table, means[0].value, 3);
    add_blanks(table, 1);
    for (size_t i = 1; i < BC_SWEEP_PART_MEANS; i++)
        bc_table_number(table, means[i].value, 3);
}

static void print_parts(bc_text *text, const bc_sweep *sweep) {
    bc_table table;
    bc_table_start(&table, "llrrrrlrrr");
    bc_table_cell(&table, "label");
    add_headings(&table, bc_sweep_part_headings, BC_SWEEP_PART_CELLS);
    for (size_t i = 0; i < sweep->count; i++) {
        add_name(&table, &sweep->studies[i]);
        bc_sweep_add_part(&table, &sweep->studies[i].chosen);
        if (!sweep->choice.has_test)
            continue;
        add_blanks(&table, 1);
        bc_sweep_add_part(&table, &sweep->studies[i].test);
    }
    for (int a = 0; a < BC_SWEEP_AVERAGES; a++) {
        for (size_t test = 0; test <= sweep->choice.has_test; test++)
            add_average_part(&table, sweep, test, (bc_sweep_averaging)a);
    }
    bc_table_print(text, &table);
    bc_table_free(&table);
}

/* ---- a rule ---- */

static void add_label(bc_table *table, const bc_sweep_study *study, const bc_sweep_row *row) {
    char cutoff[BC_SWEEP_CELL_SIZE] = "NA";
    add_name(table, study);
    if (!row->pick.met) {
        bc_table_cell(table, cutoff);
        add_blanks(table, 1 + BC_SWEEP_COUNT_CELLS);
        return;
    }
    bc_sweep_print_cutoff(cutoff, row, study->chosen.curve.logits);
    bc_table_cell(table, cutoff);
    bc_sweep_result results[BC_SWEEP_PLACES];
    size_t count = bc_sweep_results(results, study, row);
    for (size_t i = 0; i < count; i++) {
        add_blanks(table, i == 0 ? 0 : 2);
        bc_table_cell(table, results[i].split);
        bc_sweep_add_counts(table, &row->rule, results[i].counts);
    }
}

enum { COUNTS = 4 };

static void add_average(bc_table *table, const bc_sweep_average_row *row, bc_sweep_averaging averaging) {
    const char *name = bc_sweep_average_names[averaging];
    for (size_t place = 0; place < BC_SWEEP_PLACES; place++) {
        const bc_sweep_average *of = &row->places[place];
        if (of->split == NULL)
            continue;
        bc_table_cell(table, name);
        add_blanks(table, 1);
        bc_table_cell(table, of->split);
        name = "";
        if (averaging == BC_SWEEP_MICRO) {
            bc_sweep_add_counts(table, &row->rule->rule, &of->counts);
            continue;
        }
        add_blanks(table, COUNTS);
        for (size_t i = 0; i < BC_SWEEP_COUNT_CELLS - COUNTS; i++)
            bc_table_number(table, of->means[averaging][i].value, 3);
    }
}

/* Which labels the averages leave out. */
static void print_left_out(bc_text *text, const bc_sweep *sweep, const bc_sweep_average *of) {
    char lead[2 * BC_SWEEP_CELL_SIZE];
    bool any = false;
    if (of->split == NULL)
        return;
    if (of->labels < sweep->count)
        bc_text_format(text, "%s: the rule is met for %zu of %zu labels, the averages are of these\n",
                       of->split, of->labels, sweep->count);
    snprintf(lead, sizeof lead,
             "%s: macro and weighted leave out labels where a number is undefined: ", of->split);
    for (size_t i = 0; i < BC_SWEEP_COUNT_CELLS - COUNTS; i++) {
        size_t labels = of->means[BC_SWEEP_MACRO][i].labels;
        if (labels == of->labels)
            continue;
        bc_text_format(text, "%s%s %zu of %zu", any ? ", " : lead, bc_sweep_count_headings[COUNTS + i],
                       of->labels - labels, of->labels);
        any = true;
    }
    bc_text_string(text, any ? "\n" : "");
}

/* That the promises hold of all labels together. */
static void print_promise(bc_text *text, const bc_sweep *sweep, const bc_rule *rule, const bc_rule *each) {
    char sure[BC_NUMBER_SIZE], sure_each[BC_NUMBER_SIZE];
    if (!(rule->confidence > 0))
        return;
    bc_number_print(sure, 100 * rule->confidence, 6);
    bc_number_print(sure_each, 100 * each->confidence, 6);
    bc_text_format(
        text,
        "guarantee, for items like these: %s %% sure that the floor holds for all labels together; each of "
        "the %zu is held with %s %%\n",
        sure, sweep->count, sure_each);
}

static void print_rule(bc_text *text, const bc_sweep *sweep, size_t index) {
    const bc_sweep_average_row *row = &sweep->averages.rows[index];
    bc_table table;
    bc_text_format(text, "\n%s\n", row->rule->name);
    bc_table_start(&table, "lllrrrrrrrrr");
    bc_table_cell(&table, "label");
    bc_table_cell(&table, "cutoff");
    bc_table_cell(&table, "split");
    add_headings(&table, bc_sweep_count_headings, BC_SWEEP_COUNT_CELLS);
    for (size_t i = 0; i < sweep->count; i++)
        add_label(&table, &sweep->studies[i], bc_sweep_get_row(&sweep->studies[i], index));
    for (int a = 0; a < BC_SWEEP_AVERAGES; a++)
        add_average(&table, row, (bc_sweep_averaging)a);
    bc_table_print(text, &table);
    bc_table_free(&table);
    for (size_t place = 0; place < BC_SWEEP_PLACES; place++)
        print_left_out(text, sweep, &row->places[place]);
    if (sweep->count > 0)
        print_promise(text, sweep, &row->rule->rule, &bc_sweep_get_row(&sweep->studies[0], index)->rule);
}

/* ---- old cutoffs, and what is required ---- */

static void add_check(bc_table *table, const bc_sweep_study *study, const char *split,
                      const bc_confusion *counts, const char *verdict) {
    bc_table_cell(table, split);
    bc_sweep_add_counts(table, &study->check.row.rule, counts);
    bc_table_number(table, bc_flagged_per_1000(counts), 1);
    bc_table_cell(table, verdict);
}

static void add_checks(bc_table *table, const bc_sweep_study *study) {
    char cutoff[BC_SWEEP_CELL_SIZE];
    const bc_sweep_check *check = &study->check;
    add_name(table, study);
    if (check->cutoff == NULL) {
        bc_table_cell(table, "none");
        add_blanks(table, 3 + BC_SWEEP_COUNT_CELLS);
        return;
    }
    bc_sweep_print_cutoff(cutoff, &check->row, study->chosen.curve.logits);
    bc_table_cell(table, cutoff);
    add_check(table, study, "then", check->cutoff->has_test ? &check->cutoff->test : &check->cutoff->chosen,
              "");
    add_blanks(table, 2);
    add_check(table, study, "here", study->has_test ? &check->row.test : &check->row.pick.counts,
              check->count > 0 ? bc_sweep_verdict_names[bc_sweep_verdict(check)] : "");
}

static void print_checks(bc_text *text, const bc_sweep *sweep) {
    bc_table table;
    bc_text_string(text, "\ncutoffs of ");
    bc_sweep_append_line(text, sweep->check_path);
    bc_text_char(text, '\n');
    bc_table_start(&table, "lllrrrrrrrrrrl");
    bc_table_cell(&table, "label");
    bc_table_cell(&table, "cutoff");
    bc_table_cell(&table, "");
    add_headings(&table, bc_sweep_count_headings, BC_SWEEP_COUNT_CELLS);
    bc_table_cell(&table, "flagged/1000");
    bc_table_cell(&table, "floor");
    for (size_t i = 0; i < sweep->count; i++)
        add_checks(&table, &sweep->studies[i]);
    bc_table_print(text, &table);
    bc_table_free(&table);
}

static void print_demands(bc_text *text, const bc_sweep *sweep) {
    if (sweep->demands.count > 0)
        bc_text_char(text, '\n');
    bc_sweep_demand_lines(text, sweep, NULL);
    for (size_t i = 0; i < sweep->demands.count; i++) {
        const bc_sweep_demand *demand = &sweep->demands.items[i];
        size_t met = 0, defined = 0;
        double value;
        for (size_t k = 0; demand->averaging < 0 && k < sweep->count; k++) {
            bc_sweep_demanded(&value, demand, sweep, &sweep->studies[k]);
            defined += isnan(value) ? 0 : 1;
            met += bc_sweep_demand_met(demand, value) ? 1 : 0;
        }
        if (demand->averaging < 0)
            bc_text_format(text, "required %s: met for %zu of %zu labels\n", demand->name, met, defined);
    }
}

void bc_sweep_labels_table(bc_text *text, const bc_sweep *sweep) {
    bc_text_format(text, "%s: %zu label%s, ", sweep->file, sweep->count, sweep->count == 1 ? "" : "s");
    bc_sweep_print_heading(text, sweep);
    print_parts(text, sweep);
    for (size_t i = 0; i < sweep->averages.count; i++)
        print_rule(text, sweep, i);
    for (size_t i = 0; i < sweep->count; i++)
        bc_sweep_pins_table(text, sweep, &sweep->studies[i]);
    if (sweep->check_path != NULL)
        print_checks(text, sweep);
    print_demands(text, sweep);
}
