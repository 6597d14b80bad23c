/* The loss of the batch and its gradient, from what the head makes of the last layer's outputs (head.h); and,
 * predicting, the logits. */
#include "plan_build.h"

#include "head.h"

#include <string.h>

static const bc_layer *head_of(const bc_plan *plan) {
    return bc_spec_head(&plan->network->spec);
}

/* Of the outputs, by that of the logit. */
static void put_gradient(const bc_layer *head, float *diff, float gradient) {
    if (head->kind == BC_LAYER_SOFTMAX)
        *diff++ = -gradient;
    *diff = gradient;
}

static void loss(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const bc_value *logits = &plan->values[step->src];
    const bc_layer *head = head_of(plan);
    const double scale = 1 / (double)plan->count;
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    double sum = 0;
    for (size_t i = first; i < last; i++) {
        double z = (double)bc_head_logit(head, bc_value_image(plan, step->src, i)),
               y = (double)plan->labels[i], weight = (double)plan->weights[i] * scale;
        float *diff = bc_diff_image(plan, step->src, i);
        memset(diff, 0, logits->image * sizeof(float));
        put_gradient(head, diff, (float)(weight * bc_head_gradient(head, z, y)));
        sum += weight * bc_head_loss(head, z, y);
    }
    plan->shard_loss[shard] = sum;
}

static void keep(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const bc_layer *head = head_of(plan);
    size_t first, last, picture, end;
    bc_shard_images(plan, shard, worker, &first, &last);
    bc_shard_range(plan, shard, &picture, &end);
    for (size_t image = first; image < last; image++, picture++)
        plan->results[picture] =
            bc_head_correct(head, bc_head_logit(head, bc_value_image(plan, step->src, image)));
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
