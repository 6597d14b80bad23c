/* What one number says of a whole curve. */
#include <bclass/curve.h>
#include <bclass/logit.h>

#include "threshold/areas.h"
#include "threshold/losses.h"
#include "threshold/walk.h"

#include <math.h>
#include <string.h>

/* ---- with weights ---- */

/* By weight. */
typedef struct weights {
    double positives, negatives;             /* of a group */
    double positives_above, negatives_above; /* with greater values */
    double positive_squares, negative_squares;
} weights;

static weights weights_of(const bc_curve *curve, const bc_group *group) {
    const bc_curve_class *positive = &curve->positive, *negative = &curve->negative;
    bc_curve_point above = group->above, below = group->below;
    double positives = bc_weight(positive, above.positives), negatives = bc_weight(negative, above.negatives);
    return (weights){.positives = bc_weight(positive, below.positives) - positives,
                     .negatives = bc_weight(negative, below.negatives) - negatives,
                     .positives_above = positives,
                     .negatives_above = negatives,
                     .positive_squares = bc_square_weight(positive, below.positives) -
                                         bc_square_weight(positive, above.positives),
                     .negative_squares = bc_square_weight(negative, below.negatives) -
                                         bc_square_weight(negative, above.negatives)};
}

static double weighted_auroc(const bc_curve *curve) {
    bc_sum pairs = {0, 0};
    bc_group here = {0};
    while (bc_group_next(&here, curve)) {
        weights part = weights_of(curve, &here);
        bc_sum_add(&pairs, part.negatives * (part.positives_above + 0.5 * part.positives));
    }
    return bc_sum_value(&pairs) / bc_curve_positives(curve) / bc_curve_negatives(curve);
}

/* Of the weighted mean of the placements of one class, from the sum of their squares. */
static double variance_of_mean(double squares, double count, double weight) {
    return squares / (count - 1) / weight * (count / weight);
}

/* The variance of the area: that of the positives' placements among the negatives, and the other way round.
 */
static double weighted_variance(const bc_curve *curve, double area) {
    double positives = bc_curve_positives(curve), negatives = bc_curve_negatives(curve);
    bc_sum of_positives = {0, 0}, of_negatives = {0, 0};
    bc_group here = {0};
    while (bc_group_next(&here, curve)) {
        weights part = weights_of(curve, &here);
        double below = negatives - part.negatives_above - 0.5 * part.negatives;
        double above = part.positives_above + 0.5 * part.positives;
        double positive_off = below / negatives - area, negative_off = above / positives - area;
        bc_sum_add(&of_positives, part.positive_squares * positive_off * positive_off);
        bc_sum_add(&of_negatives, part.negative_squares * negative_off * negative_off);
    }
    return variance_of_mean(bc_sum_value(&of_positives), (double)curve->positive.count, positives) +
           variance_of_mean(bc_sum_value(&of_negatives), (double)curve->negative.count, negatives);
}

