/* bclass check: what is wrong with a data set, before anything is trained on it. */
#include "check.h"
#include "command.h"
#include "data_choice.h"
#include "interrupt.h"
#include "print.h"
#include "rows.h"
#include "run_settings.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "dataset/partition.h"

#include <bclass/image.h>

#include <stdlib.h>
#include <string.h>

enum { LIST_DEFAULT = 10, SUSPECTS_LEAST = 20 };

/* ---- options ---- */

#define FIELD(name) offsetof(bc_check_settings, name)

static const char *const formats[] = {"text", "jsonl", NULL};
typedef enum requirement { REQUIRE_CLEAN, REQUIRE_NO_ERRORS } requirement;
static const char *const requirements[] = {"clean", "no-errors", NULL};

static const bc_option table[] = {
    {.section = "Output",
     .name = "format",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(format),
     .choices = formats,
     .default_text = "text",
     .help = "for people, or for programs: a JSON object a line, first a summary and then all findings"},
    {.name = "list",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(list),
     .value_name = "N",
     .default_text = "10",
     .least = 0,
     .most = 1e9,
     .help = "in text name at most so many findings of each kind"},
    {.name = "require",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(require),
     .choices = requirements,
     .help = "exit code 3 when there is an error or, for clean, a warning"},
    {BC_ROW_QUIET(FIELD(quiet)), .help = "no progress and no remarks on standard error"},
    {.section = "Data", BC_ROW_POSITIVE(FIELD(positive))},
    {BC_ROW_VAL(FIELD(val))},
    {BC_ROW_TEST(FIELD(test))},
    {BC_ROW_FOLDS(FIELD(folds)),
     .help = "in place of val: check the pictures in K folds, as train would part them"},
    {BC_ROW_GROUP_FROM(FIELD(group_from))},
    {BC_ROW_IMGSZ(FIELD(imgsz))},
    {BC_ROW_FIT(FIELD(fit))},
    {BC_ROW_MAX_PIXELS(FIELD(max_pixels)), .help = "a picture that declares more pixels is unreadable"},
    {BC_ROW_SEED(FIELD(seed)), .default_text = "1", .help = "of what is drawn; as it will be given to train"},
    {.section = "Labels",
     .name = "run",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(run),
     .value_name = "RUN",
     .help =
         "a run folder: tell whether it was made of this data, and name the pictures whose label its scores "
         "contradict most, the tenth of those that it was not trained on, at least 20; of a run with --folds "
         "these are all"},
    {.section = "Work",
     BC_ROW_THREADS(FIELD(threads)),
     .help = "threads to work with; what is found does not depend on it"},
    {.name = NULL},
};

static void set_defaults(void *block) {
    *(bc_check_settings *)block = (bc_check_settings){
        .val = -1,
        .test = -1,
        .fit = BC_FIT_PAD,
        .max_pixels = BC_MAX_PIXELS_DEFAULT,
        .seed = 1,
        .list = LIST_DEFAULT,
        .require = -1,
    };
}

/* ---- reading ---- */

static bool is_stopped(void *context) {
    (void)context;
    return bc_interrupt_seen();
}

static void on_decoded(void *context, size_t done, size_t total) {
    bc_check_session *session = context;
    bc_progress_line(&session->progress, "reading pictures %zu/%zu", done, total);
}

static void on_examined(void *context, size_t done, size_t total) {
    bc_check_session *session = context;
    bc_progress_line(&session->progress, "examining files %zu/%zu", done, total);
}

/* Where no file is a picture, what each is instead is still to be told; a size, which none will have, should
 * then take little memory. */
static bc_status choose_size(bc_check_session *session, bc_error *err) {
    enum { ANY_SIDE = 16 };
    const bc_check_settings *set = session->set;
    bc_preprocess *preprocess = &session->preprocess;
    bc_error found = {0};
    bc_status status = bc_data_choose_size(preprocess, &session->dataset, set->imgsz, (bc_fit)set->fit,
                                           session->pool, &found);
    if (status == BC_ERROR_FORMAT) {
        preprocess->width = preprocess->height = ANY_SIDE;
        preprocess->channels = 1;
        return BC_OK;
    }
    return status == BC_OK ? BC_OK : bc_fail(err, status, "%s", found.message);
}

static bc_status load_pictures(bc_check_session *session, bc_error *err) {
    const bc_check_settings *set = session->set;
    const bc_cache_options options = {.max_pixels = (uint64_t)set->max_pixels,
                                      .any_class = true,
                                      .on_progress = on_decoded,
                                      .is_stopped = is_stopped,
                                      .context = session};
    bc_status status = choose_size(session, err);
    return status == BC_OK ? bc_cache_load(&session->cache, &session->dataset, &session->preprocess,
                                           session->pool, &options, err)
                           : status;
}

