/* Batch norm over the pixels of one channel block, with the ReLU and the pooling behind it. Sums of up to
 * SPAN pixels, or of a row of windows, are kept in float, the rest in double, so that rounding does not grow
 * with the picture. */
#include "vector.h"

enum {
    SPAN = 64,
    VECTORS = BC_BLOCK / BC_WIDTH,
    LANES = 4 /* sums by turns, for an addition takes that many cycles */
};

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

/* Pixels [first, end) of src - centre, or of its squares. */
BC_INLINE block sum_span(const float *src, size_t first, size_t end, const block *centre,
                         const bool squared) {
    block lanes[LANES] = {zero, zero, zero, zero};
    for (size_t i = first; i < end; i += LANES) {
        BC_UNROLL for (size_t lane = 0; lane < LANES; lane++) {
            if (i + lane >= end)
                break;
            const block x = load(src + (i + lane) * BC_BLOCK);
            BC_UNROLL for (int v = 0; v < VECTORS; v++) {
                const bc_vector apart = x.at[v] - centre->at[v];
                lanes[lane].at[v] += squared ? apart * apart : apart;
            }
        }
    }
    BC_UNROLL for (int v = 0; v < VECTORS; v++) lanes[0].at[v] =
        (lanes[0].at[v] + lanes[1].at[v]) + (lanes[2].at[v] + lanes[3].at[v]);
    return lanes[0];
}

static void sum(double sums[BC_BLOCK], const float *src, size_t pixels) {
    clear(sums);
    for (size_t first = 0; first < pixels; first += SPAN) {
        const block span = sum_span(src, first, span_end(first, pixels), &zero, false);
        add_span(sums, &span);
    }
}

static void squares(double sums[BC_BLOCK], const float *src, const float centre[BC_BLOCK], size_t pixels) {
    const block c = load_any(centre);
    clear(sums);
    for (size_t first = 0; first < pixels; first += SPAN) {
        const block span = sum_span(src, first, span_end(first, pixels), &c, true);
        add_span(sums, &span);
    }
}

/* ---- what stands behind a norm ---- */

BC_INLINE bc_vector norm_at(const float *src, bc_vector scale, bc_vector shift, const bool relu) {
    const bc_vector y = bc_load(src) * scale + shift;
    return relu ? bc_relu(y) : y;
}

BC_INLINE void apply_whole(float *dst, size_t row, const bc_normed *n, const bool relu) {
    const float *src = n->src;
    for (size_t y = 0; y < n->height; y++, dst += row, src += n->width * BC_BLOCK) {
        for (size_t v = 0; v < BC_BLOCK; v += BC_WIDTH) {
            const bc_vector scale = bc_load_any(n->scale + v), shift = bc_load_any(n->shift + v);
            for (size_t x = v; x < n->width * BC_BLOCK; x += BC_BLOCK)
                bc_store(dst + x, norm_at(src + x, scale, shift, relu));
        }
    }
}

/* The four pixels of a window, in their order. */
BC_INLINE void norm_window(bc_vector y[4], const float *src, size_t row, bc_vector scale, bc_vector shift,
                           const bool relu) {
    y[0] = norm_at(src, scale, shift, relu);
    y[1] = norm_at(src + BC_BLOCK, scale, shift, relu);
    y[2] = norm_at(src + row, scale, shift, relu);
    y[3] = norm_at(src + row + BC_BLOCK, scale, shift, relu);
}

BC_INLINE bc_vector greatest(const bc_vector y[4]) {
    return bc_greater(bc_greater(bc_greater(y[0], y[1]), y[2]), y[3]);
}

BC_INLINE void apply_halved(float *dst, size_t row, const bc_normed *n, const bool relu) {
    const size_t src_row = n->width * BC_BLOCK;
    const float *src = n->src;
    for (size_t i = 0; i < n->height / 2; i++, dst += row, src += 2 * src_row) {
        for (size_t v = 0; v < BC_BLOCK; v += BC_WIDTH) {
            const bc_vector scale = bc_load_any(n->scale + v), shift = bc_load_any(n->shift + v);
            for (size_t x = v; x < n->width / 2 * BC_BLOCK; x += BC_BLOCK) {
                bc_vector y[4];
                norm_window(y, src + 2 * x - v, src_row, scale, shift, relu);
                bc_store(dst + x, greatest(y));
            }
        }
    }
}

static void apply(float *dst, size_t row, const bc_normed *n) {
    if (n->halved && n->relu)
        apply_halved(dst, row, n, true);
    else if (n->halved)
        apply_halved(dst, row, n, false);
    else if (n->relu)
        apply_whole(dst, row, n, true);
    else
        apply_whole(dst, row, n, false);
}

/* ---- its gradient ---- */

