/* What `bclass train` says: its settings, its start and its result. */
#include "calibration_error.h"
#include "command.h"
#include "option_words.h"
#include "print.h"
#include "run_settings.h"
#include "table.h"
#include "train.h"
#include "train_recorded.h"

#include "base/json.h"
#include "base/memory.h"
#include "net/kernels/kernels.h"
#include "net/spec_json.h"
#include "train/checkpoint.h"

#include <bclass/curve.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- settings ---- */

static void put_counts(bc_json_builder *json, const bc_dataset *dataset) {
    static const bc_split splits[] = {BC_SPLIT_TRAIN, BC_SPLIT_VAL, BC_SPLIT_TEST};
    bc_json_begin_object(json, "pictures");
    for (size_t i = 0; i < 3; i++) {
        bc_json_begin_object(json, bc_split_name(splits[i]));
        bc_json_put_integer(json, "positive", (int64_t)bc_dataset_count(dataset, splits[i], 1));
        bc_json_put_integer(json, "negative", (int64_t)bc_dataset_count(dataset, splits[i], 0));
        bc_json_end(json);
    }
    bc_json_end(json);
}

static void put_folds(bc_json_builder *json, const bc_train_session *session) {
    const bc_dataset *dataset = &session->dataset;
    bc_json_put_integer(json, "folds", (int64_t)dataset->folds);
    if (dataset->folds > 0) {
        bc_json_put_bool(json, "folds_stated", dataset->folds_stated);
        bc_json_put_text(json, "final", bc_train_final_names[bc_train_final_of(session)]);
    }
}

static void put_files(bc_json_builder *json, const bc_signature *signature) {
    bc_json_begin_array(json, BC_RUN_SETTINGS_FILES);
    for (size_t i = 0; i < signature->count; i++)
        bc_json_put_text(json, NULL, signature->sha256[i]);
    bc_json_end(json);
}

static void put_data(bc_json_builder *json, const bc_train_session *session, const char *data) {
    const bc_dataset *dataset = &session->dataset;
    const bc_train_settings *set = session->settings;
    bc_json_begin_object(json, "data");
    if (data != NULL)
        bc_json_put_text(json, "path", data);
    bc_json_put_text(json, BC_CHECKPOINT_DATA, session->model.data_sha256);
    bc_json_put_text(json, "positive", dataset->positive);
    bc_json_put_text(json, "negative", dataset->negative);
    bc_json_put_text(json, "positive_reason", dataset->positive_reason);
    bc_json_put_bool(json, "split_by_seed", dataset->split_by_seed);
    bc_json_put_number(json, "val", session->val);
    bc_json_put_number(json, "test", session->test);
    put_folds(json, session);
    bc_json_put_text(json, "group_from", set->group_from);
    bc_json_put_integer(json, "groups", (int64_t)dataset->groups);
    bc_json_put_integer(json, "skipped", (int64_t)session->cache.skipped_count);
    bc_json_put_integer(json, "max_pixels", set->max_pixels);
    put_counts(json, dataset);
    if (data != NULL)
        put_files(json, &session->signature);
    bc_json_end(json);
}

static void put_favour(bc_json_builder *json, const bc_favour *favour) {
    static const char *const names[] = {
        [BC_FAVOUR_LOSS] = "loss", [BC_FAVOUR_RECALL] = "recall", [BC_FAVOUR_PRECISION] = "precision"};
    bc_json_put_text(json, "favour", names[favour->kind]);
    if (favour->kind != BC_FAVOUR_LOSS)
        bc_json_put_number(json, "favour_floor", favour->floor);
}

