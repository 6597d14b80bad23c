/*
 * What `bclass sweep` is asked, and what it finds out. Only the files of that command use this and its other
 * headers: sweep_rules.h reads the command line, sweep_measures.h has what is said of the results in any
 * format, sweep_print.h shows it.
 */
#ifndef BC_CLI_SWEEP_H
#define BC_CLI_SWEEP_H

#include "calibration_error.h"
#include "progress.h"
#include "split_choice.h"

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
    size_t copies, shared;    /* times that all of these are there; test rows that are among them */
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
    bc_progress *progress;
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

/* Measures the rows that the run chose, and applies its rules to them. *study is zero-initialised by the
 * caller, but for its name, who frees it in any case. The rows are taken out of scores, unless they are still
 * needed. Errors: BC_ERROR_FORMAT and BC_ERROR_USAGE where the rows do not serve. */
bc_status bc_sweep_study_run(bc_sweep_study *study, const bc_sweep *sweep, bc_scores *scores, bc_error *err);
void bc_sweep_study_free(bc_sweep_study *study);

/* Every pick as it is chosen on the whole; context is a study. Is a bc_chooser. */
void bc_sweep_choose_all(bc_pick *picks, const bc_curve *curve, const void *context);

/* Chooses both cutoffs; nothing without a triage. */
void bc_sweep_triage(bc_sweep_study *study);

/* Judges the choices by cross-fitting and by the bootstrap, as the run asks for. */
bc_status bc_sweep_resample(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                            bc_error *err);

/* Finds the rows that the picks hang on, as many as are asked for. */
bc_status bc_sweep_find_pins(bc_sweep_study *study, const bc_sweep *sweep, const bc_scores *scores,
                             bc_error *err);

/* Applies the study's old cutoff; nothing where it has none. */
void bc_sweep_check_study(bc_sweep_study *study, const bc_sweep *sweep);

/* Says on standard error what is worth knowing of the rows. */
void bc_sweep_remark(const bc_sweep *sweep, bool table);

/* Says whether the scores are those that the old cutoffs were chosen on, and which labels have none. */
void bc_sweep_remark_on_old(const bc_sweep *sweep, const char *scores_path);

/* BC_ERROR_UNMET when a rule could not be met, of any label that has rows of both classes. */
bc_status bc_sweep_check_met(const bc_sweep *sweep, bc_error *err);

/* BC_ERROR_UNMET when a floor is broken; or cannot be judged, unless there are many labels or --require says
 * what to reach. */
bc_status bc_sweep_check_kept(const bc_sweep *sweep, bc_error *err);

/* BC_ERROR_UNMET when one is not met. A number that is undefined meets no demand, but of many labels one that
 * has it undefined is left out. */
bc_status bc_sweep_check_required(const bc_sweep *sweep, bc_error *err);

/* Writes the cutoffs of the only pick, one or one for each label, to path. scores_path is where the scores
 * were read from, or "-". */
bc_status bc_sweep_save(const bc_sweep *sweep, const bc_scores *scores, const char *scores_path,
                        const char *path, bc_error *err);

#endif
