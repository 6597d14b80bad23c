/* Optimiser steps, element by element. */
#include "optimiser.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

const char *const bc_optimiser_names[] = {"adamw", "sgd", "muon", NULL};

static const double beta_first = 0.9, beta_second = 0.999, adam_epsilon = 1e-8, sgd_momentum = 0.9;

bc_status bc_optimiser_create(bc_optimiser *optimiser, bc_network *network, bc_optimiser_kind kind,
                              double weight_decay, const bc_pool *pool, bc_error *err) {
    void *block;
    *optimiser = (bc_optimiser){.network = network, .kind = kind, .weight_decay = weight_decay};
    bc_status status = bc_alloc_aligned(&block, network->learned, sizeof(float), err);
    if (status != BC_OK)
        return status;
    optimiser->first = block;
    if (kind == BC_SGD)
        return BC_OK;
    status = bc_alloc_aligned(&block, network->learned, sizeof(float), err);
    if (status != BC_OK)
        return status;
    optimiser->second = block;
    return kind == BC_MUON ? bc_muon_create(&optimiser->muon, network, pool, err) : BC_OK;
}

void bc_optimiser_free(bc_optimiser *optimiser) {
    free(optimiser->first);
    free(optimiser->second);
    bc_muon_free(optimiser->muon);
    *optimiser = (bc_optimiser){0};
}

/* The factors of one step, the same for all elements of a tensor. */
typedef struct factors {
    float rate;         /* learning rate, corrected for the moments' start */
    float keep;         /* what weight decay leaves of a value */
    float second_scale; /* correction of the second moment */
} factors;

static void adamw(float *values, float *first, float *second, const float *gradients, size_t count,
                  const factors *f) {
    const float b1 = (float)beta_first, b2 = (float)beta_second, epsilon = (float)adam_epsilon;
    for (size_t i = 0; i < count; i++) {
        first[i] = b1 * first[i] + (1 - b1) * gradients[i];
        second[i] = b2 * second[i] + (1 - b2) * gradients[i] * gradients[i];
        values[i] = f->keep * values[i] - f->rate * first[i] / (sqrtf(second[i] * f->second_scale) + epsilon);
    }
}

static void sgd(float *values, float *velocity, const float *gradients, size_t count, const factors *f) {
    const float momentum = (float)sgd_momentum;
    for (size_t i = 0; i < count; i++) {
        velocity[i] = momentum * velocity[i] + gradients[i];
        values[i] = f->keep * values[i] - f->rate * (gradients[i] + momentum * velocity[i]);
    }
}

static factors factors_of(const bc_optimiser *optimiser, double rate, const bc_tensor *tensor) {
    double steps = (double)optimiser->steps + 1, own_rate = rate * (double)tensor->rate;
    factors f = {(float)own_rate, 1, 1};
    if (tensor->decays) /* decoupled from the gradient, scaled by the learning rate */
        f.keep = (float)(1 - rate * optimiser->weight_decay);
    if (optimiser->kind != BC_SGD) {
        f.rate = (float)(own_rate / (1 - pow(beta_first, steps)));
        f.second_scale = (float)(1 / (1 - pow(beta_second, steps)));
    }
    return f;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

void bc_optimiser_step(const bc_optimiser *optimiser, const float *gradients, double learning_rate,
                       bc_pool *pool, unsigned worker) {
    const bc_network *network = optimiser->network;
    size_t first, last;
    if (optimiser->muon != NULL)
        bc_muon_step(optimiser->muon, optimiser->first, gradients, learning_rate, optimiser->weight_decay,
                     pool, worker);
    bc_pool_range(pool, worker, network->learned, &first, &last);
    for (const bc_tensor *t = network->tensors; t < network->tensors + network->tensor_count; t++) {
        size_t begin = t->offset > first ? t->offset : first, end = least(t->offset + t->count, last);
        if (begin >= end || (optimiser->muon != NULL && bc_muon_takes(t)))
            continue;
        factors f = factors_of(optimiser, learning_rate, t);
        float *values = network->values + begin;
        if (optimiser->kind == BC_SGD)
            sgd(values, optimiser->first + begin, gradients + begin, end - begin, &f);
        else
            adamw(values, optimiser->first + begin, optimiser->second + begin, gradients + begin, end - begin,
                  &f);
    }
}

void bc_average_values(float *mean, const float *values, size_t count, float keep) {
    for (size_t i = 0; i < count; i++)
        mean[i] += (1 - keep) * (values[i] - mean[i]);
}