static void put_training(bc_json_builder *json, const bc_train_options *options) {
    bc_json_put_integer(json, "epochs", (int64_t)options->epochs);
    bc_json_put_integer(json, "batch_size", (int64_t)options->batch_size);
    bc_json_put_integer(json, "patience", (int64_t)options->patience);
    bc_json_put_number(json, "lr", options->learning_rate);
    bc_json_put_number(json, "weight_decay", options->weight_decay);
    bc_json_put_text(json, "optimizer", bc_optimiser_names[options->optimiser]);
    bc_json_put_text(json, "schedule", bc_schedule_names[options->schedule]);
    bc_json_put_text(json, "augment", bc_augmentation_names[options->augmentation]);
    if (options->augmentation == BC_AUGMENT_STRONG) {
        bc_json_put_number(json, "brightness", options->brightness);
        bc_json_put_number(json, "contrast", options->contrast);
    }
    bc_json_put_number(json, "cutout", options->cutout);
    bc_json_put_number(json, "mixup", options->mixup);
    bc_json_put_bool(json, "hflip", options->hflip);
    bc_json_put_number(json, "alignment", options->alignment);
    bc_json_put_number(json, "label_smoothing", options->label_smoothing);
    bc_json_put_number(json, "ema", options->averaging);
    put_favour(json, &options->favour);
    bc_json_put_integer(json, "seed", (int64_t)options->seed);
}

/* As --resume and --verify parse them. What has no influence on the result is not among them. */
static void put_words(bc_json_builder *json, bc_train_words which, const bc_train_settings *settings) {
    static const char *const not_given[] = {"out", "force", "resume", "verify", "threads", "quiet", NULL};
    static const char *const not_used[] = {"out",  "force",   "resume", "verify", "tune",
                                           "time", "threads", "quiet",  NULL};
    bc_train_settings defaults;
    bc_command_train.set_defaults(&defaults);
    bc_json_begin_array(json, bc_train_words_names[which]);
    bc_option_words_put(json, bc_command_train.options, settings, &defaults,
                        which == BC_WORDS_GIVEN ? not_given : not_used);
    bc_json_end(json);
}

/* First in what a checkpoint is compared by, so that it is these that are named where they differ, and not
 * what follows from them. */
static void put_options(bc_json_builder *json, const bc_train_settings *settings) {
    bc_train_settings defaults;
    bc_train_set_defaults(&defaults);
    bc_json_begin_object(json, BC_CHECKPOINT_OPTIONS);
    bc_option_words_put_members(json, bc_train_table, settings, &defaults, bc_train_free_to_change);
    bc_json_end(json);
}

/* Of a training that was ended by the clock or by hand, which nothing else tells. */
static void put_stop(bc_json_builder *json, const bc_train_session *session) {
    const bc_history *history = &session->history;
    if (session->out_of_time || history->interrupted)
        bc_json_put_integer(json, "stopped_after_steps", (int64_t)history->steps);
    if (history->interrupted)
        bc_json_put_bool(json, "interrupted", true);
}

bc_status bc_train_describe(char **settings, const bc_train_session *session, bc_train_purpose purpose,
                            const char *data, bc_error *err) {
    bc_json_builder *json = NULL;
    bc_text text = {0};
    const bc_preprocess *preprocess = &session->model.preprocess;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    const bc_level *level = bc_level_choose();
    if (purpose == BC_FOR_CHECKPOINT)
        put_options(json, session->asked);
    bc_json_put_text(json, "program", "bclass " BC_VERSION);
    bc_json_put_text(json, "instructions", level != NULL ? level->name : NULL);
    put_data(json, session, purpose == BC_FOR_RUN ? data : NULL);
    bc_json_put_text(json, "calibrate", bc_calibration_names[session->settings->calibrate]);
    bc_json_put_text(json, "net", session->settings->net);
    if (purpose == BC_FOR_RUN) {
        put_words(json, BC_WORDS_GIVEN, session->asked);
        put_words(json, BC_WORDS_USED, session->settings);
        put_stop(json, session);
    }
    if (purpose != BC_FOR_MODEL) { /* which has the layers anyway */
        bc_train_put_trials(json, &session->tuning);
        bc_spec_write(json, &session->model.network.spec);
    }
    bc_json_put_integer(json, "imgsz", preprocess->width);
    bc_json_put_text(json, "fit", bc_fit_names[preprocess->fit]);
    bc_json_put_text(json, "normalise", bc_normalise_names[preprocess->normalise]);
    bc_json_put_bool(json, "tta", preprocess->mirror);
    put_training(json, &session->options);
    bc_train_describe_loss(json, session);
    status = bc_json_finish(&text, json, true, err);
    bc_json_builder_free(json);
    if (status == BC_OK)
        *settings = text.data;
    else
        bc_text_free(&text);
    return status;
}

