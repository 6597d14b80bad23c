/* 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) (kernels/winograd.c), where both sides have enough
 * channels.
 *
 * A chunk - a few small images, or some rows of tiles of a large one - is staged with a zero border, so that
 * all that is worked on stays in the second-level cache. Its tiles, TILES at a time, are transformed to
 * points [point][block][tile][16]; for each point, a product over the channels gives [point][tile][32], which
 * the output transform brings to its place. The gradient of the source is the same with the kernel turned;
 * that of the weights is a sum of products over tiles at each point, brought back to 3 x 3 taps once a shard.
 * Both take the gradient from one staging. */
#include "plan_build.h"

#include <string.h>

enum {
    TILES = 32,       /* transformed at a time, and about as many as a chunk has */
    LEAST_PIXELS = 9, /* of a picture: below, tiles would be mostly empty */
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

/* How a shard is cut into chunks: so many images, or so many of the rows of tiles. */
typedef struct cut {
    size_t images, rows, high;
} cut;

static cut cut_images(const grid *g, bool whole) {
    cut c = {.images = 1, .rows = g->high, .high = g->high};
    if (g->tiles <= TILES) {
        c.images = TILES / g->tiles;
    } else if (!whole) {
        const size_t most = g->wide < TILES ? TILES / g->wide : 1, parts = (g->high + most - 1) / most;
        c.rows = (g->high + parts - 1) / parts;
    }
    return c;
}

/* images 0: none are left. */
typedef struct chunk {
    size_t image, images;
    size_t row, rows; /* of tiles */
} chunk;

static chunk chunk_at(const cut *c, size_t image, size_t row, size_t last) {
    if (image >= last)
        return (chunk){.images = 0};
    return (chunk){
        .image = image,
        .images = last - image < c->images ? last - image : c->images,
        .row = row,
        .rows = c->high - row < c->rows ? c->high - row : c->rows,
    };
}

static chunk chunk_behind(const cut *c, const chunk *k, size_t last) {
    if (k->row + k->rows < c->high)
        return chunk_at(c, k->image, k->row + k->rows, last);
    return chunk_at(c, k->image + k->images, 0, last);
}

/* The tiles of a chunk, of a grid that may be lower than the one the chunks were cut by. */
static grid tiles_of(const chunk *k, const grid *g) {
    const size_t last = k->row + k->rows < g->high ? k->row + k->rows : g->high;
    grid part = {.high = last > k->row ? last - k->row : 0, .wide = g->wide};
    part.tiles = part.high * part.wide;
    return part;
}

static size_t first_pixel_row(const chunk *k) {
    return k->row * BC_WINOGRAD_TILE;
}

static bc_rows pixel_rows(const chunk *k, size_t height) {
    const size_t first = first_pixel_row(k), count = k->rows * BC_WINOGRAD_TILE;
    return (bc_rows){first, first >= height ? 0 : height - first < count ? height - first : count};
}

/* Planes of a chunk, with zeros where the image ends: the pixels of its tiles lie from (above, left) on. */
typedef struct frame {
    size_t above, left, height, width;
    size_t below; /* rows that are read behind those of the tiles */
    size_t plane; /* floats */
} frame;

/* For tiles of 6 x 6 pixels. */
static frame frame_of_source(const cut *c, const grid *g, bc_pair padding) {
    frame f = {.above = padding.height, .left = padding.width, .below = 2 - padding.height};
    f.height = c->rows * BC_WINOGRAD_TILE + 2;
    f.width = g->wide * BC_WINOGRAD_TILE + 2;
    f.plane = f.height * f.width * BC_BLOCK;
    return f;
}

/* For those of 6 x 6 pixels of the turned convolution, and those of 4 x 4 from (above, left) on. Rows are
 * read by the grain. */
static frame frame_of_diff(const cut *c, const grid *in, const grid *out, bc_pair padding, size_t grain) {
    const size_t border = 2 - padding.height, left = 2 - padding.width;
    frame f = {.above = (border + grain - 1) / grain * grain, .left = left, .below = 2};
    f.height = f.above + c->rows * BC_WINOGRAD_TILE + f.below;
    f.width = in->wide * BC_WINOGRAD_TILE + 2;
    if (f.width < left + out->wide * BC_WINOGRAD_TILE)
        f.width = left + out->wide * BC_WINOGRAD_TILE;
    f.plane = f.height * f.width * BC_BLOCK;
    return f;
}

/* Of TILES. */
static ptrdiff_t point_stride(size_t blocks) {
    return (ptrdiff_t)bc_point_stride(blocks, TILES);
}

static size_t points_size(size_t blocks) {
    return bc_points_size(blocks, TILES);
}

/* The blocks of the products of one panel. */
static size_t widest_panel(size_t blocks) {
    return blocks < BC_PANEL_BLOCKS ? blocks : BC_PANEL_BLOCKS;
}

/* ---- staging and transforms ---- */

static void clear(float *from, size_t pixels) {
    memset(from, 0, pixels * BC_BLOCK * sizeof(float));
}

/* The columns beside rows of so many pixels, once for all rows that are brought there. */
static void clear_sides(float *frames, size_t planes, const frame *f, size_t width) {
    for (size_t row = 0; row < planes * f->height; row++, frames += f->width * BC_BLOCK) {
        clear(frames, f->left);
        clear(frames + (f->left + width) * BC_BLOCK, f->width - f->left - width);
    }
}

/* The rows of an image that a chunk needs. */
static bc_rows rows_to_read(const frame *f, const chunk *k, size_t height) {
    const size_t top = first_pixel_row(k), end = top + k->rows * BC_WINOGRAD_TILE + f->below;
    const bc_rows rows = {.first = top > f->above ? top - f->above : 0};
    const size_t last = end < height ? end : height;
    return (bc_rows){rows.first, last > rows.first ? last - rows.first : 0};
}

typedef void read_rows(const bc_plan *plan, uint32_t value, size_t image, bc_rows rows, const bc_planes *dst,
                       float *scratch);

/* Brings a chunk into frames, [image][block]. scratch: as the reading takes. */
static void stage(const bc_plan *plan, read_rows *read, float *dst, const frame *f, uint32_t value,
                  const chunk *k, float *scratch) {
    const bc_value *from = &plan->values[value];
    const bc_rows rows = rows_to_read(f, k, from->shape.height);
    const size_t at = f->above + rows.first - first_pixel_row(k), end = at + rows.count; /* in the frame */
    for (size_t i = 0; i < k->images; i++, dst += from->blocks * f->plane) {
        const bc_planes planes = {dst + (at * f->width + f->left) * BC_BLOCK, f->width * BC_BLOCK, f->plane};
        for (size_t block = 0; block < from->blocks; block++) {
            clear(dst + block * f->plane, at * f->width);
            clear(dst + block * f->plane + end * f->width * BC_BLOCK, (f->height - end) * f->width);
        }
        read(plan, value, k->image + i, rows, &planes, scratch);
    }
}

typedef void tile_transform(float *points, ptrdiff_t point, const float *src, ptrdiff_t row);

/* A tile, counted through the images of a chunk. */
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

/* Transforms the tiles [first, first + count) of the staged images, to [point][block][tile][16] with room for
 * so many tiles. */
static void transform(tile_transform *kernel, float *points, size_t room, const grid *g, const float *staged,
                      const frame *f, size_t blocks, size_t first, size_t count) {
    const ptrdiff_t row = (ptrdiff_t)(f->width * BC_BLOCK);
    place at = place_of(g, first);
    for (size_t i = 0; i < count; i++, go_on(&at, g)) {
        const float *from = staged + at.image * blocks * f->plane + (at.y * f->width + at.x) * BC_BLOCK;
        for (size_t b = 0; b < blocks; b++)
            kernel(points + (b * room + i) * BC_BLOCK, (ptrdiff_t)bc_point_stride(blocks, room),
                   from + b * f->plane, row);
    }
}

/* The offsets of the blocks in one point's [block][tile][16]. */
static void block_offsets(ptrdiff_t *offsets, size_t blocks) {
    for (size_t b = 0; b < blocks; b++)
        offsets[b] = (ptrdiff_t)(b * TILES * BC_BLOCK);
}

/* ---- fetching ahead ---- */

/* What the next chunk needs, brought to the second-level cache while the products of this one are computed,
 * so that it need not be waited for. */
typedef struct ahead {
    struct {
        const char *at;
        size_t lines, runs, stride; /* bytes from one run of lines to the next */
    } parts[3];
    size_t count, lines;
    bc_ahead now;
} ahead;

enum { LINE = 64 };

/* The rows of a chunk, in the planes of a value. */
static void fetch_later(ahead *a, const bc_plan *plan, uint32_t index, const float *data, const chunk *k,
                        size_t high) {
    const bc_value *value = &plan->values[index];
    const size_t floats = value->plane * k->rows / high;
    a->parts[a->count].at =
        (const char *)(data + k->image * value->stride + value->plane * k->row / high / BC_BLOCK * BC_BLOCK);
    a->parts[a->count].lines = floats * sizeof(float) / LINE;
    a->parts[a->count].runs = k->images * value->blocks;
    a->parts[a->count].stride = value->plane * sizeof(float);
    a->lines += a->parts[a->count].lines * a->parts[a->count].runs;
    a->count += a->parts[a->count].lines * k->images > 0;
}

static void set_pace(ahead *a, size_t fetches) {
    a->now.pace = a->lines / (fetches + 1) + 1;
}

static bc_ahead *next_run(ahead *a) {
    if (a->now.lines == 0 && a->count > 0) {
        const size_t i = a->count - 1;
        a->now.at = a->parts[i].at;
        a->now.lines = a->parts[i].lines;
        a->parts[i].at += a->parts[i].stride;
        a->parts[i].runs--;
        a->count -= a->parts[i].runs == 0;
    }
    return &a->now;
}

/* How often the products for some tiles ask for lines, about: a few at a time, for the core can wait for no
 * more than a dozen at once. For each point, panel and block of the source they do it once for each of two or
 * three parts of TILES; with fewer tiles some lines stay unasked for. */
static size_t count_fetches(size_t tiles, size_t src_blocks, size_t dst_blocks) {
    enum { TIMES = 2 };
    return (tiles + TILES - 1) / TILES * BC_WINOGRAD_POINTS * bc_panel_count(dst_blocks) * src_blocks * TIMES;
}

/* ---- one convolution ---- */

/* Of staged images: of the source forward, or of its gradient backward. */
typedef struct pass {
    const float *staged; /* its first tile */
    frame frame;
    grid grid;                   /* the tiles of a chunk's images */
    float *dst;                  /* the first tile's */
    size_t dst_image, dst_plane; /* floats from one image, one block to the next */
    size_t height, width;        /* pixels from there on */
    bool halved;                 /* all of dst */
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
            .ahead = next_run(p->ahead),
        };
        plan->level->gemm->product(&product);
    }
}

