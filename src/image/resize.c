/* Resizing with an antialiasing triangle filter, first down the columns, then along the rows.
 *
 * In whole numbers, so that a picture gets the same bytes on every machine: weights in 16384ths that add up
 * to exactly 1, values between the two passes in 64ths. Pictures of extreme shape are resized along the rows
 * first, so that the work stays within a small multiple of the larger picture. */
#include "base/memory.h"
#include "decode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEIGHT_BITS = 14,
    VALUE_BITS = 6,
    ROWS = 8,     /* of the result, made at a time: the second pass works on them side by side */
    COLUMNS = 64, /* of the first pass, whose sums stay in the cache */
    FAR = 16      /* times narrower and as many times higher: see below */
};

/* The source pixels that make up one pixel of the result. */
typedef struct bc_taps {
    size_t first, count;
    const int16_t *weights;
} bc_taps;

/* How one side is resized. */
typedef struct bc_axis {
    bc_taps *taps;    /* of each pixel of the result */
    int16_t *weights; /* of all taps */
    size_t size;      /* of the result */
} bc_axis;

static void free_axis(bc_axis *axis) {
    free(axis->taps);
    free(axis->weights);
}

/* 1 at 0, falling evenly to 0 at -1 and 1. */
static double triangle(double x) {
    return fabs(x) < 1 ? 1 - fabs(x) : 0;
}

/* The weights of one pixel, whose centre is there in the source: those of pixels beyond the edge go to the
 * one at the edge. Each is the step of the rounded running sum, so that nothing is lost to rounding. */
static void set_taps(bc_taps *taps, int16_t *weights, size_t source, double centre, double radius) {
    const int64_t begin = (int64_t)floor(centre - radius), end = (int64_t)ceil(centre + radius);
    const int64_t last = (int64_t)source - 1;
    const double whole = 1 << WEIGHT_BITS;
    double sum = 0, total = 0;
    for (int64_t i = begin; i < end; i++)
        total += triangle(((double)i + 0.5 - centre) / radius);
    const int64_t first = begin < 0 ? 0 : begin > last ? last : begin;
    size_t count = 0;
    for (int64_t i = begin, rounded = 0; i < end; i++) {
        const int64_t at = i < 0 ? 0 : i > last ? last : i;
        sum += triangle(((double)i + 0.5 - centre) / radius);
        const int64_t now = (int64_t)floor(sum / total * whole + 0.5);
        if ((size_t)(at - first) == count)
            weights[count++] = 0;
        weights[count - 1] = (int16_t)(weights[count - 1] + (now - rounded));
        rounded = now;
    }
    size_t skipped = 0;
    while (count > 1 && weights[count - 1] == 0)
        count--;
    while (count > 1 && weights[skipped] == 0) {
        skipped++;
        count--;
    }
    *taps = (bc_taps){(size_t)first + skipped, count, weights + skipped};
}

static bool make_axis(bc_axis *axis, size_t source, size_t size) {
    void *taps = NULL, *weights = NULL;
    const double scale = (double)source / (double)size, radius = scale > 1 ? scale : 1;
    const size_t most = (size_t)ceil(2 * radius) + 2; /* sides are limited: no overflow */
    const bool made = bc_alloc_unset(&taps, size, sizeof *axis->taps, NULL) == BC_OK &&
                      bc_alloc_unset(&weights, size, most * sizeof *axis->weights, NULL) == BC_OK;
    *axis = (bc_axis){taps, weights, size};
    for (size_t i = 0; made && i < size; i++)
        set_taps(&axis->taps[i], axis->weights + i * most, source, ((double)i + 0.5) * scale, radius);
    return made;
}

/* sums[i] += bytes[i] x weight */
static void add_weighted(int32_t *restrict sums, const uint8_t *restrict bytes, int16_t weight,
                         size_t count) {
    for (size_t i = 0; i < count; i++)
        sums[i] += (int16_t)bytes[i] * weight;
}

