/* A picture made to fit the network's input. */
#include "decode.h"

#include "base/memory.h"
#include "image/sums.h"

#include <stdlib.h>
#include <string.h>

/* value x numerator / denominator, rounded, at least 1; below 2^63 for sides and sizes of 32 bits. */
static uint64_t proportion(uint64_t value, uint64_t numerator, uint64_t denominator) {
    uint64_t rounded = (value * numerator + denominator / 2) / denominator;
    return rounded > 0 ? rounded : 1;
}

static bool is_wider(uint32_t width, uint32_t height, uint32_t than_width, uint32_t than_height) {
    return (uint64_t)width * than_height > (uint64_t)height * than_width;
}

void bc_fit_size(uint64_t *fitted_width, uint64_t *fitted_height, uint32_t width, uint32_t height,
                 uint32_t wanted_width, uint32_t wanted_height, bc_fit fit) {
    *fitted_width = wanted_width;
    *fitted_height = wanted_height;
    if (fit == BC_FIT_STRETCH)
        return;
    bool wider = is_wider(width, height, wanted_width, wanted_height);
    if (wider == (fit == BC_FIT_PAD))
        *fitted_height = proportion(height, wanted_width, width);
    else
        *fitted_width = proportion(width, wanted_height, height);
}

static bc_area area_of(uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels) {
    return (bc_area){pixels, width, height, (size_t)width * channels};
}

/* Keeps the middle of whole; what cannot be halved is cut at the right and below. */
static bc_area middle(bc_area whole, uint32_t width, uint32_t height, uint32_t channels) {
    size_t left = (whole.width - width) / 2, top = (whole.height - height) / 2;
    return (bc_area){whole.pixels + top * whole.stride + left * channels, width, height, whole.stride};
}

static uint32_t at_most(uint64_t value, uint32_t limit) {
    return value < limit ? (uint32_t)value : limit;
}

/* The part of the picture that is shown: all of it but for BC_FIT_CROP. */
static bc_area shown_part(const bc_image *image, const bc_preprocess *preprocess) {
    bc_area whole = area_of(image->pixels, image->width, image->height, image->channels);
    if (preprocess->fit != BC_FIT_CROP)
        return whole;
    uint32_t width = image->width, height = image->height;
    if (is_wider(width, height, preprocess->width, preprocess->height))
        width = at_most(proportion(height, preprocess->width, preprocess->height), width);
    else
        height = at_most(proportion(width, preprocess->height, preprocess->width), height);
    return middle(whole, width, height, image->channels);
}

/* The part of dst that shows it: all of it but for BC_FIT_PAD. */
static bc_area filled_part(uint8_t *dst, const bc_image *image, const bc_preprocess *preprocess) {
    bc_area whole = area_of(dst, preprocess->width, preprocess->height, preprocess->channels);
    if (preprocess->fit != BC_FIT_PAD)
        return whole;
    uint64_t width, height;
    bc_fit_size(&width, &height, image->width, image->height, preprocess->width, preprocess->height,
                BC_FIT_PAD);
    return middle(whole, at_most(width, preprocess->width), at_most(height, preprocess->height),
                  preprocess->channels);
}

