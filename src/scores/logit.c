/* Logits and probabilities. */
#include <bclass/logit.h>

#include <math.h>

double bc_sigmoid(double z) {
    if (z >= 0)
        return 1 / (1 + exp(-z));
    double e = exp(z);
    return e / (1 + e);
}

double bc_logit(double p) {
    if (p <= 0)
        return -INFINITY;
    if (p >= 1)
        return INFINITY;
    if (p > 0.25 && p < 0.75)
        return log1p((2 * p - 1) / (1 - p)); /* keeps its digits where the logit is near 0 */
    return log(p / (1 - p));
}

double bc_softplus(double x) {
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}
