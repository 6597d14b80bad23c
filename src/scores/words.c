/* A hash table with open places, at most half full. */
#include "scores/words.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PLACES = 32 };

/* Multiplies eight bytes at a time into the state; the constant is 2^64 divided by the golden ratio. */
static uint64_t mix(uint64_t state, const char *text, size_t length) {
    uint64_t part = 0;
    memcpy(&part, text, length);
    state = (state ^ part) * 0x9e3779b97f4a7c15;
    return state ^ state >> 32;
}

static uint64_t hash(const char *text, size_t length) {
    uint64_t state = length;
    for (; length > sizeof state; text += sizeof state, length -= sizeof state)
        state = mix(state, text, sizeof state);
    return mix(state, text, length);
}

/* The place where the word is, or the free one where it belongs. */
static bc_word *find_place(const bc_words *words, const char *text, size_t length) {
    size_t at = (size_t)hash(text, length) & (words->place_count - 1);
    for (;; at = (at + 1) & (words->place_count - 1)) {
        bc_word *place = &words->places[at];
        if (place->length == SIZE_MAX ||
            (place->length == length && memcmp(words->text + place->start, text, length) == 0))
            return place;
    }
}

bool bc_words_find(int32_t *value, const bc_words *words, const char *text, size_t length) {
    if (words->count == 0)
        return false;
    const bc_word *place = find_place(words, text, length);
    if (place->length == SIZE_MAX)
        return false;
    *value = place->value;
    return true;
}

/* Makes more places when half of them are taken, and moves the words there. */
static bc_status spread(bc_words *words, bc_error *err) {
    if (2 * (words->count + 1) <= words->place_count)
        return BC_OK;
    bc_words wider = *words;
    wider.place_count = words->place_count > 0 ? 2 * words->place_count : FIRST_PLACES;
    void *block;
    bc_status status = bc_alloc(&block, wider.place_count, sizeof(bc_word), err);
    if (status != BC_OK)
        return status;
    wider.places = block;
    for (size_t i = 0; i < wider.place_count; i++)
        wider.places[i].length = SIZE_MAX;
    for (size_t i = 0; i < words->place_count; i++) {
        const bc_word *word = &words->places[i];
        if (word->length != SIZE_MAX)
            *find_place(&wider, words->text + word->start, word->length) = *word;
    }
    free(words->places);
    *words = wider;
    return BC_OK;
}

bc_status bc_words_add(bc_words *words, const char *text, size_t length, int32_t value, bc_error *err) {
    void *block = words->text;
    bc_status status = spread(words, err);
    if (status == BC_OK)
        status = bc_grow(&block, &words->text_capacity, words->text_length + length + 1, 1, err);
    words->text = block;
    if (status != BC_OK)
        return status;
    memcpy(words->text + words->text_length, text, length);
    *find_place(words, text, length) = (bc_word){words->text_length, length, value};
    words->text_length += length;
    words->count++;
    return BC_OK;
}

void bc_words_free(bc_words *words) {
    free(words->places);
    free(words->text);
    *words = (bc_words){0};
}
