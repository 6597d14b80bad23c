/* Matrix products on rows of pixels: the inner loops of convolutions and dense layers, and of their
 * gradients.
 *
 * A tile of pixels x vectors stays in registers while the depth runs by, one broadcast and one multiply-add a
 * pixel and vector. Each output is summed in the same order whatever tile it falls into, so results do not
 * depend on how a row is cut. */
#include "vector.h"

/* A tile is TILE pixels by VECTORS registers; with the weights and a broadcast it fills the register file. */
#if defined(__AVX512F__)
enum { VECTORS = 2, TILE = 12 };
#elif defined(__AVX__)
enum { VECTORS = 2, TILE = 6 };
#elif defined(__aarch64__)
enum { VECTORS = 4, TILE = 6 };
#else
enum { VECTORS = 4, TILE = 3 };
#endif
enum { TILE_CHANNELS = VECTORS * BC_WIDTH };

/* What a tile computed, on its way from the registers to its place. */
typedef struct tile_sums {
    bc_vector at[TILE][VECTORS];
} tile_sums;

static void finish_tile(const bc_product *p, float *dst, size_t channel, const tile_sums *sums, size_t tile,
                        size_t vectors) {
    for (size_t i = 0; i < tile; i++) {
        for (size_t v = 0; v < vectors; v++) {
            size_t at = channel + v * BC_WIDTH;
            float *to =
                dst + (ptrdiff_t)i * p->dst_pixel + (ptrdiff_t)(at / BC_BLOCK) * p->dst_block + at % BC_BLOCK;
            bc_vector value = sums->at[i][v];
            if (p->accumulate)
                value += bc_load(to);
            if (p->bias != NULL)
                value += bc_load(p->bias + at);
            bc_store(to, p->relu ? bc_relu(value) : value);
        }
    }
}

BC_INLINE void product_tile(const bc_product *p, const float *src, float *dst, size_t channel, const int tile,
                            const int vectors, const ptrdiff_t pixel) {
    bc_vector sums[TILE][VECTORS];
    BC_UNROLL for (int i = 0; i < tile; i++) {
        BC_UNROLL for (int v = 0; v < vectors; v++) sums[i][v] = (bc_vector){0};
    }
    const float *weights = p->weights + channel;
    for (size_t t = 0; t < p->tap_count; t++) {
        const float *from = src + p->taps[t];
        for (size_t c = 0; c < p->depth; c++, weights += p->channels) {
            bc_vector w[VECTORS];
            BC_UNROLL for (int v = 0; v < vectors; v++) w[v] = bc_load(weights + v * BC_WIDTH);
            BC_UNROLL for (int i = 0; i < tile; i++) {
                float x = from[(ptrdiff_t)c + i * pixel];
                BC_UNROLL for (int v = 0; v < vectors; v++) sums[i][v] += w[v] * x;
            }
        }
    }
    tile_sums done;
    BC_UNROLL for (int i = 0; i < tile; i++) {
        BC_UNROLL for (int v = 0; v < vectors; v++) done.at[i][v] = sums[i][v];
    }
    finish_tile(p, dst, channel, &done, (size_t)tile, (size_t)vectors);
}

/* The size of a tile must be known to the compiler, so the one for each is called by its number. */
#if defined(__AVX512F__)
#define CASES_ABOVE_6(call)                                                                                  \
    CASE(12, call) CASE(11, call) CASE(10, call) CASE(9, call) CASE(8, call) CASE(7, call)
#else
#define CASES_ABOVE_6(call)
#endif
#if defined(__AVX__) || defined(__aarch64__)
#define CASES_ABOVE_3(call) CASES_ABOVE_6(call) CASE(6, call) CASE(5, call) CASE(4, call)
#else
#define CASES_ABOVE_3(call)
#endif
#define CASE(size, call)                                                                                     \
    case size:                                                                                               \
        call(size);                                                                                          \
        break;
#define FOR_TILE(tile, call)                                                                                 \
    switch (tile) {                                                                                          \
        CASES_ABOVE_3(call)                                                                                  \
        CASE(3, call)                                                                                        \
        CASE(2, call)                                                                                        \
    default:                                                                                                 \
        call(1);                                                                                             \
    }

BC_INLINE void product_any(const bc_product *p, const float *src, float *dst, size_t channel, size_t tile,
                           const int vectors, const ptrdiff_t pixel){
#define PRODUCT(size) product_tile(p, src, dst, channel, size, vectors, pixel)
    FOR_TILE(tile, PRODUCT)
#undef PRODUCT
}

