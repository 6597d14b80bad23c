/*
 * A curve in one line of text.
 */
#ifndef BC_CLI_SPARKLINE_H
#define BC_CLI_SPARKLINE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends a character for each value, from the least to the greatest of eight heights: blocks, or marks of
 * ASCII. More values than columns, at least 1, are averaged so many together that they fit. The values are
 * finite. */
void bc_sparkline(bc_text *text, const double *values, size_t count, size_t columns, bool utf8);

#endif
