/* Promises: against their definition, published numbers, and draws from populations whose truth is known. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/random.h"

#include <bclass/clusters.h>
#include <bclass/guarantee.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_ITEMS = 2000, DRAWS = 20000, NAIVE_EVERY = 10 };

/* P(Binomial(n, p) <= k), summed from Pascal's triangle's row in logarithms. */
static double plain_at_most(unsigned k, unsigned n, double p) {
    double sum = 0;
    for (unsigned i = 0; i <= k; i++)
        sum +=
            exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) + i * log(p) + (n - i) * log1p(-p));
    return sum;
}

static void the_rank_is_the_greatest_that_keeps_the_risk(void **state) {
    (void)state;
    static const double recalls[] = {0.5, 0.8, 0.9, 0.95, 0.99}, risks[] = {0.01, 0.05, 0.1, 0.3};
    for (size_t i = 0; i < 20; i++) {
        double recall = recalls[i % 5], risk = risks[i / 5];
        uint64_t needed = bc_guarantee_needed(recall, risk);
        for (unsigned n = 1; n <= 400; n += n < 70 ? 1 : 33) {
            unsigned rank = (unsigned)bc_guarantee_rank(n, recall, risk);
            assert_true(rank == 0 || plain_at_most(rank - 1, n, 1 - recall) <= risk + 1e-12);
            assert_true(rank == n || plain_at_most(rank, n, 1 - recall) > risk - 1e-12);
            assert_int_equal(rank > 0, n >= needed);
        }
    }
    assert_int_equal(bc_guarantee_rank(0, 0.5, 0.5), 0);
}

/* Wilks 1941: 59 for 95 % of a population with 95 %; likewise known are 29, 22, 299 and 459. */
static void the_positives_needed_are_those_of_the_tables(void **state) {
    (void)state;
    assert_int_equal(bc_guarantee_needed(0.95, 0.05), 59);
    assert_int_equal(bc_guarantee_needed(0.9, 0.05), 29);
    assert_int_equal(bc_guarantee_needed(0.9, 0.1), 22);
    assert_int_equal(bc_guarantee_needed(0.99, 0.05), 299);
    assert_int_equal(bc_guarantee_needed(0.99, 0.01), 459);
    assert_int_equal(bc_guarantee_needed(0.5, 0.5), 1);
    assert_int_equal(bc_guarantee_needed(0.5, 0.25), 2);                    /* exactly met */
    assert_int_equal(bc_guarantee_needed(0.0025, nextafter(0.0025, 0)), 2); /* missed by a hair */
}

/* Debian's python3-scipy 1.10.1: stats.betabinom(next, rank, positives - rank + 1).ppf(confidence) */
static void the_forecast_is_beta_binomial(void **state) {
    (void)state;
    static const struct {
        uint64_t rank, positives, next;
        double confidence;
        uint64_t misses;
    } known[] = {
        {1, 59, 500, 0.95, 26},      {5, 200, 500, 0.95, 24}, {88, 2000, 500, 0.95, 31},
        {1, 1, 10, 0.9, 9},          {10, 20, 1, 0.5, 0},     {990, 1000, 500, 0.99, 500},
        {50, 1000, 1000, 0.999, 84}, {3, 100, 50, 0.9, 3},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(
            bc_guarantee_misses(known[i].rank, known[i].positives, known[i].next, known[i].confidence),
            known[i].misses);
}

/* ---- draws ---- */

/* A curve over memory of its own, for sets drawn in descending order. */
typedef struct sample {
    double values[2][MOST_ITEMS]; /* of the negatives, of the positives */
    bc_curve curve;
} sample;

static void start(sample *of) {
    of->curve = (bc_curve){.positive = {.values = of->values[1]}, .negative = {.values = of->values[0]}};
}

static void add(sample *to, double value, bool positive) {
    bc_curve_class *class = positive ? &to->curve.positive : &to->curve.negative;
    class->values[class->count++] = value;
}

/* count uniform numbers in descending order, from the gaps between them (Renyi 1953); levels > 0 rounds them
 * down to so many values. */
static void draw_uniform(double *values, size_t count, unsigned levels, bc_random *random) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum -= log1p(-bc_random_uniform(random));
        values[i] = sum;
    }
    sum -= log1p(-bc_random_uniform(random));
    for (size_t i = 0; i < count; i++) {
        double value = 1 - values[i] / sum;
        values[i] = levels > 0 ? floor(value * levels) / levels : value;
    }
}

