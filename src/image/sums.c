/* Many sums side by side, for vectors of any width. */
#include "image/sums.h"

#include <math.h>

enum {
    LANES = 192,        /* a multiple of 1 and 3 channels */
    PIECE = LANES << 16 /* bytes after which the sums of squares might no longer fit 32 bits */
};

static void add_lanes(uint32_t *restrict values, uint32_t *restrict squares, const uint8_t *restrict bytes,
                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t value = bytes[i];
        values[i] += value;
        squares[i] += value * value;
    }
}

static void add_piece(bc_sums *sums, size_t channels, const uint8_t *bytes, size_t size) {
    uint32_t values[LANES] = {0}, squares[LANES] = {0};
    size_t at = 0;
    for (; size - at >= LANES; at += LANES)
        add_lanes(values, squares, bytes + at, LANES);
    add_lanes(values, squares, bytes + at, size - at);
    for (size_t i = 0; i < LANES; i++) {
        sums[i % channels].values += values[i];
        sums[i % channels].squares += squares[i];
    }
}

void bc_sums_add(bc_sums *sums, size_t channels, const uint8_t *bytes, size_t size) {
    for (size_t at = 0; at < size; at += PIECE)
        add_piece(sums, channels, bytes + at, size - at < PIECE ? size - at : PIECE);
}

void bc_sums_finish(float *mean, float *deviation, const bc_sums *sums, double count) {
    const double middle = count > 0 ? (double)sums->values / count : 0;
    const double variance = count > 0 ? (double)sums->squares / count - middle * middle : 0;
    *mean = (float)middle;
    *deviation = (float)sqrt(variance > 1 ? variance : 1);
}
