/* Batch norm (Ioffe and Szegedy 2015). Training uses the statistics of the whole batch: each shard gives its
 * mean and its sum of squared distances from it, which are merged in order (Chan, Golub, LeVeque 1979), so
 * that a large mean costs no digits. Predicting uses the running statistics, folded into the step before
 * where there is one. */
#include "plan_build.h"

#include <math.h>
#include <string.h>

static const double epsilon = 1e-5;
static const double least_momentum = 0.1; /* weight of the newest batch in the running statistics */

/* ---- running statistics ---- */

void bc_norm_fold(float *scale, float *shift, const bc_plan *plan, const bc_step *step, size_t first) {
    const float *weight = bc_tensor_values(plan, step->norm_weight),
                *bias = bc_tensor_values(plan, step->norm_bias);
    const float *mean = bc_tensor_values(plan, step->norm_mean);
    const float *variance = bc_tensor_values(plan, step->norm_variance);
    for (size_t k = first; k < step->norm_weight->count && k < first + BC_PANEL; k++) {
        double factor = (double)weight[k] / sqrt((double)variance[k] + epsilon);
        scale[k - first] = (float)factor;
        shift[k - first] = (float)((double)bias[k] - (double)mean[k] * factor);
    }
}

static void fold(const bc_plan *plan, const bc_step *step, size_t panel, unsigned worker) {
    (void)worker;
    bc_norm_fold(bc_plan_data(plan, step->norm.scale) + panel * BC_PANEL,
                 bc_plan_data(plan, step->norm.shift) + panel * BC_PANEL, plan, step, panel * BC_PANEL);
}

/* ---- partial sums of a shard ---- */

/* [shard][block][2][16] doubles: mean and squares, or the sums of the gradient. */
static double *partial_at(const bc_plan *plan, uint32_t buffer, size_t blocks, size_t shard, size_t block) {
    return (double *)(void *)bc_plan_data(plan, buffer) + (shard * blocks + block) * 2 * BC_BLOCK;
}

static double pixels_of_shard(const bc_plan *plan, const bc_value *value, size_t shard) {
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    return (double)((last - first) * (value->plane / BC_BLOCK));
}

static void measure_block(const bc_plan *plan, const bc_step *step, size_t shard, size_t block) {
    const bc_value *src = &plan->values[step->src];
    const size_t pixels = src->plane / BC_BLOCK;
    double *mean = partial_at(plan, step->norm.partial, src->blocks, shard, block),
           *squares = mean + BC_BLOCK;
    const float *data = bc_value_data(plan, step->src) + block * src->plane;
    float centre[BC_BLOCK];
    double part[BC_BLOCK];
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    memset(mean, 0, 2 * BC_BLOCK * sizeof(double));
    for (size_t image = first; image < last; image++) {
        plan->level->norm->sum(part, data + image * src->image, pixels);
        for (size_t k = 0; k < BC_BLOCK; k++)
            mean[k] += part[k];
    }
    for (size_t k = 0; k < BC_BLOCK; k++) {
        mean[k] = last > first ? mean[k] / (double)((last - first) * pixels) : 0;
        centre[k] = (float)mean[k];
        mean[k] = (double)centre[k]; /* the squares are taken from what a float can hold */
    }
    for (size_t image = first; image < last; image++) {
        plan->level->norm->squares(part, data + image * src->image, centre, pixels);
        for (size_t k = 0; k < BC_BLOCK; k++)
            squares[k] += part[k];
    }
}

static void measure(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    for (size_t block = 0; block < plan->values[step->src].blocks; block++)
        measure_block(plan, step, shard, block);
}

/* ---- coefficients of a block of channels ---- */

/* Mean and variance over all shards. */
static void merge(const bc_plan *plan, const bc_step *step, size_t block, size_t k, double *mean,
                  double *variance) {
    const bc_value *src = &plan->values[step->src];
    double count = 0, squares = 0;
    *mean = 0;
    for (size_t shard = 0; shard < BC_SHARDS; shard++) {
        const double *part = partial_at(plan, step->norm.partial, src->blocks, shard, block);
        double more = pixels_of_shard(plan, src, shard);
        if (more == 0)
            continue;
        double apart = part[k] - *mean;
        squares += part[BC_BLOCK + k] + apart * apart * count * more / (count + more);
        count += more;
        *mean += apart * more / count;
    }
    *variance = count > 0 ? squares / count : 0;
}

