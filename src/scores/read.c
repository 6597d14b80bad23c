/* Reads score files: finds out what kind of text it is, then takes one row after the other. */
#include <bclass/scores.h>

#include "base/delimited.h"
#include "base/input.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "scores/columns.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHOWN = 60 }; /* bytes of a wrong field that a message shows */

/* What one row says in one column; empty when it says nothing. */
typedef struct slice {
    const char *text;
    size_t length;
} slice;

typedef struct reader {
    bc_scores *scores;
    const bc_scores_options *options;
    bc_input *input;
    bc_columns columns;
    uint64_t line;   /* of the row being read */
    double negative; /* 0 or -1 once a row has told which of the two is the negative label, else 1 */
    bool positive_found, several_negatives;
    slice cells[BC_COLUMN_COUNT];
    char digits[BC_COLUMN_COUNT][BC_NUMBER_SIZE]; /* of a JSON number, as the text of its cell */
} reader;

static bc_status wrong_cell(const reader *in, bc_column column, const char *expected, bc_error *err) {
    const slice *wrong = &in->cells[column];
    return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %s '%.*s' is %s", bc_input_name(in->input),
                   (unsigned long long)in->line, in->columns.names[column],
                   (int)(wrong->length < SHOWN ? wrong->length : SHOWN), wrong->text, expected);
}

/* ---- one row ---- */

static bool is_word(const slice *cell, const char *word) {
    return cell->length == strlen(word) && strncasecmp(cell->text, word, cell->length) == 0;
}

/* Labels by name: the positive one, and any other. */
static bc_status read_named_label(int *label, reader *in, const slice *cell, bc_error *err) {
    const char *positive = in->options->positive;
    double number, positive_number;
    bool equal = bc_text_equals(positive, cell->text, cell->length) ||
                 (bc_number_parse(cell->text, cell->length, &number) &&
                  bc_number_parse(positive, strlen(positive), &positive_number) && number == positive_number);
    *label = equal;
    in->positive_found |= equal;
    if (equal || in->several_negatives)
        return BC_OK;
    if (in->scores->negative == NULL)
        return bc_copy_text(&in->scores->negative, cell->text, cell->length, err);
    in->several_negatives = !bc_text_equals(in->scores->negative, cell->text, cell->length);
    return BC_OK;
}

static bc_status read_label(int *label, reader *in, bc_error *err) {
    const slice *cell = &in->cells[BC_COLUMN_LABEL];
    *label = -1;
    if (cell->length == 0)
        return BC_OK;
    if (in->options->positive != NULL)
        return read_named_label(label, in, cell, err);
    double number;
    if (is_word(cell, "true"))
        number = 1;
    else if (is_word(cell, "false"))
        number = 0;
    else if (!bc_number_parse(cell->text, cell->length, &number))
        return wrong_cell(in, BC_COLUMN_LABEL, "neither 1 nor 0; name the positive class with --positive",
                          err);
    if (number != 1 && number != 0 && number != -1)
        return wrong_cell(in, BC_COLUMN_LABEL, "neither 1 nor 0 (or -1)", err);
    if (number != 1 && in->negative == 1)
        in->negative = number;
    if (number != 1 && number != in->negative)
        return wrong_cell(in, BC_COLUMN_LABEL, "a third label: 1, 0 and -1 cannot be mixed", err);
    *label = number == 1;
    return BC_OK;
}

static bc_status read_value(double *value, const reader *in, bc_error *err) {
    const slice *cell = &in->cells[BC_COLUMN_VALUE];
    if (!bc_number_parse(cell->text, cell->length, value))
        return wrong_cell(in, BC_COLUMN_VALUE, "no number", err);
    if (isnan(*value))
        return wrong_cell(in, BC_COLUMN_VALUE, "not a number (NaN)", err);
    if (!in->columns.logits && !(*value >= 0 && *value <= 1))
        return wrong_cell(in, BC_COLUMN_VALUE, "outside [0, 1]; if the column holds logits, say --logit",
                          err);
    return BC_OK;
}

