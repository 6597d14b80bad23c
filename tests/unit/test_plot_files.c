/* Plots as files: PNG read again by libpng, PDF and SVG by their ends; and what is left where writing fails.
 */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"
#include "temporary_tree.h"

#include "base/file.h"
#include "plot/plots.h"

#include <bclass/scores.h>

#include <png.h>
#include <stdlib.h>
#include <string.h>

static bc_curve make_curve(void) {
    bc_error err = {0};
    bc_scores scores = {0};
    bc_curve curve;
    for (int i = 0; i < 60; i++) {
        bc_score_row row = bc_score_row_blank;
        row.label = i % 3 == 0;
        row.value = (i * 7 % 60) / 60.0 * 0.7 + 0.3 * row.label;
        assert_int_equal(bc_scores_add(&scores, &row, &err), BC_OK);
    }
    assert_int_equal(bc_curve_build(&curve, &scores, BC_SPLITS_ALL, &err), BC_OK);
    bc_scores_free(&scores);
    return curve;
}

static bc_chart make_chart(const char *file) {
    bc_error err = {0};
    bc_chart chart;
    bc_curve curve = make_curve();
    const bc_plot_pick pick = {"max f1: \xff<&\n", 0.4};
    const bc_plot_input input = {
        .file = file, .chosen = {.name = "val", .curve = &curve}, .picks = &pick, .pick_count = 1};
    assert_int_equal(bc_plot_pr(&chart, &input, &err), BC_OK);
    bc_curve_free(&curve);
    return chart;
}

static uint8_t *read_whole(size_t *size, const char *path) {
    bc_error err = {0};
    uint8_t *data;
    if (bc_file_read(&data, size, path, 1 << 24, &err) != BC_OK)
        fail_msg("%s", err.message);
    return data;
}

static void write_chart(const bc_chart *chart, const char *path) {
    bc_error err = {0};
    if (bc_chart_write(chart, path, &err) != BC_OK)
        fail_msg("%s", err.message);
}

/* White paper with some ink, of more than one colour, and the plot's frame within. */
static void a_png_is_a_picture_of_the_size_of_a_figure(void **state) {
    (void)state;
    png_image image = {.version = PNG_IMAGE_VERSION};
    bc_chart chart = make_chart("scores.csv");
    write_chart(&chart, "plot.PNG");
    assert_true(png_image_begin_read_from_file(&image, "plot.PNG"));
    image.format = PNG_FORMAT_RGB;
    assert_in_range(image.width, 800, 1600);
    assert_in_range(image.height, 600, 1600);
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    size_t white = 0, blue = 0, count = (size_t)image.width * image.height;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *pixel = pixels + 3 * i;
        white += pixel[0] == 255 && pixel[1] == 255 && pixel[2] == 255;
        blue += pixel[2] > 150 && pixel[0] < 60;
    }
    assert_in_range(white, count / 2, count - count / 50);
    assert_in_range(blue, 1000, count / 10);
    png_image_free(&image);
    free(pixels);
    bc_chart_free(&chart);
}

static void assert_has(const uint8_t *data, size_t size, const char *words) {
    for (size_t i = 0; i + strlen(words) <= size; i++) {
        if (memcmp(data + i, words, strlen(words)) == 0)
            return;
    }
    fail_msg("there is no %s", words);
}

static void a_pdf_and_an_svg_are_whole(void **state) {
    (void)state;
    size_t size;
    bc_chart chart = make_chart("scores.csv");
    write_chart(&chart, "plot.pdf");
    uint8_t *data = read_whole(&size, "plot.pdf");
    assert_true(size > 1000 && memcmp(data, "%PDF-", 5) == 0);
    assert_memory_equal(data + size - 6, "%%EOF\n", 6);
    assert_has(data, size, "/Title");
    free(data);
    write_chart(&chart, "plot.svg");
    data = read_whole(&size, "plot.svg");
    assert_has(data, size < 200 ? size : 200, "<svg ");
    assert_memory_equal(data + size - 7, "</svg>\n", 7);
    free(data);
    bc_chart_free(&chart);
}

