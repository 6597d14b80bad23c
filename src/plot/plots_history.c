/* The course of a training. */
#include "plot/trace.h"

#include "base/number.h"

#include <math.h>

static bool has_numbers(const double *values, size_t count) {
    for (size_t i = 0; values != NULL && i < count; i++) {
        if (isfinite(values[i]))
            return true;
    }
    return false;
}

/* A column as a line; a single epoch as a point. */
static bc_status add_column(bc_chart *chart, const bc_plot_history *history, const double *values,
                            bc_chart_role role, char *label, bc_error *err) {
    bc_chart_series *series;
    if (!has_numbers(values, history->count))
        return BC_OK;
    bc_status status =
        bc_chart_add(&series, chart,
                     &(bc_chart_series){.form = history->count > 1 ? BC_FORM_LINE : BC_FORM_POINTS,
                                        .role = role,
                                        .dashed = role == BC_ROLE_TRAIN,
                                        .label = label},
                     err);
    for (size_t i = 0; status == BC_OK && i < history->count; i++) {
        double value = isfinite(values[i]) ? values[i] : NAN;
        status = bc_chart_series_push(series, (bc_chart_point){history->epochs[i], value, NAN, NAN}, err);
    }
    return status;
}

static bc_status start(bc_chart *chart, const char *what, const bc_plot_history *history, bc_error *err) {
    *chart = (bc_chart){.x = {.whole = true, .quantity = "epoch"}};
    if (history->count > 1) {
        chart->x.low = history->epochs[0];
        chart->x.high = history->epochs[history->count - 1];
    }
    bc_status status = bc_plot_title(chart, what, history->file, err);
    return status == BC_OK ? bc_chart_set(&chart->x.label, "epoch", err) : status;
}

static bc_status mark_kept(bc_chart *chart, const bc_plot_history *history, bc_error *err) {
    char label[BC_NUMBER_SIZE + 16] = "kept: epoch ", *digits = label + 12;
    if (isnan(history->kept))
        return BC_OK;
    bc_number_print(digits, history->kept, 9);
    return bc_chart_add_mark(chart, BC_ROLE_PICK, history->kept, NAN, label, err);
}

bc_status bc_plot_loss(bc_chart *chart, const bc_plot_history *history, bc_error *err) {
    char train[] = "train", val[] = "val";
    bc_status status = start(chart, "Loss by epoch", history, err);
    chart->y.quantity = "loss";
    if (status == BC_OK)
        status = bc_chart_set(&chart->y.label, "mean loss of an image", err);
    if (status == BC_OK)
        status = add_column(chart, history, history->train_loss, BC_ROLE_TRAIN, train, err);
    if (status == BC_OK)
        status = add_column(chart, history, history->val_loss, BC_ROLE_CHOSEN, val, err);
    return status == BC_OK ? mark_kept(chart, history, err) : status;
}

bc_status bc_plot_auroc(bc_chart *chart, const bc_plot_history *history, bc_error *err) {
    char val[] = "val";
    bc_status status = start(chart, "AUROC by epoch", history, err);
    chart->y.quantity = "auroc";
    if (status == BC_OK)
        status = bc_chart_set(&chart->y.label, "AUROC", err);
    if (status == BC_OK)
        status = add_column(chart, history, history->val_auroc, BC_ROLE_CHOSEN, val, err);
    return status == BC_OK ? mark_kept(chart, history, err) : status;
}
