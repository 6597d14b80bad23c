/* What bclass keeps in a model file besides the tensors, written, read and checked. */
#include <bclass/model.h>

#include "safetensors.h"
#include "spec_json.h"

#include "base/memory.h"
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Version 1 had networks without a head, which meant a sigmoid; that is how they are still read. Version 3 is
 * for models that do not normalise as all did before, so that older programs refuse them. */
static const char format_name[] = "bclass";
static const char *const version_names[] = {"1", "2", "3"};

static const char *version_of(const bc_preprocess *preprocess) {
    return version_names[preprocess->normalise == BC_NORMALISE_SET ? 1 : 2];
}

static bool is_version(const char *name) {
    for (size_t i = 0; i < sizeof version_names / sizeof version_names[0]; i++) {
        if (strcmp(name, version_names[i]) == 0)
            return true;
    }
    return false;
}

void bc_model_free(bc_model *model) {
    if (model == NULL)
        return;
    bc_network_free(&model->network);
    free(model->positive);
    free(model->negative);
    free(model->settings);
    free(model->calibration);
    *model = (bc_model){0};
}

/* ---- checks, the same for what is written and what was read ---- */

static bc_status wrong(const char *path, const char *key, const char *expected, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: no usable model: '%s' must be %s", path, key, expected);
}

static bc_status check_preprocess(const bc_preprocess *preprocess, const char *path, bc_error *err) {
    const char *const side = "from 1 to 4096";
    if (preprocess->width == 0 || preprocess->width > BC_SIDE_LIMIT)
        return wrong(path, "width", side, err);
    if (preprocess->height == 0 || preprocess->height > BC_SIDE_LIMIT)
        return wrong(path, "height", side, err);
    if (preprocess->channels != 1 && preprocess->channels != 3)
        return wrong(path, "channels", "1 or 3", err);
    if ((unsigned)preprocess->fit >= BC_FIT_COUNT)
        return wrong(path, "fit", "pad, stretch or crop", err);
    if ((unsigned)preprocess->normalise >= BC_NORMALISE_COUNT)
        return wrong(path, "normalise", "set or picture", err);
    for (uint32_t c = 0; c < preprocess->channels; c++) {
        if (!isfinite(preprocess->mean[c]))
            return wrong(path, "mean", "finite", err);
        if (!isfinite(preprocess->deviation[c]) || !(preprocess->deviation[c] > 0))
            return wrong(path, "deviation", "greater than 0 and finite", err);
    }
    return BC_OK;
}

static bool is_sha256(const char *text) {
    size_t length = strspn(text, "0123456789abcdef");
    return text[length] == '\0' && (length == 0 || length == BC_SHA256_TEXT_SIZE - 1);
}

/* NULL is let be. */
static bc_status check_object(const char *text, const char *path, const char *key, const char *what,
                              bc_error *err) {
    bc_json *root = NULL;
    bc_status status = text != NULL ? bc_json_parse(&root, text, strlen(text), path, err) : BC_OK;
    if (status == BC_ERROR_MEMORY)
        return status;
    if (status != BC_OK || (text != NULL && !bc_json_is_object(root)))
        status = wrong(path, key, what, err);
    bc_json_free(root);
    return status;
}

/* Other text would not be read as it was written. */
static bool is_name(const char *text) {
    return text != NULL && text[0] != '\0' && bc_text_is_utf8(text, strlen(text));
}

static bc_status check_texts(const bc_model *model, const char *path, bc_error *err) {
    const char *const hash = "64 hexadecimal digits or empty";
    if (!is_name(model->positive))
        return wrong(path, "positive", "the name of a class, in UTF-8", err);
    if (!is_name(model->negative) || strcmp(model->positive, model->negative) == 0)
        return wrong(path, "negative", "the name of another class than 'positive', in UTF-8", err);
    if (!is_sha256(model->data_sha256))
        return wrong(path, "data_sha256", hash, err);
    if (!is_sha256(model->scores_sha256))
        return wrong(path, "scores_sha256", hash, err);
    bc_status status = check_object(model->settings, path, "settings", "a JSON object or empty", err);
    if (status == BC_OK)
        status = check_object(model->calibration, path, "calibration", "a JSON object", err);
    return status;
}

