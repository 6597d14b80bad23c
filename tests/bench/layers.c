#include "layers.h"
#include "bench.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

double bc_layer_operations(const bc_network *network, uint32_t index) {
    const bc_layer *layer = &network->spec.layers[index];
    if (layer->kind != BC_LAYER_CONV && layer->kind != BC_LAYER_DENSE)
        return 0;
    const bc_tensor *weight = bc_network_tensor(network, index, "weight");
    return 2 * (double)weight->count * layer->output.height * layer->output.width;
}

bc_status bc_layer_times_start(bc_layer_times *times, bc_plan *plan, size_t limit, bc_error *err) {
    void *seconds = NULL, *before = NULL;
    *times = (bc_layer_times){.plan = plan, .tasks = bc_plan_profile_count(plan), .limit = limit};
    bc_status status = bc_plan_start_profile(plan, err);
    if (status == BC_OK)
        status = bc_alloc(&seconds, (times->tasks + 1) * limit, sizeof(double), err);
    if (status == BC_OK)
        status = bc_alloc(&before, times->tasks, sizeof(double), err);
    times->seconds = seconds;
    times->before = before;
    return status;
}

void bc_layer_times_free(bc_layer_times *times) {
    free(times->seconds);
    free(times->before);
}

void bc_layer_times_note(bc_layer_times *times, double outside) {
    if (times->steps == times->limit)
        return;
    for (size_t task = 0; task < times->tasks; task++) {
        const double now = bc_plan_profile_read(times->plan, task).seconds;
        times->seconds[task * times->limit + times->steps] = now - times->before[task];
        times->before[task] = now;
    }
    times->seconds[times->tasks * times->limit + times->steps++] = outside;
}

/* ---- the table ---- */

static double median(bc_layer_times *times, size_t row) {
    return bench_median(times->seconds + row * times->limit, times->steps);
}

static const char *part_name(bc_part part) {
    switch (part) {
    case BC_PART_PACK:
        return "weights packed";
    case BC_PART_FORWARD:
        return "forward";
    case BC_PART_STATISTICS:
        return "statistics";
    case BC_PART_COEFFICIENTS:
        return "coefficients";
    case BC_PART_LOSS:
        return "loss";
    case BC_PART_MASK:
        return "ReLU mask";
    case BC_PART_GRADIENTS:
        return "gradients";
    case BC_PART_SOURCE_GRADIENT:
        return "source gradient";
    case BC_PART_WEIGHT_GRADIENT:
        return "weight gradient";
    case BC_PART_SUM:
        return "shards added";
    case BC_PART_WAIT:
        return "waiting";
    }
    return "";
}

/* How often the task does the products of its layer. */
static int product_count(const bc_task_time *task) {
    switch (task->part) {
    case BC_PART_FORWARD:
    case BC_PART_SOURCE_GRADIENT:
    case BC_PART_WEIGHT_GRADIENT:
        return 1;
    case BC_PART_GRADIENTS:
        return task->feeds_source ? 2 : 1;
    default:
        return 0;
    }
}

static double task_operations(const bc_network *network, const bc_task_time *task) {
    return task->layer == BC_NO_LAYER ? 0 : product_count(task) * bc_layer_operations(network, task->layer);
}

static bc_shape source_shape(const bc_spec *spec, const bc_layer *layer) {
    return layer->input == BC_INPUT_IMAGE ? spec->input : spec->layers[layer->input].output;
}

/* "conv2 3x3 32->64 at 16x16"; just the name of what is no product. */
static void describe(char *text, size_t size, const bc_network *network, const bc_task_time *task) {
    if (task->layer == BC_NO_LAYER) {
        snprintf(text, size, "%s", task->name);
        return;
    }
    const bc_layer *layer = &network->spec.layers[task->layer];
    const bc_shape in = source_shape(&network->spec, layer), out = layer->output;
    if (layer->kind == BC_LAYER_CONV && layer->stride.height * layer->stride.width > 1)
        snprintf(text, size, "%s %ux%u/%u %u->%u, %ux%u", task->name, layer->kernel.height,
                 layer->kernel.width, layer->stride.height, in.channels, out.channels, out.height, out.width);
    else if (layer->kind == BC_LAYER_CONV)
        snprintf(text, size, "%s %ux%u %u->%u, %ux%u", task->name, layer->kernel.height, layer->kernel.width,
                 in.channels, out.channels, out.height, out.width);
    else if (layer->kind == BC_LAYER_DENSE)
        snprintf(text, size, "%s %u->%u", task->name, in.channels, out.channels);
    else
        snprintf(text, size, "%s", task->name);
}

static void print_row(const char *what, const char *part, double seconds, double operations,
                      const bc_layer_scale *scale) {
    printf("%-30s %-16s %8.3f %5.1f%%", what, part, seconds * 1e3, 100 * seconds / scale->step_seconds);
    if (operations > 0 && seconds > 0)
        printf(" %8.1f %6.2f", operations / seconds * 1e-9, operations / seconds / scale->peak);
    putchar('\n');
}

void bc_layer_times_print(bc_layer_times *times, const bc_network *network, const bc_layer_scale *scale) {
    const double least = 0.002 * scale->step_seconds; /* rows below it are added up */
    double rest = scale->step_seconds, small = 0;
    size_t small_count = 0;
    printf("%-30s %-16s %8s %6s %8s %6s\n", "layer", "part", "ms", "share", "GFLOP/s", "x peak");
    for (size_t row = 0; row < times->tasks; row++) {
        const bc_task_time task = bc_plan_profile_read(times->plan, row);
        const double seconds = median(times, row) / scale->threads;
        const double operations = scale->batch * task_operations(network, &task);
        char what[64];
        rest -= seconds;
        if (seconds < least) {
            small += seconds;
            small_count++;
            continue;
        }
        describe(what, sizeof what, network, &task);
        print_row(what, part_name(task.part), seconds, operations, scale);
    }
    const double outside = median(times, times->tasks) / scale->threads;
    char count[32];
    snprintf(count, sizeof count, "%zu tasks", small_count);
    print_row("all below 0.2 %", count, small, 0, scale);
    if (outside > 0)
        print_row("all", "update", outside, 0, scale);
    print_row("between medians, end of step", "", rest - outside, 0, scale);
    print_row("step", "", scale->step_seconds, scale->step_operations, scale);
}
