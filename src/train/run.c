/* The run folder: one file after the other, each whole or not at all, the model last. */
#define _XOPEN_SOURCE 700 /* realpath */

#include <bclass/train.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char model_name[] = "model.safetensors", checkpoint_stem[] = "checkpoint",
                  report_name[] = "report.html";
static const char *const run_files[] = {model_name,      checkpoint_stem, "scores.csv", "history.csv",
                                        "settings.json", "skipped.csv",   report_name};

enum { CHECKPOINT_NAME_SIZE = 48 };

static void print_checkpoint(char name[CHECKPOINT_NAME_SIZE], uint32_t fold) {
    if (fold > 0)
        snprintf(name, CHECKPOINT_NAME_SIZE, "%s-fold%u.safetensors", checkpoint_stem, fold);
    else
        snprintf(name, CHECKPOINT_NAME_SIZE, "%s.safetensors", checkpoint_stem);
}

static bc_status look_for(bool *found, const char *folder, const char *name, bc_error *err) {
    char *path;
    bc_file_info info = {BC_FILE_ABSENT, 0};
    bc_status status = bc_file_join(&path, folder, name, err);
    if (status != BC_OK)
        return status;
    status = bc_file_look(&info, path, err);
    *found = info.kind != BC_FILE_ABSENT;
    free(path);
    return status;
}

/* Of the only training or the final one, and of that for the first fold, which is made first. */
static bc_status look_for_checkpoints(bool found[2], const char *folder, bc_error *err) {
    char name[CHECKPOINT_NAME_SIZE];
    bc_status status = BC_OK;
    for (uint32_t fold = 0; status == BC_OK && fold < 2; fold++) {
        print_checkpoint(name, fold);
        status = look_for(&found[fold], folder, name, err);
    }
    return status;
}

bc_status bc_run_look(bc_run_state *state, const char *folder, bc_error *err) {
    bool has_model = false, has_checkpoint[2] = {false, false};
    *state = BC_RUN_ABSENT;
    bc_status status = look_for(&has_model, folder, model_name, err);
    if (status == BC_OK)
        status = look_for_checkpoints(has_checkpoint, folder, err);
    if (status == BC_OK && (has_checkpoint[0] || has_checkpoint[1]))
        *state = BC_RUN_UNFINISHED;
    else if (status == BC_OK && has_model)
        *state = BC_RUN_COMPLETE;
    return status;
}

static bc_status check_free(const char *folder, bc_error *err) {
    bc_run_state state;
    bc_status status = bc_run_look(&state, folder, err);
    if (status == BC_OK && state == BC_RUN_COMPLETE)
        status = bc_fail(err, BC_ERROR_USAGE,
                         "%s already holds a run; take another folder, or --force to replace it", folder);
    if (status == BC_OK && state == BC_RUN_UNFINISHED)
        status = bc_fail(
            err, BC_ERROR_USAGE,
            "%s holds a run that was not finished; --resume to go on with it, or --force to start anew",
            folder);
    return status;
}

/* Cuts path to the folder that holds it: "a/b" and "a//b/" to "a", "/a" to "/", "a" to ".".
 * path is not empty. */
static void cut_to_parent(char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length == 0)
        path[length++] = '.';
    path[length] = '\0';
}

/* *path = the folder, or where it is not there the nearest one above it that is; freed by the caller in any
 * case. */
static bc_status find_existing(char **path, const char *folder, bc_error *err) {
    bc_file_info info = {BC_FILE_ABSENT, 0};
    bc_status status = bc_copy_text(path, folder, strlen(folder), err);
    while (status == BC_OK) {
        status = bc_file_look(&info, *path, err);
        if (info.kind != BC_FILE_ABSENT || strcmp(*path, ".") == 0 || strcmp(*path, "/") == 0)
            break;
        cut_to_parent(*path);
    }
    return status;
}

static bc_status check_writable(const char *folder, bc_error *err) {
    char *path;
    bc_status status = find_existing(&path, folder, err);
    if (status == BC_OK && access(path, W_OK | X_OK) != 0)
        status = bc_fail(err, BC_ERROR_IO, "%s: cannot write: %s", path, strerror(errno));
    free(path);
    return status;
}

bc_status bc_run_check(const char *folder, bool may_hold, bc_error *err) {
    bc_file_info info;
    if (folder[0] == '\0')
        return bc_fail(err, BC_ERROR_USAGE, "the run's folder has no name");
    bc_status status = bc_file_look(&info, folder, err);
    if (status != BC_OK)
        return status;
    if (info.kind != BC_FILE_ABSENT && info.kind != BC_FILE_FOLDER)
        return bc_fail(err, BC_ERROR_USAGE, "%s is a file; the run needs a folder", folder);
    if (info.kind == BC_FILE_FOLDER && !may_hold)
        status = check_free(folder, err);
    return status == BC_OK ? check_writable(folder, err) : status;
}

