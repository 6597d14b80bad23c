/* The plain way: every cell is looked at once, from its start to the separator behind it. */
#include "scores/plain.h"

#include "base/digits.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NO_LABEL = INT8_MIN };

/* ---- preparing ---- */

/* What ends a cell or starts a quoted one is no label of one character. */
static void list_short_labels(bc_plain *plain) {
    for (int i = 0; i < 256; i++) {
        const char label = (char)i;
        int32_t meaning = NO_LABEL;
        if (label != plain->separator && strchr("\"\r\n", label) == NULL)
            (void)bc_words_find(&meaning, plain->labels, &label, 1);
        plain->short_labels[i] = (int8_t)meaning;
    }
}

static void assign_columns(bc_plain *plain, const bc_columns *columns) {
    for (size_t i = 0; i < columns->count; i++)
        plain->columns[i].part = BC_COLUMN_COUNT;
    for (size_t i = 0; i < columns->pair_count; i++) {
        plain->columns[columns->pairs[i].label] = (bc_plain_column){BC_COLUMN_LABEL, (uint32_t)i};
        plain->columns[columns->pairs[i].value] = (bc_plain_column){BC_COLUMN_VALUE, (uint32_t)i};
    }
    for (int part = 0; part < BC_COLUMN_COUNT; part++) {
        if (columns->at[part] != SIZE_MAX)
            plain->columns[columns->at[part]].part = (uint8_t)part;
    }
}

/* The first row has told all targets of a wide file. */
static bc_status list_wide_targets(bc_plain *plain, const bc_columns *columns, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, columns->pair_count, sizeof *plain->wide_targets, err);
    plain->wide_targets = block;
    for (size_t i = 0; status == BC_OK && i < columns->pair_count; i++) {
        const char *name = columns->pairs[i].target;
        if (!bc_words_find(&plain->wide_targets[i], plain->targets, name, strlen(name)))
            plain->column_count = 0; /* not even one row is there: nothing can be read */
    }
    return status;
}

bc_status bc_plain_prepare(bc_plain *plain, const bc_reader *in, char separator, bc_error *err) {
    void *block;
    *plain = (bc_plain){.separator = separator,
                        .logits = in->columns.logits,
                        .unlabelled = in->columns.at[BC_COLUMN_LABEL] == SIZE_MAX && !bc_reader_is_wide(in),
                        .column_count = in->columns.count,
                        .rows_per_line = bc_reader_rows_per_line(in),
                        .labels = &in->labels,
                        .splits = &in->splits,
                        .targets = &in->targets};
    bc_status status = bc_alloc(&block, in->columns.count, sizeof *plain->columns, err);
    plain->columns = block;
    if (status != BC_OK)
        return status;
    list_short_labels(plain);
    assign_columns(plain, &in->columns);
    const bc_scores *scores = in->scores;
    plain->has_common =
        plain->unlabelled || scores->splits != NULL || scores->weights != NULL || scores->targets != NULL;
    return bc_reader_is_wide(in) ? list_wide_targets(plain, &in->columns, err) : BC_OK;
}

void bc_plain_free(bc_plain *plain) {
    free(plain->columns);
    free(plain->wide_targets);
    *plain = (bc_plain){0};
}

/* ---- cells: each function returns where the cell ends, or NULL when it is not plain ---- */

/* 0x80 in the bytes of word that are zero; what lies above the first of them is not to be trusted. */
static uint64_t zero_bytes(uint64_t word) {
    const uint64_t ones = 0x0101010101010101;
    return (word - ones) & ~word & ones << 7;
}

/* The first of the two characters; one is there. */
static const char *find_either(const char *text, char a, char b) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = 0x0101010101010101, all_a = ones * (uint8_t)a, all_b = ones * (uint8_t)b;
    for (;; text += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text, sizeof word);
        uint64_t found = zero_bytes(word ^ all_a) | zero_bytes(word ^ all_b);
        if (found != 0)
            return text + __builtin_ctzll(found) / 8;
    }
#else
    while (*text != a && *text != b)
        text++;
    return text;
#endif
}

static const char *read_cell(bc_slice *cell, const char *text, char separator) {
    bool quoted = *text == '"';
    text += quoted;
    const char *stop = find_either(text, quoted ? '"' : separator, '\n');
    if (quoted && *stop != '"')
        return NULL;
    if (!quoted && *stop == '\n' && stop > text && stop[-1] == '\r')
        stop--;
    *cell = (bc_slice){text, (size_t)(stop - text), NULL};
    return stop + quoted;
}

static const char *read_word(int32_t *meaning, const bc_words *known, const char *text, char separator) {
    bc_slice cell;
    const char *stop = read_cell(&cell, text, separator);
    return stop != NULL && bc_words_find(meaning, known, cell.text, cell.length) ? stop : NULL;
}

static const char *read_long_label(int8_t *label, const bc_plain *plain, const char *text) {
    int32_t meaning;
    const char *stop = read_word(&meaning, plain->labels, text, plain->separator);
    if (stop != NULL)
        *label = (int8_t)meaning;
    return stop;
}

static inline bool ends_cell(char c, char separator) {
    return c == separator || c == '\n' || c == '\r';
}

static inline const char *read_label(int8_t *label, const bc_plain *plain, const char *text) {
    if (!ends_cell(text[1], plain->separator))
        return read_long_label(label, plain, text);
    const int8_t known = plain->short_labels[(uint8_t)*text];
    *label = known;
    return known != NO_LABEL ? text + 1 : NULL;
}

/* Other numbers than most. */
static const char *read_any_number(double *value, const char *text, char separator) {
    bc_slice cell;
    const char *stop = bc_number_scan(value, text);
    if (stop != NULL && ends_cell(*stop, separator))
        return stop;
    stop = read_cell(&cell, text, separator);
    return stop != NULL && bc_number_parse(cell.text, cell.length, value) ? stop : NULL;
}

