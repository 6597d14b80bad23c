/* What is worth knowing of the rows of a sweep, and which rules could not be met. */
#include "print.h"
#include "sweep_measures.h"
#include "sweep_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Some of the labels, of which the first are named. */
typedef struct named {
    size_t count;
    char names[4 * BC_SWEEP_CELL_SIZE];
} named;

enum { NAMED = 3 };

static void add_name(named *to, const char *name) {
    char cell[BC_SWEEP_CELL_SIZE];
    size_t length = strlen(to->names);
    bc_sweep_print_name(cell, name);
    if (to->count < NAMED)
        snprintf(to->names + length, sizeof to->names - length, "%s'%s'", to->count > 0 ? ", " : "", cell);
    else if (to->count == NAMED)
        snprintf(to->names + length, sizeof to->names - length, ", ...");
    to->count++;
}

/* ---- one label ---- */

static void remark_on_class(const bc_sweep *sweep, const bc_sweep_part *part, const char *split) {
    if (bc_sweep_is_one_class(part))
        bc_remark("%s: only %s%s rows have a label; what takes both classes is NA", sweep->file,
                  bc_sweep_only_class(part), split);
}

/* Never turned round silently: what is called positive is the user's to say. */
static void remark_on_order(const bc_sweep *sweep, const bc_sweep_study *study) {
    char area[BC_SWEEP_CELL_SIZE];
    if (!(study->chosen.auroc < 0.5))
        return;
    bc_sweep_print_fixed(area, study->chosen.auroc, 3);
    bc_remark(
        "%s: AUROC %s is below 0.5, higher scores go with negatives; is the positive class the other one, or "
        "the score that of the other class?",
        sweep->file, area);
}

static void remark_on_repeats(const bc_sweep *sweep, const bc_sweep_study *study) {
    const bc_curve *test = &study->test.curve;
    if (study->copies > 1)
        bc_remark("%s: every score is there %zu times with the same label; is the file joined with itself? "
                  "intervals and cross-fitted numbers are then too hopeful",
                  sweep->file, study->copies);
    if (study->shared > 0)
        bc_remark("%s: %zu of %zu test rows have the score and the label of a %s row; if they are the same "
                  "rows, the test is none",
                  sweep->file, study->shared, test->positive.count + test->negative.count,
                  study->chosen.split);
}

static void remark_on_groups(const bc_sweep *sweep, const bc_sweep_study *study) {
    if (study->chosen.curve.items_cluster && study->copies <= 1)
        bc_remark("%s: rows share groups; intervals%s take rows for independent, which makes them too narrow",
                  sweep->file, sweep->check_path != NULL ? " and what chance explains" : "");
}

static void remark_on_one(const bc_sweep *sweep, const bc_sweep_study *study, bool table) {
    remark_on_class(sweep, &study->chosen, "");
    remark_on_order(sweep, study);
    remark_on_repeats(sweep, study);
    remark_on_groups(sweep, study);
    if (study->folds.reason != NULL)
        bc_remark("%s: not cross-fitted, %s", sweep->file, study->folds.reason);
    if (!table && (study->saturation.ends || study->saturation.stuck))
        bc_remark("%s: the scores are saturated, the table tells more of it", sweep->file);
    if (study->has_test)
        remark_on_class(sweep, &study->test, " test");
}

/* ---- many labels ---- */

