/* The averages over many labels as members of the JSON object. */
#include "sweep_measures.h"
#include "sweep_print.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>

/* Each mean, and of how many labels it is. */
static void put_means(bc_json_builder *json, const char *const *keys, const bc_sweep_mean *means,
                      size_t count) {
    char key[BC_SWEEP_CELL_SIZE];
    for (size_t i = 0; i < count; i++)
        bc_json_put_number(json, keys[i], means[i].value);
    for (size_t i = 0; i < count; i++) {
        snprintf(key, sizeof key, "%s_labels", keys[i]);
        bc_json_put_integer(json, key, (int64_t)means[i].labels);
    }
}

static void put_average_numbers(bc_json_builder *json, const bc_sweep_average *of,
                                bc_sweep_averaging averaging) {
    static const char *const keys[] = {"tp", "fp", "fn", "tn"};
    const double sums[] = {of->counts.tp, of->counts.fp, of->counts.fn, of->counts.tn};
    bc_json_put_integer(json, "labels", (int64_t)of->labels);
    for (size_t i = 0; averaging == BC_SWEEP_MICRO && i < 4; i++)
        bc_json_put_number(json, keys[i], of->labels > 0 ? sums[i] : NAN);
    put_means(json, bc_sweep_number_keys, of->means[averaging], BC_SWEEP_MEANS);
}

static void put_average_row(bc_json_builder *json, const bc_sweep_average_row *row,
                            bc_sweep_averaging averaging) {
    static const char *const keys[BC_SWEEP_PLACES] = {
        [BC_SWEEP_FITTED] = "cross_fitted", [BC_SWEEP_TEST] = "test"};
    bc_json_begin_object(json, NULL);
    bc_json_put_text(json, "rule", row->rule->name);
    put_average_numbers(json, &row->places[BC_SWEEP_CHOSEN], averaging);
    for (size_t place = BC_SWEEP_FITTED; place < BC_SWEEP_PLACES; place++) {
        if (row->places[place].split == NULL)
            continue;
        bc_json_begin_object(json, keys[place]);
        put_average_numbers(json, &row->places[place], averaging);
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_average_rows(bc_json_builder *json, const char *key, const bc_sweep *sweep, size_t first,
                             size_t end, bc_sweep_averaging averaging) {
    bc_json_begin_array(json, key);
    for (size_t i = first; i < end; i++)
        put_average_row(json, &sweep->averages.rows[i], averaging);
    bc_json_end(json);
}

void bc_sweep_average_json(bc_json_builder *json, const bc_sweep *sweep, bc_sweep_averaging averaging) {
    const bc_sweep_averages *averages = &sweep->averages;
    size_t at = sweep->rules.at.count;
    bc_json_begin_object(json, bc_sweep_average_names[averaging]);
    put_means(json, bc_sweep_part_keys, averages->parts[0][averaging], BC_SWEEP_PART_MEANS);
    if (sweep->choice.has_test) {
        bc_json_begin_object(json, "test");
        put_means(json, bc_sweep_part_keys, averages->parts[1][averaging], BC_SWEEP_PART_MEANS);
        bc_json_end(json);
    }
    put_average_rows(json, "at", sweep, 0, at, averaging);
    put_average_rows(json, "picks", sweep, at, averages->count, averaging);
    bc_json_end(json);
}
