/* A picture made to fit the network's input: geometry, filter, channels, normalisation. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/random.h"
#include "base/threads.h"

#include <bclass/image.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bc_preprocess to_size(uint32_t width, uint32_t height, uint32_t channels, bc_fit fit) {
    return (bc_preprocess){.width = width, .height = height, .channels = channels, .fit = fit};
}

static bc_image image_of(uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels) {
    return (bc_image){width, height, channels, pixels, (size_t)width * height * channels};
}

static uint8_t *filled(size_t count, int value) {
    uint8_t *pixels = malloc(count > 0 ? count : 1);
    assert_non_null(pixels);
    memset(pixels, value, count);
    return pixels;
}

static void fit(uint8_t *dst, const bc_image *image, const bc_preprocess *preprocess) {
    bc_error err;
    if (bc_image_fit(dst, image, preprocess, &err) != BC_OK)
        fail_msg("%s", err.message);
}

/* A white picture, padded: exactly the pixels of the inner rectangle are white, all others 128. */
static void assert_inner(uint32_t width, uint32_t height, uint32_t wanted_width, uint32_t wanted_height,
                         uint32_t left, uint32_t top, uint32_t inner_width, uint32_t inner_height) {
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
        uint8_t *white = filled((size_t)width * height * channels, 255);
        uint8_t *dst = filled((size_t)wanted_width * wanted_height * channels, 7);
        bc_image image = image_of(white, width, height, channels);
        bc_preprocess preprocess = to_size(wanted_width, wanted_height, channels, BC_FIT_PAD);
        fit(dst, &image, &preprocess);
        for (uint32_t y = 0; y < wanted_height; y++)
            for (uint32_t x = 0; x < wanted_width * channels; x++) {
                bool inside = y >= top && y < top + inner_height && x / channels >= left &&
                              x / channels < left + inner_width;
                if (dst[y * wanted_width * channels + x] != (inside ? 255 : 128))
                    fail_msg("%ux%u: %d at %u, %u", width, height, dst[y * wanted_width * channels + x],
                             x / channels, y);
            }
        free(white);
        free(dst);
    }
}

static void padding_keeps_the_aspect_ratio_in_the_middle(void **state) {
    (void)state;
    assert_inner(40, 20, 28, 28, 0, 7, 28, 14);
    assert_inner(20, 40, 28, 28, 7, 0, 14, 28);
    assert_inner(14, 7, 28, 28, 0, 7, 28, 14);
    assert_inner(50, 50, 28, 28, 0, 0, 28, 28);
    assert_inner(30, 10, 32, 16, 0, 2, 32, 11);  /* 32 x 10.67 */
    assert_inner(1000, 1, 28, 28, 0, 13, 28, 1); /* 28 x 0.03 */
    assert_inner(1, 1000, 28, 28, 13, 0, 1, 28);
    assert_inner(28, 14, 28, 28, 0, 7, 28, 14);
    assert_inner(1, 1, 3, 5, 0, 1, 3, 3);
}

static void draw_numbers(uint8_t *pixels, size_t count) {
    for (size_t i = 0; i < count; i++)
        pixels[i] = (uint8_t)(i * 131 + i / 7);
}

static void a_picture_of_the_right_size_keeps_its_bytes(void **state) {
    (void)state;
    uint8_t pixels[28 * 28 * 3], dst[28 * 28 * 3];
    draw_numbers(pixels, sizeof pixels);
    for (uint32_t channels = 1; channels <= 3; channels += 2)
        for (int mode = 0; mode < BC_FIT_COUNT; mode++) {
            bc_image image = image_of(pixels, 28, 28, channels);
            bc_preprocess preprocess = to_size(28, 28, channels, (bc_fit)mode);
            fit(dst, &image, &preprocess);
            assert_memory_equal(dst, pixels, 28 * 28 * channels);
        }
}

static void cropping_keeps_the_middle(void **state) {
    (void)state;
    uint8_t pixels[40 * 20], dst[20 * 20];
    draw_numbers(pixels, sizeof pixels);
    bc_image image = image_of(pixels, 40, 20, 1);
    bc_preprocess preprocess = to_size(20, 20, 1, BC_FIT_CROP);
    fit(dst, &image, &preprocess);
    for (size_t y = 0; y < 20; y++)
        assert_memory_equal(dst + 20 * y, pixels + 40 * y + 10, 20);
    image = image_of(pixels, 20, 40, 1);
    fit(dst, &image, &preprocess);
    assert_memory_equal(dst, pixels + 10 * 20, 20 * 20);
}

