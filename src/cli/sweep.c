/* bclass sweep: what each cutoff on a file of scores gives, and the choice of one. */
#include "sweep.h"
#include "command.h"
#include "output_names.h"
#include "print.h"
#include "rows.h"
#include "sweep_measures.h"
#include "sweep_plot.h"
#include "sweep_print.h"
#include "sweep_rules.h"

#include <bclass/scores.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    bc_sweep_choices choices;
    int split, format, interval;
    double prevalence, max_fpr;
    bc_sweep_resampling resampling;
    int64_t threads;
    const char *workload, *save, *check, *require;
    bc_sweep_plot plot;
    bc_scores_options reading;
    bool allow_train, merge, quiet;
} settings;

enum { WORTH_THREADS = 1 << 16 }; /* fewer rows are measured before other threads have woken */

enum { FORMAT_UNSAID = -1, FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

static const char *const format_choices[] = {"table", "csv", "json", NULL};

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {.section = "Cutoffs to show",
     .name = "at",
     .kind = BC_OPTION_REPEATED,
     .offset = FIELD(choices.at),
     .value_name = "LIST",
     .default_text = "15 cutoffs from 0.01 to 0.99",
     .help = "scores from 0 to 1, separated by commas"},
    {.name = "at-logit",
     .kind = BC_OPTION_REPEATED,
     .offset = FIELD(choices.at),
     .value_name = "LIST",
     .help = "the same as logits, for scores so near 0 or 1 that they cannot be written"},
    {.section = "Cutoffs to choose (any number of these, each gives a row)",
     .name = "min-recall",
     .kind = BC_OPTION_REPEATED,
     .offset = FIELD(choices.rules),
     .value_name = "R",
     .help = "the greatest precision with a recall of at least R"},
    {.name = "min-precision",
     .kind = BC_OPTION_REPEATED,
     .offset = FIELD(choices.rules),
     .value_name = "P",
     .help = "the greatest recall with a precision of at least P"},
    {.name = "min-specificity",
     .kind = BC_OPTION_REPEATED,
     .offset = FIELD(choices.rules),
     .value_name = "S",
     .help = "the greatest recall with a specificity of at least S"},
    {.name = "together",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(choices.together),
     .value = true,
     .help = "one cutoff that keeps all the floors above, with the greatest f1"},
    {.name = "triage",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(choices.triage),
     .value = true,
     .help = "two cutoffs: below that of --min-recall is negative, from that of --min-precision on is "
             "positive, and what lies between is for a person"},
    {.name = "confidence",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(choices.confidence),
     .least = 0,
     .most = 0.999999,
     .default_text = "0, no promise",
     .value_name = "C",
     .help = "promise the floors of recall and precision for items to come, with probability C"},
    {.name = "max",
     .kind = BC_OPTION_REPEATED,
     .offset = FIELD(choices.rules),
     .value_name = "METRIC",
     .help = "the greatest f1, f2, fbeta=B, mcc, youden, accuracy, balanced-accuracy or kappa"},
    {.name = "cost",
     .kind = BC_OPTION_REPEATED,
     .offset = FIELD(choices.rules),
     .value_name = "fn=A,fp=B",
     .help = "the least total cost, when a miss costs A and a false alarm B"},
    {.name = "budget",
     .kind = BC_OPTION_REPEATED,
     .offset = FIELD(choices.rules),
     .value_name = "N",
     .help = "the greatest recall with at most N items called positive, or N% of them"},
    {.name = "save",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(save),
     .value_name = "FILE",
     .help = "write the one chosen cutoff, or the one of --at, to FILE, for 'bclass predict --cutoff FILE'"},
    {.section = "Old cutoffs, and what must be reached (exit code 3 when it is not)",
     .name = "check",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(check),
     .value_name = "FILE",
     .help =
         "measure the cutoff that --save wrote to FILE on these scores, and judge whether the floors it was "
         "chosen by still stand"},
    {.name = "require",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(require),
     .value_name = "LIST",
     .help =
         "numbers that must be reached, such as recall>=0.95,precision>=0.4, by the cutoff of --check, of "
         "the "
         "one rule, or of the one --at; also auroc, average-precision, log-loss, brier and any metric of "
         "--max, and with many labels macro-f1 and the like; compared as they are, without regard to chance, "
         "on "
         "test rows or, where there are none, cross-fitted"},
    {.section = "Where the cutoffs are to be used",
     .name = "prevalence",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(prevalence),
     .least = 0,
     .most = 0.999999,
     .default_text = "0, as in the file",
     .value_name = "P",
     .help = "also tell what to expect where a share P is positive, if both classes look as they do here; "
             "cutoffs are chosen as ever"},
    {.name = "workload",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(workload),
     .value_name = "N/UNIT",
     .help = "also tell how many to expect of N items, such as 2000/day"},
    {.section = "How far to trust the choice",
     .name = "folds",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(resampling.folds),
     .least = 0,
     .most = 100,
     .default_text = "5, or 0 where there are test rows or 20000 rows of each class",
     .value_name = "K",
     .help =
         "also measure choices cross-fitted: each of K parts of the rows by the cutoff that the others give"},
    {.name = "bootstrap",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(resampling.replicates),
     .least = 0,
     .most = 1000000,
     .default_text = "0",
     .value_name = "B",
     .help =
         "choose again on B random draws of the rows, such as 2000: how far the cutoff moves, and what it "
         "does on the rows left out; rules with a promise stay as they are"},
    {BC_ROW_SEED(FIELD(resampling.seed)), .default_text = "0", .help = "of the random parts and draws"},
    {.name = "pins",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(resampling.pins),
     .least = 0,
     .most = 1000,
     .default_text = "0",
     .value_name = "N",
     .help =
         "name the N rows nearest to each chosen cutoff that would move it if their label were wrong (table "
         "and JSON)"},
    {.name = "max-fpr",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(max_fpr),
     .least = 0,
     .most = 1,
     .default_text = "0, not shown",
     .value_name = "F",
     .help = "also tell the area under the ROC curve where the false positive rate is at most F"},
    {BC_ROW_SPLIT(FIELD(split)), .section = "Reading",
     .help = "rows to choose on; auto is val or oof where test is there too, else all but train"},
    {BC_ROW_ALLOW_TRAIN(FIELD(allow_train)),
     .help = "choose on rows marked train too, whose scores are better than those to come"},
    BC_ROWS_SCORES(FIELD(reading)),
    {.name = "merge",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(merge),
     .value = true,
     .help = "read several files as one"},
    {BC_ROW_THREADS(FIELD(threads)), .help = "threads to work with; the result does not depend on it"},
    {.section = "Output",
     .name = "format",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(format),
     .choices = format_choices,
     .default_text = "table",
     .help = "how to print the result; the README tells every key and column"},
    {.name = "plot",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(plot.path),
     .value_name = "FILE",
     .help =
         "also draw a plot into FILE, whose name ends in .svg, .png or .pdf; - draws in the terminal, and in "
         "place of the table unless --format table is given"},
    {.name = "plot-kind",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(plot.kind),
     .choices = bc_sweep_plot_names,
     .default_text = "pr",
     .help = "what to plot: precision by recall, ROC, scores of each class (logits where the file has them), "
             "reliability, cost of --cost by cutoff, or recall and precision by cutoff; chosen cutoffs are "
             "marked, "
             "and those of --at"},
    {.name = "interval",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(interval),
     .choices = bc_sweep_interval_names,
     .default_text = "wilson",
     .help = "the 95% intervals of precision, recall and specificity; clopper-pearson never covers less, and "
             "is wider"},
    {BC_ROW_QUIET(FIELD(quiet)), .help = "no remarks on standard error"},
    {.name = NULL},
};

