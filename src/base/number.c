/* Numbers from and to text, independent of the locale. */
#include "base/number.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 10^0 to 10^22 are exact in double, so m * 10^e and m / 10^e with m < 2^53 round once (Clinger 1990). */
static const double exact_power_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* The usual short decimal number, without a call to the C library. false: not of that kind, try the slow way.
 */
static bool parse_short_decimal(const char *text, const char *end, double *value) {
    bool negative = text < end && *text == '-';
    if (text < end && (*text == '-' || *text == '+'))
        text++;
    uint64_t mantissa = 0;
    int digits = 0, fraction = 0, exponent = 0;
    for (; text < end && is_digit(*text); text++, digits++)
        mantissa = mantissa * 10 + (uint64_t)(*text - '0');
    if (text < end && *text == '.') {
        for (text++; text < end && is_digit(*text); text++, digits++, fraction++)
            mantissa = mantissa * 10 + (uint64_t)(*text - '0');
    }
    if (digits == 0 || digits > 18)
        return false;
    if (text < end && (*text == 'e' || *text == 'E')) {
        text++;
        bool down = text < end && *text == '-';
        if (text < end && (*text == '-' || *text == '+'))
            text++;
        if (text == end || end - text > 3)
            return false;
        for (; text < end && is_digit(*text); text++)
            exponent = exponent * 10 + (*text - '0');
        exponent = down ? -exponent : exponent;
    }
    exponent -= fraction;
    if (text != end || mantissa > ((uint64_t)1 << 53) || exponent < -22 || exponent > 22)
        return false;
    double magnitude = (double)mantissa;
    magnitude =
        exponent < 0 ? magnitude / exact_power_of_ten[-exponent] : magnitude * exact_power_of_ten[exponent];
    *value = negative ? -magnitude : magnitude;
    return true;
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
    return parse_short_decimal(text, text + length, value) || parse_any(text, length, value);
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
