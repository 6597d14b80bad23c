/* Convolution as rows of products: staging, and both gradients. */
#include "plan_build.h"

#include <string.h>

/* ---- geometry ---- */

/* Predicting, the picture was brought in with its border. */
static bc_status plan_forward(bc_conv *c, bc_purpose purpose, bc_error *err) {
    c->depth = c->from_image ? 1 : BC_BLOCK; /* of the picture, each channel is a plane of its own */
    c->is_staged =
        (c->padding.height > 0 || c->padding.width > 0) && !(c->from_image && purpose == BC_TO_PREDICT);
    c->staged_height = c->in.height + 2 * c->padding.height;
    c->staged_width = c->in.width + 2 * c->padding.width;
    return bc_pack_taps(&c->taps, &c->tap_count, c->from_image ? c->in.channels : c->in_blocks, c->depth,
                        c->kernel, c->staged_height, c->staged_width, err);
}

/* ---- staging ---- */

/* Planes of the source, each in a larger one that is zero around it. A pixel is so many floats. */
static void stage(float *dst, const bc_conv *c, const float *src, size_t planes) {
    const size_t plane = c->staged_height * c->staged_width * c->depth;
    const size_t width = c->in.width * c->depth;
    memset(dst, 0, planes * plane * sizeof(float));
    for (size_t p = 0; p < planes; p++, dst += plane) {
        for (size_t y = 0; y < c->in.height; y++, src += width)
            memcpy(dst + ((c->padding.height + y) * c->staged_width + c->padding.width) * c->depth, src,
                   width * sizeof(float));
    }
}

static size_t source_planes(const bc_conv *c) {
    return c->from_image ? c->in.channels : c->in_blocks;
}

static size_t forward_scratch(const bc_conv *c) {
    return c->is_staged ? source_planes(c) * c->staged_height * c->staged_width * c->depth : 0;
}

/* ---- walking the source ---- */

/* How the kernels walk the source and what belongs to it in the output: pixels in rows. */
typedef struct walk {
    const float *src;
    ptrdiff_t src_pixel, src_row;
    ptrdiff_t dst_pixel, dst_row;
    size_t pixels, rows;
} walk;

/* Nothing between the rows: one long row. */
static void join_rows(walk *w) {
    const ptrdiff_t pixels = (ptrdiff_t)w->pixels;
    if (w->src_row != w->src_pixel * pixels || w->dst_row != w->dst_pixel * pixels)
        return;
    w->pixels *= w->rows;
    w->rows = 1;
}

/* One image, staged if it must be. */
static walk walk_image(const bc_plan *plan, const bc_step *step, size_t image, const float *picture,
                       float *scratch) {
    const bc_conv *c = &step->conv;
    walk w = {.pixels = c->out.width, .rows = c->out.height, .dst_pixel = BC_BLOCK};
    w.dst_row = (ptrdiff_t)c->out.width * BC_BLOCK;
    w.src = c->from_image && plan->purpose == BC_TO_TRAIN ? picture : bc_value_image(plan, step->src, image);
    if (c->is_staged) {
        stage(scratch, c, w.src, source_planes(c));
        w.src = scratch;
    }
    w.src_pixel = (ptrdiff_t)(c->stride.width * c->depth);
    w.src_row = (ptrdiff_t)(c->stride.height * c->staged_width * c->depth);
    return w;
}

/* ---- forward ---- */

/* dst: of the first row, its blocks so many floats apart */
static void multiply(const bc_plan *plan, const bc_step *step, const walk *w, float *dst, size_t plane) {
    const bc_conv *c = &step->conv;
    const float *bias = bc_step_bias(plan, step);
    for (size_t panel = 0; panel < bc_panel_count(c->out_blocks); panel++) {
        const bc_product product = {
            .src = w->src,
            .taps = c->taps,
            .tap_count = c->tap_count,
            .depth = c->depth,
            .src_pixel = w->src_pixel,
            .src_row = w->src_row,
            .weights = bc_plan_data(plan, c->packed) + bc_panel_offset(c->tap_count * c->depth, panel),
            .dst = dst + panel * BC_PANEL_BLOCKS * plane,
            .dst_pixel = w->dst_pixel,
            .dst_row = w->dst_row,
            .dst_block = (ptrdiff_t)plane,
            .pixels = w->pixels,
            .rows = w->rows,
            .channels = bc_panel_channels(c->out_blocks, panel),
            .bias = bias != NULL ? bias + panel * BC_PANEL : NULL,
            .relu = step->relu,
        };
        bc_multiply(plan->level, &product);
    }
}

