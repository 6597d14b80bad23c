/* The transforms of Winograd's fast convolution F(4x4, 3x3) (Lavin and Gray 2016, section 4.3): 36 products a
 * tile of 16 outputs, where the direct way takes 144. With d a tile of 6 x 6 inputs, g a filter of 3 x 3
 * weights and Y a tile of 4 x 4 outputs, Y = A'[(G g G') o (B' d B)]A, the sum over channels being taken
 * before A. The gradient of the filter is G'[(A dY A') o (B' d B)]G.
 *
 * Each function applies one of the small matrices to the columns, then to the rows, on vectors of channels.
 */
#include "vector.h"

enum { D = 6, Y = 4, G = 3, POINTS = D * D }; /* sides of the tiles, and the points of the transform */

/* B' times a column of 6. */
BC_INLINE void apply_input(bc_vector to[D], bc_vector d0, bc_vector d1, bc_vector d2, bc_vector d3,
                           bc_vector d4, bc_vector d5) {
    bc_vector even = d4 - 4 * d2, odd = d3 - 4 * d1, even2 = d4 - d2, odd2 = 2 * (d3 - d1);
    to[0] = 4 * d0 - 5 * d2 + d4;
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = even2 + odd2;
    to[4] = even2 - odd2;
    to[5] = 4 * d1 - 5 * d3 + d5;
}

/* A' times a column of 6. */
BC_INLINE void apply_output(bc_vector to[Y], bc_vector m0, bc_vector m1, bc_vector m2, bc_vector m3,
                            bc_vector m4, bc_vector m5) {
    bc_vector sum1 = m1 + m2, apart1 = m1 - m2, sum2 = m3 + m4, apart2 = m3 - m4;
    to[0] = m0 + sum1 + sum2;
    to[1] = apart1 + 2 * apart2;
    to[2] = sum1 + 4 * sum2;
    to[3] = apart1 + 8 * apart2 + m5;
}

/* A times a column of 4. */
BC_INLINE void apply_diff(bc_vector to[D], bc_vector y0, bc_vector y1, bc_vector y2, bc_vector y3) {
    bc_vector even = y0 + y2, odd = y1 + y3, even2 = y0 + 4 * y2, odd2 = 2 * y1 + 8 * y3;
    to[0] = y0;
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = even2 + odd2;
    to[4] = even2 - odd2;
    to[5] = y3;
}

/* G times a column of 3. */
BC_INLINE void apply_filter(bc_vector to[D], bc_vector g0, bc_vector g1, bc_vector g2) {
    bc_vector even = (g0 + g2) * (-1.0f / 6), odd = g1 * (1.0f / 6);
    bc_vector even2 = g0 * (1.0f / 24) + g2 * (1.0f / 6), odd2 = g1 * (1.0f / 12);
    to[0] = g0 * 0.25f;
    to[1] = even - odd;
    to[2] = even + odd;
    to[3] = even2 + odd2;
    to[4] = even2 - odd2;
    to[5] = g2;
}

/* G' times a column of 6. */
BC_INLINE void apply_filter_diff(bc_vector to[G], bc_vector m0, bc_vector m1, bc_vector m2, bc_vector m3,
                                 bc_vector m4, bc_vector m5) {
    bc_vector sum1 = m1 + m2, sum2 = m3 + m4;
    to[0] = m0 * 0.25f - sum1 * (1.0f / 6) + sum2 * (1.0f / 24);
    to[1] = (m2 - m1) * (1.0f / 6) + (m3 - m4) * (1.0f / 12);
    to[2] = (sum2 - sum1) * (1.0f / 6) + m5;
}

/* A row of six of the 36 points. */
BC_INLINE void store_points(float *to, ptrdiff_t point, int row, const bc_vector from[D]) {
    BC_UNROLL for (int j = 0; j < D; j++) bc_store(to + (row * D + j) * point, from[j]);
}

static void input(float *u, ptrdiff_t point, const float *src, ptrdiff_t row) {
    for (int v = 0; v < BC_BLOCK; v += BC_WIDTH) {
        bc_vector half[D][D], column[D], out[D];
        BC_UNROLL for (int j = 0; j < D; j++) {
            const float *s = src + j * BC_BLOCK + v;
            apply_input(column, bc_load(s), bc_load(s + row), bc_load(s + 2 * row), bc_load(s + 3 * row),
                        bc_load(s + 4 * row), bc_load(s + 5 * row));
            BC_UNROLL for (int i = 0; i < D; i++) half[i][j] = column[i];
        }
        BC_UNROLL for (int i = 0; i < D; i++) {
            apply_input(out, half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5]);
            store_points(u + v, point, i, out);
        }
    }
}

static void diff(float *u, ptrdiff_t point, const float *src, ptrdiff_t row) {
    for (int v = 0; v < BC_BLOCK; v += BC_WIDTH) {
        bc_vector half[D][Y], column[D], out[D];
        BC_UNROLL for (int j = 0; j < Y; j++) {
            const float *s = src + j * BC_BLOCK + v;
            apply_diff(column, bc_load(s), bc_load(s + row), bc_load(s + 2 * row), bc_load(s + 3 * row));
            BC_UNROLL for (int i = 0; i < D; i++) half[i][j] = column[i];
        }
        BC_UNROLL for (int i = 0; i < D; i++) {
            apply_diff(out, half[i][0], half[i][1], half[i][2], half[i][3]);
            store_points(u + v, point, i, out);
        }
    }
}

