/* Calibration: fits against scipy and scikit-learn (calibration_truth.py), and what every fit must keep. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/file.h"
#include "base/output.h"
#include "base/random.h"

#include <bclass/calibration.h>
#include <bclass/logit.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 240, ALL = (1 << BC_SPLIT_COUNT) - 1, SEED = 1 };

static void assert_near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", found, expected);
}

/* ---- the rows of calibration_truth.py ---- */

static double truth_logit(int i) {
    return ((37 * i) % 101 - 50) / 12.5;
}

static int truth_label(int i) {
    return ((53 * i + 11) % 97) / 97.0 < bc_sigmoid(0.6 * truth_logit(i) - 0.5);
}

static void add(bc_scores *scores, double logit, int label, double weight) {
    bc_error err = {0};
    bc_score_row row = bc_score_row_blank;
    row.value = logit;
    row.label = label;
    row.weight = weight;
    row.split = BC_SPLIT_VAL;
    assert_int_equal(bc_scores_add(scores, &row, &err), BC_OK);
}

static bc_scores make_truth(bool weighted) {
    bc_scores scores = {.logits = true};
    for (int i = 0; i < ROWS; i++)
        add(&scores, truth_logit(i), truth_label(i), weighted ? 1 + i % 3 : 1);
    return scores;
}

static bc_calibration fit(const bc_scores *scores, bc_calibration_method method) {
    bc_error err = {0};
    bc_calibration calibration;
    bc_status status = bc_calibration_fit(&calibration, scores, ALL, method, SEED, &err);
    if (status != BC_OK)
        fail_msg("%s", err.message);
    return calibration;
}

static void expect_parameters(bool weighted, bc_calibration_method method, const double *expected) {
    bc_scores scores = make_truth(weighted);
    bc_calibration found = fit(&scores, method);
    for (size_t i = 0; i < bc_calibration_parameter_count(method); i++)
        assert_near(found.parameters[i], expected[i], 1e-9);
    assert_int_equal(found.rows, 240);
    assert_int_equal(found.positives, 95);
    assert_string_equal(found.note, "");
    bc_calibration_free(&found);
    bc_scores_free(&scores);
}

static void parameters_are_those_of_scipy(void **state) {
    (void)state;
    expect_parameters(false, BC_CALIBRATION_TEMPERATURE, (double[]){1.69804745673438});
    expect_parameters(false, BC_CALIBRATION_PLATT, (double[]){0.616148734580873, -0.611692295209579});
    expect_parameters(false, BC_CALIBRATION_BETA,
                      (double[]){1.56351579389195, 0.0287343525741095, 0.901490653531009});
}

static void weighted_parameters_are_those_of_scipy(void **state) {
    (void)state;
    expect_parameters(true, BC_CALIBRATION_TEMPERATURE, (double[]){1.71024817422342});
    expect_parameters(true, BC_CALIBRATION_PLATT, (double[]){0.610456773710823, -0.605128376872905});
    expect_parameters(true, BC_CALIBRATION_BETA,
                      (double[]){1.51383943933237, 0.0428443849987088, 0.854515039633795});
}

static void expect_steps(bool weighted, const double *expected, size_t count) {
    bc_scores scores = make_truth(weighted);
    bc_calibration found = fit(&scores, BC_CALIBRATION_ISOTONIC);
    assert_int_equal(found.step_count, count);
    for (size_t i = 0; i < count; i++)
        assert_near(found.steps[i].score, expected[i], 1e-13);
    bc_calibration_free(&found);
    bc_scores_free(&scores);
}

static void isotonic_steps_are_those_of_scikit_learn(void **state) {
    static const double plain[] = {0.01470588235294, 0.25,   0.27272727272727,
                                   0.42857142857143, 0.4375, 0.57142857142857,
                                   0.75384615384615};
    static const double weighted[] = {
        0.01470588235294, 0.25,  0.32142857142857, 0.4, 0.42857142857143, 0.43661971830986, 0.44, 0.5,
        0.57142857142857, 0.625, 0.75193798449612};
    (void)state;
    expect_steps(false, plain, sizeof plain / sizeof plain[0]);
    expect_steps(true, weighted, sizeof weighted / sizeof weighted[0]);
}

