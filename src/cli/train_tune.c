/* bclass train --tune: finds settings within a time, and puts them in place of those that were given. */
#include "print.h"
#include "train.h"

#include "base/file.h"
#include "base/json.h"
#include "base/number.h"
#include "train/checkpoint.h"
#include "train/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bc_status bc_train_parse_time(double *seconds, const char *text, bc_error *err) {
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
    const size_t length = strlen(text);
    for (size_t i = 0; length > 1 && i < sizeof units / sizeof units[0]; i++) {
        if (text[length - 1] == units[i].unit && bc_number_parse(text, length - 1, seconds) && *seconds > 0 &&
            *seconds <= 1e6) {
            *seconds *= units[i].seconds;
            return BC_OK;
        }
    }
    return bc_fail(err, BC_ERROR_USAGE,
                   "--time takes a number with s, m or h behind it, as 90s or 10m, not '%s'", text);
}

static void on_trial(void *context, const bc_trial *trial, size_t done, size_t total) {
    bc_train_session *session = context;
    static const char *const worths[] = {[BC_FAVOUR_LOSS] = "val loss",
                                         [BC_FAVOUR_RECALL] = "val specificity",
                                         [BC_FAVOUR_PRECISION] = "val recall"};
    const bc_favour_kind favour = session->options.favour.kind;
    const double worth = trial->result.val_worth;
    char result[64] = "the loss was no longer a finite number";
    session->trials = session->tuning.count;
    if (isfinite(trial->result.val_loss))
        snprintf(result, sizeof result, "%s %.4f  AUROC %.4f", worths[favour],
                 favour == BC_FAVOUR_LOSS ? -worth : worth, trial->result.val_auroc);
    bc_progress_keep(&session->progress,
                     "trial %zu/%zu  %zu epoch%s  lr %.3g  weight decay %.3g  augment %s  %s", done, total,
                     trial->epochs, trial->epochs == 1 ? "" : "s", trial->learning_rate, trial->weight_decay,
                     bc_augmentation_names[trial->augmentation], result);
}

/* What was chosen stands in the settings as if it had been given, so that the run can be repeated without the
 * search. */
static void settle(bc_train_session *session, const bc_train_options *found) {
    session->options.learning_rate = session->chosen.learning_rate = found->learning_rate;
    session->options.weight_decay = session->chosen.weight_decay = found->weight_decay;
    session->options.augmentation = found->augmentation;
    bc_train_print_augment(session->augment, &session->options);
    session->chosen.augment = session->augment;
    session->options.epochs = found->epochs;
    session->chosen.epochs = (int64_t)found->epochs;
    bc_train_choose_mirror(session);
}

/* ---- a run that is resumed has its settings already ---- */

static bool get_found(bc_train_options *found, const bc_json *settings) {
    int64_t epochs;
    const char *augment = bc_json_text(bc_json_member(settings, "augment"));
    for (int i = 0; augment != NULL && bc_augmentation_names[i] != NULL; i++) {
        if (strcmp(bc_augmentation_names[i], augment) == 0 &&
            bc_json_number(bc_json_member(settings, "lr"), &found->learning_rate) &&
            bc_json_number(bc_json_member(settings, "weight_decay"), &found->weight_decay) &&
            bc_json_integer(bc_json_member(settings, "epochs"), &epochs) && epochs > 0) {
            found->augmentation = (bc_augmentation)i;
            found->epochs = (size_t)epochs;
            return true;
        }
    }
    return false;
}

/* *settled: there is a checkpoint, whose settings were taken. */
static bc_status take_from_checkpoint(bc_train_session *session, bool *settled, bc_error *err) {
    char *text = NULL;
    bc_json *settings = NULL;
    bc_file_info info;
    bc_train_options found = session->options;
    *settled = false;
    bc_status status = bc_file_look(&info, session->checkpoint, err);
    if (status != BC_OK || info.kind == BC_FILE_ABSENT)
        return status;
    status = bc_checkpoint_identity(&text, session->checkpoint, err);
    if (status == BC_OK)
        status = bc_json_parse(&settings, text, strlen(text), session->checkpoint, err);
    if (status == BC_OK && get_found(&found, settings)) {
        settle(session, &found);
        *settled = true;
        status = bc_train_get_trials(&session->tuning, settings, session->checkpoint, err);
    }
    bc_json_free(settings);
    free(text);
    return status;
}

static void tell_found(const bc_train_session *session, const bc_train_options *found) {
    const size_t trials = session->tuning.count;
    if (trials == 0)
        bc_remark(
            "there is no time to try settings: lr %.3g, weight decay %.3g, augment %s, as without --tune",
            found->learning_rate, found->weight_decay, bc_augmentation_names[found->augmentation]);
    else
        bc_remark("best of %zu trial%s on val: lr %.3g, weight decay %.3g, augment %s", trials,
                  trials == 1 ? "" : "s", found->learning_rate, found->weight_decay,
                  bc_augmentation_names[found->augmentation]);
    if (found->epochs < session->options.epochs)
        bc_remark("the time that is left is enough for %zu epoch%s in place of %zu", found->epochs,
                  found->epochs == 1 ? "" : "s", session->options.epochs);
}

bc_status bc_train_tune(bc_train_session *session, bc_error *err) {
    bool settled = false;
    bc_train_options found = session->options;
    const bc_tune_options tune = {.deadline = session->start + session->time,
                                  .tta = session->settings->tta,
                                  .on_trial = on_trial,
                                  .context = session};
    bc_status status = session->settings->resume ? take_from_checkpoint(session, &settled, err) : BC_OK;
    if (status != BC_OK || settled)
        return status;
    session->is_searching = true;
    status = bc_tune(&found, &session->tuning, &session->model.network, &session->dataset, &session->cache,
                     &session->model.preprocess, &tune, session->pool, err);
    session->is_searching = false;
    bc_progress_clear(&session->progress);
    if (status != BC_OK)
        return status;
    if (session->options.is_stopped(session->options.context))
        return bc_fail(err, BC_ERROR_INTERRUPTED,
                       "interrupted while settings were tried; nothing was written");
    if (!session->settings->quiet)
        tell_found(session, &found);
    settle(session, &found);
    return BC_OK;
}
