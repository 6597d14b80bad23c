/* The training loop. */
#include "train.h"

#include "evaluate.h"
#include "optimiser.h"
#include "schedule.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "dataset/augment.h"

#include <bclass/logit.h>

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void bc_history_free(bc_history *history) {
    free(history->epochs);
    *history = (bc_history){0};
}

static size_t clamp(size_t value, size_t least, size_t most) {
    return value < least ? least : value > most ? most : value;
}

void bc_train_defaults(bc_train_options *options, const bc_dataset *dataset) {
    const size_t positives = bc_dataset_count(dataset, BC_SPLIT_TRAIN, 1);
    const size_t negatives = bc_dataset_count(dataset, BC_SPLIT_TRAIN, 0), all = positives + negatives;
    if (options->epochs == 0)
        options->epochs = clamp(all > 0 ? 80000 / all : 0, 12, 60);
    if (options->batch_size == 0)
        options->batch_size = all >= 4000 ? 128 : all >= 1000 ? 64 : 32;
    if (options->patience == 0)
        options->patience = clamp(options->epochs / 2, 6, options->epochs > 6 ? options->epochs : 6);
    if (options->learning_rate == 0)
        options->learning_rate = options->optimiser == BC_ADAMW ? 3e-3 : 0.1;
    if (options->pos_weight == 0)
        options->pos_weight = positives > 0 && negatives > 0 ? (double)negatives / (double)positives : 1;
}

/* All that the loop holds. */
typedef struct training {
    bc_network *network;
    const bc_dataset *dataset;
    const bc_cache *cache;
    const bc_preprocess *preprocess;
    const bc_train_options *options;
    bc_pool *pool;
    bc_batches batches;
    bc_evaluation val;
    bc_optimiser optimiser;
    bc_plan *plan;
    uint8_t *pictures;  /* of the next batch, augmented while the present one is computed */
    atomic_size_t next; /* picture to be augmented */
    float *best;        /* values of the best epoch */
    size_t step;        /* taken so far */
} training;

static bc_status prepare(training *t, bc_error *err) {
    void *block;
    bc_status status =
        bc_batches_create(&t->batches, t->dataset, BC_SPLIT_TRAIN, t->options->batch_size, err);
    if (status == BC_OK && t->batches.count == 0)
        status = bc_fail(err, BC_ERROR_FORMAT, "no pictures to train on");
    if (status == BC_OK)
        status = bc_evaluation_create(&t->val, t->network, t->dataset, t->cache, t->preprocess, BC_SPLIT_VAL,
                                      t->pool, err);
    if (status == BC_OK)
        status = bc_optimiser_create(&t->optimiser, t->network, t->options->optimiser,
                                     t->options->weight_decay, err);
    if (status == BC_OK)
        status = bc_plan_create(&t->plan, t->network, BC_TO_TRAIN, t->batches.largest,
                                bc_pool_threads(t->pool), err);
    if (status == BC_OK) {
        status = bc_alloc_unset(&block, t->batches.largest, t->cache->picture_bytes, err);
        t->pictures = block;
    }
    if (status == BC_OK) {
        status = bc_alloc_aligned(&block, t->network->count, sizeof(float), err);
        t->best = block;
    }
    return status;
}

static void release(training *t) {
    bc_batches_free(&t->batches);
    bc_evaluation_free(&t->val);
    bc_optimiser_free(&t->optimiser);
    bc_plan_free(t->plan);
    free(t->pictures);
    free(t->best);
}

/* ---- one step ---- */

typedef struct train_step {
    training *training;
    const uint32_t *samples, *next; /* of this batch and of the one after it */
    size_t count, next_count;       /* 0 at the end of the epoch */
    size_t epoch;
    double learning_rate;
} train_step;

static double sample_weight(const training *t, const bc_sample *sample) {
    return sample->weight * (sample->label == 1 ? t->options->pos_weight : 1);
}

/* Augments the pictures of the next batch. Each thread takes another one as soon as it has time: one that is
 * done with its part of the present batch early does not wait for the others. */
