/*
 * JSON, by cJSON: this is its only user. A builder writes an object from the top down; a reader looks into a
 * parsed text. Keys are case-sensitive, numbers finite, and the depth is bounded.
 */
#ifndef BC_BASE_JSON_H
#define BC_BASE_JSON_H

#include "base/text.h"

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- writing: a failed allocation is remembered and told once, by finish ---- */

typedef struct bc_json_builder bc_json_builder;

/* The builder starts inside an object. */
bc_status bc_json_builder_create(bc_json_builder **builder, bc_error *err);
void bc_json_builder_free(bc_json_builder *builder);

/* key names a member of an object and is NULL inside an array. */
void bc_json_begin_object(bc_json_builder *builder, const char *key);
void bc_json_begin_array(bc_json_builder *builder, const char *key);
void bc_json_end(bc_json_builder *builder);
void bc_json_put_number(bc_json_builder *builder, const char *key,
                        double value); /* exact; not finite: null */
void bc_json_put_integer(bc_json_builder *builder, const char *key, int64_t value); /* exact */
void bc_json_put_text(bc_json_builder *builder, const char *key,
                      const char *value); /* NULL: null; bytes that are
                                             not UTF-8 become U+FFFD */
void bc_json_put_bool(bc_json_builder *builder, const char *key, bool value);
void bc_json_put_null(bc_json_builder *builder, const char *key);

/* Appends the text: indented for people, or on one line. Neither ends with a newline. */
bc_status bc_json_finish(bc_text *text, bc_json_builder *builder, bool indented, bc_error *err);

/* ---- reading ---- */

typedef struct bc_json bc_json; /* a value inside a parsed document */

/* A value takes much more memory than its text may: about 80 bytes, with a key 112. So there may be this
 * many, and one more for every few bytes; then what was parsed takes no more than about ten times its text
 * and 8 MB.
 */
enum { BC_JSON_VALUES = 1 << 16, BC_JSON_VALUE_BYTES = 12 };

/* name stands in messages. *root is the caller's, freed with bc_json_free; every other value lives inside it.
 * BC_ERROR_FORMAT, BC_ERROR_LIMIT when there are too many values, and BC_ERROR_MEMORY. */
bc_status bc_json_parse(bc_json **root, const char *text, size_t length, const char *name, bc_error *err);

/* The same for an object in UTF-8. What is none is told as "NAME: OTHERWISE". */
bc_status bc_json_parse_object(bc_json **root, const char *text, size_t length, const char *name,
                               const char *otherwise, bc_error *err);
void bc_json_free(bc_json *root);

/* These take NULL and a value of another kind, and then find nothing. */
const bc_json *bc_json_member(const bc_json *object, const char *key);
const bc_json *bc_json_first(const bc_json *container); /* of an array's or object's children */
const bc_json *bc_json_next(const bc_json *value);
const char *bc_json_key(const bc_json *value);
size_t bc_json_count(const bc_json *container);
bool bc_json_is_object(const bc_json *value);
bool bc_json_is_array(const bc_json *value);
bool bc_json_is_null(const bc_json *value);
const char *bc_json_text(const bc_json *value); /* NULL unless a string */
bool bc_json_is_number(const bc_json *value);   /* also one that no double holds */
bool bc_json_number(const bc_json *value, double *number);
bool bc_json_integer(const bc_json *value, int64_t *integer); /* whole and within +-2^53 */
bool bc_json_bool(const bc_json *value, bool *flag);

#endif
