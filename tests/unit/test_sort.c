/* Sorting by radix against the C library's qsort, and curves built by several threads against one. */
#include "cmocka_includes.h"

#include "base/random.h"
#include "base/threads.h"
#include "threshold/curve_build.h"
#include "threshold/sort.h"

#include <bclass/curve.h>
#include <bclass/logit.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef double make_value(bc_random *random);

static double uniform(bc_random *random) {
    return bc_random_uniform(random);
}

static double of_two_decimals(bc_random *random) {
    return floor(100 * bc_random_uniform(random)) / 100;
}

static double zero_or_one(bc_random *random) {
    return bc_random_uniform(random) < 0.5 ? 0 : 1;
}

static double all_the_same(bc_random *random) {
    (void)random;
    return 0.25;
}

static double wide_logit(bc_random *random) {
    return tan(3.14159 * (bc_random_uniform(random) - 0.5));
}

/* Most are near 0, and all exponents occur: cuts of equal width leave nearly all in one bucket. */
static double of_any_exponent(bc_random *random) {
    return ldexp(bc_random_uniform(random), -(int)bc_random_below(random, 1070));
}

static double any_number(bc_random *random) {
    static const double special[] = {INFINITY, -INFINITY, 0, -0.0, 0x1p-1074, 1.7976931348623157e308, -1e308};
    uint64_t bits = bc_random_next(random);
    double value;
    if (bits % 8 == 0)
        return special[bits / 8 % 7];
    memcpy(&value, &bits, sizeof value);
    return isnan(value) ? 1 : value;
}

static make_value *const makers[] = {uniform,    of_two_decimals, zero_or_one, all_the_same,
                                     wide_logit, of_any_exponent, any_number};
enum { MAKERS = sizeof makers / sizeof makers[0] };

static int by_key(const void *a, const void *b) {
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

static void keys_are_sorted_whatever_they_are(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 31, 33, 1000, BC_SORT_SCRATCH, BC_SORT_SCRATCH + 1, 150000};
    uint64_t *keys = malloc(150000 * sizeof *keys), *expected = malloc(150000 * sizeof *keys),
             *scratch = malloc(BC_SORT_SCRATCH * sizeof *keys);
    for (size_t m = 0; m < MAKERS; m++) {
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            bc_random random = bc_random_keyed(5, BC_RANDOM_RESAMPLE, m, s);
            for (size_t i = 0; i < sizes[s]; i++)
                expected[i] = keys[i] = bc_key_descending(makers[m](&random));
            bc_sort_keys(keys, sizes[s], scratch);
            qsort(expected, sizes[s], sizeof *expected, by_key);
            assert_memory_equal(keys, expected, sizes[s] * sizeof *keys);
        }
    }
    free(keys);
    free(expected);
    free(scratch);
}

static void keys_stand_for_their_values(void **state) {
    (void)state;
    bc_random random = bc_random_keyed(6, BC_RANDOM_RESAMPLE, 0, 0);
    for (int i = 0; i < 10000; i++) {
        double a = any_number(&random), b = any_number(&random);
        assert_true(bc_key_value(bc_key_descending(a)) == a);
        assert_int_equal(a > b, bc_key_descending(a) < bc_key_descending(b));
        assert_int_equal(a == b, bc_key_descending(a) == bc_key_descending(b));
    }
}

static void make_scores(bc_scores *scores, make_value *make, size_t count) {
    bc_error err = {0};
    bc_random random = bc_random_keyed(7, BC_RANDOM_RESAMPLE, count, 0);
    *scores = (bc_scores){.logits = true};
    for (size_t i = 0; i < count; i++) {
        bc_score_row row = bc_score_row_blank;
        row.value = make(&random);
        row.label = (int)bc_random_below(&random, 9) % 4 - 1; /* a third value of 2 stands for negative */
        row.label = row.label > 1 ? 0 : row.label;
        row.split = (bc_split)bc_random_below(&random, BC_SPLIT_COUNT);
        assert_int_equal(bc_scores_add(scores, &row, &err), BC_OK);
    }
}

static void assert_class_holds(const bc_curve_class *class, const bc_scores *scores, unsigned splits,
                               int label) {
    uint64_t *expected = malloc((scores->count + 1) * sizeof *expected);
    size_t count = 0;
    for (size_t i = 0; i < scores->count; i++) {
        if (scores->labels[i] == label && (splits >> bc_scores_split(scores, i) & 1) != 0)
            expected[count++] = bc_key_descending(scores->values[i]);
    }
    qsort(expected, count, sizeof *expected, by_key);
    assert_int_equal(class->count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(bc_key_descending(class->values[i]) == expected[i]);
    free(expected);
}

static void curves_hold_their_rows_in_order_for_any_number_of_threads(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 100, 9000, 100000};
    for (unsigned threads = 1; threads <= 3; threads++) {
        bc_error err = {0};
        bc_pool *pool;
        assert_int_equal(bc_pool_create(&pool, threads, &err), BC_OK);
        for (size_t m = 0; m < MAKERS; m++) {
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
                const unsigned splits = s % 2 == 0 ? BC_SPLITS_ALL : 1u << BC_SPLIT_VAL | 1u << BC_SPLIT_OOF;
                bc_scores scores, rows;
                bc_curve curve, taken;
                make_scores(&scores, makers[m], sizes[s]);
                make_scores(&rows, makers[m], sizes[s]);
                assert_int_equal(bc_curve_build_in(&curve, &scores, splits, pool, &err), BC_OK);
                assert_class_holds(&curve.positive, &scores, splits, 1);
                assert_class_holds(&curve.negative, &scores, splits, 0);
                assert_int_equal(bc_curve_take_sparing(&taken, &rows, splits, pool, s % 3 != 0, &err), BC_OK);
                assert_class_holds(&taken.positive, &scores, splits, 1);
                assert_class_holds(&taken.negative, &scores, splits, 0);
                assert_true(taken.unknown == curve.unknown && rows.count == 0 && rows.values == NULL);
                bc_curve_free(&curve);
                bc_curve_free(&taken);
                bc_scores_free(&scores);
                bc_scores_free(&rows);
            }
        }
        bc_pool_free(pool);
    }
}

static void a_table_of_too_many_rows_is_refused(void **state) {
    (void)state;
    bc_error err = {0};
    bc_curve curve;
    const bc_scores rows = {.count = (size_t)1 << BC_CURVE_LIMIT_BITS};
    assert_int_equal(bc_curve_build(&curve, &rows, BC_SPLITS_ALL, &err), BC_ERROR_LIMIT);
    bc_curve_free(&curve);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_sorted_whatever_they_are),
        cmocka_unit_test(keys_stand_for_their_values),
        cmocka_unit_test(curves_hold_their_rows_in_order_for_any_number_of_threads),
        cmocka_unit_test(a_table_of_too_many_rows_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
