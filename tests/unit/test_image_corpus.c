/* Collections of pictures that are meant to break decoders, against what Pillow 9.4 made of each of them
 * (oracle_pillow.csv). They are not part of the project: without them the tests are skipped. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "base/delimited.h"
#include "base/file.h"
#include "base/input.h"
#include "base/number.h"
#include "base/walk.h"
#include "pngsuite_truth.h"

#include <bclass/image.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FOLDER BC_SHARED_FOLDER "/data/robust/"

/* Decodes in Pillow and not here, or the other way round for those that Pillow shows in part. */
static const struct {
    const char *file, *reason;
} DIFFERENCES[] = {
    {"libpng-testpngs/crashers/badadler.png", "wrong check sum of the pixels"},
    {"libpng-testpngs/crashers/badcrc.png", "wrong check sum of the pixels"},
    {"libpng-testpngs/crashers/huge_IDAT.png", "ends inside its pixels"},
    {"image-png-bugs/x_interlaced_chck.png", "wrong check sum of the pixels"},
    {"pngsuite/xcsn0g01.png", "wrong check sum of the pixels"},
    {"image-rs/bmp/images/Core_1_Bit.bmp", "OS/2 palette, which stb_image misreads"},
    {"image-rs/bmp/images/Core_4_Bit.bmp", "OS/2 palette, which stb_image misreads"},
    {"image-rs/bmp/images/Core_8_Bit.bmp", "OS/2 palette, which stb_image misreads"},
    {"image-rs/bmp/images/pal8os2-hs.bmp", "OS/2 palette, which stb_image misreads"},
    {"image-rs/bmp/images/pal8os2-sz.bmp", "OS/2 palette, which stb_image misreads"},
    {"image-rs/bmp/images/pal8os2sp.bmp", "OS/2 palette, which stb_image misreads"},
    {"image-rs/bmp/images/pal4rle.bmp", "run lengths, which stb_image does not read"},
    {"image-rs/bmp/images/pal4rlecut.bmp", "run lengths, which stb_image does not read"},
    {"image-rs/bmp/images/pal4rletrns.bmp", "run lengths, which stb_image does not read"},
    {"image-rs/bmp/images/pal8rle.bmp", "run lengths, which stb_image does not read"},
    {"image-rs/bmp/images/lenient/badrle.bmp", "run lengths, which stb_image does not read"},
    {"image-rs/bmp/images/lenient/rletopdown.bmp", "run lengths, which stb_image does not read"},
    {"image-rs/bmp/images/imagemagick_invalid_run_length_issue_2321.bmp", "run lengths, damaged at that"},
    {"image-rs/bmp/images/lenient/badplanes.bmp", "invalid number of planes"},
    {"image-rs/bmp/images/pal8badindex.bmp", "colours that are not in the palette"},
    {"image-rs/gif/anim/oob.gif", "a frame beyond the screen, which stb_image refuses"},
    {"image-rs/gif/simple/issue_1455_oversized.gif", "a frame beyond the screen, which stb_image refuses"},
};

enum { DIFFERENCE_COUNT = sizeof DIFFERENCES / sizeof DIFFERENCES[0] };

typedef struct oracle_row {
    const char *file;
    bool decodes; /* to this size, upright */
    uint32_t width, height;
} oracle_row;

typedef struct corpus {
    bc_decoder *decoder;
    bc_image image;
    bc_error err;
    bool differs[DIFFERENCE_COUNT];
} corpus;

static int set_up(void **state) {
    corpus *c = calloc(1, sizeof *c);
    *state = c;
    return c == NULL || bc_decoder_create(&c->decoder, NULL) != BC_OK;
}

static int tear_down(void **state) {
    corpus *c = *state;
    bc_decoder_free(c->decoder);
    bc_image_free(&c->image);
    free(c);
    return 0;
}

static void skip_where_absent(void) {
    bc_file_info info;
    if (bc_file_look(&info, FOLDER "oracle_pillow.csv", NULL) != BC_OK || info.kind != BC_FILE_REGULAR) {
        print_message("%s is not there\n", FOLDER);
        skip();
    }
}

static bc_status decode(corpus *c, const char *file, uint32_t wanted) {
    char path[1024];
    snprintf(path, sizeof path, FOLDER "%s", file);
    uint8_t *data;
    size_t size;
    if (bc_file_read(&data, &size, path, UINT32_MAX, &c->err) != BC_OK)
        return BC_ERROR_IO;
    uint8_t *exact = malloc(size > 0 ? size : 1); /* bc_file_read adds a byte */
    assert_non_null(exact);
    memcpy(exact, data, size);
    free(data);
    bc_image_info info;
    bc_status looked = bc_image_look(&info, exact, size, file, &c->err);
    const bc_decode_options options = {.wanted_width = wanted, .wanted_height = wanted, .fit = BC_FIT_PAD};
    bc_status status = bc_decoder_decode(&c->image, c->decoder, exact, size, file, &options, &c->err);
    free(exact);
    if (status == BC_OK) {
        assert_int_equal(looked, BC_OK);
        assert_int_equal(info.channels, c->image.channels);
        assert_true(wanted > 0 || (info.width == c->image.width && info.height == c->image.height));
    }
    return status;
}

