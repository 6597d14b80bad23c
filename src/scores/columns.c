/* Finds the columns by name or number. */
#include "scores/columns.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Accepted names, the preferred one first. */
static const char *const label_names[] = {"label", "y_true", NULL};
static const char *const value_names[] = {"logit", "score", "y_score", "prob", "probability", NULL};
static const char *const split_names[] = {"split", NULL};
static const char *const path_names[] = {"path", "file", "filename", NULL};
static const char *const fold_names[] = {"fold", NULL};
static const char *const group_names[] = {"group", NULL};
static const char *const weight_names[] = {"weight", NULL};

/* The names in a file's header. */
typedef struct header {
    const char *const *names;
    size_t count;
    const char *file;
} header;

static void append_names(bc_text *text, const char *const *names, size_t count) {
    enum { MOST = 30 };
    for (size_t i = 0; i < count && i < MOST; i++)
        bc_text_format(text, "%s%s", i > 0 ? ", " : "", names[i]);
    if (count > MOST)
        bc_text_string(text, ", ...");
}

/* named: what the user asked for, or NULL when none of the usual names is there. */
static bc_status no_such_column(const header *in, const char *named, const char *usual, bc_error *err) {
    bc_text known = {0};
    append_names(&known, in->names, in->count);
    const char *list = known.data != NULL ? known.data : "";
    bc_status status =
        named != NULL
            ? bc_fail(err, BC_ERROR_USAGE, "%s: no column '%s'; the columns are: %s", in->file, named, list)
            : bc_fail(err, BC_ERROR_USAGE, "%s: no %s; the columns are: %s", in->file, usual, list);
    bc_text_free(&known);
    return status;
}

/* Sets the column when a name of the header equals the given one; a name that stands twice is an error. */
static bc_status find(bc_columns *columns, bc_column column, const header *in, const char *name,
                      bc_error *err) {
    for (size_t i = 0; i < in->count; i++) {
        if (strcmp(in->names[i], name) != 0)
            continue;
        if (columns->names[column] != NULL)
            return bc_fail(err, BC_ERROR_FORMAT, "%s: two columns are called '%s'", in->file, name);
        bc_status status = bc_copy_text(&columns->names[column], name, strlen(name), err);
        if (status != BC_OK)
            return status;
        columns->at[column] = i;
    }
    return BC_OK;
}

static bc_status find_any(bc_columns *columns, bc_column column, const header *in, const char *const *names,
                          bc_error *err) {
    bc_status status = BC_OK;
    for (; status == BC_OK && *names != NULL && columns->names[column] == NULL; names++)
        status = find(columns, column, in, *names, err);
    return status;
}

static bc_status find_needed(bc_columns *columns, bc_column column, const header *in, const char *named,
                             const char *const *usual, const char *advice, bc_error *err) {
    bc_status status =
        named != NULL ? find(columns, column, in, named, err) : find_any(columns, column, in, usual, err);
    if (status == BC_OK && columns->names[column] == NULL)
        status = no_such_column(in, named, advice, err);
    return status;
}

static void clear(bc_columns *columns, size_t count) {
    *columns = (bc_columns){.count = count};
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++)
        columns->at[i] = SIZE_MAX;
}

bc_status bc_columns_choose(bc_columns *columns, const char *const *names, size_t count,
                            const bc_scores_options *options, const char *file, bc_error *err) {
    const header in = {names, count, file};
    clear(columns, count);
    bc_status status = find_needed(columns, BC_COLUMN_LABEL, &in, options->label_column, label_names,
                                   "label column (label or y_true); name it with --label-col", err);
    if (status == BC_OK)
        status = find_needed(columns, BC_COLUMN_VALUE, &in, options->score_column, value_names,
                             "score column (logit, score, y_score, prob or probability); name it with "
                             "--score-col",
                             err);
    if (status == BC_OK)
        status = find_any(columns, BC_COLUMN_SPLIT, &in, split_names, err);
    if (status == BC_OK && options->details)
        status = find_any(columns, BC_COLUMN_PATH, &in, path_names, err);
    if (status == BC_OK && options->details)
        status = find_any(columns, BC_COLUMN_FOLD, &in, fold_names, err);
    if (status == BC_OK && options->details)
        status = find_any(columns, BC_COLUMN_GROUP, &in, group_names, err);
    if (status == BC_OK && options->details)
        status = find_any(columns, BC_COLUMN_WEIGHT, &in, weight_names, err);
    if (status == BC_OK)
        columns->logits = options->logit || strcmp(columns->names[BC_COLUMN_VALUE], "logit") == 0;
    return status;
}

static bc_status find_numbered(bc_columns *columns, bc_column column, const char *named, int64_t usual,
                               const char *file, bc_error *err) {
    int64_t number = usual;
    if (named != NULL &&
        (!bc_integer_parse(named, strlen(named), &number) || number < 1 || (uint64_t)number > columns->count))
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s: no column '%s'; the file has no header line and its columns are 1 to %zu", file,
                       named, columns->count);
    char digits[BC_NUMBER_SIZE];
    bc_number_print(digits, (double)number, 15);
    columns->at[column] = (size_t)number - 1;
    return bc_copy_text(&columns->names[column], digits, strlen(digits), err);
}

bc_status bc_columns_choose_numbered(bc_columns *columns, size_t count, const bc_scores_options *options,
                                     const char *file, bc_error *err) {
    clear(columns, count);
    columns->logits = options->logit;
    if (count != 2 && (options->label_column == NULL || options->score_column == NULL))
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s: no header line and %zu column%s; say which to use: --label-col 1 --score-col 2",
                       file, count, count == 1 ? "" : "s");
    bc_status status = find_numbered(columns, BC_COLUMN_LABEL, options->label_column, 1, file, err);
    if (status == BC_OK)
        status = find_numbered(columns, BC_COLUMN_VALUE, options->score_column, 2, file, err);
    return status;
}

void bc_columns_free(bc_columns *columns) {
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++)
        free(columns->names[i]);
    *columns = (bc_columns){0};
}
