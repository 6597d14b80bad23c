/* --require: numbers that a sweep must reach, for a script that goes on or stops by them. */
#include "sweep_measures.h"
#include "sweep_print.h"
#include "sweep_rules.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

/* By the order of a row's and of a part's numbers. */
static const char *const number_words[BC_SWEEP_MEANS] = {"precision", "recall", "specificity",
                                                         "f1",        "f2",     "flagged-per-1000"};
static const char *const part_words[BC_SWEEP_PART_MEANS] = {"auroc", "average-precision", "log-loss",
                                                            "brier"};

static int find_word(const char *const *words, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return -1;
}

/* Takes "macro-" and the like off the word. */
static int read_averaging(const char **word) {
    for (int i = 0; i < BC_SWEEP_AVERAGES; i++) {
        size_t length = strlen(bc_sweep_average_names[i]);
        if (strncmp(*word, bc_sweep_average_names[i], length) == 0 && (*word)[length] == '-') {
            *word += length + 1;
            return i;
        }
    }
    return -1;
}

static bool read_metric(bc_sweep_demand *demand, const char *word) {
    demand->averaging = read_averaging(&word);
    demand->part = find_word(part_words, BC_SWEEP_PART_MEANS, word);
    demand->number = find_word(number_words, BC_SWEEP_MEANS, word);
    return demand->part >= 0 || demand->number >= 0 ||
           (demand->averaging < 0 && bc_metric_parse(&demand->metric, word));
}

/* One comparison: a metric, one of >= <= > <, and a number; blanks between them do not count. */
static bool read_demand(bc_sweep_demand *demand, const char *text, size_t length) {
    char word[BC_SWEEP_DEMAND_SIZE / 2], digits[BC_NUMBER_SIZE];
    size_t end = strcspn(text, "<>"), start = strspn(text, " ");
    if (end >= length || start >= end)
        return false;
    const char *rest = text + end + 1;
    *demand = (bc_sweep_demand){.greater = text[end] == '>', .equal = *rest == '='};
    rest += demand->equal;
    rest += strspn(rest, " ");
    while (text[end - 1] == ' ')
        end--;
    size_t rest_length = length - (size_t)(rest - text);
    while (rest_length > 0 && rest[rest_length - 1] == ' ')
        rest_length--;
    if (rest > text + length || end - start >= sizeof word ||
        !bc_number_parse(rest, rest_length, &demand->target) || !isfinite(demand->target))
        return false;
    snprintf(word, sizeof word, "%.*s", (int)(end - start), text + start);
    bc_number_print_exact(digits, demand->target);
    snprintf(demand->name, sizeof demand->name, "%s %s%s %.24s", word, demand->greater ? ">" : "<",
             demand->equal ? "=" : "", digits);
    return read_metric(demand, word);
}

bc_status bc_sweep_read_demands(bc_sweep_demands *demands, const char *text, bc_error *err) {
    for (bool more = true; more;) {
        size_t length = strcspn(text, ",");
        bc_sweep_demand demand;
        void *block = demands->items;
        if (!read_demand(&demand, text, length))
            return bc_fail(
                err, BC_ERROR_USAGE,
                "--require takes comparisons such as recall>=0.95 or macro-f1>0.6, of recall, precision, "
                "specificity, f1, f2, fbeta=B, accuracy, balanced-accuracy, mcc, kappa, youden, "
                "flagged-per-1000, auroc, average-precision, log-loss or brier, not '%.*s'",
                (int)length, text);
        bc_status status =
            bc_grow(&block, &demands->capacity, demands->count + 1, sizeof *demands->items, err);
        demands->items = block;
        if (status != BC_OK)
            return status;
        demands->items[demands->count++] = demand;
        more = text[length] == ',';
        text += length + 1;
    }
    return BC_OK;
}

/* ---- judging ---- */

/* Which of the run's rules the demands are of, --at first; where an old cutoff is checked they are of that.
 */
