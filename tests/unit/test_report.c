/* The report's page: what its script is given, and that text stays text. */
#include "temporary_tree.h"

#include "base/deflate.h"
#include "base/file.h"
#include "plot/sheet.h"
#include "report/blocks.h"
#include "report/report.h"

#include <bclass/interval.h>

#include <math.h>
#include <zlib.h>

/* ---- an own reading of the blocks, as their header tells it ---- */

/* RFC 4648, without its alphabet written out. */
static unsigned digit_of(char c) {
    return c >= 'A' && c <= 'Z'   ? (unsigned)(c - 'A')
           : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 26
           : c >= '0' && c <= '9' ? (unsigned)(c - '0') + 52
           : c == '+'             ? 62
                                  : 63;
}

static size_t decode_base64(unsigned char *bytes, const char *text, size_t length) {
    size_t size = 0;
    assert_int_equal(length % 4, 0);
    for (size_t i = 0; i < length; i += 4) {
        const int padding = (text[i + 2] == '=') + (text[i + 3] == '=');
        unsigned long word = 0;
        for (size_t k = 0; k < 4; k++)
            word = word << 6 | (text[i + k] == '=' ? 0 : digit_of(text[i + k]));
        for (int k = 0; k < 3 - padding; k++)
            bytes[size++] = (unsigned char)(word >> (16 - 8 * k));
    }
    return size;
}

/* The bytes that were deflated; the caller knows how many. */
static void unpack(unsigned char *bytes, size_t size, const char *text, size_t length) {
    unsigned char *packed = malloc(length);
    uLongf unpacked = (uLongf)size;
    assert_non_null(packed);
    const size_t packed_size = decode_base64(packed, text, length);
    assert_int_equal(uncompress(bytes, &unpacked, packed, (uLong)packed_size), Z_OK);
    assert_int_equal(unpacked, size);
    free(packed);
}

static double back_in_order(uint64_t number) {
    double value;
    number = number >> 63 != 0 ? number & ~((uint64_t)1 << 63) : ~number;
    memcpy(&value, &number, sizeof value);
    return value;
}

static void base64_is_that_of_the_standard(void **state) {
    static const char *const words[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const encoded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    (void)state; /* the test vectors of RFC 4648, section 10 */
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        bc_text text = {0};
        bc_text_string(&text, "");
        bc_text_base64(&text, words[i], strlen(words[i]));
        assert_string_equal(text.data, encoded[i]);
        bc_text_free(&text);
    }
}

static void rising_numbers_come_back_bit_by_bit(void **state) {
    static const double values[] = {-INFINITY, -1.7976931348623157e308,
                                    -3.5,      -1e-300,
                                    -4.9e-324, 0,
                                    4.9e-324,  0.1,
                                    0.1,       0.30000000000000004,
                                    1,         4503599627370497.5,
                                    INFINITY};
    enum { COUNT = sizeof values / sizeof values[0] };
    unsigned char planes[8 * COUNT];
    uint64_t number = 0;
    bc_text text = {0};
    (void)state;
    assert_int_equal(bc_block_rising(&text, values, COUNT, NULL), BC_OK);
    unpack(planes, sizeof planes, text.data, text.length);
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t step = 0;
        for (size_t byte = 0; byte < 8; byte++)
            step |= (uint64_t)planes[byte * COUNT + i] << 8 * byte;
        number += step;
        assert_true(back_in_order(number) == values[i]);
    }
    bc_text_free(&text);
}

static void counts_come_back(void **state) {
    static const uint32_t counts[] = {0, 1, 255, 256, 65536, 4294967295u};
    enum { COUNT = sizeof counts / sizeof counts[0] };
    unsigned char planes[4 * COUNT];
    bc_text text = {0};
    (void)state;
    assert_int_equal(bc_block_counts(&text, counts, COUNT, NULL), BC_OK);
    unpack(planes, sizeof planes, text.data, text.length);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t byte = 0; byte < 4; byte++)
            assert_int_equal(planes[byte * COUNT + i], counts[i] >> 8 * byte & 0xff);
    bc_text_free(&text);
}

static void nothing_is_a_block_too(void **state) {
    unsigned char none[1];
    bc_text text = {0};
    (void)state;
    assert_int_equal(bc_block_rising(&text, NULL, 0, NULL), BC_OK);
    unpack(none, 0, text.data, text.length);
    bc_text_free(&text);
}

/* ---- rows ---- */

static void add(bc_scores *scores, const char *path, int label, double value, bc_split split) {
    bc_score_row row = bc_score_row_blank;
    row.path = path;
    row.label = label;
    row.value = value;
    row.split = split;
    assert_int_equal(bc_scores_add(scores, &row, NULL), BC_OK);
}

