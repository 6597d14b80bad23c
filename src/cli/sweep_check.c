/* --check: an old cutoff measured on new scores, and whether its floors still stand. */
#include "print.h"
#include "sweep_measures.h"
#include "sweep_print.h"
#include "sweep_rules.h"

#include "base/hash.h"
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const double bc_sweep_check_risk = 0.05;

const char *const bc_sweep_verdict_names[] = {[BC_VERDICT_HOLDS] = "holds",
                                              [BC_VERDICT_IN_DOUBT] = "in doubt",
                                              [BC_VERDICT_BROKEN] = "broken",
                                              [BC_VERDICT_UNKNOWN] = "unknown"};

const char *const bc_sweep_floor_names[BC_FLOOR_COUNT] = {"recall", "precision", "specificity"};

bc_status bc_sweep_read_old(bc_sweep *sweep, const char *path, bc_error *err) {
    sweep->check_path = path;
    return bc_cutoffs_read(&sweep->old, path, err);
}

static bool differ(const char *a, const char *b) {
    return a != NULL && b != NULL && a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

bc_status bc_sweep_check_old(const bc_sweep *sweep, const bc_scores *scores, bc_error *err) {
    const bc_cutoffs *old = &sweep->old;
    bool many = scores->targets != NULL;
    if (sweep->check_path == NULL)
        return BC_OK;
    if (old->many && !many)
        return bc_fail(err, BC_ERROR_USAGE, "%s holds cutoffs for labels (%zu), and %s names none; see --by",
                       sweep->check_path, old->count, sweep->file);
    if (!old->many && many)
        return bc_fail(err, BC_ERROR_USAGE, "%s holds one cutoff, and %s is about %zu labels",
                       sweep->check_path, sweep->file, scores->target_count);
    if (old->count > 0 && (differ(old->items[0].positive, scores->positive) ||
                           differ(old->items[0].negative, scores->negative)))
        return bc_fail(err, BC_ERROR_USAGE, "%s was chosen for positive class '%s', and that of %s is '%s'",
                       sweep->check_path, old->items[0].positive != NULL ? old->items[0].positive : "?",
                       sweep->file, scores->positive != NULL ? scores->positive : "?");
    return BC_OK;
}

void bc_sweep_remark_on_old(const bc_sweep *sweep, const char *scores_path) {
    char sha256[65];
    size_t missing = 0;
    if (sweep->old.count > 0 && sweep->old.items[0].scores_sha256[0] != '\0' &&
        strcmp(scores_path, "-") != 0 && bc_hash_file(sha256, scores_path, NULL) == BC_OK &&
        strcmp(sha256, sweep->old.items[0].scores_sha256) == 0)
        bc_remark("%s: these are the scores that %s was chosen on", sweep->file, sweep->check_path);
    for (size_t i = 0; i < sweep->count; i++)
        missing += sweep->studies[i].check.cutoff == NULL ? 1 : 0;
    if (sweep->check_path != NULL && missing > 0)
        bc_remark("%s: %zu of %zu labels have no cutoff in %s", sweep->file, missing, sweep->count,
                  sweep->check_path);
}

/* ---- judging ---- */

/* The labels most often come in the same order again, so the search starts at the same place. */
static const bc_cutoff *find_old(const bc_sweep *sweep, const bc_sweep_study *study) {
    size_t start = (size_t)(study - sweep->studies), count = sweep->old.count;
    for (size_t i = 0; i < count; i++) {
        const bc_cutoff *cutoff = &sweep->old.items[(start + i) % count];
        if (!sweep->many || strcmp(cutoff->target, study->name) == 0)
            return cutoff;
    }
    return NULL;
}

/* Of all cutoffs of the file, for they share the risk. */
static size_t count_floors(const bc_cutoffs *old) {
    size_t count = 0;
    for (size_t i = 0; i < old->count; i++) {
        for (size_t k = 0; k < BC_FLOOR_COUNT; k++)
            count += old->items[i].floors[k] > 0;
    }
    return count;
}

static void judge(bc_sweep_check *check, const bc_sweep_study *study, double risk) {
    const bc_cutoff *cutoff = check->cutoff;
    const bc_confusion *here = study->has_test ? &check->row.test : &check->row.pick.counts;
    const bc_curve *curve = study->has_test ? &study->test.curve : &study->chosen.curve;
    for (int i = 0; i < BC_FLOOR_COUNT; i++) {
        bc_floor_check *floor = &check->floors[check->count];
        if (!(cutoff->floors[i] > 0))
            continue;
        bc_floor_check_make(floor, (bc_floor)i, cutoff->floors[i], cutoff->confidence > 0, &cutoff->chosen,
                            here, risk);
        if (cutoff->weighted || bc_curve_is_weighted(curve))
            floor->verdict = BC_VERDICT_UNKNOWN;
        check->count++;
    }
}

/* On the scale of the rows: between logit and score the last digits are lost, and with them the difference
 * of neighbours. */
static bc_rule rule_of(const bc_cutoff *cutoff, bool logits) {
    return logits ? (bc_rule){.kind = BC_RULE_AT_LOGIT, .target = cutoff->logit}
                  : (bc_rule){.kind = BC_RULE_AT, .target = cutoff->score};
}

void bc_sweep_check_study(bc_sweep_study *study, const bc_sweep *sweep) {
    bc_sweep_check *check = &study->check;
    const bc_curve *curve = &study->chosen.curve, *test = &study->test.curve;
    check->cutoff = find_old(sweep, study);
    if (check->cutoff == NULL)
        return;
    bc_sweep_row *row = &check->row;
    row->rule = rule_of(check->cutoff, curve->logits);
    snprintf(row->name, sizeof row->name, "check %.*s", BC_RULE_NAME_SIZE - 7, check->cutoff->rule);
    bc_pick_choose(&row->pick, curve, &row->rule);
    if (study->has_test) {
        bc_curve_point point = bc_pick_apply(&row->pick, test);
        row->test = bc_curve_counts(test, point);
        row->test_squares = bc_curve_squares(test, point);
    }
    judge(check, study, bc_sweep_check_risk / (double)count_floors(&sweep->old));
}

bc_verdict bc_sweep_verdict(const bc_sweep_check *check) {
    static const int gravity[] = {
        [BC_VERDICT_HOLDS] = 0, [BC_VERDICT_IN_DOUBT] = 1, [BC_VERDICT_UNKNOWN] = 2, [BC_VERDICT_BROKEN] = 3};
    bc_verdict worst = BC_VERDICT_HOLDS;
    for (size_t i = 0; i < check->count; i++) {
        if (gravity[check->floors[i].verdict] > gravity[worst])
            worst = check->floors[i].verdict;
    }
    return worst;
}

/* ---- words ---- */

static void print_interval(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                           bc_floor floor) {
    /* where a row's numbers have its ends */
    static const size_t low[BC_FLOOR_COUNT] = {[BC_FLOOR_PRECISION] = BC_SWEEP_INTERVALS,
                                               [BC_FLOOR_RECALL] = BC_SWEEP_INTERVALS + 2,
                                               [BC_FLOOR_SPECIFICITY] = BC_SWEEP_INTERVALS + 4};
    const bc_sweep_row *row = &study->check.row;
    double numbers[BC_SWEEP_NUMBERS];
    char ends[2][BC_SWEEP_CELL_SIZE];
    bc_sweep_numbers(numbers, &row->rule, study->has_test ? &row->test : &row->pick.counts,
                     study->has_test ? &row->test_squares : &row->pick.squares, sweep->interval);
    bc_sweep_print_fixed(ends[0], numbers[low[floor]], 3);
    bc_sweep_print_fixed(ends[1], numbers[low[floor] + 1], 3);
    bc_text_format(text, " (95%% interval %s to %s)", ends[0], ends[1]);
}

static void print_floor(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                        const bc_floor_check *floor) {
    static const char *const failures[BC_FLOOR_COUNT] = {"positives missed", "items called positive are not",
                                                         "negatives called positive"};
    static const char *const nothing[BC_FLOOR_COUNT] = {
        "there are no positives here", "nothing here is called positive", "there are no negatives here"};
    char target[BC_NUMBER_SIZE], value[BC_NUMBER_SIZE];
    bool known = floor->verdict != BC_VERDICT_UNKNOWN;
    bc_number_print_exact(target, floor->target);
    bc_number_print(value, floor->value, 4);
    bc_text_format(text, "%s >= %s: %s, ", bc_sweep_floor_names[floor->floor], target,
                   known ? bc_sweep_verdict_names[floor->verdict] : "cannot be judged");
    if (!known) {
        bc_text_string(text, floor->trials == 0
                                 ? nothing[floor->floor]
                                 : "rows have weights, and floors are judged by counting rows that "
                                   "are alike; --require compares");
        return;
    }
    bc_text_format(text, "it is %s", value);
    print_interval(text, sweep, study, floor->floor);
    bc_text_format(text, ": %" PRIu64 " of %" PRIu64 " %s", floor->failures, floor->trials,
                   failures[floor->floor]);
    if (floor->verdict != BC_VERDICT_HOLDS)
        bc_text_format(text, ", chance explains up to %" PRIu64, floor->allowed);
}

static void add_line(bc_table *table, const char *where, const char *split, const bc_sweep_row *row,
                     const bc_confusion *counts) {
    bc_table_cell(table, where);
    bc_table_cell(table, split);
    bc_sweep_add_counts(table, &row->rule, counts);
    bc_table_number(table, bc_flagged_per_1000(counts), 1);
}

static void print_counts(bc_text *text, const bc_sweep_study *study) {
    const bc_sweep_check *check = &study->check;
    const bc_cutoff *cutoff = check->cutoff;
    bc_table table;
    bc_table_start(&table, "llrrrrrrrrrr");
    bc_table_cell(&table, "");
    bc_table_cell(&table, "split");
    for (size_t i = 0; i < BC_SWEEP_COUNT_CELLS; i++)
        bc_table_cell(&table, bc_sweep_count_headings[i]);
    bc_table_cell(&table, "flagged/1000");
    add_line(&table, "then", cutoff->split, &check->row, &cutoff->chosen);
    if (cutoff->has_test)
        add_line(&table, "", bc_split_name(BC_SPLIT_TEST), &check->row, &cutoff->test);
    add_line(&table, "here", study->chosen.split, &check->row, &check->row.pick.counts);
    if (study->has_test)
        add_line(&table, "", study->test.split, &check->row, &check->row.test);
    bc_table_print(text, &table);
    bc_table_free(&table);
}

void bc_sweep_check_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    const bc_sweep_check *check = &study->check;
    char cutoff[BC_SWEEP_CELL_SIZE];
    if (check->cutoff == NULL)
        return;
    bc_sweep_print_cutoff(cutoff, &check->row, study->chosen.curve.logits);
    bc_text_format(text, "\ncutoff %s of ", cutoff);
    bc_sweep_append_line(text, sweep->check_path);
    bc_text_string(text, ", chosen by ");
    bc_sweep_append_line(text, check->cutoff->rule);
    bc_text_char(text, '\n');
    print_counts(text, study);
    for (size_t i = 0; i < check->count; i++) {
        print_floor(text, sweep, study, &check->floors[i]);
        bc_text_char(text, '\n');
    }
    if (check->count == 0)
        bc_text_string(text, "its rule sets no floor that could be broken; --require sets one\n");
}