static size_t find_row(const bc_sweep_rules *rules) {
    return rules->picks.count == 1 ? rules->at.count : 0;
}

static const bc_sweep_row *get_row(const bc_sweep *sweep, const bc_sweep_study *study) {
    if (sweep->check_path != NULL)
        return study->check.cutoff != NULL ? &study->check.row : NULL;
    return bc_sweep_get_one(sweep, study);
}

bc_status bc_sweep_check_demands(const bc_sweep *sweep, bc_error *err) {
    const bool one = bc_sweep_has_one(&sweep->rules);
    for (size_t i = 0; i < sweep->demands.count; i++) {
        const bc_sweep_demand *demand = &sweep->demands.items[i];
        if (sweep->check_path != NULL && demand->averaging >= 0 && demand->part < 0)
            return bc_fail(err, BC_ERROR_USAGE, "--require %s: --check judges labels, not their averages",
                           demand->name);
        if (demand->part < 0 && sweep->check_path == NULL && !one)
            return bc_fail(
                err, BC_ERROR_USAGE,
                "--require %s needs one cutoff: that of --check, of one rule that chooses, or of one --at",
                demand->name);
    }
    return BC_OK;
}

bc_status bc_sweep_check_averages(const bc_sweep *sweep, bc_error *err) {
    for (size_t i = 0; i < sweep->demands.count; i++) {
        if (sweep->demands.items[i].averaging >= 0 && !sweep->many)
            return bc_fail(err, BC_ERROR_USAGE, "--require %s: %s is not about many labels; see --by",
                           sweep->demands.items[i].name, sweep->file);
    }
    return BC_OK;
}

bool bc_sweep_is_demanded_fitted(const bc_sweep_demand *demand, const bc_sweep *sweep) {
    if (demand->part >= 0 || sweep->choice.has_test || sweep->check_path != NULL ||
        sweep->rules.picks.count != 1 || !bc_sweep_is_resampled(&sweep->rules.picks.items[0]))
        return false;
    for (size_t i = 0; i < sweep->count; i++) {
        if (sweep->studies[i].folds.count > 0)
            return true;
    }
    return false;
}

static double get_average(const bc_sweep_demand *demand, const bc_sweep *sweep) {
    bool test = sweep->choice.has_test;
    bc_sweep_place place = test                                         ? BC_SWEEP_TEST
                           : bc_sweep_is_demanded_fitted(demand, sweep) ? BC_SWEEP_FITTED
                                                                        : BC_SWEEP_CHOSEN;
    const bc_sweep_averages *averages = &sweep->averages;
    if (demand->part >= 0)
        return averages->parts[test][demand->averaging][demand->part].value;
    const bc_sweep_average_row *row = &averages->rows[find_row(&sweep->rules)];
    return row->places[place].means[demand->averaging][demand->number].value;
}

bool bc_sweep_demanded(double *value, const bc_sweep_demand *demand, const bc_sweep *sweep,
                       const bc_sweep_study *study) {
    if ((study == NULL) != (demand->averaging >= 0))
        return false;
    if (study == NULL) {
        *value = get_average(demand, sweep);
        return true;
    }
    const bc_sweep_part *part = study->has_test ? &study->test : &study->chosen;
    const double parts[BC_SWEEP_PART_MEANS] = {part->auroc, part->average_precision, part->log_loss,
                                               part->brier};
    const bc_sweep_row *row = demand->part < 0 ? get_row(sweep, study) : NULL;
    *value = demand->part >= 0 ? parts[demand->part] : NAN;
    if (row != NULL && row->pick.met) {
        bc_sweep_result
            results[BC_SWEEP_PLACES]; /* the last is the farthest from where the choice was made */
        const bc_confusion *counts = results[bc_sweep_results(results, study, row) - 1].counts;
        double numbers[BC_SWEEP_NUMBERS];
        if (counts == NULL)
            return true;
        bc_sweep_numbers(numbers, &row->rule, counts, counts, BC_INTERVAL_WILSON);
        *value = demand->number >= 0 ? numbers[demand->number] : bc_metric_value(&demand->metric, counts);
    }
    return true;
}

