/* How a run was made, by its settings.json. */
#include "train_recorded.h"

#include "command.h"
#include "option_words.h"
#include "run_settings.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>

const char *const bc_train_words_names[] = {[BC_WORDS_GIVEN] = "given", [BC_WORDS_USED] = "arguments"};

enum { WORDS_LIMIT = 1000 };

void bc_train_recorded_free(bc_train_recorded *recorded) {
    bc_json_free(recorded->root);
    bc_arguments_free(&recorded->arguments);
    free(recorded->words);
    free(recorded->path);
    *recorded = (bc_train_recorded){0};
}

bc_status bc_train_recorded_blame(const bc_train_recorded *recorded, const bc_error *found, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: %s", recorded->path, found->message);
}

static bc_status collect_words(int *count, bc_train_recorded *r, bc_train_words which, bc_error *err) {
    const bc_json *list = bc_json_member(r->root, bc_train_words_names[which]);
    void *block;
    *count = 0;
    if (!bc_json_is_array(list) || bc_json_count(list) > WORDS_LIMIT)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: does not hold the arguments of a run", r->path);
    bc_status status = bc_alloc(&block, bc_json_count(list) + 1, sizeof *r->words, err);
    r->words = block;
    for (const bc_json *item = bc_json_first(list); status == BC_OK && item != NULL;
         item = bc_json_next(item)) {
        const char *word = bc_json_text(item);
        if (word == NULL)
            return bc_fail(err, BC_ERROR_FORMAT, "%s: an argument is no text", r->path);
        r->words[(*count)++] = (char *)(uintptr_t)word; /* as argv is declared; nothing writes to it */
    }
    return status;
}

/* What has no influence on the result, or none any more. */
static const bc_option *find_foreign(const bc_train_settings *settings, bc_train_words which) {
    bc_train_settings without = *settings;
    without.out = without.verify = NULL;
    without.force = without.resume = without.quiet = false;
    without.threads = 0;
    if (which == BC_WORDS_USED) {
        without.tune = false;
        without.time = NULL;
    }
    return bc_option_words_first(bc_command_train.options, settings, &without, (const char *const[]){NULL});
}

static bc_status parse_words(bc_train_recorded *r, bc_train_words which, bc_error *err) {
    bc_error found = {0};
    int count;
    bc_status status = collect_words(&count, r, which, err);
    if (status != BC_OK)
        return status;
    bc_command_train.set_defaults(&r->settings);
    status = bc_options_parse(&r->settings, &r->arguments, bc_command_train.options, count, r->words, &found);
    if (status == BC_ERROR_USAGE)
        return bc_train_recorded_blame(r, &found, err);
    if (status != BC_OK)
        return bc_fail(err, status, "%s", found.message);
    if (r->arguments.count > 0 || r->arguments.help)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: an argument is no option", r->path);
    const bc_option *foreign = find_foreign(&r->settings, which);
    if (foreign != NULL)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: --%s is not recorded of any run", r->path, foreign->name);
    return BC_OK;
}

bc_status bc_train_recorded_read(bc_train_recorded *recorded, const char *run, bc_train_words which,
                                 bc_error *err) {
    *recorded = (bc_train_recorded){0};
    bc_status status = bc_file_join(&recorded->path, run, "settings.json", err);
    if (status == BC_OK)
        status = bc_run_settings_read(&recorded->root, recorded->path, err);
    if (status == BC_OK)
        status = parse_words(recorded, which, err);
    if (status != BC_OK)
        return status;
    recorded->data = bc_json_text(bc_json_member(bc_json_member(recorded->root, "data"), "path"));
    if (recorded->data == NULL)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: does not say where its data lies", recorded->path);
    return status;
}
