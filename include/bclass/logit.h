/*
 * Between a logit z and its score (probability) p = 1 / (1 + exp(-z)), and the losses of a score.
 */
#ifndef BCLASS_LOGIT_H
#define BCLASS_LOGIT_H

#ifdef __cplusplus
extern "C" {
#endif

/* 1 / (1 + exp(-z)), without overflow; 0 and 1 for the infinities. */
double bc_sigmoid(double z);

/* log(p / (1 - p)), accurate near 0, 1/2 and 1; minus and plus infinity for p <= 0 and p >= 1. */
double bc_logit(double p);

/* log(1 + exp(x)), without overflow: the log loss of logit z is softplus(-z) for a positive, softplus(z) for
 * a negative. */
double bc_softplus(double x);

#ifdef __cplusplus
}
#endif

#endif