/* The outputs of one vector of channels, before all else. */
BC_INLINE void output_tile(bc_vector to[Y][Y], const float *m, ptrdiff_t point) {
    bc_vector half[Y][D], column[Y];
    const ptrdiff_t next = D * point;
    BC_UNROLL for (int j = 0; j < D; j++, m += point) {
        apply_output(column, bc_load(m), bc_load(m + next), bc_load(m + 2 * next), bc_load(m + 3 * next),
                     bc_load(m + 4 * next), bc_load(m + 5 * next));
        BC_UNROLL for (int i = 0; i < Y; i++) half[i][j] = column[i];
    }
    BC_UNROLL for (int i = 0; i < Y; i++)
        apply_output(to[i], half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5]);
}

/* What is done to outputs, known to the compiler where it pays. */
typedef struct finish {
    bool is_whole;   /* all of the tile is wanted */
    bool is_plain;   /* neither bias nor ReLU */
    bool accumulate; /* to what is there */
} finish;

BC_INLINE bc_vector finish_output(const bc_winograd_output *o, bc_vector value, int v, const finish how) {
    if (how.is_plain)
        return value;
    if (o->bias != NULL)
        value += bc_load(o->bias + v);
    return o->relu ? bc_relu(value) : value;
}

BC_INLINE void put_tile(const bc_winograd_output *o, bc_vector out[Y][Y], int v, const finish how) {
    BC_UNROLL for (int i = 0; i < Y; i++) {
        if (!how.is_whole && (size_t)i >= o->height)
            continue;
        BC_UNROLL for (int j = 0; j < Y; j++) {
            float *to = o->dst + i * o->row + j * BC_BLOCK + v;
            if (!how.is_whole && (size_t)j >= o->width)
                continue;
            bc_store(to, finish_output(o, how.accumulate ? out[i][j] + bc_load(to) : out[i][j], v, how));
        }
    }
}

BC_INLINE void put_halved(const bc_winograd_output *o, bc_vector out[Y][Y], int v, const finish how) {
    BC_UNROLL for (int i = 0; i < Y; i += 2) {
        BC_UNROLL for (int j = 0; j < Y; j += 2) {
            if (!how.is_whole && ((size_t)i / 2 >= o->height || (size_t)j / 2 >= o->width))
                continue;
            bc_vector best = finish_output(o, out[i][j], v, how);
            best = bc_greater(best, finish_output(o, out[i][j + 1], v, how));
            best = bc_greater(best, finish_output(o, out[i + 1][j], v, how));
            bc_store(o->dst + i / 2 * o->row + j / 2 * BC_BLOCK + v,
                     bc_greater(best, finish_output(o, out[i + 1][j + 1], v, how)));
        }
    }
}

BC_INLINE void output_as(const bc_winograd_output *o, const bool halved, const finish how) {
    for (int v = 0; v < BC_BLOCK; v += BC_WIDTH) {
        bc_vector out[Y][Y];
        output_tile(out, o->points + v, o->point);
        if (halved)
            put_halved(o, out, v, how);
        else
            put_tile(o, out, v, how);
    }
}

static void output(const bc_winograd_output *o) {
    const size_t side = o->halved ? Y / 2 : Y;
    const bool is_whole = o->height >= side && o->width >= side, is_plain = o->bias == NULL && !o->relu;
    if (o->halved)
        output_as(o, true, (finish){.is_whole = is_whole, .is_plain = is_plain});
    else if (is_whole && is_plain && !o->accumulate)
        output_as(o, false, (finish){.is_whole = true, .is_plain = true});
    else if (is_whole && !o->accumulate)
        output_as(o, false, (finish){.is_whole = true});
    else
        output_as(o, false, (finish){.is_plain = is_plain, .accumulate = o->accumulate});
}

static void filter(float *u, ptrdiff_t point, const float *taps, ptrdiff_t tap) {
    for (int v = 0; v < BC_BLOCK; v += BC_WIDTH) {
        bc_vector half[D][G], column[D], out[D];
        BC_UNROLL for (int j = 0; j < G; j++) {
            const float *g = taps + j * tap + v;
            apply_filter(column, bc_load(g), bc_load(g + G * tap), bc_load(g + 2 * G * tap));
            BC_UNROLL for (int i = 0; i < D; i++) half[i][j] = column[i];
        }
        BC_UNROLL for (int i = 0; i < D; i++) {
            apply_filter(out, half[i][0], half[i][1], half[i][2]);
            store_points(u + v, point, i, out);
        }
    }
}

static void filter_diff(float *taps, ptrdiff_t tap, const float *sums, ptrdiff_t point) {
    for (int v = 0; v < BC_BLOCK; v += BC_WIDTH) {
        bc_vector half[G][D], column[G], out[G];
        BC_UNROLL for (int j = 0; j < D; j++) {
            const float *m = sums + j * point + v;
            const ptrdiff_t next = D * point;
            apply_filter_diff(column, bc_load(m), bc_load(m + next), bc_load(m + 2 * next),
                              bc_load(m + 3 * next), bc_load(m + 4 * next), bc_load(m + 5 * next));
            BC_UNROLL for (int i = 0; i < G; i++) half[i][j] = column[i];
        }
        BC_UNROLL for (int i = 0; i < G; i++) {
            apply_filter_diff(out, half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5]);
            BC_UNROLL for (int j = 0; j < G; j++) bc_store(taps + (i * G + j) * tap + v, out[j]);
        }
    }
}

const bc_winograd_kernels BC_AT_LEVEL(bc_winograd_kernels);
const bc_winograd_kernels BC_AT_LEVEL(bc_winograd_kernels) = {input, output, diff, filter, filter_diff};