static uint32_t number(const bc_field *field) {
    int64_t value = 0;
    if (field->length > 0)
        assert_true(bc_integer_parse(field->data, field->length, &value));
    return (uint32_t)value;
}

/* corpus,file,bytes,magic,pil_format,mode,width,height,exif_orientation,decode */
static oracle_row row_of(const bc_field *fields) {
    static const char *const kinds[] = {"PNG", "JPEG", "BMP", "GIF"};
    oracle_row row = {fields[1].data, false, number(&fields[6]), number(&fields[7])};
    if (number(&fields[8]) >= 5) {
        row.width = number(&fields[7]);
        row.height = number(&fields[6]);
    }
    for (int i = 0; i < 4; i++)
        if (strcmp(fields[4].data, kinds[i]) == 0)
            row.decodes = strcmp(fields[9].data, "ok") == 0;
    return row;
}

typedef void row_check(corpus *c, const oracle_row *row);

static size_t for_each_row(corpus *c, row_check *check) {
    bc_input *input;
    bc_delimited *rows;
    assert_int_equal(bc_input_open(&input, FOLDER "oracle_pillow.csv", &c->err), BC_OK);
    assert_int_equal(bc_delimited_open(&rows, input, ',', &c->err), BC_OK);
    size_t count = 0;
    for (;;) {
        bc_field *fields;
        size_t field_count;
        uint64_t line;
        assert_int_equal(bc_delimited_next(&fields, &field_count, &line, rows, &c->err), BC_OK);
        if (fields == NULL)
            break;
        assert_int_equal(field_count, 10);
        if (line == 1)
            continue;
        oracle_row row = row_of(fields);
        check(c, &row);
        count++;
    }
    bc_delimited_free(rows);
    bc_input_free(input);
    return count;
}

/* Only a picture that Pillow decodes must come out; of the others nothing is asked but an orderly end. */
static void check_against_oracle(corpus *c, const oracle_row *row) {
    bc_status status = decode(c, row->file, 0);
    assert_true(status == BC_OK || status == BC_ERROR_FORMAT || (status == BC_ERROR_IO && !row->decodes));
    if (!row->decodes || (status == BC_OK && c->image.width == row->width && c->image.height == row->height))
        return;
    for (size_t i = 0; i < DIFFERENCE_COUNT; i++)
        if (strcmp(DIFFERENCES[i].file, row->file) == 0) {
            c->differs[i] = true;
            return;
        }
    fail_msg("%s: %u x %u expected, status %d, %u x %u: %s", row->file, row->width, row->height, status,
             c->image.width, c->image.height, status == BC_OK ? "" : c->err.message);
}

static void pictures_decode_to_the_size_pillow_gives_them(void **state) {
    skip_where_absent();
    corpus *c = *state;
    assert_true(for_each_row(c, check_against_oracle) > 600);
    for (size_t i = 0; i < DIFFERENCE_COUNT; i++)
        if (!c->differs[i])
            fail_msg("%s does not differ any more (%s)", DIFFERENCES[i].file, DIFFERENCES[i].reason);
}

static void check_broken(corpus *c, const oracle_row *row) {
    bool broken =
        strncmp(row->file, "pngsuite/x", 10) == 0 || strncmp(row->file, "image-png-bugs/x", 16) == 0;
    if (broken && decode(c, row->file, 0) != BC_ERROR_FORMAT)
        fail_msg("%s was decoded", row->file);
}

static void broken_png_files_are_refused(void **state) {
    skip_where_absent();
    for_each_row(*state, check_broken);
}

static void pngsuite_has_the_pixels_that_another_decoder_finds(void **state) {
    skip_where_absent();
    corpus *c = *state;
    enum { COUNT = sizeof PNGSUITE / sizeof PNGSUITE[0] };
    assert_true(COUNT > 150);
    for (size_t i = 0; i < COUNT; i++) {
        char file[64];
        snprintf(file, sizeof file, "pngsuite/%s.png", PNGSUITE[i].file);
        if (decode(c, file, 0) != BC_OK)
            fail_msg("%s: %s", file, c->err.message);
        const size_t size = (size_t)c->image.width * c->image.height * c->image.channels;
        if (crc32(0, c->image.pixels, (unsigned)size) != PNGSUITE[i].sum)
            fail_msg("%s: other pixels", file);
    }
}

