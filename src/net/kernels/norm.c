/* Sums and affine maps over the pixels of one channel block, for batch norm. Sums of up to SPAN pixels are
 * kept in float, the rest in double, so that rounding does not grow with the picture. */
#include "vector.h"

enum { SPAN = 64, VECTORS = BC_BLOCK / BC_WIDTH };

/* The vectors of a block of channels. */
typedef struct block {
    bc_vector at[VECTORS];
} block;

static const block zero = {{{0}}};

BC_INLINE block load(const float *from) {
    block b;
    BC_UNROLL for (int v = 0; v < VECTORS; v++) b.at[v] = bc_load(from + v * BC_WIDTH);
    return b;
}

/* Where the memory need not be aligned. */
BC_INLINE block load_any(const float *from) {
    block b;
    __builtin_memcpy(&b, from, sizeof b);
    return b;
}

BC_INLINE void add_span(double sums[BC_BLOCK], const block *span) {
    float values[BC_BLOCK];
    __builtin_memcpy(values, span, sizeof values);
    for (int k = 0; k < BC_BLOCK; k++)
        sums[k] += (double)values[k];
}

static size_t span_end(size_t first, size_t pixels) {
    return first + SPAN < pixels ? first + SPAN : pixels;
}

static void clear(double sums[BC_BLOCK]) {
    for (int k = 0; k < BC_BLOCK; k++)
        sums[k] = 0;
}

static void sum(double sums[BC_BLOCK], const float *src, size_t pixels) {
    clear(sums);
    for (size_t first = 0; first < pixels; first += SPAN) {
        block span = zero;
        for (size_t i = first; i < span_end(first, pixels); i++) {
            const block x = load(src + i * BC_BLOCK);
            BC_UNROLL for (int v = 0; v < VECTORS; v++) span.at[v] += x.at[v];
        }
        add_span(sums, &span);
    }
}

static void squares(double sums[BC_BLOCK], const float *src, const float centre[BC_BLOCK], size_t pixels) {
    const block c = load_any(centre);
    clear(sums);
    for (size_t first = 0; first < pixels; first += SPAN) {
        block span = zero;
        for (size_t i = first; i < span_end(first, pixels); i++) {
            const block x = load(src + i * BC_BLOCK);
            BC_UNROLL for (int v = 0; v < VECTORS; v++) {
                bc_vector apart = x.at[v] - c.at[v];
                span.at[v] += apart * apart;
            }
        }
        add_span(sums, &span);
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

static void diff_sums(double sums[BC_BLOCK], double products[BC_BLOCK], const float *diff, const float *src,
                      const float centre[BC_BLOCK], size_t pixels) {
    const block c = load_any(centre);
    clear(sums);
    clear(products);
    for (size_t first = 0; first < pixels; first += SPAN) {
        block span = zero, product_span = zero;
        for (size_t i = first; i < span_end(first, pixels); i++) {
            const block d = load(diff + i * BC_BLOCK), x = load(src + i * BC_BLOCK);
            BC_UNROLL for (int v = 0; v < VECTORS; v++) {
                span.at[v] += d.at[v];
                product_span.at[v] += d.at[v] * (x.at[v] - c.at[v]);
            }
        }
        add_span(sums, &span);
        add_span(products, &product_span);
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
