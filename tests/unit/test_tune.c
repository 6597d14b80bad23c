/* The search for settings: what it tries, what it takes, and the time it keeps to. The clock is one that only
 * steps of training move on. */
#include "cmocka_includes.h"

#include "base/random.h"
#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 4,
    PICTURES = 48,
    TRAINED = 24,
    BATCH = 8,
    EPOCH_CHECKS = TRAINED / BATCH + 1,
    MOST_TRIALS = 64
};

/* Half of the pictures in val; positives are brighter. */
typedef struct scene {
    bc_dataset dataset;
    bc_cache cache;
    bc_preprocess preprocess;
    bc_network network;
    bc_pool *pool;
    double seconds;      /* on the clock */
    double step_seconds; /* a check whether to stop takes so long: one comes after each step and each epoch */
    double halt_at;      /* from this time on each takes 1000 s */
    size_t stop_after, checks;
    bc_trial seen[MOST_TRIALS];
    double seen_at[MOST_TRIALS];
    size_t seen_count, total;
} scene;

static void set_up(scene *s) {
    static const char json[] = "{\"layers\":[{\"type\":\"flatten\"},{\"type\":\"dense\",\"units\":1}]}";
    bc_error err = {0};
    bc_spec spec;
    bc_random random = bc_random_keyed(3, BC_RANDOM_RESAMPLE, 0, 0);
    *s = (scene){.preprocess = {.width = SIDE, .height = SIDE, .channels = 1},
                 .step_seconds = 1,
                 .halt_at = INFINITY,
                 .stop_after = SIZE_MAX};
    s->dataset.count = s->cache.count = PICTURES;
    s->dataset.samples = calloc(PICTURES, sizeof *s->dataset.samples);
    s->cache.picture_bytes = SIDE * SIDE;
    s->cache.pixels = malloc(PICTURES * SIDE * SIDE);
    for (size_t i = 0; i < PICTURES; i++) {
        s->dataset.samples[i] = (bc_sample){.path = calloc(1, 1),
                                            .weight = 1,
                                            .label = i % 2,
                                            .split = i < TRAINED ? BC_SPLIT_TRAIN : BC_SPLIT_VAL};
        for (size_t k = 0; k < SIDE * SIDE; k++)
            s->cache.pixels[i * SIDE * SIDE + k] =
                (uint8_t)(bc_random_below(&random, 200) + (i % 2 ? 40 : 0));
    }
    assert_int_equal(bc_cache_measure(&s->preprocess, &s->cache, &s->dataset, NULL, NULL), BC_OK);
    assert_int_equal(bc_pool_create(&s->pool, 1, &err), BC_OK);
    assert_int_equal(bc_spec_parse(&spec, json, strlen(json), "toy", (bc_shape){1, SIDE, SIDE}, &err), BC_OK);
    assert_int_equal(bc_network_create(&s->network, &spec, BC_PARAMETER_LIMIT, &err), BC_OK);
}

static void tear_down(scene *s) {
    for (size_t i = 0; i < PICTURES; i++)
        free(s->dataset.samples[i].path);
    free(s->dataset.samples);
    free(s->cache.pixels);
    bc_network_free(&s->network);
    bc_pool_free(s->pool);
}

static double read_clock(void *context) {
    return ((const scene *)context)->seconds;
}

static bool take_time(void *context) {
    scene *s = context;
    s->seconds += s->seconds >= s->halt_at ? 1000 : s->step_seconds;
    return ++s->checks > s->stop_after;
}

static void remember(void *context, const bc_trial *trial, size_t done, size_t total) {
    scene *s = context;
    assert_true(s->seen_count < MOST_TRIALS && done <= total);
    s->seen_at[s->seen_count] = s->seconds;
    s->seen[s->seen_count++] = *trial;
    s->total = total;
}

static bc_train_options usual_options(scene *s) {
    return (bc_train_options){.epochs = 27,
                              .batch_size = BATCH,
                              .learning_rate = 0.01,
                              .weight_decay = 0.05,
                              .pos_weight = 1,
                              .augmentation = BC_AUGMENT_STRONG,
                              .hflip = true,
                              .favour = {BC_FAVOUR_LOSS, BC_FAVOURED_RECALL},
                              .seed = 9,
                              .is_stopped = take_time,
                              .context = s};
}

/* Searches with so much time, which is what the training after it has too. */
static void search(scene *s, bc_train_options *options, bc_tuning *tuning, double time) {
    bc_error err = {0};
    const bc_tune_options tune = {.deadline = time, .clock = read_clock, .on_trial = remember, .context = s};
    if (bc_tune(options, tuning, &s->network, &s->dataset, &s->cache, &s->preprocess, &tune, s->pool, &err) !=
        BC_OK)
        fail_msg("%s", err.message);
    assert_int_equal(tuning->count, s->seen_count);
}

static bool same_settings(const bc_trial *a, const bc_trial *b) {
    return a->learning_rate == b->learning_rate && a->weight_decay == b->weight_decay &&
           a->augmentation == b->augmentation;
}