static inline const char *read_number(double *value, const char *text, char separator) {
    const char *stop = bc_digits_scan(value, text);
    return stop != NULL && ends_cell(*stop, separator) ? stop : read_any_number(value, text, separator);
}

static inline const char *read_value(double *value, const bc_plain *plain, const char *text) {
    double number = NAN;
    const char *stop = read_number(&number, text, plain->separator);
    *value = number;
    if (plain->logits ? !isnan(number) : number >= 0 && number <= 1)
        return stop;
    return NULL;
}

static const char *read_weight(double *weight, const bc_plain *plain, const char *text) {
    *weight = 1;
    if (ends_cell(*text, plain->separator)) /* empty */
        return text;
    const char *stop = read_number(weight, text, plain->separator);
    return stop != NULL && bc_score_weight_fits(*weight) ? stop : NULL;
}

static const char *read_split(uint8_t *split, const bc_plain *plain, const char *text) {
    int32_t meaning;
    const char *stop = read_word(&meaning, plain->splits, text, plain->separator);
    if (stop != NULL)
        *split = (uint8_t)meaning;
    return stop;
}

/* ---- lines ---- */

/* What a line says of all its rows. */
typedef struct common {
    double weight;
    uint8_t split;
    int32_t target;
} common;

static inline const char *read_column(const bc_plain_rows *into, common *of_line, size_t row,
                                      const bc_plain *plain, bc_plain_column column, const char *text) {
    bc_slice unused;
    switch (column.part) {
    case BC_COLUMN_LABEL:
        return read_label(&into->labels[row + column.row], plain, text);
    case BC_COLUMN_VALUE:
        return read_value(&into->values[row + column.row], plain, text);
    case BC_COLUMN_SPLIT:
        return read_split(&of_line->split, plain, text);
    case BC_COLUMN_WEIGHT:
        return read_weight(&of_line->weight, plain, text);
    case BC_COLUMN_TARGET:
        return read_word(&of_line->target, plain->targets, text, plain->separator);
    default:
        return read_cell(&unused, text, plain->separator);
    }
}

static void set_common(const bc_plain_rows *into, const common *of_line, size_t at, const bc_plain *plain) {
    for (size_t i = 0; i < plain->rows_per_line; i++) {
        if (plain->unlabelled)
            into->labels[at + i] = -1;
        if (into->splits != NULL)
            into->splits[at + i] = of_line->split;
        if (into->weights != NULL)
            into->weights[at + i] = of_line->weight;
        if (into->targets != NULL)
            into->targets[at + i] = plain->wide_targets != NULL ? plain->wide_targets[i] : of_line->target;
    }
}

/* The columns of a line, as far as the compiler may know them. */
typedef struct layout {
    const bc_plain_column *columns;
    size_t count;
    bool has_common; /* a line tells what is the same for all its rows */
} layout;

/* Returns where the next line starts. */
static inline const char *read_line(const bc_plain_rows *into, size_t row, const bc_plain *plain,
                                    const layout *line, const char *text) {
    common of_line = {1, BC_SPLIT_NONE, -1};
    for (size_t i = 0; i < line->count; i++) {
        if (i > 0 && *text++ != plain->separator)
            return NULL;
        text = read_column(into, &of_line, row, plain, line->columns[i], text);
        if (text == NULL)
            return NULL;
    }
    if (*text != '\n' && *text++ != '\r') /* a branch, which can be foretold: the next line hangs on it */
        return NULL;
    if (*text != '\n')
        return NULL;
    if (line->has_common)
        set_common(into, &of_line, row, plain);
    return text + 1;
}

static inline size_t read_lines(const char **stop, const bc_plain_rows *into, const bc_plain *plain,
                                const layout *line, const char *text, const char *end) {
    const bc_plain_rows rows = *into;
    size_t lines = 0, row = 0;
    for (; text < end; lines++, row += plain->rows_per_line) {
        const char *next = read_line(&rows, row, plain, line, text);
        if (next == NULL)
            break;
        text = next;
    }
    *stop = text;
    return lines;
}

static bool is_laid_out(const bc_plain *plain, const layout *line) {
    bool equal = plain->column_count == line->count && plain->has_common == line->has_common;
    for (size_t i = 0; equal && i < line->count; i++)
        equal = plain->columns[i].part == line->columns[i].part;
    return equal;
}

#if defined(__GNUC__)
#define INLINE_ALL_CALLS __attribute__((flatten))
#else
#define INLINE_ALL_CALLS
#endif

/* The usual files have a way of their own: the same, with what the compiler makes of it where it knows which
 * columns there are. */
INLINE_ALL_CALLS size_t bc_plain_read(const char **stop, const bc_plain_rows *into, const bc_plain *plain,
                                      const char *text, const char *end) {
    static const bc_plain_column label_first[] = {{BC_COLUMN_LABEL, 0}, {BC_COLUMN_VALUE, 0}},
                                 value_first[] = {{BC_COLUMN_VALUE, 0}, {BC_COLUMN_LABEL, 0}};
    static const layout label_value = {label_first, 2, false}, value_label = {value_first, 2, false};
    const layout any = {plain->columns, plain->column_count, plain->has_common};
    *stop = text;
    if (plain->column_count == 0)
        return 0;
    if (is_laid_out(plain, &label_value))
        return read_lines(stop, into, plain, &label_value, text, end);
    if (is_laid_out(plain, &value_label))
        return read_lines(stop, into, plain, &value_label, text, end);
    return read_lines(stop, into, plain, &any, text, end);
}
