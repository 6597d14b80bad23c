/* calibration.json, written and read. The hexadecimal numbers are what counts; the others are there for
 * people. */
#include <bclass/calibration.h>

#include "threshold/calibration_fit.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_LIMIT = 64 << 20, VERSION = 1, STEP_NUMBERS = 3 };

static const char format_name[] = "bclass calibration";

/* ---- writing ---- */

static void put_hex(bc_json_builder *builder, const char *key, double value) {
    char digits[BC_NUMBER_SIZE];
    bc_number_print_hex(digits, value);
    bc_json_put_text(builder, key, digits);
}

static void put_parameters(bc_json_builder *builder, const bc_calibration *calibration) {
    size_t count = bc_calibration_parameter_count(calibration->method);
    bc_json_begin_object(builder, "parameters");
    for (size_t i = 0; i < count; i++)
        bc_json_put_number(builder, bc_calibration_parameter_name(calibration->method, i),
                           calibration->parameters[i]);
    bc_json_end(builder);
    bc_json_begin_object(builder, "hex");
    for (size_t i = 0; i < count; i++)
        put_hex(builder, bc_calibration_parameter_name(calibration->method, i), calibration->parameters[i]);
    bc_json_end(builder);
}

static void put_steps(bc_json_builder *builder, const bc_calibration *calibration) {
    bc_json_begin_array(builder, "steps");
    for (size_t i = 0; i < calibration->step_count; i++) {
        const bc_calibration_step *step = &calibration->steps[i];
        bc_json_begin_object(builder, NULL);
        bc_json_put_number(builder, "from", step->low);
        bc_json_put_number(builder, "to", step->high);
        bc_json_put_number(builder, "score", step->score);
        bc_json_begin_array(builder, "hex");
        put_hex(builder, NULL, step->low);
        put_hex(builder, NULL, step->high);
        put_hex(builder, NULL, step->score);
        bc_json_end(builder);
        bc_json_end(builder);
    }
    bc_json_end(builder);
}

static void put_calibration(bc_json_builder *builder, const bc_calibration *calibration) {
    bc_json_put_text(builder, "format", format_name);
    bc_json_put_integer(builder, "version", VERSION);
    bc_json_put_text(builder, "method", bc_calibration_names[calibration->method]);
    if (calibration->method == BC_CALIBRATION_ISOTONIC)
        put_steps(builder, calibration);
    else
        put_parameters(builder, calibration);
    if (calibration->clip > 0)
        put_hex(builder, "clip", calibration->clip);
    else
        bc_json_put_null(builder, "clip");
    bc_json_begin_object(builder, "fitted_on");
    bc_json_put_text(builder, "split", calibration->split);
    bc_json_put_integer(builder, "rows", (int64_t)calibration->rows);
    bc_json_put_integer(builder, "positives", (int64_t)calibration->positives);
    bc_json_put_integer(builder, "negatives", (int64_t)calibration->negatives);
    bc_json_put_number(builder, "log_loss_before", calibration->log_loss_before);
    bc_json_put_number(builder, "log_loss_after", calibration->log_loss_after);
    bc_json_end(builder);
    bc_json_put_text(builder, "chosen_by", calibration->chosen_by[0] != '\0' ? calibration->chosen_by : NULL);
    bc_json_put_text(builder, "scores_sha256",
                     calibration->scores_sha256[0] != '\0' ? calibration->scores_sha256 : NULL);
}

bc_status bc_calibration_to_json(char **text, const bc_calibration *calibration, bool indented,
                                 bc_error *err) {
    bc_json_builder *builder;
    bc_text built = {0};
    *text = NULL;
    bc_status status = bc_json_builder_create(&builder, err);
    if (status != BC_OK)
        return status;
    put_calibration(builder, calibration);
    status = bc_json_finish(&built, builder, indented, err);
    bc_json_builder_free(builder);
    if (status == BC_OK)
        *text = built.data;
    else
        bc_text_free(&built);
    return status;
}

bc_status bc_calibration_write(const bc_calibration *calibration, const char *path, bc_error *err) {
    char *json;
    bc_text text = {0};
    bc_status status = bc_calibration_to_json(&json, calibration, true, err);
    if (status != BC_OK)
        return status;
    bc_text_string(&text, json);
    bc_text_char(&text, '\n');
    status = bc_text_check(&text, err);
    if (status == BC_OK)
        status = bc_output_file(path, text.data, text.length, err);
    bc_text_free(&text);
    free(json);
    return status;
}

