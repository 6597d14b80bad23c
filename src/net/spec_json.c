/* A network description as JSON. */
#include "spec_json.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* What is being read, for messages. */
typedef struct reading {
    const char *name;
    bc_spec *spec;
    size_t number; /* of the layer, from 1 */
} reading;

static bc_status wrong(const reading *in, const char *key, const char *why, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: layer %zu: \"%s\" %s", in->name, in->number, key, why);
}

static bc_status read_count(uint32_t *value, const reading *in, const char *key, const bc_json *member,
                            uint32_t most, bc_error *err) {
    int64_t integer;
    if (!bc_json_integer(member, &integer) || integer < 0 || integer > most)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: layer %zu: \"%s\" must be a whole number from 0 to %u",
                       in->name, in->number, key, most);
    *value = (uint32_t)integer;
    return BC_OK;
}

/* A number for both sides, or [height, width]. */
static bc_status read_pair(bc_pair *pair, const reading *in, const bc_json *member, bc_error *err) {
    const char *key = bc_json_key(member);
    if (!bc_json_is_array(member)) {
        bc_status status = read_count(&pair->height, in, key, member, BC_KERNEL_LIMIT, err);
        pair->width = pair->height;
        return status;
    }
    if (bc_json_count(member) != 2)
        return wrong(in, key, "must be a number or [height, width]", err);
    const bc_json *height = bc_json_first(member);
    bc_status status = read_count(&pair->height, in, key, height, BC_KERNEL_LIMIT, err);
    if (status == BC_OK)
        status = read_count(&pair->width, in, key, bc_json_next(height), BC_KERNEL_LIMIT, err);
    return status;
}

static bc_status read_reference(uint32_t *index, const reading *in, const bc_json *member, bc_error *err) {
    const char *wanted = bc_json_text(member);
    if (wanted != NULL && strcmp(wanted, BC_IMAGE_NAME) == 0) {
        *index = BC_INPUT_IMAGE;
        return BC_OK;
    }
    for (uint32_t i = 0; wanted != NULL && i + 1 < in->spec->count; i++) {
        if (strcmp(in->spec->layers[i].name, wanted) == 0) {
            *index = i;
            return BC_OK;
        }
    }
    return wrong(in, bc_json_key(member), "must name an earlier layer, or \"image\"", err);
}

static bc_status read_kind(bc_layer_kind *kind, const reading *in, const bc_json *member, bc_error *err) {
    const char *word = bc_json_text(member);
    for (int i = 0; word != NULL && i < BC_LAYER_KIND_COUNT; i++) {
        if (strcmp(bc_layer_kind_name((bc_layer_kind)i), word) == 0) {
            *kind = (bc_layer_kind)i;
            return BC_OK;
        }
    }
    return bc_fail(err, BC_ERROR_FORMAT,
                   "%s: layer %zu: \"type\" must be conv, dense, batch_norm, relu, max_pool, average_pool, "
                   "global_average_pool, dropout, add, flatten, sigmoid or softmax",
                   in->name, in->number);
}

static bc_status read_name(bc_layer *layer, const reading *in, const bc_json *member, bc_error *err) {
    const char *name = bc_json_text(member);
    if (name == NULL || name[0] == '\0' || strlen(name) >= sizeof layer->name ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(name))
        return wrong(in, "name", "must be 1 to 31 letters, digits, '_' and '-'", err);
    memcpy(layer->name, name, strlen(name) + 1);
    return BC_OK;
}

static bool takes(bc_layer_kind kind, const char *key) {
    bool conv = kind == BC_LAYER_CONV, pool = kind == BC_LAYER_MAX_POOL || kind == BC_LAYER_AVERAGE_POOL;
    if (strcmp(key, "filters") == 0)
        return conv;
    if (strcmp(key, "units") == 0)
        return kind == BC_LAYER_DENSE;
    if (strcmp(key, "bias") == 0)
        return conv || kind == BC_LAYER_DENSE;
    if (strcmp(key, "kernel") == 0 || strcmp(key, "stride") == 0 || strcmp(key, "padding") == 0)
        return conv || pool;
    if (strcmp(key, "rate") == 0)
        return kind == BC_LAYER_DROPOUT;
    if (strcmp(key, "with") == 0)
        return kind == BC_LAYER_ADD;
    if (strcmp(key, "gamma") == 0 || strcmp(key, "offset") == 0)
        return kind == BC_LAYER_SIGMOID || kind == BC_LAYER_SOFTMAX;
    return strcmp(key, "type") == 0 || strcmp(key, "name") == 0 || strcmp(key, "input") == 0;
}