/* Nothing flows back where the ReLU gave 0. */
BC_INLINE bc_vector mask(bc_vector diff, bc_vector y, const bool relu) {
    return relu ? (bc_vector)((bc_mask)diff & ~(y <= (bc_vector){0})) : diff;
}

/* The gradient of a window goes to the first of its greatest pixels. */
BC_INLINE void spread(bc_vector to[4], bc_vector diff, const bc_vector y[4], const bool relu) {
    const bc_vector best = greatest(y);
    diff = mask(diff, best, relu);
    BC_UNROLL for (int i = 0; i < 4; i++) {
        const bc_mask here = y[i] == best;
        to[i] = (bc_vector)((bc_mask)diff & here);
        diff = (bc_vector)((bc_mask)diff & ~here);
    }
}

/* Sums of some pixels, in one vector of channels. */
typedef struct diff_span {
    bc_vector sum, product;
} diff_span;

BC_INLINE diff_span sum_whole(const float *diff, const float *src, size_t pixels, bc_vector scale,
                              bc_vector shift, bc_vector centre, const bool relu) {
    diff_span lanes[LANES] = {{{0}, {0}}};
    for (size_t i = 0; i < pixels; i += LANES) {
        BC_UNROLL for (size_t lane = 0; lane < LANES; lane++) {
            if (i + lane >= pixels)
                break;
            const size_t x = (i + lane) * BC_BLOCK;
            const bc_vector d = mask(bc_load(diff + x), norm_at(src + x, scale, shift, false), relu);
            lanes[lane].sum += d;
            lanes[lane].product += d * (bc_load(src + x) - centre);
        }
    }
    return (diff_span){(lanes[0].sum + lanes[1].sum) + (lanes[2].sum + lanes[3].sum),
                       (lanes[0].product + lanes[1].product) + (lanes[2].product + lanes[3].product)};
}

/* Of a row of windows. */
BC_INLINE diff_span sum_halved(const float *diff, const float *src, size_t row, size_t pixels,
                               bc_vector scale, bc_vector shift, bc_vector centre, const bool relu) {
    diff_span span = {{0}, {0}};
    for (size_t x = 0; x < pixels * BC_BLOCK; x += BC_BLOCK) {
        const float *from = src + 2 * x;
        bc_vector y[4], d[4];
        norm_window(y, from, row, scale, shift, relu);
        spread(d, bc_load(diff + x), y, relu);
        span.sum += d[0] + d[1] + d[2] + d[3];
        span.product += d[0] * (bc_load(from) - centre) + d[1] * (bc_load(from + BC_BLOCK) - centre) +
                        d[2] * (bc_load(from + row) - centre) +
                        d[3] * (bc_load(from + row + BC_BLOCK) - centre);
    }
    return span;
}

BC_INLINE void add_vector(double sums[BC_BLOCK], size_t v, bc_vector span) {
    BC_UNROLL for (int k = 0; k < BC_WIDTH; k++) sums[v + (size_t)k] += (double)span[k];
}

/* Whole planes are cut into spans, halved ones into rows of windows: `pixels` of the gradient at a time. */
BC_INLINE void diff_sums_at(double sums[BC_BLOCK], double products[BC_BLOCK], const float *diff,
                            const bc_normed *n, const float *centre, const bool halved, const bool relu) {
    const size_t row = n->width * BC_BLOCK, total = n->height * n->width;
    const size_t count = halved ? n->height / 2 : (total + SPAN - 1) / SPAN;
    clear(sums);
    clear(products);
    for (size_t i = 0; i < count; i++) {
        const size_t pixels = halved ? n->width / 2 : span_end(i * SPAN, total) - i * SPAN;
        const float *src = n->src + (halved ? 2 * i * row : i * SPAN * BC_BLOCK);
        const float *from = diff + i * (halved ? pixels : SPAN) * BC_BLOCK;
        for (size_t v = 0; v < BC_BLOCK; v += BC_WIDTH) {
            const bc_vector scale = bc_load_any(n->scale + v), shift = bc_load_any(n->shift + v);
            const bc_vector c = bc_load_any(centre + v);
            const diff_span span = halved ? sum_halved(from + v, src + v, row, pixels, scale, shift, c, relu)
                                          : sum_whole(from + v, src + v, pixels, scale, shift, c, relu);
            add_vector(sums, v, span.sum);
            add_vector(products, v, span.product);
        }
    }
}

static void diff_sums(double sums[BC_BLOCK], double products[BC_BLOCK], const float *diff, const bc_normed *n,
                      const float *centre) {
    if (n->halved && n->relu)
        diff_sums_at(sums, products, diff, n, centre, true, true);
    else if (n->halved)
        diff_sums_at(sums, products, diff, n, centre, true, false);
    else if (n->relu)
        diff_sums_at(sums, products, diff, n, centre, false, true);
    else
        diff_sums_at(sums, products, diff, n, centre, false, false);
}

/* One vector of channels of the coefficients. */
typedef struct back {
    bc_vector a, b, c, centre;
} back;

