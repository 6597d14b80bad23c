/* A thin layer over cJSON. */
#include "base/json.h"

#include "base/memory.h"
#include "base/number.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 32 };

struct bc_json_builder {
    cJSON *open[DEPTH_LIMIT]; /* open[0] is the root and owns the rest */
    size_t depth;             /* index of the innermost open container */
    bool failed;
};

bc_status bc_json_builder_create(bc_json_builder **builder, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof **builder, err);
    *builder = block;
    if (status != BC_OK)
        return status;
    (*builder)->open[0] = cJSON_CreateObject();
    (*builder)->failed = (*builder)->open[0] == NULL;
    return BC_OK;
}

void bc_json_builder_free(bc_json_builder *builder) {
    if (builder == NULL)
        return;
    cJSON_Delete(builder->open[0]);
    free(builder);
}

/* Puts a new value, which it owns from here on, into the innermost container. */
static bool put(bc_json_builder *builder, const char *key, cJSON *value) {
    if (builder->failed || value == NULL) {
        cJSON_Delete(value);
        builder->failed = true;
        return false;
    }
    cJSON *container = builder->open[builder->depth];
    cJSON_bool added = cJSON_IsArray(container) ? cJSON_AddItemToArray(container, value)
                                                : key != NULL && cJSON_AddItemToObject(container, key, value);
    if (!added) {
        cJSON_Delete(value);
        builder->failed = true;
    }
    return added;
}

static void begin(bc_json_builder *builder, const char *key, cJSON *container) {
    if (builder->depth + 1 == DEPTH_LIMIT)
        builder->failed = true;
    if (put(builder, key, container))
        builder->open[++builder->depth] = container;
}

void bc_json_begin_object(bc_json_builder *builder, const char *key) {
    begin(builder, key, cJSON_CreateObject());
}

void bc_json_begin_array(bc_json_builder *builder, const char *key) {
    begin(builder, key, cJSON_CreateArray());
}

void bc_json_end(bc_json_builder *builder) {
    if (builder->depth > 0)
        builder->depth--;
}

/* cJSON's own printing may be off by the last bit. */
void bc_json_put_number(bc_json_builder *builder, const char *key, double value) {
    char digits[BC_NUMBER_SIZE];
    bc_number_print_exact(digits, value);
    put(builder, key, isfinite(value) ? cJSON_CreateRaw(digits) : cJSON_CreateNull());
}

void bc_json_put_integer(bc_json_builder *builder, const char *key, int64_t value) {
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    put(builder, key, cJSON_CreateRaw(digits));
}

void bc_json_put_text(bc_json_builder *builder, const char *key, const char *value) {
    if (value == NULL) {
        bc_json_put_null(builder, key);
        return;
    }
    bc_text clean = {0};
    bc_text_string(&clean, "");
    for (const char *c = value; *c != '\0';) {
        size_t length = bc_text_utf8_length(c);
        if (length > 0)
            bc_text_append(&clean, c, length);
        else
            bc_text_string(&clean, "\xef\xbf\xbd");
        c += length > 0 ? length : 1;
    }
    put(builder, key, clean.failed ? NULL : cJSON_CreateString(clean.data));
    bc_text_free(&clean);
}

void bc_json_put_bool(bc_json_builder *builder, const char *key, bool value) {
    put(builder, key, cJSON_CreateBool(value));
}

void bc_json_put_null(bc_json_builder *builder, const char *key) {
    put(builder, key, cJSON_CreateNull());
}

bc_status bc_json_finish(bc_text *text, bc_json_builder *builder, bool indented, bc_error *err) {
    char *printed = NULL;
    if (!builder->failed)
        printed = indented ? cJSON_Print(builder->open[0]) : cJSON_PrintUnformatted(builder->open[0]);
    if (printed == NULL)
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory for JSON");
    bc_text_string(text, printed);
    cJSON_free(printed);
    return bc_text_check(text, err);
}

static const cJSON *node(const bc_json *value) {
    return (const cJSON *)value;
}

