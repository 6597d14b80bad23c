/* 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) (kernels/winograd.c), where both sides have enough
 * channels.
 *
 * A few images are staged with a zero border. Their tiles, TILES at a time, are transformed to points
 * [point][block][tile][16]; for each point, a product over the channels gives [point][tile][32], which the
 * output transform brings to its place. The gradient of the source is the same with the kernel turned; that
 * of the weights is a sum of products over tiles at each point, brought back to 3 x 3 taps once a shard.
 * Both take the gradient from one staging. */
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

/* The tiles of an image's outputs. */
typedef struct grid {
    size_t high, wide, tiles;
} grid;

static grid tile(bc_shape out) {
    grid g = {.high = (out.height + BC_WINOGRAD_TILE - 1) / BC_WINOGRAD_TILE,
              .wide = (out.width + BC_WINOGRAD_TILE - 1) / BC_WINOGRAD_TILE};
    g.tiles = g.high * g.wide;
    return g;
}

/* How many images make up a block of tiles. */
static size_t images_at_a_time(size_t tiles) {
    return tiles < TILES ? TILES / tiles : 1;
}

/* A plane with zeros around: the image lies from (top, left) on. */
typedef struct frame {
    size_t top, left, height, width;
    size_t plane; /* floats */
} frame;

/* As large as the tiles of the grid reach, of 6 x 6 pixels, or of 4 x 4 from (top, left) on. */
static frame frame_of(const grid *inputs, const grid *diffs, size_t top, size_t left) {
    frame f = {.top = top, .left = left};
    f.height = inputs != NULL ? inputs->high * BC_WINOGRAD_TILE + 2 : 0;
    f.width = inputs != NULL ? inputs->wide * BC_WINOGRAD_TILE + 2 : 0;
    const size_t height = diffs != NULL ? top + diffs->high * BC_WINOGRAD_TILE : 0;
    const size_t width = diffs != NULL ? left + diffs->wide * BC_WINOGRAD_TILE : 0;
    f.height = height > f.height ? height : f.height;
    f.width = width > f.width ? width : f.width;
    f.plane = f.height * f.width * BC_BLOCK;
    return f;
}

static ptrdiff_t point_stride(size_t blocks) {
    return (ptrdiff_t)(blocks * TILES * BC_BLOCK + POINT_GAP);
}

static size_t points_size(size_t blocks) {
    return BC_WINOGRAD_POINTS * (size_t)point_stride(blocks);
}

/* The blocks of the products of one panel. */
static size_t widest_panel(size_t blocks) {
    return blocks < BC_PANEL_BLOCKS ? blocks : BC_PANEL_BLOCKS;
}

/* ---- staging and transforms ---- */

static void clear(float *from, size_t pixels) {
    memset(from, 0, pixels * BC_BLOCK * sizeof(float));
}

/* What lies around the image. */
static void clear_border(float *plane, const frame *f, bc_shape shape) {
    const size_t right = f->left + shape.width, bottom = f->top + shape.height;
    clear(plane, f->top * f->width);
    for (size_t y = f->top; y < bottom; y++) {
        clear(plane + y * f->width * BC_BLOCK, f->left);
        clear(plane + (y * f->width + right) * BC_BLOCK, f->width - right);
    }
    clear(plane + bottom * f->width * BC_BLOCK, (f->height - bottom) * f->width);
}

typedef void read_plane(const bc_plan *plan, uint32_t value, size_t image, size_t block, float *dst,
                        size_t row, float *scratch);

/* Of so many frames, once for all images that are brought into them. */
static void clear_borders(float *frames, size_t count, const frame *f, bc_shape shape) {
    for (size_t i = 0; i < count; i++)
        clear_border(frames + i * f->plane, f, shape);
}

/* Brings images into frames, [image][block]. scratch: as the reading takes. */
static void stage(const bc_plan *plan, read_plane *read, float *dst, const frame *f, uint32_t value,
                  size_t first, size_t images, float *scratch) {
    const bc_value *from = &plan->values[value];
    for (size_t image = first; image < first + images; image++) {
        for (size_t block = 0; block < from->blocks; block++, dst += f->plane) {
            read(plan, value, image, block, dst + (f->top * f->width + f->left) * BC_BLOCK,
                 f->width * BC_BLOCK, scratch);
        }
    }
}

typedef void tile_transform(float *points, ptrdiff_t point, const float *src, ptrdiff_t row);