static bc_status read_number(double *number, const reading *in, const bc_json *member, bc_error *err) {
    return bc_json_number(member, number) ? BC_OK : wrong(in, bc_json_key(member), "must be a number", err);
}

/* So much that a stride of 1 keeps the size, or with an even kernel loses a pixel. */
static bc_pair same_padding(const bc_layer *layer) {
    const bc_pair kernel = layer->kernel;
    return (bc_pair){kernel.height > 0 ? (kernel.height - 1) / 2 : 0,
                     kernel.width > 0 ? (kernel.width - 1) / 2 : 0};
}

static bc_status read_padding(bc_layer *layer, const reading *in, const bc_json *member, bc_error *err) {
    const char *word = bc_json_text(member);
    double number;
    if (bc_json_is_array(member) || bc_json_number(member, &number))
        return read_pair(&layer->padding, in, member, err);
    if (word == NULL || (strcmp(word, "same") != 0 && strcmp(word, "valid") != 0))
        return wrong(in, "padding", "must be \"same\", \"valid\", a number or [height, width]", err);
    if (strcmp(word, "same") == 0 && (layer->kernel.height % 2 == 0 || layer->kernel.width % 2 == 0))
        return wrong(in, "padding", "can be \"same\" only with an odd kernel; give a number", err);
    layer->padding = strcmp(word, "same") == 0 ? same_padding(layer) : (bc_pair){0, 0};
    return BC_OK;
}

static bc_status read_member(bc_layer *layer, const reading *in, const bc_json *member, bc_error *err) {
    const char *key = bc_json_key(member);
    if (!takes(layer->kind, key))
        return wrong(in, key, "is no member of such a layer", err);
    if (strcmp(key, "filters") == 0 || strcmp(key, "units") == 0)
        return read_count(&layer->filters, in, key, member, BC_CHANNEL_LIMIT, err);
    if (strcmp(key, "stride") == 0)
        return read_pair(&layer->stride, in, member, err);
    if (strcmp(key, "padding") == 0)
        return read_padding(layer, in, member, err);
    if (strcmp(key, "bias") == 0)
        return bc_json_bool(member, &layer->bias) ? BC_OK : wrong(in, key, "must be true or false", err);
    if (strcmp(key, "rate") == 0) {
        double rate = 0;
        bc_status status = read_number(&rate, in, member, err);
        layer->rate = (float)rate;
        return status;
    }
    if (strcmp(key, "gamma") == 0)
        return read_number(&layer->gamma, in, member, err);
    if (strcmp(key, "offset") == 0)
        return read_number(&layer->offset, in, member, err);
    if (strcmp(key, "name") == 0)
        return read_name(layer, in, member, err);
    if (strcmp(key, "input") == 0)
        return read_reference(&layer->input, in, member, err);
    if (strcmp(key, "with") == 0)
        return read_reference(&layer->other, in, member, err);
    return BC_OK; /* type and kernel were read before */
}

/* The kernel decides the defaults of stride and padding, so it is read before them. */
static bc_status read_kernel(bc_layer *layer, const reading *in, const bc_json *object, bc_error *err) {
    const bc_json *member = bc_json_member(object, "kernel");
    bc_status status = member != NULL ? read_pair(&layer->kernel, in, member, err) : BC_OK;
    if (layer->kind == BC_LAYER_CONV)
        layer->padding = same_padding(layer);
    else
        layer->stride = layer->kernel;
    return status;
}

static bc_status read_layer(const reading *in, const bc_json *object, bc_error *err) {
    bc_layer_kind kind = BC_LAYER_KIND_COUNT;
    if (!bc_json_is_object(object))
        return bc_fail(err, BC_ERROR_FORMAT, "%s: layer %zu: must be an object", in->name, in->number);
    bc_status status = read_kind(&kind, in, bc_json_member(object, "type"), err);
    if (status != BC_OK)
        return status;
    bc_layer *layer = bc_spec_add(in->spec, kind, err);
    if (layer == NULL)
        return BC_ERROR_MEMORY;
    status = read_kernel(layer, in, object, err);
    for (const bc_json *member = bc_json_first(object); status == BC_OK && member != NULL;
         member = bc_json_next(member))
        status = read_member(layer, in, member, err);
    if (status == BC_OK && kind == BC_LAYER_ADD && bc_json_member(object, "with") == NULL)
        status = wrong(in, "with", "is missing: the layer to add", err);
    return status;
}

