/* Dense layers: the images of the batch are the pixels of one row. The work is cut by output channels, so
 * that each part of the weights is read once, and no sums over images need to be merged. */
#include "plan_build.h"

enum {
    IMAGE_GROUPS = 4, /* a panel's images are cut into so many items */
    TAPS_AN_ITEM = 4, /* blocks of source channels an item of the weights' gradient */
};

static const bc_pair one = {1, 1};

/* ---- products with a row of images ---- */

/* Groups of a batch; as every output is a sum of its own, the cut does not show in the result. */
static void group_range(const bc_plan *plan, size_t group, size_t *first, size_t *last) {
    *first = plan->count * group / IMAGE_GROUPS;
    *last = plan->count * (group + 1) / IMAGE_GROUPS;
}

static void forward(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    (void)worker;
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const size_t panel = item / IMAGE_GROUPS;
    size_t first, last;
    group_range(plan, item % IMAGE_GROUPS, &first, &last);
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

void bc_dense_emit(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    c->depth = BC_BLOCK;
    bc_status status = bc_pack_taps(&c->taps, &c->tap_count, c->in_blocks, BC_BLOCK, one, 1, 1, plan->err);
    if (status != BC_OK) {
        plan->status = status;
        return;
    }
    bc_pack_emit(plan, step);
    bc_plan_emit(plan, BC_PART_FORWARD, forward, step, bc_panel_count(c->out_blocks) * IMAGE_GROUPS);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].data);
}

/* ---- gradients ---- */

static void mask(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const size_t image = plan->values[step->dst].image;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    plan->level->element->relu_mask(bc_value_diff(plan, step->dst) + first * image,
                                    bc_value_data(plan, step->dst) + first * image, (last - first) * image);
}

static void backward_data(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    (void)worker;
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const size_t panel = item / IMAGE_GROUPS;
    size_t first, last;
    group_range(plan, item % IMAGE_GROUPS, &first, &last);
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

static size_t tap_groups(const bc_conv *c) {
    return (c->tap_count + TAPS_AN_ITEM - 1) / TAPS_AN_ITEM;
}

static void sum_bias(const bc_plan *plan, const bc_step *step, size_t panel) {
    const bc_value *dst = &plan->values[step->dst];
    const float *diff = bc_value_diff(plan, step->dst);
    float *gradient = bc_plan_data(plan, plan->gradients) + step->bias->offset;
    for (size_t k = panel * BC_PANEL; k < (panel + 1) * BC_PANEL && k < step->bias->count; k++) {
        double sum = 0;
        for (size_t image = 0; image < plan->count; image++)
            sum += (double)diff[image * dst->image + k];
        gradient[k] = (float)sum;
    }
}

/* The gradient of a panel's weights to some blocks of source channels, over all images. */
static void backward_weights(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const size_t panel = item / tap_groups(c), first = item % tap_groups(c) * TAPS_AN_ITEM;
    const size_t taps = c->tap_count - first < TAPS_AN_ITEM ? c->tap_count - first : TAPS_AN_ITEM;
    const size_t channels = bc_panel_channels(c->out_blocks, panel);
    float *sums = bc_plan_scratch(plan, worker);
    const bc_outer outer = {
        .src = bc_value_data(plan, step->src),
        .taps = c->taps + first,
        .tap_count = taps,
        .depth = BC_BLOCK,
        .src_pixel = (ptrdiff_t)src->image,
        .diff = bc_value_diff(plan, step->dst) + panel * BC_PANEL,
        .diff_pixel = (ptrdiff_t)dst->image,
        .diff_block = BC_BLOCK,
        .pixels = plan->count,
        .rows = 1,
        .channels = channels,
        .sums = sums,
    };
    plan->level->gemm->outer(&outer);
    for (size_t row = 0; row < taps * BC_BLOCK; row++)
        bc_pack_put_gradient(plan, step, panel, first * BC_BLOCK + row, sums + row * channels);
    if (first == 0 && step->bias != NULL)
        sum_bias(plan, step, panel);
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
    bc_plan_emit(plan, BC_PART_SOURCE_GRADIENT, backward_data, step,
                 bc_panel_count(c->in_blocks) * IMAGE_GROUPS);
    bc_plan_use(plan, plan->values[step->dst].diff);
    step->accumulate = bc_plan_write_diff(plan, step->src);
}

void bc_dense_emit_backward(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    if (step->relu) {
        bc_plan_emit_shards(plan, BC_PART_MASK, mask, step);
        bc_plan_use(plan, plan->values[step->dst].data);
        bc_plan_use(plan, plan->values[step->dst].diff);
    }
    if (step->src_is_wanted)
        emit_backward_data(plan, step);
    if (plan->status != BC_OK)
        return;
    bc_plan_emit(plan, BC_PART_WEIGHT_GRADIENT, backward_weights, step,
                 bc_panel_count(c->out_blocks) * tap_groups(c));
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].diff);
    bc_plan_need_scratch(plan, TAPS_AN_ITEM * BC_BLOCK * BC_PANEL);
}
