/* Curves, measures and picks against a plain reference that looks at all pairs and all cutoffs. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/file.h"
#include "base/output.h"
#include "base/random.h"
#include "threshold/areas.h"
#include "threshold/rule.h"

#include <bclass/curve.h>
#include <bclass/cutoff.h>
#include <bclass/logit.h>
#include <bclass/pick.h>
#include <bclass/triage.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 4000, MOST_ROWS = 24 };

static void add_weighed(bc_scores *scores, double value, int label, bc_split split, double weight) {
    bc_error err = {0};
    bc_score_row row = bc_score_row_blank;
    row.value = value;
    row.label = label;
    row.split = split;
    row.weight = weight;
    assert_int_equal(bc_scores_add(scores, &row, &err), BC_OK);
}

static void add(bc_scores *scores, double value, int label, bc_split split) {
    add_weighed(scores, value, label, split, 1);
}

static void build(bc_curve *curve, const bc_scores *scores, unsigned splits) {
    bc_error err = {0};
    assert_int_equal(bc_curve_build(curve, scores, splits, &err), BC_OK);
}

/* Few distinct values, so that most rounds have ties; extremes among them. */
static double random_value(bc_random *random, bool logits) {
    static const double extremes[] = {-INFINITY, INFINITY, 0.0,     -0.0,  -745.0,
                                      36.75,     5e-324,   -5e-324, 1e300, -1e300};
    uint64_t kind = bc_random_below(random, 12);
    if (!logits)
        return kind == 0   ? 0
               : kind == 1 ? 1
               : kind < 8  ? (double)bc_random_below(random, 8) / 8
                           : bc_random_uniform(random);
    if (kind < 2)
        return extremes[bc_random_below(random, sizeof extremes / sizeof extremes[0])];
    if (kind < 8)
        return (double)bc_random_below(random, 7) - 3;
    return 8 * bc_random_uniform(random) - 4;
}

static void make_random(bc_scores *scores, uint64_t round) {
    bc_random random = bc_random_keyed(11, BC_RANDOM_RESAMPLE, round, 0);
    *scores = (bc_scores){.logits = round % 2 == 0};
    size_t rows = (size_t)bc_random_below(&random, MOST_ROWS + 1);
    for (size_t i = 0; i < rows; i++) {
        double value = random_value(&random, scores->logits);
        int label = (int)bc_random_below(&random, 9) - 1;
        /* Every third set has weights, in quarters so that their sums are exact. */
        double weight = round % 3 > 0 ? 1 : (double)(1 + bc_random_below(&random, 12)) / 4;
        add_weighed(scores, value, label > 0 ? label % 2 : label, (bc_split)bc_random_below(&random, 3),
                    weight);
    }
}

static bool is_used(const bc_scores *scores, size_t i, unsigned splits) {
    return scores->labels[i] >= 0 && (splits >> bc_scores_split(scores, i) & 1) != 0;
}

/* ---- the reference ---- */

static double weight_of(const bc_scores *scores, size_t i) {
    return scores->weights != NULL ? scores->weights[i] : 1;
}

static bc_confusion plain_counts(const bc_scores *scores, unsigned splits, double cutoff) {
    bc_confusion counts = {0};
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_used(scores, i, splits))
            continue;
        bool called = scores->values[i] >= cutoff, positive = scores->labels[i] == 1;
        double *count = called ? (positive ? &counts.tp : &counts.fp) : positive ? &counts.fn : &counts.tn;
        *count += weight_of(scores, i);
    }
    return counts;
}

static double plain_auroc(const bc_scores *scores, unsigned splits) {
    double won = 0, pairs = 0;
    for (size_t i = 0; i < scores->count; i++) {
        for (size_t j = 0; j < scores->count; j++) {
            if (!is_used(scores, i, splits) || !is_used(scores, j, splits) || scores->labels[i] != 1 ||
                scores->labels[j] != 0)
                continue;
            double weight = weight_of(scores, i) * weight_of(scores, j);
            pairs += weight;
            won += weight * (scores->values[i] > scores->values[j]    ? 1
                             : scores->values[i] == scores->values[j] ? 0.5
                                                                      : 0);
        }
    }
    return pairs > 0 ? won / pairs : NAN;
}

/* The mean over positives of the precision at their own value: the step sum, said otherwise. */
static double plain_average_precision(const bc_scores *scores, unsigned splits) {
    double sum = 0, positives = 0;
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_used(scores, i, splits) || scores->labels[i] != 1)
            continue;
        bc_confusion counts = plain_counts(scores, splits, scores->values[i]);
        sum += weight_of(scores, i) * (counts.tp / (counts.tp + counts.fp));
        positives += weight_of(scores, i);
    }
    return positives > 0 ? sum / positives : NAN;
}

/* DeLong's variance as the textbook has it: from the placements of each item. */
static void plain_interval(double *low, double *high, const bc_scores *scores, unsigned splits) {
    double area = plain_auroc(scores, splits), sums[2] = {0, 0}, counts[2] = {0, 0}, weights[2] = {0, 0};
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_used(scores, i, splits))
            continue;
        counts[scores->labels[i]]++;
        weights[scores->labels[i]] += weight_of(scores, i);
    }
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_used(scores, i, splits))
            continue;
        int label = scores->labels[i];
        double won = 0;
        for (size_t j = 0; j < scores->count; j++) {
            if (!is_used(scores, j, splits) || scores->labels[j] == label)
                continue;
            double mine = scores->values[i], other = scores->values[j];
            won += weight_of(scores, j) * (mine == other ? 0.5 : (label == 1 ? mine > other : mine < other));
        }
        double off = weight_of(scores, i) * (won / weights[1 - label] - area);
        sums[label] += off * off;
    }
    double variance = 0;
    for (int label = 0; label < 2; label++)
        variance += sums[label] * counts[label] / (counts[label] - 1) / (weights[label] * weights[label]);
    *low = *high = NAN;
    if (counts[0] < 2 || counts[1] < 2 || !(variance > 0) || !(area > 0 && area < 1))
        return;
    double centre = log(area / (1 - area)), half = 1.96 * sqrt(variance) / (area * (1 - area));
    *low = 1 / (1 + exp(half - centre));
    *high = 1 / (1 + exp(-half - centre));
}

static double plain_log_loss(const bc_scores *scores, unsigned splits) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_used(scores, i, splits))
            continue;
        double value = scores->values[i], right = scores->labels[i] == 1 ? value : -value;
        double loss;
        if (!scores->logits)
            loss = -log(scores->labels[i] == 1 ? value : 1 - value);
        else if (right < -30)
            loss = -right;
        else
            loss = log1p(exp(-right));
        count += weight_of(scores, i);
        sum += weight_of(scores, i) * loss;
    }
    return count > 0 ? sum / count : NAN;
}

static double plain_brier(const bc_scores *scores, unsigned splits) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_used(scores, i, splits))
            continue;
        double value = scores->values[i], score = scores->logits ? 1 / (1 + exp(-value)) : value;
        sum += weight_of(scores, i) * (score - scores->labels[i]) * (score - scores->labels[i]);
        count += weight_of(scores, i);
    }
    return count > 0 ? sum / count : NAN;
}

