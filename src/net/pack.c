/* Weights in the order of the kernels, and their gradients back in the network's order; for convolutions and
 * dense layers alike. */
#include "plan_build.h"

#include "base/memory.h"

#include <stdlib.h>

bc_status bc_pack_taps(ptrdiff_t **taps, size_t *count, size_t blocks, bc_pair kernel, size_t height,
                       size_t width, bc_error *err) {
    void *block;
    *count = blocks * kernel.height * kernel.width;
    bc_status status = bc_alloc(&block, *count, sizeof **taps, err);
    *taps = block;
    if (status != BC_OK)
        return status;
    size_t i = 0;
    for (size_t b = 0; b < blocks; b++) {
        for (size_t y = 0; y < kernel.height; y++) {
            for (size_t x = 0; x < kernel.width; x++)
                (*taps)[i++] = (ptrdiff_t)(((b * height + y) * width + x) * BC_BLOCK);
        }
    }
    return BC_OK;
}

void bc_conv_free(bc_conv *conv) {
    free(conv->taps);
    free(conv->back_taps);
    conv->taps = conv->back_taps = NULL;
}

/* The place of (tap, depth) within one filter's weights, which lie [channel][y][x]; -1 where there is none.
 */
static ptrdiff_t place_in_filter(const bc_conv *c, size_t tap, size_t depth) {
    if (c->from_image)
        return (ptrdiff_t)depth; /* patches are in the same order */
    size_t area = (size_t)c->kernel.height * c->kernel.width;
    size_t channel = tap / area * BC_BLOCK + depth;
    return channel < c->in.channels ? (ptrdiff_t)(channel * area + tap % area) : -1;
}

/* Packs one panel: [tap][depth][channel], filled up with zeros. In a plan to predict, the batch norm behind
 * is folded in. */
static void pack(const bc_plan *plan, const bc_step *step, size_t panel, unsigned worker) {
    (void)worker;
    const bc_conv *c = &step->conv;
    const size_t channels = bc_panel_channels(c->out_blocks, panel), first = panel * BC_PANEL;
    const size_t filter = step->weight->count / c->out.channels;
    const size_t real = c->out.channels - first < channels ? c->out.channels - first : channels;
    const float *weight = bc_tensor_values(plan, step->weight) + first * filter;
    float *packed = bc_plan_data(plan, c->packed) + bc_panel_offset(c->tap_count * c->depth, panel);
    float *bias = bc_plan_data(plan, c->packed_bias) + first;
    float scale[BC_PANEL] = {0}, shift[BC_PANEL] = {0};
    for (size_t k = 0; k < real; k++) {
        scale[k] = 1;
        shift[k] = 0;
    }
    if (step->norm_weight != NULL)
        bc_norm_fold(scale, shift, plan, step, first);
    for (size_t k = 0; k < channels; k++) {
        float own = step->bias != NULL && k < real ? bc_tensor_values(plan, step->bias)[first + k] : 0;
        bias[k] = own * scale[k] + shift[k];
    }
    for (size_t t = 0; t < c->tap_count; t++) {
        for (size_t d = 0; d < c->depth; d++, packed += channels) {
            ptrdiff_t place = place_in_filter(c, t, d);
            for (size_t k = 0; k < channels; k++)
                packed[k] = place >= 0 && k < real ? weight[k * filter + (size_t)place] * scale[k] : 0;
        }
    }
}

/* Packs one panel of source channels for the gradient: [tap][filter in block][channel], kernel turned. */
static void pack_back(const bc_plan *plan, const bc_step *step, size_t panel, unsigned worker) {
    (void)worker;
    const bc_conv *c = &step->conv;
    const size_t channels = bc_panel_channels(c->in_blocks, panel), first = panel * BC_PANEL;
    const size_t area = (size_t)c->kernel.height * c->kernel.width, filter = c->in.channels * area;
    const float *weight = bc_tensor_values(plan, step->weight);
    float *packed = bc_plan_data(plan, c->packed_back) + bc_panel_offset(c->back_tap_count * BC_BLOCK, panel);
    for (size_t t = 0; t < c->back_tap_count; t++) {
        size_t turned = area - 1 - t % area;
        for (size_t d = 0; d < BC_BLOCK; d++, packed += channels) {
            size_t k = t / area * BC_BLOCK + d;
            for (size_t i = 0; i < channels; i++) {
                bool real = k < c->out.channels && first + i < c->in.channels;
                packed[i] = real ? weight[k * filter + (first + i) * area + turned] : 0;
            }
        }
    }
}

void bc_pack_emit(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    c->packed = bc_plan_buffer(plan, c->tap_count * c->depth, c->out_blocks * BC_BLOCK);
    c->packed_bias = bc_plan_buffer(plan, c->out_blocks, BC_BLOCK);
    plan->emit_to_prepare = true;
    bc_plan_emit(plan, pack, step, bc_panel_count(c->out_blocks));
    bc_plan_use(plan, c->packed);
    bc_plan_use(plan, c->packed_bias);
    plan->emit_to_prepare = false;
}

void bc_pack_emit_back(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    c->packed_back = bc_plan_buffer(plan, c->back_tap_count * BC_BLOCK, c->in_blocks * BC_BLOCK);
    plan->emit_to_prepare = true;
    bc_plan_emit(plan, pack_back, step, bc_panel_count(c->in_blocks));
    bc_plan_use(plan, c->packed_back);
    plan->emit_to_prepare = false;
}

void bc_pack_put_gradient(const bc_plan *plan, const bc_step *step, size_t panel, size_t row,
                          const float *sums) {
    const bc_conv *c = &step->conv;
    const ptrdiff_t place = place_in_filter(c, row / c->depth, row % c->depth);
    if (place < 0)
        return;
    const size_t filter = step->weight->count / c->out.channels, first = panel * BC_PANEL;
    float *gradient = bc_plan_data(plan, plan->gradients) + step->weight->offset;
    for (size_t k = 0; k < bc_panel_channels(c->out_blocks, panel) && first + k < c->out.channels; k++)
        gradient[(first + k) * filter + (size_t)place] = sums[k];
}