static bc_status check_network(const bc_model *model, const char *path, bc_error *err) {
    const bc_network *network = &model->network;
    const bc_shape *input = &network->spec.input;
    if (input->channels != model->preprocess.channels || input->height != model->preprocess.height ||
        input->width != model->preprocess.width)
        return wrong(path, "network", "for pictures of the size that 'preprocess' says", err);
    for (const bc_tensor *tensor = network->tensors; tensor < network->tensors + network->tensor_count;
         tensor++) {
        bool variance = strcmp(strrchr(tensor->name, '.'), ".running_var") == 0;
        const float *values = network->values + tensor->offset;
        if (!bc_all_finite(values, tensor->count))
            return wrong(path, tensor->name, "finite in all its values", err);
        for (size_t i = 0; i < tensor->count; i++) {
            if (variance && values[i] < 0)
                return wrong(path, tensor->name, "at least 0 in all its values", err);
        }
    }
    return BC_OK;
}

static bc_status check_model(const bc_model *model, const char *path, bc_error *err) {
    bc_status status = check_preprocess(&model->preprocess, path, err);
    if (status == BC_OK)
        status = check_texts(model, path, err);
    if (status == BC_OK)
        status = check_network(model, path, err);
    return status;
}

/* ---- writing ---- */

static void put_floats(bc_json_builder *builder, const char *key, const float *values, uint32_t count) {
    bc_json_begin_array(builder, key);
    for (uint32_t i = 0; i < count; i++)
        bc_json_put_number(builder, NULL, (double)values[i]);
    bc_json_end(builder);
}

static bc_status write_preprocess(bc_text *text, const bc_preprocess *preprocess, bc_error *err) {
    bc_json_builder *builder;
    bc_status status = bc_json_builder_create(&builder, err);
    if (status != BC_OK)
        return status;
    bc_json_put_integer(builder, "width", preprocess->width);
    bc_json_put_integer(builder, "height", preprocess->height);
    bc_json_put_integer(builder, "channels", preprocess->channels);
    bc_json_put_text(builder, "fit", bc_fit_names[preprocess->fit]);
    if (preprocess->mirror)
        bc_json_put_bool(builder, "mirror", true);
    if (preprocess->normalise == BC_NORMALISE_SET) {
        put_floats(builder, "mean", preprocess->mean, preprocess->channels);
        put_floats(builder, "deviation", preprocess->deviation, preprocess->channels);
    } else {
        bc_json_put_text(builder, "normalise", bc_normalise_names[preprocess->normalise]);
    }
    status = bc_json_finish(text, builder, false, err);
    bc_json_builder_free(builder);
    return status;
}

static bc_status write_network(bc_text *text, const bc_spec *spec, bc_error *err) {
    bc_json_builder *builder;
    bc_status status = bc_json_builder_create(&builder, err);
    if (status != BC_OK)
        return status;
    bc_spec_write(builder, spec);
    status = bc_json_finish(text, builder, false, err);
    bc_json_builder_free(builder);
    return status;
}

bc_status bc_model_write(const bc_model *model, const char *path, bc_error *err) {
    bc_text network = {0}, preprocess = {0};
    bc_status status = check_model(model, path, err);
    if (status == BC_OK)
        status = write_network(&network, &model->network.spec, err);
    if (status == BC_OK)
        status = write_preprocess(&preprocess, &model->preprocess, err);
    if (status == BC_OK) {
        const bc_metadata metadata[] = {
            {"format", format_name},
            {"version", version_of(&model->preprocess)},
            {"program", BC_VERSION},
            {"network", network.data},
            {"preprocess", preprocess.data},
            {"positive", model->positive},
            {"negative", model->negative},
            {"data_sha256", model->data_sha256},
            {"scores_sha256", model->scores_sha256},
            {"settings", model->settings != NULL ? model->settings : ""},
            {"calibration", model->calibration},
        };
        size_t count = sizeof metadata / sizeof *metadata - (model->calibration == NULL);
        status = bc_safetensors_write(path, metadata, count, model->network.tensors,
                                      model->network.tensor_count, model->network.values, err);
    }
    bc_text_free(&network);
    bc_text_free(&preprocess);
    return status;
}

