/* Numbers as text against the C library's strtod, bit for bit. */
#include "cmocka_includes.h"

#include "base/number.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 400, TRIES = 300000 };

typedef void make_text(char text[TEXT_SIZE], bc_random *random);

static void assert_as_strtod(const char *text) {
    char *end;
    double expected = strtod(text, &end), parsed = -1, scanned;
    assert_true(*end == '\0');
    if (!bc_number_parse(text, strlen(text), &parsed)) {
        assert_true(isinf(expected));
        return;
    }
    if (memcmp(&parsed, &expected, sizeof parsed) != 0)
        fail_msg("'%s' was read as %a, strtod gives %a", text, parsed, expected);
    char behind[TEXT_SIZE + BC_NUMBER_SLACK] = {0};
    size_t length = strlen(text);
    memcpy(behind, text, length);
    memset(behind + length, ',', BC_NUMBER_SLACK);
    const char *stop = bc_number_scan(&scanned, behind);
    if (stop != NULL) {
        assert_true(stop == behind + length);
        assert_memory_equal(&scanned, &expected, sizeof scanned);
    }
}

static void check(make_text *make, uint64_t stream) {
    char text[TEXT_SIZE];
    bc_random random = bc_random_keyed(31, BC_RANDOM_RESAMPLE, stream, 0);
    for (int i = 0; i < TRIES; i++) {
        make(text, &random);
        assert_as_strtod(text);
    }
}

static int below(bc_random *random, int bound) {
    return (int)bc_random_below(random, (uint64_t)bound);
}

/* Digits with or without a point among them, a sign, leading zeros. */
static void make_digits(char text[TEXT_SIZE], bc_random *random) {
    int digits = 1 + below(random, 22), point = below(random, 24), length = 0;
    if (below(random, 2) == 0)
        text[length++] = "+-"[below(random, 2)];
    for (int zeros = below(random, 3) == 0 ? below(random, 8) : 0; zeros > 0; zeros--)
        text[length++] = '0';
    for (int i = 0; i < digits; i++) {
        if (i == point)
            text[length++] = '.';
        text[length++] = (char)('0' + below(random, 10));
    }
    text[length] = '\0';
}

static void make_small_fraction(char text[TEXT_SIZE], bc_random *random) {
    int length = snprintf(text, TEXT_SIZE, "0.");
    for (int zeros = below(random, 12); zeros > 0; zeros--)
        text[length++] = '0';
    for (int digits = 1 + below(random, 20); digits > 0; digits--)
        text[length++] = (char)('0' + below(random, 10));
    text[length] = '\0';
}

static void make_exponent(char text[TEXT_SIZE], bc_random *random) {
    make_digits(text, random);
    size_t length = strlen(text);
    int most = below(random, 2) == 0 ? 30 : 340, exponent = below(random, 2 * most) - most;
    switch (below(random, 3)) {
    case 0:
        snprintf(text + length, TEXT_SIZE - length, "e%d", exponent);
        return;
    case 1:
        snprintf(text + length, TEXT_SIZE - length, "E%+d", exponent);
        return;
    default:
        snprintf(text + length, TEXT_SIZE - length, "e%03d", exponent);
    }
}

/* What programs print of scores. */
static void make_score(char text[TEXT_SIZE], bc_random *random) {
    snprintf(text, TEXT_SIZE, "%.*g", 6 + below(random, 13), bc_random_uniform(random));
}

static void make_any_double(char text[TEXT_SIZE], bc_random *random) {
    uint64_t bits = bc_random_next(random);
    double value;
    memcpy(&value, &bits, sizeof value);
    snprintf(text, TEXT_SIZE, "%.*g", 15 + below(random, 4), isfinite(value) ? value : 0.5);
}

static void make_denormal(char text[TEXT_SIZE], bc_random *random) {
    uint64_t bits = bc_random_next(random) >> (12 + below(random, 50));
    double value;
    memcpy(&value, &bits, sizeof value);
    snprintf(text, TEXT_SIZE, "%.*g", 15 + below(random, 4), value);
}

/* Half way between two doubles, and one unit beside it: whole numbers beyond 2^53, and halves or quarters
 * below, with the point moved by an exponent that an equal number of zeros takes back. */