static void forward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const float *picture = bc_shard_pictures(plan, shard);
    size_t first, last;
    bc_shard_images(plan, shard, worker, &first, &last);
    bc_conv_start_forward(plan, step, shard);
    for (size_t image = first; image < last; image++, picture += plan->picture) {
        walk w = walk_image(plan, step, image, picture, bc_plan_scratch(plan, worker));
        join_rows(&w);
        multiply(plan, step, &w, bc_value_image(plan, step->dst, image), plan->values[step->dst].plane);
        if (step->norm_behind != NULL) /* while it is in the cache */
            bc_norm_measure(plan, step->norm_behind, shard, image, bc_all_rows(plan, step->dst));
    }
}

void bc_conv_rows(const bc_plan *plan, const bc_step *step, size_t image, bc_rows rows,
                  const bc_planes *dst) {
    walk w = walk_image(plan, step, image, NULL, NULL);
    w.src += (ptrdiff_t)rows.first * w.src_row;
    w.rows = rows.count;
    w.dst_row = (ptrdiff_t)dst->row;
    multiply(plan, step, &w, dst->data, dst->plane);
}

void bc_conv_start_forward(const bc_plan *plan, const bc_step *step, size_t shard) {
    if (step->norm_behind != NULL)
        bc_norm_start(plan, step->norm_behind, shard);
}

void bc_conv_emit_forward(bc_plan *plan, bc_step *step, bc_task_function *run) {
    bc_plan_emit_shards(plan, BC_PART_FORWARD, run, step);
    if (!step->conv.from_image || plan->purpose == BC_TO_PREDICT)
        bc_view_use(plan, step->src);
    bc_plan_use(plan, plan->values[step->dst].data);
    if (step->norm_behind != NULL)
        bc_plan_use(plan, step->norm_behind->norm.partial);
}

static bool plan_and_pack(bc_plan *plan, bc_step *step) {
    const bc_status status = plan_forward(&step->conv, plan->purpose, plan->err);
    if (status == BC_OK)
        bc_pack_emit(plan, step);
    else
        plan->status = status;
    return plan->status == BC_OK;
}

void bc_conv_emit_lazy(bc_plan *plan, bc_step *step) {
    (void)plan_and_pack(plan, step);
}

void bc_conv_emit(bc_plan *plan, bc_step *step) {
    if (!plan_and_pack(plan, step))
        return;
    bc_conv_emit_forward(plan, step, forward);
    bc_plan_need_scratch(plan, forward_scratch(&step->conv));
}

/* ---- backward ---- */

static void add_outer(const bc_plan *plan, const bc_step *step, const walk *w, const float *diff,
                      size_t shard, bool accumulate) {
    const bc_conv *c = &step->conv;
    const bc_value *dst = &plan->values[step->dst];
    const size_t rows = c->tap_count * c->depth;
    float *sums = bc_plan_data(plan, c->sums) + shard * rows * c->out_blocks * BC_BLOCK;
    for (size_t panel = 0; panel < bc_panel_count(c->out_blocks); panel++) {
        const bc_outer outer = {
            .src = w->src,
            .taps = c->taps,
            .tap_count = c->tap_count,
            .depth = c->depth,
            .src_pixel = w->src_pixel,
            .src_row = w->src_row,
            .diff = diff + panel * BC_PANEL_BLOCKS * dst->plane,
            .diff_pixel = w->dst_pixel,
            .diff_row = w->dst_row,
            .diff_block = (ptrdiff_t)dst->plane,
            .pixels = w->pixels,
            .rows = w->rows,
            .channels = bc_panel_channels(c->out_blocks, panel),
            .sums = sums + bc_panel_offset(rows, panel),
            .accumulate = accumulate,
        };
        bc_multiply_outer(plan->level, &outer);
    }
}