/* A tile, counted through the images of a group. */
typedef struct place {
    size_t image, y, x; /* y, x: of its first output */
} place;

static place place_of(const grid *g, size_t tile) {
    const size_t at = tile % g->tiles;
    return (place){tile / g->tiles, at / g->wide * BC_WINOGRAD_TILE, at % g->wide * BC_WINOGRAD_TILE};
}

static void go_on(place *p, const grid *g) {
    p->x += BC_WINOGRAD_TILE;
    if (p->x < g->wide * BC_WINOGRAD_TILE)
        return;
    p->x = 0;
    p->y += BC_WINOGRAD_TILE;
    if (p->y < g->high * BC_WINOGRAD_TILE)
        return;
    p->y = 0;
    p->image++;
}

/* Transforms the tiles [first, first + count) of the staged images, to [point][block][tile][16]. */
static void transform(tile_transform *kernel, float *points, const grid *g, const float *staged,
                      const frame *f, size_t blocks, size_t first, size_t count) {
    const ptrdiff_t row = (ptrdiff_t)(f->width * BC_BLOCK);
    place at = place_of(g, first);
    for (size_t i = 0; i < count; i++, go_on(&at, g)) {
        const float *from = staged + at.image * blocks * f->plane + (at.y * f->width + at.x) * BC_BLOCK;
        for (size_t b = 0; b < blocks; b++)
            kernel(points + (b * TILES + i) * BC_BLOCK, point_stride(blocks), from + b * f->plane, row);
    }
}

/* The offsets of the blocks in one point's [block][tile][16]. */
static void block_offsets(ptrdiff_t *offsets, size_t blocks) {
    for (size_t b = 0; b < blocks; b++)
        offsets[b] = (ptrdiff_t)(b * TILES * BC_BLOCK);
}

/* ---- fetching ahead ---- */

/* What the next images need, brought to the second-level cache a little after each product, so that it need
 * not be waited for. */
typedef struct ahead {
    struct {
        const char *at;
        size_t lines;
    } parts[3];
    size_t count;
    size_t pace; /* lines at a time */
} ahead;

enum { LINE = 64 };

static void fetch_later(ahead *a, const float *from, size_t floats) {
    a->parts[a->count].at = (const char *)from;
    a->parts[a->count++].lines = floats * sizeof(float) / LINE;
}

/* All parts within so many products. */
static void set_pace(ahead *a, size_t products) {
    size_t lines = 0;
    for (size_t i = 0; i < a->count; i++)
        lines += a->parts[i].lines;
    a->pace = (lines + products - 1) / products;
}

static void fetch_some(ahead *a) {
    size_t left = a->pace;
    while (a->count > 0 && left > 0) {
        size_t lines = a->parts[a->count - 1].lines;
        lines = lines < left ? lines : left;
        for (size_t i = 0; i < lines; i++, a->parts[a->count - 1].at += LINE)
            __builtin_prefetch(a->parts[a->count - 1].at, 0, 2);
        a->parts[a->count - 1].lines -= lines;
        left -= lines;
        if (a->parts[a->count - 1].lines == 0)
            a->count--;
    }
}

/* Calls of the product for the tiles of some images. */
static size_t count_products(size_t tiles, size_t panels) {
    return (tiles + TILES - 1) / TILES * panels * BC_WINOGRAD_POINTS;
}

/* ---- one convolution ---- */

/* Of staged images: of the source forward, or of its gradient backward. */
typedef struct pass {
    const float *staged;
    frame frame;
    grid grid;
    float *dst;
    size_t dst_image; /* floats from one image to the next */
    bc_shape out;
    size_t in_blocks, out_blocks;
    const float *packed, *bias;
    bool relu, accumulate;
    ahead *ahead;
} pass;

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
            .dst = products + (ptrdiff_t)point * point_stride(widest_panel(p->out_blocks)),
            .dst_pixel = (ptrdiff_t)(widest_panel(p->out_blocks) * BC_BLOCK),
            .dst_block = BC_BLOCK,
            .pixels = count,
            .rows = 1,
            .channels = channels,
        };
        plan->level->gemm->product(&product);
        fetch_some(p->ahead);
    }
}

static size_t rest(size_t side, size_t from) {
    return side - from < BC_WINOGRAD_TILE ? side - from : BC_WINOGRAD_TILE;
}

