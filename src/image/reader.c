/* File, decoding, fitting: one after the other. */
#include "image/reader.h"

#include "base/file.h"
#include "base/memory.h"

#include <bclass/image.h>

#include <stdlib.h>

enum { FILE_LIMIT = 1 << 30 }; /* bytes of one file */

struct bc_reader {
    bc_decoder *decoder;
    bc_image image;
    uint8_t *file;
    size_t capacity;
};

bc_status bc_reader_create(bc_reader **reader, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof **reader, err);
    *reader = block;
    if (status == BC_OK)
        status = bc_decoder_create(&(*reader)->decoder, err);
    if (status != BC_OK) {
        bc_reader_free(*reader);
        *reader = NULL;
    }
    return status;
}

void bc_reader_free(bc_reader *reader) {
    if (reader == NULL)
        return;
    bc_decoder_free(reader->decoder);
    bc_image_free(&reader->image);
    free(reader->file);
    free(reader);
}

bc_status bc_reader_read(uint8_t *dst, uint64_t *bytes, bc_reader *reader, const char *path,
                         const bc_preprocess *preprocess, uint64_t max_pixels, bc_error *err) {
    const bc_decode_options options = {.max_pixels = max_pixels,
                                       .wanted_width = preprocess->width,
                                       .wanted_height = preprocess->height,
                                       .fit = preprocess->fit};
    size_t size;
    bc_status status = bc_file_read_into(&reader->file, &reader->capacity, &size, path, FILE_LIMIT, err);
    *bytes = status == BC_OK ? size : 0;
    if (status == BC_OK)
        status = bc_decoder_decode(&reader->image, reader->decoder, reader->file, size, path, &options, err);
    if (status == BC_OK)
        status = bc_image_fit(dst, &reader->image, preprocess, err);
    return status;
}
