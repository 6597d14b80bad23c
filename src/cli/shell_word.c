/* Quotes words. */
#include "shell_word.h"

#include <stdbool.h>
#include <string.h>

/* How many bytes of text stand for themselves, 0 where the first must be escaped: control characters, those
 * that would turn the rest of a line round (U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069), and what is
 * not UTF-8. */
static size_t shown_length(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    const size_t length = bc_text_utf8_length(text);
    if (length == 1)
        return *c >= 0x20 && *c != 0x7f ? 1 : 0;
    if (length == 2 && c[0] == 0xc2 && c[1] < 0xa0)
        return 0;
    if (length == 3 && c[0] == 0xe2 && c[1] == 0x80 &&
        (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae)))
        return 0;
    if (length == 3 && c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)
        return 0;
    return length;
}

static bool is_plain(const char *word) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_";
    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

/* Octal escapes have three digits, so that a digit may follow. */
static void append_escaped(bc_text *text, const char *word) {
    bc_text_string(text, "$'");
    while (*word != '\0') {
        const size_t length = shown_length(word);
        if (length == 0)
            bc_text_format(text, "\\%03o", (unsigned)(unsigned char)*word);
        else if (*word == '\'' || *word == '\\')
            bc_text_format(text, "\\%c", *word);
        else
            bc_text_append(text, word, length);
        word += length > 0 ? length : 1;
    }
    bc_text_char(text, '\'');
}

static void append_quoted(bc_text *text, const char *word) {
    bc_text_char(text, '\'');
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'')
            bc_text_string(text, "'\\''");
        else
            bc_text_char(text, *c);
    }
    bc_text_char(text, '\'');
}

void bc_text_shell_word(bc_text *text, const char *word) {
    const char *end = word;
    while (*end != '\0' && shown_length(end) > 0)
        end += shown_length(end);
    if (*end != '\0')
        append_escaped(text, word);
    else if (is_plain(word))
        bc_text_string(text, word);
    else
        append_quoted(text, word);
}

void bc_text_shell_path(bc_text *text, const char *path) {
    if (path[0] == '-' && path[1] != '\0')
        bc_text_string(text, "./");
    bc_text_shell_word(text, path);
}
