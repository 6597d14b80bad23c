/* Draws a contact sheet by cairo. */
#include "plot/sheet.h"

#include "base/memory.h"
#include "plot/plot_text.h"

#include <cairo.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    COLUMNS = 6,
    MARGIN = 28,
    GAP = 16,
    TITLE = 26, /* text sizes, in pixels */
    HEADING = 18,
    CAPTION = 15,
    DETAIL = 12,
    LINE_GAP = 6,
    CELL_HEIGHT = BC_SHEET_SIDE + CAPTION + DETAIL + 3 * LINE_GAP + GAP,
    SIDE_LIMIT = 32767 /* of a cairo surface */
};

static size_t rows_of(const bc_sheet_section *section) {
    return (section->count + COLUMNS - 1) / COLUMNS;
}

static const int head_height = MARGIN + TITLE + HEADING + 2 * GAP, section_height = HEADING + 2 * GAP;

static size_t total_height(const bc_sheet *sheet) {
    size_t height = (size_t)head_height + MARGIN;
    for (size_t i = 0; i < sheet->count; i++)
        height += (size_t)section_height + rows_of(&sheet->sections[i]) * CELL_HEIGHT;
    return height;
}

/* ---- texts ---- */

static double measure(const void *context, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents((cairo_t *)(uintptr_t)context, text, &extents);
    return extents.x_advance;
}

/* y: of the line's upper end. */
static bc_status write(cairo_t *cairo, double x, double y, double size, bool bold, double gray, double most,
                       const char *text, bc_error *err) {
    bc_text shown = {0};
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size);
    bc_plot_text_fit(&shown, text, most, measure, cairo);
    bc_status status = bc_text_check(&shown, err);
    if (status == BC_OK && shown.data != NULL) {
        cairo_set_source_rgb(cairo, gray, gray, gray);
        cairo_move_to(cairo, x, y + size);
        cairo_show_text(cairo, shown.data);
    }
    bc_text_free(&shown);
    return status;
}

/* ---- pictures ---- */

/* cairo's pixels are words of 32 bits, red above green above blue. */
static void copy_pixels(cairo_surface_t *surface, const bc_sheet_cell *cell) {
    const size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    unsigned char *to = cairo_image_surface_get_data(surface);
    const uint8_t *from = cell->pixels;
    for (uint32_t y = 0; y < cell->height; y++) {
        uint32_t *row = (uint32_t *)(void *)(to + y * stride);
        for (uint32_t x = 0; x < cell->width; x++, from += cell->channels)
            row[x] = (uint32_t)from[0] << 16 | (uint32_t)from[cell->channels > 1] << 8 |
                     from[cell->channels > 1 ? 2 : 0];
    }
    cairo_surface_mark_dirty(surface);
}

/* Small ones whole times larger, so that each pixel is a square. */
static void draw_picture(cairo_t *cairo, double x, double y, const bc_sheet_cell *cell) {
    const uint32_t longest = cell->width > cell->height ? cell->width : cell->height;
    const double scale = (double)(BC_SHEET_SIDE / longest);
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)cell->width, (int)cell->height);
    if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS) {
        copy_pixels(surface, cell);
        cairo_save(cairo);
        cairo_translate(cairo, x + (int)(BC_SHEET_SIDE - scale * cell->width) / 2,
                        y + (int)(BC_SHEET_SIDE - scale * cell->height) / 2);
        cairo_scale(cairo, scale, scale);
        cairo_set_source_surface(cairo, surface, 0, 0);
        cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
        cairo_paint(cairo);
        cairo_restore(cairo);
    }
    cairo_surface_destroy(surface);
}