/* Columns [first, first + count) of one row of the result before its second pass. */
static void mix_rows(int16_t *mixed, const bc_area *src, const bc_taps *taps, size_t first, size_t count) {
    int32_t sums[COLUMNS];
    for (size_t i = 0; i < count; i++)
        sums[i] = 1 << (WEIGHT_BITS - VALUE_BITS - 1);
    for (size_t t = 0; t < taps->count; t++) {
        const uint8_t *row = src->pixels + (taps->first + t) * src->stride + first;
        if (count == COLUMNS)
            add_weighted(sums, row, taps->weights[t], COLUMNS);
        else
            add_weighted(sums, row, taps->weights[t], count);
    }
    for (size_t i = 0; i < count; i++)
        mixed[i] = (int16_t)(sums[i] >> (WEIGHT_BITS - VALUE_BITS));
}

/* columns[i][r] = value i, channels apart, of row r of the result. */
static void make_columns(int16_t (*columns)[ROWS], const bc_area *src, size_t width, const bc_taps *taps,
                         size_t rows) {
    int16_t mixed[ROWS][COLUMNS] = {{0}};
    for (size_t first = 0; first < width; first += COLUMNS) {
        size_t count = width - first < COLUMNS ? width - first : COLUMNS;
        for (size_t r = 0; r < rows; r++)
            mix_rows(mixed[r], src, &taps[r], first, count);
        for (size_t i = 0; i < count; i++)
            for (size_t r = 0; r < ROWS; r++)
                columns[first + i][r] = mixed[r][i];
    }
}

/* One value of ROWS rows of the result. */
static void mix_columns(uint8_t mixed[ROWS], const int16_t (*columns)[ROWS], const bc_taps *taps,
                        size_t channels) {
    enum { SHIFT = WEIGHT_BITS + VALUE_BITS };
    int32_t sums[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        sums[r] = 1 << (SHIFT - 1);
    for (size_t t = 0; t < taps->count; t++)
        for (size_t r = 0; r < ROWS; r++)
            sums[r] += columns[t * channels][r] * taps->weights[t];
    for (size_t r = 0; r < ROWS; r++)
        mixed[r] = (uint8_t)(sums[r] >> SHIFT);
}

static void make_rows(const bc_area *dst, size_t top, size_t rows, const int16_t (*columns)[ROWS],
                      const bc_axis *across, size_t channels) {
    for (size_t x = 0; x < across->size; x++)
        for (size_t c = 0; c < channels; c++) {
            uint8_t mixed[ROWS];
            const bc_taps *taps = &across->taps[x];
            mix_columns(mixed, columns + taps->first * channels + c, taps, channels);
            for (size_t r = 0; r < rows; r++)
                dst->pixels[(top + r) * dst->stride + x * channels + c] = mixed[r];
        }
}

static bool resize(const bc_area *dst, const bc_area *src, uint32_t channels) {
    bc_axis across = {0}, down = {0};
    void *block = NULL;
    const size_t width = (size_t)src->width * channels;
    const bool made = make_axis(&across, src->width, dst->width) &&
                      make_axis(&down, src->height, dst->height) &&
                      bc_alloc_unset(&block, width, sizeof(int16_t[ROWS]), NULL) == BC_OK;
    int16_t(*columns)[ROWS] = block;
    for (size_t top = 0; made && top < down.size; top += ROWS) {
        const size_t rows = down.size - top < ROWS ? down.size - top : ROWS;
        make_columns(columns, src, width, down.taps + top, rows);
        make_rows(dst, top, rows, (const int16_t(*)[ROWS])columns, &across, channels);
    }
    free_axis(&across);
    free_axis(&down);
    free(block);
    return made;
}

/* As no photo is: then rows of the source's width for all the result's height would cost far more than there
 * are pixels in either. */
static bool is_far_from_shape(const bc_area *dst, const bc_area *src) {
    return src->width / FAR > dst->width && dst->height / FAR > src->height;
}

/* Along the rows first, to whole bytes, and then down the columns. */
static bool narrow_first(const bc_area *dst, const bc_area *src, uint32_t channels) {
    void *pixels = NULL;
    const size_t stride = (size_t)dst->width * channels;
    bool made = bc_alloc_unset(&pixels, src->height, stride, NULL) == BC_OK;
    const bc_area narrow = {pixels, dst->width, src->height, stride};
    made = made && resize(&narrow, src, channels) && resize(dst, &narrow, channels);
    free(pixels);
    return made;
}

bool bc_area_resize(const bc_area *dst, const bc_area *src, uint32_t channels) {
    return is_far_from_shape(dst, src) ? narrow_first(dst, src, channels) : resize(dst, src, channels);
}
