/* What is said of val after an epoch, and which of two epochs is kept. */
#include "cmocka_includes.h"

#include "train/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURES = 60 };

typedef struct val {
    bc_dataset dataset;
    bc_sample samples[PICTURES];
    uint32_t order[PICTURES];
    float logits[PICTURES];
    bc_evaluation evaluation;
} val;

/* Positives are the higher, with some mixing and ties. */
static void make_val(val *v, size_t count) {
    *v = (val){.dataset = {.samples = v->samples, .count = count}};
    for (size_t i = 0; i < count; i++) {
        v->samples[i] = (bc_sample){.weight = 1, .label = i % 3 == 0, .split = BC_SPLIT_VAL};
        v->order[i] = (uint32_t)i;
        v->logits[i] = (float)((int)(i * 7 % 13) - 6) / 2 + (i % 3 == 0 ? 2.0f : 0.0f);
    }
    v->evaluation =
        (bc_evaluation){.batches = {.samples = v->order, .count = count, .batches = 1, .largest = count},
                        .logits = v->logits};
}

static bc_epoch judged_by(val *v, bc_favour favour, bool tempered) {
    bc_epoch epoch = {0};
    bc_error err = {0};
    bc_judge judge;
    const bc_train_options options = {.favour = favour, .tempered = tempered};
    assert_int_equal(bc_judge_create(&judge, &v->evaluation, &v->dataset, &options, &err), BC_OK);
    assert_int_equal(bc_judge_run(&epoch, &judge, &err), BC_OK);
    bc_judge_free(&judge);
    return epoch;
}

static bc_epoch judged(val *v, bc_favour favour) {
    return judged_by(v, favour, false);
}

static void share_called(double *recall, double *specificity, double *precision, const val *v, float cutoff) {
    double tp = 0, fp = 0, positives = 0, negatives = 0;
    for (size_t i = 0; i < v->dataset.count; i++) {
        positives += v->samples[i].label;
        negatives += 1 - v->samples[i].label;
        if (v->logits[i] >= cutoff) {
            tp += v->samples[i].label;
            fp += 1 - v->samples[i].label;
        }
    }
    *recall = tp / positives;
    *specificity = 1 - fp / negatives;
    *precision = tp / (tp + fp);
}

static void losses_and_areas_are_those_of_the_formulas(void **state) {
    (void)state;
    val v;
    make_val(&v, PICTURES);
    double loss = 0, pairs = 0, ordered = 0;
    for (size_t i = 0; i < PICTURES; i++) {
        const double z = (double)v.logits[i];
        loss += (v.samples[i].label ? log1p(exp(-z)) : log1p(exp(z))) / PICTURES;
        for (size_t k = 0; k < PICTURES; k++) {
            if (v.samples[i].label == 1 && v.samples[k].label == 0) {
                pairs++;
                ordered += v.logits[i] > v.logits[k] ? 1 : v.logits[i] == v.logits[k] ? 0.5 : 0;
            }
        }
    }
    const bc_epoch epoch = judged(&v, (bc_favour){BC_FAVOUR_LOSS, BC_FAVOURED_RECALL});
    assert_true(fabs(epoch.val_loss - loss) < 1e-12);
    assert_true(fabs(epoch.val_auroc - ordered / pairs) < 1e-12);
    assert_true(epoch.val_worth == -epoch.val_loss);
}

/* By brute force over temperatures. */
static void a_tempered_loss_is_that_of_the_best_temperature(void **state) {
    (void)state;
    val v;
    double least = INFINITY;
    make_val(&v, PICTURES);
    for (double temperature = 0.2; temperature < 20; temperature *= 1.001) {
        double loss = 0;
        for (size_t i = 0; i < PICTURES; i++) {
            const double z = (double)v.logits[i] / temperature;
            loss += (v.samples[i].label ? log1p(exp(-z)) : log1p(exp(z))) / PICTURES;
        }
        least = loss < least ? loss : least;
    }
    const bc_favour favour = {BC_FAVOUR_LOSS, BC_FAVOURED_RECALL};
    const bc_epoch epoch = judged_by(&v, favour, true);
    assert_true(fabs(epoch.val_worth + least) < 1e-6);
    assert_true(epoch.val_loss == judged(&v, favour).val_loss); /* is what it is */
    assert_true(epoch.val_loss > least + 1e-3);
    for (size_t i = 0; i < PICTURES; i++)
        v.samples[i].label = 1; /* no temperature can be fitted */
    assert_true(judged_by(&v, favour, true).val_worth == judged(&v, favour).val_worth);
}

