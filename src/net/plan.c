/* Compiles a network into a plan, and runs it. */
#include "plan_build.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- building blocks ---- */

static void fail(bc_plan *plan, bc_status status) {
    if (plan->status == BC_OK)
        plan->status = status;
}

static size_t align_floats(size_t floats) {
    enum { FLOATS = BC_ALIGNMENT / sizeof(float) };
    return (floats + FLOATS - 1) / FLOATS * FLOATS;
}

uint32_t bc_plan_buffer(bc_plan *plan, size_t count, size_t size) {
    void *block = plan->buffers;
    size_t floats;
    if (!bc_size_multiply(&floats, count, size) || floats > SIZE_MAX / 64) {
        fail(plan, bc_fail(plan->err, BC_ERROR_MEMORY, "a network too large for memory"));
        floats = 0;
    }
    fail(plan,
         bc_grow(&block, &plan->buffer_capacity, plan->buffer_count + 1, sizeof *plan->buffers, plan->err));
    plan->buffers = block;
    if (plan->status != BC_OK)
        return BC_NO_BUFFER;
    plan->buffers[plan->buffer_count] = (bc_buffer){.floats = align_floats(floats)};
    return (uint32_t)plan->buffer_count++;
}

uint32_t bc_plan_value(bc_plan *plan, bc_shape shape) {
    bc_value *value = &plan->values[plan->value_count];
    *value = (bc_value){.shape = shape, .diff = BC_NO_BUFFER};
    value->blocks = (shape.channels + BC_BLOCK - 1) / BC_BLOCK;
    value->plane =
        (size_t)shape.height * shape.width * BC_BLOCK; /* sides and channels are limited: no overflow */
    value->image = value->blocks * value->plane;
    value->data = bc_plan_buffer(plan, plan->capacity, value->image);
    if (plan->purpose == BC_TO_TRAIN)
        value->diff = bc_plan_buffer(plan, plan->capacity, value->image);
    return (uint32_t)plan->value_count++;
}

void bc_plan_emit(bc_plan *plan, bc_task_function *run, const bc_step *step, size_t items) {
    bc_task_list *list = plan->emit_to_prepare ? &plan->prepare : &plan->run;
    void *block = list->items;
    fail(plan, bc_grow(&block, &list->capacity, list->count + 1, sizeof *list->items, plan->err));
    list->items = block;
    if (plan->status == BC_OK)
        list->items[list->count++] = (bc_task){run, step, items};
}

void bc_plan_use(bc_plan *plan, uint32_t buffer) {
    if (plan->status != BC_OK || buffer == BC_NO_BUFFER)
        return;
    bc_buffer *used = &plan->buffers[buffer];
    size_t now = plan->run.count > 0 ? plan->run.count - 1 : 0;
    if (plan->emit_to_prepare) { /* prepared once, used in every run */
        used->first = 0;
        used->last = SIZE_MAX;
    } else if (!used->is_used) {
        used->first = used->last = now;
    } else if (used->last != SIZE_MAX) {
        used->last = now;
    }
    used->is_used = true;
}

void bc_plan_need_scratch(bc_plan *plan, size_t floats) {
    floats = align_floats(floats);
    if (floats > plan->scratch_floats)
        plan->scratch_floats = floats;
}

bool bc_plan_write_diff(bc_plan *plan, uint32_t value) {
    bool written = plan->values[value].diff_is_written;
    plan->values[value].diff_is_written = true;
    bc_plan_use(plan, plan->values[value].diff);
    return written;
}

/* ---- the arena ---- */

static bool meet(const bc_buffer *a, const bc_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset at which buffer meets no placed one that lives at the same time. */
static size_t lowest_offset(const bc_plan *plan, const bc_buffer *buffer, const uint32_t *placed,
                            size_t count) {
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < count; i++) {
            const bc_buffer *other = &plan->buffers[placed[i]];
            if (meet(buffer, other) && offset < other->offset + other->floats &&
                other->offset < offset + buffer->floats) {
                offset = other->offset + other->floats;
                moved = true;
            }
        }
    }
    return offset;
}

/* The largest buffer that has no place yet. */
static uint32_t largest_unplaced(const bc_plan *plan, const bool *has_place) {
    uint32_t largest = BC_NO_BUFFER;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        bool candidate = plan->buffers[i].is_used && !has_place[i];
        if (candidate && (largest == BC_NO_BUFFER || plan->buffers[i].floats > plan->buffers[largest].floats))
            largest = i;
    }
    return largest;
}

