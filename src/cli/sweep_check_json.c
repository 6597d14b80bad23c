/* Old cutoffs, and what is required, as members of the JSON object. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/json.h"

#include <math.h>

static void put_floors(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study) {
    const bc_sweep_check *check = &study->check;
    const bc_sweep_row *row = &check->row;
    const bc_confusion *counts = study->has_test ? &row->test : &row->pick.counts;
    /* by bc_floor, where the ends of its interval stand */
    static const size_t low[BC_FLOOR_COUNT] = {BC_SWEEP_INTERVALS + 2, BC_SWEEP_INTERVALS,
                                               BC_SWEEP_INTERVALS + 4};
    double numbers[BC_SWEEP_NUMBERS];
    bc_sweep_numbers(numbers, &row->rule, counts, study->has_test ? &row->test_squares : &row->pick.squares,
                     sweep->interval);
    bc_json_begin_array(json, "floors");
    for (size_t i = 0; i < check->count; i++) {
        const bc_floor_check *floor = &check->floors[i];
        bool known = floor->verdict != BC_VERDICT_UNKNOWN;
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "metric", bc_sweep_floor_names[floor->floor]);
        bc_json_put_number(json, "floor", floor->target);
        bc_json_put_bool(json, "promised", check->cutoff->confidence > 0);
        bc_json_put_number(json, "value", floor->value);
        bc_json_put_number(json, "low", numbers[low[floor->floor]]);
        bc_json_put_number(json, "high", numbers[low[floor->floor] + 1]);
        bc_json_put_number(json, "rows", known ? (double)floor->trials : NAN);
        bc_json_put_number(json, "failures", known ? (double)floor->failures : NAN);
        bc_json_put_number(json, "allowed", known ? (double)floor->allowed : NAN);
        bc_json_put_text(json, "verdict", bc_sweep_verdict_names[floor->verdict]);
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_saved(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_check *check) {
    static const bc_confusion unknown = {0}; /* the squared weights, and with them the intervals */
    const bc_cutoff *cutoff = check->cutoff;
    bool weighted = cutoff->weighted;
    bc_json_begin_object(json, "saved");
    bc_json_put_text(json, "split", cutoff->split);
    bc_sweep_counts_json(json, sweep, &check->row.rule, &cutoff->chosen,
                         weighted ? &unknown : &cutoff->chosen);
    if (cutoff->has_test) {
        bc_json_begin_object(json, "test");
        bc_sweep_counts_json(json, sweep, &check->row.rule, &cutoff->test,
                             weighted ? &unknown : &cutoff->test);
        bc_json_end(json);
    }
    bc_json_end(json);
}

void bc_sweep_check_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study) {
    const bc_sweep_check *check = &study->check;
    if (check->cutoff == NULL)
        return;
    bc_json_begin_object(json, "check");
    bc_json_put_text(json, "file", sweep->check_path);
    bc_json_put_text(json, "rule", check->cutoff->rule);
    bc_sweep_pick_json(json, sweep, study, &check->row, true);
    put_saved(json, sweep, check);
    put_floors(json, sweep, study);
    bc_json_put_text(json, "verdict",
                     check->count > 0 ? bc_sweep_verdict_names[bc_sweep_verdict(check)] : NULL);
    bc_json_end(json);
}

void bc_sweep_demands_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study) {
    if (sweep->demands.count == 0)
        return;
    bc_json_begin_array(json, "require");
    for (size_t i = 0; i < sweep->demands.count; i++) {
        const bc_sweep_demand *demand = &sweep->demands.items[i];
        double value;
        if (!bc_sweep_demanded(&value, demand, sweep, study))
            continue;
        bc_json_begin_object(json, NULL);
        bc_json_put_text(json, "demand", demand->name);
        bc_json_put_number(json, "value", value);
        bc_json_put_bool(json, "met", bc_sweep_demand_met(demand, value));
        bc_json_put_bool(json, "cross_fitted", bc_sweep_is_demanded_fitted(demand, sweep));
        bc_json_end(json);
    }
    bc_json_end(json);
}
