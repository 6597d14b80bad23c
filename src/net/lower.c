/* Lowers the layers of a network to the steps of a plan: what is fused, which kernels a step uses, and where
 * gradients flow. */
#include "plan_build.h"

#include "base/memory.h"

#include <stdlib.h>

/* What lowering knows of each layer. */
typedef struct lowering {
    bc_plan *plan;
    const bc_spec *spec;
    uint32_t *value;      /* of each layer */
    uint32_t *consumers;  /* how many layers take its output */
    uint32_t *consumer;   /* the last of them */
    bool *is_done;        /* computed by an earlier layer's step */
    uint32_t image_value; /* the picture in channel blocks, or BC_NO_VALUE */
} lowering;

static void count_consumer(lowering *low, uint32_t input, uint32_t by) {
    if (input == BC_INPUT_IMAGE)
        return;
    low->consumers[input]++;
    low->consumer[input] = by;
}

static void count_consumers(lowering *low) {
    for (uint32_t i = 0; i < low->spec->count; i++) {
        const bc_layer *layer = &low->spec->layers[i];
        count_consumer(low, layer->input, i);
        if (layer->kind == BC_LAYER_ADD)
            count_consumer(low, layer->other, i);
    }
}

/* The layer that alone takes the output of this one, if it is of that kind. */
static bool only_consumer(const lowering *low, uint32_t layer, bc_layer_kind kind, uint32_t *found) {
    *found = low->consumer[layer];
    return low->consumers[layer] == 1 && low->spec->layers[*found].kind == kind;
}

static bc_step *new_step(bc_plan *plan, const char *name, uint32_t layer) {
    bc_step *step = &plan->steps[plan->step_count++];
    *step = (bc_step){.name = name, .layer = layer};
    return step;
}

static bc_step *start_import(lowering *low, bc_shape shape) {
    bc_step *step = new_step(low->plan, "image", 0);
    step->is_image = true;
    step->dst = bc_plan_value(low->plan, shape);
    return step;
}

/* The value that an import of the same kind has made; BC_NO_VALUE: none has. */
static uint32_t find_planar(const lowering *low, bc_pair border) {
    for (const bc_step *step = low->plan->steps; step < low->plan->steps + low->plan->step_count; step++) {
        if (step->is_planar && step->border.height == border.height && step->border.width == border.width)
            return step->dst;
    }
    return BC_NO_VALUE;
}

/* The planar picture is one pixel of many channels. */
static uint32_t planar_value(lowering *low, bc_pair border) {
    const bc_shape *in = &low->spec->input;
    const uint32_t height = in->height + 2 * border.height, width = in->width + 2 * border.width;
    const uint32_t found = find_planar(low, border);
    if (found != BC_NO_VALUE)
        return found;
    bc_step *step = start_import(low, (bc_shape){in->channels * height * width, 1, 1});
    step->is_planar = true;
    step->border = border;
    bc_import_emit(low->plan, step);
    return step->dst;
}

/* The picture as a value in channel blocks, for layers that do not read the planar one. */
static uint32_t image_value(lowering *low) {
    if (low->image_value != BC_NO_VALUE)
        return low->image_value;
    bc_step *step = start_import(low, low->spec->input);
    bc_import_emit(low->plan, step);
    return low->image_value = step->dst;
}

/* Training, it is taken where it is. */
static uint32_t flat_image_value(lowering *low) {
    const bc_shape *in = &low->spec->input;
    if (low->plan->purpose == BC_TO_PREDICT)
        return planar_value(low, (bc_pair){0, 0});
    const uint32_t value = bc_plan_value(low->plan, (bc_shape){in->channels * in->height * in->width, 1, 1});
    low->plan->values[value].data = low->plan->images;
    return value;
}

static uint32_t source(lowering *low, uint32_t layer) {
    return layer == BC_INPUT_IMAGE ? image_value(low) : low->value[layer];
}

static void set_norm(const lowering *low, bc_step *step, uint32_t layer) {
    const bc_network *network = low->plan->network;
    step->norm_weight = bc_network_tensor(network, layer, "weight");
    step->norm_bias = bc_network_tensor(network, layer, "bias");
    step->norm_mean = bc_network_tensor(network, layer, "running_mean");
    step->norm_variance = bc_network_tensor(network, layer, "running_var");
}

static bc_pooling pooling_window(const bc_layer *layer, bc_shape in) {
    bool global = layer->kind == BC_LAYER_GLOBAL_AVERAGE_POOL;
    return (bc_pooling){
        .src_height = in.height,
        .src_width = in.width,
        .dst_height = layer->output.height,
        .dst_width = layer->output.width,
        .kernel_height = global ? in.height : layer->kernel.height,
        .kernel_width = global ? in.width : layer->kernel.width,
        .stride_height = global ? 1 : layer->stride.height,
        .stride_width = global ? 1 : layer->stride.width,
        .pad_height = global ? 0 : layer->padding.height,
        .pad_width = global ? 0 : layer->padding.width,
    };
}