enum { SMALL = 96, SMALL_BYTES = SMALL * SMALL * 3 };

static void decode_small(corpus *c, uint8_t *dst, const char *name, unsigned orientation, uint32_t wanted) {
    char file[64];
    snprintf(file, sizeof file, "exif-orientation/%s_%u.jpg", name, orientation);
    assert_int_equal(decode(c, file, wanted), BC_OK);
    bc_preprocess preprocess = {.width = SMALL, .height = SMALL, .channels = 3, .fit = BC_FIT_PAD};
    assert_int_equal(bc_image_fit(dst, &c->image, &preprocess, &c->err), BC_OK);
}

/* The mean difference of two pictures that were compressed apart from each other is below 2 of 255; of ones
 * that are turned differently it is above 30. */
static void orientations_all_look_the_same(void **state) {
    skip_where_absent();
    static const char *const names[] = {"Landscape", "Portrait"};
    uint8_t first[SMALL_BYTES], other[SMALL_BYTES];
    for (int i = 0; i < 2; i++) {
        decode_small(*state, first, names[i], 1, 0);
        for (unsigned orientation = 0; orientation <= 8; orientation++) {
            decode_small(*state, other, names[i], orientation, SMALL);
            unsigned sum = 0;
            for (size_t k = 0; k < SMALL_BYTES; k++)
                sum += (unsigned)abs(first[k] - other[k]);
            if (sum > 2 * SMALL_BYTES)
                fail_msg("%s %u: %.2f", names[i], orientation, (double)sum / SMALL_BYTES);
        }
    }
}

/* The mean difference of two fitted pictures of the same file, one decoded in full, of 255. */
static double difference_when_reduced(const uint8_t *file, size_t size, uint32_t side) {
    const bc_preprocess to = {.width = side, .height = side, .channels = 3, .fit = BC_FIT_PAD};
    const bc_decode_options options[] = {{0},
                                         {.wanted_width = side, .wanted_height = side, .fit = BC_FIT_PAD}};
    uint8_t *fitted[2];
    double sum = 0;
    for (int i = 0; i < 2; i++) {
        bc_decoder *decoder;
        bc_image image = {0};
        bc_error err = {0};
        assert_int_equal(bc_decoder_create(&decoder, &err), BC_OK);
        if (bc_decoder_decode(&image, decoder, file, size, "photo", &options[i], &err) != BC_OK)
            fail_msg("%s", err.message);
        fitted[i] = malloc((size_t)side * side * 3);
        assert_non_null(fitted[i]);
        assert_int_equal(bc_image_fit(fitted[i], &image, &to, &err), BC_OK);
        bc_image_free(&image);
        bc_decoder_free(decoder);
    }
    for (size_t k = 0; k < (size_t)side * side * 3; k++)
        sum += abs(fitted[0][k] - fitted[1][k]);
    free(fitted[0]);
    free(fitted[1]);
    return sum / (double)((size_t)side * side * 3);
}

/* Photos of 400 pixels, decoded in a half, a quarter or an eighth of their size and then resized, against
 * ones that are only resized. Blocks are averaged in the one, a triangle twice as wide weighs in the other,
 * so that much texture makes a difference, most of all where a block is just a pixel of the result: below 12
 * of 255 on average over any photo, below 3 over all of them. */
static void photos_decoded_in_reduced_size_look_the_same(void **state) {
    (void)state;
    static const uint32_t sides[] = {50, 64, 100, 160};
    const char *folder = BC_SHARED_FOLDER "/data/clothing-longsleeve-tshirt/test/t-shirt";
    bc_walk *walk = NULL;
    bc_error err = {0};
    double worst = 0, sum = 0;
    size_t count = 0;
    if (bc_walk_open(&walk, folder, &err) != BC_OK) {
        bc_walk_free(walk);
        print_message("the shared photos are not there\n");
        skip();
    }
    for (char *path; count < 40 && bc_walk_next(&path, walk, &err) == BC_OK && path != NULL; free(path)) {
        uint8_t *file;
        size_t size;
        assert_int_equal(bc_file_read(&file, &size, path, 1 << 24, &err), BC_OK);
        double difference = difference_when_reduced(file, size, sides[count++ % 4]);
        worst = difference > worst ? difference : worst;
        sum += difference;
        free(file);
    }
    bc_walk_free(walk);
    assert_true(count > 0);
    assert_true(worst < 12);
    assert_true(sum / (double)count < 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_decode_to_the_size_pillow_gives_them),
        cmocka_unit_test(broken_png_files_are_refused),
        cmocka_unit_test(pngsuite_has_the_pixels_that_another_decoder_finds),
        cmocka_unit_test(orientations_all_look_the_same),
        cmocka_unit_test(photos_decoded_in_reduced_size_look_the_same),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
