/* The list of layers: building it, and working out shapes. */
#include <bclass/network.h>

#include "spec_json.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[BC_LAYER_KIND_COUNT] = {
    [BC_LAYER_CONV] = "conv",
    [BC_LAYER_DENSE] = "dense",
    [BC_LAYER_BATCH_NORM] = "batch_norm",
    [BC_LAYER_RELU] = "relu",
    [BC_LAYER_MAX_POOL] = "max_pool",
    [BC_LAYER_AVERAGE_POOL] = "average_pool",
    [BC_LAYER_GLOBAL_AVERAGE_POOL] = "global_average_pool",
    [BC_LAYER_DROPOUT] = "dropout",
    [BC_LAYER_ADD] = "add",
    [BC_LAYER_FLATTEN] = "flatten",
    [BC_LAYER_SIGMOID] = "sigmoid",
    [BC_LAYER_SOFTMAX] = "softmax",
};

const char *bc_layer_kind_name(bc_layer_kind kind) {
    return kind_names[kind];
}

void bc_spec_free(bc_spec *spec) {
    if (spec == NULL)
        return;
    free(spec->layers);
    *spec = (bc_spec){0};
}

bc_layer *bc_spec_head(const bc_spec *spec) {
    return &spec->layers[spec->count - 1];
}

static void name_by_number(bc_spec *spec, bc_layer *layer) {
    size_t number = 1;
    for (const bc_layer *earlier = spec->layers; earlier < layer; earlier++)
        number += earlier->kind == layer->kind;
    snprintf(layer->name, sizeof layer->name, "%s%zu", kind_names[layer->kind], number);
}

bc_layer *bc_spec_add(bc_spec *spec, bc_layer_kind kind, bc_error *err) {
    void *block = spec->layers;
    if (bc_grow(&block, &spec->capacity, spec->count + 1, sizeof *spec->layers, err) != BC_OK)
        return NULL;
    spec->layers = block;
    bool pool = kind == BC_LAYER_MAX_POOL || kind == BC_LAYER_AVERAGE_POOL;
    bc_pair kernel = pool ? (bc_pair){2, 2} : (bc_pair){3, 3};
    bc_layer *layer = &spec->layers[spec->count];
    *layer = (bc_layer){
        .kind = kind,
        .input = spec->count > 0 ? (uint32_t)spec->count - 1 : BC_INPUT_IMAGE,
        .other = BC_INPUT_IMAGE,
        .kernel = kernel,
        .stride = pool ? kernel : (bc_pair){1, 1},
        .padding = pool ? (bc_pair){0, 0} : (bc_pair){1, 1},
        .bias = true,
        .rate = 0.5f,
    };
    name_by_number(spec, layer);
    spec->count++;
    return layer;
}

static bc_shape shape_of(const bc_spec *spec, uint32_t index) {
    return index == BC_INPUT_IMAGE ? spec->input : spec->layers[index].output;
}

/* 0 when the kernel does not fit into the padded side. */
static uint32_t windows(uint32_t side, uint32_t kernel, uint32_t stride, uint32_t padding) {
    uint32_t padded = side + 2 * padding;
    return padded >= kernel ? (padded - kernel) / stride + 1 : 0;
}

/* A failure is told as "NAME: layer conv2 (conv): why". */
static bc_status wrong(const char *name, const bc_layer *layer, const char *why, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: layer %s (%s): %s", name, layer->name, kind_names[layer->kind],
                   why);
}

static bc_status slide(bc_layer *layer, bc_shape in, uint32_t channels, const char *name, bc_error *err) {
    char why[128];
    if (layer->padding.height >= layer->kernel.height || layer->padding.width >= layer->kernel.width)
        return wrong(name, layer, "the padding must be smaller than the kernel", err);
    layer->output = (bc_shape){
        channels,
        windows(in.height, layer->kernel.height, layer->stride.height, layer->padding.height),
        windows(in.width, layer->kernel.width, layer->stride.width, layer->padding.width),
    };
    if (layer->output.height > 0 && layer->output.width > 0)
        return BC_OK;
    snprintf(why, sizeof why, "a kernel of %u x %u does not fit its input of %u x %u pixels",
             layer->kernel.height, layer->kernel.width, in.height, in.width);
    return wrong(name, layer, why, err);
}

static bc_status check_add(const bc_spec *spec, bc_layer *layer, bc_shape in, const char *name,
                           bc_error *err) {
    char why[128];
    bc_shape other = shape_of(spec, layer->other);
    layer->output = in;
    if (memcmp(&in, &other, sizeof in) == 0)
        return BC_OK;
    snprintf(why, sizeof why, "cannot add %u x %u x %u and %u x %u x %u (channels, height, width)",
             in.channels, in.height, in.width, other.channels, other.height, other.width);
    return wrong(name, layer, why, err);
}

