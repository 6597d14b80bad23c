/* The result of a sweep as a chart. */
#include "sweep_plot.h"
#include "sweep_measures.h"
#include "sweep_print.h"
#include "terminal.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/output.h"
#include "plot/plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const bc_sweep_plot_names[] = {
    [BC_SWEEP_PLOT_PR] = "pr",
    [BC_SWEEP_PLOT_ROC] = "roc",
    [BC_SWEEP_PLOT_HISTOGRAM] = "histogram",
    [BC_SWEEP_PLOT_RELIABILITY] = "reliability",
    [BC_SWEEP_PLOT_COST] = "cost",
    [BC_SWEEP_PLOT_CUTOFF] = "recall-precision-vs-cutoff",
    NULL,
};

bool bc_sweep_plot_is_text(const bc_sweep_plot *plot) {
    return plot->path != NULL && strcmp(plot->path, "-") == 0;
}

static bc_sweep_plot_kind kind_of(const bc_sweep_plot *plot) {
    int kind = plot->kind;
    return kind < 0 ? BC_SWEEP_PLOT_PR : (bc_sweep_plot_kind)kind;
}

/* ---- before the work ---- */

static size_t count_costs(const bc_sweep_rows *rules) {
    size_t count = 0;
    for (size_t i = 0; i < rules->count; i++)
        count += rules->items[i].rule.kind == BC_RULE_COST;
    return count;
}

/* Opens the file, which is then left as it was; a device or a FIFO only when there is something to write. */
static bc_status try_path(const char *path, bc_error *err) {
    bc_file_info info;
    bc_output *output = NULL;
    bc_status status = bc_file_look(&info, path, err);
    if (status == BC_OK && info.kind == BC_FILE_FOLDER)
        return bc_fail(err, BC_ERROR_IO, "%s: cannot write: it is a folder", path);
    if (status == BC_OK && info.kind != BC_FILE_OTHER)
        status = bc_output_open(&output, path, err);
    bc_output_free(output);
    return status;
}

/* A line that is longer than the window would go on in the next one. */
static bc_status check_window(bc_error *err) {
    const unsigned columns = bc_terminal_columns(STDOUT_FILENO);
    if (columns < BC_CHART_LEAST_COLUMNS)
        return bc_fail(
            err, BC_ERROR_USAGE,
            "the window is too narrow for --plot -: it has %u columns, and a plot needs at least %d", columns,
            (int)BC_CHART_LEAST_COLUMNS);
    return BC_OK;
}

bc_status bc_sweep_plot_check(const bc_sweep_plot *plot, const bc_sweep *sweep, bc_error *err) {
    if (plot->path == NULL && plot->kind >= 0)
        return bc_fail(err, BC_ERROR_USAGE,
                       "--plot-kind needs --plot FILE, or --plot - to draw in the terminal");
    if (plot->path == NULL)
        return BC_OK;
    if (kind_of(plot) == BC_SWEEP_PLOT_COST && count_costs(&sweep->rules.picks) != 1)
        return bc_fail(
            err, BC_ERROR_USAGE,
            "--plot-kind cost needs one --cost fn=A,fp=B, which says what a miss and a false alarm "
            "cost");
    if (bc_sweep_plot_is_text(plot))
        return check_window(err);
    bc_status status = bc_chart_check_name(plot->path, err);
    return status == BC_OK ? try_path(plot->path, err) : status;
}

static unsigned terminal_columns(void) {
    enum { WIDEST = 120 };
    const unsigned columns = bc_terminal_columns(STDOUT_FILENO);
    return columns < WIDEST ? columns : WIDEST;
}

/* ---- what to mark ---- */

typedef struct marks {
    bc_plot_pick *picks;
    bc_text *labels; /* of each pick */
    size_t count;
} marks;

static void free_marks(marks *of) {
    for (size_t i = 0; i < of->count; i++)
        bc_text_free(&of->labels[i]);
    free(of->picks);
    free(of->labels);
}

