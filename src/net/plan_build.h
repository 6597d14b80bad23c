/*
 * Inside the plan: values, steps, tasks and buffers, and how steps add themselves. Only src/net sees this.
 *
 * A value is what a layer gives for a batch, channel-blocked (kernels/kernels.h), with its gradient when
 * training. A step computes one value; fusing makes fewer steps than layers. A step emits tasks and says
 * which buffers each uses; from first and last use, every buffer gets its place in the arena, and places are
 * reused.
 */
#ifndef BC_NET_PLAN_BUILD_H
#define BC_NET_PLAN_BUILD_H

#include "plan.h"
#include "profile.h"

#include "base/memory.h"
#include "kernels/kernels.h"

#include <stdatomic.h>
#include <stdbool.h>

enum {
    BC_SHARDS = 16, /* parts of a batch to train on; also the most threads that help with one */
    BC_NO_BUFFER = UINT32_MAX,
    BC_NO_VALUE = UINT32_MAX,
};

typedef struct bc_step bc_step;

typedef struct bc_value {
    bc_shape shape;
    size_t blocks;        /* of 16 channels, the last one filled up with zeros */
    size_t plane;         /* floats of one block of one image: height * width * 16 */
    size_t image;         /* floats of one image: blocks * plane */
    size_t stride;        /* from one image to the next */
    uint32_t data, diff;  /* buffers */
    bool wants_diff;      /* weights lie before it, so its gradient is of use */
    bool diff_is_written; /* while emitting the backward pass: by a step further on */
    /* A lazy value (view.c) is not stored: it is what these make of lazy_norm->src. NULL: stored; not pooled.
     */
    const bc_step *lazy_norm, *lazy_pool;
    /* Nor is what this gives, when predicting: its reader has it computed, row by row. NULL: stored. */
    const bc_step *lazy_conv;
    const bc_step
        *diff_norm; /* its gradient is not stored: what this makes of that behind it. NULL: stored */
} bc_value;

/* Source pixels of a convolution from (row, column) on, a stride apart, which get the same taps
 * (conv_back.c). */
typedef struct bc_phase {
    size_t row, column, rows, columns;
    size_t start; /* where the gradient's tap without offset is, for the first of them */
    size_t first_tap, tap_count;
} bc_phase;

/* A convolution, or a dense layer as one of 1 x 1 pixels, as rows of products (kernels.h). */
typedef struct bc_conv {
    bc_shape in, out;
    bc_pair kernel, stride, padding;
    size_t in_blocks, out_blocks;
    bool from_image; /* reads the planar picture */
    bool is_dense;   /* one pixel, kernel 1 x 1: the images of the batch stand in one row */
    bool is_staged;  /* the padded image is copied before use */
    size_t staged_height, staged_width;
    ptrdiff_t *taps; /* forward and weight gradient */
    size_t tap_count, depth;
    size_t back_top, back_left, back_height, back_width; /* of the staged gradient: zeros around it */
    bool back_is_staged;
    ptrdiff_t *back_taps;
    size_t *
        back_order; /* each such tap's place in the kernel: (block * height + y) * width + x; NULL: its own */
    size_t back_tap_count;
    bc_phase *phases;
    size_t phase_count;
    uint32_t packed, packed_back, packed_bias; /* weights in the order of the kernels */
    uint32_t sums, bias_sums;                  /* a part each shard */
    bool is_gathered; /* the gradient of the weights is not summed by shards, but over the points of the whole
                         batch (step_winograd_gather.c) */
    uint32_t src_points, diff_points;
} bc_conv;

/* Batch norm: partial sums a shard, then coefficients a channel. */
typedef struct bc_norm {
    uint32_t lazy;                        /* the lazy value behind it, or BC_NO_VALUE */
    uint32_t partial;                     /* doubles: [shard][block][2][16] */
    uint32_t scale, shift, mean, inverse; /* inverse: 1 / sqrt(variance + epsilon) */
    uint32_t diff_partial;
    uint32_t diff_a, diff_b, diff_c;
} bc_norm;

