/* PNG by libpng. */
#include "decode.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bc_status damaged(const bc_source *source, const char *reason, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: damaged PNG picture: %s", source->name, reason);
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

typedef struct chunk {
    char type[5];
    const uint8_t *data;
    size_t size;
} chunk;

enum { CHUNK_FRAME = 12 }; /* length, type and check sum around the data */

static bool next_chunk(chunk *next, size_t *at, const bc_source *source) {
    size_t left = source->size - *at;
    if (left < CHUNK_FRAME)
        return false;
    uint32_t size = big_endian(source->bytes + *at);
    if (size > left - CHUNK_FRAME)
        return false;
    memcpy(next->type, source->bytes + *at + 4, 4);
    next->type[4] = '\0';
    next->data = source->bytes + *at + 8;
    next->size = size;
    *at += CHUNK_FRAME + (size_t)size;
    return true;
}

/* The EXIF chunk comes without the mark that begins it elsewhere. */
static bc_exif read_exif(const chunk *exif) {
    static const char mark[] = "Exif\0";
    uint8_t *block = exif->size < 1 << 16 ? malloc(sizeof mark + exif->size) : NULL;
    if (block == NULL)
        return (bc_exif){.is_there = true, .orientation = 1};
    memcpy(block, mark, sizeof mark);
    memcpy(block + sizeof mark, exif->data, exif->size);
    bc_exif found = bc_exif_read(block, sizeof mark + exif->size);
    free(block);
    return found;
}

static bool layout_of(bc_layout *layout, unsigned colour_type, bool transparent) {
    switch (colour_type) {
    case PNG_COLOR_TYPE_GRAY:
        *layout = transparent ? BC_LAYOUT_GRAY_ALPHA : BC_LAYOUT_GRAY;
        return true;
    case PNG_COLOR_TYPE_RGB:
    case PNG_COLOR_TYPE_PALETTE:
        *layout = transparent ? BC_LAYOUT_RGB_ALPHA : BC_LAYOUT_RGB;
        return true;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
        *layout = BC_LAYOUT_GRAY_ALPHA;
        return true;
    case PNG_COLOR_TYPE_RGB_ALPHA:
        *layout = BC_LAYOUT_RGB_ALPHA;
        return true;
    default:
        return false;
    }
}

/* Walks over the chunks by itself, so that all is known before libpng is asked to decode. */
bc_status bc_png_look(bc_stored *stored, const bc_source *source, bc_error *err) {
    *stored = (bc_stored){.kind = BC_IMAGE_PNG, .orientation = 1};
    chunk header, next;
    size_t at = 8;
    if (!next_chunk(&header, &at, source))
        return damaged(source, "it ends inside its header", err);
    if (strcmp(header.type, "IHDR") != 0 || header.size != 13)
        return damaged(source, "it has no header", err);
    bool transparent = false, data_began = false;
    while (next_chunk(&next, &at, source)) {
        if (strcmp(next.type, "IDAT") == 0)
            data_began = true;
        else if (strcmp(next.type, "tRNS") == 0)
            transparent = transparent || !data_began;
        else if (strcmp(next.type, "eXIf") == 0)
            stored->exif = read_exif(&next);
        else if (strcmp(next.type, "IEND") == 0)
            break;
    }
    if (stored->exif.is_there)
        stored->orientation = stored->exif.orientation;
    stored->width = big_endian(header.data);
    stored->height = big_endian(header.data + 4);
    if (stored->width == 0 || stored->height == 0 || stored->width > PNG_UINT_31_MAX ||
        stored->height > PNG_UINT_31_MAX)
        return damaged(source, "its size is invalid", err);
    if (!layout_of(&stored->layout, header.data[9], transparent))
        return damaged(source, "its colour type is invalid", err);
    return BC_OK;
}

/* An APNG has its number of frames before the data (PNG third edition, section 11.3.6.1). */
bool bc_png_is_animated(const bc_source *source) {
    chunk next;
    size_t at = 8;
    while (next_chunk(&next, &at, source) && strcmp(next.type, "IDAT") != 0)
        if (strcmp(next.type, "acTL") == 0 && next.size == 8)
            return big_endian(next.data) > 1;
    return false;
}

