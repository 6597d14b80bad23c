/* Old cutoffs on new items: against the definitions, and against draws from a population that stays as it
 * was.
 */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/random.h"

#include <bclass/check.h>
#include <bclass/guarantee.h>

#include <math.h>
#include <stdio.h>

enum { DRAWS = 4000 };

static const double risk = 0.05;

/* Debian's python3-scipy 1.10.1. Promised: the greatest x with binom.sf(x - 1, trials, 1 - target) > 0.05;
 * else betabinom(trials, k, n - k + 1).ppf(0.95), k - 1 being the failures that n items may have. */
static void chance_is_bounded_as_scipy_says(void **state) {
    (void)state;
    static const struct {
        double target;
        bool promised;
        double chosen, trials;
        uint64_t allowed;
    } known[] = {
        {0.95, true, 0, 500, 33},    {0.9, true, 0, 20, 4},          {0.8, true, 0, 1, 1},
        {0.95, false, 200, 500, 44}, {0.9, false, 100, 10000, 1640}, {0.75, false, 20, 20, 11},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const bc_confusion chosen = {.tp = known[i].chosen};
        bc_floor_check check;
        for (double extra = 0; extra < 2; extra++) {
            double failures = (double)known[i].allowed + extra;
            const bc_confusion here = {.tp = known[i].trials - failures, .fn = failures};
            if (failures > known[i].trials)
                continue;
            bc_floor_check_make(&check, BC_FLOOR_RECALL, known[i].target, known[i].promised, &chosen, &here,
                                risk);
            assert_int_equal(check.allowed, known[i].allowed);
            assert_int_equal(check.verdict, extra > 0 ? BC_VERDICT_BROKEN : BC_VERDICT_IN_DOUBT);
        }
    }
}

static void each_floor_counts_its_own_failures(void **state) {
    (void)state;
    const bc_confusion chosen = {90, 10, 5, 95}, here = {80, 20, 40, 160};
    static const struct {
        bc_floor floor;
        uint64_t trials, failures;
        double value;
    } known[] = {{BC_FLOOR_RECALL, 120, 40, 80.0 / 120},
                 {BC_FLOOR_PRECISION, 100, 20, 0.8},
                 {BC_FLOOR_SPECIFICITY, 180, 20, 160.0 / 180}};
    for (size_t i = 0; i < 3; i++) {
        bc_floor_check check;
        bc_floor_check_make(&check, known[i].floor, 0.5, false, &chosen, &here, risk);
        assert_int_equal(check.trials, known[i].trials);
        assert_int_equal(check.failures, known[i].failures);
        assert_true(check.value == known[i].value && check.verdict == BC_VERDICT_HOLDS);
    }
}

static void without_items_of_the_kind_nothing_is_said(void **state) {
    (void)state;
    const bc_confusion chosen = {90, 10, 5, 95}, negatives = {0, 3, 0, 7}, none_called = {0, 0, 4, 6};
    bc_floor_check check;
    bc_floor_check_make(&check, BC_FLOOR_RECALL, 0.9, true, &chosen, &negatives, risk);
    assert_true(check.verdict == BC_VERDICT_UNKNOWN && isnan(check.value));
    bc_floor_check_make(&check, BC_FLOOR_PRECISION, 0.9, false, &chosen, &none_called, risk);
    assert_int_equal(check.verdict, BC_VERDICT_UNKNOWN);
}

/* A recall of .95 among 200 that fell to .7: the gate is of use, not only gentle. */
static void a_real_fall_is_called_broken(void **state) {
    (void)state;
    const bc_confusion chosen = {.tp = 190, .fn = 10}, fallen = {.tp = 140, .fn = 60};
    bc_floor_check check;
    for (int promised = 0; promised < 2; promised++) {
        bc_floor_check_make(&check, BC_FLOOR_RECALL, 0.9, promised == 1, &chosen, &fallen, risk);
        assert_int_equal(check.verdict, BC_VERDICT_BROKEN);
    }
}

/* ---- draws ---- */

