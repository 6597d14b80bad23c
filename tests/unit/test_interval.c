/* The incomplete beta function and the intervals of a share against numbers from elsewhere. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "threshold/special.h"

#include <bclass/interval.h>

#include <math.h>

/* relative to expected, so that small tails count too */
static void assert_close(double found, double expected, double tolerance, const char *what) {
    if (!(fabs(found - expected) <= tolerance * fabs(expected)))
        fail_msg("%s is %.17g, should be %.17g", what, found, expected);
}

static void the_incomplete_beta_function_is_exact_for_small_and_great_counts(void **state) {
    (void)state;
    /* Debian's python3-mpmath 1.2.1 with 50 digits: the sum of the terms of P(Binomial(a + b - 1, x) >= a).
     */
    static const struct {
        double a, b, x, tail;
    } known[] = {
        {1, 1, 0.3, 0.29999999999999999},
        {2, 3, 0.5, 0.6875},
        {5, 1, 0.9, 0.59049000000000007},
        {1, 60, 0.05, 0.95393020101304793},
        {12, 34, 0.1, 0.0012214809153353592},
        {190, 11, 0.95, 0.58306718208117068},
        {190, 11, 0.9, 0.0080712499551027066},
        {1000, 1000, 0.51, 0.81444734056848855},
        {50000, 950001, 0.0505, 0.98894754730419459},
        {50000, 950001, 0.048, 7.445904588424704e-21},
        {1000, 1, 0.999, 0.36769542477096372},
        {500000000, 500000001, 0.50002, 0.8970540632508113},
        {100000000, 900000001, 0.09998, 0.017503760113626611},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double a = known[i].a, b = known[i].b, x = known[i].x;
        /* a rounded (a + b) x moves the tail by so much of itself */
        double tolerance = 1e-13 + 4e-16 * (fabs(a - (a + b) * x) + sqrt(a + b));
        assert_close(bc_beta_tail(a, b, x), known[i].tail, tolerance, "the tail");
        assert_close(bc_binomial_at_least((uint64_t)a, (uint64_t)(a + b) - 1, x), known[i].tail, tolerance,
                     "the binomial tail");
    }
    assert_true(bc_beta_tail(2, 3, 0) == 0 && bc_beta_tail(2, 3, 1) == 1);
}

/* The sum that the function stands for, by Pascal's triangle: no logarithms, no gamma function. */
static void binomial_tails_are_sums_of_their_terms(void **state) {
    (void)state;
    enum { MOST = 60 };
    for (int step = 0; step <= 10; step++) {
        double p = step / 10.0, row[MOST + 2] = {1};
        for (unsigned trials = 0; trials <= MOST; trials++) {
            double at_most = 0;
            for (unsigned k = 0; k <= trials; k++) {
                double above = 1 - at_most;
                at_most += row[k];
                assert_true(fabs(bc_binomial_at_most(k, trials, p) - at_most) < 1e-13);
                assert_true(fabs(bc_binomial_at_least(k, trials, p) - above) < 1e-13);
            }
            for (unsigned k = trials + 1; k > 0; k--)
                row[k] = row[k] * (1 - p) + row[k - 1] * p;
            row[0] *= 1 - p;
        }
    }
}

/* By how much of itself a tail may move when x does by its last bit. */
static double of_one_bit(double a, double b, double x) {
    return 1e-9 + 4e-15 * (a + b / (1 - x));
}

static void quantiles_lead_back_to_their_tail(void **state) {
    (void)state;
    static const double shapes[] = {1, 2, 7, 40, 1000, 123457, 1e8}, tails[] = {1e-6, 0.025, 0.5, 0.9};
    enum { SHAPES = sizeof shapes / sizeof shapes[0], TAILS = sizeof tails / sizeof tails[0] };
    for (size_t i = 0; i < SHAPES * SHAPES * TAILS; i++) {
        double a = shapes[i % SHAPES], b = shapes[i / SHAPES % SHAPES], tail = tails[i / SHAPES / SHAPES];
        double low = bc_beta_quantile(tail, a, b), high = bc_beta_upper_quantile(tail, a, b);
        assert_close(bc_beta_tail(a, b, low), tail, of_one_bit(a, b, low), "the lower tail");
        assert_close(1 - bc_beta_tail(a, b, high), tail, of_one_bit(a, b, high), "the upper tail");
        assert_true(low > 0 && low <= 1 && high > 0 && high <= 1);
    }
}