static bc_status draw_cell(cairo_t *cairo, double x, double y, const bc_sheet_cell *cell, bc_error *err) {
    const bool shown = cell->pixels != NULL && cell->width > 0 && cell->height > 0;
    cairo_set_source_rgb(cairo, 0.93, 0.93, 0.92);
    cairo_rectangle(cairo, x, y, BC_SHEET_SIDE, BC_SHEET_SIDE);
    cairo_fill(cairo);
    if (shown)
        draw_picture(cairo, x, y, cell);
    y += BC_SHEET_SIDE + LINE_GAP;
    bc_status status = write(cairo, x, y, CAPTION, true, 0.1, BC_SHEET_SIDE, cell->caption, err);
    y += CAPTION + LINE_GAP;
    return status == BC_OK ? write(cairo, x, y, DETAIL, false, 0.35, BC_SHEET_SIDE, cell->detail, err)
                           : status;
}

/* ---- the sheet ---- */

static bc_status draw_section(cairo_t *cairo, double y, double width, const bc_sheet_section *section,
                              bc_error *err) {
    bc_status status = write(cairo, MARGIN, y + GAP, HEADING, true, 0.1, width, section->heading, err);
    y += section_height;
    for (size_t i = 0; status == BC_OK && i < section->count; i++)
        status = draw_cell(cairo, MARGIN + (double)(i % COLUMNS) * (BC_SHEET_SIDE + GAP),
                           y + (double)(i / COLUMNS) * CELL_HEIGHT, &section->cells[i], err);
    return status;
}

static bc_status draw_all(cairo_t *cairo, double width, const bc_sheet *sheet, bc_error *err) {
    double y = head_height;
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    bc_status status = write(cairo, MARGIN, MARGIN, TITLE, true, 0.1, width, sheet->title, err);
    if (status == BC_OK)
        status = write(cairo, MARGIN, MARGIN + TITLE + GAP, CAPTION, false, 0.35, width, sheet->note, err);
    for (size_t i = 0; status == BC_OK && i < sheet->count; i++) {
        status = draw_section(cairo, y, width, &sheet->sections[i], err);
        y += section_height + (double)rows_of(&sheet->sections[i]) * CELL_HEIGHT;
    }
    if (status == BC_OK && cairo_status(cairo) != CAIRO_STATUS_SUCCESS)
        status = bc_fail(err, BC_ERROR_MEMORY, "cannot draw the sheet: %s",
                         cairo_status_to_string(cairo_status(cairo)));
    return status;
}

static bc_status take_pixels(uint8_t **pixels, cairo_surface_t *surface, uint32_t width, uint32_t height,
                             bc_error *err) {
    const size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    void *block;
    bc_status status = bc_alloc_unset(&block, (size_t)width * height, 3, err);
    *pixels = block;
    if (status != BC_OK)
        return status;
    cairo_surface_flush(surface);
    const unsigned char *from = cairo_image_surface_get_data(surface);
    uint8_t *to = block;
    for (uint32_t y = 0; y < height; y++) {
        const uint32_t *row = (const uint32_t *)(const void *)(from + y * stride);
        for (uint32_t x = 0; x < width; x++) {
            *to++ = (uint8_t)(row[x] >> 16);
            *to++ = (uint8_t)(row[x] >> 8);
            *to++ = (uint8_t)row[x];
        }
    }
    return BC_OK;
}

bc_status bc_sheet_draw(uint8_t **pixels, uint32_t *width, uint32_t *height, const bc_sheet *sheet,
                        bc_error *err) {
    const int inner = COLUMNS * BC_SHEET_SIDE + (COLUMNS - 1) * GAP;
    const size_t tall = total_height(sheet);
    *pixels = NULL;
    if (tall > SIDE_LIMIT)
        return bc_fail(err, BC_ERROR_LIMIT, "a sheet of %zu pixels is too tall", tall);
    *width = (uint32_t)(inner + 2 * MARGIN);
    *height = (uint32_t)tall;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)*width, (int)*height);
    cairo_t *cairo = cairo_create(surface);
    bc_status status = draw_all(cairo, inner, sheet, err);
    if (status == BC_OK)
        status = take_pixels(pixels, surface, *width, *height, err);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return status;
}
