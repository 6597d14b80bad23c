/* Runs networks that are small. */
#include "run_network.h"

#include "fuzz.h"
#include "net/plan.h"

enum { PICTURES = 2, MOST_LAYERS = 64, MOST_VALUES = 1 << 14, MOST_WORK = 1 << 19 };

static double values_of(bc_shape shape) {
    return (double)shape.channels * shape.height * shape.width;
}

static bool is_small(const bc_spec *spec) {
    double work = 0, widest = values_of(spec->input);
    for (size_t i = 0; i < spec->count; i++) {
        const bc_layer *layer = &spec->layers[i];
        const bc_shape *in =
            layer->input == BC_INPUT_IMAGE ? &spec->input : &spec->layers[layer->input].output;
        const double values = values_of(layer->output);
        widest = values > widest ? values : widest;
        work += values * layer->kernel.height * layer->kernel.width *
                (layer->kind == BC_LAYER_CONV || layer->kind == BC_LAYER_DENSE ? in->channels : 1);
    }
    return spec->count <= MOST_LAYERS && widest <= MOST_VALUES && work <= MOST_WORK;
}

static void execute(void *plan, unsigned worker) {
    bc_plan_execute(plan, NULL, worker);
}

void fuzz_run(bc_network *network) {
    const bc_shape in = network->spec.input;
    bc_error err = {0};
    bc_plan *plan;
    if (!is_small(&network->spec))
        return;
    fuzz_require(bc_plan_create(&plan, network, BC_TO_PREDICT, PICTURES, 1, &err) == BC_OK,
                 "there is a plan of a small network");
    for (size_t i = 0; i < PICTURES; i++) {
        float *image = bc_plan_image(plan, i);
        for (size_t k = 0; k < (size_t)in.channels * in.height * in.width; k++)
            image[k] = (float)(k % 7) - 3;
    }
    bc_plan_set_count(plan, PICTURES);
    bc_plan_prepare(plan, NULL);
    bc_pool_run(NULL, execute, plan);
    const float first = bc_plan_logit(plan, 0), second = bc_plan_logit(plan, 1);
    fuzz_require(first == second || (first != first && second != second),
                 "the same picture has the same logit");
    bc_plan_free(plan);
}