/* Splits are as train would draw them. */
static bc_status find_copies(bc_check_session *session, const bc_dataset_options *options, bc_error *err) {
    bc_status status =
        bc_copies_find(&session->copies, &session->cache, &session->preprocess, session->pool, err);
    return status == BC_OK ? bc_partition_keep_copies(&session->dataset, &session->redrawn, options,
                                                      &session->copies, err)
                           : status;
}

static bc_status examine_files(bc_check_session *session, bc_error *err) {
    const bc_examine_options options = {
        .on_progress = on_examined, .is_stopped = is_stopped, .context = session};
    return bc_dataset_examine(&session->examined, &session->dataset, &session->cache, session->pool, &options,
                              err);
}

/* Before the pictures are read, so that errors come at once. */
static bc_status read_run(bc_check_session *session, bc_error *err) {
    const bc_scores_options options = {.details = true, .threads = (unsigned)session->set->threads};
    char *path = NULL;
    if (session->set->run == NULL)
        return BC_OK;
    bc_status status = bc_file_join(&path, session->set->run, "scores.csv", err);
    if (status == BC_OK)
        status = bc_scores_read(&session->scores, path, &options, err);
    if (status == BC_OK && session->scores.paths == NULL)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: it does not name its pictures", path);
    free(path);
    return status;
}

/* A score says how likely the run's positive class is, and would contradict all labels of another one. */
static bc_status check_positive(const bc_check_session *session, const bc_json *data, const char *path,
                                bc_error *err) {
    const char *positive = bc_json_text(bc_json_member(data, "positive"));
    if (positive == NULL || strcmp(positive, session->dataset.positive) == 0)
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE,
                   "%s: the positive class of the run is '%s', and here it is '%s'; --positive changes it",
                   path, positive, session->dataset.positive);
}

/* What is no hash in it is no file's. */
static void read_signature(bc_signature *signature, const bc_json *data) {
    const bc_json *list = bc_json_member(data, BC_RUN_SETTINGS_FILES);
    for (const bc_json *item = bc_json_first(list); item != NULL && signature->count < BC_SIGNATURE_MOST;
         item = bc_json_next(item)) {
        const char *text = bc_json_text(item);
        if (text != NULL && strlen(text) < BC_HASH_TEXT_SIZE)
            memcpy(signature->sha256[signature->count++], text, strlen(text) + 1);
    }
}

/* How many pictures it was made of; what is no number of them counts as none. */
static uint64_t read_pictures(const bc_json *data) {
    static const bc_split splits[] = {BC_SPLIT_TRAIN, BC_SPLIT_VAL, BC_SPLIT_TEST};
    const bc_json *pictures = bc_json_member(data, "pictures");
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        const bc_json *split = bc_json_member(pictures, bc_split_name(splits[i]));
        int64_t positive, negative;
        if (bc_json_integer(bc_json_member(split, "positive"), &positive) && positive > 0)
            sum += (uint64_t)positive;
        if (bc_json_integer(bc_json_member(split, "negative"), &negative) && negative > 0)
            sum += (uint64_t)negative;
    }
    return sum;
}

/* A file of scores alone does not tell what it was made of. */
static bc_status read_origin(bc_check_session *session, bc_error *err) {
    char *path = NULL;
    bc_json *root = NULL;
    bc_file_info found = {0};
    if (session->set->run == NULL)
        return BC_OK;
    bc_status status = bc_file_join(&path, session->set->run, "settings.json", err);
    if (status == BC_OK)
        status = bc_file_look(&found, path, err);
    if (status == BC_OK && found.kind != BC_FILE_ABSENT)
        status = bc_run_settings_read(&root, path, err);
    const bc_json *data = bc_json_member(root, "data");
    if (status == BC_OK)
        status = check_positive(session, data, path, err);
    read_signature(&session->signature, data);
    session->run_pictures = read_pictures(data);
    bc_json_free(root);
    free(path);
    return status;
}

static bc_status read_data(bc_check_session *session, bc_error *err) {
    const bc_check_settings *set = session->set;
    const bc_dataset_options options =
        bc_data_options(set->positive, set->group_from, set->val, set->test, set->folds, set->seed);
    bc_status status = bc_data_open(&session->dataset, session->name, &options, set->quiet, err);
    if (status == BC_OK)
        status = bc_data_check_folds(&session->dataset, set->val, set->test, err);
    if (status == BC_OK)
        status = read_origin(session, err);
    if (status == BC_OK)
        status = bc_pool_create(&session->pool, (unsigned)set->threads, err);
    if (status == BC_OK)
        status = load_pictures(session, err);
    if (status == BC_OK) /* before copies are found, as files may have gone since */
        status = examine_files(session, err);
    if (status == BC_OK)
        status = find_copies(session, &options, err);
    bc_progress_clear(&session->progress);
    return status;
}

/* ---- checking ---- */

