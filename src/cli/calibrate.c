/* bclass calibrate: makes scores mean what they say. */
#include "calibrate.h"
#include "command.h"
#include "print.h"

#include "base/hash.h"

#include <string.h>

enum { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, METHOD_NOT_GIVEN = -1 };

typedef struct settings {
    bc_calibrate_changes changes;
    int method, split, format;
    int64_t seed;
    const char *out, *label_column, *score_column, *positive;
    bool allow_train, logit, quiet;
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
    {.name = "split",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(split),
     .choices = bc_split_wanted_names,
     .default_text = "auto",
     .help = "rows to fit on; auto is val or oof where test is there too, else all but train"},
    {.name = "allow-train",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(allow_train),
     .value = true,
     .help = "fit on rows marked train too, whose scores are better than those to come"},
    {.name = "seed",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(seed),
     .value_name = "N",
     .default_text = "1",
     .least = 0,
     .most = 9007199254740992.0,
     .help = "of the five folds"},
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
     .help = "the share of positives that the scores are right for now"},
    {.name = "recentre",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(changes.recentre),
     .value_name = "T|FILE",
     .help =
         "shift logits so that score T, or the cutoff in FILE, reads 0.5, while 0 and 1 stay: a scale for "
         "display, not a frequency"},
    {.section = "Reading",
     .name = "label-col",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(label_column),
     .value_name = "NAME",
     .default_text = "label or y_true",
     .help = "column of the labels"},
    {.name = "score-col",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(score_column),
     .value_name = "NAME",
     .default_text = "logit, else score, y_score, prob or probability",
     .help = "column of the scores"},
    {.name = "positive",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(positive),
     .value_name = "NAME",
     .help = "the label that is the positive class, where labels are not 0 and 1"},
    {.name = "logit",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(logit),
     .value = true,
     .help = "the scores are logits, not probabilities"},
    {.section = "Output",
     .name = "format",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(format),
     .choices = format_choices,
     .default_text = "table",
     .help = "how to print what a fit is worth"},
    {.name = "quiet",
     .letter = 'q',
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(quiet),
     .value = true,
     .help = "no remarks on standard error"},
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
                                  .choice = bc_split_choose(scores, (bc_split_wanted)set->split)};
    bc_calibration_method method =
        set->method == METHOD_NOT_GIVEN ? BC_CALIBRATION_AUTO : (bc_calibration_method)set->method;
    bc_status status = BC_OK;
    if (!set->allow_train)
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

static bc_status check_settings(const settings *set, const bc_arguments *arguments, bc_error *err) {
    if (arguments->count != 1)
        return bc_fail(err, BC_ERROR_USAGE, "calibrate takes one file of scores, or - for standard input");
    if (is_change(&set->changes) && (set->method != METHOD_NOT_GIVEN || set->out != NULL))
        return bc_fail(
            err, BC_ERROR_USAGE,
            "%s fits a calibration, which cannot be asked for together with a change of the scores; "
            "fit first, then --apply what -o wrote",
            set->out != NULL ? "-o" : "--method");
    return BC_OK;
}

static bc_status run(void *block, const bc_arguments *arguments, bc_error *err) {
    const settings *set = block;
    const bc_scores_options options = {.label_column = set->label_column,
                                       .score_column = set->score_column,
                                       .positive = set->positive,
                                       .logit = set->logit,
                                       .details = true};
    bc_scores scores = {0};
    bc_status status = check_settings(set, arguments, err);
    if (status == BC_OK)
        status = bc_scores_read(&scores, arguments->items[0], &options, err);
    if (status == BC_OK && is_change(&set->changes))
        status = bc_calibrate_change(&scores, &set->changes, err);
    else if (status == BC_OK)
        status = fit(&scores, set, arguments->items[0], err);
    bc_scores_free(&scores);
    return status;
}

const bc_command bc_command_calibrate = {
    .name = "calibrate",
    .usage = "SCORES [OPTIONS]",
    .summary = "make scores mean what they say, and tell how far they are from it",
    .description =
        "SCORES is what 'bclass sweep' reads. Fits a calibration, a rising function of the logit, so that of "
        "the\n"
        "items with score 0.2 about one in five is positive, and prints log loss, Brier score and "
        "calibration\n"
        "error before and after. Where val and test rows are there, it is fitted on val and reported on "
        "test;\n"
        "with one set of rows each is reported by a fit on the other four of five folds.\n\n"
        "temperature: one number, how sure of themselves the scores are. platt: a shift besides, where the "
        "share\n"
        "of positives is off. beta: one slope for low scores and one for high ones. isotonic: steps, for "
        "1000\n"
        "rows and more; rows keep their order inside a step. None of them changes which of two items has "
        "the\n"
        "higher score, so a cutoff is to be chosen again, but decides as well as before.\n\n"
        "With --apply, --prevalence or --recentre it is a filter: all rows of SCORES come out in order as\n"
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
