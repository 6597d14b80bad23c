/* A picture: the header's word is kept by decoding, whole and reduced, and what was decoded can be fitted,
 * and written and read again. */
#include "fuzz.h"

#include "image/facts.h"
#include "image/reader.h"

#include <bclass/image.h>

#include <stdlib.h>
#include <string.h>

enum { MOST_PIXELS = 1 << 16, MOST_WRITTEN = 1 << 10, WIDTH = 24, HEIGHT = 17 };

static void fit_all_ways(const bc_image *image) {
    uint8_t fitted[WIDTH * HEIGHT * 3];
    bc_error err = {0};
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
        for (int fit = 0; fit < BC_FIT_COUNT; fit++) {
            const bc_preprocess to = {
                .width = WIDTH, .height = HEIGHT, .channels = channels, .fit = (bc_fit)fit};
            bc_status status = bc_image_fit(fitted, image, &to, &err);
            fuzz_require(status == BC_OK, "a decoded picture can be fitted");
        }
    }
}

/* The bytes of the one are those of the other. */
static void require_same(const bc_image *a, const bc_image *b) {
    fuzz_require(a->width == b->width && a->height == b->height && a->channels == b->channels,
                 "a picture that is read again has its size");
    fuzz_require(memcmp(a->pixels, b->pixels, (size_t)a->width * a->height * a->channels) == 0,
                 "a picture that is read again has its pixels");
}

static void write_and_read(const bc_image *image) {
    bc_error err = {0};
    bc_reader *reader;
    bc_image again = {0};
    bool own = false;
    bc_status status = bc_image_write_png(image, fuzz_path(FUZZ_COPY), &err);
    fuzz_require(status == BC_OK, "a decoded picture can be written");
    status = bc_image_is_own_png(&own, fuzz_path(FUZZ_COPY), &err);
    fuzz_require(status == BC_OK && own, "a picture that was written is known again");
    fuzz_require(bc_reader_create(&reader, &err) == BC_OK, "there is memory for a reader");
    status = bc_reader_thumbnail(&again, reader, fuzz_path(FUZZ_COPY), UINT32_MAX >> 1, 0, &err);
    fuzz_require(status == BC_OK, "a picture that was written can be read");
    require_same(image, &again);
    bc_image_free(&again);
    bc_reader_free(reader);
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* A decoder may give a smaller picture, but none that is too small to be fitted into so many pixels. */
static void decode_reduced(bc_decoder *decoder, const bc_image_info *info, const uint8_t *data, size_t size) {
    bc_error err = {0};
    bc_image image = {0};
    const bc_decode_options options = {
        .max_pixels = MOST_PIXELS, .wanted_width = 5, .wanted_height = 7, .fit = BC_FIT_STRETCH};
    bc_status status = bc_decoder_decode(&image, decoder, data, size, "picture", &options, &err);
    if (status == BC_OK)
        fuzz_require(image.width <= info->width && image.height <= info->height &&
                         image.width >= least(info->width, 5) && image.height >= least(info->height, 7),
                     "a reduced picture is large enough");
    else
        fuzz_require_told(status, &err);
    bc_image_free(&image);
}

/* What is told of a file is told where its header can be read. */
static void describe(bc_status looked, const bc_image_info *info, const uint8_t *data, size_t size) {
    bc_error err = {0};
    bc_image_facts facts;
    const bc_status status = bc_image_describe(&facts, data, size, "picture", &err);
    fuzz_require(status == looked, "a picture that can be looked at can be described");
    if (status != BC_OK)
        return;
    fuzz_require(memcmp(&facts.info, info, sizeof *info) == 0, "a picture is described as it looks");
    fuzz_require(facts.orientation >= 1 && facts.orientation <= 8, "an orientation is from 1 to 8");
    fuzz_require(facts.jpeg_quality >= 0 && facts.jpeg_quality <= 100, "a quality is up to 100");
    for (const char *c = facts.camera; *c != '\0'; c++)
        fuzz_require((unsigned char)*c >= 0x20, "a camera has no control characters");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const bc_decode_options options = {.max_pixels = MOST_PIXELS};
    bc_error err = {0};
    bc_decoder *decoder;
    bc_image image = {0};
    bc_image_info info;
    fuzz_require(bc_decoder_create(&decoder, &err) == BC_OK, "there is memory for a decoder");
    const bc_status looked = bc_image_look(&info, data, size, "picture", &err);
    if (looked != BC_OK)
        fuzz_require_told(looked, &err);
    describe(looked, &info, data, size);
    const bc_status status = bc_decoder_decode(&image, decoder, data, size, "picture", &options, &err);
    if (status == BC_OK) {
        fuzz_require(looked == BC_OK && info.kind != BC_IMAGE_UNKNOWN, "what is decoded was told before");
        fuzz_require(image.width == info.width && image.height == info.height &&
                         image.channels == info.channels,
                     "a picture has the size that its header tells");
        fit_all_ways(&image);
        decode_reduced(decoder, &info, data, size);
        if (image.width * image.height <= MOST_WRITTEN)
            write_and_read(&image);
    } else {
        fuzz_require_told(status, &err);
        fuzz_require(image.width == 0, "after a failure there is no picture");
    }
    bc_image_free(&image);
    bc_decoder_free(decoder);
    return 0;
}
