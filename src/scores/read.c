/* Reads score files: finds out what kind of text each is, and what its columns are. */
#include "base/delimited.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "scores/reader.h"
#include "scores/table.h"

#include <stdlib.h>
#include <string.h>

/* ---- delimited text ---- */

typedef struct delimited {
    bc_delimited *rows;
    char separator;
    bc_slice *cells; /* of one row */
} delimited;

static bc_status add_fields(bc_reader *in, const delimited *text, const bc_field *fields, size_t count,
                            bc_error *err) {
    if (count != in->columns.count)
        return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %zu field%s where the first line has %zu",
                       bc_input_name(in->input), (unsigned long long)in->line, count, count == 1 ? "" : "s",
                       in->columns.count);
    for (size_t i = 0; i < count; i++)
        text->cells[i] = (bc_slice){fields[i].data, fields[i].length, NULL};
    return bc_reader_add(in, text->cells, err);
}

/* The next row, the careful way; *more is false when there is none. */
static bc_status read_row(bool *more, bc_reader *in, const delimited *text, bc_error *err) {
    bc_error failure = {0};
    bc_field *fields;
    size_t count;
    *more = true;
    bc_status status = bc_delimited_next(&fields, &count, &in->line, text->rows, &failure);
    /* A quoted field that does not end has swallowed lines that may be good ones. */
    bool one_line = in->line == bc_input_lines(in->input);
    if (status == BC_OK && fields == NULL) {
        *more = false;
        return BC_OK;
    }
    if (status == BC_OK) {
        status = add_fields(in, text, fields, count, &failure);
        one_line = true;
    }
    if (status == BC_OK || (one_line && bc_reader_skips(in, status, &failure)))
        return BC_OK;
    if (err != NULL)
        *err = failure;
    return status;
}

/* All rows. The plain way is tried again and again; where it soon ends, ever longer stretches are read the
 * careful way before the next try, for a try that ends throws away what other threads have read ahead. */