/* The rate of failures is at most the risk, within three standard errors. */
static void assert_kept(unsigned failures, double risk) {
    double sigma = sqrt(risk * (1 - risk) / DRAWS);
    if (failures / (double)DRAWS > risk + 3 * sigma)
        fail_msg("%u of %d promises of risk %g were broken", failures, (int)DRAWS, risk);
}

/* The positives' scores are uniform on (0, 1), so the true recall of a cutoff t is 1 - t. */
static void a_promised_recall_is_broken_no_more_often_than_said(void **state) {
    (void)state;
    static const struct {
        size_t positives;
        double recall, confidence;
        unsigned levels;
    } cases[] = {{20, 0.8, 0.9, 0},   {20, 0.8, 0.95, 10},   {59, 0.95, 0.95, 0},  {59, 0.9, 0.95, 40},
                 {200, 0.95, 0.9, 0}, {200, 0.95, 0.9, 100}, {2000, 0.95, 0.95, 0}};
    static double values[MOST_ITEMS];
    static sample drawn;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        double recall = cases[c].recall, risk = 1 - cases[c].confidence;
        const bc_rule rule = {
            .kind = BC_RULE_MIN_RECALL, .target = recall, .confidence = cases[c].confidence};
        unsigned broken = 0, naively_broken = 0;
        bc_guarantee guarantee;
        for (uint64_t draw = 0; draw < DRAWS; draw++) {
            bc_random random = bc_random_keyed(31, BC_RANDOM_RESAMPLE, c, draw);
            bc_pick pick;
            draw_uniform(values, cases[c].positives, cases[c].levels, &random);
            start(&drawn);
            for (size_t i = 0; i < cases[c].positives; i++)
                add(&drawn, values[i], true);
            bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
            assert_true(guarantee.held && pick.met);
            broken += 1 - pick.upper < recall; /* the most daring cutoff of the plateau */
            size_t called = (size_t)ceil(recall * (double)cases[c].positives - 1e-9);
            naively_broken += 1 - values[called - 1] < recall; /* the highest with that recall here */
        }
        print_message(
            "recall >= %g, confidence %g, %zu positives%s: broken in %.4f of %d draws; naive cutoff %.4f\n",
            recall, cases[c].confidence, cases[c].positives, cases[c].levels > 0 ? " with ties" : "",
            broken / (double)DRAWS, (int)DRAWS, naively_broken / (double)DRAWS);
        assert_kept(broken, risk);
        assert_true(naively_broken > 1.5 * risk * DRAWS); /* the draws can tell a broken promise */
        if (cases[c].levels == 0) {                       /* without ties the rate is known exactly */
            double exact =
                plain_at_most((unsigned)guarantee.rank - 1, (unsigned)cases[c].positives, 1 - recall);
            assert_true(fabs(broken / (double)DRAWS - exact) < 3.5 * sqrt(exact * (1 - exact) / DRAWS));
        }
    }
}

/* Items with uniform scores u are positive with probability 1 / (1 + exp(-k (u - c))). */
typedef struct population {
    double k, c;
} population;

static double positive_share(const population *of, double u) {
    return 1 / (1 + exp(-of->k * (u - of->c)));
}

/* The integral of positive_share from t to 1, divided by 1 - t, and by the same from 0. */
static double part_above(const population *of, double t) {
    return (log1p(exp(of->k * (1 - of->c))) - log1p(exp(of->k * (t - of->c)))) / of->k;
}

static double true_precision(const population *of, double t) {
    return part_above(of, t) / (1 - t);
}

static double true_recall(const population *of, double t) {
    return part_above(of, t) / part_above(of, 0);
}

static void draw_items(sample *to, const population *of, size_t count, unsigned levels, bc_random *random) {
    static double values[MOST_ITEMS];
    draw_uniform(values, count, 0, random);
    start(to);
    for (size_t i = 0; i < count; i++) {
        bool positive = bc_random_uniform(random) < positive_share(of, values[i]);
        add(to, levels > 0 ? floor(values[i] * levels) / levels : values[i], positive);
    }
}