/* A row with a cutoff; told: its name tells the cutoff already. */
typedef struct candidate {
    const bc_sweep_row *row;
    bool told, marked;
} candidate;

static void add_candidate(candidate *list, size_t *count, const bc_sweep_row *row, bool told) {
    if (row->pick.met && !isnan(row->pick.value))
        list[(*count)++] = (candidate){.row = row, .told = told};
}

static size_t find_candidates(candidate *list, const bc_sweep_plot *plot, const bc_sweep_study *study) {
    size_t count = 0;
    for (size_t i = 0; i < study->picks.count; i++)
        add_candidate(list, &count, &study->picks.items[i], false);
    for (size_t i = 0; plot->marks_at && i < study->at.count; i++)
        add_candidate(list, &count, &study->at.items[i], true);
    if (study->check.cutoff != NULL)
        add_candidate(list, &count, &study->check.row, false);
    return count;
}

/* How long a label may be: what a chart gives it, about six tenths of its width. */
static size_t label_room(const bc_sweep_plot *plot) {
    enum { OF_FIGURE = 42 };
    return bc_sweep_plot_is_text(plot) ? (size_t)terminal_columns() * 6 / 10 - 4 : OF_FIGURE;
}

/* "recall >= 0.95, max f1: 0.31": all that come to the cutoff of the first, or as many as there is room for
 * and how many more. */
static void add_mark(marks *to, candidate *first, const candidate *end, size_t room, bool logits) {
    const size_t more_size = strlen(" + 99 more");
    bc_text *label = &to->labels[to->count];
    char cutoff[BC_SWEEP_CELL_SIZE];
    size_t more = 0;
    bool told = first->told;
    bc_sweep_print_cutoff(cutoff, first->row, logits);
    const size_t rest = strlen(": ") + strlen(cutoff) + more_size;
    bc_text_string(label, first->row->name);
    for (candidate *next = first + 1; next < end; next++) {
        if (next->row->pick.value != first->row->pick.value)
            continue;
        next->marked = true;
        if (label->length + strlen(", ") + strlen(next->row->name) + rest > room) {
            more++;
            continue;
        }
        told = told || next->told;
        bc_text_format(label, ", %s", next->row->name);
    }
    if (more > 0)
        bc_text_format(label, " + %zu more", more);
    if (!told)
        bc_text_format(label, ": %s", cutoff);
    to->picks[to->count++] = (bc_plot_pick){label->data, first->row->pick.value};
}

static bc_status make_room(marks *found, candidate **list, size_t most, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, most, sizeof **list, err);
    *list = block;
    if (status != BC_OK)
        return status;
    status = bc_alloc(&block, most, sizeof *found->picks, err);
    found->picks = block;
    if (status != BC_OK)
        return status;
    status = bc_alloc(&block, most, sizeof *found->labels, err);
    found->labels = block;
    return status;
}

static bc_status find_marks(marks *found, const bc_sweep_plot *plot, const bc_sweep_study *study,
                            bc_error *err) {
    candidate *list;
    bc_status status = make_room(found, &list, study->at.count + study->picks.count + 1, err);
    if (status == BC_OK) {
        const size_t count = find_candidates(list, plot, study);
        for (size_t i = 0; i < count; i++) {
            if (!list[i].marked)
                add_mark(found, &list[i], list + count, label_room(plot), study->chosen.curve.logits);
        }
    }
    for (size_t i = 0; status == BC_OK && i < found->count; i++)
        status = bc_text_check(&found->labels[i], err);
    free(list);
    return status;
}

/* ---- drawing ---- */

