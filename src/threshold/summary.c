/* What one number says of a whole curve. */
#include <bclass/curve.h>
#include <bclass/logit.h>

#include "base/threads.h"
#include "threshold/areas.h"
#include "threshold/losses.h"
#include "threshold/walk.h"

#include <math.h>
#include <stdatomic.h>
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

/* ---- without weights: in parts, so that threads can share them ---- */

enum { MOST_PARTS = 64, PART_ITEMS = 1 << 14 };

/* Where the sums of each part go; the parts are the same for any number of threads, and so are the sums. */
typedef struct parted {
    const bc_curve *curve;
    size_t parts;
    atomic_size_t taken;
    bc_areas areas[MOST_PARTS];
    bc_losses losses[MOST_PARTS];
} parted;

static void cut(parted *all, const bc_curve *curve) {
    const size_t items = curve->positive.count + curve->negative.count, parts = items / PART_ITEMS + 1;
    memset(all, 0, sizeof *all);
    all->curve = curve;
    all->parts = parts < MOST_PARTS ? parts : MOST_PARTS;
}

/* Where a part starts in a class. */
static size_t start_in(const bc_curve_class *class, const parted *all, size_t part) {
    return class->count / all->parts * part + class->count % all->parts * part / all->parts;
}

/* Where a part starts on the curve, behind a whole group: by the items of the greater class. */
static bc_curve_point start_on(const parted *all, size_t part) {
    const bc_curve *curve = all->curve;
    const bc_curve_class *class =
        curve->positive.count > curve->negative.count ? &curve->positive : &curve->negative;
    size_t start = start_in(class, all, part);
    if (part == all->parts)
        return bc_curve_all(curve);
    return start > 0 ? bc_curve_at(curve, class->values[start - 1]) : bc_curve_none();
}

static bool take_part(size_t *part, parted *all) {
    *part = atomic_fetch_add(&all->taken, 1);
    return *part < all->parts;
}

static void add_areas(void *context, unsigned worker) {
    (void)worker;
    parted *all = context;
    for (size_t part; take_part(&part, all);)
        bc_areas_add(&all->areas[part], all->curve, start_on(all, part), start_on(all, part + 1));
}

static void add_class_losses(parted *all, size_t part, const bc_curve_class *class, bool positive) {
    size_t start = start_in(class, all, part), end = start_in(class, all, part + 1);
    bc_losses_add(&all->losses[part], class->values + start, end - start, positive, all->curve->logits);
}

static void add_losses(void *context, unsigned worker) {
    (void)worker;
    parted *all = context;
    for (size_t part; take_part(&part, all);) {
        add_class_losses(all, part, &all->curve->positive, true);
        add_class_losses(all, part, &all->curve->negative, false);
    }
}

static bc_areas find_areas(const bc_curve *curve, bc_pool *pool) {
    parted all;
    cut(&all, curve);
    bc_pool_run(all.parts > 1 ? pool : NULL, add_areas, &all);
    for (size_t i = 1; i < all.parts; i++)
        bc_areas_join(&all.areas[0], &all.areas[i]);
    return all.areas[0];
}

static bc_losses find_losses(const bc_curve *curve, bc_pool *pool) {
    parted all;
    cut(&all, curve);
    bc_pool_run(all.parts > 1 ? pool : NULL, add_losses, &all);
    for (size_t i = 1; i < all.parts; i++)
        bc_losses_join(&all.losses[0], &all.losses[i]);
    return all.losses[0];
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

static void measure_areas(bc_curve_measures *found, const bc_curve *curve, double z, bc_pool *pool) {
    const size_t positives = curve->positive.count, negatives = curve->negative.count;
    const bool both = positives > 0 && negatives > 0, several = positives > 1 && negatives > 1;
    double variance = NAN;
    if (bc_curve_is_weighted(curve)) {
        found->auroc = both ? weighted_auroc(curve) : NAN;
        found->average_precision = positives > 0 ? weighted_precision(curve) : NAN;
        variance = several ? weighted_variance(curve, found->auroc) : NAN;
    } else {
        const bc_areas areas = find_areas(curve, pool);
        found->auroc = bc_areas_auroc(&areas, curve);
        found->average_precision = bc_areas_average_precision(&areas, curve);
        variance = several ? bc_areas_auroc_variance(&areas, curve) : NAN;
    }
    set_interval(found, variance, z);
}

static void measure_losses(bc_curve_measures *found, const bc_curve *curve, bc_pool *pool) {
    const size_t items = curve->positive.count + curve->negative.count;
    found->log_loss = found->brier = NAN;
    if (items == 0)
        return;
    if (bc_curve_is_weighted(curve)) {
        found->log_loss = weighted_mean_loss(curve, log_losses);
        found->brier = weighted_mean_loss(curve, squared_errors);
    } else {
        const bc_losses losses = find_losses(curve, pool);
        found->log_loss = bc_sum_value(&losses.log) / (double)items;
        found->brier = bc_sum_value(&losses.squares) / (double)items;
    }
}

void bc_curve_measure(bc_curve_measures *found, const bc_curve *curve, double z, bc_pool *pool) {
    measure_areas(found, curve, z, pool);
    measure_losses(found, curve, pool);
}

double bc_curve_auroc(const bc_curve *curve) {
    bc_curve_measures found;
    measure_areas(&found, curve, 0, NULL);
    return found.auroc;
}

void bc_curve_auroc_interval(double *low, double *high, const bc_curve *curve, double z) {
    bc_curve_measures found;
    measure_areas(&found, curve, z, NULL);
    *low = found.auroc_low;
    *high = found.auroc_high;
}

double bc_curve_average_precision(const bc_curve *curve) {
    bc_curve_measures found;
    measure_areas(&found, curve, 0, NULL);
    return found.average_precision;
}

double bc_curve_log_loss(const bc_curve *curve) {
    bc_curve_measures found;
    measure_losses(&found, curve, NULL);
    return found.log_loss;
}

double bc_curve_brier(const bc_curve *curve) {
    bc_curve_measures found;
    measure_losses(&found, curve, NULL);
    return found.brier;
}
