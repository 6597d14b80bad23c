/* Large products in parts that leave what they use again in the nearest cache. The cut depends on the shapes
 * alone, so that results do not depend on threads. */
#include "plan_build.h"

/* A first-level cache is taken to have 32 KiB, most of which is for: */
enum {
    WEIGHTS = 6 * 1024, /* floats of the weights of a part of the taps, while all pixels pass by */
    PIXELS = 512,       /* of a panel's sums, on which all taps come together, in the second level */
    OUTER_PIXELS = 128, /* of source and gradient, while all taps pass by */
};

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static void multiply_taps(const bc_level *level, const bc_product *whole) {
    const size_t tap = whole->depth * whole->channels; /* floats */
    const size_t parts = (whole->tap_count * tap + WEIGHTS - 1) / WEIGHTS;
    if (parts <= 1) {
        level->gemm->product(whole);
        return;
    }
    for (size_t i = 0; i < parts; i++) {
        const size_t first = whole->tap_count * i / parts, last = whole->tap_count * (i + 1) / parts;
        bc_product part = *whole;
        part.taps += first;
        part.tap_count = last - first;
        part.weights += first * tap;
        part.accumulate = whole->accumulate || i > 0;
        if (i > 0)
            part.bias = NULL;
        if (i + 1 < parts)
            part.relu = false;
        level->gemm->product(&part);
    }
}

void bc_multiply(const bc_level *level, const bc_product *whole) {
    const size_t rows = whole->pixels < PIXELS ? PIXELS / whole->pixels : 1;
    for (size_t row = 0; row < whole->rows; row += rows) {
        bc_product part = *whole;
        part.src += (ptrdiff_t)row * whole->src_row;
        part.dst += (ptrdiff_t)row * whole->dst_row;
        part.rows = least(rows, whole->rows - row);
        multiply_taps(level, &part);
    }
}

/* Rows so long that each is cut. */
static void multiply_outer_pixels(const bc_level *level, const bc_outer *whole) {
    for (size_t pixel = 0; pixel < whole->pixels; pixel += OUTER_PIXELS) {
        bc_outer part = *whole;
        part.src += (ptrdiff_t)pixel * whole->src_pixel;
        part.diff += (ptrdiff_t)pixel * whole->diff_pixel;
        part.pixels = least(OUTER_PIXELS, whole->pixels - pixel);
        part.accumulate = whole->accumulate || pixel > 0;
        level->gemm->outer(&part);
    }
}

void bc_multiply_outer(const bc_level *level, const bc_outer *whole) {
    const size_t rows = whole->pixels < OUTER_PIXELS ? OUTER_PIXELS / whole->pixels : 1;
    for (size_t row = 0; row < whole->rows; row += rows) {
        bc_outer part = *whole;
        part.src += (ptrdiff_t)row * whole->src_row;
        part.diff += (ptrdiff_t)row * whole->diff_row;
        part.rows = least(rows, whole->rows - row);
        part.accumulate = whole->accumulate || row > 0;
        multiply_outer_pixels(level, &part);
    }
}