BC_INLINE void product_rows(const bc_product *p, const ptrdiff_t pixel) {
    size_t tiles = (p->pixels + TILE - 1) / TILE;
    for (size_t row = 0; row < p->rows; row++) {
        for (size_t t = 0; t < tiles; t++) {
            size_t first = p->pixels * t / tiles, last = p->pixels * (t + 1) / tiles;
            const float *src = p->src + (ptrdiff_t)row * p->src_row + (ptrdiff_t)first * pixel;
            float *dst = p->dst + (ptrdiff_t)row * p->dst_row + (ptrdiff_t)first * p->dst_pixel;
            size_t channel = 0;
            for (; channel + TILE_CHANNELS <= p->channels; channel += TILE_CHANNELS)
                product_any(p, src, dst, channel, last - first, VECTORS, pixel);
            if (channel < p->channels) /* one block, where a tile holds two */
                product_any(p, src, dst, channel, last - first, VECTORS > 1 ? VECTORS / 2 : 1, pixel);
        }
    }
}

/* Neighbouring pixels, by far the most frequent case, are reached by offsets that the compiler knows: in
 * channel blocks, and in the planar picture. */
static void product(const bc_product *p) {
    if (p->src_pixel == BC_BLOCK)
        product_rows(p, BC_BLOCK);
    else if (p->src_pixel == 1)
        product_rows(p, 1);
    else
        product_rows(p, p->src_pixel);
}

/* The values that a tile multiplies with the gradient: neighbours, or apart at offsets. */
BC_INLINE void outer_tile(const bc_outer *o, const float *src, const ptrdiff_t *apart, float *sums_at,
                          size_t channel, const int tile, const int vectors) {
    bc_vector sums[TILE][VECTORS];
    BC_UNROLL for (int i = 0; i < tile; i++) {
        BC_UNROLL for (int v = 0; v < vectors; v++) {
            sums[i][v] =
                o->accumulate ? bc_load(sums_at + (size_t)i * o->channels + v * BC_WIDTH) : (bc_vector){0};
        }
    }
    const float *diff_at[VECTORS];
    BC_UNROLL for (int v = 0; v < vectors; v++) {
        size_t at = channel + (size_t)v * BC_WIDTH;
        diff_at[v] = o->diff + (ptrdiff_t)(at / BC_BLOCK) * o->diff_block + at % BC_BLOCK;
    }
    for (size_t row = 0; row < o->rows; row++) {
        const float *from = src + (ptrdiff_t)row * o->src_row;
        ptrdiff_t diff = (ptrdiff_t)row * o->diff_row;
        for (size_t x = 0; x < o->pixels; x++, from += o->src_pixel, diff += o->diff_pixel) {
            bc_vector d[VECTORS];
            BC_UNROLL for (int v = 0; v < vectors; v++) d[v] = bc_load(diff_at[v] + diff);
            BC_UNROLL for (int i = 0; i < tile; i++) {
                const float value = apart != NULL ? from[apart[i]] : from[i];
                BC_UNROLL for (int v = 0; v < vectors; v++) sums[i][v] += d[v] * value;
            }
        }
    }
    BC_UNROLL for (int i = 0; i < tile; i++) {
        BC_UNROLL for (int v = 0; v < vectors; v++)
            bc_store(sums_at + (size_t)i * o->channels + v * BC_WIDTH, sums[i][v]);
    }
}

BC_INLINE void outer_any(const bc_outer *o, const float *src, const ptrdiff_t *apart, float *sums,
                         size_t channel, size_t tile, const int vectors){
#define OUTER(size) outer_tile(o, src, apart, sums, channel, size, vectors)
    FOR_TILE(tile, OUTER)
#undef OUTER
}

/* One tile for all channels. */
BC_INLINE void outer_channels(const bc_outer *o, const float *src, const ptrdiff_t *apart, float *sums,
                              size_t tile) {
    size_t channel = 0;
    for (; channel + TILE_CHANNELS <= o->channels; channel += TILE_CHANNELS)
        outer_any(o, src, apart, sums + channel, channel, tile, VECTORS);
    if (channel < o->channels)
        outer_any(o, src, apart, sums + channel, channel, tile, VECTORS > 1 ? VECTORS / 2 : 1);
}

/* Where a tap has one value, as in the planar picture, a tile takes several taps. */
static void outer_planar(const bc_outer *o) {
    const size_t tiles = (o->tap_count + TILE - 1) / TILE;
    for (size_t k = 0; k < tiles; k++) {
        const size_t first = o->tap_count * k / tiles, last = o->tap_count * (k + 1) / tiles;
        outer_channels(o, o->src, o->taps + first, o->sums + first * o->channels, last - first);
    }
}

static void outer(const bc_outer *o) {
    if (o->depth == 1) {
        outer_planar(o);
        return;
    }
    size_t tiles = (o->depth + TILE - 1) / TILE;
    for (size_t t = 0; t < o->tap_count; t++) {
        for (size_t k = 0; k < tiles; k++) {
            size_t first = o->depth * k / tiles, last = o->depth * (k + 1) / tiles;
            const float *src = o->src + o->taps[t] + first;
            float *sums = o->sums + (t * o->depth + first) * o->channels;
            outer_channels(o, src, NULL, sums, last - first);
        }
    }
}

const bc_gemm_kernels BC_AT_LEVEL(bc_gemm_kernels);
const bc_gemm_kernels BC_AT_LEVEL(bc_gemm_kernels) = {product, outer};