struct bc_step {
    const char *name; /* of its first layer */
    uint32_t layer;
    uint32_t src, other, dst; /* values */
    bool is_image;            /* brings in the picture: nothing flows back */
    bool is_planar;           /* as it stands, but for a border of zeros; else in channel blocks */
    bc_pair border;
    bool relu;          /* fused behind */
    bool halved;        /* of a convolution: fused behind that, the maxima of 2 x 2 pixels */
    bool src_is_wanted; /* a gradient flows to src */
    bool accumulate, accumulate_other;
    const bc_tensor *weight, *bias;
    const bc_tensor *norm_weight, *norm_bias, *norm_mean, *norm_variance; /* of a batch norm, own or folded */
    float rate;
    bc_conv conv;
    bc_norm norm;
    bc_pooling window;
    const bc_step *norm_behind; /* of a convolution that measures what it gives for it, or NULL */
};

typedef void bc_task_function(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker);

/* Tasks of one stage run without waiting for each other: either none needs what another of them writes, or
 * each item of theirs is a shard and needs nothing of other shards, so that a thread takes a shard through
 * all of them. Predicting, all are by shards and nothing is waited for: a stage is then but a point in time,
 * that says which buffers live together. */
typedef struct bc_task {
    bc_task_function *run;
    const bc_step *step;
    size_t items;
    size_t stage;
    bool by_shard;
    bool is_beside; /* needs nothing of the task before it */
    bc_part part;
    size_t number; /* in the order of emission */
} bc_task;

/* How many items of a thread's part of a task were taken, by itself or by others that had none left. */
typedef struct bc_queue {
    _Alignas(BC_ALIGNMENT) atomic_size_t taken; /* on a cache line of its own */
} bc_queue;

typedef struct bc_task_list {
    bc_task *items;
    size_t count, capacity;
} bc_task_list;

typedef struct bc_buffer {
    size_t floats, offset;
    size_t first, last; /* stages that use it */
    bool is_used;
    bool is_of_image; /* predicting: room for one image; every image has it in its own place */
} bc_buffer;

struct bc_plan {
    bc_network *network; /* whose values are used */
    bc_network *trained; /* that of the plan, which `network` is unless another one is measured */
    const bc_level *level;
    bc_purpose purpose;
    size_t capacity, count;
    size_t group;  /* predicting: images of a shard, at most; each worker has places for as many */
    size_t shards; /* of the present batch */
    bool is_measuring;
    uint64_t measured;      /* runs before this one */
    size_t measuring_tasks; /* of those of a run: after them all norms have their statistics */
    unsigned threads;

    /* Room for all steps and values is made beforehand, so that pointers to them stay, even when building
     * fails. */
    bc_step *steps;
    bc_value *values;
    size_t step_count, value_count;
    bc_buffer *buffers;
    size_t buffer_count, buffer_capacity;
    bc_task_list prepare, run;
    bool emit_to_prepare;
    size_t scratch_floats; /* of one worker */
    bc_status status;      /* of building: the first failure */
    bc_error *err;         /* while building */

    float *arena;
    size_t arena_floats;
    uint32_t images, gradients, scratch; /* buffers */
    size_t picture;  /* floats from one of the images to the next; beyond the picture they are zero */
    uint32_t logits; /* value: what the head takes */
    float *results;  /* predicting: logits */
    float *labels, *weights;
    uint64_t *keys;
    double *shard_loss;
    bc_profile *profile; /* NULL: time is not measured */
    bc_queue *queues;    /* [task, by its number][thread]; a stage of shards takes from its first task's */
};

/* ---- building ---- */

uint32_t bc_plan_buffer(bc_plan *plan, size_t count, size_t size); /* floats = count * size, checked */
uint32_t bc_plan_value(bc_plan *plan, bc_shape shape);
void bc_plan_emit(bc_plan *plan, bc_part part, bc_task_function *run, const bc_step *step, size_t items);
void bc_plan_emit_shards(bc_plan *plan, bc_part part, bc_task_function *run, const bc_step *step);
/* In the stage of the task before it, which is not by shards either and of which it needs nothing. */
void bc_plan_emit_beside(bc_plan *plan, bc_part part, bc_task_function *run, const bc_step *step,
                         size_t items);
void bc_plan_use(bc_plan *plan, uint32_t buffer); /* by the task emitted last */
void bc_plan_need_scratch(bc_plan *plan, size_t floats);