static bool is_halving(const lowering *low, uint32_t index) {
    const bc_layer *layer = &low->spec->layers[index];
    const bc_pooling window = pooling_window(layer, low->spec->layers[layer->input].output);
    return bc_pooling_halves(&window);
}

/* Lets the step compute the layers behind it that it can: returns the last one. */
static uint32_t fuse(lowering *low, bc_step *step, uint32_t layer) {
    uint32_t next;
    bool is_product = step->weight != NULL;
    if (is_product && low->plan->purpose == BC_TO_PREDICT &&
        only_consumer(low, layer, BC_LAYER_BATCH_NORM, &next)) {
        set_norm(low, step, next);
        low->is_done[next] = true;
        layer = next;
    }
    if (only_consumer(low, layer, BC_LAYER_RELU, &next)) {
        step->relu = true;
        low->is_done[next] = true;
        layer = next;
    }
    if (low->plan->purpose == BC_TO_PREDICT && is_product && bc_winograd_suits(&step->conv) &&
        only_consumer(low, layer, BC_LAYER_MAX_POOL, &next) && is_halving(low, next)) {
        step->halved = true;
        low->is_done[next] = true;
        layer = next;
    }
    return layer;
}

/* Only the last of the fused layers has a value that others can ask for. The step has its sources and
 * weights. */
static void finish_step(lowering *low, bc_step *step, uint32_t last, bool from_image) {
    bc_plan *plan = low->plan;
    step->src_is_wanted = !from_image && plan->values[step->src].wants_diff;
    step->dst = bc_plan_value(plan, low->spec->layers[last].output);
    low->value[last] = step->dst;
    plan->values[step->dst].wants_diff =
        step->weight != NULL || step->norm_weight != NULL || step->src_is_wanted;
}

static bc_conv describe_product(const lowering *low, uint32_t index) {
    const bc_layer *layer = &low->spec->layers[index];
    const bool is_conv = layer->kind == BC_LAYER_CONV;
    bc_conv c = {
        .in = layer->input == BC_INPUT_IMAGE ? low->spec->input : low->spec->layers[layer->input].output,
        .out = layer->output,
        .kernel = is_conv ? layer->kernel : (bc_pair){1, 1},
        .stride = is_conv ? layer->stride : (bc_pair){1, 1},
        .padding = is_conv ? layer->padding : (bc_pair){0, 0},
        .from_image = is_conv && layer->input == BC_INPUT_IMAGE,
    };
    c.in_blocks = bc_block_count(c.in.channels);
    c.out_blocks = bc_block_count(c.out.channels);
    c.is_dense =
        !c.from_image && c.in.height == 1 && c.in.width == 1 && c.kernel.height == 1 && c.kernel.width == 1;
    return c;
}

static bc_step *start_pooling(lowering *low, uint32_t index, uint32_t src) {
    const bc_layer *layer = &low->spec->layers[index];
    bc_step *step = new_step(low->plan, layer->name, index);
    step->src = src;
    step->window = pooling_window(layer, low->plan->values[src].shape);
    finish_step(low, step, index, false);
    return step;
}

/* Whether the layer's value is taken only by a convolution that can compute it as it reads it. */
static bool is_read_lazily(const lowering *low, uint32_t layer) {
    uint32_t next;
    if (!only_consumer(low, layer, BC_LAYER_CONV, &next))
        return false;
    const bc_conv conv = describe_product(low, next);
    return bc_winograd_suits(&conv);
}

/* Leaves what stands behind a batch norm, up to its last layer or a pooling behind that, to be computed when
 * it is read. Only a convolution before the norm, whose own gradient is read through it, finds the way back
 * through the pooling. */
static void make_lazy(lowering *low, bc_step *norm, uint32_t last, bool behind_conv) {
    bc_plan *plan = low->plan;
    uint32_t pool;
    if (is_read_lazily(low, last)) {
        norm->norm.lazy = norm->dst;
    } else if (behind_conv && only_consumer(low, last, BC_LAYER_MAX_POOL, &pool) &&
               is_read_lazily(low, pool)) {
        const bc_step *step = start_pooling(low, pool, norm->dst);
        low->is_done[pool] = true;
        norm->norm.lazy = step->dst;
        plan->values[step->dst].lazy_pool = step;
    }
    if (norm->norm.lazy != BC_NO_VALUE)
        plan->values[norm->norm.lazy].lazy_norm = norm;
}

