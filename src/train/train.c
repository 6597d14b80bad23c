/* The training loop: epochs, the one that is kept, and the checkpoint to go on from. */
#include "train.h"

#include "checkpoint.h"
#include "loop.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void bc_history_free(bc_history *history) {
    free(history->epochs);
    *history = (bc_history){0};
}

/* ---- what the loop holds ---- */

/* The network that is scored and kept. */
static bc_network *scored_network(bc_loop *loop) {
    return loop->options->averaging > 0 ? &loop->averaged : loop->network;
}

static bc_status prepare_average(bc_loop *loop, bc_error *err) {
    void *block;
    if (loop->options->averaging == 0)
        return BC_OK;
    bc_status status = bc_alloc_aligned(&block, loop->network->count, sizeof(float), err);
    if (status != BC_OK)
        return status;
    loop->averaged = *loop->network; /* but for its own values */
    loop->averaged.values = block;
    memcpy(loop->averaged.values, loop->network->values, loop->network->count * sizeof(float));
    return BC_OK;
}

static bc_status prepare_data(bc_loop *loop, bc_error *err) {
    const bc_train_options *options = loop->options;
    bc_status status = bc_batches_create(&loop->batches, loop->dataset, BC_SPLIT_TRAIN, options->batch_size,
                                         options->sampling, err);
    if (status == BC_OK && loop->batches.count == 0)
        status = bc_fail(err, BC_ERROR_FORMAT, "no pictures to train on");
    if (status == BC_OK)
        bc_loop_measure_weights(loop);
    if (status == BC_OK)
        status = prepare_average(loop, err);
    if (status == BC_OK)
        status = bc_evaluation_create(&loop->val, scored_network(loop), loop->dataset, loop->cache,
                                      loop->preprocess, BC_SPLIT_VAL, loop->pool, err);
    if (status == BC_OK)
        status = bc_judge_create(&loop->judge, &loop->val, loop->dataset, options, err);
    return status;
}

static bc_status prepare(bc_loop *loop, bc_error *err) {
    void *block;
    loop->augment = bc_augment_of(loop->options);
    bc_status status = prepare_data(loop, err);
    if (status == BC_OK)
        status = bc_optimiser_create(&loop->optimiser, loop->network, loop->options->optimiser,
                                     loop->options->weight_decay, loop->pool, err);
    if (status == BC_OK)
        status = bc_plan_create(&loop->plan, loop->network, BC_TO_TRAIN, loop->batches.largest,
                                bc_pool_threads(loop->pool), err);
    if (status == BC_OK) {
        status = bc_alloc_unset(&block, loop->batches.largest, loop->cache->picture_bytes, err);
        loop->pictures = block;
    }
    if (status == BC_OK) {
        status = bc_alloc_aligned(&block, loop->network->count, sizeof(float), err);
        loop->best = block;
    }
    if (status == BC_OK) /* so that a checkpoint may be written before there is one */
        memcpy(loop->best, scored_network(loop)->values, loop->network->count * sizeof(float));
    return status;
}

static void release(bc_loop *loop) {
    bc_batches_free(&loop->batches);
    bc_judge_free(&loop->judge);
    bc_evaluation_free(&loop->val);
    bc_optimiser_free(&loop->optimiser);
    bc_plan_free(loop->plan);
    free(loop->pictures);
    free(loop->averaged.values);
    free(loop->best);
}

/* ---- the checkpoint ---- */

static bc_checkpoint checkpoint_of(const bc_loop *loop, bc_history *history) {
    const bc_network *network = loop->network;
    return (bc_checkpoint){
        .arrays = {{"values", network->values, network->count},
                   {"averaged", loop->averaged.values, network->count},
                   {"best", loop->best, network->count},
                   {"judged_by", loop->judge.reference, loop->val.batches.count},
                   {"first_moments", loop->optimiser.first, network->learned},
                   {"second_moments", loop->optimiser.second, network->learned}},
        .step = loop->step,
        .history = history,
        .epochs = loop->options->epochs,
        .batches = loop->batches.batches,
        .has_val = loop->val.batches.count > 0,
    };
}

/* That none could be written ends no training; the caller is told. */
static void save(const bc_loop *loop, bc_history *history) {
    const bc_train_options *options = loop->options;
    bc_error err = {0};
    if (options->checkpoint == NULL)
        return;
    const bc_checkpoint checkpoint = checkpoint_of(loop, history);
    if (bc_checkpoint_write(&checkpoint, options->checkpoint, options->identity, &err) != BC_OK &&
        history->unsaved.status == BC_OK)
        history->unsaved = err;
}

/* From the checkpoint if it is wanted and there is one; else a checkpoint is written, so that what was begun
 * can be seen and gone on with from its first step on. */
static bc_status begin(bc_loop *loop, bc_history *history, bc_error *err) {
    const bc_train_options *options = loop->options;
    bc_file_info info = {BC_FILE_ABSENT, 0};
    if (options->checkpoint == NULL)
        return BC_OK;
    bc_status status = options->resume ? bc_file_look(&info, options->checkpoint, err) : BC_OK;
    if (status != BC_OK)
        return status;
    if (info.kind == BC_FILE_ABSENT) {
        save(loop, history);
        return options->on_begin == NULL
                   ? BC_OK
                   : options->on_begin(options->context, history->unsaved.status == BC_OK, err);
    }
    bc_checkpoint checkpoint = checkpoint_of(loop, history);
    status = bc_checkpoint_read(&checkpoint, options->checkpoint, options->identity, err);
    if (status != BC_OK)
        return status;
    loop->step = checkpoint.step;
    loop->optimiser.steps = checkpoint.step;
    if (options->on_resume != NULL)
        options->on_resume(options->context, history->count);
    return BC_OK;
}

