/* Calibration error, by pooling and by bins. */
#include <bclass/logit.h>
#include <bclass/reliability.h>

#include "base/threads.h"
#include "threshold/pav_curve.h"
#include "threshold/segments.h"
#include "threshold/walk.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

const char *const bc_bins_names[] = {"equal-mass", "equal-width", NULL};

/* ---- pooling: of the groups of each segment, and then of their blocks ---- */

typedef struct pooling {
    bc_pav pools[BC_SEGMENTS_MOST];
    bc_status statuses[BC_SEGMENTS_MOST];
} pooling;

static void pool_segment(void *context, const bc_curve *curve, const bc_segment *segment) {
    pooling *all = context;
    bc_pav pool = {0};
    all->statuses[segment->index] = bc_pav_push_curve(&pool, curve, segment->from, segment->to, NULL);
    all->pools[segment->index] = pool;
}

/* Joins all pools in the first one. */
static bc_status join_pools(pooling *all, size_t count, bc_error *err) {
    for (size_t i = 0; i < count; i++) {
        bc_status status = all->statuses[i];
        for (size_t k = 0; i > 0 && status == BC_OK && k < all->pools[i].count; k++)
            status = bc_pav_push(&all->pools[0], all->pools[i].blocks[k], NULL);
        if (status != BC_OK)
            return bc_fail(err, status, "out of memory for pooling scores");
    }
    return BC_OK;
}

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

static void measure_corp(bc_corp *corp, const bc_pav *pav, const bc_curve *curve, double brier,
                         double log_loss) {
    double positives = bc_curve_positives(curve), all = positives + bc_curve_negatives(curve);
    double pooled_brier = 0, pooled_log = 0, constant_brier = 0, constant_log = 0;
    for (size_t i = 0; i < pav->count; i++)
        add_losses(&pooled_brier, &pooled_log, pav->blocks[i].positives, pav->blocks[i].weight);
    add_losses(&constant_brier, &constant_log, positives, all); /* NaN without items */
    corp->brier = decompose(brier, pooled_brier / all, constant_brier / all);
    corp->log_loss = decompose(log_loss, pooled_log / all, constant_log / all);
}

bc_status bc_corp_decompose(bc_corp *corp, const bc_curve *curve, double brier, double log_loss,
                            bc_error *err) {
    const size_t segments = bc_segments_count(curve);
    pooling all;
    memset(&all, 0, sizeof all);
    bc_segments_run(curve, pool_segment, &all);
    bc_status status = join_pools(&all, segments, err);
    if (status == BC_OK)
        measure_corp(corp, &all.pools[0], curve, brier, log_loss);
    for (size_t i = 0; i < segments; i++)
        bc_pav_free(&all.pools[i]);
    return status;
}

/* ---- bins: what lies between two points of the curve ---- */

typedef struct binning {
    const bc_curve *curve;
    bc_bins_kind kind;
    size_t bins;
    atomic_size_t taken;
    double scores[BC_BINS_LIMIT]; /* sums of the bins, by weight */
} binning;

/* By weight. */
static double rank_at(const bc_curve *curve, bc_curve_point point) {
    return bc_weight(&curve->positive, point.positives) + bc_weight(&curve->negative, point.negatives);
}

/* The greatest value of a class down to which so much lies; minus infinity when there is none. */
static double value_at_rank(const bc_curve *curve, const bc_curve_class *class, double rank) {
    size_t above = 0, below = class->count; /* items before `above` are too few */
    while (above < below) {
        size_t middle = above + (below - above) / 2;
        if (rank_at(curve, bc_curve_at(curve, class->values[middle])) < rank)
            above = middle + 1;
        else
            below = middle;
    }
    return above < class->count ? class->values[above] : -INFINITY;
}

/* Behind so much, or in front of a group most of which lies behind it. */
static bc_curve_point point_at_rank(const bc_curve *curve, double rank) {
    double value =
        fmax(value_at_rank(curve, &curve->positive, rank), value_at_rank(curve, &curve->negative, rank));
    bc_curve_point below = bc_curve_at(curve, value), above = bc_curve_at(curve, nextafter(value, INFINITY));
    double middle = (rank_at(curve, above) + rank_at(curve, below)) / 2;
    return middle < rank ? below : above;
}

