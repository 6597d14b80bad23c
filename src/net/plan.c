/* The plan's memory, its lists of tasks, and running them. */
#include "plan_build.h"

#include "head.h"

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
    value->stride = value->image;
    if (plan->purpose == BC_TO_TRAIN) {
        value->data = bc_plan_buffer(plan, plan->capacity, value->image);
        value->diff = bc_plan_buffer(plan, plan->capacity, value->image);
    } else {
        value->data = bc_plan_buffer(plan, 1, value->image);
        if (plan->status == BC_OK)
            plan->buffers[value->data].is_of_image = true;
    }
    return (uint32_t)plan->value_count++;
}

enum { STAGE_LIMIT = 3 }; /* tasks; all values of a stage live at once, so a longer one takes more memory */

/* Whether a task by shards can be one more of the last stage. Dense layers take next to no memory. */
static bool has_room(const bc_task_list *list) {
    const size_t stage = list->items[list->count - 1].stage;
    size_t length = 0;
    for (size_t i = list->count; i-- > 0 && list->items[i].stage == stage;)
        length += !list->items[i].step->conv.is_dense;
    return length < STAGE_LIMIT;
}

/* Of a task behind those of the list. */
static size_t next_stage(const bc_plan *plan, const bc_task_list *list, const bc_task *task) {
    if (list->count == 0)
        return 0;
    const bc_task *last = &list->items[list->count - 1];
    if (plan->purpose == BC_TO_PREDICT)
        return last->stage + 1;
    bool joins = last->by_shard ? task->by_shard && has_room(list) : task->is_beside;
    return joins ? last->stage : last->stage + 1;
}

static void emit(bc_plan *plan, const bc_task *task) {
    bc_task_list *list = plan->emit_to_prepare ? &plan->prepare : &plan->run;
    void *block = list->items;
    fail(plan, bc_grow(&block, &list->capacity, list->count + 1, sizeof *list->items, plan->err));
    list->items = block;
    if (plan->status != BC_OK)
        return;
    const size_t stage = next_stage(plan, list, task);
    bc_task *added = &list->items[list->count];
    *added = *task;
    added->stage = stage;
    added->number = plan->prepare.count + plan->run.count;
    list->count++;
}

void bc_plan_emit(bc_plan *plan, bc_part part, bc_task_function *run, const bc_step *step, size_t items) {
    emit(plan, &(bc_task){.part = part, .run = run, .step = step, .items = items});
}

void bc_plan_emit_shards(bc_plan *plan, bc_part part, bc_task_function *run, const bc_step *step) {
    emit(plan, &(bc_task){.part = part, .run = run, .step = step, .by_shard = true});
}

void bc_plan_emit_beside(bc_plan *plan, bc_part part, bc_task_function *run, const bc_step *step,
                         size_t items) {
    emit(plan, &(bc_task){.part = part, .run = run, .step = step, .items = items, .is_beside = true});
}

void bc_plan_use(bc_plan *plan, uint32_t buffer) {
    if (plan->status != BC_OK || buffer == BC_NO_BUFFER)
        return;
    bc_buffer *used = &plan->buffers[buffer];
    size_t now = plan->run.count > 0 ? plan->run.items[plan->run.count - 1].stage : 0;
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

/* The largest buffer, of one image or not, that has no place yet. */
static uint32_t largest_unplaced(const bc_plan *plan, const bool *has_place, bool of_image) {
    uint32_t largest = BC_NO_BUFFER;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const bool candidate =
            plan->buffers[i].is_used && plan->buffers[i].is_of_image == of_image && !has_place[i];
        if (candidate && (largest == BC_NO_BUFFER || plan->buffers[i].floats > plan->buffers[largest].floats))
            largest = i;
    }
    return largest;
}

/* All those of one image, or all others; *size = the floats they take. */
static bc_status place_buffers(bc_plan *plan, bool of_image, size_t *size, bc_error *err) {
    void *placed_block, *has_place_block = NULL;
    bc_status status = bc_alloc(&placed_block, plan->buffer_count, sizeof(uint32_t), err);
    if (status == BC_OK)
        status = bc_alloc(&has_place_block, plan->buffer_count, sizeof(bool), err);
    uint32_t *placed = placed_block;
    bool *has_place = has_place_block;
    size_t count = 0;
    *size = 0;
    while (status == BC_OK) {
        uint32_t next = largest_unplaced(plan, has_place, of_image);
        if (next == BC_NO_BUFFER)
            break;
        bc_buffer *buffer = &plan->buffers[next];
        buffer->offset = lowest_offset(plan, buffer, placed, count);
        has_place[next] = true;
        placed[count++] = next;
        size_t end;
        if (!bc_size_add(&end, buffer->offset, buffer->floats) || end > SIZE_MAX / 64)
            status = bc_fail(err, BC_ERROR_MEMORY, "a network too large for memory");
        else if (end > *size)
            *size = end;
    }
    free(placed_block);
    free(has_place_block);
    return status;
}