/* Scores are uniform, and positive with probability 1 / (1 + exp(-20 (u - 0.6))); levels > 0 rounds them. */
static void draw(bc_curve *curve, size_t items, unsigned levels, bc_random *random) {
    bc_scores scores = {0};
    bc_error err = {0};
    for (size_t i = 0; i < items; i++) {
        bc_score_row row = bc_score_row_blank;
        double u = bc_random_uniform(random);
        row.label = bc_random_uniform(random) < 1 / (1 + exp(-20 * (u - 0.6)));
        row.value = levels > 0 ? floor(u * levels) / levels : u;
        assert_int_equal(bc_scores_add(&scores, &row, &err), BC_OK);
    }
    assert_int_equal(bc_curve_build(curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
    bc_scores_free(&scores);
}

typedef struct setting {
    size_t chosen, checked;
    double target, confidence;
    unsigned levels;
} setting;

/* In how many of the draws a floor is called broken though nothing has changed; *short_of it is how many fall
 * below it. */
static unsigned count_broken(unsigned *short_of, const setting *of, bc_floor floor, uint64_t stream) {
    const bc_rule rule = {.kind = (bc_rule_kind)(BC_RULE_MIN_RECALL + (int)floor),
                          .target = of->target,
                          .confidence = of->confidence};
    unsigned broken = 0;
    *short_of = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        bc_random random = bc_random_keyed(41 + (uint64_t)floor, BC_RANDOM_RESAMPLE, stream, i);
        bc_guarantee guarantee;
        bc_pick pick;
        bc_curve chosen, checked;
        draw(&chosen, of->chosen, of->levels, &random);
        draw(&checked, of->checked, of->levels, &random);
        if (of->confidence > 0)
            bc_guarantee_choose(&guarantee, &pick, &chosen, &rule);
        else
            bc_pick_choose(&pick, &chosen, &rule);
        if (pick.met) {
            bc_floor_check check;
            bc_confusion here = bc_curve_counts(&checked, bc_pick_apply(&pick, &checked));
            bc_floor_check_make(&check, floor, of->target, of->confidence > 0, &pick.counts, &here, risk);
            broken += check.verdict == BC_VERDICT_BROKEN;
            *short_of += check.verdict == BC_VERDICT_BROKEN || check.verdict == BC_VERDICT_IN_DOUBT;
        }
        bc_curve_free(&chosen);
        bc_curve_free(&checked);
    }
    return broken;
}

static void an_unchanged_population_breaks_a_floor_no_more_often_than_said(void **state) {
    (void)state;
    static const char *const names[] = {"recall", "precision", "specificity"};
    static const setting settings[] = {{100, 100, 0.9, 0, 0}, {60, 600, 0.9, 0, 0},
                                       {200, 50, 0.8, 0, 20}, {100, 600, 0.8, 0, 10},
                                       {300, 300, 0.7, 0, 0}, {200, 400, 0.8, 0.9, 0}};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        for (int floor = 0; floor < BC_FLOOR_COUNT; floor++) {
            unsigned short_of;
            if (floor == BC_FLOOR_SPECIFICITY && settings[i].confidence > 0)
                continue; /* is not promised */
            unsigned broken = count_broken(&short_of, &settings[i], (bc_floor)floor, i);
            /* a promise is itself wrong with the probability left */
            double most = risk + (settings[i].confidence > 0 ? 1 - settings[i].confidence : 0);
            print_message(
                "%s >= %g%s, chosen on %zu, checked on %zu items%s: broken in %.4f of %d draws, below "
                "the floor in %.4f\n",
                names[floor], settings[i].target, settings[i].confidence > 0 ? " promised" : "",
                settings[i].chosen, settings[i].checked, settings[i].levels > 0 ? " with ties" : "",
                broken / (double)DRAWS, (int)DRAWS, short_of / (double)DRAWS);
            assert_true(broken <= DRAWS * most + 3 * sqrt(DRAWS * most * (1 - most)));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_bounded_as_scipy_says),
        cmocka_unit_test(each_floor_counts_its_own_failures),
        cmocka_unit_test(without_items_of_the_kind_nothing_is_said),
        cmocka_unit_test(a_real_fall_is_called_broken),
        cmocka_unit_test(an_unchanged_population_breaks_a_floor_no_more_often_than_said),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
