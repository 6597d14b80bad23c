/* Builds one network of several. */
#include "ensemble.h"

#include "plan_build.h"
#include "spec_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Layers of a member without its head. */
static size_t body_layers(const bc_spec *spec) {
    return spec->count - 1;
}

bc_status bc_ensemble_check(const bc_network *network, size_t count, bc_error *err) {
    if (bc_spec_head(&network->spec)->gamma > 0)
        return bc_fail(
            err, BC_ERROR_USAGE,
            "networks trained with the focal loss cannot be one: each one's logit is to be corrected "
            "before the mean is taken; take --final refit or --loss bce");
    const size_t layers = count * (body_layers(&network->spec) + 1) + count; /* the sums and their mean */
    if (layers > BC_LAYER_LIMIT)
        return bc_fail(
            err, BC_ERROR_LIMIT,
            "%zu networks of %zu layers are together more than the %d layers that a model may have", count,
            body_layers(&network->spec), BC_LAYER_LIMIT);
    if (network->count > BC_PARAMETER_LIMIT / (count + 1))
        return bc_fail(err, BC_ERROR_LIMIT,
                       "%zu networks of %zu parameters are together more than the %d that a model may have",
                       count, network->count, BC_PARAMETER_LIMIT);
    return BC_OK;
}

/* ---- layers ---- */

typedef struct building {
    bc_spec *spec;
    const bc_spec *member;
    bool by_number; /* layers are named by kind and number */
    bc_error *err;
} building;

static bool is_name_too_long(const bc_spec *member, size_t count) {
    char name[2 * BC_LAYER_NAME_SIZE];
    for (size_t i = 0; i < body_layers(member); i++) {
        if (snprintf(name, sizeof name, "fold%zu-%s", count, member->layers[i].name) >= BC_LAYER_NAME_SIZE)
            return true;
    }
    return false;
}

static void name_layer(bc_layer *layer, const building *b, size_t number, size_t index) {
    const bc_layer *own = &b->member->layers[index];
    char name[3 * BC_LAYER_NAME_SIZE];
    if (b->by_number)
        snprintf(name, sizeof name, "fold%zu-%s%zu", number, bc_layer_kind_name(own->kind), index + 1);
    else
        snprintf(name, sizeof name, "fold%zu-%s", number, own->name);
    memcpy(layer->name, name, sizeof layer->name - 1);
    layer->name[sizeof layer->name - 1] = '\0';
}

/* Where a member's layer stands whose norm of the picture is at first. */
static uint32_t moved(uint32_t index, uint32_t first) {
    return index == BC_INPUT_IMAGE ? first : first + 1 + index;
}

static bc_status add_branch(building *b, size_t number) {
    const uint32_t first = (uint32_t)b->spec->count;
    bc_layer *norm = bc_spec_add(b->spec, BC_LAYER_BATCH_NORM, b->err);
    if (norm == NULL)
        return BC_ERROR_MEMORY;
    norm->input = BC_INPUT_IMAGE;
    snprintf(norm->name, sizeof norm->name, "normalise%zu", number);
    for (size_t i = 0; i < body_layers(b->member); i++) {
        bc_layer *layer = bc_spec_add(b->spec, b->member->layers[i].kind, b->err);
        if (layer == NULL)
            return BC_ERROR_MEMORY;
        *layer = b->member->layers[i];
        layer->input = moved(layer->input, first);
        if (layer->kind == BC_LAYER_ADD)
            layer->other = moved(layer->other, first);
        if (i + 1 == body_layers(b->member))
            layer->filters = 1; /* before a softmax: the difference */
        name_layer(layer, b, number, i);
    }
    return BC_OK;
}

/* Adds up the branches' last layers, each so many layers behind the one before. */
static bc_status add_mean(building *b, size_t count) {
    const uint32_t branch = (uint32_t)body_layers(b->member) + 1;
    for (size_t i = 1; i < count; i++) {
        bc_layer *sum = bc_spec_add(b->spec, BC_LAYER_ADD, b->err);
        if (sum == NULL)
            return BC_ERROR_MEMORY;
        sum->input = i == 1 ? branch - 1 : (uint32_t)b->spec->count - 2;
        sum->other = (uint32_t)(i + 1) * branch - 1;
        snprintf(sum->name, sizeof sum->name, "sum%zu", i + 1);
    }
    bc_layer *mean = bc_spec_add(b->spec, BC_LAYER_DENSE, b->err);
    if (mean == NULL)
        return BC_ERROR_MEMORY;
    mean->filters = 1;
    mean->bias = false;
    snprintf(mean->name, sizeof mean->name, "mean");
    return BC_OK;
}