/* Says that the step writes the gradient of value, and returns whether it must add to what another wrote. */
bool bc_plan_write_diff(bc_plan *plan, uint32_t value);

/* Makes all steps of the network, which emit their tasks. */
bc_status bc_plan_lower(bc_plan *plan, bc_error *err);

void bc_import_emit(bc_plan *plan, bc_step *step);
void bc_dense_emit(bc_plan *plan, bc_step *step);
void bc_dense_emit_backward(bc_plan *plan, bc_step *step); /* but for the weights: */
void bc_dense_emit_weights(bc_plan *plan, bc_step *step, bool is_beside);
void bc_conv_emit(bc_plan *plan, bc_step *step);
void bc_conv_emit_lazy(bc_plan *plan, bc_step *step); /* to be computed by bc_conv_rows */
void bc_conv_emit_backward(bc_plan *plan, bc_step *step);
void bc_conv_free(bc_conv *conv);

/* Parts of a convolution's passes that do not depend on how it is computed: the forward task and what a shard
 * does first in it; of the backward pass, what a shard does first (sums that start at zero), the ReLU mask of
 * an image, its sums for the bias (of some pixels of planes so many floats apart), the task that fills the
 * shards' sums, and the one that adds them up. */
void bc_conv_start_forward(const bc_plan *plan, const bc_step *step, size_t shard);
void bc_conv_emit_forward(bc_plan *plan, bc_step *step, bc_task_function *run);
void bc_conv_mask(const bc_plan *plan, const bc_step *step, size_t image);
void bc_conv_add_bias_sums(const bc_plan *plan, const bc_step *step, size_t shard, const float *diff,
                           size_t plane, size_t pixels);
void bc_conv_start_backward(const bc_plan *plan, const bc_step *step, size_t shard);
void bc_conv_emit_sums(bc_plan *plan, bc_step *step, bc_task_function *run);
void bc_conv_emit_reduce(bc_plan *plan, bc_step *step);
void bc_conv_reduce_bias(const bc_plan *plan, const bc_step *step);

/* The gradient of the source of an image (conv_back.c). */
bc_status bc_conv_plan_back(bc_conv *conv, bc_error *err);
size_t bc_conv_back_scratch(const bc_conv *conv); /* floats */
void bc_conv_back(const bc_plan *plan, const bc_step *step, size_t image, const float *diff, float *scratch);

/* Products in parts that suit the caches (products.c). */
void bc_multiply(const bc_level *level, const bc_product *whole);
void bc_multiply_outer(const bc_level *level, const bc_outer *whole);

/* Tiles of a convolution at the points of Winograd's transform, [point][block][tile][16]: floats from one
 * point to the next, which do not fall on the same cache lines, and of all. */
static inline size_t bc_point_stride(size_t blocks, size_t tiles) {
    return blocks * tiles * BC_BLOCK + BC_BLOCK;
}

static inline size_t bc_points_size(size_t blocks, size_t tiles) {
    return BC_WINOGRAD_POINTS * bc_point_stride(blocks, tiles);
}

/* Of an image. */
size_t bc_winograd_tiles(const bc_conv *conv);

/* Whether the gradient of the weights is to be gathered; the buffers of the points; and the task that makes
 * it of these. */
bool bc_winograd_should_gather(const bc_plan *plan, const bc_conv *conv);
void bc_winograd_reserve_points(bc_plan *plan, bc_conv *conv);
void bc_winograd_emit_gather(bc_plan *plan, bc_step *step);

bool bc_winograd_suits(const bc_conv *conv);
void bc_winograd_emit(bc_plan *plan, bc_step *step);
void bc_winograd_emit_backward(bc_plan *plan, bc_step *step);
void bc_norm_reserve(bc_plan *plan, bc_step *step); /* its buffers, for those that are emitted before it */
void bc_norm_emit(bc_plan *plan, bc_step *step);
void bc_norm_emit_backward(bc_plan *plan, bc_step *step);
void bc_pooling_emit(bc_plan *plan, bc_step *step);
void bc_pooling_emit_backward(bc_plan *plan, bc_step *step);
void bc_element_emit(bc_plan *plan, bc_step *step);
void bc_element_emit_backward(bc_plan *plan, bc_step *step);
void bc_loss_emit(bc_plan *plan, bc_step *step);
void bc_results_emit(bc_plan *plan, bc_step *step); /* predicting: keeps the logits */

