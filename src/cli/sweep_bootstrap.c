/* What the bootstrap says of the picks, in all formats. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/number.h"

#include <bclass/logit.h>

#include <math.h>
#include <stdio.h>

static const char *const measure_keys[BC_BOOTSTRAP_MEASURES] = {"precision", "recall", "specificity", "f1"};

static double score_of(double value, bool logits) {
    return logits ? bc_sigmoid(value) : value;
}

static double logit_of(double value, bool logits) {
    return logits ? value : bc_logit(value);
}

/* A label with rows of one class has no replicates. */
static bool is_shown(const bc_sweep *sweep, const bc_sweep_row *row) {
    return sweep->resampling.replicates > 0 && bc_sweep_is_resampled(row) && row->bootstrap.replicates > 0;
}

/* ---- table ---- */

/* As a score, or where that rounds to 1 as a logit. */
static void print_value(char cell[BC_SWEEP_CELL_SIZE], double value, bool logits) {
    char digits[BC_NUMBER_SIZE];
    double score = score_of(value, logits);
    bool rounds = logits && score > 0.99995;
    bc_number_print(digits, rounds ? value : score, 4);
    snprintf(cell, BC_SWEEP_CELL_SIZE, "%s%s", rounds ? "logit " : "", digits);
}

/* A line of the table: where the middle of some number lies, and the middle 95 % of it. */
static void add_line(bc_table *table, const char *of, const char *middle, const char *low, const char *high,
                     bool defined) {
    char range[2 * BC_SWEEP_CELL_SIZE + 8];
    snprintf(range, sizeof range, "%s to %s", low, high);
    bc_table_cell(table, of);
    bc_table_cell(table, defined ? middle : "NA");
    bc_table_cell(table, defined ? range : "NA");
}

static void add_cutoff(bc_table *table, const bc_bootstrap *of, bool logits) {
    char low[BC_SWEEP_CELL_SIZE], median[BC_SWEEP_CELL_SIZE], high[BC_SWEEP_CELL_SIZE];
    print_value(low, of->cutoff.low, logits);
    print_value(median, of->cutoff.median, logits);
    print_value(high, of->cutoff.high, logits);
    add_line(table, "cutoff", median, low, high, of->met > 0);
}

static void add_measure(bc_table *table, const char *name, const bc_bootstrap *of, size_t measure) {
    char low[BC_SWEEP_CELL_SIZE], mean[BC_SWEEP_CELL_SIZE], high[BC_SWEEP_CELL_SIZE];
    bc_sweep_print_fixed(low, of->spread[measure].low, 3);
    bc_sweep_print_fixed(mean, of->mean[measure], 3);
    bc_sweep_print_fixed(high, of->spread[measure].high, 3);
    add_line(table, name, mean, low, high, of->defined[measure] > 0);
}

static void add_row(bc_table *table, const bc_sweep_row *row, bool logits) {
    static const char *const measures[BC_BOOTSTRAP_MEASURES] = {"precision", "recall", "specificity", "F1"};
    char met[BC_SWEEP_CELL_SIZE];
    snprintf(met, sizeof met, "%zu of %zu", row->bootstrap.met, row->bootstrap.replicates);
    bc_table_cell(table, row->name);
    add_cutoff(table, &row->bootstrap, logits);
    bc_table_cell(table, met);
    for (size_t i = 0; i < BC_BOOTSTRAP_MEASURES; i++) {
        bc_table_cell(table, "");
        add_measure(table, measures[i], &row->bootstrap, i);
        bc_table_cell(table, "");
    }
}

void bc_sweep_bootstrap_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    static const char *const names[] = {"bootstrap", "of", "middle", "95% of replicates", "met"};
    bc_table table;
    size_t rows = 0;
    bc_table_start(&table, "lllll");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        bc_table_cell(&table, names[i]);
    for (size_t i = 0; i < study->picks.count; i++) {
        const bc_sweep_row *row = &study->picks.items[i];
        if (!is_shown(sweep, row))
            continue;
        add_row(&table, row, study->chosen.curve.logits);
        rows++;
    }
    if (rows > 0) {
        bc_text_char(text, '\n');
        bc_table_print(text, &table);
        bc_text_string(text, "the middle is the cutoff's median, and the mean on the rows that a replicate "
                             "left out\n");
    }
    bc_table_free(&table);
}

