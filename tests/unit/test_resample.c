/* Folds, cross-fitting, the bootstrap and pins against doing the same by hand: other files of scores, built
 * and sorted anew, all draws that there are, every label turned round. */
#include "cmocka_includes.h"

#include "base/random.h"
#include "base/threads.h"

#include <bclass/bootstrap.h>
#include <bclass/clusters.h>
#include <bclass/crossfit.h>
#include <bclass/pins.h>
#include <bclass/repeats.h>
#include <bclass/saturation.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 600, FITTED_ROUNDS = 3000, MOST_ROWS = 30, RULES = 3 };

static const bc_rule rules[RULES] = {{.kind = BC_RULE_MIN_RECALL, .target = 0.7},
                                     {.kind = BC_RULE_MIN_PRECISION, .target = 0.75},
                                     {.kind = BC_RULE_MAX, .metric = {BC_METRIC_FBETA, 1}}};

static void choose_all(bc_pick *picks, const bc_curve *curve, const void *context) {
    const bc_rule *of = context;
    for (size_t i = 0; i < RULES; i++)
        bc_pick_choose(&picks[i], curve, &of[i]);
}

static void add(bc_scores *scores, double value, int label, double weight, const char *group) {
    bc_error err = {0};
    bc_score_row row = bc_score_row_blank;
    row.value = value;
    row.label = label;
    row.weight = weight;
    row.group = group;
    assert_int_equal(bc_scores_add(scores, &row, &err), BC_OK);
}

static void build(bc_curve *curve, const bc_scores *scores) {
    bc_error err = {0};
    assert_int_equal(bc_curve_build(curve, scores, BC_SPLITS_ALL, &err), BC_OK);
}

/* Rows of both classes, in every second round with weights in quarters, in every third with groups; values
 * that all differ where `ties` is false. */
static void make_random(bc_scores *scores, uint64_t round, bool ties) {
    bc_random random = bc_random_keyed(21, BC_RANDOM_RESAMPLE, round, ties);
    *scores = (bc_scores){.logits = true};
    size_t rows = 2 + (size_t)bc_random_below(&random, MOST_ROWS - 1);
    for (size_t i = 0; i < rows; i++) {
        char group[16] = "";
        double value = ties ? (double)bc_random_below(&random, 9) : (double)i + bc_random_uniform(&random);
        double weight = round % 2 == 0 ? 1 : (double)(1 + bc_random_below(&random, 8)) / 4;
        if (round % 3 == 0 && bc_random_below(&random, 5) > 0)
            snprintf(group, sizeof group, "g%d", (int)bc_random_below(&random, 8));
        int label = i < 2 ? (int)i : (int)bc_random_below(&random, 2);
        add(scores, value, label, weight, group);
    }
}

static void assert_close(double found, double expected, double tolerance, const char *what) {
    if (!(fabs(found - expected) <= tolerance) && !(isnan(found) && isnan(expected)))
        fail_msg("%s is %.17g, should be %.17g", what, found, expected);
}

/* ---- clusters ---- */

/* Where all values differ, the row of an item is found by its value. */
static size_t row_of(const bc_scores *scores, double value) {
    for (size_t i = 0; i < scores->count; i++) {
        if (scores->values[i] == value)
            return i;
    }
    fail();
    return 0;
}

static bool same_cluster(const bc_scores *scores, size_t a, size_t b) {
    const char *group = bc_scores_group(scores, a);
    return a == b || (group[0] != '\0' && strcmp(group, bc_scores_group(scores, b)) == 0);
}

static uint32_t cluster_of(const bc_clusters *clusters, const bc_curve *curve, size_t item) {
    return item < curve->positive.count ? clusters->positive[item]
                                        : clusters->negative[item - curve->positive.count];
}

static double value_of(const bc_curve *curve, size_t item) {
    return item < curve->positive.count ? curve->positive.values[item]
                                        : curve->negative.values[item - curve->positive.count];
}

static bc_cluster_kind kind_of(const bc_scores *scores, size_t row) {
    bool seen[2] = {false, false};
    for (size_t i = 0; i < scores->count; i++) {
        if (same_cluster(scores, row, i))
            seen[scores->labels[i]] = true;
    }
    return seen[0] && seen[1] ? BC_CLUSTER_MIXED : seen[1] ? BC_CLUSTER_POSITIVE : BC_CLUSTER_NEGATIVE;
}

