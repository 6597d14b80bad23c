/* Batch norm (Ioffe and Szegedy 2015). Training uses the statistics of the whole batch: each shard gives its
 * mean and its sum of squared distances from it, which are merged in order (Chan, Golub, LeVeque 1979), so
 * that a large mean costs no digits. Predicting uses the running statistics, which are measured apart from
 * training, folded into the step before where there is one. */
#include "plan_build.h"

#include <math.h>
#include <string.h>

const double bc_norm_epsilon = 1e-5;

/* ---- running statistics ---- */

void bc_norm_fold(float *scale, float *shift, const bc_plan *plan, const bc_step *step, size_t first) {
    const float *weight = bc_tensor_values(plan, step->norm_weight),
                *bias = bc_tensor_values(plan, step->norm_bias);
    const float *mean = bc_tensor_values(plan, step->norm_mean);
    const float *variance = bc_tensor_values(plan, step->norm_variance);
    for (size_t k = first; k < step->norm_weight->count && k < first + BC_PANEL; k++) {
        double factor = (double)weight[k] / sqrt((double)variance[k] + bc_norm_epsilon);
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

void bc_norm_start(const bc_plan *plan, const bc_step *norm, size_t shard) {
    const size_t blocks = plan->values[norm->src].blocks;
    memset(partial_at(plan, norm->norm.partial, blocks, shard, 0), 0, blocks * 2 * BC_BLOCK * sizeof(double));
}

/* The squares about a mean that a float can hold, brought to the mean itself. */
static void measure_pixels(const bc_plan *plan, const float *data, size_t pixels, double mean[BC_BLOCK],
                           double squares[BC_BLOCK]) {
    float centre[BC_BLOCK];
    plan->level->norm->sum(mean, data, pixels);
    for (size_t k = 0; k < BC_BLOCK; k++) {
        mean[k] /= (double)pixels;
        centre[k] = (float)mean[k];
    }
    plan->level->norm->squares(squares, data, centre, pixels);
    for (size_t k = 0; k < BC_BLOCK; k++) {
        double apart = mean[k] - (double)centre[k];
        squares[k] -= (double)pixels * apart * apart;
    }
}

/* Merges the mean and the squares of `more` pixels into those of `count`. */
static void merge(double *mean, double *squares, double count, double more_mean, double more_squares,
                  double more) {
    double apart = more_mean - *mean;
    *squares += more_squares + apart * apart * count * more / (count + more);
    *mean += apart * more / (count + more);
}

void bc_norm_measure(const bc_plan *plan, const bc_step *norm, size_t shard, size_t image, bc_rows rows) {
    const bc_value *src = &plan->values[norm->src];
    const size_t width = src->shape.width, pixels = rows.count * width, skipped = rows.first * width;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    const double count = (double)((image - first) * (src->plane / BC_BLOCK) + skipped);
    for (size_t block = 0; block < src->blocks; block++) {
        double *part = partial_at(plan, norm->norm.partial, src->blocks, shard, block);
        double mean[BC_BLOCK], squares[BC_BLOCK];
        const float *plane = bc_value_image(plan, norm->src, image) + block * src->plane;
        measure_pixels(plan, plane + skipped * BC_BLOCK, pixels, mean, squares);
        for (size_t k = 0; k < BC_BLOCK; k++)
            merge(&part[k], &part[BC_BLOCK + k], count, mean[k], squares[k], (double)pixels);
    }
}

static void measure(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    bc_norm_start(plan, step, shard);
    for (size_t image = first; image < last; image++)
        bc_norm_measure(plan, step, shard, image, bc_all_rows(plan, step->src));
}

/* ---- coefficients of a block of channels ---- */

/* Mean and variance over all shards. */
static void merge_shards(const bc_plan *plan, const bc_step *step, size_t block, size_t k, double *mean,
                         double *variance) {
    const bc_value *src = &plan->values[step->src];
    double count = 0, squares = 0;
    *mean = 0;
    for (size_t shard = 0; shard < BC_SHARDS; shard++) {
        const double *part = partial_at(plan, step->norm.partial, src->blocks, shard, block);
        double more = pixels_of_shard(plan, src, shard);
        if (more == 0)
            continue;
        merge(mean, &squares, count, part[k], part[BC_BLOCK + k], more);
        count += more;
    }
    *variance = count > 0 ? squares / count : 0;
}

/* What a run adds to those before it: see bc_plan_measure. */
static void update_running(const bc_plan *plan, const bc_step *step, size_t channel, double mean,
                           double variance) {
    float *running_mean = plan->network->values + step->norm_mean->offset + channel;
    float *running_variance = plan->network->values + step->norm_variance->offset + channel;
    if (plan->measured == 0) { /* whatever they were, numbers or not */
        *running_mean = (float)mean;
        *running_variance = (float)variance;
        return;
    }
    const double share = 1 / (double)(plan->measured + 1), rest = 1 - share;
    const double apart = mean - (double)*running_mean;
    *running_mean = (float)((double)*running_mean + share * apart);
    *running_variance =
        (float)(rest * (double)*running_variance + share * variance + rest * share * apart * apart);
}

static void coefficients(const bc_plan *plan, const bc_step *step, size_t block, unsigned worker) {
    (void)worker;
    for (size_t k = 0; k < BC_BLOCK; k++) {
        const size_t channel = block * BC_BLOCK + k;
        double mean, variance, weight = 0, bias = 0;
        merge_shards(plan, step, block, k, &mean, &variance);
        double inverse = 1 / sqrt(variance + bc_norm_epsilon);
        if (channel < step->norm_weight->count) {
            weight = (double)bc_tensor_values(plan, step->norm_weight)[channel];
            bias = (double)bc_tensor_values(plan, step->norm_bias)[channel];
            if (plan->is_measuring)
                update_running(plan, step, channel, mean, variance);
        }
        bc_plan_data(plan, step->norm.mean)[channel] = (float)mean;
        bc_plan_data(plan, step->norm.inverse)[channel] = (float)inverse;
        bc_plan_data(plan, step->norm.scale)[channel] = (float)(weight * inverse);
        bc_plan_data(plan, step->norm.shift)[channel] = (float)(bias - mean * weight * inverse);
    }
}

/* ---- application ---- */

bc_normed bc_norm_plane(const bc_plan *plan, const bc_step *norm, size_t image, size_t block, bc_rows rows) {
    const bc_value *src = &plan->values[norm->src];
    return (bc_normed){
        .src = bc_value_image(plan, norm->src, image) + block * src->plane +
               rows.first * src->shape.width * BC_BLOCK,
        .height = rows.count,
        .width = src->shape.width,
        .scale = bc_plan_data(plan, norm->norm.scale) + block * BC_BLOCK,
        .shift = bc_plan_data(plan, norm->norm.shift) + block * BC_BLOCK,
        .relu = norm->relu,
    };
}

static void apply(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const bc_value *src = &plan->values[step->src];
    size_t first, last;
    bc_shard_images(plan, shard, worker, &first, &last);
    for (size_t image = first; image < last; image++) {
        for (size_t block = 0; block < src->blocks; block++) {
            const bc_normed normed = bc_norm_plane(plan, step, image, block, bc_all_rows(plan, step->src));
            plan->level->norm->apply(bc_value_image(plan, step->dst, image) + block * src->plane,
                                     (size_t)src->shape.width * BC_BLOCK, &normed);
        }
    }
}

static void emit_apply(bc_plan *plan, bc_step *step) {
    bc_plan_emit_shards(plan, BC_PART_FORWARD, apply, step);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].data);
    bc_plan_use(plan, step->norm.scale);
    bc_plan_use(plan, step->norm.shift);
}

