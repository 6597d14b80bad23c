/*
 * One picture: from a file's bytes to upright 8-bit pixels, and from there to a given size.
 */
#ifndef BCLASS_IMAGE_H
#define BCLASS_IMAGE_H

#include <bclass/error.h>
#include <bclass/preprocess.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BC_MAX_PIXELS_DEFAULT = 100000000 };

typedef enum bc_image_kind {
    BC_IMAGE_UNKNOWN,
    BC_IMAGE_JPEG,
    BC_IMAGE_PNG,
    BC_IMAGE_GIF,
    BC_IMAGE_BMP,
    BC_IMAGE_PNM,
    BC_IMAGE_PSD,
    BC_IMAGE_TGA,
    BC_IMAGE_HDR,
} bc_image_kind;

/* Upright pixels. Zero-initialise; the same object may be decoded into again and again, its memory is reused.
 * After a failed decoding width, height and channels are 0. */
typedef struct bc_image {
    uint32_t width, height;
    uint32_t channels; /* 1 gray, 3 RGB */
    uint8_t *pixels;   /* height x width x channels, rows from the top, owned */
    size_t capacity;   /* bytes that pixels can hold */
} bc_image;

void bc_image_free(bc_image *image);

/* What the header says, before any pixel is decoded. width and height are those of the upright picture. */
typedef struct bc_image_info {
    bc_image_kind kind;
    uint32_t width, height;
    uint32_t channels; /* 1 when the picture is stored as gray, of whatever bit depth, else 3; a palette
                          counts as colour */
} bc_image_info;

/* Takes no memory worth naming and needs no limit. name begins every message. Errors: BC_ERROR_FORMAT when
 * the bytes are empty, no picture of a known kind, or their header is damaged. */
bc_status bc_image_look(bc_image_info *info, const uint8_t *bytes, size_t size, const char *name,
                        bc_error *err);

typedef struct bc_decode_options {
    uint64_t max_pixels;    /* a larger declared size is refused before memory is taken; 0 means
                               BC_MAX_PIXELS_DEFAULT */
    uint32_t wanted_width;  /* the picture will be resized to about this: a decoder may then give a smaller */
    uint32_t wanted_height; /* picture, never smaller than this; 0 means full size. JPEG: its half, quarter or
                               eighth, whose pixels are averages of blocks */
    bc_fit fit;             /* how it will be resized, which decides what "smaller" may mean */
} bc_decode_options;

/* Holds what decoding one picture after another can reuse. One a thread. */
typedef struct bc_decoder bc_decoder;
bc_status bc_decoder_create(bc_decoder **decoder, bc_error *err);
void bc_decoder_free(bc_decoder *decoder);

/* Decodes to gray or RGB, as the picture is: told by content, EXIF orientation applied, 16 bits reduced to 8,
 * palette and CMYK/YCCK converted, alpha laid over white, of an animation the first frame. Values are as they
 * are stored: gamma and colour profiles are not applied.
 *
 * What is damaged is refused, even where a part could be shown: data that ends early (also a JPEG without its
 * end marker), a wrong check sum, codes that cannot be. Only what leaves all pixels as they were stored
 * passes, such as bytes too many between two JPEG segments. Of BMP, run lengths are not supported.
 *
 * Errors: BC_ERROR_FORMAT (damaged, unknown, not supported), BC_ERROR_LIMIT (more than max_pixels, or a side
 * beyond 2^22), BC_ERROR_MEMORY. */
bc_status bc_decoder_decode(bc_image *image, bc_decoder *decoder, const uint8_t *bytes, size_t size,
                            const char *name, const bc_decode_options *options, bc_error *err);

/* Resizes to preprocess->width x height in preprocess->channels channels, as preprocess->fit says, with an
 * antialiasing triangle filter (bilinear when enlarging), edge pixels repeated, to the same bytes on every
 * machine; a picture of the right size keeps its bytes. What
 * BC_FIT_PAD leaves free is 128, or with BC_NORMALISE_PICTURE the picture's mean. Gray becomes RGB by
 * repetition, RGB gray by ITU-R BT.601 luma. dst holds height x width x channels bytes. Safe in several
 * threads at once. Errors: BC_ERROR_MEMORY, and BC_ERROR_LIMIT when a side is 0 or beyond 2^22. */
bc_status bc_image_fit(uint8_t *dst, const bc_image *image, const bc_preprocess *preprocess, bc_error *err);

/* What is taken from the fitted bytes of a channel, and what they are divided by. */
typedef struct bc_scale {
    float mean[3], deviation[3];
} bc_scale;

/* Those of preprocess, or of the picture (a deviation of at least 1), as preprocess->normalise says. */
bc_scale bc_image_scale(const uint8_t *src, const bc_preprocess *preprocess);

/* dst[c][y][x] = (src[y][x][c] - mean[c]) / deviation[c]: the network's input from the fitted bytes. */
void bc_image_normalise(float *dst, const uint8_t *src, const bc_preprocess *preprocess);

/* *bytes = the picture as a JPEG file of a quality from 1 to 100, malloc'd. BC_ERROR_MEMORY, and
 * BC_ERROR_LIMIT when it has no pixels or a side beyond 65500. */
bc_status bc_image_encode_jpeg(uint8_t **bytes, size_t *size, const bc_image *image, int quality,
                               bc_error *err);

/* Writes the picture as a PNG file that says which software made it (a tEXt chunk, "Software": "bclass"),
 * whole or not at all. Errors: BC_ERROR_IO, BC_ERROR_MEMORY, and BC_ERROR_LIMIT when it has no pixels or too
 * many. */
bc_status bc_image_write_png(const bc_image *image, const char *path, bc_error *err);

/* Whether the file was written by bc_image_write_png, as its first bytes say. Errors: BC_ERROR_IO. */
bc_status bc_image_is_own_png(bool *is_own, const char *path, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
