/* What --tune tried, in settings.json and in a checkpoint. */
#include "train.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { TRIALS_LIMIT = 10000 };

void bc_train_put_trials(bc_json_builder *json, const bc_tuning *tuning) {
    if (tuning->count == 0)
        return;
    bc_json_begin_array(json, "trials");
    for (const bc_trial *trial = tuning->trials; trial < tuning->trials + tuning->count; trial++) {
        bc_json_begin_object(json, NULL);
        bc_json_put_integer(json, "epochs", (int64_t)trial->epochs);
        bc_json_put_number(json, "lr", trial->learning_rate);
        bc_json_put_number(json, "weight_decay", trial->weight_decay);
        bc_json_put_text(json, "augment", bc_augmentation_names[trial->augmentation]);
        bc_json_put_number(json, "val_loss", trial->result.val_loss);
        bc_json_put_number(json, "val_auroc", trial->result.val_auroc);
        bc_json_end(json);
    }
    bc_json_end(json);
}

/* Null stands for what is no finite number. */
static bool get_number(double *number, const bc_json *value) {
    *number = NAN;
    return bc_json_is_null(value) || bc_json_number(value, number);
}

static bool get_augmentation(bc_augmentation *augmentation, const bc_json *value) {
    const char *name = bc_json_text(value);
    for (int i = 0; name != NULL && bc_augmentation_names[i] != NULL; i++) {
        if (strcmp(bc_augmentation_names[i], name) == 0) {
            *augmentation = (bc_augmentation)i;
            return true;
        }
    }
    return false;
}

static bool get_trial(bc_trial *trial, const bc_json *object) {
    int64_t epochs;
    if (!bc_json_integer(bc_json_member(object, "epochs"), &epochs) || epochs < 1)
        return false;
    trial->epochs = (size_t)epochs;
    return bc_json_number(bc_json_member(object, "lr"), &trial->learning_rate) &&
           bc_json_number(bc_json_member(object, "weight_decay"), &trial->weight_decay) &&
           get_augmentation(&trial->augmentation, bc_json_member(object, "augment")) &&
           get_number(&trial->result.val_loss, bc_json_member(object, "val_loss")) &&
           get_number(&trial->result.val_auroc, bc_json_member(object, "val_auroc"));
}

bc_status bc_train_get_trials(bc_tuning *tuning, const bc_json *settings, const char *name, bc_error *err) {
    const bc_json *trials = bc_json_member(settings, "trials");
    const size_t count = bc_json_count(trials);
    void *block;
    if (trials == NULL)
        return BC_OK;
    if (!bc_json_is_array(trials) || count > TRIALS_LIMIT)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: 'trials' are none", name);
    bc_status status = bc_alloc(&block, count, sizeof *tuning->trials, err);
    if (status != BC_OK)
        return status;
    bc_tuning_free(tuning);
    tuning->trials = block;
    tuning->capacity = count;
    for (const bc_json *trial = bc_json_first(trials); trial != NULL; trial = bc_json_next(trial)) {
        bc_trial *one = &tuning->trials[tuning->count];
        *one = (bc_trial){.number = ++tuning->count};
        if (!get_trial(one, trial))
            return bc_fail(err, BC_ERROR_FORMAT, "%s: a trial is not as it should be", name);
    }
    return BC_OK;
}
