/* Element by element: ReLU, sums, scaled copies, and the reduction of partial sums in a fixed order. */
#include "vector.h"

static void relu(float *dst, const float *src, size_t count) {
    for (size_t i = 0; i < count; i++)
        dst[i] = src[i] < 0 ? 0 : src[i];
}

static void relu_mask(float *diff, const float *dst, size_t count) {
    for (size_t i = 0; i < count; i++)
        diff[i] = dst[i] <= 0 ? 0 : diff[i];
}

static void add(float *dst, const float *a, const float *b, bool with_relu, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float value = a[i] + b[i];
        dst[i] = with_relu && value < 0 ? 0 : value;
    }
}

static void copy(float *dst, const float *src, bool accumulate, size_t count) {
    for (size_t i = 0; i < count; i++)
        dst[i] = accumulate ? dst[i] + src[i] : src[i];
}

static void scale(float *dst, const float *src, const float *factors, bool accumulate, size_t count) {
    for (size_t i = 0; i < count; i++)
        dst[i] = accumulate ? dst[i] + src[i] * factors[i] : src[i] * factors[i];
}

static void reduce(float *dst, const float *parts, size_t stride, size_t parts_count, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float sum = parts[i];
        for (size_t p = 1; p < parts_count; p++)
            sum += parts[p * stride + i];
        dst[i] = sum;
    }
}

const bc_element_kernels BC_AT_LEVEL(bc_element_kernels);
const bc_element_kernels BC_AT_LEVEL(bc_element_kernels) = {relu, relu_mask, add, copy, scale, reduce};