static void set_defaults(void *block) {
    *(settings *)block = (settings){
        .split = BC_WANTED_AUTO, .format = FORMAT_UNSAID, .plot = {.kind = -1}, .resampling = {.folds = -1}};
}

static void free_settings(void *block) {
    settings *set = block;
    free(set->choices.at.items);
    free(set->choices.rules.items);
}

static void remark_on_skipped(const bc_sweep *sweep, const bc_scores *scores) {
    if (scores->skipped > 0)
        bc_remark("%s: %llu row%s could not be used; the first: %s", sweep->file,
                  (unsigned long long)scores->skipped, scores->skipped == 1 ? "" : "s",
                  scores->first_skipped);
}

static bc_status append_result(bc_text *text, const bc_sweep *sweep, int format, bc_error *err) {
    bc_status status = BC_OK;
    if (format == FORMAT_JSON)
        status = bc_sweep_json(text, sweep, err);
    else if (format == FORMAT_CSV)
        bc_sweep_csv(text, sweep);
    else
        bc_sweep_table(text, sweep);
    return status;
}

/* A plot of text stands in the place of a table that was not asked for, else below it. */
static bc_status print_result(const bc_sweep *sweep, const bc_sweep_plot *plot, const bc_scores *scores,
                              int format, bc_error *err) {
    bc_text text = {0};
    bc_status status = BC_OK;
    bool drawn = bc_sweep_plot_is_text(plot);
    if (!drawn || format != FORMAT_UNSAID)
        status = append_result(&text, sweep, format, err);
    if (status == BC_OK && drawn && text.length > 0)
        bc_text_char(&text, '\n');
    if (status == BC_OK && drawn)
        status = bc_sweep_plot_draw(&text, plot, sweep, scores, err);
    if (status == BC_OK)
        status = bc_print(&text, err);
    if (status == BC_OK && plot->path != NULL && !drawn)
        status = bc_sweep_plot_draw(NULL, plot, sweep, scores, err);
    bc_text_free(&text);
    return status;
}

