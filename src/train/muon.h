/*
 * Muon (Jordan et al. 2024): the momentum of a convolution's kernels, seen as a matrix of filters x inputs,
 * is replaced by the nearest matrix with orthogonal rows, so that all directions are learned at the same
 * pace.
 *
 *     m = mu m + (1 - mu) g;  u = mu m + (1 - mu) g             (Nesterov; mu = 0.95)
 *     x = u / |u|;  five times: a = x x', x = (3.4445 + (-4.7750 + 2.0315 a) a) x    (Newton and Schulz)
 *     w = (1 - rate decay) w - rate 0.4 sqrt(columns) x
 *
 * with x turned so that it has no more rows than columns. The factor lets an update have the root mean square
 * 0.4, twice what Liu et al. (2025) take to match AdamW; tests/bench/quality.md has what was tried.
 */
#ifndef BC_TRAIN_MUON_H
#define BC_TRAIN_MUON_H

#include "base/threads.h"

#include <bclass/network.h>

typedef struct bc_muon bc_muon;

/* For all tensors of the network that bc_muon_takes. */
bc_status bc_muon_create(bc_muon **muon, const bc_network *network, const bc_pool *pool, bc_error *err);
void bc_muon_free(bc_muon *muon);

/* Whether it is for this tensor: the kernels of a convolution. */
bool bc_muon_takes(const bc_tensor *tensor);

/* Worker's part of one step; every worker of the pool must take its own. momentum, gradients: of the learned
 * values. On return the values are those of all workers; they do not depend on the number of threads. */
void bc_muon_step(bc_muon *muon, float *momentum, const float *gradients, double rate, double weight_decay,
                  bc_pool *pool, unsigned worker);

#endif