/* ---- reading ---- */

static bc_status wrong(const char *name, const char *key, const char *expected, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: damaged calibration: '%s' is not %s", name, key, expected);
}

/* A finite number as hexadecimal text. */
static bool get_hex(double *value, const bc_json *text) {
    const char *digits = bc_json_text(text);
    return digits != NULL && bc_number_parse(digits, strlen(digits), value) && isfinite(*value);
}

/* The number that both say, so that one that was changed by hand is noticed. */
static bool get_both(double *value, const bc_json *number, const bc_json *hex) {
    double shown;
    return get_hex(value, hex) && bc_json_number(number, &shown) &&
           fabs(shown - *value) <= 1e-9 * fabs(*value);
}

static bool is_in_range(bc_calibration_method method, size_t i, double value) {
    switch (method) {
    case BC_CALIBRATION_TEMPERATURE:
        return value > 0;
    case BC_CALIBRATION_PLATT:
        return i > 0 || value >= 0;
    default:
        return i > 1 || value >= 0;
    }
}

static bc_status get_parameters(bc_calibration *calibration, const bc_json *root, const char *name,
                                bc_error *err) {
    const bc_json *numbers = bc_json_member(root, "parameters"), *hex = bc_json_member(root, "hex");
    for (size_t i = 0; i < bc_calibration_parameter_count(calibration->method); i++) {
        const char *key = bc_calibration_parameter_name(calibration->method, i);
        double *value = &calibration->parameters[i];
        if (!get_both(value, bc_json_member(numbers, key), bc_json_member(hex, key)))
            return wrong(name, key, "the same finite number under 'parameters' and 'hex'", err);
        if (!is_in_range(calibration->method, i, *value))
            return wrong(name, key, "such that higher scores stay higher", err);
    }
    return BC_OK;
}

static bool get_step(bc_calibration_step *step, const bc_json *object) {
    static const char *const keys[STEP_NUMBERS] = {"from", "to", "score"};
    double *const values[STEP_NUMBERS] = {&step->low, &step->high, &step->score};
    const bc_json *hex = bc_json_first(bc_json_member(object, "hex"));
    for (size_t i = 0; i < STEP_NUMBERS; i++, hex = bc_json_next(hex)) {
        if (!get_both(values[i], bc_json_member(object, keys[i]), hex))
            return false;
    }
    return step->low <= step->high && step->score > 0 && step->score < 1;
}

static bc_status get_steps(bc_calibration *calibration, const bc_json *root, const char *name,
                           bc_error *err) {
    const bc_json *array = bc_json_member(root, "steps"), *item = bc_json_first(array);
    size_t count = bc_json_count(array);
    void *steps;
    if (!bc_json_is_array(array) || count == 0)
        return wrong(name, "steps", "a list of steps", err);
    bc_status status = bc_alloc(&steps, count, sizeof *calibration->steps, err);
    if (status != BC_OK)
        return status;
    calibration->steps = steps;
    calibration->step_count = count;
    for (size_t i = 0; i < count; i++, item = bc_json_next(item)) {
        bc_calibration_step *step = &calibration->steps[i];
        if (!get_step(step, item))
            return wrong(name, "steps", "a list of from, to and score, the same in 'hex'", err);
        if (i > 0 && !(step->low > step[-1].high && step->score > step[-1].score))
            return wrong(name, "steps", "rising", err);
    }
    bc_calibration_set_levels(calibration);
    return BC_OK;
}

static bc_status get_clip(bc_calibration *calibration, const bc_json *root, const char *name, bc_error *err) {
    const bc_json *clip = bc_json_member(root, "clip");
    if (clip == NULL || bc_json_is_null(clip) || (get_hex(&calibration->clip, clip) && calibration->clip > 0))
        return BC_OK;
    return wrong(name, "clip", "null or a finite number above 0 as hexadecimal text", err);
}

static bool get_count(uint64_t *count, const bc_json *object, const char *key) {
    int64_t found;
    if (!bc_json_integer(bc_json_member(object, key), &found) || found < 0)
        return false;
    *count = (uint64_t)found;
    return true;
}