/* ---- the outcome ---- */

static const bc_floor_check *find_floor(const bc_sweep_check *check, bc_verdict verdict) {
    for (size_t i = 0; i < check->count; i++) {
        if (check->floors[i].verdict == verdict)
            return &check->floors[i];
    }
    return NULL;
}

static bc_status fail_broken(const bc_sweep *sweep, const bc_sweep_study *study, size_t count,
                             bc_verdict verdict, bc_error *err) {
    bc_text text = {0};
    char name[BC_SWEEP_CELL_SIZE];
    bc_status status;
    print_floor(&text, sweep, study, find_floor(&study->check, verdict));
    const char *reason = text.data != NULL ? text.data : "a floor is broken";
    if (sweep->many) {
        bc_sweep_print_name(name, study->name);
        status = bc_fail(err, BC_ERROR_UNMET,
                         "%s: a floor of %s is broken for %zu of %zu labels, the first is '%s': %s",
                         sweep->file, sweep->check_path, count, sweep->count, name, reason);
    } else {
        status = bc_fail(err, BC_ERROR_UNMET, "%s: %s: %s", sweep->file, sweep->check_path, reason);
    }
    bc_text_free(&text);
    return status;
}

bc_status bc_sweep_check_kept(const bc_sweep *sweep, bc_error *err) {
    const bc_sweep_study *first = NULL;
    bc_verdict verdict = BC_VERDICT_BROKEN;
    size_t count = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        bc_verdict found = bc_sweep_verdict(&sweep->studies[i].check);
        bool unjudged = found == BC_VERDICT_UNKNOWN && !sweep->many && sweep->demands.count == 0;
        if (found != BC_VERDICT_BROKEN && !unjudged)
            continue;
        if (count++ == 0) {
            first = &sweep->studies[i];
            verdict = found;
        }
    }
    return first != NULL ? fail_broken(sweep, first, count, verdict, err) : BC_OK;
}