/* Brings the tiles [first, first + count) of a panel to their places. */
static void put_outputs(const bc_plan *plan, const pass *p, const float *products, size_t panel, size_t first,
                        size_t count) {
    const grid *g = &p->grid;
    const size_t plane = (size_t)p->out.height * p->out.width * BC_BLOCK;
    for (size_t k = 0; k < bc_panel_channels(p->out_blocks, panel); k += BC_BLOCK) {
        const size_t channel = panel * BC_PANEL + k;
        place at = place_of(g, first);
        for (size_t i = 0; i < count; i++, go_on(&at, g)) {
            const bc_winograd_output output = {
                .points = products + i * widest_panel(p->out_blocks) * BC_BLOCK + k,
                .point = point_stride(widest_panel(p->out_blocks)),
                .dst = p->dst + at.image * p->dst_image + channel / BC_BLOCK * plane +
                       (at.y * p->out.width + at.x) * BC_BLOCK,
                .row = (ptrdiff_t)p->out.width * BC_BLOCK,
                .height = rest(p->out.height, at.y),
                .width = rest(p->out.width, at.x),
                .bias = p->bias != NULL ? p->bias + channel : NULL,
                .relu = p->relu,
                .accumulate = p->accumulate,
            };
            plan->level->winograd->output(&output);
        }
    }
}

static size_t convolve_scratch(size_t in_blocks, size_t out_blocks) {
    return in_blocks * BC_BLOCK + points_size(in_blocks) + points_size(widest_panel(out_blocks));
}

/* scratch: convolve_scratch floats. */
static void convolve(const bc_plan *plan, const pass *p, size_t images, float *scratch) {
    ptrdiff_t *offsets = (ptrdiff_t *)(void *)scratch;
    float *points = scratch + p->in_blocks * BC_BLOCK, *products = points + points_size(p->in_blocks);
    const size_t tiles = images * p->grid.tiles;
    block_offsets(offsets, p->in_blocks);
    for (size_t first = 0; first < tiles; first += TILES) {
        const size_t count = tiles - first < TILES ? tiles - first : TILES;
        transform(plan->level->winograd->input, points, &p->grid, p->staged, &p->frame, p->in_blocks, first,
                  count);
        for (size_t panel = 0; panel < bc_panel_count(p->out_blocks); panel++) {
            multiply(plan, p, offsets, points, products, panel, count);
            put_outputs(plan, p, products, panel, first, count);
        }
    }
}

/* ---- forward ---- */

static void measure(const bc_plan *plan, const bc_step *norm, size_t shard, size_t first, size_t images) {
    for (size_t image = first; norm != NULL && image < first + images; image++)
        bc_norm_measure(plan, norm, shard, image);
}

static ahead fetch_source(const bc_plan *plan, const bc_step *step, size_t first, size_t last, size_t group) {
    const size_t images = last - first < group ? last - first : group;
    const size_t tiles = group * tile(step->conv.out).tiles;
    size_t floats;
    ahead a = {.count = 0};
    const float *from = bc_view_memory(plan, step->src, first, images, &floats);
    fetch_later(&a, from, floats);
    set_pace(&a, count_products(tiles, bc_panel_count(step->conv.out_blocks)));
    return a;
}

static void forward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const bc_conv *c = &step->conv;
    const bc_value *dst = &plan->values[step->dst];
    const grid g = tile(c->out);
    const frame f = frame_of(&g, NULL, c->padding.height, c->padding.width);
    const size_t group = images_at_a_time(g.tiles);
    float *view = bc_plan_scratch(plan, worker), *staged = view + bc_view_scratch(plan, step->src),
          *rest_of_scratch = staged + group * c->in_blocks * f.plane;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    bc_conv_start_forward(plan, step, shard);
    clear_borders(staged, group * c->in_blocks, &f, c->in);
    for (size_t image = first; image < last; image += group) {
        const size_t images = last - image < group ? last - image : group;
        ahead next = fetch_source(plan, step, image + images, last, group);
        const pass p = {
            .staged = staged,
            .frame = f,
            .grid = g,
            .dst = bc_value_data(plan, step->dst) + image * dst->image,
            .dst_image = dst->image,
            .out = c->out,
            .in_blocks = c->in_blocks,
            .out_blocks = c->out_blocks,
            .packed = bc_plan_data(plan, c->packed),
            .bias = bc_plan_data(plan, c->packed_bias),
            .relu = step->relu,
            .ahead = &next,
        };
        stage(plan, bc_view_read, staged, &f, step->src, image, images, view);
        convolve(plan, &p, images, rest_of_scratch);
        measure(plan, step->norm_behind, shard, image, images); /* while they are in the cache */
    }
}

