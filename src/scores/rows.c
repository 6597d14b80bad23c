/* The careful way: what the cells of a row say, and what is wrong with them. */
#include "base/text.h"
#include "scores/reader.h"
#include "scores/table.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SHOWN = 60,              /* bytes of a wrong field that a message shows */
    KNOWN_WORDS_LIMIT = 4096 /* different labels to remember; others are read the careful way each time */
};

static bc_status wrong_cell(const bc_reader *in, bc_column column, const char *expected, bc_error *err) {
    bc_slice wrong = in->cells[column];
    char digits[BC_NUMBER_SIZE];
    if (wrong.number != NULL) {
        bc_number_print_exact(digits, *wrong.number);
        wrong = (bc_slice){digits, strlen(digits), NULL};
    }
    return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %s '%.*s' is %s", bc_input_name(in->input),
                   (unsigned long long)in->line, in->names[column],
                   (int)(wrong.length < SHOWN ? wrong.length : SHOWN), wrong.text, expected);
}

/* ---- cells ---- */

static bool read_number(double *number, const bc_slice *cell) {
    if (cell->number == NULL)
        return bc_number_parse(cell->text, cell->length, number);
    *number = *cell->number;
    return true;
}

static bc_status remember(bc_words *words, const bc_slice *cell, int32_t meaning, bc_error *err) {
    int32_t known;
    if (words->count == KNOWN_WORDS_LIMIT || bc_words_find(&known, words, cell->text, cell->length))
        return BC_OK;
    return bc_words_add(words, cell->text, cell->length, meaning, err);
}

static bool is_word(const bc_slice *cell, const char *word) {
    return cell->length == strlen(word) && strncasecmp(cell->text, word, cell->length) == 0;
}

