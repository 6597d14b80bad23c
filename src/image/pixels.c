/* Pixels from the way they are stored to upright gray or RGB. */
#include "decode.h"

size_t bc_layout_bytes(bc_layout layout) {
    switch (layout) {
    case BC_LAYOUT_GRAY:
        return 1;
    case BC_LAYOUT_GRAY_ALPHA:
        return 2;
    case BC_LAYOUT_RGB:
        return 3;
    case BC_LAYOUT_RGB_ALPHA:
    case BC_LAYOUT_CMYK:
    case BC_LAYOUT_CMYK_INVERTED:
        break;
    }
    return 4;
}

uint32_t bc_layout_channels(bc_layout layout) {
    return layout == BC_LAYOUT_GRAY || layout == BC_LAYOUT_GRAY_ALPHA ? 1 : 3;
}

/* a x b / 255, rounded: both are shares of 255. */
static uint8_t share(unsigned a, unsigned b) {
    return (uint8_t)((a * b + 127) / 255);
}

static uint8_t over_white(unsigned value, unsigned alpha) {
    return (uint8_t)((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

/* flip is 255 where 255 is full ink, 0 where it is the light that is stored. */
static void compose_inks(uint8_t *dst, const uint8_t *src, size_t count, uint8_t flip) {
    for (size_t i = 0; i < count; i++, src += 4, dst += 3) {
        unsigned black = src[3] ^ flip;
        dst[0] = share(src[0] ^ flip, black);
        dst[1] = share(src[1] ^ flip, black);
        dst[2] = share(src[2] ^ flip, black);
    }
}

void bc_pixels_compose(uint8_t *dst, const uint8_t *src, size_t count, bc_layout layout) {
    switch (layout) {
    case BC_LAYOUT_GRAY:
    case BC_LAYOUT_RGB:
        break;
    case BC_LAYOUT_GRAY_ALPHA:
        for (size_t i = 0; i < count; i++)
            dst[i] = over_white(src[2 * i], src[2 * i + 1]);
        break;
    case BC_LAYOUT_RGB_ALPHA:
        for (size_t i = 0; i < count; i++, src += 4, dst += 3) {
            unsigned alpha = src[3];
            dst[0] = over_white(src[0], alpha);
            dst[1] = over_white(src[1], alpha);
            dst[2] = over_white(src[2], alpha);
        }
        break;
    case BC_LAYOUT_CMYK:
        compose_inks(dst, src, count, 255);
        break;
    case BC_LAYOUT_CMYK_INVERTED:
        compose_inks(dst, src, count, 0);
        break;
    }
}

bool bc_orientation_swaps(unsigned orientation) {
    return orientation >= 5;
}

enum { TILE = 32 }; /* pixels: rows and columns of one tile stay in the cache while it is turned */

static uint32_t tile_end(uint32_t first, uint32_t side) {
    return side - first < TILE ? side : first + TILE;
}

/* The stored pixel of upright (x, y) is at start + x * across + y * down (EXIF 2.3, orientation tag). */
void bc_pixels_orient(uint8_t *dst, const uint8_t *src, uint32_t width, uint32_t height, uint32_t channels,
                      unsigned orientation) {
    bool swap = bc_orientation_swaps(orientation);
    bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    ptrdiff_t row = (ptrdiff_t)width * channels, column = (ptrdiff_t)channels;
    const uint8_t *start =
        src + (from_right ? (width - 1) * column : 0) + (from_bottom ? (height - 1) * row : 0);
    row = from_bottom ? -row : row;
    column = from_right ? -column : column;
    ptrdiff_t across = swap ? row : column, down = swap ? column : row;
    uint32_t dst_width = swap ? height : width, dst_height = swap ? width : height;
    for (uint32_t top = 0; top < dst_height; top += TILE)
        for (uint32_t left = 0; left < dst_width; left += TILE)
            for (uint32_t y = top; y < tile_end(top, dst_height); y++) {
                const uint8_t *from = start + (ptrdiff_t)y * down + (ptrdiff_t)left * across;
                uint8_t *to = dst + ((size_t)y * dst_width + left) * channels;
                for (uint32_t x = left; x < tile_end(left, dst_width); x++, from += across)
                    for (uint32_t c = 0; c < channels; c++)
                        *to++ = from[c];
            }
}
