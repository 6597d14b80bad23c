/* Pictures made here, in every kind and variant, decoded and compared with the pixels they were made of. */
#define _POSIX_C_SOURCE 200809L
#include "picture_bytes.h"

#include <bclass/image.h>

#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <zlib.h>

static void add_byte(bytes *file, unsigned value) {
    uint8_t byte = (uint8_t)value;
    add(file, &byte, 1);
}

static void add_little(bytes *file, uint64_t value, int count) {
    for (int i = 0; i < count; i++)
        add_byte(file, (unsigned)(value >> (8 * i) & 0xff));
}

static void add_big(bytes *file, uint64_t value, int count) {
    for (int i = count - 1; i >= 0; i--)
        add_byte(file, (unsigned)(value >> (8 * i) & 0xff));
}

/* What all tests decode with. */
typedef struct bench {
    bc_decoder *decoder;
    bc_image image;
    bytes file;
    bc_error err;
} bench;

static int set_up(void **state) {
    bench *b = calloc(1, sizeof *b);
    *state = b;
    return b == NULL || bc_decoder_create(&b->decoder, NULL) != BC_OK;
}

static int tear_down(void **state) {
    bench *b = *state;
    bc_decoder_free(b->decoder);
    bc_image_free(&b->image);
    free(b);
    return 0;
}

/* From a block of just the right size, so that the sanitizers notice reading beyond it. */
static bc_status decode_options(bench *b, size_t size, const bc_decode_options *options) {
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, b->file.data, size);
    bc_status status = bc_decoder_decode(&b->image, b->decoder, copy, size, "x.pic", options, &b->err);
    free(copy);
    return status;
}

static bc_status decode_prefix(bench *b, size_t size) {
    return decode_options(b, size, &(bc_decode_options){0});
}

static void decode(bench *b, uint32_t width, uint32_t height, uint32_t channels) {
    if (decode_prefix(b, b->file.size) != BC_OK)
        fail_msg("%s", b->err.message);
    assert_int_equal(b->image.width, width);
    assert_int_equal(b->image.height, height);
    assert_int_equal(b->image.channels, channels);
    bc_image_info info;
    assert_int_equal(bc_image_look(&info, b->file.data, b->file.size, "x.pic", &b->err), BC_OK);
    assert_int_equal(info.width, width);
    assert_int_equal(info.height, height);
    assert_int_equal(info.channels, channels);
}

static void assert_pixels(const bench *b, const uint8_t *expected) {
    assert_memory_equal(b->image.pixels, expected,
                        (size_t)b->image.width * b->image.height * b->image.channels);
}

static void assert_refused(bench *b, size_t size, bc_status expected) {
    bc_status status = decode_prefix(b, size);
    if (status != expected)
        fail_msg("status %d for %zu of %zu bytes", status, size, b->file.size);
    assert_int_equal(strncmp(b->err.message, "x.pic: ", 7), 0);
    assert_int_equal(b->image.width, 0);
}

/* ---- PNG ---- */

static void write_bytes(png_structp png, png_bytep data, size_t size) {
    add(png_get_io_ptr(png), data, size);
}

static void no_flush(png_structp png) {
    (void)png;
}

typedef struct png_recipe {
    uint32_t width, height;
    int bits, colour_type, interlace;
    const png_color *palette;
    int colours;
    const uint8_t *alphas; /* of the first palette entries */
    int alpha_count;
    const png_color_16 *transparent;
    double gamma;
    const char *extra_type; /* one more chunk before the pixels */
    const uint8_t *extra;
    size_t extra_size;
} png_recipe;

/* rows: as PNG packs them, each beginning in a new byte. */
static void make_png(bytes *file, const png_recipe *recipe, const uint8_t *rows) {
    file->size = 0;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    assert_non_null(info);
    if (setjmp(png_jmpbuf(png)))
        fail_msg("libpng cannot write this");
    png_set_write_fn(png, file, write_bytes, no_flush);
    png_set_IHDR(png, info, recipe->width, recipe->height, recipe->bits, recipe->colour_type,
                 recipe->interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (recipe->palette != NULL)
        png_set_PLTE(png, info, recipe->palette, recipe->colours);
    if (recipe->alphas != NULL || recipe->transparent != NULL)
        png_set_tRNS(png, info, recipe->alphas, recipe->alpha_count, recipe->transparent);
    if (recipe->gamma > 0)
        png_set_gAMA(png, info, recipe->gamma);
    png_write_info(png, info);
    if (recipe->extra_type != NULL)
        png_write_chunk(png, (png_const_bytep)recipe->extra_type, recipe->extra, recipe->extra_size);
    int passes = png_set_interlace_handling(png);
    size_t row_bytes = png_get_rowbytes(png, info);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < recipe->height; y++)
            png_write_row(png, rows + y * row_bytes);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

/* Samples of n bits are stretched to 0..255 (PNG specification, sample depth scaling). */
static void png_gray_of_1_2_and_4_bits_is_stretched_to_bytes(void **state) {
    bench *b = *state;
    png_recipe recipe = {.width = 4, .height = 2, .bits = 1, .colour_type = PNG_COLOR_TYPE_GRAY};
    make_png(&b->file, &recipe, (const uint8_t[]){0x50, 0xa0});
    decode(b, 4, 2, 1);
    assert_pixels(b, (const uint8_t[]){0, 255, 0, 255, 255, 0, 255, 0});
    recipe.bits = 2;
    make_png(&b->file, &recipe, (const uint8_t[]){0x1b, 0xe4});
    decode(b, 4, 2, 1);
    assert_pixels(b, (const uint8_t[]){0, 85, 170, 255, 255, 170, 85, 0});
    recipe.bits = 4;
    make_png(&b->file, &recipe, (const uint8_t[]){0x01, 0x2f, 0x78, 0xe0});
    decode(b, 4, 2, 1);
    assert_pixels(b, (const uint8_t[]){0, 17, 34, 255, 119, 136, 238, 0});
}

static void png_of_8_bits_keeps_its_bytes(void **state) {
    bench *b = *state;
    uint8_t pixels[28 * 28 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i / 7);
    png_recipe recipe = {.width = 28, .height = 28, .bits = 8, .colour_type = PNG_COLOR_TYPE_GRAY};
    make_png(&b->file, &recipe, pixels);
    decode(b, 28, 28, 1);
    assert_pixels(b, pixels);
    recipe.colour_type = PNG_COLOR_TYPE_RGB;
    recipe.gamma = 0.25; /* not applied */
    make_png(&b->file, &recipe, pixels);
    decode(b, 28, 28, 3);
    assert_pixels(b, pixels);
}

/* round(v / 257) */
static void png_of_16_bits_is_rounded_to_8(void **state) {
    bench *b = *state;
    png_recipe recipe = {.width = 3, .height = 2, .bits = 16, .colour_type = PNG_COLOR_TYPE_GRAY};
    make_png(&b->file, &recipe, (const uint8_t[]){0, 0, 0, 128, 0, 129, 0x80, 0x80, 0xff, 0x7e, 0xff, 0xff});
    decode(b, 3, 2, 1);
    assert_pixels(b, (const uint8_t[]){0, 0, 1, 128, 254, 255});
}

static const png_color COLOURS[] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {10, 20, 30}};