static void assert_distinct(const bc_trial *trials, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            assert_false(same_settings(&trials[i], &trials[k]) && trials[i].epochs == trials[k].epochs);
        assert_true(trials[i].learning_rate >= BC_LEARNING_RATE_LEAST &&
                    trials[i].learning_rate <= BC_LEARNING_RATE_MOST);
        assert_true(trials[i].weight_decay >= 0 && trials[i].weight_decay <= BC_WEIGHT_DECAY_MOST);
    }
}

static void assert_found(const bc_train_options *options, const bc_trial *trial) {
    assert_true(options->learning_rate == trial->learning_rate);
    assert_true(options->weight_decay == trial->weight_decay);
    assert_int_equal(options->augmentation, trial->augmentation);
}

static void with_time_all_are_tried_the_best_third_longer_and_the_best_is_taken(void **state) {
    (void)state;
    scene s;
    bc_tuning tuning;
    set_up(&s);
    bc_train_options options = usual_options(&s);
    search(&s, &options, &tuning, 10000);
    assert_int_equal(s.seen_count, 18 + 6); /* 3 rates, 3 decays, 2 augmentations; the best third of them */
    assert_distinct(s.seen, s.seen_count);
    assert_true(s.seen[0].learning_rate == 0.01 && s.seen[0].weight_decay == 0.05); /* as asked for */
    assert_int_equal(s.seen[0].augmentation, BC_AUGMENT_STRONG);
    size_t best = 18;
    for (size_t i = 0; i < s.seen_count; i++) {
        assert_int_equal(s.seen[i].epochs, i < 18 ? 3 : 9); /* a ninth and a third of 27 */
        size_t better = 0;
        for (size_t k = 0; k < 18; k++)
            better += s.seen[k].result.val_worth > s.seen[i].result.val_worth;
        for (size_t k = 18; i < 18 && k < s.seen_count; k++) {
            if (same_settings(&s.seen[i], &s.seen[k]))
                assert_true(better < 6);
        }
        if (i >= 18 && s.seen[i].result.val_worth > s.seen[best].result.val_worth)
            best = i;
    }
    assert_found(&options, &s.seen[best]);
    assert_int_equal(options.epochs, 27);
    bc_tuning_free(&tuning);
    tear_down(&s);
}

/* An epoch takes EPOCH_CHECKS seconds; half of the time is the training's, and the rounds share the rest. */
static void with_less_time_trials_are_shortened_so_that_a_rounds_all_fit(void **state) {
    (void)state;
    enum { TIME = 200 * EPOCH_CHECKS };
    scene s;
    bc_tuning tuning;
    size_t first = 0;
    set_up(&s);
    bc_train_options options = usual_options(&s);
    options.epochs = 900;
    search(&s, &options, &tuning, TIME);
    while (first < s.seen_count && s.seen[first].epochs == s.seen[0].epochs)
        first++;
    assert_int_equal(first, 18);
    assert_in_range(s.seen[0].epochs, 1, 3); /* 18 trials in 50 epochs' time, not of 900 / 9 epochs */
    assert_int_equal(s.seen_count, 18 + 6);
    assert_in_range(s.seen[18].epochs, 5, 9);
    assert_true(s.seen_at[17] <= TIME * 0.3); /* a twentieth of it may go into measuring */
    assert_true(s.seconds <= TIME * 0.53);
    assert_in_range(options.epochs, 70, 100);
    bc_tuning_free(&tuning);
    tear_down(&s);
}

static void with_time_for_few_trials_not_all_are_tried(void **state) {
    (void)state;
    enum { TIME = 24 * EPOCH_CHECKS };
    scene s;
    bc_tuning tuning;
    set_up(&s);
    bc_train_options options = usual_options(&s);
    search(&s, &options, &tuning, TIME);
    assert_in_range(s.seen_count, 4, 9); /* of 18 + 6 */
    assert_int_equal(s.seen[0].epochs, 1);
    assert_true(s.seconds <= TIME * 0.6);
    assert_in_range(options.epochs, 5, 14);
    bc_tuning_free(&tuning);
    tear_down(&s);
}

static void without_time_for_a_trial_what_was_asked_for_stays(void **state) {
    (void)state;
    enum { TIME = 4 * EPOCH_CHECKS };
    scene s;
    bc_tuning tuning;
    set_up(&s);
    bc_train_options options = usual_options(&s);
    search(&s, &options, &tuning, TIME);
    assert_int_equal(s.seen_count, 0);
    assert_true(options.learning_rate == 0.01 && options.weight_decay == 0.05);
    assert_int_equal(options.augmentation, BC_AUGMENT_STRONG);
    assert_in_range(options.epochs, 1, 4);
    assert_true(s.seconds < TIME / 2); /* the measuring stops early, too */
    bc_tuning_free(&tuning);
    tear_down(&s);
}

/* A machine that gets slow in the first trial of the first round. */
static void a_trial_ends_with_its_round(void **state) {
    (void)state;
    enum { TIME = 5000 };
    scene s;
    bc_tuning tuning;
    set_up(&s);
    bc_train_options options = usual_options(&s);
    s.halt_at = EPOCH_CHECKS + 5;
    search(&s, &options, &tuning, TIME);
    assert_int_equal(s.seen_count, 0);
    assert_true(s.seconds <
                TIME * 0.9); /* the first round's share is not even half of it; a step is a fifth */
    assert_true(options.learning_rate == 0.01);
    assert_int_equal(options.epochs, 1);
    bc_tuning_free(&tuning);
    tear_down(&s);
}

