/* The gradient of a convolution's source, as products: pixels of the source that stand at the same place
 * within the stride get the same taps of the kernel, and each set of them is a convolution of the gradient
 * with those, of stride
 * 1. So none of the zeros is multiplied that a gradient spread by the stride would have. */
#include "plan_build.h"

#include "base/memory.h"

#include <string.h>

/* One direction of the kernel. */
typedef struct axis {
    size_t kernel, stride, padding, in, out;
} axis;

static axis axis_of_rows(const bc_conv *c) {
    return (axis){c->kernel.height, c->stride.height, c->padding.height, c->in.height, c->out.height};
}

static axis axis_of_columns(const bc_conv *c) {
    return (axis){c->kernel.width, c->stride.width, c->padding.width, c->in.width, c->out.width};
}

/* Source pixel place + i * stride gets, for each j, tap + j * stride times gradient pixel base + i - j. */
typedef struct phase_axis {
    size_t tap, taps, base, pixels;
} phase_axis;

static phase_axis phase_of(const axis *a, size_t place) {
    phase_axis p = {.tap = (place + a->padding) % a->stride, .base = (place + a->padding) / a->stride};
    p.taps = p.tap < a->kernel ? (a->kernel - p.tap + a->stride - 1) / a->stride : 0;
    p.pixels = place < a->in ? (a->in - place + a->stride - 1) / a->stride : 0;
    return p;
}

/* Gradient pixels that are zero: before the first one, and behind the last. */
static void margins(size_t *before, size_t *behind, const axis *a) {
    *before = *behind = 0;
    for (size_t place = 0; place < a->stride; place++) {
        const phase_axis p = phase_of(a, place);
        if (p.taps == 0 || p.pixels == 0)
            continue;
        if (p.taps > p.base + 1 && p.taps - 1 - p.base > *before)
            *before = p.taps - 1 - p.base;
        if (p.base + p.pixels > a->out && p.base + p.pixels - a->out > *behind)
            *behind = p.base + p.pixels - a->out;
    }
}

static size_t plane_of(const bc_conv *c) {
    return c->back_height * c->back_width * BC_BLOCK;
}

/* Fills in the taps of one phase, which follow those of the phases before it. */
static void list_taps(bc_conv *c, const phase_axis *y, const phase_axis *x) {
    for (size_t block = 0; block < c->out_blocks; block++) {
        for (size_t j = 0; j < y->taps; j++) {
            for (size_t i = 0; i < x->taps; i++) {
                const size_t row = y->tap + j * c->stride.height, column = x->tap + i * c->stride.width;
                const ptrdiff_t back = (ptrdiff_t)((j * c->back_width + i) * BC_BLOCK);
                c->back_taps[c->back_tap_count] = (ptrdiff_t)(block * plane_of(c)) - back;
                c->back_order[c->back_tap_count++] =
                    (block * c->kernel.height + row) * c->kernel.width + column;
            }
        }
    }
}

static void list_phase(bc_conv *c, bc_phase *phase, size_t row, size_t column) {
    const axis rows = axis_of_rows(c), columns = axis_of_columns(c);
    const phase_axis y = phase_of(&rows, row), x = phase_of(&columns, column);
    *phase = (bc_phase){.row = row, .column = column, .rows = y.pixels, .columns = x.pixels};
    phase->start = ((c->back_top + y.base) * c->back_width + c->back_left + x.base) * BC_BLOCK;
    phase->first_tap = c->back_tap_count;
    list_taps(c, &y, &x);
    phase->tap_count = c->back_tap_count - phase->first_tap;
}