static void a_promised_precision_is_broken_no_more_often_than_said(void **state) {
    (void)state;
    static const struct {
        size_t items;
        double precision, confidence;
        unsigned levels;
        population of;
    } cases[] = {
        {200, 0.7, 0.9, 0, {12, 0.6}}, {500, 0.8, 0.95, 50, {12, 0.7}}, {2000, 0.8, 0.9, 0, {40, 0.9}}};
    static sample drawn;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        double precision = cases[c].precision;
        const bc_rule naive = {.kind = BC_RULE_MIN_PRECISION, .target = precision};
        bc_rule rule = naive;
        rule.confidence = cases[c].confidence;
        unsigned broken = 0, naively_broken = 0, none = 0;
        for (uint64_t draw = 0; draw < DRAWS; draw++) {
            bc_random random = bc_random_keyed(32, BC_RANDOM_RESAMPLE, c, draw);
            bc_guarantee guarantee;
            bc_pick pick;
            draw_items(&drawn, &cases[c].of, cases[c].items, cases[c].levels, &random);
            bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
            none += !guarantee.held;
            broken += guarantee.held && true_precision(&cases[c].of, pick.value) < precision;
            if (draw % NAIVE_EVERY != 0)
                continue;
            bc_pick_choose(&pick, &drawn.curve, &naive);
            naively_broken +=
                pick.met && pick.value < 1 && true_precision(&cases[c].of, pick.value) < precision;
        }
        print_message(
            "precision >= %g, confidence %g, %zu items%s: broken in %.4f of %d draws, no answer in %.4f; "
            "naive cutoff %.4f\n",
            precision, cases[c].confidence, cases[c].items, cases[c].levels > 0 ? " with ties" : "",
            broken / (double)DRAWS, (int)DRAWS, none / (double)DRAWS,
            naively_broken * NAIVE_EVERY / (double)DRAWS);
        assert_kept(broken, 1 - cases[c].confidence);
        assert_true(naively_broken * NAIVE_EVERY > 1.5 * (1 - cases[c].confidence) * DRAWS);
        assert_true(none < DRAWS / 2); /* never to answer would keep every promise */
    }
}

static void both_promises_share_the_risk(void **state) {
    (void)state;
    const population of = {25, 0.7};
    const bc_rule rule = {.kind = BC_RULE_FLOORS, .floors = {0.8, 0.8, 0}, .confidence = 0.9};
    static sample drawn;
    unsigned broken = 0, none = 0;
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        bc_random random = bc_random_keyed(33, BC_RANDOM_RESAMPLE, draw, 0);
        bc_guarantee guarantee;
        bc_pick pick;
        draw_items(&drawn, &of, 500, 0, &random);
        bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
        none += !guarantee.held;
        broken +=
            guarantee.held && (true_recall(&of, pick.value) < 0.8 || true_precision(&of, pick.value) < 0.8);
    }
    print_message("both >= 0.8, confidence 0.9, 500 items: broken in %.4f of %d draws, no answer in %.4f\n",
                  broken / (double)DRAWS, (int)DRAWS, none / (double)DRAWS);
    assert_kept(broken, 0.1);
    assert_in_range(none, 0, DRAWS / 2);
}

/* ---- what is lacking ---- */

/* Positives above negatives, without exception. */
static void make_ordered(sample *to, size_t positives, size_t negatives) {
    start(to);
    for (size_t i = 0; i < positives + negatives; i++)
        add(to, (double)(positives + negatives - i), i < positives);
}

static void too_few_positives_are_told(void **state) {
    (void)state;
    static sample drawn;
    const bc_rule rule = {.kind = BC_RULE_MIN_RECALL, .target = 0.95, .confidence = 0.95};
    bc_guarantee guarantee;
    bc_pick pick;
    make_ordered(&drawn, 41, 10);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
    assert_true(!guarantee.held && !pick.met && isnan(pick.value) && guarantee.lack == BC_LACK_POSITIVES);
    assert_true(guarantee.needed == 59 && guarantee.positives == 41);
    assert_true(fabs(pow(guarantee.best_recall, 41) - 0.05) < 1e-12);
    make_ordered(&drawn, 59, 10);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
    assert_true(guarantee.held && pick.met && guarantee.rank == 1 && pick.counts.tp == 59 &&
                pick.counts.fp == 0);
    make_ordered(&drawn, 0, 10);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
    assert_true(!guarantee.held && guarantee.positives == 0);
}

static void too_few_items_and_too_low_a_precision_are_told(void **state) {
    (void)state;
    static sample drawn;
    /* Tests start at 2 * 14 items, for .8^14 = .044 is the first power of .8 below .05. */
    const bc_rule rule = {.kind = BC_RULE_MIN_PRECISION, .target = 0.8, .confidence = 0.95};
    bc_guarantee guarantee;
    bc_pick pick;
    make_ordered(&drawn, 20, 7);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
    assert_true(!guarantee.held && guarantee.lack == BC_LACK_ITEMS);
    make_ordered(&drawn, 20, 60);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
    assert_true(!guarantee.held && guarantee.lack == BC_LACK_PRECISION);
    assert_true(guarantee.first_items == 28 && guarantee.first_hits == 20);
    unsigned needed = (unsigned)guarantee.first_needed;
    assert_true(1 - plain_at_most(needed - 1, 28, 0.8) <= 0.05 &&
                1 - plain_at_most(needed - 2, 28, 0.8) > 0.05);
    make_ordered(&drawn, needed, 60);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
    assert_true(guarantee.held && pick.counts.tp == needed && guarantee.needed == needed);
}

