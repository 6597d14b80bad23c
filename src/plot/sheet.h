/*
 * A contact sheet: small pictures in rows under headings, each with a caption.
 */
#ifndef BC_PLOT_SHEET_H
#define BC_PLOT_SHEET_H

#include <bclass/error.h>

#include <stddef.h>
#include <stdint.h>

enum { BC_SHEET_SIDE = 192 }; /* pixels of the square that a picture is shown in */

/* Texts may hold any bytes, as in a chart; what is too long is shortened in its middle. */
typedef struct bc_sheet_cell {
    const uint8_t *pixels; /* height x width x channels, 1 gray or 3 RGB, no side beyond BC_SHEET_SIDE; a
                              small picture is enlarged. NULL: none, and detail is shown in its place */
    uint32_t width, height, channels;
    const char *caption, *detail;
} bc_sheet_cell;

typedef struct bc_sheet_section {
    const char *heading;
    const bc_sheet_cell *cells;
    size_t count;
} bc_sheet_section;

typedef struct bc_sheet {
    const char *title, *note; /* note: a line below the title */
    const bc_sheet_section *sections;
    size_t count;
} bc_sheet;

/* *pixels = height x width RGB pixels, malloc'd. BC_ERROR_LIMIT when that is more than cairo draws. */
bc_status bc_sheet_draw(uint8_t **pixels, uint32_t *width, uint32_t *height, const bc_sheet *sheet,
                        bc_error *err);

#endif
