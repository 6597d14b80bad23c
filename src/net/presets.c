/* The networks that have a name. */
#include <bclass/network.h>

#include "spec_json.h"

#include <string.h>

const char *const bc_preset_names[] = {"mlp", "small", "resnet", "wide", NULL};

/* Collects layers; the first failure is kept and ends the rest. */
typedef struct building {
    bc_spec *spec;
    bc_error *err;
    bc_status status;
} building;

static bc_layer *add(building *b, bc_layer_kind kind) {
    if (b->status != BC_OK)
        return NULL;
    bc_layer *layer = bc_spec_add(b->spec, kind, b->err);
    if (layer == NULL)
        b->status = BC_ERROR_MEMORY;
    return layer;
}

static void dense(building *b, uint32_t units) {
    bc_layer *layer = add(b, BC_LAYER_DENSE);
    if (layer != NULL)
        layer->filters = units;
}

/* 3x3 convolution, batch norm and ReLU. The norm has the bias. */
static void conv_norm_relu(building *b, uint32_t filters) {
    bc_layer *layer = add(b, BC_LAYER_CONV);
    if (layer != NULL) {
        layer->filters = filters;
        layer->bias = false;
    }
    add(b, BC_LAYER_BATCH_NORM);
    add(b, BC_LAYER_RELU);
}

/* x + f(x) with two convolutions in f. */
static void residual(building *b, uint32_t filters) {
    uint32_t before = (uint32_t)b->spec->count - 1;
    conv_norm_relu(b, filters);
    conv_norm_relu(b, filters);
    bc_layer *layer = add(b, BC_LAYER_ADD);
    if (layer != NULL)
        layer->other = before;
}

static void mlp(building *b) {
    add(b, BC_LAYER_FLATTEN);
    dense(b, 256);
    add(b, BC_LAYER_RELU);
    dense(b, 64);
    add(b, BC_LAYER_RELU);
    dense(b, 1);
}

static void pool_if_larger(building *b, bc_layer_kind kind, uint32_t *side, uint32_t than) {
    if (*side > than) {
        add(b, kind);
        *side /= 2;
    }
}

/* Five convolutions; larger pictures get a pooling and a sixth. */
static void small(building *b, uint32_t side) {
    conv_norm_relu(b, 32);
    conv_norm_relu(b, 32);
    pool_if_larger(b, BC_LAYER_MAX_POOL, &side, 7);
    conv_norm_relu(b, 64);
    conv_norm_relu(b, 64);
    pool_if_larger(b, BC_LAYER_MAX_POOL, &side, 7);
    conv_norm_relu(b, 128);
    if (side > 12) {
        pool_if_larger(b, BC_LAYER_MAX_POOL, &side, 12);
        conv_norm_relu(b, 128);
    }
    add(b, BC_LAYER_GLOBAL_AVERAGE_POOL);
    dense(b, 1);
}

/* The greatest value of each channel. */
static void global_max_pool(building *b, uint32_t side) {
    bc_layer *layer = add(b, BC_LAYER_MAX_POOL);
    if (layer != NULL)
        layer->kernel = layer->stride = (bc_pair){side, side};
    add(b, BC_LAYER_FLATTEN);
}

static void dropout(building *b, float rate) {
    bc_layer *layer = add(b, BC_LAYER_DROPOUT);
    if (layer != NULL)
        layer->rate = rate;
}

/* Eight convolutions, four of them in two residual blocks (He et al. 2016); pool is the kind of all poolings
 * between them but the first. */
static void resnet(building *b, uint32_t side, uint32_t width, bc_layer_kind pool) {
    conv_norm_relu(b, width);
    conv_norm_relu(b, 2 * width);
    pool_if_larger(b, BC_LAYER_MAX_POOL, &side, 7);
    residual(b, 2 * width);
    conv_norm_relu(b, 4 * width);
    pool_if_larger(b, pool, &side, 7);
    conv_norm_relu(b, 8 * width);
    pool_if_larger(b, pool, &side, 7);
    while (side > 12)
        pool_if_larger(b, pool, &side, 12);
    residual(b, 8 * width);
    global_max_pool(b, side);
    dropout(b, 0.2f);
    dense(b, 1);
}

bc_status bc_spec_preset(bc_spec *spec, const char *name, bc_shape input, bc_error *err) {
    *spec = (bc_spec){.input = input};
    building b = {spec, err, BC_OK};
    uint32_t side = input.width < input.height ? input.width : input.height;
    if (strcmp(name, "mlp") == 0)
        mlp(&b);
    else if (strcmp(name, "small") == 0)
        small(&b, side);
    else if (strcmp(name, "resnet") == 0)
        resnet(&b, side, 16, BC_LAYER_MAX_POOL);
    else if (strcmp(name, "wide") == 0)
        resnet(&b, side, 32, BC_LAYER_AVERAGE_POOL);
    else
        return bc_fail(err, BC_ERROR_USAGE,
                       "no preset '%s'; there are mlp, small, resnet and wide, or a JSON file", name);
    return b.status == BC_OK ? bc_spec_check(spec, name, err) : b.status;
}
