/* 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) (kernels/winograd.c), where both sides have enough
 * channels.
 *
 * A few images are staged with a zero border. Their tiles, TILES at a time, are transformed to points
 * [point][block][tile][16]; for each point, a product over the channels gives [point][tile][32], which the
 * output transform brings to its place. The gradient of the source is the same with the kernel turned; that
 * of the weights is a sum of products over tiles at each point, brought back to 3 x 3 taps once a shard. */
#include "plan_build.h"

#include <string.h>

enum {
    TILES = 48,       /* transformed at a time, so that their points stay in the second-level cache */
    POINT_GAP = 16,   /* floats between points, so that they do not fall on the same cache lines */
    LEAST_PIXELS = 9, /* of a picture: below, tiles would be mostly empty */
    TAPS = 9,
};

bool bc_winograd_suits(const bc_conv *c) {
    return !c->from_image && c->kernel.height == 3 && c->kernel.width == 3 && c->stride.height == 1 &&
           c->stride.width == 1 && c->in.channels >= BC_BLOCK && c->out.channels >= BC_BLOCK &&
           c->out.height * c->out.width >= LEAST_PIXELS;
}

/* ---- geometry ---- */

static size_t tiles_along(size_t side) {
    return (side + BC_WINOGRAD_TILE - 1) / BC_WINOGRAD_TILE;
}

/* One convolution of some images: of the source forward, or of its gradient backward. */
typedef struct pass {
    const float *src;
    float *dst;
    size_t src_image, dst_image; /* floats from one image to the next */
    bc_shape in, out;
    size_t in_blocks, out_blocks;
    size_t top, left; /* padding */
    const float *packed, *bias;
    bool relu, accumulate;
} pass;

/* Tiles of an image, the pixels of its staged plane, and how many images make up a block of tiles. */
typedef struct tiling {
    size_t high, wide, tiles;
    size_t staged_width, staged_plane; /* floats of a plane */
    size_t images;
} tiling;

static tiling tile(bc_shape out) {
    tiling t = {.high = tiles_along(out.height), .wide = tiles_along(out.width)};
    t.tiles = t.high * t.wide;
    t.staged_width = t.wide * BC_WINOGRAD_TILE + 2;
    t.staged_plane = (t.high * BC_WINOGRAD_TILE + 2) * t.staged_width * BC_BLOCK;
    t.images = t.tiles < TILES ? TILES / t.tiles : 1;
    return t;
}

static ptrdiff_t point_stride(size_t blocks) {
    return (ptrdiff_t)(blocks * TILES * BC_BLOCK + POINT_GAP);
}

static size_t points_size(size_t blocks) {
    return BC_WINOGRAD_POINTS * (size_t)point_stride(blocks);
}

/* ---- staging and transforms ---- */

/* Copies a plane into a zeroed one, from (top, left) on; what does not fit stays out. */
static void stage_plane(float *dst, const tiling *t, const float *src, bc_shape shape, size_t top,
                        size_t left) {
    memset(dst, 0, t->staged_plane * sizeof(float));
    for (size_t y = 0; y < shape.height; y++)
        memcpy(dst + ((top + y) * t->staged_width + left) * BC_BLOCK, src + y * shape.width * BC_BLOCK,
               shape.width * BC_BLOCK * sizeof(float));
}

static void stage(float *dst, const tiling *t, const float *src, size_t src_image, bc_shape shape,
                  size_t blocks, size_t images, size_t top, size_t left) {
    const size_t plane = (size_t)shape.height * shape.width * BC_BLOCK;
    for (size_t n = 0; n < images; n++) {
        for (size_t b = 0; b < blocks; b++)
            stage_plane(dst + (n * blocks + b) * t->staged_plane, t, src + n * src_image + b * plane, shape,
                        top, left);
    }
}

typedef void tile_transform(float *points, ptrdiff_t point, const float *src, ptrdiff_t row);

