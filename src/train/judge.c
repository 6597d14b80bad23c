/* Judges the logits of val. */
#include "judge.h"

#include "base/memory.h"

#include <bclass/calibration.h>
#include <bclass/curve.h>
#include <bclass/logit.h>
#include <bclass/pick.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double weight_of(const bc_scores *rows, size_t i) {
    return rows->weights != NULL ? rows->weights[i] : 1;
}

static bc_status make_arrays(bc_judge *judge, size_t count, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, count, sizeof *judge->present, err);
    judge->present = block;
    if (status == BC_OK) {
        status = bc_alloc(&block, count, sizeof *judge->reference, err);
        judge->reference = block;
    }
    return status;
}

/* Which part leaves row i out: the rows of each class in turn. */
static size_t part_without(const bc_judge *judge, size_t i, size_t seen[2]) {
    return seen[judge->rows.labels[i] == 1]++ % BC_JUDGE_PARTS;
}

static bc_status make_parts(bc_judge *judge, bc_error *err) {
    const bc_scores *rows = &judge->rows;
    bc_status status = BC_OK;
    size_t seen[2] = {0, 0};
    for (size_t i = 0; i < rows->count; i++) {
        const size_t without = part_without(judge, i, seen);
        bc_score_row row = bc_score_row_blank;
        row.label = rows->labels[i];
        row.weight = weight_of(rows, i);
        for (size_t part = 0; status == BC_OK && part < BC_JUDGE_PARTS; part++) {
            if (part != without)
                status = bc_scores_add(&judge->parts[part], &row, err);
        }
    }
    return status;
}

bc_status bc_judge_create(bc_judge *judge, const bc_evaluation *evaluation, const bc_dataset *dataset,
                          const bc_train_options *options, bc_error *err) {
    *judge = (bc_judge){.evaluation = evaluation,
                        .favour = options->favour,
                        .tempered = options->tempered,
                        .rows = {.logits = true}};
    bc_status status = BC_OK;
    if (evaluation->batches.count > 0)
        status = make_arrays(judge, evaluation->batches.count, err);
    for (size_t i = 0; status == BC_OK && i < evaluation->batches.count; i++) {
        const bc_sample *sample = &dataset->samples[evaluation->batches.samples[i]];
        bc_score_row row = bc_score_row_blank;
        row.label = sample->label;
        row.weight = sample->weight;
        status = bc_scores_add(&judge->rows, &row, err);
    }
    for (size_t part = 0; part < BC_JUDGE_PARTS; part++)
        judge->parts[part].logits = true;
    if (status == BC_OK && judge->favour.kind != BC_FAVOUR_LOSS)
        status = make_parts(judge, err);
    return status;
}

void bc_judge_free(bc_judge *judge) {
    bc_scores_free(&judge->rows);
    free(judge->present);
    free(judge->reference);
    for (size_t part = 0; part < BC_JUDGE_PARTS; part++)
        bc_scores_free(&judge->parts[part]);
}

/* The mean specificity where the recall is at least floor: the part of the ROC curve's area that counts when
 * most positives must be found (McClish 1989, with the axes exchanged), as a share of the best there is.
 * Every recall is reached between two points by drawing lots. */
static double specificity_above(const bc_curve *curve, double floor) {
    const double positives = bc_curve_positives(curve), negatives = bc_curve_negatives(curve);
    double area = 0, recall = 0, specificity = 1;
    bc_curve_point point = bc_curve_none();
    while (bc_curve_next(&point, curve)) {
        const bc_confusion counts = bc_curve_counts(curve, point);
        const double next = counts.tp / positives, then = counts.tn / negatives;
        if (next > floor && next > recall) {
            const double from = recall > floor ? recall : floor;
            const double there = specificity + (then - specificity) * (from - recall) / (next - recall);
            area += (next - from) * (there + then) / 2;
        }
        recall = next;
        specificity = then;
    }
    return area / (1 - floor);
}

