/*
 * Decimal digits read eight at a time, and the short numbers made of them: inline, for readers of many.
 */
#ifndef BC_BASE_DIGITS_H
#define BC_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BC_DIGITS_WORD = 8, BC_DIGITS_EXACT = 22 };

/* 10^0 to 10^8. */
extern const uint64_t bc_digits_powers[BC_DIGITS_WORD + 1];

/* 10^0 to 10^22, and these with a minus sign: all are exact in double, so m * 10^e and m / 10^e with m <=
 * 2^53 round once (Clinger 1990). */
extern const double bc_digits_units[2][BC_DIGITS_EXACT + 1];

/* Eight characters, the first in the lowest byte, each less '0': a digit's byte is its value. */
static inline uint64_t bc_digits_load(const char *text) {
    uint64_t word;
    memcpy(&word, text, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word ^ 0x3030303030303030;
}

/* The highest bit of each byte that is no digit, and of any behind the first of them. */
static inline uint64_t bc_digits_others(uint64_t word) {
    return ((word + 0x7676767676767676) | word) & 0x8080808080808080;
}

/* How many of eight are digits, up to the first that is none; others is not 0. */
static inline unsigned bc_digits_count(uint64_t others) {
    return (unsigned)__builtin_ctzll(others) / 8;
}

/* The number that eight digits make: neighbours are joined to pairs, pairs to fours, fours to the whole. */
static inline uint64_t bc_digits_join(uint64_t word) {
    word = word * (1 + (10 << 8)) >> 8 & 0x00ff00ff00ff00ff;
    word = word * (1 + (100 << 16)) >> 16 & 0x0000ffff0000ffff;
    return word * (1 + ((uint64_t)10000 << 32)) >> 32;
}

/* The number that the first count of eight digits make, count < 8. */
static inline uint64_t bc_digits_join_first(uint64_t word, unsigned count) {
    return bc_digits_join(word << 8 * (BC_DIGITS_WORD - 1 - count) << 8);
}

/* Reads a number as most scores and logits are: an optional minus sign, a digit, the point, and 1 to 14
 * digits, which together make a whole number that is exact in double. Returns where the digits end; NULL for
 * a number of another kind. What follows is the caller's to judge, for it may be an exponent. Up to 24 bytes
 * of text are looked at. */
static inline const char *bc_digits_scan(double *value, const char *text) {
    const double *units = bc_digits_units[0];
    if (__builtin_expect(*text == '-', 0)) { /* a branch, for what follows must not wait */
        units = bc_digits_units[1];
        text++;
    }
    const unsigned first = (unsigned)(unsigned char)text[0] - '0';
    if (first > 9 || text[1] != '.')
        return NULL;
    uint64_t word = bc_digits_load(text + 2), others = bc_digits_others(word), number;
    unsigned count, digits;
    if (others == 0) {
        number = first * bc_digits_powers[BC_DIGITS_WORD] + bc_digits_join(word);
        word = bc_digits_load(text + 2 + BC_DIGITS_WORD);
        others = bc_digits_others(word);
        if (others << 8 == 0)
            return NULL;
        count = bc_digits_count(others);
        digits = BC_DIGITS_WORD + count;
        number = number * bc_digits_powers[count] + bc_digits_join_first(word, count);
    } else {
        digits = count = bc_digits_count(others);
        number = first * bc_digits_powers[count] + bc_digits_join_first(word, count);
        if (count == 0)
            return NULL;
    }
    *value = (double)(int64_t)number / units[digits];
    return text + 2 + digits;
}

#endif