/* ---- epochs ---- */

static bc_status add_epoch(bc_history *history, const bc_epoch *epoch, bc_error *err) {
    void *block = history->epochs;
    bc_status status = bc_grow(&block, &history->capacity, history->count + 1, sizeof *history->epochs, err);
    history->epochs = block;
    if (status == BC_OK)
        history->epochs[history->count++] = *epoch;
    return status;
}

static bc_status keep_best(bc_loop *loop, bc_epoch *epoch, bc_history *history, bc_error *err) {
    bc_status status = bc_judge_keeps(&epoch->is_best, &loop->judge, epoch, history->best == 0, err);
    if (status != BC_OK || !epoch->is_best)
        return status;
    history->best = epoch->number;
    memcpy(loop->best, scored_network(loop)->values, loop->network->count * sizeof(float));
    return BC_OK;
}

/* What was best before is kept; without anything to keep it is an error. */
static bc_status stop_diverged(const bc_loop *loop, const bc_epoch *epoch, bc_history *history,
                               bc_error *err) {
    history->diverged = true;
    if (history->best > 0)
        return BC_OK;
    return bc_fail(
        err, BC_ERROR_FORMAT,
        "the loss or a weight is no longer a finite number (epoch %zu); try a smaller --lr than %g",
        epoch->number, loop->options->learning_rate);
}

/* Statistics of a norm may overflow before the loss does. */
static bool has_diverged(bc_loop *loop, const bc_epoch *epoch) {
    return !isfinite(epoch->train_loss) || (loop->val.batches.count > 0 && !isfinite(epoch->val_loss)) ||
           !bc_all_finite(loop->network->values, loop->network->count) ||
           !bc_all_finite(scored_network(loop)->values, loop->network->count);
}

static bool is_over(const bc_loop *loop, const bc_history *history) {
    return history->count >= loop->options->epochs || history->interrupted || history->ran_out ||
           history->diverged;
}

static bc_status run_epoch(bc_loop *loop, bc_history *history, bc_error *err) {
    bc_epoch epoch = {.number = history->count + 1};
    const double start = bc_clock_seconds();
    const size_t done = bc_loop_epoch(loop, &epoch, &history->interrupted);
    bc_loop_measure_norms(loop, scored_network(loop));
    bc_evaluation_run(&loop->val);
    bc_status status = bc_judge_run(&epoch, &loop->judge, err);
    epoch.seconds = bc_clock_since(start);
    if (status != BC_OK)
        return status;
    if (has_diverged(loop, &epoch))
        return stop_diverged(loop, &epoch, history, err);
    const bool is_whole = done == loop->batches.batches;
    if (done > 0)
        status = keep_best(loop, &epoch, history, err);
    if (status == BC_OK)
        status = add_epoch(history, &epoch, err);
    if (status == BC_OK)
        history->whole += is_whole;
    if (status == BC_OK && is_whole) /* part of one cannot be gone on from */
        save(loop, history);
    if (status == BC_OK && loop->options->on_epoch != NULL)
        loop->options->on_epoch(loop->options->context, &epoch);
    return status;
}

static bool has_run_out(const bc_loop *loop, const bc_history *history) {
    const size_t patience = loop->options->patience;
    return patience > 0 && history->count < loop->options->epochs &&
           history->count >= history->best + patience;
}

static bc_status run_epochs(bc_loop *loop, bc_history *history, bc_error *err) {
    bc_status status = BC_OK;
    history->whole = history->count;
    history->ran_out = has_run_out(loop, history); /* as the checkpoint left it */
    while (status == BC_OK && !is_over(loop, history)) {
        status = run_epoch(loop, history, err);
        if (history->count == loop->options->epochs)
            break;
        history->ran_out = has_run_out(loop, history);
        history->interrupted = history->interrupted || bc_loop_is_stopped(loop); /* while val was scored */
    }
    if (status == BC_OK && history->best > 0)
        memcpy(loop->network->values, loop->best, loop->network->count * sizeof(float));
    history->steps = loop->step;
    for (size_t i = 0; i < history->count; i++)
        history->epochs[i].is_best = history->epochs[i].number == history->best;
    return status;
}

bc_status bc_train(bc_network *network, bc_history *history, const bc_dataset *dataset, const bc_cache *cache,
                   const bc_preprocess *preprocess, const bc_train_options *options, bc_pool *pool,
                   bc_error *err) {
    bc_loop loop = {
        .network = network,
        .dataset = dataset,
        .cache = cache,
        .preprocess = preprocess,
        .options = options,
        .pool = pool,
    };
    *history = (bc_history){0};
    bc_train_set_head(network, options, dataset);
    bc_status status = prepare(&loop, err);
    if (status == BC_OK)
        status = begin(&loop, history, err);
    if (status == BC_OK)
        status = run_epochs(&loop, history, err);
    release(&loop);
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
        row.fold = split == BC_SPLIT_OOF ? (int32_t)sample->fold : row.fold;
        status = bc_scores_add(scores, &row, err);
    }
    bc_evaluation_free(&evaluation);
    return status;
}
