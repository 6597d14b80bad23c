/*
 * What `bclass sweep` found out, and how it is shown. Only the files of that command use this.
 */
#ifndef BC_CLI_SWEEP_H
#define BC_CLI_SWEEP_H

#include "calibration_error.h"
#include "options.h"
#include "split_choice.h"
#include "table.h"

#include "base/text.h"
#include "base/threads.h"

#include <bclass/bootstrap.h>
#include <bclass/check.h>
#include <bclass/crossfit.h>
#include <bclass/curve.h>
#include <bclass/cutoff.h>
#include <bclass/guarantee.h>
#include <bclass/interval.h>
#include <bclass/pick.h>
#include <bclass/saturation.h>

#include <stdbool.h>
#include <stddef.h>

/* The rows of a split as a whole. */
typedef struct bc_sweep_part {
    const char *split; /* "val", "test", ..., or "all" */
    bc_curve curve;
    double auroc, auroc_low, auroc_high; /* 95 % interval */
    double average_precision, log_loss, brier;
    double partial_auroc, mcclish; /* when it is asked for */
    bc_calibration_error calibration;
} bc_sweep_part;

/* A row that a pick hangs on; file and path are lent by the scores. */
typedef struct bc_sweep_pin {
    uint64_t line; /* 0: not known */
    const char *file, *path;
    double value;
    bool positive, called; /* its label, and what the cutoff calls it */
    bc_pick moved;         /* the choice if it had the other label */
} bc_sweep_pin;

typedef struct bc_sweep_pins {
    bc_sweep_pin *items; /* the nearest to the cutoff first */
    size_t count;
} bc_sweep_pins;

typedef struct bc_sweep_row {
    bc_rule rule;
    char name[BC_RULE_NAME_SIZE];
    bc_pick pick;
    bc_guarantee guarantee;          /* of a rule with a confidence */
    bc_confusion test, test_squares; /* what the pick does on the test rows, when there are any */
    bc_crossfit fitted;              /* where the study has folds and the rule no confidence */
    bc_bootstrap bootstrap;          /* where it is asked for and the rule has no confidence */
    bc_sweep_pins pins;              /* of a pick that is met, where asked for */
} bc_sweep_row;

typedef struct bc_sweep_rows {
    bc_sweep_row *items;
    size_t count, capacity;
} bc_sweep_rows;

/* Where the cutoffs are to be used. */
typedef struct bc_sweep_use {
    double prevalence; /* the share of positives there; 0: as in the file */
    double workload;   /* so many items; 0: not said */
    char per[16];      /* of what, "day"; may be empty */
} bc_sweep_use;

/* What is asked of each study, read once from the command line: rows that hold a rule and its name only. at
 * is empty where the command line names no cutoff. */
typedef struct bc_sweep_rules {
    bc_sweep_rows at, picks;
    bool triage;
    size_t low, high; /* of a triage: its two rules among the picks */
} bc_sweep_rules;

/* An old cutoff on these rows. */
typedef struct bc_sweep_check {
    const bc_cutoff *cutoff; /* NULL: none is checked */
    bc_sweep_row row;        /* what it does here */
    bc_floor_check floors[BC_FLOOR_COUNT];
    size_t count; /* of floors */
} bc_sweep_check;

/* How choices are judged, and with what chance. */
typedef struct bc_sweep_resampling {
    int64_t
        folds; /* -1: as many as are usual, where there are no test rows and not too many others; 0: none */
    int64_t seed, replicates; /* of the bootstrap; 0: none */
    int64_t pins;             /* so many rows for each pick; 0: none */
    unsigned threads;
} bc_sweep_resampling;

/* How the rows of a study were dealt for cross-fitting. */
typedef struct bc_sweep_folds {
    bool wanted, clusters; /* clusters: rows of a group stayed together */
    unsigned count;
    const char *reason; /* why there are none though they are wanted; NULL else */
} bc_sweep_folds;

/* The rows of one label, or of the whole file: their numbers and the cutoffs chosen on them. */
typedef struct bc_sweep_study {
    const char *name; /* of the label; NULL for the whole file */
    bc_sweep_part chosen, test;
    bool has_test;
    bc_sweep_rows at, picks;
    bc_sweep_row *low, *high; /* the two picks of a triage; NULL without one */
    bc_sweep_check check;
    bc_sweep_folds folds;
    bc_saturation saturation; /* of the rows chosen on */
} bc_sweep_study;