static bc_status read_details(bc_score_row *row, const reader *in, bc_error *err) {
    const slice *fold = &in->cells[BC_COLUMN_FOLD], *weight = &in->cells[BC_COLUMN_WEIGHT];
    int64_t number;
    row->path = in->cells[BC_COLUMN_PATH].text;
    row->group = in->cells[BC_COLUMN_GROUP].text;
    if (fold->length > 0) {
        if (!bc_integer_parse(fold->text, fold->length, &number) || number < 0 || number > INT32_MAX)
            return wrong_cell(in, BC_COLUMN_FOLD, "no whole number from 0", err);
        row->fold = (int32_t)number;
    }
    if (weight->length > 0 && (!bc_number_parse(weight->text, weight->length, &row->weight) ||
                               !(row->weight > 0 && row->weight <= INT32_MAX)))
        return wrong_cell(in, BC_COLUMN_WEIGHT, "no number above 0", err);
    return BC_OK;
}

/* Adds the row that the cells hold. */
static bc_status add_row(reader *in, bc_error *err) {
    bc_score_row row = bc_score_row_blank;
    const slice *split = &in->cells[BC_COLUMN_SPLIT];
    bc_status status = read_label(&row.label, in, err);
    if (status == BC_OK)
        status = read_value(&row.value, in, err);
    if (status == BC_OK && !bc_split_parse(&row.split, split->text, split->length))
        status = wrong_cell(in, BC_COLUMN_SPLIT, "none of train, val, test, oof", err);
    if (status == BC_OK && in->options->details)
        status = read_details(&row, in, err);
    if (status == BC_OK)
        status = bc_scores_add(in->scores, &row, err);
    return status;
}

/* ---- delimited text ---- */

static bc_status add_fields(reader *in, const bc_field *fields, size_t count, bc_error *err) {
    if (count != in->columns.count)
        return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %zu field%s where the first line has %zu",
                       bc_input_name(in->input), (unsigned long long)in->line, count, count == 1 ? "" : "s",
                       in->columns.count);
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++) {
        if (in->columns.at[i] < count)
            in->cells[i] = (slice){fields[in->columns.at[i]].data, fields[in->columns.at[i]].length};
    }
    return add_row(in, err);
}

/* Column names are words; a number in the first row means that it is data already. */
static bool holds_number(const bc_field *fields, size_t count) {
    double number;
    for (size_t i = 0; i < count; i++) {
        if (bc_number_parse(fields[i].data, fields[i].length, &number))
            return true;
    }
    return false;
}

static bc_status choose_columns(reader *in, const bc_field *fields, size_t count, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, count, sizeof(char *), err);
    const char **names = block;
    for (size_t i = 0; status == BC_OK && i < count; i++)
        names[i] = fields[i].data;
    if (status == BC_OK)
        status = bc_columns_choose(&in->columns, names, count, in->options, bc_input_name(in->input), err);
    free(block);
    return status;
}

static bc_status read_delimited(reader *in, char *first, size_t length, bc_error *err) {
    bc_delimited *rows;
    bc_field *fields;
    size_t count;
    bc_status status = bc_delimited_open(&rows, in->input, bc_delimited_guess(first, length), err);
    if (status == BC_OK)
        status = bc_delimited_split(&fields, &count, &in->line, rows, first, length, err);
    if (status != BC_OK)
        goto done;
    if (holds_number(fields, count)) {
        status = bc_columns_choose_numbered(&in->columns, count, in->options, bc_input_name(in->input), err);
        if (status == BC_OK)
            status = add_fields(in, fields, count, err);
    } else {
        status = choose_columns(in, fields, count, err);
    }
    while (status == BC_OK) {
        status = bc_delimited_next(&fields, &count, &in->line, rows, err);
        if (status != BC_OK || fields == NULL)
            break;
        status = add_fields(in, fields, count, err);
    }
done:
    bc_delimited_free(rows);
    return status;
}

/* ---- JSON lines ---- */

static bc_status choose_members(reader *in, const bc_json *object, bc_error *err) {
    void *block;
    size_t count = 0;
    bc_status status = bc_alloc(&block, bc_json_count(object), sizeof(char *), err);
    const char **names = block;
    for (const bc_json *member = bc_json_first(object); status == BC_OK && member != NULL;
         member = bc_json_next(member))
        names[count++] = bc_json_key(member);
    if (status == BC_OK)
        status = bc_columns_choose(&in->columns, names, count, in->options, bc_input_name(in->input), err);
    free(block);
    return status;
}