static bc_step *start_norm(lowering *low, uint32_t index, uint32_t src, bool behind_conv) {
    bc_step *step = new_step(low->plan, low->spec->layers[index].name, index);
    step->src = src;
    step->norm.lazy = BC_NO_VALUE;
    set_norm(low, step, index);
    uint32_t last = fuse(low, step, index);
    finish_step(low, step, last, false);
    bc_norm_reserve(low->plan, step);
    if (low->plan->purpose == BC_TO_TRAIN)
        make_lazy(low, step, last, behind_conv);
    return step;
}

static void lower_norm(lowering *low, uint32_t index) {
    bc_step *step = start_norm(low, index, source(low, low->spec->layers[index].input), false);
    bc_norm_emit(low->plan, step);
}

/* The batch norm that alone takes what a convolution gives, when training: the convolution measures for it,
 * and reads its own gradient through it. NULL when there is none. */
static bc_step *norm_behind(lowering *low, bc_step *step, uint32_t last) {
    uint32_t next;
    if (low->plan->purpose != BC_TO_TRAIN || step->conv.is_dense || step->relu ||
        !only_consumer(low, last, BC_LAYER_BATCH_NORM, &next))
        return NULL;
    bc_step *norm = start_norm(low, next, step->dst, true);
    low->is_done[next] = true;
    low->plan->values[step->dst].diff_norm = norm;
    step->norm_behind = norm;
    return norm;
}

/* Rows at the border of those that are read at a time are computed twice, which must be cheap. */
static bool is_computed_lazily(const lowering *low, const bc_step *step, uint32_t last) {
    enum { MOST_TAPS = 32 };
    const bc_conv *c = &step->conv;
    return low->plan->purpose == BC_TO_PREDICT && c->from_image && is_read_lazily(low, last) &&
           (size_t)c->in.channels * c->kernel.height * c->kernel.width <= MOST_TAPS;
}

static void make_conv_lazy(bc_plan *plan, bc_step *step) {
    plan->values[step->dst].lazy_conv = step;
    bc_conv_emit_lazy(plan, step);
}

static void lower_product(lowering *low, uint32_t index) {
    bc_plan *plan = low->plan;
    const bc_layer *layer = &low->spec->layers[index];
    const bc_conv conv = describe_product(low, index);
    uint32_t src = 0;
    if (!conv.from_image)
        src = source(low, layer->input);
    else if (plan->purpose == BC_TO_PREDICT)
        src = planar_value(low, conv.padding);
    bc_step *step = new_step(plan, layer->name, index);
    step->src = src;
    step->weight = bc_network_tensor(plan->network, index, "weight");
    step->bias = bc_network_tensor(plan->network, index, "bias");
    step->conv = conv;
    uint32_t last = fuse(low, step, index);
    finish_step(low, step, last, conv.from_image);
    bc_step *norm = norm_behind(low, step, last);
    if (conv.is_dense)
        bc_dense_emit(plan, step);
    else if (bc_winograd_suits(&conv))
        bc_winograd_emit(plan, step);
    else if (is_computed_lazily(low, step, last))
        make_conv_lazy(plan, step);
    else
        bc_conv_emit(plan, step);
    if (norm != NULL)
        bc_norm_emit(plan, norm);
}

static void lower_pooling(lowering *low, uint32_t index) {
    bc_step *step = start_pooling(low, index, source(low, low->spec->layers[index].input));
    bc_pooling_emit(low->plan, step);
}

static void lower_element(lowering *low, uint32_t index) {
    const bc_layer *layer = &low->spec->layers[index];
    if (layer->kind == BC_LAYER_FLATTEN && layer->input == BC_INPUT_IMAGE) {
        low->value[index] = flat_image_value(low);
        return;
    }
    uint32_t src = source(low, layer->input), last = index;
    uint32_t other = layer->kind == BC_LAYER_ADD ? source(low, layer->other) : src;
    const bc_shape *in = &low->plan->values[src].shape;
    bool same =
        (layer->kind == BC_LAYER_FLATTEN && in->height == 1 && in->width == 1) ||
        (layer->kind == BC_LAYER_DROPOUT && (low->plan->purpose == BC_TO_PREDICT || layer->rate == 0));
    if (same) {
        low->value[index] = src;
        return;
    }
    bc_step *step = new_step(low->plan, layer->name, index);
    step->src = src;
    step->other = other;
    step->rate = layer->rate;
    if (layer->kind == BC_LAYER_ADD)
        last = fuse(low, step, index);
    finish_step(low, step, last, false);
    if (layer->kind == BC_LAYER_ADD && low->plan->values[other].wants_diff)
        low->plan->values[step->dst].wants_diff = true;
    bc_element_emit(low->plan, step);
}