static void the_worst_rows_come_first(void **state) {
    bc_scores scores = {.logits = true};
    bc_order order;
    size_t worst[4];
    (void)state;
    add(&scores, "a", 1, 2, BC_SPLIT_VAL);
    add(&scores, "b", 0, 3, BC_SPLIT_VAL);
    add(&scores, "c", 1, -1, BC_SPLIT_VAL);
    add(&scores, "d", 0, 3, BC_SPLIT_VAL);
    add(&scores, "e", -1, -9, BC_SPLIT_VAL); /* no label */
    add(&scores, "f", 1, -9, BC_SPLIT_TEST); /* another split */
    assert_int_equal(bc_order_make(&order, &scores, 1u << BC_SPLIT_VAL, NULL), BC_OK);
    assert_int_equal(order.count, 4);
    assert_int_equal(bc_order_worst(worst, &order, &scores, true, 4), 2);
    assert_int_equal(worst[0], 2);
    assert_int_equal(worst[1], 0);
    assert_int_equal(bc_order_worst(worst, &order, &scores, false, 1), 1);
    assert_int_equal(worst[0], 3);
    assert_int_equal(bc_order_below(&order, &scores, 3), 2);
    assert_int_equal(bc_order_below(&order, &scores, 3.5), 4);
    bc_order_free(&order);
    bc_scores_free(&scores);
}

static bool is_taken(const bc_pictures *pictures, size_t row) {
    for (size_t i = 0; i < pictures->count; i++)
        if (pictures->items[i].row == row)
            return true;
    return false;
}

/* 1000 rows, each tenth one positive, rising. */
static void a_few_pictures_show_the_worst_and_those_at_the_cutoffs(void **state) {
    enum { ROWS = 1000, MOST = 40 };
    static const double cutoffs[] = {500.5, NAN};
    bc_scores scores = {.logits = true};
    bc_pictures pictures = {0};
    bc_order order;
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        add(&scores, "x", i % 10 == 0, (double)i, BC_SPLIT_NONE);
    assert_int_equal(bc_order_make(&order, &scores, 1u << BC_SPLIT_NONE, NULL), BC_OK);
    assert_int_equal(bc_pictures_choose(&pictures, &scores, &order, cutoffs, 2, MOST, NULL), BC_OK);
    assert_int_equal(pictures.count, MOST);
    for (size_t i = 0; i < MOST / 4; i++)
        assert_true(is_taken(&pictures, 10 * i)); /* the lowest positives */
    for (size_t i = 0; i < MOST / 4 - 1; i++)
        assert_true(is_taken(&pictures, ROWS - 1 - i)); /* the highest negatives, up to positive 990 */
    assert_true(is_taken(&pictures, 500) && is_taken(&pictures, 501));
    bc_pictures_free(&pictures);
    assert_int_equal(bc_pictures_choose(&pictures, &scores, &order, cutoffs, 2, 2 * ROWS, NULL), BC_OK);
    assert_int_equal(pictures.count, ROWS); /* each once */
    bc_pictures_free(&pictures);
    bc_order_free(&order);
    bc_scores_free(&scores);
}

static void pictures_are_found_where_they_were_moved_to(void **state) {
    static const char gray[] = "P5\n2 1\n255\n\1\2";
    const bc_picture_places moved = {.moved = "new", .recorded = "old/data/"}, here = {.beside = "new"},
                            manifest = {.moved = "new", .recorded = "old/data/list.csv"};
    const bc_picture_places *const places[] = {&moved, &here, &manifest};
    static const size_t shown[] = {2, 1, 2};
    (void)state;
    put_bytes("new/cat/1.pgm", gray, sizeof gray - 1);
    put("new/cat/2.pgm", "no picture");
    put_bytes("new/3.pgm", gray, sizeof gray - 1);
    for (size_t i = 0; i < 3; i++) {
        bc_scores scores = {0};
        bc_pictures pictures = {0};
        add(&scores, "old/data/cat/1.pgm", 1, 0, BC_SPLIT_NONE);
        add(&scores, "old/data/cat/2.pgm", 1, 0, BC_SPLIT_NONE);
        add(&scores, "3.pgm", 1, 0, BC_SPLIT_NONE);
        add(&scores, "old/database/cat/1.pgm", 1, 0, BC_SPLIT_NONE); /* in no folder of that name */
        for (size_t row = 0; row < 4; row++)
            assert_int_equal(bc_pictures_take(&pictures, &scores, row, NULL), BC_OK);
        assert_int_equal(bc_pictures_load(&pictures, &scores, places[i], 100, 100, NULL, NULL, NULL, NULL),
                         BC_OK);
        assert_int_equal(bc_pictures_count(&pictures, BC_PICTURE_SHOWN), shown[i]);
        assert_int_equal(pictures.items[2].state, BC_PICTURE_SHOWN);
        assert_int_equal(pictures.items[3].state, BC_PICTURE_GONE);
        assert_int_equal(bc_pictures_count(&pictures, BC_PICTURE_DAMAGED), i == 1 ? 0 : 1);
        bc_pictures_free(&pictures);
        bc_scores_free(&scores);
    }
}