/* The rows that a cutoff is measured on. */
typedef enum bc_sweep_place {
    BC_SWEEP_CHOSEN, /* those it was chosen on */
    BC_SWEEP_FITTED, /* the same, each fold by the choice on the others */
    BC_SWEEP_TEST,
    BC_SWEEP_PLACES
} bc_sweep_place;

/* Over many labels: of all their items together, of the labels' own numbers, and of these by how many
 * positives each label has. */
typedef enum bc_sweep_averaging {
    BC_SWEEP_MICRO,
    BC_SWEEP_MACRO,
    BC_SWEEP_WEIGHTED,
    BC_SWEEP_AVERAGES
} bc_sweep_averaging;

extern const char *const bc_sweep_average_names[BC_SWEEP_AVERAGES];

/* An average of the labels where it is defined, and how many these are. NaN where there are none. */
typedef struct bc_sweep_mean {
    double value;
    size_t labels;
} bc_sweep_mean;

/* What averages of a row or of a part are made: the first numbers of a row, BC_SWEEP_INTERVALS of them; and
 * AUROC, average precision, log loss and Brier score. */
enum { BC_SWEEP_MEANS = 6, BC_SWEEP_PART_MEANS = 4 };
extern const char *const bc_sweep_part_keys[BC_SWEEP_PART_MEANS];

/* What a rule comes to over the labels that it is met for, on one kind of rows. */
typedef struct bc_sweep_average {
    const char *split;   /* as of a label's row; NULL: no label is measured there */
    size_t labels;       /* that it is met for */
    bc_confusion counts; /* of these labels together */
    bc_sweep_mean means[BC_SWEEP_AVERAGES][BC_SWEEP_MEANS];
} bc_sweep_average;

typedef struct bc_sweep_average_row {
    const bc_sweep_row *rule; /* the run's: only its rule and name */
    bc_sweep_average places[BC_SWEEP_PLACES];
} bc_sweep_average_row;

typedef struct bc_sweep_averages {
    bc_sweep_mean parts[2][BC_SWEEP_AVERAGES][BC_SWEEP_PART_MEANS]; /* of the rows chosen on, and of test */
    bc_sweep_average_row *rows;                                     /* those of --at, then the picks */
    size_t count;
} bc_sweep_averages;

enum { BC_SWEEP_DEMAND_SIZE = 64 };

/* What --require asks: a number of the rows or of a cutoff on them, of each label or of an average. */
typedef struct bc_sweep_demand {
    char name[BC_SWEEP_DEMAND_SIZE]; /* "recall >= 0.95" */
    int part;                        /* which of the part's numbers it is; -1: one of a cutoff */
    int number;                      /* which of a row's; -1: a metric */
    bc_metric metric;
    int averaging; /* bc_sweep_averaging; -1: each label's own */
    bool greater, equal;
    double target;
} bc_sweep_demand;

typedef struct bc_sweep_demands {
    bc_sweep_demand *items;
    size_t count, capacity;
} bc_sweep_demands;

/* One run of the command. */
typedef struct bc_sweep {
    const char *file; /* as it is named in messages */
    bc_pool *pool;    /* of the threads to measure by; NULL: this one alone */
    bc_split_wanted split;
    bool allow_train;            /* choose on rows that were learned from too */
    bc_interval_method interval; /* of precision, recall and specificity */
    bc_sweep_use use;
    double max_fpr; /* of the partial AUROC; 0: not asked for */
    bc_sweep_resampling resampling;
    bc_sweep_rules rules;
    bc_split_choice choice;
    bc_sweep_study *studies; /* one, or one for each label */
    size_t count;
    bool many; /* the rows are about labels that they name */
    bc_sweep_averages averages;
    bool skips;             /* rows that cannot be used are left out, */
    uint64_t skipped;       /* and there were so many */
    const char *check_path; /* of the file of old cutoffs; NULL: none are checked */
    bc_cutoffs old;
    bc_sweep_demands demands;
} bc_sweep;

/* Chooses the rows, sorts them by label where they have one, studies each label, and averages. scores is read
 * and, where it has targets, sorted; the studies lend from it. */
bc_status bc_sweep_run(bc_sweep *sweep, bc_scores *scores, bc_error *err);
void bc_sweep_free(bc_sweep *sweep);

/* ---- old cutoffs ---- */

/* The probability with which an unchanged population is taken for a changed one, over all floors of a file.
 */
