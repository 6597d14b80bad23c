/* Writes and reads the state of a training. */
#include "checkpoint.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "net/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char format_name[] = "bclass-checkpoint", version_name[] = "2";

/* ---- arrays, one behind the other ---- */

typedef struct layout {
    bc_tensor tensors[BC_CHECKPOINT_ARRAYS];
    size_t count; /* tensors */
    float *values;
} layout;

static bc_status make_layout(layout *l, const bc_checkpoint *checkpoint, bc_error *err) {
    size_t offset = 0;
    void *block;
    *l = (layout){0};
    for (size_t i = 0; i < BC_CHECKPOINT_ARRAYS; i++) {
        const bc_checkpoint_array *array = &checkpoint->arrays[i];
        if (array->values == NULL)
            continue;
        bc_tensor *tensor = &l->tensors[l->count++];
        *tensor = (bc_tensor){
            .rank = 1, .shape = {(uint32_t)array->count}, .offset = offset, .count = array->count};
        snprintf(tensor->name, sizeof tensor->name, "%s", array->name);
        offset += array->count;
    }
    bc_status status = bc_alloc_unset(&block, offset, sizeof *l->values, err);
    l->values = block;
    return status;
}

typedef enum direction { INTO_LAYOUT, OUT_OF_LAYOUT } direction;

static void copy_arrays(layout *l, const bc_checkpoint *checkpoint, direction way) {
    float *at = l->values;
    for (size_t i = 0; i < BC_CHECKPOINT_ARRAYS; i++) {
        const bc_checkpoint_array *array = &checkpoint->arrays[i];
        if (array->values == NULL)
            continue;
        const size_t bytes = array->count * sizeof *at;
        memcpy(way == INTO_LAYOUT ? at : array->values, way == INTO_LAYOUT ? array->values : at, bytes);
        at += array->count;
    }
}

/* The name of the first array with a value that is no finite number; NULL: none has. */
static const char *find_not_finite(const layout *l) {
    for (const bc_tensor *tensor = l->tensors; tensor < l->tensors + l->count; tensor++) {
        if (!bc_all_finite(l->values + tensor->offset, tensor->count))
            return tensor->name;
    }
    return NULL;
}

/* Of all that a training goes on from. */
static bc_status take_checksum(char text[BC_HASH_TEXT_SIZE], const layout *l, const char *identity,
                               const char *state, bc_error *err) {
    bc_hash *hash;
    bc_status status = bc_hash_create(&hash, err);
    if (status != BC_OK)
        return status;
    bc_hash_add(hash, identity, strlen(identity) + 1);
    bc_hash_add(hash, state, strlen(state) + 1);
    for (const bc_tensor *tensor = l->tensors; tensor < l->tensors + l->count; tensor++)
        bc_hash_add(hash, l->values + tensor->offset, tensor->count * sizeof *l->values);
    bc_hash_finish(hash, text);
    bc_hash_free(hash);
    return BC_OK;
}

/* ---- the numbers of an epoch ---- */

typedef enum defined_when {
    ALWAYS,
    WITH_VAL,        /* and only then */
    AT_MOST_WITH_VAL /* and there only when it is defined */
} defined_when;

typedef struct epoch_number {
    const char *key;
    size_t offset; /* of a double in bc_epoch */
    defined_when presence;
} epoch_number;

static const epoch_number epoch_numbers[] = {
    {"learning_rate", offsetof(bc_epoch, learning_rate), ALWAYS},
    {"train_loss", offsetof(bc_epoch, train_loss), ALWAYS},
    {"val_loss", offsetof(bc_epoch, val_loss), WITH_VAL},
    {"val_auroc", offsetof(bc_epoch, val_auroc), AT_MOST_WITH_VAL},
    {"val_average_precision", offsetof(bc_epoch, val_average_precision), AT_MOST_WITH_VAL},
    {"val_recall", offsetof(bc_epoch, val_recall), AT_MOST_WITH_VAL},
    {"val_precision", offsetof(bc_epoch, val_precision), AT_MOST_WITH_VAL},
    {"val_worth", offsetof(bc_epoch, val_worth), WITH_VAL},
    {"images_per_second", offsetof(bc_epoch, images_per_second), ALWAYS},
    {"seconds", offsetof(bc_epoch, seconds), ALWAYS},
};

