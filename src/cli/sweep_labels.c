/* A run over one label or many: a study of each, and what they come to together. */
#include "sweep_measures.h"
#include "sweep_rules.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

const char *const bc_sweep_average_names[BC_SWEEP_AVERAGES] = {"micro", "macro", "weighted"};
const char *const bc_sweep_part_keys[BC_SWEEP_PART_MEANS] = {"auroc", "average_precision", "log_loss",
                                                             "brier"};

/* ---- averages ---- */

/* Adds up what the labels have; those where it is undefined are left out. */
typedef struct mean {
    double sum, weight;
    size_t labels;
} mean;

static void add_label(mean *to, double value, double weight) {
    if (isnan(value))
        return;
    to->sum += weight > 0 ? weight * value : 0;
    to->weight += weight;
    to->labels++;
}

static bc_sweep_mean finish(const mean *of) {
    return (bc_sweep_mean){of->weight > 0 ? of->sum / of->weight : NAN, of->labels};
}

static const bc_sweep_part *get_part(const bc_sweep_study *study, bool test) {
    return test ? &study->test : &study->chosen;
}

/* What a label counts for. */
static double label_weight(const bc_sweep_study *study, bool test, bc_sweep_averaging averaging) {
    return averaging == BC_SWEEP_WEIGHTED ? bc_curve_positives(&get_part(study, test)->curve) : 1;
}

static void get_part_numbers(double numbers[BC_SWEEP_PART_MEANS], const bc_sweep_part *part) {
    numbers[0] = part->auroc;
    numbers[1] = part->average_precision;
    numbers[2] = part->log_loss;
    numbers[3] = part->brier;
}

static void average_parts(bc_sweep_mean means[BC_SWEEP_PART_MEANS], const bc_sweep *sweep, bool test,
                          bc_sweep_averaging averaging) {
    mean sums[BC_SWEEP_PART_MEANS] = {0};
    for (size_t i = 0; i < sweep->count; i++) {
        const bc_sweep_study *study = &sweep->studies[i];
        double numbers[BC_SWEEP_PART_MEANS], weight = label_weight(study, test, averaging);
        get_part_numbers(numbers, get_part(study, test));
        for (size_t k = 0; k < BC_SWEEP_PART_MEANS; k++)
            add_label(&sums[k], numbers[k], weight);
    }
    for (size_t k = 0; k < BC_SWEEP_PART_MEANS; k++)
        means[k] = finish(&sums[k]);
}

/* Of the rows of all labels as if they were of one. */
static bc_status pool_parts(bc_sweep_mean means[BC_SWEEP_PART_MEANS], const bc_sweep *sweep,
                            const bc_scores *scores, unsigned splits, bc_error *err) {
    bc_curve curve;
    bc_curve_measures found;
    bc_status status = bc_curve_build_in(&curve, scores, splits, sweep->pool, err);
    if (status == BC_OK) {
        bc_curve_measure(&found, &curve, bc_interval_quantile);
        means[0].value = found.auroc;
        means[1].value = found.average_precision;
        means[2].value = found.log_loss;
        means[3].value = found.brier;
        for (size_t k = 0; k < BC_SWEEP_PART_MEANS; k++)
            means[k].labels = sweep->count;
    }
    bc_curve_free(&curve);
    return status;
}

bool bc_sweep_has_one(const bc_sweep_rules *rules) {
    return rules->picks.count == 1 || (rules->picks.count == 0 && rules->at.count == 1);
}

const bc_sweep_row *bc_sweep_get_one(const bc_sweep *sweep, const bc_sweep_study *study) {
    return sweep->rules.picks.count == 1 ? &study->picks.items[0] : &study->at.items[0];
}

const bc_sweep_row *bc_sweep_get_row(const bc_sweep_study *study, size_t row) {
    return row < study->at.count ? &study->at.items[row] : &study->picks.items[row - study->at.count];
}

/* The sums over labels that the averages of a row are made of. */
typedef struct sums {
    mean each[BC_SWEEP_AVERAGES][BC_SWEEP_MEANS];
} sums;

static void add_result(bc_sweep_average *to, sums *all, const bc_sweep *sweep, const bc_sweep_study *study,
                       const bc_sweep_row *row, const bc_sweep_result *result) {
    const bc_confusion *counts = result->counts;
    double numbers[BC_SWEEP_NUMBERS];
    to->split = result->split;
    if (!row->pick.met || counts == NULL)
        return;
    to->labels++;
    to->counts = (bc_confusion){to->counts.tp + counts->tp, to->counts.fp + counts->fp,
                                to->counts.fn + counts->fn, to->counts.tn + counts->tn};
    bc_sweep_numbers(numbers, &row->rule, counts, counts, sweep->interval);
    for (int a = BC_SWEEP_MACRO; a < BC_SWEEP_AVERAGES; a++) {
        double weight = label_weight(study, result->place == BC_SWEEP_TEST, (bc_sweep_averaging)a);
        for (size_t k = 0; k < BC_SWEEP_MEANS; k++)
            add_label(&all->each[a][k], numbers[k], weight);
    }
}

static void finish_average(bc_sweep_average *of, const sums *all, const bc_sweep *sweep,
                           const bc_rule *rule) {
    double numbers[BC_SWEEP_NUMBERS];
    bc_sweep_numbers(numbers, rule, &of->counts, &of->counts, sweep->interval);
    for (size_t k = 0; k < BC_SWEEP_MEANS; k++) {
        of->means[BC_SWEEP_MICRO][k] = (bc_sweep_mean){numbers[k], of->labels};
        for (int a = BC_SWEEP_MACRO; a < BC_SWEEP_AVERAGES; a++)
            of->means[a][k] = finish(&all->each[a][k]);
    }
}