static double weighted_precision(const bc_curve *curve) {
    bc_sum precision = {0, 0};
    bc_group here = {0};
    while (bc_group_next(&here, curve)) {
        weights part = weights_of(curve, &here);
        double tp = part.positives_above + part.positives, fp = part.negatives_above + part.negatives;
        bc_sum_add(&precision, part.positives * (tp / (tp + fp)));
    }
    return bc_sum_value(&precision) / bc_curve_positives(curve);
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

static double weighted_mean_loss(const bc_curve *curve, item_loss *loss) {
    bc_sum total = {0, 0};
    bc_group here = {0};
    while (bc_group_next(&here, curve)) {
        weights part = weights_of(curve, &here);
        double positive, negative;
        loss(&positive, &negative, here.value, curve->logits);
        if (part.positives > 0) /* else 0 * infinity */
            bc_sum_add(&total, part.positives * positive);
        if (part.negatives > 0)
            bc_sum_add(&total, part.negatives * negative);
    }
    return bc_sum_value(&total) / (bc_curve_positives(curve) + bc_curve_negatives(curve));
}

/* ---- without weights ---- */

static void add_areas(void *context, const bc_curve *curve, const bc_segment *segment) {
    bc_areas *areas = context;
    bc_areas_add(&areas[segment->index], curve, segment);
}

static bc_areas find_areas(const bc_curve *curve) {
    bc_areas areas[BC_SEGMENTS_MOST];
    memset(areas, 0, sizeof areas);
    bc_segments_run(curve, add_areas, areas);
    for (size_t i = 1; i < bc_segments_count(curve); i++)
        bc_areas_join(&areas[0], &areas[i]);
    return areas[0];
}

static void add_losses(void *context, const bc_curve *curve, const bc_segment *segment) {
    bc_losses *losses = (bc_losses *)context + segment->index;
    const bc_curve_point from = segment->from, to = segment->to;
    bc_losses_add(losses, curve->positive.values + from.positives, to.positives - from.positives, true,
                  curve->logits);
    bc_losses_add(losses, curve->negative.values + from.negatives, to.negatives - from.negatives, false,
                  curve->logits);
}

static bc_losses find_losses(const bc_curve *curve) {
    bc_losses losses[BC_SEGMENTS_MOST];
    memset(losses, 0, sizeof losses);
    bc_segments_run(curve, add_losses, losses);
    for (size_t i = 1; i < bc_segments_count(curve); i++)
        bc_losses_join(&losses[0], &losses[i]);
    return losses[0];
}

/* ---- either way ---- */

static void set_interval(bc_curve_measures *found, double variance, double z) {
    double area = found->auroc;
    found->auroc_low = found->auroc_high = NAN;
    if (!(variance > 0 && area > 0 && area < 1))
        return;
    double half = z * sqrt(variance) / (area * (1 - area));
    found->auroc_low = bc_sigmoid(bc_logit(area) - half);
    found->auroc_high = bc_sigmoid(bc_logit(area) + half);
}

static void measure_areas(bc_curve_measures *found, const bc_curve *curve, double z) {
    const size_t positives = curve->positive.count, negatives = curve->negative.count;
    const bool both = positives > 0 && negatives > 0, several = positives > 1 && negatives > 1;
    double variance = NAN;
    if (bc_curve_is_weighted(curve)) {
        found->auroc = both ? weighted_auroc(curve) : NAN;
        found->average_precision = positives > 0 ? weighted_precision(curve) : NAN;
        variance = several ? weighted_variance(curve, found->auroc) : NAN;
    } else {
        const bc_areas areas = find_areas(curve);
        found->auroc = bc_areas_auroc(&areas, curve);
        found->average_precision = bc_areas_average_precision(&areas, curve);
        variance = several ? bc_areas_auroc_variance(&areas, curve) : NAN;
    }
    set_interval(found, variance, z);
}

static void measure_losses(bc_curve_measures *found, const bc_curve *curve) {
    const size_t items = curve->positive.count + curve->negative.count;
    found->log_loss = found->brier = NAN;
    if (items == 0)
        return;
    if (bc_curve_is_weighted(curve)) {
        found->log_loss = weighted_mean_loss(curve, log_losses);
        found->brier = weighted_mean_loss(curve, squared_errors);
    } else {
        const bc_losses losses = find_losses(curve);
        found->log_loss = bc_sum_value(&losses.log) / (double)items;
        found->brier = bc_sum_value(&losses.squares) / (double)items;
    }
}

void bc_curve_measure(bc_curve_measures *found, const bc_curve *curve, double z) {
    measure_areas(found, curve, z);
    measure_losses(found, curve);
}

double bc_curve_auroc(const bc_curve *curve) {
    bc_curve_measures found;
    measure_areas(&found, curve, 0);
    return found.auroc;
}

void bc_curve_auroc_interval(double *low, double *high, const bc_curve *curve, double z) {
    bc_curve_measures found;
    measure_areas(&found, curve, z);
    *low = found.auroc_low;
    *high = found.auroc_high;
}

double bc_curve_average_precision(const bc_curve *curve) {
    bc_curve_measures found;
    measure_areas(&found, curve, 0);
    return found.average_precision;
}

double bc_curve_log_loss(const bc_curve *curve) {
    bc_curve_measures found;
    measure_losses(&found, curve);
    return found.log_loss;
}

double bc_curve_brier(const bc_curve *curve) {
    bc_curve_measures found;
    measure_losses(&found, curve);
    return found.brier;
}
