/* Splits rows into fields, in place. */
#include "base/delimited.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct bc_delimited {
    bc_input *input;
    char separator;
    bc_text joined; /* a row whose quoted fields span lines */
    bc_field *fields;
    size_t capacity, count;
};

bc_status bc_delimited_open(bc_delimited **rows, bc_input *input, char separator, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof **rows, err);
    *rows = block;
    if (status == BC_OK) {
        (*rows)->input = input;
        (*rows)->separator = separator;
    }
    return status;
}

static bc_status add_field(bc_delimited *rows, char *data, size_t length, uint64_t line, bc_error *err) {
    if (rows->count == BC_FIELD_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "%s:%llu: more than %d fields", bc_input_name(rows->input),
                       (unsigned long long)line, BC_FIELD_LIMIT);
    void *block = rows->fields;
    bc_status status = bc_grow(&block, &rows->capacity, rows->count + 1, sizeof *rows->fields, err);
    rows->fields = block;
    if (status == BC_OK)
        rows->fields[rows->count++] = (bc_field){data, length};
    return status;
}

/* Takes the quotes off a field that starts at text (behind the opening one). Returns what follows the closing
 * one, or NULL when the field does not end before end. */
static char *unquote(char *text, char *end, size_t *length) {
    char *write = text;
    for (char *read = text; read < end; read++) {
        if (*read == '"' && (read + 1 == end || read[1] != '"')) {
            *length = (size_t)(write - text);
            *write = '\0';
            return read + 1;
        }
        read += *read == '"';
        *write++ = *read;
    }
    return NULL;
}

/* Whether a quoted field is open at the end of the text, where one was or was not at its start. */
static bool quote_stays_open(bool open, const char *text, size_t length, char separator) {
    bool at_start = !open;
    for (size_t i = 0; i < length; i++) {
        const bool turns = text[i] == '"' && (open || at_start);
        open ^= turns;
        at_start = text[i] == separator || turns; /* a second quote opens again what the first has closed */
    }
    return open;
}

static bc_status split(bc_delimited *rows, char *text, size_t length, uint64_t line, bc_error *err) {
    char *end = text + length;
    rows->count = 0;
    for (bool more = true; more;) {
        char *field = text, *after;
        size_t field_length;
        if (text < end && *text == '"') {
            field++;
            after = unquote(field, end, &field_length);
            if (after == NULL || (after < end && *after != rows->separator))
                return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %s", bc_input_name(rows->input),
                               (unsigned long long)line,
                               after == NULL ? "a quoted field does not end" : "text after a closing quote");
        } else {
            after = memchr(text, rows->separator, (size_t)(end - text));
            after = after != NULL ? after : end;
            field_length = (size_t)(after - field);
        }
        more = after < end;
        *after = '\0';
        bc_status status = add_field(rows, field, field_length, line, err);
        if (status != BC_OK)
            return status;
        text = after + 1;
    }
    return BC_OK;
}

/* Appends lines until the open quote closes. */
static bc_status join_lines(bc_delimited *rows, const char *text, size_t length, uint64_t first,
                            bc_error *err) {
    bc_text_clear(&rows->joined);
    bc_text_append(&rows->joined, text, length);
    for (bool open = true; open;) { /* each line is looked at once, for there may be millions */
        char *more;
        size_t more_length;
        bc_status status = bc_input_line(&more, &more_length, rows->input, err);
        if (status != BC_OK)
            return status;
        if (more == NULL || rows->joined.length + more_length > BC_LINE_LIMIT)
            return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: a quoted field does not end",
                           bc_input_name(rows->input), (unsigned long long)first);
        open = quote_stays_open(open, more, more_length, rows->separator);
        bc_text_char(&rows->joined, '\n');
        bc_text_append(&rows->joined, more, more_length);
        status = bc_text_check(&rows->joined, err);
        if (status != BC_OK)
            return status;
    }
    return BC_OK;
}

bc_status bc_delimited_split(bc_field **fields, size_t *count, uint64_t *line, bc_delimited *rows, char *text,
                             size_t length, bc_error *err) {
    bc_status status = BC_OK;
    *line = bc_input_lines(rows->input);
    if (memchr(text, '"', length) != NULL && quote_stays_open(false, text, length, rows->separator)) {
        status = join_lines(rows, text, length, *line, err);
        if (status != BC_OK)
            return status;
        text = rows->joined.data;
        length = rows->joined.length;
    }
    status = split(rows, text, length, *line, err);
    *fields = rows->fields;
    *count = rows->count;
    return status;
}

bc_status bc_delimited_next(bc_field **fields, size_t *count, uint64_t *line, bc_delimited *rows,
                            bc_error *err) {
    char *text;
    size_t length;
    *fields = NULL;
    *count = 0;
    do {
        bc_status status = bc_input_line(&text, &length, rows->input, err);
        *line = bc_input_lines(rows->input);
        if (status != BC_OK || text == NULL)
            return status;
    } while (length == 0);
    return bc_delimited_split(fields, count, line, rows, text, length, err);
}

char bc_delimited_guess(const char *header, size_t length) {
    static const char separators[] = {',', '\t', ';'};
    size_t seen[3] = {0};
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        quoted ^= header[i] == '"';
        for (size_t k = 0; k < 3; k++)
            seen[k] += !quoted && header[i] == separators[k];
    }
    size_t best = 0;
    for (size_t k = 1; k < 3; k++)
        best = seen[k] > seen[best] ? k : best;
    return separators[best];
}

void bc_delimited_free(bc_delimited *rows) {
    if (rows == NULL)
        return;
    bc_text_free(&rows->joined);
    free(rows->fields);
    free(rows);
}