static bc_status read_rows(bc_reader *in, const delimited *text, bc_error *err) {
    enum { WORTH_THE_TRY = 1 << 16 }; /* rows */
    size_t stretch = bc_reader_has_details(in) ? SIZE_MAX : 1;
    for (bool more = true; more;) {
        bc_status status = BC_OK;
        for (size_t i = 0; status == BC_OK && more && i < stretch; i++)
            status = read_row(&more, in, text, err);
        size_t before = in->scores->count;
        if (status == BC_OK && more)
            status = bc_reader_read_plain(in, text->separator, err);
        if (status != BC_OK)
            return status;
        bool worth = in->scores->count - before >= WORTH_THE_TRY;
        if (stretch < SIZE_MAX / 2)
            stretch = worth ? 1 : 2 * stretch;
    }
    return BC_OK;
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

static bc_status choose_columns(bc_reader *in, const bc_field *fields, size_t count, bc_error *err) {
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

/* The first row: names of columns, or data. */
static bc_status read_first(bc_reader *in, delimited *text, const bc_field *fields, size_t count,
                            bc_error *err) {
    void *block;
    const bool data = holds_number(fields, count);
    bc_status status = bc_alloc(&block, count, sizeof *text->cells, err);
    text->cells = block;
    if (status == BC_OK && data)
        status = bc_columns_choose_numbered(&in->columns, count, in->options, bc_input_name(in->input), err);
    else if (status == BC_OK)
        status = choose_columns(in, fields, count, err);
    if (status == BC_OK)
        status = bc_reader_begin_rows(in, err);
    if (status == BC_OK && data)
        status = add_fields(in, text, fields, count, err);
    return status;
}

static bc_status read_delimited(bc_reader *in, char *first, size_t length, bc_error *err) {
    delimited text = {.separator = bc_delimited_guess(first, length)};
    bc_field *fields;
    size_t count;
    bc_status status = bc_delimited_open(&text.rows, in->input, text.separator, err);
    if (status == BC_OK)
        status = bc_delimited_split(&fields, &count, &in->line, text.rows, first, length, err);
    if (status == BC_OK)
        status = read_first(in, &text, fields, count, err);
    if (status == BC_OK)
        status = read_rows(in, &text, err);
    bc_delimited_free(text.rows);
    free(text.cells);
    return status;
}

/* ---- JSON lines ---- */

/* A member of each line's object that is a column. */
typedef struct member {
    const char *name; /* the columns' */
    bool is_number;   /* and never looked at as text */
    double number;
    char digits[BC_NUMBER_SIZE]; /* of a number that is looked at as text */
} member;

typedef struct members {
    member *items;
    bc_slice *cells; /* one of each; the columns' numbers are indices here */
    size_t count;
} members;

static bc_status choose_members(bc_reader *in, const bc_json *object, bc_error *err) {
    void *block;
    size_t count = 0;
    bc_text place = {0}; /* named where a column is missing */
    bc_text_format(&place, "%s:%llu", bc_input_name(in->input), (unsigned long long)in->line);
    bc_status status = bc_text_check(&place, err);
    if (status == BC_OK)
        status = bc_alloc(&block, bc_json_count(object), sizeof(char *), err);
    if (status != BC_OK)
        goto done;
    const char **names = block;
    for (const bc_json *item = bc_json_first(object); item != NULL; item = bc_json_next(item))
        names[count++] = bc_json_key(item);
    status = bc_columns_choose(&in->columns, names, count, in->options, place.data, err);
    free(block);
    if (status == BC_OK)
        status = bc_reader_begin_rows(in, err);
done:
    bc_text_free(&place);
    return status;
}

static void add_member(members *all, size_t *at, const char *name, bool is_number) {
    all->items[all->count].name = name;
    all->items[all->count].is_number = is_number;
    *at = all->count++;
}

/* Lists the members that are columns, and numbers the columns by this list. */
static bc_status list_members(members *all, bc_columns *columns, bc_error *err) {
    size_t most = BC_COLUMN_COUNT + 2 * columns->pair_count;
    void *items, *cells = NULL;
    bc_status status = bc_alloc(&items, most, sizeof(member), err);
    if (status == BC_OK)
        status = bc_alloc(&cells, most, sizeof(bc_slice), err);
    all->items = items;
    all->cells = cells;
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++) {
        if (columns->names[i] != NULL)
            add_member(all, &columns->at[i], columns->names[i],
                       i == BC_COLUMN_VALUE || i == BC_COLUMN_WEIGHT);
    }
    for (size_t i = 0; i < columns->pair_count; i++) {
        bc_pair *pair = &columns->pairs[i];
        add_member(all, &pair->label, pair->label_name, false);
        add_member(all, &pair->value, pair->value_name, true);
    }
    return BC_OK;
}

/* Labels are nearly always 1 and 0. */
static void print_number(char digits[BC_NUMBER_SIZE], double number) {
    if (number == 0 || number == 1)
        strcpy(digits, number == 1 ? "1" : "0");
    else
        bc_number_print_exact(digits, number);
}

static bc_status set_cell(bc_slice *cell, member *of, const bc_json *value, const bc_reader *in,
                          bc_error *err) {
    bool flag;
    const char *text = "", *wrong = NULL;
    const double *number = NULL;
    if (bc_json_text(value) != NULL) {
        text = bc_json_text(value);
    } else if (bc_json_number(value, &of->number) && of->is_number) {
        number = &of->number;
    } else if (bc_json_number(value, &of->number)) {
        print_number(of->digits, of->number);
        text = of->digits;
    } else if (bc_json_bool(value, &flag)) {
        text = flag ? "true" : "false";
    } else if (bc_json_is_number(value)) {
        wrong = "a number beyond what a double holds";
    } else if (value != NULL && !bc_json_is_null(value)) {
        wrong = "neither a number nor a text";
    }
    *cell = (bc_slice){text, strlen(text), number};
    if (wrong != NULL)
        return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %s is %s", bc_input_name(in->input),
                       (unsigned long long)in->line, of->name, wrong);
    return BC_OK;
}

static bc_status parse_object(bc_json **object, const bc_reader *in, const char *text, size_t length,
                              bc_error *err) {
    bc_status status = bc_json_parse(object, text, length, "", err);
    if (status == BC_ERROR_MEMORY || (status == BC_OK && bc_json_is_object(*object)))
        return status;
    return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: not one JSON object on the line", bc_input_name(in->input),
                   (unsigned long long)in->line);
}

static bc_status add_object(bc_reader *in, members *all, const bc_json *object, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < all->count; i++)
        status =
            set_cell(&all->cells[i], &all->items[i], bc_json_member(object, all->items[i].name), in, err);
    return status == BC_OK ? bc_reader_add(in, all->cells, err) : status;
}

/* A line that is no object, or whose values are no good, may be passed over. Not so an object that has not
 * the columns: the first one says what the file is. */
static bc_status add_line(bc_reader *in, members *all, const char *text, size_t length, bc_error *err) {
    bc_error failure = {0};
    bc_json *object = NULL;
    bc_status status = parse_object(&object, in, text, length, &failure);
    if (status == BC_OK && all->items == NULL) {
        status = choose_members(in, object, err);
        if (status == BC_OK)
            status = list_members(all, &in->columns, err);
        if (status != BC_OK)
            goto done;
    }
    if (status == BC_OK)
        status = add_object(in, all, object, &failure);
    if (status != BC_OK && bc_reader_skips(in, status, &failure))
        status = BC_OK;
    else if (status != BC_OK && err != NULL)
        *err = failure;
done:
    bc_json_free(object);
    return status;
}

