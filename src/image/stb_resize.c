/* Resizing by stb_image_resize, whichever of its two versions the system has. */
#include "decode.h"

#if BC_STB_RESIZE2

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb_image_resize2.h>

bool bc_area_resize(const bc_area *dst, const bc_area *src, uint32_t channels) {
    return stbir_resize(src->pixels, (int)src->width, (int)src->height, (int)src->stride, dst->pixels,
                        (int)dst->width, (int)dst->height, (int)dst->stride,
                        channels == 1 ? STBIR_1CHANNEL : STBIR_RGB, STBIR_TYPE_UINT8, STBIR_EDGE_CLAMP,
                        STBIR_FILTER_TRIANGLE) != NULL;
}

#else

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#define STBIR_ASSERT(x) ((void)0) /* its bounds on rounding errors do not hold for every pair of sizes */
#include <stb_image_resize.h>

bool bc_area_resize(const bc_area *dst, const bc_area *src, uint32_t channels) {
    return stbir_resize_uint8_generic(src->pixels, (int)src->width, (int)src->height, (int)src->stride,
                                      dst->pixels, (int)dst->width, (int)dst->height, (int)dst->stride,
                                      (int)channels, STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP,
                                      STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR, NULL) != 0;
}

#endif