/* Transforms the tiles [first, first + count) of the staged images, to [point][block][tile][16]. */
static void transform(tile_transform *kernel, float *points, const tiling *t, const float *staged,
                      size_t blocks, size_t first, size_t count) {
    const ptrdiff_t row = (ptrdiff_t)(t->staged_width * BC_BLOCK);
    for (size_t i = 0; i < count; i++) {
        const size_t image = (first + i) / t->tiles, at = (first + i) % t->tiles;
        const size_t y = at / t->wide * BC_WINOGRAD_TILE, x = at % t->wide * BC_WINOGRAD_TILE;
        for (size_t b = 0; b < blocks; b++)
            kernel(points + (b * TILES + i) * BC_BLOCK, point_stride(blocks),
                   staged + (image * blocks + b) * t->staged_plane + (y * t->staged_width + x) * BC_BLOCK,
                   row);
    }
}

/* The offsets of the blocks in one point's [block][tile][16]. */
static void block_offsets(ptrdiff_t *offsets, size_t blocks) {
    for (size_t b = 0; b < blocks; b++)
        offsets[b] = (ptrdiff_t)(b * TILES * BC_BLOCK);
}

/* ---- one convolution ---- */

static void multiply(const bc_plan *plan, const pass *p, const ptrdiff_t *offsets, const float *points,
                     float *products, size_t panel, size_t count) {
    const size_t channels = bc_panel_channels(p->out_blocks, panel), rows = p->in_blocks * BC_BLOCK;
    const float *packed = p->packed + bc_panel_offset(BC_WINOGRAD_POINTS * rows, panel);
    for (size_t point = 0; point < BC_WINOGRAD_POINTS; point++) {
        const bc_product product = {
            .src = points + (ptrdiff_t)point * point_stride(p->in_blocks),
            .taps = offsets,
            .tap_count = p->in_blocks,
            .depth = BC_BLOCK,
            .src_pixel = BC_BLOCK,
            .weights = packed + point * rows * channels,
            .dst = products + (ptrdiff_t)point * point_stride(2),
            .dst_pixel = BC_PANEL,
            .dst_block = BC_BLOCK,
            .pixels = count,
            .rows = 1,
            .channels = channels,
        };
        plan->level->gemm->product(&product);
    }
}

static size_t rest(size_t side, size_t from) {
    return side - from < BC_WINOGRAD_TILE ? side - from : BC_WINOGRAD_TILE;
}

/* Brings the tiles [first, first + count) of a panel to their places. */
static void put_outputs(const bc_plan *plan, const pass *p, const tiling *t, const float *products,
                        size_t panel, size_t first, size_t count) {
    const size_t plane = (size_t)p->out.height * p->out.width * BC_BLOCK;
    for (size_t k = 0; k < bc_panel_channels(p->out_blocks, panel); k += BC_BLOCK) {
        const size_t channel = panel * BC_PANEL + k;
        for (size_t i = 0; i < count; i++) {
            const size_t image = (first + i) / t->tiles, at = (first + i) % t->tiles;
            const size_t y = at / t->wide * BC_WINOGRAD_TILE, x = at % t->wide * BC_WINOGRAD_TILE;
            const bc_winograd_output output = {
                .points = products + i * BC_PANEL + k,
                .point = point_stride(2),
                .dst = p->dst + image * p->dst_image + channel / BC_BLOCK * plane +
                       (y * p->out.width + x) * BC_BLOCK,
                .row = (ptrdiff_t)p->out.width * BC_BLOCK,
                .height = rest(p->out.height, y),
                .width = rest(p->out.width, x),
                .bias = p->bias != NULL ? p->bias + channel : NULL,
                .relu = p->relu,
                .accumulate = p->accumulate,
            };
            plan->level->winograd->output(&output);
        }
    }
}

static size_t convolve_scratch(bc_shape out, size_t in_blocks) {
    const tiling t = tile(out);
    return in_blocks * BC_BLOCK + t.images * in_blocks * t.staged_plane + points_size(in_blocks) +
           points_size(2);
}