static bc_pick pick(const bc_curve *curve, bc_rule_kind kind, double target) {
    const bc_rule rule = {.kind = kind, .target = target};
    bc_pick found;
    bc_pick_choose(&found, curve, &rule);
    return found;
}

static void judge_target(bc_epoch *epoch, const bc_curve *curve, const bc_favour *favour) {
    const bool by_precision = favour->kind == BC_FAVOUR_PRECISION;
    const bc_pick found =
        pick(curve, by_precision ? BC_RULE_MIN_PRECISION : BC_RULE_MIN_RECALL, favour->floor);
    epoch->val_recall = bc_recall(&found.counts);
    epoch->val_precision = bc_precision(&found.counts);
    if (favour->kind == BC_FAVOUR_RECALL)
        epoch->val_worth = specificity_above(curve, favour->floor);
    else if (by_precision)
        epoch->val_worth = found.met ? epoch->val_recall : -1;
}

static bool is_any_nan(const bc_judge *judge) {
    for (size_t i = 0; i < judge->rows.count; i++) {
        if (isnan(judge->evaluation->logits[i]))
            return true;
    }
    return false;
}

/* With too few pictures of a class for a temperature it is none. */
static bc_status find_temperature(bc_calibration *calibration, const bc_judge *judge, bc_error *err) {
    bc_error found = {0};
    const bc_status status =
        bc_calibration_fit(calibration, &judge->rows, BC_SPLITS_ALL, BC_CALIBRATION_TEMPERATURE, 0, &found);
    if (status == BC_OK)
        return BC_OK;
    bc_calibration_free(calibration);
    *calibration = (bc_calibration){0};
    return status == BC_ERROR_FORMAT ? BC_OK : bc_fail(err, status, "%s", found.message);
}

static bc_status judge_loss(bc_epoch *epoch, bc_judge *judge, const bc_curve *curve, bc_error *err) {
    const bc_scores *rows = &judge->rows;
    bc_calibration calibration = {0};
    bc_status status = BC_OK;
    epoch->val_loss = bc_curve_log_loss(curve);
    if (judge->tempered && isfinite(epoch->val_loss))
        status = find_temperature(&calibration, judge, err);
    epoch->val_worth =
        calibration.method != BC_CALIBRATION_NONE ? -calibration.log_loss_after : -epoch->val_loss;
    for (size_t i = 0; status == BC_OK && i < rows->count; i++) {
        const double z = bc_calibration_apply(&calibration, rows->values[i]);
        judge->present[i] = (float)bc_softplus(rows->labels[i] == 1 ? -z : z);
    }
    bc_calibration_free(&calibration);
    return status;
}

bc_status bc_judge_run(bc_epoch *epoch, bc_judge *judge, bc_error *err) {
    bc_curve curve;
    epoch->val_loss = epoch->val_auroc = epoch->val_average_precision = NAN;
    epoch->val_recall = epoch->val_precision = epoch->val_worth = NAN;
    if (judge->rows.count == 0 || is_any_nan(judge))
        return BC_OK;
    for (size_t i = 0; i < judge->rows.count; i++)
        judge->rows.values[i] = (double)judge->evaluation->logits[i];
    bc_status status = bc_curve_build(&curve, &judge->rows, BC_SPLITS_ALL, err);
    if (status == BC_OK) {
        status = judge_loss(epoch, judge, &curve, err);
        epoch->val_auroc = bc_curve_auroc(&curve);
        epoch->val_average_precision = bc_curve_average_precision(&curve);
        if (curve.positive.count > 0 && curve.negative.count > 0)
            judge_target(epoch, &curve, &judge->favour);
    }
    if (judge->favour.kind != BC_FAVOUR_LOSS)
        memcpy(judge->present, judge->evaluation->logits, judge->rows.count * sizeof *judge->present);
    bc_curve_free(&curve);
    return status;
}

typedef struct difference {
    double mean, standard_error;
} difference;

/* ---- of the loss ---- */