static bc_status check_plot(const bc_sweep *sweep, const bc_sweep_plot *plot, int format, bc_error *err) {
    if (bc_sweep_plot_is_text(plot) && (format == FORMAT_CSV || format == FORMAT_JSON))
        return bc_fail(err, BC_ERROR_USAGE,
                       "--plot - draws where --format %s prints; name a file for the plot",
                       format_choices[format]);
    return bc_sweep_plot_check(plot, sweep, err);
}

/* --save may take the place of the file of --check, which was read by then and may be what is renewed. */
static bc_status check_outputs(const settings *set, const bc_arguments *files, bc_error *err) {
    const char *plot = set->plot.path;
    bc_status status = bc_output_name_check("--plot", plot, err);
    if (status == BC_OK)
        status = bc_output_name_check("--save", set->save, err);
    for (size_t i = 0; status == BC_OK && i < files->count; i++) {
        status = bc_output_name_spare("--plot", plot, files->items[i], err);
        if (status == BC_OK)
            status = bc_output_name_spare("--save", set->save, files->items[i], err);
    }
    if (status == BC_OK)
        status = bc_output_name_spare("--plot", plot, set->check, err);
    return status == BC_OK ? bc_output_name_differ("--plot", plot, "--save", set->save, err) : status;
}

static bc_status check_resampling(const bc_sweep_resampling *of, bool chooses, bc_error *err) {
    if (of->folds == 1)
        return bc_fail(err, BC_ERROR_USAGE, "--folds takes 0, or at least 2");
    if (!chooses && (of->replicates > 0 || of->pins > 0))
        return bc_fail(err, BC_ERROR_USAGE, "%s needs a rule that chooses, such as --min-recall or --max",
                       of->replicates > 0 ? "--bootstrap" : "--pins");
    return BC_OK;
}

/* What is wrong with the command line is told before the scores are read. */
static bc_status read_settings(bc_sweep *sweep, const settings *set, bc_error *err) {
    int split = set->split, interval = set->interval;
    sweep->split = (bc_split_wanted)split;
    sweep->interval = (bc_interval_method)interval;
    sweep->allow_train = set->allow_train;
    sweep->use.prevalence = set->prevalence;
    sweep->resampling = set->resampling;
    sweep->resampling.threads = (unsigned)set->threads;
    sweep->max_fpr = set->max_fpr;
    bc_status status = bc_sweep_read_rules(&sweep->rules, &set->choices, err);
    if (status == BC_OK)
        status = check_resampling(&set->resampling, sweep->rules.picks.count > 0, err);
    if (status == BC_OK && set->save != NULL && !bc_sweep_has_one(&sweep->rules))
        status = bc_fail(err, BC_ERROR_USAGE,
                         "--save needs exactly one rule that chooses, such as --min-recall or --max, or one "
                         "--at");
    if (status == BC_OK && set->check != NULL)
        status = bc_sweep_read_old(sweep, set->check, err);
    if (status == BC_OK && set->require != NULL)
        status = bc_sweep_read_demands(&sweep->demands, set->require, err);
    if (status == BC_OK)
        status = bc_sweep_check_demands(sweep, err);
    if (status == BC_OK && set->workload != NULL)
        status = bc_sweep_read_workload(&sweep->use, set->workload, err);
    if (status == BC_OK)
        status = check_plot(sweep, &set->plot, set->format, err);
    return status;
}

