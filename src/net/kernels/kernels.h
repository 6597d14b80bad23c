/*
 * The compute kernels of one level (instruction set). They know nothing of layers or plans.
 *
 * Activations lie channel-blocked: [image][channel / 16][y][x][16], 64-byte aligned, channels beyond the last
 * are zero. A "pixel" is 16 neighbouring floats; strides are in floats. A NaN that goes in comes out.
 */
#ifndef BC_NET_KERNELS_H
#define BC_NET_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    BC_BLOCK = 16, /* channels in a block */
    BC_PANEL = 32, /* output channels that a product works on at once, at most */
    BC_PANEL_BLOCKS = BC_PANEL / BC_BLOCK,
};

/* Memory that will be needed soon: a kernel fetches some of it now and then. lines 0: none. */
typedef struct bc_ahead {
    const char *at;
    size_t lines, pace; /* cache lines in all, and at a time */
} bc_ahead;

/* dst[row][pixel][k] = act(bias[k] + sum over taps and depth of src[row][pixel + tap][c] *
 * weights[tap][c][k]) for up to a panel of output channels: a row of a convolution, or of a matrix product.
 */
typedef struct bc_product {
    const float *src;
    const ptrdiff_t *taps; /* where each tap's first channel is, from src */
    size_t tap_count, depth;
    ptrdiff_t src_pixel, src_row;
    const float *weights; /* [tap][depth][channels], aligned */
    float *dst;
    ptrdiff_t dst_pixel, dst_row, dst_block; /* from one pixel, row, block of 16 channels to the next */
    size_t pixels, rows;
    size_t channels;   /* whole blocks, at most a panel */
    const float *bias; /* [channels] or NULL */
    bool relu;
    bool accumulate; /* add to what is in dst, before bias and relu */
    bc_ahead *ahead; /* or NULL */
} bc_product;

/* sums[tap][c][k] (+)= sum over rows and pixels of src[row][pixel + tap][c] * diff[row][pixel][k]: the
 * gradient of the weights of the above. */
typedef struct bc_outer {
    const float *src;
    const ptrdiff_t *taps;
    size_t tap_count, depth;
    ptrdiff_t src_pixel, src_row;
    const float *diff;
    ptrdiff_t diff_pixel, diff_row, diff_block;
    size_t pixels, rows;
    size_t channels; /* whole blocks, at most a panel */
    float *sums;     /* [tap][depth][channels] */
    size_t sums_row; /* from one (tap, depth) to the next; 0: channels */
    bool accumulate; /* else sums are overwritten */
    bc_ahead *ahead; /* or NULL */
} bc_outer;

typedef struct bc_gemm_kernels {
    void (*product)(const bc_product *product);
    void (*outer)(const bc_outer *outer);
} bc_gemm_kernels;

/* A plane before a batch norm, and what stands behind it: y = scale * src + shift; ReLU; the maxima of
 * windows of 2 x 2. */
typedef struct bc_normed {
    const float *src;
    size_t height, width; /* of src; halved, an odd row or column at the end is left out */
    const float *scale, *shift;
    bool relu, halved;
} bc_normed;

/* Coefficients of the gradient of a norm's source, of one block. */
typedef struct bc_norm_back {
    const float *a, *b, *c, *centre;
} bc_norm_back;

/* Each works on the pixels of one plane, or on neighbouring ones, of one block of 16 channels. */
typedef struct bc_norm_kernels {
    /* sums[k] = sum of src; squares[k] = sum of (src - centre)^2 */
    void (*sum)(double sums[BC_BLOCK], const float *src, size_t pixels);
    void (*squares)(double squares[BC_BLOCK], const float *src, const float centre[BC_BLOCK], size_t pixels);
    /* To rows of dst so many floats apart. */
    void (*apply)(float *dst, size_t row, const bc_normed *normed);
    /* With d the gradient of what the norm itself gave, brought back from `diff` through ReLU and pooling:
     * sums[k] = sum of d; products[k] = sum of d * (src - centre) */
    void (*diff_sums)(double sums[BC_BLOCK], double products[BC_BLOCK], const float *diff,
                      const bc_normed *normed, const float *centre);
    /* dst (+)= a * d + b * (src - centre) + c, in rows so many floats apart */
    void (*diff_apply)(float *dst, size_t row, const float *diff, const bc_normed *normed,
                       const bc_norm_back *back, bool accumulate);
} bc_norm_kernels;

