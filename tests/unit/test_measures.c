/* The measures of long curves against plain sums in long double, and by several threads against one. */
#include "cmocka_includes.h"

#include "base/random.h"
#include "base/threads.h"

#include <bclass/curve.h>
#include <bclass/logit.h>
#include <bclass/pick.h>
#include <bclass/reliability.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 120000 };

typedef double make_value(bc_random *random, int label);

static double probability(bc_random *random, int label) {
    return bc_sigmoid(4 * bc_random_uniform(random) - 2 + label);
}

static double of_two_decimals(bc_random *random, int label) {
    return floor(100 * probability(random, label)) / 100;
}

/* Hardly ever wrong, by as little as 1e-300: sums that a logarithm of a product would drown. */
static double near_certain(bc_random *random, int label) {
    double off = pow(10, -0.1 - 300 * pow(bc_random_uniform(random), 4));
    return bc_random_below(random, 50) == 0 ? off : label == 1 ? 1 - off : off;
}

static double logit(bc_random *random, int label) {
    return 6 * bc_random_uniform(random) - 3 + label;
}

static double far_logit(bc_random *random, int label) {
    return (label == 1 ? 1 : -1) * 800 * (bc_random_uniform(random) - 0.01);
}

static const struct {
    make_value *make;
    bool logits;
} kinds[] = {
    {probability, false}, {of_two_decimals, false}, {near_certain, false}, {logit, true}, {far_logit, true}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void make_scores(bc_scores *scores, size_t kind, size_t rows) {
    bc_error err = {0};
    bc_random random = bc_random_keyed(17, BC_RANDOM_RESAMPLE, kind, 0);
    *scores = (bc_scores){.logits = kinds[kind].logits};
    for (size_t i = 0; i < rows; i++) {
        bc_score_row row = bc_score_row_blank;
        row.label = bc_random_below(&random, 3) == 0;
        row.value = kinds[kind].make(&random, row.label);
        assert_int_equal(bc_scores_add(scores, &row, &err), BC_OK);
    }
}

/* The loss of one row, by the definition. */
static long double log_loss(const bc_scores *scores, size_t row) {
    const long double value = (long double)scores->values[row];
    const bool positive = scores->labels[row] == 1;
    if (scores->logits) {
        long double against = positive ? -value : value;
        return fmaxl(against, 0) + log1pl(expl(-fabsl(against)));
    }
    return positive ? -logl(value) : -log1pl(-value);
}

static long double squared_error(const bc_scores *scores, size_t row) {
    const long double value = (long double)scores->values[row];
    const bool positive = scores->labels[row] == 1;
    long double missed = positive ? 1 - value : value;
    if (scores->logits)
        missed = 1 / (1 + expl(positive ? value : -value));
    return missed * missed;
}

static void assert_close(double found, long double expected, double tolerance) {
    if (!(fabsl((long double)found - expected) <= (long double)tolerance * fabsl(expected)))
        fail_msg("%.17g, not %.17Lg", found, expected);
}

static void losses_are_those_of_plain_sums(void **state) {
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        bc_error err = {0};
        bc_scores scores;
        bc_curve curve;
        long double logs = 0, squares = 0;
        make_scores(&scores, kind, ROWS);
        assert_int_equal(bc_curve_build(&curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
        for (size_t i = 0; i < ROWS; i++) {
            logs += log_loss(&scores, i);
            squares += squared_error(&scores, i);
        }
        assert_close(bc_curve_log_loss(&curve), logs / ROWS, 1e-14);
        assert_close(bc_curve_brier(&curve), squares / ROWS, 1e-14);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

/* Each row's own loss, where nothing else hides it. */
static void the_loss_of_a_single_row_is_exact(void **state) {
    (void)state;
    static const double values[] = {0.5,         0.25,      1e-300, 1e-12, 0x1p-10, 0x1.fffffffffffffp-11,
                                    1 - 0x1p-53, 0x1p-1074, 0.999};
    for (size_t i = 0; i < 2 * sizeof values / sizeof values[0]; i++) {
        bc_error err = {0};
        bc_scores scores = {0};
        bc_curve curve;
        bc_score_row row = bc_score_row_blank;
        row.value = values[i / 2];
        row.label = (int)(i % 2);
        assert_int_equal(bc_scores_add(&scores, &row, &err), BC_OK);
        assert_int_equal(bc_curve_build(&curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
        assert_close(bc_curve_log_loss(&curve), log_loss(&scores, 0), 3e-16);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

static void an_impossible_thing_makes_the_log_loss_infinite(void **state) {
    (void)state;
    for (int label = 0; label <= 1; label++) {
        bc_error err = {0};
        bc_scores scores;
        bc_curve curve;
        bc_score_row row = bc_score_row_blank;
        make_scores(&scores, 0, 50000);
        row.label = label;
        row.value = 1 - label;
        assert_int_equal(bc_scores_add(&scores, &row, &err), BC_OK);
        assert_int_equal(bc_curve_build(&curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
        assert_true(bc_curve_log_loss(&curve) == INFINITY);
        assert_true(bc_curve_brier(&curve) < 1);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

/* All that is asked of a curve. */
typedef struct answers {
    bc_curve_measures measures;
    bc_binned_error mass, width, fine;
    bc_corp corp;
    bc_pick f1, recall, cost;
} answers;

static void ask(answers *found, const bc_curve *curve) {
    bc_error err = {0};
    const bc_rule f1 = {.kind = BC_RULE_MAX, .metric = {BC_METRIC_FBETA, 1}},
                  recall = {.kind = BC_RULE_MIN_RECALL, .target = 0.95},
                  cost = {.kind = BC_RULE_COST, .cost_fn = 10, .cost_fp = 1};
    memset(found, 0, sizeof *found);
    bc_curve_measure(&found->measures, curve, 1.96);
    bc_binned_error_measure(&found->mass, curve, BC_BINS_EQUAL_MASS, 15);
    bc_binned_error_measure(&found->width, curve, BC_BINS_EQUAL_WIDTH, 15);
    bc_binned_error_measure(&found->fine, curve, BC_BINS_EQUAL_MASS, BC_BINS_LIMIT);
    assert_int_equal(bc_corp_decompose(&found->corp, curve, 1, 1, &err), BC_OK);
    bc_pick_choose(&found->f1, curve, &f1);
    bc_pick_choose(&found->recall, curve, &recall);
    bc_pick_choose(&found->cost, curve, &cost);
}

static void threads_change_no_bit_of_what_is_measured(void **state) {
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        bc_error err = {0};
        bc_scores scores;
        answers expected;
        make_scores(&scores, kind, ROWS);
        for (unsigned threads = 1; threads <= 3; threads++) {
            bc_pool *pool;
            bc_curve curve;
            answers found;
            assert_int_equal(bc_pool_create(&pool, threads, &err), BC_OK);
            assert_int_equal(
                bc_curve_build_in(&curve, &scores, BC_SPLITS_ALL, threads > 1 ? pool : NULL, &err), BC_OK);
            ask(&found, &curve);
            if (threads == 1)
                expected = found;
            assert_memory_equal(&found, &expected, sizeof found);
            bc_curve_free(&curve);
            bc_pool_free(pool);
        }
        bc_scores_free(&scores);
    }
}

/* The measures one by one, and with weights that are all 2, which take another way. */
static void other_ways_to_ask_give_the_same(void **state) {
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        bc_error err = {0};
        bc_scores scores;
        bc_curve curve, weighted;
        bc_curve_measures found, other;
        double low, high;
        make_scores(&scores, kind, 40000);
        assert_int_equal(bc_curve_build(&curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
        scores.weights = malloc(scores.count * sizeof *scores.weights);
        for (size_t i = 0; i < scores.count; i++)
            scores.weights[i] = 2;
        assert_int_equal(bc_curve_build(&weighted, &scores, BC_SPLITS_ALL, &err), BC_OK);
        bc_curve_measure(&found, &curve, 1.96);
        bc_curve_measure(&other, &weighted, 1.96);
        bc_curve_auroc_interval(&low, &high, &curve, 1.96);
        assert_true(found.auroc == bc_curve_auroc(&curve) && found.auroc_low == low &&
                    found.auroc_high == high);
        assert_true(found.average_precision == bc_curve_average_precision(&curve));
        assert_true(found.log_loss == bc_curve_log_loss(&curve) && found.brier == bc_curve_brier(&curve));
        assert_close(found.auroc, (long double)other.auroc, 1e-14);
        assert_close(found.average_precision, (long double)other.average_precision, 1e-14);
        assert_close(found.log_loss, (long double)other.log_loss, 1e-14);
        assert_close(found.brier, (long double)other.brier, 1e-14);
        assert_close(found.auroc_low, (long double)other.auroc_low, 1e-10);
        bc_curve_free(&curve);
        bc_curve_free(&weighted);
        bc_scores_free(&scores);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_those_of_plain_sums),
        cmocka_unit_test(the_loss_of_a_single_row_is_exact),
        cmocka_unit_test(an_impossible_thing_makes_the_log_loss_infinite),
        cmocka_unit_test(threads_change_no_bit_of_what_is_measured),
        cmocka_unit_test(other_ways_to_ask_give_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
