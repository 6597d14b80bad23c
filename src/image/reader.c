/* File, decoding, fitting: one after the other. */
#include "image/reader.h"

#include "decode.h"

#include "base/file.h"
#include "base/memory.h"

#include <bclass/image.h>

#include <stdlib.h>

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
    bc_status status =
        bc_file_read_into(&reader->file, &reader->capacity, &size, path, BC_PICTURE_FILE_LIMIT, err);
    *bytes = status == BC_OK ? size : 0;
    if (status == BC_OK)
        status = bc_decoder_decode(&reader->image, reader->decoder, reader->file, size, path, &options, err);
    if (status == BC_OK)
        status = bc_image_fit(dst, &reader->image, preprocess, err);
    return status;
}

/* Room for a picture of this size, in which it is made to fit. */
static bc_status fit_into(bc_image *dst, const bc_image *image, uint32_t width, uint32_t height,
                          bc_error *err) {
    const bc_preprocess whole = {
        .width = width, .height = height, .channels = image->channels, .fit = BC_FIT_STRETCH};
    void *block = dst->pixels;
    bc_status status =
        bc_grow(&block, &dst->capacity, (size_t)width * height * image->channels, sizeof *dst->pixels, err);
    dst->pixels = block;
    if (status == BC_OK)
        status = bc_image_fit(dst->pixels, image, &whole, err);
    dst->width = status == BC_OK ? width : 0;
    dst->height = status == BC_OK ? height : 0;
    dst->channels = status == BC_OK ? image->channels : 0;
    return status;
}

static bc_status shrink(bc_image *thumbnail, const bc_image *image, uint32_t side, bc_error *err) {
    uint64_t width = image->width, height = image->height;
    if (width > side || height > side)
        bc_fit_size(&width, &height, image->width, image->height, side, side, BC_FIT_PAD);
    return fit_into(thumbnail, image, (uint32_t)width, (uint32_t)height, err);
}

bc_status bc_reader_thumbnail(bc_image *thumbnail, bc_reader *reader, const char *path, uint32_t side,
                              uint64_t max_pixels, bc_error *err) {
    const bc_decode_options options = {
        .max_pixels = max_pixels, .wanted_width = side, .wanted_height = side, .fit = BC_FIT_PAD};
    size_t size;
    bc_status status =
        bc_file_read_into(&reader->file, &reader->capacity, &size, path, BC_PICTURE_FILE_LIMIT, err);
    if (status == BC_OK)
        status = bc_decoder_decode(&reader->image, reader->decoder, reader->file, size, path, &options, err);
    return status == BC_OK ? shrink(thumbnail, &reader->image, side, err) : status;
}