extern const double bc_sweep_check_risk;

extern const char *const bc_sweep_verdict_names[]; /* by bc_verdict */
extern const char *const bc_sweep_floor_names[BC_FLOOR_COUNT];

/* Reads the file of old cutoffs. */
bc_status bc_sweep_read_old(bc_sweep *sweep, const char *path, bc_error *err);

/* Before the studies: whether the old cutoffs are for such scores. */
bc_status bc_sweep_check_old(const bc_sweep *sweep, const bc_scores *scores, bc_error *err);

/* Says whether the scores are those that the old cutoffs were chosen on, and which labels have none. */
void bc_sweep_remark_on_old(const bc_sweep *sweep, const char *scores_path);

/* Applies the study's old cutoff; nothing where it has none. */
void bc_sweep_check_study(bc_sweep_study *study, const bc_sweep *sweep);

/* The worst of its floors; BC_VERDICT_HOLDS where it has none. */
bc_verdict bc_sweep_verdict(const bc_sweep_check *check);

/* What an old cutoff comes to here. */
void bc_sweep_check_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);

/* BC_ERROR_UNMET when a floor is broken; or cannot be judged, unless there are many labels or --require says
 * what to reach. */
bc_status bc_sweep_check_kept(const bc_sweep *sweep, bc_error *err);

/* ---- demands ---- */

/* Reads "recall>=0.95,precision>=0.4". */
bc_status bc_sweep_read_demands(bc_sweep_demands *demands, const char *text, bc_error *err);

/* Whether they are of a cutoff that there is one of; and of labels that the scores have. */
bc_status bc_sweep_check_demands(const bc_sweep *sweep, bc_error *err);
bc_status bc_sweep_check_averages(const bc_sweep *sweep, bc_error *err);

/* Whether a demand is judged by cross-fitting: where there are no test rows, so that a choice is not judged
 * by the rows it was made on. */
bool bc_sweep_is_demanded_fitted(const bc_sweep_demand *demand, const bc_sweep *sweep);

/* The number demanded, of the study or, where study is NULL, of an average; false where the demand is not of
 * it. */
bool bc_sweep_demanded(double *value, const bc_sweep_demand *demand, const bc_sweep *sweep,
                       const bc_sweep_study *study);
bool bc_sweep_demand_met(const bc_sweep_demand *demand, double value);

/* A line for each demand of the study, or of averages where study is NULL. */
void bc_sweep_demand_lines(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);

/* BC_ERROR_UNMET when one is not met. A number that is undefined meets no demand, but of many labels one that
 * has it undefined is left out. */
bc_status bc_sweep_check_required(const bc_sweep *sweep, bc_error *err);

extern const char *const bc_sweep_interval_names[]; /* by bc_interval_method, NULL behind the last */

/* What is said of each row besides the counts, in the order of all formats: the measures, from
 * BC_SWEEP_INTERVALS on both ends of the intervals of the first three, and the cost, NaN where the rule has
 * none. */
enum { BC_SWEEP_SHARES = 3, BC_SWEEP_INTERVALS = 6, BC_SWEEP_NUMBERS = 13 };
extern const char *const bc_sweep_number_keys[BC_SWEEP_NUMBERS];
void bc_sweep_numbers(double numbers[BC_SWEEP_NUMBERS], const bc_rule *rule, const bc_confusion *counts,
                      const bc_confusion *squares, bc_interval_method method);

/* How many rows of one weight would be as sure (Kish 1965). */
double bc_sweep_effective_rows(const bc_curve *curve);

/* The ends of the pick's plateau as scores and as logits. Every cutoff above the lower end and up to the
 * upper one decides the same. Where there is no item beyond, there is no end: NaN. */
enum { BC_SWEEP_ENDS = 4 };
extern const char *const bc_sweep_end_keys[BC_SWEEP_ENDS];
void bc_sweep_get_ends(double ends[BC_SWEEP_ENDS], const bc_pick *pick, bool logits);

/* What is to be expected where the cutoffs are used, by recall and specificity as they were found: the first
 * for any number of items, the others of the workload. Only shown when prevalence or workload is given. */
enum { BC_SWEEP_EXPECTED = 7 };
extern const char *const bc_sweep_expected_keys[BC_SWEEP_EXPECTED];
bool bc_sweep_expects(const bc_sweep *sweep);
void bc_sweep_expect(double expected[BC_SWEEP_EXPECTED], const bc_sweep_use *use, const bc_rule *rule,
                     const bc_confusion *counts);

