/*
 * AdamW, SGD with Nesterov momentum, and Muon for the kernels of convolutions with AdamW for the rest, on the
 * flat arrays of a network.
 */
#ifndef BC_TRAIN_OPTIMISER_H
#define BC_TRAIN_OPTIMISER_H

#include "muon.h"

#include "base/threads.h"

#include <bclass/network.h>
#include <bclass/train.h>

typedef struct bc_optimiser {
    bc_network *network;
    bc_optimiser_kind kind;
    double weight_decay;
    float *first, *second; /* moments; SGD has only the first */
    bc_muon *muon;         /* or NULL */
    uint64_t steps;        /* taken so far */
} bc_optimiser;

bc_status bc_optimiser_create(bc_optimiser *optimiser, bc_network *network, bc_optimiser_kind kind,
                              double weight_decay, const bc_pool *pool, bc_error *err);
void bc_optimiser_free(bc_optimiser *optimiser);

/* Worker's part of one step; every worker of the pool must take its own. gradients: of the learned values. */
void bc_optimiser_step(const bc_optimiser *optimiser, const float *gradients, double learning_rate,
                       bc_pool *pool, unsigned worker);

/* mean = keep x mean + (1 - keep) x values, of count numbers. */
void bc_average_values(float *mean, const float *values, size_t count, float keep);

#endif