bool bc_sweep_demand_met(const bc_sweep_demand *demand, double value) {
    return (demand->greater ? value > demand->target : value < demand->target) ||
           (demand->equal && value == demand->target);
}

/* A few digits more where fewer would hide on which side of the target it lies. */
static void print_value(char cell[BC_NUMBER_SIZE], double value, const bc_sweep_demand *demand) {
    double shown = NAN;
    snprintf(cell, BC_NUMBER_SIZE, "NA");
    for (int digits = 4; digits <= 17 && !isnan(value); digits++) {
        bc_number_print(cell, value, digits);
        if (!bc_number_parse(cell, strlen(cell), &shown) ||
            bc_sweep_demand_met(demand, shown) == bc_sweep_demand_met(demand, value))
            return;
    }
}

void bc_sweep_demand_lines(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    for (size_t i = 0; i < sweep->demands.count; i++) {
        const bc_sweep_demand *demand = &sweep->demands.items[i];
        char cell[BC_NUMBER_SIZE];
        double value;
        if (!bc_sweep_demanded(&value, demand, sweep, study))
            continue;
        print_value(cell, value, demand);
        bc_text_format(text, "required %s: %s, it is %s%s\n", demand->name,
                       bc_sweep_demand_met(demand, value) ? "met" : "not met", cell,
                       bc_sweep_is_demanded_fitted(demand, sweep) ? ", cross-fitted" : "");
    }
}

/* What is not met, and of how many labels. */
typedef struct failed {
    const bc_sweep_demand *demand;
    double value;
    const char *label; /* the first; NULL: none */
    size_t labels, demands;
} failed;

static void note(failed *to, const bc_sweep_demand *demand, double value, const char *label) {
    if (to->demand == NULL) {
        to->demand = demand;
        to->value = value;
        to->label = label;
        to->demands = 1;
    } else if (to->demand != demand) {
        to->demands += to->labels == 0;
        return;
    }
    to->labels++;
}

static failed find_failed(const bc_sweep *sweep) {
    failed found = {0};
    for (size_t i = 0; i < sweep->demands.count; i++) {
        const bc_sweep_demand *demand = &sweep->demands.items[i];
        double value;
        if (bc_sweep_demanded(&value, demand, sweep, NULL) && !bc_sweep_demand_met(demand, value))
            note(&found, demand, value, NULL);
        for (size_t label = 0; label < sweep->count; label++) {
            const bc_sweep_study *study = &sweep->studies[label];
            if (bc_sweep_demanded(&value, demand, sweep, study) && !bc_sweep_demand_met(demand, value) &&
                !(sweep->many && isnan(value)))
                note(&found, demand, value, study->name);
        }
    }
    return found;
}

bc_status bc_sweep_check_required(const bc_sweep *sweep, bc_error *err) {
    failed found = find_failed(sweep);
    char cell[BC_NUMBER_SIZE], name[BC_SWEEP_CELL_SIZE];
    if (found.demand == NULL)
        return BC_OK;
    print_value(cell, found.value, found.demand);
    if (found.label == NULL)
        return bc_fail(err, BC_ERROR_UNMET, "%s: required %s, but it is %s%s", sweep->file,
                       found.demand->name, cell,
                       bc_sweep_is_demanded_fitted(found.demand, sweep) ? ", cross-fitted" : "");
    bc_sweep_print_name(name, found.label);
    return bc_fail(err, BC_ERROR_UNMET,
                   "%s: required %s, but it is not met for %zu of %zu labels, the first is '%s' "
                   "with %s",
                   sweep->file, found.demand->name, found.labels, sweep->count, name, cell);
}
