/*
 * --plot of `bclass sweep`: its result as a chart.
 */
#ifndef BC_CLI_SWEEP_PLOT_H
#define BC_CLI_SWEEP_PLOT_H

#include "sweep.h"

/* What is to be drawn, by the values of --plot-kind. */
typedef enum bc_sweep_plot_kind {
    BC_SWEEP_PLOT_PR,
    BC_SWEEP_PLOT_ROC,
    BC_SWEEP_PLOT_HISTOGRAM,
    BC_SWEEP_PLOT_RELIABILITY,
    BC_SWEEP_PLOT_COST,
    BC_SWEEP_PLOT_CUTOFF,
} bc_sweep_plot_kind;

extern const char *const bc_sweep_plot_names[]; /* NULL behind the last */

typedef struct bc_sweep_plot {
    const char *path; /* "-": in the terminal; NULL: none */
    int kind;         /* -1: not said */
    bool marks_at;    /* cutoffs of --at were named, and are marked too */
} bc_sweep_plot;

/* Before the scores are read: whether what is asked for makes a plot, and it can be written. */
bc_status bc_sweep_plot_check(const bc_sweep_plot *plot, const bc_sweep *sweep, bc_error *err);

bool bc_sweep_plot_is_text(const bc_sweep_plot *plot);

/* Draws into the file, text being NULL, or, where that is "-", appends it to text, as standard output can
 * show it. Of many labels the items of all are taken together. */
bc_status bc_sweep_plot_draw(bc_text *text, const bc_sweep_plot *plot, const bc_sweep *sweep,
                             const bc_scores *scores, bc_error *err);

#endif
