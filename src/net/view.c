/* Values that are not stored. What stands between two convolutions - a batch norm, its ReLU, a pooling -
 * costs little to compute and much to write to memory and to read again. So a convolution that alone takes
 * the result computes it from the values before the batch norm, plane by plane, as it brings its source to
 * where it works on it; and the convolution before the batch norm does the same with the gradient of what it
 * gave. */
#include "plan_build.h"

#include <string.h>

/* The value before the batch norm of a lazy value. */
static uint32_t origin(const bc_value *value) {
    return value->lazy_norm->src;
}

static const float *plane_at(const bc_plan *plan, uint32_t value, const float *data, size_t image,
                             size_t block) {
    return data + image * plan->values[value].image + block * plan->values[value].plane;
}

static void copy_rows(float *dst, size_t row, const float *src, bc_shape shape) {
    const size_t width = (size_t)shape.width * BC_BLOCK;
    for (size_t y = 0; y < shape.height; y++)
        memcpy(dst + y * row, src + y * width, width * sizeof(float));
}

/* ---- values ---- */

/* Batch norm and ReLU of a plane. */
static void normalise(const bc_plan *plan, const bc_step *norm, size_t image, size_t block, float *dst,
                      size_t row) {
    const bc_value *src = &plan->values[norm->src];
    const size_t width = (size_t)src->shape.width * BC_BLOCK;
    const float *from = plane_at(plan, norm->src, bc_value_data(plan, norm->src), image, block);
    const float *scale = bc_plan_data(plan, norm->norm.scale) + block * BC_BLOCK,
                *shift = bc_plan_data(plan, norm->norm.shift) + block * BC_BLOCK;
    for (size_t y = 0; y < src->shape.height; y++)
        plan->level->norm->affine(dst + y * row, from + y * width, scale, shift, norm->relu,
                                  src->shape.width);
}

/* The normalised plane, all of it one behind the other. */
static float *normalised_plane(const bc_plan *plan, const bc_step *norm, size_t image, size_t block,
                               float *scratch) {
    normalise(plan, norm, image, block, scratch, (size_t)plan->values[norm->src].shape.width * BC_BLOCK);
    return scratch;
}

void bc_view_read(const bc_plan *plan, uint32_t index, size_t image, size_t block, float *dst, size_t row,
                  float *scratch) {
    const bc_value *value = &plan->values[index];
    if (value->lazy_norm == NULL) {
        copy_rows(dst, row, plane_at(plan, index, bc_value_data(plan, index), image, block), value->shape);
    } else if (value->lazy_pool == NULL) {
        normalise(plan, value->lazy_norm, image, block, dst, row);
    } else {
        const float *plane = normalised_plane(plan, value->lazy_norm, image, block, scratch);
        plan->level->pool->max(dst, row, plane, &value->lazy_pool->window);
    }
}

size_t bc_view_scratch(const bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    enum { PLANES = 3 }; /* normalised, pooled, and the gradient of the normalised one */
    if (value->lazy_norm != NULL)
        return PLANES * plan->values[origin(value)].plane;
    return value->diff_norm != NULL ? PLANES * value->plane : 0;
}

void bc_view_use(bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    if (value->lazy_norm == NULL) {
        bc_plan_use(plan, value->data);
        return;
    }
    bc_plan_use(plan, plan->values[origin(value)].data);
    bc_plan_use(plan, value->lazy_norm->norm.scale);
    bc_plan_use(plan, value->lazy_norm->norm.shift);
}

const float *bc_view_memory(const bc_plan *plan, uint32_t index, size_t image, size_t images,
                            size_t *floats) {
    const bc_value *value = &plan->values[index];
    const uint32_t stored = value->lazy_norm != NULL ? origin(value) : index;
    *floats = images * plan->values[stored].image;
    return bc_value_data(plan, stored) + image * plan->values[stored].image;
}

/* ---- gradients ---- */

/* Whose gradient is stored, of the values behind a norm. */
static uint32_t value_behind(const bc_step *norm) {
    return norm->norm.lazy != BC_NO_VALUE ? norm->norm.lazy : norm->dst;
}