/* Left third black, middle white, right third black: cropped to a square, the middle third fills it. */
static void cropping_and_resizing_go_together(void **state) {
    (void)state;
    uint8_t *pixels = filled(300 * 100, 0);
    for (size_t y = 0; y < 100; y++)
        memset(pixels + 300 * y + 100, 255, 100);
    bc_image image = image_of(pixels, 300, 100, 1);
    bc_preprocess preprocess = to_size(28, 28, 1, BC_FIT_CROP);
    uint8_t dst[28 * 28];
    fit(dst, &image, &preprocess);
    for (size_t i = 0; i < sizeof dst; i++)
        assert_int_equal(dst[i], 255);
    free(pixels);
}

static void stretching_fills_all(void **state) {
    (void)state;
    uint8_t *pixels = filled(301 * 57, 90);
    bc_image image = image_of(pixels, 301, 57, 1);
    bc_preprocess preprocess = to_size(28, 31, 1, BC_FIT_STRETCH);
    uint8_t dst[28 * 31] = {0};
    fit(dst, &image, &preprocess);
    for (size_t i = 0; i < sizeof dst; i++)
        assert_int_equal(dst[i], 90);
    free(pixels);
}

/* Whatever the sizes: a picture of one value stays that, and nothing outside dst is written. */
static void resizing_keeps_a_plain_picture_plain(void **state) {
    (void)state;
    static const uint32_t sides[] = {1, 2, 3, 7, 28, 29, 64, 300};
    uint8_t *pixels = filled((size_t)300 * 300 * 3, 200);
    for (size_t i = 0; i < 8 * 8; i++)
        for (size_t k = 0; k < 5 * 5; k++) {
            uint32_t channels = (i + k) % 2 == 0 ? 1 : 3;
            bc_image image = image_of(pixels, sides[i % 8], sides[i / 8], channels);
            bc_preprocess preprocess = to_size(sides[k % 5 + 1], sides[k / 5 + 1], channels, BC_FIT_STRETCH);
            size_t size = (size_t)preprocess.width * preprocess.height * channels;
            uint8_t *dst = malloc(size);
            assert_non_null(dst);
            fit(dst, &image, &preprocess);
            for (size_t p = 0; p < size; p++)
                assert_int_equal(dst[p], 200);
            free(dst);
        }
    free(pixels);
}

/* A checkerboard of single pixels has no detail left at a quarter of its size: mid gray, not some of both. */
static void shrinking_averages_instead_of_picking(void **state) {
    (void)state;
    uint8_t *pixels = filled(256 * 256, 0);
    for (size_t i = 0; i < 256 * 256; i++)
        pixels[i] = (i + i / 256) % 2 == 0 ? 0 : 255;
    bc_image image = image_of(pixels, 256, 256, 1);
    bc_preprocess preprocess = to_size(64, 64, 1, BC_FIT_PAD);
    uint8_t dst[64 * 64];
    fit(dst, &image, &preprocess);
    for (size_t i = 0; i < sizeof dst; i++)
        assert_in_range(dst[i], 120, 135);
    free(pixels);
}

/* 0 and 240 side by side, twice as wide: bilinear weights at 1/4 and 3/4 between the centres. */
static void enlarging_is_bilinear(void **state) {
    (void)state;
    uint8_t pixels[2] = {0, 240}, dst[4];
    bc_image image = image_of(pixels, 2, 1, 1);
    bc_preprocess preprocess = to_size(4, 1, 1, BC_FIT_STRETCH);
    fit(dst, &image, &preprocess);
    assert_memory_equal(dst, ((const uint8_t[]){0, 60, 180, 240}), 4);
}

/* One value by the definition of the filter, in double precision: a triangle twice as wide as a pixel of the
 * smaller picture, edge pixels repeated, both ways. */
static double filtered(const bc_image *image, const bc_preprocess *to, size_t x, size_t y, size_t channel) {
    const double across = (double)image->width / to->width, down = (double)image->height / to->height;
    const double wide = across > 1 ? across : 1, high = down > 1 ? down : 1;
    const double centre_x = ((double)x + 0.5) * across, centre_y = ((double)y + 0.5) * down;
    double sum = 0, weights = 0;
    for (long v = (long)floor(centre_y - high); (double)v < centre_y + high; v++)
        for (long u = (long)floor(centre_x - wide); (double)u < centre_x + wide; u++) {
            double weight = fmax(0, 1 - fabs((double)v + 0.5 - centre_y) / high) *
                            fmax(0, 1 - fabs((double)u + 0.5 - centre_x) / wide);
            long row = v < 0 ? 0 : v >= (long)image->height ? (long)image->height - 1 : v;
            long column = u < 0 ? 0 : u >= (long)image->width ? (long)image->width - 1 : u;
            sum += weight *
                   image->pixels[((size_t)row * image->width + (size_t)column) * image->channels + channel];
            weights += weight;
        }
    return sum / weights;
}

