/* What a picture's file tells without being decoded: files made here, byte by byte where no library writes
 * them. */
#include "picture_bytes.h"

#include "image/facts.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

static void make_jpeg(bytes *file, int quality, int format) {
    enum { SIDE = 32 };
    uint8_t pixels[SIDE * SIDE * 4], *data = NULL;
    unsigned long size = 0;
    tjhandle compressor = tjInitCompress();
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 37 ^ i >> 3);
    assert_int_equal(tjCompress2(compressor, pixels, SIDE, 0, SIDE, format, &data, &size,
                                 format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444, quality, 0),
                     0);
    file->size = 0;
    add(file, data, size);
    tjFree(data);
    tjDestroy(compressor);
}

static bc_image_facts describe(const bytes *file) {
    bc_image_facts facts;
    bc_error err = {0};
    if (bc_image_describe(&facts, file->data, file->size, "x", &err) != BC_OK)
        fail_msg("%s", err.message);
    return facts;
}

static void jpeg_quality_is_the_one_it_was_saved_with(void **state) {
    static bytes file;
    (void)state;
    for (int quality = 5; quality <= 100; quality += 5) {
        make_jpeg(&file, quality, TJPF_RGB);
        const int found = describe(&file).jpeg_quality;
        if (found < quality - 1 || found > quality + 1)
            fail_msg("%d where libjpeg was asked for %d", found, quality);
    }
    make_jpeg(&file, 75, TJPF_GRAY);
    assert_in_range(describe(&file).jpeg_quality, 74, 76);
}

/* ITU T.81, B.2.4.1: a segment may hold several tables, in any order. */
static void jpeg_quality_is_found_in_any_table_of_a_segment(void **state) {
    enum { TABLE = 65, SEGMENT = 4 + TABLE };
    static const uint8_t both[] = {0xff, 0xdb, 0, 2 + 2 * TABLE};
    static bytes apart, file;
    size_t at = 2;
    (void)state;
    make_jpeg(&apart, 40, TJPF_RGB);
    while (apart.data[at + 1] != 0xdb)
        at += 2 + (size_t)(apart.data[at + 2] << 8 | apart.data[at + 3]);
    const uint8_t *luma = apart.data + at, *chroma = luma + SEGMENT;
    assert_int_equal(luma[4], 0);
    assert_int_equal(chroma[1], 0xdb);
    assert_int_equal(chroma[4], 1);
    file.size = 0;
    add(&file, apart.data, at);
    add(&file, both, sizeof both);
    add(&file, chroma + 4, TABLE);
    add(&file, luma + 4, TABLE);
    add(&file, chroma + SEGMENT, apart.size - at - (size_t)2 * SEGMENT);
    assert_int_equal(describe(&file).jpeg_quality, describe(&apart).jpeg_quality);
}

static void cmyk_is_told(void **state) {
    static bytes file;
    (void)state;
    make_jpeg(&file, 75, TJPF_CMYK);
    assert_true(describe(&file).is_cmyk);
    make_jpeg(&file, 75, TJPF_RGB);
    assert_false(describe(&file).is_cmyk);
}

/* TIFF 6.0: a directory of Make, Model and Orientation, little end first; the texts lie behind it. */
static const uint8_t camera_exif[] = "\xff\xe1\0\x54"
                                     "Exif\0\0"
                                     "II*\0\x08\0\0\0"
                                     "\3\0"
                                     "\x0f\1\2\0\6\0\0\0\x32\0\0\0"
                                     "\x10\1\2\0\x09\0\0\0\x38\0\0\0"
                                     "\x12\1\3\0\1\0\0\0\6\0\0\0"
                                     "\0\0\0\0"
                                     "Canon\0"
                                     "EOS\n 5D \0"
                                     "\0\0\0\0\0\0\0\0\0\0";

static void exif_tells_camera_and_orientation(void **state) {
    static bytes plain, file;
    (void)state;
    make_jpeg(&plain, 75, TJPF_RGB);
    bc_image_facts facts = describe(&plain);
    assert_false(facts.has_exif);
    assert_string_equal(facts.camera, "");
    assert_int_equal(facts.orientation, 1);
    file.size = 0;
    add(&file, plain.data, 2);
    add(&file, camera_exif, 2 + 0x54);
    add(&file, plain.data + 2, plain.size - 2);
    facts = describe(&file);
    assert_true(facts.has_exif);
    assert_string_equal(facts.camera, "Canon EOS? 5D");
    assert_int_equal(facts.orientation, 6);
    file.data[2 + 46] = 4; /* a whole number of 32 bits, where the standard has 16 */
    assert_int_equal(describe(&file).orientation, 6);
}