static void png_palette_becomes_rgb(void **state) {
    bench *b = *state;
    png_recipe recipe = {.width = 4,
                         .height = 1,
                         .bits = 2,
                         .colour_type = PNG_COLOR_TYPE_PALETTE,
                         .palette = COLOURS,
                         .colours = 4};
    make_png(&b->file, &recipe, (const uint8_t[]){0x1b});
    decode(b, 4, 1, 3);
    assert_pixels(b, (const uint8_t[]){255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30});
}

/* value x alpha + 255 x (1 - alpha), rounded, worked out by hand */
static void png_alpha_is_laid_over_white(void **state) {
    bench *b = *state;
    png_recipe recipe = {.width = 4,
                         .height = 1,
                         .bits = 8,
                         .colour_type = PNG_COLOR_TYPE_PALETTE,
                         .palette = COLOURS,
                         .colours = 4,
                         .alphas = (const uint8_t[]){0, 51, 255},
                         .alpha_count = 3};
    make_png(&b->file, &recipe, (const uint8_t[]){0, 1, 2, 3});
    decode(b, 4, 1, 3);
    assert_pixels(b, (const uint8_t[]){255, 255, 255, 204, 255, 204, 0, 0, 255, 10, 20, 30});

    recipe = (png_recipe){.width = 3, .height = 1, .bits = 8, .colour_type = PNG_COLOR_TYPE_GRAY_ALPHA};
    make_png(&b->file, &recipe, (const uint8_t[]){0, 0, 100, 255, 100, 128});
    decode(b, 3, 1, 1);
    assert_pixels(b, (const uint8_t[]){255, 100, 177});

    recipe.colour_type = PNG_COLOR_TYPE_RGB_ALPHA;
    make_png(&b->file, &recipe, (const uint8_t[]){1, 2, 3, 0, 1, 2, 3, 255, 0, 100, 255, 64});
    decode(b, 3, 1, 3);
    assert_pixels(b, (const uint8_t[]){255, 255, 255, 1, 2, 3, 191, 216, 255});

    recipe = (png_recipe){.width = 2, .height = 1, .bits = 16, .colour_type = PNG_COLOR_TYPE_GRAY_ALPHA};
    make_png(&b->file, &recipe, (const uint8_t[]){0, 0, 0x33, 0x33, 0x80, 0x80, 0xff, 0xff});
    decode(b, 2, 1, 1);
    assert_pixels(b, (const uint8_t[]){204, 128});
}

static void png_transparent_colour_becomes_white(void **state) {
    bench *b = *state;
    png_recipe recipe = {.width = 4,
                         .height = 1,
                         .bits = 2,
                         .colour_type = PNG_COLOR_TYPE_GRAY,
                         .transparent = &(const png_color_16){.gray = 1}};
    make_png(&b->file, &recipe, (const uint8_t[]){0x1b});
    decode(b, 4, 1, 1);
    assert_pixels(b, (const uint8_t[]){0, 255, 170, 255});
    recipe = (png_recipe){.width = 2,
                          .height = 1,
                          .bits = 8,
                          .colour_type = PNG_COLOR_TYPE_RGB,
                          .transparent = &(const png_color_16){.red = 1, .green = 2, .blue = 3}};
    make_png(&b->file, &recipe, (const uint8_t[]){1, 2, 3, 1, 2, 4});
    decode(b, 2, 1, 3);
    assert_pixels(b, (const uint8_t[]){255, 255, 255, 1, 2, 4});
}

static void png_interlaced_gives_the_same_pixels(void **state) {
    bench *b = *state;
    uint8_t pixels[9 * 9 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 37);
    for (uint32_t width = 1; width <= 9; width++)
        for (uint32_t height = 1; height <= 9; height++) {
            png_recipe recipe = {.width = width,
                                 .height = height,
                                 .bits = 8,
                                 .colour_type = PNG_COLOR_TYPE_RGB,
                                 .interlace = PNG_INTERLACE_ADAM7};
            make_png(&b->file, &recipe, pixels);
            decode(b, width, height, 3);
            assert_pixels(b, pixels);
        }
}

/* The smallest EXIF block with an orientation: TIFF header, one directory, one entry (TIFF 6.0). */
static void make_exif(bytes *exif, bool little, unsigned orientation) {
    void (*put)(bytes *, uint64_t, int) = little ? add_little : add_big;
    exif->size = 0;
    add(exif, little ? "II" : "MM", 2);
    put(exif, 42, 2);
    put(exif, 8, 4);
    put(exif, 1, 2);
    put(exif, 0x0112, 2);
    put(exif, 3, 2);
    put(exif, 1, 4);
    put(exif, orientation, 2);
    put(exif, 0, 2);
    put(exif, 0, 4);
}

static void png_orientation_is_applied(void **state) {
    bench *b = *state;
    static bytes exif;
    make_exif(&exif, true, 6);
    png_recipe recipe = {.width = 3,
                         .height = 2,
                         .bits = 8,
                         .colour_type = PNG_COLOR_TYPE_GRAY,
                         .extra_type = "eXIf",
                         .extra = exif.data,
                         .extra_size = exif.size};
    make_png(&b->file, &recipe, (const uint8_t[]){1, 2, 3, 4, 5, 6});
    decode(b, 2, 3, 1);
    assert_pixels(b, (const uint8_t[]){4, 1, 5, 2, 6, 3});
}

static void png_cut_anywhere_is_refused(void **state) {
    bench *b = *state;
    uint8_t pixels[16 * 16];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i * 31 >> 3);
    png_recipe recipe = {.width = 16, .height = 16, .bits = 8, .colour_type = PNG_COLOR_TYPE_GRAY};
    for (int interlace = 0; interlace < 2; interlace++) {
        recipe.interlace = interlace;
        make_png(&b->file, &recipe, pixels);
        for (size_t size = 0; size < b->file.size; size++)
            assert_refused(b, size, BC_ERROR_FORMAT);
        decode(b, 16, 16, 1);
        assert_pixels(b, pixels);
    }
}

/* A chunk of zeros behind the pixels of a small picture. It may hold a thousand times as much, once it is
 * unpacked. */