/* scratch: convolve_scratch floats. */
static void convolve(const bc_plan *plan, const pass *p, size_t images, float *scratch) {
    const tiling t = tile(p->out);
    ptrdiff_t *offsets = (ptrdiff_t *)(void *)scratch;
    float *staged = scratch + p->in_blocks * BC_BLOCK;
    float *points = staged + t.images * p->in_blocks * t.staged_plane,
          *products = points + points_size(p->in_blocks);
    block_offsets(offsets, p->in_blocks);
    for (size_t n = 0; n < images; n += t.images) {
        const size_t group = images - n < t.images ? images - n : t.images;
        pass part = *p;
        part.dst += n * p->dst_image;
        stage(staged, &t, p->src + n * p->src_image, p->src_image, p->in, p->in_blocks, group, p->top,
              p->left);
        for (size_t first = 0; first < group * t.tiles; first += TILES) {
            const size_t left = group * t.tiles - first, count = left < TILES ? left : TILES;
            transform(plan->level->winograd->input, points, &t, staged, p->in_blocks, first, count);
            for (size_t panel = 0; panel < bc_panel_count(p->out_blocks); panel++) {
                multiply(plan, &part, offsets, points, products, panel, count);
                put_outputs(plan, &part, &t, products, panel, first, count);
            }
        }
    }
}

/* ---- forward ---- */

static void forward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    const pass p = {
        .src = bc_value_data(plan, step->src) + first * src->image,
        .dst = bc_value_data(plan, step->dst) + first * dst->image,
        .src_image = src->image,
        .dst_image = dst->image,
        .in = c->in,
        .out = c->out,
        .in_blocks = c->in_blocks,
        .out_blocks = c->out_blocks,
        .top = c->padding.height,
        .left = c->padding.width,
        .packed = bc_plan_data(plan, c->packed),
        .bias = bc_plan_data(plan, c->packed_bias),
        .relu = step->relu,
    };
    convolve(plan, &p, last - first, bc_plan_scratch(plan, worker));
}

void bc_winograd_emit(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    c->tap_count = c->in_blocks * TAPS;
    c->depth = BC_BLOCK;
    bc_pack_emit_points(plan, step);
    bc_plan_emit(plan, forward, step, BC_SHARDS);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].data);
    bc_plan_need_scratch(plan, convolve_scratch(c->out, c->in_blocks));
}

/* ---- gradient of the source ---- */

static void backward_data(const bc_plan *plan, const bc_step *step, size_t first, size_t last,
                          float *scratch) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const pass p = {
        .src = bc_value_diff(plan, step->dst) + first * dst->image,
        .dst = bc_value_diff(plan, step->src) + first * src->image,
        .src_image = dst->image,
        .dst_image = src->image,
        .in = c->out,
        .out = c->in,
        .in_blocks = c->out_blocks,
        .out_blocks = c->in_blocks,
        .top = 2 - c->padding.height,
        .left = 2 - c->padding.width,
        .packed = bc_plan_data(plan, c->packed_back),
        .accumulate = step->accumulate,
    };
    convolve(plan, &p, last - first, scratch);
}

/* ---- gradient of the weights ---- */

/* Adds the products of the points of source and gradient over the tiles, for each point and panel, to
 * sums[panel][point][channel][filter]. */
static void add_products(const bc_plan *plan, const bc_conv *c, const ptrdiff_t *offsets, const float *points,
                         const float *diff_points, float *sums, size_t count, bool accumulate) {
    const size_t rows = c->in_blocks * BC_BLOCK;
    for (size_t point = 0; point < BC_WINOGRAD_POINTS; point++) {
        for (size_t panel = 0; panel < bc_panel_count(c->out_blocks); panel++) {
            const size_t channels = bc_panel_channels(c->out_blocks, panel);
            const bc_outer outer = {
                .src = points + (ptrdiff_t)point * point_stride(c->in_blocks),
                .taps = offsets,
                .tap_count = c->in_blocks,
                .depth = BC_BLOCK,
                .src_pixel = BC_BLOCK,
                .diff = diff_points + (ptrdiff_t)point * point_stride(c->out_blocks) +
                        panel * 2 * TILES * BC_BLOCK,
                .diff_pixel = BC_BLOCK,
                .diff_block = TILES * BC_BLOCK,
                .pixels = count,
                .rows = 1,
                .channels = channels,
                .sums = sums + bc_panel_offset(BC_WINOGRAD_POINTS * rows, panel) + point * rows * channels,
                .accumulate = accumulate,
            };
            plan->level->gemm->outer(&outer);
        }
    }
}

