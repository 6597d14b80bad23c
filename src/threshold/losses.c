/* The logarithms of many numbers add up to that of their product, so one is taken for many items. The product
 * is kept in range by taking powers of two out of it. Where an item's own loss is small this would drown it
 * in the rounding of the product, and a short series takes its place; as values are sorted, one way or the
 * other is taken for many items in a row. */
#include "threshold/losses.h"

static const double small = 0x1p-10; /* six terms of the series are enough below */
static const double least = 0x1p-500, most = 0x1p500;
static const double log_of_two = 0.693147180559945309;

/* What a run of items sums up to, but for the logarithm of the product. */
typedef struct run {
    bc_sum squares, plain; /* plain: the losses that are no part of the product */
    double product;
    long long exponent; /* of two, besides */
} run;

/* -log(1 - x) for |x| below small. */
static inline double series(double x) {
    return x * (1 + x * (1.0 / 2 + x * (1.0 / 3 + x * (1.0 / 4 + x * (1.0 / 5 + x * (1.0 / 6))))));
}

static inline void multiply(run *to, double factor) {
    to->product *= factor;
    if (to->product < least || to->product > most) {
        int exponent;
        to->product = frexp(to->product, &exponent);
        to->exponent += exponent;
    }
}

/* given: the probability of what happened; missed: that of what did not. */
static inline void add_probability(run *to, double given, double missed) {
    bc_sum_add(&to->squares, missed * missed);
    if (missed < small)
        bc_sum_add(&to->plain, series(missed));
    else if (given < least)
        bc_sum_add(&to->plain, -log(given));
    else
        multiply(to, given);
}

/* against: the logit of what did not happen. log(1 + e^a) = max(a, 0) + log(1 + e^-|a|). */
static inline void add_logit(run *to, double against) {
    const double e = exp(-fabs(against)), missed = (against >= 0 ? 1 : e) / (1 + e);
    bc_sum_add(&to->squares, missed * missed);
    bc_sum_add(&to->plain, (against > 0 ? against : 0) - (e < small ? series(-e) : 0));
    if (e >= small)
        multiply(to, 1 + e);
}

static void add_items(run *to, const double *values, size_t count, bool positive, bool logits) {
    if (logits) {
        for (size_t i = 0; i < count; i++)
            add_logit(to, positive ? -values[i] : values[i]);
    } else if (positive) {
        for (size_t i = 0; i < count; i++)
            add_probability(to, values[i], 1 - values[i]);
    } else {
        for (size_t i = 0; i < count; i++)
            add_probability(to, 1 - values[i], values[i]);
    }
}

void bc_losses_add(bc_losses *losses, const double *values, size_t count, bool positive, bool logits) {
    run all = {.product = 1};
    add_items(&all, values, count, positive, logits);
    /* A product of probabilities falls, one of 1 + e^-|a| rises. */
    const double of_product = log(all.product) + log_of_two * (double)all.exponent;
    bc_sum_add(&losses->log, logits ? of_product : -of_product);
    bc_sum_join(&losses->log, &all.plain);
    bc_sum_join(&losses->squares, &all.squares);
}

void bc_losses_join(bc_losses *losses, const bc_losses *others) {
    bc_sum_join(&losses->log, &others->log);
    bc_sum_join(&losses->squares, &others->squares);
}