/* ---- CSV ---- */

void bc_sweep_bootstrap_headings(bc_text *text, const bc_sweep *sweep) {
    if (sweep->resampling.replicates == 0)
        return;
    bc_text_string(text, ",bootstrap_replicates,bootstrap_met");
    bc_text_string(text, ",bootstrap_cutoff_low,bootstrap_cutoff_median,bootstrap_cutoff_high");
    bc_text_string(text, ",bootstrap_logit_low,bootstrap_logit_median,bootstrap_logit_high");
    for (size_t i = 0; i < BC_BOOTSTRAP_MEASURES; i++)
        bc_text_format(text, ",bootstrap_%s,bootstrap_%s_low,bootstrap_%s_high", measure_keys[i],
                       measure_keys[i], measure_keys[i]);
}

void bc_sweep_bootstrap_csv(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                            const bc_sweep_row *row, bool shown) {
    const bc_bootstrap *of = &row->bootstrap;
    bool logits = study->chosen.curve.logits;
    const double cutoffs[] = {of->cutoff.low, of->cutoff.median, of->cutoff.high};
    if (sweep->resampling.replicates == 0)
        return;
    shown &= is_shown(sweep, row);
    bc_sweep_append_number(text, shown ? (double)of->replicates : NAN);
    bc_sweep_append_number(text, shown ? (double)of->met : NAN);
    for (size_t i = 0; i < 3; i++)
        bc_sweep_append_number(text, shown ? score_of(cutoffs[i], logits) : NAN);
    for (size_t i = 0; i < 3; i++)
        bc_sweep_append_number(text, shown ? logit_of(cutoffs[i], logits) : NAN);
    for (size_t i = 0; i < BC_BOOTSTRAP_MEASURES; i++) {
        bc_sweep_append_number(text, shown ? of->mean[i] : NAN);
        bc_sweep_append_number(text, shown ? of->spread[i].low : NAN);
        bc_sweep_append_number(text, shown ? of->spread[i].high : NAN);
    }
}

/* ---- JSON ---- */

static void put_spread(bc_json_builder *json, const char *key, const bc_spread *spread,
                       double (*scale)(double value, bool logits), bool logits) {
    bc_json_begin_object(json, key);
    bc_json_put_number(json, "low", scale(spread->low, logits));
    bc_json_put_number(json, "median", scale(spread->median, logits));
    bc_json_put_number(json, "high", scale(spread->high, logits));
    bc_json_end(json);
}

void bc_sweep_bootstrap_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                             const bc_sweep_row *row) {
    const bc_bootstrap *of = &row->bootstrap;
    bool logits = study->chosen.curve.logits;
    if (!is_shown(sweep, row))
        return;
    bc_json_begin_object(json, "bootstrap");
    bc_json_put_integer(json, "replicates", (int64_t)of->replicates);
    bc_json_put_integer(json, "met", (int64_t)of->met);
    bc_json_put_integer(json, "seed", sweep->resampling.seed);
    put_spread(json, "cutoff", &of->cutoff, score_of, logits);
    put_spread(json, "logit", &of->cutoff, logit_of, logits);
    for (size_t i = 0; i < BC_BOOTSTRAP_MEASURES; i++) {
        bc_json_begin_object(json, measure_keys[i]);
        bc_json_put_number(json, "mean", of->mean[i]);
        bc_json_put_number(json, "low", of->spread[i].low);
        bc_json_put_number(json, "high", of->spread[i].high);
        bc_json_put_integer(json, "defined", (int64_t)of->defined[i]);
        bc_json_end(json);
    }
    bc_json_end(json);
}