static void emit_predict(bc_plan *plan, bc_step *step, size_t blocks) {
    plan->emit_to_prepare = true;
    bc_plan_emit(plan, BC_PART_PACK, fold, step, bc_panel_count(blocks));
    bc_plan_use(plan, step->norm.scale);
    bc_plan_use(plan, step->norm.shift);
    plan->emit_to_prepare = false;
    emit_apply(plan, step);
}

void bc_norm_reserve(bc_plan *plan, bc_step *step) {
    const size_t blocks = plan->values[step->src].blocks, whole_panels = bc_panel_count(blocks) * BC_PANEL;
    const size_t sums = BC_SHARDS * blocks * 2 * BC_BLOCK, doubles = sizeof(double) / sizeof(float);
    bc_norm *norm = &step->norm;
    norm->scale = bc_plan_buffer(plan, whole_panels, 1);
    norm->shift = bc_plan_buffer(plan, whole_panels, 1);
    if (plan->purpose == BC_TO_PREDICT)
        return;
    norm->mean = bc_plan_buffer(plan, whole_panels, 1);
    norm->inverse = bc_plan_buffer(plan, whole_panels, 1);
    norm->partial = bc_plan_buffer(plan, sums, doubles);
    norm->diff_partial = bc_plan_buffer(plan, sums, doubles);
    norm->diff_a = bc_plan_buffer(plan, blocks, BC_BLOCK);
    norm->diff_b = bc_plan_buffer(plan, blocks, BC_BLOCK);
    norm->diff_c = bc_plan_buffer(plan, blocks, BC_BLOCK);
}

static bool is_measured_by_source(const bc_plan *plan, const bc_step *step) {
    return plan->values[step->src].diff_norm == step;
}

void bc_norm_emit(bc_plan *plan, bc_step *step) {
    if (plan->status != BC_OK)
        return;
    const size_t blocks = plan->values[step->src].blocks;
    const bc_norm *norm = &step->norm;
    if (plan->purpose == BC_TO_PREDICT) {
        emit_predict(plan, step, blocks);
        return;
    }
    if (!is_measured_by_source(plan, step)) {
        bc_plan_emit_shards(plan, BC_PART_STATISTICS, measure, step);
        bc_plan_use(plan, plan->values[step->src].data);
        bc_plan_use(plan, norm->partial);
    }
    bc_plan_emit(plan, BC_PART_COEFFICIENTS, coefficients, step, blocks);
    plan->measuring_tasks = plan->run.count;
    bc_plan_use(plan, norm->partial);
    bc_plan_use(plan, norm->mean);
    bc_plan_use(plan, norm->inverse);
    bc_plan_use(plan, norm->scale);
    bc_plan_use(plan, norm->shift);
    if (norm->lazy == BC_NO_VALUE)
        emit_apply(plan, step);
}