bc_status bc_spec_read(bc_spec *spec, const bc_json *object, const char *name, bc_shape input,
                       bc_error *err) {
    *spec = (bc_spec){.input = input};
    const bc_json *layers = bc_json_member(object, "layers");
    if (!bc_json_is_array(layers))
        return bc_fail(err, BC_ERROR_FORMAT, "%s: no \"layers\" array", name);
    reading in = {name, spec, 0};
    for (const bc_json *layer = bc_json_first(layers); layer != NULL; layer = bc_json_next(layer)) {
        if (++in.number > BC_LAYER_LIMIT + 1) /* with its head */
            break;
        bc_status status = read_layer(&in, layer, err);
        if (status != BC_OK)
            return status;
    }
    return in.number > BC_LAYER_LIMIT + 1
               ? bc_fail(err, BC_ERROR_FORMAT, "%s: more than %d layers", name, BC_LAYER_LIMIT)
               : bc_spec_check(spec, name, err);
}

bc_status bc_spec_parse(bc_spec *spec, const char *text, size_t length, const char *name, bc_shape input,
                        bc_error *err) {
    bc_json *root;
    *spec = (bc_spec){0};
    bc_status status = bc_json_parse(&root, text, length, name, err);
    if (status != BC_OK)
        return status;
    status = bc_spec_read(spec, root, name, input, err);
    bc_json_free(root);
    return status;
}

bc_status bc_spec_read_file(bc_spec *spec, const char *path, bc_shape input, bc_error *err) {
    enum { LIMIT = 16 << 20 };
    uint8_t *text = NULL;
    size_t size;
    *spec = (bc_spec){0};
    bc_status status = bc_file_read(&text, &size, path, LIMIT, err);
    if (status == BC_OK)
        status = bc_spec_parse(spec, (const char *)text, size, path, input, err);
    free(text);
    return status;
}

static const char *reference_name(const bc_spec *spec, uint32_t index) {
    return index == BC_INPUT_IMAGE ? BC_IMAGE_NAME : spec->layers[index].name;
}

static void write_pair(bc_json_builder *builder, const char *key, bc_pair pair) {
    bc_json_begin_array(builder, key);
    bc_json_put_integer(builder, NULL, pair.height);
    bc_json_put_integer(builder, NULL, pair.width);
    bc_json_end(builder);
}

void bc_spec_write(bc_json_builder *builder, const bc_spec *spec) {
    bc_json_begin_array(builder, "layers");
    for (const bc_layer *layer = spec->layers; layer < spec->layers + spec->count; layer++) {
        bc_json_begin_object(builder, NULL);
        bc_json_put_text(builder, "type", bc_layer_kind_name(layer->kind));
        bc_json_put_text(builder, "name", layer->name);
        bc_json_put_text(builder, "input", reference_name(spec, layer->input));
        if (takes(layer->kind, "with"))
            bc_json_put_text(builder, "with", reference_name(spec, layer->other));
        if (takes(layer->kind, "filters"))
            bc_json_put_integer(builder, "filters", layer->filters);
        if (takes(layer->kind, "units"))
            bc_json_put_integer(builder, "units", layer->filters);
        if (takes(layer->kind, "kernel")) {
            write_pair(builder, "kernel", layer->kernel);
            write_pair(builder, "stride", layer->stride);
            write_pair(builder, "padding", layer->padding);
        }
        if (takes(layer->kind, "bias"))
            bc_json_put_bool(builder, "bias", layer->bias);
        if (takes(layer->kind, "rate"))
            bc_json_put_number(builder, "rate", (double)layer->rate);
        if (takes(layer->kind, "gamma")) {
            bc_json_put_number(builder, "gamma", layer->gamma);
            bc_json_put_number(builder, "offset", layer->offset);
        }
        bc_json_end(builder);
    }
    bc_json_end(builder);
}
