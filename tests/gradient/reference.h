/*
 * The network computed plainly in double precision, straight from the definitions and without any code of the
 * engine: the truth for its results, and by central differences for its gradients.
 */
#ifndef BC_GRADIENT_REFERENCE_H
#define BC_GRADIENT_REFERENCE_H

#include <bclass/network.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct reference_batch {
    size_t count;
    const double *images; /* [image][channel][y][x] */
    const double *labels, *weights;
    const uint64_t *keys; /* of dropout */
} reference_batch;

/* logits[image]; values are the network's, in their order. With training, norms use the batch and dropout is
 * on; without, the head corrects them. */
void reference_logits(double *logits, const bc_network *network, const double *values,
                      const reference_batch *batch, bool training);

/* The sum of the batch's weighted losses by the count, in training. */
double reference_loss(const bc_network *network, const double *values, const reference_batch *batch);

#endif
