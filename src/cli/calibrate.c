/* bclass calibrate: makes scores mean what they say. */
#include "calibrate.h"
#include "command.h"
#include "print.h"
#include "rows.h"
#include "target_choice.h"

#include "base/hash.h"

#include <string.h>

enum { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, METHOD_NOT_GIVEN = -1 };

typedef struct settings {
    bc_calibrate_changes changes;
    int method, split, format;
    int64_t seed;
    int64_t threads;
    const char *out, *target;
    bc_scores_options reading;
    bool allow_train, quiet;
} settings;

static const char *const format_choices[] = {"table", "csv", "json", NULL};

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {.section = "Fitting",
     .name = "method",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(method),
     .choices = bc_calibration_names,
     .default_text = "auto",
     .help = "auto takes the simplest that cross-validates within one standard error of the best"},
    {.name = "out",
     .letter = 'o',
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(out),
     .value_name = "FILE",
     .help = "write the calibration to FILE, for --apply"},
    {BC_ROW_SPLIT(FIELD(split)),
     .help = "rows to fit on; auto is val or oof where test is there too, else all but train"},
    {BC_ROW_ALLOW_TRAIN(FIELD(allow_train)),
     .help = "fit on rows marked train too, whose scores are better than those to come"},
    {BC_ROW_SEED(FIELD(seed)), .default_text = "1", .help = "of the five folds"},
    {.section = "Changing scores (SCORES in, scores.csv on standard output, in this order)",
     .name = "apply",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(changes.apply),
     .value_name = "FILE",
     .help = "calibrate by a file that -o wrote"},
    {.name = "prevalence",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(changes.prevalence),
     .value_name = "Q",
     .default_text = "0, as it is",
     .least = 0,
     .most = 0.999999999,
     .help = "make the scores right where a share Q is positive, if each class looks as before"},
    {.name = "prevalence-from",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(changes.prevalence_from),
     .value_name = "P",
     .default_text = "with --apply, that of the rows it was fitted on",
     .least = 0,
     .most = 0.999999999,
     .help = "the share of positives that the scores are right for as they are"},
    {.name = "recentre",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(changes.recentre),
     .value_name = "T|FILE",
     .help =
         "shift logits so that score T, or the cutoff in FILE, reads 0.5, while 0 and 1 stay: a scale for "
         "display, not a frequency"},
    {.section = "Reading",
     .name = "target",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(target),
     .value_name = "NAME",
     .help = "of a file about several labels, the one to fit on, or whose rows to change"},
    BC_ROWS_SCORES(FIELD(reading)),
    {BC_ROW_THREADS(FIELD(threads)), .help = "threads to work with; the result does not depend on it"},
    {.section = "Output",
     .name = "format",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(format),
     .choices = format_choices,
     .default_text = "table",
     .help = "how to print what a fit is worth; the README tells every key and column"},
    {BC_ROW_QUIET(FIELD(quiet)), .help = "no remarks on standard error"},
    {.name = NULL},
};

static void set_defaults(void *block) {
    *(settings *)block = (settings){.method = METHOD_NOT_GIVEN, .seed = 1};
}

static bool is_change(const bc_calibrate_changes *changes) {
    return changes->apply != NULL || changes->recentre != NULL || changes->prevalence > 0 ||
           changes->prevalence_from > 0;
}

static bc_status print_result(const bc_calibrate_result *result, int format, bc_error *err) {
    bc_text text = {0};
    bc_status status = BC_OK;
    if (format == FORMAT_JSON)
        status = bc_calibrate_json(&text, result, err);
    else if (format == FORMAT_CSV)
        bc_calibrate_csv(&text, result);
    else
        bc_calibrate_table(&text, result);
    if (status == BC_OK)
        status = bc_print(&text, err);
    bc_text_free(&text);
    return status;
}

static void remark(const bc_calibrate_result *result) {
    if (result->unlabelled > 0)
        bc_remark("%s: %llu row%s without a label, not counted", result->file,
                  (unsigned long long)result->unlabelled, result->unlabelled == 1 ? "" : "s");
    if (result->calibration.note[0] != '\0')
        bc_remark("%s: %s", result->choice.name, result->calibration.note);
}

static bc_status save(bc_calibration *calibration, const char *scores_path, const char *path, bool quiet,
                      bc_error *err) {
    bc_status status = BC_OK;
    if (strcmp(scores_path, "-") != 0)
        status = bc_hash_file(calibration->scores_sha256, scores_path, err);
    if (status == BC_OK)
        status = bc_calibration_write(calibration, path, err);
    if (status == BC_OK && !quiet)
        bc_remark("calibration saved to %s", path);
    return status;
}

