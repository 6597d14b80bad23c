/* Cleaning, measuring and shortening. */
#include "plot/plot_text.h"

#include <stdint.h>
#include <string.h>

/* The character at *text, which moves behind it. text is UTF-8. */
static uint32_t next_character(const char **text) {
    const unsigned char *byte = (const unsigned char *)*text;
    size_t length = bc_text_utf8_length(*text);
    static const unsigned char first_bits[] = {0x7f, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t character = byte[0] & first_bits[length];
    for (size_t i = 1; i < length; i++)
        character = character << 6 | (byte[i] & 0x3fu);
    *text += length > 0 ? length : 1;
    return character;
}

static size_t character_columns(uint32_t c) {
    if ((c >= 0x300 && c < 0x370) || (c >= 0x200b && c < 0x2010) || (c >= 0x20d0 && c < 0x2100) ||
        (c >= 0xfe00 && c < 0xfe10) || (c >= 0xfe20 && c < 0xfe30))
        return 0;
    bool wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xa4d0) || (c >= 0xac00 && c < 0xd7a4) ||
                (c >= 0xf900 && c < 0xfb00) || (c >= 0xfe30 && c < 0xfe70) || (c >= 0xff00 && c < 0xff61) ||
                (c >= 0x1f300 && c < 0x1fb00) || (c >= 0x20000 && c < 0x40000);
    return wide ? 2 : 1;
}

size_t bc_plot_text_columns(const char *text) {
    size_t columns = 0;
    while (*text != '\0')
        columns += character_columns(next_character(&text));
    return columns;
}

/* In ems. */
static double character_width(uint32_t c) {
    if (c == 0 || c > 0x7e)
        return c == 0xfffd ? 1.03 : 0.64 * (double)character_columns(c);
    if (strchr("ijl'|", (int)c) != NULL)
        return 0.3;
    if (strchr(" .,:;!()[]Itfr-/\\\"", (int)c) != NULL)
        return 0.4;
    if (strchr("mwMW%@<>=+~#&", (int)c) != NULL)
        return strchr("<>=+~#&", (int)c) != NULL ? 0.84 : 0.98;
    return c >= 'A' && c <= 'Z' ? 0.72 : 0.63;
}

double bc_plot_text_width(const char *text, double size) {
    double width = 0;
    while (*text != '\0')
        width += character_width(next_character(&text));
    return width * size;
}

/* So many characters, half of them of the start and half of the end, with dots between where these are not
 * all of them. */
static void keep(bc_text *to, const char *text, size_t kept, size_t count) {
    size_t head = kept - kept / 2, index = 0;
    bc_text_clear(to);
    bc_text_string(to, "");
    for (const char *c = text; *c != '\0'; index++) {
        const char *start = c;
        next_character(&c);
        if (index < head || index >= count - kept / 2)
            bc_text_append(to, start, (size_t)(c - start));
        else if (index == head)
            bc_text_string(to, "...");
    }
}

static void shorten(bc_text *to, const char *text, double most, bc_plot_text_measure *measure,
                    const void *context) {
    size_t count = 0;
    for (const char *c = text; *c != '\0'; count++)
        next_character(&c);
    keep(to, text, count, count);
    if (to->failed || measure(context, to->data) <= most)
        return;
    size_t fits = 0;
    for (size_t wide = count; wide - fits > 1;) {
        size_t middle = fits + (wide - fits) / 2;
        keep(to, text, middle, count);
        if (to->failed)
            return;
        *(measure(context, to->data) <= most ? &fits : &wide) = middle;
    }
    keep(to, text, fits, count);
}

void bc_plot_text_fit(bc_text *to, const char *text, double most, bc_plot_text_measure *measure,
                      const void *context) {
    bc_text clean = {0};
    bc_text_string(&clean, "");
    bc_text_utf8_line(&clean, text);
    if (clean.failed)
        to->failed = true;
    else
        shorten(to, clean.data, most, measure, context);
    bc_text_free(&clean);
}
