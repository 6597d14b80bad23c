/* Numbers from and to text, independent of the locale. */
#include "base/number.h"

#include "base/digits.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* ---- plain decimals, without a call to the C library ---- */

enum { MOST_DIGITS = 19, MOST_POWER = 27 };

const uint64_t bc_digits_powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

const double bc_digits_units[2][BC_DIGITS_EXACT + 1] = {
    {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22},
    {-1e0,  -1e1,  -1e2,  -1e3,  -1e4,  -1e5,  -1e6,  -1e7,  -1e8,  -1e9,  -1e10, -1e11,
     -1e12, -1e13, -1e14, -1e15, -1e16, -1e17, -1e18, -1e19, -1e20, -1e21, -1e22}};

/* Digits and what they say. */
typedef struct scanned {
    const char *end; /* what follows them */
    uint64_t number; /* its lowest 64 bits */
} scanned;

/* Takes the digits that follow to those there are. */
static inline scanned scan_digits(scanned so_far) {
    for (;;) {
        uint64_t word = bc_digits_load(so_far.end);
        uint64_t others = bc_digits_others(word);
        if (others != 0) {
            unsigned count = bc_digits_count(others);
            so_far.end += count;
            so_far.number = so_far.number * bc_digits_powers[count] + bc_digits_join_first(word, count);
            return so_far;
        }
        so_far.end += BC_DIGITS_WORD;
        so_far.number = so_far.number * bc_digits_powers[BC_DIGITS_WORD] + bc_digits_join(word);
    }
}

/* What follows the e of an exponent; NULL when it is none, or beyond what is read here. */
static const char *scan_exponent(int *exponent, const char *text) {
    bool down = *text == '-';
    text += *text == '-' || *text == '+';
    const char *first = text;
    int magnitude = 0;
    for (; is_digit(*text) && text - first < 3; text++)
        magnitude = magnitude * 10 + (*text - '0');
    *exponent = down ? -magnitude : magnitude;
    return text > first && !is_digit(*text) ? text : NULL;
}

