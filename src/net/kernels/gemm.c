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
#elif defined(BC_NEON)
enum { VECTORS = 4, TILE = 6 };
#else
enum { VECTORS = 4, TILE = 3 };
#endif
enum {
    TILE_CHANNELS = VECTORS * BC_WIDTH,
    BLOCK_VECTORS = BC_BLOCK / BC_WIDTH, /* where just a block is left */
};

/* To the second-level cache. */
static void fetch(bc_ahead *ahead) {
    enum { LINE = 64 };
    if (ahead == NULL)
        return;
    size_t lines = ahead->lines < ahead->pace ? ahead->lines : ahead->pace;
    ahead->lines -= lines;
    for (; lines > 0; lines--, ahead->at += LINE)
        __builtin_prefetch(ahead->at, 0, 2);
}

/* Where to put a vector of channels of a pixel. */
BC_INLINE float *place_of(const bc_product *p, float *dst, size_t pixel, size_t channel) {
    return dst + (ptrdiff_t)pixel * p->dst_pixel + (ptrdiff_t)(channel / BC_BLOCK) * p->dst_block +
           channel % BC_BLOCK;
}

/* What a tile computed, on its way from the registers to its place. */
typedef struct tile_sums {
    bc_vector at[TILE][VECTORS];
} tile_sums;

static void finish_tile(const bc_product *p, float *dst, size_t channel, const tile_sums *sums, size_t tile,
                        size_t vectors) {
    for (size_t i = 0; i < tile; i++) {
        for (size_t v = 0; v < vectors; v++) {
            const size_t at = channel + v * BC_WIDTH;
            float *to = place_of(p, dst, i, at);
            bc_vector value = sums->at[i][v];
            if (p->accumulate)
                value += bc_load(to);
            if (p->bias != NULL)
                value += bc_load(p->bias + at);
            bc_store(to, p->relu ? bc_relu(value) : value);
        }
    }
}

/* How the values of a product lie, and whether anything is done to the sums: known to the compiler, where it
 * pays. */
typedef struct layout {
    ptrdiff_t pixel; /* floats from one pixel to the next */
    size_t depth;
    bool is_plain; /* nothing: they are stored as they are */
} layout;

BC_INLINE void product_tile(const bc_product *p, const float *src, float *dst, size_t channel, const int tile,
                            const int vectors, const layout at) {
    bc_vector sums[TILE][VECTORS];
    BC_UNROLL for (int i = 0; i < tile; i++) {
        BC_UNROLL for (int v = 0; v < vectors; v++) sums[i][v] = (bc_vector){0};
    }
    const float *weights = p->weights + channel;
    const size_t channels = p->channels, taps = p->tap_count;
    for (size_t t = 0; t < taps; t++) {
        const float *from = src + p->taps[t];
        if (at.depth > 1) /* else a tap is one multiplication */
            fetch(p->ahead);
        BC_UNROLL_SOME for (size_t c = 0; c < at.depth; c++, weights += channels) {
            bc_vector w[VECTORS];
            BC_UNROLL for (int v = 0; v < vectors; v++) w[v] = bc_load(weights + v * BC_WIDTH);
            BC_UNROLL for (int i = 0; i < tile; i++) {
                float x = from[(ptrdiff_t)c + i * at.pixel];
                BC_UNROLL for (int v = 0; v < vectors; v++) sums[i][v] += w[v] * x;
            }
        }
    }
    if (at.is_plain) {
        BC_UNROLL for (int i = 0; i < tile; i++) {
            BC_UNROLL for (int v = 0; v < vectors; v++)
                bc_store(place_of(p, dst, (size_t)i, channel + (size_t)v * BC_WIDTH), sums[i][v]);
        }
        return;
    }
    tile_sums done;
    BC_UNROLL for (int i = 0; i < tile; i++) {
        BC_UNROLL for (int v = 0; v < vectors; v++) done.at[i][v] = sums[i][v];
    }
    finish_tile(p, dst, channel, &done, (size_t)tile, (size_t)vectors);
}

