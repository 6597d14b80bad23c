/*
 * Rows of delimited text without surprises, read from whole lines straight into the columns of a table.
 */
#ifndef BC_SCORES_PLAIN_H
#define BC_SCORES_PLAIN_H

#include "scores/reader.h"

typedef struct bc_plain_column {
    uint8_t part; /* a bc_column; BC_COLUMN_COUNT: of no concern */
    uint32_t row; /* of the line's rows, the one whose label or value it is */
} bc_plain_column;

/* How the lines of a file are read; only looked at while it is used, by any number of threads. */
typedef struct bc_plain {
    char separator;
    bool logits, unlabelled;
    bool has_common;          /* a line tells what is the same for all its rows */
    bc_plain_column *columns; /* of the file */
    size_t column_count, rows_per_line;
    const bc_words *labels, *splits, *targets;
    int8_t short_labels[256]; /* by their only character; NO_LABEL: not known */
    int32_t *wide_targets;    /* of each of a line's rows; NULL unless the file is wide */
} bc_plain;

/* *plain is freed by the caller in any case. */
bc_status bc_plain_prepare(bc_plain *plain, const bc_reader *in, char separator, bc_error *err);
void bc_plain_free(bc_plain *plain);

/* Where rows are put; NULL for a column that the table does not have. */
typedef struct bc_plain_rows {
    double *values, *weights;
    int8_t *labels;
    uint8_t *splits;
    int32_t *targets;
} bc_plain_rows;

/* Reads the lines of [text, end), each of them with its line end and BC_BLOCK_SLACK bytes behind the last.
 * Returns how many were read; *stop is where the first one starts that was not. */
size_t bc_plain_read(const char **stop, const bc_plain_rows *into, const bc_plain *plain, const char *text,
                     const char *end);

#endif