static void intervals_are_those_of_scipy(void **state) {
    (void)state;
    /* Debian's python3-scipy 1.10.1: stats.binomtest(successes, trials).proportion_ci(.95, "wilson"),
     * "exact". The exact ends of 1 of 1e6 are mpmath's roots of 1 - (1-x)^n = .025 and (1-x)^n + n x
     * (1-x)^(n-1) = .025, for scipy has 7 and 10 digits of them. */
    static const struct {
        double successes, trials;
        double wilson_low, wilson_high, exact_low, exact_high;
    } known[] = {
        {0, 1, 0.0, 0.7934506856227626, 0.0, 0.975},
        {1, 1, 0.20654931437723745, 1.0, 0.025000000000000022, 1.0},
        {0, 10, 0.0, 0.27753279986288926, 0.0, 0.30849710781876294},
        {10, 10, 0.7224672001371109, 1.0, 0.6915028921812371, 1.0},
        {1, 10, 0.017876213095072896, 0.4041500267952385, 0.0025285785444625728, 0.44501611702819543},
        {5, 20, 0.11186170140766571, 0.468700877618744, 0.08657146910143455, 0.49104587170795755},
        {41, 41, 0.9143324298155682, 1.0, 0.9139561637059666, 1.0},
        {190, 200, 0.910421851861224, 0.9726173543992361, 0.9099724622984412, 0.9757658345278917},
        {999, 1000, 0.9943574414020421, 0.9998234536293739, 0.9944410757201502, 0.9999746825125083},
        {123456, 1000000, 0.12281269653142284, 0.12410219641400437, 0.12281184162963026, 0.12410234027680063},
        {1, 1000000, 1.765245767453709e-07, 5.664911804311442e-06, 2.5317807663791e-08, 5.57163065517224e-06},
        {999999999, 1000000000, 0.9999999943350657, 0.9999999998234754, 0.9999999944279929,
         0.9999999999746462},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double low, high;
        bc_interval_share(&low, &high, BC_INTERVAL_WILSON, known[i].successes, known[i].trials);
        assert_close(low, known[i].wilson_low, 1e-12, "Wilson's lower end");
        assert_close(high, known[i].wilson_high, 1e-12, "Wilson's upper end");
        bc_interval_share(&low, &high, BC_INTERVAL_CLOPPER_PEARSON, known[i].successes, known[i].trials);
        assert_close(low, known[i].exact_low, 1e-11, "Clopper and Pearson's lower end");
        assert_close(high, known[i].exact_high, 1e-11, "Clopper and Pearson's upper end");
    }
}

static void a_share_of_nothing_has_no_interval(void **state) {
    (void)state;
    double low = 0, high = 0;
    bc_interval_share(&low, &high, BC_INTERVAL_WILSON, 0, 0);
    assert_true(isnan(low) && isnan(high));
    low = high = 0;
    bc_interval_share(&low, &high, BC_INTERVAL_CLOPPER_PEARSON, 0, 0);
    assert_true(isnan(low) && isnan(high));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_incomplete_beta_function_is_exact_for_small_and_great_counts),
        cmocka_unit_test(binomial_tails_are_sums_of_their_terms),
        cmocka_unit_test(quantiles_lead_back_to_their_tail),
        cmocka_unit_test(intervals_are_those_of_scipy),
        cmocka_unit_test(a_share_of_nothing_has_no_interval),
    };
    return cmocka_run_group_tests_name("interval", tests, NULL, NULL);
}