/* By brute force: the most precise of all cutoffs that reach the recall. */
static void the_target_is_the_best_cutoff_that_reaches_it(void **state) {
    (void)state;
    val v;
    double best_recall = 0, best_precision = 0;
    make_val(&v, PICTURES);
    for (size_t i = 0; i < PICTURES; i++) {
        double recall, specificity, precision;
        share_called(&recall, &specificity, &precision, &v, v.logits[i]);
        if (recall >= 0.8 && precision > best_precision) {
            best_precision = precision;
            best_recall = recall;
        }
    }
    const bc_epoch epoch = judged(&v, (bc_favour){BC_FAVOUR_RECALL, 0.8});
    assert_true(fabs(epoch.val_precision - best_precision) < 1e-12);
    assert_true(fabs(epoch.val_recall - best_recall) < 1e-12);
}

/* The recall at which a line of points (1 - specificity, recall) is crossed, summed over many recalls. */
static void favouring_recall_is_worth_the_mean_specificity_above_it(void **state) {
    (void)state;
    enum { STEPS = 20000 };
    const double floor = 0.83;
    val v;
    make_val(&v, PICTURES);
    double sum = 0;
    for (int step = 0; step < STEPS; step++) {
        const double wanted = floor + (1 - floor) * (step + 0.5) / STEPS;
        double below_recall = 0, below = 1, above_recall = 2, above = 0;
        for (size_t i = 0; i < PICTURES; i++) {
            double recall, specificity, precision;
            share_called(&recall, &specificity, &precision, &v, v.logits[i]);
            if (recall <= wanted &&
                (recall > below_recall || (recall == below_recall && specificity < below))) {
                below_recall = recall;
                below = specificity;
            }
            if (recall > wanted &&
                (recall < above_recall || (recall == above_recall && specificity > above))) {
                above_recall = recall;
                above = specificity;
            }
        }
        sum += below + (above - below) * (wanted - below_recall) / (above_recall - below_recall);
    }
    const bc_epoch epoch = judged(&v, (bc_favour){BC_FAVOUR_RECALL, floor});
    assert_true(fabs(epoch.val_worth - sum / STEPS) < 1e-4); /* what the steps are worth */
}

static void favouring_precision_is_worth_the_recall_at_it(void **state) {
    (void)state;
    val v;
    double best = -1;
    make_val(&v, PICTURES);
    for (size_t i = 0; i < PICTURES; i++) {
        double recall, specificity, precision;
        share_called(&recall, &specificity, &precision, &v, v.logits[i]);
        if (precision >= 0.6 && recall > best)
            best = recall;
    }
    assert_true(best > 0);
    assert_true(fabs(judged(&v, (bc_favour){BC_FAVOUR_PRECISION, 0.6}).val_worth - best) < 1e-12);
    v.logits[1] = 100; /* a negative above all */
    assert_true(judged(&v, (bc_favour){BC_FAVOUR_PRECISION, 0.99}).val_worth == -1);
}

static void set_logits(val *v, double spread, double noise) {
    for (size_t i = 0; i < v->dataset.count; i++)
        v->logits[i] =
            (float)((v->samples[i].label == 1 ? spread : -spread) + noise * ((int)(i * 7 % 13) - 6));
}

static bool keeps(bc_judge *judge, bool is_first) {
    bc_epoch epoch = {0};
    bc_error err = {0};
    bool kept = false;
    assert_int_equal(bc_judge_run(&epoch, judge, &err), BC_OK);
    assert_int_equal(bc_judge_keeps(&kept, judge, &epoch, is_first, &err), BC_OK);
    return kept;
}

