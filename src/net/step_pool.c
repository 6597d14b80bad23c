/* Pooling over windows; the global one is a window as large as the picture. */
#include "plan_build.h"

#include <string.h>

static bool takes_maximum(const bc_plan *plan, const bc_step *step) {
    return plan->network->spec.layers[step->layer].kind == BC_LAYER_MAX_POOL;
}

static void forward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const bool maximum = takes_maximum(plan, step);
    size_t first, last;
    bc_shard_images(plan, shard, worker, &first, &last);
    for (size_t i = first * src->blocks; i < last * src->blocks; i++) {
        const size_t image = i / src->blocks, block = i % src->blocks;
        float *to = bc_value_image(plan, step->dst, image) + block * dst->plane;
        const float *from = bc_value_image(plan, step->src, image) + block * src->plane;
        if (maximum)
            plan->level->pool->max(to, (size_t)dst->shape.width * BC_BLOCK, from, &step->window);
        else
            plan->level->pool->average(to, from, &step->window);
    }
}

static void backward(const bc_plan *plan, const bc_step *step, size_t shard, unsigned worker) {
    (void)worker;
    const bc_value *src = &plan->values[step->src], *dst = &plan->values[step->dst];
    const bool maximum = takes_maximum(plan, step);
    size_t first, last;
    bc_shard_range(plan, shard, &first, &last);
    for (size_t plane = first * src->blocks; plane < last * src->blocks; plane++) {
        float *diff_src = bc_value_diff(plan, step->src) + plane * src->plane;
        const float *diff = bc_value_diff(plan, step->dst) + plane * dst->plane;
        if (!step->accumulate)
            memset(diff_src, 0, src->plane * sizeof(float));
        if (maximum)
            plan->level->pool->max_diff(diff_src, diff, bc_value_data(plan, step->dst) + plane * dst->plane,
                                        bc_value_data(plan, step->src) + plane * src->plane, &step->window);
        else
            plan->level->pool->average_diff(diff_src, diff, &step->window);
    }
}

void bc_pooling_emit(bc_plan *plan, bc_step *step) {
    if (plan->values[step->dst].lazy_norm != NULL)
        return;
    bc_plan_emit_shards(plan, BC_PART_FORWARD, forward, step);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].data);
}

void bc_pooling_emit_backward(bc_plan *plan, bc_step *step) {
    if (!step->src_is_wanted || plan->values[step->dst].lazy_norm != NULL)
        return;
    bc_plan_emit_shards(plan, BC_PART_GRADIENTS, backward, step);
    bc_plan_use(plan, plan->values[step->src].data);
    bc_plan_use(plan, plan->values[step->dst].data);
    bc_plan_use(plan, plan->values[step->dst].diff);
    step->accumulate = bc_plan_write_diff(plan, step->src);
}