/* Zeros in front of a number's other digits carry nothing. */
static size_t count_leading_zeros(const char *text) {
    size_t zeros = 0;
    for (; *text == '0' || *text == '.'; text++)
        zeros += *text == '0';
    return zeros;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

/* 2^power, for a power that a normal double holds. */
static double power_of_two(int power) {
    uint64_t bits = (uint64_t)(power + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The double nearest to mantissa * 10^power, mantissa > 0, |power| <= 27. The product or quotient with
 * 5^|power|, which fits 63 bits, is cut to 63 or 64 bits whose lowest says whether anything was cut off; this
 * is enough to round once, when it becomes a double. */
static double scale(uint64_t mantissa, int power) {
    uint64_t five = 1, cut;
    for (int i = 0; i < abs(power); i++)
        five *= 5;
    int shift;
    if (power < 0) {
        int up = __builtin_clzll(mantissa), down = __builtin_clzll(five);
        wide dividend = (wide)(mantissa << up) << 63;
        uint64_t divisor = five << down;
        cut = (uint64_t)(dividend / divisor);
        cut |= (wide)cut * divisor != dividend;
        shift = down - up - 63;
    } else {
        wide product = (wide)mantissa * five;
        uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
        shift = high > 0 ? 64 - __builtin_clzll(high) : 0;
        cut = (uint64_t)(product >> shift);
        cut |= shift > 0 && low << (64 - shift) != 0;
    }
    return (double)cut * power_of_two(shift + power);
}
#endif

const char *bc_number_scan(double *value, const char *text) {
    bool negative = *text == '-';
    text += *text == '-' || *text == '+';
    scanned all = scan_digits((scanned){text, 0});
    const char *point = all.end;
    int exponent = 0, fraction = 0;
    if (*point == '.') {
        all = scan_digits((scanned){point + 1, all.number});
        fraction = (int)(all.end - point - 1);
    }
    const long count = point - text + fraction;
    if (count > 0 && (*all.end | 0x20) == 'e')
        all.end = scan_exponent(&exponent, all.end + 1);
    if (count == 0 || all.end == NULL ||
        (count > MOST_DIGITS && count - (long)count_leading_zeros(text) > MOST_DIGITS))
        return NULL;
    exponent -= fraction;
    if (all.number <= (uint64_t)1 << 53 && abs(exponent) <= BC_DIGITS_EXACT)
        *value = exponent < 0 ? (double)all.number / bc_digits_units[negative][-exponent]
                              : (double)all.number * bc_digits_units[negative][exponent];
#ifdef __SIZEOF_INT128__
    else if (all.number > 0 && abs(exponent) <= MOST_POWER)
        *value = bc_digits_units[negative][0] * scale(all.number, exponent);
#endif
    else
        return NULL;
    return all.end;
}

/* ---- any number ---- */

static bool parse_plain(const char *text, size_t length, double *value) {
    char copy[48] = {0}; /* so that there is something to read behind it */
    if (length + BC_NUMBER_SLACK > sizeof copy)
        return false;
    memcpy(copy, text, length);
    return bc_number_scan(value, copy) == copy + length;
}

/* strtod reads the decimal point of the current locale, so a foreign one is put in its place first. */
static void localise_point(char *text) {
    char *dot = strchr(text, '.');
    const char *point = localeconv()->decimal_point;
    if (dot != NULL && point[0] != '.' && point[0] != '\0' && point[1] == '\0')
        *dot = point[0];
}

static bool parse_any(const char *text, size_t length, double *value) {
    char copy[512];
    if (length == 0 || length >= sizeof copy)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (strchr("0123456789abcdefxinftypABCDEFXINFTYP+-.", text[i]) == NULL || text[i] == '\0')
            return false; /* also a comma, whatever the locale */
        copy[i] = text[i];
    }
    copy[length] = '\0';
    localise_point(copy);
    char *end;
    double parsed = strtod(copy, &end);
    if (*end != '\0')
        return false;
    bool spelled_infinity = strpbrk(copy, "nN") != NULL;
    if (isinf(parsed) && !spelled_infinity)
        return false;
    *value = parsed;
    return true;
}

static void trim(const char **text, size_t *length) {
    while (*length > 0 && is_blank((*text)[0]))
        (*text)++, (*length)--;
    while (*length > 0 && is_blank((*text)[*length - 1]))
        (*length)--;
}

bool bc_number_parse(const char *text, size_t length, double *value) {
    trim(&text, &length);
    return parse_plain(text, length, value) || parse_any(text, length, value);
}

bool bc_integer_parse(const char *text, size_t length, int64_t *value) {
    trim(&text, &length);
    bool negative = length > 0 && text[0] == '-';
    size_t start = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (start == length)
        return false;
    uint64_t magnitude = 0, limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    for (size_t i = start; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (magnitude > (limit - digit) / 10)
            return false;
        magnitude = magnitude * 10 + digit;
    }
    if (!negative)
        *value = (int64_t)magnitude;
    else
        *value = magnitude == limit ? INT64_MIN : -(int64_t)magnitude;
    return true;
}

static void print(char buffer[BC_NUMBER_SIZE], const char *format, int digits, double value) {
    if (isnan(value)) {
        strcpy(buffer, "nan"); /* never "-nan" */
        return;
    }
    snprintf(buffer, BC_NUMBER_SIZE, format, digits, value);
    const char *point = localeconv()->decimal_point;
    char *found = point[0] != '.' && point[1] == '\0' ? strchr(buffer, point[0]) : NULL;
    if (found != NULL)
        *found = '.';
}

void bc_number_print(char buffer[BC_NUMBER_SIZE], double value, int digits) {
    print(buffer, "%.*g", digits, value);
}

void bc_number_print_fixed(char buffer[BC_NUMBER_SIZE], double value, int decimals) {
    print(buffer, fabs(value) < 1e15 ? "%.*f" : "%.*g", decimals, value);
}

void bc_number_print_exact(char buffer[BC_NUMBER_SIZE], double value) {
    for (int digits = 15; digits <= 17; digits++) {
        double back;
        bc_number_print(buffer, value, digits);
        if (bc_number_parse(buffer, strlen(buffer), &back) && back == value)
            return;
    }
}

void bc_number_print_hex(char buffer[BC_NUMBER_SIZE], double value) {
    print(buffer, "%.*a", 13, value);
}

bool bc_all_finite(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}
