/* The numbers of a network: which tensors it has, where they lie, and their first values. */
#include <bclass/network.h>

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The input shape of a layer. */
static bc_shape input_shape(const bc_spec *spec, const bc_layer *layer) {
    return layer->input == BC_INPUT_IMAGE ? spec->input : spec->layers[layer->input].output;
}

static bool is_before_softmax(const bc_spec *spec, uint32_t layer) {
    const bc_layer *head = bc_spec_head(spec);
    return head->kind == BC_LAYER_SOFTMAX && head->input == layer;
}

static void add_tensor(bc_network *network, uint32_t layer, const char *part, const uint32_t *shape,
                       uint32_t rank, bool decays) {
    bc_tensor *tensor = &network->tensors[network->tensor_count++];
    *tensor = (bc_tensor){
        .layer = layer, .rank = rank, .offset = network->count, .count = 1, .decays = decays, .rate = 1};
    if (is_before_softmax(&network->spec, layer))
        tensor->rate = 0.5f;
    snprintf(tensor->name, sizeof tensor->name, "%s.%s", network->spec.layers[layer].name, part);
    for (uint32_t i = 0; i < rank; i++) {
        tensor->shape[i] = shape[i];
        tensor->count *= shape[i]; /* at most 16384^2 * 64^2 < 2^41 */
    }
    network->count += tensor->count;
}

static void add_learned(bc_network *network, uint32_t index) {
    const bc_layer *layer = &network->spec.layers[index];
    bc_shape in = input_shape(&network->spec, layer);
    bool conv = layer->kind == BC_LAYER_CONV;
    if (conv || layer->kind == BC_LAYER_DENSE) {
        const uint32_t shape[] = {layer->filters, in.channels, layer->kernel.height, layer->kernel.width};
        add_tensor(network, index, "weight", shape, conv ? 4 : 2, true);
        if (layer->bias)
            add_tensor(network, index, "bias", shape, 1, false);
    } else if (layer->kind == BC_LAYER_BATCH_NORM) {
        add_tensor(network, index, "weight", &in.channels, 1, false);
        add_tensor(network, index, "bias", &in.channels, 1, false);
    }
}

static void add_statistics(bc_network *network, uint32_t index) {
    const bc_layer *layer = &network->spec.layers[index];
    if (layer->kind != BC_LAYER_BATCH_NORM)
        return;
    add_tensor(network, index, "running_mean", &layer->output.channels, 1, false);
    add_tensor(network, index, "running_var", &layer->output.channels, 1, false);
}

bc_status bc_network_create(bc_network *network, bc_spec *spec, size_t most, bc_error *err) {
    enum { TENSORS_A_LAYER = 4 };
    void *block;
    *network = (bc_network){.spec = *spec};
    *spec = (bc_spec){0};
    bc_status status = bc_alloc(&block, network->spec.count * TENSORS_A_LAYER, sizeof *network->tensors, err);
    network->tensors = block;
    if (status != BC_OK)
        return status;
    for (uint32_t i = 0; i < network->spec.count; i++)
        add_learned(network, i);
    network->learned = network->count;
    for (uint32_t i = 0; i < network->spec.count; i++)
        add_statistics(network, i);
    most = most < BC_PARAMETER_LIMIT ? most : BC_PARAMETER_LIMIT;
    if (network->count > most)
        return bc_fail(err, BC_ERROR_LIMIT,
                       "a network of %zu parameters is more than the limit of %zu; smaller pictures or "
                       "layers need fewer",
                       network->count, most);
    status = bc_alloc_aligned(&block, network->count, sizeof *network->values, err);
    network->values = block;
    return status;
}

void bc_network_free(bc_network *network) {
    if (network == NULL)
        return;
    bc_spec_free(&network->spec);
    free(network->tensors);
    free(network->values);
    *network = (bc_network){0};
}

const bc_tensor *bc_network_tensor(const bc_network *network, uint32_t layer, const char *part) {
    for (const bc_tensor *tensor = network->tensors; tensor < network->tensors + network->tensor_count;
         tensor++) {
        if (tensor->layer == layer && strcmp(strrchr(tensor->name, '.') + 1, part) == 0)
            return tensor;
    }
    return NULL;
}

static void fill(bc_network *network, const bc_tensor *tensor, float value) {
    for (size_t i = 0; i < tensor->count; i++)
        network->values[tensor->offset + i] = value;
}

/* What stands in the second half of count numbers: half of it there, and with the other sign in the first
 * half. */
static void mirror(float *values, size_t count) {
    float *second = values + count / 2;
    for (size_t i = 0; i < count / 2; i++) {
        second[i] *= 0.5f;
        values[i] = -second[i];
    }
}

/* Uniform within +-sqrt(6 / fan_in) has He's variance 2 / fan_in. The layer before the head starts at a tenth
 * of it, so that the first scores are near one half. */
static void draw(bc_network *network, const bc_tensor *tensor, uint64_t seed) {
    size_t fan_in = tensor->count / tensor->shape[0];
    double bound = sqrt(6.0 / (double)fan_in);
    if (bc_spec_head(&network->spec)->input == tensor->layer)
        bound *= 0.1;
    const bool halves = is_before_softmax(&network->spec, tensor->layer);
    float *values = network->values + tensor->offset;
    bc_random random = bc_random_keyed(seed, BC_RANDOM_WEIGHTS, tensor->layer, 0);
    for (size_t i = halves ? tensor->count / 2 : 0; i < tensor->count; i++)
        values[i] = (float)((2 * bc_random_uniform(&random) - 1) * bound);
    if (halves)
        mirror(values, tensor->count);
}

void bc_network_initialise(bc_network *network, uint64_t seed) {
    for (const bc_tensor *tensor = network->tensors; tensor < network->tensors + network->tensor_count;
         tensor++) {
        const char *part = strrchr(tensor->name, '.') + 1;
        if (tensor->decays)
            draw(network, tensor, seed);
        else if (strcmp(part, "weight") == 0 || strcmp(part, "running_var") == 0)
            fill(network, tensor, 1);
        else
            fill(network, tensor, 0);
    }
}