enum { EPOCH_NUMBERS = sizeof epoch_numbers / sizeof epoch_numbers[0] };

static double *number_of(bc_epoch *epoch, size_t index) {
    return (double *)((char *)epoch + epoch_numbers[index].offset);
}

/* ---- writing ---- */

static void put_history(bc_json_builder *json, const bc_history *history) {
    bc_json_begin_array(json, "epochs");
    for (size_t i = 0; i < history->count; i++) {
        bc_epoch epoch = history->epochs[i];
        bc_json_begin_object(json, NULL);
        for (size_t k = 0; k < EPOCH_NUMBERS; k++)
            bc_json_put_number(json, epoch_numbers[k].key, *number_of(&epoch, k)); /* NaN: null */
        bc_json_end(json);
    }
    bc_json_end(json);
    bc_json_put_integer(json, "kept", (int64_t)history->best);
}

static bc_status make_state(bc_text *state, const bc_checkpoint *checkpoint, bc_error *err) {
    bc_json_builder *json;
    bc_status status = bc_json_builder_create(&json, err);
    if (status != BC_OK)
        return status;
    bc_json_put_integer(json, "step", (int64_t)checkpoint->step);
    put_history(json, checkpoint->history);
    status = bc_json_finish(state, json, false, err);
    bc_json_builder_free(json);
    return status;
}

bc_status bc_checkpoint_write(const bc_checkpoint *checkpoint, const char *path, const char *identity,
                              bc_error *err) {
    layout l;
    bc_text state = {0};
    char checksum[BC_HASH_TEXT_SIZE];
    bc_status status = make_layout(&l, checkpoint, err);
    if (status == BC_OK)
        copy_arrays(&l, checkpoint, INTO_LAYOUT);
    if (status == BC_OK && find_not_finite(&l) != NULL)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: not written: '%s' are no finite numbers", path,
                         find_not_finite(&l));
    if (status == BC_OK)
        status = make_state(&state, checkpoint, err);
    if (status == BC_OK)
        status = take_checksum(checksum, &l, identity, state.data, err);
    if (status == BC_OK) {
        const bc_metadata metadata[] = {{"format", format_name},
                                        {"version", version_name},
                                        {"training", identity},
                                        {"state", state.data},
                                        {"sha256", checksum}};
        status = bc_safetensors_write(path, metadata, sizeof metadata / sizeof metadata[0], l.tensors,
                                      l.count, l.values, err);
    }
    bc_text_free(&state);
    free(l.values);
    return status;
}

/* ---- reading ---- */

static bc_status damaged(const char *path, const char *what, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: no usable checkpoint: %s; --force starts anew", path, what);
}

/* What others find in the file, with what can be done about it. */
static bc_status found_damaged(const char *path, const bc_error *found, bc_error *err) {
    if (found->status == BC_ERROR_FORMAT || found->status == BC_ERROR_LIMIT)
        return damaged(path, bc_file_reason(found->message, path), err);
    return bc_fail(err, found->status, "%s", found->message);
}

static bc_status parse(bc_json **root, const char *text, const char *path, bc_error *err) {
    bc_error found = {0};
    return bc_json_parse(root, text, strlen(text), path, &found) == BC_OK ? BC_OK
                                                                          : found_damaged(path, &found, err);
}

static bool is_text(const bc_safetensors *file, const char *key, const char *expected) {
    const char *text = bc_safetensors_text(file, key);
    return text != NULL && strcmp(text, expected) == 0;
}

/* Whether two values are written alike, which all that bclass writes of equal value is. */
static bool is_same(const bc_json *a, const bc_json *b) {
    double first = 0, second = 0;
    bool flag = false, other = false;
    if (bc_json_text(a) != NULL || bc_json_text(b) != NULL)
        return bc_json_text(a) != NULL && bc_json_text(b) != NULL &&
               strcmp(bc_json_text(a), bc_json_text(b)) == 0;
    if (bc_json_number(a, &first) || bc_json_number(b, &second))
        return bc_json_number(a, &first) && bc_json_number(b, &second) && first == second;
    if (bc_json_bool(a, &flag) || bc_json_bool(b, &other))
        return bc_json_bool(a, &flag) && bc_json_bool(b, &other) && flag == other;
    if (bc_json_is_null(a) != bc_json_is_null(b) || bc_json_count(a) != bc_json_count(b))
        return false;
    for (a = bc_json_first(a), b = bc_json_first(b); a != NULL && b != NULL;
         a = bc_json_next(a), b = bc_json_next(b)) {
        const char *key = bc_json_key(a), *other_key = bc_json_key(b);
        if ((key != NULL && other_key != NULL && strcmp(key, other_key) != 0) || !is_same(a, b))
            return false;
    }
    return true;
}

