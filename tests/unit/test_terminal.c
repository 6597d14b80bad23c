/* What is drawn on a terminal: fields that fit, durations, curves in a line, and which locales have UTF-8. */
#define _POSIX_C_SOURCE 200809L
#include "cmocka_includes.h"

#include "cli/progress.h"
#include "cli/sparkline.h"
#include "cli/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void fields_that_do_not_fit_are_left_out(void **state) {
    (void)state;
    const char *line = "epoch 3/60  step 12/54  loss 0.4312";
    assert_int_equal(bc_progress_fit(line, 80), strlen(line));
    assert_int_equal(bc_progress_fit(line, 35), strlen(line));
    assert_int_equal(bc_progress_fit(line, 34), strlen("epoch 3/60  step 12/54"));
    assert_int_equal(bc_progress_fit(line, 22), strlen("epoch 3/60  step 12/54"));
    assert_int_equal(bc_progress_fit(line, 21), strlen("epoch 3/60"));
    assert_int_equal(bc_progress_fit(line, 6), 6); /* the first one has to be cut */
}

static size_t fields(const char *line, unsigned length) {
    size_t count = 0;
    for (unsigned i = 0; i < length; i++)
        count += line[i] != ' ' && (i == 0 || (line[i - 1] == ' ' && (i == 1 || line[i - 2] == ' ')));
    return count;
}

/* Their cells end in the same columns. */
static void a_header_and_its_rows_lose_the_same_columns(void **state) {
    (void)state;
    const char *header = "    epoch  train loss   val loss  images/s";
    const char *row = "     1/60      0.6123     0.5432      1520";
    static const struct {
        unsigned columns;
        size_t fields;
    } known[] = {{42, 4}, {41, 3}, {32, 3}, {31, 2}, {21, 2}, {20, 1}, {9, 1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(fields(header, bc_progress_fit(header, known[i].columns)), known[i].fields);
        assert_int_equal(fields(row, bc_progress_fit(row, known[i].columns)), known[i].fields);
    }
}

static void durations_are_rounded_to_what_is_worth_telling(void **state) {
    (void)state;
    static const struct {
        double seconds;
        const char *words;
    } known[] = {{0, "0 s"},         {0.6, "1 s"},          {59.4, "59 s"},       {59.6, "1 min 0 s"},
                 {185, "3 min 5 s"}, {3599, "59 min 59 s"}, {7800, "2 h 10 min"}, {-1, "?"},
                 {NAN, "?"},         {INFINITY, "?"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char words[BC_PROGRESS_DURATION_SIZE];
        bc_progress_duration(words, known[i].seconds);
        assert_string_equal(words, known[i].words);
    }
}

static void expect_curve(const double *values, size_t count, size_t columns, bool utf8, const char *curve) {
    bc_text text = {0};
    bc_sparkline(&text, values, count, columns, utf8);
    assert_string_equal(text.data, curve);
    bc_text_free(&text);
}

static void a_curve_goes_from_the_least_to_the_greatest_height(void **state) {
    (void)state;
    static const double falling[] = {8, 7, 6, 5, 4, 3, 2, 1};
    expect_curve(falling, 8, 80, true, "█▇▆▅▄▃▂▁");
    expect_curve(falling, 8, 80, false, "#%*+=-._");
    expect_curve(falling, 8, 8, false, "#%*+=-._");
    expect_curve(falling, 8, 4, false,
                 "#*-_"); /* means 7.5, 5.5, 3.5, 1.5: heights 8, 5.3, 2.7, 0 of eight */
    static const double flat[] = {2, 2, 2};
    expect_curve(flat, 3, 80, false, "___");
    static const double odd[] = {1, 1, 2, 2, 3}; /* the last of three is a mean of one */
    expect_curve(odd, 5, 3, false, "_+#");
}

static void the_locale_tells_whether_there_is_utf8(void **state) {
    (void)state;
    static const struct {
        const char *all, *ctype, *lang;
        bool utf8;
    } known[] = {{NULL, NULL, "en_US.UTF-8", true},   {NULL, NULL, "de_DE.utf8@euro", true},
                 {"C", NULL, "en_US.UTF-8", false},   {NULL, "C.UTF-8", "C", true},
                 {"", "", "de_DE.ISO-8859-1", false}, {NULL, NULL, NULL, false},
                 {"", "POSIX", "en_US.UTF-8", false}};
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *const values[] = {known[i].all, known[i].ctype, known[i].lang};
        for (size_t k = 0; k < 3; k++) {
            if (values[k] != NULL)
                setenv(names[k], values[k], 1);
            else
                unsetenv(names[k]);
        }
        assert_int_equal(bc_terminal_has_utf8(), known[i].utf8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_that_do_not_fit_are_left_out),
        cmocka_unit_test(a_header_and_its_rows_lose_the_same_columns),
        cmocka_unit_test(durations_are_rounded_to_what_is_worth_telling),
        cmocka_unit_test(a_curve_goes_from_the_least_to_the_greatest_height),
        cmocka_unit_test(the_locale_tells_whether_there_is_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