/* From the sums at the points to the shard's part of the sums at the taps, [panel][block, tap][16][filter].
 */
static void put_taps(const bc_plan *plan, const bc_step *step, const float *sums, size_t shard) {
    const bc_conv *c = &step->conv;
    const size_t rows = c->in_blocks * BC_BLOCK;
    float *part = bc_plan_data(plan, c->sums) + shard * TAPS * rows * c->out_blocks * BC_BLOCK;
    for (size_t panel = 0; panel < bc_panel_count(c->out_blocks); panel++) {
        const size_t channels = bc_panel_channels(c->out_blocks, panel);
        const float *from = sums + bc_panel_offset(BC_WINOGRAD_POINTS * rows, panel);
        float *to = part + bc_panel_offset(TAPS * rows, panel);
        for (size_t row = 0; row < rows; row++) {
            const size_t first_tap = row / BC_BLOCK * TAPS * BC_BLOCK + row % BC_BLOCK;
            for (size_t k = 0; k < channels; k += BC_BLOCK)
                plan->level->winograd->filter_diff(to + first_tap * channels + k,
                                                   (ptrdiff_t)(BC_BLOCK * channels),
                                                   from + row * channels + k, (ptrdiff_t)(rows * channels));
        }
    }
}

static size_t sums_size(const bc_conv *c) {
    return BC_WINOGRAD_POINTS * c->in_blocks * BC_BLOCK * c->out_blocks * BC_BLOCK;
}

static size_t weights_scratch(const bc_conv *c) {
    const tiling t = tile(c->out);
    return sums_size(c) + c->in_blocks * BC_BLOCK +
           t.images * (c->in_blocks + c->out_blocks) * t.staged_plane + points_size(c->in_blocks) +
           points_size(c->out_blocks);
}

/* scratch: weights_scratch floats. */
static void backward_weights(const bc_plan *plan, const bc_step *step, size_t first, size_t last,
                             size_t shard, float *scratch) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const tiling t = tile(c->out);
    float *sums = scratch;
    ptrdiff_t *offsets = (ptrdiff_t *)(void *)(sums + sums_size(c));
    float *staged = sums + sums_size(c) + c->in_blocks * BC_BLOCK;
    float *staged_diff = staged + t.images * c->in_blocks * t.staged_plane;
    float *points = staged_diff + t.images * c->out_blocks * t.staged_plane;
    float *diff_points = points + points_size(c->in_blocks);
    block_offsets(offsets, c->in_blocks);
    bool accumulate = false;
    for (size_t n = first; n < last; n += t.images) {
        const size_t group = last - n < t.images ? last - n : t.images;
        stage(staged, &t, bc_value_data(plan, step->src) + n * src->image, src->image, c->in, c->in_blocks,
              group, c->padding.height, c->padding.width);
        stage(staged_diff, &t, bc_value_diff(plan, step->dst) + n * dst->image, dst->image, c->out,
              c->out_blocks, group, 0, 0);
        for (size_t at = 0; at < group * t.tiles; at += TILES) {
            const size_t left = group * t.tiles - at, count = left < TILES ? left : TILES;
            transform(plan->level->winograd->input, points, &t, staged, c->in_blocks, at, count);
            transform(plan->level->winograd->diff, diff_points, &t, staged_diff, c->out_blocks, at, count);
            add_products(plan, c, offsets, points, diff_points, sums, count, accumulate);
            accumulate = true;
        }
    }
    put_taps(plan, step, sums, shard);
}

static void backward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    bc_conv_start_backward(plan, step, shard);
    if (first == last)
        return;
    backward_weights(plan, step, first, last, shard, bc_plan_scratch(plan, worker));
    if (step->src_is_wanted)
        backward_data(plan, step, first, last, bc_plan_scratch(plan, worker));
}

void bc_winograd_emit_backward(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    if (step->src_is_wanted)
        bc_pack_emit_points_back(plan, step);
    bc_conv_emit_sums(plan, step, backward);
    bc_plan_need_scratch(plan, weights_scratch(c));
    bc_plan_need_scratch(plan, convolve_scratch(c->in, c->out_blocks));
    bc_conv_emit_reduce(plan, step);
}