static void augment_next(void *context, unsigned worker) {
    const train_step *step = context;
    (void)worker;
    training *t = step->training;
    const size_t size = t->cache->picture_bytes;
    const bc_augment augment = {t->options->shift, t->options->hflip};
    size_t index;
    while ((index = atomic_fetch_add(&t->next, 1)) < step->next_count) {
        const size_t sample = step->next[index];
        bc_augment_picture(t->pictures + index * size, t->cache->pixels + sample * size, t->preprocess,
                           &augment, t->options->seed, step->epoch, sample);
    }
}

static void fill_image(const train_step *step, size_t index) {
    training *t = step->training;
    const size_t sample = step->samples[index];
    const bc_sample *s = &t->dataset->samples[sample];
    bc_random key = bc_random_keyed(t->options->seed, BC_RANDOM_DROPOUT, step->epoch, sample);
    bc_augment_normalise(bc_plan_image(t->plan, index), t->pictures + index * t->cache->picture_bytes,
                         t->preprocess);
    bc_plan_set_target(t->plan, index, (float)s->label, (float)sample_weight(t, s), bc_random_next(&key));
}

static void run_step(void *context, unsigned worker) {
    const train_step *step = context;
    training *t = step->training;
    size_t first, last;
    bc_pool_range(t->pool, worker, step->count, &first, &last);
    for (size_t i = first; i < last; i++)
        fill_image(step, i);
    bc_pool_barrier(t->pool);
    bc_plan_execute(t->plan, t->pool, worker);
    bc_optimiser_step(&t->optimiser, bc_plan_gradients(t->plan), step->learning_rate, t->pool, worker);
    augment_next(context, worker);
}

/* ---- one epoch ---- */

static bool is_stopped(const training *t) {
    return t->options->is_stopped != NULL && t->options->is_stopped(t->options->context);
}

/* The batch becomes the next one of step, and the next one of before the present one. */
static void move_on(train_step *step, size_t batch) {
    training *t = step->training;
    size_t first = 0, last = 0;
    if (batch < t->batches.batches)
        bc_batches_range(&t->batches, batch, &first, &last);
    step->samples = step->next;
    step->count = step->next_count;
    step->next = t->batches.samples + first;
    step->next_count = last - first;
    atomic_store(&t->next, 0);
}

/* Trains on the batches of an epoch; returns how many of them were done. */
static size_t train_epoch(training *t, bc_epoch *epoch, bc_history *history) {
    const size_t steps = t->batches.batches;
    size_t images = 0, b = 0;
    double loss = 0, start = bc_clock_seconds();
    train_step step = {.training = t, .epoch = epoch->number};
    bc_batches_shuffle(&t->batches, t->options->seed, epoch->number);
    move_on(&step, 0);
    bc_pool_run(t->pool, augment_next, &step);
    while (b < steps && !history->interrupted) {
        move_on(&step, b + 1);
        step.learning_rate = t->options->learning_rate *
                             bc_schedule_factor(t->options->schedule, t->step, steps * t->options->epochs);
        bc_plan_set_count(t->plan, step.count);
        bc_plan_set_steps_taken(t->plan, t->step);
        bc_pool_run(t->pool, run_step, &step);
        t->optimiser.steps = ++t->step;
        epoch->learning_rate = step.learning_rate;
        loss += bc_plan_loss(t->plan);
        images += step.count;
        b++;
        if (t->options->on_step != NULL)
            t->options->on_step(t->options->context, epoch->number, b, steps, loss / (double)b);
        history->interrupted = is_stopped(t);
    }
    double seconds = bc_clock_seconds() - start;
    epoch->train_loss = b > 0 ? loss / (double)b : 0;
    epoch->images_per_second = seconds > 0 ? (double)images / seconds : 0;
    return b;
}

static double val_loss(training *t) {
    double sum = 0, weights = 0;
    bc_evaluation_run(&t->val);
    for (size_t i = 0; i < t->val.batches.count; i++) {
        const bc_sample *s = &t->dataset->samples[t->val.batches.samples[i]];
        double z = (double)t->val.logits[i], weight = sample_weight(t, s);
        sum += weight * bc_softplus(s->label == 1 ? -z : z);
        weights += weight;
    }
    return weights > 0 ? sum / weights : NAN;
}