static void resizing_follows_the_definition_to_within_one(void **state) {
    (void)state;
    enum { COUNT = 10 };
    static const uint32_t sides[COUNT][2] = {{100, 64}, {64, 100}, {70, 9}, {300, 28}, {33, 32},
                                             {5, 40},   {1, 7},    {9, 1},  {300, 11}, {3, 70}};
    uint8_t *pixels = filled((size_t)300 * 300 * 3, 0);
    draw_numbers(pixels, (size_t)300 * 300 * 3);
    for (size_t i = 0; i < COUNT * COUNT; i++) {
        const uint32_t channels = i % 3 == 0 ? 1 : 3;
        const bc_image image = image_of(pixels, sides[i % COUNT][0], sides[i / COUNT][0], channels);
        const bc_preprocess to = to_size(sides[i % COUNT][1], sides[i / COUNT][1], channels, BC_FIT_STRETCH);
        uint8_t *dst = filled((size_t)to.width * to.height * channels, 0);
        fit(dst, &image, &to);
        for (size_t y = 0; y < to.height; y += 1 + to.height / 8)
            for (size_t x = 0; x < to.width; x++)
                for (size_t c = 0; c < channels; c++) {
                    double wanted = filtered(&image, &to, x, y, c);
                    int found = dst[(y * to.width + x) * channels + c];
                    if (fabs(wanted - found) > 1)
                        fail_msg("%u x %u to %u x %u: %d for %g at %zu, %zu", image.width, image.height,
                                 to.width, to.height, found, wanted, x, y);
                }
        free(dst);
    }
    free(pixels);
}

/* A million pixels for each of the result, more than the weights can tell apart: still their mean, 127.5. */
static void a_very_long_picture_is_averaged(void **state) {
    (void)state;
    const size_t length = 1u << 22;
    uint8_t *pixels = filled(length, 0), dst[4];
    bc_random random = bc_random_keyed(1, BC_RANDOM_RESAMPLE, 0, 0);
    for (size_t i = 0; i < length; i++)
        pixels[i] = (uint8_t)bc_random_below(&random, 256);
    pixels[0] = pixels[length - 1] = 127; /* as they are repeated, they count for much */
    bc_image image = image_of(pixels, 1u << 22, 1, 1);
    bc_preprocess preprocess = to_size(4, 1, 1, BC_FIT_STRETCH);
    fit(dst, &image, &preprocess);
    for (size_t i = 0; i < 4; i++)
        assert_in_range(dst[i], 125, 130);
    free(pixels);
}

/* Rows as wide as the source for all the result's height would be 2^38 pixels. The step from 10 to 250 is in
 * the middle; by the triangle of two pixels of the result, an eighth of the neighbours' weight lies beyond
 * it. */
static void a_line_of_millions_of_pixels_is_soon_stretched_to_a_column(void **state) {
    (void)state;
    const uint32_t width = 1u << 22, height = 1u << 16;
    uint8_t *pixels = filled(width, 10), *dst = filled((size_t)4 * height, 0);
    memset(pixels + width / 2, 250, width / 2);
    bc_image image = image_of(pixels, width, 1, 1);
    bc_preprocess preprocess = to_size(4, height, 1, BC_FIT_STRETCH);
    fit(dst, &image, &preprocess);
    for (size_t y = 0; y < height; y++)
        assert_memory_equal(dst + 4 * y, ((const uint8_t[]){10, 40, 220, 250}), 4);
    free(pixels);
    free(dst);
}

/* 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded. */
static void rgb_becomes_luma(void **state) {
    (void)state;
    uint8_t pixels[] = {255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 200, 77}, dst[6];
    bc_image image = image_of(pixels, 6, 1, 3);
    bc_preprocess preprocess = to_size(6, 1, 1, BC_FIT_PAD);
    fit(dst, &image, &preprocess);
    assert_memory_equal(dst, ((const uint8_t[]){255, 0, 76, 150, 29, 129}), 6);
}

static void gray_becomes_rgb_by_repetition(void **state) {
    (void)state;
    uint8_t pixels[] = {5, 250}, dst[2 * 3 * 3];
    bc_image image = image_of(pixels, 2, 1, 1);
    bc_preprocess preprocess = to_size(2, 3, 3, BC_FIT_PAD);
    fit(dst, &image, &preprocess);
    assert_memory_equal(dst,
                        ((const uint8_t[]){128, 128, 128, 128, 128, 128, 5, 5, 5, 250, 250, 250, 128, 128,
                                           128, 128, 128, 128}),
                        18);
}

