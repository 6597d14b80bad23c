/*
 * Putting a chart together. What fails for want of memory leaves the chart as it was, to be freed.
 */
#ifndef BC_PLOT_BUILD_H
#define BC_PLOT_BUILD_H

#include "plot/chart.h"

/* *place (a text of the chart) = a copy of text, "" for NULL. */
bc_status bc_chart_set(char **place, const char *text, bc_error *err);

/* Appends "TITLE: SOURCE". */
void bc_chart_heading(bc_text *text, const bc_chart *chart);

/* Appends a series like this one, of which label is copied; its points are added to *series. */
bc_status bc_chart_add(bc_chart_series **series, bc_chart *chart, const bc_chart_series *like, bc_error *err);

bc_status bc_chart_series_push(bc_chart_series *series, bc_chart_point point, bc_error *err);

/* label is copied; NULL: none. */
bc_status bc_chart_add_mark(bc_chart *chart, bc_chart_role role, double x, double y, const char *label,
                            bc_error *err);

bc_status bc_chart_add_tick(bc_chart_axis *axis, double value, const char *text, bc_error *err);

#endif
