/*
 * What is said of the results of `bclass sweep`, the same in every format.
 */
#ifndef BC_CLI_SWEEP_MEASURES_H
#define BC_CLI_SWEEP_MEASURES_H

#include "sweep.h"

/* What is said of each row besides the counts, in the order of all formats: the measures, from
 * BC_SWEEP_INTERVALS on both ends of the intervals of the first three, and the cost, NaN where the rule has
 * none. */
enum { BC_SWEEP_SHARES = 3, BC_SWEEP_INTERVALS = 6, BC_SWEEP_NUMBERS = 13 };
extern const char *const bc_sweep_number_keys[BC_SWEEP_NUMBERS];
void bc_sweep_numbers(double numbers[BC_SWEEP_NUMBERS], const bc_rule *rule, const bc_confusion *counts,
                      const bc_confusion *squares, bc_interval_method method);

extern const char *const bc_sweep_interval_names[]; /* by bc_interval_method, NULL behind the last */

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

/* Whether the rule chooses a cutoff, rather than being given one. */
bool bc_sweep_is_choice(const bc_rule *rule);

/* Whether any of the rules is with confidence. */
bool bc_sweep_has_promise(const bc_sweep_rows *picks);

/* Whether a row takes part: its rule chooses, and promises nothing. */
bool bc_sweep_is_resampled(const bc_sweep_row *row);

/* Whether the rules come to one cutoff: the only pick, or without any the only one of --at; and its row. */
bool bc_sweep_has_one(const bc_sweep_rules *rules);
const bc_sweep_row *bc_sweep_get_one(const bc_sweep *sweep, const bc_sweep_study *study);

/* The row of a study for each of the run's rules: those of --at, then the picks. */
const bc_sweep_row *bc_sweep_get_row(const bc_sweep_study *study, size_t index);

/* What is known of a row in one place; counts NULL where its rule is met in no fold. */
typedef struct bc_sweep_result {
    bc_sweep_place place;
    const char *split; /* "val", "in-sample", "cross-fitted", "test", ... */
    const bc_confusion *counts, *squares;
} bc_sweep_result;

/* Those that are shown, in order; how many there are, at least 1. */
size_t bc_sweep_results(bc_sweep_result results[BC_SWEEP_PLACES], const bc_sweep_study *study,
                        const bc_sweep_row *row);

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

/* Whether there is a triage with both cutoffs. */
bool bc_sweep_has_review(const bc_sweep_study *study);

/* NaN each where nothing is known. */
bc_sweep_review bc_sweep_find_review(const bc_sweep_study *study, bc_sweep_place place);

/* Whether all rows with a label are of one class; and which one that is. */
bool bc_sweep_is_one_class(const bc_sweep_part *part); /* or there are none */
const char *bc_sweep_only_class(const bc_sweep_part *part);

/* The probability with which an unchanged population is taken for a changed one, over all floors of a file.
 */
extern const double bc_sweep_check_risk;

extern const char *const bc_sweep_verdict_names[]; /* by bc_verdict */
extern const char *const bc_sweep_floor_names[BC_FLOOR_COUNT];

/* The worst of its floors; BC_VERDICT_HOLDS where it has none. */
bc_verdict bc_sweep_verdict(const bc_sweep_check *check);

/* Whether a demand is judged by cross-fitting: where there are no test rows, so that a choice is not judged
 * by the rows it was made on. */
bool bc_sweep_is_demanded_fitted(const bc_sweep_demand *demand, const bc_sweep *sweep);

/* The number demanded, of the study or, where study is NULL, of an average; false where the demand is not of
 * it. */
bool bc_sweep_demanded(double *value, const bc_sweep_demand *demand, const bc_sweep *sweep,
                       const bc_sweep_study *study);
bool bc_sweep_demand_met(const bc_sweep_demand *demand, double value);

#endif
