/* bclass-bench: how many pictures a second the engine trains on, or scores, on fixed networks with random
 * pictures in memory. Prints one line of JSON; its figures are medians over the steps.
 *
 *     bclass-bench --net A|B|C --mode train|predict --batch N --threads N --seconds S [--level L]
 *     bclass-bench --net FILE.json --channels N --side N ...    a network as bclass train takes it
 *     bclass-bench ... --layers                                 also a table of where the time goes
 *     bclass-bench ... --optimizer adamw|sgd|muon               with SGD if not said
 *
 * A: five 3x3 convolutions (32, 32, pool, 64, 64, pool, 128) with batch norm and ReLU on 3 x 32 x 32, global
 * average pool, dense 1. B: the same on 3 x 64 x 64. C: dense 784-256-64-1.
 *
 * The table has a row for each task of the plan: ms of a step, its share, GFLOP/s, and how many times the
 * machine's peak of multiply-adds that is. Operations are those of a direct convolution; Winograd's does
 * fewer, so it can pass 1. A convolution's forward task also computes the norm, ReLU and pooling before it,
 * as it reads its source; its gradients task the gradient of these. To predict, the first convolution is
 * computed in the task of the second one. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include "fma_peak.h"
#include "layers.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "cli/rows.h"
#include "net/plan.h"
#include "train/optimiser.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONV(filters)                                                                                        \
    "{\"type\":\"conv\",\"filters\":" #filters                                                               \
    ",\"bias\":false},{\"type\":\"batch_norm\"},{\"type\":\"relu\"},"

static const char convolutions[] = "{\"layers\":[" CONV(32) CONV(32) "{\"type\":\"max_pool\"}," CONV(64)
    CONV(64) "{\"type\":\"max_pool\"}," CONV(
        128) "{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":1}]}";
static const char perceptron[] =
    "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":256},{\"type\":\"relu\"},"
    "{\"type\":\"dense\",\"units\":64},{\"type\":\"relu\"},{\"type\":\"dense\",\"units\":1}]}";

typedef struct bench_network {
    const char *name, *json;
    bc_shape input;
} bench_network;

static const bench_network networks[] = {
    {"A", convolutions, {3, 32, 32}},
    {"B", convolutions, {3, 64, 64}},
    {"C", perceptron, {1, 28, 28}},
    {.name = NULL},
};
static const char *const mode_names[] = {"train", "predict", NULL};
enum { TRAIN, PREDICT };
enum { STEPS_LIMIT = 1 << 20, LAYER_STEPS_LIMIT = 1 << 12, WARM_UP = 3 };

typedef struct settings {
    const char *net;
    int mode, optimiser;
    int64_t batch, threads, steps, channels, side;
    double seconds;
    const char *level;
    bool layers;
} settings;

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {.name = "net",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(net),
     .value_name = "NET",
     .help = "A, B, C or a file"},
    {.name = "channels",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(channels),
     .value_name = "N",
     .least = 1,
     .most = 3,
     .help = "of the pictures, where NET is a file"},
    {.name = "side",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(side),
     .value_name = "N",
     .least = 1,
     .most = BC_SIDE_LIMIT,
     .help = "pixels of the pictures, where NET is a file"},
    {.name = "mode",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(mode),
     .choices = mode_names,
     .help = "what to measure"},
    {.name = "batch",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(batch),
     .value_name = "N",
     .least = 1,
     .most = 65536,
     .help = "pictures a step"},
    {BC_ROW_THREADS(FIELD(threads)), .help = "threads to work with"},
    {.name = "seconds",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(seconds),
     .value_name = "S",
     .least = 0.01,
     .most = 3600,
     .help = "how long to measure"},
    {.name = "steps",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(steps),
     .value_name = "N",
     .least = 0,
     .most = STEPS_LIMIT,
     .help = "so many steps instead, and none to warm up; 0: by the time"},
    {.name = "level",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(level),
     .value_name = "L",
     .help = "portable, avx2, avx512 or neon"},
    {.name = "optimizer",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(optimiser),
     .choices = bc_optimiser_names,
     .default_text = "sgd",
     .help = "what training takes its steps with"},
    {.name = "layers",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(layers),
     .value = true,
     .help = "the time of each task of a step"},
    {.name = NULL},
};

typedef struct bench {
    const settings *set;
    bc_network network;
    bc_plan *plan;
    bc_pool *pool;
    bc_optimiser optimiser;
    bool is_timed;                    /* layers are asked for */
    double updates[BC_THREADS_LIMIT]; /* seconds of the last step's, by thread */
    bc_layer_times times;
} bench;

