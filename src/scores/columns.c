/* Finds the columns by name or number. */
#include "scores/columns.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "scores/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Accepted names, the preferred one first. */
static const char *const label_names[] = {"label", "y_true", NULL};
static const char *const value_names[] = {"logit", "score", "y_score", "prob", "probability", NULL};
static const char *const split_names[] = {"split", NULL};
static const char *const weight_names[] = {"weight", NULL};
static const char *const target_names[] = {"target", NULL};
static const char *const path_names[] = {"path", "file", "filename", NULL};
static const char *const fold_names[] = {"fold", NULL};
static const char *const group_names[] = {"group", NULL};

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

/* what is missing: "no column 'x'", with advice. */
static bc_status not_there(const header *in, const char *what, bc_error *err) {
    bc_text known = {0};
    append_names(&known, in->names, in->count);
    bc_status status = bc_fail(err, BC_ERROR_USAGE, "%s: %s; %s%s", in->file, what,
                               in->count > 0 ? "the columns are: " : "it has no column at all",
                               known.data != NULL ? known.data : "");
    bc_text_free(&known);
    return status;
}

static bc_status no_such_column(const header *in, const char *name, bc_error *err) {
    bc_text what = {0};
    bc_text_format(&what, "no column '%s'", name);
    bc_status status = not_there(in, what.data != NULL ? what.data : "no such column", err);
    bc_text_free(&what);
    return status;
}

/* ---- one name ---- */

static bool equal_exactly(const char *name, const char *wanted) {
    return strcmp(name, wanted) == 0;
}

static bool equal_but_for_case(const char *name, const char *wanted) {
    static const char blanks[] = " \t";
    name += strspn(name, blanks);
    wanted += strspn(wanted, blanks);
    size_t length = strlen(wanted);
    while (length > 0 && strchr(blanks, wanted[length - 1]) != NULL)
        length--;
    return strncasecmp(name, wanted, length) == 0 && name[length + strspn(name + length, blanks)] == '\0';
}

typedef bool equals(const char *name, const char *wanted);

/* *at = the column of this name, SIZE_MAX when there is none; one that stands twice is an error. */
static bc_status find_equal(size_t *at, const header *in, const char *wanted, equals *equal, bc_error *err) {
    *at = SIZE_MAX;
    for (size_t i = 0; i < in->count; i++) {
        if (!equal(in->names[i], wanted))
            continue;
        if (*at != SIZE_MAX)
            return bc_fail(err, BC_ERROR_FORMAT, "%s: two columns are called '%s'", in->file, wanted);
        *at = i;
    }
    return BC_OK;
}

static bc_status find(bc_columns *columns, bc_column column, const header *in, const char *wanted,
                      bc_error *err) {
    size_t at;
    bc_status status = find_equal(&at, in, wanted, equal_exactly, err);
    if (status == BC_OK && at == SIZE_MAX)
        status = find_equal(&at, in, wanted, equal_but_for_case, err);
    if (status != BC_OK || at == SIZE_MAX)
        return status;
    columns->at[column] = at;
    return bc_copy_text(&columns->names[column], in->names[at], strlen(in->names[at]), err);
}

/* ---- one part a column ---- */

/* Of the columns that two parts cannot share. */
static const char *const part_names[] = {"the label", "the score", "the split", "the weight",
                                         "what the row is about"};

/* What else the column of this part is; NULL: nothing else. */
static const char *other_part(const bc_columns *columns, bc_column part) {
    const size_t at = columns->at[part], count = sizeof part_names / sizeof part_names[0];
    if (part >= count || at == SIZE_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (i != part && columns->at[i] == at)
            return part_names[i];
    }
    for (size_t i = 0; i < columns->pair_count; i++) {
        if (columns->pairs[i].label == at || columns->pairs[i].value == at)
            return part_names[columns->pairs[i].label == at ? BC_COLUMN_LABEL : BC_COLUMN_VALUE];
    }
    return NULL;
}

static bc_status check_part(const bc_columns *columns, bc_column part, const char *file, bc_error *err) {
    const char *other = other_part(columns, part);
    if (other == NULL)
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE, "%s: column '%s' is %s and cannot also be %s", file,
                   columns->names[part], other, part_names[part]);
}

static void forget(bc_columns *columns, bc_column column) {
    free(columns->names[column]);
    columns->names[column] = NULL;
    columns->at[column] = SIZE_MAX;
}

/* By the first of its usual names whose column is nothing else. */
static bc_status find_any(bc_columns *columns, bc_column column, const header *in, const char *const *names,
                          bc_error *err) {
    bc_status status = BC_OK;
    for (; status == BC_OK && *names != NULL && columns->names[column] == NULL; names++) {
        status = find(columns, column, in, *names, err);
        if (other_part(columns, column) != NULL)
            forget(columns, column);
    }
    return status;
}