/* What is not the same in both. */
typedef struct difference {
    const char *outer, *key; /* member of the identity; member of it, or the same */
} difference;

/* The first member of one that differs in other or is not there, looked for inside objects too. */
static bool find_difference(difference *found, const bc_json *one, const bc_json *other) {
    for (const bc_json *member = bc_json_first(one); member != NULL; member = bc_json_next(member)) {
        const bc_json *same = bc_json_member(other, bc_json_key(member));
        const bool inside = bc_json_is_object(member) && bc_json_is_object(same);
        found->key = bc_json_key(member);
        if (inside ? find_difference(found, member, same) || find_difference(found, same, member)
                   : same == NULL || !is_same(member, same)) {
            found->outer = bc_json_key(member);
            return true;
        }
    }
    return false;
}

static void put_difference(bc_text *text, const bc_json *now, const bc_json *before) {
    difference found = {NULL, NULL};
    if (!find_difference(&found, now, before) && !find_difference(&found, before, now))
        bc_text_string(text, "they are written otherwise");
    else if (strcmp(found.outer, BC_CHECKPOINT_OPTIONS) == 0)
        bc_text_format(text, "--%s differs", found.key);
    else if (strcmp(found.key, BC_CHECKPOINT_DATA) == 0)
        bc_text_string(text, "the pictures, or how they are split, differ");
    else
        bc_text_format(text, "'%s' differs", found.key);
}

static bc_status check_identity(const bc_safetensors *file, const char *identity, bc_error *err) {
    bc_json *now = NULL, *before = NULL;
    bc_text what = {0};
    const char *written = bc_safetensors_text(file, "training");
    if (written == NULL)
        return damaged(file->path, "it does not say of what training it is", err);
    if (strcmp(written, identity) == 0)
        return BC_OK;
    bc_status status = parse(&before, written, file->path, err);
    if (status == BC_OK)
        status = bc_json_parse(&now, identity, strlen(identity), "settings", err);
    if (status == BC_OK) {
        put_difference(&what, now, before);
        status = bc_text_check(&what, err);
    }
    if (status == BC_OK)
        status = bc_fail(err, BC_ERROR_USAGE,
                         "%s is of a training with other settings or data (%s); give the same ones to resume "
                         "it, or --force to start anew",
                         file->path, what.data);
    bc_text_free(&what);
    bc_json_free(now);
    bc_json_free(before);
    return status;
}

/* Null stands for what is not defined. */
static bool get_number(double *number, const bc_json *value, defined_when presence, bool has_val) {
    const bool is_needed = presence == ALWAYS || (presence == WITH_VAL && has_val);
    const bool may_be = presence == ALWAYS || has_val;
    *number = NAN;
    return bc_json_is_null(value) ? !is_needed : may_be && bc_json_number(value, number) && isfinite(*number);
}

static bc_status get_epoch(bc_checkpoint *checkpoint, const bc_json *object, const char *path,
                           bc_error *err) {
    bc_history *history = checkpoint->history;
    void *block = history->epochs;
    bc_status status = bc_grow(&block, &history->capacity, history->count + 1, sizeof *history->epochs, err);
    history->epochs = block;
    if (status != BC_OK)
        return status;
    bc_epoch *epoch = &history->epochs[history->count++];
    *epoch = (bc_epoch){.number = history->count};
    for (size_t k = 0; k < EPOCH_NUMBERS; k++) {
        const bc_json *value = bc_json_member(object, epoch_numbers[k].key);
        if (!get_number(number_of(epoch, k), value, epoch_numbers[k].presence, checkpoint->has_val))
            return damaged(path, "the numbers of an epoch are not as they should be", err);
    }
    return BC_OK;
}

