/* Calibration error: CORP against the min-max formula of isotonic regression over all pairs of rows, bins
 * against numpy (calibration_truth.py). */
#include "cmocka_includes.h"

#include "base/random.h"
#include "base/threads.h"
#include "threshold/pav.h"

#include <bclass/logit.h>
#include <bclass/reliability.h>

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 3000, MOST_ROWS = 24 };

static void assert_near(double found, double expected, double tolerance) {
    if (isnan(expected) ? !isnan(found) : !(found == expected || fabs(found - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", found, expected);
}

static void add(bc_scores *scores, double value, int label, double weight) {
    bc_error err = {0};
    bc_score_row row = bc_score_row_blank;
    row.value = value;
    row.label = label;
    row.weight = weight;
    assert_int_equal(bc_scores_add(scores, &row, &err), BC_OK);
}

static void make_random(bc_scores *scores, uint64_t round) {
    bc_random random = bc_random_keyed(13, BC_RANDOM_RESAMPLE, round, 0);
    *scores = (bc_scores){.logits = round % 2 == 0};
    size_t rows = (size_t)bc_random_below(&random, MOST_ROWS + 1);
    for (size_t i = 0; i < rows; i++) {
        uint64_t kind = bc_random_below(&random, 10);
        double value = scores->logits ? (kind == 0   ? -INFINITY
                                         : kind == 1 ? INFINITY
                                         : kind < 6  ? (double)bc_random_below(&random, 7) - 3
                                                     : 8 * bc_random_uniform(&random) - 4)
                                      : (kind < 7 ? (double)bc_random_below(&random, 9) / 8
                                                  : bc_random_uniform(&random));
        int label = (int)bc_random_below(&random, 9) - 1;
        add(scores, value, label > 0 ? label % 2 : label,
            round % 3 == 0 ? 0.25 + bc_random_uniform(&random) : 1);
    }
}

static double weight_of(const bc_scores *scores, size_t i) {
    return scores->weights != NULL ? scores->weights[i] : 1;
}

/* ---- the reference ---- */

/* The share of positives among the rows with low <= value <= high. */
static double share_within(const bc_scores *scores, double low, double high) {
    double positives = 0, all = 0;
    for (size_t i = 0; i < scores->count; i++) {
        if (scores->labels[i] < 0 || scores->values[i] < low || scores->values[i] > high)
            continue;
        positives += weight_of(scores, i) * scores->labels[i];
        all += weight_of(scores, i);
    }
    return positives / all;
}

/* Isotonic regression at a value: the greatest over lower ends of the least over upper ends (Robertson,
 * Wright, Dykstra 1988, theorem 1.4.4). */
static double pooled_share(const bc_scores *scores, double value) {
    double greatest = -INFINITY;
    for (size_t i = 0; i < scores->count; i++) {
        if (scores->labels[i] < 0 || scores->values[i] > value)
            continue;
        double least = INFINITY;
        for (size_t j = 0; j < scores->count; j++) {
            if (scores->labels[j] >= 0 && scores->values[j] >= value)
                least = fmin(least, share_within(scores, scores->values[i], scores->values[j]));
        }
        greatest = fmax(greatest, least);
    }
    return greatest;
}

static double square(double share, int label) {
    return (share - label) * (share - label);
}

static double log_loss(double share, int label) {
    return label == 1 ? -log(share) : -log1p(-share);
}

typedef double loss_of(double share, int label);

static bc_decomposition plain_decomposition(const bc_scores *scores, loss_of *loss) {
    double found = 0, pooled = 0, constant = 0, all = 0;
    double base = share_within(scores, -INFINITY, INFINITY);
    for (size_t i = 0; i < scores->count; i++) {
        if (scores->labels[i] < 0)
            continue;
        double weight = weight_of(scores, i), value = scores->values[i];
        found += weight * loss(scores->logits ? bc_sigmoid(value) : value, scores->labels[i]);
        pooled += weight * loss(pooled_share(scores, value), scores->labels[i]);
        constant += weight * loss(base, scores->labels[i]);
        all += weight;
    }
    return (bc_decomposition){found / all, (found - pooled) / all, (constant - pooled) / all, constant / all};
}

/* ---- tests ---- */

static void build(bc_curve *curve, const bc_scores *scores) {
    bc_error err = {0};
    assert_int_equal(bc_curve_build(curve, scores, BC_SPLITS_ALL, &err), BC_OK);
}

static void expect_decomposition(const bc_decomposition *found, const bc_decomposition *expected) {
    assert_near(found->mcb, expected->mcb, 1e-10);
    assert_near(found->dsc, expected->dsc, 1e-10);
    assert_near(found->unc, expected->unc, 1e-10);
    if (isfinite(found->loss)) {
        assert_near(found->mcb - found->dsc + found->unc, found->loss, 1e-12);
        assert_true(found->mcb >= -1e-12 && found->dsc >= -1e-12);
    }
}

static void corp_is_what_all_pairs_of_rows_say(void **state) {
    (void)state;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        bc_scores scores;
        bc_curve curve;
        bc_corp corp;
        bc_error err = {0};
        make_random(&scores, round);
        build(&curve, &scores);
        assert_int_equal(
            bc_corp_decompose(&corp, &curve, bc_curve_brier(&curve), bc_curve_log_loss(&curve), &err), BC_OK);
        bc_decomposition brier = plain_decomposition(&scores, square);
        bc_decomposition logs = plain_decomposition(&scores, log_loss);
        expect_decomposition(&corp.brier, &brier);
        expect_decomposition(&corp.log_loss, &logs);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

/* The rows of calibration_truth.py. */
static void build_truth(bc_curve *curve, bool weighted) {
    bc_scores scores = {.logits = true};
    for (int i = 0; i < 240; i++) {
        double z = ((37 * i) % 101 - 50) / 12.5;
        add(&scores, z, ((53 * i + 11) % 97) / 97.0 < bc_sigmoid(0.6 * z - 0.5), weighted ? 1 + i % 3 : 1);
    }
    build(curve, &scores);
    bc_scores_free(&scores);
}

static void expect_bins(bool weighted, bc_bins_kind kind, double value, double debiased) {
    bc_curve curve;
    bc_binned_error found;
    build_truth(&curve, weighted);
    bc_binned_error_measure(&found, &curve, kind, 7);
    assert_near(found.value, value, 1e-13);
    assert_near(found.debiased, debiased, 1e-12);
    assert_int_equal(found.bins, 7);
    assert_int_equal(found.filled, 7);
    bc_curve_free(&curve);
}

static void binned_errors_are_those_of_numpy(void **state) {
    (void)state;
    expect_bins(false, BC_BINS_EQUAL_MASS, 0.127827358847649, 0.13367874192901);
    expect_bins(false, BC_BINS_EQUAL_WIDTH, 0.134382531909746, 0.130271268315351);
    expect_bins(true, BC_BINS_EQUAL_MASS, 0.128637783108729, 0.133613275026759);
    expect_bins(true, BC_BINS_EQUAL_WIDTH, 0.138457808108818, 0.131778920932369);
}

/* Each row looks at all others for the middle of its ranks, and each bin at all rows. */
static size_t bin_of(const bc_scores *scores, size_t row, bc_bins_kind kind, size_t bins) {
    double score = scores->logits ? bc_sigmoid(scores->values[row]) : scores->values[row], rank = 0, all = 0;
    for (size_t i = 0; i < scores->count; i++) {
        double weight = scores->labels[i] >= 0 ? weight_of(scores, i) : 0;
        all += weight;
        rank += scores->values[i] > scores->values[row]    ? weight
                : scores->values[i] == scores->values[row] ? weight / 2
                                                           : 0;
    }
    size_t bin = (size_t)(kind == BC_BINS_EQUAL_MASS ? rank * (double)bins / all : score * (double)bins);
    return bin < bins ? bin : bins - 1;
}

static bc_binned_error plain_bins(const bc_scores *scores, bc_bins_kind kind, size_t bins) {
    bc_binned_error found = {.kind = kind, .bins = bins};
    double all = 0;
    for (size_t bin = 0; bin < bins; bin++) {
        double weight = 0, squares = 0, claimed = 0, positives = 0;
        for (size_t i = 0; i < scores->count; i++) {
            if (scores->labels[i] < 0 || bin_of(scores, i, kind, bins) != bin)
                continue;
            double own = weight_of(scores, i);
            weight += own;
            squares += own * own;
            claimed += own * (scores->logits ? bc_sigmoid(scores->values[i]) : scores->values[i]);
            positives += own * scores->labels[i];
        }
        if (weight <= 0)
            continue;
        double share = positives / weight, gap = claimed / weight - share, rows = weight * weight / squares;
        found.filled++;
        found.value += weight * fabs(gap);
        found.debiased += rows > 1 ? weight * (gap * gap - share * (1 - share) / (rows - 1)) : NAN;
        all += weight;
    }
    found.value /= all;
    found.debiased /= all;
    found.debiased = isnan(found.debiased) ? NAN : sqrt(fmax(found.debiased, 0));
    return found;
}

static void binned_errors_are_what_all_rows_say(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 4, 5, 8, 15};
    size_t debiased = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        bc_scores scores;
        bc_curve curve;
        bc_binned_error found;
        const size_t bins = counts[round % 6];
        const bc_bins_kind kind = round / 6 % 2 == 0 ? BC_BINS_EQUAL_MASS : BC_BINS_EQUAL_WIDTH;
        make_random(&scores, round);
        build(&curve, &scores);
        bc_binned_error_measure(&found, &curve, kind, bins);
        bc_binned_error expected = plain_bins(&scores, kind, bins);
        assert_int_equal(found.filled, expected.filled);
        assert_near(found.value, expected.value, 1e-12);
        if (isnan(expected.debiased))
            assert_true(isnan(found.debiased));
        else
            assert_near(found.debiased * found.debiased, expected.debiased * expected.debiased, 1e-12);
        debiased += !isnan(found.debiased) && found.debiased > 0;
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
    assert_in_range(debiased, ROUNDS / 10, ROUNDS - 1);
}

static void equal_scores_share_a_bin(void **state) {
    bc_scores scores = {0};
    bc_curve curve;
    bc_binned_error found;
    (void)state;
    for (int i = 0; i < 30; i++)
        add(&scores, i < 20 ? 0.5 : 0.9, i % 2, 1);
    build(&curve, &scores);
    bc_binned_error_measure(&found, &curve, BC_BINS_EQUAL_MASS, 10);
    assert_int_equal(found.filled, 2);
    assert_near(found.value, 0.4 / 3, 1e-15);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

/* What the best rising recalibration leaves of the Brier score, from one pass over all groups. */
static double plainly_pooled(const bc_curve *curve) {
    bc_error err = {0};
    bc_pav whole = {0};
    bc_curve_point at = bc_curve_none(), before = at;
    double pooled = 0, all = 0;
    while (bc_curve_next(&at, curve)) {
        bc_confusion above = bc_curve_counts(curve, before), below = bc_curve_counts(curve, at);
        double positives = below.tp - above.tp, weight = positives + below.fp - above.fp;
        assert_int_equal(bc_pav_push(&whole, (bc_pav_block){0, 0, positives, weight}, &err), BC_OK);
        before = at;
        all += weight;
    }
    for (size_t i = 0; i < whole.count; i++)
        pooled += whole.blocks[i].positives * (1 - whole.blocks[i].positives / whole.blocks[i].weight);
    bc_pav_free(&whole);
    return pooled / all;
}

static bc_scores make_many(uint64_t round) {
    enum { ROWS = 60000 };
    static const double shifts[] = {0, -5, 5, 0};
    bc_scores scores = {.logits = true};
    bc_random random = bc_random_keyed(3, BC_RANDOM_RESAMPLE, round, 0);
    for (int i = 0; i < ROWS; i++) {
        double z = 8 * bc_random_uniform(&random) - 4, shift = shifts[round % 4];
        if (round % 2 == 0)
            z = floor(400 * z) / 400;                   /* ties, over the ends of segments and chunks too */
        double slope = round % 4 == 3 ? sin(z) : z / 2; /* and order that is wrong in places */
        add(&scores, z, bc_random_uniform(&random) < bc_sigmoid(slope + shift), round < 4 ? 1 : 1 + i % 2);
    }
    return scores;
}

static void many_rows_give_the_same_in_one_pass_and_on_any_number_of_threads(void **state) {
    (void)state;
    for (uint64_t round = 0; round < 8; round++) {
        bc_scores scores = make_many(round);
        bc_curve curve;
        bc_corp first, corp;
        bc_binned_error bins, first_bins;
        bc_pool *pool;
        bc_error err = {0};
        build(&curve, &scores);
        assert_int_equal(bc_corp_decompose(&first, &curve, 0, 0, &err), BC_OK);
        assert_near(first.brier.unc - first.brier.dsc, plainly_pooled(&curve), 1e-12);
        bc_binned_error_measure(&first_bins, &curve, BC_BINS_EQUAL_MASS, 20);
        bc_curve_free(&curve);
        assert_int_equal(bc_pool_create(&pool, 2 + (unsigned)round % 3, &err), BC_OK);
        assert_int_equal(bc_curve_build_in(&curve, &scores, BC_SPLITS_ALL, pool, &err), BC_OK);
        assert_int_equal(bc_corp_decompose(&corp, &curve, 0, 0, &err), BC_OK);
        bc_binned_error_measure(&bins, &curve, BC_BINS_EQUAL_MASS, 20);
        assert_memory_equal(&corp, &first, sizeof corp);
        assert_true(bins.value == first_bins.value && bins.debiased == first_bins.debiased);
        bc_curve_free(&curve);
        bc_pool_free(pool);
        bc_scores_free(&scores);
    }
}

static void what_is_undefined_is_nan(void **state) {
    bc_scores scores = {0};
    bc_curve curve;
    bc_binned_error found;
    bc_corp corp;
    bc_error err = {0};
    (void)state;
    build(&curve, &scores);
    bc_binned_error_measure(&found, &curve, BC_BINS_EQUAL_MASS, BC_BINS_DEFAULT);
    assert_true(isnan(found.value) && isnan(found.debiased) && found.filled == 0);
    assert_int_equal(bc_corp_decompose(&corp, &curve, NAN, NAN, &err), BC_OK);
    assert_true(isnan(corp.brier.mcb) && isnan(corp.log_loss.unc));
    bc_curve_free(&curve);
    add(&scores, 0.3, 1, 1);
    build(&curve, &scores);
    bc_binned_error_measure(&found, &curve, BC_BINS_EQUAL_WIDTH, 4);
    assert_near(found.value, 0.7, 1e-15);
    assert_true(isnan(found.debiased)); /* one row has no variance */
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corp_is_what_all_pairs_of_rows_say),
        cmocka_unit_test(binned_errors_are_those_of_numpy),
        cmocka_unit_test(binned_errors_are_what_all_rows_say),
        cmocka_unit_test(equal_scores_share_a_bin),
        cmocka_unit_test(many_rows_give_the_same_in_one_pass_and_on_any_number_of_threads),
        cmocka_unit_test(what_is_undefined_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