static void on_read(void *context, size_t rows, double share) {
    if (isnan(share))
        bc_progress_line(context, "reading scores  %zu rows", rows);
    else
        bc_progress_line(context, "reading scores  %.0f %%  %zu rows", 100 * share, rows);
}

static bc_status run_on(bc_sweep *sweep, bc_scores *scores, const settings *set, const bc_arguments *files,
                        bc_error *err) {
    bc_scores_options options = set->reading;
    options.groups = set->choices.rules.count > 0 || set->check != NULL;
    options.details = set->resampling.pins > 0;
    options.threads = (unsigned)set->threads;
    options.on_progress = on_read;
    options.context = sweep->progress;
    bc_status status = check_outputs(set, files, err);
    if (status == BC_OK)
        status = read_settings(sweep, set, err);
    if (status == BC_OK)
        status = bc_scores_read_many(scores, files->items, files->count, &options, err);
    if (status == BC_OK && scores->count > WORTH_THREADS)
        status = bc_pool_create(&sweep->pool, (unsigned)set->threads, err);
    if (status == BC_OK && scores->count > WORTH_THREADS) {
        bc_progress_clear(sweep->progress);
        bc_progress_line(sweep->progress, "measuring %zu rows", scores->count);
    }
    if (status == BC_OK)
        status = bc_sweep_run(sweep, scores, err);
    bc_progress_clear(sweep->progress);
    if (status != BC_OK)
        return status;
    /* what was read from elsewhere than from one file has no hash */
    const char *path = files->count == 1 ? files->items[0] : "-";
    sweep->skips = options.skip_bad;
    sweep->skipped = scores->skipped;
    if (!set->quiet) {
        remark_on_skipped(sweep, scores);
        bc_sweep_remark(sweep, set->format == FORMAT_TABLE || set->format == FORMAT_UNSAID);
        bc_sweep_remark_on_old(sweep, path);
    }
    bc_sweep_plot plot = set->plot;
    plot.marks_at = set->choices.at.count > 0;
    status = print_result(sweep, &plot, scores, set->format, err);
    if (status == BC_OK && plot.path != NULL && !bc_sweep_plot_is_text(&plot) && !set->quiet)
        bc_remark("plot saved to %s", plot.path);
    if (status == BC_OK)
        status = bc_sweep_check_met(sweep, err);
    if (status == BC_OK)
        status = bc_sweep_check_kept(sweep, err);
    if (status == BC_OK)
        status = bc_sweep_check_required(sweep, err);
    if (status == BC_OK && set->save != NULL)
        status = bc_sweep_save(sweep, scores, path, set->save, err);
    if (status == BC_OK && set->save != NULL && !set->quiet)
        bc_remark("cutoff saved to %s", set->save);
    return status;
}

/* What messages call the scores. */
static void name_files(bc_text *name, const bc_arguments *files) {
    const char *first = files->items[0];
    bc_text_string(name, strcmp(first, "-") == 0 ? "standard input" : first);
    if (files->count > 1)
        bc_text_format(name, " and %zu more", files->count - 1);
    if (name->data != NULL)
        bc_text_one_line(name->data);
}

