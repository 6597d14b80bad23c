/* Steps: pictures are augmented ahead, a batch goes through the plan, the weights and their mean follow. */
#include "loop.h"

#include "schedule.h"

#include "base/clock.h"
#include "base/random.h"

#include <math.h>

/* ---- one step ---- */

typedef struct train_step {
    bc_loop *loop;
    const uint32_t *samples, *next; /* of this batch and of the one after it */
    const uint64_t *keys, *next_keys;
    size_t count, next_count; /* 0 at the end of the epoch */
    size_t epoch;
    double learning_rate;
} train_step;

static double weight_in_loss(const bc_loop *loop, const bc_sample *sample) {
    return sample->weight * (sample->label == 1 ? loop->options->pos_weight : 1);
}

void bc_loop_measure_weights(bc_loop *loop) {
    const bc_dataset *dataset = loop->dataset;
    double sums[2] = {0, 0};
    for (const bc_sample *s = dataset->samples; s < dataset->samples + dataset->count; s++) {
        if (s->split == BC_SPLIT_TRAIN)
            sums[s->label == 1] += loop->batches.share[s->label == 1] * weight_in_loss(loop, s);
    }
    loop->mean_weight = (sums[0] + sums[1]) / (double)loop->batches.count;
    loop->positive_share = sums[1] / (sums[0] + sums[1]);
}

/* Augments the pictures of the next batch. Each thread takes another one as soon as it has time: one that is
 * done with its part of the present batch early does not wait for the others. */
static void augment_next(void *context, unsigned worker) {
    const train_step *step = context;
    (void)worker;
    bc_loop *loop = step->loop;
    const size_t size = loop->cache->picture_bytes;
    size_t index;
    while ((index = atomic_fetch_add(&loop->next, 1)) < step->next_count) {
        const size_t sample = step->next[index];
        bc_augment_picture(loop->pictures + index * size, loop->cache->pixels + sample * size,
                           loop->preprocess, &loop->augment, loop->options->seed, step->epoch,
                           step->next_keys[index]);
    }
}

/* What a picture is to be learned as. */
typedef struct target {
    double label, weight;
} target;

static target target_of(const train_step *step, size_t index) {
    const bc_loop *loop = step->loop;
    const bc_sample *s = &loop->dataset->samples[step->samples[index]];
    const double smoothing = loop->options->label_smoothing;
    return (target){s->label * (1 - smoothing) + smoothing * loop->positive_share,
                    weight_in_loss(loop, s) / loop->mean_weight};
}

/* Losses are linear in the label: so this one's is the sum of both losses, by their shares. */
static target mix_targets(target first, target second, double share) {
    const double own = share * first.weight, other = (1 - share) * second.weight;
    return (target){(own * first.label + other * second.label) / (own + other), own + other};
}

static const uint8_t *augmented(const bc_loop *loop, size_t index) {
    return loop->pictures + index * loop->cache->picture_bytes;
}

/* The picture and its target, mixed with the one behind it in the batch, whose order is random, if that is
 * wanted; returns the target. */
static target fill_picture(const train_step *step, size_t index) {
    bc_loop *loop = step->loop;
    const double alpha = loop->options->mixup;
    float *image = bc_plan_image(loop->plan, index);
    if (alpha == 0) {
        bc_augment_normalise(image, augmented(loop, index), loop->preprocess);
        return target_of(step, index);
    }
    const size_t partner = (index + 1) % step->count;
    bc_random random = bc_random_keyed(loop->options->seed, BC_RANDOM_MIXUP, step->epoch, step->keys[index]);
    const double share = bc_random_beta(&random, alpha);
    bc_augment_mix(image, augmented(loop, index), augmented(loop, partner), share, loop->preprocess);
    return mix_targets(target_of(step, index), target_of(step, partner), share);
}

static void fill_image(const train_step *step, size_t index) {
    const bc_loop *loop = step->loop;
    bc_random key = bc_random_keyed(loop->options->seed, BC_RANDOM_DROPOUT, step->epoch, step->keys[index]);
    const target learned = fill_picture(step, index);
    bc_plan_set_target(loop->plan, index, (float)learned.label, (float)learned.weight, bc_random_next(&key));
}

/* Worker's part of the running mean, of the learned values it has just changed. The first steps count for
 * more, so that the start is soon forgotten. */
static void average(bc_loop *loop, unsigned worker) {
    const bc_network *network = loop->network;
    const double steps = (double)loop->step;
    const double keep = fmin(loop->options->averaging, (1 + steps) / (10 + steps));
    size_t first, last;
    bc_pool_range(loop->pool, worker, network->learned, &first, &last);
    bc_average_values(loop->averaged.values + first, network->values + first, last - first, (float)keep);
}

static void run_step(void *context, unsigned worker) {
    const train_step *step = context;
    bc_loop *loop = step->loop;
    size_t first, last;
    bc_pool_range(loop->pool, worker, step->count, &first, &last);
    for (size_t i = first; i < last; i++)
        fill_image(step, i);
    bc_pool_barrier(loop->pool);
    bc_plan_execute(loop->plan, loop->pool, worker);
    bc_optimiser_step(&loop->optimiser, bc_plan_gradients(loop->plan), step->learning_rate, loop->pool,
                      worker);
    if (loop->averaged.values != NULL)
        average(loop, worker);
    augment_next(context, worker);
}

/* ---- one epoch ---- */

bool bc_loop_is_stopped(const bc_loop *loop) {
    return loop->options->is_stopped != NULL && loop->options->is_stopped(loop->options->context);
}

/* The batch becomes the next one of step, and the next one of before the present one. */
static void move_on(train_step *step, size_t batch) {
    bc_loop *loop = step->loop;
    size_t first = 0, last = 0;
    if (batch < loop->batches.batches)
        bc_batches_range(&loop->batches, batch, &first, &last);
    step->samples = step->next;
    step->keys = step->next_keys;
    step->count = step->next_count;
    step->next = loop->batches.samples + first;
    step->next_keys = loop->batches.keys + first;
    step->next_count = last - first;
    atomic_store(&loop->next, 0);
}

/* Trains on the batches of an epoch; returns how many of them were done. */
size_t bc_loop_epoch(bc_loop *loop, bc_epoch *epoch, bool *interrupted) {
    const size_t steps = loop->batches.batches;
    size_t images = 0, b = 0;
    double loss = 0, start = bc_clock_seconds();
    train_step step = {.loop = loop, .epoch = epoch->number};
    bc_batches_shuffle(&loop->batches, loop->options->seed, epoch->number);
    move_on(&step, 0);
    bc_pool_run(loop->pool, augment_next, &step);
    while (b < steps && !*interrupted) {
        move_on(&step, b + 1);
        step.learning_rate =
            loop->options->learning_rate *
            bc_schedule_factor(loop->options->schedule, loop->step, steps * loop->options->epochs);
        bc_plan_set_count(loop->plan, step.count);
        bc_pool_run(loop->pool, run_step, &step);
        loop->optimiser.steps = ++loop->step;
        epoch->learning_rate = step.learning_rate;
        loss += bc_plan_loss(loop->plan);
        images += step.count;
        b++;
        if (loop->options->on_step != NULL)
            loop->options->on_step(loop->options->context, epoch->number, b, steps, loss / (double)b);
        *interrupted = loop->step == loop->options->stop_after || bc_loop_is_stopped(loop);
    }
    double seconds = bc_clock_since(start);
    epoch->train_loss = b > 0 ? loss / (double)b : 0;
    epoch->images_per_second = seconds > 0 ? (double)images / seconds : 0;
    return b;
}