/* A chunk may be longer than a segment of a JPEG, which libexif is made for. */
static void exif_of_a_png_that_is_too_long_is_there_and_says_nothing(void **state) {
    static const uint8_t start[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0\0\0\0\0";
    static const uint8_t block[1 << 16] = "MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0";
    static bytes file;
    (void)state;
    for (size_t size = sizeof block - 1; size <= sizeof block; size++) {
        const uint8_t length[] = {0, (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size};
        file.size = 0;
        add(&file, start, sizeof start - 1);
        add(&file, length, sizeof length);
        add(&file, "eXIf", 4);
        add(&file, block, size);
        add(&file, "\0\0\0\0\0\0\0\0IDAT\0\0\0\0", 16);
        const bc_image_facts facts = describe(&file);
        assert_true(facts.has_exif);
        assert_int_equal(facts.orientation, size < sizeof block ? 6 : 1);
    }
}

/* GIF89a: a picture of one pixel, in two colours. */
static const uint8_t gif_start[] = "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff";
static const uint8_t gif_extension[] = "\x21\xf9\4\0\0\0\0\0";
static const uint8_t gif_frame[] = "\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0";
static const uint8_t gif_frame_with_colours[] = "\x2c\0\0\0\0\1\0\1\0\x80\0\0\0\xff\xff\xff\2\2\x44\1\0";

static void gif_of_several_pictures_is_animated(void **state) {
    static bytes file;
    (void)state;
    file.size = 0;
    add(&file, gif_start, sizeof gif_start - 1);
    add(&file, gif_extension, sizeof gif_extension - 1);
    add(&file, gif_frame_with_colours, sizeof gif_frame_with_colours - 1);
    const size_t one = file.size;
    add(&file, ";", 1);
    assert_false(describe(&file).is_animated);
    file.size = one;
    add(&file, gif_extension, sizeof gif_extension - 1);
    const size_t begun = file.size;
    add(&file, gif_frame, sizeof gif_frame - 1);
    add(&file, ";", 1);
    assert_true(describe(&file).is_animated);
    for (file.size = begun; file.size > sizeof gif_start; file.size--)
        assert_false(describe(&file).is_animated); /* however early it ends */
}

/* PNG third edition, 11.3.6.1; check sums are not looked at before decoding. */
static void png_with_several_frames_is_animated(void **state) {
    static const uint8_t start[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0\0\0\0\0";
    static const uint8_t control[] = "\0\0\0\x08"
                                     "acTL\0\0\0\2\0\0\0\0\0\0\0\0";
    static const uint8_t data[] = "\0\0\0\0IDAT\0\0\0\0";
    static bytes file;
    (void)state;
    file.size = 0;
    add(&file, start, sizeof start - 1);
    add(&file, control, sizeof control - 1);
    add(&file, data, sizeof data - 1);
    assert_true(describe(&file).is_animated);
    file.data[sizeof start - 1 + 11] = 1; /* of one frame */
    assert_false(describe(&file).is_animated);
    file.size = sizeof start - 1;
    add(&file, data, sizeof data - 1);
    add(&file, control, sizeof control - 1); /* too late to count */
    assert_false(describe(&file).is_animated);
}

static void only_an_extension_that_says_something_else_is_wrong(void **state) {
    (void)state;
    static const char *const right[] = {"a/b.jpg", "b.JPEG", "b.jfif", "b", ".jpg", "b.old", "x.png/b", "b."};
    static const char *const wrong[] = {"b.png", "b.jpg.gif", "B.PNG", "b.webp", "b.txt"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_false(bc_image_is_misnamed(BC_IMAGE_JPEG, right[i]));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_true(bc_image_is_misnamed(BC_IMAGE_JPEG, wrong[i]));
    assert_false(bc_image_is_misnamed(BC_IMAGE_HDR, "a.pic"));
    assert_true(bc_image_is_misnamed(BC_IMAGE_PNG, "a.pic"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpeg_quality_is_the_one_it_was_saved_with),
        cmocka_unit_test(jpeg_quality_is_found_in_any_table_of_a_segment),
        cmocka_unit_test(cmyk_is_told),
        cmocka_unit_test(exif_tells_camera_and_orientation),
        cmocka_unit_test(exif_of_a_png_that_is_too_long_is_there_and_says_nothing),
        cmocka_unit_test(gif_of_several_pictures_is_animated),
        cmocka_unit_test(png_with_several_frames_is_animated),
        cmocka_unit_test(only_an_extension_that_says_something_else_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