void bc_conv_add_bias_sums(const bc_plan *plan, const bc_step *step, size_t shard, const float *diff,
                           size_t plane, size_t pixels) {
    const size_t channels = step->conv.out_blocks * BC_BLOCK;
    double *sums = (double *)(void *)bc_plan_data(plan, step->conv.bias_sums) + shard * channels;
    for (size_t k = 0; step->bias != NULL && k < channels; k += BC_BLOCK, diff += plane) {
        double block[BC_BLOCK];
        plan->level->norm->sum(block, diff, pixels);
        for (size_t i = 0; i < BC_BLOCK; i++)
            sums[k + i] += block[i];
    }
}

void bc_conv_mask(const bc_plan *plan, const bc_step *step, size_t image) {
    const bc_value *dst = &plan->values[step->dst];
    if (step->relu)
        plan->level->element->relu_mask(bc_diff_image(plan, step->dst, image),
                                        bc_value_image(plan, step->dst, image), dst->image);
}

/* A shard without images has no part of the sums. */
static void clear_sums(const bc_plan *plan, const bc_step *step, size_t shard) {
    const bc_conv *c = &step->conv;
    const size_t floats = c->tap_count * c->depth * c->out_blocks * BC_BLOCK;
    memset(bc_plan_data(plan, c->sums) + shard * floats, 0, floats * sizeof(float));
}

void bc_conv_start_backward(const bc_plan *plan, const bc_step *step, size_t shard) {
    const bc_conv *c = &step->conv;
    double *bias_sums = (double *)(void *)bc_plan_data(plan, c->bias_sums) + shard * c->out_blocks * BC_BLOCK;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    memset(bias_sums, 0, c->out_blocks * BC_BLOCK * sizeof(double));
    if (first == last && !c->is_gathered)
        clear_sums(plan, step, shard);
    if (step->src_is_wanted && plan->values[step->src].lazy_norm != NULL)
        bc_norm_start_diff(plan, plan->values[step->src].lazy_norm, shard);
}

static void backward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const float *picture = bc_shard_pictures(plan, shard);
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    bc_conv_start_backward(plan, step, shard);
    for (size_t image = first; image < last; image++, picture += plan->picture) {
        float *scratch = bc_plan_scratch(plan, worker);
        bc_conv_mask(plan, step, image);
        const float *diff = bc_view_image_diff(plan, step->dst, image, scratch);
        scratch += bc_view_image_diff_scratch(plan, step->dst);
        bc_conv_add_bias_sums(plan, step, shard, diff, plan->values[step->dst].plane,
                              plan->values[step->dst].plane / BC_BLOCK);
        walk w = walk_image(plan, step, image, picture, scratch);
        join_rows(&w);
        add_outer(plan, step, &w, diff, shard, image > first);
        if (step->src_is_wanted)
            bc_conv_back(plan, step, image, diff, scratch);
    }
}

enum { ROWS_AN_ITEM = 16 };

/* Adds the shards' parts of some (tap, depth) rows of a panel, in order, and puts them to the filters. */
static void reduce_rows(const bc_plan *plan, const bc_step *step, size_t panel, size_t first, size_t last) {
    const bc_conv *c = &step->conv;
    const size_t rows = c->tap_count * c->depth, channels = bc_panel_channels(c->out_blocks, panel);
    float sums[ROWS_AN_ITEM * BC_PANEL];
    const float *parts = bc_plan_data(plan, c->sums) + bc_panel_offset(rows, panel) + first * channels;
    plan->level->element->reduce(sums, parts, rows * c->out_blocks * BC_BLOCK, BC_SHARDS,
                                 (last - first) * channels);
    for (size_t row = first; row < last; row++)
        bc_pack_put_gradient(plan, step, panel, row, sums + (row - first) * channels);
}