/* Both are without links. */
static bool is_below(const char *path, const char *folder) {
    const size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bc_status bc_run_lock(int *lock, const char *folder, bc_error *err) {
    bc_file_info info;
    bool busy = false;
    bc_status status = bc_file_look(&info, folder, err);
    if (status == BC_OK && info.kind == BC_FILE_FOLDER && *lock < 0)
        status = bc_file_lock_folder(lock, &busy, folder, err);
    if (status == BC_OK && busy)
        status = bc_fail(err, BC_ERROR_USAGE, "%s: another training writes to it", folder);
    return status;
}

void bc_run_unlock(int lock) {
    bc_file_unlock(lock);
}

bc_status bc_run_check_apart(const char *folder, const char *data, bc_error *err) {
    char *existing = NULL, *above = NULL, *below = NULL;
    bc_file_info info;
    bc_status status = bc_file_look(&info, data, err);
    if (status != BC_OK || info.kind != BC_FILE_FOLDER)
        return status;
    status = find_existing(&existing, folder, err);
    if (status == BC_OK) {
        above = realpath(data, NULL);
        below = realpath(existing, NULL);
        if (above == NULL || below == NULL)
            status = bc_fail(err, BC_ERROR_IO, "%s: %s", above == NULL ? data : existing, strerror(errno));
        else if (is_below(below, above))
            status = bc_fail(err, BC_ERROR_USAGE,
                             "%s is inside the data, %s, where it would count as a class; take a folder "
                             "outside for the run",
                             folder, data);
    }
    free(existing);
    free(above);
    free(below);
    return status;
}

static bc_status write_text(const char *folder, const char *name, const bc_text *text, bc_error *err) {
    char *path;
    bc_status status = bc_text_check(text, err);
    if (status != BC_OK)
        return status;
    status = bc_file_join(&path, folder, name, err);
    if (status == BC_OK)
        status = bc_output_file(path, text->data, text->length, err);
    free(path);
    return status;
}

static bc_status write_history(const char *folder, const bc_history *history, bc_error *err) {
    bc_text text = {0};
    bc_text_string(&text, history->has_folds ? "fold," : "");
    bc_text_string(&text,
                   "epoch,learning_rate,train_loss,val_loss,val_auroc,val_average_precision,val_recall,"
                   "val_precision,images_per_second,seconds,best\n");
    for (const bc_epoch *epoch = history->epochs; epoch < history->epochs + history->count; epoch++) {
        const double numbers[] = {epoch->learning_rate,
                                  epoch->train_loss,
                                  epoch->val_loss,
                                  epoch->val_auroc,
                                  epoch->val_average_precision,
                                  epoch->val_recall,
                                  epoch->val_precision,
                                  epoch->images_per_second,
                                  epoch->seconds};
        if (epoch->fold > 0)
            bc_text_format(&text, "%u", epoch->fold);
        if (history->has_folds)
            bc_text_char(&text, ',');
        bc_text_format(&text, "%zu,", epoch->number);
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            if (!isnan(numbers[i])) /* without val there is nothing to say of it */
                bc_text_number(&text, numbers[i], 9);
            bc_text_char(&text, ',');
        }
        bc_text_string(&text, epoch->is_best ? "1\n" : "0\n");
    }
    bc_status status = write_text(folder, "history.csv", &text, err);
    bc_text_free(&text);
    return status;
}

static bc_status write_skipped(const char *folder, const bc_skipped_picture *skipped, size_t count,
                               bc_error *err) {
    bc_text text = {0};
    bc_text_string(&text, "path,reason\n");
    for (size_t i = 0; i < count; i++) {
        bc_text_field(&text, skipped[i].path, ',');
        bc_text_char(&text, ',');
        bc_text_field(&text, skipped[i].reason, ',');
        bc_text_char(&text, '\n');
    }
    bc_status status = write_text(folder, "skipped.csv", &text, err);
    bc_text_free(&text);
    return status;
}

static bc_status remove_file(const char *folder, const char *name, bc_error *err) {
    char *path;
    bc_status status = bc_file_join(&path, folder, name, err);
    if (status == BC_OK && unlink(path) != 0 && errno != ENOENT)
        status = bc_fail(err, BC_ERROR_IO, "%s: cannot remove: %s", path, strerror(errno));
    free(path);
    return status;
}

/* Of a run that is replaced, so that no old report or list of skipped pictures stays with a new model. */
static bc_status remove_stale(const char *folder, size_t skipped, bc_error *err) {
    bc_status status = remove_file(folder, report_name, err);
    return status == BC_OK && skipped == 0 ? remove_file(folder, "skipped.csv", err) : status;
}