static bc_status check_flatten(bc_layer *layer, bc_shape in, const char *name, bc_error *err) {
    uint64_t values = (uint64_t)in.channels * in.height * in.width;
    if (values > 64u * BC_CHANNEL_LIMIT)
        return wrong(name, layer, "too many values for a dense layer; pool first", err);
    layer->output = (bc_shape){(uint32_t)values, 1, 1};
    return BC_OK;
}

static bool is_head(bc_layer_kind kind) {
    return kind == BC_LAYER_SIGMOID || kind == BC_LAYER_SOFTMAX;
}

static uint32_t units_before(bc_layer_kind head) {
    return head == BC_LAYER_SOFTMAX ? 2 : 1;
}

static bc_status check_head(const bc_spec *spec, bc_layer *layer, bc_shape in, const char *name,
                            bc_error *err) {
    const bool sigmoid = layer->kind == BC_LAYER_SIGMOID;
    layer->output = in;
    if (layer->input == BC_INPUT_IMAGE || spec->layers[layer->input].kind != BC_LAYER_DENSE)
        return wrong(name, layer,
                     sigmoid ? "must stand behind a dense layer of 1 unit"
                             : "must stand behind a dense layer of 2 units",
                     err);
    if (in.channels == units_before(layer->kind))
        return BC_OK;
    if (sigmoid)
        return wrong(name, layer,
                     in.channels == 2
                         ? "takes 1 output, the logit, not 2; use softmax, or 1 unit"
                         : "takes 1 output, the logit: the dense layer before it must have 1 unit",
                     err);
    return wrong(
        name, layer,
        in.channels == 1
            ? "softmax of one output is always 1, whatever the picture; use sigmoid, or 2 units"
            : "takes 2 outputs, of the negative and of the positive class: the dense layer before it "
              "must have 2 units",
        err);
}

static bc_status check_layer(const bc_spec *spec, bc_layer *layer, const char *name, bc_error *err) {
    bc_shape in = shape_of(spec, layer->input);
    layer->output = in;
    switch (layer->kind) {
    case BC_LAYER_CONV:
        return slide(layer, in, layer->filters, name, err);
    case BC_LAYER_MAX_POOL:
    case BC_LAYER_AVERAGE_POOL:
        return slide(layer, in, in.channels, name, err);
    case BC_LAYER_DENSE:
        layer->output = (bc_shape){layer->filters, 1, 1};
        if (in.height != 1 || in.width != 1)
            return wrong(name, layer, "its input has more than one pixel; flatten or pool first", err);
        return BC_OK;
    case BC_LAYER_GLOBAL_AVERAGE_POOL:
        layer->output = (bc_shape){in.channels, 1, 1};
        return BC_OK;
    case BC_LAYER_FLATTEN:
        return check_flatten(layer, in, name, err);
    case BC_LAYER_ADD:
        return check_add(spec, layer, in, name, err);
    case BC_LAYER_SIGMOID:
    case BC_LAYER_SOFTMAX:
        return check_head(spec, layer, in, name, err);
    default:
        return BC_OK;
    }
}

static bc_status check_limits(const bc_layer *layer, const char *name, bc_error *err) {
    const bc_pair *kernel = &layer->kernel, *stride = &layer->stride;
    bool filters = layer->kind == BC_LAYER_CONV || layer->kind == BC_LAYER_DENSE;
    if (filters && (layer->filters == 0 || layer->filters > BC_CHANNEL_LIMIT))
        return wrong(name, layer, "needs a number of filters or units from 1 to 16384", err);
    if (kernel->height == 0 || kernel->width == 0 || kernel->height > BC_KERNEL_LIMIT ||
        kernel->width > BC_KERNEL_LIMIT)
        return wrong(name, layer, "a kernel has 1 to 64 pixels a side", err);
    if (stride->height == 0 || stride->width == 0 || stride->height > BC_KERNEL_LIMIT ||
        stride->width > BC_KERNEL_LIMIT)
        return wrong(name, layer, "a stride is from 1 to 64", err);
    if (!(layer->rate >= 0 && layer->rate < 1))
        return wrong(name, layer, "a dropout rate is at least 0 and below 1", err);
    if (!(layer->gamma >= 0 && layer->gamma <= BC_GAMMA_LIMIT))
        return wrong(name, layer, "gamma is from 0 to 10", err);
    if (!(fabs(layer->offset) <= BC_OFFSET_LIMIT))
        return wrong(name, layer, "an offset is from -1000 to 1000", err);
    return BC_OK;
}

