/* Element by element: ReLU, sums, scaled copies, and the reduction of partial sums in a fixed order. */
#include "vector.h"

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
    for (size_t i = 0; i < count; i++) {
        float sum = parts[i];
        for (size_t p = 1; p < parts_count; p++)
            sum += parts[p * stride + i];
        dst[i] = sum;
    }
}

const bc_element_kernels BC_AT_LEVEL(bc_element_kernels);
const bc_element_kernels BC_AT_LEVEL(bc_element_kernels) = {relu, relu_mask, add, copy, scale, reduce};