BC_INLINE back load_back(const bc_norm_back *k, size_t v) {
    return (back){bc_load_any(k->a + v), bc_load_any(k->b + v), bc_load_any(k->c + v),
                  bc_load_any(k->centre + v)};
}

BC_INLINE void put_back(float *dst, const float *src, bc_vector diff, const back *k, bool accumulate) {
    const bc_vector value = k->a * diff + (k->b * (bc_load(src) - k->centre) + k->c);
    bc_store(dst, accumulate ? bc_load(dst) + value : value);
}

BC_INLINE void diff_apply_whole(float *dst, size_t row, const float *diff, const bc_normed *n,
                                const bc_norm_back *back_at, bool accumulate, const bool relu) {
    const float *src = n->src;
    const size_t width = n->width * BC_BLOCK;
    for (size_t y = 0; y < n->height; y++, dst += row, src += width, diff += width) {
        for (size_t v = 0; v < BC_BLOCK; v += BC_WIDTH) {
            const bc_vector scale = bc_load_any(n->scale + v), shift = bc_load_any(n->shift + v);
            const back k = load_back(back_at, v);
            for (size_t x = v; x < width; x += BC_BLOCK) {
                const bc_vector d = mask(bc_load(diff + x), norm_at(src + x, scale, shift, false), relu);
                put_back(dst + x, src + x, d, &k, accumulate);
            }
        }
    }
}

/* A row of windows, so two rows of pixels. */
BC_INLINE void diff_apply_windows(float *dst, size_t row, const float *diff, const float *src, size_t src_row,
                                  size_t windows, bc_vector scale, bc_vector shift, const back *k,
                                  bool accumulate, const bool relu) {
    for (size_t x = 0; x < windows * BC_BLOCK; x += BC_BLOCK, dst += 2 * BC_BLOCK, src += 2 * BC_BLOCK) {
        bc_vector y[4], d[4];
        norm_window(y, src, src_row, scale, shift, relu);
        spread(d, bc_load(diff + x), y, relu);
        put_back(dst, src, d[0], k, accumulate);
        put_back(dst + BC_BLOCK, src + BC_BLOCK, d[1], k, accumulate);
        put_back(dst + row, src + src_row, d[2], k, accumulate);
        put_back(dst + row + BC_BLOCK, src + src_row + BC_BLOCK, d[3], k, accumulate);
    }
}

/* Pixels that no window covers: in the rows from top to bottom, those from `left` on. */
static void diff_apply_rest(float *dst, size_t row, const bc_normed *n, const bc_norm_back *back_at,
                            bool accumulate, size_t top, size_t bottom, size_t left) {
    for (size_t y = top; y < bottom; y++) {
        for (size_t x = left; x < n->width; x++) {
            for (size_t v = 0; v < BC_BLOCK; v += BC_WIDTH) {
                const back k = load_back(back_at, v);
                put_back(dst + y * row + x * BC_BLOCK + v, n->src + (y * n->width + x) * BC_BLOCK + v,
                         (bc_vector){0}, &k, accumulate);
            }
        }
    }
}

BC_INLINE void diff_apply_halved(float *dst, size_t row, const float *diff, const bc_normed *n,
                                 const bc_norm_back *back_at, bool accumulate, const bool relu) {
    const size_t high = n->height / 2, wide = n->width / 2, src_row = n->width * BC_BLOCK;
    for (size_t y = 0; y < high; y++) {
        for (size_t v = 0; v < BC_BLOCK; v += BC_WIDTH) {
            const back k = load_back(back_at, v);
            diff_apply_windows(dst + 2 * y * row + v, row, diff + y * wide * BC_BLOCK + v,
                               n->src + 2 * y * src_row + v, src_row, wide, bc_load_any(n->scale + v),
                               bc_load_any(n->shift + v), &k, accumulate, relu);
        }
    }
    diff_apply_rest(dst, row, n, back_at, accumulate, 0, 2 * high, 2 * wide);
    diff_apply_rest(dst, row, n, back_at, accumulate, 2 * high, n->height, 0);
}

static void diff_apply(float *dst, size_t row, const float *diff, const bc_normed *n, const bc_norm_back *k,
                       bool accumulate) {
    if (n->halved && n->relu)
        diff_apply_halved(dst, row, diff, n, k, accumulate, true);
    else if (n->halved)
        diff_apply_halved(dst, row, diff, n, k, accumulate, false);
    else if (n->relu)
        diff_apply_whole(dst, row, diff, n, k, accumulate, true);
    else
        diff_apply_whole(dst, row, diff, n, k, accumulate, false);
}

const bc_norm_kernels BC_AT_LEVEL(bc_norm_kernels);
const bc_norm_kernels BC_AT_LEVEL(bc_norm_kernels) = {sum, squares, apply, diff_sums, diff_apply};
