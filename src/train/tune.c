/* Successive halving (Jamieson and Talwalkar 2016): many settings get a few epochs, the best of them more,
 * and the best one is left for the whole training. Each trial has the whole one-cycle schedule over its
 * epochs. */
#include "train.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATES = 3,
    DECAYS = 3,
    AUGMENTATIONS = 2,
    CANDIDATES = RATES * DECAYS * AUGMENTATIONS,
    CUT = 3,
    ROUNDS = 2
};

static const double planned_share = 0.9;    /* share of a time that is planned with */
static const double measuring_share = 0.05; /* of all the time, to find out how long an epoch takes */

typedef struct search {
    bc_network *network;
    const bc_dataset *dataset;
    const bc_cache *cache;
    const bc_preprocess *preprocess;
    const bc_train_options *base;
    const bc_tune_options *tune;
    bc_tuning *tuning;
    bc_pool *pool;
    bc_trial candidates[CANDIDATES];
    size_t count;         /* candidates that are left, best first once any was tried */
    double start;         /* of the rounds, by the clock */
    double end;           /* of the present round: what is trained then is stopped */
    double epoch_seconds; /* the longest so far */
    double epochs_done;   /* of the present training */
    double last_step;     /* when it was */
    size_t epochs;        /* of each trial of the last round; 0: there was none */
    bool cut;             /* the last training did not get to its end */
} search;

static double now(const search *s) {
    return s->tune->clock != NULL ? s->tune->clock(s->tune->context) : bc_clock_seconds();
}

static size_t at_least_one(size_t value) {
    return value > 0 ? value : 1;
}

/* How many things that take so long each fit into the time, at most `most`. */
static size_t fitting(double seconds, double each, size_t most) {
    const double fit = seconds / each;
    return !(fit < (double)most) ? most : fit > 0 ? (size_t)fit : 0;
}

/* ---- candidates ---- */

static double within(double value, double least, double most) {
    return fmin(most, fmax(least, value));
}

static bool is_there(const search *s, const bc_trial *candidate) {
    for (size_t i = 0; i < s->count; i++) {
        const bc_trial *other = &s->candidates[i];
        if (other->learning_rate == candidate->learning_rate &&
            other->weight_decay == candidate->weight_decay && other->augmentation == candidate->augmentation)
            return true;
    }
    return false;
}

/* What was asked for, or the default, comes first, so that it is tried whatever the time; the others in an
 * order that the seed gives. At the limits of the options, and of no weight decay, several are one. */
static void make_candidates(search *s) {
    static const double factors[] = {1, 1.0 / 3, 3};
    uint32_t order[CANDIDATES];
    for (uint32_t i = 0; i < CANDIDATES; i++)
        order[i] = i;
    bc_random random = bc_random_keyed(s->base->seed, BC_RANDOM_TRIALS, 0, 0);
    bc_random_shuffle(&random, order + 1, CANDIDATES - 1);
    const bc_augmentation asked = s->base->augmentation;
    const bc_augmentation other = asked == BC_AUGMENT_STRONG ? BC_AUGMENT_LIGHT : BC_AUGMENT_STRONG;
    for (size_t i = 0; i < CANDIDATES; i++) {
        const bc_trial candidate = {
            .learning_rate = within(s->base->learning_rate * factors[order[i] % RATES],
                                    BC_LEARNING_RATE_LEAST, BC_LEARNING_RATE_MOST),
            .weight_decay =
                within(s->base->weight_decay * factors[order[i] / RATES % DECAYS], 0, BC_WEIGHT_DECAY_MOST),
            .augmentation = order[i] / (RATES * DECAYS) == 0 ? asked : other,
        };
        if (!is_there(s, &candidate))
            s->candidates[s->count++] = candidate;
    }
}

static int by_result(const void *a, const void *b) {
    const bc_trial *first = a, *second = b;
    if (first->result.val_worth != second->result.val_worth)
        return first->result.val_worth > second->result.val_worth ? -1 : 1;
    return (first->number > second->number) - (first->number < second->number);
}

/* ---- one training ---- */

static bool is_stopped_by_caller(const search *s) {
    return s->base->is_stopped != NULL && s->base->is_stopped(s->base->context);
}

static bool is_stopped(void *context) {
    const search *s = context;
    return is_stopped_by_caller(s) || now(s) >= s->end;
}

static void note_step(void *context, size_t epoch, size_t step, size_t steps, double loss) {
    search *s = context;
    if (s->base->on_step != NULL)
        s->base->on_step(s->base->context, epoch, step, steps, loss);
    s->epochs_done = (double)(epoch - 1) + (double)step / (double)steps;
    s->last_step = now(s);
}

/* Of a training that has just ended. Val is scored whole even after part of an epoch. */
static double seconds_an_epoch(const search *s, double start) {
    if (s->epochs_done >= 1)
        return (now(s) - start) / s->epochs_done;
    return (s->last_step - start) / s->epochs_done + now(s) - s->last_step;
}

/* *result: of the best epoch; one that diverges is worth nothing. */
static bc_status train(bc_epoch *result, search *s, const bc_trial *trial, bc_error *err) {
    bc_train_options options = *s->base;
    bc_history history;
    bc_error diverged = {0};
    const double start = now(s);
    options.learning_rate = trial->learning_rate;
    options.weight_decay = trial->weight_decay;
    options.augmentation = trial->augmentation;
    options.epochs = trial->epochs;
    options.patience = 0;
    options.checkpoint = NULL;
    options.on_step = note_step;
    options.on_epoch = NULL;
    options.is_stopped = is_stopped;
    options.context = s;
    s->epochs_done = 0;
    bc_preprocess preprocess = *s->preprocess;
    preprocess.mirror = s->tune->tta && bc_train_mirrors(&options);
    bc_network_initialise(s->network, s->base->seed);
    bc_status status =
        bc_train(s->network, &history, s->dataset, s->cache, &preprocess, &options, s->pool, &diverged);
    if (s->epochs_done > 0)
        s->epoch_seconds = fmax(s->epoch_seconds, seconds_an_epoch(s, start));
    s->cut = history.interrupted;
    *result = (bc_epoch){.val_loss = NAN, .val_auroc = NAN, .val_worth = -INFINITY};
    if (status == BC_OK && history.best > 0)
        *result = history.epochs[history.best - 1];
    bc_history_free(&history);
    if (status != BC_OK && status != BC_ERROR_FORMAT)
        return bc_fail(err, status, "%s", diverged.message);
    return BC_OK;
}

