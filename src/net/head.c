/* Losses and corrections of the head, all from logits: never through log(sigmoid(z)), which loses what is
 * near 0 and 1. */
#include "head.h"

#include <float.h>
#include <math.h>

float bc_head_logit(const bc_layer *head, const float *outputs) {
    return head->kind == BC_LAYER_SOFTMAX ? outputs[1] - outputs[0] : outputs[0];
}

/* ---- the loss ---- */

static double sigmoid(double z) {
    double e = exp(-fabs(z));
    return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static double softplus(double z) {
    double positive = z < 0 ? 0 : z; /* a NaN stays */
    return positive + log1p(exp(-fabs(z)));
}

static double cross_entropy(double z, double y) {
    double positive = z < 0 ? 0 : z; /* a NaN stays */
    return positive - y * z + log1p(exp(-fabs(z)));
}

/* Of a positive: (1-p)^gamma, and -log(p). */
static double focal(double z, double gamma) {
    return exp(-gamma * softplus(z)) * softplus(-z);
}

static double focal_slope(double z, double gamma) {
    return -exp(-gamma * softplus(z)) * (sigmoid(-z) + gamma * sigmoid(z) * softplus(-z));
}

double bc_head_loss(const bc_layer *head, double z, double y) {
    if (head->gamma == 0)
        return cross_entropy(z, y);
    return y * focal(z, head->gamma) + (1 - y) * focal(-z, head->gamma);
}

double bc_head_gradient(const bc_layer *head, double z, double y) {
    if (head->gamma == 0)
        return sigmoid(z) - y;
    return y * focal_slope(z, head->gamma) - (1 - y) * focal_slope(-z, head->gamma);
}

/* ---- the correction ---- */

/* Where the mean focal loss of pictures of which a share eta is positive is least, at q = sigmoid(z), its
 * derivative is 0: eta phi(q) / q = (1-eta) phi(1-q) / (1-q), with phi(v) = (1-v)^gamma - gamma
 * (1-v)^(gamma-1) v log(v). So logit(eta) = z + log(phi(1-q)) - log(phi(q)). It is odd in z; for z >= 0, with
 * e = exp(-z) and r = log(1+e) / e, it is (gamma + 1) z + log(1 + gamma e (z + log(1+e))) - log(1 + gamma r),
 * and as 1/e - e = (1 - e^2) / e the two logarithms are one, of what is exact also where they cancel. */
static double undo_focal(double z, double gamma) {
    const double size = fabs(z), e = exp(-size), r = e > 0 ? log1p(e) / e : 1;
    const double part = gamma * (e * size + expm1(-2 * size) * r) / (1 + gamma * r);
    return copysign((gamma + 1) * size + log1p(part), z);
}

float bc_head_correct(const bc_layer *head, float logit) {
    const double most = (double)FLT_MAX;
    if (!isfinite(logit) || (head->gamma == 0 && head->offset == 0))
        return logit;
    double z = (double)logit;
    if (head->gamma > 0)
        z = undo_focal(z, head->gamma);
    z += head->offset;
    return (float)(z > most ? most : z < -most ? -most : z);
}
