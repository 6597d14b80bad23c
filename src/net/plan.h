/*
 * The plan: a network compiled once, for batches of up to `capacity` pictures, into a flat list of tasks over
 * one block of memory. Running it only walks the list. A task is cut into items, for example the shards of
 * the batch. Training, their number does not depend on the threads, and every sum over shards is taken in
 * their order; predicting, nothing is summed over pictures. So the results are the same bits for any number
 * of threads.
 */
#ifndef BC_NET_PLAN_H
#define BC_NET_PLAN_H

#include "base/threads.h"

#include <bclass/error.h>
#include <bclass/network.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum bc_purpose {
    BC_TO_TRAIN,   /* forward with batch statistics, loss, gradients */
    BC_TO_PREDICT, /* forward with running statistics, norms folded into convolutions */
} bc_purpose;

typedef struct bc_plan bc_plan;

/* The network is used as long as the plan lives. capacity: at least 1. threads: at least those of the pool
 * that will run it. Fails with BC_ERROR_MEMORY, and BC_ERROR_USAGE when BCLASS_LEVEL names no level of this
 * CPU. */
bc_status bc_plan_create(bc_plan **plan, bc_network *network, bc_purpose purpose, size_t capacity,
                         unsigned threads, bc_error *err);
void bc_plan_free(bc_plan *plan);

const char *bc_plan_level(const bc_plan *plan); /* the name of the instruction set in use */
size_t bc_plan_memory(const bc_plan *plan);     /* bytes */

/* ---- the batch: filled by the caller before each run ---- */

float *bc_plan_image(bc_plan *plan, size_t index);   /* [channels][height][width], normalised */
void bc_plan_set_count(bc_plan *plan, size_t count); /* pictures in the batch, at most the capacity */

/* For training: label 0 to 1, weight of the picture in the loss (not negative), and a key from which its
 * dropout is drawn. The loss of the batch is the sum of weighted losses by the count, not by the sum of
 * weights: a batch would else count the less the more pictures of a heavy class it has. */
void bc_plan_set_target(bc_plan *plan, size_t index, float label, float weight, uint64_t key);

/* For training, which leaves the running statistics alone: from now on runs only measure. They go as far as
 * the batch statistics of the last norm, and bring the running ones of `network`, whose layers are those of
 * the plan and whose values are used, to the mean and variance over all values of this run and of `runs`
 * before it, each of which counts the same (Wu and Johnson 2021, "Rethinking Batch in BatchNorm"). NULL: they
 * train again. */
void bc_plan_measure(bc_plan *plan, bc_network *network, uint64_t runs);

/* ---- running ---- */

/* Predicting only: to be called by one thread, outside the pool, after the network's values changed. */
void bc_plan_prepare(bc_plan *plan, bc_pool *pool);

/* To be called by every thread of the pool, inside a task of it. */
void bc_plan_execute(bc_plan *plan, bc_pool *pool, unsigned worker);

/* ---- where the time goes: for benchmarks ---- */

/* What a task does for its layer, and for those fused with it. */
typedef enum bc_part {
    BC_PART_PACK,         /* brings the weights into the order of the kernels */
    BC_PART_FORWARD,      /* convolutions: reads through norm, ReLU and pooling before them, or a first one */
    BC_PART_STATISTICS,   /* sums a shard */
    BC_PART_COEFFICIENTS, /* of a norm, from the sums */
    BC_PART_LOSS,
    BC_PART_MASK,      /* the gradient of a fused ReLU */
    BC_PART_GRADIENTS, /* of the source, if anything wants it, and the weights a shard */
    BC_PART_SOURCE_GRADIENT,
    BC_PART_WEIGHT_GRADIENT,
    BC_PART_SUM,  /* adds the shards' gradients of the weights */
    BC_PART_WAIT, /* for other threads: the last one, and of no layer */
} bc_part;

enum { BC_NO_LAYER = UINT32_MAX };

typedef struct bc_task_time {
    bc_part part;
    uint32_t layer;    /* the first of those the task computes, or BC_NO_LAYER */
    const char *name;  /* of that layer, or of what is none: "image", "loss", "results", "threads" */
    bool feeds_source; /* the gradient of its source is wanted */
    double seconds;    /* since the profile was started, summed over the threads */
} bc_task_time;

/* From now on the time of each task is measured. Not while the plan runs, as the other two. */
bc_status bc_plan_start_profile(bc_plan *plan, bc_error *err);
size_t bc_plan_profile_count(const bc_plan *plan);
bc_task_time bc_plan_profile_read(const bc_plan *plan, size_t number);

/* ---- results, until the next run ---- */

/* Training: as the network gives it; predicting: corrected for how it was trained (network.h, the head). */
float bc_plan_logit(const bc_plan *plan, size_t index);
double bc_plan_loss(const bc_plan *plan); /* training: of the batch */
const float *
bc_plan_gradients(const bc_plan *plan); /* training: of the network's learned values, in their order */

#endif
