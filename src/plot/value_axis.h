/*
 * An axis of cutoffs: of scores from 0 to 1, or of logits as far as the data go.
 */
#ifndef BC_PLOT_VALUE_AXIS_H
#define BC_PLOT_VALUE_AXIS_H

#include "plot/plots.h"

/* A place on the axis as a value of the curve, and back. */
double bc_value_of_axis(const bc_curve *curve, bool logits, double x);
double bc_value_on_axis(const bc_curve *curve, bool logits, double value);

/* From where to where the logits of all sides reach, low < high. Of each class and side one in a hundred at
 * either end may lie beyond where it lies far out, and so may infinite ones. *beyond: whether any does. */
void bc_value_range(double *low, double *high, bool *beyond, const bc_plot_input *input);

/* Whether the axis of cutoffs is one of logits: where the curves have logits. */
bool bc_value_axis_is_logit(const bc_plot_input *input);

/* Its ends, ticks and label. Logits have ticks named by scores where these can be read. */
bc_status bc_value_axis_set(bc_chart_axis *axis, const bc_plot_input *input, bc_error *err);

#endif