static void remark_on_many(const bc_sweep *sweep) {
    named one_class = {0}, one_class_test = {0}, reversed = {0}, unfitted = {0}, saturated = {0},
          repeated = {0};
    const char *reason = "";
    for (size_t i = 0; i < sweep->count; i++) {
        const bc_sweep_study *study = &sweep->studies[i];
        if (bc_sweep_is_one_class(&study->chosen))
            add_name(&one_class, study->name);
        else if (study->has_test && bc_sweep_is_one_class(&study->test))
            add_name(&one_class_test, study->name);
        if (study->chosen.auroc < 0.5)
            add_name(&reversed, study->name);
        if (study->folds.reason != NULL) {
            add_name(&unfitted, study->name);
            reason = study->folds.reason;
        }
        if (study->saturation.ends || study->saturation.stuck)
            add_name(&saturated, study->name);
        if (study->copies > 1 || study->shared > 0)
            add_name(&repeated, study->name);
    }
    if (one_class.count > 0)
        bc_remark("%s: %zu of %zu labels have rows of one class only, %swhat takes both classes is NA: %s",
                  sweep->file, one_class.count, sweep->count,
                  sweep->rules.picks.count > 0 ? "no cutoff is chosen for them and " : "", one_class.names);
    if (one_class_test.count > 0)
        bc_remark("%s: %zu of %zu labels have test rows of one class only, where what takes both is NA: %s",
                  sweep->file, one_class_test.count, sweep->count, one_class_test.names);
    if (unfitted.count > 0)
        bc_remark("%s: %zu of %zu labels are not cross-fitted, %s: %s", sweep->file, unfitted.count,
                  sweep->count, reason, unfitted.names);
    if (saturated.count > 0)
        bc_remark("%s: the scores of %zu of %zu labels are saturated, look at each alone: %s", sweep->file,
                  saturated.count, sweep->count, saturated.names);
    if (repeated.count > 0)
        bc_remark("%s: %zu of %zu labels have the same scores and labels more than once, or in test as well; "
                  "look at each alone: %s",
                  sweep->file, repeated.count, sweep->count, repeated.names);
    if (reversed.count > 0)
        bc_remark("%s: AUROC is below 0.5 for %zu of %zu labels, higher scores go with negatives: %s",
                  sweep->file, reversed.count, sweep->count, reversed.names);
}

void bc_sweep_remark(const bc_sweep *sweep, bool table) {
    uint64_t unknown = 0;
    for (size_t i = 0; i < sweep->count; i++)
        unknown += sweep->studies[i].chosen.curve.unknown + sweep->studies[i].test.curve.unknown;
    if (unknown > 0)
        bc_remark("%s: %" PRIu64 " row%s without a label, not counted", sweep->file, unknown,
                  unknown == 1 ? "" : "s");
    if (sweep->many)
        remark_on_many(sweep);
    else
        remark_on_one(sweep, &sweep->studies[0], table);
}

/* ---- rules that could not be met ---- */

/* *first is the first label whose pick could not be met. */
static size_t count_unmet(const bc_sweep_study **first, const bc_sweep *sweep, size_t pick) {
    size_t count = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        const bc_sweep_study *study = &sweep->studies[i];
        if (study->picks.items[pick].pick.met || (sweep->many && bc_sweep_is_one_class(&study->chosen)))
            continue;
        if (count++ == 0)
            *first = study;
    }
    return count;
}

static bc_status fail_unmet(const bc_sweep *sweep, size_t count, const bc_sweep_study *study, size_t pick,
                            bc_error *err) {
    bc_text text = {0};
    char name[BC_SWEEP_CELL_SIZE];
    bc_sweep_unmet(&text, study, &study->picks.items[pick]);
    const char *reason = text.data != NULL ? text.data : study->picks.items[pick].name;
    bc_status status;
    if (sweep->many) {
        bc_sweep_print_name(name, study->name);
        status = bc_fail(err, BC_ERROR_UNMET, "%s: not met for %zu of %zu labels, the first is '%s': %s",
                         sweep->file, count, sweep->count, name, reason);
    } else {
        status = bc_fail(err, BC_ERROR_UNMET, "%s: %s", sweep->file, reason);
    }
    bc_text_free(&text);
    return status;
}

bc_status bc_sweep_check_met(const bc_sweep *sweep, bc_error *err) {
    for (size_t pick = 0; pick < sweep->rules.picks.count; pick++) {
        const bc_sweep_study *first = NULL;
        size_t count = count_unmet(&first, sweep, pick);
        if (count > 0)
            return fail_unmet(sweep, count, first, pick, err);
    }
    return BC_OK;
}