bc_status bc_conv_plan_back(bc_conv *c, bc_error *err) {
    const axis rows = axis_of_rows(c), columns = axis_of_columns(c);
    const size_t taps = c->out_blocks * c->kernel.height * c->kernel.width;
    void *block_taps, *block_order = NULL, *block_phases = NULL;
    size_t below, right;
    margins(&c->back_top, &below, &rows);
    margins(&c->back_left, &right, &columns);
    c->back_height = c->back_top + c->out.height + below;
    c->back_width = c->back_left + c->out.width + right;
    c->back_is_staged = c->back_height > c->out.height || c->back_width > c->out.width;
    c->phase_count = (size_t)c->stride.height * c->stride.width;
    bc_status status = bc_alloc(&block_taps, taps, sizeof *c->back_taps, err);
    if (status == BC_OK)
        status = bc_alloc(&block_order, taps, sizeof *c->back_order, err);
    if (status == BC_OK)
        status = bc_alloc(&block_phases, c->phase_count, sizeof *c->phases, err);
    c->back_taps = block_taps; /* freed with the conv */
    c->back_order = block_order;
    c->phases = block_phases;
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < c->phase_count; i++)
        list_phase(c, &c->phases[i], i / c->stride.width, i % c->stride.width);
    return BC_OK;
}

size_t bc_conv_back_scratch(const bc_conv *c) {
    return c->back_is_staged ? c->out_blocks * plane_of(c) : 0;
}

/* Puts zeros around the gradient. */
static void stage(float *dst, const bc_conv *c, const float *diff) {
    const size_t row = (size_t)c->out.width * BC_BLOCK;
    memset(dst, 0, c->out_blocks * plane_of(c) * sizeof(float));
    for (size_t block = 0; block < c->out_blocks; block++, dst += plane_of(c)) {
        for (size_t y = 0; y < c->out.height; y++, diff += row)
            memcpy(dst + ((c->back_top + y) * c->back_width + c->back_left) * BC_BLOCK, diff,
                   row * sizeof(float));
    }
}

static void multiply_phase(const bc_plan *plan, const bc_step *step, const bc_phase *phase, size_t image,
                           size_t panel, const float *diff) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src];
    const size_t channels = bc_panel_channels(c->in_blocks, panel),
                 row = (size_t)c->in.width * BC_BLOCK; /* of the source */
    bc_product product = {
        .src = diff + phase->start,
        .taps = c->back_taps + phase->first_tap,
        .tap_count = phase->tap_count,
        .depth = BC_BLOCK,
        .src_pixel = BC_BLOCK,
        .src_row = (ptrdiff_t)(c->back_width * BC_BLOCK),
        .weights = bc_plan_data(plan, c->packed_back) + bc_panel_offset(c->back_tap_count * BC_BLOCK, panel) +
                   phase->first_tap * BC_BLOCK * channels,
        .dst = bc_diff_image(plan, step->src, image) + panel * BC_PANEL_BLOCKS * src->plane +
               phase->row * row + phase->column * BC_BLOCK,
        .dst_pixel = (ptrdiff_t)(c->stride.width * BC_BLOCK),
        .dst_row = (ptrdiff_t)(c->stride.height * row),
        .dst_block = (ptrdiff_t)src->plane,
        .pixels = phase->columns,
        .rows = phase->rows,
        .channels = channels,
        .accumulate = step->accumulate,
    };
    if (c->phase_count == 1 && c->back_width == c->in.width) { /* nothing between the rows: one long row */
        product.pixels *= product.rows;
        product.rows = 1;
    }
    bc_multiply(plan->level, &product);
}

void bc_conv_back(const bc_plan *plan, const bc_step *step, size_t image, const float *diff, float *scratch) {
    const bc_conv *c = &step->conv;
    if (c->back_is_staged) {
        stage(scratch, c, diff);
        diff = scratch;
    }
    for (size_t panel = 0; panel < bc_panel_count(c->in_blocks); panel++) {
        for (size_t i = 0; i < c->phase_count; i++) {
            if (c->phases[i].rows > 0 && c->phases[i].columns > 0)
                multiply_phase(plan, step, &c->phases[i], image, panel, diff);
        }
    }
}