/* ---- rows of an image ---- */

typedef struct bc_rows {
    size_t first, count;
} bc_rows;

static inline bc_rows bc_all_rows(const bc_plan *plan, uint32_t value) {
    return (bc_rows){0, plan->values[value].shape.height};
}

/* ---- batch norm, plane by plane (step_norm.c), for the convolutions around it ---- */

/* Takes rows of an image into the statistics of its shard; images and rows come in their order. */
void bc_norm_measure(const bc_plan *plan, const bc_step *norm, size_t shard, size_t image, bc_rows rows);

/* Rows of a block of an image before the norm, with the norm's ReLU, for what follows. */
bc_normed bc_norm_plane(const bc_plan *plan, const bc_step *norm, size_t image, size_t block, bc_rows rows);

/* Adds a plane of the gradient of what stands behind the norm to the sums of its shard. */
void bc_norm_measure_diff(const bc_plan *plan, const bc_step *norm, size_t shard, size_t block,
                          const bc_normed *normed, const float *diff);

/* Brings such a plane back through the norm, to rows of pixels so many floats apart. */
void bc_norm_apply_diff(const bc_plan *plan, const bc_step *norm, size_t block, const bc_normed *normed,
                        float *dst, size_t row, const float *diff, bool accumulate);

/* Before the first image of a shard, which may have none. */
void bc_norm_start(const bc_plan *plan, const bc_step *norm, size_t shard);
void bc_norm_start_diff(const bc_plan *plan, const bc_step *norm, size_t shard);

/* ---- values, stored or not (view.c) ---- */

/* Where to put rows of an image: floats from one row, one block to the next. */
typedef struct bc_planes {
    float *data;
    size_t row, plane;
} bc_planes;

/* Writes rows of an image. Those of a gradient start at a multiple of the grain and end at one, or at the end
 * of the image. scratch: bc_view_scratch floats. */
void bc_view_read(const bc_plan *plan, uint32_t value, size_t image, bc_rows rows, const bc_planes *dst,
                  float *scratch);
void bc_view_read_diff(const bc_plan *plan, uint32_t value, size_t image, bc_rows rows, const bc_planes *dst,
                       float *scratch);
size_t bc_view_scratch(const bc_plan *plan, uint32_t value);
size_t bc_view_diff_grain(const bc_plan *plan, uint32_t value);

/* Whether the value, and its gradient, can only be read by whole images. */
bool bc_view_is_whole(const bc_plan *plan, uint32_t value);

/* The gradient of an image, where it is stored or else in scratch: bc_view_image_diff_scratch floats. */
const float *bc_view_image_diff(const bc_plan *plan, uint32_t value, size_t image, float *scratch);
size_t bc_view_image_diff_scratch(const bc_plan *plan, uint32_t value);

/* When rows of the gradient of a lazy value were written: measures them for the norm. */
void bc_view_measure_diff(const bc_plan *plan, uint32_t value, size_t shard, size_t image, bc_rows rows,
                          float *scratch);

/* Rows of what a convolution gives. */
void bc_conv_rows(const bc_plan *plan, const bc_step *step, size_t image, bc_rows rows, const bc_planes *dst);

/* The value that is stored, and read in its place; of gradients likewise. */
uint32_t bc_view_stored(const bc_plan *plan, uint32_t value);
uint32_t bc_view_stored_diff(const bc_plan *plan, uint32_t value);

/* The task emitted last reads the value, or its gradient. */
void bc_view_use(bc_plan *plan, uint32_t value);
void bc_view_use_diff(bc_plan *plan, uint32_t value);

extern const double bc_norm_epsilon; /* added to variances */

/* The batch norm of a step with running statistics, y = scale * x + shift, for up to a panel of channels from
 * `first` on. */
void bc_norm_fold(float *scale, float *shift, const bc_plan *plan, const bc_step *step, size_t first);

/* ---- packed weights: panels of 32 output channels, the last one of as many blocks as are left ---- */

static inline size_t bc_block_count(size_t channels) {
    return (channels + BC_BLOCK - 1) / BC_BLOCK;
}