/* The gradient of what the norm gave, masked by its ReLU: where that is pooled, back at the pixels that were
 * the maximum. scratch: three planes of the norm. */
static const float *norm_diff(const bc_plan *plan, uint32_t lazy, size_t image, size_t block,
                              float *scratch) {
    const bc_value *value = &plan->values[lazy];
    const float *diff = plane_at(plan, lazy, bc_value_diff(plan, lazy), image, block);
    if (value->lazy_pool == NULL)
        return diff;
    const size_t plane = plan->values[origin(value)].plane;
    float *normalised = normalised_plane(plan, value->lazy_norm, image, block, scratch),
          *pooled = scratch + plane, *spread = scratch + 2 * plane;
    plan->level->pool->max(pooled, (size_t)value->shape.width * BC_BLOCK, normalised,
                           &value->lazy_pool->window);
    memset(spread, 0, plane * sizeof(float));
    plan->level->pool->max_diff(spread, diff, pooled, normalised, &value->lazy_pool->window);
    return spread;
}

void bc_view_measure_diff(const bc_plan *plan, uint32_t lazy, size_t shard, size_t image, float *scratch) {
    const bc_value *value = &plan->values[lazy];
    const bc_step *norm = value->lazy_norm;
    for (size_t block = 0; block < value->blocks; block++) {
        float *diff = bc_value_diff(plan, lazy) + image * value->image + block * value->plane;
        if (norm->relu) {
            bc_view_read(plan, lazy, image, block, scratch, (size_t)value->shape.width * BC_BLOCK,
                         scratch + plan->values[norm->src].plane);
            plan->level->element->relu_mask(diff, scratch, value->plane);
        }
        bc_norm_measure_diff(plan, norm, shard, image, block, norm_diff(plan, lazy, image, block, scratch));
    }
}

void bc_view_read_diff(const bc_plan *plan, uint32_t index, size_t image, size_t block, float *dst,
                       size_t row, float *scratch) {
    const bc_value *value = &plan->values[index];
    const bc_step *norm = value->diff_norm;
    if (norm == NULL) {
        copy_rows(dst, row, plane_at(plan, index, bc_value_diff(plan, index), image, block), value->shape);
        return;
    }
    const uint32_t behind = value_behind(norm);
    const float *diff = plan->values[behind].lazy_norm != NULL
                            ? norm_diff(plan, behind, image, block, scratch)
                            : plane_at(plan, behind, bc_value_diff(plan, behind), image, block);
    bc_norm_apply_diff(plan, norm, image, block, dst, row, diff, false);
}

const float *bc_view_image_diff(const bc_plan *plan, uint32_t index, size_t image, float *scratch) {
    const bc_value *value = &plan->values[index];
    if (value->diff_norm == NULL)
        return bc_value_diff(plan, index) + image * value->image;
    for (size_t block = 0; block < value->blocks; block++)
        bc_view_read_diff(plan, index, image, block, scratch + block * value->plane,
                          (size_t)value->shape.width * BC_BLOCK, scratch + value->image);
    return scratch;
}

size_t bc_view_image_diff_scratch(const bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    return value->diff_norm != NULL ? value->image + bc_view_scratch(plan, index) : 0;
}

const float *bc_view_memory_diff(const bc_plan *plan, uint32_t index, size_t image, size_t images,
                                 size_t *floats) {
    const bc_value *value = &plan->values[index];
    const uint32_t stored = value->diff_norm != NULL ? value_behind(value->diff_norm) : index;
    *floats = images * plan->values[stored].image;
    return bc_value_diff(plan, stored) + image * plan->values[stored].image;
}

void bc_view_use_diff(bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    if (value->diff_norm == NULL) {
        bc_plan_use(plan, value->diff);
        return;
    }
    const bc_norm *norm = &value->diff_norm->norm;
    const uint32_t behind = value_behind(value->diff_norm);
    const uint32_t used[] = {value->data,  plan->values[behind].diff,
                             norm->scale,  norm->shift,
                             norm->diff_a, norm->diff_b,
                             norm->diff_c, norm->mean};
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++)
        bc_plan_use(plan, used[i]);
}
