/* Stopwatches, and those of the plan's tasks. */
#include "plan_build.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>

struct bc_profile {
    unsigned threads;
    size_t stride;  /* doubles of a thread: the time of its last lap, then its sums */
    double *values; /* in cache lines that no threads share */
};

bc_status bc_profile_create(bc_profile **profile, unsigned threads, size_t sums, bc_error *err) {
    enum { LINE = BC_ALIGNMENT / sizeof(double) };
    void *block, *values;
    *profile = NULL;
    bc_status status = bc_alloc(&block, 1, sizeof **profile, err);
    if (status != BC_OK)
        return status;
    bc_profile *made = block;
    *made = (bc_profile){.threads = threads, .stride = (1 + sums + LINE - 1) / LINE * LINE};
    status = bc_alloc_aligned(&values, threads * made->stride, sizeof(double), err);
    if (status != BC_OK) {
        free(made);
        return status;
    }
    made->values = values;
    *profile = made;
    return BC_OK;
}

void bc_profile_free(bc_profile *profile) {
    if (profile == NULL)
        return;
    free(profile->values);
    free(profile);
}

void bc_profile_begin(bc_profile *profile, unsigned worker) {
    if (profile != NULL)
        profile->values[worker * profile->stride] = bc_clock_seconds();
}

void bc_profile_lap(bc_profile *profile, unsigned worker, size_t sum) {
    if (profile == NULL)
        return;
    double *own = profile->values + worker * profile->stride, now = bc_clock_seconds();
    own[1 + sum] += now - own[0];
    own[0] = now;
}

double bc_profile_seconds(const bc_profile *profile, size_t sum) {
    double seconds = 0;
    for (unsigned thread = 0; profile != NULL && thread < profile->threads; thread++)
        seconds += profile->values[thread * profile->stride + 1 + sum];
    return seconds;
}

/* ---- of a plan: a sum a task, then one for waiting ---- */

bc_status bc_plan_start_profile(bc_plan *plan, bc_error *err) {
    bc_profile_free(plan->profile);
    return bc_profile_create(&plan->profile, plan->threads, bc_plan_task_count(plan) + 1, err);
}

size_t bc_plan_profile_count(const bc_plan *plan) {
    return bc_plan_task_count(plan) + 1;
}

static const bc_task *find_task(const bc_task_list *list, size_t number) {
    for (const bc_task *task = list->items; task < list->items + list->count; task++) {
        if (task->number == number)
            return task;
    }
    return NULL;
}

bc_task_time bc_plan_profile_read(const bc_plan *plan, size_t number) {
    const double seconds = bc_profile_seconds(plan->profile, number);
    const bc_task *task = find_task(&plan->prepare, number);
    if (task == NULL)
        task = find_task(&plan->run, number);
    if (task == NULL)
        return (bc_task_time){
            .part = BC_PART_WAIT, .layer = BC_NO_LAYER, .name = "threads", .seconds = seconds};
    const bc_step *step = task->step;
    /* steps that are no layer have names of their own */
    const bool is_layer = step->name == plan->network->spec.layers[step->layer].name;
    return (bc_task_time){
        .part = task->part,
        .layer = is_layer ? step->layer : BC_NO_LAYER,
        .name = step->name,
        .feeds_source = step->src_is_wanted,
        .seconds = seconds,
    };
}