static void the_scale_of_weights_does_not_matter(void **state) {
    (void)state;
    for (int method = BC_CALIBRATION_TEMPERATURE; method < BC_CALIBRATION_AUTO; method++) {
        bc_scores scores = make_truth(true), scaled = make_truth(true);
        for (size_t i = 0; i < scaled.count; i++)
            scaled.weights[i] *= 64;
        bc_calibration first = fit(&scores, (bc_calibration_method)method);
        bc_calibration second = fit(&scaled, (bc_calibration_method)method);
        for (double z = -5; z < 5; z += 0.25)
            assert_near(bc_calibration_apply(&first, z), bc_calibration_apply(&second, z), 1e-9);
        bc_calibration_free(&first);
        bc_calibration_free(&second);
        bc_scores_free(&scores);
        bc_scores_free(&scaled);
    }
}

static void probabilities_give_the_same_fit_as_their_logits(void **state) {
    bc_scores scores = make_truth(false), shares = make_truth(false);
    (void)state;
    shares.logits = false;
    for (size_t i = 0; i < shares.count; i++)
        shares.values[i] = bc_sigmoid(shares.values[i]);
    bc_calibration first = fit(&scores, BC_CALIBRATION_PLATT), second = fit(&shares, BC_CALIBRATION_PLATT);
    assert_near(first.parameters[0], second.parameters[0], 1e-9);
    assert_near(first.parameters[1], second.parameters[1], 1e-9);
    bc_scores_free(&scores);
    bc_scores_free(&shares);
}

static void beta_stays_rising_where_the_best_curve_is_not(void **state) {
    bc_scores scores = make_truth(false);
    (void)state;
    for (size_t i = 0; i < scores.count; i++)
        scores.labels[i] = scores.values[i] < -3 ? 1 : scores.labels[i];
    bc_calibration found = fit(&scores, BC_CALIBRATION_BETA);
    assert_true(found.parameters[0] == 0);
    assert_near(found.parameters[1], 0.430614598142014, 1e-9);
    assert_near(found.parameters[2], -0.40219389845462, 1e-9);
    bc_scores_free(&scores);
}

static void parted_classes_are_fitted_with_smoothed_targets(void **state) {
    bc_scores scores = make_truth(false);
    (void)state;
    for (size_t i = 0; i < scores.count; i++)
        scores.labels[i] = scores.values[i] > 0;
    bc_calibration temperature = fit(&scores, BC_CALIBRATION_TEMPERATURE);
    bc_calibration beta = fit(&scores, BC_CALIBRATION_BETA);
    assert_near(temperature.parameters[0], 0.284944750161152, 1e-9);
    assert_near(beta.parameters[0], 2.73267340207842, 1e-9);
    assert_near(beta.parameters[1], 4.32049710322014, 1e-9);
    assert_near(beta.parameters[2], -1.34031905284417, 1e-9);
    assert_non_null(strstr(temperature.note, "without an error"));
    assert_non_null(strstr(beta.note, "without an error"));
    bc_scores_free(&scores);
}

/* No method may tell more than the share of positives, here 80 of 240, or say that the classes are parted. */
static void equal_scores_all_get_the_share_of_positives(void **state) {
    static const bc_calibration_method methods[] = {BC_CALIBRATION_PLATT, BC_CALIBRATION_BETA,
                                                    BC_CALIBRATION_ISOTONIC};
    static const double levels[] = {0, 1.5, -20};
    bc_scores scores = make_truth(false);
    (void)state;
    for (size_t k = 0; k < sizeof levels / sizeof levels[0]; k++) {
        for (size_t i = 0; i < scores.count; i++) {
            scores.values[i] = levels[k];
            scores.labels[i] = i % 3 == 0;
        }
        for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++) {
            bc_calibration found = fit(&scores, methods[m]);
            for (int z = -30; z <= 30; z += 10)
                assert_near(bc_sigmoid(bc_calibration_apply(&found, z)), 1.0 / 3, 0.003);
            assert_non_null(strstr(found.note, "the same score"));
            bc_calibration_free(&found);
        }
        bc_calibration temperature = fit(&scores, BC_CALIBRATION_TEMPERATURE);
        assert_null(strstr(temperature.note, "without an error"));
    }
    bc_scores_free(&scores);
}