static void floors_that_exclude_each_other_are_told(void **state) {
    (void)state;
    static sample drawn;
    const bc_rule rule = {.kind = BC_RULE_FLOORS, .floors = {0.9, 0.9, 0}, .confidence = 0.9};
    bc_guarantee guarantee;
    bc_pick pick;
    start(&drawn); /* 100 positives, 300 negatives, 100 positives */
    for (size_t i = 0; i < 500; i++)
        add(&drawn, (double)(500 - i), i < 100 || i >= 400);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &rule);
    assert_true(!guarantee.held && guarantee.lack == BC_LACK_BOTH && isnan(pick.value));
}

static void weights_cannot_be_counted(void **state) {
    (void)state;
    double positives[100], sums[101], negatives[] = {-1}, one[] = {0, 1};
    for (int i = 0; i <= 100; i++) {
        sums[i] = 2 * i;
        positives[i < 100 ? i : 99] = 100 - i;
    }
    const bc_curve curve = {.positive = {100, positives, sums, sums}, .negative = {1, negatives, one, one}};
    const bc_rule rule = {.kind = BC_RULE_MIN_RECALL, .target = 0.9, .confidence = 0.9};
    bc_guarantee guarantee;
    bc_pick pick;
    bc_guarantee_choose(&guarantee, &pick, &curve, &rule);
    assert_true(!guarantee.held && !pick.met && guarantee.lack == BC_LACK_EQUALITY);
}

/* Pairs of one positive and one negative leave the positives independent; then all are in one cluster. */
static void rows_that_share_clusters_are_not_counted(void **state) {
    (void)state;
    static sample drawn;
    uint32_t of_positives[100], of_negatives[100];
    const bc_rule recall = {.kind = BC_RULE_MIN_RECALL, .target = 0.9, .confidence = 0.9},
                  precision = {.kind = BC_RULE_MIN_PRECISION, .target = 0.5, .confidence = 0.9};
    bc_clusters clusters = {.count = 100, .kinds = {0, 0, 100}, of_positives, of_negatives};
    bc_guarantee guarantee;
    bc_pick pick;
    make_ordered(&drawn, 100, 100);
    for (uint32_t i = 0; i < 100; i++)
        of_positives[i] = of_negatives[i] = i;
    bc_clusters_mark(&drawn.curve, &clusters);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &recall);
    assert_true(guarantee.held && pick.met);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &precision);
    assert_true(!guarantee.held && !pick.met && guarantee.lack == BC_LACK_INDEPENDENCE);
    clusters = (bc_clusters){.count = 1, .kinds = {0, 0, 1}, of_positives, of_negatives};
    bc_clusters_mark(&drawn.curve, &clusters);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &recall);
    assert_true(!guarantee.held && isnan(pick.value) && guarantee.lack == BC_LACK_INDEPENDENCE);
    clusters = (bc_clusters){0}; /* no groups at all */
    bc_clusters_mark(&drawn.curve, &clusters);
    bc_guarantee_choose(&guarantee, &pick, &drawn.curve, &precision);
    assert_true(guarantee.held);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rank_is_the_greatest_that_keeps_the_risk),
        cmocka_unit_test(the_positives_needed_are_those_of_the_tables),
        cmocka_unit_test(the_forecast_is_beta_binomial),
        cmocka_unit_test(too_few_positives_are_told),
        cmocka_unit_test(too_few_items_and_too_low_a_precision_are_told),
        cmocka_unit_test(floors_that_exclude_each_other_are_told),
        cmocka_unit_test(a_promised_recall_is_broken_no_more_often_than_said),
        cmocka_unit_test(a_promised_precision_is_broken_no_more_often_than_said),
        cmocka_unit_test(both_promises_share_the_risk),
        cmocka_unit_test(weights_cannot_be_counted),
        cmocka_unit_test(rows_that_share_clusters_are_not_counted),
    };
    return cmocka_run_group_tests_name("guarantee", tests, NULL, NULL);
}