static double loss_of(const val *v, size_t i, double spread, double noise) {
    const double z = spread + (v->samples[i].label == 1 ? 1 : -1) * noise * ((int)(i * 7 % 13) - 6);
    return log1p(exp(-z));
}

/* Of the loss with one spread and noise from that with others: mean / standard error. */
static double standard_errors(const val *v, double spread, double noise, double spread0, double noise0) {
    double weights = 0, mean = 0, squares = 0;
    for (size_t i = 0; i < v->dataset.count; i++) {
        weights += v->samples[i].weight;
        mean += v->samples[i].weight * (loss_of(v, i, spread, noise) - loss_of(v, i, spread0, noise0));
    }
    mean /= weights;
    for (size_t i = 0; i < v->dataset.count; i++)
        squares += pow(
            v->samples[i].weight * (loss_of(v, i, spread, noise) - loss_of(v, i, spread0, noise0) - mean), 2);
    return mean * weights / sqrt(squares);
}

static void the_last_epoch_within_a_standard_error_of_the_least_loss_is_kept(void **state) {
    (void)state;
    static const struct {
        double spread, noise;
    } epochs[] = {{1, 0.3}, {2, 0.3},      {2.25, 0.386}, {2, 0.36},
                  {3, 0.3}, {3.05, 0.317}, {1, 0.3},      {3.3, 0.37}};
    for (int weighted = 0; weighted < 2; weighted++) {
        bc_judge judge;
        bc_error err = {0};
        val v;
        double least_spread = 0, least_noise = 0;
        size_t later = 0, refused = 0;
        const bc_train_options options = {.favour = {BC_FAVOUR_LOSS, BC_FAVOURED_RECALL}};
        make_val(&v, PICTURES);
        for (size_t i = 0; weighted && i < PICTURES; i++)
            v.samples[i].weight = 0.8 + (double)(i % 5) / 10;
        assert_int_equal(bc_judge_create(&judge, &v.evaluation, &v.dataset, &options, &err), BC_OK);
        for (size_t e = 0; e < sizeof epochs / sizeof epochs[0]; e++) {
            const double spread = epochs[e].spread, noise = epochs[e].noise;
            const double off = e > 0 ? standard_errors(&v, spread, noise, least_spread, least_noise) : -1;
            set_logits(&v, spread, noise);
            print_message("epoch %zu: %.3f standard errors\n", e, off);
            assert_true(fabs(off - 1) > 0.02 && fabs(off) > 0.02); /* no matter of rounding */
            assert_int_equal(keeps(&judge, e == 0), off <= 1);
            later += off > 0 && off <= 1;
            refused += off > 1;
            if (off < 0) {
                least_spread = spread;
                least_noise = noise;
            }
        }
        assert_true(later > 0 && refused > 0);
        bc_judge_free(&judge);
    }
}

/* What these logits are worth without every tenth picture of each class, from `left_out` on; 10: with all. */
static double worth_without(const val *v, bc_favour favour, size_t left_out) {
    val part;
    size_t seen[2] = {0, 0}, count = 0;
    make_val(&part, PICTURES);
    for (size_t i = 0; i < v->dataset.count; i++) {
        if (seen[v->samples[i].label]++ % 10 == left_out)
            continue;
        part.samples[count] = v->samples[i];
        part.logits[count++] = v->logits[i];
    }
    part.dataset.count = part.evaluation.batches.count = count;
    part.dataset.samples = part.samples;
    part.evaluation.batches.samples = part.order;
    part.evaluation.logits = part.logits;
    return judged(&part, favour).val_worth;
}