static void infinite_logits_count_as_a_bit_beyond_the_others(void **state) {
    bc_scores scores = make_truth(false);
    (void)state;
    for (size_t i = 0; i < scores.count; i += 10)
        scores.values[i] = scores.values[i] >= 0 ? INFINITY : -INFINITY;
    bc_calibration found = fit(&scores, BC_CALIBRATION_PLATT);
    assert_near(found.clip, 4.69314718055995, 1e-12);
    assert_near(found.parameters[0], 0.485889444423218, 1e-9);
    assert_near(found.parameters[1], -0.59274866294214, 1e-9);
    assert_true(bc_calibration_apply(&found, INFINITY) == bc_calibration_apply(&found, 1e9));
    assert_true(isinf(found.log_loss_before)); /* a sure thing did not happen */
    assert_true(isfinite(found.log_loss_after));
    bc_scores_free(&scores);
}

static void scores_of_the_other_class_are_not_turned_round(void **state) {
    bc_scores scores = make_truth(false);
    (void)state;
    for (size_t i = 0; i < scores.count; i++)
        scores.values[i] = -scores.values[i];
    bc_calibration temperature = fit(&scores, BC_CALIBRATION_TEMPERATURE);
    bc_calibration platt = fit(&scores, BC_CALIBRATION_PLATT), beta = fit(&scores, BC_CALIBRATION_BETA);
    assert_near(temperature.parameters[0], 1000, 1e-9);
    assert_non_null(strstr(temperature.note, "the highest"));
    /* one score for all: Platt's mean target, and the share of positives */
    assert_true(platt.parameters[0] == 0);
    double mean = (95 * (96.0 / 97) + 145 * (1.0 / 147)) / 240;
    assert_near(platt.parameters[1], log(mean / (1 - mean)), 1e-9);
    assert_true(beta.parameters[0] == 0 && beta.parameters[1] == 0);
    assert_near(beta.parameters[2], log(95.0 / 145), 1e-9);
    assert_non_null(strstr(platt.note, "the same score"));
    assert_non_null(strstr(beta.note, "the same score"));
    bc_scores_free(&scores);
}

/* Mostly right, and so near to 0 that the best temperature lies far below the lowest. */
static void logits_near_0_get_the_lowest_temperature(void **state) {
    bc_scores scores = {.logits = true};
    (void)state;
    for (int i = 0; i < 40; i++)
        add(&scores, (i % 2 ? 1e-6 : -1e-6) * (1 + i), i % 8 < 6 ? i % 2 : !(i % 2), 1);
    bc_calibration found = fit(&scores, BC_CALIBRATION_TEMPERATURE);
    assert_near(found.parameters[0], 0.001, 1e-15);
    assert_non_null(strstr(found.note, "the lowest; the logits are all near 0"));
    bc_scores_free(&scores);
}

/* ---- what every calibration keeps ---- */

static bc_scores make_random(uint64_t round) {
    bc_random random = bc_random_keyed(5, BC_RANDOM_RESAMPLE, round, 0);
    bc_scores scores = {.logits = true};
    size_t rows = 12 + (size_t)bc_random_below(&random, 60);
    double scale = pow(10, 4 * bc_random_uniform(&random) - 2), shift = 4 * bc_random_uniform(&random) - 2;
    bool weighted = round % 3 == 0;
    for (size_t i = 0; i < rows; i++) {
        double z = scale * (2 * bc_random_uniform(&random) - 1) + shift;
        uint64_t kind = bc_random_below(&random, 20);
        z = kind == 0 ? INFINITY : kind == 1 ? -INFINITY : kind < 6 ? floor(z) : kind == 6 ? z * 1e300 : z;
        int label = i < 10 ? (int)(i % 2) : bc_random_uniform(&random) < bc_sigmoid(z);
        add(&scores, z, label, weighted ? 0.01 + bc_random_uniform(&random) : 1);
    }
    return scores;
}