/* Reads "2000", "2000/day". */
bc_status bc_sweep_read_workload(bc_sweep_use *use, const char *text, bc_error *err);

/* What the command line says of cutoffs. */
typedef struct bc_sweep_choices {
    bc_option_uses at, rules;
    bool together, triage;
    double confidence; /* 0: no promises */
} bc_sweep_choices;

/* --at and --at-logit give a row for each of their list, the others one each, but together makes one rule of
 * all floors. A confidence makes promises of the floors. A triage takes the rules of recall and precision.
 * *rules is zero-initialised by the caller, who frees it in any case. */
bc_status bc_sweep_read_rules(bc_sweep_rules *rules, const bc_sweep_choices *choices, bc_error *err);
void bc_sweep_rules_free(bc_sweep_rules *rules);

/* The cutoffs shown where the command line names none: many for one label, one for many. */
bc_status bc_sweep_usual_cutoffs(bc_sweep_rules *rules, bool many, bc_error *err);

/* Measures the rows that the run chose, and applies its rules to them. *study is zero-initialised by the
 * caller, but for its name, who frees it in any case. Errors: BC_ERROR_FORMAT and BC_ERROR_USAGE where the
 * rows do not serve.
 */
bc_status bc_sweep_study_run(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                             bc_error *err);
void bc_sweep_study_free(bc_sweep_study *study);

/* Whether all rows with a label are of one class; and which one that is. */
bool bc_sweep_is_one_class(const bc_sweep_part *part); /* or there are none */
const char *bc_sweep_only_class(const bc_sweep_part *part);

/* Of how many future positives the misses are forecast. */
enum { BC_SWEEP_NEXT = 500 };

/* How many of them a promised recall lets be missed; false when the row promises none. */
bool bc_sweep_forecast(uint64_t *misses, const bc_sweep_row *row);

/* What is known of a row in one place; counts NULL where its rule is met in no fold. */
typedef struct bc_sweep_result {
    bc_sweep_place place;
    const char *split; /* "val", "in-sample", "cross-fitted", "test", ... */
    const bc_confusion *counts, *squares;
} bc_sweep_result;

/* Those that are shown, in order; how many there are, at least 1. */
size_t bc_sweep_results(bc_sweep_result results[BC_SWEEP_PLACES], const bc_sweep_study *study,
                        const bc_sweep_row *row);

/* The row of a study for each of the run's rules: those of --at, then the picks. */
const bc_sweep_row *bc_sweep_get_row(const bc_sweep_study *study, size_t index);

/* Judges the choices by cross-fitting and by the bootstrap, as the run asks for. */
bc_status bc_sweep_resample(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                            bc_error *err);

/* Whether a row takes part: its rule chooses, and promises nothing. */
bool bc_sweep_is_resampled(const bc_sweep_row *row);

/* What a triage leaves to a person. */
typedef struct bc_sweep_review {
    double items, missed,
        alarms; /* left to a person; positives below the low cutoff; negatives from the high one on */
    double per_1000;
} bc_sweep_review;

/* Chooses both cutoffs; nothing without a triage. */
void bc_sweep_triage(bc_sweep_study *study);

/* Whether there is a triage with both cutoffs. */
bool bc_sweep_has_review(const bc_sweep_study *study);

/* NaN each where nothing is known. */
bc_sweep_review bc_sweep_find_review(const bc_sweep_study *study, bc_sweep_place place);

/* Appends the table of what is expected. */
void bc_sweep_expected_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);

/* The cells of a table that tell a part, from its split on; and those of a row's counts and of the measures
 * made of them. */
enum { BC_SWEEP_PART_CELLS = 9, BC_SWEEP_COUNT_CELLS = 9 };
extern const char *const bc_sweep_part_headings[BC_SWEEP_PART_CELLS];
extern const char *const bc_sweep_count_headings[BC_SWEEP_COUNT_CELLS];
void bc_sweep_add_part(bc_table *table, const bc_sweep_part *part);
void bc_sweep_add_counts(bc_table *table, const bc_rule *rule, const bc_confusion *counts);

/* What the cutoffs were chosen on, as the rest of the first line. */
void bc_sweep_print_heading(bc_text *text, const bc_sweep *sweep);

/* Appends the tables of many labels. */
void bc_sweep_labels_table(bc_text *text, const bc_sweep *sweep);