/* ---- gradients ---- */

void bc_norm_start_diff(const bc_plan *plan, const bc_step *norm, size_t shard) {
    const size_t blocks = plan->values[norm->src].blocks;
    memset(partial_at(plan, norm->norm.diff_partial, blocks, shard, 0), 0,
           blocks * 2 * BC_BLOCK * sizeof(double));
}

void bc_norm_measure_diff(const bc_plan *plan, const bc_step *norm, size_t shard, size_t block,
                          const bc_normed *normed, const float *diff) {
    const size_t blocks = plan->values[norm->src].blocks;
    double *sums = partial_at(plan, norm->norm.diff_partial, blocks, shard, block);
    double *products = sums + BC_BLOCK, part[BC_BLOCK], part_products[BC_BLOCK];
    plan->level->norm->diff_sums(part, part_products, diff, normed,
                                 bc_plan_data(plan, norm->norm.mean) + block * BC_BLOCK);
    for (size_t k = 0; k < BC_BLOCK; k++) {
        sums[k] += part[k];
        products[k] += part_products[k];
    }
}

static void measure_diff(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const bc_value *src = &plan->values[step->src];
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    bc_norm_start_diff(plan, step, shard);
    for (size_t image = first; image < last; image++) {
        for (size_t block = 0; block < src->blocks; block++) {
            const bc_normed normed = bc_norm_plane(plan, step, image, block, bc_all_rows(plan, step->src));
            bc_norm_measure_diff(plan, step, shard, block, &normed,
                                 bc_diff_image(plan, step->dst, image) + block * src->plane);
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

void bc_norm_apply_diff(const bc_plan *plan, const bc_step *norm, size_t block, const bc_normed *normed,
                        float *dst, size_t row, const float *diff, bool accumulate) {
    const size_t channel = block * BC_BLOCK;
    const bc_norm_back back = {
        .a = bc_plan_data(plan, norm->norm.diff_a) + channel,
        .b = bc_plan_data(plan, norm->norm.diff_b) + channel,
        .c = bc_plan_data(plan, norm->norm.diff_c) + channel,
        .centre = bc_plan_data(plan, norm->norm.mean) + channel,
    };
    plan->level->norm->diff_apply(dst, row, diff, normed, &back, accumulate);
}

static void apply_diff(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const bc_value *src = &plan->values[step->src];
    const size_t row = (size_t)src->shape.width * BC_BLOCK;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    for (size_t image = first; image < last; image++) {
        for (size_t block = 0; block < src->blocks; block++) {
            const size_t at = image * src->image + block * src->plane;
            const bc_normed normed = bc_norm_plane(plan, step, image, block, bc_all_rows(plan, step->src));
            bc_norm_apply_diff(plan, step, block, &normed, bc_value_diff(plan, step->src) + at, row,
                               bc_value_diff(plan, step->dst) + at, step->accumulate);
        }
    }
}

void bc_norm_emit_backward(bc_plan *plan, bc_step *step) {
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const bc_norm *norm = &step->norm;
    if (norm->lazy == BC_NO_VALUE) {
        bc_plan_emit_shards(plan, BC_PART_STATISTICS, measure_diff, step);
        bc_plan_use(plan, norm->diff_partial);
        bc_plan_use(plan, src->data);
        bc_plan_use(plan, dst->diff);
        bc_plan_use(plan, norm->scale);
        bc_plan_use(plan, norm->shift);
        bc_plan_use(plan, norm->mean);
    }
    bc_plan_emit(plan, BC_PART_COEFFICIENTS, diff_coefficients, step, src->blocks);
    bc_plan_use(plan, norm->diff_partial);
    bc_plan_use(plan, norm->inverse);
    bc_plan_use(plan, norm->diff_a);
    bc_plan_use(plan, norm->diff_b);
    bc_plan_use(plan, norm->diff_c);
    if (!step->src_is_wanted || is_measured_by_source(plan, step))
        return;
    bc_plan_emit_shards(plan, BC_PART_GRADIENTS, apply_diff, step);
    bc_plan_use(plan, src->data);
    bc_plan_use(plan, dst->diff);
    bc_plan_use(plan, norm->scale);
    bc_plan_use(plan, norm->shift);
    bc_plan_use(plan, norm->mean);
    bc_plan_use(plan, norm->diff_a);
    bc_plan_use(plan, norm->diff_b);
    bc_plan_use(plan, norm->diff_c);
    step->accumulate = bc_plan_write_diff(plan, step->src);
}