static void order_is_never_turned(void **state) {
    (void)state;
    for (uint64_t round = 0; round < 300; round++) {
        bc_scores scores = make_random(round);
        bc_random random = bc_random_keyed(6, BC_RANDOM_RESAMPLE, round, 0);
        for (int method = 0; method <= BC_CALIBRATION_AUTO; method++) {
            bc_calibration found = fit(&scores, (bc_calibration_method)method);
            assert_true(found.method < BC_CALIBRATION_AUTO);
            for (int i = 0; i < 200; i++) {
                double low = scores.values[bc_random_below(&random, scores.count)];
                double high = i % 2 == 0 ? scores.values[bc_random_below(&random, scores.count)]
                                         : nextafter(low, INFINITY);
                if (low > high) {
                    double swapped = low;
                    low = high;
                    high = swapped;
                }
                double below = bc_calibration_apply(&found, low), above = bc_calibration_apply(&found, high);
                if (!(below <= above))
                    fail_msg("round %d, %s: %.17g gives %.17g, %.17g gives %.17g", (int)round,
                             bc_calibration_names[method], low, below, high, above);
            }
            bc_calibration_free(&found);
        }
        bc_scores_free(&scores);
    }
}

static void a_fit_is_never_worse_than_none_by_its_own_measure(void **state) {
    (void)state;
    for (uint64_t round = 0; round < 300; round++) {
        bc_scores scores = make_random(round);
        bc_calibration temperature = fit(&scores, BC_CALIBRATION_TEMPERATURE);
        if (temperature.note[0] == '\0')
            assert_true(temperature.log_loss_after <= temperature.log_loss_before + 1e-12);
        bc_calibration_free(&temperature);
        bc_scores_free(&scores);
    }
}

static void isotonic_keeps_the_order_inside_its_steps(void **state) {
    bc_scores scores = make_truth(false);
    bc_calibration found = fit(&scores, BC_CALIBRATION_ISOTONIC);
    (void)state;
    for (int i = -60; i < 60; i++) {
        double z = i / 12.5;
        double here = bc_calibration_apply(&found, z), next = bc_calibration_apply(&found, z + 1 / 12.5);
        assert_true(here < next);
        assert_true(bc_calibration_apply_float(&found, (float)z) <
                    bc_calibration_apply_float(&found, (float)(z + 1 / 12.5)));
    }
    for (size_t i = 0; i < found.step_count; i++) {
        const bc_calibration_step *step = &found.steps[i];
        assert_near(bc_calibration_apply(&found, step->low), bc_logit(step->score), 0.001 + 1e-12);
        assert_near(bc_calibration_apply(&found, step->high), bc_logit(step->score), 0.001 + 1e-12);
    }
    assert_true(isfinite(bc_calibration_apply(&found, -INFINITY)));
    assert_true(isfinite(bc_calibration_apply(&found, INFINITY)));
    bc_calibration_free(&found);
    bc_scores_free(&scores);
}

/* ---- rows ---- */

static void too_few_rows_are_told(void **state) {
    bc_scores scores = {.logits = true};
    bc_calibration found;
    bc_error err = {0};
    (void)state;
    for (int i = 0; i < 20; i++)
        add(&scores, i, i >= 16, 1);
    assert_int_equal(bc_calibration_fit(&found, &scores, ALL, BC_CALIBRATION_PLATT, SEED, &err),
                     BC_ERROR_FORMAT);
    assert_string_equal(
        err.message,
        "a calibration needs at least 5 rows of each class, here are 4 positive and 16 negative");
    assert_int_equal(
        bc_calibration_fit(&found, &scores, 1u << BC_SPLIT_TEST, BC_CALIBRATION_PLATT, SEED, &err),
        BC_ERROR_FORMAT);
    assert_non_null(strstr(err.message, "here are 0 positive and 0 negative"));
    add(&scores, 3, 1, 1);
    bc_calibration few = fit(&scores, BC_CALIBRATION_PLATT);
    assert_string_equal(few.note,
                        "5 rows of the rarer class are few for platt, which takes about 20; it may not "
                        "hold for other rows");
    bc_scores_free(&scores);
}

static void only_labelled_rows_of_the_splits_count(void **state) {
    bc_scores scores = make_truth(false), more = make_truth(false);
    bc_error err = {0};
    (void)state;
    for (int i = 0; i < 50; i++) {
        bc_score_row other = bc_score_row_blank;
        other.value = -3 + i;
        other.label = 1;
        other.split = BC_SPLIT_TEST;
        assert_int_equal(bc_scores_add(&more, &other, &err), BC_OK);
        add(&more, 5, -1, 1);
    }
    bc_calibration first = fit(&scores, BC_CALIBRATION_PLATT), second;
    assert_int_equal(bc_calibration_fit(&second, &more, 1u << BC_SPLIT_VAL, BC_CALIBRATION_PLATT, SEED, &err),
                     BC_OK);
    assert_true(first.parameters[0] == second.parameters[0] && first.parameters[1] == second.parameters[1]);
    bc_scores_free(&scores);
    bc_scores_free(&more);
}