static size_t rest(size_t side, size_t from, size_t most) {
    const size_t left = side > from ? side - from : 0;
    return left < most ? left : most;
}

/* Brings the tiles [first, first + count) of a panel to their places. */
static void put_outputs(const bc_plan *plan, const pass *p, const float *products, size_t panel, size_t first,
                        size_t count) {
    const grid *g = &p->grid;
    const size_t scale = p->halved ? 2 : 1, side = BC_WINOGRAD_TILE / scale;
    for (size_t k = 0; k < bc_panel_channels(p->out_blocks, panel); k += BC_BLOCK) {
        const size_t channel = panel * BC_PANEL + k;
        place at = place_of(g, first);
        for (size_t i = 0; i < count; i++, go_on(&at, g)) {
            const size_t y = at.y / scale, x = at.x / scale;
            const bc_winograd_output output = {
                .points = products + i * widest_panel(p->out_blocks) * BC_BLOCK + k,
                .point = point_stride(widest_panel(p->out_blocks)),
                .dst = p->dst + at.image * p->dst_image + channel / BC_BLOCK * p->dst_plane +
                       (y * p->width + x) * BC_BLOCK,
                .row = (ptrdiff_t)p->width * BC_BLOCK,
                .height = rest(p->height, y, side),
                .width = rest(p->width, x, side),
                .bias = p->bias != NULL ? p->bias + channel : NULL,
                .relu = p->relu,
                .accumulate = p->accumulate,
                .halved = p->halved,
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
        transform(plan->level->winograd->input, points, TILES, &p->grid, p->staged, &p->frame, p->in_blocks,
                  first, count);
        for (size_t panel = 0; panel < bc_panel_count(p->out_blocks); panel++) {
            multiply(plan, p, offsets, points, products, panel, count);
            put_outputs(plan, p, products, panel, first, count);
        }
    }
}

/* ---- forward ---- */

static void measure(const bc_plan *plan, const bc_step *norm, size_t shard, const chunk *k) {
    for (size_t i = 0; norm != NULL && i < k->images; i++)
        bc_norm_measure(plan, norm, shard, k->image + i, pixel_rows(k, plan->values[norm->src].shape.height));
}

static ahead fetch_source(const bc_plan *plan, const bc_step *step, const cut *c, const chunk *next,
                          size_t tiles) {
    const uint32_t stored = bc_view_stored(plan, step->src);
    ahead a = {.count = 0};
    if (next->images > 0 && plan->purpose == BC_TO_TRAIN) /* else it is there already */
        fetch_later(&a, plan, stored, bc_value_data(plan, stored), next, c->high);
    set_pace(&a, count_fetches(tiles, step->conv.in_blocks, step->conv.out_blocks));
    return a;
}

static size_t greater(size_t a, size_t b) {
    return a > b ? a : b;
}

static float *take(float **scratch, size_t *taken, size_t floats) {
    float *part = *scratch;
    *taken += floats;
    if (part != NULL)
        *scratch += floats;
    return part;
}

/* What the forward pass of a shard works on. */
typedef struct front {
    grid grid;
    cut cut;
    frame frame;
    float *view; /* scratch of reading */
    float *staged;
    float *rest;   /* scratch of the pass */
    size_t floats; /* of all scratch */
} front;

/* scratch NULL: only to know how much it takes. */
static front lay_out_front(const bc_plan *plan, const bc_step *step, float *scratch) {
    const bc_conv *c = &step->conv;
    front f = {.grid = tile(c->out)};
    f.cut = cut_images(&f.grid, bc_view_is_whole(plan, step->src));
    f.frame = frame_of_source(&f.cut, &f.grid, c->padding);
    f.view = take(&scratch, &f.floats, bc_view_scratch(plan, step->src));
    f.staged = take(&scratch, &f.floats, f.cut.images * c->in_blocks * f.frame.plane);
    f.rest = take(&scratch, &f.floats, convolve_scratch(c->in_blocks, c->out_blocks));
    return f;
}

static void forward_chunk(const bc_plan *plan, const bc_step *step, const front *f, size_t shard,
                          const chunk *k, const chunk *next) {
    const bc_conv *c = &step->conv;
    const bc_value *dst = &plan->values[step->dst];
    const size_t row = first_pixel_row(k) / (step->halved ? 2 : 1);
    const grid tiles = tiles_of(k, &f->grid);
    ahead later = fetch_source(plan, step, &f->cut, next, k->images * tiles.tiles);
    const pass p = {
        .staged = f->staged,
        .frame = f->frame,
        .grid = tiles,
        .dst = bc_value_image(plan, step->dst, k->image) + row * dst->shape.width * BC_BLOCK,
        .dst_image = dst->stride,
        .dst_plane = dst->plane,
        .height = dst->shape.height > row ? dst->shape.height - row : 0,
        .width = dst->shape.width,
        .halved = step->halved,
        .in_blocks = c->in_blocks,
        .out_blocks = c->out_blocks,
        .packed = bc_plan_data(plan, c->packed),
        .bias = bc_step_bias(plan, step),
        .relu = step->relu,
        .ahead = &later,
    };
    stage(plan, bc_view_read, f->staged, &f->frame, step->src, k, f->view);
    convolve(plan, &p, k->images, f->rest);
    measure(plan, step->norm_behind, shard, k); /* while it is in the cache */
}

static void forward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const front f = lay_out_front(plan, step, bc_plan_scratch(plan, worker));
    size_t first, last;
    bc_shard_images(plan, shard, worker, &first, &last);
    bc_conv_start_forward(plan, step, shard);
    clear_sides(f.staged, f.cut.images * step->conv.in_blocks, &f.frame, step->conv.in.width);
    for (chunk k = chunk_at(&f.cut, first, 0, last), next; k.images > 0; k = next) {
        next = chunk_behind(&f.cut, &k, last);
        forward_chunk(plan, step, &f, shard, &k, &next);
    }
}

void bc_winograd_emit(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    c->tap_count = c->in_blocks * BC_WINOGRAD_TAPS;
    c->depth = BC_BLOCK;
    bc_pack_emit_points(plan, step);
    bc_conv_emit_forward(plan, step, forward);
    bc_plan_need_scratch(plan, lay_out_front(plan, step, NULL).floats);
}

/* ---- gradient of the weights ---- */

/* Floats from one point to the next, and from one panel to the next, of the sums
 * [panel][point][channel][filter]. */
static size_t sums_point(const bc_conv *c, size_t panel) {
    return c->in_blocks * BC_BLOCK * bc_panel_channels(c->out_blocks, panel) + BC_BLOCK;
}

static size_t sums_panel(const bc_conv *c) {
    return BC_WINOGRAD_POINTS * sums_point(c, 0);
}

/* Adds the products of the points of source and gradient over the tiles, for each point and panel. */
static void add_products(const bc_plan *plan, const bc_conv *c, const ptrdiff_t *offsets, const float *points,
                         const float *diff_points, float *sums, size_t count, bool accumulate, ahead *later) {
    for (size_t point = 0; point < BC_WINOGRAD_POINTS; point++) {
        for (size_t panel = 0; panel < bc_panel_count(c->out_blocks); panel++) {
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
                .channels = bc_panel_channels(c->out_blocks, panel),
                .sums = sums + panel * sums_panel(c) + point * sums_point(c, panel),
                .accumulate = accumulate,
                .ahead = next_run(later),
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
    float *part = bc_plan_data(plan, c->sums) + shard * BC_WINOGRAD_TAPS * rows * c->out_blocks * BC_BLOCK;
    for (size_t panel = 0; panel < bc_panel_count(c->out_blocks); panel++) {
        const size_t channels = bc_panel_channels(c->out_blocks, panel);
        const float *from = sums + panel * sums_panel(c);
        float *to = part + bc_panel_offset(BC_WINOGRAD_TAPS * rows, panel);
        for (size_t row = 0; row < rows; row++) {
            const size_t first_tap = row / BC_BLOCK * BC_WINOGRAD_TAPS * BC_BLOCK + row % BC_BLOCK;
            for (size_t k = 0; k < channels; k += BC_BLOCK)
                plan->level->winograd->filter_diff(
                    to + first_tap * channels + k, (ptrdiff_t)(BC_BLOCK * channels),
                    from + row * channels + k, (ptrdiff_t)sums_point(c, panel));
        }
    }
}

static size_t sums_size(const bc_conv *c) {
    return bc_panel_count(c->out_blocks) * sums_panel(c);
}

/* What the backward pass of a shard works on. */
typedef struct back {
    grid out, in;    /* tiles of the outputs, and of the source's gradient */
    cut cut;         /* by the higher of both */
    frame src, diff; /* as they are staged; both passes read the same gradient */
    float *view;     /* scratch of reading */
    float *sums;     /* at the points */
    float *staged, *staged_diff;
    float *rest;   /* scratch of either pass */
    size_t floats; /* of all scratch */
} back;

static size_t weights_scratch(const bc_conv *c) {
    return c->in_blocks * BC_BLOCK + points_size(c->in_blocks) + points_size(c->out_blocks);
}

/* scratch NULL: only to know how much it takes. */
static back lay_out_back(const bc_plan *plan, const bc_step *step, float *scratch) {
    const bc_conv *c = &step->conv;
    back b = {.out = tile(c->out), .in = tile(c->in)};
    const bool whole = bc_view_is_whole(plan, step->src) || bc_view_is_whole(plan, step->dst);
    b.cut = cut_images(b.out.high > b.in.high ? &b.out : &b.in, whole);
    b.src = frame_of_source(&b.cut, &b.out, c->padding);
    b.diff = frame_of_diff(&b.cut, &b.in, &b.out, c->padding, bc_view_diff_grain(plan, step->dst));
    b.view = take(&scratch, &b.floats,
                  greater(bc_view_scratch(plan, step->src), bc_view_scratch(plan, step->dst)));
    b.sums = take(&scratch, &b.floats, c->is_gathered ? 0 : sums_size(c));
    b.staged = take(&scratch, &b.floats, b.cut.images * c->in_blocks * b.src.plane);
    b.staged_diff = take(&scratch, &b.floats, b.cut.images * c->out_blocks * b.diff.plane);
    b.rest =
        take(&scratch, &b.floats,
             greater(c->is_gathered ? 0 : weights_scratch(c), convolve_scratch(c->out_blocks, c->in_blocks)));
    return b;
}

/* Adds what a staged chunk gives to the sums. */
static void backward_weights(const bc_plan *plan, const bc_step *step, const back *b, const chunk *k,
                             bool accumulate, ahead *later) {
    const bc_conv *c = &step->conv;
    const grid g = tiles_of(k, &b->out);
    const size_t tiles = k->images * g.tiles;
    ptrdiff_t *offsets = (ptrdiff_t *)(void *)b->rest;
    float *points = b->rest + c->in_blocks * BC_BLOCK, *diff_points = points + points_size(c->in_blocks);
    const float *staged_diff = b->staged_diff + (b->diff.above * b->diff.width + b->diff.left) * BC_BLOCK;
    block_offsets(offsets, c->in_blocks);
    for (size_t first = 0; first < tiles; first += TILES) {
        const size_t count = tiles - first < TILES ? tiles - first : TILES;
        transform(plan->level->winograd->input, points, TILES, &g, b->staged, &b->src, c->in_blocks, first,
                  count);
        transform(plan->level->winograd->diff, diff_points, TILES, &g, staged_diff, &b->diff, c->out_blocks,
                  first, count);
        add_products(plan, c, offsets, points, diff_points, b->sums, count, accumulate || first > 0, later);
    }
}

/* Keeps the points of a chunk for when all of the batch are there. */
static void keep_points(const bc_plan *plan, const bc_step *step, const back *b, const chunk *k) {
    const bc_conv *c = &step->conv;
    const grid g = tiles_of(k, &b->out);
    if (g.tiles == 0) /* without padding there are fewer outputs */
        return;
    const size_t room = plan->capacity * b->out.tiles, count = k->images * g.tiles;
    const size_t at = (k->image * b->out.tiles + k->row * b->out.wide) * BC_BLOCK;
    const float *staged_diff = b->staged_diff + (b->diff.above * b->diff.width + b->diff.left) * BC_BLOCK;
    transform(plan->level->winograd->input, bc_plan_data(plan, c->src_points) + at, room, &g, b->staged,
              &b->src, c->in_blocks, 0, count);
    transform(plan->level->winograd->diff, bc_plan_data(plan, c->diff_points) + at, room, &g, staged_diff,
              &b->diff, c->out_blocks, 0, count);
}

/* ---- gradient of the source ---- */

static void backward_data(const bc_plan *plan, const bc_step *step, const back *b, const chunk *k,
                          ahead *later) {
    const bc_conv *c = &step->conv;
    const bc_value *src = &plan->values[step->src];
    const size_t row = first_pixel_row(k), above = b->diff.above - (2 - c->padding.height);
    if (row >= c->in.height) /* a padding so large that there are more outputs */
        return;
    const pass p = {
        .staged = b->staged_diff + above * b->diff.width * BC_BLOCK,
        .frame = b->diff,
        .grid = tiles_of(k, &b->in),
        .dst = bc_diff_image(plan, step->src, k->image) + row * c->in.width * BC_BLOCK,
        .dst_image = src->stride,
        .dst_plane = src->plane,
        .height = c->in.height - row,
        .width = c->in.width,
        .in_blocks = c->out_blocks,
        .out_blocks = c->in_blocks,
        .packed = bc_plan_data(plan, c->packed_back),
        .accumulate = step->accumulate,
        .ahead = later,
    };
    convolve(plan, &p, k->images, b->rest);
}

/* Measures what was written for the norm that the source is computed by. */
static void measure_diff(const bc_plan *plan, const bc_step *step, const back *b, size_t shard,
                         const chunk *k) {
    const bc_rows rows = pixel_rows(k, step->conv.in.height);
    for (size_t i = 0; plan->values[step->src].lazy_norm != NULL && i < k->images; i++)
        bc_view_measure_diff(plan, step->src, shard, k->image + i, rows, b->view);
}

/* ---- both ---- */

static void sum_bias(const bc_plan *plan, const bc_step *step, const back *b, size_t shard, const chunk *k) {
    const frame *f = &b->diff;
    for (size_t i = 0; i < k->images; i++)
        bc_conv_add_bias_sums(plan, step, shard,
                              b->staged_diff + i * step->conv.out_blocks * f->plane +
                                  f->above * f->width * BC_BLOCK,
                              f->plane, k->rows * BC_WINOGRAD_TILE * f->width);
}

static void backward_chunk(const bc_plan *plan, const bc_step *step, const back *b, size_t shard,
                           const chunk *k, bool accumulate, ahead *later) {
    for (size_t i = 0; k->row == 0 && i < k->images; i++)
        bc_conv_mask(plan, step, k->image + i);
    stage(plan, bc_view_read, b->staged, &b->src, step->src, k, b->view);
    stage(plan, bc_view_read_diff, b->staged_diff, &b->diff, step->dst, k, b->view);
    sum_bias(plan, step, b, shard, k);
    if (step->conv.is_gathered)
        keep_points(plan, step, b, k);
    else
        backward_weights(plan, step, b, k, accumulate, later);
    if (!step->src_is_wanted)
        return;
    backward_data(plan, step, b, k, later);
    measure_diff(plan, step, b, shard, k);
}

static ahead fetch_both(const bc_plan *plan, const bc_step *step, const back *b, const chunk *k,
                        const chunk *next) {
    const bc_conv *c = &step->conv;
    const uint32_t src = bc_view_stored(plan, step->src), diff = bc_view_stored_diff(plan, step->dst);
    ahead a = {.count = 0};
    if (next->images > 0) {
        fetch_later(&a, plan, diff, bc_value_diff(plan, diff), next, b->cut.high);
        fetch_later(&a, plan, src, bc_value_data(plan, src), next, b->cut.high);
        if (plan->values[step->dst].diff_norm != NULL)
            fetch_later(&a, plan, step->dst, bc_value_data(plan, step->dst), next, b->cut.high);
    }
    size_t fetches = 0;
    if (!c->is_gathered)
        fetches += count_fetches(k->images * tiles_of(k, &b->out).tiles, c->in_blocks, c->out_blocks);
    if (step->src_is_wanted)
        fetches += count_fetches(k->images * tiles_of(k, &b->in).tiles, c->out_blocks, c->in_blocks);
    set_pace(&a, fetches);
    return a;
}

static void backward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const back b = lay_out_back(plan, step, bc_plan_scratch(plan, worker));
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    bc_conv_start_backward(plan, step, shard);
    clear_sides(b.staged, b.cut.images * step->conv.in_blocks, &b.src, step->conv.in.width);
    clear_sides(b.staged_diff, b.cut.images * step->conv.out_blocks, &b.diff, step->conv.out.width);
    for (chunk k = chunk_at(&b.cut, first, 0, last), next; k.images > 0; k = next) {
        next = chunk_behind(&b.cut, &k, last);
        ahead later = fetch_both(plan, step, &b, &k, &next);
        backward_chunk(plan, step, &b, shard, &k, k.image > first || k.row > 0, &later);
    }
    if (first < last && !step->conv.is_gathered)
        put_taps(plan, step, b.sums, shard);
}

size_t bc_winograd_tiles(const bc_conv *conv) {
    return tile(conv->out).tiles;
}

void bc_winograd_emit_backward(bc_plan *plan, bc_step *step) {
    step->conv.is_gathered = bc_winograd_should_gather(plan, &step->conv);
    if (step->src_is_wanted)
        bc_pack_emit_points_back(plan, step);
    bc_conv_emit_sums(plan, step, backward);
    bc_plan_need_scratch(plan, lay_out_back(plan, step, NULL).floats);
    bc_conv_emit_reduce(plan, step);
}