static bc_status add_epoch(bc_history *history, const bc_epoch *epoch, bc_error *err) {
    void *block = history->epochs;
    bc_status status = bc_grow(&block, &history->capacity, history->count + 1, sizeof *history->epochs, err);
    history->epochs = block;
    if (status == BC_OK)
        history->epochs[history->count++] = *epoch;
    return status;
}

/* Keeps the weights when they are the best on val so far, or when there is no val. */
static void keep_best(training *t, bc_epoch *epoch, bc_history *history, double *least) {
    epoch->is_best = isnan(epoch->val_loss) || epoch->val_loss < *least;
    if (!epoch->is_best)
        return;
    *least = epoch->val_loss;
    history->best = epoch->number;
    memcpy(t->best, t->network->values, t->network->count * sizeof(float));
}

/* What was best before is kept; without anything to keep it is an error. */
static bc_status stop_diverged(const training *t, const bc_epoch *epoch, bc_history *history, bc_error *err) {
    history->diverged = true;
    if (history->best > 0)
        return BC_OK;
    return bc_fail(err, BC_ERROR_FORMAT,
                   "the loss is no longer a finite number (epoch %zu); try a smaller --lr than %g",
                   epoch->number, t->options->learning_rate);
}

static bc_status run_epoch(training *t, bc_history *history, double *least, bc_error *err) {
    bc_epoch epoch = {.number = history->count + 1};
    double start = bc_clock_seconds();
    size_t done = train_epoch(t, &epoch, history);
    epoch.val_loss = val_loss(t);
    epoch.seconds = bc_clock_seconds() - start;
    if (!isfinite(epoch.train_loss) || isinf(epoch.val_loss) ||
        (t->val.batches.count > 0 && isnan(epoch.val_loss)))
        return stop_diverged(t, &epoch, history, err);
    if (done > 0)
        keep_best(t, &epoch, history, least);
    bc_status status = add_epoch(history, &epoch, err);
    if (status == BC_OK && t->options->on_epoch != NULL)
        t->options->on_epoch(t->options->context, &epoch);
    return status;
}

static bc_status run_epochs(training *t, bc_history *history, bc_error *err) {
    double least = INFINITY;
    bc_status status = BC_OK;
    while (status == BC_OK && history->count < t->options->epochs && !history->interrupted &&
           !history->ran_out && !history->diverged) {
        status = run_epoch(t, history, &least, err);
        if (history->count == t->options->epochs)
            break;
        history->ran_out = t->options->patience > 0 && history->count >= history->best + t->options->patience;
        history->interrupted =
            history->interrupted || is_stopped(t); /* it may have come while val was scored */
    }
    if (status == BC_OK && history->best > 0)
        memcpy(t->network->values, t->best, t->network->count * sizeof(float));
    return status;
}

bc_status bc_train(bc_network *network, bc_history *history, const bc_dataset *dataset, const bc_cache *cache,
                   const bc_preprocess *preprocess, const bc_train_options *options, bc_pool *pool,
                   bc_error *err) {
    training t = {
        .network = network,
        .dataset = dataset,
        .cache = cache,
        .preprocess = preprocess,
        .options = options,
        .pool = pool,
    };
    *history = (bc_history){0};
    bc_status status = prepare(&t, err);
    if (status == BC_OK)
        status = run_epochs(&t, history, err);
    release(&t);
    return status;
}

bc_status bc_train_score(bc_scores *scores, bc_network *network, const bc_dataset *dataset,
                         const bc_cache *cache, const bc_preprocess *preprocess, bc_split split,
                         bc_pool *pool, bc_error *err) {
    bc_evaluation evaluation;
    bc_status status =
        bc_evaluation_create(&evaluation, network, dataset, cache, preprocess, split, pool, err);
    if (status == BC_OK)
        bc_evaluation_run(&evaluation);
    for (size_t i = 0; status == BC_OK && i < evaluation.batches.count; i++) {
        const bc_sample *sample = &dataset->samples[evaluation.batches.samples[i]];
        bc_score_row row = bc_score_row_blank;
        row.path = sample->path;
        row.group = sample->group;
        row.value = (double)evaluation.logits[i];
        row.weight = sample->weight;
        row.label = sample->label;
        row.split = split;
        status = bc_scores_add(scores, &row, err);
    }
    bc_evaluation_free(&evaluation);
    return status;
}
