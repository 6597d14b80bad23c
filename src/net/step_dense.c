/* Dense layers: the images of the batch are the pixels of one row. A large layer is cut by output channels,
 * so that each part of the weights is read by one thread; a small one by shards, so that a thread takes its
 * images through several layers without waiting. Every output is one sum in a fixed order, so that no cut
 * shows in the result. */
#include "plan_build.h"

enum {
    SMALL = 256,          /* blocks of weights, 256 KiB, that a thread's cache holds beside the rest */
    IMAGE_GROUPS = 4,     /* a panel's images are cut into so many items */
    FILTERS_AN_ITEM = 64, /* of the weights' gradient, by */
    PANELS_AN_ITEM = 2,   /* of source channels */
};

static const bc_pair one = {1, 1};

static bool is_small(const bc_conv *c) {
    return c->in_blocks * c->out_blocks <= SMALL;
}

/* ---- products of all images and panels, and their parts ---- */

static void multiply(const bc_plan *plan, const bc_product *whole, size_t blocks, size_t panel, size_t first,
                     size_t last) {
    bc_product part = *whole;
    part.src += (ptrdiff_t)first * part.src_pixel;
    part.weights += bc_panel_offset(part.tap_count * part.depth, panel);
    part.dst += (ptrdiff_t)first * part.dst_pixel + (ptrdiff_t)(panel * BC_PANEL);
    if (part.bias != NULL)
        part.bias += panel * BC_PANEL;
    part.pixels = last - first;
    part.channels = bc_panel_channels(blocks, panel);
    plan->level->gemm->product(&part);
}

/* A large layer's item: a panel and a group of images. */
static void multiply_group(const bc_plan *plan, const bc_product *whole, size_t blocks, size_t item) {
    const size_t group = item % IMAGE_GROUPS;
    multiply(plan, whole, blocks, item / IMAGE_GROUPS, plan->count * group / IMAGE_GROUPS,
             plan->count * (group + 1) / IMAGE_GROUPS);
}

static void multiply_shard(const bc_plan *plan, const bc_product *whole, size_t blocks, size_t shard,
                           unsigned worker) {
    size_t first, last;
    bc_shard_images(plan, shard, worker, &first, &last);
    for (size_t panel = 0; panel < bc_panel_count(blocks); panel++)
        multiply(plan, whole, blocks, panel, first, last);
}

static void emit_product(bc_plan *plan, bc_step *step, bc_part part, bc_task_function *shard,
                         bc_task_function *group, size_t blocks) {
    if (plan->purpose == BC_TO_PREDICT || is_small(&step->conv))
        bc_plan_emit_shards(plan, part, shard, step);
    else
        bc_plan_emit(plan, part, group, step, bc_panel_count(blocks) * IMAGE_GROUPS);
}

/* ---- forward ---- */

static bc_product forward_product(const bc_plan *plan, const bc_step *step) {
    const bc_conv *c = &step->conv;
    return (bc_product){
        .src = bc_value_data(plan, step->src),
        .taps = c->taps,
        .tap_count = c->tap_count,
        .depth = c->depth,
        .src_pixel = (ptrdiff_t)plan->values[step->src].stride,
        .weights = bc_plan_data(plan, c->packed),
        .dst = bc_value_data(plan, step->dst),
        .dst_pixel = (ptrdiff_t)plan->values[step->dst].stride,
        .dst_block = BC_BLOCK,
        .rows = 1,
        .bias = bc_step_bias(plan, step),
        .relu = step->relu,
    };
}

static void forward_group(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    (void)worker;
    const bc_product whole = forward_product(plan, step);
    multiply_group(plan, &whole, step->conv.out_blocks, item);
}

static void forward_shard(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const bc_product whole = forward_product(plan, step);
    multiply_shard(plan, &whole, step->conv.out_blocks, shard, worker);
}

void bc_dense_emit(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    c->depth = BC_BLOCK;
    bc_status status = bc_pack_taps(&c->taps, &c->tap_count, c->in_blocks, BC_BLOCK, one, 1, 1, plan->err);
    if (status != BC_OK) {
        plan->status = status;
        return;
    }
    bc_pack_emit(plan, step);
    emit_product(plan, step, BC_PART_FORWARD, forward_shard, forward_group, c->out_blocks);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].data);
}

/* ---- gradient of the source ---- */

static void mask(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const size_t image = plan->values[step->dst].image;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    plan->level->element->relu_mask(bc_value_diff(plan, step->dst) + first * image,
                                    bc_value_data(plan, step->dst) + first * image, (last - first) * image);
}

static bc_product backward_product(const bc_plan *plan, const bc_step *step) {
    const bc_conv *c = &step->conv;
    return (bc_product){
        .src = bc_value_diff(plan, step->dst),
        .taps = c->back_taps,
        .tap_count = c->back_tap_count,
        .depth = BC_BLOCK,
        .src_pixel = (ptrdiff_t)plan->values[step->dst].stride,
        .weights = bc_plan_data(plan, c->packed_back),
        .dst = bc_value_diff(plan, step->src),
        .dst_pixel = (ptrdiff_t)plan->values[step->src].stride,
        .dst_block = BC_BLOCK,
        .rows = 1,
        .accumulate = step->accumulate,
    };
}