/* The named one, which must be there; else any of the usual ones. */
static bc_status find_named(bc_columns *columns, bc_column column, const header *in, const char *named,
                            const char *const *usual, bc_error *err) {
    if (named == NULL)
        return find_any(columns, column, in, usual, err);
    bc_status status = find(columns, column, in, named, err);
    if (status == BC_OK && columns->names[column] == NULL)
        status = no_such_column(in, named, err);
    if (status == BC_OK)
        status = check_part(columns, column, in->file, err);
    return status;
}

static bc_status find_label_and_value(bc_columns *columns, const header *in, const bc_scores_options *options,
                                      bc_error *err) {
    bc_status status = find_named(columns, BC_COLUMN_LABEL, in, options->label_column, label_names, err);
    if (status == BC_OK && columns->names[BC_COLUMN_LABEL] == NULL && !options->labels_optional)
        status = not_there(in, "no label column (label or y_true); name it with --label-col", err);
    if (status == BC_OK)
        status = find_named(columns, BC_COLUMN_VALUE, in, options->score_column, value_names, err);
    if (status == BC_OK && columns->names[BC_COLUMN_VALUE] == NULL)
        status = not_there(in,
                           "no score column (logit, score, y_score, prob or probability); name it with "
                           "--score-col",
                           err);
    if (status == BC_OK)
        columns->logits = options->logit || equal_but_for_case(columns->names[BC_COLUMN_VALUE], "logit");
    return status;
}

/* ---- wide files ---- */

typedef struct prefixes {
    char *label; /* owns its text, in which the other one stands too */
    const char *value;
    size_t label_length, value_length;
} prefixes;

static bc_status split_prefixes(prefixes *found, const bc_scores_options *options, bc_error *err) {
    const char *wide = options->wide, *colon = strchr(wide, ':');
    if (colon == NULL || colon == wide || colon[1] == '\0' || strchr(colon + 1, ':') != NULL ||
        bc_text_equals(colon + 1, wide, (size_t)(colon - wide)))
        return bc_fail(err, BC_ERROR_USAGE, "'%s' is not two different prefixes such as y_:s_", wide);
    if (options->label_column != NULL || options->score_column != NULL || options->target_column != NULL)
        return bc_fail(err, BC_ERROR_USAGE,
                       "'%s' names columns of labels and scores; --label-col, --score-col and --by cannot be "
                       "given beside it",
                       wide);
    found->label_length = (size_t)(colon - wide);
    found->value_length = strlen(colon + 1);
    bc_status status = bc_copy_text(&found->label, wide, strlen(wide), err);
    if (status == BC_OK) {
        found->label[found->label_length] = '\0';
        found->value = found->label + found->label_length + 1;
    }
    return status;
}

typedef enum side { NEITHER, LABEL, VALUE } side;

/* Which of the two a column is, *target being what follows the prefix; where both fit, the longer one does.
 */
static side side_of(const char **target, const prefixes *of, const char *name) {
    size_t label = strncmp(name, of->label, of->label_length) == 0 ? of->label_length : 0;
    size_t value = strncmp(name, of->value, of->value_length) == 0 ? of->value_length : 0;
    *target = name + (label > value ? label : value);
    if (**target == '\0' || label == value)
        return NEITHER;
    return label > value ? LABEL : VALUE;
}

/* Where the columns of one side stand, by target. */
static bc_status index_side(bc_words *index, const header *in, const prefixes *of, side wanted,
                            bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < in->count; i++) {
        const char *target;
        int32_t other;
        if (side_of(&target, of, in->names[i]) != wanted)
            continue;
        if (bc_words_find(&other, index, target, strlen(target)))
            return bc_fail(err, BC_ERROR_FORMAT, "%s: two columns are called '%s'", in->file, in->names[i]);
        status = bc_words_add(index, target, strlen(target), (int32_t)i, err);
    }
    return status;
}

static bc_status add_pair(bc_columns *columns, const header *in, size_t label, size_t value,
                          const char *target, bc_error *err) {
    void *block = columns->pairs;
    bc_status status =
        bc_grow(&block, &columns->pair_capacity, columns->pair_count + 1, sizeof *columns->pairs, err);
    columns->pairs = block;
    if (status != BC_OK)
        return status;
    bc_pair *pair = &columns->pairs[columns->pair_count++];
    *pair = (bc_pair){.label = label, .value = value};
    const char *name = in->names[label];
    status = bc_copy_text(&pair->label_name, name, strlen(name), err);
    if (status == BC_OK)
        status = bc_copy_text(&pair->value_name, in->names[value], strlen(in->names[value]), err);
    if (status == BC_OK)
        pair->target = pair->label_name + (target - name);
    return status;
}

