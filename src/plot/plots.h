/*
 * The charts of scores: from curves to what a chart shows. All of them take any curve: an empty one, one of a
 * single class, infinite logits, weights. What is undefined is left out.
 */
#ifndef BC_PLOT_PLOTS_H
#define BC_PLOT_PLOTS_H

#include "plot/chart.h"

#include <bclass/curve.h>
#include <bclass/error.h>
#include <bclass/interval.h>

#include <stddef.h>

/* Rows that are shown together. */
typedef struct bc_plot_side {
    const char *name;      /* "val", "test", "all" */
    const bc_curve *curve; /* NULL: there are none */
} bc_plot_side;

/* A cutoff to mark, on the rows chosen on and on test. */
typedef struct bc_plot_pick {
    const char *label; /* "recall >= 0.95: 0.31"; NULL: none */
    double value;      /* on the curves' scale; one that is NaN is not marked */
} bc_plot_pick;

typedef struct bc_plot_input {
    const char *file; /* what the chart calls the scores; NULL: nothing */
    bc_plot_side chosen, test;
    const bc_plot_pick *picks;
    size_t pick_count;
    bc_interval_method interval;     /* of the bands; with weights Wilson's is taken */
    double cost_fn, cost_fp;         /* of bc_plot_cost: of one miss, of one false alarm */
    const char *positive, *negative; /* names of the classes; NULL: "positive", "negative" */
} bc_plot_input;

/* Each makes *chart, which it zero-initialises and the caller frees in any case. */

/* Precision by recall, as steps, of which average precision is the area; pointwise 95 % bands of the
 * precision; the share of positives. x: recall, y: precision. */
bc_status bc_plot_pr(bc_chart *chart, const bc_plot_input *input, bc_error *err);

/* Recall by false positive rate; pointwise 95 % bands of the recall; the diagonal. x: fpr, y: recall. */
bc_status bc_plot_roc(bc_chart *chart, const bc_plot_input *input, bc_error *err);

/* How the scores of each class are spread: positives upwards, negatives downwards, each bar a share of its
 * class in per cent; test as outlines. x: score, y: share. */
bc_status bc_plot_histogram(bc_chart *chart, const bc_plot_input *input, bc_error *err);

/* The same of logits; what lies far out is counted in the bars at the ends, and the note says so. x: logit.
 */
bc_status bc_plot_histogram_logit(bc_chart *chart, const bc_plot_input *input, bc_error *err);

/* The share of positives by mean score in bins of equal mass, with 95 % intervals; the diagonal. x: score,
 * y: share. */
bc_status bc_plot_reliability(bc_chart *chart, const bc_plot_input *input, bc_error *err);

/* What the errors cost per 1000 items, by cutoff. x: score, or logit with ticks named by scores where the
 * curves have logits; y: cost. */
bc_status bc_plot_cost(bc_chart *chart, const bc_plot_input *input, bc_error *err);

/* Recall and precision by cutoff. x as above, y: share. */
bc_status bc_plot_cutoff(bc_chart *chart, const bc_plot_input *input, bc_error *err);

/* A training's course: columns of history.csv, each count long, NULL or NaN where there is none. */
typedef struct bc_plot_history {
    const char *file; /* as above */
    const double *epochs, *train_loss, *val_loss, *val_auroc;
    size_t count;
    double kept; /* the epoch whose network was kept; NaN: not known */
} bc_plot_history;

/* x: epoch, y: loss, and auroc. */
bc_status bc_plot_loss(bc_chart *chart, const bc_plot_history *history, bc_error *err);
bc_status bc_plot_auroc(bc_chart *chart, const bc_plot_history *history, bc_error *err);

#endif