static bc_status fit(const bc_scores *scores, const settings *set, const char *path, bc_error *err) {
    bc_calibrate_result result = {.file = strcmp(path, "-") == 0 ? "standard input" : path,
                                  .target = set->target,
                                  .choice = bc_split_choose(scores, (bc_split_wanted)set->split)};
    bc_calibration_method method =
        set->method == METHOD_NOT_GIVEN ? BC_CALIBRATION_AUTO : (bc_calibration_method)set->method;
    bc_status status = BC_OK;
    if (bc_scores_labelled_splits(scores) == 0)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: no row has a label", result.file);
    if (status == BC_OK && !set->allow_train)
        status = bc_split_check_held_out(&result.choice, scores, result.file, "fit", err);
    if (status == BC_OK)
        status = bc_calibrate_fit(&result, scores, method, (uint64_t)set->seed, err);
    if (status == BC_OK && !set->quiet)
        remark(&result);
    if (status == BC_OK)
        status = print_result(&result, set->format, err);
    if (status == BC_OK && set->out != NULL)
        status = save(&result.calibration, path, set->out, set->quiet, err);
    bc_calibration_free(&result.calibration);
    return status;
}

/* An option given that a change of scores does not look at; NULL: none. */
static const char *for_fitting_only(const settings *set) {
    if (set->out != NULL)
        return "-o";
    if (set->method != METHOD_NOT_GIVEN)
        return "--method";
    if (set->split != BC_WANTED_AUTO)
        return "--split";
    if (set->allow_train)
        return "--allow-train";
    return set->format == FORMAT_JSON ? "--format json" : NULL;
}

static bc_status check_settings(const settings *set, const bc_arguments *arguments, bc_error *err) {
    if (arguments->count != 1)
        return bc_fail(err, BC_ERROR_USAGE, "calibrate takes one file of scores, or - for standard input");
    const char *unused = for_fitting_only(set);
    if (is_change(&set->changes) && unused != NULL)
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s is for fitting, which cannot be asked for together with a change of the scores; "
                       "fit first, then --apply what -o wrote",
                       unused);
    return BC_OK;
}

static bc_status work(bc_scores *scores, const settings *set, const char *path, bc_error *err) {
    const char *file = strcmp(path, "-") == 0 ? "standard input" : path;
    bc_calibrate_changes changes = set->changes;
    bc_scores part;
    bool fits = !is_change(&changes);
    bc_status status = bc_target_find(&changes.target, scores, set->target, fits || changes.apply != NULL,
                                      "a calibration is for one", file, err);
    if (status == BC_OK && scores->skipped > 0 && !set->quiet)
        bc_remark("%s: %llu row%s could not be used; the first: %s", file,
                  (unsigned long long)scores->skipped, scores->skipped == 1 ? "" : "s",
                  scores->first_skipped);
    if (status != BC_OK || !fits)
        return status == BC_OK ? bc_calibrate_change(scores, &changes, err) : status;
    status = bc_target_take(&part, scores, changes.target, err);
    return status == BC_OK ? fit(&part, set, path, err) : status;
}

static bc_status run(void *block, const bc_arguments *arguments, bc_error *err) {
    const settings *set = block;
    bc_scores_options options = set->reading;
    options.groups = true;
    options.details = options.labels_optional = is_change(&set->changes);
    options.threads = (unsigned)set->threads;
    bc_scores scores = {0};
    bc_status status = check_settings(set, arguments, err);
    if (status == BC_OK)
        status = bc_scores_read(&scores, arguments->items[0], &options, err);
    if (status == BC_OK)
        status = work(&scores, set, arguments->items[0], err);
    bc_scores_free(&scores);
    return status;
}

const bc_command bc_command_calibrate = {
    .name = "calibrate",
    .usage = "SCORES [OPTIONS]",
    .summary = "make scores mean what they say, and tell how far they are from it",
    .description =
        "SCORES is what 'bclass sweep' reads. Fits a calibration, a rising function of the logit, so that "
        "of the items with score 0.2 about one in five is positive, and prints log loss, Brier score and "
        "calibration error before and after. Where val and test rows are there, it is fitted on val and "
        "reported on test; with one set of rows each is reported by a fit on the other four of five "
        "folds. A change of scores needs no labels.\n"
        "temperature: one number, how sure of themselves the scores are. platt: a shift besides, where "
        "the share of positives is off. beta: one slope for low scores and one for high ones. isotonic: "
        "steps, for 1000 rows and more; rows keep their order inside a step. None of them changes which "
        "of two items has the higher score, so a cutoff is to be chosen again, but decides as well as "
        "before.\n"
        "With --apply, --prevalence or --recentre it is a filter: all rows of SCORES come out in order as "
        "path,label,logit,score,split and what other columns there are of fold, group, weight and target.",
    .examples = "  bclass calibrate run/scores.csv -o run/calibration.json\n"
                "  bclass calibrate scores.csv --method isotonic --format json\n"
                "  bclass calibrate new.csv --apply run/calibration.json > calibrated.csv\n"
                "  bclass calibrate new.csv --apply run/calibration.json --prevalence 0.02 | bclass sweep - "
                "--max f1\n"
                "  bclass calibrate scores.csv --recentre 0.25 > shown.csv\n",
    .options = table,
    .settings_size = sizeof(settings),
    .set_defaults = set_defaults,
    .run = run,
};