/* Multiply-adds count as two. Training does each product three times, but for the first layer's source. */
static double operations(const bc_network *network, bool training) {
    double sum = 0;
    for (uint32_t i = 0; i < network->spec.count; i++) {
        const bc_tensor *weight = bc_network_tensor(network, i, "weight");
        const bool is_first = weight != NULL && weight->offset == 0;
        sum += bc_layer_operations(network, i) * (training ? (is_first ? 2 : 3) : 1);
    }
    return sum;
}

static bc_status read_network(bc_spec *spec, const settings *set, bc_error *err) {
    *spec = (bc_spec){0};
    if (set->net == NULL)
        return bc_fail(err, BC_ERROR_USAGE, "--net A, B, C or a file must be given");
    for (const bench_network *net = networks; net->name != NULL; net++) {
        if (strcmp(net->name, set->net) == 0)
            return bc_spec_parse(spec, net->json, strlen(net->json), net->name, net->input, err);
    }
    const uint32_t side = (uint32_t)set->side;
    return bc_spec_read_file(spec, set->net, (bc_shape){(uint32_t)set->channels, side, side}, err);
}

static void fill_batch(bench *b) {
    const size_t batch = (size_t)b->set->batch;
    const bc_shape *in = &b->network.spec.input;
    bc_random random = bc_random_keyed(1, BC_RANDOM_RESAMPLE, 0, 0);
    for (size_t i = 0; i < batch; i++) {
        for (size_t k = 0; k < (size_t)in->channels * in->height * in->width; k++)
            bc_plan_image(b->plan, i)[k] = (float)(3.4 * bc_random_uniform(&random) - 1.7);
        bc_plan_set_target(b->plan, i, (float)(i % 2), 1, i);
    }
    bc_plan_set_count(b->plan, batch);
}

static bc_status open_bench(bench *b, bc_error *err) {
    bc_spec spec;
    bc_status status = read_network(&spec, b->set, err);
    if (status == BC_OK)
        status = bc_network_create(&b->network, &spec, BC_PARAMETER_LIMIT, err);
    bc_spec_free(&spec);
    if (status == BC_OK)
        status = bc_pool_create(&b->pool, (unsigned)b->set->threads, err);
    if (status == BC_OK)
        status = bc_plan_create(&b->plan, &b->network, b->set->mode == TRAIN ? BC_TO_TRAIN : BC_TO_PREDICT,
                                (size_t)b->set->batch, bc_pool_threads(b->pool), err);
    if (status == BC_OK)
        status = bc_optimiser_create(&b->optimiser, &b->network, (bc_optimiser_kind)b->set->optimiser, 0,
                                     b->pool, err);
    if (status != BC_OK)
        return status;
    bc_network_initialise(&b->network, 1);
    fill_batch(b);
    if (b->set->mode == PREDICT)
        bc_plan_prepare(b->plan, b->pool);
    return BC_OK;
}

static void close_bench(bench *b) {
    bc_layer_times_free(&b->times);
    bc_optimiser_free(&b->optimiser);
    bc_plan_free(b->plan);
    bc_pool_free(b->pool);
    bc_network_free(&b->network);
}