/* So many that what is computed of them stays in a second-level cache. */
static size_t images_at_a_time(const bc_plan *plan, size_t image) {
    enum { CACHE = (1 << 20) / sizeof(float) };
    const size_t most = (plan->capacity + plan->threads - 1) / plan->threads;
    const size_t group = image < CACHE ? CACHE / image : 1;
    return group < most ? group : most;
}

/* Predicting, each image has a place with all its values, behind the buffers that all images share. */
static bc_status place_images(bc_plan *plan, bc_error *err) {
    enum { LINE = BC_ALIGNMENT / sizeof(float) };
    size_t image, floats;
    bc_status status = place_buffers(plan, true, &image, err);
    if (status != BC_OK)
        return status;
    image += image / LINE % 2 == 0 ? LINE : 0; /* so that images do not fall on the same cache lines */
    plan->group = images_at_a_time(plan, image);
    if (!bc_size_multiply(&floats, plan->threads * plan->group, image) || floats > SIZE_MAX / 64)
        return bc_fail(err, BC_ERROR_MEMORY, "a network too large for memory");
    for (size_t i = 0; i < plan->buffer_count; i++)
        plan->buffers[i].offset += plan->buffers[i].is_of_image ? plan->arena_floats : 0;
    for (size_t i = 0; i < plan->value_count; i++)
        plan->values[i].stride = image;
    plan->arena_floats += floats;
    return BC_OK;
}

/* ---- the whole ---- */

static bc_status alloc_targets(bc_plan *plan, bc_error *err) {
    void *labels = NULL, *weights = NULL, *keys = NULL, *loss = NULL, *results;
    bc_status status = bc_alloc(&results, plan->capacity, sizeof *plan->results, err);
    if (status == BC_OK)
        status = bc_alloc(&labels, plan->capacity, sizeof *plan->labels, err);
    if (status == BC_OK)
        status = bc_alloc(&weights, plan->capacity, sizeof *plan->weights, err);
    if (status == BC_OK)
        status = bc_alloc(&keys, plan->capacity, sizeof *plan->keys, err);
    if (status == BC_OK)
        status = bc_alloc(&loss, BC_SHARDS, sizeof *plan->shard_loss, err);
    plan->results = results;
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
    plan->picture = align_floats((size_t)in->channels * in->height * in->width);
    plan->images = bc_plan_buffer(plan, plan->capacity, plan->picture);
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
                   "machine has %.3g GB; smaller batches, fewer threads or smaller pictures need less",
                   need / 1e9, plan->capacity, in->width, in->height, have / 1e9);
}

static bc_status alloc_queues(bc_plan *plan, bc_error *err) {
    void *block;
    const bc_status status =
        bc_alloc_aligned(&block, bc_plan_task_count(plan) * plan->threads, sizeof *plan->queues, err);
    plan->queues = status == BC_OK ? block : NULL;
    return status;
}

static bc_status compile(bc_plan *plan, bc_error *err) {
    void *block;
    /* a layer is at most one step and a flattened picture; then the picture in blocks, and the loss */
    const size_t most_steps = 2 * plan->network->spec.count + 2;
    bc_status status = bc_alloc(&block, most_steps, sizeof *plan->steps, err);
    plan->steps = block;
    if (status == BC_OK) {
        status = bc_alloc(&block, most_steps, sizeof *plan->values, err);
        plan->values = block;
    }
    if (status == BC_OK)
        status = alloc_targets(plan, err);
    if (status != BC_OK)
        return status;
    plan->err = err;
    plan->shards = BC_SHARDS;
    reserve_permanent(plan);
    status = bc_plan_lower(plan, err);
    reserve_scratch(plan);
    plan->err = NULL;
    status = status == BC_OK ? plan->status : status;
    if (status == BC_OK)
        status = place_buffers(plan, false, &plan->arena_floats, err);
    if (status == BC_OK && plan->purpose == BC_TO_PREDICT)
        status = place_images(plan, err);
    if (status == BC_OK)
        status = take_memory(plan, err);
    if (status == BC_OK)
        status = alloc_queues(plan, err);
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
    **plan = (bc_plan){.network = network,
                       .trained = network,
                       .level = level,
                       .purpose = purpose,
                       .capacity = capacity,
                       .threads = threads};
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
    free(plan->queues);
    free(plan->results);
    free(plan->labels);
    free(plan->weights);
    free(plan->keys);
    free(plan->shard_loss);
    bc_profile_free(plan->profile);
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
    return bc_plan_data(plan, plan->images) + index * plan->picture;
}

void bc_plan_set_count(bc_plan *plan, size_t count) {
    plan->count = count;
    if (plan->purpose == BC_TO_TRAIN)
        return;
    const size_t least = (count + plan->group - 1) / plan->group;
    plan->shards = (least + plan->threads - 1) / plan->threads * plan->threads; /* as many for each thread */
}