/* null: infinite */
static bool get_loss(double *loss, const bc_json *object, const char *key) {
    const bc_json *value = bc_json_member(object, key);
    *loss = INFINITY;
    return value != NULL && (bc_json_is_null(value) || (bc_json_number(value, loss) && *loss >= 0));
}

/* Text that may be missing, which is empty. */
static bool get_short_text(char *text, size_t size, const bc_json *object, const char *key) {
    const bc_json *value = bc_json_member(object, key);
    const char *found = bc_json_text(value);
    text[0] = '\0';
    if (value == NULL || bc_json_is_null(value))
        return true;
    if (found == NULL || strlen(found) >= size)
        return false;
    memcpy(text, found, strlen(found) + 1);
    return true;
}

static bc_status get_origin(bc_calibration *calibration, const bc_json *root, const char *name,
                            bc_error *err) {
    const bc_json *on = bc_json_member(root, "fitted_on");
    const char *hash = calibration->scores_sha256;
    if (!get_short_text(calibration->split, sizeof calibration->split, on, "split") ||
        !get_count(&calibration->rows, on, "rows") || !get_count(&calibration->positives, on, "positives") ||
        !get_count(&calibration->negatives, on, "negatives") ||
        !get_loss(&calibration->log_loss_before, on, "log_loss_before") ||
        !get_loss(&calibration->log_loss_after, on, "log_loss_after"))
        return wrong(name, "fitted_on", "a split with its counts and losses", err);
    if (!get_short_text(calibration->chosen_by, sizeof calibration->chosen_by, root, "chosen_by"))
        return wrong(name, "chosen_by", "null or a short text", err);
    if (!get_short_text(calibration->scores_sha256, sizeof calibration->scores_sha256, root,
                        "scores_sha256") ||
        (hash[0] != '\0' && strspn(hash, "0123456789abcdef") != sizeof calibration->scores_sha256 - 1))
        return wrong(name, "scores_sha256", "64 hexadecimal digits", err);
    return BC_OK;
}

static bc_status get_method(bc_calibration *calibration, const bc_json *root, const char *name,
                            bc_error *err) {
    const char *word = bc_json_text(bc_json_member(root, "method"));
    for (int i = 0; word != NULL && i < BC_CALIBRATION_AUTO; i++) {
        if (strcmp(word, bc_calibration_names[i]) == 0) {
            calibration->method = (bc_calibration_method)i;
            return BC_OK;
        }
    }
    return wrong(name, "method", "none, temperature, platt, beta or isotonic", err);
}

static bc_status get_calibration(bc_calibration *calibration, const bc_json *root, const char *name,
                                 bc_error *err) {
    const char *format = bc_json_text(bc_json_member(root, "format"));
    int64_t version;
    if (format == NULL || strcmp(format, format_name) != 0)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: not a calibration", name);
    if (!bc_json_integer(bc_json_member(root, "version"), &version) || version != VERSION)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: a calibration of another version", name);
    bc_status status = get_method(calibration, root, name, err);
    if (status == BC_OK)
        status = calibration->method == BC_CALIBRATION_ISOTONIC
                     ? get_steps(calibration, root, name, err)
                     : get_parameters(calibration, root, name, err);
    if (status == BC_OK)
        status = get_clip(calibration, root, name, err);
    if (status == BC_OK)
        status = get_origin(calibration, root, name, err);
    return status;
}

bc_status bc_calibration_from_json(bc_calibration *calibration, const char *text, size_t length,
                                   const char *name, bc_error *err) {
    bc_json *root;
    *calibration = (bc_calibration){0};
    bc_status status = bc_json_parse_object(&root, text, length, name, "not a calibration", err);
    if (status == BC_OK)
        status = get_calibration(calibration, root, name, err);
    bc_json_free(root);
    return status;
}

bc_status bc_calibration_read(bc_calibration *calibration, const char *path, bc_error *err) {
    uint8_t *data = NULL;
    size_t size;
    *calibration = (bc_calibration){0};
    bc_status status = bc_file_read(&data, &size, path, SIZE_LIMIT, err);
    if (status == BC_OK)
        status = bc_calibration_from_json(calibration, (const char *)data, size, path, err);
    free(data);
    return status;
}