static void lower_layer(lowering *low, uint32_t index) {
    switch (low->spec->layers[index].kind) {
    case BC_LAYER_CONV:
    case BC_LAYER_DENSE:
        lower_product(low, index);
        break;
    case BC_LAYER_BATCH_NORM:
        lower_norm(low, index);
        break;
    case BC_LAYER_MAX_POOL:
    case BC_LAYER_AVERAGE_POOL:
    case BC_LAYER_GLOBAL_AVERAGE_POOL:
        lower_pooling(low, index);
        break;
    case BC_LAYER_SIGMOID:
    case BC_LAYER_SOFTMAX: /* the loss and the results apply it */
        low->value[index] = source(low, low->spec->layers[index].input);
        break;
    default:
        lower_element(low, index);
    }
}

static void emit_backward(bc_plan *plan, const bc_spec *spec, bc_step *step) {
    switch (spec->layers[step->layer].kind) {
    case BC_LAYER_CONV:
    case BC_LAYER_DENSE:
        if (step->conv.is_dense)
            bc_dense_emit_backward(plan, step);
        else if (bc_winograd_suits(&step->conv))
            bc_winograd_emit_backward(plan, step);
        else
            bc_conv_emit_backward(plan, step);
        break;
    case BC_LAYER_BATCH_NORM:
        bc_norm_emit_backward(plan, step);
        break;
    case BC_LAYER_MAX_POOL:
    case BC_LAYER_AVERAGE_POOL:
    case BC_LAYER_GLOBAL_AVERAGE_POOL:
        bc_pooling_emit_backward(plan, step);
        break;
    default:
        bc_element_emit_backward(plan, step);
    }
}

static bool has_backward(const bc_plan *plan, const bc_step *step) {
    return !step->is_image && plan->values[step->dst].wants_diff; /* else no weights before it, nor its own */
}

/* Those of all the dense steps [first, last) at once, so that threads do not wait between. */
static void emit_dense_weights(bc_plan *plan, size_t first, size_t last) {
    bool is_beside = false;
    for (size_t i = last; i-- > first;) {
        if (!has_backward(plan, &plan->steps[i]))
            continue;
        bc_dense_emit_weights(plan, &plan->steps[i], is_beside);
        is_beside = true;
    }
}

/* For the steps [0, end). */
static void emit_backward_all(bc_plan *plan, const bc_spec *spec, size_t end) {
    for (size_t i = end; i-- > 0 && plan->status == BC_OK;) {
        bc_step *step = &plan->steps[i];
        if (!has_backward(plan, step))
            continue;
        if (!step->conv.is_dense) {
            emit_dense_weights(plan, i + 1, end);
            end = i;
        }
        emit_backward(plan, spec, step);
    }
    emit_dense_weights(plan, 0, end);
}

static bc_status alloc_lowering(lowering *low, bc_error *err) {
    const size_t count = low->spec->count;
    void *value, *consumers = NULL, *consumer = NULL, *is_done = NULL;
    bc_status status = bc_alloc(&value, count, sizeof *low->value, err);
    if (status == BC_OK)
        status = bc_alloc(&consumers, count, sizeof *low->consumers, err);
    if (status == BC_OK)
        status = bc_alloc(&consumer, count, sizeof *low->consumer, err);
    if (status == BC_OK)
        status = bc_alloc(&is_done, count, sizeof *low->is_done, err);
    low->value = value;
    low->consumers = consumers;
    low->consumer = consumer;
    low->is_done = is_done;
    return status;
}

static void free_lowering(lowering *low) {
    free(low->value);
    free(low->consumers);
    free(low->consumer);
    free(low->is_done);
}

static void lower_all(lowering *low) {
    bc_plan *plan = low->plan;
    const uint32_t last = (uint32_t)low->spec->count - 1;
    count_consumers(low);
    for (uint32_t i = 0; i <= last && plan->status == BC_OK; i++) {
        if (!low->is_done[i])
            lower_layer(low, i);
    }
    if (plan->status != BC_OK)
        return;
    plan->logits = low->value[last];
    bc_step *end = new_step(plan, plan->purpose == BC_TO_TRAIN ? "loss" : "results", last);
    end->src = plan->logits;
    if (plan->purpose == BC_TO_PREDICT) {
        bc_results_emit(plan, end);
        return;
    }
    plan->buffers[plan->values[plan->logits].data].last = SIZE_MAX; /* to be read after the run */
    bc_loss_emit(plan, end);
    emit_backward_all(plan, low->spec, plan->step_count - 1);
}

bc_status bc_plan_lower(bc_plan *plan, bc_error *err) {
    lowering low = {.plan = plan, .spec = &plan->network->spec, .image_value = BC_NO_VALUE};
    bc_status status = alloc_lowering(&low, err);
    if (status == BC_OK)
        lower_all(&low);
    free_lowering(&low);
    return status == BC_OK ? plan->status : status;
}
