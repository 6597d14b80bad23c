/* When train says that a network knows its own pictures better than others. */
#include "cmocka_includes.h"

#include "cli/train.h"

#include <math.h>

static const bc_train_result val = {
    .positives = 50, .negatives = 70, .auroc = 0.95, .auroc_high = 0.98, .log_loss = 0.3};

static bool told(double train_auroc, double train_loss, double val_high) {
    bc_train_result held_out = val;
    const bc_train_result train = {.auroc = train_auroc, .auroc_high = 1, .log_loss = train_loss};
    held_out.auroc_high = val_high;
    return bc_train_is_overfitted(&train, &held_out);
}

/* The interval of an area near 1 reaches farther down than up. */
static void an_area_within_vals_interval_is_chance_and_one_above_it_is_not(void **state) {
    (void)state;
    assert_false(told(0.975, 0.3, val.auroc_high));
    assert_true(told(0.985, 0.3, val.auroc_high));
    assert_false(told(0.985, 0.3, 0.99)); /* fewer pictures */
    assert_true(told(0.975, 0.3, NAN));
    assert_false(told(0.965, 0.3, 0.955)); /* beyond chance, but hardly worth a thought */
}

static void a_loss_that_is_a_multiple_of_trains_is_told_whatever_the_areas(void **state) {
    (void)state;
    assert_true(told(0.95, 0.14, val.auroc_high));
    assert_false(told(0.95, 0.16, val.auroc_high));
}

static void of_a_handful_of_pictures_nothing_is_told(void **state) {
    (void)state;
    const bc_train_result train = {.auroc = 1, .auroc_high = 1, .log_loss = 0.01};
    bc_train_result few = {.positives = 10, .negatives = 10, .auroc = 0.5, .auroc_high = 0.7, .log_loss = 2};
    assert_true(bc_train_is_overfitted(&train, &few));
    few.negatives = 9;
    assert_false(bc_train_is_overfitted(&train, &few));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_area_within_vals_interval_is_chance_and_one_above_it_is_not),
        cmocka_unit_test(of_a_handful_of_pictures_nothing_is_told),
        cmocka_unit_test(a_loss_that_is_a_multiple_of_trains_is_told_whatever_the_areas),
    };
    return cmocka_run_group_tests_name("gap", tests, NULL, NULL);
}