static bc_status add_head(building *b, const bc_ensemble_member *members, size_t count) {
    bc_layer *head = bc_spec_add(b->spec, BC_LAYER_SIGMOID, b->err);
    if (head == NULL)
        return BC_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++)
        head->offset += members[i].offset / (double)count;
    return BC_OK;
}

static bc_status build(bc_spec *spec, const bc_spec *member, const bc_ensemble_member *members, size_t count,
                       bc_error *err) {
    *spec = (bc_spec){.input = member->input};
    building b = {spec, member, is_name_too_long(member, count), err};
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < count; i++)
        status = add_branch(&b, i + 1);
    if (status == BC_OK)
        status = add_mean(&b, count);
    if (status == BC_OK)
        status = add_head(&b, members, count);
    return status == BC_OK ? bc_spec_check(spec, "ensemble", err) : status;
}

/* ---- values ---- */

/* For x = (byte - mean) / deviation of the ensemble the norm gives (byte - own mean) / own deviation. */
static void set_norm(bc_network *ensemble, uint32_t layer, const bc_preprocess *own,
                     const bc_preprocess *shared) {
    float *weight = ensemble->values + bc_network_tensor(ensemble, layer, "weight")->offset;
    float *mean = ensemble->values + bc_network_tensor(ensemble, layer, "running_mean")->offset;
    float *variance = ensemble->values + bc_network_tensor(ensemble, layer, "running_var")->offset;
    for (uint32_t c = 0; c < shared->channels; c++) {
        const double deviation = (double)shared->deviation[c];
        weight[c] = (float)(deviation / (double)own->deviation[c] * sqrt(1 + bc_norm_epsilon));
        mean[c] = (float)(((double)own->mean[c] - (double)shared->mean[c]) / deviation);
        variance[c] = 1;
    }
}

/* The tensor of a branch is that of the member, or of two outputs the difference. */
static void copy_tensor(float *dst, size_t count, const float *src, size_t src_count) {
    if (count == src_count) {
        memcpy(dst, src, count * sizeof *dst);
        return;
    }
    for (size_t i = 0; i < count; i++)
        dst[i] = src[count + i] - src[i];
}

static void set_branch(bc_network *ensemble, const bc_network *network, const bc_ensemble_member *member,
                       uint32_t first) {
    for (const bc_tensor *t = network->tensors; t < network->tensors + network->tensor_count; t++) {
        const bc_tensor *own = bc_network_tensor(ensemble, first + 1 + t->layer, strrchr(t->name, '.') + 1);
        copy_tensor(ensemble->values + own->offset, own->count, member->values + t->offset, t->count);
    }
}

bc_status bc_ensemble_create(bc_network *ensemble, const bc_network *network,
                             const bc_ensemble_member *members, size_t count, const bc_preprocess *shared,
                             bc_error *err) {
    const size_t branch = body_layers(&network->spec) + 1;
    bc_spec spec = {0};
    *ensemble = (bc_network){0};
    bc_status status = bc_ensemble_check(network, count, err);
    if (status == BC_OK)
        status = build(&spec, &network->spec, members, count, err);
    if (status == BC_OK)
        status = bc_network_create(ensemble, &spec, BC_PARAMETER_LIMIT, err);
    bc_spec_free(&spec);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        const uint32_t first = (uint32_t)(i * branch);
        set_norm(ensemble, first, &members[i].preprocess, shared);
        set_branch(ensemble, network, &members[i], first);
    }
    const uint32_t mean = bc_spec_head(&ensemble->spec)->input;
    ensemble->values[bc_network_tensor(ensemble, mean, "weight")->offset] = (float)(1 / (double)count);
    return BC_OK;
}