/* ---- start ---- */

static size_t pictures_of(const bc_dataset *dataset, bc_split split) {
    return bc_dataset_count(dataset, split, 0) + bc_dataset_count(dataset, split, 1);
}

static const char *origin_of_splits(const bc_dataset *dataset) {
    if (!dataset->split_by_seed)
        return "";
    return dataset->splits_stated ? ", val drawn from train by the seed" : ", splits drawn by the seed";
}

static void announce_pictures(const bc_dataset *d) {
    bc_remark("%zu pictures to train on (%zu %s, %zu %s), %zu val, %zu test%s",
              pictures_of(d, BC_SPLIT_TRAIN), bc_dataset_count(d, BC_SPLIT_TRAIN, 1), d->positive,
              bc_dataset_count(d, BC_SPLIT_TRAIN, 0), d->negative, pictures_of(d, BC_SPLIT_VAL),
              pictures_of(d, BC_SPLIT_TEST), origin_of_splits(d));
    if (pictures_of(d, BC_SPLIT_VAL) == 0)
        bc_remark(
            "without val pictures training does not end early and keeps the last weights, not the best");
}

static void warn_of_missing_class(const bc_dataset *dataset, bc_split split) {
    for (int label = 0; label < 2; label++) {
        if (pictures_of(dataset, split) > 0 && bc_dataset_count(dataset, split, label) == 0)
            bc_remark("%s has no picture of '%s', so it cannot tell how well the classes are told apart",
                      bc_split_name(split), label == 1 ? dataset->positive : dataset->negative);
    }
}

static void announce_freedom(double alignment) {
    const double freedom = bc_train_freedom(alignment);
    char made[64] = "not moved";
    if (freedom == 1)
        return;
    if (freedom > 0)
        snprintf(made, sizeof made, "moved by %.2g %% of what is usual", 100 * freedom);
    bc_remark("the pictures show things in the same places (their mean explains %.0f %% of what varies), so "
              "they are %s",
              100 * alignment, made);
}

void bc_train_announce(const bc_train_session *session) {
    const bc_preprocess *p = &session->model.preprocess;
    const bc_level *level = bc_level_choose();
    const size_t epochs = session->options.epochs;
    if (session->dataset.folds > 0)
        bc_train_announce_folds(session);
    else
        announce_pictures(&session->dataset);
    warn_of_missing_class(&session->dataset, BC_SPLIT_VAL);
    warn_of_missing_class(&session->dataset, BC_SPLIT_TEST);
    bc_remark(
        "network %s for %u x %u pixels (%s): %zu parameters; %zu epoch%s of batches of %zu; %u thread%s, %s",
        session->settings->net, p->width, p->height, p->channels == 1 ? "gray" : "RGB",
        session->model.network.learned, epochs, epochs == 1 ? "" : "s", session->options.batch_size,
        bc_pool_threads(session->pool), bc_pool_threads(session->pool) == 1 ? "" : "s",
        level != NULL ? level->name : "?");
    bc_train_announce_loss(session);
    if (session->options.augmentation != BC_AUGMENT_NONE)
        announce_freedom(session->options.alignment);
}

/* ---- result ---- */

