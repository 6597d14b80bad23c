/*
 * The vectors that kernels are written on: the compiler's own vector extension, as wide as the level's
 * registers. A block of 16 channels is BC_BLOCK / BC_WIDTH of them. Kernels are compiled once a level; each
 * family exports one table, whose name ends in the level's.
 */
#ifndef BC_NET_VECTOR_H
#define BC_NET_VECTOR_H

#include "kernels.h"

#if defined(__AVX512F__)
enum { BC_WIDTH = 16 };
#elif defined(__AVX__)
enum { BC_WIDTH = 8 };
#elif defined(__aarch64__)
enum { BC_WIDTH = 4 };
#else
enum { BC_WIDTH = 4 };
#endif

typedef float bc_vector __attribute__((vector_size(BC_WIDTH * 4)));
typedef int bc_mask __attribute__((vector_size(BC_WIDTH * 4)));

#define BC_JOIN_NAMES(a, b) a##_##b
#define BC_JOIN(a, b) BC_JOIN_NAMES(a, b)
#define BC_AT_LEVEL(name) BC_JOIN(name, BC_LEVEL)

/* Loops over registers must unroll fully; neither compiler does it unasked. */
#if defined(BC_NO_UNROLL)
#define BC_UNROLL
#elif defined(__clang__)
#define BC_UNROLL _Pragma("clang loop unroll(full)")
#else
#define BC_UNROLL _Pragma("GCC unroll 32")
#endif

#define BC_INLINE static inline __attribute__((always_inline))

/* Aligned to a vector. */
BC_INLINE bc_vector bc_load(const float *from) {
    return *(const bc_vector *)(const void *)from;
}

BC_INLINE void bc_store(float *to, bc_vector value) {
    *(bc_vector *)(void *)to = value;
}

/* A NaN stays. */
BC_INLINE bc_vector bc_relu(bc_vector value) {
    bc_mask negative = value < (bc_vector){0};
    return (bc_vector)((bc_mask)value & ~negative);
}

#endif
