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

/* A large layer's item is a panel and a group of images. */
static void group_range(const bc_plan *plan, size_t item, size_t *first, size_t *last) {
    *first = plan->count * (item % IMAGE_GROUPS) / IMAGE_GROUPS;
    *last = plan->count * (item % IMAGE_GROUPS + 1) / IMAGE_GROUPS;
}

/* ---- forward ---- */

static void multiply(const bc_plan *plan, const bc_step *step, size_t panel, size_t first, size_t last) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const bc_product product = {
        .src = bc_value_data(plan, step->src) + first * src->image,
        .taps = c->taps,
        .tap_count = c->tap_count,
        .depth = c->depth,
        .src_pixel = (ptrdiff_t)src->image,
        .weights = bc_plan_data(plan, c->packed) + bc_panel_offset(c->tap_count * c->depth, panel),
        .dst = bc_value_data(plan, step->dst) + first * dst->image + panel * BC_PANEL,
        .dst_pixel = (ptrdiff_t)dst->image,
        .dst_block = BC_BLOCK,
        .pixels = last - first,
        .rows = 1,
        .channels = bc_panel_channels(c->out_blocks, panel),
        .bias = bc_plan_data(plan, c->packed_bias) + panel * BC_PANEL,
        .relu = step->relu,
    };
    plan->level->gemm->product(&product);
}

static void forward_group(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    (void)worker;
    size_t first, last;
    group_range(plan, item, &first, &last);
    multiply(plan, step, item / IMAGE_GROUPS, first, last);
}

static void forward_shard(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    for (size_t panel = 0; panel < bc_panel_count(step->conv.out_blocks); panel++)
        multiply(plan, step, panel, first, last);
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
    if (is_small(c))
        bc_plan_emit_shards(plan, BC_PART_FORWARD, forward_shard, step);
    else
        bc_plan_emit(plan, BC_PART_FORWARD, forward_group, step,
                     bc_panel_count(c->out_blocks) * IMAGE_GROUPS);
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

static void multiply_back(const bc_plan *plan, const bc_step *step, size_t panel, size_t first, size_t last) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const bc_product product = {
        .src = bc_value_diff(plan, step->dst) + first * dst->image,
        .taps = c->back_taps,
        .tap_count = c->back_tap_count,
        .depth = BC_BLOCK,
        .src_pixel = (ptrdiff_t)dst->image,
        .weights = bc_plan_data(plan, c->packed_back) + bc_panel_offset(c->back_tap_count * BC_BLOCK, panel),
        .dst = bc_value_diff(plan, step->src) + first * src->image + panel * BC_PANEL,
        .dst_pixel = (ptrdiff_t)src->image,
        .dst_block = BC_BLOCK,
        .pixels = last - first,
        .rows = 1,
        .channels = bc_panel_channels(c->in_blocks, panel),
        .accumulate = step->accumulate,
    };
    plan->level->gemm->product(&product);
}

static void backward_data_group(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    (void)worker;
    size_t first, last;
    group_range(plan, item, &first, &last);
    multiply_back(plan, step, item / IMAGE_GROUPS, first, last);
}

static void backward_data_shard(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    for (size_t panel = 0; panel < bc_panel_count(step->conv.in_blocks); panel++)
        multiply_back(plan, step, panel, first, last);
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
    if (is_small(c))
        bc_plan_emit_shards(plan, BC_PART_SOURCE_GRADIENT, backward_data_shard, step);
    else
        bc_plan_emit(plan, BC_PART_SOURCE_GRADIENT, backward_data_group, step,
                     bc_panel_count(c->in_blocks) * IMAGE_GROUPS);
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
        .src_pixel = (ptrdiff_t)dst->image,
        .diff = bc_value_data(plan, step->src) + panel * BC_PANEL,
        .diff_pixel = (ptrdiff_t)src->image,
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
    for (size_t image = 0; image < plan->count; image++, diff += dst->image) {
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
