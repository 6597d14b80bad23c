/* The engine against the plain reference: logits, loss, every layer's gradient against central differences,
 * the same bits for any number of threads; all of it at every instruction set that this CPU has. */
#define _POSIX_C_SOURCE 200809L
#include "../unit/cmocka_includes.h"

#include "reference.h"

#include "base/random.h"
#include "base/threads.h"
#include "net/kernels/kernels.h"
#include "net/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 5, CAPACITY = 7 }; /* a short batch, not a multiple of anything */

typedef struct network_case {
    const char *name, *json;
    bc_shape input;
} network_case;

#define HEAD "{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":1}]}"

static const network_case cases[] = {
    {"conv 3x3 of one channel", "{\"layers\":[{\"type\":\"conv\",\"filters\":5}," HEAD, {1, 7, 9}},
    {"conv of three channels, then odd channels",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":19},{\"type\":\"relu\"},{\"type\":\"conv\",\"filters\":35},"
     "{\"type\":\"relu\"}," HEAD,
     {3, 6, 5}},
    {"fast 3x3 without and with much padding, sides that no tile divides",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":17,\"kernel\":1},{\"type\":\"conv\",\"filters\":34,"
     "\"padding\":0},"
     "{\"type\":\"relu\"},{\"type\":\"conv\",\"filters\":18,\"padding\":[2,1]}," HEAD,
     {3, 9, 11}},
    {"fast 3x3 of more tiles than are done at a time",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":16,\"kernel\":1},{\"type\":\"conv\",\"filters\":16}," HEAD,
     {1, 30, 27}},
    {"strides and paddings",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":17,\"kernel\":5,\"stride\":2,\"padding\":2},"
     "{\"type\":\"conv\",\"filters\":33,\"kernel\":[3,2],\"stride\":[2,1],\"padding\":[0,1]},"
     "{\"type\":\"conv\",\"filters\":4,\"kernel\":[1,3],\"stride\":3,\"padding\":[0,2]}," HEAD,
     {3, 13, 11}},
    {"strides larger than the kernel, a kernel larger than the picture, and rows left out by the stride",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":17,\"kernel\":7,\"stride\":2,\"padding\":3},"
     "{\"type\":\"conv\",\"filters\":18,\"kernel\":[11,9],\"stride\":[1,2],\"padding\":[6,5]},"
     "{\"type\":\"conv\",\"filters\":33,\"kernel\":[2,1],\"stride\":[3,2]},"
     "{\"type\":\"conv\",\"filters\":16,\"kernel\":5,\"stride\":4,\"padding\":4}," HEAD,
     {3, 20, 17}},
    {"products of so many pixels and taps that they are cut",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":16,\"kernel\":5,\"padding\":2},"
     "{\"type\":\"conv\",\"filters\":17,\"kernel\":5,\"padding\":2},{\"type\":\"relu\"},"
     "{\"type\":\"conv\",\"filters\":5,\"kernel\":1}," HEAD,
     {1, 13, 41}},
    {"1x1 convolutions, with and without stride",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":18,\"kernel\":1},{\"type\":\"conv\",\"filters\":40,"
     "\"kernel\":1},"
     "{\"type\":\"relu\"},{\"type\":\"conv\",\"filters\":3,\"kernel\":1,\"stride\":2}," HEAD,
     {3, 5, 6}},
    {"batch norm behind conv, with relu",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":21,\"bias\":false},{\"type\":\"batch_norm\"},{\"type\":"
     "\"relu\"},"
     "{\"type\":\"conv\",\"filters\":6},{\"type\":\"batch_norm\"}," HEAD,
     {1, 6, 6}},
    {"batch norms between fast 3x3, with a pooling that overlaps, one that does not, and none",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":17},{\"type\":\"batch_norm\"},{\"type\":\"relu\"},"
     "{\"type\":\"conv\",\"filters\":18},{\"type\":\"batch_norm\"},{\"type\":\"relu\"},{\"type\":\"max_"
     "pool\"},"
     "{\"type\":\"conv\",\"filters\":34,\"bias\":false,\"padding\":2},{\"type\":\"batch_norm\"},"
     "{\"type\":\"max_pool\",\"kernel\":3,\"stride\":2,\"padding\":1},"
     "{\"type\":\"conv\",\"filters\":20,\"padding\":[0,1]},{\"type\":\"batch_norm\"},{\"type\":\"relu\"}"
     "," HEAD,
     {3, 11, 10}},
    {"fast 3x3 on pictures large enough to be cut into rows of tiles",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":16,\"kernel\":1},{\"type\":\"conv\",\"filters\":16,"
     "\"padding\":2},"
     "{\"type\":\"batch_norm\"},{\"type\":\"relu\"},{\"type\":\"conv\",\"filters\":16,\"padding\":[0,1]},"
     "{\"type\":\"batch_norm\"},{\"type\":\"relu\"},{\"type\":\"max_pool\"},"
     "{\"type\":\"conv\",\"filters\":16}," HEAD,
     {1, 21, 20}},
    {"fast 3x3 of many channels, cut into rows of tiles of which the last has no outputs",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":32,\"kernel\":1},{\"type\":\"conv\",\"filters\":32},"
     "{\"type\":\"relu\"},{\"type\":\"conv\",\"filters\":32,\"padding\":0}," HEAD,
     {1, 5, 65}},
    {"fast 3x3 on large pictures, with a pooling that overlaps",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":16,\"kernel\":1},{\"type\":\"conv\",\"filters\":16},"
     "{\"type\":\"batch_norm\"},{\"type\":\"max_pool\",\"kernel\":3,\"stride\":2},"
     "{\"type\":\"conv\",\"filters\":16}," HEAD,
     {1, 21, 22}},
    {"a batch norm without relu between fast 3x3 and a pooling that does not overlap",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":16,\"kernel\":1},{\"type\":\"conv\",\"filters\":16},"
     "{\"type\":\"batch_norm\"},{\"type\":\"max_pool\"},{\"type\":\"conv\",\"filters\":16}," HEAD,
     {1, 12, 10}},
    {"two convolutions of the picture, added",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":6,\"name\":\"a\"},"
     "{\"type\":\"conv\",\"filters\":6,\"input\":\"image\"},{\"type\":\"add\",\"with\":\"a\"}," HEAD,
     {3, 6, 5}},
    {"batch norms that no convolution stands right before, with a pooling between them and fast 3x3",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":16},{\"type\":\"relu\"},{\"type\":\"batch_norm\"},"
     "{\"type\":\"max_pool\"},{\"type\":\"conv\",\"filters\":16,\"name\":\"a\"},{\"type\":\"conv\","
     "\"filters\":16},"
     "{\"type\":\"add\",\"with\":\"a\"},{\"type\":\"batch_norm\"},{\"type\":\"relu\"},"
     "{\"type\":\"max_pool\",\"kernel\":3,\"stride\":1},{\"type\":\"conv\",\"filters\":17}," HEAD,
     {1, 12, 13}},
    {"a conv whose value another layer takes too before a batch norm and a pooling",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":16,\"name\":\"a\"},{\"type\":\"batch_norm\"},{\"type\":"
     "\"relu\"},"
     "{\"type\":\"max_pool\"},{\"type\":\"conv\",\"filters\":16,\"name\":\"b\"},"
     "{\"type\":\"max_pool\",\"input\":\"a\"},{\"type\":\"add\",\"with\":\"b\"}," HEAD,
     {1, 8, 9}},
    {"a batch norm between fast 3x3 whose value another layer takes too",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":16,\"kernel\":1},{\"type\":\"conv\",\"filters\":16},"
     "{\"type\":\"batch_norm\"},{\"type\":\"relu\",\"name\":\"a\"},{\"type\":\"conv\",\"filters\":16},"
     "{\"type\":\"batch_norm\"},{\"type\":\"add\",\"with\":\"a\"}," HEAD,
     {1, 6, 7}},
    {"batch norm of the picture and behind a pooling",
     "{\"layers\":[{\"type\":\"batch_norm\"},{\"type\":\"conv\",\"filters\":4},{\"type\":\"max_pool\"},"
     "{\"type\":\"batch_norm\"},{\"type\":\"relu\"}," HEAD,
     {3, 8, 8}},
    {"poolings that overlap, with padding",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":18},{\"type\":\"max_pool\",\"kernel\":3,\"stride\":2,"
     "\"padding\":1},"
     "{\"type\":\"conv\",\"filters\":20},{\"type\":\"average_pool\",\"kernel\":[3,2],\"stride\":[1,2],"
     "\"padding\":1}," HEAD,
     {1, 9, 7}},
    {"dense layers behind flatten",
     "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":37},{\"type\":\"relu\"},"
     "{\"type\":\"dense\",\"units\":18,\"bias\":false},{\"type\":\"batch_norm\"},{\"type\":\"relu\"},"
     "{\"type\":\"dense\",\"units\":1}]}",
     {3, 4, 5}},
    {"large dense layers behind flatten, between small ones",
     "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":65},{\"type\":\"relu\"},"
     "{\"type\":\"dense\",\"units\":830},{\"type\":\"dense\",\"units\":5},{\"type\":\"relu\"},"
     "{\"type\":\"dense\",\"units\":1}]}",
     {3, 17, 16}},
    {"flatten behind conv, dropout",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":18},{\"type\":\"relu\"},{\"type\":\"dropout\",\"rate\":0.3}"
     ","
     "{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":7},{\"type\":\"dropout\"},"
     "{\"type\":\"dense\",\"units\":1}]}",
     {1, 4, 5}},
    {"residual add, fused relu, and a value used three times",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":18,\"name\":\"stem\"},{\"type\":\"batch_norm\"},"
     "{\"type\":\"relu\",\"name\":\"a\"},{\"type\":\"conv\",\"filters\":18},{\"type\":\"batch_norm\"},"
     "{\"type\":\"add\",\"with\":\"a\"},{\"type\":\"relu\",\"name\":\"b\"},"
     "{\"type\":\"conv\",\"filters\":18,\"kernel\":1,\"input\":\"a\",\"name\":\"c\"},"
     "{\"type\":\"add\",\"with\":\"b\"},{\"type\":\"add\",\"with\":\"stem\"}," HEAD,
     {3, 5, 5}},
    {"a value added to itself, relu alone",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":6,\"name\":\"a\"},{\"type\":\"add\",\"with\":\"a\"},"
     "{\"type\":\"max_pool\"},{\"type\":\"relu\"}," HEAD,
     {1, 6, 4}},
    {"two logits of a softmax",
     "{\"layers\":[{\"type\":\"conv\",\"filters\":18},{\"type\":\"relu\"},"
     "{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":2},{\"type\":\"softmax\"}]}",
     {3, 6, 5}},
    {"focal loss, and an offset that only predicting adds",
     "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":7},{\"type\":\"relu\"},"
     "{\"type\":\"dense\",\"units\":1},{\"type\":\"sigmoid\",\"gamma\":2,\"offset\":-1.5}]}",
     {1, 4, 5}},
    {"focal loss of a softmax of branches, with a gamma below 1",
     "{\"layers\":[{\"type\":\"flatten\",\"name\":\"f\"},{\"type\":\"dense\",\"units\":4,\"name\":\"a\"},"
     "{\"type\":\"dense\",\"units\":4,\"input\":\"f\"},{\"type\":\"add\",\"with\":\"a\"},"
     "{\"type\":\"dense\",\"units\":2,\"bias\":false},{\"type\":\"softmax\",\"gamma\":0.7,\"offset\":2}]}",
     {1, 4, 5}},
    {"a picture that is pooled and added",
     "{\"layers\":[{\"type\":\"average_pool\",\"name\":\"p\"},{\"type\":\"max_pool\",\"input\":\"image\"},"
     "{\"type\":\"add\",\"with\":\"p\"},{\"type\":\"conv\",\"filters\":3}," HEAD,
     {3, 6, 6}},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* A network with random numbers everywhere, and a random batch, in float and in double alike. */
typedef struct problem {
    bc_network network;
    double *values;
    float *images;
    double *images_double;
    double labels[CAPACITY], weights[CAPACITY];
    uint64_t keys[CAPACITY];
    size_t picture;
    reference_batch batch;
} problem;

/* A norm scaled by 0 makes all values equal, and the maximum of equals has no derivative. */
static bool pools_a_norm(const network_case *c) {
    return strstr(c->json, "batch_norm\"},{\"type\":\"max_pool") ||
           strstr(c->json, "batch_norm\"},{\"type\":\"relu\"},{\"type\":\"max_pool");
}

static bool is_norm_scale(const bc_tensor *t) {
    return strstr(t->name, "norm") && strstr(t->name, ".weight");
}

static void fill_values(problem *p, bool no_zeros, bc_random *random) {
    bc_network_initialise(&p->network, 5);
    for (const bc_tensor *t = p->network.tensors; t < p->network.tensors + p->network.tensor_count; t++) {
        bool variance = strstr(t->name, "running_var") != NULL;
        for (size_t i = 0; i < t->count; i++) {
            double u = bc_random_uniform(random);
            float *value = &p->network.values[t->offset + i];
            if (variance)
                *value = (float)(0.5 + u);
            else if (!t->decays)
                *value = i == 1 && t->count > 2 && is_norm_scale(t) && !no_zeros ? 0 : (float)(2 * u - 1);
            else if (t->layer == bc_spec_head(&p->network.spec)->input)
                *value *= 10;
        }
    }
    for (size_t i = 0; i < p->network.count; i++)
        p->values[i] = (double)p->network.values[i];
}

static void make_problem(problem *p, const network_case *c, uint64_t seed) {
    bc_error err = {0};
    bc_spec spec;
    bc_random random = bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 0, 0);
    bc_status status = bc_spec_parse(&spec, c->json, strlen(c->json), c->name, c->input, &err);
    if (status != BC_OK)
        fail_msg("%s", err.message);
    assert_int_equal(bc_network_create(&p->network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    p->picture = (size_t)c->input.channels * c->input.height * c->input.width;
    p->values = calloc(p->network.count, sizeof *p->values);
    p->images = calloc(CAPACITY * p->picture, sizeof *p->images);
    p->images_double = calloc(CAPACITY * p->picture, sizeof *p->images_double);
    fill_values(p, pools_a_norm(c), &random);
    for (size_t i = 0; i < CAPACITY * p->picture; i++) {
        p->images[i] = (float)(3 * bc_random_uniform(&random) - 1.5);
        p->images_double[i] = (double)p->images[i];
    }
    for (size_t i = 0; i < CAPACITY; i++) {
        const bool is_positive = bc_random_next(&random) & 1;
        p->labels[i] = i == 1 ? 0.125 : is_positive; /* one is smoothed */
        p->weights[i] = i == 0 ? 2.5 : 1;
        p->keys[i] = bc_random_next(&random);
    }
    p->batch = (reference_batch){COUNT, p->images_double, p->labels, p->weights, p->keys};
}

static void free_problem(problem *p) {
    bc_network_free(&p->network);
    free(p->values);
    free(p->images);
    free(p->images_double);
}

typedef struct execution {
    bc_plan *plan;
    bc_pool *pool;
} execution;

static void execute(void *context, unsigned worker) {
    execution *e = context;
    bc_plan_execute(e->plan, e->pool, worker);
}

/* Runs the batch; the caller frees the plan. */
static bc_plan *run(problem *p, bc_purpose purpose, unsigned threads, size_t first, size_t count) {
    bc_error err = {0};
    execution e;
    assert_int_equal(bc_pool_create(&e.pool, threads, &err), BC_OK);
    assert_int_equal(bc_plan_create(&e.plan, &p->network, purpose, CAPACITY, threads, &err), BC_OK);
    for (size_t i = 0; i < count; i++) {
        memcpy(bc_plan_image(e.plan, i), p->images + (first + i) * p->picture, p->picture * sizeof(float));
        bc_plan_set_target(e.plan, i, (float)p->labels[first + i], (float)p->weights[first + i],
                           p->keys[first + i]);
    }
    bc_plan_set_count(e.plan, count);
    if (purpose == BC_TO_PREDICT)
        bc_plan_prepare(e.plan, e.pool);
    bc_pool_run(e.pool, execute, &e);
    bc_pool_free(e.pool);
    return e.plan;
}

static void for_each_level(void (*check)(const network_case *)) {
    for (const bc_level *const *level = bc_levels; *level != NULL; level++) {
        if (!bc_level_runs(*level)) {
            print_message("level %s does not run on this CPU: skipped\n", (*level)->name);
            continue;
        }
        setenv("BCLASS_LEVEL", (*level)->name, 1);
        for (size_t i = 0; i < CASES; i++)
            check(&cases[i]);
    }
    unsetenv("BCLASS_LEVEL");
}

static void check_close(const network_case *c, const char *what, double actual, double expected,
                        double tolerance) {
    if (!(fabs(actual - expected) <= tolerance * (1 + fabs(expected))))
        fail_msg("%s, %s at level %s: %.9g instead of %.9g", c->name, what, getenv("BCLASS_LEVEL"), actual,
                 expected);
}

static void check_logits_of(const network_case *c, bc_purpose purpose) {
    problem p;
    double logits[CAPACITY];
    make_problem(&p, c, 11);
    reference_logits(logits, &p.network, p.values, &p.batch, purpose == BC_TO_TRAIN);
    bc_plan *plan = run(&p, purpose, 2, 0, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        check_close(c, purpose == BC_TO_TRAIN ? "logit in training" : "logit", (double)bc_plan_logit(plan, i),
                    logits[i], 2e-5);
    if (purpose == BC_TO_TRAIN)
        check_close(c, "loss", bc_plan_loss(plan), reference_loss(&p.network, p.values, &p.batch), 2e-5);
    bc_plan_free(plan);
    free_problem(&p);
}

static void check_logits(const network_case *c) {
    check_logits_of(c, BC_TO_TRAIN);
    check_logits_of(c, BC_TO_PREDICT);
}

static void logits_and_loss_are_those_of_the_plain_network(void **state) {
    (void)state;
    for_each_level(check_logits);
}

static double central_difference(problem *p, size_t index) {
    const double step = 1e-6, value = p->values[index]; /* small, so that few ReLUs change sides */
    p->values[index] = value + step;
    double above = reference_loss(&p->network, p->values, &p->batch);
    p->values[index] = value - step;
    double below = reference_loss(&p->network, p->values, &p->batch);
    p->values[index] = value;
    return (above - below) / (2 * step);
}

/* Weights looked at in each tensor: fewer where each takes long. */
enum { SAMPLES = 8, SAMPLES_OF_LARGE = 2, LARGE = 400 /* values of a picture */ };

/* Central differences of some weights of every learned tensor. */
typedef struct differences {
    size_t count;
    size_t index[SAMPLES];
    double value[SAMPLES];
} differences;

static differences *take_differences(problem *p) {
    bc_random random = bc_random_keyed(1, BC_RANDOM_RESAMPLE, 1, 1);
    differences *all = calloc(p->network.tensor_count, sizeof *all);
    for (size_t t = 0; t < p->network.tensor_count && p->network.tensors[t].offset < p->network.learned;
         t++) {
        const bc_tensor *tensor = &p->network.tensors[t];
        all[t].count = p->picture > LARGE ? SAMPLES_OF_LARGE : SAMPLES;
        for (size_t s = 0; s < all[t].count; s++) {
            all[t].index[s] = tensor->offset + (size_t)bc_random_below(&random, tensor->count);
            all[t].value[s] = central_difference(p, all[t].index[s]);
        }
    }
    return all;
}

/* Gradients here are of order 0.1 to 1. Where a tensor's is below 5e-3 (a bias before a batch norm has none
 * at all), the error is taken relative to that: it is the rounding of the sums that cancel. */
static double relative_error(const differences *expected, const float *gradients) {
    double apart = 0, size = 0;
    for (size_t s = 0; s < expected->count; s++) {
        double difference = (double)gradients[expected->index[s]] - expected->value[s];
        apart += difference * difference;
        size += expected->value[s] * expected->value[s];
    }
    return sqrt(apart) / fmax(sqrt(size), 5e-3);
}

static void check_gradient(const network_case *c, problem *p, const differences *expected) {
    bc_plan *plan = run(p, BC_TO_TRAIN, 2, 0, COUNT);
    for (size_t t = 0; t < p->network.tensor_count && p->network.tensors[t].offset < p->network.learned;
         t++) {
        double error = relative_error(&expected[t], bc_plan_gradients(plan));
        if (!(error < 1e-4))
            fail_msg("%s, gradient of %s at level %s: relative error %.3g", c->name,
                     p->network.tensors[t].name, getenv("BCLASS_LEVEL"), error);
    }
    bc_plan_free(plan);
}

static void gradients_are_central_differences(void **state) {
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        problem p;
        make_problem(&p, &cases[i], 12);
        differences *expected = take_differences(&p);
        for (const bc_level *const *level = bc_levels; *level != NULL; level++) {
            if (!bc_level_runs(*level))
                continue;
            setenv("BCLASS_LEVEL", (*level)->name, 1);
            check_gradient(&cases[i], &p, expected);
        }
        free(expected);
        free_problem(&p);
    }
    unsetenv("BCLASS_LEVEL");
}

static void check_threads(const network_case *c) {
    problem one, other;
    make_problem(&one, c, 13);
    bc_plan *alone = run(&one, BC_TO_TRAIN, 1, 0, COUNT);
    for (unsigned threads = 2; threads <= 5; threads++) {
        make_problem(&other, c, 13);
        bc_plan *many = run(&other, BC_TO_TRAIN, threads, 0, COUNT);
        assert_memory_equal(bc_plan_gradients(alone), bc_plan_gradients(many),
                            one.network.learned * sizeof(float));
        assert_memory_equal(one.network.values, other.network.values, one.network.count * sizeof(float));
        bc_plan_free(many);
        free_problem(&other);
    }
    bc_plan_free(alone);
    free_problem(&one);
}

static void any_number_of_threads_gives_the_same_bits(void **state) {
    (void)state;
    for_each_level(check_threads);
}

static void check_alone(const network_case *c) {
    problem p;
    make_problem(&p, c, 14);
    bc_plan *together = run(&p, BC_TO_PREDICT, 2, 0, CAPACITY);
    for (size_t i = 0; i < CAPACITY; i++) {
        bc_plan *alone = run(&p, BC_TO_PREDICT, 1, i, 1);
        assert_true(bc_plan_logit(together, i) == bc_plan_logit(alone, 0));
        bc_plan_free(alone);
    }
    bc_plan_free(together);
    free_problem(&p);
}

static void a_picture_scores_the_same_in_any_batch(void **state) {
    (void)state;
    for_each_level(check_alone);
}

/* Counts that change how the batch is cut, with more threads than some have pictures. What is not a number in
 * one picture shows in no other, nor in what comes to its place later. */
static void check_again(const network_case *c) {
    enum { THREADS = 3, BROKEN_RUN = 3, BROKEN = 2 };
    const size_t counts[] = {CAPACITY, 1, 5, CAPACITY, CAPACITY, 2, 0, 3};
    problem p;
    bc_error err = {0};
    execution e;
    make_problem(&p, c, 15);
    bc_plan *all = run(&p, BC_TO_PREDICT, 1, 0, CAPACITY);
    assert_int_equal(bc_pool_create(&e.pool, THREADS, &err), BC_OK);
    assert_int_equal(bc_plan_create(&e.plan, &p.network, BC_TO_PREDICT, CAPACITY, THREADS, &err), BC_OK);
    for (size_t i = 0; i < CAPACITY; i++)
        memcpy(bc_plan_image(e.plan, i), p.images + i * p.picture, p.picture * sizeof(float));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const float *broken = p.images + BROKEN * p.picture;
        if (i % 3 == 0)
            bc_plan_prepare(e.plan, e.pool);
        for (size_t k = 0; k < p.picture; k++)
            bc_plan_image(e.plan, BROKEN)[k] = i == BROKEN_RUN ? NAN : broken[k];
        bc_plan_set_count(e.plan, counts[i]);
        bc_pool_run(e.pool, execute, &e);
        for (size_t k = 0; k < counts[i]; k++)
            assert_true(bc_plan_logit(e.plan, k) == bc_plan_logit(all, k) ||
                        (i == BROKEN_RUN && k == BROKEN));
    }
    bc_plan_free(e.plan);
    bc_pool_free(e.pool);
    bc_plan_free(all);
    free_problem(&p);
}

/* So large that a thread takes the pictures through the network in several turns, in the same places: each is
 * as if it were alone. */
static void pictures_take_turns(void **state) {
    (void)state;
    enum { SIDE = 64, PICTURES = 12 };
    const network_case c = {"large pictures",
                            "{\"layers\":[{\"type\":\"conv\",\"filters\":32},{\"type\":\"relu\"},"
                            "{\"type\":\"conv\",\"filters\":32},{\"type\":\"relu\"},"
                            "{\"type\":\"conv\",\"filters\":16,\"kernel\":1}," HEAD,
                            {3, SIDE, SIDE}};
    problem p;
    bc_error err = {0};
    execution e;
    float alone[CAPACITY];
    make_problem(&p, &c, 16);
    assert_int_equal(bc_pool_create(&e.pool, 1, &err), BC_OK);
    assert_int_equal(bc_plan_create(&e.plan, &p.network, BC_TO_PREDICT, PICTURES, 1, &err), BC_OK);
    bc_plan_prepare(e.plan, e.pool);
    for (size_t i = 0; i < CAPACITY; i++) {
        memcpy(bc_plan_image(e.plan, 0), p.images + i * p.picture, p.picture * sizeof(float));
        bc_plan_set_count(e.plan, 1);
        bc_pool_run(e.pool, execute, &e);
        alone[i] = bc_plan_logit(e.plan, 0);
    }
    for (size_t i = 0; i < PICTURES; i++)
        memcpy(bc_plan_image(e.plan, i), p.images + i % CAPACITY * p.picture, p.picture * sizeof(float));
    bc_plan_set_count(e.plan, PICTURES);
    bc_pool_run(e.pool, execute, &e);
    for (size_t i = 0; i < PICTURES; i++)
        assert_true(bc_plan_logit(e.plan, i) == alone[i % CAPACITY]);
    assert_true(alone[0] != alone[1]);
    bc_plan_free(e.plan);
    bc_pool_free(e.pool);
    free_problem(&p);
}

static void a_plan_runs_again_with_any_count(void **state) {
    (void)state;
    for_each_level(check_again);
}

static void check_nan(const network_case *c) {
    problem p;
    make_problem(&p, c, 15);
    p.images[0] = NAN;
    bc_plan *plan = run(&p, BC_TO_PREDICT, 1, 0, COUNT);
    if (!isnan(bc_plan_logit(plan, 0)))
        fail_msg("%s at level %s: a NaN in the picture gives the logit %g", c->name, getenv("BCLASS_LEVEL"),
                 (double)bc_plan_logit(plan, 0));
    bc_plan_free(plan);
    free_problem(&p);
}

static void a_nan_stays_visible(void **state) {
    (void)state;
    for_each_level(check_nan);
}

/* ---- measuring ---- */

static bool has_norm(const network_case *c) {
    return strstr(c->json, "batch_norm") != NULL;
}

/* Measures the statistics of `of` over runs of COUNT pictures, from each of these on, in the plan of
 * `trained`, which then trains on the first COUNT pictures. The caller frees the plan. */
static bc_plan *measure(problem *trained, problem *of, unsigned threads, const size_t *firsts, size_t runs) {
    bc_error err = {0};
    execution e;
    assert_int_equal(bc_pool_create(&e.pool, threads, &err), BC_OK);
    assert_int_equal(bc_plan_create(&e.plan, &trained->network, BC_TO_TRAIN, CAPACITY, threads, &err), BC_OK);
    bc_plan_set_count(e.plan, COUNT);
    for (size_t r = 0; r <= runs; r++) {
        const problem *source = r < runs ? of : trained;
        for (size_t i = 0; i < COUNT; i++) {
            const size_t at = (r < runs ? firsts[r] : 0) + i;
            memcpy(bc_plan_image(e.plan, i), source->images + at * source->picture,
                   source->picture * sizeof(float));
            bc_plan_set_target(e.plan, i, (float)source->labels[at], (float)source->weights[at],
                               source->keys[at]);
        }
        bc_plan_measure(e.plan, r < runs ? &of->network : NULL, r);
        bc_pool_run(e.pool, execute, &e);
    }
    bc_pool_free(e.pool);
    return e.plan;
}

static void check_measured(const network_case *c) {
    const size_t start = 0;
    double expected[CAPACITY], actual[CAPACITY];
    problem p, other;
    if (!has_norm(c))
        return;
    make_problem(&p, c, 17);
    make_problem(&other, c, 18);
    reference_logits(expected, &p.network, p.values, &p.batch, true);
    bc_plan *plan = measure(&other, &p, 2, &start, 1), *untouched = run(&other, BC_TO_TRAIN, 2, 0, COUNT);
    for (size_t i = 0; i < p.network.learned; i++)
        assert_true((double)p.network.values[i] == p.values[i]);
    for (size_t i = p.network.learned; i < p.network.count; i++)
        p.values[i] = (double)p.network.values[i];
    reference_logits(actual, &p.network, p.values, &p.batch, false);
    for (size_t i = 0; i < COUNT; i++)
        check_close(c, "logit by measured statistics", actual[i], expected[i], 1e-4);
    assert_memory_equal(bc_plan_gradients(plan), bc_plan_gradients(untouched),
                        p.network.learned * sizeof(float));
    for (size_t i = 0; i < other.network.count; i++)
        assert_true((double)other.network.values[i] == other.values[i]);
    bc_plan_free(untouched);
    bc_plan_free(plan);
    free_problem(&other);
    free_problem(&p);
}

/* With them a picture scores as it did in the batch; the network that is trained is left alone. */
static void measured_statistics_are_those_of_the_batch(void **state) {
    (void)state;
    for_each_level(check_measured);
}

/* All runs have the same number of values: their mean is that of the means, and their variance the mean of
 * the variances and of the squared distances of the means. */
static void check_pooled(const network_case *c, const bc_network *all, const bc_network runs[], size_t count,
                         const bc_tensor *means, const bc_tensor *variances) {
    for (size_t i = 0; i < means->count; i++) {
        double mean = 0, variance = 0;
        for (size_t r = 0; r < count; r++)
            mean += (double)runs[r].values[means->offset + i] / (double)count;
        for (size_t r = 0; r < count; r++) {
            const double apart = (double)runs[r].values[means->offset + i] - mean;
            variance += ((double)runs[r].values[variances->offset + i] + apart * apart) / (double)count;
        }
        check_close(c, "mean of the runs", (double)all->values[means->offset + i], mean, 1e-5);
        check_close(c, "variance of the runs", (double)all->values[variances->offset + i], variance, 1e-5);
    }
}

static void check_runs(const network_case *c) {
    const size_t firsts[] = {0, 2, 1};
    enum { RUNS = sizeof firsts / sizeof firsts[0] };
    problem p[RUNS], all;
    bc_network networks[RUNS];
    if (!has_norm(c))
        return;
    make_problem(&all, c, 19);
    for (size_t i = all.network.learned; i < all.network.count; i++)
        all.network.values[i] = NAN; /* nothing of what was there before stays */
    bc_plan_free(measure(&all, &all, 2, firsts, RUNS));
    for (size_t r = 0; r < RUNS; r++) {
        make_problem(&p[r], c, 19);
        bc_plan_free(measure(&p[r], &p[r], 1, &firsts[r], 1));
        networks[r] = p[r].network;
    }
    for (size_t t = 0; t < all.network.tensor_count; t++) {
        const bc_tensor *tensor = &all.network.tensors[t];
        if (strstr(tensor->name, "running_mean") != NULL)
            check_pooled(c, &all.network, networks, RUNS, tensor,
                         bc_network_tensor(&all.network, tensor->layer, "running_var"));
    }
    for (size_t r = 0; r < RUNS; r++)
        free_problem(&p[r]);
    free_problem(&all);
}

static void several_runs_measure_all_their_values(void **state) {
    (void)state;
    for_each_level(check_runs);
}

static void check_measuring_threads(const network_case *c) {
    const size_t firsts[] = {2, 0};
    problem alone, many;
    make_problem(&alone, c, 20);
    bc_plan_free(measure(&alone, &alone, 1, firsts, 2));
    for (unsigned threads = 2; threads <= 5; threads++) {
        make_problem(&many, c, 20);
        bc_plan_free(measure(&many, &many, threads, firsts, 2));
        assert_memory_equal(alone.network.values, many.network.values, alone.network.count * sizeof(float));
        free_problem(&many);
    }
    free_problem(&alone);
}

static void any_number_of_threads_measures_the_same_bits(void **state) {
    (void)state;
    for_each_level(check_measuring_threads);
}

/* Where the statistics will be used nothing is dropped. */
static void nothing_is_dropped_while_measuring(void **state) {
    (void)state;
    const size_t start = 0;
    const network_case with = {"dropout before a norm",
                               "{\"layers\":[{\"type\":\"conv\",\"filters\":6},{\"type\":\"dropout\"},"
                               "{\"type\":\"batch_norm\"}," HEAD,
                               {1, 4, 5}};
    const network_case without = {
        "no dropout",
        "{\"layers\":[{\"type\":\"conv\",\"filters\":6},{\"type\":\"batch_norm\"}," HEAD,
        {1, 4, 5}};
    problem p, plain;
    make_problem(&p, &with, 21);
    make_problem(&plain, &without, 21);
    assert_int_equal(p.network.count, plain.network.count);
    memcpy(plain.network.values, p.network.values, p.network.count * sizeof(float));
    bc_plan_free(measure(&p, &p, 1, &start, 1));
    bc_plan_free(measure(&plain, &plain, 1, &start, 1));
    assert_memory_equal(p.network.values, plain.network.values, p.network.count * sizeof(float));
    free_problem(&p);
    free_problem(&plain);
}

/* An argument selects tests by a pattern. */
int main(int argc, char **argv) {
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_and_loss_are_those_of_the_plain_network),
        cmocka_unit_test(gradients_are_central_differences),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(a_picture_scores_the_same_in_any_batch),
        cmocka_unit_test(a_plan_runs_again_with_any_count),
        cmocka_unit_test(pictures_take_turns),
        cmocka_unit_test(a_nan_stays_visible),
        cmocka_unit_test(measured_statistics_are_those_of_the_batch),
        cmocka_unit_test(several_runs_measure_all_their_values),
        cmocka_unit_test(any_number_of_threads_measures_the_same_bits),
        cmocka_unit_test(nothing_is_dropped_while_measuring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