/* Red above blue, shrunk and made gray in one go. */
static void channels_are_converted_while_resizing(void **state) {
    (void)state;
    uint8_t pixels[40 * 40 * 3] = {0};
    for (size_t i = 0; i < 40 * 40; i++)
        pixels[3 * i + (i < 800 ? 0 : 2)] = 255;
    bc_image image = image_of(pixels, 40, 40, 3);
    bc_preprocess preprocess = to_size(10, 20, 1, BC_FIT_PAD);
    uint8_t dst[10 * 20];
    fit(dst, &image, &preprocess);
    for (size_t x = 0; x < 10; x++) {
        assert_int_equal(dst[x], 128);
        assert_int_equal(dst[50 + x], 76);
        assert_int_equal(dst[149 - x], 29);
        assert_int_equal(dst[199 - x], 128);
    }
}

static void sides_that_cannot_be_are_refused(void **state) {
    (void)state;
    uint8_t pixel = 0, dst[4];
    bc_error err;
    bc_image image = image_of(&pixel, 1, 1, 1);
    bc_preprocess preprocess = to_size(0, 1, 1, BC_FIT_PAD);
    assert_int_equal(bc_image_fit(dst, &image, &preprocess, &err), BC_ERROR_LIMIT);
    preprocess = to_size(1, 1, 1, BC_FIT_PAD);
    image.width = (1u << 22) + 1;
    assert_int_equal(bc_image_fit(dst, &image, &preprocess, &err), BC_ERROR_LIMIT);
    image.width = 0;
    assert_int_equal(bc_image_fit(dst, &image, &preprocess, &err), BC_ERROR_LIMIT);
}

enum { PICTURES = 24 };

typedef struct fitting {
    bc_pool *pool;
    uint8_t pixels[100 * 80 * 3];
    uint8_t fitted[PICTURES][28 * 28];
} fitting;

static void fit_some(void *context, unsigned worker) {
    fitting *all = context;
    size_t first, last;
    bc_pool_range(all->pool, worker, PICTURES, &first, &last);
    for (size_t i = first; i < last; i++) {
        bc_image image = image_of(all->pixels + 3 * i, (uint32_t)(100 - i), 70, 3);
        bc_preprocess preprocess = to_size(28, 28, 1, BC_FIT_PAD);
        (void)bc_image_fit(all->fitted[i], &image, &preprocess, NULL);
    }
}

static void threads_fit_at_once_with_the_same_result(void **state) {
    (void)state;
    static fitting one, four;
    fitting *both[] = {&one, &four};
    for (unsigned i = 0; i < 2; i++) {
        draw_numbers(both[i]->pixels, sizeof both[i]->pixels);
        assert_int_equal(bc_pool_create(&both[i]->pool, i == 0 ? 1 : 4, NULL), BC_OK);
        bc_pool_run(both[i]->pool, fit_some, both[i]);
        bc_pool_free(both[i]->pool);
    }
    assert_memory_equal(one.fitted, four.fitted, sizeof one.fitted);
}

static void normalising_takes_channels_apart(void **state) {
    (void)state;
    bc_preprocess preprocess = to_size(31, 17, 3, BC_FIT_PAD);
    for (int c = 0; c < 3; c++) {
        preprocess.mean[c] = (float)(100 + 20 * c);
        preprocess.deviation[c] = (float)(3 + c) * 12.25f;
    }
    uint8_t src[31 * 17 * 3];
    draw_numbers(src, sizeof src);
    float dst[3 * 31 * 17];
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
        preprocess.channels = channels;
        bc_image_normalise(dst, src, &preprocess);
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < 31 * 17; i++) {
                double expected = ((double)src[i * channels + c] - (double)preprocess.mean[c]) /
                                  (double)preprocess.deviation[c];
                assert_true(fabs((double)dst[c * 31 * 17 + i] - expected) < 1e-6 * (1 + fabs(expected)));
            }
    }
}

