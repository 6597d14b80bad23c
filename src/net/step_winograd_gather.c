/* The gradient of the weights of a 3x3 convolution of many channels and few tiles, where the sums of a shard
 * are larger than what they are sums of: all of the batch is transformed first, and then each part of the
 * weights is summed over all tiles at once, point by point, and brought back to 3 x 3 taps. That takes one
 * pass over the weights, where sums by shards take one for each shard and one more to add them up. */
#include "plan_build.h"

enum {
    BLOCKS_AN_ITEM = 2, /* of the source, by a panel of filters: its sums stay in the second-level cache */
    ROWS_AN_ITEM = BLOCKS_AN_ITEM * BC_BLOCK,
    /* Floats from one point of an item's sums to the next, which do not fall on the same cache lines. */
    POINT = ROWS_AN_ITEM * BC_PANEL + BC_BLOCK,
};

static size_t room_for_tiles(const bc_plan *plan, const bc_conv *c) {
    return plan->capacity * bc_winograd_tiles(c);
}

bool bc_winograd_should_gather(const bc_plan *plan, const bc_conv *conv) {
    const size_t tiles = (room_for_tiles(plan, conv) + BC_SHARDS - 1) / BC_SHARDS;
    return conv->in_blocks * conv->out_blocks * BC_BLOCK > tiles * (conv->in_blocks + conv->out_blocks);
}

void bc_winograd_reserve_points(bc_plan *plan, bc_conv *conv) {
    const size_t tiles = room_for_tiles(plan, conv);
    conv->src_points = bc_plan_buffer(plan, bc_points_size(conv->in_blocks, tiles), 1);
    conv->diff_points = bc_plan_buffer(plan, bc_points_size(conv->out_blocks, tiles), 1);
}

/* What an item computes: the weights of some blocks of the source for a panel of filters. */
typedef struct part {
    size_t panel, channels;
    size_t first, blocks;
} part;

static size_t items_a_panel(const bc_conv *c) {
    return (c->in_blocks + BLOCKS_AN_ITEM - 1) / BLOCKS_AN_ITEM;
}

static part part_of(const bc_conv *c, size_t item) {
    part p = {.panel = item / items_a_panel(c), .first = item % items_a_panel(c) * BLOCKS_AN_ITEM};
    const size_t left = c->in_blocks - p.first;
    p.channels = bc_panel_channels(c->out_blocks, p.panel);
    p.blocks = left < BLOCKS_AN_ITEM ? left : BLOCKS_AN_ITEM;
    return p;
}

/* sums[point][row][filter] */
static void sum_tiles(const bc_plan *plan, const bc_conv *c, const part *p, float *sums) {
    const size_t room = room_for_tiles(plan, c), block = room * BC_BLOCK;
    const float *src = bc_plan_data(plan, c->src_points) + p->first * block;
    const float *diff = bc_plan_data(plan, c->diff_points) + p->panel * BC_PANEL_BLOCKS * block;
    ptrdiff_t offsets[BLOCKS_AN_ITEM];
    for (size_t b = 0; b < p->blocks; b++)
        offsets[b] = (ptrdiff_t)(b * block);
    for (size_t point = 0; point < BC_WINOGRAD_POINTS; point++) {
        const bc_outer outer = {
            .src = src + point * bc_point_stride(c->in_blocks, room),
            .taps = offsets,
            .tap_count = p->blocks,
            .depth = BC_BLOCK,
            .src_pixel = BC_BLOCK,
            .diff = diff + point * bc_point_stride(c->out_blocks, room),
            .diff_pixel = BC_BLOCK,
            .diff_block = (ptrdiff_t)block,
            .pixels = plan->count * bc_winograd_tiles(c),
            .rows = 1,
            .channels = p->channels,
            .sums = sums + point * POINT,
        };
        plan->level->gemm->outer(&outer);
    }
}

static void put_row(const bc_plan *plan, const bc_step *step, const part *p, size_t row, const float *sums) {
    const size_t first_tap = ((p->first + row / BC_BLOCK) * BC_WINOGRAD_TAPS) * BC_BLOCK + row % BC_BLOCK;
    _Alignas(BC_ALIGNMENT) float taps[BC_WINOGRAD_TAPS * BC_PANEL];
    for (size_t k = 0; k < p->channels; k += BC_BLOCK)
        plan->level->winograd->filter_diff(taps + k, BC_PANEL, sums + row * p->channels + k, POINT);
    for (size_t tap = 0; tap < BC_WINOGRAD_TAPS; tap++)
        bc_pack_put_gradient(plan, step, p->panel, first_tap + tap * BC_BLOCK, taps + tap * BC_PANEL);
}

static void gather(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    const part p = part_of(&step->conv, item);
    float *sums = bc_plan_scratch(plan, worker);
    sum_tiles(plan, &step->conv, &p, sums);
    for (size_t row = 0; row < p.blocks * BC_BLOCK; row++)
        put_row(plan, step, &p, row, sums);
    if (item == 0)
        bc_conv_reduce_bias(plan, step);
}

void bc_winograd_emit_gather(bc_plan *plan, bc_step *step) {
    const bc_conv *c = &step->conv;
    bc_plan_emit(plan, BC_PART_SUM, gather, step, bc_panel_count(c->out_blocks) * items_a_panel(c));
    bc_plan_need_scratch(plan, BC_WINOGRAD_POINTS * POINT);
}