/* ---- auto and crosswise ---- */

/* Labels drawn by the logits' own scores after a change of them. */
static bc_scores draw(size_t rows, double slope, double shift, uint64_t seed) {
    bc_random random = bc_random_keyed(seed, BC_RANDOM_RESAMPLE, 0, 0);
    bc_scores scores = {.logits = true};
    for (size_t i = 0; i < rows; i++) {
        double z = 8 * bc_random_uniform(&random) - 4;
        add(&scores, z, bc_random_uniform(&random) < bc_sigmoid(slope * z + shift), 1);
    }
    return scores;
}

static void expect_choice(size_t rows, double slope, double shift, bc_calibration_method expected) {
    bc_scores scores = draw(rows, slope, shift, 3);
    bc_calibration found = fit(&scores, BC_CALIBRATION_AUTO);
    if (found.method != expected)
        fail_msg("%s, because %s", bc_calibration_names[found.method], found.chosen_by);
    assert_true(found.chosen_by[0] != '\0');
    assert_true((strstr(found.chosen_by, "; isotonic not tried with so few rows") == NULL) == (rows >= 1000));
    bc_calibration_free(&found);
    bc_scores_free(&scores);
}

static void auto_takes_the_simplest_that_is_good_enough(void **state) {
    (void)state;
    expect_choice(900, 1, 0, BC_CALIBRATION_NONE);
    expect_choice(900, 0.4, 0, BC_CALIBRATION_TEMPERATURE);
    expect_choice(900, 0.4, -1.5, BC_CALIBRATION_PLATT);
    expect_choice(4000, 0.4, 0, BC_CALIBRATION_TEMPERATURE);
}

static void auto_does_not_try_what_the_rows_are_too_few_for(void **state) {
    bc_scores scores = draw(30, 0.4, -1.5, 3);
    bc_calibration found = fit(&scores, BC_CALIBRATION_AUTO);
    (void)state;
    assert_true(found.method <= BC_CALIBRATION_TEMPERATURE);
    assert_non_null(strstr(found.chosen_by, "; platt, beta, isotonic not tried with so few rows"));
    bc_scores_free(&scores);
}

/* It then chooses on a sample; of a class of which that has too few, on all. */
static void auto_chooses_of_a_hundred_thousand_rows_and_more(void **state) {
    (void)state;
    expect_choice(110000, 0.4, -1.5, BC_CALIBRATION_PLATT);
}

static void auto_takes_isotonic_for_a_shape_that_no_curve_has(void **state) {
    bc_scores scores = draw(6000, 0, 0, 4);
    bc_random random = bc_random_keyed(8, BC_RANDOM_RESAMPLE, 0, 0);
    (void)state;
    for (size_t i = 0; i < scores.count; i++) /* three plateaus */
        scores.labels[i] = bc_random_uniform(&random) < (scores.values[i] < -2  ? 0.02
                                                         : scores.values[i] < 2 ? 0.5
                                                                                : 0.98);
    bc_calibration found = fit(&scores, BC_CALIBRATION_AUTO);
    assert_int_equal(found.method, BC_CALIBRATION_ISOTONIC);
    bc_calibration_free(&found);
    bc_scores_free(&scores);
}

static double loss(double logit, int label) {
    return label == 1 ? bc_softplus(-logit) : bc_softplus(logit);
}

static void cross_fitted_scores_do_not_see_their_own_labels(void **state) {
    /* Isotonic calibration of scores that mean nothing: on its own rows it gains, crosswise it cannot. */
    bc_scores scores = draw(500, 0, 0, 9);
    bc_scores crossed;
    bc_error err = {0};
    (void)state;
    bc_calibration found = fit(&scores, BC_CALIBRATION_ISOTONIC);
    assert_int_equal(bc_calibration_cross_fit(&crossed, &scores, ALL, BC_CALIBRATION_ISOTONIC, SEED, &err),
                     BC_OK);
    assert_int_equal(crossed.count, 500);
    double crosswise = 0;
    for (size_t i = 0; i < crossed.count; i++)
        crosswise += loss(crossed.values[i], crossed.labels[i]) / 500;
    assert_true(found.log_loss_after < log(2));
    assert_true(crosswise > log(2));
    bc_scores_free(&crossed);
    bc_calibration_free(&found);
    bc_scores_free(&scores);
}

