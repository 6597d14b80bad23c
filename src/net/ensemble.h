/*
 * Several trained networks of the same layers as one network, whose logit is the mean of theirs.
 *
 * Each becomes a branch: a batch_norm on the picture, which brings what the ensemble's preprocessing gives to
 * what the network's own would have given, and then its layers, named "fold1-NAME" and so on (where a name is
 * too long for that, all are named by kind and number). Then the outputs are added, a dense layer divides
 * their sum by how many there are, and a sigmoid head stands at the end; of networks with a softmax the last
 * layer gives the difference of its two outputs. Its offset is the mean of theirs. What undoes a focal loss
 * is no such sum, and there is no layer that does it to each logit before the mean: such networks are
 * refused.
 */
#ifndef BC_NET_ENSEMBLE_H
#define BC_NET_ENSEMBLE_H

#include <bclass/network.h>
#include <bclass/preprocess.h>

#include <stddef.h>

typedef struct bc_ensemble_member {
    float *values;            /* in the order of the network's */
    bc_preprocess preprocess; /* of which only mean and deviation may differ from those of the others */
    double offset;            /* of its head */
} bc_ensemble_member;

/* Whether so many of these can be one: BC_ERROR_LIMIT; BC_ERROR_USAGE with a gamma above 0. */
bc_status bc_ensemble_check(const bc_network *network, size_t count, bc_error *err);

/* network: the layers, and the tensors whose values are the members'. shared: how the pictures of the
 * ensemble are brought to its input. *ensemble is zero-initialised here and freed by the caller in any case.
 */
bc_status bc_ensemble_create(bc_network *ensemble, const bc_network *network,
                             const bc_ensemble_member *members, size_t count, const bc_preprocess *shared,
                             bc_error *err);

#endif