static bc_status get_state(bc_checkpoint *checkpoint, const bc_json *state, const char *path, bc_error *err) {
    bc_history *history = checkpoint->history;
    int64_t step, kept;
    const bc_json *epochs = bc_json_member(state, "epochs");
    const size_t count = bc_json_count(epochs);
    if (!bc_json_integer(bc_json_member(state, "step"), &step) ||
        !bc_json_integer(bc_json_member(state, "kept"), &kept) || !bc_json_is_array(epochs) || step < 0 ||
        kept < 0)
        return damaged(path, "its state is not as it should be", err);
    if (count > checkpoint->epochs || (uint64_t)step != (uint64_t)count * checkpoint->batches ||
        (uint64_t)kept > count || (kept == 0) != (count == 0))
        return damaged(path, "its epochs and steps are not those of this training", err);
    bc_history_free(history);
    bc_status status = BC_OK;
    for (const bc_json *epoch = bc_json_first(epochs); epoch != NULL && status == BC_OK;
         epoch = bc_json_next(epoch))
        status = get_epoch(checkpoint, epoch, path, err);
    history->best = (size_t)kept;
    checkpoint->step = (uint64_t)step;
    return status;
}

static bc_status read_state(bc_checkpoint *checkpoint, const bc_safetensors *file, bc_error *err) {
    bc_json *root = NULL;
    const char *state = bc_safetensors_text(file, "state");
    if (state == NULL)
        return damaged(file->path, "it has no state", err);
    bc_status status = parse(&root, state, file->path, err);
    if (status == BC_OK)
        status = get_state(checkpoint, root, file->path, err);
    bc_json_free(root);
    return status;
}

static bc_status check_checksum(const layout *l, const bc_safetensors *file, bc_error *err) {
    char checksum[BC_HASH_TEXT_SIZE];
    bc_status status = take_checksum(checksum, l, bc_safetensors_text(file, "training"),
                                     bc_safetensors_text(file, "state"), err);
    if (status == BC_OK && !is_text(file, "sha256", checksum))
        status = damaged(file->path, "it does not hold what was written", err);
    return status;
}

/* Last, once there are a state and an identity. */
static bc_status read_arrays(bc_checkpoint *checkpoint, const bc_safetensors *file, bc_error *err) {
    layout l;
    bc_error found = {0};
    bc_status status = make_layout(&l, checkpoint, err);
    if (status == BC_OK && bc_safetensors_load(l.values, file, l.tensors, l.count, &found) != BC_OK)
        status = found_damaged(file->path, &found, err);
    if (status == BC_OK)
        status = check_checksum(&l, file, err);
    if (status == BC_OK && find_not_finite(&l) != NULL)
        status = damaged(file->path, "it holds what is no finite number", err);
    if (status == BC_OK)
        copy_arrays(&l, checkpoint, OUT_OF_LAYOUT);
    free(l.values);
    return status;
}

static bc_status open_checkpoint(bc_safetensors *file, const char *path, bc_error *err) {
    const uint64_t most = (uint64_t)BC_PARAMETER_LIMIT * sizeof(float) * BC_CHECKPOINT_ARRAYS;
    bc_error found = {0};
    bc_status status = bc_safetensors_open(file, path, most, &found);
    if (status != BC_OK)
        return found_damaged(path, &found, err);
    if ((!is_text(file, "format", format_name) || !is_text(file, "version", version_name)))
        status = damaged(path, "it has another format", err);
    return status;
}

bc_status bc_checkpoint_read(bc_checkpoint *checkpoint, const char *path, const char *identity,
                             bc_error *err) {
    bc_safetensors file;
    bc_status status = open_checkpoint(&file, path, err);
    if (status == BC_OK)
        status = check_identity(&file, identity, err);
    if (status == BC_OK)
        status = read_state(checkpoint, &file, err);
    if (status == BC_OK)
        status = read_arrays(checkpoint, &file, err);
    bc_safetensors_free(&file);
    return status;
}

bc_status bc_checkpoint_identity(char **identity, const char *path, bc_error *err) {
    bc_safetensors file;
    *identity = NULL;
    bc_status status = open_checkpoint(&file, path, err);
    if (status == BC_OK) {
        const char *text = bc_safetensors_text(&file, "training");
        status = text != NULL ? bc_copy_text(identity, text, strlen(text), err)
                              : damaged(path, "it does not say of what training it is", err);
    }
    bc_safetensors_free(&file);
    return status;
}