static bc_status check_run(bc_check_session *session, bc_error *err) {
    if (session->dataset.count == 0) {
        if (!session->set->quiet)
            bc_remark("%s: not compared with the data, of which no file can be read as a picture",
                      session->set->run);
        return BC_OK;
    }
    bc_status status =
        bc_check_origin(&session->findings, &session->data, &session->signature, session->run_pictures, err);
    if (status == BC_OK)
        status = bc_check_labels(&session->labels, &session->findings, &session->data, &session->scores,
                                 SUSPECTS_LEAST, err);
    return status;
}

static bc_status check_data(bc_check_session *session, bc_error *err) {
    const bc_check_data *data = &session->data;
    bc_findings *findings = &session->findings;
    session->data = (bc_check_data){.dataset = &session->dataset,
                                    .cache = &session->cache,
                                    .preprocess = &session->preprocess,
                                    .examined = session->examined,
                                    .copies = &session->copies};
    bc_check_formats(&session->formats, data);
    bc_status status = bc_check_files(findings, data, err);
    if (status == BC_OK)
        status = bc_check_duplicates(findings, data, err);
    if (status == BC_OK)
        status = bc_check_leakage(session->leakage, data, err);
    if (status == BC_OK)
        status = bc_check_shortcuts(session->shortcuts, findings, data, err);
    if (status == BC_OK)
        status = bc_check_counts(&session->counts, findings, data, err);
    if (status == BC_OK && session->set->run != NULL)
        status = check_run(session, err);
    return status;
}

static bc_status print_findings(const bc_check_session *session, bc_error *err) {
    bc_text text = {0};
    bc_status status = BC_OK;
    if (session->set->format == BC_CHECK_JSONL)
        status = bc_check_append_json(&text, session, err);
    else
        bc_check_append_text(&text, session);
    if (status == BC_OK)
        status = bc_print(&text, err);
    bc_text_free(&text);
    return status;
}

static bc_status judge(const bc_check_session *session, bc_error *err) {
    const size_t errors = session->findings.severities[BC_SEVERITY_ERROR],
                 warnings = session->findings.severities[BC_SEVERITY_WARNING];
    const bool met = errors == 0 && (warnings == 0 || session->set->require == REQUIRE_NO_ERRORS);
    if (session->set->require < 0 || met)
        return BC_OK;
    return bc_fail(err, BC_ERROR_UNMET, "%s: required: %s, but there %s %zu error%s and %zu warning%s",
                   session->name, requirements[session->set->require], errors == 1 ? "is" : "are", errors,
                   errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

/* ---- the command ---- */

static void release(bc_check_session *session) {
    bc_findings_free(&session->findings);
    bc_scores_free(&session->scores);
    bc_copies_free(&session->copies);
    free(session->examined);
    bc_cache_free(&session->cache);
    bc_dataset_free(&session->dataset);
    bc_pool_free(session->pool);
}

static bc_status run(void *block, const bc_arguments *arguments, bc_error *err) {
    const bc_check_settings *set = block;
    if (arguments->count != 1)
        return bc_fail(err, BC_ERROR_USAGE,
                       "check takes one data set: a folder of classes, or a CSV manifest");
    bc_check_session session = {
        .set = set, .name = arguments->items[0], .progress = bc_progress_start(set->quiet)};
    bc_interrupt_watch();
    bc_status status = read_run(&session, err);
    if (status == BC_OK)
        status = read_data(&session, err);
    if (status == BC_OK)
        status = check_data(&session, err);
    if (status == BC_OK)
        status = print_findings(&session, err);
    if (status == BC_OK)
        status = judge(&session, err);
    release(&session);
    return status;
}

const bc_command bc_command_check = {
    .name = "check",
    .usage = "DATA [OPTIONS]",
    .summary = "find what is wrong with a data set before training on it",
    .description =
        "DATA is what 'bclass train' takes; it is read as train would read it, and nothing is changed. Found "
        "are: files that cannot be read or are not what they seem; copies of a picture, to the byte, to the "
        "pixel or nearly, in one split, across splits and with both labels, and what of val and test is "
        "thereby known from training; measures such as the size of a file that tell the class without a look "
        "at what is shown; classes with too few pictures to promise anything; and, of a run, labels that are "
        "probably wrong, and whether it was made of this data.\n"
        "An error is what contradicts itself: the same picture in two stated splits, or with both labels; so "
        "is a class without a picture to train on. A warning is what will mislead or lose pictures. "
        "A note is worth knowing. Copies that train keeps on one side by itself are notes.",
    .examples = "  bclass check photos/\n"
                "  bclass check photos/ --require clean --quiet >/dev/null || echo 'look at the data first'\n"
                "  bclass check photos/ --run run/ --list 50\n"
                "  bclass check photos/ --format jsonl | jq -r 'select(.kind == \"copies\").paths[]'\n",
    .options = table,
    .settings_size = sizeof(bc_check_settings),
    .set_defaults = set_defaults,
    .run = run,
};