static bc_status make_chart(bc_chart *chart, bc_sweep_plot_kind kind, const bc_plot_input *input,
                            bc_error *err) {
    switch (kind) {
    case BC_SWEEP_PLOT_PR:
        return bc_plot_pr(chart, input, err);
    case BC_SWEEP_PLOT_ROC:
        return bc_plot_roc(chart, input, err);
    case BC_SWEEP_PLOT_HISTOGRAM:
        return input->chosen.curve->logits ? bc_plot_histogram_logit(chart, input, err)
                                           : bc_plot_histogram(chart, input, err);
    case BC_SWEEP_PLOT_RELIABILITY:
        return bc_plot_reliability(chart, input, err);
    case BC_SWEEP_PLOT_COST:
        return bc_plot_cost(chart, input, err);
    case BC_SWEEP_PLOT_CUTOFF:
        return bc_plot_cutoff(chart, input, err);
    }
    return BC_OK;
}

static bc_status print_chart(bc_text *text, const bc_chart *chart, bc_error *err) {
    const unsigned columns = terminal_columns();
    return bc_chart_terminal(text, chart, columns, columns * 3 / 10, bc_terminal_has_utf8(),
                             bc_terminal_has_colour(STDOUT_FILENO), err);
}

static bc_status draw(bc_text *text, const bc_sweep_plot *plot, const bc_plot_input *input, bc_error *err) {
    bc_chart chart = {0};
    bc_status status = make_chart(&chart, kind_of(plot), input, err);
    if (status == BC_OK)
        status = bc_sweep_plot_is_text(plot) ? print_chart(text, &chart, err)
                                             : bc_chart_write(&chart, plot->path, err);
    bc_chart_free(&chart);
    return status;
}

static void set_costs(bc_plot_input *input, const bc_sweep_rows *rules) {
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->items[i].rule.kind != BC_RULE_COST)
            continue;
        input->cost_fn = rules->items[i].rule.cost_fn;
        input->cost_fp = rules->items[i].rule.cost_fp;
    }
}

static bc_status draw_study(bc_text *text, const bc_sweep_plot *plot, const bc_sweep *sweep,
                            bc_plot_input *input, bc_error *err) {
    const bc_sweep_study *study = &sweep->studies[0];
    marks found = {0};
    bc_status status = find_marks(&found, plot, study, err);
    input->chosen.curve = &study->chosen.curve;
    input->test.curve = study->has_test ? &study->test.curve : NULL;
    input->picks = found.picks;
    input->pick_count = found.count;
    if (status == BC_OK)
        status = draw(text, plot, input, err);
    free_marks(&found);
    return status;
}

/* The items of all labels as if they were of one: micro-averages. Cutoffs are each label's own, so none is
 * marked. */
static bc_status draw_labels(bc_text *text, const bc_sweep_plot *plot, const bc_sweep *sweep,
                             const bc_scores *scores, bc_plot_input *input, bc_error *err) {
    bc_curve chosen = {0}, test = {0};
    bc_text name = {0};
    bc_text_format(&name, "%s (%zu labels together)", sweep->file, sweep->count);
    bc_status status = bc_text_check(&name, err);
    if (status == BC_OK)
        status = bc_curve_build_in(&chosen, scores, sweep->choice.splits, sweep->pool, err);
    if (status == BC_OK && sweep->choice.has_test)
        status = bc_curve_build_in(&test, scores, 1u << BC_SPLIT_TEST, sweep->pool, err);
    input->file = name.data;
    input->chosen.curve = &chosen;
    input->test.curve = sweep->choice.has_test ? &test : NULL;
    if (status == BC_OK)
        status = draw(text, plot, input, err);
    bc_curve_free(&chosen);
    bc_curve_free(&test);
    bc_text_free(&name);
    return status;
}

bc_status bc_sweep_plot_draw(bc_text *text, const bc_sweep_plot *plot, const bc_sweep *sweep,
                             const bc_scores *scores, bc_error *err) {
    bc_plot_input input = {.file = sweep->file,
                           .chosen = {.name = sweep->choice.name},
                           .test = {.name = bc_split_name(BC_SPLIT_TEST)},
                           .interval = sweep->interval,
                           .positive = scores->positive,
                           .negative = scores->negative};
    set_costs(&input, &sweep->rules.picks);
    return sweep->many ? draw_labels(text, plot, sweep, scores, &input, err)
                       : draw_study(text, plot, sweep, &input, err);
}
