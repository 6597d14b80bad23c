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

/* A NaN is taken, and kept. */
static bool keeps(float best, float other) {
    return (other <= best) | (best != best);
}

static void max(float *dst, const float *src, const bc_pooling *w) {
    for (size_t y = 0; y < w->dst_height; y++) {
        for (size_t x = 0; x < w->dst_width; x++, dst += BC_BLOCK) {
            reach r = window_at(w, y, x);
            float best[BC_BLOCK];
            for (int k = 0; k < BC_BLOCK; k++)
                best[k] = -INFINITY;
            for (size_t sy = r.top; sy < r.bottom; sy++) {
                for (size_t sx = r.left; sx < r.right; sx++) {
                    const float *from = src + (sy * w->src_width + sx) * BC_BLOCK;
                    for (int k = 0; k < BC_BLOCK; k++)
                        best[k] = keeps(best[k], from[k]) ? best[k] : from[k];
                }
            }
            for (int k = 0; k < BC_BLOCK; k++)
                dst[k] = best[k];
        }
    }
}

static void max_diff(float *diff_src, const float *diff, const float *dst, const float *src,
                     const bc_pooling *w) {
    for (size_t y = 0; y < w->dst_height; y++) {
        for (size_t x = 0; x < w->dst_width; x++, diff += BC_BLOCK, dst += BC_BLOCK) {
            reach r = window_at(w, y, x);
            float left[BC_BLOCK]; /* what has not found its maximum yet */
            for (int k = 0; k < BC_BLOCK; k++)
                left[k] = diff[k];
            for (size_t sy = r.top; sy < r.bottom; sy++) {
                for (size_t sx = r.left; sx < r.right; sx++) {
                    size_t at = (sy * w->src_width + sx) * BC_BLOCK;
                    for (int k = 0; k < BC_BLOCK; k++) {
                        bool here = src[at + (size_t)k] == dst[k];
                        diff_src[at + (size_t)k] += here ? left[k] : 0;
                        left[k] = here ? 0 : left[k];
                    }
                }
            }
        }
    }
}

static float share(const reach *r) {
    return 1.0f / (float)((r->bottom - r->top) * (r->right - r->left));
}

static void average(float *dst, const float *src, const bc_pooling *w) {
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

static void average_diff(float *diff_src, const float *diff, const bc_pooling *w) {
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
