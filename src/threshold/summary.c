/* What one number says of a whole curve. */
#include <bclass/curve.h>
#include <bclass/logit.h>

#include "threshold/walk.h"
#include "threshold/wide.h"

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

/* By weight. */
typedef struct parts {
    double positives, negatives;             /* of a group */
    double positives_above, negatives_above; /* with greater values */
    double positive_squares, negative_squares;
} parts;

static parts parts_of(const bc_curve *curve, const bc_group *group) {
    const bc_curve_class *positive = &curve->positive, *negative = &curve->negative;
    bc_curve_point above = group->above, below = group->below;
    double positives = bc_weight(positive, above.positives), negatives = bc_weight(negative, above.negatives);
    return (parts){.positives = bc_weight(positive, below.positives) - positives,
                   .negatives = bc_weight(negative, below.negatives) - negatives,
                   .positives_above = positives,
                   .negatives_above = negatives,
                   .positive_squares = bc_square_weight(positive, below.positives) -
                                       bc_square_weight(positive, above.positives),
                   .negative_squares = bc_square_weight(negative, below.negatives) -
                                       bc_square_weight(negative, above.negatives)};
}

/* From twice the pairs ordered rightly. */
static double exact_auroc(const bc_curve *curve) {
    bc_wide twice = {0, 0}, pairs = {0, 0};
    bc_group here = {0};
    while (bc_group_next(&here, curve))
        bc_wide_add_product(&twice, here.below.negatives - here.above.negatives,
                            (uint64_t)here.above.positives + here.below.positives);
    bc_wide_add_product(&pairs, curve->positive.count, curve->negative.count);
    return bc_wide_value(&twice) / (2 * bc_wide_value(&pairs));
}

static double weighted_auroc(const bc_curve *curve) {
    sum pairs = {0, 0};
    bc_group here = {0};
    while (bc_group_next(&here, curve)) {
        parts part = parts_of(curve, &here);
        add(&pairs, part.negatives * (part.positives_above + 0.5 * part.positives));
    }
    return value_of(&pairs) / bc_curve_positives(curve) / bc_curve_negatives(curve);
}

double bc_curve_auroc(const bc_curve *curve) {
    if (curve->positive.count == 0 || curve->negative.count == 0)
        return NAN;
    return bc_curve_is_weighted(curve) ? weighted_auroc(curve) : exact_auroc(curve);
}

/* Of the weighted mean of the placements of one class, from the sum of their squares. */
static double variance_of_mean(double squares, double count, double weight) {
    return squares / (count - 1) / weight * (count / weight);
}

/* The variance of the area: that of the positives' placements among the negatives, and the other way round.
 */
static double delong_variance(const bc_curve *curve, double area) {
    double positives = bc_curve_positives(curve), negatives = bc_curve_negatives(curve);
    sum of_positives = {0, 0}, of_negatives = {0, 0};
    bc_group here = {0};
    while (bc_group_next(&here, curve)) {
        parts part = parts_of(curve, &here);
        double below = negatives - part.negatives_above - 0.5 * part.negatives;
        double above = part.positives_above + 0.5 * part.positives;
        double positive_off = below / negatives - area, negative_off = above / positives - area;
        add(&of_positives, part.positive_squares * positive_off * positive_off);
        add(&of_negatives, part.negative_squares * negative_off * negative_off);
    }
    return variance_of_mean(value_of(&of_positives), (double)curve->positive.count, positives) +
           variance_of_mean(value_of(&of_negatives), (double)curve->negative.count, negatives);
}

void bc_curve_auroc_interval(double *low, double *high, const bc_curve *curve, double z) {
    *low = *high = NAN;
    if (curve->positive.count < 2 || curve->negative.count < 2)
        return;
    double area = bc_curve_auroc(curve), variance = delong_variance(curve, area);
    if (!(variance > 0 && area > 0 && area < 1))
        return;
    double half = z * sqrt(variance) / (area * (1 - area));
    *low = bc_sigmoid(bc_logit(area) - half);
    *high = bc_sigmoid(bc_logit(area) + half);
}

double bc_curve_average_precision(const bc_curve *curve) {
    if (curve->positive.count == 0)
        return NAN;
    sum precision = {0, 0};
    bc_group here = {0};
    while (bc_group_next(&here, curve)) {
        parts part = parts_of(curve, &here);
        double tp = part.positives_above + part.positives, fp = part.negatives_above + part.negatives;
        add(&precision, part.positives * (tp / (tp + fp)));
    }
    return value_of(&precision) / bc_curve_positives(curve);
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
    bc_group here = {0};
    while (bc_group_next(&here, curve)) {
        parts part = parts_of(curve, &here);
        double positive, negative;
        loss(&positive, &negative, here.value, curve->logits);
        if (part.positives > 0) /* else 0 * infinity */
            add(&total, part.positives * positive);
        if (part.negatives > 0)
            add(&total, part.negatives * negative);
    }
    double all = bc_curve_positives(curve) + bc_curve_negatives(curve);
    return all > 0 ? value_of(&total) / all : NAN;
}

double bc_curve_log_loss(const bc_curve *curve) {
    return mean_loss(curve, log_losses);
}

double bc_curve_brier(const bc_curve *curve) {
    return mean_loss(curve, squared_errors);
}