static size_t line_of(const char *text, const char *position) {
    size_t line = 1;
    for (; text < position; text++)
        line += *text == '\n';
    return line;
}

/* An upper bound: all but the first stand behind a comma or open a container. Those in texts count, too. */
static size_t count_values(const char *text, size_t length) {
    size_t count = 1;
    for (size_t i = 0; i < length; i++)
        count += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return count;
}

bc_status bc_json_parse(bc_json **root, const char *text, size_t length, const char *name, bc_error *err) {
    const char *end = text;
    *root = NULL;
    if (count_values(text, length) > BC_JSON_VALUES + length / BC_JSON_VALUE_BYTES)
        return bc_fail(err, BC_ERROR_LIMIT, "%s: too many values for JSON of %zu bytes", name, length);
    errno = 0; /* by which alone cJSON's want of memory can be told from wrong text */
    *root = (bc_json *)cJSON_ParseWithLengthOpts(text, length, &end, 0);
    if (*root == NULL && errno == ENOMEM)
        return bc_fail(err, BC_ERROR_MEMORY, "out of memory for JSON");
    if (*root == NULL)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: not valid JSON (line %zu)", name, line_of(text, end));
    while (end < text + length && strchr(" \t\r\n", *end) != NULL)
        end++;
    if (end < text + length && *end != '\0') {
        bc_json_free(*root);
        *root = NULL;
        return bc_fail(err, BC_ERROR_FORMAT, "%s: text after the JSON value (line %zu)", name,
                       line_of(text, end));
    }
    return BC_OK;
}

bc_status bc_json_parse_object(bc_json **root, const char *text, size_t length, const char *name,
                               const char *otherwise, bc_error *err) {
    *root = NULL;
    bc_status status =
        bc_text_is_utf8(text, length) ? bc_json_parse(root, text, length, name, err) : BC_ERROR_FORMAT;
    if (status == BC_ERROR_MEMORY || (status == BC_OK && bc_json_is_object(*root)))
        return status;
    bc_json_free(*root);
    *root = NULL;
    return bc_fail(err, BC_ERROR_FORMAT, "%s: %s", name, otherwise);
}

void bc_json_free(bc_json *root) {
    cJSON_Delete((cJSON *)root);
}

const bc_json *bc_json_member(const bc_json *object, const char *key) {
    return (const bc_json *)cJSON_GetObjectItemCaseSensitive(node(object), key);
}

const bc_json *bc_json_first(const bc_json *container) {
    return container != NULL ? (const bc_json *)node(container)->child : NULL;
}

const bc_json *bc_json_next(const bc_json *value) {
    return (const bc_json *)node(value)->next;
}

const char *bc_json_key(const bc_json *value) {
    return node(value)->string;
}

size_t bc_json_count(const bc_json *container) {
    return container != NULL ? (size_t)cJSON_GetArraySize(node(container)) : 0;
}

bool bc_json_is_object(const bc_json *value) {
    return cJSON_IsObject(node(value));
}

bool bc_json_is_array(const bc_json *value) {
    return cJSON_IsArray(node(value));
}

bool bc_json_is_null(const bc_json *value) {
    return cJSON_IsNull(node(value));
}

const char *bc_json_text(const bc_json *value) {
    return cJSON_GetStringValue((cJSON *)(uintptr_t)value); /* older cJSON takes it without const */
}

bool bc_json_is_number(const bc_json *value) {
    return cJSON_IsNumber(node(value));
}

bool bc_json_number(const bc_json *value, double *number) {
    if (!cJSON_IsNumber(node(value)) || !isfinite(node(value)->valuedouble))
        return false;
    *number = node(value)->valuedouble;
    return true;
}

bool bc_json_integer(const bc_json *value, int64_t *integer) {
    double number;
    if (!bc_json_number(value, &number) || number != floor(number) || fabs(number) > 0x1p53)
        return false;
    *integer = (int64_t)number;
    return true;
}

bool bc_json_bool(const bc_json *value, bool *flag) {
    if (!cJSON_IsBool(node(value)))
        return false;
    *flag = cJSON_IsTrue(node(value));
    return true;
}