static bc_status run(void *block, const bc_arguments *arguments, bc_error *err) {
    const settings *set = block;
    bc_text name = {0};
    bc_scores scores = {0};
    if (arguments->count == 0)
        return bc_fail(err, BC_ERROR_USAGE, "sweep takes a file of scores, or - for standard input");
    if (arguments->count > 1 && !set->merge)
        return bc_fail(err, BC_ERROR_USAGE, "sweep takes one file of scores; --merge reads several as one");
    name_files(&name, arguments);
    bc_status status = bc_text_check(&name, err);
    bc_progress progress = bc_progress_start(set->quiet);
    bc_sweep sweep = {.file = name.data, .progress = &progress};
    if (status == BC_OK)
        status = run_on(&sweep, &scores, set, arguments, err);
    bc_sweep_free(&sweep);
    bc_scores_free(&scores);
    bc_text_free(&name);
    return status;
}

const bc_command bc_command_sweep = {
    .name = "sweep",
    .usage = "SCORES... [OPTIONS]",
    .summary = "show precision and recall at cutoffs, choose one, save it",
    .description =
        "SCORES is the scores.csv of a run, or any CSV, TSV or JSON lines with a label and a score on "
        "each row, plain or gzip; - is standard input. An item is called positive when its score >= the "
        "cutoff. Every distinct score is tried as a cutoff, and so are 'all' and 'none'; of equally good "
        "ones the one with the higher recall is taken. Where val and test rows are there, cutoffs are "
        "chosen on val and reported on test. Without test rows each choice is also measured cross-fitted: "
        "the rows are dealt into 5 folds, rows of one group (column group) into the same, and each fold "
        "is measured by the cutoff that the others give. The 95% intervals hold for independent rows that "
        "the cutoff was "
        "not chosen on; on those it was chosen on they are too hopeful. Calibration error is told as "
        "parts of the Brier score by CORP, miscalibration (MCB), which 'bclass calibrate' can remove, "
        "less discrimination (DSC) plus uncertainty (UNC), and as ECE with its bins. Undefined numbers "
        "are NA (null in JSON).\n"
        "--confidence makes a promise of the floors that holds for items to come, if they are like the "
        "rows chosen on, which were drawn independently (rows with weights, or that share groups, make "
        "none) and not learned from; both floors --together share what is left to chance. The promise of "
        "precision supposes that items with higher scores are no less often positive. A rule that no "
        "cutoff meets, or a promise that cannot be made, ends the program with code 3, after the result "
        "was printed; the message says what is attainable, and nothing is saved.\n"
        "Where rows name the label that they are about (--by, --wide), each label gets cutoffs of its "
        "own, and micro, macro and weighted averages follow. A promise then holds for all labels "
        "together: each takes an equal part of what is left to chance. A label with rows of one class "
        "gets no cutoff and stops no other; averages leave out labels where a number is undefined, and "
        "say so.\n"
        "--check judges each floor of an old cutoff by chance too: it 'holds' where the share here is at "
        "least the floor, is 'in doubt' where it is below by no more than chance explains, and 'broken' "
        "(code 3) where it is below by more. Where nothing has changed and promises were kept, a file "
        "comes to a broken floor with a probability of at most 5%, however many floors there are (for a "
        "precision that was not promised this is an approximation). A promised floor is judged by the "
        "binomial distribution; one that only the rows chosen on kept, which half of all new files fall "
        "short of, by what such a choice lets expect of as many new rows (beta-binomial). Rules without a "
        "floor break nothing: --check shows what they come to, and --require compares numbers as they "
        "are.",
    .examples = "  bclass sweep run/scores.csv --min-recall 0.95 --save run/cutoff.json\n"
                "  bclass sweep run/scores.csv --min-recall 0.95 --confidence 0.95\n"
                "  bclass sweep run/scores.csv --cost fn=10,fp=1 --budget 5%\n"
                "  bclass sweep run/scores.csv --max f2 --min-precision 0.9 --format json\n"
                "  bclass sweep run/scores.csv --min-recall 0.95 --plot pr.svg\n"
                "  bclass sweep new.csv --check run/cutoff.json --require 'precision>=0.4'\n"
                "  bclass sweep many.csv --wide y_:s_ --min-recall 0.9 --confidence 0.9\n"
                "  zcat scores.csv.gz | bclass sweep - --label-col truth --positive yes --score-col p\n",
    .options = table,
    .settings_size = sizeof(settings),
    .set_defaults = set_defaults,
    .run = run,
    .free_settings = free_settings,
};
