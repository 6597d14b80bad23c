/* Aligned columns. */
#include "table.h"

#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void bc_table_start(bc_table *table, const char *alignment) {
    *table = (bc_table){.alignment = alignment, .columns = strlen(alignment)};
}

/* How many columns of a terminal it takes, where a UTF-8 character takes one. */
static size_t width(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80 ? 1 : 0;
    return count;
}

void bc_table_cell(bc_table *table, const char *text) {
    size_t column = table->count++ % table->columns, length = strlen(text);
    bc_text_append(&table->cells, text, length + 1);
    if (width(text) > table->widths[column])
        table->widths[column] = width(text);
}

void bc_table_count(bc_table *table, uint64_t count) {
    char text[BC_NUMBER_SIZE];
    snprintf(text, sizeof text, "%" PRIu64, count);
    bc_table_cell(table, text);
}

void bc_table_number(bc_table *table, double value, int decimals) {
    char text[BC_NUMBER_SIZE] = "NA";
    if (!isnan(value))
        bc_number_print_fixed(text, value, decimals);
    bc_table_cell(table, text);
}

static void pad(bc_text *text, size_t count) {
    for (size_t i = 0; i < count; i++)
        bc_text_char(text, ' ');
}

static void trim(bc_text *text) {
    while (text->length > 0 && text->data[text->length - 1] == ' ')
        text->length--;
}

void bc_table_print(bc_text *text, const bc_table *table) {
    const char *cell = table->cells.data;
    for (size_t i = 0; !table->cells.failed && i < table->count; i++) {
        size_t column = i % table->columns, length = strlen(cell),
               space = table->widths[column] - width(cell);
        if (column > 0)
            pad(text, 2);
        pad(text, table->alignment[column] == 'r' ? space : 0);
        bc_text_append(text, cell, length);
        pad(text, table->alignment[column] == 'r' ? 0 : space);
        if (column + 1 == table->columns) {
            trim(text);
            bc_text_char(text, '\n');
        }
        cell += length + 1;
    }
    text->failed |= table->cells.failed;
}

void bc_table_free(bc_table *table) {
    bc_text_free(&table->cells);
}