static void the_same_chart_gives_the_same_bytes(void **state) {
    (void)state;
    /* an SVG has the number of the surface in it, which is the same in a new process only */
    static const char *const names[][2] = {{"a.png", "b.png"}, {"a.pdf", "b.pdf"}};
    bc_chart chart = make_chart("scores.csv");
    for (size_t i = 0; i < 2; i++) {
        size_t sizes[2];
        uint8_t *data[2];
        for (size_t k = 0; k < 2; k++) {
            write_chart(&chart, names[i][k]);
            data[k] = read_whole(&sizes[k], names[i][k]);
        }
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(data[0], data[1], sizes[0]);
        free(data[0]);
        free(data[1]);
    }
    /* nor is the time of day in it, which would show only later */
    size_t size;
    uint8_t *data = read_whole(&size, "a.pdf");
    for (size_t i = 0; i + 12 < size; i++)
        assert_false(memcmp(data + i, "CreationDate", 12) == 0);
    free(data);
    bc_chart_free(&chart);
}

static void hostile_names_make_plots_too(void **state) {
    (void)state;
    bc_chart chart = make_chart("\"><script>\xff\x01\n(\\)%%EOF endobj\xed\xa0\x80.csv");
    write_chart(&chart, "plot.svg");
    write_chart(&chart, "plot.png");
    write_chart(&chart, "plot.pdf");
    size_t size;
    uint8_t *data = read_whole(&size, "plot.svg");
    for (size_t i = 0; i + 7 < size; i++)
        assert_false(memcmp(data + i, "<script", 7) == 0);
    free(data);
    bc_chart_free(&chart);
}

static void an_old_file_is_replaced_and_a_folder_is_not(void **state) {
    (void)state;
    bc_error err = {0};
    size_t size;
    bc_chart chart = make_chart("scores.csv");
    put("plot.svg", "an old file");
    write_chart(&chart, "plot.svg");
    uint8_t *data = read_whole(&size, "plot.svg");
    assert_has(data, size < 200 ? size : 200, "<svg ");
    free(data);
    put("folder.svg/inside", "");
    assert_int_equal(bc_chart_write(&chart, "folder.svg", &err), BC_ERROR_IO);
    assert_int_equal(access("folder.svg/inside", F_OK), 0);
    bc_chart_free(&chart);
}

static void a_file_that_cannot_be_written_is_told_and_none_is_left(void **state) {
    (void)state;
    bc_error err = {0};
    bc_chart chart = make_chart("scores.csv");
    assert_int_equal(bc_chart_write(&chart, "plot.gif", &err), BC_ERROR_USAGE);
    assert_int_equal(bc_chart_write(&chart, "none/plot.png", &err), BC_ERROR_IO);
    assert_string_equal(err.message, "none/plot.png: cannot write: No such file or directory");
    /* a full disk, reached through a link with a name that fits */
    static const char *const names[] = {"full.svg", "full.png", "full.pdf"};
    for (size_t i = 0; i < 3 && access("/dev/full", W_OK) == 0; i++) {
        err = (bc_error){0};
        assert_int_equal(symlink("/dev/full", names[i]), 0);
        assert_int_equal(bc_chart_write(&chart, names[i], &err), BC_ERROR_IO);
        assert_non_null(strstr(err.message, names[i]));
        assert_int_equal(unlink(names[i]), 0);
    }
    DIR *here = opendir(".");
    assert_non_null(here);
    size_t count = 0;
    while (readdir(here) != NULL)
        count++;
    closedir(here);
    assert_int_equal(count, 2); /* . and .. */
    bc_chart_free(&chart);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_tree(a_png_is_a_picture_of_the_size_of_a_figure),
        in_tree(a_pdf_and_an_svg_are_whole),
        in_tree(the_same_chart_gives_the_same_bytes),
        in_tree(hostile_names_make_plots_too),
        in_tree(an_old_file_is_replaced_and_a_folder_is_not),
        in_tree(a_file_that_cannot_be_written_is_told_and_none_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
