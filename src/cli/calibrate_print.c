/* The result of a calibration as a table for people, as CSV and as JSON. */
#include "calibrate.h"
#include "table.h"

#include "base/number.h"

#include <inttypes.h>
#include <math.h>

static const char *const stage_names[BC_CALIBRATE_STAGES] = {"before", "after"};
static const char *const role_names[] = {
    [BC_ROLE_REPORTED] = "reported", [BC_ROLE_CROSSWISE] = "crosswise", [BC_ROLE_FITTED] = "fitted_on"};

/* ---- table ---- */

static void print_method(bc_text *text, const bc_calibration *calibration) {
    bc_calibration_describe(text, calibration);
    bc_text_char(text, '\n');
    if (calibration->chosen_by[0] != '\0')
        bc_text_format(text, "chosen by auto: %s\n", calibration->chosen_by);
}

static void add_part(bc_table *table, const bc_calibrate_part *part) {
    static const char *const roles[] = {
        [BC_ROLE_REPORTED] = "", [BC_ROLE_CROSSWISE] = ", crosswise", [BC_ROLE_FITTED] = ", fitted on"};
    bc_text name = {0};
    bc_text_format(&name, "%s%s", part->split, roles[part->role]);
    for (size_t i = 0; i < BC_CALIBRATE_STAGES; i++) {
        const bc_calibrate_stage *stage = &part->stages[i];
        const bc_decomposition *brier = &stage->error.corp.brier;
        const double numbers[] = {stage->log_loss, stage->brier, brier->mcb, brier->dsc,
                                  stage->error.ece.value};
        bc_table_cell(table, i == 0 && name.data != NULL ? name.data : "");
        bc_table_cell(table, stage_names[i]);
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++)
            bc_table_number(table, numbers[j], 4);
    }
    table->cells.failed |= name.failed;
    bc_text_free(&name);
}

void bc_calibrate_table(bc_text *text, const bc_calibrate_result *result) {
    static const char *const headings[] = {"rows", "scores", "log loss", "Brier", "MCB", "DSC", "ECE"};
    const bc_calibrate_part *unseen = &result->parts[0];
    const bc_binned_error *ece = &unseen->stages[0].error.ece;
    bc_table table;
    bc_text_string(text, result->file);
    if (result->target != NULL)
        bc_text_format(text, ", %s", result->target);
    bc_text_format(text, ": fitted on %s (%" PRIu64 " positive, %" PRIu64 " negative), ", result->choice.name,
                   result->calibration.positives, result->calibration.negatives);
    if (unseen->role == BC_ROLE_REPORTED)
        bc_text_format(text, "reported on test (%" PRIu64 " positive, %" PRIu64 " negative)\n",
                       unseen->positives, unseen->negatives);
    else
        bc_text_format(text, "reported crosswise by %d folds\n", BC_CALIBRATION_FOLDS);
    print_method(text, &result->calibration);
    bc_text_char(text, '\n');
    bc_table_start(&table, "llrrrrr");
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        bc_table_cell(&table, headings[i]);
    for (size_t i = 0; i < BC_CALIBRATE_PARTS; i++)
        add_part(&table, &result->parts[i]);
    bc_table_print(text, &table);
    bc_table_free(&table);
    bc_text_format(
        text,
        "\nMCB is the part of the Brier score that calibration can remove, DSC how well the scores "
        "tell the classes\napart (CORP); ECE in %zu %s bins. What was fitted on looks better than "
        "it is.\n",
        ece->bins, bc_bins_names[ece->kind]);
}

/* ---- CSV ---- */

static void append_number(bc_text *text, double value) {
    char digits[BC_NUMBER_SIZE] = "NA";
    if (!isnan(value))
        bc_number_print_exact(digits, value);
    bc_text_char(text, ',');
    bc_text_string(text, digits);
}

void bc_calibrate_csv(bc_text *text, const bc_calibrate_result *result) {
    bc_text_string(text, "split,role,method,scores,rows,positives,negatives,log_loss,brier,mcb,dsc,unc,"
                         "log_loss_mcb,log_loss_dsc,log_loss_unc,ece,ece_debiased,ece_bins,ece_kind\n");
    for (size_t i = 0; i < BC_CALIBRATE_PARTS * BC_CALIBRATE_STAGES; i++) {
        const bc_calibrate_part *part = &result->parts[i / BC_CALIBRATE_STAGES];
        const bc_calibrate_stage *stage = &part->stages[i % BC_CALIBRATE_STAGES];
        const bc_decomposition *brier = &stage->error.corp.brier, *logs = &stage->error.corp.log_loss;
        const bc_binned_error *ece = &stage->error.ece;
        const double numbers[] = {stage->log_loss, stage->brier, brier->mcb, brier->dsc, brier->unc,
                                  logs->mcb,       logs->dsc,    logs->unc,  ece->value, ece->debiased};
        bc_text_format(text, "%s,%s,%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64, part->split,
                       role_names[part->role], bc_calibration_names[result->calibration.method],
                       stage_names[i % BC_CALIBRATE_STAGES], part->positives + part->negatives,
                       part->positives, part->negatives);
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++)
            append_number(text, numbers[j]);
        bc_text_format(text, ",%zu,%s\n", ece->bins, bc_bins_names[ece->kind]);
    }
}

/* ---- JSON ---- */

static void put_part(bc_json_builder *json, const bc_calibrate_part *part) {
    bc_json_begin_object(json, NULL);
    bc_json_put_text(json, "split", part->split);
    bc_json_put_text(json, "role", role_names[part->role]);
    bc_json_put_integer(json, "rows", (int64_t)(part->positives + part->negatives));
    bc_json_put_integer(json, "positives", (int64_t)part->positives);
    bc_json_put_integer(json, "negatives", (int64_t)part->negatives);
    for (size_t i = 0; i < BC_CALIBRATE_STAGES; i++) {
        bc_json_begin_object(json, stage_names[i]);
        bc_json_put_number(json, "log_loss", part->stages[i].log_loss);
        bc_json_put_number(json, "brier", part->stages[i].brier);
        bc_calibration_error_put(json, &part->stages[i].error);
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_calibration(bc_json_builder *json, const bc_calibration *calibration) {
    bc_json_put_text(json, "method", bc_calibration_names[calibration->method]);
    bc_json_put_text(json, "chosen_by", calibration->chosen_by[0] != '\0' ? calibration->chosen_by : NULL);
    bc_json_put_text(json, "note", calibration->note[0] != '\0' ? calibration->note : NULL);
    bc_json_begin_object(json, "parameters");
    for (size_t i = 0; i < bc_calibration_parameter_count(calibration->method); i++)
        bc_json_put_number(json, bc_calibration_parameter_name(calibration->method, i),
                           calibration->parameters[i]);
    bc_json_end(json);
    bc_json_put_integer(json, "steps", (int64_t)calibration->step_count);
    bc_json_put_number(json, "clip", calibration->clip > 0 ? calibration->clip : NAN);
}

bc_status bc_calibrate_json(bc_text *text, const bc_calibrate_result *result, bc_error *err) {
    bc_json_builder *json;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    if (result->target != NULL)
        bc_json_put_text(json, "target", result->target);
    put_calibration(json, &result->calibration);
    bc_json_begin_array(json, "results");
    for (size_t i = 0; i < BC_CALIBRATE_PARTS; i++)
        put_part(json, &result->parts[i]);
    bc_json_end(json);
    status = bc_json_finish(text, json, true, err);
    bc_text_char(text, '\n');
    bc_json_builder_free(json);
    return status;
}
