/* Calibration error, by pooling and by bins. */
#include <bclass/logit.h>
#include <bclass/reliability.h>

#include "threshold/pav.h"
#include "threshold/walk.h"

#include <math.h>

const char *const bc_bins_names[] = {"equal-mass", "equal-width", NULL};

/* A group by weight. */
typedef struct mass {
    double positives, weight;
} mass;

static mass mass_of(const bc_curve *curve, const bc_group *group) {
    const bc_curve_class *positive = &curve->positive, *negative = &curve->negative;
    double positives =
        bc_weight(positive, group->below.positives) - bc_weight(positive, group->above.positives);
    double negatives =
        bc_weight(negative, group->below.negatives) - bc_weight(negative, group->above.negatives);
    return (mass){positives, positives + negatives};
}

/* ---- pooling ---- */

/* weight * share * log(share), and its limit 0. */
static double entropy(double part, double weight) {
    return part > 0 ? -part * log(part / weight) : 0;
}

/* What items of which so many are positive lose when each gets the share as its score. */
static void add_losses(double *brier, double *log_loss, double positives, double weight) {
    double negatives = weight - positives;
    *brier += positives * (negatives / weight);
    *log_loss += entropy(positives, weight) + entropy(negatives, weight);
}

static bc_decomposition decompose(double loss, double pooled, double constant) {
    return (bc_decomposition){loss, loss - pooled, constant - pooled, constant};
}

bc_status bc_corp_decompose(bc_corp *corp, const bc_curve *curve, double brier, double log_loss,
                            bc_error *err) {
    double positives = bc_curve_positives(curve), all = positives + bc_curve_negatives(curve);
    double pooled_brier = 0, pooled_log = 0, constant_brier = 0, constant_log = 0;
    bc_pav pav = {0};
    bc_group here = {0};
    bc_status status = BC_OK;
    while (status == BC_OK && bc_group_next(&here, curve)) {
        mass group = mass_of(curve, &here);
        status = bc_pav_add(&pav, here.value, group.positives, group.weight, err);
    }
    for (size_t i = 0; i < pav.count; i++)
        add_losses(&pooled_brier, &pooled_log, pav.blocks[i].positives, pav.blocks[i].weight);
    bc_pav_free(&pav);
    if (status != BC_OK)
        return status;
    add_losses(&constant_brier, &constant_log, positives, all); /* NaN without items */
    corp->brier = decompose(brier, pooled_brier / all, constant_brier / all);
    corp->log_loss = decompose(log_loss, pooled_log / all, constant_log / all);
    return BC_OK;
}

/* ---- bins ---- */

typedef struct bin {
    double scores, positives, weight, squares; /* sums, the first two by weight */
} bin;

static double squares_of(const bc_curve *curve, const bc_group *group) {
    const bc_curve_class *positive = &curve->positive, *negative = &curve->negative;
    return bc_square_weight(positive, group->below.positives) -
           bc_square_weight(positive, group->above.positives) +
           bc_square_weight(negative, group->below.negatives) -
           bc_square_weight(negative, group->above.negatives);
}

static void fill(bin *bins, const bc_curve *curve, bc_bins_kind kind, size_t count, double all) {
    bc_group here = {0};
    double above = 0, limit = (double)count - 1;
    while (bc_group_next(&here, curve)) {
        mass group = mass_of(curve, &here);
        double score = curve->logits ? bc_sigmoid(here.value) : here.value;
        double place = kind == BC_BINS_EQUAL_MASS ? (above + group.weight / 2) / all : score;
        bin *to = &bins[(size_t)fmin(place * (double)count, limit)];
        above += group.weight;
        to->scores += group.weight * score;
        to->positives += group.positives;
        to->weight += group.weight;
        to->squares += squares_of(curve, &here);
    }
}

void bc_binned_error_measure(bc_binned_error *error, const bc_curve *curve, bc_bins_kind kind, size_t bins) {
    bin filled[BC_BINS_LIMIT] = {{0}};
    double all = bc_curve_positives(curve) + bc_curve_negatives(curve), squared = 0;
    *error = (bc_binned_error){.kind = kind, .bins = bins, .value = all > 0 ? 0 : NAN};
    fill(filled, curve, kind, bins, all);
    for (const bin *at = filled; at < filled + bins; at++) {
        if (!(at->weight > 0))
            continue;
        double gap = fabs(at->scores - at->positives) / at->weight, share = at->positives / at->weight;
        double rows = at->weight * at->weight / at->squares;
        double chance = rows > 1 ? share * (1 - share) / (rows - 1) : NAN;
        error->filled++;
        error->value += at->weight / all * gap;
        squared += at->weight / all * (gap * gap - chance);
    }
    error->debiased = isnan(squared) || !(all > 0) ? NAN : sqrt(fmax(squared, 0));
}