static bc_status place_buffers(bc_plan *plan, bc_error *err) {
    void *placed_block, *has_place_block = NULL;
    bc_status status = bc_alloc(&placed_block, plan->buffer_count, sizeof(uint32_t), err);
    if (status == BC_OK)
        status = bc_alloc(&has_place_block, plan->buffer_count, sizeof(bool), err);
    uint32_t *placed = placed_block;
    bool *has_place = has_place_block;
    size_t count = 0;
    while (status == BC_OK) {
        uint32_t next = largest_unplaced(plan, has_place);
        if (next == BC_NO_BUFFER)
            break;
        bc_buffer *buffer = &plan->buffers[next];
        buffer->offset = lowest_offset(plan, buffer, placed, count);
        has_place[next] = true;
        placed[count++] = next;
        size_t end;
        if (!bc_size_add(&end, buffer->offset, buffer->floats) || end > SIZE_MAX / 64)
            status = bc_fail(err, BC_ERROR_MEMORY, "a network too large for memory");
        else if (end > plan->arena_floats)
            plan->arena_floats = end;
    }
    free(placed_block);
    free(has_place_block);
    return status;
}

/* ---- lowering layers to steps ---- */

/* What lowering knows of each layer. */
typedef struct lowering {
    bc_plan *plan;
    const bc_spec *spec;
    uint32_t *value;      /* of each layer */
    uint32_t *consumers;  /* how many layers take its output */
    uint32_t *consumer;   /* the last of them */
    bool *is_done;        /* computed by an earlier layer's step */
    uint32_t image_value; /* the picture in channel blocks, or BC_NO_BUFFER */
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

/* The picture as a value in channel blocks, for layers that do not read the planar one. */
static uint32_t image_value(lowering *low, bool flat) {
    bc_shape shape = low->spec->input;
    if (flat)
        shape = (bc_shape){shape.channels * shape.height * shape.width, 1, 1};
    else if (low->image_value != BC_NO_BUFFER)
        return low->image_value;
    bc_step *step = new_step(low->plan, "image", 0);
    step->is_image = true;
    step->dst = bc_plan_value(low->plan, shape);
    if (!flat)
        low->image_value = step->dst;
    bc_import_emit(low->plan, step);
    return step->dst;
}

static uint32_t source(lowering *low, uint32_t layer) {
    return layer == BC_INPUT_IMAGE ? image_value(low, false) : low->value[layer];
}

static void set_norm(const lowering *low, bc_step *step, uint32_t layer) {
    const bc_network *network = low->plan->network;
    step->norm_weight = bc_network_tensor(network, layer, "weight");
    step->norm_bias = bc_network_tensor(network, layer, "bias");
    step->norm_mean = bc_network_tensor(network, layer, "running_mean");
    step->norm_variance = bc_network_tensor(network, layer, "running_var");
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

static void lower_product(lowering *low, uint32_t index) {
    bc_plan *plan = low->plan;
    const bc_layer *layer = &low->spec->layers[index];
    bool from_image = layer->input == BC_INPUT_IMAGE && layer->kind == BC_LAYER_CONV;
    uint32_t src = from_image ? 0 : source(low, layer->input);
    bc_step *step = new_step(plan, layer->name, index);
    step->src = src;
    step->weight = bc_network_tensor(plan->network, index, "weight");
    step->bias = bc_network_tensor(plan->network, index, "bias");
    step->conv = (bc_conv){
        .in = layer->input == BC_INPUT_IMAGE ? low->spec->input : low->spec->layers[layer->input].output,
        .out = layer->output,
        .kernel = layer->kernel,
        .stride = layer->stride,
        .padding = layer->padding,
        .from_image = from_image,
    };
    if (layer->kind == BC_LAYER_DENSE) {
        step->conv.kernel = step->conv.stride = (bc_pair){1, 1};
        step->conv.padding = (bc_pair){0, 0};
    }
    bc_conv *c = &step->conv;
    c->in_blocks = bc_block_count(c->in.channels);
    c->out_blocks = bc_block_count(c->out.channels);
    c->is_dense =
        !from_image && c->in.height == 1 && c->in.width == 1 && c->kernel.height == 1 && c->kernel.width == 1;
    finish_step(low, step, fuse(low, step, index), from_image);
    if (c->is_dense)
        bc_dense_emit(plan, step);
    else if (bc_winograd_suits(c))
        bc_winograd_emit(plan, step);
    else
        bc_conv_emit(plan, step);
}

static void lower_norm(lowering *low, uint32_t index) {
    uint32_t src = source(low, low->spec->layers[index].input);
    bc_step *step = new_step(low->plan, low->spec->layers[index].name, index);
    step->src = src;
    set_norm(low, step, index);
    finish_step(low, step, fuse(low, step, index), false);
    bc_norm_emit(low->plan, step);
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

static void lower_pooling(lowering *low, uint32_t index) {
    const bc_layer *layer = &low->spec->layers[index];
    uint32_t src = source(low, layer->input);
    bc_step *step = new_step(low->plan, layer->name, index);
    step->src = src;
    step->window = pooling_window(layer, low->plan->values[src].shape);
    finish_step(low, step, index, false);
    bc_pooling_emit(low->plan, step);
}

static void lower_element(lowering *low, uint32_t index) {
    const bc_layer *layer = &low->spec->layers[index];
    if (layer->kind == BC_LAYER_FLATTEN && layer->input == BC_INPUT_IMAGE) {
        low->value[index] = image_value(low, true);
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
    default:
        lower_element(low, index);
    }
}

static void emit_backward(bc_plan *plan, const bc_spec *spec, bc_step *step) {
    if (step->is_image || !plan->values[step->dst].wants_diff) /* no weights before it, nor its own */
        return;
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

static void lower(lowering *low) {
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
    plan->buffers[plan->values[plan->logits].data].last = SIZE_MAX; /* to be read after the run */
    if (plan->purpose == BC_TO_PREDICT)
        return;
    bc_step *loss = new_step(plan, "loss", last);
    loss->src = plan->logits;
    bc_loss_emit(plan, loss);
    for (size_t i = plan->step_count - 1; i-- > 0 && plan->status == BC_OK;)
        emit_backward(plan, low->spec, &plan->steps[i]);
}

/* ---- the whole ---- */

static bc_status alloc_targets(bc_plan *plan, bc_error *err) {
    void *labels, *weights = NULL, *keys = NULL, *loss = NULL;
    bc_status status = bc_alloc(&labels, plan->capacity, sizeof *plan->labels, err);
    if (status == BC_OK)
        status = bc_alloc(&weights, plan->capacity, sizeof *plan->weights, err);
    if (status == BC_OK)
        status = bc_alloc(&keys, plan->capacity, sizeof *plan->keys, err);
    if (status == BC_OK)
        status = bc_alloc(&loss, BC_SHARDS, sizeof *plan->shard_loss, err);
    plan->labels = labels;
    plan->weights = weights;
    plan->keys = keys;
    plan->shard_loss = loss;
    return status;
}

/* Buffers that live as long as the plan. */
static void reserve_permanent(bc_plan *plan) {
    const bc_shape *in = &plan->network->spec.input;
    plan->emit_to_prepare = true;
    plan->images = bc_plan_buffer(plan, plan->capacity, (size_t)in->channels * in->height * in->width);
    bc_plan_use(plan, plan->images);
    if (plan->purpose == BC_TO_TRAIN) {
        plan->gradients = bc_plan_buffer(plan, plan->network->learned, 1);
        bc_plan_use(plan, plan->gradients);
    }
    plan->emit_to_prepare = false;
}

static void reserve_scratch(bc_plan *plan) {
    plan->emit_to_prepare = true;
    plan->scratch = bc_plan_buffer(plan, plan->threads, plan->scratch_floats);
    bc_plan_use(plan, plan->scratch);
    plan->emit_to_prepare = false;
}

static bc_status take_memory(bc_plan *plan, bc_error *err) {
    const bc_shape *in = &plan->network->spec.input;
    const double need = (double)plan->arena_floats * sizeof(float), have = bc_memory_physical();
    void *block;
    if ((have <= 0 || need <= have) &&
        bc_alloc_aligned(&block, plan->arena_floats, sizeof(float), NULL) == BC_OK) {
        plan->arena = block;
        return BC_OK;
    }
    return bc_fail(err, BC_ERROR_MEMORY,
                   "this network needs %.3g GB of memory for batches of %zu pictures of %u x %u pixels, this "
                   "machine has %.3g GB; smaller batches or pictures need less",
                   need / 1e9, plan->capacity, in->width, in->height, have / 1e9);
}

static bc_status compile(bc_plan *plan, bc_error *err) {
    void *block;
    lowering low = {.plan = plan, .spec = &plan->network->spec, .image_value = BC_NO_BUFFER};
    /* a layer is at most one step and a flattened picture; then the picture in blocks, and the loss */
    const size_t most_steps = 2 * low.spec->count + 2;
    bc_status status = bc_alloc(&block, most_steps, sizeof *plan->steps, err);
    plan->steps = block;
    if (status == BC_OK) {
        status = bc_alloc(&block, most_steps, sizeof *plan->values, err);
        plan->values = block;
    }
    if (status == BC_OK)
        status = alloc_targets(plan, err);
    if (status == BC_OK)
        status = alloc_lowering(&low, err);
    if (status != BC_OK)
        goto done;
    plan->err = err;
    reserve_permanent(plan);
    lower(&low);
    reserve_scratch(plan);
    plan->err = NULL;
    status = plan->status;
    if (status == BC_OK)
        status = place_buffers(plan, err);
    if (status == BC_OK)
        status = take_memory(plan, err);
done:
    free_lowering(&low);
    return status;
}

bc_status bc_plan_create(bc_plan **plan, bc_network *network, bc_purpose purpose, size_t capacity,
                         unsigned threads, bc_error *err) {
    void *block;
    *plan = NULL;
    const bc_level *level = bc_level_choose();
    if (level == NULL)
        return bc_fail(err, BC_ERROR_USAGE, "BCLASS_LEVEL=%s: no such instruction set, or not on this CPU",
                       getenv("BCLASS_LEVEL"));
    bc_status status = bc_alloc(&block, 1, sizeof **plan, err);
    if (status != BC_OK)
        return status;
    *plan = block;
    **plan = (bc_plan){
        .network = network, .level = level, .purpose = purpose, .capacity = capacity, .threads = threads};
    status = compile(*plan, err);
    if (status != BC_OK) {
        bc_plan_free(*plan);
        *plan = NULL;
    }
    return status;
}

void bc_plan_free(bc_plan *plan) {
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->step_count; i++)
        bc_conv_free(&plan->steps[i].conv);
    free(plan->steps);
    free(plan->values);
    free(plan->buffers);
    free(plan->prepare.items);
    free(plan->run.items);
    free(plan->labels);
    free(plan->weights);
    free(plan->keys);
    free(plan->shard_loss);
    free(plan->arena);
    free(plan);
}

const char *bc_plan_level(const bc_plan *plan) {
    return plan->level->name;
}

size_t bc_plan_memory(const bc_plan *plan) {
    return plan->arena_floats * sizeof(float);
}

float *bc_plan_image(bc_plan *plan, size_t index) {
    const bc_shape *in = &plan->network->spec.input;
    return bc_plan_data(plan, plan->images) + index * in->channels * in->height * in->width;
}

void bc_plan_set_count(bc_plan *plan, size_t count) {
    plan->count = count;
}

void bc_plan_set_steps_taken(bc_plan *plan, uint64_t steps) {
    plan->steps_taken = steps;
}

void bc_plan_set_target(bc_plan *plan, size_t index, float label, float weight, uint64_t key) {
    plan->labels[index] = label;
    plan->weights[index] = weight;
    plan->keys[index] = key;
}

static void run_task(const bc_plan *plan, const bc_pool *pool, const bc_task *task, unsigned worker) {
    size_t first, last;
    bc_pool_range(pool, worker, task->items, &first, &last);
    for (size_t item = first; item < last; item++)
        task->run(plan, task->step, item, worker);
}

/* Its tasks do not depend on each other. */
static void run_preparation(const bc_plan *plan, const bc_pool *pool, unsigned worker) {
    for (size_t i = 0; i < plan->prepare.count; i++)
        run_task(plan, pool, &plan->prepare.items[i], worker);
}

typedef struct preparation {
    const bc_plan *plan;
    const bc_pool *pool;
} preparation;

static void prepare_part(void *context, unsigned worker) {
    const preparation *todo = context;
    run_preparation(todo->plan, todo->pool, worker);
}

void bc_plan_prepare(bc_plan *plan, bc_pool *pool) {
    preparation todo = {plan, pool};
    bc_pool_run(pool, prepare_part, &todo);
}

void bc_plan_execute(bc_plan *plan, bc_pool *pool, unsigned worker) {
    if (plan->purpose == BC_TO_TRAIN) {
        run_preparation(plan, pool, worker);
        bc_pool_barrier(pool);
    }
    for (size_t i = 0; i < plan->run.count; i++) {
        run_task(plan, pool, &plan->run.items[i], worker);
        bc_pool_barrier(pool);
    }
}

float bc_plan_logit(const bc_plan *plan, size_t index) {
    return bc_value_data(plan, plan->logits)[index * plan->values[plan->logits].image];
}

double bc_plan_loss(const bc_plan *plan) {
    double sum = 0;
    for (size_t shard = 0; shard < BC_SHARDS; shard++)
        sum += plan->shard_loss[shard];
    return sum;
}

const float *bc_plan_gradients(const bc_plan *plan) {
    return bc_plan_data(plan, plan->gradients);
}
