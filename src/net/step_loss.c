/* Binary cross-entropy from the logit z and the label y, max(z,0) - y z + log(1 + exp(-|z|)), as the weighted
 * mean of the batch, and its gradient (sigmoid(z) - y). Never through log(sigmoid(z)), which loses what is
 * near 0 and 1. */
#include "plan_build.h"

#include <math.h>
#include <string.h>

static double weight_sum(const bc_plan *plan) {
    double sum = 0;
    for (size_t i = 0; i < plan->count; i++)
        sum += (double)plan->weights[i];
    return sum > 0 ? sum : 1;
}

static double sigmoid(double z) {
    double e = exp(-fabs(z));
    return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static double cross_entropy(double z, double y) {
    double positive = z < 0 ? 0 : z; /* a NaN stays */
    return positive - y * z + log1p(exp(-fabs(z)));
}

static void loss(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const bc_value *logits = &plan->values[step->src];
    const double scale = 1 / weight_sum(plan); /* the same in every shard */
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    double sum = 0;
    for (size_t i = first; i < last; i++) {
        double z = (double)*bc_value_image(plan, step->src, i);
        double y = (double)plan->labels[i], weight = (double)plan->weights[i] * scale;
        float *diff = bc_diff_image(plan, step->src, i);
        memset(diff, 0, logits->image * sizeof(float));
        diff[0] = (float)(weight * (sigmoid(z) - y));
        sum += weight * cross_entropy(z, y);
    }
    plan->shard_loss[shard] = sum;
}

static void keep(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    size_t first, last, picture, end;
    bc_shard_images(plan, shard, worker, &first, &last);
    bc_shard_range(plan, shard, &picture, &end);
    for (size_t image = first; image < last; image++, picture++)
        plan->results[picture] = *bc_value_image(plan, step->src, image);
}

void bc_results_emit(bc_plan *plan, bc_step *step) {
    bc_plan_emit_shards(plan, BC_PART_FORWARD, keep, step);
    bc_plan_use(plan, plan->values[step->src].data);
}

void bc_loss_emit(bc_plan *plan, bc_step *step) {
    bc_plan_emit_shards(plan, BC_PART_LOSS, loss, step);
    bc_plan_use(plan, plan->values[step->src].data);
    (void)bc_plan_write_diff(plan, step->src);
}
