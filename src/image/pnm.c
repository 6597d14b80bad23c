/* PNM: P1 to P6 of the Netpbm formats, plain and raw, any maximum value. Written here because stb_image reads
 * neither plain nor 1-bit pictures, and gives wrong pixels for a maximum other than 255. */
#include "decode.h"

typedef struct pnm_header {
    bc_stored stored;
    uint32_t maximum;
    bool plain, bits; /* numbers in text; one bit a pixel, 1 being black */
    size_t data;      /* where the pixels begin */
} pnm_header;

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Passes over white space and comments. */
static void skip_space(size_t *at, const bc_source *source) {
    while (*at < source->size && (is_space(source->bytes[*at]) || source->bytes[*at] == '#')) {
        bool comment = source->bytes[*at] == '#';
        do
            ++*at;
        while (comment && *at < source->size && source->bytes[*at] != '\n' && source->bytes[*at] != '\r');
    }
}

/* The next number, at most limit; at most digits digits of it. */
static bool read_number(uint32_t *number, size_t *at, const bc_source *source, uint32_t limit, int digits) {
    skip_space(at, source);
    uint64_t value = 0;
    int count = 0;
    while (*at < source->size && count < digits && source->bytes[*at] >= '0' && source->bytes[*at] <= '9') {
        value = value * 10 + (uint64_t)(source->bytes[*at] - '0');
        if (value > limit)
            return false;
        ++*at;
        count++;
    }
    *number = (uint32_t)value;
    return count > 0;
}

static bool read_header(pnm_header *header, const bc_source *source) {
    char type = (char)source->bytes[1];
    bool colour = type == '3' || type == '6';
    *header = (pnm_header){
        .stored = {.kind = BC_IMAGE_PNM, .layout = colour ? BC_LAYOUT_RGB : BC_LAYOUT_GRAY, .orientation = 1},
        .maximum = 1,
        .plain = type <= '3',
        .bits = type == '1' || type == '4',
        .data = 2};
    if (!read_number(&header->stored.width, &header->data, source, INT32_MAX, 10) ||
        !read_number(&header->stored.height, &header->data, source, INT32_MAX, 10) ||
        header->stored.width == 0 || header->stored.height == 0)
        return false;
    if (!header->bits &&
        (!read_number(&header->maximum, &header->data, source, 65535, 5) || header->maximum == 0))
        return false;
    if (header->data >= source->size || !is_space(source->bytes[header->data]))
        return false;
    header->data++;
    return true;
}

static bc_status damaged(const bc_source *source, const char *reason, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: damaged PNM picture: %s", source->name, reason);
}

bc_status bc_pnm_look(bc_stored *stored, const bc_source *source, bc_error *err) {
    pnm_header header;
    if (!read_header(&header, source))
        return damaged(source, "its header is invalid", err);
    *stored = header.stored;
    return BC_OK;
}

static uint8_t scaled(uint32_t value, uint32_t maximum) {
    uint32_t capped = value < maximum ? value : maximum;
    return (uint8_t)((capped * 255 + maximum / 2) / maximum);
}

static bool read_plain(uint8_t *pixels, size_t count, const pnm_header *header, const bc_source *source) {
    size_t at = header->data;
    for (size_t i = 0; i < count; i++) {
        uint32_t value;
        if (!read_number(&value, &at, source, 65535, header->bits ? 1 : 5))
            return false;
        uint8_t pixel = scaled(value, header->maximum);
        pixels[i] = header->bits ? (uint8_t)(255 - pixel) : pixel;
    }
    return true;
}

static bool read_bits(uint8_t *pixels, const pnm_header *header, const bc_source *source) {
    size_t width = header->stored.width, height = header->stored.height, row_bytes = (width + 7) / 8;
    if ((source->size - header->data) / row_bytes < height)
        return false;
    const uint8_t *row = source->bytes + header->data;
    for (size_t y = 0; y < height; y++, row += row_bytes)
        for (size_t x = 0; x < width; x++)
            *pixels++ = (row[x / 8] >> (7 - x % 8) & 1) != 0 ? 0 : 255;
    return true;
}

static bool read_raw(uint8_t *pixels, size_t count, const pnm_header *header, const bc_source *source) {
    size_t sample_bytes = header->maximum > 255 ? 2 : 1;
    if ((source->size - header->data) / sample_bytes < count)
        return false;
    const uint8_t *from = source->bytes + header->data;
    for (size_t i = 0; i < count; i++, from += sample_bytes)
        pixels[i] = scaled(sample_bytes == 1 ? from[0] : (uint32_t)from[0] << 8 | from[1], header->maximum);
    return true;
}

bc_status bc_pnm_decode(uint8_t *pixels, const bc_source *source, const bc_stored *stored, bc_error *err) {
    pnm_header header;
    if (!read_header(&header, source))
        return damaged(source, "its header is invalid", err);
    size_t count = (size_t)stored->width * stored->height * bc_layout_bytes(stored->layout);
    bool complete = header.plain  ? read_plain(pixels, count, &header, source)
                    : header.bits ? read_bits(pixels, &header, source)
                                  : read_raw(pixels, count, &header, source);
    return complete ? BC_OK : damaged(source, "it ends early", err);
}
