/*
 * Rows of a CSV or TSV file (RFC 4180: quoted fields, doubled quotes, line ends inside quotes), read one at a
 * time.
 */
#ifndef BC_BASE_DELIMITED_H
#define BC_BASE_DELIMITED_H

#include "base/input.h"

#include <bclass/error.h>

#include <stddef.h>
#include <stdint.h>

typedef struct bc_field {
    char *data; /* NUL-terminated */
    size_t length;
} bc_field;

typedef struct bc_delimited bc_delimited;

enum { BC_FIELD_LIMIT = 1 << 16 }; /* fields in one row */

/* Reads from input, which stays the caller's. */
bc_status bc_delimited_open(bc_delimited **rows, bc_input *input, char separator, bc_error *err);

/* The next row: *count fields, valid until the next call; *fields NULL at the end. Empty lines are passed
 * over. *line is the number of the row's first line. */
bc_status bc_delimited_next(bc_field **fields, size_t *count, uint64_t *line, bc_delimited *rows,
                            bc_error *err);

/* Splits one line that is already there, in place, as the first row of the file. */
bc_status bc_delimited_split(bc_field **fields, size_t *count, uint64_t *line, bc_delimited *rows, char *text,
                             size_t length, bc_error *err);

/* ',', ';' or tab: the one that stands most often outside quotes in the header line; ',' when none does. */
char bc_delimited_guess(const char *header, size_t length);

void bc_delimited_free(bc_delimited *rows);

#endif
