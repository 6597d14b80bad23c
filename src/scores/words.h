/*
 * A dictionary from words to small numbers.
 */
#ifndef BC_SCORES_WORDS_H
#define BC_SCORES_WORDS_H

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bc_word {
    size_t start, length; /* in text; length SIZE_MAX: a free place */
    int32_t value;
} bc_word;

/* Zero-initialise; add words; free. */
typedef struct bc_words {
    bc_word *places;
    size_t place_count, count; /* a power of two; the words there are */
    char *text;
    size_t text_length, text_capacity;
} bc_words;

/* false when the word is not there. */
bool bc_words_find(int32_t *value, const bc_words *words, const char *text, size_t length);

/* The word must not be there yet. */
bc_status bc_words_add(bc_words *words, const char *text, size_t length, int32_t value, bc_error *err);

void bc_words_free(bc_words *words);

#endif