static bc_status read_json_lines(bc_reader *in, char *text, size_t length, bc_error *err) {
    members all = {0};
    bc_status status = BC_OK;
    while (status == BC_OK && text != NULL) {
        in->line = bc_input_lines(in->input);
        if (text[strspn(text, " \t")] != '\0')
            status = add_line(in, &all, text, length, err);
        if (status == BC_OK)
            status = bc_input_line(&text, &length, in->input, err);
    }
    free(all.items);
    free(all.cells);
    return status;
}

/* ---- files ---- */

static bc_status first_line(char **text, size_t *length, bc_reader *in, bc_error *err) {
    bc_status status;
    do {
        status = bc_input_line(text, length, in->input, err);
    } while (status == BC_OK && *text != NULL && (*text)[strspn(*text, " \t")] == '\0');
    if (status == BC_OK && *text == NULL)
        status = bc_fail(err, BC_ERROR_FORMAT, "%s: empty, there are no scores", bc_input_name(in->input));
    return status;
}

/* JSON that is not lines of objects, and lines that do not end as text lines do. */
static bc_status check_kind(const bc_reader *in, const char *first, bc_error *err) {
    const char *text = first + strspn(first, " \t");
    const char *inside = text + 1 + strspn(text + 1, " \t");
    if (*text == '[' && (*inside == '{' || *inside == '\0'))
        return bc_fail(err, BC_ERROR_FORMAT,
                       "%s: a JSON array; what can be read is one object a line, as 'jq -c .[]' prints them",
                       bc_input_name(in->input));
    if (strchr(text, '\r') != NULL && strchr(text, '"') == NULL)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: its lines end in CR alone; they must end in LF or CR LF",
                       bc_input_name(in->input));
    return BC_OK;
}

static bc_status no_rows(const bc_reader *in, uint64_t skipped, bc_error *err) {
    const char *name = bc_input_name(in->input);
    if (in->scores->skipped == skipped)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: no rows below the header", name);
    return bc_fail(err, BC_ERROR_FORMAT, "%s: no row could be used; the first: %s", name,
                   in->scores->first_skipped);
}

static void close_file(bc_reader *in) {
    bc_columns_free(&in->columns);
    bc_words_free(&in->labels);
    bc_words_free(&in->splits);
    bc_input_free(in->input);
    in->input = NULL;
}

static bc_status read_file(bc_reader *in, const char *path, bc_error *err) {
    char *text;
    size_t length, rows = in->scores->count;
    uint64_t skipped = in->scores->skipped;
    in->negative = 1;
    bc_status status = bc_input_open(&in->input, path, err);
    in->size = status == BC_OK ? bc_input_left(in->input) : 0;
    if (status == BC_OK)
        status = first_line(&text, &length, in, err);
    if (status == BC_OK)
        status = check_kind(in, text, err);
    if (status == BC_OK)
        status = bc_scores_begin_file(in->scores, bc_input_name(in->input), err);
    if (status != BC_OK)
        goto done;
    if (text[strspn(text, " \t")] == '{')
        status = read_json_lines(in, text, length, err);
    else
        status = read_delimited(in, text, length, err);
    if (status == BC_OK && in->scores->count == rows)
        status = no_rows(in, skipped, err);
done:
    close_file(in);
    return status;
}

/* Settles the names of the classes once all rows are there. */
static bc_status name_classes(const bc_reader *in, const char *first_file, bc_error *err) {
    const char *positive = in->options->positive;
    if (positive == NULL)
        return BC_OK;
    if (!in->positive_found && in->scores->negative != NULL)
        return bc_fail(err, BC_ERROR_USAGE, "%s: no label is '%s'; the first one is '%s'", first_file,
                       positive, in->scores->negative);
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

bc_status bc_scores_read_many(bc_scores *scores, const char *const *paths, size_t count,
                              const bc_scores_options *options, bc_error *err) {
    *scores = (bc_scores){0};
    bc_reader in = {.scores = scores, .options = options};
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < count; i++)
        status = read_file(&in, paths[i], err);
    if (status == BC_OK && count > 0)
        status = name_classes(&in, bc_scores_file(scores, 0), err);
    if (status == BC_OK)
        bc_scores_trim(scores);
    bc_reader_free_slots(&in);
    bc_words_free(&in.targets);
    bc_pool_free(in.pool);
    return status;
}

bc_status bc_scores_read(bc_scores *scores, const char *path, const bc_scores_options *options,
                         bc_error *err) {
    return bc_scores_read_many(scores, &path, 1, options, err);
}
