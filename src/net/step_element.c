/* The layers without weights or windows: ReLU, add, dropout, flatten, and the picture brought into channel
 * blocks. */
#include "plan_build.h"

#include "base/random.h"

#include <string.h>

static bc_layer_kind kind_of(const bc_plan *plan, const bc_step *step) {
    return plan->network->spec.layers[step->layer].kind;
}

/* ---- the picture ---- */

/* From [channel][y][x] to blocks; the padded channels are zero. */
static void import_blocks(float *dst, const bc_value *value, const float *src) {
    const size_t pixels = value->plane / BC_BLOCK;
    memset(dst, 0, value->image * sizeof(float));
    for (size_t c = 0; c < value->shape.channels; c++) {
        float *to = dst + c / BC_BLOCK * value->plane + c % BC_BLOCK;
        for (size_t i = 0; i < pixels; i++)
            to[i * BC_BLOCK] = src[c * pixels + i];
    }
}

/* With a border of zeros around each plane. */
static void import_planar(float *dst, const bc_value *value, const bc_shape *in, bc_pair border,
                          const float *src) {
    const size_t height = in->height + 2 * border.height, width = in->width + 2 * border.width;
    memset(dst, 0, value->image * sizeof(float));
    for (size_t i = 0; i < (size_t)in->channels * in->height; i++, src += in->width) {
        const size_t row = i / in->height * height + border.height + i % in->height;
        memcpy(dst + row * width + border.width, src, in->width * sizeof(float));
    }
}

static void import(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const bc_value *dst = &plan->values[step->dst];
    const float *picture = bc_shard_pictures(plan, shard);
    size_t first, last;
    bc_shard_images(plan, shard, worker, &first, &last);
    for (size_t image = first; image < last; image++, picture += plan->picture) {
        float *to = bc_value_image(plan, step->dst, image);
        if (step->is_planar)
            import_planar(to, dst, &plan->network->spec.input, step->border, picture);
        else
            import_blocks(to, dst, picture);
    }
}

void bc_import_emit(bc_plan *plan, bc_step *step) {
    bc_plan_emit_shards(plan, BC_PART_FORWARD, import, step);
    if (plan->status == BC_OK)
        bc_plan_use(plan, plan->values[step->dst].data);
}

/* ---- flatten: [block][y][x][16] to [channel][y][x] ---- */

static void flatten(float *dst, const float *src, const bc_value *value) {
    const size_t pixels = value->plane / BC_BLOCK;
    for (size_t c = 0; c < value->shape.channels; c++) {
        const float *from = src + c / BC_BLOCK * value->plane + c % BC_BLOCK;
        for (size_t i = 0; i < pixels; i++)
            dst[c * pixels + i] = from[i * BC_BLOCK];
    }
}

static void flatten_diff(float *diff_src, const float *diff, const bc_value *value, bool accumulate) {
    const size_t pixels = value->plane / BC_BLOCK;
    if (!accumulate)
        memset(diff_src, 0, value->image * sizeof(float));
    for (size_t c = 0; c < value->shape.channels; c++) {
        float *to = diff_src + c / BC_BLOCK * value->plane + c % BC_BLOCK;
        for (size_t i = 0; i < pixels; i++)
            to[i * BC_BLOCK] += diff[c * pixels + i];
    }
}

/* ---- dropout: kept values are scaled up (Srivastava et al. 2014, inverted) ---- */

/* The factor of each value, drawn again for the gradient instead of being kept. */
static void draw_factors(float *factors, size_t count, float rate, uint64_t key, uint32_t layer) {
    bc_random random = bc_random_keyed(key, BC_RANDOM_DROPOUT, layer, 0);
    const double threshold = (double)rate;
    const float kept = 1 / (1 - rate);
    for (size_t i = 0; i < count; i++)
        factors[i] = bc_random_uniform(&random) < threshold ? 0 : kept;
}

static void drop(const bc_plan *plan, const bc_step *step, size_t image, float *dst, const float *src,
                 bool accumulate, unsigned worker) {
    float *factors = bc_plan_scratch(plan, worker);
    const size_t count = plan->values[step->src].image;
    const float rate = plan->is_measuring ? 0 : step->rate; /* as it will be where statistics are used */
    draw_factors(factors, count, rate, plan->keys[image], step->layer);
    plan->level->element->scale(dst, src, factors, accumulate, count);
}

/* ---- tasks ---- */

static void forward_image(const bc_plan *plan, const bc_step *step, size_t image, unsigned worker) {
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const float *from = bc_value_image(plan, step->src, image);
    float *to = bc_value_image(plan, step->dst, image);
    switch (kind_of(plan, step)) {
    case BC_LAYER_RELU:
        plan->level->element->relu(to, from, src->image);
        break;
    case BC_LAYER_ADD:
        plan->level->element->add(to, from, bc_value_image(plan, step->other, image), step->relu, src->image);
        break;
    case BC_LAYER_DROPOUT:
        drop(plan, step, image, to, from, false, worker);
        break;
    default:
        memset(to, 0, dst->image * sizeof(float));
        flatten(to, from, src);
    }
}

static void forward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    size_t first, last;
    bc_shard_images(plan, shard, worker, &first, &last);
    for (size_t image = first; image < last; image++)
        forward_image(plan, step, image, worker);
}

void bc_element_emit(bc_plan *plan, bc_step *step) {
    if (plan->status != BC_OK)
        return;
    bc_plan_emit_shards(plan, BC_PART_FORWARD, forward, step);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->other].data);
    bc_plan_use(plan, plan->values[step->dst].data);
    if (kind_of(plan, step) == BC_LAYER_DROPOUT)
        bc_plan_need_scratch(plan, plan->values[step->src].image);
}

static void backward_image(const bc_plan *plan, const bc_step *step, size_t image, unsigned worker) {
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const bc_element_kernels *element = plan->level->element;
    float *diff_src = bc_diff_image(plan, step->src, image);
    float *diff = bc_diff_image(plan, step->dst, image);
    if (kind_of(plan, step) == BC_LAYER_RELU || step->relu)
        element->relu_mask(diff, bc_value_image(plan, step->dst, image), dst->image);
    switch (kind_of(plan, step)) {
    case BC_LAYER_DROPOUT:
        drop(plan, step, image, diff_src, diff, step->accumulate, worker);
        break;
    case BC_LAYER_FLATTEN:
        flatten_diff(diff_src, diff, src, step->accumulate);
        break;
    case BC_LAYER_ADD:
        element->copy(diff_src, diff, step->accumulate, src->image);
        element->copy(bc_diff_image(plan, step->other, image), diff, step->accumulate_other, src->image);
        break;
    default:
        element->copy(diff_src, diff, step->accumulate, src->image);
    }
}

static void backward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    for (size_t image = first; image < last; image++)
        backward_image(plan, step, image, worker);
}

void bc_element_emit_backward(bc_plan *plan, bc_step *step) {
    bc_plan_emit_shards(plan, BC_PART_GRADIENTS, backward, step);
    bc_plan_use(plan, plan->values[step->dst].data);
    bc_plan_use(plan, plan->values[step->dst].diff);
    step->accumulate = bc_plan_write_diff(plan, step->src);
    if (kind_of(plan, step) == BC_LAYER_ADD)
        step->accumulate_other = bc_plan_write_diff(plan, step->other);
}