/* By how many standard errors of the jackknife the first is worth less. */
static double standard_errors_of_worth(const val *now, const val *before, bc_favour favour) {
    double apart[10], mean = 0, squares = 0;
    for (size_t part = 0; part < 10; part++) {
        apart[part] = worth_without(before, favour, part) - worth_without(now, favour, part);
        mean += apart[part] / 10;
    }
    for (size_t part = 0; part < 10; part++)
        squares += pow(apart[part] - mean, 2);
    return (worth_without(before, favour, 10) - worth_without(now, favour, 10)) / sqrt(squares * 9 / 10);
}

static void of_what_is_favoured_the_last_epoch_within_a_standard_error_is_kept(void **state) {
    (void)state;
    static const bc_favour favours[] = {{BC_FAVOUR_RECALL, 0.7}, {BC_FAVOUR_PRECISION, 0.7}};
    size_t later = 0, refused = 0;
    for (size_t f = 0; f < 2; f++) {
        bc_judge judge;
        bc_error err = {0};
        val v, reference;
        const bc_train_options options = {.favour = favours[f]};
        make_val(&v, PICTURES);
        reference = v;
        assert_int_equal(bc_judge_create(&judge, &v.evaluation, &v.dataset, &options, &err), BC_OK);
        assert_true(keeps(&judge, true));
        for (int epoch = 1; epoch < 12; epoch++) {
            for (size_t i = 0; i < PICTURES; i++)
                v.logits[i] = (float)((v.samples[i].label ? 1 : -1) * (1 + epoch % 4) / 3.0 +
                                      2 * sin((double)(i * i) + epoch));
            const double off = standard_errors_of_worth(&v, &reference, favours[f]);
            print_message("epoch %d: %.3f standard errors\n", epoch, off);
            assert_true(fabs(off - 1) > 0.01 && fabs(off) > 1e-6);
            assert_int_equal(keeps(&judge, false), off <= 1);
            later += off > 0 && off <= 1;
            refused += off > 1;
            if (off < 0)
                memcpy(reference.logits, v.logits, sizeof v.logits);
        }
        bc_judge_free(&judge);
    }
    assert_true(later > 0 && refused > 0);
}

static void without_val_nothing_is_said(void **state) {
    (void)state;
    val v;
    make_val(&v, 0);
    const bc_epoch epoch = judged(&v, (bc_favour){BC_FAVOUR_LOSS, BC_FAVOURED_RECALL});
    assert_true(isnan(epoch.val_loss) && isnan(epoch.val_auroc) && isnan(epoch.val_worth));
}

static void a_logit_that_is_no_number_is_no_good_epoch(void **state) {
    (void)state;
    val v;
    make_val(&v, PICTURES);
    v.logits[5] = NAN;
    assert_true(isnan(judged(&v, (bc_favour){BC_FAVOUR_LOSS, BC_FAVOURED_RECALL}).val_loss));
}

static void one_class_alone_has_a_loss_and_no_area(void **state) {
    (void)state;
    val v;
    make_val(&v, PICTURES);
    for (size_t i = 0; i < PICTURES; i++)
        v.samples[i].label = 1;
    const bc_epoch epoch = judged(&v, (bc_favour){BC_FAVOUR_RECALL, 0.9});
    assert_true(isfinite(epoch.val_loss) && isnan(epoch.val_auroc) && epoch.val_worth == -epoch.val_loss);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_areas_are_those_of_the_formulas),
        cmocka_unit_test(a_tempered_loss_is_that_of_the_best_temperature),
        cmocka_unit_test(the_target_is_the_best_cutoff_that_reaches_it),
        cmocka_unit_test(favouring_recall_is_worth_the_mean_specificity_above_it),
        cmocka_unit_test(favouring_precision_is_worth_the_recall_at_it),
        cmocka_unit_test(the_last_epoch_within_a_standard_error_of_the_least_loss_is_kept),
        cmocka_unit_test(of_what_is_favoured_the_last_epoch_within_a_standard_error_is_kept),
        cmocka_unit_test(without_val_nothing_is_said),
        cmocka_unit_test(a_logit_that_is_no_number_is_no_good_epoch),
        cmocka_unit_test(one_class_alone_has_a_loss_and_no_area),
    };
    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
