/* What a run folder tells a report. */
#include "report_session.h"
#include "run_settings.h"

#include "base/delimited.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* *path = run/name where that is a file, else NULL. */
static bc_status find_file(char **path, const char *run, const char *name, bc_error *err) {
    bc_file_info info = {0};
    bc_status status = bc_file_join(path, run, name, err);
    if (status == BC_OK && (bc_file_look(&info, *path, NULL) != BC_OK || info.kind != BC_FILE_REGULAR)) {
        free(*path);
        *path = NULL;
    }
    return status;
}

static bc_status read_settings(bc_report_run *run, const char *path, bc_error *err) {
    bc_status status = bc_run_settings_read(&run->settings, path, err);
    run->data = bc_json_text(bc_json_member(bc_json_member(run->settings, "data"), "path"));
    return status;
}

/* ---- history.csv ---- */

enum { EPOCH, TRAIN_LOSS, VAL_LOSS, VAL_AUROC, BEST, FOLD, COLUMNS, NUMBERS = BEST };

static const char *const headings[COLUMNS] = {[EPOCH] = "epoch",       [TRAIN_LOSS] = "train_loss",
                                              [VAL_LOSS] = "val_loss", [VAL_AUROC] = "val_auroc",
                                              [BEST] = "best",         [FOLD] = "fold"};

enum { EPOCHS_LIMIT = 1 << 20 };

typedef struct history_table {
    double *cells; /* of each epoch NUMBERS numbers */
    size_t count, capacity;
    double kept;
} history_table;

static void find_columns(size_t places[COLUMNS], const bc_field *fields, size_t count) {
    for (int column = 0; column < COLUMNS; column++) {
        places[column] = SIZE_MAX;
        for (size_t i = 0; i < count; i++)
            places[column] = strcmp(fields[i].data, headings[column]) == 0 ? i : places[column];
    }
}

/* NaN for an empty cell, and where there is no such column. */
static double number_at(const bc_field *fields, size_t count, size_t place) {
    double number;
    if (place >= count || !bc_number_parse(fields[place].data, fields[place].length, &number))
        return NAN;
    return number;
}

/* Rows of a fold are those of another network than the one that was kept. */
static bc_status add_epoch(history_table *table, const bc_field *fields, size_t count,
                           const size_t places[COLUMNS], bc_error *err) {
    void *block = table->cells;
    if (places[FOLD] < count && fields[places[FOLD]].length > 0)
        return BC_OK;
    if (table->count == EPOCHS_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "more than %d epochs", (int)EPOCHS_LIMIT);
    bc_status status =
        bc_grow(&block, &table->capacity, table->count + 1, NUMBERS * sizeof *table->cells, err);
    table->cells = block;
    if (status != BC_OK)
        return status;
    double *cells = table->cells + NUMBERS * table->count++;
    for (int column = 0; column < NUMBERS; column++)
        cells[column] = number_at(fields, count, places[column]);
    if (number_at(fields, count, places[BEST]) == 1)
        table->kept = cells[EPOCH];
    return BC_OK;
}

static bc_status read_table(history_table *table, bc_delimited *rows, bc_error *err) {
    bc_field *fields;
    size_t count, places[COLUMNS];
    uint64_t line;
    bc_status status = bc_delimited_next(&fields, &count, &line, rows, err);
    if (status != BC_OK || fields == NULL)
        return status;
    find_columns(places, fields, count);
    while (status == BC_OK) {
        status = bc_delimited_next(&fields, &count, &line, rows, err);
        if (status != BC_OK || fields == NULL)
            break;
        status = add_epoch(table, fields, count, places, err);
    }
    return status;
}

static bc_status turn(bc_report_run *run, const history_table *table, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, table->count, NUMBERS * sizeof *run->columns, err);
    run->columns = block;
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < table->count; i++) {
        for (size_t column = 0; column < NUMBERS; column++)
            run->columns[column * table->count + i] = table->cells[NUMBERS * i + column];
    }
    const double *columns = run->columns;
    run->history = (bc_plot_history){.epochs = columns,
                                     .train_loss = columns + TRAIN_LOSS * table->count,
                                     .val_loss = columns + VAL_LOSS * table->count,
                                     .val_auroc = columns + VAL_AUROC * table->count,
                                     .count = table->count,
                                     .kept = table->kept};
    return BC_OK;
}

static bc_status read_history(bc_report_run *run, const char *path, bc_error *err) {
    history_table table = {.kept = NAN};
    bc_input *input = NULL;
    bc_delimited *rows = NULL;
    bc_status status = bc_input_open(&input, path, err);
    if (status == BC_OK)
        status = bc_delimited_open(&rows, input, ',', err);
    if (status == BC_OK)
        status = read_table(&table, rows, err);
    if (status == BC_OK)
        status = turn(run, &table, err);
    bc_delimited_free(rows);
    bc_input_free(input);
    free(table.cells);
    return status;
}

/* ---- the folder ---- */

typedef bc_status reader(bc_report_run *run, const char *path, bc_error *err);

/* The report can do without. */
static bc_status read_part(bc_report_session *session, const char *name, reader *read, bc_error *err) {
    bc_error found = {0};
    char *path;
    bc_status status = find_file(&path, session->given, name, err);
    if (status == BC_OK && path == NULL)
        bc_report_warn(session, "The run has no %s, so what it would tell is not here.", name);
    else if (status == BC_OK && read(&session->run, path, &found) != BC_OK)
        bc_report_warn(session, "%s", found.message);
    free(path);
    return status;
}

bc_status bc_report_read_run(bc_report_session *session, bc_error *err) {
    bc_report_run *run = &session->run;
    bc_status status = find_file(&run->scores, session->given, "scores.csv", err);
    if (status == BC_OK && run->scores == NULL)
        return bc_fail(err, BC_ERROR_FORMAT, "%s holds no scores.csv; is it a run that has ended?",
                       session->given);
    if (status == BC_OK)
        status = find_file(&run->model, session->given, "model.safetensors", err);
    if (status == BC_OK)
        status = find_file(&run->cutoff, session->given, "cutoff.json", err);
    if (status == BC_OK)
        status = read_part(session, "settings.json", read_settings, err);
    return status == BC_OK ? read_part(session, "history.csv", read_history, err) : status;
}