static void groups_are_not_divided_among_folds(void **state) {
    /* Of 200 pairs of equal rows each pair has a label and a score of its own, by chance: row by row the
     * score gives away the label of its twin, pair by pair it cannot. */
    bc_random random = bc_random_keyed(12, BC_RANDOM_RESAMPLE, 0, 0);
    bc_scores apart = {.logits = true}, together = {.logits = true}, crossed;
    double losses[2] = {0, 0}, z = 0;
    int label = 0;
    bc_error err = {0};
    (void)state;
    for (int i = 0; i < 400; i++) {
        char group[16];
        if (i % 2 == 0) {
            z = 4 * bc_random_uniform(&random) - 2;
            label = (int)bc_random_below(&random, 2);
        }
        bc_score_row row = bc_score_row_blank;
        snprintf(group, sizeof group, "%d", i / 2);
        row.value = z;
        row.label = label;
        assert_int_equal(bc_scores_add(&apart, &row, &err), BC_OK);
        row.group = group;
        assert_int_equal(bc_scores_add(&together, &row, &err), BC_OK);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(bc_calibration_cross_fit(&crossed, i == 0 ? &apart : &together, ALL,
                                                  BC_CALIBRATION_ISOTONIC, SEED, &err),
                         BC_OK);
        for (size_t row = 0; row < crossed.count; row++)
            losses[i] += loss(crossed.values[row], crossed.labels[row]) / 400;
        bc_scores_free(&crossed);
    }
    assert_true(losses[0] < losses[1]);
    assert_true(losses[1] > log(2));
    bc_scores_free(&apart);
    bc_scores_free(&together);
}

static void too_few_groups_are_told(void **state) {
    bc_scores scores = {.logits = true}, crossed;
    bc_error err = {0};
    (void)state;
    for (int i = 0; i < 20; i++) {
        bc_score_row row = bc_score_row_blank;
        row.value = i;
        row.label = i % 2;
        row.group = "one";
        assert_int_equal(bc_scores_add(&scores, &row, &err), BC_OK);
    }
    assert_int_equal(bc_calibration_cross_fit(&crossed, &scores, ALL, BC_CALIBRATION_PLATT, SEED, &err),
                     BC_ERROR_FORMAT);
    assert_string_equal(err.message, "the rows are in too few groups to fit crosswise");
    bc_calibration found = fit(&scores, BC_CALIBRATION_AUTO);
    assert_int_equal(found.method, BC_CALIBRATION_TEMPERATURE);
    assert_string_equal(found.chosen_by, "the rows are in too few groups to cross-validate");
    bc_scores_free(&crossed);
    bc_scores_free(&scores);
}

/* ---- files ---- */

static const char file_name[] = "test_calibration.json";

static void what_is_written_reads_back_exactly(void **state) {
    (void)state;
    for (uint64_t round = 0; round < 40; round++) {
        bc_scores scores = make_random(round);
        bc_calibration found = fit(&scores, (bc_calibration_method)(round % (BC_CALIBRATION_AUTO + 1))), read;
        bc_error err = {0};
        snprintf(found.split, sizeof found.split, "val");
        memset(found.scores_sha256, 'a', 64);
        assert_int_equal(bc_calibration_write(&found, file_name, &err), BC_OK);
        if (bc_calibration_read(&read, file_name, &err) != BC_OK)
            fail_msg("%s", err.message);
        assert_int_equal(read.method, found.method);
        assert_int_equal(read.rows, found.rows);
        assert_true(read.clip == found.clip);
        assert_string_equal(read.chosen_by, found.chosen_by);
        assert_string_equal(read.scores_sha256, found.scores_sha256);
        for (size_t i = 0; i < scores.count; i++)
            assert_true(bc_calibration_apply(&read, scores.values[i]) ==
                        bc_calibration_apply(&found, scores.values[i]));
        bc_calibration_free(&found);
        bc_calibration_free(&read);
        bc_scores_free(&scores);
    }
    unlink(file_name);
}