typedef struct bc_element_kernels {
    void (*relu)(float *dst, const float *src, size_t count);
    /* diff = 0 where dst, the ReLU's output, is not positive */
    void (*relu_mask)(float *diff, const float *dst, size_t count);
    void (*add)(float *dst, const float *a, const float *b, bool relu, size_t count);
    void (*copy)(float *dst, const float *src, bool accumulate, size_t count); /* dst (+)= src */
    void (*scale)(float *dst, const float *src, const float *factors, bool accumulate, size_t count);
    void (*reduce)(float *dst, const float *parts, size_t stride, size_t parts_count, size_t count);
    /* dst[x][y] = src[y][x] * factors[y], 16 x 16, rows so many floats apart; those of dst are aligned */
    void (*transpose)(float *dst, size_t dst_row, const float *src, size_t src_row, const float *factors);
} bc_element_kernels;

/* A window over the pixels of one plane (one image, one block). */
typedef struct bc_pooling {
    size_t src_height, src_width, dst_height, dst_width;
    size_t kernel_height, kernel_width, stride_height, stride_width, pad_height, pad_width;
} bc_pooling;

/* By far the most frequent windows: 2 x 2 pixels side by side, all within the picture. */
static inline bool bc_pooling_halves(const bc_pooling *w) {
    return w->kernel_height == 2 && w->kernel_width == 2 && w->stride_height == 2 && w->stride_width == 2 &&
           w->pad_height == 0 && w->pad_width == 0 && 2 * w->dst_height <= w->src_height &&
           2 * w->dst_width <= w->src_width;
}

typedef struct bc_pool_kernels {
    /* to rows of dst so many floats apart */
    void (*max)(float *dst, size_t row, const float *src, const bc_pooling *window);
    void (*average)(float *dst, const float *src, const bc_pooling *window);
    /* These add to diff_src. A maximum's gradient goes to the first of equals. */
    void (*max_diff)(float *diff_src, const float *diff, const float *dst, const float *src,
                     const bc_pooling *window);
    void (*average_diff)(float *diff_src, const float *diff, const bc_pooling *window);
} bc_pool_kernels;

enum {
    BC_WINOGRAD_TILE = 4,    /* outputs of a side */
    BC_WINOGRAD_POINTS = 36, /* products of a tile */
    BC_WINOGRAD_TAPS = 9     /* of a kernel */
};

/* From the 36 points of a tile to its 4 x 4 outputs, or to the maxima of 2 x 2 of them each, of which the
 * first height x width are wanted. */
typedef struct bc_winograd_output {
    const float *points;
    ptrdiff_t point; /* floats from one point to the next */
    float *dst;
    ptrdiff_t row; /* of dst */
    size_t height, width;
    const float *bias; /* of the block, or NULL */
    bool relu;
    bool accumulate; /* not if halved */
    bool halved;
} bc_winograd_output;

/* Transforms of one tile, or one filter, of one block of 16 channels (kernels/winograd.c). */
typedef struct bc_winograd_kernels {
    void (*input)(float *points, ptrdiff_t point, const float *src, ptrdiff_t row); /* of 6 x 6 pixels */
    void (*output)(const bc_winograd_output *output);
    void (*diff)(float *points, ptrdiff_t point, const float *src, ptrdiff_t row);    /* of 4 x 4 pixels */
    void (*filter)(float *points, ptrdiff_t point, const float *taps, ptrdiff_t tap); /* of 3 x 3 taps */
    void (*filter_diff)(float *taps, ptrdiff_t tap, const float *points, ptrdiff_t point);
} bc_winograd_kernels;

typedef struct bc_level {
    const char *name;
    const bc_gemm_kernels *gemm;
    const bc_norm_kernels *norm;
    const bc_element_kernels *element;
    const bc_pool_kernels *pool;
    const bc_winograd_kernels *winograd;
} bc_level;

/* All levels built in, the best last, NULL-terminated. */
extern const bc_level *const bc_levels[];

/* Whether this CPU can run it. */
bool bc_level_runs(const bc_level *level);

/* The best level that runs here; or the one named by the environment variable BCLASS_LEVEL; NULL when that
 * one is unknown or cannot run. */
const bc_level *bc_level_choose(void);

#endif
