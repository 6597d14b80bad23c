/* From settings back to the words that set them. */
#include "option_words.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_in(const char *name, const char *const *names) {
    for (; *names != NULL; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_default(const bc_option *row, const void *field, const void *normal) {
    switch (row->kind) {
    case BC_OPTION_FLAG: /* several rows may set one field; only one of them to what it is */
        return *(const bool *)field == *(const bool *)normal || *(const bool *)field != row->value;
    case BC_OPTION_INTEGER:
        return *(const int64_t *)field == *(const int64_t *)normal;
    case BC_OPTION_NUMBER:
        return *(const double *)field == *(const double *)normal;
    case BC_OPTION_TEXT:
        return same_text(*(const char *const *)field, *(const char *const *)normal);
    case BC_OPTION_CHOICE:
        return *(const int *)field == *(const int *)normal;
    case BC_OPTION_REPEATED:
        return true;
    }
    return true;
}

/* Nothing for a flag, which has none. key: NULL inside an array. */
static void put_value(bc_json_builder *json, const char *key, const bc_option *row, const void *field) {
    char number[BC_NUMBER_SIZE];
    switch (row->kind) {
    case BC_OPTION_INTEGER:
        snprintf(number, sizeof number, "%" PRId64, *(const int64_t *)field);
        bc_json_put_text(json, key, number);
        break;
    case BC_OPTION_NUMBER:
        bc_number_print_exact(number, *(const double *)field);
        bc_json_put_text(json, key, number);
        break;
    case BC_OPTION_TEXT:
        bc_json_put_text(json, key, *(const char *const *)field);
        break;
    case BC_OPTION_CHOICE:
        bc_json_put_text(json, key, row->choices[*(const int *)field]);
        break;
    default:
        break;
    }
}

const bc_option *bc_option_words_first(const bc_option *table, const void *settings, const void *defaults,
                                       const char *const *but) {
    for (const bc_option *row = table; row->name != NULL; row++) {
        const void *field = (const char *)settings + row->offset;
        if (!is_in(row->name, but) && !is_default(row, field, (const char *)defaults + row->offset))
            return row;
    }
    return NULL;
}

void bc_option_words_put(bc_json_builder *json, const bc_option *table, const void *settings,
                         const void *defaults, const char *const *but) {
    const bc_option *row = table;
    while ((row = bc_option_words_first(row, settings, defaults, but)) != NULL) {
        char word[64] = "--";
        strncat(word, row->name, sizeof word - 3);
        bc_json_put_text(json, NULL, word);
        put_value(json, NULL, row, (const char *)settings + row->offset);
        row++;
    }
}

void bc_option_words_put_members(bc_json_builder *json, const bc_option *table, const void *settings,
                                 const void *defaults, const char *const *but) {
    const bc_option *row = table;
    while ((row = bc_option_words_first(row, settings, defaults, but)) != NULL) {
        if (row->kind == BC_OPTION_FLAG)
            bc_json_put_bool(json, row->name, true);
        put_value(json, row->name, row, (const char *)settings + row->offset);
        row++;
    }
}
