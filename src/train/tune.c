/* Successive halving (Jamieson and Talwalkar 2016): many settings get a few epochs, the best of them more,
 * and the best one is left for the whole training. Each trial has the whole one-cycle schedule over its
 * epochs. */
#include "train.h"

#include "judge.h"

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

static const double planned_share = 0.9; /* share of the time that is planned with */

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
    size_t count;         /* candidates that are left */
    double start;         /* of the search, by the clock */
    double epoch_seconds; /* the longest so far; 0: none was trained yet */
} search;

/* ---- candidates ---- */

/* What was asked for, or the default, comes first, so that it is tried whatever the time; the others in an
 * order that the seed gives. */
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
        s->candidates[i] = (bc_trial){
            .learning_rate = s->base->learning_rate * factors[order[i] % RATES],
            .weight_decay = s->base->weight_decay * factors[order[i] / RATES % DECAYS],
            .augmentation = order[i] / (RATES * DECAYS) == 0 ? asked : other,
        };
    }
    s->count = CANDIDATES;
}

static int by_result(const void *a, const void *b) {
    const bc_trial *first = a, *second = b;
    if (first->result.val_worth != second->result.val_worth)
        return first->result.val_worth > second->result.val_worth ? -1 : 1;
    return (first->number > second->number) - (first->number < second->number);
}

/* ---- one trial ---- */

static bool is_out_of_time(const search *s) {
    return bc_clock_seconds() >= s->tune->deadline;
}

static bool is_stopped_by_anyone(void *context) {
    const search *s = context;
    const bc_train_options *base = s->base;
    return is_out_of_time(s) || (base->is_stopped != NULL && base->is_stopped(base->context));
}

static bc_status keep_trial(bc_tuning *tuning, const bc_trial *trial, bc_error *err) {
    void *block = tuning->trials;
    bc_status status = bc_grow(&block, &tuning->capacity, tuning->count + 1, sizeof *tuning->trials, err);
    tuning->trials = block;
    if (status == BC_OK)
        tuning->trials[tuning->count++] = *trial;
    return status;
}

/* One that diverges is worth nothing. *cut: it did not get to its end. */
static bc_status run_trial(bc_trial *trial, bool *cut, search *s, bc_error *err) {
    bc_train_options options = *s->base;
    bc_history history;
    bc_error diverged = {0};
    const double start = bc_clock_seconds();
    options.learning_rate = trial->learning_rate;
    options.weight_decay = trial->weight_decay;
    options.augmentation = trial->augmentation;
    options.epochs = trial->epochs;
    options.patience = 0;
    options.checkpoint = NULL;
    options.on_step = NULL;
    options.on_epoch = NULL;
    options.is_stopped = is_stopped_by_anyone;
    options.context = s;
    bc_network_initialise(s->network, s->base->seed);
    bc_status status =
        bc_train(s->network, &history, s->dataset, s->cache, s->preprocess, &options, s->pool, &diverged);
    *cut = history.interrupted;
    trial->result.val_worth = -INFINITY;
    if (status == BC_OK && history.best > 0)
        trial->result = history.epochs[history.best - 1];
    if (history.count > 0)
        s->epoch_seconds = fmax(s->epoch_seconds, (bc_clock_seconds() - start) / (double)history.count);
    bc_history_free(&history);
    if (status != BC_OK && status != BC_ERROR_FORMAT)
        return bc_fail(err, status, "%s", diverged.message);
    return *cut ? BC_OK : keep_trial(s->tuning, trial, err);
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

/* How many more trials of so many epochs there is time for. */
static size_t affordable(const search *s, size_t epochs, size_t round) {
    const double left = round_end(s, round) - bc_clock_seconds();
    const double fit = left / (s->epoch_seconds * (double)epochs);
    return fit >= CANDIDATES ? CANDIDATES : fit > 0 ? (size_t)fit : 0;
}

/* Leaves the best third, best first; those that there was no time for are out. */
static bc_status run_round(search *s, size_t epochs, size_t round, bool *ended, bc_error *err) {
    size_t done = 0, room = s->count;
    while (done < s->count && room > 0 && !*ended) {
        bc_trial *trial = &s->candidates[done];
        trial->epochs = epochs;
        trial->number = s->tuning->count + 1;
        bc_status status = run_trial(trial, ended, s, err);
        if (status != BC_OK)
            return status;
        if (*ended)
            break;
        done++;
        room = affordable(s, epochs, round);
        if (s->tune->on_trial != NULL)
            s->tune->on_trial(s->tune->context, trial, done, done + room < s->count ? done + room : s->count);
    }
    qsort(s->candidates, done, sizeof s->candidates[0], by_result);
    s->count = done > CUT ? done / CUT : 1;
    return BC_OK;
}

static size_t at_least_one(size_t value) {
    return value > 0 ? value : 1;
}

static bc_status run_rounds(search *s, size_t epochs, bc_error *err) {
    bool ended = is_stopped_by_anyone(s);
    bc_status status = BC_OK;
    for (size_t round = 0, share = CUT * CUT; round < ROUNDS && !ended && status == BC_OK;
         round++, share /= CUT)
        status = run_round(s, at_least_one(epochs / share), round, &ended, err);
    return status;
}

/* Epochs of the whole training that the time that is left is enough for, with something to spare. */
static size_t epochs_left(const search *s, size_t epochs) {
    const double left = (s->tune->deadline - bc_clock_seconds()) * planned_share;
    if (s->epoch_seconds <= 0 || left >= s->epoch_seconds * (double)epochs)
        return epochs;
    return at_least_one((size_t)fmax(0, left / s->epoch_seconds));
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
                .start = bc_clock_seconds(),
                .pool = pool};
    *tuning = (bc_tuning){0};
    if (bc_dataset_count(dataset, BC_SPLIT_VAL, 0) == 0 || bc_dataset_count(dataset, BC_SPLIT_VAL, 1) == 0)
        return bc_fail(err, BC_ERROR_USAGE, "to tune takes pictures of both classes in val");
    make_candidates(&s);
    bc_status status = run_rounds(&s, base.epochs, err);
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