/* A pair of each label column and its value column. No column may be left over. */
static bc_status match(bc_columns *columns, const header *in, const prefixes *of, const bc_words *labels,
                       const bc_words *values, bc_error *err) {
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < in->count; i++) {
        const char *target;
        int32_t partner;
        side here = side_of(&target, of, in->names[i]);
        if (here == NEITHER)
            continue;
        if (!bc_words_find(&partner, here == LABEL ? values : labels, target, strlen(target)))
            return bc_fail(err, BC_ERROR_FORMAT, "%s: column '%s' has no column '%s%s' with it", in->file,
                           in->names[i], here == LABEL ? of->value : of->label, target);
        if (here == LABEL)
            status = add_pair(columns, in, i, (size_t)partner, target, err);
    }
    return status;
}

static bc_status find_pairs(bc_columns *columns, const header *in, const bc_scores_options *options,
                            bc_error *err) {
    prefixes of = {0};
    bc_words labels = {0}, values = {0};
    bc_status status = split_prefixes(&of, options, err);
    if (status == BC_OK)
        status = index_side(&labels, in, &of, LABEL, err);
    if (status == BC_OK)
        status = index_side(&values, in, &of, VALUE, err);
    if (status == BC_OK)
        status = match(columns, in, &of, &labels, &values, err);
    if (status == BC_OK && columns->pair_count == 0)
        status = not_there(in, "no columns with the two prefixes", err);
    columns->logits = options->logit;
    bc_words_free(&labels);
    bc_words_free(&values);
    free(of.label);
    return status;
}

/* ---- all of them ---- */

static void clear(bc_columns *columns, size_t count) {
    *columns = (bc_columns){.count = count};
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++)
        columns->at[i] = SIZE_MAX;
}

bc_status bc_columns_choose(bc_columns *columns, const char *const *names, size_t count,
                            const bc_scores_options *options, const char *file, bc_error *err) {
    const header in = {names, count, file};
    clear(columns, count);
    bc_status status = options->wide != NULL ? find_pairs(columns, &in, options, err)
                                             : find_label_and_value(columns, &in, options, err);
    if (status == BC_OK)
        status = find_any(columns, BC_COLUMN_SPLIT, &in, split_names, err);
    if (status == BC_OK && options->wide == NULL)
        status = find_named(columns, BC_COLUMN_TARGET, &in, options->target_column, target_names, err);
    if (status == BC_OK)
        status = find_named(columns, BC_COLUMN_WEIGHT, &in, options->weight_column, weight_names, err);
    if (status == BC_OK && options->details)
        status = find_any(columns, BC_COLUMN_PATH, &in, path_names, err);
    if (status == BC_OK && options->details)
        status = find_any(columns, BC_COLUMN_FOLD, &in, fold_names, err);
    if (status == BC_OK && (options->details || options->groups))
        status = find_any(columns, BC_COLUMN_GROUP, &in, group_names, err);
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
    bc_status status = bc_copy_text(&columns->names[column], digits, strlen(digits), err);
    return status == BC_OK ? check_part(columns, column, file, err) : status;
}

bc_status bc_columns_choose_numbered(bc_columns *columns, size_t count, const bc_scores_options *options,
                                     const char *file, bc_error *err) {
    clear(columns, count);
    columns->logits = options->logit;
    if (options->wide != NULL)
        return bc_fail(err, BC_ERROR_USAGE, "%s: no header line, and so no columns with prefixes", file);
    if (count == 1 && options->labels_optional && options->label_column == NULL)
        return find_numbered(columns, BC_COLUMN_VALUE, options->score_column, 1, file, err);
    if (count != 2 && (options->label_column == NULL || options->score_column == NULL))
        return bc_fail(err, BC_ERROR_USAGE,
                       "%s: no header line and %zu column%s; say which to use: --label-col 1 --score-col 2",
                       file, count, count == 1 ? "" : "s");
    bc_status status = find_numbered(columns, BC_COLUMN_LABEL, options->label_column, 1, file, err);
    if (status == BC_OK)
        status = find_numbered(columns, BC_COLUMN_VALUE, options->score_column, 2, file, err);
    if (status == BC_OK && options->weight_column != NULL)
        status = find_numbered(columns, BC_COLUMN_WEIGHT, options->weight_column, 0, file, err);
    if (status == BC_OK && options->target_column != NULL)
        status = find_numbered(columns, BC_COLUMN_TARGET, options->target_column, 0, file, err);
    return status;
}

void bc_columns_free(bc_columns *columns) {
    for (size_t i = 0; i < BC_COLUMN_COUNT; i++)
        free(columns->names[i]);
    for (size_t i = 0; i < columns->pair_count; i++) {
        free(columns->pairs[i].label_name);
        free(columns->pairs[i].value_name);
    }
    free(columns->pairs);
    *columns = (bc_columns){0};
}
