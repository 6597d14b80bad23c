/* Element by element: ReLU, sums, scaled copies, and the reduction of partial sums in a fixed order; blocks
 * of weights with rows and columns exchanged. */
#include "vector.h"

#include <string.h>

static void relu(float *restrict dst, const float *restrict src, size_t count) {
    for (size_t i = 0; i < count; i++)
        dst[i] = src[i] < 0 ? 0 : src[i];
}

static void relu_mask(float *restrict diff, const float *restrict dst, size_t count) {
    for (size_t i = 0; i < count; i++)
        diff[i] = dst[i] <= 0 ? 0 : diff[i];
}

static void add(float *restrict dst, const float *restrict a, const float *restrict b, bool with_relu,
                size_t count) {
    for (size_t i = 0; i < count; i++) {
        float value = a[i] + b[i];
        dst[i] = with_relu && value < 0 ? 0 : value;
    }
}

static void copy(float *restrict dst, const float *restrict src, bool accumulate, size_t count) {
    for (size_t i = 0; i < count; i++)
        dst[i] = accumulate ? dst[i] + src[i] : src[i];
}

static void scale(float *restrict dst, const float *restrict src, const float *restrict factors,
                  bool accumulate, size_t count) {
    for (size_t i = 0; i < count; i++)
        dst[i] = accumulate ? dst[i] + src[i] * factors[i] : src[i] * factors[i];
}

static void reduce(float *restrict dst, const float *restrict parts, size_t stride, size_t parts_count,
                   size_t count) {
    memcpy(dst, parts, count * sizeof *dst);
    for (size_t p = 1; p < parts_count; p++) {
        const float *restrict part = parts + p * stride;
        for (size_t i = 0; i < count; i++)
            dst[i] += part[i];
    }
}

/* As many rows as a vector has elements. Row i is put by turns with the one half of all rows further on; as
 * often as the number of rows can be halved, and each element stands where it should. */
BC_INLINE void transpose_vectors(float *dst, size_t dst_row, const float *src, size_t src_row,
                                 const float *factors) {
    bc_vector rows[BC_WIDTH], mixed[BC_WIDTH];
    const bc_vector by = bc_load_any(factors);
    BC_UNROLL for (size_t i = 0; i < BC_WIDTH; i++) rows[i] = bc_load_any(src + i * src_row);
    BC_UNROLL for (size_t halves = BC_WIDTH; halves > 1; halves /= 2) {
        BC_UNROLL for (size_t i = 0; i < BC_WIDTH / 2; i++) {
            mixed[2 * i] = BC_FIRST_BY_TURNS(rows[i], rows[i + BC_WIDTH / 2]);
            mixed[2 * i + 1] = BC_SECOND_BY_TURNS(rows[i], rows[i + BC_WIDTH / 2]);
        }
        BC_UNROLL for (size_t i = 0; i < BC_WIDTH; i++) rows[i] = mixed[i];
    }
    BC_UNROLL for (size_t i = 0; i < BC_WIDTH; i++) bc_store(dst + i * dst_row, rows[i] * by);
}

static void transpose(float *dst, size_t dst_row, const float *src, size_t src_row, const float *factors) {
    for (size_t x = 0; x < BC_BLOCK; x += BC_WIDTH) {
        for (size_t y = 0; y < BC_BLOCK; y += BC_WIDTH)
            transpose_vectors(dst + x * dst_row + y, dst_row, src + y * src_row + x, src_row, factors + y);
    }
}

const bc_element_kernels BC_AT_LEVEL(bc_element_kernels);
const bc_element_kernels BC_AT_LEVEL(bc_element_kernels) = {relu,  relu_mask, add,      copy,
                                                            scale, reduce,    transpose};
