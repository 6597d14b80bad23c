/* Maximum and average over windows of pixels, and their gradients. */
#include "vector.h"

#include <math.h>

/* The pixels of the source that a window covers, cut at the picture's edge. */
typedef struct reach {
    size_t top, bottom, left, right;
} reach;

static size_t edge_first(size_t index, size_t stride, size_t pad) {
    size_t at = index * stride;
    return at > pad ? at - pad : 0;
}

static size_t edge_last(size_t index, size_t stride, size_t pad, size_t kernel, size_t side) {
    size_t end = index * stride + kernel; /* padding is smaller than the kernel, so end > pad */
    end -= pad;
    return end < side ? end : side;
}

static reach window_at(const bc_pooling *w, size_t y, size_t x) {
    return (reach){
        edge_first(y, w->stride_height, w->pad_height),
        edge_last(y, w->stride_height, w->pad_height, w->kernel_height, w->src_height),
        edge_first(x, w->stride_width, w->pad_width),
        edge_last(x, w->stride_width, w->pad_width, w->kernel_width, w->src_width),
    };
}

/* One vector of channels, v floats into the block. */
static bc_vector max_at(const float *src, const bc_pooling *w, const reach *r, size_t v) {
    bc_vector best = (bc_vector){0} - INFINITY;
    for (size_t y = r->top; y < r->bottom; y++) {
        for (size_t x = r->left; x < r->right; x++) {
            bc_vector value = bc_load(src + (y * w->src_width + x) * BC_BLOCK + v);
            best = bc_greater(best, value);
        }
    }
    return best;
}

static void max_quarters(float *dst, size_t row, const float *src, const bc_pooling *w) {
    const size_t src_row = w->src_width * BC_BLOCK;
    for (size_t y = 0; y < w->dst_height; y++, dst += row, src += 2 * src_row) {
        for (size_t i = 0; i < w->dst_width * BC_BLOCK; i += BC_WIDTH) {
            const float *from = src + i / BC_BLOCK * 2 * BC_BLOCK + i % BC_BLOCK;
            bc_vector best = bc_greater(bc_load(from), bc_load(from + BC_BLOCK));
            best = bc_greater(best, bc_load(from + src_row));
            bc_store(dst + i, bc_greater(best, bc_load(from + src_row + BC_BLOCK)));
        }
    }
}

static void max(float *dst, size_t row, const float *src, const bc_pooling *w) {
    if (bc_pooling_halves(w)) {
        max_quarters(dst, row, src, w);
        return;
    }
    for (size_t y = 0; y < w->dst_height; y++) {
        for (size_t x = 0; x < w->dst_width; x++) {
            reach r = window_at(w, y, x);
            for (size_t v = 0; v < BC_BLOCK; v += BC_WIDTH)
                bc_store(dst + y * row + x * BC_BLOCK + v, max_at(src, w, &r, v));
        }
    }
}

/* Adds diff where the maximum is, and returns what of it is left for the pixels behind. */
BC_INLINE bc_vector give(float *diff_src, bc_vector diff, bc_vector maximum, const float *src) {
    bc_mask here = bc_load(src) == maximum;
    bc_store(diff_src, bc_load(diff_src) + (bc_vector)((bc_mask)diff & here));
    return (bc_vector)((bc_mask)diff & ~here);
}

/* Gives diff to the first pixel that holds the maximum. */
static void max_diff_at(float *diff_src, bc_vector diff, bc_vector maximum, const float *src,
                        const bc_pooling *w, const reach *r, size_t v) {
    for (size_t y = r->top; y < r->bottom; y++) {
        for (size_t x = r->left; x < r->right; x++) {
            size_t at = (y * w->src_width + x) * BC_BLOCK + v;
            diff = give(diff_src + at, diff, maximum, src + at);
        }
    }
}

static void max_diff_quarters(float *diff_src, const float *diff, const float *dst, const float *src,
                              const bc_pooling *w) {
    const size_t row = w->src_width * BC_BLOCK;
    for (size_t y = 0; y < w->dst_height; y++, diff_src += 2 * row, src += 2 * row) {
        for (size_t i = 0; i < w->dst_width * BC_BLOCK; i += BC_WIDTH, diff += BC_WIDTH, dst += BC_WIDTH) {
            const size_t at = i / BC_BLOCK * 2 * BC_BLOCK + i % BC_BLOCK;
            const bc_vector maximum = bc_load(dst);
            bc_vector left = give(diff_src + at, bc_load(diff), maximum, src + at);
            left = give(diff_src + at + BC_BLOCK, left, maximum, src + at + BC_BLOCK);
            left = give(diff_src + at + row, left, maximum, src + at + row);
            give(diff_src + at + row + BC_BLOCK, left, maximum, src + at + row + BC_BLOCK);
        }
    }
}

static void max_diff(float *diff_src, const float *diff, const float *dst, const float *src,
                     const bc_pooling *w) {
    if (bc_pooling_halves(w)) {
        max_diff_quarters(diff_src, diff, dst, src, w);
        return;
    }
    for (size_t y = 0; y < w->dst_height; y++) {
        for (size_t x = 0; x < w->dst_width; x++, diff += BC_BLOCK, dst += BC_BLOCK) {
            reach r = window_at(w, y, x);
            for (size_t v = 0; v < BC_BLOCK; v += BC_WIDTH)
                max_diff_at(diff_src, bc_load(diff + v), bc_load(dst + v), src, w, &r, v);
        }
    }
}

static float share(const reach *r) {
    return 1.0f / (float)((r->bottom - r->top) * (r->right - r->left));
}

static void average(float *restrict dst, const float *restrict src, const bc_pooling *w) {
    for (size_t y = 0; y < w->dst_height; y++) {
        for (size_t x = 0; x < w->dst_width; x++, dst += BC_BLOCK) {
            reach r = window_at(w, y, x);
            float sum[BC_BLOCK] = {0};
            for (size_t sy = r.top; sy < r.bottom; sy++) {
                for (size_t sx = r.left; sx < r.right; sx++) {
                    const float *from = src + (sy * w->src_width + sx) * BC_BLOCK;
                    for (int k = 0; k < BC_BLOCK; k++)
                        sum[k] += from[k];
                }
            }
            for (int k = 0; k < BC_BLOCK; k++)
                dst[k] = sum[k] * share(&r);
        }
    }
}

static void average_diff(float *restrict diff_src, const float *restrict diff, const bc_pooling *w) {
    for (size_t y = 0; y < w->dst_height; y++) {
        for (size_t x = 0; x < w->dst_width; x++, diff += BC_BLOCK) {
            reach r = window_at(w, y, x);
            for (size_t sy = r.top; sy < r.bottom; sy++) {
                for (size_t sx = r.left; sx < r.right; sx++) {
                    float *to = diff_src + (sy * w->src_width + sx) * BC_BLOCK;
                    for (int k = 0; k < BC_BLOCK; k++)
                        to[k] += diff[k] * share(&r);
                }
            }
        }
    }
}

const bc_pool_kernels BC_AT_LEVEL(bc_pool_kernels);
const bc_pool_kernels BC_AT_LEVEL(bc_pool_kernels) = {max, average, max_diff, average_diff};