/* ITU-R BT.601 luma with weights in 65536ths. */
static uint8_t luma(const uint8_t *rgb) {
    return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

/* src has the size of dst. */
static void convert(const bc_area *dst, uint32_t dst_channels, const bc_area *src, uint32_t src_channels) {
    for (size_t y = 0; y < dst->height; y++) {
        uint8_t *to = dst->pixels + y * dst->stride;
        const uint8_t *from = src->pixels + y * src->stride;
        if (dst_channels == src_channels)
            memcpy(to, from, (size_t)dst->width * dst_channels);
        else if (dst_channels == 1)
            for (size_t x = 0; x < dst->width; x++)
                to[x] = luma(from + 3 * x);
        else
            for (size_t x = 0; x < dst->width; x++)
                to[3 * x] = to[3 * x + 1] = to[3 * x + 2] = from[x];
    }
}

static bc_status resize(const bc_area *dst, const bc_area *src, uint32_t channels, bc_error *err) {
    return bc_area_resize(dst, src, channels)
               ? BC_OK
               : bc_fail(err, BC_ERROR_MEMORY, "out of memory (resizing %u x %u pixels)", src->width,
                         src->height);
}

/* Resizes first, so that only the pixels that are left are converted. */
static bc_status resize_and_convert(const bc_area *dst, uint32_t dst_channels, const bc_area *src,
                                    uint32_t src_channels, bc_error *err) {
    void *pixels;
    bc_status status = bc_alloc(&pixels, (size_t)dst->width * dst->height, src_channels, err);
    if (status != BC_OK)
        return status;
    bc_area resized = area_of(pixels, dst->width, dst->height, src_channels);
    status = resize(&resized, src, src_channels, err);
    if (status == BC_OK)
        convert(dst, dst_channels, &resized, src_channels);
    free(pixels);
    return status;
}

static bool is_side(uint32_t side) {
    return side > 0 && side <= BC_SIDE_LIMIT;
}

static uint8_t mean_of(const bc_area *area, size_t channels) {
    bc_sums sums = {0};
    float mean, deviation;
    for (size_t y = 0; y < area->height; y++)
        bc_sums_add(&sums, 1, area->pixels + y * area->stride, area->width * channels);
    bc_sums_finish(&mean, &deviation, &sums, (double)area->width * (double)area->height * (double)channels);
    return (uint8_t)(mean + 0.5f);
}

static void fill_rest(uint8_t *dst, const bc_area *filled, const bc_preprocess *preprocess, uint8_t value) {
    const size_t channels = preprocess->channels, row = preprocess->width * channels;
    const size_t before = (size_t)(filled->pixels - dst), left = before % row,
                 shown = filled->width * channels;
    const size_t top = before / row;
    for (size_t y = 0; y < preprocess->height; y++, dst += row) {
        const bool is_shown = y >= top && y < top + filled->height;
        memset(dst, value, is_shown ? left : row);
        if (is_shown)
            memset(dst + left + shown, value, row - left - shown);
    }
}

/* Middle gray; or, where the picture is normalised by itself, its own mean, for beside any other gray its
 * brightness could be seen all the same. */
static void pad(uint8_t *dst, const bc_area *filled, const bc_preprocess *preprocess) {
    enum { MIDDLE = 128 };
    if (filled->width == preprocess->width && filled->height == preprocess->height)
        return;
    const bool own = preprocess->normalise == BC_NORMALISE_PICTURE;
    fill_rest(dst, filled, preprocess, own ? mean_of(filled, preprocess->channels) : MIDDLE);
}

static bc_status fill(const bc_area *filled, uint32_t channels, const bc_area *shown, uint32_t shown_channels,
                      bc_error *err) {
    if (shown->width == filled->width && shown->height == filled->height) {
        convert(filled, channels, shown, shown_channels);
        return BC_OK;
    }
    if (shown_channels == channels)
        return resize(filled, shown, channels, err);
    return resize_and_convert(filled, channels, shown, shown_channels, err);
}

bc_status bc_image_fit(uint8_t *dst, const bc_image *image, const bc_preprocess *preprocess, bc_error *err) {
    if (!is_side(image->width) || !is_side(image->height) || !is_side(preprocess->width) ||
        !is_side(preprocess->height))
        return bc_fail(err, BC_ERROR_LIMIT, "cannot resize %u x %u pixels to %u x %u", image->width,
                       image->height, preprocess->width, preprocess->height);
    bc_area shown = shown_part(image, preprocess), filled = filled_part(dst, image, preprocess);
    const bc_status status = fill(&filled, preprocess->channels, &shown, image->channels, err);
    if (status == BC_OK)
        pad(dst, &filled, preprocess);
    return status;
}