/* The size of a tile must be known to the compiler, so the one for each is called by its number. */
#define CASE(size, call)                                                                                     \
    case size:                                                                                               \
        if ((size) <= TILE)                                                                                  \
            call(size);                                                                                      \
        break;
#define FOR_TILE(tile, call)                                                                                 \
    switch (tile) {                                                                                          \
        CASE(12, call)                                                                                       \
        CASE(11, call)                                                                                       \
        CASE(10, call)                                                                                       \
        CASE(9, call)                                                                                        \
        CASE(8, call)                                                                                        \
        CASE(7, call)                                                                                        \
        CASE(6, call)                                                                                        \
        CASE(5, call)                                                                                        \
        CASE(4, call)                                                                                        \
        CASE(3, call)                                                                                        \
        CASE(2, call)                                                                                        \
    default:                                                                                                 \
        call(1);                                                                                             \
    }

BC_INLINE void product_any(const bc_product *p, const float *src, float *dst, size_t channel, size_t tile,
                           const int vectors, const layout at){
#define PRODUCT(size) product_tile(p, src, dst, channel, size, vectors, at)
    FOR_TILE(tile, PRODUCT)
#undef PRODUCT
}

/* So many vectors of channels from `channel` on. */
BC_INLINE void product_channels(const bc_product *p, size_t channel, const int vectors, const layout at) {
    const size_t tiles = (p->pixels + TILE - 1) / TILE, size = p->pixels / tiles, larger = p->pixels % tiles;
    for (size_t row = 0; row < p->rows; row++) {
        const float *src = p->src + (ptrdiff_t)row * p->src_row;
        float *dst = p->dst + (ptrdiff_t)row * p->dst_row;
        for (size_t t = 0; t < tiles; t++) {
            const size_t tile = size + (t < larger);
            product_any(p, src, dst, channel, tile, vectors, at);
            src += (ptrdiff_t)tile * at.pixel;
            dst += (ptrdiff_t)tile * p->dst_pixel;
        }
    }
}

BC_INLINE void product_rows(const bc_product *p, const layout at) {
    size_t channel = 0;
    for (; channel + TILE_CHANNELS <= p->channels; channel += TILE_CHANNELS)
        product_channels(p, channel, VECTORS, at);
    if (channel < p->channels)
        product_channels(p, channel, BLOCK_VECTORS, at);
}

/* By far the most frequent: neighbouring pixels, in channel blocks and in the planar picture. */
static void product(const bc_product *p) {
    const bool is_plain = p->bias == NULL && !p->relu && !p->accumulate;
    if (p->pixels == 0)
        return;
    if (p->src_pixel == BC_BLOCK && p->depth == BC_BLOCK && is_plain)
        product_rows(p, (layout){BC_BLOCK, BC_BLOCK, true});
    else if (p->src_pixel == 1 && p->depth == 1)
        product_rows(p, (layout){1, 1, false});
    else
        product_rows(p, (layout){p->src_pixel, p->depth, false});
}

/* How the values of an outer product lie, in floats from one to the next: known to the compiler, where it
 * pays. */
typedef struct spacing {
    ptrdiff_t src_pixel, diff_pixel;
    size_t sums_row;
} spacing;

