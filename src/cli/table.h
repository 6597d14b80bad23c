/*
 * Rows of words, printed in aligned columns.
 */
#ifndef BC_CLI_TABLE_H
#define BC_CLI_TABLE_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

enum { BC_TABLE_COLUMNS = 32 };

/* Start it, give all cells in reading order, print, free. */
typedef struct bc_table {
    bc_text cells; /* one after the other, each with its NUL */
    const char *alignment;
    size_t columns, count; /* count: of cells */
    size_t widths[BC_TABLE_COLUMNS];
} bc_table;

/* The table has as many columns as alignment, which must outlive it, has letters: 'l' left, 'r' right. */
void bc_table_start(bc_table *table, const char *alignment);
void bc_table_cell(bc_table *table, const char *text);
void bc_table_count(bc_table *table, uint64_t count);
void bc_table_number(bc_table *table, double value, int decimals); /* "NA" for NaN */

/* Appends the rows; columns stand two blanks apart, and no line ends in blanks. */
void bc_table_print(bc_text *text, const bc_table *table);

void bc_table_free(bc_table *table);

#endif