static void average_row(bc_sweep_average_row *row, const bc_sweep *sweep, size_t index) {
    sums all[BC_SWEEP_PLACES] = {0};
    for (size_t i = 0; i < sweep->count; i++) {
        const bc_sweep_study *study = &sweep->studies[i];
        const bc_sweep_row *label = bc_sweep_get_row(study, index);
        bc_sweep_result results[BC_SWEEP_PLACES];
        size_t count = bc_sweep_results(results, study, label);
        for (size_t k = 0; k < count; k++)
            add_result(&row->places[results[k].place], &all[results[k].place], sweep, study, label,
                       &results[k]);
    }
    for (size_t place = 0; place < BC_SWEEP_PLACES; place++)
        finish_average(&row->places[place], &all[place], sweep, &row->rule->rule);
}

static bc_status average(bc_sweep *sweep, const bc_scores *scores, bc_error *err) {
    bc_sweep_averages *to = &sweep->averages;
    const bc_sweep_rows *at = &sweep->rules.at, *picks = &sweep->rules.picks;
    const unsigned splits[] = {sweep->choice.splits, 1u << BC_SPLIT_TEST};
    void *block;
    bc_status status = bc_alloc(&block, at->count + picks->count, sizeof *to->rows, err);
    to->rows = block;
    to->count = status == BC_OK ? at->count + picks->count : 0;
    for (size_t test = 0; status == BC_OK && test <= sweep->choice.has_test; test++) {
        status = pool_parts(to->parts[test][BC_SWEEP_MICRO], sweep, scores, splits[test], err);
        average_parts(to->parts[test][BC_SWEEP_MACRO], sweep, test, BC_SWEEP_MACRO);
        average_parts(to->parts[test][BC_SWEEP_WEIGHTED], sweep, test, BC_SWEEP_WEIGHTED);
    }
    for (size_t i = 0; status == BC_OK && i < to->count; i++) {
        to->rows[i].rule = i < at->count ? &at->items[i] : &picks->items[i - at->count];
        average_row(&to->rows[i], sweep, i);
    }
    return status;
}

/* ---- the run ---- */

static bc_status start_studies(bc_sweep *sweep, const bc_scores *scores, bc_error *err) {
    void *block;
    sweep->many = scores->targets != NULL;
    bc_status status = bc_sweep_check_old(sweep, scores, err);
    if (status == BC_OK)
        status = bc_sweep_check_averages(sweep, err);
    if (status == BC_OK && scores->weights != NULL && sweep->interval == BC_INTERVAL_CLOPPER_PEARSON)
        status = bc_fail(err, BC_ERROR_USAGE,
                         "%s: --interval clopper-pearson counts rows that are alike, and these have weights; "
                         "wilson takes the effective number of rows",
                         sweep->file);
    if (status == BC_OK && sweep->check_path == NULL)
        status = bc_sweep_usual_cutoffs(&sweep->rules, sweep->many, err);
    sweep->choice = bc_split_choose(scores, sweep->split);
    if (status == BC_OK && (sweep->rules.picks.count > 0 || sweep->check_path != NULL) && !sweep->allow_train)
        status = bc_split_check_held_out(&sweep->choice, scores, sweep->file,
                                         sweep->rules.picks.count > 0 ? "choose" : "check", err);
    if (status == BC_OK && bc_sweep_has_promise(&sweep->rules.picks))
        status = bc_split_check_promise(&sweep->choice, scores, sweep->file, err);
    if (status != BC_OK)
        return status;
    size_t count = sweep->many ? scores->target_count : 1;
    status = bc_alloc(&block, count, sizeof *sweep->studies, err);
    sweep->studies = block;
    sweep->count = status == BC_OK ? count : 0;
    return status;
}

/* The rows of a label stand together, in the order of the labels. */
static bc_status study_labels(bc_sweep *sweep, const bc_scores *scores, bc_error *err) {
    bc_status status = BC_OK;
    size_t first = 0;
    for (size_t i = 0; status == BC_OK && i < sweep->count; i++) {
        size_t end = first;
        while (end < scores->count && (size_t)scores->targets[end] == i)
            end++;
        bc_scores slice = bc_scores_slice(scores, first, end - first);
        sweep->studies[i].name = scores->target_names[i];
        status = bc_sweep_study_run(&sweep->studies[i], sweep, &slice, err);
        first = end;
    }
    return status;
}

bc_status bc_sweep_run(bc_sweep *sweep, bc_scores *scores, bc_error *err) {
    bc_status status = start_studies(sweep, scores, err);
    if (status == BC_OK && !sweep->many)
        return bc_sweep_study_run(&sweep->studies[0], sweep, scores, err);
    if (status == BC_OK)
        status = bc_scores_group_targets(scores, err);
    if (status == BC_OK)
        status = study_labels(sweep, scores, err);
    if (status == BC_OK)
        status = average(sweep, scores, err);
    return status;
}

void bc_sweep_free(bc_sweep *sweep) {
    for (size_t i = 0; i < sweep->count; i++)
        bc_sweep_study_free(&sweep->studies[i]);
    free(sweep->studies);
    free(sweep->averages.rows);
    free(sweep->demands.items);
    bc_cutoffs_free(&sweep->old);
    bc_sweep_rules_free(&sweep->rules);
    bc_pool_free(sweep->pool);
    *sweep = (bc_sweep){0};
}