/* Where the last chunk of pixels ends. */
static size_t find_data_end(const bc_source *source) {
    chunk next;
    size_t at = 8, end = at;
    while (next_chunk(&next, &at, source))
        if (strcmp(next.type, "IDAT") == 0)
            end = at;
    return end;
}

typedef struct reader {
    const uint8_t *bytes;
    size_t left;
    size_t behind_data; /* of these, the bytes behind the last chunk of pixels */
    char message[128];  /* of the error that ended the reading */
} reader;

static void read_bytes(png_structp png, png_bytep dst, size_t size) {
    reader *from = png_get_io_ptr(png);
    if (size > from->left)
        png_error(png, "it ends early");
    memcpy(dst, from->bytes, size);
    from->bytes += size;
    from->left -= size;
}

static void on_error(png_structp png, png_const_charp message) {
    reader *from = png_get_error_ptr(png);
    snprintf(from->message, sizeof from->message, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

/* To be called when rows of so many bytes are still to be read: behind the last one libpng unpacks all that
 * is left of the pixels' data, which may take hours. */
static void refuse_surplus(png_structp png, const reader *from, size_t bytes) {
    enum { SURPLUS = 1 << 16 };
    const size_t data = from->left > from->behind_data ? from->left - from->behind_data : 0;
    if (data / 4 > bytes + SURPLUS) /* of 16 bits there is twice as much */
        png_error(png, "it has far more data than pixels");
}

static void set_up(png_structp png, reader *from) {
    png_set_read_fn(png, from, read_bytes);
    png_set_user_limits(png, BC_SIDE_LIMIT, BC_SIDE_LIMIT);
    /* Text, profiles and gamma are not used: none of them is unpacked or kept. */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_chunk_cache_max(png, 16);
    png_set_chunk_malloc_max(png, 1 << 20);
}

static void set_conversions(png_structp png, const bc_stored *stored) {
    png_set_expand(png); /* palette to RGB, 1, 2 and 4 bits to 8, a transparent colour to alpha */
    png_set_scale_16(png);
    if (stored->layout == BC_LAYOUT_GRAY_ALPHA || stored->layout == BC_LAYOUT_RGB_ALPHA)
        png_set_add_alpha(png, 255, PNG_FILLER_AFTER); /* where libpng dropped a damaged tRNS */
}

/* false: from->message says why. libpng comes back here by longjmp, so nothing is changed between setjmp and
 * the end that is looked at afterwards. */
static bool read_picture(uint8_t *pixels, png_structp png, png_infop info, reader *from,
                         const bc_stored *stored) {
    if (setjmp(png_jmpbuf(png)))
        return false;
    set_up(png, from);
    png_read_info(png, info);
    set_conversions(png, stored);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t row_bytes = stored->width * bc_layout_bytes(stored->layout);
    if (png_get_image_width(png, info) != stored->width ||
        png_get_image_height(png, info) != stored->height || png_get_rowbytes(png, info) != row_bytes)
        png_error(png, "its header is contradictory");
    const uint32_t checked = passes == 1 ? stored->height - 1 : 0; /* the last row of some passes is empty */
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < stored->height; y++) {
            if (pass == 0 && y == checked)
                refuse_surplus(png, from, (stored->height - y) * row_bytes);
            png_read_row(png, pixels + y * row_bytes, NULL);
        }
    png_read_end(png, NULL);
    return true;
}

bc_status bc_png_decode(uint8_t *pixels, const bc_source *source, const bc_stored *stored, bc_error *err) {
    reader from = {source->bytes, source->size, source->size - find_data_end(source), ""};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &from, on_error, on_warning);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    bc_status status = BC_OK;
    if (info == NULL)
        status = bc_fail(err, BC_ERROR_MEMORY, "%s: out of memory", source->name);
    else if (!read_picture(pixels, png, info, &from, stored))
        status = strcmp(from.message, "Out of memory") == 0
                     ? bc_fail(err, BC_ERROR_MEMORY, "%s: out of memory", source->name)
                     : damaged(source, from.message, err);
    png_destroy_read_struct(&png, &info, NULL);
    return status;
}
