/* A calibration in words; calibration error, measured and as JSON. */
#include "calibration_error.h"

void bc_calibration_describe(bc_text *text, const bc_calibration *calibration) {
    size_t count = bc_calibration_parameter_count(calibration->method);
    if (count != 1)
        bc_text_string(text, bc_calibration_names[calibration->method]);
    for (size_t i = 0; i < count; i++) {
        bc_text_format(text, "%s%s ",
                       i > 0       ? ", "
                       : count > 1 ? ": "
                                   : "",
                       bc_calibration_parameter_name(calibration->method, i));
        bc_text_number(text, calibration->parameters[i], 5);
    }
    if (calibration->method == BC_CALIBRATION_ISOTONIC)
        bc_text_format(text, ", %zu step%s", calibration->step_count,
                       calibration->step_count == 1 ? "" : "s");
}

bc_status bc_calibration_error_measure(bc_calibration_error *error, const bc_curve *curve, double brier,
                                       double log_loss, bc_error *err) {
    bc_binned_error_measure(&error->ece, curve, BC_BINS_EQUAL_MASS, BC_BINS_DEFAULT);
    return bc_corp_decompose(&error->corp, curve, brier, log_loss, err);
}

static void put_parts(bc_json_builder *json, const bc_decomposition *of) {
    bc_json_put_number(json, "mcb", of->mcb);
    bc_json_put_number(json, "dsc", of->dsc);
    bc_json_put_number(json, "unc", of->unc);
}

void bc_calibration_error_put(bc_json_builder *json, const bc_calibration_error *error) {
    bc_json_begin_object(json, "calibration_error");
    bc_json_put_text(json, "method", "corp");
    put_parts(json, &error->corp.brier);
    bc_json_begin_object(json, "log_loss");
    put_parts(json, &error->corp.log_loss);
    bc_json_end(json);
    bc_json_begin_object(json, "ece");
    bc_json_put_text(json, "kind", bc_bins_names[error->ece.kind]);
    bc_json_put_integer(json, "bins", (int64_t)error->ece.bins);
    bc_json_put_integer(json, "filled", (int64_t)error->ece.filled);
    bc_json_put_number(json, "value", error->ece.value);
    bc_json_put_number(json, "debiased", error->ece.debiased);
    bc_json_end(json);
    bc_json_end(json);
}
