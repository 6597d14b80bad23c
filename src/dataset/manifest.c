/* Reads a manifest: a delimited file with the columns path,label[,split,fold,group,weight]. */
#include "dataset/listing.h"

#include "base/delimited.h"
#include "base/file.h"
#include "base/input.h"
#include "base/memory.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef enum bc_column {
    COLUMN_PATH,
    COLUMN_LABEL,
    COLUMN_SPLIT,
    COLUMN_FOLD,
    COLUMN_GROUP,
    COLUMN_WEIGHT,
    COLUMN_COUNT
} bc_column;

static const char *const column_names[COLUMN_COUNT] = {"path", "label", "split", "fold", "group", "weight"};

typedef struct bc_manifest {
    bc_listing *listing;
    bc_input *input;
    bc_delimited *rows;
    char *folder;                /* what paths are relative to */
    size_t places[COLUMN_COUNT]; /* of each column in a row, SIZE_MAX when there is none */
    size_t fields;               /* in the header, and so in every row */
    uint64_t line;
    size_t foldable; /* rows so far that may have a fold */
} bc_manifest;

/* A field without the blanks around it. */
static bc_field trim(bc_field field) {
    static const char blanks[] = " \t";
    size_t before = strspn(field.data, blanks);
    field.data += before;
    field.length -= before;
    while (field.length > 0 && strchr(blanks, field.data[field.length - 1]) != NULL)
        field.length--;
    field.data[field.length] = '\0';
    return field;
}

/* Empty where the manifest has no such column. */
static bc_field cell(const bc_manifest *manifest, const bc_field *fields, bc_column column) {
    static char none[1];
    size_t place = manifest->places[column];
    if (place == SIZE_MAX)
        return (bc_field){none, 0};
    return column == COLUMN_PATH ? fields[place] : trim(fields[place]);
}

static bc_status no_manifest(const bc_manifest *manifest, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT,
                   "%s: neither a folder of pictures nor a CSV manifest with the columns path and label",
                   manifest->listing->name);
}

static bc_status place_column(bc_manifest *manifest, bc_field name, size_t place, bc_error *err) {
    for (int column = 0; column < COLUMN_COUNT; column++) {
        if (strcasecmp(name.data, column_names[column]) != 0)
            continue;
        if (manifest->places[column] != SIZE_MAX)
            return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: two columns are named '%s'",
                           manifest->listing->name, (unsigned long long)manifest->line, name.data);
        manifest->places[column] = place;
    }
    return BC_OK;
}

static bc_status place_columns(bc_manifest *manifest, const bc_field *fields, bc_error *err) {
    bc_status status = BC_OK;
    for (int column = 0; column < COLUMN_COUNT; column++)
        manifest->places[column] = SIZE_MAX;
    for (size_t i = 0; status == BC_OK && i < manifest->fields; i++)
        status = place_column(manifest, trim(fields[i]), i, err);
    if (status != BC_OK)
        return status;
    bool path = manifest->places[COLUMN_PATH] != SIZE_MAX, label = manifest->places[COLUMN_LABEL] != SIZE_MAX;
    if (!path && !label)
        return no_manifest(manifest, err);
    if (!path || !label)
        return bc_fail(
            err, BC_ERROR_FORMAT,
            "%s:%llu: no column '%s'; a manifest has the columns path,label[,split,fold,group,weight]",
            manifest->listing->name, (unsigned long long)manifest->line,
            column_names[path ? COLUMN_LABEL : COLUMN_PATH]);
    return BC_OK;
}

static bc_status read_header(bc_manifest *manifest, bc_error *err) {
    char *text = NULL;
    size_t length = 0;
    bc_status status = BC_OK;
    do
        status = bc_input_line(&text, &length, manifest->input, err);
    while (status == BC_OK && text != NULL && length == 0);
    if (status == BC_ERROR_FORMAT || (status == BC_OK && text == NULL))
        return no_manifest(manifest, err);
    if (status != BC_OK)
        return status;
    bc_field *fields;
    status = bc_delimited_open(&manifest->rows, manifest->input, bc_delimited_guess(text, length), err);
    if (status == BC_OK)
        status = bc_delimited_split(&fields, &manifest->fields, &manifest->line, manifest->rows, text, length,
                                    err);
    return status == BC_OK ? place_columns(manifest, fields, err) : status;
}

static bc_status bad_row(const bc_manifest *manifest, const char *what, const char *value, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %s%s%s%s", manifest->listing->name,
                   (unsigned long long)manifest->line, what, *value != '\0' ? " '" : "", value,
                   *value != '\0' ? "'" : "");
}

/* All rows state a split or none does: a forgotten cell would otherwise decide what is learned from. */
static bc_status read_split(bc_split *split, bc_manifest *manifest, bc_field word, bc_error *err) {
    bool stated = word.length > 0;
    *split = BC_SPLIT_NONE;
    if (stated && !bc_listing_split(split, word.data, word.length))
        return bad_row(manifest, "the split is none of train, val and test:", word.data, err);
    if (manifest->listing->count == 0)
        manifest->listing->splits_stated = stated;
    if (stated != manifest->listing->splits_stated)
        return bad_row(manifest,
                       stated ? "a split is stated here but not in the rows above"
                              : "no split is stated here, unlike in the rows above",
                       "", err);
    return BC_OK;
}