static void candidates_keep_to_the_limits_and_none_is_tried_twice(void **state) {
    (void)state;
    static const struct {
        double rate, decay;
        size_t
            trials; /* of rates, decays, augmentations that differ, and again the best third if it is many */
    } cases[] = {{100, 10, 2 * 2 * 2 + 2}, {1e-9, 0, 2 * 1 * 2}, {0.01, 0, 3 * 1 * 2 + 2}, {50, 5, 18 + 6}};
    for (size_t i = 0; i < 4; i++) {
        scene s;
        bc_tuning tuning;
        set_up(&s);
        bc_train_options options = usual_options(&s);
        options.learning_rate = cases[i].rate;
        options.weight_decay = cases[i].decay;
        search(&s, &options, &tuning, 10000);
        assert_int_equal(s.seen_count, cases[i].trials);
        assert_distinct(s.seen, s.seen_count);
        bc_tuning_free(&tuning);
        tear_down(&s);
    }
}

static void the_caller_can_stop_it_at_any_step(void **state) {
    (void)state;
    for (size_t checks = 1; checks < 60; checks += 7) {
        scene s;
        bc_tuning tuning;
        set_up(&s);
        bc_train_options options = usual_options(&s);
        s.stop_after = checks;
        search(&s, &options, &tuning, 10000);
        assert_true(s.checks <= checks + 5);
        bc_tuning_free(&tuning);
        tear_down(&s);
    }
}

/* What a training with these options comes to, mirror images being scored or not. */
static double loss_of(scene *s, const bc_train_options *options, bool mirror) {
    bc_preprocess preprocess = s->preprocess;
    bc_history history;
    bc_error err = {0};
    preprocess.mirror = mirror;
    bc_network_initialise(&s->network, options->seed);
    assert_int_equal(
        bc_train(&s->network, &history, &s->dataset, &s->cache, &preprocess, options, s->pool, &err), BC_OK);
    const double loss = history.epochs[history.best - 1].val_loss;
    bc_history_free(&history);
    return loss;
}

static void trials_score_mirror_images_if_that_is_wanted_and_they_mirror(void **state) {
    (void)state;
    static const struct { bool tta, hflip; } cases[] = {{true, true}, {true, false}, {false, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene s;
        bc_tuning tuning;
        bc_error err = {0};
        set_up(&s);
        bc_train_options options = usual_options(&s), first = options;
        options.hflip = first.hflip = cases[i].hflip;
        const bc_tune_options tune = {
            .deadline = 10000, .tta = cases[i].tta, .clock = read_clock, .context = &s};
        assert_int_equal(
            bc_tune(&options, &tuning, &s.network, &s.dataset, &s.cache, &s.preprocess, &tune, s.pool, &err),
            BC_OK);
        first.epochs = tuning.trials[0].epochs;
        const double plain = loss_of(&s, &first, false), mirrored = loss_of(&s, &first, true);
        assert_true(plain != mirrored);
        assert_true(tuning.trials[0].result.val_loss == (cases[i].tta && cases[i].hflip ? mirrored : plain));
        bc_tuning_free(&tuning);
        tear_down(&s);
    }
}

static void without_both_classes_in_val_there_is_nothing_to_tell_by(void **state) {
    const bc_tune_options tune = {.deadline = 100, .clock = read_clock};
    (void)state;
    for (int label = 0; label < 2; label++) {
        scene s;
        bc_tuning tuning;
        bc_error err = {0};
        set_up(&s);
        bc_train_options options = usual_options(&s);
        for (size_t i = 0; i < PICTURES; i++)
            s.dataset.samples[i].label = s.dataset.samples[i].split == BC_SPLIT_VAL ? (uint8_t)label : i % 2;
        assert_int_equal(
            bc_tune(&options, &tuning, &s.network, &s.dataset, &s.cache, &s.preprocess, &tune, s.pool, &err),
            BC_ERROR_USAGE);
        bc_tuning_free(&tuning);
        tear_down(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_time_all_are_tried_the_best_third_longer_and_the_best_is_taken),
        cmocka_unit_test(with_less_time_trials_are_shortened_so_that_a_rounds_all_fit),
        cmocka_unit_test(with_time_for_few_trials_not_all_are_tried),
        cmocka_unit_test(without_time_for_a_trial_what_was_asked_for_stays),
        cmocka_unit_test(a_trial_ends_with_its_round),
        cmocka_unit_test(candidates_keep_to_the_limits_and_none_is_tried_twice),
        cmocka_unit_test(the_caller_can_stop_it_at_any_step),
        cmocka_unit_test(trials_score_mirror_images_if_that_is_wanted_and_they_mirror),
        cmocka_unit_test(without_both_classes_in_val_there_is_nothing_to_tell_by),
    };
    return cmocka_run_group_tests_name("tune", tests, NULL, NULL);
}
