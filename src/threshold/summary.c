/* What one number says of a whole curve. */
#include <bclass/curve.h>
#include <bclass/logit.h>

#include <math.h>

/* A sum whose rounding errors are carried along (Neumaier 1974). */
typedef struct sum {
    double total, lost;
} sum;

static void add(sum *to, double term) {
    double total = to->total + term;
    if (isfinite(total))
        to->lost += fabs(to->total) >= fabs(term) ? to->total - total + term : term - total + to->total;
    to->total = total;
}

static double value_of(const sum *of) {
    return of->total + of->lost;
}

/* One group on its own. */
typedef struct group {
    uint64_t positives, negatives;             /* in it */
    uint64_t positives_above, negatives_above; /* with greater values */
} group;

static group group_at(const bc_curve *curve, size_t i) {
    uint64_t tp = i > 0 ? curve->tp[i - 1] : 0, fp = i > 0 ? curve->fp[i - 1] : 0;
    return (group){curve->tp[i] - tp, curve->fp[i] - fp, tp, fp};
}

/* A whole number below 2^128. */
typedef struct wide {
    uint64_t high, low;
} wide;

static void add_word(wide *to, uint64_t high, uint64_t low) {
    to->low += low;
    to->high += high + (to->low < low);
}

/* a * b from halves of 32 bits. */
static void add_product(wide *to, uint64_t a, uint64_t b) {
    uint64_t a_low = a & UINT32_MAX, a_high = a >> 32, b_low = b & UINT32_MAX, b_high = b >> 32;
    uint64_t cross = a_high * b_low, other = a_low * b_high;
    add_word(to, a_high * b_high, a_low * b_low);
    add_word(to, cross >> 32, cross << 32);
    add_word(to, other >> 32, other << 32);
}

static double to_double(const wide *number) {
    return (double)number->high * 0x1p64 + (double)number->low;
}

double bc_curve_auroc(const bc_curve *curve) {
    if (curve->positives == 0 || curve->negatives == 0)
        return NAN;
    wide twice = {0, 0}, pairs = {0, 0};
    for (size_t i = 0; i < curve->groups; i++) {
        group here = group_at(curve, i);
        add_product(&twice, here.negatives, 2 * here.positives_above + here.positives);
    }
    add_product(&pairs, curve->positives, curve->negatives);
    return to_double(&twice) / (2 * to_double(&pairs));
}

/* The variance of the area: that of the positives' placements among the negatives, and the other way round.
 */
static double delong_variance(const bc_curve *curve, double area) {
    double positives = (double)curve->positives, negatives = (double)curve->negatives;
    sum of_positives = {0, 0}, of_negatives = {0, 0};
    for (size_t i = 0; i < curve->groups; i++) {
        group here = group_at(curve, i);
        double below = negatives - (double)here.negatives_above - 0.5 * (double)here.negatives;
        double above = (double)here.positives_above + 0.5 * (double)here.positives;
        double positive_off = below / negatives - area, negative_off = above / positives - area;
        add(&of_positives, (double)here.positives * positive_off * positive_off);
        add(&of_negatives, (double)here.negatives * negative_off * negative_off);
    }
    return value_of(&of_positives) / (positives - 1) / positives +
           value_of(&of_negatives) / (negatives - 1) / negatives;
}

void bc_curve_auroc_interval(double *low, double *high, const bc_curve *curve, double z) {
    *low = *high = NAN;
    if (curve->positives < 2 || curve->negatives < 2)
        return;
    double area = bc_curve_auroc(curve), variance = delong_variance(curve, area);
    if (!(variance > 0 && area > 0 && area < 1))
        return;
    double half = z * sqrt(variance) / (area * (1 - area));
    *low = bc_sigmoid(bc_logit(area) - half);
    *high = bc_sigmoid(bc_logit(area) + half);
}

double bc_curve_average_precision(const bc_curve *curve) {
    if (curve->positives == 0)
        return NAN;
    sum precision = {0, 0};
    for (size_t i = 0; i < curve->groups; i++) {
        double called = (double)(curve->tp[i] + curve->fp[i]);
        add(&precision, (double)group_at(curve, i).positives * ((double)curve->tp[i] / called));
    }
    return value_of(&precision) / (double)curve->positives;
}

/* The loss of an item with this value, of either label. */
static void log_losses(double *positive, double *negative, double value, bool logits) {
    *positive = logits ? bc_softplus(-value) : -log(value);
    *negative = logits ? bc_softplus(value) : -log1p(-value);
}

static void squared_errors(double *positive, double *negative, double value, bool logits) {
    double score = logits ? bc_sigmoid(value) : value, missing = logits ? bc_sigmoid(-value) : 1 - value;
    *positive = missing * missing;
    *negative = score * score;
}

typedef void item_loss(double *positive, double *negative, double value, bool logits);

static double mean_loss(const bc_curve *curve, item_loss *loss) {
    sum total = {0, 0};
    for (size_t i = 0; i < curve->groups; i++) {
        group here = group_at(curve, i);
        double positive, negative;
        loss(&positive, &negative, curve->values[i], curve->logits);
        if (here.positives > 0) /* else 0 * infinity */
            add(&total, (double)here.positives * positive);
        if (here.negatives > 0)
            add(&total, (double)here.negatives * negative);
    }
    uint64_t count = curve->positives + curve->negatives;
    return count > 0 ? value_of(&total) / (double)count : NAN;
}

double bc_curve_log_loss(const bc_curve *curve) {
    return mean_loss(curve, log_losses);
}

double bc_curve_brier(const bc_curve *curve) {
    return mean_loss(curve, squared_errors);
}