/* ---- comparison ---- */

static void assert_close(double found, double expected, const char *what, int round) {
    bool same = isnan(expected)   ? isnan(found)
                : isinf(expected) ? found == expected
                                  : fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected));
    if (!same)
        fail_msg("%s is %.17g, should be %.17g (round %d)", what, found, expected, round);
}

static void assert_counts(bc_confusion found, bc_confusion expected, const char *what, int round) {
    const double pairs[][2] = {
        {found.tp, expected.tp}, {found.fp, expected.fp}, {found.fn, expected.fn}, {found.tn, expected.tn}};
    for (size_t i = 0; i < 4; i++)
        assert_close(pairs[i][0], pairs[i][1], what, round);
}

static unsigned splits_of(int round) {
    return round % 3 == 0 ? 1u << BC_SPLIT_VAL : round % 3 == 1 ? BC_SPLITS_ALL : 3u;
}

static void curves_agree_with_all_pairs(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        bc_scores scores;
        bc_curve curve;
        double low, high, plain_low, plain_high;
        unsigned splits = splits_of(round);
        make_random(&scores, (uint64_t)round);
        build(&curve, &scores, splits);
        assert_close(bc_curve_auroc(&curve), plain_auroc(&scores, splits), "AUROC", round);
        assert_close(bc_curve_average_precision(&curve), plain_average_precision(&scores, splits), "AP",
                     round);
        assert_close(bc_curve_log_loss(&curve), plain_log_loss(&scores, splits), "log loss", round);
        assert_close(bc_curve_brier(&curve), plain_brier(&scores, splits), "Brier", round);
        bc_curve_auroc_interval(&low, &high, &curve, 1.96);
        plain_interval(&plain_low, &plain_high, &scores, splits);
        if (!isnan(low) || !(plain_high - plain_low < 1e-6)) { /* a variance of rounding errors is none */
            assert_close(low, plain_low, "lower end", round);
            assert_close(high, plain_high, "upper end", round);
        }
        double last = INFINITY;
        bc_curve_point point = bc_curve_none();
        for (size_t groups = 0; bc_curve_next(&point, &curve); groups++) {
            double value = bc_curve_upper(&curve, point);
            bc_curve_point at = bc_curve_at(&curve, value);
            assert_true(groups == 0 || value < last);
            assert_true(at.positives == point.positives && at.negatives == point.negatives);
            assert_counts(bc_curve_counts(&curve, point), plain_counts(&scores, splits, value), "point",
                          round);
            last = value;
        }
        bc_curve_point all = bc_curve_all(&curve);
        assert_true(point.positives == all.positives && point.negatives == all.negatives);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

/* ---- the partial area ---- */

/* The ROC curve's points from the greatest value down, one for each value, found by looking at all rows. */
static size_t plain_roc(double points[MOST_ROWS + 2][2], const bc_scores *scores, unsigned splits) {
    size_t count = 1;
    double last = INFINITY;
    points[0][0] = points[0][1] = 0;
    for (bool first = true;; first = false) {
        double next = -INFINITY;
        bool found = false;
        for (size_t i = 0; i < scores->count; i++) {
            double value = scores->values[i];
            if (is_used(scores, i, splits) && (first || value < last)) {
                next = fmax(next, value);
                found = true;
            }
        }
        if (!found)
            return count;
        bc_confusion counts = plain_counts(scores, splits, next);
        points[count][0] = counts.fp / (counts.fp + counts.tn);
        points[count++][1] = counts.tp / (counts.tp + counts.fn);
        last = next;
    }
}

/* The whole of each trapezium less what lies right of max_fpr. */
static double plain_partial(const double points[][2], size_t count, double max_fpr) {
    double area = 0;
    for (size_t i = 1; i < count; i++) {
        double left = points[i - 1][0], right = points[i][0], low = points[i - 1][1], high = points[i][1];
        double part = fmin(right, max_fpr) - left;
        if (right > left && part > 0)
            area += part * low + part * part * (high - low) / (right - left) / 2;
    }
    return area;
}

static void partial_areas_agree_with_all_rows(void **state) {
    (void)state;
    static const double most[] = {0.01, 0.1, 0.25, 0.5, 0.75, 1};
    int defined = 0;
    for (int round = 0; round < ROUNDS; round++) {
        bc_scores scores;
        bc_curve curve;
        double points[MOST_ROWS + 2][2], area, standardised, f = most[round % 6];
        unsigned splits = splits_of(round / 2);
        make_random(&scores, (uint64_t)round);
        build(&curve, &scores, splits);
        bool both = curve.positive.count > 0 && curve.negative.count > 0;
        bc_curve_partial_auroc(&area, &standardised, &curve, f);
        double expected = both ? plain_partial(points, plain_roc(points, &scores, splits), f) : NAN;
        assert_close(area, expected, "partial area", round);
        assert_close(standardised, 0.5 * (1 + (expected - f * f / 2) / (f - f * f / 2)), "McClish", round);
        if (both && f >= 1)
            assert_close(area, bc_curve_auroc(&curve), "whole area", round);
        defined += both;
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
    assert_in_range(defined, ROUNDS / 2, ROUNDS - 1);
}

/* A power of two, with which the greatest and the least weights that fit are still within bounds. */
static void the_scale_of_weights_changes_no_measure(void **state) {
    (void)state;
    static const bc_metric_kind kinds[] = {BC_METRIC_FBETA,    BC_METRIC_MCC,   BC_METRIC_YOUDEN,
                                           BC_METRIC_ACCURACY, BC_METRIC_KAPPA, BC_METRIC_BALANCED_ACCURACY};
    for (int round = 0; round < ROUNDS; round += 3) { /* those with weights */
        double scale = round % 2 == 0 ? 0x1p330 : 0x1p-330;
        bc_scores scores;
        bc_curve curve, scaled;
        bc_curve_measures plain, found;
        bc_pick pick, same;
        const bc_rule rule = {.kind = BC_RULE_MAX, .metric = {kinds[round / 3 % 6], 2}};
        make_random(&scores, (uint64_t)round);
        build(&curve, &scores, BC_SPLITS_ALL);
        for (size_t i = 0; scores.weights != NULL && i < scores.count; i++) {
            scores.weights[i] *= scale;
            assert_true(bc_score_weight_fits(scores.weights[i]));
        }
        build(&scaled, &scores, BC_SPLITS_ALL);
        bc_curve_measure(&plain, &curve, 1.96);
        bc_curve_measure(&found, &scaled, 1.96);
        assert_close(found.auroc, plain.auroc, "AUROC", round);
        assert_close(found.auroc_low, plain.auroc_low, "lower end", round);
        assert_close(found.auroc_high, plain.auroc_high, "upper end", round);
        assert_close(found.average_precision, plain.average_precision, "AP", round);
        if (!(plain.log_loss > 0x1p600)) /* of logits so great the sum overflows */
            assert_close(found.log_loss, plain.log_loss, "log loss", round);
        assert_close(found.brier, plain.brier, "Brier", round);
        bc_pick_choose(&pick, &curve, &rule);
        bc_pick_choose(&same, &scaled, &rule);
        assert_true(pick.met == same.met);
        assert_close(same.value, pick.value, "cutoff", round);
        assert_close(bc_metric_value(&rule.metric, &same.counts), bc_metric_value(&rule.metric, &pick.counts),
                     "metric", round);
        bc_curve_free(&curve);
        bc_curve_free(&scaled);
        bc_scores_free(&scores);
    }
}

/* ---- picks ---- */

/* All decisions there are: above everything, and at each value. */
static size_t all_cutoffs(double cutoffs[MOST_ROWS + 1], const bc_scores *scores, unsigned splits) {
    size_t count = 0;
    double most = -INFINITY;
    for (size_t i = 0; i < scores->count; i++) {
        if (!is_used(scores, i, splits))
            continue;
        cutoffs[count++] = scores->values[i];
        most = fmax(most, scores->values[i]);
    }
    if (most < INFINITY)
        cutoffs[count++] = INFINITY;
    return count;
}

/* Textbook forms, different from those of the product where there is a choice. */
static double plain_quality(const bc_rule *rule, const bc_confusion *c) {
    double tp = (double)c->tp, fp = (double)c->fp, fn = (double)c->fn, tn = (double)c->tn;
    double precision = tp + fp > 0 ? tp / (tp + fp) : NAN, recall = tp + fn > 0 ? tp / (tp + fn) : NAN,
           specificity = tn + fp > 0 ? tn / (tn + fp) : NAN, b2 = rule->metric.beta * rule->metric.beta;
    if (rule->kind == BC_RULE_MIN_RECALL)
        return recall >= rule->target ? precision : NAN;
    if (rule->kind == BC_RULE_MIN_PRECISION)
        return precision >= rule->target ? recall : NAN;
    if (rule->kind == BC_RULE_MIN_SPECIFICITY)
        return specificity >= rule->target ? recall : NAN;
    if (rule->kind == BC_RULE_BUDGET)
        return (rule->percent ? 100 * (tp + fp) / (tp + fp + fn + tn) : tp + fp) <= rule->target ? recall
                                                                                                 : NAN;
    if (rule->kind == BC_RULE_COST)
        return -(fn * rule->cost_fn) - fp * rule->cost_fp;
    if (rule->kind == BC_RULE_FLOORS) {
        bool kept = (rule->floors[0] == 0 || recall >= rule->floors[0]) &&
                    (rule->floors[1] == 0 || precision >= rule->floors[1]) &&
                    (rule->floors[2] == 0 || specificity >= rule->floors[2]);
        return !kept || isnan(recall) ? NAN : 2 * tp / (2 * tp + fp + fn);
    }
    switch (rule->metric.kind) {
    case BC_METRIC_FBETA:
        if (isnan(recall))
            return NAN;
        return tp > 0 ? (1 + b2) * precision * recall / (b2 * precision + recall) : 0;
    case BC_METRIC_MCC:
        if (tp + fp == 0 || tn + fn == 0 || tp + fn == 0 || tn + fp == 0)
            return NAN;
        return (tp * tn - fp * fn) / sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
    case BC_METRIC_YOUDEN:
        return recall - (1 - specificity);
    case BC_METRIC_ACCURACY:
        return tp + fp + fn + tn > 0 ? (tp + tn) / (tp + fp + fn + tn) : NAN;
    case BC_METRIC_BALANCED_ACCURACY:
        return (recall + specificity) / 2;
    case BC_METRIC_KAPPA: {
        double all = tp + fp + fn + tn, seen = (tp + tn) / all;
        double chance = ((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn)) / all / all;
        return chance < 1 - 1e-9 ? (seen - chance) / (1 - chance) : NAN;
    }
    }
    return NAN;
}

static double plain_best(const bc_rule *rule, const bc_scores *scores, unsigned splits) {
    double cutoffs[MOST_ROWS + 1], best = NAN;
    size_t count = all_cutoffs(cutoffs, scores, splits);
    for (size_t i = 0; i < count; i++) {
        bc_confusion counts = plain_counts(scores, splits, cutoffs[i]);
        best = fmax(best, plain_quality(rule, &counts));
    }
    return best;
}

/* No other cutoff of the same quality has a higher recall, or the same recall and fewer false alarms. */
static void assert_ties_fall_right(const bc_pick *pick, const bc_rule *rule, const bc_scores *scores,
                                   unsigned splits, int round) {
    double cutoffs[MOST_ROWS + 1], best = plain_quality(rule, &pick->counts);
    size_t count = all_cutoffs(cutoffs, scores, splits);
    for (size_t i = 0; i < count; i++) {
        bc_confusion other = plain_counts(scores, splits, cutoffs[i]);
        bool surely_equal =
            plain_quality(rule, &other) == best && rule->kind != BC_RULE_MAX && rule->kind != BC_RULE_FLOORS;
        if (surely_equal &&
            (other.tp > pick->counts.tp || (other.tp == pick->counts.tp && other.fp < pick->counts.fp)))
            fail_msg("a tie fell to the lower recall (round %d)", round);
    }
}

static bc_rule random_rule(uint64_t round) {
    static const bc_metric metrics[] = {{BC_METRIC_FBETA, 1},
                                        {BC_METRIC_FBETA, 2},
                                        {BC_METRIC_FBETA, 0.5},
                                        {BC_METRIC_MCC, 0},
                                        {BC_METRIC_YOUDEN, 0},
                                        {BC_METRIC_ACCURACY, 0},
                                        {BC_METRIC_BALANCED_ACCURACY, 0},
                                        {BC_METRIC_KAPPA, 0}};
    bc_random random = bc_random_keyed(12, BC_RANDOM_RESAMPLE, round, 0);
    bc_rule rule = {.kind = (bc_rule_kind)(BC_RULE_MIN_RECALL + bc_random_below(&random, 7))};
    rule.target = (double)bc_random_below(&random, 21) / 20;
    rule.percent = round % 2 == 0;
    if (rule.kind == BC_RULE_BUDGET)
        rule.target = rule.percent ? 100 * rule.target : 20 * rule.target;
    for (size_t i = 0; i < BC_FLOOR_COUNT; i++)
        rule.floors[i] = (double)bc_random_below(&random, 4) / 4;
    rule.cost_fn = (double)bc_random_below(&random, 5) / 2;
    rule.cost_fp = (double)(1 + bc_random_below(&random, 4)) / 2;
    rule.metric = metrics[bc_random_below(&random, sizeof metrics / sizeof metrics[0])];
    return rule;
}

static void assert_plateau(const bc_pick *pick, const bc_scores *scores, unsigned splits, int round) {
    assert_true(pick->value <= pick->upper);
    assert_true(pick->value > pick->lower || pick->lower == -INFINITY);
    assert_counts(pick->counts, plain_counts(scores, splits, pick->value), "pick", round);
    assert_counts(pick->counts, plain_counts(scores, splits, pick->upper), "upper end", round);
    for (size_t i = 0; i < scores->count; i++) {
        if (is_used(scores, i, splits))
            assert_false(scores->values[i] > pick->lower && scores->values[i] < pick->upper);
    }
}

static void picks_agree_with_trying_every_cutoff(void **state) {
    (void)state;
    int met = 0;
    for (int round = 0; round < ROUNDS; round++) {
        bc_scores scores;
        bc_curve curve;
        bc_pick pick;
        unsigned splits = splits_of(round);
        bc_rule rule = random_rule((uint64_t)round);
        make_random(&scores, (uint64_t)round);
        build(&curve, &scores, splits);
        bc_pick_choose(&pick, &curve, &rule);
        double best = plain_best(&rule, &scores, splits);
        assert_int_equal(pick.met, !isnan(best));
        if (pick.met) {
            assert_close(plain_quality(&rule, &pick.counts), best, "quality", round);
            assert_plateau(&pick, &scores, splits, round);
            assert_ties_fall_right(&pick, &rule, &scores, splits, round);
            assert_counts(bc_curve_counts(&curve, bc_pick_apply(&pick, &curve)), pick.counts, "application",
                          round);
        }
        met += pick.met;
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
    assert_in_range(met, ROUNDS / 2, ROUNDS - 1); /* both outcomes were seen */
}

/* So many rows that most points are passed over unseen, with values that tie and a quality that is flat. */
static void picks_among_many_rows_are_those_of_a_walk_over_all(void **state) {
    (void)state;
    enum { ROWS = 20000, TRIALS = 120 };
    for (int trial = 0; trial < TRIALS; trial++) {
        bc_random random = bc_random_keyed(19, BC_RANDOM_RESAMPLE, (uint64_t)trial, 0);
        bc_scores scores = {.logits = true};
        bc_curve curve;
        bc_pick pick;
        const bc_rule rule = random_rule((uint64_t)trial);
        double best = NAN, hits = 0, signal = (double)(trial % 4);
        for (int i = 0; i < ROWS; i++) {
            int label = bc_random_uniform(&random) < 0.3;
            double value = signal * label + 4 * bc_random_uniform(&random);
            add_weighed(&scores, trial % 3 == 0 ? floor(value * 500) : value, label, BC_SPLIT_NONE,
                        trial % 5 == 0 ? (double)(1 + bc_random_below(&random, 8)) / 4 : 1);
        }
        build(&curve, &scores, BC_SPLITS_ALL);
        bc_curve_point point = bc_curve_none();
        do {
            bc_confusion counts = bc_curve_counts(&curve, point);
            double quality = bc_rule_quality(&rule, &counts);
            if (quality > best || (quality == best && counts.tp > hits) || (isnan(best) && !isnan(quality))) {
                best = quality;
                hits = counts.tp;
            }
        } while (bc_curve_next(&point, &curve));
        bc_pick_choose(&pick, &curve, &rule);
        assert_int_equal(pick.met, !isnan(best));
        if (pick.met) {
            assert_true(bc_rule_quality(&rule, &pick.counts) == best);
            assert_true(pick.counts.tp == hits);
        }
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

static void a_cutoff_that_is_given_is_used_as_it_is(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        bc_scores scores;
        bc_curve curve;
        bc_pick pick;
        const bc_rule rule = {.kind = BC_RULE_AT, .target = (double)(round % 21) / 20};
        make_random(&scores, (uint64_t)round);
        build(&curve, &scores, BC_SPLITS_ALL);
        bc_pick_choose(&pick, &curve, &rule);
        double value = scores.logits ? bc_logit(rule.target) : rule.target;
        assert_true(pick.met && pick.value == value && pick.score == rule.target);
        assert_counts(pick.counts, plain_counts(&scores, BC_SPLITS_ALL, value), "at", round);
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
}

static void pick_from(bc_pick *pick, bool logits, const double *values, const int *labels, size_t count,
                      const bc_rule *rule) {
    bc_scores scores = {.logits = logits};
    bc_curve curve;
    for (size_t i = 0; i < count; i++)
        add(&scores, values[i], labels[i], BC_SPLIT_NONE);
    build(&curve, &scores, BC_SPLITS_ALL);
    bc_pick_choose(pick, &curve, rule);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

static const bc_rule full_recall = {.kind = BC_RULE_MIN_RECALL, .target = 1};

static void the_cutoff_lies_in_the_middle_of_its_plateau(void **state) {
    (void)state;
    bc_pick pick;
    pick_from(&pick, false, (double[]){0.75, 0.25, 0.125}, (int[]){1, 0, 0}, 3, &full_recall);
    assert_true(pick.lower == 0.25 && pick.upper == 0.75 && pick.value == 0.5 && pick.score == 0.5);
    assert_true(pick.logit == 0);
    /* Neighbours: there is no number between them, and the upper one must stay positive. */
    double below = 0.7, above = nextafter(0.7, 1);
    pick_from(&pick, false, (double[]){above, below}, (int[]){1, 0}, 2, &full_recall);
    assert_true(pick.value == above);
    pick_from(&pick, true, (double[]){1e308, -1e308}, (int[]){1, 0}, 2, &full_recall);
    assert_true(pick.value == 0);
    pick_from(&pick, true, (double[]){0x1p1023, 0x1.8p1023}, (int[]){0, 1}, 2, &full_recall);
    assert_true(pick.value == 0x1.4p1023);
}

static void infinite_ends_give_a_finite_cutoff(void **state) {
    (void)state;
    const bc_rule accuracy = {.kind = BC_RULE_MAX, .metric = {BC_METRIC_ACCURACY, 0}};
    bc_pick pick;
    pick_from(&pick, true, (double[]){INFINITY, 3}, (int[]){1, 0}, 2, &full_recall);
    assert_true(pick.value == nextafter(3, 4));
    pick_from(&pick, true, (double[]){3, -INFINITY}, (int[]){1, 0}, 2, &full_recall);
    assert_true(pick.value == 3);
    pick_from(&pick, true, (double[]){3, 2}, (int[]){1, 1}, 2, &full_recall); /* all */
    assert_true(pick.value == 2 && pick.lower == -INFINITY);
    pick_from(&pick, true, (double[]){3, 2}, (int[]){0, 0}, 2, &accuracy); /* none */
    assert_true(pick.value == nextafter(3, 4) && pick.upper == INFINITY && pick.counts.fp == 0);
    pick_from(&pick, true, (double[]){INFINITY, 2}, (int[]){0, 0}, 2, &accuracy); /* cannot be "none" */
    assert_true(pick.counts.fp == 1 && pick.value == nextafter(2, 3));
}

static void an_unmet_floor_of_precision_gives_the_best_there_is(void **state) {
    (void)state;
    const bc_rule rule = {.kind = BC_RULE_MIN_PRECISION, .target = 0.9};
    bc_pick pick;
    pick_from(&pick, false, (double[]){0.9, 0.8, 0.7, 0.6}, (int[]){0, 1, 1, 0}, 4, &rule);
    assert_false(pick.met);
    assert_true(pick.counts.tp == 2 && pick.counts.fp == 1);
    pick_from(&pick, false, (double[]){0.9, 0.8}, (int[]){0, 0}, 2, &full_recall);
    assert_true(!pick.met && isnan(pick.value) && isnan(pick.score) && isnan(pick.logit));
}

/* Three negatives share the highest score with one positive: what cannot be met is told by what comes
 * nearest. */
static void an_unmet_rule_gives_what_comes_nearest(void **state) {
    (void)state;
    const double values[] = {0.9, 0.9, 0.9, 0.9, 0.8, 0.7, 0.1};
    const int labels[] = {1, 0, 0, 0, 1, 1, 0};
    const bc_rule floors = {.kind = BC_RULE_FLOORS, .floors = {0.9, 0.9, 0}};
    bc_pick pick;
    pick_from(&pick, false, values, labels, 7, &floors); /* shortfalls: 0.65, 0.5, 0.4, 0.47 */
    assert_true(!pick.met && pick.counts.tp == 3 && pick.counts.fp == 3);
    const double saturated[] = {INFINITY, INFINITY, 1};
    const int mixed[] = {1, 0, 0};
    const bc_rule budget = {.kind = BC_RULE_BUDGET, .target = 1};
    pick_from(&pick, true, saturated, mixed, 3, &budget); /* "none" is not to be had */
    assert_true(!pick.met && pick.counts.tp + pick.counts.fp == 2);
    const bc_rule specificity = {.kind = BC_RULE_MIN_SPECIFICITY, .target = 0.9};
    pick_from(&pick, true, saturated, mixed, 3, &specificity);
    assert_true(!pick.met && pick.counts.tn == 1);
}

/* Weights that are all alike choose what no weights choose, though 3.3 + 3.3 + 3.3 is not 9.9. */
static void a_floor_is_not_lost_to_the_rounding_of_weights(void **state) {
    (void)state;
    static const double alike[] = {0.1, 0.7, 1.1, 3.3};
    static const bc_rule_kind kinds[] = {BC_RULE_MIN_RECALL, BC_RULE_MIN_PRECISION, BC_RULE_MIN_SPECIFICITY};
    for (int round = 0; round < ROUNDS; round++) {
        bc_scores scores;
        bc_curve plain, weighted;
        bc_pick first, second;
        bc_triage pair, other;
        double (*great)(const bc_confusion *) = round % 3 == 0 ? bc_precision : bc_recall;
        const bc_rule rule = {.kind = kinds[round % 3], .target = (double)(round % 7 + 1) / 8};
        make_random(&scores, (uint64_t)(3 * round + 1)); /* one without weights */
        build(&plain, &scores, BC_SPLITS_ALL);
        double *weights = calloc(scores.count + 1, sizeof *weights);
        assert_non_null(weights);
        for (size_t i = 0; i < scores.count; i++)
            weights[i] = alike[round % 4];
        scores.weights = weights;
        build(&weighted, &scores, BC_SPLITS_ALL);
        bc_pick_choose(&first, &plain, &rule);
        bc_pick_choose(&second, &weighted, &rule);
        assert_true(first.met == second.met);
        if (first.met) /* by what the rule makes great, where several may be equally good */
            assert_close(great(&second.counts), great(&first.counts), "what is made great", round);
        bc_triage_choose(&pair, &plain, rule.target, 0.75, 0);
        bc_triage_choose(&other, &weighted, rule.target, 0.75, 0);
        assert_true(pair.low.met == other.low.met && pair.high.met == other.high.met);
        bc_curve_free(&plain);
        bc_curve_free(&weighted);
        bc_scores_free(&scores);
    }
}

static void a_share_as_budget_is_not_lost_to_rounding(void **state) {
    (void)state;
    /* 4.35 * 100 is 434.99999999999994 in binary; 29 % and 4.35 % of such counts are whole numbers. */
    static const struct {
        double percent, all, most;
    } shares[] = {{29, 100, 29}, {4.35, 2000, 87}, {4.35, 10000, 435}, {0.1, 1000, 1}, {0.1, 1999, 1}};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        const bc_rule rule = {.kind = BC_RULE_BUDGET, .target = shares[i].percent, .percent = true};
        double positives[] = {3, 2}, negatives[] = {1}, most = shares[i].most;
        double sums[] = {0, most, most + 1}, negative_sums[] = {0, shares[i].all - most - 1};
        const bc_curve curve = {.logits = true,
                                .positive = {2, positives, sums, sums},
                                .negative = {1, negatives, negative_sums, negative_sums}};
        bc_pick pick;
        bc_pick_choose(&pick, &curve, &rule);
        assert_true(pick.met && pick.counts.tp == most);
    }
}

static void a_logit_that_is_given_is_used_as_it_is(void **state) {
    (void)state;
    const bc_rule rule = {.kind = BC_RULE_AT_LOGIT, .target = 40.25};
    bc_pick pick;
    pick_from(&pick, true, (double[]){41, 40}, (int[]){1, 0}, 2, &rule);
    assert_true(pick.value == 40.25 && pick.logit == 40.25 && pick.counts.tp == 1 && pick.counts.fp == 0);
    pick_from(&pick, false, (double[]){1, 0.5}, (int[]){1, 0}, 2, &rule);
    assert_true(pick.value == 1 && pick.logit == 40.25 && pick.counts.tp == 1 && pick.counts.fp == 0);
}

static void rules_have_names(void **state) {
    (void)state;
    const struct {
        bc_rule rule;
        const char *name;
    } known[] = {
        {{.kind = BC_RULE_AT_LOGIT, .target = -2}, "at logit -2"},
        {{.kind = BC_RULE_MIN_SPECIFICITY, .target = 0.9}, "specificity >= 0.9"},
        {{.kind = BC_RULE_FLOORS, .floors = {0.95, 0, 0.5}}, "recall >= 0.95 and specificity >= 0.5"},
        {{.kind = BC_RULE_COST, .cost_fn = 10, .cost_fp = 0.5}, "cost fn=10,fp=0.5"},
        {{.kind = BC_RULE_BUDGET, .target = 20}, "flagged <= 20"},
        {{.kind = BC_RULE_BUDGET, .target = 5, .percent = true}, "flagged <= 5%"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char name[BC_RULE_NAME_SIZE];
        bc_rule_name(name, &known[i].rule);
        assert_string_equal(name, known[i].name);
    }
}

static bool has_recall(const bc_confusion *counts, double recall) {
    return (double)counts->tp >= recall * (double)(counts->tp + counts->fn) && counts->tp + counts->fn > 0;
}

static bool has_precision(const bc_confusion *counts, double precision) {
    return (double)counts->tp >= precision * (double)(counts->tp + counts->fp) && counts->tp + counts->fp > 0;
}

/* Floors in eighths, so that the products above are exact. */
static void a_triage_leaves_what_no_single_cutoff_decides(void **state) {
    (void)state;
    int alike = 0, apart = 0;
    for (int round = 0; round < ROUNDS; round++) {
        bc_scores scores;
        bc_curve curve;
        bc_triage triage;
        double cutoffs[MOST_ROWS + 1], recall = (1 + round % 8) / 8.0, precision = (1 + round / 8 % 8) / 8.0;
        make_random(&scores, (uint64_t)round);
        build(&curve, &scores, BC_SPLITS_ALL);
        bc_triage_choose(&triage, &curve, recall, precision, 0);
        bool one = false, any_recall = false;
        double fewest = INFINITY, most = 0; /* called positive with the recall; hits with the precision */
        size_t count = all_cutoffs(cutoffs, &scores, BC_SPLITS_ALL);
        for (size_t i = 0; i < count; i++) {
            bc_confusion here = plain_counts(&scores, BC_SPLITS_ALL, cutoffs[i]);
            one |= has_recall(&here, recall) && has_precision(&here, precision);
            any_recall |= has_recall(&here, recall);
            if (has_recall(&here, recall) && here.tp + here.fp < fewest)
                fewest = here.tp + here.fp;
            if (has_precision(&here, precision) && here.tp > most)
                most = here.tp;
        }
        const bc_confusion *low = &triage.low.counts, *high = &triage.high.counts;
        assert_int_equal(triage.low.met, any_recall);
        if (one) {
            assert_true(triage.low.value == triage.high.value && bc_triage_between(low, high) == 0);
            assert_true(has_recall(low, recall) && has_precision(low, precision));
        } else if (any_recall && most > 0) {
            assert_true(triage.high.met && triage.low.value < triage.high.value);
            assert_true(low->tp + low->fp == fewest);
            assert_true(high->tp == most);
            assert_true(has_precision(high, precision));
            assert_true(bc_triage_between(low, high) == fewest - high->tp - high->fp);
        }
        alike += one;
        apart += !one && any_recall && most > 0;
        bc_curve_free(&curve);
        bc_scores_free(&scores);
    }
    assert_in_range(alike, ROUNDS / 20, ROUNDS);
    assert_in_range(apart, ROUNDS / 20, ROUNDS);
}

static void the_promises_of_a_triage_share_the_risk(void **state) {
    (void)state;
    /* 100 positives, 400 items of either kind in turn, 300 negatives */
    bc_scores scores = {.logits = true};
    bc_curve curve;
    bc_triage triage;
    for (int i = 0; i < 800; i++)
        add(&scores, -i, i < 100 || (i < 500 && i % 2 == 0), BC_SPLIT_NONE);
    build(&curve, &scores, BC_SPLITS_ALL);
    bc_triage_choose(&triage, &curve, 0.9, 0.9, 0.9);
    assert_true(triage.low.met && triage.high.met && triage.low.value < triage.high.value);
    assert_true(triage.low_promise.confidence == 0.95 && triage.high_promise.confidence == 0.95);
    assert_int_equal(triage.low_promise.rank, bc_guarantee_rank(300, 0.9, 0.05));
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

static void counts_beyond_32_bits_do_not_overflow(void **state) {
    (void)state;
    /* 4e9 positives, half above 5e9 negatives and half below: the area is one half. */
    double positives[] = {3, 1}, negatives[] = {2}, sums[] = {0, 2e9, 4e9}, negative_sums[] = {0, 5e9};
    const bc_curve curve = {.logits = true,
                            .positive = {2, positives, sums, sums},
                            .negative = {1, negatives, negative_sums, negative_sums}};
    assert_true(bc_curve_auroc(&curve) == 0.5);
    bc_curve_point point = bc_curve_none();
    assert_true(bc_curve_next(&point, &curve));
    bc_confusion counts = bc_curve_counts(&curve, point);
    /* (2e9 * 5e9) / sqrt(2e9 * 4e9 * 5e9 * 7e9) = sqrt(5/14) */
    assert_true(fabs(bc_mcc(&counts) - sqrt(5.0 / 14)) < 1e-15);
}

/* Half of the positives above all negatives, half below: the area is 1/2, the share of the negatives below a
 * positive is 0 or 1, that of the positives above a negative 1/2. */
static void areas_of_billions_of_rows_are_exact(void **state) {
    (void)state;
    const size_t n = 4000000000;
    const bc_curve curve = {.positive = {.count = n}, .negative = {.count = n}};
    const bc_areas areas = {.places = (bc_wide)n * n,
                            .positive_squares = (bc_wide)(2 * n) * (2 * n) * (n / 2),
                            .negative_squares = (bc_wide)n * n * n};
    assert_true(bc_areas_auroc(&areas, &curve) == 0.5);
    double variance = bc_areas_auroc_variance(&areas, &curve), expected = 0.25 / ((double)n - 1);
    assert_true(fabs(variance / expected - 1) < 1e-15);
}

/* With so many rows products of 32 bits overflow, and the interval of the area once came out as 1 to 1
 * elsewhere. The expected ends are DeLong's by numpy 1.24.2:
 *     python3 -c "import numpy as np; n=144720; i=np.arange(n); y=i%2; s=(i*7919%1009+100*y)
 *     o=lambda a,b: (np.searchsorted(np.sort(b),a)+np.searchsorted(np.sort(b),a,'right'))/2/len(b)
 *     p=o(s[y==1],s[y==0]); q=1-o(s[y==0],s[y==1]); A=p.mean(); v=p.var(ddof=1)/len(p)+q.var(ddof=1)/len(q)
 *     h=1.959963984540054*v**.5/A/(1-A); c=np.log(A/(1-A)); print(A, 1/(1+np.exp(h-c)), 1/(1+np.exp(-h-c)))"
 */
static void the_interval_of_many_rows_is_no_point(void **state) {
    (void)state;
    bc_scores scores = {.logits = true};
    bc_curve curve;
    double low, high;
    for (int i = 0; i < 144720; i++)
        add(&scores, (double)(i * 7919LL % 1009 + 100 * (i % 2)), i % 2, BC_SPLIT_NONE);
    build(&curve, &scores, BC_SPLITS_ALL);
    bc_curve_auroc_interval(&low, &high, &curve, 1.959963984540054);
    assert_close(bc_curve_auroc(&curve), 0.594205094124305, "AUROC", 0);
    assert_close(low, 0.59130478774753, "lower end", 0);
    assert_close(high, 0.5970988425816561, "upper end", 0);
    bc_curve_free(&curve);
    bc_scores_free(&scores);
}

static void undefined_measures_are_nan(void **state) {
    (void)state;
    const bc_confusion nothing_called = {0, 0, 3, 5}, no_positives = {0, 2, 0, 4}, empty = {0, 0, 0, 0};
    assert_true(isnan(bc_precision(&nothing_called)) && bc_recall(&nothing_called) == 0);
    assert_true(bc_fbeta(&nothing_called, 1) == 0 && isnan(bc_mcc(&nothing_called)));
    assert_true(isnan(bc_recall(&no_positives)) && isnan(bc_fbeta(&no_positives, 1)));
    assert_true(isnan(bc_youden(&no_positives)) && bc_precision(&no_positives) == 0);
    assert_true(isnan(bc_accuracy(&empty)) && isnan(bc_flagged_per_1000(&empty)));
}

static void measures_have_names(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "f3", "F1", "fbeta", "fbeta=", "fbeta=0", "fbeta=-1", "fbeta=nan", ""};
    bc_metric metric;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(bc_metric_parse(&metric, wrong[i]));
    static const char *const words[][2] = {{"f1", "max f1"},
                                           {"fbeta=2", "max f2"},
                                           {"fbeta=0.3", "max fbeta=0.3"},
                                           {"mcc", "max mcc"},
                                           {"youden", "max youden"},
                                           {"accuracy", "max accuracy"},
                                           {"kappa", "max kappa"},
                                           {"balanced-accuracy", "max balanced-accuracy"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char name[BC_RULE_NAME_SIZE];
        bc_rule rule = {.kind = BC_RULE_MAX};
        assert_true(bc_metric_parse(&rule.metric, words[i][0]));
        bc_rule_name(name, &rule);
        assert_string_equal(name, words[i][1]);
    }
}

/* ---- cutoff files ---- */

static char folder[] = "threshold-test-XXXXXX";
static char file[64];

static int make_folder(void **state) {
    (void)state;
    snprintf(file, sizeof file, "%s/cutoff.json", mkdtemp(folder));
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(file);
    return rmdir(folder);
}

static bc_cutoff example(void) {
    bc_cutoff cutoff = {.score = bc_sigmoid(-1.2034567890123456),
                        .logit = -1.2034567890123456,
                        .rule = "recall >= 0.95",
                        .split = "val",
                        .chosen = {190, 57, 10, 243},
                        .has_test = true,
                        .test = {180, 60, 20, 240}};
    memset(cutoff.scores_sha256, 'a', 64);
    return cutoff;
}

static void a_cutoff_file_reads_back_as_it_was(void **state) {
    (void)state;
    bc_error err = {0};
    bc_cutoff cutoff = example(), back;
    char positive[] = "defect \"x\"";
    cutoff.positive = positive;
    assert_int_equal(bc_cutoff_write(&cutoff, file, &err), BC_OK);
    assert_int_equal(bc_cutoff_read(&back, file, &err), BC_OK);
    assert_true(back.logit == cutoff.logit && back.score == cutoff.score);
    assert_string_equal(back.rule, cutoff.rule);
    assert_string_equal(back.split, cutoff.split);
    assert_string_equal(back.scores_sha256, cutoff.scores_sha256);
    assert_string_equal(back.positive, positive);
    assert_null(back.negative);
    assert_memory_equal(&back.chosen, &cutoff.chosen, sizeof back.chosen);
    assert_true(back.has_test);
    assert_memory_equal(&back.test, &cutoff.test, sizeof back.test);
    assert_true(back.confidence == 0 && back.floors[0] == 0 && back.floors[1] == 0 && back.floors[2] == 0);
    bc_cutoff_free(&back);
    cutoff.floors[BC_FLOOR_RECALL] = 0.95;
    cutoff.confidence = 0.9;
    assert_int_equal(bc_cutoff_write(&cutoff, file, &err), BC_OK);
    assert_int_equal(bc_cutoff_read(&back, file, &err), BC_OK);
    assert_true(back.confidence == 0.9 && back.floors[0] == 0.95 && back.floors[1] == 0 && !back.weighted);
    bc_cutoff_free(&back);
    cutoff.floors[BC_FLOOR_SPECIFICITY] = 0.5;
    cutoff.confidence = 0;
    cutoff.weighted = true;
    assert_int_equal(bc_cutoff_write(&cutoff, file, &err), BC_OK);
    assert_int_equal(bc_cutoff_read(&back, file, &err), BC_OK);
    assert_true(back.confidence == 0 && back.floors[0] == 0.95 && back.floors[2] == 0.5 && back.weighted);
    bc_cutoff_free(&back);
}

static void cutoffs_of_many_labels_read_back_as_they_were(void **state) {
    (void)state;
    bc_error err = {0};
    char shoes[] = "shoes", kids[] = "kids, \"all\"", positive[] = "yes";
    bc_cutoff items[2] = {example(), example()}, one;
    const bc_cutoffs cutoffs = {items, 2, true};
    bc_cutoffs back;
    items[0].target = shoes;
    items[1].target = kids;
    items[1].logit = 0;
    items[1].score = 0.5;
    items[1].floors[BC_FLOOR_PRECISION] = 0.25;
    items[0].positive = items[1].positive = positive;
    assert_int_equal(bc_cutoffs_write(&cutoffs, file, &err), BC_OK);
    assert_int_equal(bc_cutoffs_read(&back, file, &err), BC_OK);
    assert_true(back.many && back.count == 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(back.items[i].target, items[i].target);
        assert_string_equal(back.items[i].positive, positive);
        assert_string_equal(back.items[i].scores_sha256, items[i].scores_sha256);
        assert_true(back.items[i].logit == items[i].logit && back.items[i].floors[1] == items[i].floors[1]);
    }
    bc_cutoffs_free(&back);
    assert_int_equal(bc_cutoff_read(&one, file, &err), BC_ERROR_USAGE);
    assert_non_null(strstr(err.message, "holds cutoffs of 2 labels"));
    bc_cutoff_free(&one);
    items[1].logit = INFINITY;
    assert_int_equal(bc_cutoffs_write(&cutoffs, file, &err), BC_ERROR_UNMET);
    assert_non_null(strstr(err.message, "kids"));
}

static void extreme_cutoffs_survive_the_file(void **state) {
    (void)state;
    static const double logits[] = {0, -0.0, 40, -40, 700, -740, -1e5, 1e308, 5e-324, 0.1};
    bc_error err = {0};
    for (size_t i = 0; i < sizeof logits / sizeof logits[0]; i++) {
        bc_cutoff cutoff = example(), back;
        cutoff.logit = logits[i];
        cutoff.score = bc_sigmoid(logits[i]);
        assert_int_equal(bc_cutoff_write(&cutoff, file, &err), BC_OK);
        assert_int_equal(bc_cutoff_read(&back, file, &err), BC_OK);
        assert_true(back.logit == cutoff.logit);
        bc_cutoff_free(&back);
    }
    /* Chosen on probabilities: the score is exact, the logit is computed from it. */
    bc_random random = bc_random_keyed(5, BC_RANDOM_RESAMPLE, 0, 0);
    for (int i = 0; i < 40; i++) {
        bc_cutoff cutoff = example(), back;
        cutoff.score = pow(bc_random_uniform(&random), 1 + 5 * i);
        cutoff.logit = bc_logit(cutoff.score);
        if (!isfinite(cutoff.logit))
            continue;
        assert_int_equal(bc_cutoff_write(&cutoff, file, &err), BC_OK);
        assert_int_equal(bc_cutoff_read(&back, file, &err), BC_OK);
        bc_cutoff_free(&back);
    }
}

static void an_infinite_cutoff_is_not_written(void **state) {
    (void)state;
    bc_error err = {0};
    bc_cutoff cutoff = example();
    unlink(file);
    cutoff.logit = INFINITY;
    assert_int_equal(bc_cutoff_write(&cutoff, file, &err), BC_ERROR_UNMET);
    assert_int_equal(access(file, F_OK), -1);
}

#define GOOD "{\"format\":\"bclass cutoff\",\"version\":1,\"rule\":\"max f1\","
#define COUNTS "\"chosen_on\":{\"split\":\"all\",\"tp\":1,\"fp\":2,\"fn\":3,\"tn\":4}"

static void what_is_no_cutoff_file_is_told(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", ": not a cutoff file"},
        {"path,label\n", ": not a cutoff file"},
        {"0.25", ": not a cutoff file"},
        {GOOD COUNTS ",\"cutoff\":0.5,\"logit\":\"0x0p0\",\"positive\":\"\xff\"}", ": not a cutoff file"},
        {"{\"cutoff\": 0.25}", ": not a cutoff file"},
        {"{\"format\":\"bclass cutoff\",\"version\":9}", ": a cutoff file of another version"},
        {GOOD COUNTS ",\"cutoff\":0.5}",
         ": damaged cutoff file: 'logit' is not a finite number as hexadecimal text"},
        {GOOD COUNTS ",\"cutoff\":1,\"logit\":\"inf\"}",
         ": damaged cutoff file: 'logit' is not a finite number as hexadecimal text"},
        {GOOD COUNTS ",\"cutoff\":1.5,\"logit\":\"0x1p0\"}",
         ": damaged cutoff file: 'cutoff' is not a number from 0 to 1"},
        {GOOD COUNTS ",\"cutoff\":0.25,\"logit\":\"0x0p0\"}",
         ": damaged cutoff file: 'cutoff' and 'logit' are not the same cutoff"},
        {GOOD COUNTS ",\"cutoff\":0.50001,\"logit\":\"0x0p0\"}",
         ": damaged cutoff file: 'cutoff' and 'logit' are not the same cutoff"},
        {GOOD "\"cutoff\":0.5,\"logit\":\"0x0p0\"}", ": damaged cutoff file: 'split' is not a short text"},
        {GOOD "\"cutoff\":0.5,\"logit\":\"0x0p0\",\"chosen_on\":{\"split\":\"val\",\"tp\":-1}}",
         ": damaged cutoff file: 'tp' is not a count"},
        {GOOD COUNTS ",\"cutoff\":0.5,\"logit\":\"0x0p0\",\"positive\":7}",
         ": damaged cutoff file: 'positive' is not a name"},
        {GOOD COUNTS ",\"cutoff\":0.5,\"logit\":\"0x0p0\",\"scores_sha256\":\"12\"}",
         ": damaged cutoff file: 'scores_sha256' is not 64 hexadecimal digits"},
        {GOOD COUNTS ",\"cutoff\":0.5,\"logit\":\"0x0p0\",\"guarantee\":{\"recall\":2,\"confidence\":0.9}}",
         ": damaged cutoff file: 'recall' is not a number above 0, up to 1"},
        {GOOD COUNTS ",\"cutoff\":0.5,\"logit\":\"0x0p0\",\"guarantee\":{\"recall\":0.9}}",
         ": damaged cutoff file: 'guarantee' is not a floor and a confidence"},
        {GOOD COUNTS ",\"cutoff\":0.5,\"logit\":\"0x0p0\",\"guarantee\":7}",
         ": damaged cutoff file: 'guarantee' is not a floor and a confidence"},
        {GOOD "\"targets\":7}", ": damaged cutoff file: 'targets' is not a list of at most 65536"},
        {GOOD "\"targets\":[7]}", ": damaged cutoff file: 'target' is not a name"},
        {GOOD "\"targets\":[{\"target\":null}]}", ": damaged cutoff file: 'target' is not a name"},
        {GOOD "\"targets\":[{\"target\":\"a\"}]}",
         ": damaged cutoff file: 'logit' is not a finite number as hexadecimal text"},
        {GOOD COUNTS ",\"cutoff\":0.5,\"logit\":\"0x0p0\",\"floors\":{\"recall\":1.5}}",
         ": damaged cutoff file: 'recall' is not a number above 0, up to 1"},
        {GOOD COUNTS ",\"cutoff\":0.5,\"logit\":\"0x0p0\"}", NULL}, /* nothing is wrong with the rest */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bc_error err = {0};
        bc_cutoff cutoff;
        assert_int_equal(bc_output_file(file, cases[i][0], strlen(cases[i][0]), &err), BC_OK);
        bc_status status = bc_cutoff_read(&cutoff, file, &err);
        assert_int_equal(status, cases[i][1] != NULL ? BC_ERROR_FORMAT : BC_OK);
        assert_string_equal(err.message[0] != '\0' ? err.message + strlen(file) : "",
                            cases[i][1] != NULL ? cases[i][1] : "");
        bc_cutoff_free(&cutoff);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_agree_with_all_pairs),
        cmocka_unit_test(partial_areas_agree_with_all_rows),
        cmocka_unit_test(the_scale_of_weights_changes_no_measure),
        cmocka_unit_test(picks_agree_with_trying_every_cutoff),
        cmocka_unit_test(picks_among_many_rows_are_those_of_a_walk_over_all),
        cmocka_unit_test(a_cutoff_that_is_given_is_used_as_it_is),
        cmocka_unit_test(the_cutoff_lies_in_the_middle_of_its_plateau),
        cmocka_unit_test(infinite_ends_give_a_finite_cutoff),
        cmocka_unit_test(an_unmet_floor_of_precision_gives_the_best_there_is),
        cmocka_unit_test(an_unmet_rule_gives_what_comes_nearest),
        cmocka_unit_test(a_floor_is_not_lost_to_the_rounding_of_weights),
        cmocka_unit_test(a_share_as_budget_is_not_lost_to_rounding),
        cmocka_unit_test(a_logit_that_is_given_is_used_as_it_is),
        cmocka_unit_test(rules_have_names),
        cmocka_unit_test(a_triage_leaves_what_no_single_cutoff_decides),
        cmocka_unit_test(the_promises_of_a_triage_share_the_risk),
        cmocka_unit_test(counts_beyond_32_bits_do_not_overflow),
        cmocka_unit_test(areas_of_billions_of_rows_are_exact),
        cmocka_unit_test(the_interval_of_many_rows_is_no_point),
        cmocka_unit_test(undefined_measures_are_nan),
        cmocka_unit_test(measures_have_names),
        cmocka_unit_test(a_cutoff_file_reads_back_as_it_was),
        cmocka_unit_test(cutoffs_of_many_labels_read_back_as_they_were),
        cmocka_unit_test(extreme_cutoffs_survive_the_file),
        cmocka_unit_test(an_infinite_cutoff_is_not_written),
        cmocka_unit_test(what_is_no_cutoff_file_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
