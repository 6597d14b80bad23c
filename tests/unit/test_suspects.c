/* Label suspects: on rows small enough to work out by hand, and on drawn ones of which it is known which
 * labels were turned round. */
#include "cmocka_includes.h"

#include "base/random.h"

#include <bclass/logit.h>
#include <bclass/suspects.h>

#include <math.h>

enum { EVERY_SPLIT = (1 << BC_SPLIT_COUNT) - 1 };

static void add(bc_scores *scores, double value, int label, bc_split split) {
    bc_score_row row = bc_score_row_blank;
    row.value = value;
    row.label = label;
    row.split = split;
    assert_int_equal(bc_scores_add(scores, &row, NULL), BC_OK);
}

/* Positives at 0.9, 0.8, 0.1: mean 0.6. Negatives at 0.2, 0.3, 0.7: the mean of 1 - p is 0.6 as well. So the
 * positive at 0.1 (0.9 for the other class) and the negative at 0.7 are in the confident joint's off-diagonal
 * cells, and no other row is. */
static void thresholds_and_order_are_those_worked_out_by_hand(void **state) {
    (void)state;
    bc_scores scores = {0};
    static const double positives[] = {0.9, 0.8, 0.1}, negatives[] = {0.2, 0.3, 0.7};
    for (size_t i = 0; i < 3; i++) {
        add(&scores, positives[i], 1, BC_SPLIT_VAL);
        add(&scores, negatives[i], 0, BC_SPLIT_VAL);
    }
    add(&scores, 0.99, -1, BC_SPLIT_VAL); /* no label, no suspicion */
    bc_suspects found;
    assert_int_equal(bc_suspects_find(&found, &scores, EVERY_SPLIT, 3, NULL), BC_OK);
    assert_float_equal(found.positive_threshold, 0.6, 1e-12);
    assert_float_equal(found.negative_threshold, 0.6, 1e-12);
    static const size_t order[] = {4, 5, 3};
    static const double other[] = {0.9, 0.7, 0.3};
    assert_int_equal(found.count, 3);
    assert_int_equal(found.likely, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(found.items[i].row, order[i]);
        assert_float_equal(found.items[i].other, other[i], 1e-12);
        assert_int_equal(found.items[i].likely, i < 2);
    }
    bc_suspects_free(&found);
    bc_scores_free(&scores);
}

static void only_rows_of_the_splits_asked_for_take_part(void **state) {
    (void)state;
    bc_scores scores = {0};
    add(&scores, 0.9, 1, BC_SPLIT_VAL);
    add(&scores, 0.2, 0, BC_SPLIT_VAL);
    add(&scores, 0.01, 1, BC_SPLIT_TRAIN);
    bc_suspects found;
    assert_int_equal(bc_suspects_find(&found, &scores, 1u << BC_SPLIT_VAL, 10, NULL), BC_OK);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.items[0].row, 1);
    assert_int_equal(found.likely, 0);
    bc_suspects_free(&found);
    bc_scores_free(&scores);
}

/* Both probabilities are 1 in double precision. */
static void saturated_rows_are_told_apart_by_their_logits(void **state) {
    (void)state;
    bc_scores scores = {.logits = true};
    add(&scores, 60, 0, BC_SPLIT_NONE);
    add(&scores, -80, 1, BC_SPLIT_NONE);
    add(&scores, INFINITY, 0, BC_SPLIT_NONE);
    bc_suspects found;
    assert_int_equal(bc_suspects_find(&found, &scores, EVERY_SPLIT, 10, NULL), BC_OK);
    assert_int_equal(found.items[0].row, 2);
    assert_int_equal(found.items[1].row, 1);
    assert_int_equal(found.items[2].row, 0);
    bc_suspects_free(&found);
    bc_scores_free(&scores);
}

static void of_one_class_or_of_nothing_no_row_is_likely(void **state) {
    (void)state;
    bc_scores scores = {0};
    bc_suspects found;
    assert_int_equal(bc_suspects_find(&found, &scores, EVERY_SPLIT, 10, NULL), BC_OK);
    assert_int_equal(found.count, 0);
    assert_true(isnan(found.positive_threshold));
    bc_suspects_free(&found);
    add(&scores, 0.9, 0, BC_SPLIT_NONE);
    assert_int_equal(bc_suspects_find(&found, &scores, EVERY_SPLIT, 10, NULL), BC_OK);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.likely, 0);
    bc_suspects_free(&found);
    bc_scores_free(&scores);
}

/* Logits of two logistic distributions around 4 and -4, so that 1.8 % of the rows lie on the other side of 0,
 * with the labels of 5 % turned round. By chance a tenth of the rows would hold a tenth of these. */
static void labels_turned_round_are_among_the_first(void **state) {
    (void)state;
    enum { ROWS = 4000, TURNED = ROWS / 20 };
    bc_scores scores = {.logits = true};
    for (size_t i = 0; i < ROWS; i++) {
        bc_random random = bc_random_keyed(7, BC_RANDOM_RESAMPLE, 0, i);
        const double uniform = bc_random_uniform(&random);
        const bool positive = i % 2 == 0, turned = i % 40 == 0 || i % 40 == 19;
        add(&scores, (positive ? 4 : -4) + bc_logit(uniform), turned ? !positive : positive, BC_SPLIT_VAL);
    }
    bc_suspects found;
    assert_int_equal(bc_suspects_find(&found, &scores, EVERY_SPLIT, ROWS / 10, NULL), BC_OK);
    size_t hits = 0;
    for (size_t i = 0; i < found.count; i++) {
        const size_t row = found.items[i].row;
        hits += scores.labels[row] != (row % 2 == 0);
    }
    assert_int_equal(found.count, ROWS / 10);
    assert_true(hits >= TURNED * 9 / 10);
    assert_in_range(found.likely, TURNED / 2, TURNED * 3 / 2);
    bc_suspects_free(&found);
    bc_scores_free(&scores);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_and_order_are_those_worked_out_by_hand),
        cmocka_unit_test(only_rows_of_the_splits_asked_for_take_part),
        cmocka_unit_test(saturated_rows_are_told_apart_by_their_logits),
        cmocka_unit_test(of_one_class_or_of_nothing_no_row_is_likely),
        cmocka_unit_test(labels_turned_round_are_among_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