void bc_winograd_emit(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    const grid g = tile(c->out);
    const frame f = frame_of(&g, NULL, c->padding.height, c->padding.width);
    c->tap_count = c->in_blocks * TAPS;
    c->depth = BC_BLOCK;
    bc_pack_emit_points(plan, step);
    bc_conv_emit_forward(plan, step, forward);
    bc_plan_need_scratch(plan, bc_view_scratch(plan, step->src) +
                                   images_at_a_time(g.tiles) * c->in_blocks * f.plane +
                                   convolve_scratch(c->in_blocks, c->out_blocks));
}

/* ---- gradient of the weights ---- */

/* Adds the products of the points of source and gradient over the tiles, for each point and panel, to
 * sums[panel][point][channel][filter]. */
static void add_products(const bc_plan *plan, const bc_conv *c, const ptrdiff_t *offsets, const float *points,
                         const float *diff_points, float *sums, size_t count, bool accumulate, ahead *next) {
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
                        panel * BC_PANEL_BLOCKS * TILES * BC_BLOCK,
                .diff_pixel = BC_BLOCK,
                .diff_block = TILES * BC_BLOCK,
                .pixels = count,
                .rows = 1,
                .channels = channels,
                .sums = sums + bc_panel_offset(BC_WINOGRAD_POINTS * rows, panel) + point * rows * channels,
                .accumulate = accumulate,
            };
            plan->level->gemm->outer(&outer);
            fetch_some(next);
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

/* What the backward pass of a shard works on. */
typedef struct back {
    grid out, in;    /* tiles of the outputs, and of the source's gradient */
    frame src, diff; /* as they are staged; both passes read the same gradient */
    size_t images;   /* staged at a time */
    float *view;     /* scratch of reading */
    float *sums;     /* at the points */
    float *staged, *staged_diff;
    float *rest;   /* scratch of either pass */
    size_t floats; /* of all scratch */
} back;

static size_t greater(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t weights_scratch(const bc_conv *c) {
    return c->in_blocks * BC_BLOCK + points_size(c->in_blocks) + points_size(c->out_blocks);
}

static float *take(float **scratch, size_t *taken, size_t floats) {
    float *part = *scratch;
    *taken += floats;
    if (part != NULL)
        *scratch += floats;
    return part;
}

/* scratch NULL: only to know how much it takes. */
static back lay_out(const bc_plan *plan, const bc_step *step, float *scratch) {
    const bc_conv *c = &step->conv;
    back b = {.out = tile(c->out), .in = tile(c->in)};
    b.src = frame_of(&b.out, NULL, c->padding.height, c->padding.width);
    b.diff = frame_of(&b.in, &b.out, 2 - c->padding.height, 2 - c->padding.width);
    b.images = images_at_a_time(greater(b.in.tiles, b.out.tiles));
    b.view = take(&scratch, &b.floats,
                  greater(bc_view_scratch(plan, step->src), bc_view_scratch(plan, step->dst)));
    b.sums = take(&scratch, &b.floats, sums_size(c));
    b.staged = take(&scratch, &b.floats, b.images * c->in_blocks * b.src.plane);
    b.staged_diff = take(&scratch, &b.floats, b.images * c->out_blocks * b.diff.plane);
    b.rest =
        take(&scratch, &b.floats, greater(weights_scratch(c), convolve_scratch(c->out_blocks, c->in_blocks)));
    return b;
}

/* Adds what the staged images give to the sums. */
static void backward_weights(const bc_plan *plan, const bc_step *step, const back *b, size_t images,
                             bool accumulate, ahead *next) {
    const bc_conv *c = &step->conv;
    const size_t tiles = images * b->out.tiles;
    ptrdiff_t *offsets = (ptrdiff_t *)(void *)b->rest;
    float *points = b->rest + c->in_blocks * BC_BLOCK, *diff_points = points + points_size(c->in_blocks);
    const float *staged_diff = b->staged_diff + (b->diff.top * b->diff.width + b->diff.left) * BC_BLOCK;
    block_offsets(offsets, c->in_blocks);
    for (size_t first = 0; first < tiles; first += TILES) {
        const size_t count = tiles - first < TILES ? tiles - first : TILES;
        transform(plan->level->winograd->input, points, &b->out, b->staged, &b->src, c->in_blocks, first,
                  count);
        transform(plan->level->winograd->diff, diff_points, &b->out, staged_diff, &b->diff, c->out_blocks,
                  first, count);
        add_products(plan, c, offsets, points, diff_points, b->sums, count, accumulate || first > 0, next);
    }
}

/* ---- gradient of the source ---- */

static void backward_data(const bc_plan *plan, const bc_step *step, const back *b, size_t first,
                          size_t images, ahead *next) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src];
    const pass p = {
        .staged = b->staged_diff,
        .frame = b->diff,
        .grid = b->in,
        .dst = bc_value_diff(plan, step->src) + first * src->image,
        .dst_image = src->image,
        .out = c->in,
        .in_blocks = c->out_blocks,
        .out_blocks = c->in_blocks,
        .packed = bc_plan_data(plan, c->packed_back),
        .accumulate = step->accumulate,
        .ahead = next,
    };
    convolve(plan, &p, images, b->rest);
}