static bc_status measure(bc_train_result *result, const bc_scores *scores, bc_split split, bc_error *err) {
    enum { NORMAL_95 = 196 };
    bc_curve curve;
    double low;
    bc_status status = bc_curve_build(&curve, scores, 1u << split, err);
    if (status == BC_OK) {
        *result = (bc_train_result){
            .positives = curve.positive.count,
            .negatives = curve.negative.count,
            .auroc = bc_curve_auroc(&curve),
            .average_precision = bc_curve_average_precision(&curve),
            .log_loss = bc_curve_log_loss(&curve),
        };
        bc_curve_auroc_interval(&low, &result->auroc_high, &curve, NORMAL_95 / 100.0);
    }
    bc_curve_free(&curve);
    return status;
}

static void add_row(bc_table *table, bc_split split, const bc_train_result *result) {
    if (result->positives + result->negatives == 0)
        return;
    bc_table_cell(table, bc_split_name(split));
    bc_table_count(table, result->positives + result->negatives);
    bc_table_count(table, result->positives);
    bc_table_count(table, result->negatives);
    bc_table_number(table, result->auroc, 4);
    bc_table_number(table, result->average_precision, 4);
    bc_table_number(table, result->log_loss, 4);
}

/* ---- how far train and val are apart ---- */

bool bc_train_is_overfitted(const bc_train_result *train, const bc_train_result *val) {
    enum { FEW = 10 }; /* pictures of a class say too little */
    const double least_auroc = 0.02, least_loss = 0.1, most_ratio = 2;
    if (val->positives < FEW || val->negatives < FEW)
        return false;
    const double chance = isnan(val->auroc_high) ? val->auroc : val->auroc_high;
    return (train->auroc > chance && train->auroc - val->auroc > least_auroc) ||
           (val->log_loss > most_ratio * train->log_loss && val->log_loss - train->log_loss > least_loss);
}

static bool is_underfitted(const bc_train_result *train) {
    const double poor = 0.85;
    return train->auroc < poor;
}

static void append_gap(bc_text *text, const bc_train_result *train, const bc_train_result *val,
                       bc_split held_out, const bc_train_session *session) {
    if (bc_train_is_overfitted(train, val))
        bc_text_format(
            text,
            "the network knows the pictures it was trained on better than others: AUROC %.3f on train and "
            "%.3f on %s, log loss %.3f and %.3f; try %sa larger --weight-decay, a smaller "
            "network, or more pictures\n\n",
            train->auroc, val->auroc, bc_split_name(held_out), train->log_loss, val->log_loss,
            session->options.augmentation == BC_AUGMENT_STRONG ? "" : "--augment strong, ");
    else if (is_underfitted(train))
        bc_text_format(
            text,
            "the network tells even the pictures it was trained on poorly apart (AUROC %.3f): try more "
            "--epochs, another --lr, a larger network, --imgsz for more detail%s, or look whether the labels "
            "are right\n\n",
            train->auroc,
            session->model.preprocess.normalise == BC_NORMALISE_SET
                ? ""
                : ", --normalise set if the classes differ in brightness");
}

/* The folder's name and a slash. */
static void append_folder(bc_text *text, const char *folder) {
    bc_text_string(text, folder);
    if (folder[0] != '\0' && folder[strlen(folder) - 1] != '/')
        bc_text_char(text, '/');
}

static void append_next_steps(bc_text *text, const bc_train_session *session) {
    const char *folder = session->settings->out;
    bc_text_string(text, "wrote ");
    append_folder(text, folder);
    bc_text_string(text, "{model.safetensors,scores.csv,history.csv,settings.json}");
    if (session->cache.skipped_count > 0) {
        bc_text_string(text, " and ");
        append_folder(text, folder);
        bc_text_string(text, "skipped.csv");
    }
    if (session->scores.count == 0) { /* nothing to choose a cutoff on */
        bc_text_string(text, "\nnext: bclass predict ");
        append_folder(text, folder);
        bc_text_string(text, "model.safetensors PICTURES\n");
        return;
    }
    bc_text_string(text, "\nnext: bclass sweep ");
    append_folder(text, folder);
    bc_text_string(text, "scores.csv --min-recall 0.95 --save ");
    append_folder(text, folder);
    bc_text_string(text, "cutoff.json\n");
}