static void expect_refused(const char *text, const char *reason) {
    bc_calibration read;
    bc_error err = {0};
    if (bc_calibration_from_json(&read, text, strlen(text), "x.json", &err) != BC_ERROR_FORMAT)
        fail_msg("taken: %s", text);
    if (strstr(err.message, reason) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, reason);
    bc_calibration_free(&read);
}

#define HEAD "{\"format\": \"bclass calibration\", \"version\": 1, "
#define ORIGIN                                                                                               \
    ", \"fitted_on\": {\"split\": \"val\", \"rows\": 10, \"positives\": 5, \"negatives\": 5, "               \
    "\"log_loss_before\": 0.5, \"log_loss_after\": 0.4}}"
#define TEMPERATURE(number, hex)                                                                             \
    HEAD "\"method\": \"temperature\", \"parameters\": {\"temperature\": " number                            \
         "}, \"hex\": {\"temperature\": \"" hex "\"}"
#define STEP(from, to, score, a, b, c)                                                                       \
    "{\"from\": " from ", \"to\": " to ", \"score\": " score ", \"hex\": [\"" a "\", \"" b "\", \"" c "\"]}"
#define STEPS(list) HEAD "\"method\": \"isotonic\", \"steps\": [" list "]"

static void damaged_files_are_refused(void **state) {
    bc_calibration read;
    bc_error err = {0};
    const char *const good = TEMPERATURE("2", "0x1p+1") ORIGIN;
    (void)state;
    assert_int_equal(bc_calibration_from_json(&read, good, strlen(good), "x", &err), BC_OK);
    assert_true(read.parameters[0] == 2);
    expect_refused("", "not a calibration");
    expect_refused("[]", "not a calibration");
    expect_refused(TEMPERATURE("2", "0x1p+1") ", \"chosen_by\": \"\xff\"" ORIGIN, "not a calibration");
    expect_refused(TEMPERATURE("2", "0x1p+1") ", \"chosen_by\": 5" ORIGIN, "'chosen_by'");
    expect_refused("{\"format\": \"bclass cutoff\"}", "not a calibration");
    expect_refused("{\"format\": \"bclass calibration\", \"version\": 2}", "another version");
    expect_refused(HEAD "\"method\": \"auto\"}", "'method'");
    expect_refused(TEMPERATURE("2", "0x1p+1") "}", "'fitted_on'");
    expect_refused(TEMPERATURE("2.1", "0x1p+1") ORIGIN, "'temperature'");
    expect_refused(TEMPERATURE("-2", "-0x1p+1") ORIGIN, "higher scores stay higher");
    expect_refused(TEMPERATURE("0", "0x0p+0") ORIGIN, "higher scores stay higher");
    expect_refused(TEMPERATURE("1e999", "inf") ORIGIN, "x.json");
    expect_refused(TEMPERATURE("2", "0x1p+1") ", \"clip\": \"-0x1p+1\"" ORIGIN, "'clip'");
    expect_refused(TEMPERATURE("2", "0x1p+1") ", \"scores_sha256\": \"12\"" ORIGIN, "'scores_sha256'");
    expect_refused(STEPS("") ORIGIN, "'steps'");
    expect_refused(STEPS("1") ORIGIN, "'steps'");
    expect_refused(STEPS(STEP("1", "0.5", "0.5", "0x1p+0", "0x1p-1", "0x1p-1")) ORIGIN, "'steps'");
    expect_refused(STEPS(STEP("1", "1", "1", "0x1p+0", "0x1p+0", "0x1p+0")) ORIGIN, "'steps'");
    expect_refused(STEPS(STEP("1", "1", "0.5", "0x1p+0", "0x1p+0",
                              "0x1p-1") "," STEP("1", "2", "0.75", "0x1p+0", "0x1p+1", "0x1.8p-1")) ORIGIN,
                   "rising");
    expect_refused(STEPS(STEP("1", "1", "0.5", "0x1p+0", "0x1p+0",
                              "0x1p-1") "," STEP("2", "2", "0.5", "0x1p+1", "0x1p+1", "0x1p-1")) ORIGIN,
                   "rising");
}

