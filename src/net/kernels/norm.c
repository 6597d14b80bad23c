/* Sums and affine maps over the pixels of one channel block, for batch norm. Sums of up to SPAN pixels are
 * kept in float, the rest in double, so that rounding does not grow with the picture. */
#include "vector.h"

enum { SPAN = 64 };

static void add_span(double sums[BC_BLOCK], const float span[BC_BLOCK]) {
    for (int k = 0; k < BC_BLOCK; k++)
        sums[k] += (double)span[k];
}

static size_t span_end(size_t first, size_t pixels) {
    return first + SPAN < pixels ? first + SPAN : pixels;
}

static void clear(double sums[BC_BLOCK]) {
    for (int k = 0; k < BC_BLOCK; k++)
        sums[k] = 0;
}

static void sum(double sums[BC_BLOCK], const float *restrict src, size_t pixels) {
    clear(sums);
    for (size_t first = 0; first < pixels; first += SPAN) {
        float span[BC_BLOCK] = {0};
        for (size_t i = first; i < span_end(first, pixels); i++) {
            for (int k = 0; k < BC_BLOCK; k++)
                span[k] += src[i * BC_BLOCK + (size_t)k];
        }
        add_span(sums, span);
    }
}

static void squares(double sums[BC_BLOCK], const float *restrict src, const float centre[BC_BLOCK],
                    size_t pixels) {
    clear(sums);
    for (size_t first = 0; first < pixels; first += SPAN) {
        float span[BC_BLOCK] = {0};
        for (size_t i = first; i < span_end(first, pixels); i++) {
            for (int k = 0; k < BC_BLOCK; k++) {
                float apart = src[i * BC_BLOCK + (size_t)k] - centre[k];
                span[k] += apart * apart;
            }
        }
        add_span(sums, span);
    }
}

static void affine(float *restrict dst, const float *restrict src, const float *restrict scale,
                   const float *restrict shift, bool relu, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        for (int k = 0; k < BC_BLOCK; k++) {
            float value = src[i * BC_BLOCK + (size_t)k] * scale[k] + shift[k];
            dst[i * BC_BLOCK + (size_t)k] = relu && value < 0 ? 0 : value;
        }
    }
}

static void diff_sums(double sums[BC_BLOCK], double products[BC_BLOCK], const float *restrict diff,
                      const float *restrict src, const float centre[BC_BLOCK], size_t pixels) {
    clear(sums);
    clear(products);
    for (size_t first = 0; first < pixels; first += SPAN) {
        float span[BC_BLOCK] = {0}, product_span[BC_BLOCK] = {0};
        for (size_t i = first; i < span_end(first, pixels); i++) {
            for (int k = 0; k < BC_BLOCK; k++) {
                float d = diff[i * BC_BLOCK + (size_t)k];
                span[k] += d;
                product_span[k] += d * (src[i * BC_BLOCK + (size_t)k] - centre[k]);
            }
        }
        add_span(sums, span);
        add_span(products, product_span);
    }
}

static void diff_affine(float *restrict diff_src, const float *restrict diff, const float *restrict src,
                        const float *restrict a, const float *restrict b, const float *restrict c,
                        const float *restrict centre, bool accumulate, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        for (int k = 0; k < BC_BLOCK; k++) {
            size_t at = i * BC_BLOCK + (size_t)k;
            float value = a[k] * diff[at] + b[k] * (src[at] - centre[k]) + c[k];
            diff_src[at] = accumulate ? diff_src[at] + value : value;
        }
    }
}

const bc_norm_kernels BC_AT_LEVEL(bc_norm_kernels);
const bc_norm_kernels BC_AT_LEVEL(bc_norm_kernels) = {sum, squares, affine, diff_sums, diff_affine};