/* The values that a tile multiplies with the gradient: neighbours, or apart at offsets. */
BC_INLINE void outer_tile(const bc_outer *o, const float *src, const ptrdiff_t *apart, float *sums_at,
                          size_t channel, const int tile, const int vectors, const spacing at) {
    bc_vector sums[TILE][VECTORS];
    BC_UNROLL for (int i = 0; i < tile; i++) {
        BC_UNROLL for (int v = 0; v < vectors; v++) {
            sums[i][v] = o->accumulate ? bc_load_any(sums_at + (size_t)i * at.sums_row + v * BC_WIDTH)
                                       : (bc_vector){0};
        }
    }
    const ptrdiff_t diff_block = o->diff_block;
    const float *diff_rows = o->diff + (ptrdiff_t)(channel / BC_BLOCK) * diff_block + channel % BC_BLOCK;
    for (size_t row = 0; row < o->rows; row++) {
        const float *from = src + (ptrdiff_t)row * o->src_row;
        const float *diff = diff_rows + (ptrdiff_t)row * o->diff_row;
        BC_UNROLL_SOME for (size_t x = 0; x < o->pixels; x++, from += at.src_pixel, diff += at.diff_pixel) {
            bc_vector d[VECTORS];
            BC_UNROLL for (int v = 0; v < vectors; v++) d[v] =
                bc_load(diff + v * BC_WIDTH / BC_BLOCK * diff_block + v * BC_WIDTH % BC_BLOCK);
            BC_UNROLL for (int i = 0; i < tile; i++) {
                const float value = apart != NULL ? from[apart[i]] : from[i];
                BC_UNROLL for (int v = 0; v < vectors; v++) sums[i][v] += d[v] * value;
            }
        }
    }
    BC_UNROLL for (int i = 0; i < tile; i++) {
        BC_UNROLL for (int v = 0; v < vectors; v++)
            bc_store_any(sums_at + (size_t)i * at.sums_row + v * BC_WIDTH, sums[i][v]);
    }
}

BC_INLINE void outer_any(const bc_outer *o, const float *src, const ptrdiff_t *apart, float *sums,
                         size_t channel, size_t tile, const int vectors, const spacing at){
#define OUTER(size) outer_tile(o, src, apart, sums + channel, channel, size, vectors, at)
    FOR_TILE(tile, OUTER)
#undef OUTER
}

/* Where a tap has one value, as in the planar picture, a tile takes several taps. */
BC_INLINE void outer_planar(const bc_outer *o, size_t channel, const int vectors, const spacing at) {
    const size_t tiles = (o->tap_count + TILE - 1) / TILE;
    for (size_t k = 0; k < tiles; k++) {
        const size_t first = o->tap_count * k / tiles, last = o->tap_count * (k + 1) / tiles;
        outer_any(o, o->src, o->taps + first, o->sums + first * at.sums_row, channel, last - first, vectors,
                  at);
    }
}

/* So many vectors of channels from `channel` on. */
BC_INLINE void outer_channels(const bc_outer *o, size_t channel, const int vectors, const spacing at) {
    const size_t tiles = (o->depth + TILE - 1) / TILE;
    for (size_t t = 0; t < o->tap_count; t++) {
        for (size_t k = 0; k < tiles; k++) {
            size_t first = o->depth * k / tiles, last = o->depth * (k + 1) / tiles;
            fetch(o->ahead);
            outer_any(o, o->src + o->taps[t] + first, NULL, o->sums + (t * o->depth + first) * at.sums_row,
                      channel, last - first, vectors, at);
        }
    }
}

BC_INLINE void outer_any_channels(const bc_outer *o, size_t channel, const int vectors, const spacing at) {
    if (o->depth == 1)
        outer_planar(o, channel, vectors, at);
    else
        outer_channels(o, channel, vectors, at);
}

BC_INLINE void outer_all(const bc_outer *o, const spacing at) {
    size_t channel = 0;
    for (; channel + TILE_CHANNELS <= o->channels; channel += TILE_CHANNELS)
        outer_any_channels(o, channel, VECTORS, at);
    if (channel < o->channels)
        outer_any_channels(o, channel, BLOCK_VECTORS, at);
}

static void outer(const bc_outer *o) {
    const size_t sums_row = o->sums_row > 0 ? o->sums_row : o->channels;
    const spacing at = {o->src_pixel, o->diff_pixel, sums_row};
    if (at.src_pixel == BC_BLOCK && at.diff_pixel == BC_BLOCK && sums_row == BC_PANEL && o->depth > 1)
        outer_all(o, (spacing){BC_BLOCK, BC_BLOCK, BC_PANEL});
    else
        outer_all(o, at);
}

const bc_gemm_kernels BC_AT_LEVEL(bc_gemm_kernels);
const bc_gemm_kernels BC_AT_LEVEL(bc_gemm_kernels) = {product, outer};