/* ---- both ---- */

static void backward_images(const bc_plan *plan, const bc_step *step, const back *b, size_t shard,
                            size_t first, size_t images, bool accumulate, ahead *next) {
    const bc_conv *c = &step->conv;
    for (size_t image = first; image < first + images; image++)
        bc_conv_mask(plan, step, image);
    stage(plan, bc_view_read, b->staged, &b->src, step->src, first, images, b->view);
    stage(plan, bc_view_read_diff, b->staged_diff, &b->diff, step->dst, first, images, b->view);
    for (size_t i = 0; i < images; i++)
        bc_conv_add_bias_sums(plan, step, shard, b->staged_diff + i * c->out_blocks * b->diff.plane,
                              b->diff.plane);
    backward_weights(plan, step, b, images, accumulate, next);
    if (!step->src_is_wanted)
        return;
    backward_data(plan, step, b, first, images, next);
    for (size_t image = first; image < first + images && plan->values[step->src].lazy_norm != NULL; image++)
        bc_view_measure_diff(plan, step->src, shard, image, b->view);
}

static ahead fetch_both(const bc_plan *plan, const bc_step *step, const back *b, size_t first, size_t last) {
    const bc_conv *c = &step->conv;
    const size_t images = last - first < b->images ? last - first : b->images;
    const size_t out_panels = bc_panel_count(c->out_blocks), in_panels = bc_panel_count(c->in_blocks);
    size_t floats, products = count_products(b->images * b->out.tiles, out_panels);
    ahead a = {.count = 0};
    if (step->src_is_wanted)
        products += count_products(b->images * b->in.tiles, in_panels);
    const float *from = bc_view_memory_diff(plan, step->dst, first, images, &floats);
    fetch_later(&a, from, floats);
    from = bc_view_memory(plan, step->src, first, images, &floats);
    fetch_later(&a, from, floats);
    if (plan->values[step->dst].diff_norm != NULL) {
        from = bc_view_memory(plan, step->dst, first, images, &floats);
        fetch_later(&a, from, floats);
    }
    set_pace(&a, products);
    return a;
}

static void backward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const back b = lay_out(plan, step, bc_plan_scratch(plan, worker));
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    bc_conv_start_backward(plan, step, shard);
    clear_borders(b.staged, b.images * step->conv.in_blocks, &b.src, step->conv.in);
    clear_borders(b.staged_diff, b.images * step->conv.out_blocks, &b.diff, step->conv.out);
    for (size_t image = first; image < last; image += b.images) {
        const size_t images = last - image < b.images ? last - image : b.images;
        ahead next = fetch_both(plan, step, &b, image + images, last);
        backward_images(plan, step, &b, shard, image, images, image > first, &next);
    }
    if (first < last)
        put_taps(plan, step, b.sums, shard);
}

void bc_winograd_emit_backward(bc_plan *plan, bc_step *step) {
    if (step->src_is_wanted)
        bc_pack_emit_points_back(plan, step);
    bc_conv_emit_sums(plan, step, backward);
    bc_plan_need_scratch(plan, lay_out(plan, step, NULL).floats);
    bc_conv_emit_reduce(plan, step);
}
