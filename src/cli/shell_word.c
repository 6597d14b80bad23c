/* Quotes words. */
#include "shell_word.h"

#include <stdbool.h>
#include <string.h>

static bool is_control(unsigned char c) {
    return c < 0x20 || c >= 0x7f;
}

static bool is_plain(const char *word) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_";
    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

/* Octal escapes have three digits, so that a digit may follow. */
static void append_escaped(bc_text *text, const char *word) {
    bc_text_string(text, "$'");
    for (const unsigned char *c = (const unsigned char *)word; *c != '\0'; c++) {
        if (is_control(*c))
            bc_text_format(text, "\\%03o", *c);
        else if (*c == '\'' || *c == '\\')
            bc_text_format(text, "\\%c", *c);
        else
            bc_text_char(text, (char)*c);
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
    bool control = false;
    for (const unsigned char *c = (const unsigned char *)word; *c != '\0'; c++)
        control = control || is_control(*c);
    if (control)
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