/* Labels by name: the positive one, and any other. */
static bc_status read_named_label(int *label, bc_reader *in, const bc_slice *cell, bc_error *err) {
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

static bc_status read_numeric_label(int *label, bc_reader *in, const bc_slice *cell, bc_error *err) {
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

static bc_status read_label(int *label, bc_reader *in, bc_error *err) {
    const bc_slice *cell = &in->cells[BC_COLUMN_LABEL];
    bc_status status = BC_OK;
    *label = -1;
    if (cell->length > 0 && in->options->positive != NULL)
        status = read_named_label(label, in, cell, err);
    else if (cell->length > 0)
        status = read_numeric_label(label, in, cell, err);
    return status == BC_OK ? remember(&in->labels, cell, *label, err) : status;
}

static bc_status read_value(double *value, const bc_reader *in, bc_error *err) {
    const bc_slice *cell = &in->cells[BC_COLUMN_VALUE];
    if (!read_number(value, cell))
        return wrong_cell(in, BC_COLUMN_VALUE, "no number", err);
    if (isnan(*value))
        return wrong_cell(in, BC_COLUMN_VALUE, "not a number (NaN)", err);
    if (!in->columns.logits && !(*value >= 0 && *value <= 1))
        return wrong_cell(in, BC_COLUMN_VALUE, "outside [0, 1]; if the column holds logits, say --logit",
                          err);
    return BC_OK;
}

static bc_status read_split(bc_split *split, bc_reader *in, bc_error *err) {
    const bc_slice *cell = &in->cells[BC_COLUMN_SPLIT];
    if (!bc_split_parse(split, cell->text, cell->length))
        return wrong_cell(in, BC_COLUMN_SPLIT, "none of train, val, test, oof", err);
    return remember(&in->splits, cell, (int32_t)*split, err);
}

static bc_status read_weight(double *weight, const bc_reader *in, bc_error *err) {
    const bc_slice *cell = &in->cells[BC_COLUMN_WEIGHT];
    if (cell->length == 0 && cell->number == NULL)
        return BC_OK;
    if (!read_number(weight, cell) || !(*weight > 0 && isfinite(*weight)))
        return wrong_cell(in, BC_COLUMN_WEIGHT, "no finite number above 0", err);
    return bc_score_weight_fits(*weight) ? BC_OK
                                         : wrong_cell(in, BC_COLUMN_WEIGHT, "not from 1e-100 to 1e100", err);
}

static bc_status read_target(int32_t *target, bc_reader *in, bc_error *err) {
    const bc_slice *cell = &in->cells[BC_COLUMN_TARGET];
    if (bc_words_find(target, &in->targets, cell->text, cell->length))
        return BC_OK;
    if (in->targets.count == BC_TARGET_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT,
                       "%s:%llu: more than %d different names in column '%s'; is it the one "
                       "that names the label a row is about?",
                       bc_input_name(in->input), (unsigned long long)in->line, BC_TARGET_LIMIT,
                       in->names[BC_COLUMN_TARGET]);
    bc_status status = bc_scores_add_target(target, in->scores, cell->text, cell->length, err);
    if (status == BC_OK)
        status = bc_words_add(&in->targets, cell->text, cell->length, *target, err);
    return status;
}

static bc_status read_details(bc_score_row *row, const bc_reader *in, bc_error *err) {
    const bc_slice *fold = &in->cells[BC_COLUMN_FOLD];
    int64_t number;
    row->path = in->cells[BC_COLUMN_PATH].text;
    row->group = in->cells[BC_COLUMN_GROUP].text;
    if (fold->length == 0)
        return BC_OK;
    if (!bc_integer_parse(fold->text, fold->length, &number) || number < 0 || number > INT32_MAX)
        return wrong_cell(in, BC_COLUMN_FOLD, "no whole number from 0", err);
    row->fold = (int32_t)number;
    return BC_OK;
}

/* ---- rows ---- */

bool bc_reader_is_wide(const bc_reader *in) {
    return in->columns.pair_count > 0;
}

bool bc_reader_has_details(const bc_reader *in) {
    const size_t *at = in->columns.at;
    return at[BC_COLUMN_PATH] != SIZE_MAX || at[BC_COLUMN_FOLD] != SIZE_MAX ||
           at[BC_COLUMN_GROUP] != SIZE_MAX;
}

size_t bc_reader_rows_per_line(const bc_reader *in) {
    return bc_reader_is_wide(in) ? in->columns.pair_count : 1;
}

/* All but the label and the target: what these two say is kept in mind, so they come last, when nothing else
 * can be wrong with the row. */
static bc_status read_numbers(bc_score_row *row, bc_reader *in, bc_error *err) {
    bc_status status = read_value(&row->value, in, err);
    if (status == BC_OK && in->names[BC_COLUMN_TARGET] != NULL && in->cells[BC_COLUMN_TARGET].length == 0)
        status = wrong_cell(in, BC_COLUMN_TARGET, "no name", err);
    if (status == BC_OK)
        status = read_split(&row->split, in, err);
    if (status == BC_OK)
        status = read_weight(&row->weight, in, err);
    if (status == BC_OK && bc_reader_has_details(in))
        status = read_details(row, in, err);
    return status;
}

static bc_status add_cells(bc_reader *in, bc_error *err) {
    bc_score_row row = bc_score_row_blank;
    bc_status status = read_numbers(&row, in, err);
    if (status == BC_OK)
        status = read_label(&row.label, in, err);
    if (status == BC_OK && in->names[BC_COLUMN_TARGET] != NULL)
        status = read_target(&row.target, in, err);
    if (status == BC_OK)
        status = bc_scores_add(in->scores, &row, err);
    return status;
}

static void set_pair(bc_reader *in, const bc_pair *pair, const bc_slice *cells) {
    in->cells[BC_COLUMN_LABEL] = cells[pair->label];
    in->cells[BC_COLUMN_VALUE] = cells[pair->value];
    in->cells[BC_COLUMN_TARGET] = (bc_slice){pair->target, strlen(pair->target), NULL};
    in->names[BC_COLUMN_LABEL] = pair->label_name;
    in->names[BC_COLUMN_VALUE] = pair->value_name;
    in->names[BC_COLUMN_TARGET] = pair->label_name;
}

bc_status bc_reader_add(bc_reader *in, const bc_slice *cells, bc_error *err) {
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++) {
        if (in->columns.at[i] != SIZE_MAX)
            in->cells[i] = cells[in->columns.at[i]];
    }
    enum { TELL_EVERY = 4096 };
    size_t before = in->scores->count;
    if (before % TELL_EVERY == 0)
        bc_reader_tell(in, before);
    bc_status status = bc_scores_mark_line(in->scores, in->line, bc_reader_rows_per_line(in), err);
    if (status == BC_OK && !bc_reader_is_wide(in))
        status = add_cells(in, err);
    for (size_t i = 0; status == BC_OK && i < in->columns.pair_count; i++) {
        set_pair(in, &in->columns.pairs[i], cells);
        status = add_cells(in, err);
    }
    if (status != BC_OK)
        in->scores->count = before; /* all rows of a line or none */
    return status;
}

void bc_reader_tell(const bc_reader *in, size_t rows) {
    if (in->options->on_progress == NULL)
        return;
    const double left = (double)bc_input_left(in->input) / (double)in->size;
    in->options->on_progress(in->options->context, rows, in->size > 0 ? fmax(0, 1 - left) : NAN);
}

bool bc_reader_skips(bc_reader *in, bc_status status, const bc_error *err) {
    if (!in->options->skip_bad || status != BC_ERROR_FORMAT || bc_input_failed(in->input))
        return false;
    bc_scores *scores = in->scores;
    if (scores->skipped == 0 &&
        bc_copy_text(&scores->first_skipped, err->message, strlen(err->message), NULL) != BC_OK)
        return false;
    scores->skipped++;
    return true;
}

/* ---- a file's first row ---- */

/* The next file's rows must be of the same kind as those there are. */
static bc_status check_kind(const bc_reader *in, bool has_targets, bc_error *err) {
    const bc_scores *scores = in->scores;
    const char *name = bc_input_name(in->input), *first = bc_scores_file(scores, 0);
    if (scores->count == 0)
        return BC_OK;
    if (in->columns.logits != scores->logits)
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s: holds %s where %s holds %s; read the same column of both, see --score-col", name,
                       in->columns.logits ? "logits" : "scores from 0 to 1", first,
                       scores->logits ? "logits" : "scores from 0 to 1");
    if (has_targets != (scores->targets != NULL))
        return bc_fail(err, BC_ERROR_USAGE, "%s: has %s column that names the label of a row, and %s has %s",
                       name, has_targets ? "a" : "no", first, has_targets ? "none" : "one");
    return BC_OK;
}

bc_status bc_reader_begin_rows(bc_reader *in, bc_error *err) {
    bool has_targets = bc_reader_is_wide(in) || in->columns.names[BC_COLUMN_TARGET] != NULL;
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++) {
        in->names[i] = in->columns.names[i];
        in->cells[i] = (bc_slice){"", 0, NULL};
    }
    bc_status status = check_kind(in, has_targets, err);
    in->scores->logits = in->columns.logits;
    if (status == BC_OK && in->columns.names[BC_COLUMN_SPLIT] != NULL)
        status = bc_scores_make(in->scores, BC_HAS_SPLITS, err);
    if (status == BC_OK && in->columns.names[BC_COLUMN_WEIGHT] != NULL)
        status = bc_scores_make(in->scores, BC_HAS_WEIGHTS, err);
    if (status == BC_OK && has_targets)
        status = bc_scores_make(in->scores, BC_HAS_TARGETS, err);
    return status;
}