/* Of an epoch that takes long only a part. */
static bc_status measure_epoch(search *s, bc_error *err) {
    bc_trial first = s->candidates[0];
    bc_epoch unheeded;
    first.epochs = 1;
    s->end = now(s) + (s->tune->deadline - now(s)) * measuring_share;
    return train(&unheeded, s, &first, err);
}

static bc_status keep_trial(bc_tuning *tuning, const bc_trial *trial, bc_error *err) {
    void *block = tuning->trials;
    bc_status status = bc_grow(&block, &tuning->capacity, tuning->count + 1, sizeof *tuning->trials, err);
    tuning->trials = block;
    if (status == BC_OK)
        tuning->trials[tuning->count++] = *trial;
    return status;
}

/* ---- rounds ---- */

/* When the search must end: so that the whole training fits behind it, but not before half of the time. */
static double search_end(const search *s) {
    const double half = s->start + (s->tune->deadline - s->start) / 2;
    return fmax(half, s->tune->deadline - s->epoch_seconds * (double)s->base->epochs / planned_share);
}

/* When this round must end: the rounds take about the same time. */
static double round_end(const search *s, size_t round) {
    return s->start + (search_end(s) - s->start) * (double)(round + 1) / ROUNDS;
}

/* Runs so many trials, or as many as the time turns out to be enough for; those are the candidates that are
 * left then, best first, or none where not one got to its end. */
static bc_status run_trials(search *s, size_t trials, bc_error *err) {
    size_t done = 0;
    while (done < trials && fitting(s->end - now(s), s->epoch_seconds * (double)s->epochs, 1) == 1) {
        bc_trial *trial = &s->candidates[done];
        trial->epochs = s->epochs;
        trial->number = s->tuning->count + 1;
        bc_status status = train(&trial->result, s, trial, err);
        if (status == BC_OK && !s->cut)
            status = keep_trial(s->tuning, trial, err);
        if (status != BC_OK)
            return status;
        if (s->cut)
            break;
        done++;
        if (s->tune->on_trial != NULL)
            s->tune->on_trial(s->tune->context, trial, done, trials);
    }
    qsort(s->candidates, done, sizeof s->candidates[0], by_result);
    s->count = at_least_one(done / CUT);
    return BC_OK;
}

/* Each trial gets its share of the epochs of the whole training, or as many as there is time for if all get
 * them. A round in which there is nothing to choose, or nothing more to learn than before, is left out. */
static bc_status run_round(search *s, size_t round, size_t share, bc_error *err) {
    s->end = round_end(s, round);
    const double left = (s->end - now(s)) * planned_share;
    const size_t trials = fitting(left, s->epoch_seconds, s->count);
    if (trials < 2)
        return BC_OK;
    const size_t epochs =
        fitting(left / (double)trials, s->epoch_seconds, at_least_one(s->base->epochs / share));
    if (epochs <= s->epochs)
        return BC_OK;
    s->epochs = epochs;
    return run_trials(s, trials, err);
}

static bc_status run_rounds(search *s, bc_error *err) {
    bc_status status = measure_epoch(s, err);
    s->start = now(s);
    for (size_t round = 0, share = CUT * CUT; round < ROUNDS && status == BC_OK && !is_stopped_by_caller(s);
         round++, share /= CUT)
        status = run_round(s, round, share, err);
    return status;
}

/* Epochs of the whole training that the time that is left is enough for, with something to spare. */
static size_t epochs_left(const search *s, size_t epochs) {
    const double left = (s->tune->deadline - now(s)) * planned_share;
    return at_least_one(fitting(left, s->epoch_seconds, epochs));
}

bc_status bc_tune(bc_train_options *options, bc_tuning *tuning, bc_network *network,
                  const bc_dataset *dataset, const bc_cache *cache, const bc_preprocess *preprocess,
                  const bc_tune_options *tune, bc_pool *pool, bc_error *err) {
    const bc_train_options base = *options;
    search s = {.network = network,
                .dataset = dataset,
                .cache = cache,
                .preprocess = preprocess,
                .base = &base,
                .tune = tune,
                .tuning = tuning,
                .pool = pool};
    *tuning = (bc_tuning){0};
    if (bc_dataset_count(dataset, BC_SPLIT_VAL, 0) == 0 || bc_dataset_count(dataset, BC_SPLIT_VAL, 1) == 0)
        return bc_fail(err, BC_ERROR_USAGE, "to tune takes pictures of both classes in val");
    make_candidates(&s);
    bc_status status = run_rounds(&s, err);
    bc_network_initialise(network, base.seed);
    if (status != BC_OK)
        return status;
    options->learning_rate = s.candidates[0].learning_rate;
    options->weight_decay = s.candidates[0].weight_decay;
    options->augmentation = s.candidates[0].augmentation;
    options->epochs = epochs_left(&s, base.epochs);
    return BC_OK;
}

void bc_tuning_free(bc_tuning *tuning) {
    free(tuning->trials);
    *tuning = (bc_tuning){0};
}
