/*
 * All that the training loop holds, and one epoch of it.
 */
#ifndef BC_TRAIN_LOOP_H
#define BC_TRAIN_LOOP_H

#include "batches.h"
#include "evaluate.h"
#include "judge.h"
#include "optimiser.h"

#include "base/threads.h"
#include "dataset/augment.h"
#include "dataset/cache.h"
#include "net/plan.h"

#include <bclass/train.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bc_loop {
    bc_network *network;
    const bc_dataset *dataset;
    const bc_cache *cache;
    const bc_preprocess *preprocess;
    const bc_train_options *options;
    bc_pool *pool;
    bc_augment augment;
    bc_batches batches;
    double mean_weight;    /* of a picture in the loss, before it is divided by this */
    double positive_share; /* of the weights, those of positives */
    bc_evaluation val;
    bc_judge judge;
    bc_optimiser optimiser;
    bc_plan *plan;
    uint8_t *pictures;   /* of the next batch, augmented while the present one is computed */
    atomic_size_t next;  /* picture to be augmented */
    bc_network averaged; /* the network with the running mean of what it learns, if that is wanted */
    float *best;         /* values of the epoch that is kept */
    size_t step;         /* taken so far */
} bc_loop;

/* Trains on the batches of an epoch; returns how many of them were done before *interrupted was set. */
size_t bc_loop_epoch(bc_loop *loop, bc_epoch *epoch, bool *interrupted);

/* Sets the running statistics of the network, whose layers are those of the loop's. */
void bc_loop_measure_norms(bc_loop *loop, bc_network *network);

/* Whether the caller wants it to end. */
bool bc_loop_is_stopped(const bc_loop *loop);

/* Sets the mean weight, from the batches. */
void bc_loop_measure_weights(bc_loop *loop);

/* What fills the options' augmentation level with numbers. */
bc_augment bc_augment_of(const bc_train_options *options);

#endif
