/* Training: the schedule, the optimisers against their published formulas, batches, and that a network
 * learns. */
#define _XOPEN_SOURCE 700 /* setreuid */
#include "temporary_tree.h"
#include "unprivileged.h"

#include "base/random.h"
#include "train/batches.h"
#include "train/evaluate.h"
#include "train/loop.h"
#include "train/optimiser.h"
#include "train/schedule.h"
#include "train/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void the_one_cycle_rises_for_a_quarter_and_falls_to_almost_nothing(void **state) {
    (void)state;
    enum { STEPS = 400 };
    double last = 0, highest = 0;
    size_t highest_at = 0;
    for (size_t i = 0; i < STEPS; i++) {
        last = bc_schedule_factor(BC_ONE_CYCLE, i, STEPS);
        assert_true(last > 0 && last <= 1);
        if (last > highest) {
            highest = last;
            highest_at = i;
        }
    }
    assert_in_range(highest_at, STEPS / 4 - 1, STEPS / 4 + 1);
    assert_true(highest > 0.999 && last < 0.01);
    assert_true(bc_schedule_factor(BC_COSINE, 0, STEPS) > 0.999);
    assert_true(fabs(bc_schedule_factor(BC_COSINE, STEPS / 2, STEPS) - 0.5) < 0.01);
    assert_true(bc_schedule_factor(BC_CONSTANT, 3, STEPS) == 1);
}

/* Two weights that decay and one bias that does not. */
static void make_network(bc_network *network) {
    bc_error err = {0};
    bc_spec spec;
    static const char json[] =
        "{\"layers\":[{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":1}]}";
    assert_int_equal(bc_spec_parse(&spec, json, strlen(json), "test", (bc_shape){3, 2, 2}, &err), BC_OK);
    assert_int_equal(bc_network_create(network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    assert_int_equal(network->learned, 4);
    for (size_t i = 0; i < 4; i++)
        network->values[i] = 1 - 0.5f * (float)i;
}

typedef struct optimising {
    bc_optimiser optimiser;
    bc_pool *pool;
    const float *gradients;
    double rate;
} optimising;

static void take_step(void *context, unsigned worker) {
    optimising *o = context;
    bc_optimiser_step(&o->optimiser, o->gradients, o->rate, o->pool, worker);
}

/* Steps of the optimiser, and of the formula given as a plain function in double. */
static void check_optimiser(bc_optimiser_kind kind, double decay,
                            void (*formula)(double *value, double *first, double *second, double gradient,
                                            double rate, double decay, int step)) {
    bc_error err = {0};
    bc_network network;
    optimising o = {.rate = 0.1};
    make_network(&network);
    assert_int_equal(bc_pool_create(&o.pool, 3, &err), BC_OK);
    assert_int_equal(bc_optimiser_create(&o.optimiser, &network, kind, decay, o.pool, &err), BC_OK);
    double value[4], first[4] = {0}, second[4] = {0};
    for (size_t i = 0; i < 4; i++)
        value[i] = (double)network.values[i];
    for (int step = 1; step <= 20; step++) {
        float gradients[4];
        for (size_t i = 0; i < 4; i++) {
            gradients[i] = (float)sin((double)step * 1.3 + (double)i);
            formula(&value[i], &first[i], &second[i], (double)gradients[i], o.rate, i < 3 ? decay : 0, step);
        }
        o.gradients = gradients;
        bc_pool_run(o.pool, take_step, &o);
        o.optimiser.steps++;
    }
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs((double)network.values[i] - value[i]) < 1e-5);
    bc_optimiser_free(&o.optimiser);
    bc_pool_free(o.pool);
    bc_network_free(&network);
}

/* Loshchilov and Hutter 2019, algorithm 2, with the decay scaled by the learning rate. */
static void adamw(double *value, double *first, double *second, double gradient, double rate, double decay,
                  int step) {
    *first = 0.9 * *first + 0.1 * gradient;
    *second = 0.999 * *second + 0.001 * gradient * gradient;
    double m = *first / (1 - pow(0.9, step)), v = *second / (1 - pow(0.999, step));
    *value -= rate * (m / (sqrt(v) + 1e-8) + decay * *value);
}

/* Nesterov momentum as in Sutskever et al. 2013, rewritten at the point looked ahead to; decoupled decay. */
static void nesterov(double *value, double *first, double *second, double gradient, double rate, double decay,
                     int step) {
    (void)second;
    (void)step;
    *first = 0.9 * *first + gradient;
    *value -= rate * (gradient + 0.9 * *first + decay * *value);
}

/* ---- Muon ---- */

enum { MUON_MOST = 400, MUON_STEPS = 3 };

/* x = (3.4445 + (-4.7750 + 2.0315 x x') x x') x, for rows <= columns. */
static void step_newton_schulz(double *x, size_t rows, size_t columns) {
    static double gram[64][64], factor[64][64], next[64 * MUON_MOST];
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < rows; j++) {
            gram[i][j] = 0;
            for (size_t k = 0; k < columns; k++)
                gram[i][j] += x[i * columns + k] * x[j * columns + k];
        }
    }
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < rows; j++) {
            factor[i][j] = -4.7750 * gram[i][j] + (i == j ? 3.4445 : 0);
            for (size_t k = 0; k < rows; k++)
                factor[i][j] += 2.0315 * gram[i][k] * gram[k][j];
        }
    }
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            next[i * columns + j] = 0;
            for (size_t k = 0; k < rows; k++)
                next[i * columns + j] += factor[i][k] * x[k * columns + j];
        }
    }
    memcpy(x, next, rows * columns * sizeof *x);
}

/* One step for a matrix of filters x inputs; momentum is kept. */
static void muon(double *values, double *momentum, const float *gradients, size_t filters, size_t inputs,
                 double rate, double decay) {
    static double x[64 * MUON_MOST];
    const bool turned = filters > inputs;
    const size_t rows = turned ? inputs : filters, columns = turned ? filters : inputs;
    double squares = 0;
    for (size_t f = 0; f < filters; f++) {
        for (size_t i = 0; i < inputs; i++) {
            const size_t at = f * inputs + i;
            momentum[at] = 0.95 * momentum[at] + 0.05 * (double)gradients[at];
            const double ahead = 0.95 * momentum[at] + 0.05 * (double)gradients[at];
            x[turned ? i * columns + f : at] = ahead;
            squares += ahead * ahead;
        }
    }
    for (size_t i = 0; i < rows * columns; i++)
        x[i] /= sqrt(squares);
    for (int i = 0; i < 5; i++)
        step_newton_schulz(x, rows, columns);
    for (size_t f = 0; f < filters; f++) {
        for (size_t i = 0; i < inputs; i++) {
            const double update = x[turned ? i * columns + f : f * inputs + i];
            values[f * inputs + i] -=
                rate * (decay * values[f * inputs + i] + 0.4 * sqrt((double)columns) * update);
        }
    }
}