void bc_conv_reduce_bias(const bc_plan *plan, const bc_step *step) {
    if (step->bias == NULL)
        return;
    const size_t channels = step->conv.out_blocks * BC_BLOCK;
    const double *parts = (const double *)(const void *)bc_plan_data(plan, step->conv.bias_sums);
    float *gradient = bc_plan_data(plan, plan->gradients) + step->bias->offset;
    for (size_t k = 0; k < step->conv.out.channels; k++) {
        double sum = 0;
        for (size_t shard = 0; shard < BC_SHARDS; shard++)
            sum += parts[shard * channels + k];
        gradient[k] = (float)sum;
    }
}

static void reduce(const bc_plan *plan, const bc_step *step, size_t item, unsigned worker) {
    (void)worker;
    const bc_conv *c = &step->conv;
    const size_t rows = c->tap_count * c->depth, first = item * ROWS_AN_ITEM;
    const size_t last = first + ROWS_AN_ITEM < rows ? first + ROWS_AN_ITEM : rows;
    for (size_t panel = 0; panel < bc_panel_count(c->out_blocks); panel++)
        reduce_rows(plan, step, panel, first, last);
    if (item == 0)
        bc_conv_reduce_bias(plan, step);
}

static void use_sums(bc_plan *plan, const bc_conv *c) {
    bc_plan_use(plan, c->bias_sums);
    bc_plan_use(plan, c->is_gathered ? c->src_points : c->sums);
    if (c->is_gathered)
        bc_plan_use(plan, c->diff_points);
}

void bc_conv_emit_sums(bc_plan *plan, bc_step *step, bc_task_function *run) {
    bc_conv *c = &step->conv;
    const size_t channels = BC_SHARDS * c->out_blocks * BC_BLOCK;
    if (c->is_gathered)
        bc_winograd_reserve_points(plan, c);
    else
        c->sums = bc_plan_buffer(plan, channels, c->tap_count * c->depth);
    c->bias_sums = bc_plan_buffer(plan, channels, sizeof(double) / sizeof(float));
    bc_plan_emit_shards(plan, BC_PART_GRADIENTS, run, step);
    use_sums(plan, c);
    if (step->relu)
        bc_plan_use(plan, plan->values[step->dst].data);
    bc_view_use_diff(plan, step->dst);
    if (!c->from_image)
        bc_view_use(plan, step->src);
    if (!step->src_is_wanted)
        return;
    step->accumulate = bc_plan_write_diff(plan, step->src);
    const bc_step *norm = plan->values[step->src].lazy_norm;
    if (norm != NULL) {
        bc_plan_use(plan, norm->norm.diff_partial);
        bc_plan_use(plan, norm->norm.mean);
    }
}

void bc_conv_emit_reduce(bc_plan *plan, bc_step *step) {
    const size_t rows = step->conv.tap_count * step->conv.depth;
    if (step->conv.is_gathered)
        bc_winograd_emit_gather(plan, step);
    else
        bc_plan_emit(plan, BC_PART_SUM, reduce, step, (rows + ROWS_AN_ITEM - 1) / ROWS_AN_ITEM);
    use_sums(plan, &step->conv);
}

void bc_conv_emit_backward(bc_plan *plan, bc_step *step) {
    bc_conv *c = &step->conv;
    bc_status status = step->src_is_wanted ? bc_conv_plan_back(c, plan->err) : BC_OK;
    if (status != BC_OK) {
        plan->status = status;
        return;
    }
    if (step->src_is_wanted)
        bc_pack_emit_back(plan, step);
    bc_conv_emit_sums(plan, step, backward);
    const size_t staged = step->src_is_wanted ? bc_conv_back_scratch(c) : 0, source = forward_scratch(c);
    bc_plan_need_scratch(plan,
                         bc_view_image_diff_scratch(plan, step->dst) + (staged > source ? staged : source));
    bc_conv_emit_reduce(plan, step);
}