/* ".checkpoint.safetensors.4711.part": what a process that was killed was writing. */
static bool is_left_over(const char *name) {
    static const char ending[] = ".part";
    const size_t length = strlen(name), end = sizeof ending - 1;
    if (name[0] != '.' || length < end || strcmp(name + length - end, ending) != 0)
        return false;
    for (size_t i = 0; i < sizeof run_files / sizeof run_files[0]; i++) {
        const size_t own = strlen(run_files[i]);
        if (strncmp(name + 1, run_files[i], own) == 0 && (name[1 + own] == '.' || name[1 + own] == '-'))
            return true;
    }
    return false;
}

static bc_status remove_left_overs(const char *folder, bc_error *err) {
    const struct dirent *entry;
    DIR *entries = opendir(folder);
    bc_status status = BC_OK;
    if (entries == NULL)
        return bc_fail(err, BC_ERROR_IO, "%s: cannot read: %s", folder, strerror(errno));
    while (status == BC_OK && (entry = readdir(entries)) != NULL) {
        if (is_left_over(entry->d_name))
            status = remove_file(folder, entry->d_name, err);
    }
    closedir(entries);
    return status;
}

/* All but one. That of the first fold goes last, for without it the rest would be taken for a run without
 * folds. */
static bc_status remove_checkpoints(const char *folder, const char *but, bc_error *err) {
    char name[CHECKPOINT_NAME_SIZE];
    bc_status status = BC_OK;
    for (uint32_t i = 0; status == BC_OK && i <= BC_FOLDS_LIMIT; i++) {
        print_checkpoint(name, i == 0 ? 0 : BC_FOLDS_LIMIT + 1 - i);
        if (strcmp(name, but) != 0)
            status = remove_file(folder, name, err);
    }
    return status;
}

bc_status bc_run_begin(const char *folder, uint32_t fold, bool is_saved, bc_error *err) {
    char own[CHECKPOINT_NAME_SIZE];
    print_checkpoint(own, fold);
    return remove_checkpoints(folder, is_saved ? own : "", err);
}

void bc_run_abandon(const char *folder) {
    (void)rmdir(folder); /* which fails where anything is in it */
}

bc_status bc_run_finish(const char *folder, bc_error *err) {
    return remove_checkpoints(folder, "", err);
}

/* A checkpoint's own check would come only once all folds were trained, or never. */
static bc_status check_kind(const char *folder, bool has_folds, bc_error *err) {
    bool has_checkpoint[2] = {false, false};
    bc_status status = look_for_checkpoints(has_checkpoint, folder, err);
    if (status != BC_OK || has_checkpoint[1] == has_folds || !(has_checkpoint[0] || has_checkpoint[1]))
        return status;
    return bc_fail(err, BC_ERROR_USAGE,
                   "%s holds part of a run with%s folds; resume it as it was, or --force to start anew",
                   folder, has_folds ? "out" : "");
}

bc_status bc_run_prepare(const char *folder, bool resume, bool has_folds, bc_error *err) {
    bc_status status = bc_file_make_folder(folder, err);
    if (status == BC_OK)
        status = remove_left_overs(folder, err);
    return status == BC_OK && resume ? check_kind(folder, has_folds, err) : status;
}

bc_status bc_run_checkpoint(char **path, const char *folder, uint32_t fold, bc_error *err) {
    char name[CHECKPOINT_NAME_SIZE];
    print_checkpoint(name, fold);
    *path = NULL;
    return bc_file_join(path, folder, name, err);
}

static bc_status write_scores(bc_model *model, const char *folder, const bc_scores *scores, bc_error *err) {
    char *path;
    bc_status status = bc_file_join(&path, folder, "scores.csv", err);
    if (status == BC_OK)
        status = bc_scores_write(scores, path, err);
    if (status == BC_OK)
        status = bc_hash_file(model->scores_sha256, path, err);
    free(path);
    return status;
}

static bc_status write_settings(const char *folder, const char *settings, bc_error *err) {
    bc_text text = {0};
    bc_text_string(&text, settings);
    bc_text_char(&text, '\n');
    bc_status status = write_text(folder, "settings.json", &text, err);
    bc_text_free(&text);
    return status;
}

static bc_status write_model(const bc_model *model, const char *folder, bc_error *err) {
    char *path;
    bc_status status = bc_file_join(&path, folder, model_name, err);
    if (status == BC_OK)
        status = bc_model_write(model, path, err);
    free(path);
    return status;
}

bc_status bc_run_write(bc_model *model, const char *folder, const char *settings, const bc_scores *scores,
                       const bc_history *history, const bc_skipped_picture *skipped, size_t skipped_count,
                       bc_error *err) {
    bc_status status = write_scores(model, folder, scores, err);
    if (status == BC_OK)
        status = write_history(folder, history, err);
    if (status == BC_OK)
        status = write_settings(folder, settings, err);
    if (status == BC_OK && skipped_count > 0)
        status = write_skipped(folder, skipped, skipped_count, err);
    if (status == BC_OK)
        status = remove_stale(folder, skipped_count, err);
    if (status == BC_OK)
        status = write_model(model, folder, err);
    return status;
}
