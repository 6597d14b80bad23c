/* Weights in the order of the kernels, and their gradients back in the network's order; for convolutions and
 * dense layers alike. */
#include "plan_build.h"

#include "base/memory.h"

#include <stdlib.h>

bc_status bc_pack_taps(ptrdiff_t **taps, size_t *count, size_t planes, size_t pixel, bc_pair kernel,
                       size_t height, size_t width, bc_error *err) {
    void *block;
    *count = planes * kernel.height * kernel.width;
    bc_status status = bc_alloc(&block, *count, sizeof **taps, err);
    *taps = block;
    if (status != BC_OK)
        return status;
    size_t i = 0;
    for (size_t b = 0; b < planes; b++) {
        for (size_t y = 0; y < kernel.height; y++) {
            for (size_t x = 0; x < kernel.width; x++)
                (*taps)[i++] = (ptrdiff_t)(((b * height + y) * width + x) * pixel);
        }
    }
    return BC_OK;
}

void bc_conv_free(bc_conv *conv) {
    free(conv->taps);
    free(conv->back_taps);
    free(conv->back_order);
    free(conv->phases);
    conv->taps = conv->back_taps = NULL;
    conv->back_order = NULL;
    conv->phases = NULL;
}

/* The place of (tap, depth) within one filter's weights, which lie [channel][y][x]; -1 where there is none.
 */
static ptrdiff_t place_in_filter(const bc_conv *c, size_t tap, size_t depth) {
    if (c->from_image)
        return (ptrdiff_t)tap; /* in the same order */
    size_t area = (size_t)c->kernel.height * c->kernel.width;
    size_t channel = tap / area * BC_BLOCK + depth;
    return channel < c->in.channels ? (ptrdiff_t)(channel * area + tap % area) : -1;
}

/* A panel of output channels, on the way from the network's weights to packed ones. */
typedef struct panel_weights {
    const bc_conv *conv;
    const float *weight;
    size_t filter;         /* floats of one filter */
    size_t first, real;    /* its first output channel, and how many there really are */
    size_t channels;       /* whole blocks */
    float scale[BC_PANEL]; /* of a batch norm that is folded in */
} panel_weights;

/* Also writes the panel's bias. In a plan to predict, the batch norm behind is folded in. */
static panel_weights open_panel(const bc_plan *plan, const bc_step *step, size_t panel) {
    const bc_conv *c = &step->conv;
    panel_weights p = {
        .conv = c, .first = panel * BC_PANEL, .channels = bc_panel_channels(c->out_blocks, panel)};
    float *bias = bc_plan_data(plan, c->packed_bias) + p.first, shift[BC_PANEL] = {0};
    p.filter = step->weight->count / c->out.channels;
    p.weight = bc_tensor_values(plan, step->weight) + p.first * p.filter;
    p.real = c->out.channels - p.first < p.channels ? c->out.channels - p.first : p.channels;
    for (size_t k = 0; k < p.real; k++)
        p.scale[k] = 1;
    if (step->norm_weight != NULL)
        bc_norm_fold(p.scale, shift, plan, step, p.first);
    for (size_t k = 0; k < p.channels; k++) {
        float own = step->bias != NULL && k < p.real ? bc_tensor_values(plan, step->bias)[p.first + k] : 0;
        bias[k] = own * p.scale[k] + shift[k];
    }
    return p;
}

/* The weights of all output channels at one (tap, depth), filled up with zeros. */
static void pack_row(float *row, const panel_weights *p, size_t tap, size_t depth) {
    const ptrdiff_t place = place_in_filter(p->conv, tap, depth);
    for (size_t k = 0; k < p->channels; k++)
        row[k] = place >= 0 && k < p->real ? p->weight[k * p->filter + (size_t)place] * p->scale[k] : 0;
}

/* Where a filter is one pixel, the weights of 16 filters to a block of channels are 16 x 16 numbers. */
static bool is_block(const panel_weights *p, size_t row) {
    const bc_conv *c = p->conv;
    return !c->from_image && c->kernel.height * c->kernel.width == 1 && p->real == p->channels &&
           row % BC_BLOCK == 0 && row + BC_BLOCK <= c->in.channels;
}

static void pack_block(const bc_plan *plan, float *packed, const panel_weights *p, size_t row) {
    for (size_t k = 0; k < p->channels; k += BC_BLOCK)
        plan->level->element->transpose(packed + k, p->channels, p->weight + k * p->filter + row, p->filter,
                                        p->scale + k);
}

/* [tap][depth][channel] */
static void pack(const bc_plan *plan, const bc_step *step, size_t panel, unsigned worker) {
    (void)worker;
    const bc_conv *c = &step->conv;
    const panel_weights p = open_panel(plan, step, panel);
    float *packed = bc_plan_data(plan, c->packed) + bc_panel_offset(c->tap_count * c->depth, panel);
    size_t rows;
    for (size_t row = 0; row < c->tap_count * c->depth; row += rows, packed += rows * p.channels) {
        rows = is_block(&p, row) ? BC_BLOCK : 1;
        if (rows == BC_BLOCK)
            pack_block(plan, packed, &p, row);
        else
            pack_row(packed, &p, row / c->depth, row % c->depth);
    }
}

/* For the gradient of the source, whose channels are now the panel's: the weights of filter k at one place of
 * the kernel. */