/* As numpy's mean and std of all bytes have it. */
static void a_picture_can_be_normalised_by_itself(void **state) {
    (void)state;
    enum { WIDTH = 31, HEIGHT = 17, BYTES = WIDTH * HEIGHT * 3 };
    bc_preprocess preprocess = to_size(WIDTH, HEIGHT, 3, BC_FIT_PAD);
    preprocess.normalise = BC_NORMALISE_PICTURE;
    uint8_t src[BYTES];
    float dst[BYTES];
    double sum = 0, squares = 0;
    draw_numbers(src, sizeof src);
    for (size_t i = 0; i < BYTES; i++)
        sum += src[i];
    const double mean = sum / BYTES;
    for (size_t i = 0; i < BYTES; i++)
        squares += (src[i] - mean) * (src[i] - mean);
    const double deviation = sqrt(squares / BYTES);
    bc_image_normalise(dst, src, &preprocess);
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < WIDTH * HEIGHT; i++)
            assert_true(fabs((double)dst[c * WIDTH * HEIGHT + i] - (src[i * 3 + c] - mean) / deviation) <
                        1e-5);
}

static void brightness_and_contrast_are_lost_where_a_picture_is_normalised_by_itself(void **state) {
    (void)state;
    bc_preprocess preprocess = to_size(4, 1, 1, BC_FIT_PAD);
    preprocess.normalise = BC_NORMALISE_PICTURE;
    static const uint8_t dark[] = {0, 10, 20, 30}, bright[] = {100, 140, 180, 220},
                         flat[] = {200, 200, 200, 200};
    static const uint8_t nearly_flat[] = {9, 9, 9, 10};
    float of_dark[4], of_bright[4], of_flat[4];
    bc_image_normalise(of_dark, dark, &preprocess);
    bc_image_normalise(of_bright, bright, &preprocess);
    for (size_t i = 0; i < 4; i++)
        assert_true(fabsf(of_dark[i] - of_bright[i]) < 1e-6f);
    assert_true(fabs((double)of_dark[3] - 15 / sqrt(125)) < 1e-6); /* variance (15^2 + 5^2) / 2 */
    bc_image_normalise(of_flat, flat, &preprocess);
    for (size_t i = 0; i < 4; i++)
        assert_true(of_flat[i] == 0);
    bc_image_normalise(of_flat, nearly_flat, &preprocess); /* by 1, not by the deviation of 0.43 */
    assert_true(of_flat[0] == -0.25f && of_flat[3] == 0.75f);
}

static void padding_does_not_tell_the_brightness_of_a_picture_normalised_by_itself(void **state) {
    (void)state;
    bc_preprocess preprocess = to_size(4, 4, 1, BC_FIT_PAD);
    preprocess.normalise = BC_NORMALISE_PICTURE;
    uint8_t dark[] = {0, 10, 20, 30}, bright[] = {60, 100, 140, 180}, fitted[16];
    const bc_image images[] = {{.width = 4, .height = 1, .channels = 1, .pixels = dark},
                               {.width = 4, .height = 1, .channels = 1, .pixels = bright}};
    float of[2][16];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(bc_image_fit(fitted, &images[i], &preprocess, NULL), BC_OK);
        bc_image_normalise(of[i], fitted, &preprocess);
    }
    for (size_t i = 0; i < 16; i++)
        assert_true(fabsf(of[0][i] - of[1][i]) < 1e-6f);
    assert_true(of[0][0] == 0 && of[0][15] == 0);
}

/* All of it takes a second; what takes a minute has the wrong order of work. */
static int limit_time(void **state) {
    (void)state;
    alarm(60);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_keeps_the_aspect_ratio_in_the_middle),
        cmocka_unit_test(a_picture_of_the_right_size_keeps_its_bytes),
        cmocka_unit_test(cropping_keeps_the_middle),
        cmocka_unit_test(cropping_and_resizing_go_together),
        cmocka_unit_test(stretching_fills_all),
        cmocka_unit_test(resizing_keeps_a_plain_picture_plain),
        cmocka_unit_test(shrinking_averages_instead_of_picking),
        cmocka_unit_test(enlarging_is_bilinear),
        cmocka_unit_test(resizing_follows_the_definition_to_within_one),
        cmocka_unit_test(a_very_long_picture_is_averaged),
        cmocka_unit_test(a_line_of_millions_of_pixels_is_soon_stretched_to_a_column),
        cmocka_unit_test(rgb_becomes_luma),
        cmocka_unit_test(gray_becomes_rgb_by_repetition),
        cmocka_unit_test(channels_are_converted_while_resizing),
        cmocka_unit_test(sides_that_cannot_be_are_refused),
        cmocka_unit_test(threads_fit_at_once_with_the_same_result),
        cmocka_unit_test(normalising_takes_channels_apart),
        cmocka_unit_test(a_picture_can_be_normalised_by_itself),
        cmocka_unit_test(brightness_and_contrast_are_lost_where_a_picture_is_normalised_by_itself),
        cmocka_unit_test(padding_does_not_tell_the_brightness_of_a_picture_normalised_by_itself),
    };
    return cmocka_run_group_tests(tests, limit_time, NULL);
}
