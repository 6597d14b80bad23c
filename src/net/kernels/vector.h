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
#else /* SSE2, NEON, or what the compiler makes of it */
enum { BC_WIDTH = 4 };
#endif

typedef float bc_vector __attribute__((vector_size(BC_WIDTH * 4)));
typedef int bc_mask __attribute__((vector_size(BC_WIDTH * 4)));

#define BC_JOIN_NAMES(a, b) a##_##b
#define BC_JOIN(a, b) BC_JOIN_NAMES(a, b)
#define BC_AT_LEVEL(name) BC_JOIN(name, BC_LEVEL)

/* The first halves, or the second ones, of two vectors by turns: a0 b0 a1 b1 ... */
#if defined(__AVX512F__)
#define BC_FIRST_BY_TURNS(a, b)                                                                              \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define BC_SECOND_BY_TURNS(a, b)                                                                             \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif defined(__AVX__)
#define BC_FIRST_BY_TURNS(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define BC_SECOND_BY_TURNS(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define BC_FIRST_BY_TURNS(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define BC_SECOND_BY_TURNS(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

/* Loops over registers must unroll fully; neither compiler does it unasked. */
#if defined(BC_NO_UNROLL)
#define BC_UNROLL
#define BC_UNROLL_SOME
#elif defined(__clang__)
#define BC_UNROLL _Pragma("clang loop unroll(full)")
#define BC_UNROLL_SOME _Pragma("clang loop unroll_count(2)")
#else
#define BC_UNROLL _Pragma("GCC unroll 32")
#define BC_UNROLL_SOME _Pragma("GCC unroll 2")
#endif

#define BC_INLINE static inline __attribute__((always_inline))

/* Aligned to a vector. */
BC_INLINE bc_vector bc_load(const float *from) {
    return *(const bc_vector *)(const void *)from;
}

BC_INLINE void bc_store(float *to, bc_vector value) {
    *(bc_vector *)(void *)to = value;
}

/* Not aligned. */
BC_INLINE bc_vector bc_load_any(const float *from) {
    bc_vector value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

BC_INLINE void bc_store_any(float *to, bc_vector value) {
    __builtin_memcpy(to, &value, sizeof value);
}

/* The first of equals. A NaN is taken, and kept. */
BC_INLINE bc_vector bc_greater(bc_vector best, bc_vector value) {
    const bc_mask first = (value <= best) | (best != best);
    return (bc_vector)(((bc_mask)best & first) | ((bc_mask)value & ~first));
}

/* A NaN stays. */
BC_INLINE bc_vector bc_relu(bc_vector value) {
    bc_mask negative = value < (bc_vector){0};
    return (bc_vector)((bc_mask)value & ~negative);
}

#endif
