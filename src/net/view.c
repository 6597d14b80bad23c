/* Values that are not stored. Training, what stands between two convolutions - a batch norm, its ReLU, a
 * pooling - costs little to compute and much to write to memory and to read again. So a convolution that
 * alone takes the result computes it from the values before the batch norm, plane by plane, as it brings its
 * source to where it works on it; and the convolution before the batch norm does the same with the gradient
 * of what it gave. Predicting, the first convolution, of few channels, is computed as the second one reads
 * it. */
#include "plan_build.h"

#include <string.h>

/* The value before the batch norm of a lazy value. */
static uint32_t origin(const bc_value *value) {
    return value->lazy_norm->src;
}

/* Whose gradient is stored, of the values behind a norm. */
static uint32_t value_behind(const bc_step *norm) {
    return norm->norm.lazy != BC_NO_VALUE ? norm->norm.lazy : norm->dst;
}

static const float *rows_at(const bc_plan *plan, uint32_t value, const float *data, size_t image,
                            size_t block, bc_rows rows) {
    const bc_value *v = &plan->values[value];
    return data + image * v->stride + block * v->plane + rows.first * v->shape.width * BC_BLOCK;
}

static void copy_rows(float *dst, size_t row, const float *src, size_t width, size_t count) {
    for (size_t y = 0; y < count; y++)
        memcpy(dst + y * row, src + y * width * BC_BLOCK, width * BC_BLOCK * sizeof(float));
}

/* ---- values ---- */

static bool is_pooled_apart(const bc_value *lazy) {
    return lazy->lazy_pool != NULL && !bc_pooling_halves(&lazy->lazy_pool->window);
}

static bool is_halved(const bc_value *lazy) {
    return lazy->lazy_pool != NULL && bc_pooling_halves(&lazy->lazy_pool->window);
}

/* What stands before the norm of a lazy value, for some rows of that: a pooling into halves is computed in
 * one go, but no other. */
static bc_normed rows_before(const bc_plan *plan, const bc_value *lazy, size_t image, size_t block,
                             bc_rows rows) {
    const bc_rows all = bc_all_rows(plan, origin(lazy));
    if (is_pooled_apart(lazy))
        rows = all;
    else if (is_halved(lazy))
        rows = (bc_rows){2 * rows.first, 2 * rows.count};
    bc_normed normed = bc_norm_plane(plan, lazy->lazy_norm, image, block, rows);
    normed.halved = is_halved(lazy);
    return normed;
}

/* The normalised plane, all of it one behind the other. */
static float *normalised_plane(const bc_plan *plan, const bc_normed *normed, float *scratch) {
    plan->level->norm->apply(scratch, normed->width * BC_BLOCK, normed);
    return scratch;
}

static void read_block(const bc_plan *plan, uint32_t index, size_t image, size_t block, bc_rows rows,
                       float *dst, size_t row, float *scratch) {
    const bc_value *value = &plan->values[index];
    if (value->lazy_norm == NULL) {
        copy_rows(dst, row, rows_at(plan, index, bc_value_data(plan, index), image, block, rows),
                  value->shape.width, rows.count);
        return;
    }
    const bc_normed normed = rows_before(plan, value, image, block, rows);
    if (is_pooled_apart(value))
        plan->level->pool->max(dst, row, normalised_plane(plan, &normed, scratch), &value->lazy_pool->window);
    else
        plan->level->norm->apply(dst, row, &normed);
}

void bc_view_read(const bc_plan *plan, uint32_t index, size_t image, bc_rows rows, const bc_planes *dst,
                  float *scratch) {
    const bc_value *value = &plan->values[index];
    if (value->lazy_conv != NULL) {
        bc_conv_rows(plan, value->lazy_conv, image, rows, dst);
        return;
    }
    for (size_t block = 0; block < value->blocks; block++)
        read_block(plan, index, image, block, rows, dst->data + block * dst->plane, dst->row, scratch);
}

/* Planes of what is pooled apart: normalised, pooled, and the gradient of the normalised one. */
static size_t lazy_scratch(const bc_plan *plan, const bc_value *lazy) {
    enum { PLANES = 3 };
    return is_pooled_apart(lazy) ? PLANES * plan->values[origin(lazy)].plane : 0;
}

size_t bc_view_scratch(const bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    const bc_step *norm = value->diff_norm;
    const size_t own = lazy_scratch(plan, value),
                 behind = norm != NULL ? lazy_scratch(plan, &plan->values[value_behind(norm)]) : 0;
    return own > behind ? own : behind;
}

