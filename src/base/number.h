/*
 * Numbers as text, the same in every locale, and exact: what is printed with enough digits reads back as it
 * was.
 */
#ifndef BC_BASE_NUMBER_H
#define BC_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BC_NUMBER_SIZE = 40 }; /* room for any printed number and its NUL */

/* Reads all of text as a decimal or hexadecimal floating-point number, "inf", "infinity" or "nan" in any
 * case, surrounded by blanks at most. false when it is none, and when a finite decimal overflows (1e400). */
bool bc_number_parse(const char *text, size_t length, double *value);

/* Reads the plain decimal number that starts at text: digits with or without a sign, a point and an exponent.
 * Returns where it ends, *value being the double nearest to it; NULL for what is none and for one of more
 * digits or a greater exponent than can be read exactly this fast, which is left to bc_number_parse. Up to
 * BC_NUMBER_SLACK bytes behind the number's end are looked at. */
const char *bc_number_scan(double *value, const char *text);

enum { BC_NUMBER_SLACK = 16 };

/* Reads all of text as a decimal integer; false when it is none or does not fit. */
bool bc_integer_parse(const char *text, size_t length, int64_t *value);

/* Prints value with the given significant digits as %g does. */
void bc_number_print(char buffer[BC_NUMBER_SIZE], double value, int digits);

/* Prints value with the given decimals as %f does, but as %g where it would not fit. */
void bc_number_print_fixed(char buffer[BC_NUMBER_SIZE], double value, int decimals);

/* Prints value with as few of 15, 16 or 17 significant digits as read back exactly. */
void bc_number_print_exact(char buffer[BC_NUMBER_SIZE], double value);

/* Prints value as a hexadecimal float, which loses nothing. */
void bc_number_print_hex(char buffer[BC_NUMBER_SIZE], double value);

/* Whether none of them is infinite or NaN. */
bool bc_all_finite(const float *values, size_t count);

#endif
