/* Reduces pictures to thumbnails and compares these. */
#include "dataset/thumbnail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = BC_CELLS_SIDE, COLOURS = BC_COLOURS_SIDE, WAVES = BC_WAVES, UNIT = 8 };

void bc_thumbnail_make_basis(bc_thumbnail_basis *basis) {
    const double pi = 3.14159265358979323846;
    for (int wave = 0; wave < WAVES; wave++) {
        for (int i = 0; i < SIDE; i++)
            basis->cosines[wave][i] =
                (float)(sqrt((wave > 0 ? 2.0 : 1.0) / SIDE) * cos(pi * (i + 0.5) * wave / SIDE));
    }
}

/* ---- the part that is the picture ---- */

typedef struct bc_box {
    size_t left, top, width, height;
} bc_box;

static bool is_padding(const uint8_t *pixels, size_t pixel_count, size_t channels, size_t step) {
    static const uint8_t padding = 128;
    for (size_t i = 0; i < pixel_count; i++) {
        for (size_t c = 0; c < channels; c++) {
            if (pixels[i * step + c] != padding)
                return false;
        }
    }
    return true;
}

/* Padding is on two opposite sides. Empty when all is of its colour. */
static bc_box find_box(const uint8_t *pixels, const bc_preprocess *preprocess) {
    const size_t channels = preprocess->channels, row = preprocess->width * channels;
    bc_box box = {0, 0, preprocess->width, preprocess->height};
    if (preprocess->fit != BC_FIT_PAD)
        return box;
    while (box.height > 0 && is_padding(pixels + box.top * row, box.width, channels, channels)) {
        box.top++;
        box.height--;
    }
    while (box.height > 0 &&
           is_padding(pixels + (box.top + box.height - 1) * row, box.width, channels, channels))
        box.height--;
    if (box.height < preprocess->height)
        return box;
    while (is_padding(pixels + box.left * channels, box.height, channels, row)) {
        box.left++;
        box.width--;
    }
    while (is_padding(pixels + (box.left + box.width - 1) * channels, box.height, channels, row))
        box.width--;
    return box;
}

/* ---- cells ---- */

enum { LUMA, RED, BLUE };

static uint32_t value_of(const uint8_t *pixel, size_t channels, int what) {
    if (what == LUMA && channels == 3) /* ITU-R BT.601 */
        return (77 * (uint32_t)pixel[0] + 150 * (uint32_t)pixel[1] + 29 * (uint32_t)pixel[2]) >> 8;
    return pixel[what == BLUE ? 2 : 0];
}

/* Adds each pixel of a line to the cells that it covers, by how much of it lies in them: a pixel is SIDE
 * units wide, and a cell as many as the line has pixels. */
static void add_line(uint64_t sums[SIDE], const uint8_t *line, size_t width, size_t channels, int what) {
    size_t cell = 0, room = width;
    for (size_t i = 0; i < width; i++) {
        const uint32_t value = value_of(line + i * channels, channels, what);
        size_t left = SIDE;
        for (; left > room; room = width) {
            sums[cell++] += (uint64_t)value * room;
            left -= room;
        }
        sums[cell] += (uint64_t)value * left;
        room -= left;
    }
}

/* The mean of each cell, times UNIT. */
static void reduce(int16_t cells[SIDE * SIDE], const uint8_t *pixels, const bc_preprocess *preprocess,
                   bc_box box, int what) {
    const size_t channels = preprocess->channels, row = preprocess->width * channels;
    const uint64_t area = (uint64_t)box.width * box.height;
    uint64_t sums[SIDE][SIDE] = {{0}};
    size_t cell = 0, room = box.height;
    for (size_t y = 0; y < box.height; y++) { /* down as add_line does across */
        uint64_t across[SIDE] = {0};
        add_line(across, pixels + (box.top + y) * row + box.left * channels, box.width, channels, what);
        size_t left = SIDE;
        for (; left > room; room = box.height) {
            for (size_t i = 0; i < SIDE; i++)
                sums[cell][i] += across[i] * room;
            cell++;
            left -= room;
        }
        for (size_t i = 0; i < SIDE; i++)
            sums[cell][i] += across[i] * left;
        room -= left;
    }
    for (size_t i = 0; i < SIDE * SIDE; i++)
        cells[i] = (int16_t)((sums[i / SIDE][i % SIDE] * UNIT + area / 2) / area);
}

/* ---- what is told from them ---- */

static void measure_colours(bc_thumbnail *thumbnail, const uint8_t *pixels, const bc_preprocess *preprocess,
                            bc_box box) {
    enum { BLOCK = SIDE / COLOURS };
    for (int plane = 0; plane < 2; plane++) {
        int16_t cells[SIDE * SIDE];
        int32_t sums[COLOURS * COLOURS] = {0};
        reduce(cells, pixels, preprocess, box, plane == 0 ? RED : BLUE);
        for (int i = 0; i < SIDE * SIDE; i++)
            sums[i / SIDE / BLOCK * COLOURS + i % SIDE / BLOCK] += cells[i] - thumbnail->cells[i];
        for (int i = 0; i < COLOURS * COLOURS; i++)
            thumbnail->colours[plane * COLOURS * COLOURS + i] =
                (int16_t)(sums[i] * BC_COLOUR_UNIT / (BLOCK * BLOCK * UNIT));
    }
}

/* The sum of the products of the differences between neighbouring cells: at most 480 x 2040^2, which fits. */
static int32_t multiply(const bc_thumbnail *first, const bc_thumbnail *second) {
    const int16_t *a = first->cells, *b = second->cells;
    int32_t sum = 0;
    for (int y = 0; y < SIDE; y++) {
        for (int x = y * SIDE; x < (y + 1) * SIDE - 1; x++)
            sum += (a[x] - a[x + 1]) * (b[x] - b[x + 1]);
    }
    for (int i = 0; i < (SIDE - 1) * SIDE; i++)
        sum += (a[i] - a[i + SIDE]) * (b[i] - b[i + SIDE]);
    return sum;
}