static void png_with_far_more_data_than_pixels_is_refused(void **state) {
    bench *b = *state;
    enum { SURPLUS = 1 << 20, END = 12 /* bytes of the last chunk */ };
    for (int interlace = PNG_INTERLACE_NONE; interlace <= PNG_INTERLACE_ADAM7; interlace++) {
        const png_recipe recipe = {.width = 2, .height = 1, .bits = 8, .interlace = interlace};
        make_png(&b->file, &recipe, (const uint8_t[]){1, 2});
        const size_t end = b->file.size - END;
        uint8_t *file = calloc(1, end + 12 + SURPLUS + END);
        assert_non_null(file);
        memcpy(file, b->file.data, end);
        memcpy(file + end, (const uint8_t[]){0, SURPLUS >> 16, 0, 0, 'I', 'D', 'A', 'T'}, 8);
        const uLong sum = crc32(0, file + end + 4, 4 + SURPLUS);
        for (int i = 0; i < 4; i++)
            file[end + 8 + SURPLUS + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        memcpy(file + end + 12 + SURPLUS, b->file.data + end, END);
        assert_int_equal(bc_decoder_decode(&b->image, b->decoder, file, end + 12 + SURPLUS + END, "x.pic",
                                           &(bc_decode_options){0}, &b->err),
                         BC_ERROR_FORMAT);
        assert_string_equal(b->err.message, "x.pic: damaged PNG picture: it has far more data than pixels");
        free(file);
    }
}

static void png_with_one_wrong_byte_in_its_pixels_is_refused(void **state) {
    bench *b = *state;
    uint8_t pixels[16 * 16] = {1, 2, 3};
    png_recipe recipe = {.width = 16, .height = 16, .bits = 8, .colour_type = PNG_COLOR_TYPE_GRAY};
    make_png(&b->file, &recipe, pixels);
    b->file.data[8 + 25 + 8 + 5] ^= 4; /* signature, IHDR, begin of IDAT */
    assert_refused(b, b->file.size, BC_ERROR_FORMAT);
    assert_non_null(strstr(b->err.message, "damaged PNG"));
}

/* ---- JPEG ---- */

static void make_jpeg(bytes *file, const uint8_t *pixels, int width, int height, int format, int subsampling,
                      int quality, int flags) {
    tjhandle compressor = tjInitCompress();
    assert_non_null(compressor);
    uint8_t *data = NULL;
    unsigned long size = 0;
    if (tjCompress2(compressor, pixels, width, 0, height, format, &data, &size, subsampling, quality,
                    flags) != 0)
        fail_msg("%s", tjGetErrorStr2(compressor));
    file->size = 0;
    add(file, data, size);
    tjFree(data);
    tjDestroy(compressor);
}

/* Puts a segment right behind the start marker. */
static void insert_segment(bytes *file, unsigned marker, const char *begin, size_t begin_size,
                           const bytes *content) {
    static bytes old;
    old = *file;
    file->size = 0;
    add(file, old.data, 2);
    add_byte(file, 0xff);
    add_byte(file, marker);
    add_big(file, (uint32_t)(2 + begin_size + content->size), 2);
    add(file, begin, begin_size);
    add(file, content->data, content->size);
    add(file, old.data + 2, old.size - 2);
}

enum { QUARTERS = 4 };
static const uint8_t QUARTER_COLOURS[QUARTERS][3] = {
    {200, 40, 40}, {40, 200, 40}, {40, 40, 200}, {220, 220, 60}};

/* Quarters A B / C D of different colours, so that each of the eight orientations looks different. */
static void draw_quarters(uint8_t *pixels, int width, int height) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(pixels + 3 * (y * width + x), QUARTER_COLOURS[(y >= height / 2) * 2 + (x >= width / 2)],
                   3);
}

static void assert_quarters(const bc_image *image, const char *expected) {
    for (uint32_t i = 0; i < QUARTERS; i++) {
        uint32_t x = image->width * (1 + 2 * (i % 2)) / 4, y = image->height * (1 + 2 * (i / 2)) / 4;
        const uint8_t *pixel = image->pixels + 3 * ((size_t)y * image->width + x);
        const uint8_t *colour = QUARTER_COLOURS[expected[i] - 'A'];
        for (int c = 0; c < 3; c++)
            assert_in_range(pixel[c] + 8, colour[c], colour[c] + 16);
    }
}

/* What the first stored row and column are in the upright picture (EXIF 2.3, table of the orientation tag):
 * top left, top right, bottom right, bottom left, left top, right top, right bottom, left bottom. */
static const char *const UPRIGHT[9] = {"ABCD", "ABCD", "BADC", "DCBA", "CDAB",
                                       "ACBD", "CADB", "DBCA", "BDAC"};

static void make_turned_jpeg(bytes *file, int width, int height, bool little, unsigned orientation) {
    static uint8_t pixels[512 * 512 * 3];
    static bytes exif;
    draw_quarters(pixels, width, height);
    make_jpeg(file, pixels, width, height, TJPF_RGB, TJSAMP_444, 95, 0);
    make_exif(&exif, little, orientation);
    insert_segment(file, 0xe1, "Exif\0", 6, &exif);
}

static void jpeg_of_each_orientation_comes_out_upright(void **state) {
    bench *b = *state;
    for (unsigned orientation = 1; orientation <= 8; orientation++)
        for (int little = 0; little < 2; little++) {
            make_turned_jpeg(&b->file, 48, 80, little, orientation);
            bool swap = orientation >= 5;
            decode(b, swap ? 80 : 48, swap ? 48 : 80, 3);
            assert_quarters(&b->image, UPRIGHT[orientation]);
        }
}

static void orientations_that_do_not_exist_are_ignored(void **state) {
    bench *b = *state;
    static const unsigned wrong[] = {0, 9, 65535};
    for (int i = 0; i < 3; i++) {
        make_turned_jpeg(&b->file, 48, 80, false, wrong[i]);
        decode(b, 48, 80, 3);
        assert_quarters(&b->image, "ABCD");
    }
    memset(b->file.data + 6, 0xff, 30); /* the segment, destroyed */
    decode(b, 48, 80, 3);
}

/* Reduced, never smaller than it will be shown, and no more than twice as large plus a pixel when that can
 * be. */
static void a_large_jpeg_is_reduced_but_not_below_what_is_wanted(void **state) {
    bench *b = *state;
    static const struct {
        bc_fit fit;
        uint32_t wanted_width, wanted_height, least_width, least_height; /* least: of the upright 500 x 200 */
        uint32_t width, height;                                          /* expected: 1, 1/2, 1/4 or 1/8 */
    } cases[] = {
        {BC_FIT_PAD, 64, 64, 64, 26, 125, 50},      {BC_FIT_PAD, 32, 100, 32, 13, 63, 25},
        {BC_FIT_CROP, 64, 64, 160, 64, 250, 100},   {BC_FIT_CROP, 25, 25, 63, 25, 63, 25},
        {BC_FIT_STRETCH, 64, 64, 64, 64, 250, 100}, {BC_FIT_STRETCH, 63, 26, 63, 26, 125, 50},
        {BC_FIT_STRETCH, 26, 63, 26, 63, 250, 100}, {BC_FIT_PAD, 400, 400, 400, 160, 500, 200},
        {BC_FIT_PAD, 900, 900, 500, 200, 500, 200}, {BC_FIT_PAD, 64, 0, 500, 200, 500, 200},
    };
    for (unsigned orientation = 1; orientation <= 8; orientation++) {
        bool swap = orientation >= 5;
        make_turned_jpeg(&b->file, swap ? 200 : 500, swap ? 500 : 200, false, orientation);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            bc_decode_options options = {.wanted_width = cases[i].wanted_width,
                                         .wanted_height = cases[i].wanted_height,
                                         .fit = cases[i].fit};
            assert_int_equal(decode_options(b, b->file.size, &options), BC_OK);
            assert_true(b->image.width >= cases[i].least_width && b->image.height >= cases[i].least_height);
            assert_int_equal(b->image.width, cases[i].width);
            assert_int_equal(b->image.height, cases[i].height);
            assert_quarters(&b->image, UPRIGHT[orientation]);
        }
    }
}