/* How much less the present losses are than those of reference; rows count by their weights. */
static difference compare_losses(const bc_judge *judge) {
    const bc_scores *rows = &judge->rows;
    double weights = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < rows->count; i++) {
        weights += weight_of(rows, i);
        sum += weight_of(rows, i) * ((double)judge->reference[i] - (double)judge->present[i]);
    }
    const double mean = sum / weights;
    for (size_t i = 0; i < rows->count; i++) {
        const double off =
            weight_of(rows, i) * ((double)judge->reference[i] - (double)judge->present[i] - mean);
        squares += off * off;
    }
    return (difference){mean, sqrt(squares) / weights};
}

/* ---- of what is favoured ---- */

static bc_status find_worth(double *worth, const bc_scores *rows, const bc_favour *favour, bc_error *err) {
    bc_curve curve;
    bc_epoch epoch = {.val_worth = 0};
    bc_status status = bc_curve_build(&curve, rows, BC_SPLITS_ALL, err);
    if (status == BC_OK && curve.positive.count > 0 && curve.negative.count > 0)
        judge_target(&epoch, &curve, favour);
    *worth = epoch.val_worth;
    bc_curve_free(&curve);
    return status;
}

/* What the logits are worth without each tenth of val. */
static bc_status find_worths(double worths[BC_JUDGE_PARTS], bc_judge *judge, const float *logits,
                             bc_error *err) {
    size_t filled[BC_JUDGE_PARTS] = {0}, seen[2] = {0, 0};
    bc_status status = BC_OK;
    for (size_t i = 0; i < judge->rows.count; i++) {
        const size_t without = part_without(judge, i, seen);
        for (size_t part = 0; part < BC_JUDGE_PARTS; part++) {
            if (part != without)
                judge->parts[part].values[filled[part]++] = (double)logits[i];
        }
    }
    for (size_t part = 0; status == BC_OK && part < BC_JUDGE_PARTS; part++)
        status = find_worth(&worths[part], &judge->parts[part], &judge->favour, err);
    return status;
}

/* How much more the present logits are worth than those of reference. */
static bc_status compare_worths(difference *d, bc_judge *judge, double present, bc_error *err) {
    double now[BC_JUDGE_PARTS], before[BC_JUDGE_PARTS], reference, mean = 0, squares = 0;
    bc_status status = find_worths(now, judge, judge->present, err);
    if (status == BC_OK)
        status = find_worths(before, judge, judge->reference, err);
    for (size_t i = 0; status == BC_OK && i < judge->rows.count; i++)
        judge->rows.values[i] = (double)judge->reference[i];
    if (status == BC_OK)
        status = find_worth(&reference, &judge->rows, &judge->favour, err);
    if (status != BC_OK)
        return status;
    for (size_t part = 0; part < BC_JUDGE_PARTS; part++)
        mean += (now[part] - before[part]) / BC_JUDGE_PARTS;
    for (size_t part = 0; part < BC_JUDGE_PARTS; part++)
        squares += (now[part] - before[part] - mean) * (now[part] - before[part] - mean);
    *d = (difference){present - reference, sqrt(squares * (BC_JUDGE_PARTS - 1) / BC_JUDGE_PARTS)};
    return BC_OK;
}

/* ---- the epoch that is kept ---- */

bc_status bc_judge_keeps(bool *keeps, bc_judge *judge, const bc_epoch *epoch, bool is_first, bc_error *err) {
    difference d = {0, 0};
    bc_status status = BC_OK;
    *keeps = true;
    if (judge->rows.count == 0)
        return BC_OK;
    if (!is_first && judge->favour.kind == BC_FAVOUR_LOSS)
        d = compare_losses(judge);
    else if (!is_first)
        status = compare_worths(&d, judge, epoch->val_worth, err);
    if (status != BC_OK)
        return status;
    *keeps = -d.mean <= d.standard_error;
    if (is_first || d.mean > 0)
        memcpy(judge->reference, judge->present, judge->rows.count * sizeof *judge->reference);
    return BC_OK;
}
