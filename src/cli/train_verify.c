/* bclass train --verify: trains a run again from its settings.json and compares what comes out, byte by byte.
 */
#include "print.h"
#include "train.h"
#include "train_recorded.h"

#include "base/file.h"
#include "base/json.h"
#include "net/kernels/kernels.h"
#include "train/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t file_limit = UINT64_C(16) << 30;

static const char *const compared[] = {"model.safetensors", "scores.csv"};
static const char *const written[] = {"model.safetensors", "scores.csv", "history.csv", "settings.json",
                                      "skipped.csv"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the settings of the run ---- */

/* What makes other bits likely is told before the time is spent. */
static void tell_differences(const bc_train_recorded *r) {
    const bc_level *level = bc_level_choose();
    const char *then = bc_json_text(bc_json_member(r->root, "instructions"));
    const char *program = bc_json_text(bc_json_member(r->root, "program"));
    if (then != NULL && level != NULL && strcmp(then, level->name) != 0)
        bc_remark("%s: trained with %s instructions, and this CPU has %s; the bits may differ", r->path, then,
                  level->name);
    if (program != NULL && strcmp(program, "bclass " BC_VERSION) != 0)
        bc_remark("%s: trained by %s, and this is bclass %s; the bits may differ", r->path, program,
                  BC_VERSION);
}

/* The steps after which the run was ended, which the options do not tell; 0: it was not. */
static bc_status read_stop(bc_train_recorded *r, bc_error *err) {
    const bc_json *stop = bc_json_member(r->root, "stopped_after_steps");
    if (stop == NULL)
        return BC_OK;
    if (!bc_json_integer(stop, &r->settings.stop_after) || r->settings.stop_after < 1)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: 'stopped_after_steps' is no count of steps", r->path);
    return BC_OK;
}

/* Before the time is spent. */
static bc_status check_files(const char *run, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < COUNT(compared); i++) {
        char *path;
        bc_file_info info = {BC_FILE_ABSENT, 0};
        status = bc_file_join(&path, run, compared[i], err);
        if (status == BC_OK)
            status = bc_file_look(&info, path, err);
        if (status == BC_OK && info.kind != BC_FILE_REGULAR)
            status = bc_fail(err, BC_ERROR_IO, "%s: %s", path,
                             info.kind == BC_FILE_ABSENT ? "No such file" : "is no file");
        free(path);
    }
    return status;
}

static bc_status check_complete(const char *run, bc_error *err) {
    bc_run_state state;
    bc_file_info info;
    bc_status status = bc_file_look(&info, run, err);
    if (status == BC_OK && info.kind != BC_FILE_ABSENT && info.kind != BC_FILE_FOLDER)
        return bc_fail(err, BC_ERROR_USAGE, "%s is a file; --verify takes the folder of a run", run);
    if (status == BC_OK)
        status = bc_run_look(&state, run, err);
    if (status == BC_OK && state == BC_RUN_UNFINISHED)
        status = bc_fail(err, BC_ERROR_USAGE,
                         "%s is not finished, so there is nothing to verify yet; --resume finishes it", run);
    return status;
}

/* ---- a folder for the repetition ---- */

static const char unnamed[] = "XXXXXX"; /* to be replaced, at the end of a template */

static bc_status name_folder(char **folder, bc_error *err) {
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] == '\0')
        parent = "/tmp";
    return bc_file_join(folder, parent, "bclass-verify-XXXXXX", err);
}

/* Nothing when it was not made, and has no name of its own. */
static void remove_folder(const char *folder) {
    bc_error unheeded = {0};
    if (strcmp(folder + strlen(folder) - strlen(unnamed), unnamed) == 0)
        return;
    for (size_t i = 0; i < COUNT(written); i++) {
        char *path;
        if (bc_file_join(&path, folder, written[i], &unheeded) == BC_OK)
            (void)unlink(path);
        free(path);
    }
    (void)rmdir(folder);
}

/* ---- comparing ---- */

static bc_status compare(bool *same, const char *run, const char *repeated, const char *name, bc_error *err) {
    char *first = NULL, *second = NULL;
    uint8_t *a = NULL, *b = NULL;
    size_t a_size = 0, b_size = 0;
    bc_status status = bc_file_join(&first, run, name, err);
    if (status == BC_OK)
        status = bc_file_join(&second, repeated, name, err);
    if (status == BC_OK)
        status = bc_file_read(&a, &a_size, first, file_limit, err);
    if (status == BC_OK)
        status = bc_file_read(&b, &b_size, second, file_limit, err);
    if (status == BC_OK)
        *same = a_size == b_size && memcmp(a, b, a_size) == 0;
    free(first);
    free(second);
    free(a);
    free(b);
    return status;
}

static bc_status report(const char *run, const char *repeated, bc_error *err) {
    bc_text text = {0};
    bool all = true;
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < COUNT(compared); i++) {
        bool same = false;
        status = compare(&same, run, repeated, compared[i], err);
        bc_text_format(&text, "%s: %s\n", compared[i], same ? "the same bytes" : "differs");
        all = all && same;
    }
    if (status == BC_OK)
        status = bc_print(&text, err);
    bc_text_free(&text);
    if (status == BC_OK && !all)
        status = bc_fail(err, BC_ERROR_UNMET, "%s: trained again, it is not the same", run);
    return status;
}

/* What is wrong with the options is so in settings.json. */
static bc_status repeat(const bc_train_recorded *r, bc_error *err) {
    bc_error found = {0};
    bc_status status = bc_train_run(&r->settings, r->data, &found);
    if (status == BC_ERROR_USAGE)
        return bc_train_recorded_blame(r, &found, err);
    if (status == BC_ERROR_INTERRUPTED)
        return bc_fail(err, status, "interrupted; whether the run comes out the same is not known");
    return status == BC_OK ? BC_OK : bc_fail(err, status, "%s", found.message);
}

bc_status bc_train_verify(const bc_train_settings *asked, bc_error *err) {
    const char *run = asked->verify;
    bc_train_recorded r = {0};
    char *folder = NULL;
    bc_status status = check_complete(run, err);
    if (status == BC_OK)
        status = bc_train_recorded_read(&r, run, BC_WORDS_USED, err);
    if (status == BC_OK)
        status = read_stop(&r, err);
    if (status == BC_OK)
        status = check_files(run, err);
    if (status == BC_OK && !asked->quiet)
        tell_differences(&r);
    if (status == BC_OK)
        status = name_folder(&folder, err);
    if (status == BC_OK) {
        r.settings.out = r.settings.repetition = folder;
        r.settings.expected_data =
            bc_json_text(bc_json_member(bc_json_member(r.root, "data"), BC_CHECKPOINT_DATA));
        r.settings.allow_leak = true; /* it was told when the run was made */
        r.settings.threads = asked->threads;
        r.settings.quiet = asked->quiet;
        status = repeat(&r, err);
        if (status == BC_OK)
            status = report(run, folder, err);
        remove_folder(folder);
    }
    free(folder);
    bc_train_recorded_free(&r);
    return status;
}
