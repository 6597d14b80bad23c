/* Pictures made small, and written as files that other readers take. */
#include "temporary_tree.h"

#include "image/reader.h"

#include <png.h>
#include <turbojpeg.h>

/* A slope, so that what a lossy or resized copy shows is known everywhere. */
static void make_slope(bc_image *image, uint32_t width, uint32_t height, uint32_t channels) {
    *image = (bc_image){.width = width, .height = height, .channels = channels};
    image->pixels = malloc((size_t)width * height * channels);
    assert_non_null(image->pixels);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t c = 0; c < channels; c++)
                image->pixels[((size_t)y * width + x) * channels + c] =
                    (uint8_t)(c == 1 ? 255 - 255 * x / width : 255 * x / width);
}

static void a_png_has_the_very_pixels(void **state) {
    (void)state;
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
        bc_image image;
        uint8_t read[31 * 7 * 3];
        png_image png = {.version = PNG_IMAGE_VERSION};
        make_slope(&image, 31, 7, channels);
        assert_int_equal(bc_image_write_png(&image, "slope.png", NULL), BC_OK);
        assert_true(png_image_begin_read_from_file(&png, "slope.png"));
        assert_int_equal(png.width, 31);
        assert_int_equal(png.height, 7);
        png.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
        assert_true(png_image_finish_read(&png, NULL, read, 0, NULL));
        assert_memory_equal(read, image.pixels, 31 * 7 * channels);
        bc_image_free(&image);
    }
}

static void a_jpeg_has_about_the_pixels(void **state) {
    (void)state;
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
        bc_image image;
        uint8_t *bytes, read[100 * 80 * 3];
        size_t size;
        int width, height, sampling, space;
        tjhandle reader = tjInitDecompress();
        make_slope(&image, 100, 80, channels);
        assert_int_equal(bc_image_encode_jpeg(&bytes, &size, &image, 90, NULL), BC_OK);
        assert_int_equal(
            tjDecompressHeader3(reader, bytes, (unsigned long)size, &width, &height, &sampling, &space), 0);
        assert_int_equal(width, 100);
        assert_int_equal(height, 80);
        assert_int_equal(sampling == TJSAMP_GRAY, channels == 1);
        assert_int_equal(tjDecompress2(reader, bytes, (unsigned long)size, read, 100, 0, 80,
                                       channels == 1 ? TJPF_GRAY : TJPF_RGB, 0),
                         0);
        for (size_t i = 0; i < (size_t)100 * 80 * channels; i++)
            assert_in_range(read[i] + 12 - image.pixels[i], 0, 24);
        tjDestroy(reader);
        free(bytes);
        bc_image_free(&image);
    }
}

/* Read by libpng, whose warnings here are errors: a chunk that is not as it must be, as by its CRC, is one.
 */
static void stop_at_warning(png_structp png, png_const_charp message) {
    png_error(png, message);
}

static void check_software(const char *path) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, stop_at_warning);
    png_infop info = png_create_info_struct(png);
    png_textp texts;
    FILE *file = fopen(path, "rb");
    assert_non_null(info);
    assert_non_null(file);
    if (setjmp(png_jmpbuf(png)) != 0)
        fail_msg("%s is no sound PNG", path);
    png_init_io(png, file);
    png_read_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    assert_int_equal(png_get_text(png, info, &texts, NULL), 1);
    assert_string_equal(texts[0].key, "Software");
    assert_string_equal(texts[0].text, "bclass");
    png_destroy_read_struct(&png, &info, NULL);
    fclose(file);
}

static void a_png_says_what_made_it(void **state) {
    bc_image slope;
    bool is_own;
    (void)state;
    make_slope(&slope, 31, 7, 3);
    assert_int_equal(bc_image_write_png(&slope, "slope.png", NULL), BC_OK);
    check_software("slope.png");
    assert_int_equal(bc_image_is_own_png(&is_own, "slope.png", NULL), BC_OK);
    assert_true(is_own);
    assert_int_equal(truncate("slope.png", 59), 0); /* the last byte of the chunk is missing */
    assert_int_equal(bc_image_is_own_png(&is_own, "slope.png", NULL), BC_OK);
    assert_false(is_own);
    png_image png = {.version = PNG_IMAGE_VERSION, .width = 31, .height = 7, .format = PNG_FORMAT_RGB};
    assert_true(png_image_write_to_file(&png, "other.png", 0, slope.pixels, 0, NULL));
    assert_int_equal(bc_image_is_own_png(&is_own, "other.png", NULL), BC_OK);
    assert_false(is_own);
    assert_int_equal(bc_image_is_own_png(&is_own, "nowhere.png", NULL), BC_ERROR_IO);
    bc_image_free(&slope);
}

static void nothing_cannot_be_written(void **state) {
    const bc_image none = {.channels = 1};
    uint8_t *bytes;
    size_t size;
    bc_error err;
    (void)state;
    assert_int_equal(bc_image_encode_jpeg(&bytes, &size, &none, 90, &err), BC_ERROR_LIMIT);
    assert_null(bytes);
    assert_int_equal(bc_image_write_png(&none, "none.png", &err), BC_ERROR_LIMIT);
    bc_image slope;
    make_slope(&slope, 2, 2, 1);
    assert_int_equal(bc_image_write_png(&slope, "nowhere/slope.png", &err), BC_ERROR_IO);
    bc_image_free(&slope);
}

static void a_thumbnail_keeps_proportions_and_is_never_enlarged(void **state) {
    static const uint32_t sizes[][4] = {
        {300, 100, 128, 43}, {100, 300, 43, 128}, {128, 128, 128, 128}, {20, 10, 20, 10}, {1000, 1, 128, 1}};
    bc_reader *reader;
    bc_image thumbnail = {0};
    (void)state;
    assert_int_equal(bc_reader_create(&reader, NULL), BC_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bc_image slope;
        make_slope(&slope, sizes[i][0], sizes[i][1], i % 2 == 0 ? 3 : 1);
        assert_int_equal(bc_image_write_png(&slope, "slope.png", NULL), BC_OK);
        assert_int_equal(bc_reader_thumbnail(&thumbnail, reader, "slope.png", 128, 300000, NULL), BC_OK);
        assert_int_equal(thumbnail.width, sizes[i][2]);
        assert_int_equal(thumbnail.height, sizes[i][3]);
        assert_int_equal(thumbnail.channels, slope.channels);
        for (uint32_t x = 0; x < thumbnail.width; x++) /* the slope of the whole picture */
            assert_in_range(thumbnail.pixels[(size_t)x * thumbnail.channels] + 8 - 255 * x / thumbnail.width,
                            0, 24);
        bc_image_free(&slope);
    }
    assert_int_equal(bc_reader_thumbnail(&thumbnail, reader, "slope.png", 128, 999, NULL), BC_ERROR_LIMIT);
    put("words.png", "no picture");
    assert_int_equal(bc_reader_thumbnail(&thumbnail, reader, "words.png", 128, 999, NULL), BC_ERROR_FORMAT);
    assert_int_equal(bc_reader_thumbnail(&thumbnail, reader, "nosuch.png", 128, 999, NULL), BC_ERROR_IO);
    bc_image_free(&thumbnail);
    bc_reader_free(reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_tree(a_png_has_the_very_pixels),
        in_tree(a_jpeg_has_about_the_pixels),
        in_tree(a_png_says_what_made_it),
        in_tree(nothing_cannot_be_written),
        in_tree(a_thumbnail_keeps_proportions_and_is_never_enlarged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