void bc_plan_measure(bc_plan *plan, bc_network *network, uint64_t runs) {
    plan->is_measuring = network != NULL;
    plan->network = network != NULL ? network : plan->trained;
    plan->measured = runs;
}

void bc_plan_set_target(bc_plan *plan, size_t index, float label, float weight, uint64_t key) {
    plan->labels[index] = label;
    plan->weights[index] = weight;
    plan->keys[index] = key;
}

static size_t item_count(const bc_plan *plan, const bc_task *task) {
    return task->by_shard ? plan->shards : task->items;
}

static bc_queue *queue_at(const bc_plan *plan, const bc_task *task, unsigned owner) {
    return &plan->queues[task->number * plan->threads + owner];
}

/* Takes the next item of the owner's part, unless none is left. */
static bool take(const bc_plan *plan, const bc_pool *pool, const bc_task *task, unsigned owner,
                 size_t *item) {
    size_t from, to;
    bc_pool_range(pool, owner, item_count(plan, task), &from, &to);
    *item = from + atomic_fetch_add_explicit(&queue_at(plan, task, owner)->taken, 1, memory_order_relaxed);
    return *item < to;
}

/* All items of the tasks [first, last), which are all by shards or else one: a worker's own part, then what
 * is left of those of others, which may have been slowed down. */
static void run_tasks(const bc_plan *plan, const bc_pool *pool, const bc_task *first, const bc_task *last,
                      unsigned worker) {
    const unsigned threads = bc_pool_threads(pool);
    size_t item;
    for (unsigned i = 0; i < threads; i++) {
        while (take(plan, pool, first, (worker + i) % threads, &item)) {
            for (const bc_task *task = first; task < last; task++) {
                task->run(plan, task->step, item, worker);
                bc_profile_lap(plan->profile, worker, task->number);
            }
        }
    }
}

/* After a run, so that all are full before the next one. Who is early there, while some are not yet, finds
 * these empty. */
static void refill_queues(const bc_plan *plan, unsigned worker) {
    for (size_t task = 0; task < bc_plan_task_count(plan); task++)
        atomic_store_explicit(&plan->queues[task * plan->threads + worker].taken, 0, memory_order_relaxed);
}

static void wait_for_others(const bc_plan *plan, bc_pool *pool, unsigned worker) {
    bc_pool_barrier(pool);
    bc_profile_lap(plan->profile, worker, bc_plan_task_count(plan));
}

static void run_stage(const bc_plan *plan, const bc_pool *pool, const bc_task *first, const bc_task *last,
                      unsigned worker) {
    if (first->by_shard) {
        run_tasks(plan, pool, first, last, worker);
        return;
    }
    for (; first < last; first++)
        run_tasks(plan, pool, first, first + 1, worker);
}

/* Its tasks do not depend on each other. */
static void run_preparation(const bc_plan *plan, const bc_pool *pool, unsigned worker) {
    for (const bc_task *task = plan->prepare.items; task < plan->prepare.items + plan->prepare.count; task++)
        run_tasks(plan, pool, task, task + 1, worker);
}

typedef struct preparation {
    const bc_plan *plan;
    const bc_pool *pool;
} preparation;

static void prepare_part(void *context, unsigned worker) {
    const preparation *todo = context;
    bc_profile_begin(todo->plan->profile, worker);
    run_preparation(todo->plan, todo->pool, worker);
}

void bc_plan_prepare(bc_plan *plan, bc_pool *pool) {
    preparation todo = {plan, pool};
    bc_pool_run(pool, prepare_part, &todo);
    for (unsigned worker = 0; worker < plan->threads; worker++)
        refill_queues(plan, worker);
}

static void run_stages(const bc_plan *plan, bc_pool *pool, unsigned worker) {
    const size_t count = plan->is_measuring ? plan->measuring_tasks : plan->run.count;
    const bc_task *end = plan->run.items + count, *next;
    for (const bc_task *task = plan->run.items; task < end; task = next) {
        for (next = task + 1; next < end && next->stage == task->stage;)
            next++;
        run_stage(plan, pool, task, next, worker);
        wait_for_others(plan, pool, worker);
    }
}

void bc_plan_execute(bc_plan *plan, bc_pool *pool, unsigned worker) {
    bc_profile_begin(plan->profile, worker);
    if (plan->purpose == BC_TO_TRAIN) {
        run_preparation(plan, pool, worker);
        wait_for_others(plan, pool, worker);
        run_stages(plan, pool, worker);
    } else {
        run_tasks(plan, pool, plan->run.items, plan->run.items + plan->run.count, worker);
        wait_for_others(plan, pool, worker);
    }
    refill_queues(plan, worker);
}

float bc_plan_logit(const bc_plan *plan, size_t index) {
    if (plan->purpose == BC_TO_PREDICT)
        return plan->results[index];
    return bc_head_logit(bc_spec_head(&plan->network->spec), bc_value_image(plan, plan->logits, index));
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