/* The same of folds, but for pictures of test, which have none. */
static bc_status read_fold(uint32_t *fold, bc_manifest *manifest, bc_field number, bool is_test,
                           bc_error *err) {
    bc_listing *listing = manifest->listing;
    double value = 0;
    const bool stated = number.length > 0;
    *fold = 0;
    if (stated && is_test)
        return bad_row(manifest, "a picture of test is in no fold, here it is in", number.data, err);
    if (is_test)
        return BC_OK;
    if (stated && (!bc_number_parse(number.data, number.length, &value) ||
                   !(value >= 1 && value <= BC_FOLDS_LIMIT) || value != (double)(uint32_t)value))
        return bad_row(manifest, "the fold is no whole number from 1 to 100:", number.data, err);
    *fold = (uint32_t)value;
    if (manifest->foldable++ == 0)
        listing->folds_stated = stated;
    if (stated != listing->folds_stated)
        return bad_row(manifest,
                       stated ? "a fold is stated here but not in the rows above"
                              : "no fold is stated here, unlike in the rows above",
                       "", err);
    return BC_OK;
}

static bc_status read_weight(double *weight, const bc_manifest *manifest, bc_field number, bc_error *err) {
    *weight = 1;
    if (number.length == 0)
        return BC_OK;
    if (!bc_number_parse(number.data, number.length, weight) || !(*weight >= 1e-6 && *weight <= 1e6))
        return bad_row(manifest, "the weight is no number from 1e-06 to 1e+06:", number.data, err);
    return BC_OK;
}

static bc_status read_values(bc_sample *sample, bc_manifest *manifest, const bc_field *fields,
                             bc_error *err) {
    bc_status status = read_split(&sample->split, manifest, cell(manifest, fields, COLUMN_SPLIT), err);
    if (status == BC_OK)
        status = read_fold(&sample->fold, manifest, cell(manifest, fields, COLUMN_FOLD),
                           sample->split == BC_SPLIT_TEST, err);
    if (status == BC_OK)
        status = read_weight(&sample->weight, manifest, cell(manifest, fields, COLUMN_WEIGHT), err);
    return status;
}

static bc_status read_texts(bc_sample *sample, bc_class **class, bc_manifest *manifest,
                            const bc_field *fields, bc_error *err) {
    bc_field path = cell(manifest, fields, COLUMN_PATH), label = cell(manifest, fields, COLUMN_LABEL);
    bc_field group = cell(manifest, fields, COLUMN_GROUP);
    bc_status status = bc_listing_class(class, manifest->listing, label.data, label.length, err);
    if (status == BC_OK)
        status = bc_file_join(&sample->path, manifest->folder, path.data, err);
    if (status == BC_OK && group.length > 0)
        status = bc_copy_text(&sample->group, group.data, group.length, err);
    if (status != BC_OK)
        return status;
    sample->below = path.data[0] == '/' ? 0 : bc_listing_below(manifest->folder);
    return BC_OK;
}

static bc_status read_row(bc_manifest *manifest, const bc_field *fields, size_t count, bc_error *err) {
    if (count != manifest->fields)
        return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: %zu fields, the header has %zu",
                       manifest->listing->name, (unsigned long long)manifest->line, count, manifest->fields);
    if (cell(manifest, fields, COLUMN_PATH).length == 0)
        return bad_row(manifest, "the path is empty", "", err);
    if (cell(manifest, fields, COLUMN_LABEL).length == 0)
        return bad_row(manifest, "the label is empty", "", err);
    bc_listed item = {.line = manifest->line};
    bc_class *class = NULL;
    bc_status status = read_values(&item.sample, manifest, fields, err);
    if (status == BC_OK)
        status = read_texts(&item.sample, &class, manifest, fields, err);
    if (status == BC_OK)
        return bc_listing_add(manifest->listing, class, &item, err);
    free(item.sample.path);
    free(item.sample.group);
    return status;
}

static bc_status read_rows(bc_manifest *manifest, bc_error *err) {
    bc_field *fields;
    size_t count;
    for (;;) {
        bc_status status = bc_delimited_next(&fields, &count, &manifest->line, manifest->rows, err);
        if (status == BC_OK && fields == NULL)
            break;
        if (status == BC_OK)
            status = read_row(manifest, fields, count, err);
        if (status != BC_OK)
            return status;
    }
    return manifest->listing->count > 0
               ? BC_OK
               : bc_fail(err, BC_ERROR_FORMAT, "%s: no rows below the header", manifest->listing->name);
}

static bc_status refuse_duplicates(const bc_listing *listing, bc_error *err) {
    for (size_t i = 1; i < listing->count; i++) {
        const bc_listed *first = &listing->items[i - 1], *second = &listing->items[i];
        if (strcmp(first->sample.path, second->sample.path) == 0)
            return bc_fail(err, BC_ERROR_FORMAT, "%s:%llu: the path '%s' is on line %llu already",
                           listing->name, (unsigned long long)second->line,
                           second->sample.path + second->sample.below, (unsigned long long)first->line);
    }
    return BC_OK;
}

bc_status bc_listing_read(bc_listing *listing, const char *path, bc_error *err) {
    bc_manifest manifest = {.listing = listing};
    *listing = (bc_listing){.name = path};
    bc_status status = bc_input_open(&manifest.input, path, err);
    if (status == BC_OK)
        status = bc_copy_text(&manifest.folder, path, (size_t)(bc_file_name(path) - path), err);
    if (status == BC_OK)
        status = read_header(&manifest, err);
    if (status == BC_OK)
        status = read_rows(&manifest, err);
    bc_listing_sort(listing);
    if (status == BC_OK)
        status = refuse_duplicates(listing, err);
    bc_delimited_free(manifest.rows);
    bc_input_free(manifest.input);
    free(manifest.folder);
    return status;
}