static void measure_luma(bc_thumbnail *thumbnail) {
    int32_t sum = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        sum += thumbnail->cells[i];
    thumbnail->mean = (float)sum / (SIDE * SIDE * UNIT);
    thumbnail->contrast = sqrtf((float)multiply(thumbnail, thumbnail)) / UNIT;
}

static void measure_waves(bc_thumbnail *thumbnail, const bc_thumbnail_basis *basis) {
    float across[SIDE][WAVES], waves[WAVES * WAVES], squares = 0;
    for (int y = 0; y < SIDE; y++) {
        for (int wave = 0; wave < WAVES; wave++) {
            across[y][wave] = 0;
            for (int x = 0; x < SIDE; x++)
                across[y][wave] += basis->cosines[wave][x] * thumbnail->cells[y * SIDE + x];
        }
    }
    for (int i = 0; i < WAVES * WAVES; i++) {
        waves[i] = 0;
        for (int y = 0; y < SIDE; y++)
            waves[i] += basis->cosines[i / WAVES][y] * across[y][i % WAVES];
        squares += i > 0 ? waves[i] * waves[i] : 0;
    }
    const float scale = squares > 0 ? 32767 / sqrtf(squares) : 0;
    for (int i = 0; i < WAVES * WAVES; i++)
        thumbnail->waves[i] = i > 0 ? (int16_t)(waves[i] * scale) : 0;
}

void bc_thumbnail_make(bc_thumbnail *thumbnail, const uint8_t *pixels, const bc_preprocess *preprocess,
                       const bc_thumbnail_basis *basis) {
    const bc_box box = find_box(pixels, preprocess);
    *thumbnail = (bc_thumbnail){.width = (uint32_t)box.width, .height = (uint32_t)box.height};
    if (box.width == 0 || box.height == 0)
        return;
    reduce(thumbnail->cells, pixels, preprocess, box, LUMA);
    if (preprocess->channels == 3)
        measure_colours(thumbnail, pixels, preprocess, box);
    measure_luma(thumbnail);
    measure_waves(thumbnail, basis);
}

/* ---- hash ---- */

static int by_value(const void *a, const void *b) {
    const int16_t first = *(const int16_t *)a, second = *(const int16_t *)b;
    return (first > second) - (first < second);
}

/* Of at most so many pictures, evenly spread. */
static int16_t median(const bc_thumbnail *thumbnails, size_t count, int wave) {
    enum { MOST = 1000 };
    int16_t values[MOST];
    const size_t step = count / MOST + 1;
    size_t found = 0;
    for (size_t i = 0; i < count; i += step)
        values[found++] = thumbnails[i].waves[wave];
    qsort(values, found, sizeof values[0], by_value);
    return values[found / 2];
}

/* The order spreads low frequencies, which are the more reliable ones, over the hash, so that some of them
 * begin it however it is turned. */
void bc_thumbnail_hash(bc_thumbnail *thumbnails, size_t count) {
    enum { STEP = 27 }; /* odd, so that it meets all of 64 */
    for (int wave = 1; count > 0 && wave < WAVES * WAVES; wave++) {
        const int16_t middle = median(thumbnails, count, wave);
        for (size_t i = 0; i < count; i++) {
            const int16_t value = thumbnails[i].waves[wave];
            thumbnails[i].bits[0] |= (uint64_t)(value > 0) << wave * STEP % 64;
            thumbnails[i].bits[1] |= (uint64_t)(value > middle) << wave * STEP % 64;
        }
    }
}

/* ---- comparing ---- */

/* Bits that differ: summed in pairs, fours, bytes, and then all. */
static int distance_of_bits(uint64_t a, uint64_t b) {
    uint64_t bits = a ^ b;
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (int)(bits * UINT64_C(0x0101010101010101) >> 56);
}

float bc_thumbnail_distance(const bc_thumbnail *a, const bc_thumbnail *b) {
    const float scale = a->contrast * b->contrast * UNIT * UNIT;
    return scale > 0 ? 1 - (float)multiply(a, b) / scale : 1;
}

/* No more apart than by this factor. */
static bool is_about(float a, float b, float factor) {
    return a <= b * factor && b <= a * factor;
}

static bool has_same_colours(const bc_thumbnail *a, const bc_thumbnail *b) {
    const float most = 16 * BC_COLOUR_UNIT; /* root of the mean square */
    enum { COUNT = 2 * COLOURS * COLOURS };
    float squares = 0;
    for (int i = 0; i < COUNT; i++) {
        const float apart = (float)(a->colours[i] - b->colours[i]);
        squares += apart * apart;
    }
    return squares <= most * most * COUNT;
}

bool bc_thumbnail_is_near(const bc_thumbnail *a, const bc_thumbnail *b, float most_distance) {
    const int bits_most = 16;
    const float least_contrast = 24; /* about a gray level between neighbouring cells */
    const float most_contrast = 1.5F, most_shape = 1.1F, most_mean = 40;
    if (distance_of_bits(a->bits[0], b->bits[0]) > bits_most &&
        distance_of_bits(a->bits[1], b->bits[1]) > bits_most)
        return false;
    if (a->contrast < least_contrast || !is_about(a->contrast, b->contrast, most_contrast) ||
        fabsf(a->mean - b->mean) > most_mean ||
        !is_about((float)a->width * (float)b->height, (float)b->width * (float)a->height, most_shape))
        return false;
    return has_same_colours(a, b) && bc_thumbnail_distance(a, b) <= most_distance;
}