void bc_view_use(bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    if (value->lazy_norm == NULL) {
        bc_plan_use(plan, value->lazy_conv != NULL ? plan->values[value->lazy_conv->src].data : value->data);
        return;
    }
    bc_plan_use(plan, plan->values[origin(value)].data);
    bc_plan_use(plan, value->lazy_norm->norm.scale);
    bc_plan_use(plan, value->lazy_norm->norm.shift);
}

uint32_t bc_view_stored(const bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    return value->lazy_norm != NULL ? origin(value) : index;
}

bool bc_view_is_whole(const bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    const bc_step *norm = value->diff_norm;
    return is_pooled_apart(value) || (norm != NULL && is_pooled_apart(&plan->values[value_behind(norm)]));
}

/* ---- gradients ---- */

/* Rows of the gradient of a lazy value: where that is pooled apart, all of it, back at the pixels that were
 * the maximum. scratch: three planes of the norm. */
static const float *lazy_diff(const bc_plan *plan, uint32_t lazy, size_t image, size_t block, bc_rows rows,
                              const bc_normed *normed, float *scratch) {
    const bc_value *value = &plan->values[lazy];
    const float *diff = rows_at(plan, lazy, bc_value_diff(plan, lazy), image, block, rows);
    if (!is_pooled_apart(value))
        return diff;
    const size_t plane = plan->values[origin(value)].plane;
    float *normalised = normalised_plane(plan, normed, scratch), *pooled = scratch + plane,
          *spread = scratch + 2 * plane;
    plan->level->pool->max(pooled, (size_t)value->shape.width * BC_BLOCK, normalised,
                           &value->lazy_pool->window);
    memset(spread, 0, plane * sizeof(float));
    plan->level->pool->max_diff(spread, diff, pooled, normalised, &value->lazy_pool->window);
    return spread;
}

void bc_view_measure_diff(const bc_plan *plan, uint32_t lazy, size_t shard, size_t image, bc_rows rows,
                          float *scratch) {
    const bc_value *value = &plan->values[lazy];
    for (size_t block = 0; block < value->blocks; block++) {
        const bc_normed normed = rows_before(plan, value, image, block, rows);
        bc_norm_measure_diff(plan, value->lazy_norm, shard, block, &normed,
                             lazy_diff(plan, lazy, image, block, rows, &normed, scratch));
    }
}

size_t bc_view_diff_grain(const bc_plan *plan, uint32_t index) {
    const bc_step *norm = plan->values[index].diff_norm;
    return norm != NULL && is_halved(&plan->values[value_behind(norm)]) ? 2 : 1;
}

static void read_diff_block(const bc_plan *plan, uint32_t index, size_t image, size_t block, bc_rows rows,
                            float *dst, size_t row, float *scratch) {
    const bc_value *value = &plan->values[index];
    const bc_step *norm = value->diff_norm;
    if (norm == NULL) {
        copy_rows(dst, row, rows_at(plan, index, bc_value_diff(plan, index), image, block, rows),
                  value->shape.width, rows.count);
        return;
    }
    const uint32_t behind = value_behind(norm);
    const bc_value *stored = &plan->values[behind];
    const size_t grain = bc_view_diff_grain(plan, index);
    const bc_rows stored_rows = {rows.first / grain, rows.count / grain};
    bc_normed normed = bc_norm_plane(plan, norm, image, block, rows);
    normed.halved = is_halved(stored);
    const float *diff = stored->lazy_norm != NULL
                            ? lazy_diff(plan, behind, image, block, stored_rows, &normed, scratch)
                            : rows_at(plan, behind, bc_value_diff(plan, behind), image, block, stored_rows);
    bc_norm_apply_diff(plan, norm, block, &normed, dst, row, diff, false);
}

void bc_view_read_diff(const bc_plan *plan, uint32_t index, size_t image, bc_rows rows, const bc_planes *dst,
                       float *scratch) {
    for (size_t block = 0; block < plan->values[index].blocks; block++)
        read_diff_block(plan, index, image, block, rows, dst->data + block * dst->plane, dst->row, scratch);
}

const float *bc_view_image_diff(const bc_plan *plan, uint32_t index, size_t image, float *scratch) {
    const bc_value *value = &plan->values[index];
    if (value->diff_norm == NULL)
        return bc_diff_image(plan, index, image);
    const bc_planes dst = {scratch, (size_t)value->shape.width * BC_BLOCK, value->plane};
    bc_view_read_diff(plan, index, image, bc_all_rows(plan, index), &dst, scratch + value->image);
    return scratch;
}

size_t bc_view_image_diff_scratch(const bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    return value->diff_norm != NULL ? value->image + bc_view_scratch(plan, index) : 0;
}

uint32_t bc_view_stored_diff(const bc_plan *plan, uint32_t index) {
    const bc_value *value = &plan->values[index];
    return value->diff_norm != NULL ? value_behind(value->diff_norm) : index;
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