/* Matrices of 40 x 27, 40 x 360, 60 x 40 and 16 x 60: of one panel and of two that are not full, and turned.
 */
static void make_convolutions(bc_network *network) {
    bc_error err = {0};
    bc_spec spec;
    static const char json[] =
        "{\"layers\":[{\"type\":\"conv\",\"filters\":40,\"kernel\":3},{\"type\":\"conv\",\"filters\":40,"
        "\"kernel\":3},"
        "{\"type\":\"conv\",\"filters\":60,\"kernel\":1},{\"type\":\"conv\",\"filters\":16,\"kernel\":1},"
        "{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":1}]}";
    assert_int_equal(bc_spec_parse(&spec, json, strlen(json), "test", (bc_shape){3, 4, 4}, &err), BC_OK);
    assert_int_equal(bc_network_create(network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    bc_network_initialise(network, 1);
}

static void run_muon(bc_network *network, unsigned threads) {
    bc_error err = {0};
    optimising o = {.rate = 0.1};
    float *gradients = malloc(network->learned * sizeof *gradients);
    assert_int_equal(bc_pool_create(&o.pool, threads, &err), BC_OK);
    assert_int_equal(bc_optimiser_create(&o.optimiser, network, BC_MUON, 0.3, o.pool, &err), BC_OK);
    for (int step = 1; step <= MUON_STEPS; step++) {
        for (size_t i = 0; i < network->learned; i++)
            gradients[i] = (float)sin((double)step * 1.3 + (double)(i * i % 1009));
        o.gradients = gradients;
        bc_pool_run(o.pool, take_step, &o);
        o.optimiser.steps++;
    }
    bc_optimiser_free(&o.optimiser);
    bc_pool_free(o.pool);
    free(gradients);
}

static void muon_takes_the_orthogonal_part_of_the_momentum_of_kernels(void **state) {
    (void)state;
    bc_network network, start;
    static double values[64 * MUON_MOST], momentum[64 * MUON_MOST];
    static float gradients[64 * MUON_MOST];
    double furthest = 0;
    make_convolutions(&network);
    make_convolutions(&start);
    run_muon(&network, 2);
    for (size_t t = 0; t < network.tensor_count; t++) {
        const bc_tensor *tensor = &network.tensors[t];
        if (tensor->rank != 4)
            continue;
        for (size_t i = 0; i < tensor->count; i++) {
            values[i] = (double)start.values[tensor->offset + i];
            momentum[i] = 0;
        }
        for (int step = 1; step <= MUON_STEPS; step++) {
            for (size_t i = 0; i < tensor->count; i++) {
                const size_t at = tensor->offset + i;
                gradients[i] = (float)sin((double)step * 1.3 + (double)(at * at % 1009));
            }
            muon(values, momentum, gradients, tensor->shape[0], tensor->count / tensor->shape[0], 0.1, 0.3);
        }
        for (size_t i = 0; i < tensor->count; i++)
            furthest = fmax(furthest, fabs((double)network.values[tensor->offset + i] - values[i]));
    }
    print_message("furthest from the formula: %.2g\n", furthest);
    assert_true(furthest < 1e-4); /* an update is about 0.04 */
    bc_network_free(&network);
    bc_network_free(&start);
}

static void muon_gives_the_same_bits_on_any_number_of_threads(void **state) {
    (void)state;
    bc_network one, five;
    make_convolutions(&one);
    make_convolutions(&five);
    run_muon(&one, 1);
    run_muon(&five, 5);
    assert_memory_equal(one.values, five.values, one.count * sizeof *one.values);
    bc_network_free(&one);
    bc_network_free(&five);
}

static void optimisers_follow_their_formulas_and_spare_biases_from_decay(void **state) {
    (void)state;
    check_optimiser(BC_ADAMW, 0.3, adamw);
    check_optimiser(BC_SGD, 0.3, nesterov);
    check_optimiser(BC_MUON, 0.3, adamw); /* of a network without convolutions */
}

/* A data set in memory: count pictures of 8 x 8 pixels, positives brighter in the middle, with noise. */
typedef struct toy {
    bc_dataset dataset;
    bc_cache cache;
    bc_preprocess preprocess;
} toy;

enum { SIDE = 8, PICTURES = 240 };

static void make_toy(toy *t) {
    bc_random random = bc_random_keyed(3, BC_RANDOM_RESAMPLE, 0, 0);
    *t = (toy){0};
    t->preprocess = (bc_preprocess){.width = SIDE, .height = SIDE, .channels = 1};
    t->dataset.count = t->cache.count = PICTURES;
    t->dataset.samples = calloc(PICTURES, sizeof *t->dataset.samples);
    t->cache.picture_bytes = SIDE * SIDE;
    t->cache.pixels = malloc(PICTURES * SIDE * SIDE);
    for (size_t i = 0; i < PICTURES; i++) {
        bc_sample *s = &t->dataset.samples[i];
        *s = (bc_sample){.path = calloc(16, 1), .weight = 1, .label = i % 2};
        snprintf(s->path, 16, "%zu.png", i);
        s->split = i % 4 < 2 ? BC_SPLIT_TRAIN : i % 8 < 4 ? BC_SPLIT_VAL : BC_SPLIT_TEST;
        for (size_t k = 0; k < SIDE * SIDE; k++) {
            bool middle = k / SIDE >= 2 && k / SIDE < 6 && k % SIDE >= 2 && k % SIDE < 6;
            t->cache.pixels[i * SIDE * SIDE + k] =
                (uint8_t)(bc_random_below(&random, 128) + (middle && s->label ? 64 : 32));
        }
    }
    assert_int_equal(bc_cache_measure(&t->preprocess, &t->cache, &t->dataset, NULL, NULL), BC_OK);
}

static void free_toy(toy *t) {
    for (size_t i = 0; i < PICTURES; i++)
        free(t->dataset.samples[i].path);
    free(t->dataset.samples);
    free(t->cache.pixels);
}

static void every_training_picture_comes_once_an_epoch_in_a_new_order(void **state) {
    (void)state;
    bc_error err = {0};
    toy t;
    bc_batches b;
    make_toy(&t);
    assert_int_equal(bc_batches_create(&b, &t.dataset, BC_SPLIT_TRAIN, 50, BC_SAMPLING_PLAIN, &err), BC_OK);
    assert_int_equal(b.count, PICTURES / 2);
    assert_int_equal(b.batches, 3);
    uint32_t *before = malloc(b.count * sizeof *before);
    memcpy(before, b.samples, b.count * sizeof *before);
    bool seen[PICTURES] = {false};
    bc_batches_shuffle(&b, 1, 1);
    assert_memory_not_equal(before, b.samples, b.count * sizeof *before);
    for (size_t i = 0, first, last; i < b.batches; i++) {
        bc_batches_range(&b, i, &first, &last);
        assert_int_equal(last - first, 40); /* 120 pictures in 3 batches, none short */
        for (size_t k = first; k < last; k++) {
            assert_false(seen[b.samples[k]]);
            assert_int_equal(t.dataset.samples[b.samples[k]].split, BC_SPLIT_TRAIN);
            seen[b.samples[k]] = true;
        }
    }
    memcpy(before, b.samples, b.count * sizeof *before);
    bc_batches_shuffle(&b, 1, 2);
    assert_memory_not_equal(before, b.samples, b.count * sizeof *before);
    bc_batches_shuffle(&b, 1, 1); /* an epoch's order does not depend on those before */
    assert_memory_equal(before, b.samples, b.count * sizeof *before);
    free(before);
    bc_batches_free(&b);
    free_toy(&t);
}

/* 30 positives to 90 negatives, in train. */
static void make_uneven(toy *t) {
    make_toy(t);
    for (size_t i = 0; i < PICTURES; i += 4)
        t->dataset.samples[i + 1].label = i % 8 == 0;
}

static void balanced_an_epoch_has_as_many_of_each_class(void **state) {
    (void)state;
    bc_error err = {0};
    toy t;
    bc_batches b;
    make_uneven(&t);
    t.dataset.samples[1].split =
        BC_SPLIT_TEST; /* 29 positives for 90 places: 3 times, and 3 of them once more */
    assert_int_equal(bc_batches_create(&b, &t.dataset, BC_SPLIT_TRAIN, 50, BC_SAMPLING_BALANCED, &err),
                     BC_OK);
    assert_int_equal(b.count, 180);
    assert_int_equal(b.batches, 4);
    assert_true(b.share[0] == 1 && fabs(b.share[1] - 90.0 / 29) < 1e-12);
    size_t more[PICTURES] = {0}; /* epochs in which a picture came once more */
    for (uint64_t epoch = 1; epoch <= 10; epoch++) {
        size_t times[PICTURES] = {0}, positives = 0;
        bc_batches_shuffle(&b, 1, epoch);
        for (size_t i = 0; i < b.count; i++) {
            const bc_sample *s = &t.dataset.samples[b.samples[i]];
            assert_int_equal(s->split, BC_SPLIT_TRAIN);
            positives += s->label;
            assert_true(b.keys[i] == b.samples[i] + times[b.samples[i]] * PICTURES); /* hence no two alike */
            times[b.samples[i]]++;
        }
        assert_int_equal(positives, 90);
        for (size_t i = 0; i < PICTURES; i++) {
            if (t.dataset.samples[i].split != BC_SPLIT_TRAIN)
                continue;
            assert_in_range(times[i], t.dataset.samples[i].label ? 3 : 1, t.dataset.samples[i].label ? 4 : 1);
            more[i] += times[i] == 4;
        }
    }
    size_t lucky = 0;
    for (size_t i = 0; i < PICTURES; i++)
        lucky += more[i] > 0;
    assert_in_range(lucky, 10, 29); /* not the same three in all epochs */
    uint32_t *before = malloc(b.count * sizeof *before);
    bc_batches_shuffle(&b, 1, 3);
    memcpy(before, b.samples, b.count * sizeof *before);
    bc_batches_shuffle(&b, 1, 4);
    assert_memory_not_equal(before, b.samples, b.count * sizeof *before);
    bc_batches_shuffle(&b, 1, 3); /* an epoch does not depend on those before */
    assert_memory_equal(before, b.samples, b.count * sizeof *before);
    free(before);
    bc_batches_free(&b);
    free_toy(&t);
}

static bc_train_options toy_options(void) {
    return (bc_train_options){
        .epochs = 10,
        .batch_size = 20,
        .patience = 10,
        .learning_rate = 0.003,
        .weight_decay = 0.01,
        .pos_weight = 1,
        .augmentation = BC_AUGMENT_LIGHT,
        .hflip = true,
        .averaging = 0.9,
        .favour = {BC_FAVOUR_LOSS, BC_FAVOURED_RECALL},
        .seed = 9,
    };
}

/* Two convolutions, a residual add, and what belongs to them: small, for the thread sanitizer is slow. */
static const char toy_network[] =
    "{\"layers\":[{\"type\":\"conv\",\"filters\":12,\"bias\":false},{\"type\":\"batch_norm\"},"
    "{\"type\":\"relu\",\"name\":\"stem\"},{\"type\":\"conv\",\"filters\":12,\"bias\":false},{\"type\":"
    "\"batch_norm\"},"
    "{\"type\":\"relu\"},{\"type\":\"add\",\"with\":\"stem\"},{\"type\":\"max_pool\"},{\"type\":\"flatten\"},"
    "{\"type\":\"dropout\",\"rate\":0.2},{\"type\":\"dense\",\"units\":1}]}";

/* The trained values, malloc'd; *count of them. scores: of the split that is scored. */
static float *train_network(toy *t, const char *json, bc_layer_kind head, const bc_train_options *options,
                            unsigned threads, bc_history *history, size_t *count, bc_scores *scores,
                            bc_split scored) {
    bc_error err = {0};
    bc_pool *pool;
    bc_spec spec;
    bc_network network;
    assert_int_equal(bc_pool_create(&pool, threads, &err), BC_OK);
    assert_int_equal(bc_spec_parse(&spec, json, strlen(json), "toy",
                                   (bc_shape){1, t->preprocess.height, t->preprocess.width}, &err),
                     BC_OK);
    assert_int_equal(bc_spec_choose_head(&spec, head, "toy", &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    bc_network_initialise(&network, options->seed);
    bc_status status =
        bc_train(&network, history, &t->dataset, &t->cache, &t->preprocess, options, pool, &err);
    if (status != BC_OK)
        fail_msg("%s", err.message);
    if (scores != NULL) {
        *scores = (bc_scores){.logits = true};
        assert_int_equal(
            bc_train_score(scores, &network, &t->dataset, &t->cache, &t->preprocess, scored, pool, &err),
            BC_OK);
    }
    *count = network.count;
    float *values = malloc(network.count * sizeof *values);
    memcpy(values, network.values, network.count * sizeof *values);
    bc_network_free(&network);
    bc_pool_free(pool);
    return values;
}

static float *train_toy(toy *t, const bc_train_options *options, unsigned threads, bc_history *history,
                        size_t *count, bc_scores *scores) {
    return train_network(t, toy_network, BC_LAYER_SIGMOID, options, threads, history, count, scores,
                         BC_SPLIT_TEST);
}

static void a_network_learns_what_can_be_learned(void **state) {
    (void)state;
    toy t;
    bc_history history;
    bc_scores scores;
    size_t count, right = 0;
    make_toy(&t);
    bc_train_options options = toy_options();
    float *values = train_toy(&t, &options, 2, &history, &count, &scores);
    assert_int_equal(history.count, options.epochs);
    assert_true(history.epochs[history.best - 1].val_loss < 0.4); /* log 2 = 0.69 when nothing was learned */
    for (size_t i = 0; i < history.count; i++)
        assert_true(history.epochs[i].val_loss >= history.epochs[history.best - 1].val_loss);
    for (size_t i = 0; i < scores.count; i++)
        right += (scores.values[i] > 0) == (scores.labels[i] == 1);
    assert_int_equal(scores.count, PICTURES / 4);
    assert_true(right >= scores.count * 9 / 10);
    free(values);
    bc_scores_free(&scores);
    bc_history_free(&history);
    free_toy(&t);
}

static void one_to_four_threads_train_the_same_bits(void **state) {
    (void)state;
    toy t;
    bc_history history;
    size_t count;
    make_toy(&t);
    bc_train_options options = toy_options();
    options.epochs = 2;
    float *one = train_toy(&t, &options, 1, &history, &count, NULL);
    bc_history_free(&history);
    for (unsigned threads = 2; threads <= 4; threads++) {
        float *many = train_toy(&t, &options, threads, &history, &count, NULL);
        assert_memory_equal(one, many, count * sizeof *one);
        free(many);
        bc_history_free(&history);
    }
    options.seed++;
    float *other = train_toy(&t, &options, 2, &history, &count, NULL);
    assert_memory_not_equal(one, other, count * sizeof *one);
    free(other);
    bc_history_free(&history);
    free(one);
    free_toy(&t);
}

/* ---- the norms' statistics ---- */

/* The mean of all training pictures as they are is 0, their variance 1: so they were normalised. A norm
 * behind y = weight * picture + bias must know the mean bias and the variance weight^2, by the weights that
 * are kept, however pictures were changed to train on. */
static void norms_know_the_pictures_as_they_are(void **state) {
    (void)state;
    static const char norm_of_product[] =
        "{\"layers\":[{\"type\":\"conv\",\"filters\":1,\"kernel\":1},{\"type\":\"batch_norm\"},"
        "{\"type\":\"relu\"},{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}";
    enum { CONV_WEIGHT, CONV_BIAS };
    const double averaging[] = {0, 0.9};
    toy t;
    make_toy(&t);
    for (size_t i = 0; i < 2; i++) {
        bc_history history;
        size_t count;
        bc_train_options options = toy_options();
        options.augmentation = BC_AUGMENT_STRONG;
        options.brightness = 0.3;
        options.contrast = 0.5;
        options.cutout = 0.5;
        options.averaging = averaging[i];
        options.learning_rate = 0.05; /* so that the mean of the weights is far from the last ones */
        options.epochs = 3;
        float *values = train_network(&t, norm_of_product, BC_LAYER_SIGMOID, &options, 2, &history, &count,
                                      NULL, BC_SPLIT_TEST);
        const double weight = (double)values[CONV_WEIGHT], mean = (double)values[count - 2],
                     variance = (double)values[count - 1];
        assert_true(fabs(weight * weight - 1) > 0.05); /* 1 is where a variance starts */
        assert_true(fabs(mean - (double)values[CONV_BIAS]) < 1e-5 * (1 + fabs(mean)));
        assert_true(fabs(variance - weight * weight) < 1e-4 * variance);
        free(values);
        bc_history_free(&history);
    }
    free_toy(&t);
}

/* ---- what is made of an alignment ---- */

static void pictures_are_moved_less_the_more_their_places_mean(void **state) {
    (void)state;
    double before = 1;
    for (double alignment = 0; alignment <= 1; alignment += 0.01) {
        const double freedom = bc_train_freedom(alignment);
        assert_true(freedom >= 0 && freedom <= before);
        before = freedom;
    }
    assert_true(bc_train_freedom(0.1) == 1 && bc_train_freedom(0.9) == 0);
}

/* ---- mixup and cutout ---- */

/* One picture of each class, of one pixel: 0 for the negative one, 200 for the positive one. */
static void make_pair(toy *t) {
    static const uint8_t pixels[] = {0, 200};
    *t = (toy){.preprocess = {.width = 1, .height = 1, .channels = 1, .mean = {50}, .deviation = {100}}};
    t->dataset.count = t->cache.count = 2;
    t->dataset.samples = calloc(2, sizeof *t->dataset.samples);
    t->cache.picture_bytes = 1;
    t->cache.pixels = malloc(2);
    memcpy(t->cache.pixels, pixels, 2);
    for (uint8_t i = 0; i < 2; i++)
        t->dataset.samples[i] =
            (bc_sample){.path = calloc(1, 1), .weight = 1, .label = (uint8_t)i, .split = BC_SPLIT_TRAIN};
}

/* Weight and bias before and after a step of SGD on both pictures. */
static void step_on_pair(float before[2], float after[2], const bc_train_options *options) {
    static const char json[] = "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}";
    bc_error err = {0};
    bc_spec spec;
    bc_network network;
    bc_history history;
    size_t count;
    toy t;
    make_pair(&t);
    assert_int_equal(bc_spec_parse(&spec, json, strlen(json), "toy", (bc_shape){1, 1, 1}, &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    bc_network_initialise(&network, options->seed);
    memcpy(before, network.values, 2 * sizeof *before);
    bc_network_free(&network);
    float *values =
        train_network(&t, json, BC_LAYER_SIGMOID, options, 1, &history, &count, NULL, BC_SPLIT_TEST);
    assert_int_equal(count, 2);
    memcpy(after, values, 2 * sizeof *after);
    free(values);
    bc_history_free(&history);
    for (int i = 0; i < 2; i++)
        free(t.dataset.samples[i].path);
    free(t.dataset.samples);
    free(t.cache.pixels);
}

/* Zhang et al. 2018, section 2: the mixed picture's loss is the sum of both labels' losses by their shares.
 */
static void mixup_learns_the_mixture_of_two_losses(void **state) {
    (void)state;
    static const double x[] = {-0.5, 1.5}, weights[] = {0.5, 1.5}; /* 1 and 3, of the mean 2 */
    static const double labels[] = {0.075, 0.975}; /* smoothed towards the share of positives, 3 / 4 */
    const bc_train_options options = {.epochs = 1,
                                      .batch_size = 2,
                                      .learning_rate = 0.1,
                                      .pos_weight = 3,
                                      .optimiser = BC_SGD,
                                      .schedule = BC_CONSTANT,
                                      .label_smoothing = 0.1,
                                      .mixup = 0.5,
                                      .favour = {BC_FAVOUR_LOSS, BC_FAVOURED_RECALL},
                                      .seed = 9};
    float before[2], after[2];
    double gradients[2] = {0, 0};
    step_on_pair(before, after, &options);
    for (uint64_t i = 0; i < 2; i++) {
        bc_random random = bc_random_keyed(9, BC_RANDOM_MIXUP, 1, i);
        const double share = bc_random_beta(&random, 0.5), mixed = share * x[i] + (1 - share) * x[1 - i];
        const double p = 1 / (1 + exp(-((double)before[0] * mixed + (double)before[1])));
        const double slope =
            share * weights[i] * (p - labels[i]) + (1 - share) * weights[1 - i] * (p - labels[1 - i]);
        gradients[0] += slope * mixed / 2;
        gradients[1] += slope / 2;
    }
    for (int i = 0; i < 2; i++) { /* Nesterov's first step: the gradient and 0.9 of it */
        const double expected = (double)before[i] - 0.1 * 1.9 * gradients[i];
        assert_true(fabs(gradients[i]) > 1e-3);
        if (!(fabs((double)after[i] - expected) < 1e-5))
            fail_msg("value %d is %.9g instead of %.9g", i, (double)after[i], expected);
    }
}

static void mixup_and_cutout_change_what_is_learned_but_not_with_the_threads(void **state) {
    (void)state;
    toy t;
    make_toy(&t);
    bc_train_options options = toy_options();
    options.epochs = 2;
    float *seen[4] = {NULL};
    size_t count;
    for (int i = 0; i < 4; i++) {
        bc_history history;
        options.mixup = i % 2 == 0 ? 0 : 0.4;
        options.cutout = i / 2 == 0 ? 0 : 0.5;
        seen[i] = train_toy(&t, &options, 1, &history, &count, NULL);
        bc_history_free(&history);
        float *again = train_toy(&t, &options, 3, &history, &count, NULL);
        bc_history_free(&history);
        assert_memory_equal(seen[i], again, count * sizeof *again);
        free(again);
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(seen[i], seen[k], count * sizeof *again);
    }
    for (int i = 0; i < 4; i++)
        free(seen[i]);
    free_toy(&t);
}

/* ---- heads, losses and imbalance ---- */

/* The largest distance of two lists of scores. */
static double distance(const bc_scores *a, const bc_scores *b) {
    double most = 0;
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        most = fmax(most, fabs(a->values[i] - b->values[i]));
    return most;
}

/* Of test logits between a sigmoid's and a softmax's training. */
static double part_heads(toy *t, const char *json, const bc_train_options *options, double *loss_distance) {
    static const bc_layer_kind kinds[] = {BC_LAYER_SIGMOID, BC_LAYER_SOFTMAX};
    bc_scores scores[2];
    bc_history histories[2];
    size_t count;
    for (size_t i = 0; i < 2; i++)
        free(train_network(t, json, kinds[i], options, 2, &histories[i], &count, &scores[i], BC_SPLIT_TEST));
    const double apart = distance(&scores[0], &scores[1]);
    *loss_distance = fabs(histories[0].epochs[0].train_loss - histories[1].epochs[0].train_loss);
    for (size_t i = 0; i < 2; i++) {
        bc_scores_free(&scores[i]);
        bc_history_free(&histories[i]);
    }
    return apart;
}

/* Every number before the softmax is half of that before the sigmoid, with the one or the other sign, and
 * halving is exact. What the layers before get is h + h in place of g w, where h is half of g w rounded and
 * the second h may not be rounded: that is g w rounded, for what h lost is less than half a digit of the sum.
 * So nothing differs. */
static void a_softmax_trains_as_a_sigmoid_to_the_bit(void **state) {
    (void)state;
    static const char *const networks[] = {
        "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}", toy_network};
    toy t;
    make_uneven(&t);
    bc_train_options options = toy_options();
    options.pos_weight = 3;
    options.weight_decay = 0.3;
    options.epochs = 4;
    for (int i = 0; i < 6; i++) {
        static const bc_optimiser_kind optimisers[] = {BC_ADAMW, BC_SGD, BC_MUON};
        double loss_distance;
        options.optimiser = optimisers[i % 3];
        options.gamma = i;
        const double apart = part_heads(&t, networks[i / 3], &options, &loss_distance);
        assert_true(apart == 0 && loss_distance == 0);
    }
    free_toy(&t);
}

enum { LEVELS = 5, A_LEVEL = 400 };

/* Share of positives among pictures of a level of brightness: logit(share) is linear in the level. */
static double true_share(size_t level) {
    return 1 / (1 + exp(4 - (double)level));
}

/* Pictures of one pixel of LEVELS kinds, in train and val alike, and of each the share of positives that is
 * known. */
static void make_known(toy *t) {
    *t = (toy){.preprocess = {.width = 1, .height = 1, .channels = 1}};
    t->dataset.count = t->cache.count = 2 * LEVELS * A_LEVEL;
    t->dataset.samples = calloc(t->dataset.count, sizeof *t->dataset.samples);
    t->cache.picture_bytes = 1;
    t->cache.pixels = malloc(t->dataset.count);
    for (size_t i = 0; i < t->dataset.count; i++) {
        const size_t level = i % LEVELS, number = i / 2 / LEVELS;
        t->dataset.samples[i] = (bc_sample){
            .path = calloc(1, 1),
            .weight = 1,
            .label = (double)number < true_share(level) * A_LEVEL - 0.5,
            .split = i / LEVELS % 2 ? BC_SPLIT_VAL : BC_SPLIT_TRAIN,
        };
        t->cache.pixels[i] = (uint8_t)(40 * level);
    }
    assert_int_equal(bc_cache_measure(&t->preprocess, &t->cache, &t->dataset, NULL, NULL), BC_OK);
}

static void free_known(toy *t) {
    for (size_t i = 0; i < t->dataset.count; i++)
        free(t->dataset.samples[i].path);
    free(t->dataset.samples);
    free(t->cache.pixels);
}

/* Val's scores after a training of logistic regression, which can learn the shares. */
static void check_shares(toy *t, const bc_train_options *options, bc_layer_kind head) {
    bc_history history;
    bc_scores scores;
    size_t count;
    double mean = 0, positives = 0, loss = 0;
    free(train_network(t, "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}", head,
                       options, 1, &history, &count, &scores, BC_SPLIT_VAL));
    for (size_t i = 0; i < scores.count; i++) {
        const double z = scores.values[i], p = 1 / (1 + exp(-z));
        const double expected = true_share(i % LEVELS);
        if (!(fabs(p - expected) < 0.03))
            fail_msg("gamma %g, weight %g, %s: level %zu scores %g instead of %g", options->gamma,
                     options->pos_weight, bc_sampling_names[options->sampling], i % LEVELS, p, expected);
        mean += p / (double)scores.count;
        positives += scores.labels[i] / (double)scores.count;
        loss -= log(scores.labels[i] ? p : 1 - p) / (double)scores.count;
    }
    assert_true(fabs(mean - positives) < 0.01);
    /* what stops training is the log loss of these very scores */
    assert_true(fabs(history.epochs[history.best - 1].val_loss - loss) < 1e-6);
    bc_scores_free(&scores);
    bc_history_free(&history);
}

/* 19 % positives, which a training that weighs them as much as the others would score as 50 %. */
static void scores_stay_probabilities_whatever_the_loss_and_the_sampling(void **state) {
    (void)state;
    toy t;
    make_known(&t);
    bc_train_options options = toy_options();
    options.epochs = options.patience = 12;
    options.batch_size = 50;
    options.learning_rate = 0.05;
    options.weight_decay = 0;
    options.augmentation = BC_AUGMENT_NONE;
    options.schedule = BC_COSINE;
    check_shares(&t, &options, BC_LAYER_SIGMOID);
    options.pos_weight = 7;
    check_shares(&t, &options, BC_LAYER_SIGMOID);
    options.gamma = 2;
    check_shares(&t, &options, BC_LAYER_SOFTMAX);
    options.sampling = BC_SAMPLING_BALANCED;
    options.pos_weight = 0.5;
    check_shares(&t, &options, BC_LAYER_SIGMOID);
    options.gamma = 0;
    options.pos_weight = 1;
    check_shares(&t, &options, BC_LAYER_SIGMOID);
    free_known(&t);
}

static void weights_count_relative_to_each_other(void **state) {
    (void)state;
    toy t;
    bc_history history;
    size_t count;
    make_toy(&t);
    bc_train_options options = toy_options();
    options.epochs = 2;
    float *ones = train_toy(&t, &options, 1, &history, &count, NULL);
    bc_history_free(&history);
    for (size_t i = 0; i < PICTURES; i++)
        t.dataset.samples[i].weight = 0.25;
    float *quarters = train_toy(&t, &options, 1, &history, &count, NULL);
    bc_history_free(&history);
    assert_memory_equal(ones, quarters, count * sizeof *ones);
    free(ones);
    free(quarters);
    free_toy(&t);
}

/* Untrained, all pictures have about the loss log 2; its weighted mean is that too, so that a learning rate
 * means the same for all weights and samplings. */
static void the_weights_in_an_epoch_are_1_in_the_mean(void **state) {
    (void)state;
    toy t;
    make_uneven(&t);
    bc_train_options options = toy_options();
    options.epochs = 1;
    options.learning_rate = 1e-9;
    for (int i = 0; i < 4; i++) {
        bc_history history;
        size_t count;
        options.pos_weight = i % 2 == 0 ? 1 : 20;
        options.sampling = i / 2 == 0 ? BC_SAMPLING_PLAIN : BC_SAMPLING_BALANCED;
        free(train_network(&t, "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}",
                           BC_LAYER_SIGMOID, &options, 1, &history, &count, NULL, BC_SPLIT_VAL));
        assert_true(fabs(history.epochs[0].train_loss - log(2)) < 0.05);
        bc_history_free(&history);
    }
    free_toy(&t);
}

static void many_pictures_get_a_larger_network_and_less_change_of_light(void **state) {
    (void)state;
    enum { MANY = 6000, VAL = 10 };
    bc_sample *samples = calloc(MANY + VAL, sizeof *samples);
    assert_non_null(samples);
    const bc_dataset few = {.samples = samples, .count = MANY - 1 + VAL},
                     many = {.samples = samples, .count = MANY + VAL};
    for (size_t i = 0; i < MANY + VAL; i++)
        samples[i] = (bc_sample){.label = i % 2, .split = i < VAL ? BC_SPLIT_VAL : BC_SPLIT_TRAIN};
    bc_train_options for_few = {0}, for_many = {0};
    bc_train_choose_light(&for_few, &few);
    bc_train_choose_light(&for_many, &many);
    assert_true(for_few.brightness > for_many.brightness && for_many.brightness > 0);
    assert_true(for_few.contrast > for_many.contrast && for_many.contrast > 0);
    assert_string_equal(bc_train_default_net(&few), "resnet");
    assert_string_equal(bc_train_default_net(&many), "wide");
    free(samples);
}

static void training_mirrors_where_it_may_and_changes_anything(void **state) {
    (void)state;
    assert_true(bc_train_mirrors(&(bc_train_options){.augmentation = BC_AUGMENT_STRONG, .hflip = true}));
    assert_true(bc_train_mirrors(
        &(bc_train_options){.augmentation = BC_AUGMENT_LIGHT, .hflip = true, .alignment = 1}));
    assert_false(bc_train_mirrors(&(bc_train_options){.augmentation = BC_AUGMENT_STRONG}));
    assert_false(bc_train_mirrors(&(bc_train_options){.augmentation = BC_AUGMENT_NONE, .hflip = true}));
}

static void strong_augmentation_changes_light_as_it_is_told_to(void **state) {
    (void)state;
    bc_train_options options = {.augmentation = BC_AUGMENT_STRONG, .brightness = 0.2, .contrast = 0.4};
    bc_augment augment = bc_augment_of(&options);
    assert_true(augment.brightness == 0.2 && augment.contrast == 0.4);
    options.augmentation = BC_AUGMENT_LIGHT;
    augment = bc_augment_of(&options);
    assert_true(augment.brightness == 0 && augment.contrast == 0);
}

static void corrections_of_the_weight_and_of_the_sampling_add(void **state) {
    (void)state;
    toy t;
    make_uneven(&t);
    bc_train_options options = {.sampling = BC_SAMPLING_PLAIN};
    bc_train_defaults(&options, &t.dataset);
    assert_true(fabs(options.pos_weight - 3) < 1e-12);
    bc_network network;
    make_network(&network);
    options.gamma = 1.5;
    options.sampling = BC_SAMPLING_BALANCED;
    bc_train_set_head(&network, &options, &t.dataset);
    assert_true(bc_spec_head(&network.spec)->gamma == 1.5);
    assert_true(fabs(bc_spec_head(&network.spec)->offset + 2 * log(3)) < 1e-12); /* both add */
    options.pos_weight = 1;
    options.sampling = BC_SAMPLING_PLAIN;
    bc_train_set_head(&network, &options, &t.dataset);
    assert_true(bc_spec_head(&network.spec)->offset == 0 && !signbit(bc_spec_head(&network.spec)->offset));
    bc_network_free(&network);
    free_toy(&t);
}

static bool stop_at_third_step(void *context) {
    int *steps = context;
    return ++*steps == 3;
}

static void an_interrupted_training_keeps_what_it_has(void **state) {
    (void)state;
    toy t;
    bc_history history;
    size_t count;
    int steps = 0;
    make_toy(&t);
    bc_train_options options = toy_options();
    options.is_stopped = stop_at_third_step;
    options.context = &steps;
    float *values = train_toy(&t, &options, 2, &history, &count, NULL);
    assert_int_equal(steps, 3);
    assert_true(history.interrupted && history.count == 1 && history.best == 1);
    for (size_t i = 0; i < count; i++)
        assert_true(isfinite(values[i]));
    free(values);
    bc_history_free(&history);
    free_toy(&t);
}

typedef struct stop_at {
    int step, done;
} stop_at;

static bool stop_at_step(void *context) {
    stop_at *stop = context;
    return ++stop->done == stop->step;
}

static bool stop_after_first_val(void *context) {
    return ((const bc_history *)context)->count == 1;
}

/* An interrupt that comes while val is scored must not cost another step and another scoring of val. */
static void an_interrupt_between_epochs_starts_no_new_one(void **state) {
    (void)state;
    toy t;
    bc_history history;
    size_t count;
    make_toy(&t);
    bc_train_options options = toy_options();
    options.is_stopped = stop_after_first_val;
    options.context = &history;
    float *values = train_toy(&t, &options, 2, &history, &count, NULL);
    assert_true(history.interrupted);
    assert_int_equal(history.count, 1);
    free(values);
    bc_history_free(&history);
    options.epochs = 1; /* one that comes while the last val is scored interrupts nothing */
    free(train_toy(&t, &options, 2, &history, &count, NULL));
    assert_false(history.interrupted);
    bc_history_free(&history);
    free_toy(&t);
}

/* What ended at some step by the clock can be repeated by the count of its steps. */
static void a_training_that_was_stopped_is_repeated_by_its_steps(void **state) {
    (void)state;
    /* It is asked after each step, 4 an epoch, and between epochs. */
    static const struct {
        int asked;
        size_t steps, epochs, whole;
    } stops[] = {{3, 3, 1, 0}, {4, 4, 1, 1}, {5, 4, 1, 1}, {7, 6, 2, 1}};
    toy t;
    bc_history history;
    size_t count, again;
    make_toy(&t);
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        stop_at stop = {.step = stops[i].asked};
        bc_train_options options = toy_options();
        options.batch_size = 30;
        options.is_stopped = stop_at_step;
        options.context = &stop;
        float *values = train_toy(&t, &options, 2, &history, &count, NULL);
        assert_int_equal(history.steps, stops[i].steps);
        assert_int_equal(history.count, stops[i].epochs);
        assert_int_equal(history.whole, stops[i].whole);
        bc_history_free(&history);
        options.is_stopped = NULL;
        options.stop_after = stops[i].steps;
        float *repeated = train_toy(&t, &options, 1, &history, &again, NULL);
        assert_true(history.interrupted && count == again);
        assert_memory_equal(values, repeated, count * sizeof *values);
        bc_history_free(&history);
        free(values);
        free(repeated);
    }
    free_toy(&t);
}

typedef struct beginning {
    bool was_saved, found;
    int begun, steps;
} beginning;

static bc_status look_at_beginning(void *context, bool is_saved, bc_error *err) {
    beginning *b = context;
    (void)err;
    b->begun++;
    b->was_saved = is_saved;
    b->found = access("checkpoint", F_OK) == 0 && b->steps == 0;
    return BC_OK;
}

static void count_step(void *context, size_t epoch, size_t step, size_t steps, double loss) {
    beginning *b = context;
    (void)epoch, (void)step, (void)steps, (void)loss;
    b->steps++;
}

/* Killed in its first epoch, it goes on as if nothing had happened. */
static void a_training_can_be_resumed_from_before_its_first_step(void **state) {
    (void)state;
    toy t;
    bc_history history;
    size_t count;
    beginning b = {0};
    make_toy(&t);
    bc_train_options options = toy_options();
    float *whole = train_toy(&t, &options, 2, &history, &count, NULL);
    bc_history_free(&history);
    options.checkpoint = "checkpoint";
    options.identity = "{}";
    options.on_begin = look_at_beginning;
    options.on_step = count_step;
    options.context = &b;
    options.stop_after = 1;
    free(train_toy(&t, &options, 2, &history, &count, NULL));
    bc_history_free(&history);
    assert_true(b.begun == 1 && b.was_saved && b.found && b.steps == 1);
    options.stop_after = 0;
    options.resume = true;
    float *resumed = train_toy(&t, &options, 1, &history, &count, NULL);
    assert_int_equal(b.begun, 1);
    assert_memory_equal(whole, resumed, count * sizeof *whole);
    bc_history_free(&history);
    options.resume = false;
    options.checkpoint = "nowhere/checkpoint"; /* this ends no training */
    options.stop_after = 1;
    free(train_toy(&t, &options, 2, &history, &count, NULL));
    assert_true(b.begun == 2 && !b.was_saved && history.unsaved.status == BC_ERROR_IO);
    bc_history_free(&history);
    free(whole);
    free(resumed);
    free_toy(&t);
}

/* Two of 128 x 128 pixels are 2^15; a batch of all 60 would take much memory in a larger network. */
static void large_pictures_are_scored_in_small_batches(void **state) {
    (void)state;
    bc_error err = {0};
    toy t;
    bc_pool *pool;
    bc_network network;
    bc_evaluation evaluation;
    bc_spec spec;
    static const char json[] =
        "{\"layers\":[{\"type\":\"global_average_pool\"},{\"type\":\"dense\",\"units\":1}]}";
    make_toy(&t);
    t.preprocess.width = t.preprocess.height = 128;
    assert_int_equal(bc_pool_create(&pool, 1, &err), BC_OK);
    assert_int_equal(bc_spec_parse(&spec, json, strlen(json), "test", (bc_shape){1, 128, 128}, &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    assert_int_equal(bc_evaluation_create(&evaluation, &network, &t.dataset, &t.cache, &t.preprocess,
                                          BC_SPLIT_VAL, pool, &err),
                     BC_OK);
    assert_int_equal(evaluation.batches.largest, 2);
    bc_evaluation_free(&evaluation);
    bc_network_free(&network);
    bc_pool_free(pool);
    free_toy(&t);
}

static void assert_run_refused(const char *folder, bool force, bc_status expected, const char *message) {
    bc_error err = {0};
    assert_int_equal(bc_run_check(folder, force, &err), expected);
    assert_string_equal(err.message, message);
}

static void a_run_goes_only_where_it_can_be_written(void **state) {
    (void)state;
    bc_error err = {0};
    char *checkpoint;
    put("file", "a file");
    put("old/model.safetensors", "a model");
    make_folders("empty/");
    assert_run_refused("", false, BC_ERROR_USAGE, "the run's folder has no name");
    assert_run_refused("file", false, BC_ERROR_USAGE, "file is a file; the run needs a folder");
    assert_run_refused("file/run", false, BC_ERROR_IO, "file/run: Not a directory");
    assert_run_refused("old", false, BC_ERROR_USAGE,
                       "old already holds a run; take another folder, or --force to replace it");
    assert_int_equal(bc_run_check("old", true, &err), BC_OK);
    assert_int_equal(bc_run_check("empty", false, &err), BC_OK);
    assert_int_equal(bc_run_check("new/below//it/", false, &err), BC_OK);
    assert_int_equal(access("new", F_OK), -1); /* nothing was made */
    assert_int_equal(chmod("empty", 0555), 0);
    bool was_root = give_up_root();
    assert_run_refused("empty", false, BC_ERROR_IO, "empty: cannot write: Permission denied");
    assert_run_refused("empty/a/b", false, BC_ERROR_IO, "empty: cannot write: Permission denied");
    take_root_back(was_root);
    assert_int_equal(bc_run_prepare("new/below//it/", false, false, &err), BC_OK);
    assert_int_equal(bc_run_checkpoint(&checkpoint, "new/below//it/", 0, &err), BC_OK);
    assert_string_equal(checkpoint, "new/below//it/checkpoint.safetensors");
    free(checkpoint);
    assert_int_equal(access("new/below/it", F_OK), 0);
}

/* A kill at any moment must leave something that tells of the one run or of the other. */
static void a_run_that_is_replaced_stays_until_the_new_one_has_begun(void **state) {
    (void)state;
    bc_error err = {0};
    bc_run_state found;
    put("run/model.safetensors", "a model");
    put("run/checkpoint.safetensors", "a checkpoint");
    assert_int_equal(bc_run_prepare("run", false, true, &err), BC_OK);
    assert_int_equal(bc_run_look(&found, "run", &err), BC_OK);
    assert_int_equal(found, BC_RUN_UNFINISHED);
    put("run/checkpoint-fold1.safetensors", "the first one of the new run");
    put("run/checkpoint-fold3.safetensors", "an old one");
    assert_int_equal(bc_run_begin("run", 1, true, &err), BC_OK);
    assert_int_equal(access("run/checkpoint-fold1.safetensors", F_OK), 0);
    assert_int_equal(access("run/checkpoint-fold3.safetensors", F_OK), -1);
    assert_int_equal(access("run/checkpoint.safetensors", F_OK), -1);
    assert_int_equal(bc_run_begin("run", 1, false, &err), BC_OK); /* what lies there is not the new one's */
    assert_int_equal(access("run/checkpoint-fold1.safetensors", F_OK), -1);
}

static void patience_ends_a_training_that_gets_no_better(void **state) {
    (void)state;
    toy t;
    bc_history history;
    size_t count;
    make_toy(&t);
    for (size_t i = 0; i < PICTURES;
         i++) { /* labels on val turned round: the better it learns, the worse it gets */
        if (t.dataset.samples[i].split == BC_SPLIT_VAL)
            t.dataset.samples[i].label ^= 1;
    }
    bc_train_options options = toy_options();
    options.epochs = 40;
    options.patience = 2;
    float *values = train_toy(&t, &options, 2, &history, &count, NULL);
    assert_true(history.ran_out && history.count < options.epochs);
    assert_int_equal(history.count, history.best + options.patience);
    free(values);
    bc_history_free(&history);
    free_toy(&t);
}

static void a_loss_that_is_no_number_is_an_error(void **state) {
    (void)state;
    bc_error err = {0};
    toy t;
    bc_history history;
    bc_pool *pool;
    bc_network network;
    make_toy(&t);
    t.preprocess.mean[0] = NAN;
    bc_train_options options = toy_options();
    bc_spec spec;
    assert_int_equal(bc_pool_create(&pool, 1, &err), BC_OK);
    assert_int_equal(bc_spec_preset(&spec, "mlp", (bc_shape){1, SIDE, SIDE}, &err), BC_OK);
    assert_int_equal(bc_network_create(&network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
    bc_network_initialise(&network, 1);
    assert_int_equal(bc_train(&network, &history, &t.dataset, &t.cache, &t.preprocess, &options, pool, &err),
                     BC_ERROR_FORMAT);
    assert_string_equal(
        err.message,
        "the loss or a weight is no longer a finite number (epoch 1); try a smaller --lr than 0.003");
    bc_network_free(&network);
    bc_history_free(&history);
    bc_pool_free(pool);
    free_toy(&t);
}

/* The pictures become NaN after the second epoch. */
static void spoil_after_second(void *context, const bc_epoch *epoch) {
    toy *t = context;
    if (epoch->number == 2)
        t->preprocess.mean[0] = NAN;
}

static void what_was_good_is_kept_when_the_loss_diverges_later(void **state) {
    (void)state;
    toy t;
    bc_history history;
    size_t count;
    make_toy(&t);
    bc_train_options options = toy_options();
    options.on_epoch = spoil_after_second;
    options.context = &t;
    float *values = train_toy(&t, &options, 2, &history, &count, NULL);
    assert_true(history.diverged && history.count == 2 && history.best >= 1);
    for (size_t i = 0; i < count; i++)
        assert_true(isfinite(values[i]));
    free(values);
    bc_history_free(&history);
    free_toy(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_cycle_rises_for_a_quarter_and_falls_to_almost_nothing),
        cmocka_unit_test(optimisers_follow_their_formulas_and_spare_biases_from_decay),
        cmocka_unit_test(muon_takes_the_orthogonal_part_of_the_momentum_of_kernels),
        cmocka_unit_test(muon_gives_the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(every_training_picture_comes_once_an_epoch_in_a_new_order),
        cmocka_unit_test(balanced_an_epoch_has_as_many_of_each_class),
        cmocka_unit_test(a_network_learns_what_can_be_learned),
        cmocka_unit_test(a_softmax_trains_as_a_sigmoid_to_the_bit),
        cmocka_unit_test(scores_stay_probabilities_whatever_the_loss_and_the_sampling),
        cmocka_unit_test(weights_count_relative_to_each_other),
        cmocka_unit_test(the_weights_in_an_epoch_are_1_in_the_mean),
        cmocka_unit_test(many_pictures_get_a_larger_network_and_less_change_of_light),
        cmocka_unit_test(training_mirrors_where_it_may_and_changes_anything),
        cmocka_unit_test(strong_augmentation_changes_light_as_it_is_told_to),
        cmocka_unit_test(corrections_of_the_weight_and_of_the_sampling_add),
        cmocka_unit_test(one_to_four_threads_train_the_same_bits),
        cmocka_unit_test(norms_know_the_pictures_as_they_are),
        cmocka_unit_test(pictures_are_moved_less_the_more_their_places_mean),
        cmocka_unit_test(mixup_learns_the_mixture_of_two_losses),
        cmocka_unit_test(mixup_and_cutout_change_what_is_learned_but_not_with_the_threads),
        cmocka_unit_test(an_interrupted_training_keeps_what_it_has),
        cmocka_unit_test(an_interrupt_between_epochs_starts_no_new_one),
        cmocka_unit_test(large_pictures_are_scored_in_small_batches),
        cmocka_unit_test(a_training_that_was_stopped_is_repeated_by_its_steps),
        in_tree(a_training_can_be_resumed_from_before_its_first_step),
        in_tree(a_run_goes_only_where_it_can_be_written),
        in_tree(a_run_that_is_replaced_stays_until_the_new_one_has_begun),
        cmocka_unit_test(patience_ends_a_training_that_gets_no_better),
        cmocka_unit_test(a_loss_that_is_no_number_is_an_error),
        cmocka_unit_test(what_was_good_is_kept_when_the_loss_diverges_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
