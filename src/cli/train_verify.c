/* bclass train --verify: trains a run again from its settings.json and compares what comes out, byte by byte.
 */
#include "command.h"
#include "print.h"
#include "train.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "net/kernels/kernels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SETTINGS_LIMIT = 16 << 20, FILE_LIMIT_BITS = 34 };

static const char *const compared[] = {"model.safetensors", "scores.csv"};
static const char *const written[] = {"model.safetensors", "scores.csv", "history.csv", "settings.json",
                                      "skipped.csv"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the settings of the run ---- */

typedef struct recorded {
    bc_json *root; /* settings.json, which holds the texts of settings */
    bc_train_settings settings;
    bc_arguments arguments; /* of parsing */
    char **words;
    const char *data;
} recorded;

static void free_recorded(recorded *r) {
    bc_json_free(r->root);
    bc_arguments_free(&r->arguments);
    free(r->words);
}

static bc_status parse_words(recorded *r, const char *path, bc_error *err) {
    const bc_json *list = bc_json_member(r->root, "arguments");
    void *block;
    int count = 0;
    if (!bc_json_is_array(list) || bc_json_count(list) > 1000)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: does not hold the arguments of a run", path);
    bc_status status = bc_alloc(&block, bc_json_count(list) + 1, sizeof *r->words, err);
    r->words = block;
    for (const bc_json *item = bc_json_first(list); status == BC_OK && item != NULL;
         item = bc_json_next(item)) {
        const char *word = bc_json_text(item);
        if (word == NULL)
            return bc_fail(err, BC_ERROR_FORMAT, "%s: an argument is no text", path);
        r->words[count++] = (char *)(uintptr_t)word; /* as argv is declared; nothing writes to it */
    }
    bc_command_train.set_defaults(&r->settings);
    if (status == BC_OK)
        status =
            bc_options_parse(&r->settings, &r->arguments, bc_command_train.options, count, r->words, err);
    if (status == BC_OK && (r->arguments.count > 0 || r->arguments.help))
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: an argument is no option", path);
    return status;
}

/* What makes other bits likely is told before the time is spent. */
static void tell_differences(const recorded *r, const char *path) {
    const bc_level *level = bc_level_choose();
    const char *then = bc_json_text(bc_json_member(r->root, "instructions"));
    const char *program = bc_json_text(bc_json_member(r->root, "program"));
    if (then != NULL && level != NULL && strcmp(then, level->name) != 0)
        bc_remark("%s: trained with %s instructions, and this CPU has %s; the bits may differ", path, then,
                  level->name);
    if (program != NULL && strcmp(program, "bclass " BC_VERSION) != 0)
        bc_remark("%s: trained by %s, and this is bclass %s; the bits may differ", path, program, BC_VERSION);
}

static bc_status read_recorded(recorded *r, const char *run, bool quiet, bc_error *err) {
    char *path;
    uint8_t *text = NULL;
    size_t size;
    *r = (recorded){0};
    bc_status status = bc_file_join(&path, run, "settings.json", err);
    if (status == BC_OK)
        status = bc_file_read(&text, &size, path, SETTINGS_LIMIT, err);
    if (status == BC_OK)
        status = bc_json_parse(&r->root, (const char *)text, size, path, err);
    if (status == BC_OK)
        status = parse_words(r, path, err);
    if (status == BC_OK) {
        r->data = bc_json_text(bc_json_member(bc_json_member(r->root, "data"), "path"));
        if (!quiet)
            tell_differences(r, path);
    }
    free(text);
    free(path);
    return status;
}

/* ---- a folder for the repetition ---- */

static bc_status make_folder(char **folder, bc_error *err) {
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] == '\0')
        parent = "/tmp";
    bc_status status = bc_file_join(folder, parent, "bclass-verify-XXXXXX", err);
    if (status == BC_OK && mkdtemp(*folder) == NULL)
        status = bc_fail(err, BC_ERROR_IO, "%s: cannot make a folder: %s", *folder, strerror(errno));
    return status;
}

static void remove_folder(const char *folder) {
    bc_error unheeded = {0};
    (void)bc_run_finish(folder, &unheeded); /* checkpoints */
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
        status = bc_file_read(&a, &a_size, first, UINT64_C(1) << FILE_LIMIT_BITS, err);
    if (status == BC_OK)
        status = bc_file_read(&b, &b_size, second, UINT64_C(1) << FILE_LIMIT_BITS, err);
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

bc_status bc_train_verify(const bc_train_settings *asked, bc_error *err) {
    recorded r;
    char *folder = NULL;
    bc_status status = read_recorded(&r, asked->verify, asked->quiet, err);
    if (status == BC_OK && r.data == NULL)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s does not say where its data lies", asked->verify);
    if (status == BC_OK)
        status = make_folder(&folder, err);
    if (status == BC_OK) {
        r.settings.out = folder;
        r.settings.force = true; /* the folder is there */
        r.settings.threads = asked->threads;
        r.settings.quiet = asked->quiet;
        r.settings.is_repetition = true;
        status = bc_train_run(&r.settings, r.data, err);
        if (status == BC_OK)
            status = report(asked->verify, folder, err);
        remove_folder(folder);
    }
    free(folder);
    free_recorded(&r);
    return status;
}