/* ---- the page ---- */

typedef struct made {
    bc_scores scores;
    bc_curve curve;
    bc_order order;
    bc_pictures pictures;
    bc_suspects suspects;
    bc_report_facts facts, warnings;
    bc_report_cutoff cutoff;
    bc_text page;
} made;

static void make_page(made *of, const char *title) {
    const unsigned splits = 1u << BC_SPLIT_NONE;
    of->cutoff = (bc_report_cutoff){.id = "half", .label = "0.5", .value = 0};
    assert_int_equal(bc_curve_build(&of->curve, &of->scores, splits, NULL), BC_OK);
    assert_int_equal(bc_order_make(&of->order, &of->scores, splits, NULL), BC_OK);
    bc_report report = {.title = title,
                        .program = "bclass",
                        .file = title,
                        .positive = title,
                        .scores = &of->scores,
                        .chosen = {.name = "all", .curve = &of->curve, .order = &of->order, .splits = splits},
                        .cutoffs = &of->cutoff,
                        .cutoff_count = 1,
                        .warnings = &of->warnings,
                        .facts = &of->facts,
                        .pictures = &of->pictures,
                        .suspects = &of->suspects};
    bc_curve_measure(&report.chosen.measures, &of->curve, bc_interval_quantile);
    assert_int_equal(bc_report_page(&of->page, &report, NULL), BC_OK);
}

static void free_made(made *of) {
    bc_scores_free(&of->scores);
    bc_curve_free(&of->curve);
    bc_order_free(&of->order);
    bc_pictures_free(&of->pictures);
    bc_report_facts_free(&of->facts);
    bc_report_facts_free(&of->warnings);
    bc_text_free(&of->page);
}

static size_t count_of(const char *text, const char *word) {
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text++)
        count++;
    return count;
}

static void a_name_cannot_end_the_element_it_stands_in(void **state) {
    static const char hostile[] = "</script><script>alert(1)</script><!--<script>&\xe2\x80\xa8\"'\n\xff";
    made plain = {.scores = {.logits = true}}, of = {.scores = {.logits = true}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        add(&plain.scores, "a", i, i, BC_SPLIT_NONE);
        add(&of.scores, hostile, i, i, BC_SPLIT_NONE);
    }
    assert_int_equal(bc_pictures_take(&plain.pictures, &plain.scores, 0, NULL), BC_OK);
    assert_int_equal(bc_pictures_take(&of.pictures, &of.scores, 0, NULL), BC_OK);
    bc_report_add_fact(&plain.facts, "Data", "x", "y");
    bc_report_add_fact(&of.facts, "Data", hostile, hostile);
    bc_report_add_fact(&of.warnings, "", "", hostile);
    make_page(&plain, "plain");
    make_page(&of, hostile);
    /* nothing opens or ends but what the page has anyway */
    assert_int_equal(count_of(of.page.data, "<script"), count_of(plain.page.data, "<script"));
    assert_int_equal(count_of(of.page.data, "</script"), count_of(plain.page.data, "</script"));
    assert_int_equal(count_of(of.page.data, "<!--"), count_of(plain.page.data, "<!--"));
    assert_int_equal(count_of(strstr(of.page.data, "id=\"facts\""), "\xe2\x80\xa8"), 0);
    assert_int_equal(count_of(of.page.data, "\xff"), 0);
    assert_true(count_of(of.page.data, "\\u003c/script\\u003e\\u003cscript\\u003ealert(1)") > 3);
    free_made(&plain);
    free_made(&of);
}

static void the_page_lets_no_request_out(void **state) {
    made of = {.scores = {.logits = true}};
    (void)state;
    add(&of.scores, "a", 1, 1, BC_SPLIT_NONE);
    make_page(&of, "plain");
    assert_non_null(strstr(of.page.data, "default-src 'none'; img-src data:; style-src 'sha256-"));
    assert_non_null(strstr(of.page.data, "; script-src 'sha256-"));
    assert_int_equal(count_of(of.page.data, "https:"), 0);
    assert_int_equal(count_of(of.page.data, "http:"), 1); /* the name space of SVG in the script */
    assert_int_equal(count_of(of.page.data, " src="), 0);
    free_made(&of);
}

