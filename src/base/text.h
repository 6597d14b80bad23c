/*
 * A growing string. Appending never fails on the spot: a failed allocation is remembered, and bc_text_check
 * tells it once at the end.
 */
#ifndef BC_BASE_TEXT_H
#define BC_BASE_TEXT_H

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bc_text {
    char *data; /* NUL-terminated once anything was appended, else NULL */
    size_t length;
    size_t capacity;
    bool failed;
} bc_text;

void bc_text_free(bc_text *text);
void bc_text_clear(bc_text *text); /* length 0, memory kept */
bc_status bc_text_check(const bc_text *text, bc_error *err);

void bc_text_append(bc_text *text, const char *data, size_t length);
void bc_text_string(bc_text *text, const char *string);
void bc_text_char(bc_text *text, char c);
void bc_text_format(bc_text *text, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* A number with significant digits, locale-independent; the non-finite ones as "nan", "inf", "-inf".
 * 9 digits carry a float, 17 a double without loss. */
void bc_text_number(bc_text *text, double value, int digits);

/* One field of a delimited file: quoted when it must be (RFC 4180). */
void bc_text_field(bc_text *text, const char *field, char separator);

/* '?' in place of a control character, a line end too: what names of files may hold must not break a message.
 */
char bc_text_printable(char c);

/* The same for all of a line. */
void bc_text_one_line(char *line);

/* The length of the UTF-8 sequence at text, 0 when it is none (overlong and surrogate forms are none). */
size_t bc_text_utf8_length(const char *text);

/* Whether all of these bytes are UTF-8 without a NUL. */
bool bc_text_is_utf8(const char *text, size_t length);

/* Appends a line: U+FFFD stands for every control character, those that change the direction of text
 * included, and for every byte that is not UTF-8. */
void bc_text_utf8_line(bc_text *text, const char *line);

/* Equality of a NUL-terminated string and a slice. */
bool bc_text_equals(const char *string, const char *data, size_t length);

/* The edit distance (insert, delete, replace, swap of neighbours) of two short words, for "did you mean". */
size_t bc_text_distance(const char *a, const char *b);

#endif
