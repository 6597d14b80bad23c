/* Trains a network for each fold, which gives every picture a score by one that never saw it, and the final
 * one. */
#include "print.h"
#include "train.h"

#include "base/memory.h"
#include "base/random.h"
#include "net/ensemble.h"
#include "train/train.h"

#include <stdlib.h>
#include <string.h>

const char *const bc_train_final_names[] = {"refit", "ensemble", NULL};

bc_train_final bc_train_final_of(const bc_train_session *session) {
    return session->settings->final == BC_FINAL_ENSEMBLE ? BC_FINAL_ENSEMBLE : BC_FINAL_REFIT;
}

/* One of the run's trainings. */
typedef struct one_training {
    bc_train_options options;
    bc_preprocess preprocess;
    bc_history history;
} one_training;

/* Another one for each fold, so that their networks are as different as those of other runs. */
static uint64_t fold_seed(uint64_t seed, uint32_t fold) {
    bc_random random = bc_random_keyed(seed, BC_RANDOM_TRAINING, fold, 0);
    return fold > 0 ? bc_random_next(&random) : seed;
}

/* What follows from classes and pixels follows from those trained on only; how long is trained is the same
 * for all. */
static bc_status prepare(one_training *one, bc_train_session *session, uint32_t fold, bc_error *err) {
    bc_status status = bc_dataset_hold_out(&session->dataset, fold, err);
    if (status != BC_OK)
        return status;
    free(session->checkpoint);
    session->checkpoint = NULL;
    if (session->settings->repetition == NULL)
        status = bc_run_checkpoint(&session->checkpoint, session->settings->out, fold, err);
    if (status != BC_OK)
        return status;
    one->options = session->given;
    one->options.checkpoint = session->checkpoint;
    one->options.identity = session->identity;
    one->options.epochs = session->options.epochs;
    one->options.batch_size = session->options.batch_size;
    bc_train_defaults(&one->options, &session->dataset);
    one->options.patience = 0;
    one->options.seed = fold_seed(session->given.seed, fold);
    one->preprocess = session->model.preprocess;
    status = bc_cache_alignment(&one->options.alignment, &session->cache, &session->dataset, &one->preprocess,
                                err);
    if (status != BC_OK)
        return status;
    return bc_cache_measure(&one->preprocess, &session->cache, &session->dataset, session->pool, err);
}

/* Appends the epochs to those of the trainings before. */
static bc_status keep_history(bc_history *all, const bc_history *one, uint32_t fold, bc_error *err) {
    void *block = all->epochs;
    bc_status status = bc_grow(&block, &all->capacity, all->count + one->count, sizeof *all->epochs, err);
    all->epochs = block;
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < one->count; i++) {
        all->epochs[all->count] = one->epochs[i];
        all->epochs[all->count++].fold = fold;
    }
    all->has_folds = true;
    if (all->unsaved.status == BC_OK)
        all->unsaved = one->unsaved;
    return BC_OK;
}

static void tell_diverged(const bc_train_session *session, const bc_history *history) {
    if (history->diverged && !session->settings->quiet)
        bc_remark("the loss was no longer a finite number after epoch %zu, whose weights are kept; try a "
                  "smaller --lr",
                  history->best);
}

/* Trains with this fold held out, or with none; the network is then that of the session. */
static bc_status train_without(one_training *one, bc_train_session *session, uint32_t fold, bc_error *err) {
    bc_status status = prepare(one, session, fold, err);
    session->turn.fold = fold;
    if (status != BC_OK)
        return status;
    bc_network_initialise(&session->model.network, one->options.seed);
    status = bc_train(&session->model.network, &one->history, &session->dataset, &session->cache,
                      &one->preprocess, &one->options, session->pool, err);
    bc_progress_clear(&session->progress);
    session->turn.done++;
    if (status == BC_OK)
        status = keep_history(&session->history, &one->history, fold, err);
    session->history.diverged = status != BC_OK && one->history.diverged;
    if (status == BC_OK && one->history.interrupted)
        return bc_fail(err, BC_ERROR_INTERRUPTED,
                       "interrupted in training %zu of %zu; there is no model yet%s", session->turn.done,
                       session->turn.count, bc_train_can_resume(session) ? ", --resume goes on" : "");
    if (status == BC_OK)
        tell_diverged(session, &one->history);
    return status;
}

/* Keeps the network as it is now for the ensemble. */
static bc_status keep_member(bc_ensemble_member *member, const bc_network *network,
                             const bc_preprocess *preprocess, bc_error *err) {
    void *block;
    bc_status status = bc_alloc_unset(&block, network->count, sizeof *member->values, err);
    if (status != BC_OK)
        return status;
    memcpy(block, network->values, network->count * sizeof *member->values);
    *member = (bc_ensemble_member){block, *preprocess, bc_spec_head(&network->spec)->offset};
    return BC_OK;
}

/* All that is done for one fold. */
static bc_status run_fold(bc_ensemble_member *members, bc_train_session *session, uint32_t fold,
                          bc_error *err) {
    one_training one = {.history = {0}};
    bc_status status = train_without(&one, session, fold, err);
    if (status == BC_OK)
        status = bc_train_score(&session->scores, &session->model.network, &session->dataset, &session->cache,
                                &one.preprocess, BC_SPLIT_OOF, session->pool, err);
    if (status == BC_OK && bc_train_final_of(session) == BC_FINAL_ENSEMBLE)
        status = keep_member(&members[fold - 1], &session->model.network, &one.preprocess, err);
    bc_history_free(&one.history);
    return status;
}

static bc_status refit(bc_train_session *session, bc_error *err) {
    one_training one = {.history = {0}};
    bc_status status = train_without(&one, session, 0, err);
    bc_history_free(&one.history);
    return status;
}

/* The networks of the folds become the model's. */
static bc_status unite(bc_train_session *session, const bc_ensemble_member *members, bc_error *err) {
    bc_network *network = &session->model.network, ensemble;
    bc_status status = bc_dataset_hold_out(&session->dataset, 0, err);
    if (status != BC_OK)
        return status;
    status = bc_ensemble_create(&ensemble, network, members, session->dataset.folds,
                                &session->model.preprocess, err);
    if (status != BC_OK) {
        bc_network_free(&ensemble);
        return status;
    }
    bc_network_free(network);
    *network = ensemble;
    return BC_OK;
}

bc_status bc_train_folds(bc_train_session *session, bc_error *err) {
    const uint32_t folds = (uint32_t)session->dataset.folds;
    const bool unites = bc_train_final_of(session) == BC_FINAL_ENSEMBLE;
    bc_ensemble_member members[BC_FOLDS_LIMIT] = {{0}};
    bc_status status = unites ? bc_ensemble_check(&session->model.network, folds, err) : BC_OK;
    session->scores.logits = true;
    session->turn.count = unites ? folds : folds + 1;
    for (uint32_t fold = 1; status == BC_OK && fold <= folds; fold++)
        status = run_fold(members, session, fold, err);
    if (status == BC_OK)
        status = unites ? unite(session, members, err) : refit(session, err);
    for (uint32_t i = 0; i < folds; i++)
        free(members[i].values);
    return status;
}