static void draw_gradient(uint8_t *pixels, int width, int height, int channels) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                pixels[(y * width + x) * channels + c] = (uint8_t)(60 + 2 * x + (c - 1) * y);
}

static void assert_close(const bench *b, const uint8_t *expected, int tolerance) {
    size_t count = (size_t)b->image.width * b->image.height * b->image.channels;
    for (size_t i = 0; i < count; i++)
        if (abs(b->image.pixels[i] - expected[i]) > tolerance)
            fail_msg("%d for %d at %zu", b->image.pixels[i], expected[i], i);
}

static void jpeg_of_each_subsampling_comes_out_right(void **state) {
    bench *b = *state;
    static const int subsamplings[] = {TJSAMP_444, TJSAMP_422, TJSAMP_420, TJSAMP_440, TJSAMP_411};
    uint8_t pixels[37 * 29 * 3];
    draw_gradient(pixels, 37, 29, 3);
    for (size_t i = 0; i < sizeof subsamplings / sizeof subsamplings[0]; i++)
        for (int progressive = 0; progressive < 2; progressive++) {
            make_jpeg(&b->file, pixels, 37, 29, TJPF_RGB, subsamplings[i], 100,
                      progressive ? TJFLAG_PROGRESSIVE : 0);
            decode(b, 37, 29, 3);
            assert_close(b, pixels, 8);
        }
}

static void gray_jpeg_stays_gray(void **state) {
    bench *b = *state;
    uint8_t pixels[37 * 29];
    draw_gradient(pixels, 37, 29, 1);
    make_jpeg(&b->file, pixels, 37, 29, TJPF_GRAY, TJSAMP_GRAY, 100, 0);
    decode(b, 37, 29, 1);
    assert_close(b, pixels, 2);
}

/* Where the segment with this marker begins. */
static size_t find_segment(const bytes *file, unsigned marker) {
    size_t at = 2;
    while (at + 4 <= file->size && file->data[at] == 0xff && file->data[at + 1] != marker)
        at += 2 + (size_t)(file->data[at + 2] << 8 | file->data[at + 3]);
    assert_true(at + 4 <= file->size && file->data[at + 1] == marker);
    return at;
}

static void remove_bytes(bytes *file, size_t at, size_t count) {
    memmove(file->data + at, file->data + at + count, file->size - at - count);
    file->size -= count;
}

static void insert_bytes(bytes *file, size_t at, const void *data, size_t count) {
    assert_true(file->size + count <= sizeof file->data);
    memmove(file->data + at + count, file->data + at, file->size - at);
    memcpy(file->data + at, data, count);
    file->size += count;
}

/* Four inks as light that is left: with Adobe's mark 255 is no ink. RGB = light of the ink x light of black.
 */
