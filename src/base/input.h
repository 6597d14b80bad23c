/*
 * Text read line by line, or in blocks of lines, from a file, a gzip file or standard input ("-"), with
 * bounded memory.
 */
#ifndef BC_BASE_INPUT_H
#define BC_BASE_INPUT_H

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bc_input bc_input;

enum { BC_LINE_LIMIT = 16 << 20 }; /* bytes in one line; a longer one is an error */

bc_status bc_input_open(bc_input **input, const char *path, bc_error *err);

/* As named in messages: the path, or "standard input". */
const char *bc_input_name(const bc_input *input);

/* The next line without its end (LF or CRLF), NUL-terminated, valid and writable until the next call; NULL at
 * the end. A byte order mark at the start is passed over. A NUL byte inside is an error, as is damaged gzip
 * data. */
bc_status bc_input_line(char **line, size_t *length, bc_input *input, bc_error *err);

/* The number of lines given so far, which is the line number of the last one. */
uint64_t bc_input_lines(const bc_input *input);

/* About how many bytes are still to be given; 0 where that is not known, as of compressed text. */
uint64_t bc_input_left(const bc_input *input);

/* Whether the file could not be read on: any further try ends in the same error. */
bool bc_input_failed(const bc_input *input);

enum { BC_BLOCK_SIZE = 1 << 18, BC_BLOCK_SLACK = 32 };

/* Whole lines, each with its line end. */
typedef struct bc_block {
    char *data; /* BC_BLOCK_SIZE + BC_BLOCK_SLACK bytes, the caller's; all behind length may be read */
    size_t length;
    size_t lines;
    bool has_nul; /* there is a NUL byte in it */
} bc_block;

/* Fills the block with the next lines, as many as fit; a last line without an end gets one. length 0 where
 * the text ends, or where the next line is longer than a block: bc_input_line then tells which. */
bc_status bc_input_block(bc_block *block, bc_input *input, bc_error *err);

/* Puts length bytes of text, lines lines, back in front of what is still to be given. */
bc_status bc_input_unread(bc_input *input, const char *text, size_t length, size_t lines, bc_error *err);

void bc_input_free(bc_input *input);

#endif
