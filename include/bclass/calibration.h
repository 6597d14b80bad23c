/*
 * Calibration: a rising function from logit to logit that makes scores mean what they say, so that of the
 * items with score 0.2 about one in five is positive. Fitted on held-out rows, kept in calibration.json:
 *
 *     {"format": "bclass calibration", "version": 1, "method": "temperature",
 *      "parameters": {"temperature": 1.31}, "hex": {"temperature": "0x1.4f5c28f5c28f6p+0"}, "clip": null,
 *      "fitted_on": {"split": "val", "rows": ..., "positives": ..., "negatives": ..., "log_loss_before": ...,
 *                    "log_loss_after": ...},
 *      "chosen_by": null, "scores_sha256": "..."}
 *
 * An isotonic one has, in place of parameters and hex, "steps": [{"from": -3.5, "to": -1.2, "score": 0.08,
 * "hex": ["...", "...", "..."]}, ...]: the logits where each step starts and ends, and its score.
 */
#ifndef BCLASS_CALIBRATION_H
#define BCLASS_CALIBRATION_H

#include <bclass/error.h>
#include <bclass/scores.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bc_calibration_method {
    BC_CALIBRATION_NONE,        /* z' = z */
    BC_CALIBRATION_TEMPERATURE, /* z' = z / T (Guo et al. 2017) */
    BC_CALIBRATION_PLATT,       /* z' = slope z + intercept (Platt 1999; Lin, Lin, Weng 2007) */
    BC_CALIBRATION_BETA,        /* z' = a ln p - b ln(1 - p) + c with p the score (Kull et al. 2017) */
    BC_CALIBRATION_ISOTONIC,    /* steps by pooling adjacent violators (Zadrozny, Elkan 2002) */
    BC_CALIBRATION_AUTO         /* to be chosen; never that of a fitted one */
} bc_calibration_method;

/* "none", "temperature", "platt", "beta", "isotonic", "auto", NULL. */
extern const char *const bc_calibration_names[];

/* The parameters that each method has, in order; of isotonic none. */
enum { BC_CALIBRATION_PARAMETERS = 3 };
size_t bc_calibration_parameter_count(bc_calibration_method method);
const char *bc_calibration_parameter_name(bc_calibration_method method, size_t i);

/* Rows with logits from low to high, which overlap with no other step's. */
typedef struct bc_calibration_step {
    double low, high, score;
    double start, end; /* what these two logits become, which follows from the scores */
} bc_calibration_step;

enum { BC_CALIBRATION_SPLIT_SIZE = 16, BC_CALIBRATION_NOTE_SIZE = 256 };

/* Fit or read; free. Zeroed it is BC_CALIBRATION_NONE. */
typedef struct bc_calibration {
    bc_calibration_method method;
    double parameters[BC_CALIBRATION_PARAMETERS];
    bc_calibration_step *steps; /* of isotonic: rising in all three */
    size_t step_count;
    double clip; /* > 0: logits beyond +-clip are taken as that; 0: none were infinite */

    /* what it was fitted on */
    char split[BC_CALIBRATION_SPLIT_SIZE]; /* val, oof, ...; set by the caller */
    uint64_t rows, positives, negatives;
    double log_loss_before, log_loss_after;   /* on these rows; may be infinite before */
    char chosen_by[BC_CALIBRATION_NOTE_SIZE]; /* why auto took this method; else empty */
    char scores_sha256[65];                   /* set by the caller; empty when not known */

    char note[BC_CALIBRATION_NOTE_SIZE]; /* what is worth knowing of the fit, in a sentence; not kept in files
                                          */
} bc_calibration;

void bc_calibration_free(bc_calibration *calibration);

/* ---- fitting ---- */

enum { BC_CALIBRATION_FOLDS = 5 };

/* On the labelled rows of these splits (bits 1 << BC_SPLIT_...), by log loss, rows counting by their weights.
 *
 * temperature, beta: maximum likelihood, a and b not below 0; where the scores part the classes without an
 * error, there is none, and Platt's targets (P + 1) / (P + 2) and 1 / (N + 2) stand for 1 and 0, as they
 * always do for Platt. Temperatures stay from 0.001 to 1000, slopes at or above 0. Isotonic: equal scores are
 * one group, and one more negative is counted with the highest and one more positive with the lowest step, so
 * that no score is 0 or 1. Infinite logits (scores 0 and 1) and those beyond a million are taken as a bit
 * beyond the greatest other one: log 2 more, for a printed 1 lies within half a digit of it.
 *
 * Auto: the method with the least log loss in five seeded, stratified folds, or the simplest one that is
 * within one standard error of it (of the difference, row by row), in the order of the enumeration; of them
 * only those are tried that have 10 rows of the rarer class a parameter, isotonic with 100, and 1000 in all.
 * Of more than 100,000 rows about so many, drawn by the seed, are looked at to choose.
 *
 * *calibration is freed by the caller in any case. BC_ERROR_FORMAT when a class has fewer than 5 rows; the
 * message then names no file. O(n) time a step of Newton's method, isotonic O(n log n); memory O(n). */
bc_status bc_calibration_fit(bc_calibration *calibration, const bc_scores *scores, unsigned splits,
                             bc_calibration_method method, uint64_t seed, bc_error *err);

/* What the same gives for rows that it did not see: *crossed has the logits of the labelled rows, in no order
 * to rely on, each by a fit on the other folds than its own, with labels and weights (of mean 1). Rows of a
 * group are in one fold. *crossed is zero-initialised by this function and freed by the caller in any case.
 * BC_ERROR_FORMAT also when there are too few groups. */
bc_status bc_calibration_cross_fit(bc_scores *crossed, const bc_scores *scores, unsigned splits,
                                   bc_calibration_method method, uint64_t seed, bc_error *err);

/* ---- using ---- */

/* z'; never falls as z grows. Within an isotonic step it still rises, by 0.001 or a quarter of the way to the
 * next step to either side of the step's own logit, so that rows keep their order; between steps it is
 * a straight line. */
double bc_calibration_apply(const bc_calibration *calibration, double z);

/* The same for the logit of a network: a float, which 9 digits carry, so that a cutoff which was chosen on
 * printed logits decides exactly the same. */
float bc_calibration_apply_float(const bc_calibration *calibration, float z);

/* What to add to a logit when the share of positives changes from one to another, both within (0, 1), and
 * each class looks as before: logit(to) - logit(from) (Elkan 2001). */
double bc_calibration_prevalence_shift(double from, double to);

/* What to add to a logit so that this cutoff, a score within (0, 1) given as its logit, becomes 1/2 while 0
 * and 1 stay: -cutoff, for p (1 - t) / (p (1 - t) + (1 - p) t) is the score of z - logit(t). A scale for
 * display: such a score is no frequency. */
double bc_calibration_recentre_shift(double cutoff);

/* ---- files ---- */

/* *text is the JSON text, on one line or indented, without a newline at the end; free() it. */
bc_status bc_calibration_to_json(char **text, const bc_calibration *calibration, bool indented,
                                 bc_error *err);

/* *calibration is zero-initialised by this function and freed by the caller in any case. name stands in
 * messages. BC_ERROR_FORMAT when the text is no calibration or contradicts itself. */
bc_status bc_calibration_from_json(bc_calibration *calibration, const char *text, size_t length,
                                   const char *name, bc_error *err);

/* The same in a file. */
bc_status bc_calibration_write(const bc_calibration *calibration, const char *path, bc_error *err);
bc_status bc_calibration_read(bc_calibration *calibration, const char *path, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