/* A row for each split that has pictures; nothing when only train has. */
static bc_status append_results(bc_text *text, const bc_train_session *session, bc_error *err) {
    static const char *const headings[] = {"split", "pictures", "positive", "negative",
                                           "AUROC", "AP",       "log loss"};
    const bc_split held_out = session->dataset.folds > 0 ? BC_SPLIT_OOF : BC_SPLIT_VAL;
    bc_train_result train = {0}, val = {0}, test = {0};
    bc_table table;
    if (session->scores.count == 0)
        return BC_OK;
    bc_table_start(&table, "lrrrrrr");
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        bc_table_cell(&table, headings[i]);
    bc_status status = measure(&train, &session->train_scores, BC_SPLIT_TRAIN, err);
    if (status == BC_OK)
        status = measure(&val, &session->scores, held_out, err);
    if (status == BC_OK)
        status = measure(&test, &session->scores, BC_SPLIT_TEST, err);
    add_row(&table, BC_SPLIT_TRAIN, &train);
    add_row(&table, held_out, &val);
    add_row(&table, BC_SPLIT_TEST, &test);
    bc_table_print(text, &table);
    bc_text_char(text, '\n');
    append_gap(text, &train, &val, held_out, session);
    bc_table_free(&table);
    return status;
}

static void append_calibration(bc_text *text, const bc_calibration *calibration) {
    if (calibration->rows == 0)
        return;
    bc_text_string(text, "calibration: ");
    bc_calibration_describe(text, calibration);
    bc_text_format(text, " (%s log loss %.4f -> %.4f)\n", calibration->split, calibration->log_loss_before,
                   calibration->log_loss_after);
}

/* What did not get better for as long as patience lasts. */
static const char *words_of_running_out(const bc_favour *favour) {
    static const char *const words[] = {
        [BC_FAVOUR_LOSS] = " (val loss stopped falling)",
        [BC_FAVOUR_RECALL] = " (the specificity on val at the recalls favoured stopped rising)",
        [BC_FAVOUR_PRECISION] = " (the recall on val at the precision favoured stopped rising)",
    };
    return words[favour->kind];
}

static void append_training(bc_text *text, const bc_train_session *session) {
    const bc_history *history = &session->history;
    const size_t epochs = history->count - session->resumed;
    const char *more = session->resumed > 0 ? "more " : "", *end = epochs == 1 ? "" : "s";
    if (session->dataset.folds > 0)
        bc_text_format(text, "trained %zu networks, %zu %sepoch%s in all, in %.1f s; kept the last of each\n",
                       session->turn.count, epochs, more, end, session->train_seconds);
    else
        bc_text_format(text, "trained %zu %sepoch%s in %.1f s%s; kept epoch %zu\n", epochs, more, end,
                       session->train_seconds,
                       history->ran_out       ? words_of_running_out(&session->options.favour)
                       : session->out_of_time ? " (then the time was up)"
                       : history->diverged
                           ? " (then the loss was no longer a finite number; try a smaller --lr)"
                           : "",
                       history->best);
}

bc_status bc_train_summarise(const bc_train_session *session, bc_error *err) {
    bc_text text = {0};
    append_training(&text, session);
    append_calibration(&text, &session->calibration);
    bc_text_char(&text, '\n');
    bc_status status = append_results(&text, session, err);
    if (status == BC_OK && session->dataset.folds > 0)
        status = bc_train_append_folds(&text, session, err);
    append_next_steps(&text, session);
    if (status == BC_OK)
        status = bc_print(&text, err);
    bc_text_free(&text);
    return status;
}
