/*
 * What `bclass sweep` found out, and how it is shown. Only the files of that command use this.
 */
#ifndef BC_CLI_SWEEP_H
#define BC_CLI_SWEEP_H

#include "calibration_error.h"
#include "options.h"
#include "split_choice.h"

#include "base/text.h"

#include <bclass/curve.h>
#include <bclass/guarantee.h>
#include <bclass/interval.h>
#include <bclass/pick.h>

#include <stdbool.h>
#include <stddef.h>

/* The rows of a split as a whole. */
typedef struct bc_sweep_part {
    const char *split; /* "val", "test", ..., or "all" */
    bc_curve curve;
    double auroc, auroc_low, auroc_high; /* 95 % interval */
    double average_precision, log_loss, brier;
    bc_calibration_error calibration;
} bc_sweep_part;

typedef struct bc_sweep_row {
    bc_rule rule;
    char name[BC_RULE_NAME_SIZE];
    bc_pick pick;
    bc_guarantee guarantee;          /* of a rule with a confidence */
    bc_confusion test, test_squares; /* what the pick does on the test rows, when there are any */
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

/* What is asked of each study, read once from the command line: rows that hold a rule and its name only. */
typedef struct bc_sweep_rules {
    bc_sweep_rows at, picks;
    bool triage;
    size_t low, high; /* of a triage: its two rules among the picks */
} bc_sweep_rules;

/* The rows of one label, or of the whole file: their numbers and the cutoffs chosen on them. */
typedef struct bc_sweep_study {
    bc_sweep_part chosen, test;
    bool has_test;
    bc_sweep_rows at, picks;
    bc_sweep_row *low, *high; /* the two picks of a triage; NULL without one */
} bc_sweep_study;

/* One run of the command. */
typedef struct bc_sweep {
    const char *file; /* as it is named in messages */
    bc_split_wanted split;
    bool allow_train;            /* choose on rows that were learned from too */
    bc_interval_method interval; /* of precision, recall and specificity */
    bc_sweep_use use;
    bc_sweep_rules rules;
    bc_sweep_study study;
} bc_sweep;

extern const char *const bc_sweep_interval_names[]; /* by bc_interval_method, NULL behind the last */

/* What is said of each row besides the counts, in the order of all formats: the measures, from
 * BC_SWEEP_INTERVALS on both ends of the intervals of the first three, and the cost, NaN where the rule has
 * none. */
enum { BC_SWEEP_SHARES = 3, BC_SWEEP_INTERVALS = 6, BC_SWEEP_NUMBERS = 13 };
extern const char *const bc_sweep_number_keys[BC_SWEEP_NUMBERS];
void bc_sweep_numbers(double numbers[BC_SWEEP_NUMBERS], const bc_rule *rule, const bc_confusion *counts,
                      const bc_confusion *squares, bc_interval_method method);

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

/* Chooses the rows, measures them, and applies the run's rules to them. *study is zero-initialised by the
 * caller, who frees it in any case. Errors: BC_ERROR_FORMAT and BC_ERROR_USAGE where the rows do not serve.
 */
bc_status bc_sweep_study_run(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                             bc_error *err);
void bc_sweep_study_free(bc_sweep_study *study);

/* Whether all rows with a label are of one class; and which one that is. */
bool bc_sweep_is_one_class(const bc_sweep_part *part);
const char *bc_sweep_only_class(const bc_sweep_part *part);

/* Of how many future positives the misses are forecast. */
enum { BC_SWEEP_NEXT = 500 };

/* How many of them a promised recall lets be missed; false when the row promises none. */
bool bc_sweep_forecast(uint64_t *misses, const bc_sweep_row *row);

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

/* On the rows chosen on, or on test. */
bc_sweep_review bc_sweep_find_review(const bc_sweep_study *study, bool test);

/* Appends the table of what is expected. */
void bc_sweep_expected_table(bc_text *text, const bc_sweep *sweep, const bc_sweep_study *study);

/* Appends the whole result in one of the formats. */
void bc_sweep_table(bc_text *text, const bc_sweep *sweep);
void bc_sweep_csv(bc_text *text, const bc_sweep *sweep);
bc_status bc_sweep_json(bc_text *text, const bc_sweep *sweep, bc_error *err);

/* Whether the rule chooses a cutoff, rather than being given one. */
bool bc_sweep_is_choice(const bc_rule *rule);

/* A number with some decimals, NA when undefined. */
enum { BC_SWEEP_CELL_SIZE = 64 };
void bc_sweep_print_fixed(char cell[BC_SWEEP_CELL_SIZE], double value, int decimals);

/* How many there are: a whole number, or a sum of weights. */
void bc_sweep_print_count(char cell[BC_SWEEP_CELL_SIZE], double count);

/* A cutoff with as few digits as decide the same; where no score does (it rounds to 1), the logit. */
void bc_sweep_print_cutoff(char cell[BC_SWEEP_CELL_SIZE], const bc_pick *pick, bool logits);

/* What a pick comes to, in lines of its own. */
void bc_sweep_sentence(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row);

/* What a triage comes to; nothing without one. */
void bc_sweep_triage_sentence(bc_text *text, const bc_sweep_study *study);

/* One sentence on why a pick's rule is not met. */
void bc_sweep_unmet(bc_text *text, const bc_sweep_study *study, const bc_sweep_row *row);

#endif