static inline size_t bc_panel_count(size_t blocks) {
    return (blocks + BC_PANEL_BLOCKS - 1) / BC_PANEL_BLOCKS;
}

static inline size_t bc_panel_channels(size_t blocks, size_t panel) {
    const size_t left = blocks - panel * BC_PANEL_BLOCKS;
    return left < BC_PANEL_BLOCKS ? left * BC_BLOCK : BC_PANEL;
}

/* Where a panel of so many (tap, depth) rows starts. */
static inline size_t bc_panel_offset(size_t rows, size_t panel) {
    return panel * rows * BC_PANEL;
}

/* *taps = the offsets of the kernel's pixels in an image of height x width pixels of so many floats, plane by
 * plane. */
bc_status bc_pack_taps(ptrdiff_t **taps, size_t *count, size_t planes, size_t pixel, bc_pair kernel,
                       size_t height, size_t width, bc_error *err);

/* The tasks that pack the weights, for the products forward and for those of the source's gradient. */
void bc_pack_emit(bc_plan *plan, bc_step *step);
void bc_pack_emit_back(bc_plan *plan, bc_step *step);

/* The same for Winograd. */
void bc_pack_emit_points(bc_plan *plan, bc_step *step);
void bc_pack_emit_points_back(bc_plan *plan, bc_step *step);

/* Puts the sums of one (tap, depth) row of a panel to the gradients of the filters. */
void bc_pack_put_gradient(const bc_plan *plan, const bc_step *step, size_t panel, size_t row,
                          const float *sums);

/* ---- running ---- */

static inline float *bc_plan_data(const bc_plan *plan, uint32_t buffer) {
    return plan->arena + plan->buffers[buffer].offset;
}

/* Of a product's outputs, packed; NULL: none. */
static inline const float *bc_step_bias(const bc_plan *plan, const bc_step *step) {
    const bool has_bias = step->bias != NULL || step->norm_weight != NULL; /* that of a norm folded in */
    return has_bias ? bc_plan_data(plan, step->conv.packed_bias) : NULL;
}

static inline float *bc_value_data(const bc_plan *plan, uint32_t value) {
    return bc_plan_data(plan, plan->values[value].data);
}

static inline float *bc_value_diff(const bc_plan *plan, uint32_t value) {
    return bc_plan_data(plan, plan->values[value].diff);
}

static inline float *bc_value_image(const bc_plan *plan, uint32_t value, size_t image) {
    return bc_value_data(plan, value) + image * plan->values[value].stride;
}

static inline float *bc_diff_image(const bc_plan *plan, uint32_t value, size_t image) {
    return bc_value_diff(plan, value) + image * plan->values[value].stride;
}

static inline float *bc_plan_scratch(const bc_plan *plan, unsigned worker) {
    return bc_plan_data(plan, plan->scratch) + worker * plan->scratch_floats;
}

static inline const float *bc_tensor_values(const bc_plan *plan, const bc_tensor *tensor) {
    return plan->network->values + tensor->offset;
}

static inline size_t bc_plan_task_count(const bc_plan *plan) {
    return plan->prepare.count + plan->run.count;
}

/* The pictures [*first, *last) of a shard of the present batch. */
static inline void bc_shard_range(const bc_plan *plan, size_t shard, size_t *first, size_t *last) {
    *first = plan->count * shard / plan->shards;
    *last = plan->count * (shard + 1) / plan->shards;
}

/* The images of a shard: where values have its pictures. Training keeps all that it computes. Predicting, a
 * worker takes one shard after the other through the whole network, always in the same places, which stay in
 * its cache. */
static inline void bc_shard_images(const bc_plan *plan, size_t shard, unsigned worker, size_t *first,
                                   size_t *last) {
    bc_shard_range(plan, shard, first, last);
    if (plan->purpose == BC_TO_TRAIN)
        return;
    *last = worker * plan->group + (*last - *first);
    *first = worker * plan->group;
}

/* The first picture of a shard, [channels][height][width]; the others follow plan->picture floats apart. */
static inline const float *bc_shard_pictures(const bc_plan *plan, size_t shard) {
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    return bc_plan_data(plan, plan->images) + first * plan->picture;
}

#endif
