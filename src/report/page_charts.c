/* The charts of a report, drawn in vectors inside the page. */
#include "report/page_data.h"

typedef bc_status builder(bc_chart *chart, const bc_plot_input *input, bc_error *err);

typedef struct kind {
    const char *id;
    builder *build;
} kind;

static const kind kinds[] = {
    {"chart-pr", bc_plot_pr},
    {"chart-roc", bc_plot_roc},
    {"chart-histogram", bc_plot_histogram},
    {"chart-histogram-logit", bc_plot_histogram_logit},
    {"chart-cutoff", bc_plot_cutoff},
    {"chart-reliability", bc_plot_reliability},
};

/* The title is the page's to show, from the <title> of the <svg>. */
static bc_status append_figure(bc_text *text, const bc_chart *chart, const char *id, bc_error *err) {
    bc_text_string(text, "<figure>");
    bc_status status = bc_chart_inline_svg(text, chart, id, err);
    bc_text_string(text, "</figure>\n");
    return status;
}

static size_t fill_picks(bc_plot_pick picks[BC_REPORT_CUTOFFS_LIMIT], const bc_report *report) {
    size_t count =
        report->cutoff_count < BC_REPORT_CUTOFFS_LIMIT ? report->cutoff_count : BC_REPORT_CUTOFFS_LIMIT;
    for (size_t i = 0; i < count; i++)
        picks[i] = (bc_plot_pick){report->cutoffs[i].mark, report->cutoffs[i].value};
    return count;
}

bc_status bc_page_charts(bc_text *text, const bc_report *report, bc_error *err) {
    bc_plot_pick picks[BC_REPORT_CUTOFFS_LIMIT];
    const bc_plot_input input = {.chosen = {report->chosen.name, report->chosen.curve},
                                 .test = {report->test.name, report->test.curve},
                                 .picks = picks,
                                 .pick_count = fill_picks(picks, report),
                                 .interval = BC_INTERVAL_WILSON,
                                 .positive = report->positive,
                                 .negative = report->negative};
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        bc_chart chart;
        status = kinds[i].build(&chart, &input, err);
        if (status == BC_OK)
            status = append_figure(text, &chart, kinds[i].id, err);
        bc_chart_free(&chart);
    }
    return status;
}

static bool is_known(const double *column, size_t count) {
    for (size_t i = 0; column != NULL && i < count; i++) {
        if (column[i] == column[i])
            return true;
    }
    return false;
}

bc_status bc_page_history(bc_text *text, const bc_report *report, bc_error *err) {
    const bc_plot_history *history = report->history;
    bc_chart chart;
    if (history == NULL || history->count == 0)
        return BC_OK;
    bc_status status = bc_plot_loss(&chart, history, err);
    if (status == BC_OK)
        status = append_figure(text, &chart, "chart-loss", err);
    bc_chart_free(&chart);
    if (status != BC_OK || !is_known(history->val_auroc, history->count))
        return status;
    status = bc_plot_auroc(&chart, history, err);
    if (status == BC_OK)
        status = append_figure(text, &chart, "chart-auroc", err);
    bc_chart_free(&chart);
    return status;
}