static void update_running(const bc_plan *plan, const bc_step *step, size_t channel, double mean,
                           double variance) {
    const bc_value *src = &plan->values[step->src];
    const double count = (double)(plan->count * (src->plane / BC_BLOCK));
    float *running_mean = plan->network->values + step->norm_mean->offset + channel;
    float *running_variance = plan->network->values + step->norm_variance->offset + channel;
    double unbiased = count > 1 ? variance * count / (count - 1) : variance;
    double momentum =
        1 / (double)(plan->steps_taken + 1); /* at first their mean, so that no start value stays */
    momentum = momentum > least_momentum ? momentum : least_momentum;
    *running_mean = (float)((1 - momentum) * (double)*running_mean + momentum * mean);
    *running_variance = (float)((1 - momentum) * (double)*running_variance + momentum * unbiased);
}

static void coefficients(const bc_plan *plan, const bc_step *step, size_t block, unsigned worker) {
    (void)worker;
    for (size_t k = 0; k < BC_BLOCK; k++) {
        const size_t channel = block * BC_BLOCK + k;
        double mean, variance, weight = 0, bias = 0;
        merge(plan, step, block, k, &mean, &variance);
        double inverse = 1 / sqrt(variance + epsilon);
        if (channel < step->norm_weight->count) {
            weight = (double)bc_tensor_values(plan, step->norm_weight)[channel];
            bias = (double)bc_tensor_values(plan, step->norm_bias)[channel];
            update_running(plan, step, channel, mean, variance);
        }
        bc_plan_data(plan, step->norm.mean)[channel] = (float)mean;
        bc_plan_data(plan, step->norm.inverse)[channel] = (float)inverse;
        bc_plan_data(plan, step->norm.scale)[channel] = (float)(weight * inverse);
        bc_plan_data(plan, step->norm.shift)[channel] = (float)(bias - mean * weight * inverse);
    }
}

/* ---- application ---- */

static void apply(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const bc_value *src = &plan->values[step->src];
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    for (size_t image = first; image < last; image++) {
        for (size_t block = 0; block < src->blocks; block++) {
            size_t at = image * src->image + block * src->plane;
            plan->level->norm->affine(
                bc_value_data(plan, step->dst) + at, bc_value_data(plan, step->src) + at,
                bc_plan_data(plan, step->norm.scale) + block * BC_BLOCK,
                bc_plan_data(plan, step->norm.shift) + block * BC_BLOCK, step->relu, src->plane / BC_BLOCK);
        }
    }
}

static void emit_apply(bc_plan *plan, bc_step *step) {
    bc_plan_emit(plan, apply, step, BC_SHARDS);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].data);
    bc_plan_use(plan, step->norm.scale);
    bc_plan_use(plan, step->norm.shift);
}

static void emit_predict(bc_plan *plan, bc_step *step, size_t blocks) {
    plan->emit_to_prepare = true;
    bc_plan_emit(plan, fold, step, (blocks + 1) / 2);
    bc_plan_use(plan, step->norm.scale);
    bc_plan_use(plan, step->norm.shift);
    plan->emit_to_prepare = false;
    emit_apply(plan, step);
}

void bc_norm_emit(bc_plan *plan, bc_step *step) {
    if (plan->status != BC_OK)
        return;
    const size_t blocks = plan->values[step->src].blocks;
    const size_t whole_panels = (blocks + 1) / 2 * BC_PANEL;
    bc_norm *norm = &step->norm;
    norm->scale = bc_plan_buffer(plan, whole_panels, 1);
    norm->shift = bc_plan_buffer(plan, whole_panels, 1);
    if (plan->purpose == BC_TO_PREDICT) {
        emit_predict(plan, step, blocks);
        return;
    }
    norm->mean = bc_plan_buffer(plan, whole_panels, 1);
    norm->inverse = bc_plan_buffer(plan, whole_panels, 1);
    norm->partial = bc_plan_buffer(plan, BC_SHARDS * blocks * 2 * BC_BLOCK, sizeof(double) / sizeof(float));
    bc_plan_emit(plan, measure, step, BC_SHARDS);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, norm->partial);
    bc_plan_emit(plan, coefficients, step, blocks);
    bc_plan_use(plan, norm->partial);
    bc_plan_use(plan, norm->mean);
    bc_plan_use(plan, norm->inverse);
    bc_plan_use(plan, norm->scale);
    bc_plan_use(plan, norm->shift);
    emit_apply(plan, step);
}

/* ---- gradients ---- */

static void measure_diff(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const bc_value *src = &plan->values[step->src];
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    for (size_t block = 0; block < src->blocks; block++) {
        double *sums = partial_at(plan, step->norm.diff_partial, src->blocks, shard, block);
        double *products = sums + BC_BLOCK, part[BC_BLOCK], part_products[BC_BLOCK];
        memset(sums, 0, 2 * BC_BLOCK * sizeof(double));
        for (size_t image = first; image < last; image++) {
            size_t at = image * src->image + block * src->plane;
            float *diff = bc_value_diff(plan, step->dst) + at;
            if (step->relu)
                plan->level->element->relu_mask(diff, bc_value_data(plan, step->dst) + at, src->plane);
            plan->level->norm->diff_sums(part, part_products, diff, bc_value_data(plan, step->src) + at,
                                         bc_plan_data(plan, step->norm.mean) + block * BC_BLOCK,
                                         src->plane / BC_BLOCK);
            for (size_t k = 0; k < BC_BLOCK; k++) {
                sums[k] += part[k];
                products[k] += part_products[k];
            }
        }
    }
}

