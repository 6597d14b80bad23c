/*
 * Between the codecs and bc_decoder_decode: each codec first says what it has stored, then writes just that.
 */
#ifndef BC_IMAGE_DECODE_H
#define BC_IMAGE_DECODE_H

#include <bclass/error.h>
#include <bclass/image.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer side is refused everywhere: no picture has one, and the sizes inside the resizer stay addressable.
 */
enum { BC_SIDE_LIMIT = 1 << 22 };

/* The bytes of one file; name stands in messages. */
typedef struct bc_source {
    const uint8_t *bytes;
    size_t size;
    const char *name;
} bc_source;

/* What one pixel is, as a codec gives it: 8 bits a component, no padding. */
typedef enum bc_layout {
    BC_LAYOUT_GRAY,
    BC_LAYOUT_GRAY_ALPHA,
    BC_LAYOUT_RGB,
    BC_LAYOUT_RGB_ALPHA,
    BC_LAYOUT_CMYK,          /* 255 is full ink */
    BC_LAYOUT_CMYK_INVERTED, /* 0 is full ink, as Adobe's programs store it */
} bc_layout;

enum { BC_CAMERA_SIZE = 48 };

/* What an EXIF block tells; zero-initialised when there is none. */
typedef struct bc_exif {
    bool is_there;
    unsigned orientation;        /* 1 to 8; 1 when it tells none */
    char camera[BC_CAMERA_SIZE]; /* maker and model, printable, maybe cut; empty when it tells none */
} bc_exif;

/* A picture as it is stored, before it is turned upright. */
typedef struct bc_stored {
    bc_image_kind kind;
    uint32_t width, height; /* > 0 */
    bc_layout layout;
    unsigned orientation; /* 1 to 8, as in EXIF */
    bc_exif exif;
} bc_stored;

/* Told by content. TGA has no signature, so BC_IMAGE_TGA also stands for what nothing else claims. Errors:
 * BC_ERROR_FORMAT for an empty file and for known kinds that are not supported. */
bc_status bc_source_sniff(bc_image_kind *kind, const bc_source *source, bc_error *err);

/* Fill stored from the header, the first for any kind. Errors: BC_ERROR_FORMAT. */
bc_status bc_source_look(bc_stored *stored, const bc_source *source, bc_error *err);
bc_status bc_jpeg_look(bc_stored *stored, const bc_source *source, bc_error *err);
bc_status bc_png_look(bc_stored *stored, const bc_source *source, bc_error *err);
bc_status bc_pnm_look(bc_stored *stored, const bc_source *source, bc_error *err);
bc_status bc_psd_look(bc_stored *stored, const bc_source *source, bc_error *err);
bc_status bc_stb_look(bc_stored *stored, const bc_source *source, bc_image_kind kind, bc_error *err);

/* Write height x width pixels as stored says. Errors: BC_ERROR_FORMAT, BC_ERROR_MEMORY. */
bc_status bc_jpeg_decode(uint8_t *pixels, void *jpeg, const bc_source *source, const bc_stored *stored,
                         bc_error *err);
bc_status bc_png_decode(uint8_t *pixels, const bc_source *source, const bc_stored *stored, bc_error *err);
bc_status bc_pnm_decode(uint8_t *pixels, const bc_source *source, const bc_stored *stored, bc_error *err);
bc_status bc_psd_decode(uint8_t *pixels, const bc_source *source, const bc_stored *stored, bc_error *err);
bc_status bc_stb_decode(uint8_t *pixels, const bc_source *source, const bc_stored *stored, bc_error *err);

/* The JPEG decompressor that bc_jpeg_decode uses again and again. */
bc_status bc_jpeg_open(void **jpeg, bc_error *err);
void bc_jpeg_close(void *jpeg);

/* The quality from 1 to 100 at which libjpeg's first table of the brightness comes nearest to this file's in
 * the sum of its steps; 0 without a table. */
int bc_jpeg_quality(const bc_source *source);

/* Whether there is more than one picture in the file. */
bool bc_gif_is_animated(const bc_source *source);
bool bc_png_is_animated(const bc_source *source);

/* Makes stored->width and height those of the smallest reduced decoding that options allow. */
void bc_jpeg_reduce(bc_stored *stored, const bc_decode_options *options);

/* An EXIF block, which begins with "Exif\0\0". */
bc_exif bc_exif_read(const uint8_t *block, size_t size);

/* Bytes a pixel takes in this layout, and channels of what bc_pixels_compose makes of it: 1 or 3. */
size_t bc_layout_bytes(bc_layout layout);
uint32_t bc_layout_channels(bc_layout layout);

/* Alpha over white, CMYK to RGB. dst may be src, and is where there is neither. */
void bc_pixels_compose(uint8_t *dst, const uint8_t *src, size_t count, bc_layout layout);

bool bc_orientation_swaps(unsigned orientation); /* width and height */

/* Turns width x height stored pixels upright. */
void bc_pixels_orient(uint8_t *dst, const uint8_t *src, uint32_t width, uint32_t height, uint32_t channels,
                      unsigned orientation);

/* The size a whole picture of width x height is scaled to before it is padded or cut to wanted_width x
 * wanted_height; each side at least 1. */
void bc_fit_size(uint64_t *fitted_width, uint64_t *fitted_height, uint32_t width, uint32_t height,
                 uint32_t wanted_width, uint32_t wanted_height, bc_fit fit);

/* A rectangle of pixels inside rows of stride bytes. */
typedef struct bc_area {
    uint8_t *pixels;
    uint32_t width, height;
    size_t stride;
} bc_area;

/* Resizes src to dst, each of this many channels, with an antialiasing triangle filter, edge pixels repeated.
 * false: no memory. */
bool bc_area_resize(const bc_area *dst, const bc_area *src, uint32_t channels);

#endif