static void make_halfway(char text[TEXT_SIZE], bc_random *random) {
    static const char *const parts[] = {"", ".5", ".25", ".75", ".500001", ".499999"};
    unsigned shift = (unsigned)below(random, 11);
    uint64_t number = ((bc_random_next(random) >> 11 | (uint64_t)1 << 52) << shift);
    if (shift > 0)
        number += ((uint64_t)1 << (shift - 1)) + (uint64_t)below(random, 3) - 1;
    snprintf(text, TEXT_SIZE, "%llu%s", (unsigned long long)number, parts[shift > 0 ? 0 : below(random, 6)]);
}

/* A random double's neighbour half an ulp up, cut or rounded at 19 digits. */
static void make_near_halfway(char text[TEXT_SIZE], bc_random *random) {
    long double value = (long double)bc_random_uniform(random), half = (long double)0x1p-54;
    snprintf(text, TEXT_SIZE, "%.19Lf", value + half);
}

static void short_and_long_decimals_are_read_as_by_strtod(void **state) {
    (void)state;
    check(make_digits, 1);
    check(make_small_fraction, 2);
}

static void printed_scores_are_read_as_by_strtod(void **state) {
    (void)state;
    check(make_score, 3);
}

static void exponents_are_read_as_by_strtod(void **state) {
    (void)state;
    check(make_exponent, 4);
}

static void all_doubles_are_read_as_by_strtod(void **state) {
    (void)state;
    check(make_any_double, 5);
    check(make_denormal, 6);
}

static void halfway_cases_are_read_as_by_strtod(void **state) {
    (void)state;
    check(make_halfway, 7);
    check(make_near_halfway, 8);
}

/* Every number of digits and every power at the edges of what is read fast. */
static void the_edges_of_the_fast_ways_are_read_as_by_strtod(void **state) {
    (void)state;
    static const char *const numbers[] = {
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "9999999999999999999",
        "1844674407370955",
        "18446744073709551615",
        "10000000000000000000",
        "00000000000000000001",
        "1",
        "0",
        "0000000000000000000",
        "0.0000000000000000000",
        "4503599627370497",
        "12345678901234567890",
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        for (int exponent = -30; exponent <= 30; exponent++) {
            char text[TEXT_SIZE];
            snprintf(text, sizeof text, "%se%d", numbers[i], exponent);
            assert_as_strtod(text);
        }
    }
}

static void a_scan_stops_behind_the_number_and_knows_what_is_none(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length; /* 0: no plain decimal */
    } cases[] = {
        {"1,2", 1}, {"-0.5e-3\n", 7}, {"+7;", 2},    {"5.\n", 2}, {".5\t", 2}, {"1e5e5", 3},  {"1.5.2", 3},
        {"-", 0},   {"", 0},          {".", 0},      {"e5", 0},   {"1e", 0},   {"1e+,", 0},   {"inf", 0},
        {"nan", 0}, {" 1", 0},        {"1e1000", 0}, {"1:2", 1},  {"1/2", 1},  {"12\xff", 2}, {"--1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64] = {0};
        double value;
        memcpy(text, cases[i].text, strlen(cases[i].text));
        const char *stop = bc_number_scan(&value, text);
        if (stop != (cases[i].length > 0 ? text + cases[i].length : NULL))
            fail_msg("'%s'", cases[i].text);
    }
}

static void one_value_that_is_not_finite_is_found_wherever_it_is(void **state) {
    (void)state;
    float values[5] = {1, -2, 3.4e38f, 0, 1e-45f};
    assert_true(bc_all_finite(values, 5) && bc_all_finite(values, 0));
    for (size_t i = 0; i < 5; i++) {
        const float kept = values[i];
        values[i] = i % 2 == 0 ? NAN : -INFINITY;
        assert_false(bc_all_finite(values, 5));
        assert_true(bc_all_finite(values, i));
        values[i] = kept;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_and_long_decimals_are_read_as_by_strtod),
        cmocka_unit_test(printed_scores_are_read_as_by_strtod),
        cmocka_unit_test(exponents_are_read_as_by_strtod),
        cmocka_unit_test(all_doubles_are_read_as_by_strtod),
        cmocka_unit_test(halfway_cases_are_read_as_by_strtod),
        cmocka_unit_test(the_edges_of_the_fast_ways_are_read_as_by_strtod),
        cmocka_unit_test(a_scan_stops_behind_the_number_and_knows_what_is_none),
        cmocka_unit_test(one_value_that_is_not_finite_is_found_wherever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