/* ---- reading ---- */

static bc_status check_format(const bc_safetensors *file, bc_error *err) {
    const char *format = bc_safetensors_text(file, "format");
    const char *version = bc_safetensors_text(file, "version");
    if (format == NULL || strcmp(format, format_name) != 0)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: is a safetensors file but not a bclass model", file->path);
    if (version == NULL)
        return wrong(file->path, "version", "there", err);
    if (!is_version(version))
        return bc_fail(err, BC_ERROR_FORMAT, "%s: was written by a newer bclass (model version %.20s)",
                       file->path, version);
    return BC_OK;
}

static bc_status copy_text(char **copy, const bc_safetensors *file, const char *key, bc_error *err) {
    const char *text = bc_safetensors_text(file, key);
    return text != NULL ? bc_copy_text(copy, text, strlen(text), err)
                        : wrong(file->path, key, "there once", err);
}

static bc_status copy_hash(char hash[BC_SHA256_TEXT_SIZE], const bc_safetensors *file, const char *key,
                           bc_error *err) {
    const char *text = bc_safetensors_text(file, key);
    if (text == NULL || !is_sha256(text))
        return wrong(file->path, key, "64 hexadecimal digits or empty", err);
    memcpy(hash, text, strlen(text) + 1);
    return BC_OK;
}

/* A text that may be missing. */
static bc_status copy_optional(char **copy, const bc_safetensors *file, const char *key, bc_error *err) {
    return bc_safetensors_has(file, key) ? copy_text(copy, file, key, err) : BC_OK;
}

static bc_status read_texts(bc_model *model, const bc_safetensors *file, bc_error *err) {
    bc_status status = copy_text(&model->positive, file, "positive", err);
    if (status == BC_OK)
        status = copy_text(&model->negative, file, "negative", err);
    if (status == BC_OK)
        status = copy_text(&model->settings, file, "settings", err);
    if (status == BC_OK && model->settings[0] == '\0') {
        free(model->settings);
        model->settings = NULL;
    }
    if (status == BC_OK)
        status = copy_optional(&model->calibration, file, "calibration", err);
    if (status == BC_OK)
        status = copy_hash(model->data_sha256, file, "data_sha256", err);
    if (status == BC_OK)
        status = copy_hash(model->scores_sha256, file, "scores_sha256", err);
    return status;
}

/* The JSON text of a key, parsed. */
static bc_status parse_text(bc_json **root, const bc_safetensors *file, const char *key, bc_error *err) {
    const char *text = bc_safetensors_text(file, key);
    *root = NULL;
    const bc_status status =
        text != NULL ? bc_json_parse(root, text, strlen(text), file->path, err) : BC_ERROR_FORMAT;
    return status == BC_OK || status == BC_ERROR_MEMORY
               ? status
               : wrong(file->path, key, "there once, as JSON text", err);
}

static bc_status get_number(uint32_t *number, const bc_json *object, const char *key, const char *path,
                            bc_error *err) {
    int64_t found;
    if (!bc_json_integer(bc_json_member(object, key), &found) || found < 0 || found > BC_SIDE_LIMIT)
        return wrong(path, key, "a whole number from 1 to 4096", err);
    *number = (uint32_t)found;
    return BC_OK;
}

static bc_status get_floats(float values[3], uint32_t count, const bc_json *object, const char *key,
                            const char *path, bc_error *err) {
    const bc_json *array = bc_json_member(object, key), *item = bc_json_first(array);
    double number;
    if (!bc_json_is_array(array) || bc_json_count(array) != count)
        return wrong(path, key, "a list of one number a channel", err);
    for (uint32_t i = 0; i < count; i++, item = bc_json_next(item)) {
        if (!bc_json_number(item, &number) || fabs(number) > (double)FLT_MAX)
            return wrong(path, key, "a list of finite numbers", err);
        values[i] = (float)number;
    }
    return BC_OK;
}

