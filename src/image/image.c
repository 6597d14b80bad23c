/* From a file's bytes to upright pixels: finds the codec, keeps to the limits, and calls the steps in order.
 */
#include "base/memory.h"
#include "decode.h"

#include <stdlib.h>

struct bc_decoder {
    void *jpeg;
    uint8_t *scratch; /* pixels that are not yet as they shall be */
    size_t capacity;
};

void bc_image_free(bc_image *image) {
    if (image == NULL)
        return;
    free(image->pixels);
    *image = (bc_image){0};
}

bc_status bc_decoder_create(bc_decoder **decoder, bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, 1, sizeof(bc_decoder), err);
    *decoder = block;
    if (status != BC_OK)
        return status;
    status = bc_jpeg_open(&(*decoder)->jpeg, err);
    if (status != BC_OK) {
        bc_decoder_free(*decoder);
        *decoder = NULL;
    }
    return status;
}

void bc_decoder_free(bc_decoder *decoder) {
    if (decoder == NULL)
        return;
    bc_jpeg_close(decoder->jpeg);
    free(decoder->scratch);
    free(decoder);
}

bc_status bc_source_look(bc_stored *stored, const bc_source *source, bc_error *err) {
    bc_image_kind kind;
    bc_status status = bc_source_sniff(&kind, source, err);
    if (status != BC_OK)
        return status;
    switch (kind) {
    case BC_IMAGE_JPEG:
        return bc_jpeg_look(stored, source, err);
    case BC_IMAGE_PNG:
        return bc_png_look(stored, source, err);
    case BC_IMAGE_PNM:
        return bc_pnm_look(stored, source, err);
    case BC_IMAGE_PSD:
        return bc_psd_look(stored, source, err);
    default:
        return bc_stb_look(stored, source, kind, err);
    }
}

bc_status bc_image_look(bc_image_info *info, const uint8_t *bytes, size_t size, const char *name,
                        bc_error *err) {
    *info = (bc_image_info){BC_IMAGE_UNKNOWN, 0, 0, 0};
    const bc_source source = {bytes, size, name};
    bc_stored stored;
    bc_status status = bc_source_look(&stored, &source, err);
    if (status != BC_OK)
        return status;
    bool swap = bc_orientation_swaps(stored.orientation);
    *info = (bc_image_info){stored.kind, swap ? stored.height : stored.width,
                            swap ? stored.width : stored.height, bc_layout_channels(stored.layout)};
    return BC_OK;
}

static bc_status check_size(const bc_stored *stored, const char *name, const bc_decode_options *options,
                            bc_error *err) {
    uint64_t most = options->max_pixels > 0 ? options->max_pixels : BC_MAX_PIXELS_DEFAULT;
    if ((uint64_t)stored->width * stored->height > most)
        return bc_fail(err, BC_ERROR_LIMIT, "%s: %u x %u pixels are more than the limit of %llu", name,
                       stored->width, stored->height, (unsigned long long)most);
    if (stored->width > BC_SIDE_LIMIT || stored->height > BC_SIDE_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "%s: %u x %u pixels, but a side may have no more than %d", name,
                       stored->width, stored->height, BC_SIDE_LIMIT);
    return BC_OK;
}

/* Room for count pixels of size bytes; what was there is lost. */
static bc_status make_room(uint8_t **pixels, size_t *capacity, size_t count, size_t size, bc_error *err) {
    size_t bytes;
    if (bc_size_multiply(&bytes, count, size) && bytes <= *capacity)
        return BC_OK;
    free(*pixels);
    *capacity = 0;
    void *block;
    bc_status status = bc_alloc(&block, count, size, err);
    *pixels = block;
    if (status == BC_OK)
        *capacity = bytes;
    return status;
}

static bc_status decode(uint8_t *pixels, bc_decoder *decoder, const bc_source *source,
                        const bc_stored *stored, bc_error *err) {
    switch (stored->kind) {
    case BC_IMAGE_JPEG:
        return bc_jpeg_decode(pixels, decoder->jpeg, source, stored, err);
    case BC_IMAGE_PNG:
        return bc_png_decode(pixels, source, stored, err);
    case BC_IMAGE_PNM:
        return bc_pnm_decode(pixels, source, stored, err);
    case BC_IMAGE_PSD:
        return bc_psd_decode(pixels, source, stored, err);
    default:
        return bc_stb_decode(pixels, source, stored, err);
    }
}

/* Straight into the image where nothing is left to do to the pixels, else by way of the scratch memory. */
static bc_status decode_upright(bc_image *image, bc_decoder *decoder, const bc_source *source,
                                const bc_stored *stored, bc_error *err) {
    size_t count, bytes = bc_layout_bytes(stored->layout);
    uint32_t channels = bc_layout_channels(stored->layout);
    if (!bc_size_multiply(&count, stored->width, stored->height))
        return bc_fail(err, BC_ERROR_MEMORY, "%s: more pixels than can be addressed", source->name);
    bc_status status = make_room(&image->pixels, &image->capacity, count, channels, err);
    if (status != BC_OK)
        return status;
    if (stored->orientation == 1 && bytes == channels)
        return decode(image->pixels, decoder, source, stored, err);
    status = make_room(&decoder->scratch, &decoder->capacity, count, bytes, err);
    if (status == BC_OK)
        status = decode(decoder->scratch, decoder, source, stored, err);
    if (status != BC_OK)
        return status;
    if (stored->orientation == 1) {
        bc_pixels_compose(image->pixels, decoder->scratch, count, stored->layout);
    } else {
        bc_pixels_compose(decoder->scratch, decoder->scratch, count, stored->layout);
        bc_pixels_orient(image->pixels, decoder->scratch, stored->width, stored->height, channels,
                         stored->orientation);
    }
    return BC_OK;
}

bc_status bc_decoder_decode(bc_image *image, bc_decoder *decoder, const uint8_t *bytes, size_t size,
                            const char *name, const bc_decode_options *options, bc_error *err) {
    image->width = image->height = image->channels = 0;
    const bc_source source = {bytes, size, name};
    bc_stored stored;
    bc_status status = bc_source_look(&stored, &source, err);
    if (status == BC_OK)
        status = check_size(&stored, name, options, err);
    if (status != BC_OK)
        return status;
    if (stored.kind == BC_IMAGE_JPEG)
        bc_jpeg_reduce(&stored, options);
    status = decode_upright(image, decoder, &source, &stored, err);
    if (status != BC_OK)
        return status;
    bool swap = bc_orientation_swaps(stored.orientation);
    image->width = swap ? stored.height : stored.width;
    image->height = swap ? stored.width : stored.height;
    image->channels = bc_layout_channels(stored.layout);
    return BC_OK;
}
