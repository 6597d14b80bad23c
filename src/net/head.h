/*
 * The head of a network: from what its last dense layer gives to the logit, to the loss when training, and to
 * the logit of a probability when predicting.
 */
#ifndef BC_NET_HEAD_H
#define BC_NET_HEAD_H

#include <bclass/network.h>

/* The logit of a picture, as it is trained on; outputs: one of a sigmoid's, two of a softmax's. */
float bc_head_logit(const bc_layer *head, const float *outputs);

/* Of that, the logit of the class probability: through the focal loss's map, then moved by the offset. It
 * keeps the order of logits, is finite for every finite one, and leaves a NaN or infinity as it is. */
float bc_head_correct(const bc_layer *head, float logit);

/* The loss of logit z with label y, from 0 to 1, and its derivative by z. With gamma 0 it is the binary
 * cross-entropy, max(z,0) - y z + log(1 + exp(-|z|)); else the focal loss (Lin et al. 2017, eq. 4),
 * -y (1-p)^gamma log(p) - (1-y) p^gamma log(1-p). A NaN stays. */
double bc_head_loss(const bc_layer *head, double z, double y);
double bc_head_gradient(const bc_layer *head, double z, double y);

#endif