static void cmyk_jpeg_with_adobe_mark_is_inverted(void **state) {
    bench *b = *state;
    static const struct {
        uint8_t light[4], rgb[3];
    } cases[] = {{{255, 255, 255, 255}, {255, 255, 255}},
                 {{255, 0, 0, 255}, {255, 0, 0}},
                 {{0, 255, 255, 255}, {0, 255, 255}},
                 {{255, 255, 255, 0}, {0, 0, 0}},
                 {{200, 100, 50, 128}, {100, 50, 25}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t pixels[16 * 16 * 4], expected[16 * 16 * 3];
        for (size_t p = 0; p < 16 * 16; p++) {
            memcpy(pixels + 4 * p, cases[i].light, 4);
            memcpy(expected + 3 * p, cases[i].rgb, 3);
        }
        make_jpeg(&b->file, pixels, 16, 16, TJPF_CMYK, TJSAMP_444, 100, 0);
        (void)find_segment(&b->file, 0xee);
        decode(b, 16, 16, 3);
        assert_close(b, expected, 3);
    }
}

/* Without the mark the four components are plain inks. The file was written as YCCK: black light 0,0,0 is
 * Y 0, Cb 128, Cr 128, read here as 0, 128, 128 and no black: RGB 255, 127, 127. */
static void cmyk_jpeg_without_adobe_mark_is_plain_ink(void **state) {
    bench *b = *state;
    uint8_t pixels[16 * 16 * 4], expected[16 * 16 * 3];
    for (size_t p = 0; p < 16 * 16; p++) {
        memcpy(pixels + 4 * p, (const uint8_t[]){255, 255, 255, 0}, 4);
        memcpy(expected + 3 * p, (const uint8_t[]){255, 127, 127}, 3);
    }
    make_jpeg(&b->file, pixels, 16, 16, TJPF_CMYK, TJSAMP_444, 100, 0);
    size_t at = find_segment(&b->file, 0xee);
    remove_bytes(&b->file, at, 2 + (size_t)(b->file.data[at + 2] << 8 | b->file.data[at + 3]));
    decode(b, 16, 16, 3);
    assert_close(b, expected, 3);
}

static void jpeg_without_pixels_is_refused(void **state) {
    bench *b = *state;
    uint8_t pixels[16 * 16];
    memset(pixels, 100, sizeof pixels);
    make_jpeg(&b->file, pixels, 16, 16, TJPF_GRAY, TJSAMP_GRAY, 90, 0);
    const size_t frame = find_segment(&b->file, 0xc0);
    for (size_t at = frame + 5; at <= frame + 7; at += 2) { /* height; width */
        memset(b->file.data + at, 0, 2);
        assert_refused(b, b->file.size, BC_ERROR_FORMAT);
        assert_string_equal(b->err.message, "x.pic: damaged JPEG picture: it has no pixels");
        b->file.data[at + 1] = 16;
    }
    decode(b, 16, 16, 1);
}

static void jpeg_cut_anywhere_is_refused(void **state) {
    bench *b = *state;
    uint8_t pixels[24 * 24 * 3];
    draw_gradient(pixels, 24, 24, 3);
    static const struct {
        int format, subsampling, flags;
    } kinds[] = {
        {TJPF_RGB, TJSAMP_420, 0}, {TJPF_RGB, TJSAMP_444, TJFLAG_PROGRESSIVE}, {TJPF_GRAY, TJSAMP_GRAY, 0}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        make_jpeg(&b->file, pixels, 24, 24, kinds[i].format, kinds[i].subsampling, 90, kinds[i].flags);
        for (size_t size = 0; size < b->file.size; size++)
            assert_refused(b, size, BC_ERROR_FORMAT);
        assert_int_equal(decode_prefix(b, b->file.size), BC_OK);
    }
}

static void jpeg_with_stray_bytes_between_segments_is_fine_unless_cut(void **state) {
    bench *b = *state;
    uint8_t pixels[24 * 24 * 3];
    draw_gradient(pixels, 24, 24, 3);
    make_jpeg(&b->file, pixels, 24, 24, TJPF_RGB, TJSAMP_444, 100, 0);
    insert_bytes(&b->file, find_segment(&b->file, 0xda), "\1\2\3", 3);
    decode(b, 24, 24, 3);
    assert_close(b, pixels, 8);
    for (size_t size = 0; size < b->file.size; size++)
        assert_refused(b, size, BC_ERROR_FORMAT);
}

/* The last scan once more and once more: still a picture, but one that takes time without end. */
static void progressive_jpeg_of_very_many_scans_is_refused(void **state) {
    bench *b = *state;
    uint8_t pixels[24 * 24];
    draw_gradient(pixels, 24, 24, 1);
    make_jpeg(&b->file, pixels, 24, 24, TJPF_GRAY, TJSAMP_GRAY, 90, TJFLAG_PROGRESSIVE);
    size_t end = b->file.size - 2, begin = end;
    while (b->file.data[begin] != 0xff || b->file.data[begin + 1] != 0xda)
        begin--;
    static uint8_t scan[1024];
    assert_true(end - begin <= sizeof scan);
    memcpy(scan, b->file.data + begin, end - begin);
    for (int i = 0; i < 600; i++)
        insert_bytes(&b->file, b->file.size - 2, scan, end - begin);
    assert_refused(b, b->file.size, BC_ERROR_FORMAT);
    assert_non_null(strstr(b->err.message, "scans"));
}

/* Every beginning of a file tells of the picture what the whole file tells, or nothing. */
static void the_start_of_a_file_tells_the_same_or_fails(void **state) {
    bench *b = *state;
    uint8_t pixels[24 * 24 * 3];
    draw_gradient(pixels, 24, 24, 3);
    for (int kind = 0; kind < 2; kind++) {
        png_recipe recipe = {.width = 24, .height = 24, .bits = 8, .colour_type = PNG_COLOR_TYPE_RGB};
        if (kind == 0)
            make_png(&b->file, &recipe, pixels);
        else
            make_turned_jpeg(&b->file, 32, 48, true, 6);
        bc_image_info whole, start;
        assert_int_equal(bc_image_look(&whole, b->file.data, b->file.size, "x", NULL), BC_OK);
        size_t told = 0;
        for (size_t size = 0; size < b->file.size; size++)
            if (bc_image_look(&start, b->file.data, size, "x", NULL) == BC_OK) {
                assert_memory_equal(&start, &whole, sizeof whole);
                told++;
            }
        assert_true(told > b->file.size / 2);
    }
}

static void bytes_after_the_picture_do_not_matter(void **state) {
    bench *b = *state;
    uint8_t pixels[24 * 24 * 3];
    draw_gradient(pixels, 24, 24, 3);
    make_jpeg(&b->file, pixels, 24, 24, TJPF_RGB, TJSAMP_444, 100, 0);
    add(&b->file, "more", 4);
    decode(b, 24, 24, 3);
    png_recipe recipe = {.width = 24, .height = 24, .bits = 8, .colour_type = PNG_COLOR_TYPE_RGB};
    make_png(&b->file, &recipe, pixels);
    add(&b->file, "more", 4);
    decode(b, 24, 24, 3);
}

/* ---- the other kinds ---- */

static void make_bmp_header(bytes *file, int32_t width, int32_t height, unsigned bits, unsigned colours) {
    file->size = 0;
    add(file, "BM", 2);
    add_little(file, 0, 8);
    add_little(file, 54 + 4 * colours, 4);
    add_little(file, 40, 4);
    add_little(file, (uint32_t)width, 4);
    add_little(file, (uint32_t)height, 4);
    add_little(file, 1, 2);
    add_little(file, bits, 2);
    for (int i = 0; i < 4; i++)
        add_little(file, 0, 4);
    add_little(file, colours, 4);
    add_little(file, 0, 4);
}

static void bmp_of_24_bits_is_stored_from_the_bottom(void **state) {
    bench *b = *state;
    make_bmp_header(&b->file, 3, 2, 24, 0);
    add(&b->file, "\1\2\3\4\5\6\7\10\11\0\0\0", 12);
    add(&b->file, "\12\13\14\15\16\17\20\21\22\0\0\0", 12);
    decode(b, 3, 2, 3);
    assert_pixels(b, (const uint8_t[]){12, 11, 10, 15, 14, 13, 18, 17, 16, 3, 2, 1, 6, 5, 4, 9, 8, 7});
    for (size_t size = 2; size < b->file.size - 3; size++) /* the padding of the last row is not needed */
        assert_refused(b, size, BC_ERROR_FORMAT);
}

static void bmp_with_palette_may_be_stored_from_the_top(void **state) {
    bench *b = *state;
    make_bmp_header(&b->file, 2, -2, 8, 3);
    add(&b->file, "\1\2\3\0\4\5\6\0\7\10\11\0", 12);
    add(&b->file, "\0\1\0\0\2\1\0\0", 8);
    decode(b, 2, 2, 3);
    assert_pixels(b, (const uint8_t[]){3, 2, 1, 6, 5, 4, 9, 8, 7, 6, 5, 4});
    b->file.data[b->file.size - 4] = 3; /* a colour that is not there */
    assert_refused(b, b->file.size, BC_ERROR_FORMAT);
}

/* Bytes 28 and 29 are pixels here: taken for the bits a pixel of the newer header, they would ask for a
 * palette. */
static void bmp_with_the_os2_header_has_pixels_where_others_have_depth(void **state) {
    bench *b = *state;
    b->file.size = 0;
    add(&b->file, "BM", 2);
    add_little(&b->file, 34, 4);
    add_little(&b->file, 0, 4);
    add_little(&b->file, 26, 4);
    add_little(&b->file, 12, 4);
    add_little(&b->file, 2, 2);
    add_little(&b->file, 1, 2);
    add_little(&b->file, 1, 2);
    add_little(&b->file, 24, 2);
    add(&b->file, "\1\2\10\0\5\6\0\0", 8);
    decode(b, 2, 1, 3);
    assert_pixels(b, (const uint8_t[]){8, 2, 1, 6, 5, 0});
}

static void bmp_with_run_lengths_says_so(void **state) {
    bench *b = *state;
    make_bmp_header(&b->file, 2, 2, 8, 3);
    b->file.data[30] = 1;
    add(&b->file, "\1\2\3\0\4\5\6\0\7\10\11\0\0\1", 14);
    assert_refused(b, b->file.size, BC_ERROR_FORMAT);
    assert_string_equal(b->err.message, "x.pic: BMP pictures with run lengths are not supported");
}

/* One frame of codes that all have 3 bits: a clear code before every second pixel keeps the table small. */
static void add_gif_frame(bytes *file, unsigned width, unsigned height, int transparent,
                          const uint8_t *indices) {
    if (transparent >= 0) {
        add(file, "\x21\xf9\4\1\0\0", 6);
        add_byte(file, (unsigned)transparent);
        add_byte(file, 0);
    }
    add_byte(file, 0x2c);
    add_little(file, 0, 4);
    add_little(file, width, 2);
    add_little(file, height, 2);
    add_byte(file, 0);
    add_byte(file, 2);
    uint8_t codes[256] = {0};
    unsigned bit = 0;
    for (unsigned i = 0; i <= width * height; i++) {
        unsigned pair[2] = {4, i < width * height ? indices[i] : 5}; /* clear; pixel or end */
        for (unsigned k = i % 2 == 0 ? 0 : 1; k < 2; k++, bit += 3)
            for (unsigned n = 0; n < 3; n++)
                codes[(bit + n) / 8] |= (uint8_t)((pair[k] >> n & 1) << (bit + n) % 8);
    }
    unsigned size = (bit + 7) / 8;
    add_byte(file, size);
    add(file, codes, size);
    add_byte(file, 0);
}

static void make_gif(bytes *file, unsigned width, unsigned height) {
    file->size = 0;
    add(file, "GIF89a", 6);
    add_little(file, width, 2);
    add_little(file, height, 2);
    add(file, "\x81\0\0", 3); /* four colours */
    add(file, "\377\0\0\0\377\0\0\0\377\12\24\36", 12);
}

static void gif_gives_its_first_frame_over_white(void **state) {
    bench *b = *state;
    make_gif(&b->file, 3, 2);
    add_gif_frame(&b->file, 3, 2, 1, (const uint8_t[]){0, 1, 2, 3, 2, 0});
    size_t first_end = b->file.size;
    add_gif_frame(&b->file, 3, 2, -1, (const uint8_t[]){3, 3, 3, 3, 3, 3});
    add_byte(&b->file, 0x3b);
    decode(b, 3, 2, 3);
    assert_pixels(b,
                  (const uint8_t[]){255, 0, 0, 255, 255, 255, 0, 0, 255, 10, 20, 30, 0, 0, 255, 255, 0, 0});
    for (size_t size = 0; size < first_end; size++)
        assert_refused(b, size, BC_ERROR_FORMAT);
}

/* The same two rows of the formats of Netpbm's manual pages pbm, pgm and ppm. */
static void pnm_of_every_type_comes_out_right(void **state) {
    bench *b = *state;
    static const struct {
        const char *text;
        size_t size;
        uint32_t channels;
        uint8_t expected[12];
    } cases[] = {
#define FILE_TEXT(text) text, sizeof text - 1
        {FILE_TEXT("P1\n# a comment\n2 2\n10\n0 1\n"), 1, {0, 255, 255, 0}},
        {FILE_TEXT("P2 2 2 3 0 1\n2 3"), 1, {0, 85, 170, 255}},
        {FILE_TEXT("P3\n2 2\n255\n1 2 3  4 5 6\n7 8 9  10 11 12\n"),
         3,
         {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
        {FILE_TEXT("P4\n2 2\n\x80\x40"), 1, {0, 255, 255, 0}},
        {FILE_TEXT("P5 2 2 # comment\n 255\n\0\1\376\377"), 1, {0, 1, 254, 255}},
        {FILE_TEXT("P5 2 2 65535\n\0\0\0\201\200\200\377\377"), 1, {0, 1, 128, 255}},
        {FILE_TEXT("P5 2 2 100\n\0\62\144\310"), 1, {0, 128, 255, 255}},
        {FILE_TEXT("P6\n2 2\n255\n\1\2\3\4\5\6\7\10\11\12\13\14"),
         3,
         {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
#undef FILE_TEXT
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        b->file.size = 0;
        add(&b->file, cases[i].text, cases[i].size);
        decode(b, 2, 2, cases[i].channels);
        assert_pixels(b, cases[i].expected);
        assert_refused(b, b->file.size - 4, BC_ERROR_FORMAT);
    }
}

static void make_tga(bytes *file, unsigned type, unsigned bits, unsigned descriptor) {
    file->size = 0;
    add_little(file, type << 16, 4);
    add_little(file, 0, 8);
    add_little(file, 2, 2);
    add_little(file, 2, 2);
    add_byte(file, bits);
    add_byte(file, descriptor);
}

static void tga_of_each_corner_comes_out_upright(void **state) {
    bench *b = *state;
    static const struct {
        unsigned descriptor;
        uint8_t expected[4];
    } corners[] = {{0x00, {3, 4, 1, 2}}, {0x10, {4, 3, 2, 1}}, {0x20, {1, 2, 3, 4}}, {0x30, {2, 1, 4, 3}}};
    for (int i = 0; i < 4; i++) {
        make_tga(&b->file, 3, 8, corners[i].descriptor);
        add(&b->file, "\1\2\3\4", 4);
        decode(b, 2, 2, 1);
        assert_pixels(b, corners[i].expected);
    }
}

static void tga_takes_the_fourth_byte_for_alpha_only_when_told(void **state) {
    bench *b = *state;
    for (unsigned alpha_bits = 0; alpha_bits <= 8; alpha_bits += 8) {
        make_tga(&b->file, 2, 32, 0x20 | alpha_bits);
        add(&b->file, "\1\2\3\0\4\5\6\377\7\10\11\0\12\13\14\377", 16);
        decode(b, 2, 2, 3);
        if (alpha_bits == 0)
            assert_pixels(b, (const uint8_t[]){3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10});
        else
            assert_pixels(b, (const uint8_t[]){255, 255, 255, 6, 5, 4, 255, 255, 255, 12, 11, 10});
        assert_refused(b, b->file.size - 1, BC_ERROR_FORMAT);
    }
}

/* 2 x 1 pixels; what follows is the data. */
static void make_psd(bytes *file, unsigned channels, unsigned bits, unsigned mode, unsigned method) {
    file->size = 0;
    add(file, "8BPS\0\1\0\0\0\0\0\0", 12);
    add_big(file, channels, 2);
    add_big(file, 1, 4);
    add_big(file, 2, 4);
    add_big(file, bits, 2);
    add_big(file, mode, 2);
    add(file, "\0\0\0\0\0\0\0\3xyz\0\0\0\1l", 16); /* palette, resources, layers */
    add_big(file, method, 2);
}

static void psd_gives_its_merged_picture(void **state) {
    bench *b = *state;
    make_psd(&b->file, 3, 8, 3, 0);
    add(&b->file, "\1\2\3\4\5\6", 6);
    decode(b, 2, 1, 3);
    assert_pixels(b, (const uint8_t[]){1, 3, 5, 2, 4, 6});
    for (size_t size = 0; size < b->file.size; size++)
        assert_refused(b, size, BC_ERROR_FORMAT);
}

static void psd_of_16_bits_and_of_gray_is_read(void **state) {
    bench *b = *state;
    make_psd(&b->file, 1, 16, 1, 0);
    add(&b->file, "\377\377\200\0", 4);
    decode(b, 2, 1, 1);
    assert_pixels(b, (const uint8_t[]){255, 128});
    make_psd(&b->file, 3, 16, 3, 1);
    add(&b->file, "\0\5\0\3\0\5", 6); /* lengths of the rows */
    add(&b->file, "\3\20\0\40\0\375\0\200\3\60\0\100\0", 13);
    decode(b, 2, 1, 3); /* 0x2000 x 255 / 65535 is 31.9 */
    assert_pixels(b, (const uint8_t[]){16, 0, 48, 32, 0, 64});
    assert_refused(b, b->file.size - 1, BC_ERROR_FORMAT);
}

/* What is stored lies over white; taking the white off again would need colours below 0 here. */
static void alpha_of_a_psd_changes_nothing(void **state) {
    bench *b = *state;
    make_psd(&b->file, 4, 8, 3, 0);
    add(&b->file, "\1\2\3\4\5\6\1\200", 8);
    decode(b, 2, 1, 3);
    assert_pixels(b, (const uint8_t[]){1, 3, 5, 2, 4, 6});
}

/* Of the codes of PackBits -128 is none (TIFF 6.0, section 9). */
static void a_code_of_a_psd_that_means_nothing_is_passed_over(void **state) {
    bench *b = *state;
    make_psd(&b->file, 3, 8, 3, 1);
    add(&b->file, "\0\4\0\2\0\4\200\1\1\2\377\3\1\5\6\200", 16);
    decode(b, 2, 1, 3);
    assert_pixels(b, (const uint8_t[]){1, 3, 5, 2, 3, 6});
}

static void psd_that_contradicts_itself_is_refused(void **state) {
    bench *b = *state;
    static const struct {
        unsigned channels, bits, mode, method;
    } bad[] = {{2, 8, 3, 0}, {57, 8, 3, 0}, {3, 32, 3, 0}, {3, 8, 4, 0}, {3, 8, 3, 2}, {0, 8, 1, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        make_psd(&b->file, bad[i].channels, bad[i].bits, bad[i].mode, bad[i].method);
        add(&b->file, "\1\2\3\4\5\6", 6);
        assert_refused(b, b->file.size, BC_ERROR_FORMAT);
    }
    make_psd(&b->file, 3, 8, 3, 1);
    add(&b->file, "\0\2\0\2\0\2\376\1\377\1\377\1", 12); /* a run of 3 in a row of 2 */
    assert_refused(b, b->file.size, BC_ERROR_FORMAT);
    make_psd(&b->file, 3, 8, 3, 0);
    add(&b->file, "\1\2\3\4\5\6", 6);
    memset(b->file.data + 14, 0, 4); /* no rows */
    assert_refused(b, b->file.size, BC_ERROR_FORMAT);
    assert_string_equal(b->err.message, "x.pic: damaged PSD picture: its size is invalid");
}

static void make_hdr(bytes *file) {
    file->size = 0;
    static const char header[] = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 8\n";
    add(file, header, sizeof header - 1);
    for (int row = 0; row < 2; row++)
        add(file, "\2\2\0\10\210\200\210\200\210\200\210\201", 12); /* runs of 8 */
}

/* 128 and exponent 129 are 1.0. Cut, it made a loop without an end in stb_image 2.27. */
static void radiance_picture_is_white_where_light_is_one_and_may_not_end_early(void **state) {
    bench *b = *state;
    make_hdr(&b->file);
    decode(b, 8, 2, 3);
    for (int i = 0; i < 48; i++)
        assert_int_equal(b->image.pixels[i], 255);
    for (size_t size = 0; size < b->file.size; size++)
        assert_refused(b, size, BC_ERROR_FORMAT);
}

/* ---- what is refused ---- */

static void assert_limit_holds(bench *b, uint64_t pixels) {
    bc_decode_options options = {.max_pixels = pixels};
    if (decode_options(b, b->file.size, &options) != BC_OK)
        fail_msg("%s", b->err.message);
    options.max_pixels = pixels - 1;
    assert_int_equal(decode_options(b, b->file.size, &options), BC_ERROR_LIMIT);
    assert_int_equal(strncmp(b->err.message, "x.pic: ", 7), 0);
    assert_non_null(strstr(b->err.message, "limit"));
}

static void more_than_max_pixels_is_refused_in_every_kind(void **state) {
    bench *b = *state;
    uint8_t pixels[6 * 4 * 3] = {0};
    png_recipe recipe = {.width = 6, .height = 4, .bits = 8, .colour_type = PNG_COLOR_TYPE_RGB};
    make_png(&b->file, &recipe, pixels);
    assert_limit_holds(b, 24);
    make_jpeg(&b->file, pixels, 6, 4, TJPF_RGB, TJSAMP_444, 90, 0);
    assert_limit_holds(b, 24);
    make_bmp_header(&b->file, 6, -4, 24, 0);
    add(&b->file, pixels, 72);
    add(&b->file, pixels, 8);
    assert_limit_holds(b, 24);
    make_gif(&b->file, 3, 2);
    add_gif_frame(&b->file, 3, 2, -1, pixels);
    assert_limit_holds(b, 6);
    b->file.size = 0;
    add(&b->file, "P5 6 4 255\n", 11);
    add(&b->file, pixels, 24);
    assert_limit_holds(b, 24);
    make_tga(&b->file, 3, 8, 0);
    add(&b->file, pixels, 4);
    assert_limit_holds(b, 4);
    make_hdr(&b->file);
    assert_limit_holds(b, 16);
}

/* A header of 65500 x 65500 pixels is refused by the default limit, at once and without the memory. */
static void a_giant_is_refused_by_its_header(void **state) {
    bench *b = *state;
    uint8_t pixels[8 * 8 * 3] = {0};
    make_jpeg(&b->file, pixels, 8, 8, TJPF_RGB, TJSAMP_444, 90, TJFLAG_PROGRESSIVE);
    size_t frame = find_segment(&b->file, 0xc2);
    memcpy(b->file.data + frame + 5, "\xff\xdc\xff\xdc", 4);
    assert_refused(b, b->file.size, BC_ERROR_LIMIT);
    b->file.size = 0;
    add(&b->file, "P1 4294967295 4294967295 ", 25);
    assert_refused(b, b->file.size, BC_ERROR_FORMAT);
    b->file.size = 0;
    add(&b->file, "P1 2147483647 2147483647 1", 26);
    assert_refused(b, b->file.size, BC_ERROR_LIMIT);
    bc_decode_options options = {.max_pixels = UINT64_MAX};
    assert_int_equal(decode_options(b, b->file.size, &options), BC_ERROR_LIMIT);
}

static void what_is_no_supported_picture_is_named(void **state) {
    bench *b = *state;
    static const struct {
        const char *start, *message;
        size_t size;
    } cases[] = {
        {"", "x.pic: empty file", 0},
        {"hello, world, this is text", "x.pic: not a picture of a known kind", 26},
        {"RIFF\0\0\0\0WEBPVP8 ",
         "x.pic: WebP pictures are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 16},
        {"II*\0\10\0\0\0",
         "x.pic: TIFF pictures are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 8},
        {"\0\0\0\40ftypavif",
         "x.pic: AVIF pictures are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 12},
        {"\0\0\0\40ftypheic",
         "x.pic: HEIC pictures are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 12},
        {"\0\0\0\14JXL \r\n\207\n",
         "x.pic: JPEG XL pictures are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 12},
        {"<?xml version='1.0'?>\n<svg>",
         "x.pic: SVG drawings are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 27},
        {"\x53\x80\xf6\x34\0\0\0\0",
         "x.pic: Softimage PIC pictures are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 8},
        {"%PDF-1.7\n", "x.pic: PDF documents are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)",
         9},
        {"version https://git-lfs.github.com/spec/v1\n",
         "x.pic: Git LFS pointers are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 43},
        {"\n<!DOCTYPE html>",
         "x.pic: HTML pages are not supported (JPEG, PNG, GIF, BMP, TGA, PNM and PSD are)", 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        b->file.size = 0;
        add(&b->file, cases[i].start, cases[i].size);
        assert_refused(b, b->file.size, BC_ERROR_FORMAT);
        assert_string_equal(b->err.message, cases[i].message);
        bc_image_info info;
        assert_int_equal(bc_image_look(&info, b->file.data, b->file.size, "x.pic", &b->err), BC_ERROR_FORMAT);
        assert_int_equal(info.kind, BC_IMAGE_UNKNOWN);
    }
}

/* Text as long as the pixels of a TGA would be: its second byte alone makes it implausible, and so on. */
static void random_bytes_are_no_tga(void **state) {
    bench *b = *state;
    uint64_t random = 1;
    for (int i = 0; i < 2000; i++) {
        b->file.size = 4096;
        for (size_t k = 0; k < b->file.size; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            b->file.data[k] = (uint8_t)(random >> 56);
        }
        b->file.data[0] = 7; /* no signature of another kind */
        assert_refused(b, b->file.size, BC_ERROR_FORMAT);
    }
}

static void an_image_and_a_decoder_serve_again_and_again(void **state) {
    bench *b = *state;
    static uint8_t pixels[200 * 100 * 3];
    draw_gradient(pixels, 20, 10, 3);
    png_recipe small = {.width = 2, .height = 1, .bits = 8, .colour_type = PNG_COLOR_TYPE_RGB_ALPHA};
    png_recipe large = {.width = 200, .height = 100, .bits = 8, .colour_type = PNG_COLOR_TYPE_RGB};
    for (int i = 0; i < 3; i++) {
        make_png(&b->file, &small, (const uint8_t[]){1, 2, 3, 255, 4, 5, 6, 0});
        decode(b, 2, 1, 3);
        assert_pixels(b, (const uint8_t[]){1, 2, 3, 255, 255, 255});
        assert_refused(b, 40, BC_ERROR_FORMAT);
        make_png(&b->file, &large, pixels);
        decode(b, 200, 100, 3);
        assert_pixels(b, pixels);
        make_turned_jpeg(&b->file, 48, 80, true, 7);
        assert_refused(b, b->file.size / 2, BC_ERROR_FORMAT);
        decode(b, 80, 48, 3);
    }
}

/* Bytes changed at random: whatever comes of it, it is a picture or one error. */
static void damaged_files_never_crash(void **state) {
    bench *b = *state;
    static bytes seeds[8];
    uint8_t pixels[24 * 24 * 3];
    draw_gradient(pixels, 24, 24, 3);
    png_recipe recipe = {
        .width = 24, .height = 24, .bits = 8, .colour_type = PNG_COLOR_TYPE_RGB, .interlace = 1};
    make_png(&seeds[0], &recipe, pixels);
    make_turned_jpeg(&seeds[1], 24, 24, true, 5);
    make_jpeg(&seeds[2], pixels, 24, 24, TJPF_RGB, TJSAMP_420, 90, TJFLAG_PROGRESSIVE);
    make_bmp_header(&seeds[3], 8, 8, 24, 0);
    add(&seeds[3], pixels, 192);
    make_gif(&seeds[4], 3, 2);
    add_gif_frame(&seeds[4], 3, 2, 1, (const uint8_t[]){0, 1, 2, 3, 2, 1});
    make_hdr(&seeds[5]);
    make_tga(&seeds[6], 10, 24, 0x20);
    add(&seeds[6], "\203\1\2\3", 4);
    add(&seeds[7], "P5 6 4 255\n", 11);
    add(&seeds[7], pixels, 24);
    uint64_t random = 7;
    const bc_decode_options options = {.max_pixels = 1 << 20};
    for (int i = 0; i < 4000; i++) {
        b->file = seeds[i % 8];
        for (int change = 0; change < 1 + i / 8 % 4; change++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            b->file.data[(random >> 33) % b->file.size] = (uint8_t)(random >> 25);
        }
        bc_status status = decode_options(b, b->file.size, &options);
        assert_true(status == BC_OK || status == BC_ERROR_FORMAT || status == BC_ERROR_LIMIT);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(png_gray_of_1_2_and_4_bits_is_stretched_to_bytes),
        TEST(png_of_8_bits_keeps_its_bytes),
        TEST(png_of_16_bits_is_rounded_to_8),
        TEST(png_palette_becomes_rgb),
        TEST(png_alpha_is_laid_over_white),
        TEST(png_transparent_colour_becomes_white),
        TEST(png_interlaced_gives_the_same_pixels),
        TEST(png_orientation_is_applied),
        TEST(png_cut_anywhere_is_refused),
        TEST(png_with_far_more_data_than_pixels_is_refused),
        TEST(png_with_one_wrong_byte_in_its_pixels_is_refused),
        TEST(jpeg_of_each_orientation_comes_out_upright),
        TEST(orientations_that_do_not_exist_are_ignored),
        TEST(a_large_jpeg_is_reduced_but_not_below_what_is_wanted),
        TEST(jpeg_of_each_subsampling_comes_out_right),
        TEST(gray_jpeg_stays_gray),
        TEST(cmyk_jpeg_with_adobe_mark_is_inverted),
        TEST(cmyk_jpeg_without_adobe_mark_is_plain_ink),
        TEST(jpeg_without_pixels_is_refused),
        TEST(jpeg_cut_anywhere_is_refused),
        TEST(jpeg_with_stray_bytes_between_segments_is_fine_unless_cut),
        TEST(progressive_jpeg_of_very_many_scans_is_refused),
        TEST(the_start_of_a_file_tells_the_same_or_fails),
        TEST(bytes_after_the_picture_do_not_matter),
        TEST(bmp_of_24_bits_is_stored_from_the_bottom),
        TEST(bmp_with_palette_may_be_stored_from_the_top),
        TEST(bmp_with_the_os2_header_has_pixels_where_others_have_depth),
        TEST(bmp_with_run_lengths_says_so),
        TEST(gif_gives_its_first_frame_over_white),
        TEST(pnm_of_every_type_comes_out_right),
        TEST(tga_of_each_corner_comes_out_upright),
        TEST(tga_takes_the_fourth_byte_for_alpha_only_when_told),
        TEST(psd_gives_its_merged_picture),
        TEST(psd_of_16_bits_and_of_gray_is_read),
        TEST(alpha_of_a_psd_changes_nothing),
        TEST(a_code_of_a_psd_that_means_nothing_is_passed_over),
        TEST(psd_that_contradicts_itself_is_refused),
        TEST(radiance_picture_is_white_where_light_is_one_and_may_not_end_early),
        TEST(more_than_max_pixels_is_refused_in_every_kind),
        TEST(a_giant_is_refused_by_its_header),
        TEST(what_is_no_supported_picture_is_named),
        TEST(random_bytes_are_no_tga),
        TEST(an_image_and_a_decoder_serve_again_and_again),
        TEST(damaged_files_never_crash),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