static void names_beyond_the_limit_are_counted(void **state) {
    made of = {.scores = {.logits = true}};
    char expected[64], name[32];
    (void)state;
    for (int i = 0; i < BC_REPORT_PATHS; i++) {
        snprintf(name, sizeof name, "%d", i);
        add(&of.scores, name, i % 8 != 0, i, BC_SPLIT_NONE);
    }
    make_page(&of, "plain");
    snprintf(expected, sizeof expected, "\"positives\":{\"count\":%d,\"total\":%d", BC_REPORT_PATHS / 2,
             BC_REPORT_PATHS / 8 * 7);
    assert_non_null(strstr(of.page.data, expected));
    snprintf(expected, sizeof expected, "\"negatives\":{\"count\":%d,\"total\":%d", BC_REPORT_PATHS / 8,
             BC_REPORT_PATHS / 8);
    assert_non_null(strstr(of.page.data, expected));
    free_made(&of);
}

/* A positive below the cutoff, a negative above it whose picture is gone, and two that are right. */
static void a_sheet_shows_the_mistakes(void **state) {
    enum { SIDE = 24, GRAY = 77 };
    static const char head[] = "P5\n24 24\n255\n";
    char picture[sizeof head - 1 + SIDE * SIDE];
    made of = {.scores = {.logits = true}, .cutoff = {.value = 0}};
    const unsigned splits = 1u << BC_SPLIT_NONE;
    const bc_picture_places here = {0};
    bc_decode_options options = {0};
    bc_decoder *decoder;
    bc_image image = {0};
    uint8_t *bytes;
    size_t size, found = 0;
    (void)state;
    memcpy(picture, head, sizeof head - 1);
    memset(picture + sizeof head - 1, GRAY, SIDE * SIDE);
    put_bytes("missed.pgm", picture, sizeof picture);
    put_bytes("right.pgm", picture, sizeof picture);
    add(&of.scores, "missed.pgm", 1, -1, BC_SPLIT_NONE);
    add(&of.scores, "right.pgm", 1, 1, BC_SPLIT_NONE);
    add(&of.scores, "gone.pgm", 0, 2, BC_SPLIT_NONE);
    assert_int_equal(bc_curve_build(&of.curve, &of.scores, splits, NULL), BC_OK);
    assert_int_equal(bc_order_make(&of.order, &of.scores, splits, NULL), BC_OK);
    const bc_report report = {
        .title = "\xff\n<",
        .scores = &of.scores,
        .chosen = {.name = "all", .curve = &of.curve, .order = &of.order, .splits = splits},
        .cutoffs = &of.cutoff,
        .cutoff_count = 1};
    assert_int_equal(bc_report_sheet(&report, &here, 1000, NULL, "sheet.png", NULL), BC_OK);
    assert_int_equal(bc_file_read(&bytes, &size, "sheet.png", 1 << 24, NULL), BC_OK);
    assert_int_equal(bc_decoder_create(&decoder, NULL), BC_OK);
    assert_int_equal(bc_decoder_decode(&image, decoder, bytes, size, "sheet.png", &options, NULL), BC_OK);
    assert_true(image.width > 6 * BC_SHEET_SIDE && image.height > 2 * BC_SHEET_SIDE);
    for (size_t i = 0; i < (size_t)image.width * image.height; i++)
        found += image.pixels[image.channels * i] == GRAY;
    /* one picture, enlarged eight times: words may have a pixel of the same gray at their edges */
    assert_in_range(found, (size_t)8 * 8 * SIDE * SIDE, (size_t)8 * 8 * SIDE * SIDE + 200);
    bc_decoder_free(decoder);
    bc_image_free(&image);
    free(bytes);
    free_made(&of);
}

static void only_pages_are_taken_for_pages(void **state) {
    made of = {.scores = {.logits = true}};
    bool is_page;
    (void)state;
    add(&of.scores, "a", 1, 1, BC_SPLIT_NONE);
    make_page(&of, "plain");
    put_bytes("page.html", of.page.data, of.page.length);
    put("other.html", "<!doctype html>\n<p>");
    assert_int_equal(bc_report_is_page(&is_page, "page.html", NULL), BC_OK);
    assert_true(is_page);
    assert_int_equal(bc_report_is_page(&is_page, "other.html", NULL), BC_OK);
    assert_false(is_page);
    assert_int_equal(bc_report_is_page(&is_page, "absent.html", NULL), BC_OK);
    assert_false(is_page);
    free_made(&of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_that_of_the_standard),
        cmocka_unit_test(rising_numbers_come_back_bit_by_bit),
        cmocka_unit_test(counts_come_back),
        cmocka_unit_test(nothing_is_a_block_too),
        cmocka_unit_test(the_worst_rows_come_first),
        cmocka_unit_test(a_few_pictures_show_the_worst_and_those_at_the_cutoffs),
        in_tree(pictures_are_found_where_they_were_moved_to),
        cmocka_unit_test(a_name_cannot_end_the_element_it_stands_in),
        cmocka_unit_test(the_page_lets_no_request_out),
        cmocka_unit_test(names_beyond_the_limit_are_counted),
        in_tree(a_sheet_shows_the_mistakes),
        in_tree(only_pages_are_taken_for_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