static bc_status check_graph(const bc_spec *spec, uint32_t index, const char *name, bc_error *err) {
    const bc_layer *layer = &spec->layers[index];
    if (strcmp(layer->name, BC_IMAGE_NAME) == 0)
        return wrong(name, layer, "\"" BC_IMAGE_NAME "\" is the input of the network, and names no layer",
                     err);
    for (uint32_t i = 0; i < index; i++) {
        if (strcmp(spec->layers[i].name, layer->name) == 0)
            return wrong(name, layer, "an earlier layer has the same name", err);
    }
    if ((layer->input != BC_INPUT_IMAGE && layer->input >= index) ||
        (layer->kind == BC_LAYER_ADD && layer->other != BC_INPUT_IMAGE && layer->other >= index))
        return wrong(name, layer, "takes the output of a layer that does not come before it", err);
    return BC_OK;
}

static bc_status check_uses(const bc_spec *spec, const char *name, bc_error *err) {
    for (uint32_t i = 0; i + 1 < spec->count; i++) {
        if (is_head(spec->layers[i].kind))
            return wrong(name, &spec->layers[i], "can only be the last layer", err);
        bool used = false;
        for (uint32_t k = i + 1; k < spec->count; k++)
            used |= spec->layers[k].input == i ||
                    (spec->layers[k].kind == BC_LAYER_ADD && spec->layers[k].other == i);
        if (!used)
            return wrong(name, &spec->layers[i], "nothing takes its output", err);
    }
    return BC_OK;
}

/* By its kind and the first number that gives a name of its own. */
static void name_head(const bc_spec *spec) {
    bc_layer *head = bc_spec_head(spec);
    bool taken = true;
    for (size_t number = 1; taken; number++) {
        snprintf(head->name, sizeof head->name, "%s%zu", kind_names[head->kind], number);
        taken = false;
        for (const bc_layer *layer = spec->layers; layer < head; layer++)
            taken |= strcmp(layer->name, head->name) == 0;
    }
}

static bc_status imply_head(bc_spec *spec, const char *name, bc_error *err) {
    const bc_layer *last = &spec->layers[spec->count - 1];
    if (last->kind != BC_LAYER_DENSE || last->filters > 2)
        return wrong(
            name, last,
            "the last layer must be sigmoid behind dense with 1 unit, softmax behind dense with 2, or "
            "dense with 1 unit, which means sigmoid",
            err);
    if (last->filters == 2)
        return wrong(name, last, "2 units at the end need a softmax layer behind them; or use 1 unit", err);
    bc_layer *head = bc_spec_add(spec, BC_LAYER_SIGMOID, err);
    if (head == NULL)
        return BC_ERROR_MEMORY;
    name_head(spec);
    head->output = (bc_shape){1, 1, 1};
    spec->head_is_implied = true;
    return BC_OK;
}

bc_status bc_spec_check(bc_spec *spec, const char *name, bc_error *err) {
    const bc_shape *in = &spec->input;
    if ((in->channels != 1 && in->channels != 3) || in->height == 0 || in->width == 0 ||
        in->height > BC_SIDE_LIMIT || in->width > BC_SIDE_LIMIT)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: no network for pictures of %u x %u pixels in %u channels",
                       name, in->width, in->height, in->channels);
    const bool stated = spec->count > 0 && is_head(spec->layers[spec->count - 1].kind);
    if (spec->count == 0 || spec->count - stated > BC_LAYER_LIMIT)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: a network has 1 to %d layers", name, BC_LAYER_LIMIT);
    for (uint32_t i = 0; i < spec->count; i++) {
        bc_status status = check_limits(&spec->layers[i], name, err);
        if (status == BC_OK)
            status = check_graph(spec, i, name, err);
        if (status == BC_OK)
            status = check_layer(spec, &spec->layers[i], name, err);
        if (status != BC_OK)
            return status;
    }
    bc_status status = stated ? BC_OK : imply_head(spec, name, err);
    return status == BC_OK ? check_uses(spec, name, err) : status;
}

bc_status bc_spec_choose_head(bc_spec *spec, bc_layer_kind kind, const char *name, bc_error *err) {
    bc_layer *head = bc_spec_head(spec);
    if (head->kind == kind)
        return BC_OK;
    if (!spec->head_is_implied)
        return bc_fail(err, BC_ERROR_USAGE, "%s ends with a %s layer; leave that out, or do not ask for %s",
                       name, kind_names[head->kind], kind_names[kind]);
    spec->layers[head->input].filters = units_before(kind);
    head->kind = kind;
    name_head(spec);
    return bc_spec_check(spec, name, err);
}