static bc_status set_cell(reader *in, bc_column column, const bc_json *value, bc_error *err) {
    double number;
    bool flag;
    const char *text = "";
    if (bc_json_text(value) != NULL) {
        text = bc_json_text(value);
    } else if (bc_json_number(value, &number)) {
        bc_number_print_exact(in->digits[column], number);
        text = in->digits[column];
    } else if (bc_json_bool(value, &flag)) {
        text = flag ? "true" : "false";
    } else if (value != NULL && !bc_json_is_null(value)) {
        return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %s is neither a number nor a text",
                       bc_input_name(in->input), (unsigned long long)in->line, in->columns.names[column]);
    }
    in->cells[column] = (slice){text, strlen(text)};
    return BC_OK;
}

static bc_status add_object(reader *in, const char *text, size_t length, bc_error *err) {
    bc_json *object = NULL;
    bc_status status = bc_json_parse(&object, text, length, "", NULL);
    if (status != BC_OK || !bc_json_is_object(object)) {
        status = bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: not one JSON object on the line",
                         bc_input_name(in->input), (unsigned long long)in->line);
        goto done;
    }
    if (in->columns.count == 0)
        status = choose_members(in, object, err);
    for (int i = 0; status == BC_OK && i < BC_COLUMN_COUNT; i++) {
        if (in->columns.names[i] != NULL)
            status = set_cell(in, (bc_column)i, bc_json_member(object, in->columns.names[i]), err);
    }
    if (status == BC_OK)
        status = add_row(in, err);
done:
    bc_json_free(object);
    return status;
}

static bc_status read_json_lines(reader *in, char *text, size_t length, bc_error *err) {
    bc_status status = BC_OK;
    while (status == BC_OK && text != NULL) {
        in->line = bc_input_lines(in->input);
        if (text[strspn(text, " \t")] != '\0')
            status = add_object(in, text, length, err);
        if (status == BC_OK)
            status = bc_input_line(&text, &length, in->input, err);
    }
    return status;
}

/* ---- the file ---- */

static bc_status first_line(char **text, size_t *length, reader *in, bc_error *err) {
    bc_status status;
    do {
        status = bc_input_line(text, length, in->input, err);
    } while (status == BC_OK && *text != NULL && (*text)[strspn(*text, " \t")] == '\0');
    if (status == BC_OK && *text == NULL)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: empty, there are no scores", bc_input_name(in->input));
    return status;
}

/* Settles the names of the classes once all rows are there. */
static bc_status name_classes(reader *in, bc_error *err) {
    const char *positive = in->options->positive;
    if (positive == NULL)
        return BC_OK;
    if (!in->positive_found && in->scores->negative != NULL)
        return bc_fail(err, BC_ERROR_USAGE, "%s: no label is '%s'; the first one is '%s'",
                       bc_input_name(in->input), positive, in->scores->negative);
    if (in->several_negatives) {
        bc_text name = {0};
        bc_text_format(&name, "not %s", positive);
        bc_status status = bc_text_check(&name, err);
        if (status != BC_OK) {
            bc_text_free(&name);
            return status;
        }
        free(in->scores->negative);
        in->scores->negative = name.data;
    }
    return bc_copy_text(&in->scores->positive, positive, strlen(positive), err);
}

bc_status bc_scores_read(bc_scores *scores, const char *path, const bc_scores_options *options,
                         bc_error *err) {
    char *text;
    size_t length;
    *scores = (bc_scores){0};
    reader in = {.scores = scores, .options = options, .negative = 1};
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++)
        in.cells[i] = (slice){"", 0};
    bc_status status = bc_input_open(&in.input, path, err);
    if (status == BC_OK)
        status = first_line(&text, &length, &in, err);
    if (status != BC_OK)
        goto done;
    if (text[strspn(text, " \t")] == '{')
        status = read_json_lines(&in, text, length, err);
    else
        status = read_delimited(&in, text, length, err);
    if (status != BC_OK)
        goto done;
    scores->logits = in.columns.logits;
    if (scores->count == 0)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: no rows below the header", bc_input_name(in.input));
    else
        status = name_classes(&in, err);
done:
    bc_columns_free(&in.columns);
    bc_input_free(in.input);
    return status;
}