/* Appends the table of the bootstrap, a row's columns in CSV with a comma before each, and a row's member in
 * JSON; nothing where none is asked for. */
void bc_sweep_bootstrap_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);
enum { BC_SWEEP_BOOTSTRAP_COLUMNS = 2 + 2 * 3 + 3 * BC_BOOTSTRAP_MEASURES };
void bc_sweep_bootstrap_headings(bc_text *text, const bc_sweep *sweep);
void bc_sweep_bootstrap_csv(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study,
                            const bc_sweep_row *row, bool shown);
void bc_sweep_bootstrap_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                             const bc_sweep_row *row);

/* Every pick as it is chosen on the whole; context is a study. Is a bc_chooser. */
void bc_sweep_choose_all(bc_pick *picks, const bc_curve *curve, const void *context);

/* The rows that the picks hang on, as many as are asked for; their table, and a row's member in JSON. */
bc_status bc_sweep_find_pins(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                             bc_error *err);
void bc_sweep_pins_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);
void bc_sweep_pins_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                        const bc_sweep_row *row);

/* What is wrong with saturated scores, and what to do, in lines; nothing where nothing was found. */
void bc_sweep_saturation_words(bc_text *text, const bc_sweep_study *study);
void bc_sweep_saturation_json(bc_json_builder *json, const bc_sweep_study *study);

/* Members of the JSON object: counts and what is made of them (counts NULL: null each), a cutoff and what it
 * does in each place (shown false: null each), the study's old cutoff and the demands on it (on averages
 * where study is NULL), an average. */
void bc_sweep_counts_json(bc_json_builder *json, const bc_sweep *sweep, const bc_rule *rule,
                          const bc_confusion *counts, const bc_confusion *squares);
void bc_sweep_pick_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study,
                        const bc_sweep_row *row, bool shown);
void bc_sweep_check_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study);
void bc_sweep_demands_json(bc_json_builder *json, const bc_sweep *sweep, const bc_sweep_study *study);
void bc_sweep_average_json(bc_json_builder *json, const bc_sweep *sweep, bc_sweep_averaging averaging);

/* Appends the whole result in one of the formats. */
void bc_sweep_table(bc_text *text, const bc_sweep *sweep);
void bc_sweep_csv(bc_text *text, const bc_sweep *sweep);
bc_status bc_sweep_json(bc_text *text, const bc_sweep *sweep, bc_error *err);

/* Whether the rule chooses a cutoff, rather than being given one. */
bool bc_sweep_is_choice(const bc_rule *rule);

/* Appends a comma and the number with all its digits, NA when undefined. */
void bc_sweep_append_number(bc_text *text, double value);

/* A number with some decimals, NA when undefined. */
enum { BC_SWEEP_CELL_SIZE = 64 };
void bc_sweep_print_fixed(char cell[BC_SWEEP_CELL_SIZE], double value, int decimals);

/* Appends what a file or its name says, without what would break a line. */
void bc_sweep_append_line(bc_text *text, const char *line);

/* A name on one line, cut where it is long. */
void bc_sweep_print_name(char cell[BC_SWEEP_CELL_SIZE], const char *name);

/* How many there are: a whole number, or a sum of weights. */
void bc_sweep_print_count(char cell[BC_SWEEP_CELL_SIZE], double count);

/* A cutoff with as few digits as decide the same; where no score does (it rounds to 1), the logit. */
void bc_sweep_print_cutoff(char cell[BC_SWEEP_CELL_SIZE], const bc_pick *pick, bool logits);

/* What a pick comes to, in lines of its own. */
void bc_sweep_sentence(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row);

/* Says on standard error what is worth knowing of the rows. */
void bc_sweep_remark(const bc_sweep *sweep, bool table);

/* BC_ERROR_UNMET when a rule could not be met, of any label that has rows of both classes. */
bc_status bc_sweep_check_met(const bc_sweep *sweep, bc_error *err);

/* Writes the cutoffs of the only pick, one or one for each label, to path. scores_path is where the scores
 * were read from, or "-". */
bc_status bc_sweep_save(const bc_sweep *sweep, const bc_scores *scores, const char *scores_path,
                        const char *path, bc_error *err);

/* What a triage comes to; nothing without one. */
void bc_sweep_triage_sentence(bc_text *text, const bc_sweep_study *study);

/* One sentence on why a pick's rule is not met. */
void bc_sweep_unmet(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row);

#endif