static void changed_bytes_never_crash_and_what_is_taken_never_turns_the_order(void **state) {
    bc_scores scores = make_truth(false);
    char *texts[2];
    size_t taken = 0;
    bc_error err = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        bc_calibration found = fit(&scores, i == 0 ? BC_CALIBRATION_ISOTONIC : BC_CALIBRATION_BETA);
        assert_int_equal(bc_calibration_to_json(&texts[i], &found, false, &err), BC_OK);
        bc_calibration_free(&found);
    }
    for (uint64_t round = 0; round < 4000; round++) {
        bc_random random = bc_random_keyed(21, BC_RANDOM_RESAMPLE, round, 0);
        bc_calibration read;
        size_t length = strlen(texts[round % 2]);
        char *text = strdup(texts[round % 2]);
        for (uint64_t changes = bc_random_below(&random, 3); changes > 0; changes--)
            text[bc_random_below(&random, length)] = "0189-.,:{}[]\"xpeinf \\"[bc_random_below(&random, 21)];
        if (bc_calibration_from_json(&read, text, length, "x", &err) == BC_OK) {
            taken++;
            for (double z = -6; z < 6; z += 0.5)
                assert_true(bc_calibration_apply(&read, z) <= bc_calibration_apply(&read, z + 0.5));
        }
        bc_calibration_free(&read);
        free(text);
    }
    assert_true(taken > 1000); /* a third is not changed at all */
    free(texts[0]);
    free(texts[1]);
    bc_scores_free(&scores);
}

static void shifts_move_the_score_as_their_formulas_say(void **state) {
    (void)state;
    for (double p = 0.05; p < 1; p += 0.05) {
        double t = 0.25, z = bc_logit(p);
        double recentred = bc_sigmoid(z + bc_calibration_recentre_shift(bc_logit(t)));
        assert_near(recentred, p * (1 - t) / (p * (1 - t) + (1 - p) * t), 1e-12);
        /* Bayes: the odds change by the odds of the shares */
        double shifted = bc_sigmoid(z + bc_calibration_prevalence_shift(0.5, 0.02));
        assert_near(shifted, p * 0.04 / (p * 0.04 + (1 - p) * 1.96), 1e-12);
    }
    assert_true(bc_sigmoid(-INFINITY + bc_calibration_recentre_shift(bc_logit(0.25))) == 0);
    assert_true(bc_sigmoid(INFINITY + bc_calibration_recentre_shift(bc_logit(0.25))) == 1);
    assert_near(bc_sigmoid(bc_logit(0.25) + bc_calibration_recentre_shift(bc_logit(0.25))), 0.5, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_those_of_scipy),
        cmocka_unit_test(weighted_parameters_are_those_of_scipy),
        cmocka_unit_test(isotonic_steps_are_those_of_scikit_learn),
        cmocka_unit_test(the_scale_of_weights_does_not_matter),
        cmocka_unit_test(probabilities_give_the_same_fit_as_their_logits),
        cmocka_unit_test(beta_stays_rising_where_the_best_curve_is_not),
        cmocka_unit_test(parted_classes_are_fitted_with_smoothed_targets),
        cmocka_unit_test(equal_scores_all_get_the_share_of_positives),
        cmocka_unit_test(infinite_logits_count_as_a_bit_beyond_the_others),
        cmocka_unit_test(scores_of_the_other_class_are_not_turned_round),
        cmocka_unit_test(logits_near_0_get_the_lowest_temperature),
        cmocka_unit_test(order_is_never_turned),
        cmocka_unit_test(a_fit_is_never_worse_than_none_by_its_own_measure),
        cmocka_unit_test(isotonic_keeps_the_order_inside_its_steps),
        cmocka_unit_test(too_few_rows_are_told),
        cmocka_unit_test(only_labelled_rows_of_the_splits_count),
        cmocka_unit_test(auto_takes_the_simplest_that_is_good_enough),
        cmocka_unit_test(auto_does_not_try_what_the_rows_are_too_few_for),
        cmocka_unit_test(auto_chooses_of_a_hundred_thousand_rows_and_more),
        cmocka_unit_test(auto_takes_isotonic_for_a_shape_that_no_curve_has),
        cmocka_unit_test(cross_fitted_scores_do_not_see_their_own_labels),
        cmocka_unit_test(groups_are_not_divided_among_folds),
        cmocka_unit_test(too_few_groups_are_told),
        cmocka_unit_test(what_is_written_reads_back_exactly),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(changed_bytes_never_crash_and_what_is_taken_never_turns_the_order),
        cmocka_unit_test(shifts_move_the_score_as_their_formulas_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