static void backward_data_group(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    (void)worker;
    const bc_product whole = backward_product(plan, step);
    multiply_group(plan, &whole, step->conv.in_blocks, item);
}

static void backward_data_shard(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const bc_product whole = backward_product(plan, step);
    multiply_shard(plan, &whole, step->conv.in_blocks, shard, worker);
}

static void emit_backward_data(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    bc_status status =
        bc_pack_taps(&c->back_taps, &c->back_tap_count, c->out_blocks, BC_BLOCK, one, 1, 1, plan->err);
    if (status != BC_OK) {
        plan->status = status;
        return;
    }
    bc_pack_emit_back(plan, step);
    emit_product(plan, step, BC_PART_SOURCE_GRADIENT, backward_data_shard, backward_data_group, c->in_blocks);
    bc_plan_use(plan, plan->values[step->dst].diff);
    step->accumulate = bc_plan_write_diff(plan, step->src);
}

void bc_dense_emit_backward(bc_plan *plan, bc_step *step) {
    if (step->relu) {
        bc_plan_emit_shards(plan, BC_PART_MASK, mask, step);
        bc_plan_use(plan, plan->values[step->dst].data);
        bc_plan_use(plan, plan->values[step->dst].diff);
    }
    if (step->src_is_wanted)
        emit_backward_data(plan, step);
}

/* ---- gradient of the weights: that of the filters by the source, in the network's order ---- */

/* Of some filters and a panel of source channels, over all images: rows so many floats apart. */
static void multiply_outer(const bc_plan *plan, const bc_step *step, size_t filter, size_t filters,
                           size_t panel, float *sums, size_t row) {
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const ptrdiff_t start = 0;
    const bc_outer outer = {
        .src = bc_value_diff(plan, step->dst) + filter,
        .taps = &start,
        .tap_count = 1,
        .depth = filters,
        .src_pixel = (ptrdiff_t)dst->stride,
        .diff = bc_value_data(plan, step->src) + panel * BC_PANEL,
        .diff_pixel = (ptrdiff_t)src->stride,
        .diff_block = BC_BLOCK,
        .pixels = plan->count,
        .rows = 1,
        .channels = bc_panel_channels(step->conv.in_blocks, panel),
        .sums = sums,
        .sums_row = row,
    };
    plan->level->gemm->outer(&outer);
}

static void sum_bias(const bc_plan *plan, const bc_step *step, size_t filter, size_t filters) {
    const bc_value *dst = &plan->values[step->dst];
    const float *diff = bc_value_diff(plan, step->dst) + filter;
    float *gradient = bc_plan_data(plan, plan->gradients) + step->bias->offset + filter;
    double sums[FILTERS_AN_ITEM] = {0};
    for (size_t image = 0; image < plan->count; image++, diff += dst->stride) {
        for (size_t k = 0; k < filters; k++)
            sums[k] += (double)diff[k];
    }
    for (size_t k = 0; k < filters; k++)
        gradient[k] = (float)sums[k];
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The last panel may have more channels than there are: it is computed aside. */
static void put_panel(const bc_plan *plan, const bc_step *step, size_t filter, size_t filters, size_t panel,
                      float *scratch) {
    const size_t row = step->conv.in.channels, channels = bc_panel_channels(step->conv.in_blocks, panel);
    const size_t real = least(channels, row - panel * BC_PANEL);
    float *gradient =
        bc_plan_data(plan, plan->gradients) + step->weight->offset + filter * row + panel * BC_PANEL;
    if (real == channels) {
        multiply_outer(plan, step, filter, filters, panel, gradient, row);
        return;
    }
    multiply_outer(plan, step, filter, filters, panel, scratch, channels);
    for (size_t k = 0; k < filters; k++) {
        for (size_t i = 0; i < real; i++)
            gradient[k * row + i] = scratch[k * channels + i];
    }
}

static size_t panel_groups(const bc_conv *c) {
    return (bc_panel_count(c->in_blocks) + PANELS_AN_ITEM - 1) / PANELS_AN_ITEM;
}

static void backward_weights(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    const bc_conv *c = &step->conv;
    const size_t filter = item / panel_groups(c) * FILTERS_AN_ITEM,
                 first = item % panel_groups(c) * PANELS_AN_ITEM;
    const size_t filters = least(FILTERS_AN_ITEM, c->out.channels - filter),
                 last = least(first + PANELS_AN_ITEM, bc_panel_count(c->in_blocks));
    for (size_t panel = first; panel < last; panel++)
        put_panel(plan, step, filter, filters, panel, bc_plan_scratch(plan, worker));
    if (first == 0 && step->bias != NULL)
        sum_bias(plan, step, filter, filters);
}

void bc_dense_emit_weights(bc_plan *plan, bc_step *step, bool is_beside) {
    const bc_conv *c = &step->conv;
    const size_t items = (c->out.channels + FILTERS_AN_ITEM - 1) / FILTERS_AN_ITEM * panel_groups(c);
    if (is_beside)
        bc_plan_emit_beside(plan, BC_PART_WEIGHT_GRADIENT, backward_weights, step, items);
    else
        bc_plan_emit(plan, BC_PART_WEIGHT_GRADIENT, backward_weights, step, items);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].diff);
    bc_plan_need_scratch(plan, FILTERS_AN_ITEM * BC_PANEL);
}