/* Where a bin starts, from the highest scores on. */
static bc_curve_point bin_start(const binning *all, size_t bin) {
    const bc_curve *curve = all->curve;
    double share = (double)bin / (double)all->bins, least = 1 - share;
    if (bin == 0)
        return bc_curve_none();
    if (bin == all->bins)
        return bc_curve_all(curve);
    if (all->kind == BC_BINS_EQUAL_MASS)
        return point_at_rank(curve, share * rank_at(curve, bc_curve_all(curve)));
    return bc_curve_at(curve, curve->logits ? bc_logit(least) : least);
}

static double sum_scores(const bc_curve_class *class, size_t from, size_t to, bool logits) {
    double sum = 0;
    for (size_t i = from; i < to; i++) {
        double score = logits ? bc_sigmoid(class->values[i]) : class->values[i];
        sum += class->sums != NULL ? (class->sums[i + 1] - class->sums[i]) * score : score;
    }
    return sum;
}

static void sum_bins(void *context, unsigned worker) {
    (void)worker;
    binning *all = context;
    const bc_curve *curve = all->curve;
    size_t bin;
    while ((bin = atomic_fetch_add(&all->taken, 1)) < all->bins) {
        bc_curve_point from = bin_start(all, bin), to = bin_start(all, bin + 1);
        all->scores[bin] = sum_scores(&curve->positive, from.positives, to.positives, curve->logits) +
                           sum_scores(&curve->negative, from.negatives, to.negatives, curve->logits);
    }
}

static bc_reliability_bin find_bin(const binning *all, size_t bin) {
    const bc_curve *curve = all->curve;
    const bc_curve_point from = bin_start(all, bin), to = bin_start(all, bin + 1);
    const bc_confusion before = bc_curve_counts(curve, from), after = bc_curve_counts(curve, to);
    const bc_confusion fewer = bc_curve_squares(curve, from), more = bc_curve_squares(curve, to);
    double positives = after.tp - before.tp, weight = positives + after.fp - before.fp;
    return (bc_reliability_bin){.items = to.positives - from.positives + to.negatives - from.negatives,
                                .scores = all->scores[bin],
                                .positives = positives,
                                .weight = weight,
                                .squares = more.tp - fewer.tp + more.fp - fewer.fp};
}

void bc_reliability_bins(bc_reliability_bin *found, const bc_curve *curve, bc_bins_kind kind, size_t bins) {
    binning all = {.curve = curve, .kind = kind, .bins = bins};
    bc_pool_run(bc_segments_count(curve) > 1 ? curve->pool : NULL, sum_bins, &all);
    for (size_t bin = 0; bin < bins; bin++)
        found[bin] = find_bin(&all, bin);
}

/* Adds a bin to the errors, value and debiased being sums as yet. */
static void add_bin(bc_binned_error *error, const bc_reliability_bin *bin) {
    if (bin->items == 0)
        return;
    double share = bin->positives / bin->weight, gap = fabs(bin->scores - bin->positives) / bin->weight;
    double rows = bin->weight * bin->weight / bin->squares;
    /* A single row is told by its number: sums of weights may make it a bit more than 1. */
    double chance = bin->items > 1 && rows > 1 ? share * (1 - share) / (rows - 1) : NAN;
    error->filled++;
    error->value += bin->weight * gap;
    error->debiased += bin->weight * (gap * gap - chance);
}

void bc_binned_error_measure(bc_binned_error *error, const bc_curve *curve, bc_bins_kind kind, size_t bins) {
    const double all_weight = rank_at(curve, bc_curve_all(curve));
    bc_reliability_bin found[BC_BINS_LIMIT];
    *error = (bc_binned_error){.kind = kind, .bins = bins};
    bc_reliability_bins(found, curve, kind, bins);
    for (size_t bin = 0; bin < bins; bin++)
        add_bin(error, &found[bin]);
    error->value /= all_weight; /* NaN without items */
    error->debiased /= all_weight;
    error->debiased = isnan(error->debiased) ? NAN : sqrt(fmax(error->debiased, 0));
}
