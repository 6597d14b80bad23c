/*
 * The loop: batches in, a trained network out. Same data, options and instruction set give the same bits for
 * any number of threads.
 */
#ifndef BC_TRAIN_TRAIN_H
#define BC_TRAIN_TRAIN_H

#include "base/threads.h"
#include "dataset/cache.h"

#include <bclass/train.h>

/* Trains network, whose values must be initialised, on the train split; what is left in it is the best
 * epoch's on val, or the last epoch's without val. *history is zero-initialised here and freed by the caller
 * in any case. A loss that is no longer finite ends the training; it is BC_ERROR_FORMAT when no epoch before
 * was kept. With a checkpoint of another training, or none that can be used, it is BC_ERROR_USAGE or
 * BC_ERROR_FORMAT. */
bc_status bc_train(bc_network *network, bc_history *history, const bc_dataset *dataset, const bc_cache *cache,
                   const bc_preprocess *preprocess, const bc_train_options *options, bc_pool *pool,
                   bc_error *err);

/* Chooses the learning rate, the weight decay and the augmentation that are best on val, by successive
 * halving, and lowers options->epochs if the time that is left is not enough for them. The search takes what
 * the training will leave of the time, or half of it if that is more; its rounds as much as each other. The
 * options come with what is tried first, filled in by bc_train_defaults, which stays where there is no time
 * for two trials of an epoch in a round. tune->tta stands for preprocess->mirror. Leaves the network
 * initialised by the seed. *tuning is zero-initialised here and freed by the caller in any case. Error:
 * BC_ERROR_USAGE without both classes in val. options->on_step is called for the trials, too. */
bc_status bc_tune(bc_train_options *options, bc_tuning *tuning, bc_network *network,
                  const bc_dataset *dataset, const bc_cache *cache, const bc_preprocess *preprocess,
                  const bc_tune_options *tune, bc_pool *pool, bc_error *err);

/* Adds a row for every picture of a split, in the data set's order; those of split oof have their fold. */
bc_status bc_train_score(bc_scores *scores, bc_network *network, const bc_dataset *dataset,
                         const bc_cache *cache, const bc_preprocess *preprocess, bc_split split,
                         bc_pool *pool, bc_error *err);

#endif