/* diff_src = a * diff + b * (src - mean) + c, with x = (src - mean) * inverse:
 * diff_src = weight * inverse * (diff - mean(diff) - x * mean(diff * x)). */
static void diff_coefficients(const bc_plan *plan, const bc_step *step, size_t block, unsigned worker) {
    (void)worker;
    const bc_value *src = &plan->values[step->src];
    const double count = (double)(plan->count * (src->plane / BC_BLOCK));
    float *gradients = bc_plan_data(plan, plan->gradients);
    for (size_t k = 0; k < BC_BLOCK; k++) {
        const size_t channel = block * BC_BLOCK + k;
        const bool is_real = channel < step->norm_weight->count;
        double sum = 0, product = 0;
        for (size_t shard = 0; shard < BC_SHARDS; shard++) {
            const double *part = partial_at(plan, step->norm.diff_partial, src->blocks, shard, block);
            sum += part[k];
            product += part[BC_BLOCK + k];
        }
        double inverse = (double)bc_plan_data(plan, step->norm.inverse)[channel];
        double weight = is_real ? (double)bc_tensor_values(plan, step->norm_weight)[channel] : 0;
        product *= inverse; /* now the sum of diff * x */
        if (is_real) {
            gradients[step->norm_weight->offset + channel] = (float)product;
            gradients[step->norm_bias->offset + channel] = (float)sum;
        }
        bc_plan_data(plan, step->norm.diff_a)[channel] = (float)(weight * inverse);
        bc_plan_data(plan, step->norm.diff_b)[channel] =
            (float)(-weight * inverse * inverse * product / count);
        bc_plan_data(plan, step->norm.diff_c)[channel] = (float)(-weight * inverse * sum / count);
    }
}

static void apply_diff(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const bc_value *src = &plan->values[step->src];
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    for (size_t image = first; image < last; image++) {
        for (size_t block = 0; block < src->blocks; block++) {
            size_t at = image * src->image + block * src->plane, channel = block * BC_BLOCK;
            plan->level->norm->diff_affine(
                bc_value_diff(plan, step->src) + at, bc_value_diff(plan, step->dst) + at,
                bc_value_data(plan, step->src) + at, bc_plan_data(plan, step->norm.diff_a) + channel,
                bc_plan_data(plan, step->norm.diff_b) + channel,
                bc_plan_data(plan, step->norm.diff_c) + channel,
                bc_plan_data(plan, step->norm.mean) + channel, step->accumulate, src->plane / BC_BLOCK);
        }
    }
}

void bc_norm_emit_backward(bc_plan *plan, bc_step *step) {
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    bc_norm *norm = &step->norm;
    const size_t blocks = src->blocks;
    norm->diff_partial =
        bc_plan_buffer(plan, BC_SHARDS * blocks * 2 * BC_BLOCK, sizeof(double) / sizeof(float));
    norm->diff_a = bc_plan_buffer(plan, blocks, BC_BLOCK);
    norm->diff_b = bc_plan_buffer(plan, blocks, BC_BLOCK);
    norm->diff_c = bc_plan_buffer(plan, blocks, BC_BLOCK);
    bc_plan_emit(plan, measure_diff, step, BC_SHARDS);
    bc_plan_use(plan, norm->diff_partial);
    bc_plan_use(plan, src->data);
    bc_plan_use(plan, dst->data);
    bc_plan_use(plan, dst->diff);
    bc_plan_use(plan, norm->mean);
    bc_plan_emit(plan, diff_coefficients, step, blocks);
    bc_plan_use(plan, norm->diff_partial);
    bc_plan_use(plan, norm->inverse);
    bc_plan_use(plan, norm->diff_a);
    bc_plan_use(plan, norm->diff_b);
    bc_plan_use(plan, norm->diff_c);
    if (!step->src_is_wanted)
        return;
    bc_plan_emit(plan, apply_diff, step, BC_SHARDS);
    bc_plan_use(plan, src->data);
    bc_plan_use(plan, dst->diff);
    bc_plan_use(plan, norm->mean);
    bc_plan_use(plan, norm->diff_a);
    bc_plan_use(plan, norm->diff_b);
    bc_plan_use(plan, norm->diff_c);
    step->accumulate = bc_plan_write_diff(plan, step->src);
}
