/* The rows that a pick hangs on: found, named, and shown. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/memory.h"
#include "base/number.h"

#include <bclass/logit.h>
#include <bclass/pins.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding ---- */

/* all: the weight of all rows. The pin's is the difference of two sums, which may be as great. */
static bool is_pin(const bc_scores *scores, size_t row, unsigned splits, const bc_pin *pin, double all) {
    double weight = scores->weights != NULL ? scores->weights[row] : 1;
    return scores->values[row] == pin->value && scores->labels[row] == pin->positive &&
           (splits >> bc_scores_split(scores, row) & 1) != 0 &&
           fabs(weight - pin->weight) <= 1e-9 * weight + DBL_EPSILON * all;
}

/* The rows of a pin, as far as there is room. */
static void name_rows(bc_sweep_pins *to, size_t room, const bc_pin *pin, const bc_scores *scores,
                      unsigned splits, double all) {
    size_t left = pin->rows;
    for (size_t i = 0; i < scores->count && left > 0 && to->count < room; i++) {
        if (!is_pin(scores, i, splits, pin, all))
            continue;
        to->items[to->count++] = (bc_sweep_pin){.line = bc_scores_line(scores, i),
                                                .file = bc_scores_file(scores, i),
                                                .path = bc_scores_path(scores, i),
                                                .value = pin->value,
                                                .positive = pin->positive,
                                                .called = pin->called,
                                                .moved = pin->moved};
        left--;
    }
}

static bc_status find_of_row(bc_sweep_study *study, size_t pick, const bc_sweep *sweep,
                             const bc_scores *scores, bc_error *err) {
    size_t most = (size_t)sweep->resampling.pins;
    bc_sweep_row *row = &study->picks.items[pick];
    const bc_curve *curve = &study->chosen.curve;
    const double all = bc_curve_positives(curve) + bc_curve_negatives(curve);
    bc_pins found;
    void *items = NULL;
    bc_status status = bc_pins_find(&found, &row->pick, pick, study->picks.count, most, &study->chosen.curve,
                                    bc_sweep_choose_all, study, err);
    size_t room = found.rows < most ? found.rows : most;
    if (status == BC_OK)
        status = bc_alloc(&items, room, sizeof(bc_sweep_pin), err);
    row->pins.items = items;
    for (size_t i = 0; status == BC_OK && i < found.count; i++)
        name_rows(&row->pins, room, &found.items[i], scores, sweep->choice.splits, all);
    bc_pins_free(&found);
    return status;
}

bc_status bc_sweep_find_pins(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                             bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && sweep->resampling.pins > 0 && i < study->picks.count; i++)
        status = find_of_row(study, i, sweep, scores, err);
    return status;
}

/* ---- table ---- */

static const char *class_name(bool positive) {
    return positive ? "positive" : "negative";
}

static void add_place(bc_table *table, const bc_sweep *sweep, const bc_sweep_pin *pin) {
    char cell[2 * BC_SWEEP_CELL_SIZE] = "NA", name[BC_SWEEP_CELL_SIZE];
    if (pin->line > 0 && strcmp(pin->file, sweep->file) == 0) {
        snprintf(cell, sizeof cell, "%" PRIu64, pin->line);
    } else if (pin->line > 0) {
        bc_sweep_print_name(name, pin->file);
        snprintf(cell, sizeof cell, "%s:%" PRIu64, name, pin->line);
    }
    bc_table_cell(table, cell);
}

/* Whole, for it is what the row is found by. */
static void add_path(bc_table *table, const char *path) {
    bc_text cell = {0};
    bc_text_string(&cell, path);
    if (cell.data != NULL)
        bc_text_one_line(cell.data);
    bc_table_cell(table, cell.data != NULL ? cell.data : "");
    table->cells.failed |= cell.failed;
    bc_text_free(&cell);
}

static void add_pin(bc_table *table, const bc_sweep *sweep, const bc_sweep_pin *pin, bool logits) {
    char score[BC_NUMBER_SIZE], then[BC_SWEEP_CELL_SIZE] = "not met";
    bc_number_print(score, pin->value, 6);
    if (pin->moved.met)
        bc_sweep_print_pick(then, &pin->moved, logits);
    add_place(table, sweep, pin);
    bc_table_cell(table, score);
    bc_table_cell(table, class_name(pin->positive));
    bc_table_cell(table, class_name(pin->called));
    bc_table_cell(table, then);
    add_path(table, pin->path);
}

static bool has_path(const bc_sweep_pins *pins) {
    for (size_t i = 0; i < pins->count; i++) {
        if (pins->items[i].path[0] != '\0')
            return true;
    }
    return false;
}

static void print_pins(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                       const bc_sweep_row *row) {
    bool logits = study->chosen.curve.logits;
    const char *const names[] = {"line",        logits ? "logit" : "score",        "label", "called",
                                 "cutoff then", has_path(&row->pins) ? "path" : ""};
    bc_table table;
    bc_table_start(&table, "rrllll");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        bc_table_cell(&table, names[i]);
    for (size_t i = 0; i < row->pins.count; i++)
        add_pin(&table, sweep, &row->pins.items[i], logits);
    bc_table_print(text, &table);
    bc_table_free(&table);
}

void bc_sweep_pins_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study) {
    char name[BC_SWEEP_CELL_SIZE];
    for (size_t i = 0; sweep->resampling.pins > 0 && i < study->picks.count; i++) {
        const bc_sweep_row *row = &study->picks.items[i];
        if (!row->pick.met)
            continue;
        bc_text_char(text, '\n');
        if (study->name != NULL) {
            bc_sweep_print_name(name, study->name);
            bc_text_format(text, "%s, ", name);
        }
        if (row->pins.count == 0) {
            bc_text_format(text, "%s: no single label near the cutoff moves it\n", row->name);
            continue;
        }
        bc_text_format(text, "%s: rows to check by eye, for the other label of one would move the cutoff\n",
                       row->name);
        print_pins(text, sweep, study, row);
    }
}

/* ---- JSON ---- */

static void put_pin(bc_json_builder *json, const bc_sweep_pin *pin, bool logits) {
    bool met = pin->moved.met;
    bc_json_begin_object(json, NULL);
    if (pin->line > 0) {
        bc_json_put_text(json, "file", pin->file);
        bc_json_put_integer(json, "line", (int64_t)pin->line);
    }
    bc_json_put_text(json, "path", pin->path[0] != '\0' ? pin->path : NULL);
    bc_json_put_number(json, "score", logits ? bc_sigmoid(pin->value) : pin->value);
    bc_json_put_number(json, "logit", logits ? pin->value : bc_logit(pin->value));
    bc_json_put_integer(json, "label", pin->positive);
    bc_json_put_integer(json, "called", pin->called);
    bc_json_put_number(json, "moved_cutoff", met ? pin->moved.score : NAN);
    bc_json_put_number(json, "moved_logit", met ? pin->moved.logit : NAN);
    bc_json_end(json);
}

void bc_sweep_pins_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                        const bc_sweep_row *row) {
    if (sweep->resampling.pins == 0 || !bc_sweep_is_choice(&row->rule))
        return;
    bc_json_begin_array(json, "pinning");
    for (size_t i = 0; i < row->pins.count; i++)
        put_pin(json, &row->pins.items[i], study->chosen.curve.logits);
    bc_json_end(json);
}
