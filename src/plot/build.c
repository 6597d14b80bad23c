/* Putting a chart together, and freeing it. */
#include "plot/build.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const bc_chart_role_names[BC_ROLE_COUNT] = {
    [BC_ROLE_CHOSEN] = "chosen",     [BC_ROLE_TEST] = "test",     [BC_ROLE_POSITIVE] = "positive",
    [BC_ROLE_NEGATIVE] = "negative", [BC_ROLE_RECALL] = "recall", [BC_ROLE_PRECISION] = "precision",
    [BC_ROLE_TRAIN] = "train",       [BC_ROLE_PICK] = "pick",     [BC_ROLE_GUIDE] = "guide",
};

static void free_axis(bc_chart_axis *axis) {
    for (size_t i = 0; i < axis->tick_count; i++)
        free(axis->ticks[i].text);
    free(axis->ticks);
    free(axis->label);
}

void bc_chart_free(bc_chart *chart) {
    if (chart == NULL)
        return;
    for (size_t i = 0; i < chart->series_count; i++) {
        free(chart->series[i].label);
        free(chart->series[i].points);
    }
    for (size_t i = 0; i < chart->mark_count; i++)
        free(chart->marks[i].label);
    free_axis(&chart->x);
    free_axis(&chart->y);
    free(chart->series);
    free(chart->marks);
    free(chart->title);
    free(chart->source);
    free(chart->note);
    free(chart->ranges);
    *chart = (bc_chart){0};
}

bc_status bc_chart_set(char **place, const char *text, bc_error *err) {
    char *copy;
    if (text == NULL)
        text = "";
    bc_status status = bc_copy_text(&copy, text, strlen(text), err);
    if (status == BC_OK) {
        free(*place);
        *place = copy;
    }
    return status;
}

void bc_chart_heading(bc_text *text, const bc_chart *chart) {
    bc_text_format(text, "%s%s%s", chart->title, chart->source != NULL ? ": " : "",
                   chart->source != NULL ? chart->source : "");
}

/* NULL stays NULL. */
static bc_status copy_label(char **copy, const char *label, bc_error *err) {
    *copy = NULL;
    return label == NULL ? BC_OK : bc_chart_set(copy, label, err);
}

bc_status bc_chart_add(bc_chart_series **series, bc_chart *chart, const bc_chart_series *like,
                       bc_error *err) {
    void *block = chart->series;
    char *label;
    bc_status status = copy_label(&label, like->label, err);
    if (status != BC_OK)
        return status;
    status = bc_grow(&block, &chart->series_capacity, chart->series_count + 1, sizeof *chart->series, err);
    chart->series = block;
    if (status != BC_OK) {
        free(label);
        return status;
    }
    *series = &chart->series[chart->series_count++];
    **series = (bc_chart_series){
        .form = like->form, .role = like->role, .dashed = like->dashed, .label = label, .width = like->width};
    return BC_OK;
}

bc_status bc_chart_series_push(bc_chart_series *series, bc_chart_point point, bc_error *err) {
    void *block = series->points;
    bc_status status = bc_grow(&block, &series->capacity, series->count + 1, sizeof *series->points, err);
    series->points = block;
    if (status == BC_OK)
        series->points[series->count++] = point;
    return status;
}

bc_status bc_chart_add_mark(bc_chart *chart, bc_chart_role role, double x, double y, const char *label,
                            bc_error *err) {
    void *block = chart->marks;
    char *copy;
    bc_status status = copy_label(&copy, label, err);
    if (status != BC_OK)
        return status;
    status = bc_grow(&block, &chart->mark_capacity, chart->mark_count + 1, sizeof *chart->marks, err);
    chart->marks = block;
    if (status == BC_OK)
        chart->marks[chart->mark_count++] = (bc_chart_mark){role, x, y, copy};
    else
        free(copy);
    return status;
}

bc_status bc_chart_add_tick(bc_chart_axis *axis, double value, const char *text, bc_error *err) {
    void *block = axis->ticks;
    char *copy;
    bc_status status = copy_label(&copy, text, err);
    if (status != BC_OK)
        return status;
    status = bc_grow(&block, &axis->tick_capacity, axis->tick_count + 1, sizeof *axis->ticks, err);
    axis->ticks = block;
    if (status == BC_OK)
        axis->ticks[axis->tick_count++] = (bc_chart_tick){value, copy};
    else
        free(copy);
    return status;
}