static void rows_of_one_group_are_one_cluster(void **state) {
    (void)state;
    bc_error err = {0};
    for (uint64_t round = 0; round < ROUNDS; round += 3) {
        bc_scores scores;
        bc_curve curve;
        bc_clusters clusters;
        make_random(&scores, round, false);
        build(&curve, &scores);
        assert_int_equal(bc_clusters_find(&clusters, &curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
        for (size_t i = 0; scores.groups != NULL && i < scores.count; i++) {
            size_t row = row_of(&scores, value_of(&curve, i)), first = 0;
            for (int kind = 0; kind < (int)kind_of(&scores, row); kind++)
                first += clusters.kinds[kind];
            assert_in_range(cluster_of(&clusters, &curve, i), first,
                            first + clusters.kinds[kind_of(&scores, row)] - 1);
            for (size_t j = 0; j < scores.count; j++)
                assert_int_equal(cluster_of(&clusters, &curve, i) == cluster_of(&clusters, &curve, j),
                                 same_cluster(&scores, row, row_of(&scores, value_of(&curve, j))));
        }
        bc_clusters_free(&clusters);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

static int ascending(const void *first, const void *second) {
    double a = *(const double *)first, b = *(const double *)second;
    return (a > b) - (a < b);
}

/* A number that tells one row from any other one of these tests. */
static double mark(double value, double weight, bool positive) {
    return weight * ((value + 11) * (value + 11) + (positive ? 0.5 : 0));
}

/* Equal values are told apart by their weights. By what their rows add up to, the clusters are the groups. */
static void rows_with_equal_values_keep_their_clusters(void **state) {
    (void)state;
    bc_error err = {0};
    for (uint64_t round = 0; round < ROUNDS; round += 3) {
        bc_scores scores;
        bc_curve curve;
        bc_clusters clusters;
        double by_cluster[MOST_ROWS] = {0}, by_group[MOST_ROWS] = {0};
        size_t groups = 0;
        make_random(&scores, round, true);
        build(&curve, &scores);
        assert_int_equal(bc_clusters_find(&clusters, &curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
        for (size_t i = 0; clusters.positive != NULL && i < scores.count; i++) {
            bool positive = i < curve.positive.count;
            const bc_curve_class *of = positive ? &curve.positive : &curve.negative;
            size_t at = positive ? i : i - curve.positive.count;
            double weight = of->sums != NULL ? of->sums[at + 1] - of->sums[at] : 1;
            by_cluster[cluster_of(&clusters, &curve, i)] += mark(of->values[at], weight, positive);
            size_t first = 0;
            while (!same_cluster(&scores, first, i))
                first++;
            groups += first == i;
            by_group[first] +=
                mark(scores.values[i], scores.weights != NULL ? scores.weights[i] : 1, scores.labels[i] == 1);
        }
        qsort(by_cluster, MOST_ROWS, sizeof(double), ascending);
        qsort(by_group, MOST_ROWS, sizeof(double), ascending);
        assert_int_equal(clusters.count, groups);
        for (size_t i = 0; i < MOST_ROWS; i++)
            assert_close(by_cluster[i], by_group[i], 1e-9, "sum over a cluster");
        bc_clusters_free(&clusters);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

/* ---- folds ---- */

static void deal(bc_folds *folds, const bc_scores *scores, const bc_curve *curve, unsigned wanted,
                 uint64_t seed) {
    bc_error err = {0};
    bc_clusters clusters;
    assert_int_equal(bc_clusters_find(&clusters, curve, scores, BC_SPLITS_ALL, &err), BC_OK);
    assert_int_equal(bc_folds_deal(folds, curve, &clusters, wanted, seed, &err), BC_OK);
    bc_clusters_free(&clusters);
}

static void folds_have_as_many_rows_of_each_class(void **state) {
    (void)state;
    for (uint64_t round = 1; round < ROUNDS; round += round % 3) { /* those without groups */
        bc_scores scores;
        bc_curve curve;
        bc_folds folds;
        make_random(&scores, round, true);
        build(&curve, &scores);
        deal(&folds, &scores, &curve, 5, round);
        size_t rarer =
            curve.positive.count < curve.negative.count ? curve.positive.count : curve.negative.count;
        assert_int_equal(folds.count, rarer < 2 ? 0 : rarer < 5 ? rarer : 5);
        size_t counts[3][5] = {{0}};
        for (size_t i = 0; folds.count > 0 && i < curve.positive.count; i++)
            counts[0][folds.positive[i]]++;
        for (size_t i = 0; folds.count > 0 && i < curve.negative.count; i++)
            counts[1][folds.negative[i]]++;
        for (unsigned f = 0; f < folds.count; f++) {
            counts[2][f] = counts[0][f] + counts[1][f];
            assert_in_range(counts[0][f], curve.positive.count / folds.count,
                            (curve.positive.count - 1) / folds.count + 1);
            assert_in_range(counts[1][f], curve.negative.count / folds.count,
                            (curve.negative.count - 1) / folds.count + 1);
            assert_in_range(counts[2][f], scores.count / folds.count, (scores.count - 1) / folds.count + 1);
        }
        bc_folds_free(&folds);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

/* 4 positives into 2 folds: 6 ways, each as often. */
static void every_way_to_deal_is_as_likely(void **state) {
    (void)state;
    enum { SEEDS = 12000 };
    bc_scores scores = {.logits = true};
    bc_curve curve;
    int seen[16] = {0}, ways = 0;
    for (int i = 0; i < 8; i++)
        add(&scores, i, i % 2, 1, "");
    build(&curve, &scores);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        bc_folds folds;
        deal(&folds, &scores, &curve, 2, seed);
        int way = 0;
        for (int i = 0; i < 4; i++)
            way = 2 * way + folds.positive[i];
        seen[way]++;
        bc_folds_free(&folds);
    }
    for (int i = 0; i < 16; i++) {
        if (seen[i] > 0) /* 2000 expected, with a standard deviation of 41 */
            assert_in_range(seen[i], 2000 - 205, 2000 + 205);
        ways += seen[i] > 0;
    }
    assert_int_equal(ways, 6);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

/* 60 patients with 1 to 4 pictures each, of both classes: no fold shares a patient with another one, and each
 * has about a fifth of either class. */
static void clusters_stay_in_one_fold(void **state) {
    (void)state;
    bc_scores scores = {.logits = true};
    bc_curve curve;
    bc_folds folds;
    bc_random random = bc_random_keyed(22, BC_RANDOM_RESAMPLE, 0, 0);
    int fold_of[60], counts[2][5] = {{0}};
    for (int i = 0; i < 60; i++) {
        char group[16];
        snprintf(group, sizeof group, "patient %d", i);
        fold_of[i] = -1;
        for (int j = 0; j <= i % 4; j++)
            add(&scores, i + j / 8.0, bc_random_below(&random, 4) == 0, 1, group);
    }
    build(&curve, &scores);
    deal(&folds, &scores, &curve, 5, 3);
    assert_int_equal(folds.count, 5);
    for (size_t i = 0; i < scores.count; i++) {
        bool positive = i < curve.positive.count;
        int patient = (int)value_of(&curve, i);
        int fold = positive ? folds.positive[i] : folds.negative[i - curve.positive.count];
        assert_true(fold_of[patient] == -1 || fold_of[patient] == fold);
        fold_of[patient] = fold;
        counts[positive][fold]++;
    }
    for (int f = 0; f < 5; f++) {
        assert_in_range(counts[1][f], (int)curve.positive.count / 5 - 1, (int)curve.positive.count / 5 + 2);
        assert_in_range(counts[0][f], (int)curve.negative.count / 5 - 2, (int)curve.negative.count / 5 + 3);
    }
    bc_folds_free(&folds);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

/* ---- cross-fitting ---- */

static int fold_of_item(const bc_folds *folds, const bc_curve *curve, size_t item) {
    return item < curve->positive.count ? folds->positive[item]
                                        : folds->negative[item - curve->positive.count];
}

static double weight_of_item(const bc_curve *curve, size_t item) {
    const bool positive = item < curve->positive.count;
    const bc_curve_class *of = positive ? &curve->positive : &curve->negative;
    size_t at = positive ? item : item - curve->positive.count;
    return of->sums != NULL ? of->sums[at + 1] - of->sums[at] : 1;
}

/* Chooses on a file without the fold, then looks at each row of the fold. */
static void fit_by_hand(bc_crossfit results[RULES], const bc_curve *curve, const bc_folds *folds) {
    const size_t items = curve->positive.count + curve->negative.count;
    for (unsigned fold = 0; fold < folds->count; fold++) {
        bc_scores rest = {.logits = curve->logits};
        bc_curve curve_of_rest;
        bc_pick picks[RULES];
        for (size_t i = 0; i < items; i++) {
            if (fold_of_item(folds, curve, i) != (int)fold)
                add(&rest, value_of(curve, i), i < curve->positive.count, weight_of_item(curve, i), "");
        }
        build(&curve_of_rest, &rest);
        choose_all(picks, &curve_of_rest, rules);
        for (size_t r = 0; r < RULES; r++) {
            bc_confusion *counts = &results[r].counts, *squares = &results[r].squares;
            results[r].met += picks[r].met;
            for (size_t i = 0; picks[r].met && i < items; i++) {
                double weight = weight_of_item(curve, i);
                bool called = value_of(curve, i) >= picks[r].value, positive = i < curve->positive.count;
                if (fold_of_item(folds, curve, i) != (int)fold)
                    continue;
                *(positive ? (called ? &counts->tp : &counts->fn)
                  : called ? &counts->fp
                           : &counts->tn) += weight;
                *(positive ? (called ? &squares->tp : &squares->fn)
                  : called ? &squares->fp
                           : &squares->tn) += weight * weight;
            }
        }
        bc_curve_free(&curve_of_rest);
        bc_scores_free(&rest);
    }
}

/* The least and the greatest values become infinite. */
static void stretch(bc_scores *scores) {
    for (size_t i = 0; i < scores->count; i++) {
        double value = scores->values[i];
        scores->values[i] = value < 1 ? -INFINITY : value >= 8 ? INFINITY : value;
    }
}

static void assert_counts(const bc_confusion *found, const bc_confusion *expected) {
    assert_close(found->tp, expected->tp, 1e-9, "TP");
    assert_close(found->fp, expected->fp, 1e-9, "FP");
    assert_close(found->fn, expected->fn, 1e-9, "FN");
    assert_close(found->tn, expected->tn, 1e-9, "TN");
}

static void each_fold_is_judged_by_the_cutoff_of_the_others(void **state) {
    (void)state;
    bc_error fail = {0};
    bc_pool *pool, *three;
    unsigned fitted = 0;
    assert_int_equal(bc_pool_create(&three, 3, &fail), BC_OK);
    for (uint64_t round = 0; round < FITTED_ROUNDS; round++) {
        bc_error err = {0};
        bc_scores scores;
        bc_curve curve;
        bc_folds folds;
        bc_crossfit found[RULES], expected[RULES] = {{0}};
        make_random(&scores, round, round % 5 > 0);
        if (round % 7 == 0)
            stretch(&scores);
        build(&curve, &scores);
        deal(&folds, &scores, &curve, 2 + (unsigned)(round % 5), round);
        pool = round % 4 == 0 ? NULL : three;
        assert_int_equal(bc_crossfit_run(found, RULES, &curve, &folds, choose_all, rules, pool, &err), BC_OK);
        fit_by_hand(expected, &curve, &folds);
        for (size_t r = 0; r < RULES; r++) {
            assert_int_equal(found[r].met, expected[r].met);
            assert_counts(&found[r].counts, &expected[r].counts);
            assert_counts(&found[r].squares, &expected[r].squares);
            fitted += found[r].met;
        }
        bc_folds_free(&folds);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
    assert_in_range(fitted, FITTED_ROUNDS, FITTED_ROUNDS * RULES * 6);
    bc_pool_free(three);
}

/* Scores that say nothing: in-sample the best F1 lies above that of calling all positive, which is all that
 * can be had; on other rows it does not. */
static void cross_fitting_takes_the_optimism_away(void **state) {
    (void)state;
    enum { FILES = 300, ROWS = 60 };
    double in_sample = 0, cross_fitted = 0;
    for (uint64_t round = 0; round < FILES; round++) {
        bc_error err = {0};
        bc_random random = bc_random_keyed(23, BC_RANDOM_RESAMPLE, round, 0);
        bc_scores scores = {.logits = true};
        bc_curve curve;
        bc_folds folds;
        bc_crossfit fitted[RULES];
        bc_pick picks[RULES];
        const bc_rule accuracy[RULES] = {
            {.kind = BC_RULE_MAX, .metric = {BC_METRIC_ACCURACY, 0}}, rules[1], rules[2]};
        for (int i = 0; i < ROWS; i++)
            add(&scores, bc_random_uniform(&random), i % 2, 1, "");
        build(&curve, &scores);
        deal(&folds, &scores, &curve, 5, round);
        choose_all(picks, &curve, accuracy);
        assert_int_equal(bc_crossfit_run(fitted, RULES, &curve, &folds, choose_all, accuracy, NULL, &err),
                         BC_OK);
        in_sample += bc_accuracy(&picks[0].counts) / FILES;
        cross_fitted += bc_accuracy(&fitted[0].counts) / FILES;
        bc_folds_free(&folds);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
    /* Each file's accuracy has a standard deviation of about 0.06: the mean is known to 0.004. */
    assert_true(in_sample > 0.56);
    assert_true(cross_fitted > 0.45 && cross_fitted < 0.515);
}

/* ---- bootstrap ---- */

static void run_bootstrap(bc_bootstrap *results, const bc_scores *scores, size_t replicates, uint64_t seed,
                          unsigned threads) {
    bc_error err = {0};
    bc_curve curve;
    bc_clusters clusters;
    build(&curve, scores);
    assert_int_equal(bc_clusters_find(&clusters, &curve, scores, BC_SPLITS_ALL, &err), BC_OK);
    assert_int_equal(bc_bootstrap_run(results, RULES, &curve, &clusters, replicates, seed, threads,
                                      choose_all, rules, &err),
                     BC_OK);
    bc_clusters_free(&clusters);
    bc_curve_free(&curve);
}

/* What all draws come to. */
typedef struct exact {
    double draws, met, sums[BC_BOOTSTRAP_MEASURES], defined[BC_BOOTSTRAP_MEASURES];
    double cutoffs[2000];
} exact;

/* One draw: how often each row was drawn. */
static void add_draw(exact to[RULES], const bc_scores *scores, const int *times) {
    bc_scores drawn = {.logits = scores->logits};
    bc_curve curve;
    bc_pick picks[RULES];
    for (size_t i = 0; i < scores->count; i++) {
        for (int k = 0; k < times[i]; k++)
            add(&drawn, scores->values[i], scores->labels[i],
                scores->weights != NULL ? scores->weights[i] : 1, "");
    }
    build(&curve, &drawn);
    choose_all(picks, &curve, rules);
    for (size_t r = 0; r < RULES; r++) {
        bc_confusion left = {0};
        to[r].draws++;
        if (!picks[r].met)
            continue;
        for (size_t i = 0; i < scores->count; i++) {
            bool called = scores->values[i] >= picks[r].value;
            double weight = scores->weights != NULL ? scores->weights[i] : 1;
            double *count =
                scores->labels[i] == 1 ? (called ? &left.tp : &left.fn) : (called ? &left.fp : &left.tn);
            *count += times[i] == 0 ? weight : 0;
        }
        const double measures[BC_BOOTSTRAP_MEASURES] = {bc_precision(&left), bc_recall(&left),
                                                        bc_specificity(&left), bc_fbeta(&left, 1)};
        to[r].cutoffs[(size_t)to[r].met++] = picks[r].value;
        for (size_t i = 0; i < BC_BOOTSTRAP_MEASURES; i++) {
            to[r].defined[i] += !isnan(measures[i]);
            to[r].sums[i] += isnan(measures[i]) ? 0 : measures[i];
        }
    }
    bc_curve_free(&curve);
    bc_scores_free(&drawn);
}

/* The shares of 200,000 draws are known to 0.0045 at worst (4 standard deviations of 1/2). */
static void assert_like(const bc_bootstrap *found, exact *expected, double replicates) {
    qsort(expected->cutoffs, (size_t)expected->met, sizeof(double), ascending);
    assert_close((double)found->met / replicates, expected->met / expected->draws, 0.0045, "share met");
    for (size_t i = 0; i < BC_BOOTSTRAP_MEASURES; i++) {
        assert_close((double)found->defined[i] / replicates, expected->defined[i] / expected->draws, 0.0045,
                     "share defined");
        assert_close(found->mean[i], expected->sums[i] / expected->defined[i], 0.0045, "mean");
    }
    /* No tie of shares stands at these ranks. */
    size_t met = (size_t)expected->met;
    assert_close(found->cutoff.low, expected->cutoffs[met * 25 / 1000], 0, "low");
    assert_close(found->cutoff.median, expected->cutoffs[met / 2], 0, "median");
    assert_close(found->cutoff.high, expected->cutoffs[met * 975 / 1000], 0, "high");
}

/* Three positives, four negatives: 27 x 256 draws, of which the 6912 ways fall into few enough counts. Here
 * by three and three: 27 x 27. */
static void replicates_are_draws_of_each_class(void **state) {
    (void)state;
    enum { REPLICATES = 200000 };
    static const double values[] = {1, 2, 4, 3, 5, 6};
    static const int labels[] = {0, 0, 0, 1, 1, 1};
    for (int weighted = 0; weighted < 2; weighted++) {
        bc_scores scores = {.logits = true};
        bc_bootstrap found[RULES];
        exact *expected = calloc(RULES, sizeof *expected);
        for (int i = 0; i < 6; i++)
            add(&scores, values[i], labels[i], weighted ? 0.25 * (i + 1) : 1, "");
        for (int draw = 0; draw < 27 * 27; draw++) {
            int times[6] = {0}, rest = draw;
            for (int i = 0; i < 6; i++, rest /= 3)
                times[rest % 3 + (i < 3 ? 0 : 3)]++;
            add_draw(expected, &scores, times);
        }
        run_bootstrap(found, &scores, REPLICATES, 5, 0);
        for (size_t r = 0; r < RULES; r++)
            assert_like(&found[r], &expected[r], REPLICATES);
        free(expected);
        bc_scores_free(&scores);
    }
}

/* Three clusters with both classes, two of positives only: 27 x 4 draws. */
static void clusters_are_drawn_whole(void **state) {
    (void)state;
    enum { REPLICATES = 200000 };
    static const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const int labels[] = {0, 1, 0, 0, 1, 1, 0, 1, 1};
    static const int clusters[] = {0, 0, 1, 1, 1, 3, 2, 2, 4}; /* "" for the last: on its own */
    static const char *const groups[] = {"a", "b", "c", "p", ""};
    bc_scores scores = {.logits = true};
    bc_bootstrap found[RULES];
    exact *expected = calloc(RULES, sizeof *expected);
    for (int i = 0; i < 9; i++)
        add(&scores, values[i], labels[i], 1, groups[clusters[i]]);
    for (int draw = 0; draw < 27 * 4; draw++) {
        int drawn[5] = {0}, times[9], rest = draw;
        for (int i = 0; i < 3; i++, rest /= 3)
            drawn[rest % 3]++;
        drawn[3 + rest % 2]++;
        drawn[3 + rest / 2]++;
        for (int i = 0; i < 9; i++)
            times[i] = drawn[clusters[i]];
        add_draw(expected, &scores, times);
    }
    run_bootstrap(found, &scores, REPLICATES, 6, 0);
    for (size_t r = 0; r < RULES; r++)
        assert_like(&found[r], &expected[r], REPLICATES);
    free(expected);
    bc_scores_free(&scores);
}

static void the_bootstrap_is_the_same_on_any_number_of_threads(void **state) {
    (void)state;
    bc_scores scores;
    bc_bootstrap one[RULES], other[RULES];
    memset(one, 0, sizeof one);
    memset(other, 0, sizeof other);
    make_random(&scores, 3, true);
    run_bootstrap(one, &scores, 501, 7, 1);
    for (unsigned threads = 2; threads < 5; threads++) {
        run_bootstrap(other, &scores, 501, 7, threads);
        assert_memory_equal(one, other, sizeof one);
    }
    run_bootstrap(other, &scores, 501, 8, 1);
    assert_memory_not_equal(one, other, sizeof one);
    bc_scores_free(&scores);
}

/* ---- pins ---- */

/* Whether the choice moves when the label of the row is turned round. */
static bool moves(const bc_scores *scores, size_t row, size_t rule, const bc_pick *pick) {
    bc_scores turned = {.logits = scores->logits};
    bc_curve curve;
    bc_pick picks[RULES];
    for (size_t i = 0; i < scores->count; i++)
        add(&turned, scores->values[i], i == row ? 1 - scores->labels[i] : scores->labels[i],
            scores->weights != NULL ? scores->weights[i] : 1, "");
    build(&curve, &turned);
    choose_all(picks, &curve, rules);
    bc_curve_free(&curve);
    bc_scores_free(&turned);
    return !picks[rule].met || picks[rule].value != pick->value;
}

static bool has_pin(const bc_pins *pins, double value, bool positive, double weight) {
    for (size_t i = 0; i < pins->count; i++) {
        if (pins->items[i].value == value && pins->items[i].positive == positive &&
            fabs(pins->items[i].weight - weight) < 1e-9)
            return true;
    }
    return false;
}

static void pins_are_the_rows_whose_label_moves_the_cutoff(void **state) {
    (void)state;
    int pinned = 0, free_rows = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        bc_error err = {0};
        bc_scores scores;
        bc_curve curve;
        bc_pick picks[RULES];
        size_t rule = round % RULES;
        bc_pins pins;
        make_random(&scores, round, true);
        build(&curve, &scores);
        choose_all(picks, &curve, rules);
        assert_int_equal(
            bc_pins_find(&pins, &picks[rule], rule, RULES, 1000, &curve, choose_all, rules, &err), BC_OK);
        size_t rows = 0;
        for (size_t i = 0; picks[rule].met && i < scores.count; i++) {
            double weight = scores.weights != NULL ? scores.weights[i] : 1;
            bool pin = has_pin(&pins, scores.values[i], scores.labels[i] == 1, weight);
            assert_int_equal(pin, moves(&scores, i, rule, &picks[rule]));
            rows += pin;
            pinned += pin;
            free_rows += !pin;
        }
        assert_int_equal(pins.rows, rows);
        bc_pins_free(&pins);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
    assert_true(pinned > ROUNDS && free_rows > ROUNDS / 2);
}

/* A recall of 0.7 of 5 positives takes 4: the cutoff hangs on the lowest of these, and the first missed. */
static void the_nearest_pins_come_first_and_few_are_enough(void **state) {
    (void)state;
    static const int labels[] = {1, 1, 0, 1, 1, 0, 1, 0, 0}; /* from the highest score, 9, to the lowest, 1 */
    bc_error err = {0};
    bc_scores scores = {.logits = true};
    bc_curve curve;
    bc_pick picks[RULES];
    bc_pins pins;
    for (int i = 0; i < 9; i++)
        add(&scores, 9 - i, labels[i], 1, "");
    build(&curve, &scores);
    choose_all(picks, &curve, rules);
    assert_true(picks[0].value == 4.5);
    assert_int_equal(bc_pins_find(&pins, &picks[0], 0, RULES, 1, &curve, choose_all, rules, &err), BC_OK);
    assert_int_equal(pins.count, 1);
    assert_true(pins.items[0].value == 5 && pins.items[0].positive && pins.items[0].called);
    assert_true(pins.items[0].rows == 1 && pins.items[0].moved.met && pins.items[0].moved.value == 5.5);
    bc_pins_free(&pins);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

/* ---- partial area ---- */

/* The unweighted and the weighted McClish value of
 *     python3 -c "from sklearn.metrics import roc_auc_score as f
 *     y=[1,0,1,1,0,0,1,0,0,1]; s=[.9,.8,.8,.7,.6,.6,.6,.5,.4,.1]; w=[1,2,.5,1.5,1,3,.25,1,1,2]
 *     for m in (.05,.1,.25,.4,.5,.9,1): print(f(y,s,max_fpr=m), f(y,s,max_fpr=m,sample_weight=w))"
 * by scikit-learn 1.2.1. */
static void the_partial_area_is_that_of_scikit_learn(void **state) {
    (void)state;
    static const int labels[] = {1, 0, 1, 1, 0, 0, 1, 0, 0, 1};
    static const double values[] = {.9, .8, .8, .7, .6, .6, .6, .5, .4, .1},
                        weights[] = {1, 2, .5, 1.5, 1, 3, .25, 1, 1, 2};
    static const double known[][3] = {{.05, 0.6025641025641025, 0.5897435897435898},
                                      {.1, 0.6052631578947368, 0.5839598997493735},
                                      {.25, 0.6357142857142857, 0.564625850340136},
                                      {.4, 0.671875, 0.6036086309523809},
                                      {.5, 0.6833333333333333, 0.6071428571428571},
                                      {.9, 0.6767676767676768, 0.5454545454545454},
                                      {1, 0.66, 0.5119047619047619}};
    for (int weighted = 0; weighted < 2; weighted++) {
        bc_scores scores = {0};
        bc_curve curve;
        for (int i = 0; i < 10; i++)
            add(&scores, values[i], labels[i], weighted ? weights[i] : 1, "");
        build(&curve, &scores);
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            double area, standardised, f = known[i][0];
            bc_curve_partial_auroc(&area, &standardised, &curve, f);
            assert_close(standardised, known[i][1 + weighted], 1e-12, "McClish");
            assert_close(area, (2 * known[i][1 + weighted] - 1) * (f - f * f / 2) + f * f / 2, 1e-12, "area");
        }
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

static void the_partial_area_is_undefined_for_one_class(void **state) {
    (void)state;
    bc_scores scores = {0};
    bc_curve curve;
    double area, standardised;
    add(&scores, 0.5, 1, 1, "");
    build(&curve, &scores);
    bc_curve_partial_auroc(&area, &standardised, &curve, 0.1);
    assert_true(isnan(area) && isnan(standardised));
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

/* ---- saturation ---- */

/* `steep` times normal logits of two overlapping classes, as logits or as probabilities with some decimals.
 */
static bc_saturation saturation_of(double steep, bool logits, int decimals) {
    bc_random random = bc_random_keyed(24, BC_RANDOM_RESAMPLE, 0, 0);
    bc_scores scores = {.logits = logits};
    bc_curve curve;
    for (int i = 0; i < 1000; i++) {
        double z = i % 2 == 0 ? -1.3 : 1.3;
        for (int k = 0; k < 12; k++)
            z += bc_random_uniform(&random) - 0.5;
        double p = 1 / (1 + exp(-steep * z)), power = pow(10, decimals);
        add(&scores, logits ? steep * z : decimals > 0 ? round(p * power) / power : p, i % 2, 1, "");
    }
    build(&curve, &scores);
    bc_saturation found = bc_saturation_find(&curve);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
    return found;
}

/* The fewer the decimals the less confident scores may be, not to fall on 0 and 1 in great part. */
static void ordinary_scores_are_not_called_saturated(void **state) {
    (void)state;
    static const struct {
        double steep; /* 2.6 is calibrated */
        int least_decimals;
    } cases[] = {{0.1, 2}, {1, 2}, {2.6, 4}, {5, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bc_saturation found = saturation_of(cases[i].steep, true, 0);
        assert_true(!found.ends && !found.stuck);
        for (int decimals = cases[i].least_decimals; decimals < 9; decimals++) {
            found = saturation_of(cases[i].steep, false, decimals);
            assert_true(!found.ends && !found.stuck);
        }
    }
}

static void rounded_and_stuck_scores_are_told(void **state) {
    (void)state;
    bc_saturation found = saturation_of(30, false, 6); /* logits of 15 and more become 1.000000 */
    assert_true(found.ends && found.decimals == 6 && found.rows == 1000);
    assert_true(found.at_one > 300 && found.at_zero > 300 && found.distinct < 1000);
    found = saturation_of(2000, true, 0);
    assert_true(!found.ends && found.stuck && found.decimals == 0 && found.distinct == 1000);
    assert_true(found.errors > 50 && found.errors < 150 && found.moved < 5);
    assert_int_equal(saturation_of(30, false, 0).decimals, 0);
}

/* Measurements that are no logits but were said to be: they are all on one side. */
static void scores_of_another_kind_are_not_called_stuck(void **state) {
    (void)state;
    bc_scores scores = {.logits = true};
    bc_curve curve;
    for (int i = 0; i < 200; i++)
        add(&scores, 100 + i, i % 3 == 0, 1, "");
    build(&curve, &scores);
    bc_saturation found = bc_saturation_find(&curve);
    assert_true(found.errors > 100 && found.moved == 0 && !found.stuck && !found.ends);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

static void ten_rows_at_the_ends_of_fifty_are_the_least(void **state) {
    (void)state;
    for (int ends = 9; ends < 11; ends++) {
        for (int rows = 49; rows < 51; rows++) {
            bc_scores scores = {0};
            bc_curve curve;
            for (int i = 0; i < rows; i++)
                add(&scores, i < ends ? i % 2 : 0.25 + i / 256.0, i % 2, 1, "");
            build(&curve, &scores);
            bc_saturation found = bc_saturation_find(&curve);
            assert_int_equal(found.ends, ends == 10 && rows == 50);
            assert_int_equal(found.at_one, 5 - (ends == 9));
            assert_int_equal(found.at_zero, 5);
            bc_curve_free(&curve);
            bc_scores_free(&scores);
        }
    }
}

/* ---- repeats ---- */

/* Some of the scores with all their decimals, or cut to so many; the first `rows` of a stream of the seed. */
static void build_stream(bc_curve *curve, uint64_t seed, int rows, int copies, double levels) {
    bc_scores scores = {0};
    bc_random random = bc_random_keyed(25, BC_RANDOM_RESAMPLE, seed, 0);
    for (int i = 0; i < rows; i++) {
        double value = bc_random_uniform(&random);
        int label = bc_random_uniform(&random) < value;
        for (int k = 0; k < copies; k++)
            add(&scores, levels > 0 ? floor(value * levels) / levels : value, label, 1, "");
    }
    build(curve, &scores);
    bc_scores_free(&scores);
}

static void copies_of_all_rows_are_counted(void **state) {
    (void)state;
    static const struct {
        int rows, copies;
        double levels;
        size_t found;
    } known[] = {{500, 1, 0, 1},    {500, 3, 0, 3}, {500, 2, 1000, 2}, {500, 1, 10, 1}, {500, 1, 100, 1},
                 {500, 1, 1000, 1}, {19, 2, 0, 1},  {20, 2, 0, 2},     {0, 1, 0, 1},    {1, 1, 0, 1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        bc_curve curve;
        build_stream(&curve, i, known[i].rows, known[i].copies, known[i].levels);
        assert_int_equal(bc_repeats_within(&curve), known[i].found);
        bc_curve_free(&curve);
    }
}

/* Chance must not be taken for a sign: 200 files of every common number of decimals. */
static void rounded_scores_are_not_called_repeated(void **state) {
    (void)state;
    for (uint64_t round = 0; round < 200; round++) {
        const double levels = pow(10, (double)(round % 6));
        bc_curve first, second;
        build_stream(&first, 100 + 2 * round, 30 + 17 * (int)round, 1, levels);
        build_stream(&second, 101 + 2 * round, 30 + 11 * (int)round, 1, levels);
        assert_int_equal(bc_repeats_within(&first), 1);
        assert_int_equal(bc_repeats_between(&second, &first), 0);
        bc_curve_free(&first);
        bc_curve_free(&second);
    }
}

static void rows_on_both_sides_of_a_split_are_counted(void **state) {
    (void)state;
    bc_curve chosen, same, part, few, other;
    build_stream(&chosen, 1, 1000, 1, 0);
    build_stream(&same, 1, 1000, 1, 0);
    build_stream(&part, 1, 300, 1, 0); /* the first of the same stream */
    build_stream(&few, 1, 19, 1, 0);
    build_stream(&other, 2, 1000, 1, 0);
    assert_int_equal(bc_repeats_between(&same, &chosen), 1000);
    assert_int_equal(bc_repeats_between(&part, &chosen), 300);
    assert_int_equal(bc_repeats_between(&chosen, &part), 0); /* fewer than half */
    assert_int_equal(bc_repeats_between(&few, &chosen), 0);
    assert_int_equal(bc_repeats_between(&other, &chosen), 0);
    bc_curve_free(&chosen);
    bc_curve_free(&same);
    bc_curve_free(&part);
    bc_curve_free(&few);
    bc_curve_free(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_one_group_are_one_cluster),
        cmocka_unit_test(rows_with_equal_values_keep_their_clusters),
        cmocka_unit_test(folds_have_as_many_rows_of_each_class),
        cmocka_unit_test(every_way_to_deal_is_as_likely),
        cmocka_unit_test(clusters_stay_in_one_fold),
        cmocka_unit_test(each_fold_is_judged_by_the_cutoff_of_the_others),
        cmocka_unit_test(cross_fitting_takes_the_optimism_away),
        cmocka_unit_test(replicates_are_draws_of_each_class),
        cmocka_unit_test(clusters_are_drawn_whole),
        cmocka_unit_test(the_bootstrap_is_the_same_on_any_number_of_threads),
        cmocka_unit_test(pins_are_the_rows_whose_label_moves_the_cutoff),
        cmocka_unit_test(the_nearest_pins_come_first_and_few_are_enough),
        cmocka_unit_test(the_partial_area_is_that_of_scikit_learn),
        cmocka_unit_test(the_partial_area_is_undefined_for_one_class),
        cmocka_unit_test(ordinary_scores_are_not_called_saturated),
        cmocka_unit_test(rounded_and_stuck_scores_are_told),
        cmocka_unit_test(scores_of_another_kind_are_not_called_stuck),
        cmocka_unit_test(ten_rows_at_the_ends_of_fifty_are_the_least),
        cmocka_unit_test(copies_of_all_rows_are_counted),
        cmocka_unit_test(rounded_scores_are_not_called_repeated),
        cmocka_unit_test(rows_on_both_sides_of_a_split_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