/* The number of a name; the number of names where it is none of them. */
static int find_name(const char *const *names, const char *word) {
    int found = 0;
    while (names[found] != NULL && (word == NULL || strcmp(word, names[found]) != 0))
        found++;
    return found;
}

static bc_status get_preprocess(bc_preprocess *preprocess, const bc_json *object, const char *path,
                                bc_error *err) {
    *preprocess = (bc_preprocess){.mean = {0, 0, 0}, .deviation = {1, 1, 1}};
    bc_status status = get_number(&preprocess->width, object, "width", path, err);
    if (status == BC_OK)
        status = get_number(&preprocess->height, object, "height", path, err);
    if (status == BC_OK)
        status = get_number(&preprocess->channels, object, "channels", path, err);
    preprocess->fit = (bc_fit)find_name(bc_fit_names, bc_json_text(bc_json_member(object, "fit")));
    const bc_json *mirror = bc_json_member(object, "mirror"),
                  *normalise = bc_json_member(object, "normalise");
    if (normalise != NULL)
        preprocess->normalise = (bc_normalise)find_name(bc_normalise_names, bc_json_text(normalise));
    if (status == BC_OK && mirror != NULL && !bc_json_bool(mirror, &preprocess->mirror))
        status = wrong(path, "mirror", "true or false", err);
    if (status == BC_OK)
        status = check_preprocess(preprocess, path, err); /* before anything counts on the channels */
    if (status != BC_OK || preprocess->normalise != BC_NORMALISE_SET)
        return status;
    status = get_floats(preprocess->mean, preprocess->channels, object, "mean", path, err);
    if (status == BC_OK)
        status = get_floats(preprocess->deviation, preprocess->channels, object, "deviation", path, err);
    return status;
}

static bc_status read_preprocess(bc_preprocess *preprocess, const bc_safetensors *file, bc_error *err) {
    bc_json *root;
    bc_status status = parse_text(&root, file, "preprocess", err);
    if (status == BC_OK)
        status = get_preprocess(preprocess, root, file->path, err);
    bc_json_free(root);
    return status;
}

static bc_status read_spec(bc_spec *spec, const bc_preprocess *preprocess, const bc_safetensors *file,
                           bc_error *err) {
    bc_shape input = {preprocess->channels, preprocess->height, preprocess->width};
    bc_json *root;
    bc_status status = parse_text(&root, file, "network", err);
    if (status == BC_OK)
        status = bc_spec_read(spec, root, file->path, input, err);
    bc_json_free(root);
    return status;
}

/* The network gets no more memory than the file has tensor data. */
static bc_status read_network(bc_network *network, const bc_preprocess *preprocess,
                              const bc_safetensors *file, bc_error *err) {
    bc_spec spec = {0};
    size_t most = file->data_size / sizeof *network->values;
    bc_status status = read_spec(&spec, preprocess, file, err);
    if (status == BC_OK)
        status = bc_network_create(network, &spec, most, err);
    if (status == BC_ERROR_LIMIT)
        status =
            bc_fail(err, BC_ERROR_FORMAT,
                    "%s: cut short or damaged: its network has %zu parameters, its data has room for %zu",
                    file->path, network->count, most);
    if (status == BC_OK)
        status = bc_safetensors_load(network->values, file, network->tensors, network->tensor_count, err);
    bc_spec_free(&spec);
    return status;
}

bc_status bc_model_read(bc_model *model, const char *path, bc_error *err) {
    bc_safetensors file;
    *model = (bc_model){0};
    bc_status status =
        bc_safetensors_open(&file, path, (uint64_t)BC_PARAMETER_LIMIT * sizeof *model->network.values, err);
    if (status == BC_OK)
        status = check_format(&file, err);
    if (status == BC_OK)
        status = read_preprocess(&model->preprocess, &file, err);
    if (status == BC_OK)
        status = read_texts(model, &file, err);
    if (status == BC_OK)
        status = read_network(&model->network, &model->preprocess, &file, err);
    if (status == BC_OK)
        status = check_model(model, path, err);
    bc_safetensors_free(&file);
    return status;
}