static void pack_back_row(float *row, const bc_plan *plan, const bc_step *step, size_t panel, size_t k,
                          size_t place) {
    const bc_conv *c = &step->conv;
    const size_t area = (size_t)c->kernel.height * c->kernel.width, filter = c->in.channels * area;
    const size_t first = panel * BC_PANEL, channels = bc_panel_channels(c->in_blocks, panel);
    const size_t left = k < c->out.channels ? c->in.channels - first : 0,
                 real = left < channels ? left : channels;
    const float *weight = bc_tensor_values(plan, step->weight) + k * filter + first * area + place;
    for (size_t i = 0; i < real; i++)
        row[i] = weight[i * area];
    for (size_t i = real; i < channels; i++)
        row[i] = 0;
}

static void pack_back(const bc_plan *plan, const bc_step *step, size_t panel, unsigned worker) {
    (void)worker;
    const bc_conv *c = &step->conv;
    const size_t channels = bc_panel_channels(c->in_blocks, panel),
                 area = (size_t)c->kernel.height * c->kernel.width;
    float *packed = bc_plan_data(plan, c->packed_back) + bc_panel_offset(c->back_tap_count * BC_BLOCK, panel);
    for (size_t tap = 0; tap < c->back_tap_count; tap++) {
        const size_t at = c->back_order != NULL ? c->back_order[tap] : tap;
        for (size_t depth = 0; depth < BC_BLOCK; depth++, packed += channels)
            pack_back_row(packed, plan, step, panel, at / area * BC_BLOCK + depth, at % area);
    }
}

/* ---- for Winograd: [point][block, depth][channel] ---- */

/* Transforms the 3 x 3 taps of one depth of a panel of rows. */
static void put_points(const bc_plan *plan, float *packed, const float *taps, size_t rows, size_t channels) {
    for (size_t k = 0; k < channels; k += BC_BLOCK)
        plan->level->winograd->filter(packed + k, (ptrdiff_t)(rows * channels), taps + k,
                                      (ptrdiff_t)channels);
}

static void pack_points(const bc_plan *plan, const bc_step *step, size_t panel, unsigned worker) {
    const bc_conv *c = &step->conv;
    const panel_weights p = open_panel(plan, step, panel);
    const size_t rows = c->in_blocks * BC_BLOCK;
    float *taps = bc_plan_scratch(plan, worker);
    float *packed = bc_plan_data(plan, c->packed) + bc_panel_offset(BC_WINOGRAD_POINTS * rows, panel);
    for (size_t row = 0; row < rows; row++) {
        for (size_t tap = 0; tap < BC_WINOGRAD_TAPS; tap++)
            pack_row(taps + tap * p.channels, &p, row / BC_BLOCK * BC_WINOGRAD_TAPS + tap, row % BC_BLOCK);
        put_points(plan, packed + row * p.channels, taps, rows, p.channels);
    }
}

static void pack_points_back(const bc_plan *plan, const bc_step *step, size_t panel, unsigned worker) {
    const bc_conv *c = &step->conv;
    const size_t channels = bc_panel_channels(c->in_blocks, panel), rows = c->out_blocks * BC_BLOCK;
    float *taps = bc_plan_scratch(plan, worker);
    float *packed = bc_plan_data(plan, c->packed_back) + bc_panel_offset(BC_WINOGRAD_POINTS * rows, panel);
    for (size_t row = 0; row < rows; row++) {
        for (size_t tap = 0; tap < BC_WINOGRAD_TAPS; tap++)
            pack_back_row(taps + tap * channels, plan, step, panel, row,
                          BC_WINOGRAD_TAPS - 1 - tap); /* turned */
        put_points(plan, packed + row * channels, taps, rows, channels);
    }
}

/* ---- the tasks ---- */

static void emit(bc_plan *plan, bc_step *step, bc_task_function *run, size_t panels, uint32_t packed) {
    plan->emit_to_prepare = true;
    bc_plan_emit(plan, BC_PART_PACK, run, step, panels);
    bc_plan_use(plan, packed);
    plan->emit_to_prepare = false;
}

/* rows: (tap, depth) or (point, depth) ones. */
static void emit_forward(bc_plan *plan, bc_step *step, bc_task_function *run, size_t rows) {
    bc_conv *c = &step->conv;
    c->packed = bc_plan_buffer(plan, rows, c->out_blocks * BC_BLOCK);
    c->packed_bias = bc_plan_buffer(plan, c->out_blocks, BC_BLOCK);
    emit(plan, step, run, bc_panel_count(c->out_blocks), c->packed);
    plan->emit_to_prepare = true;
    bc_plan_use(plan, c->packed_bias);
    plan->emit_to_prepare = false;
}

static void emit_back(bc_plan *plan, bc_step *step, bc_task_function *run, size_t rows) {
    bc_conv *c = &step->conv;
    c->packed_back = bc_plan_buffer(plan, rows, c->in_blocks * BC_BLOCK);
    emit(plan, step, run, bc_panel_count(c->in_blocks), c->packed_back);
}

void bc_pack_emit(bc_plan *plan, bc_step *step) {
    emit_forward(plan, step, pack, step->conv.tap_count * step->conv.depth);
}

void bc_pack_emit_back(bc_plan *plan, bc_step *step) {
    emit_back(plan, step, pack_back, step->conv.back_tap_count * BC_BLOCK);
}

void bc_pack_emit_points(bc_plan *plan, bc_step *step) {
    emit_forward(plan, step, pack_points, BC_WINOGRAD_POINTS * step->conv.in_blocks * BC_BLOCK);
    bc_plan_need_scratch(plan, BC_WINOGRAD_TAPS * BC_PANEL);
}

void bc_pack_emit_points_back(bc_plan *plan, bc_step *step) {
    emit_back(plan, step, pack_points_back, BC_WINOGRAD_POINTS * step->conv.out_blocks * BC_BLOCK);
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
