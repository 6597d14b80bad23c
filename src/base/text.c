/* A growing string, and small questions about words. */
#include "base/text.h"

#include "base/memory.h"
#include "base/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bc_text_free(bc_text *text) {
    if (text == NULL)
        return;
    free(text->data);
    *text = (bc_text){0};
}

void bc_text_clear(bc_text *text) {
    text->length = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

bc_status bc_text_check(const bc_text *text, bc_error *err) {
    return text->failed ? bc_fail(err, BC_ERROR_MEMORY, "out of memory for text") : BC_OK;
}

/* Makes room for length more bytes and the NUL. */
static bool reserve(bc_text *text, size_t length) {
    size_t needed;
    if (text->failed)
        return false;
    void *data = text->data;
    if (!bc_size_add(&needed, text->length, length) || !bc_size_add(&needed, needed, 1) ||
        bc_grow(&data, &text->capacity, needed, 1, NULL) != BC_OK)
        text->failed = true;
    text->data = data;
    return !text->failed;
}

void bc_text_append(bc_text *text, const char *data, size_t length) {
    if (!reserve(text, length))
        return;
    if (length > 0)
        memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void bc_text_string(bc_text *text, const char *string) {
    bc_text_append(text, string, strlen(string));
}

void bc_text_char(bc_text *text, char c) {
    bc_text_append(text, &c, 1);
}

void bc_text_format(bc_text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0) {
        text->failed = true;
    } else if (reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void bc_text_number(bc_text *text, double value, int digits) {
    char buffer[BC_NUMBER_SIZE];
    bc_number_print(buffer, value, digits);
    bc_text_string(text, buffer);
}

void bc_text_field(bc_text *text, const char *field, char separator) {
    const char special[] = {separator, '"', '\n', '\r', '\0'};
    if (field[strcspn(field, special)] == '\0') {
        bc_text_string(text, field);
        return;
    }
    bc_text_char(text, '"');
    for (const char *c = field; *c != '\0'; c++) {
        if (*c == '"')
            bc_text_char(text, '"');
        bc_text_char(text, *c);
    }
    bc_text_char(text, '"');
}

char bc_text_printable(char c) {
    return (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
}

void bc_text_one_line(char *line) {
    for (; *line != '\0'; line++)
        *line = bc_text_printable(*line);
}

size_t bc_text_utf8_length(const char *text) {
    static const unsigned char least_second[] = {0xa0, 0x90}; /* after 0xe0 and 0xf0 */
    const unsigned char *byte = (const unsigned char *)text;
    size_t length = byte[0] < 0x80                      ? 1
                    : byte[0] >= 0xc2 && byte[0] < 0xe0 ? 2
                    : (byte[0] & 0xf0) == 0xe0          ? 3
                    : byte[0] >= 0xf0 && byte[0] < 0xf5 ? 4
                                                        : 0;
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((byte[0] == 0xe0 && byte[1] < least_second[0]) || (byte[0] == 0xf0 && byte[1] < least_second[1]) ||
        (byte[0] == 0xed && byte[1] > 0x9f) || (byte[0] == 0xf4 && byte[1] > 0x8f))
        return 0;
    return length;
}

bool bc_text_is_utf8(const char *text, size_t length) {
    enum { LONGEST = 4 };
    for (size_t at = 0; at < length;) {
        char next[LONGEST + 1] = {0};
        const size_t left = length - at;
        memcpy(next, text + at, left < LONGEST ? left : LONGEST);
        const size_t one = next[0] != '\0' ? bc_text_utf8_length(next) : 0;
        if (one == 0)
            return false;
        at += one;
    }
    return true;
}

/* What ends a line or turns the order of the characters round it: U+061C, U+200E, U+200F, U+2028 to U+202E,
 * U+2066 to U+2069. character is UTF-8. */
static bool directs_text(const char *character, size_t length) {
    const unsigned char *byte = (const unsigned char *)character;
    if (length == 2)
        return byte[0] == 0xd8 && byte[1] == 0x9c;
    if (length != 3 || byte[0] != 0xe2)
        return false;
    return (byte[1] == 0x80 &&
            (byte[2] == 0x8e || byte[2] == 0x8f || (byte[2] >= 0xa8 && byte[2] <= 0xae))) ||
           (byte[1] == 0x81 && byte[2] >= 0xa6 && byte[2] <= 0xa9);
}

void bc_text_utf8_line(bc_text *text, const char *line) {
    for (size_t length; *line != '\0'; line += length > 0 ? length : 1) {
        length = bc_text_utf8_length(line);
        const unsigned char first = (unsigned char)line[0], second = length > 1 ? (unsigned char)line[1] : 0;
        bool control = first < 0x20 || first == 0x7f || (first == 0xc2 && second < 0xa0);
        bool none = first == 0xef && second == 0xbf && (unsigned char)line[2] > 0xbd; /* no character */
        if (length > 0 && !control && !none && !directs_text(line, length))
            bc_text_append(text, line, length);
        else
            bc_text_string(text, "\xef\xbf\xbd");
    }
}

bool bc_text_equals(const char *string, const char *data, size_t length) {
    return strlen(string) == length && memcmp(string, data, length) == 0;
}

static size_t smallest(size_t a, size_t b, size_t c) {
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

size_t bc_text_distance(const char *a, const char *b) {
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1], above[LONGEST + 1], second[LONGEST + 1];
    size_t na = strlen(a), nb = strlen(b);
    if (na > LONGEST || nb > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        memcpy(second, above, sizeof above);
        memcpy(above, row, sizeof row);
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && second[j - 2] + 1 < row[j])
                row[j] = second[j - 2] + 1;
        }
    }
    return row[nb];
}