static void step(void *context, unsigned worker) {
    bench *b = context;
    bc_plan_execute(b->plan, b->pool, worker);
    if (b->set->mode == PREDICT)
        return;
    const double start = b->is_timed ? bc_clock_seconds() : 0;
    bc_optimiser_step(&b->optimiser, bc_plan_gradients(b->plan), 0.01, b->pool, worker);
    if (b->is_timed)
        b->updates[worker] = bc_clock_seconds() - start;
}

static void note_layers(bench *b) {
    double update = 0;
    for (unsigned worker = 0; worker < bc_pool_threads(b->pool); worker++)
        update += b->updates[worker];
    bc_layer_times_note(&b->times, update);
}

static bc_status measure(double *median, size_t *steps, bench *b, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, STEPS_LIMIT, sizeof(double), err);
    if (status != BC_OK)
        return status;
    double *seconds = block;
    for (int i = 0; i < WARM_UP && b->set->steps == 0; i++)
        bc_pool_run(b->pool, step, b);
    if (b->set->layers)
        status = bc_layer_times_start(&b->times, b->plan, LAYER_STEPS_LIMIT, err);
    if (status != BC_OK) {
        free(seconds);
        return status;
    }
    b->is_timed = b->set->layers;
    const size_t most = b->set->steps > 0 ? (size_t)b->set->steps : STEPS_LIMIT;
    const double end = b->set->steps > 0 ? INFINITY : bc_clock_seconds() + b->set->seconds;
    *steps = 0;
    do {
        double start = bc_clock_seconds();
        bc_pool_run(b->pool, step, b);
        seconds[(*steps)++] = bc_clock_seconds() - start;
        if (b->is_timed)
            note_layers(b);
    } while (*steps < most && bc_clock_seconds() < end);
    *median = bench_median(seconds, *steps);
    free(seconds);
    return BC_OK;
}

static void print(const bench *b, double median, size_t steps) {
    const settings *set = b->set;
    const double rate = (double)set->batch / median;
    printf("{\"net\":\"%s\",\"mode\":\"%s\",\"batch\":%lld,\"threads\":%u,\"level\":\"%s\","
           "\"images_per_s\":%.1f,\"gflops\":%.1f,\"memory_mib\":%.1f,\"steps\":%zu}\n",
           bc_file_name(set->net), mode_names[set->mode], (long long)set->batch, bc_pool_threads(b->pool),
           bc_plan_level(b->plan), rate, rate * operations(&b->network, set->mode == TRAIN) * 1e-9,
           (double)bc_plan_memory(b->plan) / (1 << 20), steps);
}

static void print_layers(bench *b, double median) {
    const bc_layer_scale scale = {
        .batch = (double)b->set->batch,
        .threads = bc_pool_threads(b->pool),
        .step_seconds = median,
        .step_operations = (double)b->set->batch * operations(&b->network, b->set->mode == TRAIN),
        .peak = bc_fma_peak(bc_plan_level(b->plan), b->pool),
    };
    printf("peak of multiply-adds: %.1f GFLOP/s\n", scale.peak * 1e-9);
    bc_layer_times_print(&b->times, &b->network, &scale);
}

static bc_status run(const void *block, const bc_arguments *arguments, bc_error *err) {
    const settings *set = block;
    bench b = {.set = set};
    double median = 0;
    size_t steps = 0;
    if (arguments->count > 0)
        return bc_fail(err, BC_ERROR_USAGE, "unexpected '%s'; see --help", arguments->items[0]);
    if (set->level != NULL)
        setenv("BCLASS_LEVEL", set->level, 1);
    bc_status status = open_bench(&b, err);
    if (status == BC_OK)
        status = measure(&median, &steps, &b, err);
    if (status == BC_OK)
        print(&b, median, steps);
    if (status == BC_OK && set->layers)
        print_layers(&b, median);
    close_bench(&b);
    return status;
}

int main(int argc, char **argv) {
    const bench_program program = {"bclass-bench", "--net NET [OPTIONS]", table, run};
    settings set = {.optimiser = BC_SGD, .batch = 128, .seconds = 3, .channels = 3, .side = 32};
    return bench_main(&program, &set, argc, argv);
}
