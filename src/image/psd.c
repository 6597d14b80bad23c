/* PSD: the merged picture, laid out as in Adobe's "Photoshop File Formats Specification". Further channels
 * are not looked at: where a picture is transparent, what is stored of it lies over white already. */
#include "decode.h"

enum {
    HEADER_SIZE = 26,
    MODE_GRAY = 1,
    MODE_RGB = 3,
    CHANNELS_LIMIT = 56,
    PSD_SIDE_LIMIT = 30000,
    RAW = 0,
    PACKED = 1 /* each row of each channel by PackBits */
};

typedef struct psd_header {
    bc_stored stored;
    uint32_t channels;   /* in the file */
    size_t sample_bytes; /* 1 or 2 */
    uint32_t method;
    size_t data; /* where the pixels, or the lengths of their rows, begin */
} psd_header;

static uint32_t big_endian(const uint8_t *bytes, int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static bc_status damaged(const bc_source *source, const char *reason, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "%s: damaged PSD picture: %s", source->name, reason);
}

/* Passes over the palette, the resources and the layers, each with its length before it. */
static bool skip_sections(size_t *at, const bc_source *source) {
    for (int i = 0; i < 3; i++) {
        if (source->size - *at < 4)
            return false;
        const uint32_t length = big_endian(source->bytes + *at, 4);
        *at += 4;
        if (source->size - *at < length)
            return false;
        *at += length;
    }
    return true;
}

static bc_status read_header(psd_header *header, const bc_source *source, bc_error *err) {
    const uint8_t *bytes = source->bytes;
    if (source->size < HEADER_SIZE)
        return damaged(source, "it ends inside its header", err);
    const uint32_t version = big_endian(bytes + 4, 2), bits = big_endian(bytes + 22, 2),
                   mode = big_endian(bytes + 24, 2);
    if (version != 1 || (bits != 8 && bits != 16) || (mode != MODE_GRAY && mode != MODE_RGB))
        return bc_fail(err, BC_ERROR_FORMAT,
                       "%s: of PSD pictures only gray and RGB ones of 8 and 16 bits are supported",
                       source->name);
    *header = (psd_header){.stored = {.kind = BC_IMAGE_PSD,
                                      .width = big_endian(bytes + 18, 4),
                                      .height = big_endian(bytes + 14, 4),
                                      .layout = mode == MODE_GRAY ? BC_LAYOUT_GRAY : BC_LAYOUT_RGB,
                                      .orientation = 1},
                           .channels = big_endian(bytes + 12, 2),
                           .sample_bytes = bits / 8,
                           .data = HEADER_SIZE};
    const bc_stored *stored = &header->stored;
    if (stored->width == 0 || stored->height == 0 || stored->width > PSD_SIDE_LIMIT ||
        stored->height > PSD_SIDE_LIMIT)
        return damaged(source, "its size is invalid", err);
    if (header->channels < bc_layout_bytes(stored->layout) || header->channels > CHANNELS_LIMIT)
        return damaged(source, "its number of channels is invalid", err);
    if (!skip_sections(&header->data, source) || source->size - header->data < 2)
        return damaged(source, "it ends before its pixels", err);
    header->method = big_endian(bytes + header->data, 2);
    header->data += 2;
    if (header->method != RAW && header->method != PACKED)
        return bc_fail(err, BC_ERROR_FORMAT, "%s: PSD pictures that are packed by ZIP are not supported",
                       source->name);
    return BC_OK;
}

bc_status bc_psd_look(bc_stored *stored, const bc_source *source, bc_error *err) {
    psd_header header;
    bc_status status = read_header(&header, source, err);
    if (status == BC_OK)
        *stored = header.stored;
    return status;
}

/* A row of one channel, its bytes coming one after the other; of 16 bits first the high byte. */
typedef struct row_writer {
    uint8_t *pixel;
    size_t step; /* from one pixel to the next */
    size_t sample_bytes;
    size_t left;   /* bytes */
    uint32_t high; /* of a sample whose low byte is to come */
} row_writer;

static void put_byte(row_writer *row, uint8_t byte) {
    row->left--;
    if (row->sample_bytes == 2 && row->left % 2 == 1) {
        row->high = byte;
        return;
    }
    *row->pixel = row->sample_bytes == 1 ? byte : (uint8_t)(((row->high << 8 | byte) * 255 + 32767) / 65535);
    row->pixel += row->step;
}

static bool unpack_row(row_writer *row, const uint8_t *from, const uint8_t *end) {
    while (row->left > 0) {
        if (end - from < 2)
            return false;
        const unsigned code = *from++;
        const size_t count = code < 128 ? code + 1 : 257 - code, taken = code < 128 ? count : 1;
        if (code == 128) /* nothing, by definition */
            continue;
        if (count > row->left || taken > (size_t)(end - from))
            return false;
        for (size_t i = 0; i < count; i++)
            put_byte(row, from[code < 128 ? i : 0]);
        from += taken;
    }
    return true;
}

static row_writer row_of(uint8_t *pixels, const psd_header *header, size_t row) {
    const bc_stored *stored = &header->stored;
    const size_t channels = bc_layout_bytes(stored->layout), y = row % stored->height;
    return (row_writer){.pixel = pixels + y * stored->width * channels + row / stored->height,
                        .step = channels,
                        .sample_bytes = header->sample_bytes,
                        .left = stored->width * header->sample_bytes};
}

/* rows: of all channels that are read, which are the first in the file. */
static bool read_packed(uint8_t *pixels, size_t rows, const psd_header *header, const bc_source *source) {
    const size_t lengths = 2 * (size_t)header->channels * header->stored.height;
    if (source->size - header->data < lengths)
        return false;
    const uint8_t *length = source->bytes + header->data, *from = length + lengths,
                  *end = source->bytes + source->size;
    for (size_t i = 0; i < rows; i++, length += 2) {
        row_writer row = row_of(pixels, header, i);
        const size_t size = big_endian(length, 2);
        if ((size_t)(end - from) < size || !unpack_row(&row, from, from + size))
            return false;
        from += size;
    }
    return true;
}

static bool read_raw(uint8_t *pixels, size_t rows, const psd_header *header, const bc_source *source) {
    const size_t row_bytes = header->stored.width * header->sample_bytes;
    if ((source->size - header->data) / row_bytes < rows)
        return false;
    const uint8_t *from = source->bytes + header->data;
    for (size_t i = 0; i < rows; i++) {
        row_writer row = row_of(pixels, header, i);
        while (row.left > 0)
            put_byte(&row, *from++);
    }
    return true;
}

bc_status bc_psd_decode(uint8_t *pixels, const bc_source *source, const bc_stored *stored, bc_error *err) {
    psd_header header;
    bc_status status = read_header(&header, source, err);
    if (status != BC_OK)
        return status;
    const size_t rows = stored->height * bc_layout_bytes(stored->layout);
    const bool whole = header.method == RAW ? read_raw(pixels, rows, &header, source)
                                            : read_packed(pixels, rows, &header, source);
    return whole ? BC_OK : damaged(source, "it ends early, or its run lengths are invalid", err);
}
